"""Which File ID each instance gets, and who the File-set is (PS3.10 8.1, 8.2).

File IDs sort in the order of the directory, so that a medium written in this order is read
without seeking. They carry no meaning and no patient data.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid5

from .model import FileId, Instance, Member
from .values import text

TOP_FOLDER = "DICOM"
FOLDER_LIMIT = 1000
"""Entries a folder gets at most; explorers and old readers slow down with more."""

_BRANCH = ("PatientID", "StudyInstanceUID", "SeriesInstanceUID")
_LEVELS = ("PA", "ST", "SE", "IM")
_NAMESPACE = UUID("6f6b8f0a-3f4f-5d43-9a2b-0d8c5e3a7f11")


def stage(instances: Sequence[Instance]) -> tuple[Member, ...]:
    """Give every instance its File ID; the instances come in the order of the directory."""
    branches = (tuple(text(instance.keys, keyword) for keyword in _BRANCH) for instance in instances)
    return tuple(
        Member(file_id, instance.content, instance)
        for file_id, instance in zip(file_ids(branches), instances, strict=True)
    )


def file_ids(branches: Iterable[tuple[str, ...]]) -> Iterable[FileId]:
    """DICOM\\PA000001\\ST000001\\SE000001\\IM000001 and on; a branch names patient, study, series.

    A folder that has reached FOLDER_LIMIT is followed by a new one beside it.
    """
    counts = [1, 0, 0, 0, 0]
    before: tuple[str, ...] = ()
    for branch in branches:
        changed = next((n for n, (a, b) in enumerate(zip(branch, before, strict=False), 1) if a != b), 4)
        _advance(counts, changed if before else 1)
        before = branch
        top = TOP_FOLDER if counts[0] == 1 else f"{TOP_FOLDER}{counts[0]:03d}"
        names = [f"{prefix}{count:06d}" for prefix, count in zip(_LEVELS, counts[1:], strict=True)]
        # Files of different folders have the same name: each is held once.
        yield FileId((sys.intern(top), *map(sys.intern, names)))


def _advance(counts: list[int], level: int) -> None:
    """Open the next entry at that level and the first one at every level below."""
    while level and counts[level] == FOLDER_LIMIT:
        level -= 1
    counts[level] += 1
    counts[level + 1 :] = [1] * (len(counts) - level - 1)


def file_set_uid(
    created: datetime, profiles: Iterable[str], medium: str, volume: int, sop_instances: Iterable[str]
) -> str:
    """The File-set UID: the same job gives the same one, wherever and under whatever name it is written."""
    job = (created.astimezone(UTC).isoformat(), ",".join(profiles), medium, str(volume))
    parts = [*job, *sorted(sop_instances)]
    return f"2.25.{uuid5(_NAMESPACE, chr(10).join(parts)).int}"


def file_set_id(created: datetime, uid: str) -> str:
    """The default File-set ID: MK, the date, and six characters that come from the UID."""
    letters = base64.b32encode(UUID(int=int(uid.removeprefix("2.25."))).bytes).decode("ascii")
    return f"MK{created:%y%m%d}{letters[:6]}"
