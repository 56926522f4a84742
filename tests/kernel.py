"""A real Linux kernel that mounts an image: Debian's `user-mode-linux`, started as an ordinary process.

The kernel's root is this machine's own file system (`hostfs`), the image is its block device
`ubda`, and its first process is the Python that runs the tests, with `kernel_guest.py`. It
needs no privileges, boots in two seconds, and puts all it writes beside the image.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.tools import TIMEOUT, require_tool

GUEST = Path(__file__).with_name("kernel_guest.py")

_COMPLAINT = re.compile(
    r"^.*(?:UDF-fs|FAT-fs|ISOFS|isofs|ubda).*\b(?:error|corrupt).*$", re.IGNORECASE | re.M
)

Files = dict[str, tuple[int, str]]
"""Size and SHA-256 of every file by its path, names joined by a slash."""


def mount_and_fill(image: Path, fstype: str, source: Path, options: str = "") -> Files:
    """Have the kernel copy a folder onto an image, in pieces and with holes; what it then finds there."""
    return mount_and_hash(image, fstype, options=options, fill=source)


def mount_and_hash(
    image: Path, fstype: str, partition: int | None = None, options: str = "", fill: Path | None = None
) -> Files:
    """What the kernel finds in an image that it mounts as `fstype`, read to the last byte.

    `partition` counts from 1; None is the whole device. `options` are those of mount(8). A
    kernel that refuses the image, or complains while it reads, fails the test with its words.
    """
    kernel = require_tool("linux.uml")
    with tempfile.TemporaryDirectory(prefix="kernel-", dir=image.parent) as folder:
        work = Path(folder)
        result = work / "result.json"
        device = "/dev/ubda" + ("" if partition is None else str(partition))
        (work / "mounted").mkdir()
        task = {"device": device, "fstype": fstype, "options": options, "mounted": str(work / "mounted")}
        task |= {"result": str(result)} if fill is None else {"result": str(result), "fill": str(fill)}
        (work / "task.json").write_text(json.dumps(task))
        disk = f"{'ubd0r' if fill is None else 'ubd0'}={image.resolve()}"
        console = _boot(command(kernel, [disk], GUEST, work), work)
        if not result.exists():
            pytest.fail(f"the kernel gave no result\n{console}")
        found = json.loads(result.read_text())
    if "error" in found:
        pytest.fail(f"the kernel does not read {image.name} as {fstype}: {found['error']}\n{console}")
    if complaints := _COMPLAINT.findall(console):
        pytest.fail(f"the kernel complains of {image.name}: {complaints}")
    return {name: (size, sha256) for name, (size, sha256) in found["files"].items()}


def command(kernel: str, disks: list[str], guest: Path, work: Path, memory: str = "128M") -> list[str]:
    """The words that start the kernel; `guest` is the first process, `task.json` in `work` its argument."""
    words = [
        kernel, *disks, f"mem={memory}", f"uml_dir={work}/", "rootfstype=hostfs", "rootflags=/", "rw",
        "con=null", "con0=null,fd:1", "ssl=null", f"init={os.path.realpath(sys.executable)}",
        "--", "-I", "-S", str(guest), str(work / "task.json"),
    ]  # fmt: skip
    assert not any(set(each) & set(" ,") for each in (*disks, words[-1])), words
    return words


def environment(work: Path) -> dict[str, str]:
    """Its memory is a file in TMPDIR, so that a small /dev/shm does not matter."""
    return {**os.environ, "TMPDIR": str(work), "HOME": str(work)}


def _boot(words: list[str], work: Path) -> str:
    """Run the kernel until it halts and give what it said."""
    done = subprocess.run(
        words,
        env=environment(work),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="backslashreplace",
        timeout=TIMEOUT,
        check=False,
    )
    return done.stdout
