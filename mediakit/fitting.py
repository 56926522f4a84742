"""Instances x Application Profiles -> what stops them, judged once for each distinct signature.

Used wherever many instances meet many profiles: `fit`, the choice of `create`, `verify`. The
rules are those of PS3.11; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .model import Instance, Role
from .places import place_of
from .profile.claim import Claim
from .profile.model import ApplicationProfile
from .profile.records import RecordTable, load_records
from .profile.signature import Signatures
from .profile.subject import Candidate, Gathering
from .report import PLACES_SHOWN, Finding, Outcome, Severity
from .rules import judge


@dataclass(slots=True)
class Kind:
    """The instances of one signature: the first few of them, and how many there are in each series."""

    first: list[Instance] = field(default_factory=list)
    series: dict[bytes, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many instances there are."""
        return sum(self.series.values())


_SERIES = 0x0020000E


class Fitting:
    """Instances sorted into kinds, ready to be held against any of the profiles."""

    def __init__(
        self,
        instances: Iterable[Instance],
        profiles: Sequence[ApplicationProfile],
        role: Role,
        supply: Mapping[str, str],
        claim: Claim | None = None,
        table: RecordTable | None = None,
    ) -> None:
        self.signature_of = Signatures(profiles).of
        self.kinds = _kinds(instances, self.signature_of)
        self._role, self._supply, self._claim = role, supply, claim
        self._table = table or load_records()

    @property
    def sop_classes(self) -> set[str]:
        """The SOP classes of all instances."""
        return {kind.first[0].sop_class for kind in self.kinds}

    def stops(self, profile: ApplicationProfile) -> Iterator[tuple[Kind, tuple[Finding, ...]]]:
        """The kinds that the profile does not take, each with what the rules say of its first instance."""
        for kind in self.kinds:
            found = tuple(filter(_stops, judge(self._candidate(kind.first[0], profile))))
            if found:
                yield kind, found

    def stopped_adapted(self, profile: ApplicationProfile) -> int:
        """How many instances the profile does not take even after the changes that `adapt` makes."""
        if self.together(profile):
            return sum(kind.count for kind in self.kinds)
        return sum(kind.count for kind, _ in self.stops(profile) if not self._fits_adapted(kind, profile))

    def _fits_adapted(self, kind: Kind, profile: ApplicationProfile) -> bool:
        # Only who may change instances needs what knows of pixels.
        from .forecast import forecasts
        from .illustration import as_if_illustrated

        return any(
            not any(map(_stops, judge(self._candidate(forecast, profile))))
            for forecast in forecasts(as_if_illustrated(kind.first[0], profile, self._table))
        )

    def _candidate(self, instance: Instance, profile: ApplicationProfile) -> Candidate:
        return Candidate(instance, profile, self._role, self._table, self._supply, self._claim)

    def together(self, profile: ApplicationProfile) -> list[Finding]:
        """What the profile wants of all instances taken together and does not find."""
        return [each for each in judge(Gathering(frozenset(self.sop_classes), profile)) if _stops(each)]

    def stopped(self, profile: ApplicationProfile) -> int:
        """How many instances the profile does not take; all of them when it does not take them together."""
        if self.together(profile):
            return sum(kind.count for kind in self.kinds)
        return sum(kind.count for kind, _ in self.stops(profile))

    def findings(self, profile: ApplicationProfile) -> Iterator[Finding]:
        """The findings of all instances, those of one kind as one with a count and the first places."""
        for kind, found in self.stops(profile):
            around = tuple(place_of(instance) for instance in kind.first)
            for each in found:
                places = tuple(each.where.over(place) for place in around)
                folded = places if kind.count > 1 else ()
                yield replace(each, where=places[0], count=kind.count, places=folded)


def _kinds(instances: Iterable[Instance], signature_of: Callable[[Instance], Hashable]) -> list[Kind]:
    kinds: dict[object, Kind] = {}
    for instance in instances:
        kind = kinds.setdefault(signature_of(instance), Kind())
        if len(kind.first) < PLACES_SHOWN:
            kind.first.append(instance)
        series = instance.keys.raw(_SERIES)
        kind.series[series] = kind.series.get(series, 0) + 1
    return list(kinds.values())


def _stops(finding: Finding) -> bool:
    return finding.severity is Severity.ERROR or finding.outcome is Outcome.NOT_CHECKED
