"""The parts of a report beside contents and findings: facts, profiles, scope, what was extracted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element

from ..extraction import Extraction
from ..report import Finding
from ..verification import Verification
from ..words import RECOVERED_BY, Names, counted, size, totals
from .element import Inside, element, first_of
from .findings import unchecked_list

_MOST = 500

_SCOPE = {
    "format": "the file system or container, from its own bytes",
    "file-set": "the files, their names, and whether the directory and the files agree",
    "directory": "the DICOMDIR and every record in it",
    "instances": "every DICOM file from beginning to end",
    "headers": "the header of every DICOM file, and nothing that needs the whole file",
}


def facts(judged: Verification) -> Element:
    """The medium, and how much of it can be imported."""
    view, imports = judged.view, judged.imports
    formats = "; ".join(f"{each.evidence.id} ({each.evidence.text})" for each in view.media)
    counts = [f"{imports.total(what):,} {what}" for what in ("readable", "recovered", "lost")]
    rows = (
        ("Medium", judged.path),
        ("Format", formats),
        ("Size", size(view.media[0].size)),
        ("File-set ID", view.id or "(none)"),
        ("File-set UID", view.uid or "(none)"),
        ("Holds", totals(judged.contents)),
        ("Import", f"{imports.total('instances'):,} expected: {', '.join(counts)}"),
    )
    return element("section", element("h2", "The medium"), _facts(rows))


def extracted(done: Extraction) -> Element:
    """What came off the medium, by which means, and what did not."""
    there = sum(not each.written for each in done.instances)
    rows = [
        ("Folder", done.out),
        ("Extracted", counted(len(done.instances), "instance")),
        ("There already", counted(there, "instance") if there else ""),
        ("Missing", counted(len(done.missing), "instance") if done.missing else "none"),
        ("Not selected", counted(done.not_selected, "instance") if done.not_selected else ""),
    ]
    ways = Counter(each.recovery for each in done.instances if each.recovery != "none")
    rows += [("Recovered", f"{count:,} {RECOVERED_BY.get(way, way)}") for way, count in ways.items()]
    return element("section", element("h2", "Extracted"), _facts(rows), _missing(done), _repeated(done))


def _missing(done: Extraction) -> list[Element]:
    """Every instance that is missing, with its series and the reason."""
    if not done.missing:
        return []
    names, (shown, more) = Names.of(done.contents), first_of(done.missing, _MOST)
    rows = ((each.source, names.series.get(each.series) or each.series, each.reason) for each in shown)
    head = ("Missing file", "Series", "Why")
    return [element("h3", "Missing"), _table(head, rows), *more]


def _repeated(done: Extraction) -> list[Element]:
    if not done.repeated:
        return []
    shown, more = first_of(done.repeated, _MOST)
    rows = (
        (each.source, "the same again" if each.same else "another version, not extracted", each.sop_instance)
        for each in shown
    )
    return [element("h3", "Instances that are there again"), _table(("File", "What", "UID"), rows), *more]


def profiles(judged: Verification) -> list[Element]:
    """The profiles that were judged, those that are met first; equal verdicts share a row."""
    if not judged.profiles:
        return []
    rows: dict[tuple[str, str], list[str]] = {}
    for each in sorted(judged.profiles, key=lambda verdict: (not verdict.conforms, verdict.broken)):
        said = "conforms" if each.conforms else "does not conform" if each.broken else "not judged completely"
        against = "" if each.conforms else ", ".join(each.rules)
        rows.setdefault((said, against), []).append(each.profile)
    table = _table(
        ("Verdict", "Rules against it", "Profiles"), ((*said, ", ".join(ids)) for said, ids in rows.items())
    )
    return [element("section", element("h2", "Application profiles (PS3.11)"), table)]


def scope(judged: Verification, findings: Sequence[Finding], names: Names) -> Element:
    """What was looked at, and what was not."""
    document = judged.to_json()
    looked = element("ul", [element("li", _SCOPE.get(each, each)) for each in document["scope"]])
    unchecked = unchecked_list(findings, names)
    last = unchecked or [element("p", "Nothing of this was left unchecked.")]
    return element(
        "section",
        element("h2", "What was checked"),
        looked,
        element("h3", "What was not checked"),
        *last,
        element("p", "Whether the images show what they should, nobody but a reader can tell.", class_="dim"),
    )


def _facts(rows: Iterable[tuple[str, str]]) -> Element:
    lines = (element("tr", element("th", name), element("td", value)) for name, value in rows if value)
    return element("table", lines, class_="facts")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Element:
    top: Inside = element("tr", [element("th", each) for each in head])
    lines = (element("tr", [element("td", cell) for cell in row]) for row in rows)
    return element("table", top, lines, class_="even")
