"""Reading what is on a medium, not what the system remembers to have written there."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

_BLKFLSBUF = 0x1261
"""The request of <linux/fs.h> to forget all buffers of a block device."""


def uncached(path: Path) -> BinaryIO:
    """The file or device from its beginning, with the system's cache of it dropped. Raises OSError."""
    stream = path.open("rb", buffering=0)
    try:
        drop_caches(stream.fileno())
    except OSError:
        stream.close()
        raise
    return stream


def drop_caches(file: int) -> None:
    """Have the system forget what it keeps in memory of an open file or device. Raises OSError."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    if stat.S_ISBLK(os.fstat(file).st_mode):
        from fcntl import ioctl

        ioctl(file, _BLKFLSBUF, 0)
