"""The Sleuth Kit as a reader: every file of a file system that it finds, read through its library."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytsk3

Files = dict[str, tuple[int, str]]
"""Size and SHA-256 of every file by its path, names joined by a slash."""


def read_all(image: Path, start: int = 0) -> Files:
    """The files of the file system that begins at byte `start`, without what the library makes up."""
    system = pytsk3.FS_Info(pytsk3.Img_Info(str(image)), offset=start)
    found: Files = {}
    _walk(system.open_dir("/"), "", found)
    return found


def _walk(directory: Any, path: str, found: Files) -> None:
    for entry in directory:
        name, meta = entry.info.name.name.decode("utf-8"), entry.info.meta
        if name in (".", "..") or name.startswith("$") or meta is None:
            continue
        if meta.type == pytsk3.TSK_FS_META_TYPE_DIR:
            _walk(entry.as_directory(), f"{path}{name}/", found)
        elif meta.type == pytsk3.TSK_FS_META_TYPE_REG and "(Volume Label Entry)" not in name:
            data = entry.read_random(0, meta.size) if meta.size else b""
            found[path + name] = len(data), sha256(data).hexdigest()
