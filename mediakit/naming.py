"""Under which names instances leave a medium: instances -> relative paths, unique and safe anywhere.

Whatever a hostile medium calls its files, a name here leads nowhere but below the folder it is
put in, and Windows takes it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from .errors import UsageError
from .formats.tree import Path as Names
from .model import Instance
from .values import text

Namer = Callable[[Sequence[Instance], Sequence[Names]], list[str]]
"""Gives each instance a path, its components joined by a slash; told also where each lay."""

_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
_DEVICES = re.compile(r"(CON|PRN|AUX|NUL|COM\d|LPT\d)(\..*)?", re.IGNORECASE)
_LONGEST = 100
_BRANCH = ("PatientID", "StudyInstanceUID", "SeriesInstanceUID")


def namer(word: str) -> Namer:
    """The way of naming that goes by that word. Raises UsageError."""
    if word not in _NAMERS:
        raise UsageError(
            f"There is no way of naming called {word!r}.", f"Choose one of: {', '.join(_NAMERS)}."
        )
    return _NAMERS[word]


def _short(instances: Sequence[Instance], _: Sequence[Names]) -> list[str]:
    """P001/ST01/SE01/IM0001.dcm: patients, studies, series and images numbered in their order."""
    numbers: dict[tuple[str, ...], int] = {}
    counts: Counter[tuple[str, ...]] = Counter()

    def number(branch: tuple[str, ...]) -> int:
        if branch not in numbers:
            counts[branch[:-1]] += 1
            numbers[branch] = counts[branch[:-1]]
        return numbers[branch]

    found = []
    for n, instance in enumerate(instances):
        levels = [
            text(instance.keys, word) for word in ("PatientID", "StudyInstanceUID", "SeriesInstanceUID")
        ]
        branch = (*levels, str(n))
        patient, study, series, image = (number(branch[: depth + 1]) for depth in range(4))
        found.append(f"P{patient:03d}/ST{study:02d}/SE{series:02d}/IM{image:04d}.dcm")
    return found


def _as_recorded(_: Sequence[Instance], paths: Sequence[Names]) -> list[str]:
    """The names that the files have on the medium."""
    return list(_unique("/".join(map(safe, path)) for path in paths))


def _by_uid(instances: Sequence[Instance], _: Sequence[Names]) -> list[str]:
    """Study, series and SOP Instance UID."""
    branches = (
        (
            text(each.keys, "StudyInstanceUID"),
            text(each.keys, "SeriesInstanceUID"),
            f"{each.sop_instance}.dcm",
        )
        for each in instances
    )
    return list(_unique("/".join(map(safe, branch)) for branch in branches))


_NAMERS: dict[str, Namer] = {"short": _short, "file-id": _as_recorded, "uid": _by_uid}


def safe(name: str) -> str:
    """A name that every system takes as one component, as near to the given one as that allows."""
    plain = _UNSAFE.sub("_", name).rstrip(". ")[:_LONGEST] or "_"
    return f"_{plain}" if _DEVICES.fullmatch(plain) or plain.startswith(".") else plain


def _unique(paths: Iterable[str]) -> Iterator[str]:
    """Each path once, also where case does not count; a further one gets a number."""
    seen: set[str] = set()
    for path in paths:
        stem, dot, extension = path.rpartition(".")
        other, n = path, 1
        while other.upper() in seen:
            n += 1
            other = f"{stem}-{n}{dot}{extension}" if "/" not in extension and dot else f"{path}-{n}"
        seen.add(other.upper())
        yield other
