"""Which file a Directory Record means when no file has exactly the name it gives.

Part of reading (`read.py`): files keep their names and records their File IDs, only the two are
brought together, and how is said. A name that another system spelt otherwise is looked up
without the spelling; any other file is taken only when its SOP Instance UID is that of the
record. A File ID that leads out of the File-set is never followed (PS3.10 8.6).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cached_property

from .formats.tree import Path
from .model import FileId, Instance

_SEPARATORS = re.compile(r"[/\\]+")
_DRIVE = re.compile(r"^[A-Za-z]:")
_VERSION = re.compile(r"\.?(;\d+)?$")
_EXTENSION = re.compile(r"\.[A-Z0-9]{1,4}$")


class How(Enum):
    """By what a file was found; only EXACT is what the standard asks for."""

    EXACT = "exact"
    SPELLING = "spelling"
    EXTENSION = "extension"
    MOVED = "moved"


class Lookup:
    """The files of a medium by their names and by the instances in them.

    `instances` are all files, with the instance in each if there is one; `base` is the folder
    of the DICOMDIR, below which File IDs are meant.
    """

    def __init__(self, instances: Mapping[Path, Instance | None], base: Path) -> None:
        self._instances, self._base = instances, base

    def find(self, file_id: FileId, sop_instance: str) -> tuple[Path, How]:
        """The path of the file that a record means; where there is none, the path it names, as EXACT.

        A candidate that is not the only one of its kind is none.
        """
        named = (*self._base, *file_id.components)
        if named in self._instances or leads_out(file_id):
            return named, How.EXACT
        spelt = _spelling((*self._base, *_parts(file_id)))
        for how, candidates in ((How.SPELLING, self._by_spelling), (How.EXTENSION, self._by_stem)):
            if len(found := candidates.get(spelt, [])) == 1:
                return found[0], how
        found = self._by_instance.get(sop_instance, [])
        return (found[0], How.MOVED) if sop_instance and len(found) == 1 else (named, How.EXACT)

    @cached_property
    def _by_spelling(self) -> Mapping[Path, list[Path]]:
        return self._by(_spelling)

    @cached_property
    def _by_stem(self) -> Mapping[Path, list[Path]]:
        return self._by(_stem, lambda path: self._instances[path] is not None)

    @cached_property
    def _by_instance(self) -> Mapping[str, list[Path]]:
        found = defaultdict(list)
        for path, instance in self._instances.items():
            if instance:
                found[instance.sop_instance].append(path)
        return found

    def _by(
        self, key: Callable[[Path], Path], suits: Callable[[Path], bool] = lambda _: True
    ) -> Mapping[Path, list[Path]]:
        found = defaultdict(list)
        for path in self._instances:
            if suits(path):
                found[key(path)].append(path)
        return found


def leads_out(file_id: FileId) -> bool:
    """Whether a File ID tries to leave the File-set: it must never be followed."""
    dotted = any("." in component for component in file_id.components)
    return dotted and any(part in ("..", ".") for part in _parts(file_id))


def shift(named: Path, found: Path) -> str:
    """What of a path became what, in words: `DICOM/S1/I1` found as `S1/I1` is "DICOM -> the root"."""
    same = 0
    while same < min(len(named), len(found)) and named[-1 - same] == found[-1 - same]:
        same += 1
    before, after = ("/".join(path[: len(path) - same]) or "the root" for path in (named, found))
    return f"{before} -> {after}"


def _parts(file_id: FileId) -> tuple[str, ...]:
    """The components, with a path that was written into one of them taken apart."""
    joined = "/".join(file_id.components)
    return tuple(part for part in _SEPARATORS.split(_DRIVE.sub("", joined)) if part)


def _spelling(path: Path) -> Path:
    """Without what systems change: case, the version and the empty extension of ISO 9660."""
    return tuple(_VERSION.sub("", part).strip().upper() for part in path)


def _stem(path: Path) -> Path:
    """The spelling without the extension of the file."""
    *folders, name = _spelling(path)
    return (*folders, _EXTENSION.sub("", name))
