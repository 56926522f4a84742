"""Values as lines of plain text: tables, what a medium holds, what was found on it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ..report import Finding, Outcome, Severity
from ..words import Names, patient_words, series_words, spot, study_words

if TYPE_CHECKING:
    from ..contents import PatientContents

_PLACES_NAMED = 3


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Columns under their headings, as wide as what they hold; the last one is not padded."""
    cells = [tuple(head), *(tuple(row) for row in rows)]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    cells.insert(1, tuple("-" * width for width in widths))
    for row in cells:
        padded = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(padded).rstrip()


def _width(text: str) -> int:
    """The columns a terminal needs for it: East Asian characters take two, combining ones none."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(map(bool, map(unicodedata.combining, text)))


def sections(*parts: Iterable[str]) -> Iterator[str]:
    """The lines of all parts, with an empty line between those that have any."""
    first = True
    for part in parts:
        for number, line in enumerate(part):
            if number == 0 and not first:
                yield ""
            first = False
            yield line


def fields(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Names and values, the values one below the other."""
    known = [(name, value) for name, value in pairs if value]
    width = max((len(name) for name, _ in known), default=0)
    return (f"{name:{width}}  {value}" for name, value in known)


def contents_lines(contents: Sequence[PatientContents]) -> Iterator[str]:
    """Every patient, study and series with its count."""
    for patient in contents:
        yield patient_words(patient)
        for study in patient.studies:
            accession = f", accession number {study.accession}" if study.accession else ""
            yield f"  {study_words(study)}{accession}"
            for series in study.series:
                yield f"    {series.instances:>5}  {series_words(series)}"


def findings_sections(findings: Sequence[Finding], names: Names) -> tuple[Iterator[str], ...]:
    """Errors first, then warnings, what was not checked and what was skipped, and notes, under headings."""
    failed = [finding for finding in findings if finding.outcome is Outcome.FAILED]
    groups = {
        "Errors": [finding for finding in failed if finding.severity is Severity.ERROR],
        "Warnings": [finding for finding in failed if finding.severity is Severity.WARNING],
        "Not checked": [finding for finding in findings if finding.outcome is Outcome.NOT_CHECKED],
        "Skipped": [finding for finding in findings if finding.outcome is Outcome.SKIPPED],
        "Notes": [finding for finding in failed if finding.severity is Severity.NOTE],
    }
    return tuple(_section(heading, group, names) for heading, group in groups.items())


def _section(heading: str, findings: Sequence[Finding], names: Names) -> Iterator[str]:
    if findings:
        yield f"{heading} ({sum(finding.count for finding in findings):,})"
    for finding in findings:
        times = f" ({finding.count:,} times)" if finding.count > 1 else ""
        yield f"  {finding.rule}  {finding.message}{times}"
        for line in (_where(finding, names), f"{finding.citation}. {finding.advice}"):
            if line:
                yield f"            {line}"


def _where(finding: Finding, names: Names) -> str:
    """The first places, and which series they belong to in words."""
    places = finding.places or (finding.where,)
    spots = list(dict.fromkeys(filter(None, map(spot, places))))
    shown = ", ".join(spots[:_PLACES_NAMED])
    more = finding.count - len(spots[:_PLACES_NAMED])
    if shown and more > 0 and finding.count > 1:
        shown += f" and {more:,} more"
    called = list(dict.fromkeys(filter(None, map(names.of_place, places))))
    return "; ".join(part for part in (shown, " / ".join(called[:_PLACES_NAMED])) if part)
