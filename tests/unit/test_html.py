"""The HTML report: well formed, complete in itself, in order, and nothing of a medium becomes markup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

import mediakit
from mediakit.answers import for_the_clerk
from mediakit.contents import PatientContents, SeriesContents, StudyContents
from mediakit.errors import MediumError, OutputExists, UsageError
from mediakit.html.contents import patients, shown_studies
from mediakit.html.findings import by_study
from mediakit.html.page import page
from mediakit.preview import Preview
from mediakit.report import Finding, Place, Severity
from tests.builders import ct, file_set, uid

VOID = frozenset(("img", "meta"))
LOADING = frozenset(
    ("audio", "base", "embed", "form", "iframe", "link", "object", "script", "source", "video")
)
"""Elements that would make a browser fetch, run or send something."""

FIRST = "DICOM/PA000001/ST000001/SE000001/IM000001"
HOSTILE = "<script>alert(1)</script>"


@dataclass
class Seen(HTMLParser):
    """A page as another parser sees it; elements that are not closed in order fail the test."""

    open: list[str] = field(default_factory=list)
    elements: list[tuple[str, Mapping[str, str | None]]] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.open[-1], data))

    def all(self, *tags: str) -> list[str]:
        """The texts that stand directly in these elements."""
        return [text for tag, text in self.texts if tag in tags]


def seen(text: str) -> Seen:
    """The page, proved to be well formed and to need nothing from elsewhere."""
    assert text.startswith('<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">')
    parser = Seen()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    assert LOADING.isdisjoint(tag for tag, _ in parser.elements)
    for tag, attributes in parser.elements:
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        for name in ("src", "href"):
            if name in attributes:
                start = (
                    "data:image/png;base64,"
                    if tag == "img"
                    else "https://dicom.nema.org/medical/dicom/current/"
                )
                assert str(attributes[name]).startswith(start)
    policy = next(
        each for tag, each in parser.elements if each.get("http-equiv") == "Content-Security-Policy"
    )
    assert str(policy["content"]).startswith("default-src 'none'; img-src data:;")
    (style,) = parser.all("style")
    assert "url(" not in style
    assert "@import" not in style
    return parser


def reported(medium: Path, out: Path, **options: str) -> Seen:
    mediakit.verify(medium, html=out, **options)  # type: ignore[arg-type]  # words only
    return seen(out.read_text(encoding="utf-8"))


def replaced(files: list[bytes], which: int, data: bytes | None, folder: Path) -> tuple[Path, str]:
    """A medium with these files, one of them replaced or removed, and that one's path."""
    made = file_set(files)
    name = next(name for name, held in made.files.items() if held == files[which])
    return made.but(**{name: data}).write(folder), name


def two_studies() -> list[bytes]:
    """A patient with two studies, and another one with one."""
    other = {"StudyInstanceUID": "1.2.1", "StudyDescription": "Skull", "StudyDate": "20240601"}
    second = {"PatientID": "P2", "PatientName": "Probe^Bea", "StudyInstanceUID": "1.3.1"}
    return [
        ct(1),
        ct(2, SeriesInstanceUID="1.2.2", SeriesDescription="Bone", **other),
        ct(3, SeriesInstanceUID="1.3.2", **second),
    ]


def test_the_verdict_comes_first_then_everything_in_order(tmp_path: Path) -> None:
    folder, _ = replaced(two_studies(), 1, None, tmp_path / "medium")
    found = reported(folder, tmp_path / "report.html")
    assert found.all("h1", "h2", "h3", "h4") == [
        "2 of 3 images and documents can be imported; 1 lost: series 'Bone' is incomplete; "
        "the medium breaks the DICOM standard in 1 way.",
        "The medium",
        "What is lost",
        "Probe, Bea (Patient ID P2, born 1970-01-01)",
        "2024-05-01 Thorax",
        "Test, Ada (Patient ID P1, born 1970-01-01)",
        "2024-05-01 Thorax",
        "Found on the medium as a whole",
        "What was checked",
        "What was not checked",
        "Application profiles (PS3.11)",
    ]
    body = [
        text for _, text in found.texts[found.texts.index(found.texts[0]) :] if not text.startswith("\n:root")
    ]
    assert body[1].startswith("2 of 3 images")  # after the title
    assert found.all("span")[:2] == ["import: not all", "standard: does not conform"]
    assert ("td", "Bone") in found.texts  # the series of which nothing is left


def test_findings_stand_with_their_study(tmp_path: Path) -> None:
    files = two_studies()
    folder, path = replaced(files, 1, files[1][:-10], tmp_path / "medium")
    found = reported(folder, tmp_path / "report.html")
    marks = [text for tag, text in found.texts if tag in ("h3", "h4", "code")]
    at = marks.index("2024-06-01 Skull")
    assert marks[at : at + 3] == ["2024-06-01 Skull", "Found in this study", "FILE-013"]
    assert "PS3.10 7.2" in found.all("a")
    assert any("2 bytes" in text or "10 bytes" in text for text in found.all("strong"))
    assert any(text.startswith(path) for text in found.all("li"))


def test_a_finding_in_several_studies_is_shown_once(tmp_path: Path) -> None:
    judged = mediakit.verify(file_set(two_studies()).write(tmp_path / "medium"))
    places = (Place(study=uid("study")), Place(study="1.2.1"))
    made = Finding("XREF-001", Severity.WARNING, "PS3.3 F.5", "Something", places[0], places=places, count=7)
    unknown = replace(made, rule="XREF-002", where=Place(study="9.9"), places=())
    found = seen(page(replace(judged, findings=(made, unknown)), {}))
    marks = [text for tag, text in found.texts if tag in ("h2", "code")]
    assert marks[marks.index("Found on the medium as a whole") :][:3] == [
        "Found on the medium as a whole",
        "XREF-001",
        "XREF-002",
    ]
    assert marks.count("XREF-001") == 1
    assert "and 5 more" in found.all("li")


def test_nothing_of_a_medium_becomes_markup(tmp_path: Path) -> None:
    values = {
        "PatientName": HOSTILE,
        "PatientID": '"><img src=x onerror=alert(2)>',
        "StudyDescription": "</h3><a href='javascript:alert(3)'>",
        "SeriesDescription": "&lt;b&gt; ]]> <!-- ",
        "AccessionNumber": "<style>*{}",
    }
    files = {f"<b onclick=x>{n}.dcm": ct(n, **values) for n in (1, 2)}
    folder = tmp_path / "<i>medium"
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    found = reported(folder, tmp_path / "report.html")
    assert found.all("h2")[1] == f'{HOSTILE} (Patient ID "><img src=x onerror=alert(2)>, born 1970-01-01)'
    assert found.all("h3")[0] == "2024-05-01 </h3><a href='javascript:alert(3)'>"
    assert "CT series 1 &lt;b&gt; ]]> <!--" in found.all("div")
    assert any(text.startswith("<b onclick=x>") for text in found.all("li"))
    assert str(folder) in found.all("td")
    assert {tag for tag, _ in found.elements}.isdisjoint(("b", "i"))


def test_text_cannot_be_turned_round_or_be_endless(tmp_path: Path) -> None:
    judged = mediakit.verify(file_set().write(tmp_path / "medium"))
    made = Finding("X", Severity.ERROR, "mediakit", "a\u202egood\u2069\0\x1b" + "x" * 10_000)
    found = seen(page(replace(judged, findings=(made,)), {}))
    (message,) = found.all("strong")
    assert message == "a\\u202egood\\u2069\\x00\\x1b" + "x" * 1991 + " ..."


def test_a_name_that_is_no_unicode_can_be_written(tmp_path: Path) -> None:
    judged = mediakit.verify(file_set().write(tmp_path / "medium"))
    text = page(replace(judged, path="disc\udcff.iso"), {})
    assert "disc\\udcff.iso" in text.encode("utf-8", "backslashreplace").decode("utf-8")


def test_long_lists_say_what_is_left_away(tmp_path: Path) -> None:
    judged = mediakit.verify(file_set().write(tmp_path / "medium"))
    many = tuple(Finding("X-1", Severity.ERROR, "PS3.10 8.2", f"number {n}") for n in range(1234))
    text = page(replace(judged, findings=many), {})
    found = seen(text)
    assert found.all("strong") == [f"number {n}" for n in range(500)]
    assert "734 more are not shown here; the JSON document has them all." in found.all("p")
    assert len(text) < 400_000


def test_thousands_of_series_leave_no_finding_without_a_place(tmp_path: Path) -> None:
    judged = mediakit.verify(file_set().write(tmp_path / "medium"))
    series = [SeriesContents(f"1.{n}", str(n), "CT", "", 1) for n in range(2500)]
    studies = (
        StudyContents("2.1", "", "first", "", tuple(series)),
        StudyContents("2.2", "", "second", "", tuple(series)),
    )
    contents = (PatientContents("P1", "Test^Ada", "", studies),)
    made = patients(contents, judged.imports, {}, {})
    texts = [text for each in made for text in each.itertext()]
    assert texts.count("1 object") == 2000
    assert "500 more are not shown here; the JSON document has them all." in texts
    assert "3,000 series in all are not shown here." in texts
    assert shown_studies(contents) == {"2.1"}
    finding = Finding("X-1", Severity.ERROR, "PS3.10 8.2", "lost", Place(study="2.2"))
    assert by_study([finding], shown_studies(contents)) == {"": [finding]}


def test_previews_are_part_of_the_page(tmp_path: Path) -> None:
    judged = mediakit.verify(file_set().write(tmp_path / "medium"))
    found = seen(page(judged, {uid("series"): Preview(b"\x89PNG")}))
    assert [each for tag, each in found.elements if tag == "img"] == [
        {"src": "data:image/png;base64,iVBORw==", "alt": "preview"}
    ]
    found = seen(page(judged, {uid("series"): Preview(b"", "the decoder <broke> down")}))
    assert "No preview: the decoder <broke> down" in found.all("div")


def test_the_same_medium_gives_the_same_report(tmp_path: Path) -> None:
    folder = file_set(two_studies()).write(tmp_path / "medium")
    for name in ("one.html", "two.html"):
        mediakit.verify(folder, html=tmp_path / name)
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_who_was_expected_is_answered_first(tmp_path: Path) -> None:
    folder = file_set().write(tmp_path / "medium")
    found = reported(folder, tmp_path / "report.html", expect_patient="ID=P9")
    assert found.texts[2:4] == [
        ("p", "THE PATIENT IS NOT THE ONE EXPECTED, or not the only one."),
        ("h1", for_the_clerk(mediakit.verify(folder))),
    ]
    assert ("header", {"class": "bad"}) in found.elements


def test_a_report_replaces_nothing_unasked(tmp_path: Path) -> None:
    folder, out = file_set().write(tmp_path / "medium"), tmp_path / "report.html"
    out.write_text("mine")
    with pytest.raises(OutputExists):
        mediakit.verify(folder, html=out)
    assert out.read_text() == "mine"
    mediakit.verify(folder, html=out, force=True)
    assert out.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["medium", "report.html"]


def test_a_source_is_never_replaced(tmp_path: Path) -> None:
    folder, junk = file_set().write(tmp_path / "medium"), tmp_path / "disc.iso"
    junk.write_bytes(b"an image")
    for medium, out in ((folder, folder / "report.html"), (junk, junk), (folder, folder / FIRST)):
        with pytest.raises(UsageError):
            mediakit.verify(medium, html=out, force=True)
    with pytest.raises(UsageError):
        mediakit.verify(folder, against=junk, html=junk, force=True)
    with pytest.raises(UsageError):
        mediakit.verify(folder, html=tmp_path / "missing" / "report.html")
    assert junk.read_bytes() == b"an image"
    assert not (folder / "report.html").exists()


def test_what_cannot_be_judged_leaves_no_report(tmp_path: Path) -> None:
    junk = tmp_path / "junk.iso"
    junk.write_bytes(b"this is no medium" * 1000)
    with pytest.raises(MediumError):
        mediakit.verify(junk, html=tmp_path / "report.html")
    assert [path.name for path in tmp_path.iterdir()] == ["junk.iso"]


def test_extract_says_what_came_of_it(tmp_path: Path) -> None:
    folder, gone = replaced(two_studies(), 1, None, tmp_path / "medium")
    out, report = tmp_path / "images", tmp_path / "report.html"
    done = mediakit.extract(folder, out, html=report, manifest=tmp_path / "list.json")
    found = seen(report.read_text(encoding="utf-8"))
    assert f"2 of 3 instances are in {out}." in found.all("p")
    assert found.all("h2")[:3] == ["The medium", "Extracted", "What is lost"]
    row = found.all("td").index(gone)
    assert found.all("td")[row : row + 3] == [
        gone,
        "1.2.2",
        "the file is not on the medium",
    ]
    assert len([tag for tag, _ in found.elements if tag == "img"]) == 2
    assert (tmp_path / "list.json").exists()
    # Whoever extracts again gets the same pictures, from what is there already.
    again = mediakit.extract(folder, out, html=report, force=True)
    assert [each.written for each in again.instances] == [False, False]
    assert len(done.instances) == 2
    assert report.read_text(encoding="utf-8").count("<img ") == 2


def test_extract_writes_both_or_neither(tmp_path: Path) -> None:
    folder = file_set().write(tmp_path / "medium")
    report = tmp_path / "report.html"
    report.write_text("mine")
    with pytest.raises(OutputExists):
        mediakit.extract(folder, tmp_path / "images", html=report)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["medium", "report.html"]
    assert report.read_text() == "mine"
