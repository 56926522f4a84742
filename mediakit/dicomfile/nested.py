"""Sequences of a walked data set, from their first item to their last (PS3.5 7.5).

A walk hops over sequences whose length is stated. Who has the whole file in hand anyway has a
look inside: an item that reaches beyond its sequence stops other readers.
"""

from __future__ import annotations

from collections.abc import Container, Iterator

from ..model import Anomaly
from .parse import Malformed, normalise, real_vr
from .walk import Place, Walk, tag_name

LONGEST = 16 << 20
"""A sequence longer than this is not walked through: it would have to be held in memory."""

_SHORT = 4096
_KEPT = 2_000
"""What is kept of sequences that repeat from file to file: so long, and so many."""


class _EveryTag(Container[int]):
    """Contains every tag."""

    def __contains__(self, tag: object) -> bool:
        return True


EVERY_TAG: Container[int] = _EveryTag()


Sound = set[tuple[str, bytes]]
"""Encodings and values of sequences that were walked through without a fault."""


def sequence_anomalies(walk: Walk, sound: Sound) -> Iterator[Anomaly]:
    """What is wrong inside the sequences of a walk that kept the place of every element.

    `sound` remembers what was found sound, for the next file. Those of undefined length were
    walked through already, or else the walk would not have found their end.
    """
    for place in walk.found:
        tag, _, start, end = place
        if tag not in walk.undefined and start < end and _is_sequence(place):
            if end - start > LONGEST:
                detail = f"{tag_name(tag)}: {end - start} bytes are too long to be walked through"
                yield Anomaly("sequence-not-entered", detail, start)
            elif fault := _fault(walk, place, sound):
                yield Anomaly("sequence", f"{tag_name(tag)}: {fault}", start)


def _is_sequence(place: Place) -> bool:
    """Where a value representation is stated, it counts: a sequence as UN is bytes to most readers."""
    return place[1] == b"SQ" or (not place[1] and real_vr(place[0], "") == "SQ")


def _fault(walk: Walk, place: Place, sound: Sound) -> str:
    _, _, start, end = place
    value = walk.window.read(start, end)
    if (walk.encoding.name, value) in sound:
        return ""
    try:
        normalise(value, walk.encoding)
    except Malformed as wrong:
        return wrong.detail
    if len(value) <= _SHORT:
        if len(sound) >= _KEPT:
            sound.clear()
        sound.add((walk.encoding.name, value))
    return ""
