"""The files of a medium that is one file: an image of a disc or a stick, a device, an e-mail.

What the reader of its format could not have is Unusable, what an earlier session holds besides is
Passed: nothing that is known of goes missing. A bridge disc is read in all its file systems; a
file that two of them show is there once.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..formats import views_of
from ..formats.tree import MediumView, StoredFile
from ..model import Anomaly, Content, SliceContent
from ..patience import Patience
from .entry import Entry, Found, Passed, Unusable

_HIDING = frozenset(
    ("unreadable", "unread-session", "too-deep", "limit", "record", "extent-outside", "outside", "not-closed")
)
"""Anomalies behind which there may be files that nobody saw."""

_SMALLEST = 16
"""Bytes; what is smaller is no medium."""


def formats_of(content: Content, patience: Patience) -> tuple[MediumView, ...]:
    """The content as a medium in every format that matches; none where none does. Raises OSError."""
    return views_of(content, patience) if content.size >= _SMALLEST else ()


def medium_entries(views: tuple[MediumView, ...], origin: str) -> Iterator[Found]:
    """The files of the medium in the order of its first file system; `disc.iso:DICOM/IM1` is one of them."""
    seen: set[tuple[int, int, int]] = set()
    for number, view in enumerate(views):
        inside = f"{origin}:" if number == 0 else f"{origin}:({view.evidence.id})"
        for file in view.files:
            # Where the same bytes of the image lie under two names, they are one file in two trees.
            place = _place(file.content)
            if number == 0 or place is None or place not in seen:
                yield _entry(file, inside)
            if place:
                seen.add(place)
        yield from _unseen(view, origin)


def _place(content: Content | None) -> tuple[int, int, int] | None:
    """Where in the image the bytes lie, when they lie in one piece."""
    if not isinstance(content, SliceContent):
        return None
    return id(content.base), content.offset, content.size


def _entry(file: StoredFile, inside: str) -> Found:
    origin = inside + "/".join(file.path)
    if file.content is None:
        return Unusable(origin, "the medium does not give all its bytes")
    return Entry(origin, file.content)


def _unseen(view: MediumView, origin: str) -> Iterator[Found]:
    """What the reader did not get at beside the files that it lists."""
    listed = tuple(f"{'/'.join(file.path)}:" for file in view.files if file.content is None)
    for each in view.anomalies:
        if each.kind == "session":
            yield Passed(origin, each.detail)
        elif each.kind in _HIDING and not (listed and each.detail.startswith(listed)):
            yield Unusable(origin, f"a part of it cannot be read: {_words(each)}")


def _words(anomaly: Anomaly) -> str:
    return anomaly.detail or anomaly.kind
