"""Findings: what a rule said of what was read, where, and what the standard wants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from typing import Any

PLACES_SHOWN = 10
"""How many places a folded finding lists; its count says how many there are."""


class Severity(Enum):
    """From the words of the standard: "shall", "should", legal but known to break readers."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


_RECOVERY_CLASSES = {
    "read-anyway": "auto",
    "realigned": "auto-with-note",
    "sequence-order": "auto-with-note",
    "partial": "auto-with-note",
}
"""Recoveries that say by which means, and what class of recovery each is."""


class Outcome(Enum):
    """What became of a rule where it does not pass; PASSED and NOT APPLICABLE leave no finding.

    NOT_CHECKED could not be judged, SKIPPED was not to be judged.
    """

    FAILED = "failed"
    NOT_CHECKED = "not-checked"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding lies, as exactly as is known; `offset` counts bytes in the file at `path`."""

    path: str | None = None
    record: int | None = None
    offset: int | None = None
    tag: str | None = None
    patient: str | None = None
    study: str | None = None
    series: str | None = None
    instance: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The known parts only."""
        known = ((f.name, getattr(self, f.name)) for f in fields(self))
        return {name: value for name, value in known if value is not None}

    def over(self, outer: Place) -> Place:
        """This place, with what it does not know taken from `outer`."""
        return replace(outer, **self.to_json())


@dataclass(frozen=True, slots=True)
class Finding:
    """One or several equal failures of one rule."""

    rule: str
    severity: Severity
    citation: str
    message: str
    where: Place = Place()
    args: Mapping[str, Any] = field(default_factory=dict)
    outcome: Outcome = Outcome.FAILED
    places: tuple[Place, ...] = ()
    because: str | None = None
    count: int = 1
    recovery: str = "none"
    advice: str = ""

    @property
    def recovery_class(self) -> str:
        """What may be done about it: `auto`, `auto-with-note`, `ask`, `never` or `none`."""
        return _RECOVERY_CLASSES.get(self.recovery, self.recovery)

    def to_json(self) -> dict[str, Any]:
        """The finding as in the documents of `verify` and `create`."""
        return {
            "rule": self.rule,
            "severity": self.severity.value,
            "outcome": self.outcome.value,
            "citation": self.citation,
            "message": self.message,
            "where": self.where.to_json(),
            "args": dict(self.args),
            "places": [place.to_json() for place in self.places],
            "because": self.because,
            "count": self.count,
            "recovery": self.recovery,
            "advice": self.advice,
        }


@dataclass(frozen=True, slots=True)
class Summary:
    """How often each outcome occurred; occurrences are counted, not folded findings."""

    errors: int = 0
    warnings: int = 0
    notes: int = 0
    not_checked: int = 0
    skipped: int = 0

    @staticmethod
    def of(findings: Iterable[Finding]) -> Summary:
        """Count the occurrences behind the findings."""
        counts = dict.fromkeys(("error", "warning", "note", "not-checked", "skipped"), 0)
        for finding in findings:
            failed = finding.outcome is Outcome.FAILED
            counts[finding.severity.value if failed else finding.outcome.value] += finding.count
        return Summary(*counts.values())

    def to_json(self) -> dict[str, int]:
        """The counts under the names of the `verify` document."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


def fold(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Equal findings (same rule, outcome and arguments) as one, with a count and first places.

    The order is that of the first occurrence, errors first. Findings are taken one by one: a
    hostile medium may yield millions of equal ones.
    """
    groups: dict[object, _Group] = {}
    for finding in findings:
        key = (finding.rule, finding.outcome, finding.because, repr(sorted(finding.args.items())))
        groups.setdefault(key, _Group(finding)).add(finding)
    rank = list(Severity)
    return tuple(sorted((group.folded for group in groups.values()), key=lambda f: rank.index(f.severity)))


class _Group:
    """The first of equal findings, how many there were, and where the first ones lie."""

    def __init__(self, first: Finding) -> None:
        self._first = first
        self._count = 0
        self._places: list[Place] = []

    def add(self, finding: Finding) -> None:
        """Count one more, which may be folded itself."""
        self._count += finding.count
        room = PLACES_SHOWN - len(self._places)
        self._places += (finding.places or (finding.where,))[:room]

    @property
    def folded(self) -> Finding:
        if self._count == 1:
            return self._first
        return replace(self._first, count=self._count, places=tuple(self._places))
