"""Every DDIR and KEY rule: a broken DICOMDIR yields exactly its findings, the sound one none."""

from __future__ import annotations

import struct
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pydicom
import pytest

from mediakit import verify
from mediakit.dicomfile import encode_element, file_meta
from mediakit.model import Element
from mediakit.report import Outcome, Severity
from mediakit.rules import RULES, judge
from tests.builders import CT, ct, element, file_set, uid
from tests.dicomdirs import (
    DIRECTORY_CLASS,
    FILE_SET_UID,
    PATIENT,
    SERIES,
    STUDY,
    Raw,
    Rec,
    craft,
    image,
    keys,
    read,
    sound,
)

SR = "1.2.840.10008.5.1.4.1.1.88.11"


def with_(number: int, **changes: object) -> bytes:
    """The sound directory with one record changed."""
    records = sound()
    records[number] = records[number].but(**changes)
    return craft(records)


def top(tag: int, value: Element | None) -> bytes:
    return craft(sound(), top={tag: value})


def leaf(record: Rec) -> bytes:
    """The sound directory with another record behind the images."""
    records = sound()
    return craft([*records[:4], records[4].but(next=5), record])


def reference(sop_class: str = CT) -> dict[str, object]:
    return {
        "ReferencedFileID": "DICOM\\XX000009",
        "ReferencedSOPClassUIDInFile": sop_class,
        "ReferencedSOPInstanceUIDInFile": uid("nine"),
        "ReferencedTransferSyntaxUIDInFile": "1.2.840.10008.1.2.1",
    }


def report(**changes: object) -> Rec:
    """A complete SR DOCUMENT record."""
    values = keys(
        **reference(SR),
        InstanceNumber=9,
        ContentDate="20240501",
        ContentTime="101500",
        ConceptNameCodeSequence=[CODE],
        CompletionFlag="COMPLETE",
        VerificationFlag="UNVERIFIED",
    )
    return Rec("SR DOCUMENT", values).but(**changes)


CODE = {"CodeValue": "1", "CodingSchemeDesignator": "99X", "CodeMeaning": "Report"}


def state(**changes: object) -> Rec:
    """A complete PRESENTATION record, but for what the state refers to."""
    values = keys(
        **reference("1.2.840.10008.5.1.4.1.1.11.1"),
        InstanceNumber=9,
        ContentLabel="WINDOW",
        ContentDescription="",
        ContentCreatorName="",
        PresentationCreationDate="20240501",
        PresentationCreationTime="101500",
    )
    return Rec("PRESENTATION", values).but(**changes)


def icon(**changes: object) -> dict[str, object]:
    values: dict[str, object] = {
        "SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2", "Rows": 2, "Columns": 2,
        "BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "PixelRepresentation": 0, "PixelData": b"\1\2\3\4",
        **changes,
    }  # fmt: skip
    return {name: value for name, value in values.items() if value is not None}


ONE_BIT = {"BitsAllocated": 1, "BitsStored": 1, "HighBit": 0}


def with_icon(**changes: object) -> bytes:
    return with_(3, IconImageSequence=[icon(**changes)])


def implicit() -> bytes:
    """The sound directory in Implicit VR Little Endian."""
    source = pydicom.dcmread(BytesIO(craft(sound())))
    source.file_meta.TransferSyntaxUID = pydicom.uid.ImplicitVRLittleEndian
    out = BytesIO()
    pydicom.dcmwrite(out, source, implicit_vr=True, little_endian=True)
    return out.getvalue()


def shifted(by: int) -> bytes:
    """All offsets are wrong by the same number of bytes."""
    view = read(craft(sound()))
    assert view.first and view.last
    records = []
    for record, found in zip(sound(), view.records, strict=True):
        links = {"next": found.next or 0, "lower": found.lower or 0}
        records.append(record.but(**{name: Raw(value + by if value else 0) for name, value in links.items()}))
    return craft(records, first=Raw(view.first + by), last=Raw(view.last + by))


def cut() -> bytes:
    data = craft(sound())
    return data[:-5]


CASES: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    # name: the rule, with what is behind a slash telling cases of one rule apart:
    # (the broken DICOMDIR, further findings that its defect implies)
    "DDIR-001": (
        lambda: craft(sound(), meta=file_meta("1.2.840.10008.5.1.4.1.1.2", FILE_SET_UID)),
        set(),
    ),
    "DDIR-002": (
        lambda: craft(sound(), meta=file_meta(DIRECTORY_CLASS, FILE_SET_UID, "1.2.840.10008.1.2")),
        set(),
    ),
    "DDIR-002/implicit": (implicit, {"DDIR-020", "DDIR-021", "DDIR-025"}),
    "DDIR-003": (lambda: top(0x00041130, None), set()),
    "DDIR-004": (
        lambda: craft([], top=dict.fromkeys((0x00041200, 0x00041202, 0x00041212, 0x00041220))),
        set(),
    ),
    "DDIR-005": (lambda: top(0x00041212, None), set()),
    "DDIR-005/first": (lambda: top(0x00041200, None), {"DDIR-021", "DDIR-025"}),
    "DDIR-006": (lambda: craft(sound(), first=None), {"DDIR-021", "DDIR-025"}),
    "DDIR-006/last": (lambda: craft(sound(), last=None), {"DDIR-021"}),
    "DDIR-007": (lambda: top(0x00041212, Element(0x00041212, "US", b"\xff\xff")), set()),
    "DDIR-007/long": (lambda: top(0x00041212, Element(0x00041212, "UL", bytes(8))), set()),
    "DDIR-008": (
        lambda: craft([], top={0x00041200: Element(0x00041200, "UL", b"\1\0\0\0")}),
        {"DDIR-020"},
    ),
    "DDIR-009": (lambda: with_(4, in_use=0), set()),
    "DDIR-009/reserved": (lambda: with_(4, in_use=1), set()),
    "DDIR-009/absent": (lambda: with_(4, in_use=None), set()),
    "DDIR-010": (lambda: leaf(Rec("MAGIC", keys(**reference()))), set()),
    "DDIR-010/absent": (lambda: leaf(Rec(None, keys(**reference()))), set()),
    "DDIR-011": (lambda: leaf(Rec("CURVE", keys(**reference()))), set()),
    "DDIR-012": (
        lambda: leaf(
            Rec(
                "ANNOTATION",
                keys(
                    **reference(), InstanceNumber=1, ContentDate="20240501", ContentTime="101500",
                    ContentLabel="A", ContentDescription="", ContentCreatorName="",
                ),
            )
        ),
        set(),
    ),
    "DDIR-013": (lambda: leaf(Rec("PRIVATE", keys(**reference()))), set()),
    "DDIR-013/no UID": (lambda: leaf(Rec("PRIVATE", keys(PrivateRecordUID="1.02"))), set()),
    "DDIR-013/elsewhere": (lambda: with_(3, PrivateRecordUID="1.2.3"), set()),
    "DDIR-032": (lambda: leaf(Rec("PRIVATE", keys(PrivateRecordUID="1.2.3", **reference()))), set()),
    "DDIR-014": (lambda: with_(3, ReferencedTransferSyntaxUIDInFile=None), set()),
    "DDIR-014/empty": (lambda: with_(3, ReferencedFileID=""), set()),
    "DDIR-015": (lambda: with_(3, NumberOfReferences=1), set()),
    "DDIR-015/shared": (
        lambda: with_(
            3, MRDRDirectoryRecordOffset=400, ReferencedFileID=None, ReferencedSOPClassUIDInFile=None,
            ReferencedSOPInstanceUIDInFile=None, ReferencedTransferSyntaxUIDInFile=None,
        ),
        {"DDIR-029"},
    ),
    "DDIR-016": (lambda: with_(3, mixed=True), set()),
    "DDIR-017": (lambda: top(0x00080016, element("SOPClassUID", DIRECTORY_CLASS)), set()),
    "DDIR-018": (lambda: with_(4, next=Raw(None)), set()),
    "DDIR-018/lower": (lambda: with_(2, lower=Raw(None)), {"DDIR-025"}),
    "DDIR-019": (lambda: with_(3, length=2), set()),
    "DDIR-019/short": (lambda: with_(4, length=-10), set()),
    "DDIR-019/sequence": (lambda: craft(sound(), extra=-200), set()),
    "DDIR-019/cut": (cut, {"DDIR-020"}),
    "DDIR-020": (lambda: with_(3, next=Raw(7)), {"DDIR-025"}),
    "DDIR-020/inside": (lambda: with_(3, lower=Raw(420)), set()),
    "DDIR-020/beyond": (lambda: with_(4, next=Raw(0xFFFFFFFF)), set()),
    "DDIR-020/shifted": (lambda: shifted(16), {"DDIR-021", "DDIR-025"}),
    "DDIR-020/last": (lambda: craft(sound(), last=Raw(9)), {"DDIR-021"}),
    "DDIR-021": (lambda: craft(sound(), last=4), set()),
    "DDIR-022": (lambda: with_(3, lower=4), set()),
    "DDIR-023": (lambda: craft([*sound()[:4], image(2, lower=3)]), set()),
    "DDIR-024": (lambda: with_(4, next=3), set()),
    "DDIR-024/itself": (lambda: with_(4, next=4), set()),
    "DDIR-024/ancestor": (lambda: with_(4, lower=0), set()),
    "DDIR-025": (lambda: with_(3, next=None), set()),
    "DDIR-026": (
        lambda: craft([PATIENT, STUDY, SERIES, image(1, next=4), image(2, lower=5), image(3)]),
        set(),
    ),
    "DDIR-026/root": (lambda: craft([PATIENT.but(next=5), *sound()[1:], image(3)], last=5), set()),
    "DDIR-027": (
        lambda: craft([PATIENT, STUDY, SERIES, Rec("PRIVATE", keys(PrivateRecordUID="1.2.3"))]),
        set(),
    ),
    "DDIR-028": (lambda: craft([PATIENT, STUDY, SERIES.but(lower=None)]), set()),
    "DDIR-029": (
        lambda: with_(
            3, ReferencedFileID=None, ReferencedSOPClassUIDInFile=None, ReferencedSOPInstanceUIDInFile=None,
            ReferencedTransferSyntaxUIDInFile=None,
        ),
        set(),
    ),
    "DDIR-030": (lambda: with_(1, **reference()), set()),
    "KEY-001": (
        lambda: craft(
            [PATIENT.but(next=5), *sound()[1:], PATIENT.but(lower=6),
             STUDY.but(lower=7, StudyInstanceUID="1.2.3"),
             SERIES.but(lower=8, SeriesInstanceUID="1.2.4"), image(3)],
            last=5,
        ),
        set(),
    ),
    "KEY-002": (
        lambda: craft(
            [PATIENT, STUDY.but(next=5), *sound()[2:], STUDY.but(lower=6),
             SERIES.but(lower=7, SeriesInstanceUID="1.2.4"), image(3)]
        ),
        set(),
    ),
    "KEY-003": (
        lambda: craft([PATIENT, STUDY, SERIES.but(next=5), *sound()[3:], SERIES.but(lower=6), image(3)]),
        set(),
    ),
    "KEY-004": (lambda: with_(0, PatientID=None), set()),
    "KEY-004/empty": (lambda: with_(1, StudyID=" "), set()),
    "KEY-004/type 2": (lambda: with_(1, AccessionNumber=None), set()),
    "KEY-004/condition": (lambda: leaf(report(VerificationFlag="VERIFIED")), set()),
    "KEY-004/class": (
        lambda: leaf(
            Rec(
                "ENCAP DOC",
                keys(
                    **reference("1.2.840.10008.5.1.4.1.1.104.2"), InstanceNumber=1, ContentDate="",
                    ContentTime="", DocumentTitle="", ConceptNameCodeSequence=b"",
                    MIMETypeOfEncapsulatedDocument="text/XML",
                ),
            )
        ),
        set(),
    ),
    "KEY-006": (
        lambda: leaf(report(ContentSequence=[{"RelationshipType": "CONTAINS", "ValueType": "TEXT"}])),
        set(),
    ),
    "KEY-006/children": (
        lambda: leaf(report(ContentSequence=[
            {"RelationshipType": "HAS CONCEPT MOD", "ValueType": "TEXT", "ContentSequence": [
                {"RelationshipType": "HAS CONCEPT MOD", "ValueType": "TEXT"}]}
        ])),
        set(),
    ),
    "KEY-012": (lambda: leaf(report(ConceptNameCodeSequence=[{"CodeMeaning": "Report"}])), set()),
    "KEY-012/meaning": (
        lambda: leaf(report(ConceptNameCodeSequence=[{"CodeValue": "1", "CodingSchemeDesignator": "99X"}])),
        set(),
    ),
    "KEY-012/scheme": (
        lambda: leaf(report(ConceptNameCodeSequence=[{"CodeValue": "1", "CodeMeaning": "Report"}])),
        set(),
    ),
    "KEY-012/two": (lambda: leaf(report(ConceptNameCodeSequence=[CODE, CODE])), set()),
    "KEY-012/deep": (
        lambda: leaf(state(ReferencedSeriesSequence=[
            {"SeriesInstanceUID": "1.2", "ReferencedImageSequence": [{"ReferencedSOPClassUID": CT}]}
        ])),
        set(),
    ),
    "KEY-008": (lambda: with_(3, EncapsulatedDocument=b"%PDF"), set()),
    "KEY-009": (lambda: with_icon(SamplesPerPixel=3), set()),
    "KEY-009/two": (lambda: with_(3, IconImageSequence=[icon(), icon()]), set()),
    "KEY-009/colour": (lambda: with_icon(PhotometricInterpretation="RGB"), set()),
    "KEY-009/bits": (lambda: with_icon(HighBit=6), set()),
    "KEY-009/palette": (
        lambda: with_icon(PhotometricInterpretation="PALETTE COLOR", **ONE_BIT, PixelData=b"\1\0"),
        set(),
    ),
    "KEY-009/rows": (lambda: with_icon(Rows=None, PixelData=b""), set()),
    "KEY-009/planar": (lambda: with_icon(PlanarConfiguration=0), set()),
    "KEY-009/ratio": (lambda: with_icon(PixelAspectRatio="1\\2"), set()),
    "KEY-010": (lambda: with_icon(PixelData=b"\1\2"), set()),
    "KEY-010/absent": (lambda: with_icon(PixelData=None), set()),
    "KEY-011": (lambda: with_(0, PatientName="Müller".encode("latin-1")), set()),
    "KEY-011/escape": (lambda: with_(0, PatientName=b"A=\x1b$B;3ED\x1b(B "), set()),
    "KEY-011/inside": (
        lambda: leaf(report(ConceptNameCodeSequence=[{**CODE, "CodeMeaning": b"\xdcbersicht"}])),
        set(),
    ),
}  # fmt: skip


def rule_of(name: str) -> str:
    return name.partition("/")[0]


def findings(data: bytes) -> set[str]:
    return {finding.rule for finding in judge(read(data))}


def test_the_sound_directory_has_none() -> None:
    assert findings(craft(sound())) == set()
    assert findings(craft([])) == set()
    assert findings(leaf(report())) == set()
    assert findings(with_icon()) == set()
    assert (
        findings(with_icon(Rows=1, Columns=9, BitsAllocated=1, BitsStored=1, HighBit=0, PixelData=b"\1\0"))
        == set()
    )
    named = PATIENT.but(PatientName="Müller".encode("latin-1"), SpecificCharacterSet="ISO_IR 100")
    assert findings(craft([named, *sound()[1:]])) == set()
    private = Rec("PRIVATE", keys(PrivateRecordUID="1.2.3", **reference()))
    assert findings(leaf(private)) == {"DDIR-032"}


@pytest.mark.parametrize("name", CASES)
def test_broken_directory_yields_exactly_its_findings(name: str) -> None:
    broken, also = CASES[name]
    assert findings(broken()) == {rule_of(name), *also}


IMPLIED = {
    name: also
    for name, (_, also) in CASES.items()
    if also and name not in ("DDIR-002/implicit",)  # the offsets were not mended: two independent defects
}


@pytest.mark.parametrize("name", IMPLIED)
def test_what_is_implied_says_because(name: str) -> None:
    """A consequence is told, and names the rule behind it; the defect itself names none."""
    found = list(judge(read(CASES[name][0]())))
    for finding in found:
        if finding.rule in IMPLIED[name]:
            assert finding.because is not None, finding


def test_an_orphan_says_where_it_comes_from() -> None:
    (finding,) = judge(read(CASES["DDIR-025"][0]()))
    assert (finding.where.record, finding.where.instance) == (4, uid("ct 2"))
    assert finding.because is None


def test_a_finding_names_patient_study_and_series() -> None:
    (finding,) = judge(read(CASES["DDIR-009"][0]()))
    where = finding.where
    assert (where.patient, where.study, where.series) == ("P1", uid("study"), uid("series"))
    assert (where.record, where.instance, where.tag) == (4, uid("ct 2"), "(0004,1410)")
    assert where.offset == read(craft(sound())).records[4].offset


def test_records_that_are_too_deep_are_not_checked() -> None:
    chain = [Rec("PRIVATE", keys(PrivateRecordUID="1.2.3"), lower=n + 1) for n in range(100)]
    found = list(judge(read(craft([*chain, Rec("PRIVATE", keys(PrivateRecordUID="1.2.3"))]))))
    assert {(finding.rule, finding.outcome) for finding in found} == {("DDIR-025", Outcome.NOT_CHECKED)}


def on_medium(tmp_path: Path, *changes: tuple[bytes, bytes], files: tuple[bytes, ...] = ()) -> set[str]:
    """The findings about a File-set in a folder whose DICOMDIR was patched."""
    folder = file_set(files) if files else file_set()
    data = folder.files["DICOMDIR"]
    for old, new in changes:
        assert old in data
        assert len(old) == len(new)
        data = data.replace(old, new)
    return {f.rule for f in verify(folder.but(DICOMDIR=data).write(tmp_path), profile="STD-GEN-CD").findings}


def a_report(**changes: object) -> bytes:
    modifier = {"RelationshipType": "HAS CONCEPT MOD", "ValueType": "TEXT", "TextValue": "German"}
    other = {"RelationshipType": "CONTAINS", "ValueType": "TEXT", "TextValue": "Nothing to see"}
    values: dict[str, object] = {
        "SOPClassUID": SR, "Modality": "SR", "SeriesInstanceUID": uid("reports"), "SeriesNumber": "2",
        "ContentDate": "20240501", "ContentTime": "101500", "CompletionFlag": "COMPLETE",
        "VerificationFlag": "VERIFIED", "ContentSequence": [modifier, other],
        "VerifyingObserverSequence": [
            {"VerificationDateTime": "20240502101500"}, {"VerificationDateTime": "20240503101500"},
        ],
        "ConceptNameCodeSequence": [{"CodeValue": "1", "CodingSchemeDesignator": "99X", "CodeMeaning": "R"}],
        "PixelData": None, "Rows": None, "Columns": None, "SamplesPerPixel": None, "BitsAllocated": None,
        "BitsStored": None, "HighBit": None, "PixelRepresentation": None, "PhotometricInterpretation": None,
        "ImageType": None, **changes,
    }  # fmt: skip
    return ct(1, **values)


def test_computed_keys_are_compared_with_the_file(tmp_path: Path) -> None:
    files = (a_report(),)
    assert on_medium(tmp_path / "sound", files=files) == set()
    latest = (b"20240503101500", b"20240502101500")
    assert on_medium(tmp_path / "KEY-007", latest, files=files) == {"KEY-007"}
    words = (b"German", b"French")
    assert on_medium(tmp_path / "KEY-007 content", words, files=files) == {"KEY-007"}


def test_conditional_keys_are_compared_with_the_file(tmp_path: Path) -> None:
    """The record loses its Content Sequence: renamed to a private element that nobody asks for."""
    files = (a_report(),)
    gone = (struct.pack("<HH2s", 0x0040, 0xA730, b"SQ"), struct.pack("<HH2s", 0x0041, 0xA731, b"SQ"))
    assert on_medium(tmp_path, gone, files=files) == {"KEY-005"}


def test_related_general_sop_class_is_compared_with_the_file(tmp_path: Path) -> None:
    files = (ct(1, RelatedGeneralSOPClassUID="1.2.3.4"),)
    assert on_medium(tmp_path / "sound", files=files) == set()
    old = encode_element(0x0004151A, "UI", b"1.2.3.4")
    new = encode_element(0x0004151A, "UI", b"1.2.3.5")
    assert on_medium(tmp_path / "DDIR-031", (old, new), files=files) == {"DDIR-031"}
    several = (ct(1, RelatedGeneralSOPClassUID="1.2.3.4\\1.2.3.9"),)
    assert on_medium(tmp_path / "several", files=several) == set()
    assert on_medium(tmp_path / "second", (b"1.2.3.9", b"1.2.3.8"), files=several) == {"DDIR-031"}


def test_every_rule_has_a_case() -> None:
    on_files = {"DDIR-031", "KEY-005", "KEY-007"}
    others = {"KEY-040", "KEY-050", "KEY-060"}  # in test_file_set_rules.py and with `create`
    ours = {rule for rule in RULES if rule.startswith(("DDIR", "KEY"))}
    assert {rule_of(name) for name in CASES} | on_files | others == ours


WARNINGS = {"DDIR-004", "DDIR-011", "DDIR-015", "DDIR-028", "DDIR-030", "KEY-012", "KEY-040"}
NOTES = {"DDIR-012", "DDIR-017", "DDIR-032", "KEY-050", "KEY-060"}


def test_severities() -> None:
    for name, rule in RULES.items():
        if name.startswith(("DDIR", "KEY")):
            expected = (
                Severity.WARNING if name in WARNINGS else Severity.NOTE if name in NOTES else Severity.ERROR
            )
            assert rule.severity is expected, name
