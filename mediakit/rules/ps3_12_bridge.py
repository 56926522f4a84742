"""UDF: the file systems of a bridge disc beside each other (PS3.12 Annex P).

A reader takes the one that it knows, ISO 9660 or UDF: what only the other one shows does not exist
for it. Files are told apart by where their bytes lie, because names may be longer on one side.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..formats.tree import MediumView, Path, StoredFile
from ..model import Content, SliceContent
from ..read import FileSetView
from ..report import Place, Severity
from . import Fact, Unchecked, rule

_Bytes = tuple[int, int]


@rule(
    "UDF-022",
    on=FileSetView,
    cites="PS3.12 P.2",
    says="The file systems of the disc differ: the file {found}",
    advice="What a reader shows depends on which one it reads; mediakit goes by the first. Compare both.",
    severity=Severity.WARNING,
    recovery="auto-with-note",
)
def bridge_shows_the_same(view: FileSetView) -> Iterator[Fact | Unchecked]:
    """Every file system of a disc shows the same files with the same data."""
    for other in view.media[1:]:
        yield from _differences(view.media[0], other)
        yield from _unread(view.media[0], other)


def _differences(first: MediumView, other: MediumView) -> Iterator[Fact]:
    here, there = _files(first), _files(other)
    shown, others = set(here.values()), set(there.values())
    for path, found in here.items():
        if path in there and there[path] != found:
            yield _fact(path, f"has other data in {other.evidence.id}")
        elif path not in there and found not in others:
            yield _fact(path, f"is in {first.evidence.id} only")
    for path, found in there.items():
        if path not in here and found not in shown:
            yield _fact(path, f"is in {other.evidence.id} only")


def _unread(first: MediumView, other: MediumView) -> Iterator[Unchecked]:
    """The DICOM files of the other file system, which nobody has judged."""
    here = _files(first)
    shown = set(here.values())
    for file in other.files:
        if file.path not in here and _where(file.content, file.size) not in shown and _is_dicom(file):
            reason = f"the file is DICOM and in {other.evidence.id} only, which was not read"
            yield Unchecked(reason, Place(path="/".join(file.path)))


def _is_dicom(file: StoredFile) -> bool:
    """Whether the prefix is there (PS3.10 7.1); False where that cannot be read."""
    try:
        if file.content is None:
            return False
        with file.content.open() as stream:
            return stream.read(132)[128:] == b"DICM"
    except OSError:
        return False


def _fact(path: Path, found: str) -> Fact:
    return Fact({"found": found}, Place(path="/".join(path)))


def _files(view: MediumView) -> Mapping[Path, _Bytes]:
    """Where the bytes of each file lie; those in several pieces and empty ones by their size alone."""
    return {file.path: _where(file.content, file.size) for file in view.files}


def _where(content: Content | None, size: int) -> _Bytes:
    return (content.offset if isinstance(content, SliceContent) and size else 0), size
