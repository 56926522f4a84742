"""What was read from its first byte to its last: the subjects of the rules that need whole files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .formats.scattered import position
from .formats.tree import StoredFile
from .model import Instance

if TYPE_CHECKING:
    from .read import FileView


@dataclass(frozen=True, slots=True)
class WholeFile:
    """An instance of which every byte was asked for; a subject of rules."""

    instance: Instance


@dataclass(frozen=True, slots=True)
class WholeFiles:
    """All files that were read to their end, with their digests; a subject of rules."""

    files: tuple[FileView, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: files, their bytes, and of how many compressed images a frame was decoded."""

    files: int
    bytes: int
    compressed: int
    decoded: int

    def to_json(self) -> dict[str, int]:
        """The `read` part of the document of `verify`."""
        return {
            "files": self.files, "bytes": self.bytes,
            "compressed": self.compressed, "decoded": self.decoded,
        }  # fmt: skip


def medium_order(files: Sequence[StoredFile]) -> list[StoredFile]:
    """The files in the order of their first bytes; those of a folder, or packed ones, as they are listed."""
    return sorted(files, key=lambda file: position(file.content))
