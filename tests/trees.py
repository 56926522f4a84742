"""The tree of 3,000 files that every format has to hold: the same one for all interop tests."""

from __future__ import annotations

import random
from functools import cache
from hashlib import sha256
from pathlib import Path

from mediakit.formats.tree import VolumeFile, VolumeTree
from mediakit.model import BytesContent, FileContent

COUNT = 3000
BLOCKS = (57, 512, 2048, 4096, 8192, 16384, 32768, 65536)
"""Lines of base64, sectors and clusters: files of one byte less, of just so many, and of one more."""

DEEPEST = "DEEP0001/DEEP0002/DEEP0003/DEEP0004/DEEP0005/DEEP0006/DEEP0007/IM000001"
"""Seven folders and a file are the eight levels that a File ID can have (PS3.10 8.2)."""


@cache
def three_thousand() -> dict[str, bytes]:
    """The files by path: all names short, sizes odd and around blocks, empty ones among them."""
    generator = random.Random(3000)
    files = {"README.TXT": b"Read me.\r\n", "DICOMDIR": generator.randbytes(300_001), DEEPEST: b"deep"}
    edges = [0, 1, *(block + more for block in BLOCKS for more in (-1, 0, 1))]
    files |= {f"EDGES/SIZE{n:04}": generator.randbytes(size) for n, size in enumerate(edges)}
    files |= {f"EMPTY/NONE{n:04}": b"" for n in range(20)}
    files["TYPES/REPORT.PDF"] = generator.randbytes(77_777)
    number = 0
    while len(files) < COUNT - 1:
        folder = f"DICOM/PA{number // 1500:06}/ST{number // 500:06}/SE{number // 50:06}"
        files[f"{folder}/IM{number % 50:06}"] = generator.randbytes(generator.randrange(9000))
        number += 1
    files["ZLAST"] = b""
    return files


def volume_tree(files: dict[str, bytes]) -> VolumeTree:
    """The files in memory as a tree to be written, in their order."""
    return VolumeTree(
        tuple(VolumeFile(tuple(name.split("/")), BytesContent(data)) for name, data in files.items())
    )


def make_folder(root: Path, files: dict[str, bytes]) -> Path:
    """The files as a folder that other programs can read."""
    root.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def folder_tree(root: Path) -> VolumeTree:
    """The files of a folder as a tree to be written, sorted by path."""
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    return VolumeTree(tuple(VolumeFile(path.relative_to(root).parts, FileContent.of(path)) for path in paths))


def on_disk(root: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path with slashes."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def hashed(files: dict[str, bytes]) -> dict[str, tuple[int, str]]:
    """Size and SHA-256 of every file, as `kernel.mount_and_hash` gives them."""
    return {name: (len(data), sha256(data).hexdigest()) for name, data in files.items()}
