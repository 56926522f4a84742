"""What the File-set Creator did or could not do with its sources, in the form of rules.

These see what `scan` and `directory` report of themselves, so that every note has an ID, a
citation and a sentence like any finding of `verify`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..creator_notes import Conflict, Folded, Iconless, Numbering, Supplied, Unadapted, missing_numbers
from ..dictionary import tag_of, tag_text
from ..places import place_of
from ..report import Place, Severity
from . import Fact, rule


@rule(
    "FSET-013",
    on=Folded,
    cites="PS3.10 8.1",
    severity=Severity.NOTE,
    says="The sources hold this instance more than once; one copy is taken",
    advice="Nothing is lost: the copies are the same.",
)
def instance_found_once(folded: Folded) -> Iterator[Fact]:
    """The sources hold each SOP instance once."""
    yield Fact(place=Place(path=folded.origin))


@rule(
    "FSET-014",
    on=Conflict,
    cites="PS3.10 8.1",
    recovery="ask",
    says="Another file has the same SOP Instance UID but not the same contents: {reason}",
    advice="Find out which file is right and remove the other; the first of the sources is kept.",
)
def one_instance_one_content(conflict: Conflict) -> Iterator[Fact]:
    """Files that share a SOP Instance UID hold the same instance."""
    yield Fact({"reason": conflict.reason}, Place(path=conflict.origin))


@rule(
    "FSET-016",
    on=Numbering,
    cites="mediakit",
    severity=Severity.NOTE,
    says="Between the first and the last image of this series, Instance Number {numbers} is missing",
    advice="Often the scanner counts so; if not, part of the series was not exported.",
)
def no_gaps(numbering: Numbering) -> Iterator[Fact]:
    """The Instance Numbers of a series run from the first to the last without a gap."""
    if numbers := missing_numbers(numbering.instances):
        around = place_of(numbering.instances[0])
        place = Place(patient=around.patient, study=around.study, series=around.series)
        yield Fact({"numbers": numbers}, place)


@rule(
    "KEY-050",
    on=Supplied,
    cites="PS3.11 D.3.3",
    severity=Severity.NOTE,
    says="{keyword} is missing or unusable in instances and was put into the {record} record only: {source}",
    advice="The instances are not changed. Complete the value at its source if it matters.",
)
def nothing_supplied(supplied: Supplied) -> Iterator[Fact]:
    """Instances hold a value for every Type 1 key of their Directory Records."""
    args = {"keyword": supplied.keyword, "record": supplied.record, "source": supplied.source}
    yield Fact(args, place_of(supplied.instance).over(Place(tag=tag_text(tag_of(supplied.keyword)))))


@rule(
    "KEY-060",
    on=Iconless,
    cites="PS3.3 F.7",
    severity=Severity.NOTE,
    says="No icon could be made of this instance: {reason}",
    advice="The directory shows no preview of it; the instance itself is not affected.",
)
def icon_possible(iconless: Iconless) -> Iterator[Fact]:
    """Where an icon is asked for or demanded, one can be made of the pixels of the instance."""
    yield Fact({"reason": iconless.reason}, place_of(iconless.instance))


@rule(
    "PROF-021",
    on=Unadapted,
    cites="PS3.5 8.2",
    says="It cannot be changed to fit without losing anything: {reason}",
    advice="Choose a profile that takes it as it is (`mediakit fit` shows which), or leave it out.",
)
def adaptable(unadapted: Unadapted) -> Iterator[Fact]:
    """An instance that fits after a change of encoding can be changed without losing anything."""
    yield Fact({"reason": unadapted.reason}, place_of(unadapted.instance))
