"""What the DICOMDIRs among the sources promise, held against what was found.

Part of scanning (`scan.py`): a heap of sources may be a copy of a medium, with its directory. A
record whose instance is nowhere is an instance that somebody expects and that got lost; a file
that only records out of use refer to was deleted from its File-set (PS3.3 F.3.2.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .dicomdir import DirectoryView, read_dicomdir
from .errors import MediumError
from .formats.tree import Path
from .model import Content, Instance
from .offers import promised_by
from .read import FileView, Reference, references
from .sources import Entry
from .values import text

_REFERENCED_INSTANCE = 0x0004_1511
_SEPARATORS = re.compile(r"[/\\:]+")


@dataclass(frozen=True, slots=True)
class Promised:
    """An instance that a DICOMDIR refers to and that no source holds; it is known by its record alone."""

    origin: str
    reason: str
    instance: Instance


@dataclass(frozen=True, slots=True)
class Promises:
    """What the directories say beside the files: missing instances, and the origins of deleted ones."""

    missing: tuple[Promised, ...]
    deleted: frozenset[str]


def promises(
    directories: Iterable[Entry],
    instances: Sequence[Instance],
    damaged: Mapping[str, str],
    ignored: Mapping[str, str],
) -> Promises:
    """Hold every record of the directories against the files that were found.

    `damaged` and `ignored` are the files without an instance, by their origin, and what each is.
    """
    files = {names_of(each.origin): _file(each.origin, each.content, each) for each in instances}
    files |= {names_of(origin): _file(origin, None, None, reason) for origin, reason in ignored.items()}
    files |= {names_of(origin): _file(origin, None, None, readable=False) for origin in damaged}
    there = {each.sop_instance for each in instances}
    missing: dict[str, Promised] = {}
    used, unused = set[Path](), set[Path]()
    for entry in directories:
        for reference in references(_view(entry), files, names_of(entry.origin)[:-1]):
            if not reference.record.in_use:
                unused.add(reference.path)
                continue
            used.add(reference.path)
            if not (text(reference.record.keys, _REFERENCED_INSTANCE) in there or _is_listed(reference.file)):
                promised = _promised(entry, reference)
                missing.setdefault(promised.instance.sop_instance or promised.origin, promised)
    deleted = frozenset(each.origin for each in instances if names_of(each.origin) in unused - used)
    return Promises(tuple(missing.values()), deleted)


def names_of(origin: str) -> Path:
    """The components of an origin, those inside an archive or an image among them."""
    return tuple(_SEPARATORS.split(origin))


def _file(
    origin: str, content: Content | None, instance: Instance | None, reason: str = "", readable: bool = True
) -> FileView:
    return FileView(names_of(origin), content.size if content else 0, content, instance, reason, readable)


def _view(entry: Entry) -> DirectoryView | None:
    try:
        return read_dicomdir(entry.content)
    except MediumError:
        return None


def _is_listed(file: FileView | None) -> bool:
    """Whether the file is an instance, whatever its UID, or on the list of what is damaged."""
    return file is not None and (file.instance is not None or not file.readable)


def _promised(entry: Entry, reference: Reference) -> Promised:
    folder = entry.origin[: len(entry.origin) - len(names_of(entry.origin)[-1])]
    found = f"the file is {reference.file.reason}" if reference.file else "it is nowhere in the sources"
    return Promised(
        folder + "/".join(reference.file_id.components),
        f"the DICOMDIR refers to it, but {found}",
        promised_by(reference),
    )
