"""Instances -> the instances of each volume, where one medium does not hold them all.

PS3.11 X.3.2 wants a File-set on one volume, so several independent ones are made. A study that
fits on a medium is on one, and of a larger one every series that fits; the newest study comes
first. How large a volume is, the planner of its format says: here sizes are only added up, and
what was added up is asked of the planner again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from .errors import CapacityError
from .model import Instance
from .packing import pack
from .values import text

Weigh = Callable[[Sequence[Instance]], int]
"""The bytes of a volume with these instances, from its format's planner."""

Volumes = tuple[tuple[Instance, ...], ...]

_LEVELS = ("StudyInstanceUID", "SeriesInstanceUID")
_BLOCK = 2048


@dataclass(frozen=True, slots=True)
class _Unit:
    """A study, a series, or an instance; `parts` are those of one that no medium holds as a whole.

    `weight` is what it adds to a volume, in bytes; `number` is the place of each instance in the
    order that they came in.
    """

    numbers: tuple[int, ...]
    weight: int
    parts: tuple[_Unit, ...] = ()


def split(instances: Sequence[Instance], capacity: int, weigh: Weigh) -> Volumes:
    """The instances by volume, those of each in the order they came in.

    Raises CapacityError, by its name, for an instance that is larger than the medium.
    """
    if weigh(instances) <= capacity:
        return (tuple(instances),)
    scales = _Scales(instances, weigh, capacity)
    units = [scales.unit(numbers, _LEVELS) for numbers in _newest_first(instances)]
    for spare in scales.spares():
        room = scales.room - spare
        # A large study that fills its first volumes leaves a small rest, which others may join.
        packed = min((_packed(units, room, even) for even in (True, False)), key=len)
        volumes = tuple(tuple(instances[number] for number in numbers) for numbers in packed)
        if max(map(weigh, volumes)) <= capacity:
            return volumes
    raise scales.too_small(weigh(instances))


class _Scales:
    """Weighs studies, series and instances, as exactly as their packing needs."""

    def __init__(self, instances: Sequence[Instance], weigh: Weigh, capacity: int) -> None:
        self._instances, self._weigh, self._capacity = instances, weigh, capacity
        self._empty = weigh(())
        self.room = capacity - self._empty
        if self.room <= 0:
            raise self.too_small(self._empty)

    def spares(self) -> Iterator[int]:
        """How much of the room to leave unused: a little more at every try.

        What is added up may be a little less than the truth. With no room to add up in, each
        unit is alone, and so it fits.
        """
        spare = 0
        while spare < self.room:
            yield spare
            spare = max(2 * spare, _BLOCK)
        yield self.room

    def too_small(self, needed: int) -> CapacityError:
        """What is said of a medium that nothing can be split over."""
        return CapacityError(
            f"{self._capacity:,} bytes hold no File-set of this kind. Nothing was written.",
            "Choose a larger medium.",
            needed,
            self._capacity,
        )

    def unit(self, numbers: Sequence[int], levels: Sequence[str]) -> _Unit:
        """These instances as one unit, with its parts when it is larger than the medium."""
        weight = self._weight(numbers)
        if weight <= self.room:
            return _Unit(tuple(numbers), weight)
        if not levels:
            return _Unit(tuple(numbers), weight, tuple(self._single(numbers, weight)))
        groups = _grouped(numbers, self._instances, levels[0])
        parts = tuple(self.unit(group, levels[1:]) for group in groups)
        return _Unit(tuple(numbers), weight, parts)

    def _weight(self, numbers: Sequence[int]) -> int:
        return self._weigh([self._instances[number] for number in numbers]) - self._empty

    def _single(self, numbers: Sequence[int], weight: int) -> Iterable[_Unit]:
        """Each instance of a long series, with its share of what the series takes beside its files."""
        sizes = [self._instances[number].content.size for number in numbers]
        share = -(-max(0, weight - sum(sizes)) // len(numbers))
        for number, size in zip(numbers, sizes, strict=True):
            added = size + share
            if 2 * added > self.room:  # here a share is not exact enough
                added = self._weight([number])
            if added > self.room:
                raise self._too_large(self._instances[number], added)
            yield _Unit((number,), added)

    def _too_large(self, instance: Instance, added: int) -> CapacityError:
        needed = added + self._empty
        return CapacityError(
            f"{instance.origin} is larger than the medium: with its directory it needs {needed:,} bytes; "
            f"the medium holds {self._capacity:,}. Nothing was written.",
            "Choose a larger medium, or leave this instance away with --exclude.",
            needed,
            self._capacity,
        )


def _newest_first(instances: Sequence[Instance]) -> list[list[int]]:
    """The numbers of the instances study by study, studies without a date at the end."""

    def date(numbers: Sequence[int]) -> tuple[str, str]:
        keys = instances[numbers[0]].keys
        return text(keys, "StudyDate").replace(".", ""), text(keys, "StudyTime").replace(":", "")

    return sorted(_grouped(range(len(instances)), instances, _LEVELS[0]), key=date, reverse=True)


def _grouped(numbers: Iterable[int], instances: Sequence[Instance], keyword: str) -> list[list[int]]:
    """The numbers by the value of their instances, each group where its first one is.

    One study under two Patient IDs is two records of it, and so two groups.
    """
    found: dict[tuple[str, str], list[int]] = {}
    for number in numbers:
        keys = instances[number].keys
        found.setdefault((text(keys, "PatientID"), text(keys, keyword)), []).append(number)
    return list(found.values())


def _packed(units: Iterable[_Unit], room: int, even: bool) -> list[list[int]]:
    """The instances of each volume."""
    return [
        sorted(unit.numbers) for unit in _joined([p for u in units for p in _pieces(u, room, even)], room)
    ]


def _pieces(unit: _Unit, room: int, even: bool) -> list[_Unit]:
    """The unit itself, or as few pieces of it as its parts allow; recursion as deep as _LEVELS."""
    if not unit.parts:
        return [unit]
    return _joined([piece for part in unit.parts for piece in _pieces(part, room, even)], room, even)


def _joined(units: Sequence[_Unit], room: int, even: bool = True) -> list[_Unit]:
    """Units put together, as many as have room."""
    bins = pack([unit.weight for unit in units], room, even)
    return [
        _Unit(tuple(n for at in each for n in units[at].numbers), sum(units[at].weight for at in each))
        for each in bins
    ]
