"""The other trees of a volume beside the primary one: do Joliet and Rock Ridge show the same files?

A system shows its user one of them: Windows Joliet's, Linux Rock Ridge's. What DICOM says is
of the primary tree; a file that the others lack, or show with other bytes, is noted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from ..tree import Path
from . import rock_ridge
from .directories import Tree
from .volume import IsoRecord, Oddity, safe_name

SHOWN = 20
"""Files that are noted one by one; of more than that, their number."""

_Sections = Mapping[Path, list[tuple[int, int]]]


def joliet_name(identifier: bytes) -> str:
    """A Joliet identifier as a name in a path, without its version number."""
    return safe_name(identifier.decode("utf-16-be", "backslashreplace").removesuffix(";1"), identifier)


def compare_joliet(primary: Tree, joliet: Tree) -> Iterator[Oddity]:
    """What differs between the files of the two trees, as oddities of the kind `joliet`."""
    differ = [
        path
        for path, sections in primary.sections.items()
        if path in joliet.sections and _extents(joliet.sections[path]) != _extents(sections)
    ]
    yield from _noted(differ, "has other data in the Joliet tree")
    yield from _noted(_only_in(primary.sections, joliet.sections), "is not in the Joliet tree")
    yield from _noted(_only_in(joliet.sections, primary.sections), "is in the Joliet tree only")


def _extents(sections: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The extents that hold something; where an empty file lies says nothing."""
    return [section for section in sections if section[1]]


def _only_in(here: _Sections, there: _Sections) -> list[Path]:
    """The files of one tree whose data no file of the other one has left for them."""
    left = Counter(tuple(_extents(sections)) for sections in there.values())
    found = []
    for path, sections in here.items():
        extents = tuple(_extents(sections))
        if left[extents]:
            left[extents] -= 1
        elif path not in there:
            found.append(path)
    return found


def _noted(paths: list[Path], what: str) -> Iterator[Oddity]:
    for path in paths[:SHOWN]:
        yield Oddity("joliet", path, f"the file {what}", None)
    if len(paths) > SHOWN:
        yield Oddity("joliet", (), f"{len(paths) - SHOWN:,} more files of which each {what}", None)


def rock_ridge_names(records: list[IsoRecord]) -> tuple[dict[Path, str], list[Oddity]]:
    """The names that Rock Ridge gives to paths of the primary tree, and those that it gives twice."""
    found: dict[Path, str] = {}
    taken: dict[Path, Path] = {}
    twice: list[Path] = []
    for record in records:
        name = rock_ridge.name_in(record.record.system_use)
        if name is None:
            continue
        found[record.path] = safe_name(name, name.encode("utf-8", "backslashreplace"))
        if taken.setdefault((*record.path[:-1], found[record.path]), record.path) != record.path:
            twice.append(record.path)
    noted = [
        Oddity("rock-ridge", path, f"Rock Ridge calls another file {found[path]} too", None)
        for path in twice[:SHOWN]
    ]
    if len(twice) > SHOWN:
        noted.append(Oddity("rock-ridge", (), f"{len(twice) - SHOWN:,} more names given twice", None))
    return found, noted
