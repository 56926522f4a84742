"""Findings as elements: what, by which clause, what to do, and where; grouped by study."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element

from ..citation_link import link_of
from ..report import Finding, Outcome, Severity
from ..words import Names, spot
from .element import element, first_of

_MOST = 500
"""Findings of one group that are shown."""

_RECOVERIES = {
    "auto": "readers can make it good by themselves",
    "auto-with-note": "readers can make it good by themselves, and should say so",
    "ask": "a reader must ask a person before it uses this",
    "never": "no reader can make this good",
    "read-anyway": "a tolerant reader can use it all the same",
}
"""What can be done about it; any other word says by which means files were found."""


def by_study(findings: Iterable[Finding], known: set[str]) -> dict[str, list[Finding]]:
    """The failures by the one of the known Study Instance UIDs that all places name, else under ""."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.outcome is Outcome.FAILED:
            studies = {place.study for place in finding.places or (finding.where,)}
            only = (studies.pop() if len(studies) == 1 else None) or ""
            groups.setdefault(only if only in known else "", []).append(finding)
    return groups


def finding_list(findings: Sequence[Finding], names: Names) -> list[Element]:
    """Errors first, then warnings and notes."""
    rank = list(Severity)
    shown, more = first_of(sorted(findings, key=lambda each: rank.index(each.severity)), _MOST)
    return [*(_finding(each, names) for each in shown), *more]


def unchecked_list(findings: Sequence[Finding], names: Names) -> list[Element]:
    """What could not be judged, or was not to be."""
    shown, more = first_of([each for each in findings if each.outcome is not Outcome.FAILED], _MOST)
    return [*(_finding(each, names) for each in shown), *more]


def clause(citation: str) -> Element:
    """The citation, leading to the clause where that is public."""
    address = link_of(citation)
    if address is None:
        return element("span", citation)
    return element("a", citation, href=address, rel="noopener noreferrer")


def _finding(finding: Finding, names: Names) -> Element:
    failed = finding.outcome is Outcome.FAILED
    kind = finding.severity.value if failed else "note"
    times = f" - {finding.count:,} times" if finding.count > 1 else ""
    head = element(
        "p",
        element("span", kind if failed else finding.outcome.value.replace("-", " "), class_=f"badge {kind}"),
        element("code", finding.rule),
        " - ",
        clause(finding.citation),
        times,
    )
    said = [element("p", element("strong", finding.message))]
    if finding.advice:
        said.append(element("p", "What to do: ", finding.advice))
    if finding.recovery != "none":
        means = _RECOVERIES.get(finding.recovery, finding.recovery.replace("-", " "))
        said.append(element("p", "Recovery: ", means))
    if finding.because:
        said.append(element("p", "A consequence of ", element("code", finding.because)))
    return element("article", head, said, _places(finding, names), class_=kind)


def _places(finding: Finding, names: Names) -> list[Element]:
    """The first places with what they are called, and how many more there are."""
    lines = []
    for place in finding.places or (finding.where,):
        at = spot(place)
        offset = f"at byte {place.offset:,}" if place.offset is not None else ""
        lines.append("; ".join(part for part in (at, offset, names.of_place(place)) if part))
    known = list(dict.fromkeys(filter(None, lines)))
    if not known:
        return []
    more = finding.count - len(known)
    last = [element("li", f"and {more:,} more")] if more > 0 and finding.count > 1 else []
    return [element("ul", [*(element("li", line) for line in known), *last])]
