"""Patients, studies and series as elements, each series with its picture and what of it is lost."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from xml.etree.ElementTree import Element

from ..contents import PatientContents, SeriesContents, StudyContents
from ..preview import Preview
from ..report import Finding
from ..verification import ImportSummary, SeriesImport
from ..words import Names, counted, patient_words, series_words, study_words, things
from .element import element, first_of
from .findings import finding_list

_MOST = 2000
"""Series on the page, and lines of losses."""


def patients(
    contents: Sequence[PatientContents],
    imports: ImportSummary,
    previews: Mapping[str, Preview],
    findings: Mapping[str, Sequence[Finding]],
) -> list[Element]:
    """A section for each patient; `findings` are those of a study by its UID."""
    names, fates = Names.of(contents), {series.uid: series for series in imports.series}
    made, rest = [], sum(len(study.series) for patient in contents for study in patient.studies)
    for patient, studies in _shown(contents):
        inner = [
            part
            for study, room in studies
            for part in _study(study, room, fates, previews, findings.get(study.uid, ()), names)
        ]
        made.append(element("section", element("h2", patient_words(patient)), inner))
        rest -= sum(min(room, len(study.series)) for study, room in studies)
    if rest:
        made.append(element("p", f"{counted(rest, 'series')} in all are not shown here.", class_="more"))
    return made


def shown_studies(contents: Sequence[PatientContents]) -> set[str]:
    """The UIDs of the studies that are on the page; what was found in others must stand elsewhere."""
    return {study.uid for _, studies in _shown(contents) for study, _ in studies if study.uid}


def _shown(
    contents: Sequence[PatientContents],
) -> Iterator[tuple[PatientContents, list[tuple[StudyContents, int]]]]:
    """Every patient for whom there is room, the studies, and how many series of each there is room for."""
    room = _MOST
    for patient in contents:
        studies = []
        for study in patient.studies:
            if room > 0:
                studies.append((study, room))
                room -= len(study.series)
        if studies:
            yield patient, studies


def losses(imports: ImportSummary, contents: Sequence[PatientContents]) -> list[Element]:
    """The series of which something cannot be imported; of some nothing else is on the page."""
    rows = [series for series in imports.series if series.lost]
    if not rows:
        return []
    names, (shown, more) = Names.of(contents), first_of(rows, _MOST)
    head = element("tr", element("th", "Lost"), element("th", "of"), element("th", "Series"))
    lines = (
        element(
            "tr",
            element("td", f"{each.lost:,}", class_="count lost"),
            element("td", f"{each.instances:,}", class_="count"),
            element("td", names.series.get(each.uid) or each.description or each.uid or "without a name"),
        )
        for each in shown
    )
    return [element("section", element("h2", "What is lost"), element("table", head, lines), more)]


def _study(
    study: StudyContents,
    room: int,
    fates: Mapping[str, SeriesImport],
    previews: Mapping[str, Preview],
    findings: Sequence[Finding],
    names: Names,
) -> list[Element]:
    accession = f"accession number {study.accession}, " if study.accession else ""
    facts = f"{accession}{counted(len(study.series), 'series')}, {things(study.instances)}"
    shown, more = first_of(study.series, room)
    pictures = [_series(each, fates.get(each.uid), previews.get(each.uid)) for each in shown]
    made = [
        element("h3", study_words(study)),
        element("p", facts, class_="dim"),
        element("div", pictures, class_="series"),
        *more,
    ]
    if findings and study.uid:  # those without a study stand with the medium
        made += [element("h4", "Found in this study"), *finding_list(findings, names)]
    return made


def _series(series: SeriesContents, fate: SeriesImport | None, preview: Preview | None) -> Element:
    words = series_words(series)
    lines = [element("div", words), element("div", counted(series.instances, "object"), class_="dim")]
    if fate and fate.recovered:
        lines.append(element("div", f"{fate.recovered:,} only by a search", class_="dim"))
    if fate and fate.lost:
        lines.append(element("div", f"{fate.lost:,} of {fate.instances:,} lost", class_="lost"))
    picture = [_picture(preview)] if preview else []
    return element("figure", picture, element("figcaption", lines))


def _picture(preview: Preview) -> Element:
    if not preview.png:
        return element("div", f"No preview: {preview.reason}", class_="frame none")
    source = f"data:image/png;base64,{b64encode(preview.png).decode('ascii')}"
    return element("div", element("img", src=source, alt="preview"), class_="frame")
