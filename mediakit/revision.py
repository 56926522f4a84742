"""A File-set as it was found -> the File-set as it shall be: instances added and removed (PS3.10 8.3).

Records that stay are kept as they are, with what their creator wrote into them; new ones join the
patient, study and series that are there. Every file that stays keeps its File ID, and the File-set
its UID and ID (PS3.10 8.1). Nothing is read or written here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

from .dicomdir import RecordView, encode_dicomdir
from .directory import IDENTITY, PRIVATE_UID, build_directory, order
from .directory import Directory as NewRecords
from .formats.tree import Path as Names
from .model import Attributes, DirectoryRecord, FileId, FileSet, Instance, Member
from .profile.model import DirectoryKey
from .profile.records import BRANCH, RecordTable
from .read import FileSetView, Reference
from .staging import TOP_FOLDER, stage
from .values import text


@dataclass(frozen=True, slots=True)
class Revision:
    """The File-set after the update: all of its members, those that are new, and the paths that go."""

    file_set: FileSet
    added: tuple[Member, ...]
    removed: tuple[Names, ...]
    dicomdir: bytes


def revise(
    view: FileSetView,
    added: Sequence[Instance],
    removed: Collection[Names],
    table: RecordTable,
    keys: Sequence[DirectoryKey],
    supply: Mapping[str, str],
    taken: Iterable[str],
) -> tuple[Revision, NewRecords]:
    """The File-set with those instances more and without those files, and the records that are new.

    `taken` are the names in the root of the medium.
    """
    assert view.directory  # a medium without one was refused
    members = _staged(order(added, table), {name.upper() for name in taken})
    fresh = build_directory(members, table, keys, supply)
    references = {each.record.index: each for each in view.references}
    kept = tuple(_kept(view.directory.roots, references, removed))
    records = merged(kept, fresh.records)
    stays = tuple(
        Member(each.file_id, each.file.content, each.file.instance)
        for each in view.references
        if each.path not in removed and each.file and each.file.content
    )
    descriptor = view.directory.descriptor
    dicomdir = encode_dicomdir(records, view.id, view.uid, descriptor.components if descriptor else ())
    file_set = FileSet(view.uid, view.id, (*stays, *members), records)
    return Revision(file_set, members, tuple(sorted(removed)), dicomdir), fresh


def _staged(instances: Sequence[Instance], taken: set[str]) -> tuple[Member, ...]:
    """New File IDs, in folders of the root that are not there yet: what is on the medium stays alone."""
    free = (name for n in count(1) if (name := TOP_FOLDER if n == 1 else f"{TOP_FOLDER}{n:03d}") not in taken)
    tops: dict[str, str] = {}
    found = []
    for member in stage(instances):
        top, *rest = member.file_id.components
        if top not in tops:
            tops[top] = next(free)
        found.append(replace(member, file_id=FileId((tops[top], *rest))))
    return tuple(found)


def _kept(
    records: Iterable[RecordView], references: Mapping[int, Reference], removed: Collection[Names]
) -> Iterable[DirectoryRecord]:
    """The records that stay, and of branches those in which anything stays (PS3.11 D.3.3: none is empty).

    Recursion goes as deep as the reader followed the records, which it bounds.
    """
    for record in records:
        reference = references.get(record.index)
        if not record.in_use or (reference and reference.path in removed):
            continue
        children = tuple(_kept(record.children, references, removed))
        if children or not record.children:
            file = reference.file if reference else None
            member = (
                Member(reference.file_id, file.content, file.instance)
                if reference and file and file.content
                else None
            )
            yield DirectoryRecord(record.type, _keys(record), member, children)


def _keys(record: RecordView) -> Attributes:
    """Its keys; what identifies the file is written from the file itself."""
    return Attributes.of(each for each in record.keys if each.tag >> 16 != 4 or each.tag == PRIVATE_UID)


def merged(
    kept: tuple[DirectoryRecord, ...], fresh: tuple[DirectoryRecord, ...]
) -> tuple[DirectoryRecord, ...]:
    """The records of one Directory Entity with new ones: a branch that is there takes in what is below."""
    found = list(kept)
    places = {key: at for at, record in enumerate(kept) if (key := _identity(record))}
    for record in fresh:
        key = _identity(record)
        at = places.get(key) if key else None
        if at is None:
            found.append(record)
        else:
            found[at] = replace(found[at], children=merged(found[at].children, record.children))
    return tuple(found)


def _identity(record: DirectoryRecord) -> tuple[str, str] | None:
    """By what a PATIENT, STUDY or SERIES record is known; None for any other, which is never shared."""
    if record.type not in BRANCH:
        return None
    return record.type, text(record.keys, IDENTITY[BRANCH.index(record.type)])
