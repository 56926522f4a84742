"""An instance of 3 GB on a secure disc: memory does not grow with it (`MEDIAKIT_OFFLINE=1`; minutes)."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from mediakit.model import FileContent
from mediakit.transfer import digest
from tests.cli.runner import environment
from tests.profile_sets import images
from tests.secure import pem

ROWS, COLUMNS = 32_768, 49_152
PIXELS = ROWS * COLUMNS * 2
MOST = 160 << 20
"""Bytes of memory: what Python, the rules and a few buffers need."""

KEY = ("--key", pem("rsa2048"), "--cert", pem("rsa2048"))


def large(path: Path) -> None:
    """An image of more than 3 GB with a little at its beginning and its end, and a hole between."""
    image = images.ct().but(Rows=ROWS, Columns=COLUMNS, PixelData=None)
    with path.open("wb") as out:
        out.write(image.data + struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OW", 0, PIXELS) + b"\x01\x02")
        out.seek(PIXELS - 4, os.SEEK_CUR)
        out.write(b"\x03\x04")


MEASURE = """\
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""A process counts the memory of the one that starts it, so that has to be a small one."""


def memory(*words: str | Path) -> int:
    """Run the command line; the most bytes of memory that it had."""
    command = [sys.executable, "-c", MEASURE, sys.executable, "-m", "mediakit", *map(str, words)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True)
    return int(done.stdout) * (1 if sys.platform == "darwin" else 1024)


@pytest.mark.skipif(not os.environ.get("MEDIAKIT_OFFLINE"), reason="takes minutes, and 10 GB of disk")
@pytest.mark.parametrize("sign", [(), ("--sign-key", pem("signer1"), "--sign-cert", pem("signer1"))])
def test_memory_does_not_grow_with_an_instance(sign: tuple[str | Path, ...], tmp_path: Path) -> None:
    source, disc, out = tmp_path / "large.dcm", tmp_path / "dvd.iso", tmp_path / "out"
    large(source)
    profile = ("--profile", "STD-GEN-SEC-DVD-JPEG")
    used = {
        "create": memory("create", source, "-o", disc, *profile, "--recipient", pem("rsa2048"), *sign),
        "verify": memory("verify", disc, *profile, *KEY, "--trust", pem("ca")),
        "extract": memory("extract", disc, "-o", out, *KEY),
    }
    print({verb: f"{size / 1e6:.0f} MB" for verb, size in used.items()})
    assert disc.stat().st_size > PIXELS
    assert max(used.values()) < MOST
    (found,) = (path for path in out.rglob("*") if path.is_file() and path.stat().st_size > PIXELS)
    assert digest(FileContent.of(found)) == digest(FileContent.of(source))
