"""What of an instance decides how profiles judge it: equal signatures, equal judgement.

A CT study of 2,000 images holds a handful of signatures, so that 82 profiles are asked a few
times instead of 164,000 times.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import NamedTuple

from ..dictionary import tag_of
from ..model import Instance
from ..values import SPECIFIC_CHARACTER_SET
from .constraint import SHARED_FUNCTIONAL_GROUPS, Condition, looked_at
from .model import ApplicationProfile


class Signatures:
    """Makes the signatures for certain profiles, and the values that the user supplies.

    Values and shapes that instances share are looked at once, and no instance is looked at twice.
    """

    def __init__(self, profiles: Iterable[ApplicationProfile]) -> None:
        self._tags = tuple(sorted(_decisive(profiles)))
        self._shapes: dict[int, _Shape] = {}
        self._same: dict[Hashable, Hashable] = {}
        self._known: dict[int, tuple[Instance, Hashable]] = {}

    def of(self, instance: Instance) -> Hashable:
        """The signature: SOP class, transfer syntax, what is there and empty, and decisive values."""
        known = self._known.get(id(instance))
        if known is None:
            made = self._made(instance)
            known = self._known[id(instance)] = instance, self._same.setdefault(made, made)
        return known[1]

    def _made(self, instance: Instance) -> Hashable:
        keys = instance.keys
        values = [cell[1] for cell in keys.cells]
        held = b"".join(values)
        text: Hashable = None
        if not held.isascii() or b"\x1b" in held:
            # What can be encoded depends on the character set and on which values need it.
            charset = keys.raw(SPECIFIC_CHARACTER_SET)
            text = charset, tuple([value.isascii() and b"\x1b" not in value for value in values])
        shape = self._shape(keys.index)
        return (
            instance.sop_class,
            instance.transfer_syntax,
            bool(instance.sop_instance),
            shape.tags,
            tuple([value and not value.strip(b" \0") for value in values]),
            tuple([values[at] for at in shape.decisive]),
            text,
        )

    def _shape(self, index: Mapping[int, int]) -> _Shape:
        """Which tags are there; most instances share one index object (`model.Attributes`)."""
        known = self._shapes.get(id(index))
        if known is None or known.shared is not index:
            decisive = tuple(index[tag] for tag in self._tags if tag in index)
            known = self._shapes[id(index)] = _Shape(index, tuple(index), decisive)
        return known


class _Shape(NamedTuple):
    """The tags of a data set, and where among its cells the decisive ones are."""

    shared: Mapping[int, int]
    tags: tuple[int, ...]
    decisive: tuple[int, ...]


def _decisive(profiles: Iterable[ApplicationProfile]) -> Iterable[int]:
    """The tags whose values, not only their presence, count for any of the profiles."""
    names: set[str] = set()
    for profile in profiles:
        for when in (
            *(key.when for key in profile.keys),
            *(row.when for row in profile.objects),
            *(image.when for image in profile.images),
        ):
            if when:
                names.update(_compared(when))
        for image in profile.images:
            names.update(name for each in image.constraints for name in looked_at(each))
            names.add("PhotometricInterpretation")
        names.update(items.sequence for items in profile.items)
        if profile.icons and any(key.keyword == "IconImageSequence" for key in profile.keys):
            names.add("IconImageSequence")
    return {tag_of(name) for name in names}


def _compared(when: Condition) -> Iterator[str]:
    """The attributes whose values, not only their presence, decide on a condition."""
    if when.values:
        yield when.keyword or "SOPClassUID"
    if when.shared:
        yield SHARED_FUNCTIONAL_GROUPS
    for part in when.parts:
        yield from _compared(part)
