"""Which file system a folder lies on, and whether PS3.12 has it for sticks and cards.

A folder shows no rule of PS3.12 (`formats/folder.py`), but the system knows what it has mounted
there. Linux says so in its table of mounts; elsewhere nothing is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from .machine import mounts

_FAT = ("vfat", "msdos")

_FOREIGN = {
    "exfat": "exFAT",
    "ntfs": "NTFS",
    "ntfs3": "NTFS",
    "fuseblk": "NTFS or exFAT",
    "hfs": "HFS",
    "hfsplus": "HFS+",
    "apfs": "APFS",
}
"""What sticks and cards come with besides FAT, as Linux calls it and as the box does."""


@dataclass(frozen=True, slots=True)
class FileSystem:
    """A mounted file system; `conforms` is None where PS3.12 says nothing of such a place."""

    type: str
    mounted_at: str
    read_only: bool

    @property
    def name(self) -> str:
        """What people call it."""
        return "FAT" if self.type in _FAT else _FOREIGN.get(self.type, self.type)

    @property
    def conforms(self) -> bool | None:
        """Whether a stick or card may have it (PS3.12 R.1.1, S.1.1, T.1.1)."""
        return True if self.type in _FAT else False if self.type in _FOREIGN else None

    @property
    def advice(self) -> str:
        """What to do about it, if anything."""
        if self.conforms is not False:
            return ""
        return (
            "PS3.12 wants FAT, and readers may see an empty medium: format it with FAT32 and write it again"
        )

    def to_json(self) -> dict[str, object]:
        """The value of `file_system`."""
        return {
            "type": self.type,
            "name": self.name,
            "mounted_at": self.mounted_at,
            "conforms": self.conforms,
            "advice": self.advice,
        }


def file_system_of(path: Path, root: Path = Path("/")) -> FileSystem | None:
    """The file system that a folder is on or would be on; None where the system has no table of them.

    `root` is where /proc lies.
    """
    wanted = PurePosixPath(path.resolve().as_posix())
    # Of two mounts at one place the later one is seen.
    found = [each for each in mounts(root) if wanted.is_relative_to(each.place)]
    longest = max((len(PurePosixPath(each.place).parts) for each in found), default=0)
    inner = [each for each in found if len(PurePosixPath(each.place).parts) == longest]
    return FileSystem(inner[-1].type, inner[-1].place, inner[-1].read_only) if inner else None
