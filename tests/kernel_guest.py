"""The first process inside the kernel of `kernel.py`: mounts, hashes every file, halts the machine.

It runs with the standard library only. The answer goes through the host's file system; on
any failure it says what failed, so that the test can say it too.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import platform
import sys
import traceback
from pathlib import Path

MODULES = {
    "iso9660": ("isofs", "nls_utf8"),
    "udf": ("udf", "nls_utf8"),
    "vfat": ("vfat", "nls_cp437", "nls_iso8859-1", "nls_utf8"),
}
"""What each file system needs; nothing in here loads modules by itself."""

FINIT_MODULE = {"x86_64": 313, "i686": 350, "i386": 350}
READ_ONLY = 1
PIECE = 20_000
POWER_OFF = 0x4321FEDC

libc = ctypes.CDLL(None, use_errno=True)

_loaded: set[str] = set()


def check(status: int, what: str) -> None:
    """Raise OSError when a call of the C library failed."""
    if status:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def load(wanted: tuple[str, ...], options: bytes = b"") -> None:
    """Load modules of the kernel with these options, each after those that it depends on."""
    root = Path("/usr/lib/uml/modules", platform.release())
    lines = (root / "modules.dep").read_text().splitlines()
    needs = dict(line.split(":", 1) for line in lines)
    paths = {path.rpartition("/")[2].removesuffix(".ko"): path for path in needs}
    for name in wanted:
        for path in (*reversed(needs[paths[name]].split()), paths[name]):
            if path not in _loaded:
                with (root / path).open("rb") as module:
                    number, words = FINIT_MODULE[platform.machine()], options if path == paths[name] else b""
                    check(libc.syscall(number, module.fileno(), words, 0), path)
                _loaded.add(path)


def hashes(root: str) -> dict[str, tuple[int, str]]:
    """Size and SHA-256 of every file below a folder, links not followed."""
    found = {}

    def refuse(error: OSError) -> None:
        raise error

    for folder, _, names in os.walk(root, onerror=refuse):
        for name in names:
            path = Path(folder, name)
            with path.open("rb") as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            found[str(path.relative_to(root))] = path.lstat().st_size, sha256
    return found


def fill(source: Path, target: Path) -> None:
    """Copy a folder; of two files at a time, so that both come to lie in pieces, holes as holes."""
    for folder, _, names in os.walk(source):
        (target / Path(folder).relative_to(source)).mkdir(exist_ok=True)
        paths = [Path(folder, name) for name in sorted(names)]
        for pair in zip(paths[::2], [*paths[1::2], None], strict=False):
            copy([(path, target / path.relative_to(source)) for path in pair if path])


def copy(pairs: list[tuple[Path, Path]]) -> None:
    """Copy files, a piece of each in turn; a piece of zeros is left out."""
    for number in range(max(path.stat().st_size for path, _ in pairs) // PIECE + 1):
        for path, target in pairs:
            with path.open("rb") as source, target.open("r+b" if number else "wb") as out:
                source.seek(number * PIECE)
                data = source.read(PIECE)
                if data.strip(b"\0"):
                    out.seek(number * PIECE)
                    out.write(data)
                elif data:
                    out.truncate(number * PIECE + len(data))
                out.flush()
                os.fsync(out.fileno())


def answer(task: dict[str, str]) -> dict[str, object]:
    """Do what the test asked for."""
    load(MODULES[task["fstype"]])
    device, mounted, fstype, options = (
        task[name].encode() for name in ("device", "mounted", "fstype", "options")
    )
    flags = 0 if "fill" in task else READ_ONLY
    check(libc.mount(device, mounted, fstype, flags, options), f"mount {task['device']}")
    if "fill" in task:
        fill(Path(task["fill"]), Path(task["mounted"]))
        check(libc.umount(mounted), f"umount {task['device']}")
        check(libc.mount(device, mounted, fstype, READ_ONLY, options), f"mount {task['device']}")
    return {"files": hashes(task["mounted"])}


if __name__ == "__main__":
    task = json.loads(Path(sys.argv[1]).read_text())
    try:
        found = answer(task)
    except BaseException:  # whatever it is, the kernel must halt and the test must hear of it
        found = {"error": traceback.format_exc()}
    Path(task["result"]).write_text(json.dumps(found))
    os.sync()
    libc.reboot(POWER_OFF)
