"""Rules: small functions with a permanent ID, a citation, and the requirement as docstring.

A rule looks at one kind of subject (an `Instance`, a `FileSetView`, the facts of a media
format ...) and yields a `Fact` for every place where the requirement is not met, or an
`Unchecked` where what it needs could not be read. It never raises because of what is on a
medium. The same rules gate `create` and judge `verify`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain, islice
from typing import Any, TypeVar

from ..report import Finding, Outcome, Place, Severity

_ONE_BY_ONE = 10_000  # facts of a rule on one subject that each become a finding
_GROUPS = 10_000  # kinds of equal facts beyond these

_ID = re.compile(r"(FILE|FSET|FSID|DDIR|KEY|XREF|PROF|ISO|UDF|FAT|ZIP|MIME|MAIL|SEC|PDI|RISK)-\d{3}")
_CITATION = re.compile(
    r"(PS3\.\d+ [0-9A-Z]+(\.[0-9a-z]+)*|ISO 9660 \d|UDF \d|FAT 1\.03 [A-Z]|IHE RAD-\d|mediakit)"
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A failure: named arguments for the rule's message, and the place.

    Arguments say what is wrong and are equal for equal failures (they fold); what differs
    from place to place belongs into the place. Messages may name both. `citation` stands in
    for the rule's where a profile's own table is the source. A fact that was found by kinds
    says how many failures it is, with the first places.
    """

    args: Mapping[str, Any] = field(default_factory=dict)
    place: Place = Place()
    because: str | None = None
    recovery: str = "none"
    citation: str = ""
    count: int = 1
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Unchecked:
    """The rule could not be judged; `reason` says what was unreadable."""

    reason: str
    place: Place = Place()
    because: str | None = None


S = TypeVar("S")
Check = Callable[[S], Iterable[Fact | Unchecked]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A registered rule; `statement` is the requirement in one sentence."""

    id: str
    severity: Severity
    citation: str
    statement: str
    message: str
    advice: str
    subject: type
    check: Check[Any] = field(repr=False)
    recovery: str = "none"
    noted: bool = False

    def to_json(self) -> dict[str, str]:
        """The rule as `mediakit rules --json` lists it."""
        return {
            "id": self.id,
            "severity": self.severity.value,
            "citation": self.citation,
            "statement": self.statement,
            "advice": self.advice,
            "sample": self.sample,
        }

    @property
    def sample(self) -> str:
        """The command that, in a checkout, makes what breaks this rule and shows the finding."""
        return f"python -m samples.broken {self.id}"

    def finding(self, said: Fact | Unchecked, around: Place) -> Finding:
        """What the rule said, as a finding; `around` fills in what its place does not know."""
        place = said.place.over(around)
        if isinstance(said, Unchecked):
            return Finding(
                self.id, self.severity, self.citation, f"Not checked: {said.reason}", place,
                outcome=Outcome.NOT_CHECKED, because=said.because, advice=self.advice,
            )  # fmt: skip
        message = self.message.format_map({**place.to_json(), **said.args})
        return Finding(
            self.id, self.severity, said.citation or self.citation, message, place, said.args,
            because=said.because, advice=self.advice, count=said.count,
            recovery=self.recovery if said.recovery == "none" else said.recovery,
            places=said.places if said.count > 1 else (),
        )  # fmt: skip


RULES: dict[str, Rule] = {}
"""Every rule by its ID, in the order of the standard's parts."""


def rule(
    id: str,
    *,
    on: type[S],
    cites: str,
    says: str,
    advice: str,
    severity: Severity = Severity.ERROR,
    recovery: str = "none",
    noted: bool = False,
) -> Callable[[Check[S]], Check[S]]:
    """Register the decorated function as a rule on subjects of the type `on`.

    `says` is the message with {named} arguments; the docstring's first paragraph is the
    requirement. `recovery` is what a reader does about a failure, unless the fact says more. A rule
    that only puts into words what the reader `noted` is not asked where there is no anomaly.
    Raises ValueError when ID, citation or docstring are not in order.
    """

    def register(check: Check[S]) -> Check[S]:
        statement = " ".join((check.__doc__ or "").split("\n\n")[0].split())
        if not _ID.fullmatch(id) or id in RULES or not _CITATION.match(cites) or not statement:
            raise ValueError(f"rule {id}: bad or repeated ID, bad citation, or no statement")
        RULES[id] = Rule(id, severity, cites, statement, says, advice, on, check, recovery, noted)
        return check

    return register


def judge(subject: object, around: Callable[[], Place] = Place) -> Iterator[Finding]:
    """Every rule on this kind of subject, one after the other.

    `around` makes the place of the subject; it is asked only when a rule has something to say.
    """
    for each in _rules_on(type(subject).__mro__, bool(getattr(subject, "anomalies", True))):
        said = iter(each.check(subject))
        # Most rules have nothing to say of most subjects, and there are many of both.
        for first in said:
            yield each.finding(first, around())
            for one in chain(islice(said, _ONE_BY_ONE), counted(said)):
                yield each.finding(one, around())


def counted(said: Iterable[Fact | Unchecked]) -> Iterator[Fact | Unchecked]:
    """What a rule says of a hostile medium, equal facts as one, so that a million costs little."""
    groups: dict[object, list[Any]] = {}
    more = 0
    for one in said:
        what = repr(one.args) if isinstance(one, Fact) else one.reason
        key = type(one), what, one.because, one.citation if isinstance(one, Fact) else ""
        if key in groups:
            groups[key][1] += one.count if isinstance(one, Fact) else 1
        elif len(groups) < _GROUPS:
            groups[key] = [one, one.count if isinstance(one, Fact) else 1]
        else:
            more += 1
    for one, count in groups.values():
        counted = count > 1 and isinstance(one, Fact)
        yield replace(one, count=count, places=one.places or (one.place,)) if counted else one
    if more:
        yield Unchecked(f"{more:,} more failures of this rule are not listed")


@cache
def _rules_on(kinds: tuple[type, ...], noted: bool) -> tuple[Rule, ...]:
    return tuple(each for each in RULES.values() if each.subject in kinds and (noted or not each.noted))


from . import (  # noqa: E402  # the modules register their rules in the order of the parts
    creator,
    other_content,
    ps3_3_cross_references,
    ps3_3_directory,
    ps3_3_keys,
    ps3_3_tree,
    ps3_10_file_format,
    ps3_10_file_set,
    ps3_11_attributes,
    ps3_11_medium,
    ps3_11_profile,
    ps3_12_bridge,
    ps3_12_fat,
    ps3_12_iso9660,
    ps3_12_mime,
    ps3_12_udf,
    ps3_12_zip,
    ps3_15_mail,
    ps3_15_secure,
    whole_files,
)

__all__ = [
    "RULES",
    "Fact",
    "Rule",
    "Unchecked",
    "counted",
    "creator",
    "judge",
    "other_content",
    "ps3_3_cross_references",
    "ps3_3_directory",
    "ps3_3_keys",
    "ps3_3_tree",
    "ps3_10_file_format",
    "ps3_10_file_set",
    "ps3_11_attributes",
    "ps3_11_medium",
    "ps3_11_profile",
    "ps3_12_bridge",
    "ps3_12_fat",
    "ps3_12_iso9660",
    "ps3_12_mime",
    "ps3_12_udf",
    "ps3_12_zip",
    "ps3_15_mail",
    "ps3_15_secure",
    "rule",
    "whole_files",
]
