"""The whole page: both answers first, then the medium, its patients and studies, and the details."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree.ElementTree import Element

from .. import __version__
from ..answers import extraction_words, for_the_clerk, for_the_engineer, on_request
from ..extraction import Extraction
from ..preview import Preview
from ..report import Finding
from ..verification import Verification
from ..words import Names
from . import extras
from .contents import losses, patients, shown_studies
from .element import document, element
from .findings import by_study, finding_list
from .style import STYLE

# Even if some text became markup after all, a browser would load and run nothing.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"


def page(judged: Verification, previews: Mapping[str, Preview], done: Extraction | None = None) -> str:
    """The report as HTML; `previews` are by Series Instance UID, `done` is what `extract` did."""
    contents, findings = judged.contents, judged.findings
    names, groups = Names.of(contents), by_study(findings, shown_studies(contents))
    body = element(
        "body",
        _head(judged, done),
        extras.facts(judged),
        [extras.extracted(done)] if done else [],
        losses(judged.imports, contents),
        element("main", patients(contents, judged.imports, previews, groups)),
        _others(groups.get("", ()), names),
        extras.scope(judged, findings, names),
        extras.profiles(judged),
        _foot(),
    )
    return document(element("html", _meta(judged), body, lang="en"))


def _meta(judged: Verification) -> Element:
    policy = {"http-equiv": "Content-Security-Policy", "content": _POLICY}
    style = element("style")
    style.text = STYLE
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", **policy),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"mediakit: {Path(judged.path).name or judged.path}"),
        style,
    )


def _head(judged: Verification, done: Extraction | None) -> Element:
    """The answers, those on what was asked for first: the wrong patient is worse than anything."""
    unlike = judged.patient_matches is False or bool(judged.comparison and not judged.comparison.equal)
    importable, conforming = _badges(judged)
    kinds = ("bad" if unlike else "good", importable[0], conforming[0])
    kind = next((each for each in ("bad", "open") if each in kinds), "good")
    return element(
        "header",
        [element("p", line, class_="alarm" if unlike else "dim") for line in on_request(judged)],
        element("h1", for_the_clerk(judged)),
        [element("p", extraction_words(done))] if done else [],
        element("p", [element("span", words, class_=f"badge {each}") for each, words in _badges(judged)]),
        element("p", for_the_engineer(judged), class_="dim"),
        class_=kind,
    )


def _badges(judged: Verification) -> tuple[tuple[str, str], tuple[str, str]]:
    """Both answers in a word, each with its kind: good, bad or open."""
    whole, gone = judged.imports.total("instances"), judged.imports.total("lost")
    got = "all" if whole and not gone else "nothing" if gone == whole else "not all"
    verdict = {"conforms": "good", "does-not-conform": "bad"}.get(judged.verdict, "open")
    return (
        ("good" if got == "all" else "bad", f"import: {got}"),
        (verdict, f"standard: {judged.verdict.replace('-', ' ')}"),
    )


def _others(findings: Sequence[Finding], names: Names) -> list[Element]:
    """What belongs to no study, or to several."""
    if not findings:
        return []
    heading = element("h2", "Found on the medium as a whole")
    return [element("section", heading, finding_list(findings, names))]


def _foot() -> Element:
    return element(
        "footer",
        element(
            "p", f"Made by mediakit {__version__}. Links lead to the standard; the page itself loads nothing."
        ),
        element("p", "This report names patients and shows their images: keep it as you keep those."),
    )
