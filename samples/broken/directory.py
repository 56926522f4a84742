"""DDIR and KEY: a DICOMDIR, broken in one thing (PS3.3 Annex F)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import pydicom

from mediakit.dicomfile import file_meta
from mediakit.model import Element
from tests.builders import CT, ct, element, uid
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

MOVED = "implicit headers are not as long, so that all offsets are off"
ORPHANED = "what stood behind the offset is reached by none"
NO_END = "the chain of the root does not end where (0004,1202) says"
SR = "1.2.840.10008.5.1.4.1.1.88.11"


def with_(number: int, **changes: object) -> bytes:
    """The sound directory with one record changed."""
    records = sound()
    records[number] = records[number].but(**changes)
    return craft(records)


def stated(number: int, keyword: str, vr: str) -> bytes:
    """The sound directory with another VR for a value of one record."""
    records = sound()
    tag = element(keyword, b"").tag
    changed = (each._replace(vr=vr) if each.tag == tag else each for each in records[number].keys)
    records[number] = replace(records[number], keys=tuple(changed))
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


CASES: dict[str, tuple[Callable[[], bytes], dict[str, str]]] = {
    # name: the rule, with what is behind a slash telling cases of one rule apart:
    # (the broken DICOMDIR, further findings that its defect implies, each with why)
    "DDIR-001": (
        lambda: craft(sound(), meta=file_meta("1.2.840.10008.5.1.4.1.1.2", FILE_SET_UID)),
        {},
    ),
    "DDIR-002": (
        lambda: craft(sound(), meta=file_meta(DIRECTORY_CLASS, FILE_SET_UID, "1.2.840.10008.1.2")),
        {},
    ),
    "DDIR-002/implicit": (implicit, {"DDIR-020": MOVED, "DDIR-021": NO_END, "DDIR-025": ORPHANED}),
    "DDIR-003": (lambda: top(0x00041130, None), {}),
    "DDIR-004": (
        lambda: craft([], top=dict.fromkeys((0x00041200, 0x00041202, 0x00041212, 0x00041220))),
        {},
    ),
    "DDIR-005": (lambda: top(0x00041212, None), {}),
    "DDIR-005/first": (lambda: top(0x00041200, None), {"DDIR-021": NO_END, "DDIR-025": ORPHANED}),
    "DDIR-006": (lambda: craft(sound(), first=None), {"DDIR-021": NO_END, "DDIR-025": ORPHANED}),
    "DDIR-006/last": (lambda: craft(sound(), last=None), {"DDIR-021": NO_END}),
    "DDIR-007": (lambda: top(0x00041212, Element(0x00041212, "US", b"\xff\xff")), {}),
    "DDIR-007/long": (lambda: top(0x00041212, Element(0x00041212, "UL", bytes(8))), {}),
    "DDIR-008": (
        lambda: craft([], top={0x00041200: Element(0x00041200, "UL", b"\1\0\0\0")}),
        {"DDIR-020": "where there are no records every offset leads nowhere"},
    ),
    "DDIR-009": (lambda: with_(4, in_use=0), {}),
    "DDIR-009/reserved": (lambda: with_(4, in_use=1), {}),
    "DDIR-009/absent": (lambda: with_(4, in_use=None), {}),
    "DDIR-010": (lambda: leaf(Rec("MAGIC", keys(**reference()))), {}),
    "DDIR-010/absent": (lambda: leaf(Rec(None, keys(**reference()))), {}),
    "DDIR-011": (lambda: leaf(Rec("CURVE", keys(**reference()))), {}),
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
        {},
    ),
    "DDIR-013": (lambda: leaf(Rec("PRIVATE", keys(**reference()))), {}),
    "DDIR-013/no UID": (lambda: leaf(Rec("PRIVATE", keys(PrivateRecordUID="1.02"))), {}),
    "DDIR-013/elsewhere": (lambda: with_(3, PrivateRecordUID="1.2.3"), {}),
    "DDIR-032": (lambda: leaf(Rec("PRIVATE", keys(PrivateRecordUID="1.2.3", **reference()))), {}),
    "DDIR-014": (lambda: with_(3, ReferencedTransferSyntaxUIDInFile=None), {}),
    "DDIR-014/empty": (lambda: with_(3, ReferencedFileID=""), {}),
    "DDIR-014/no text": (lambda: stated(3, "ReferencedFileID", "OB"), {}),
    "DDIR-014/nothing first": (lambda: with_(3, ReferencedSOPInstanceUIDInFile="\\1.2.3"), {}),
    "DDIR-015": (lambda: with_(3, NumberOfReferences=1), {}),
    "DDIR-015/shared": (
        lambda: with_(
            3, MRDRDirectoryRecordOffset=400, ReferencedFileID=None, ReferencedSOPClassUIDInFile=None,
            ReferencedSOPInstanceUIDInFile=None, ReferencedTransferSyntaxUIDInFile=None,
        ),
        {"DDIR-029": "the file is named by a record elsewhere, not by this one"},
    ),
    "DDIR-016": (lambda: with_(3, mixed=True), {}),
    "DDIR-017": (lambda: top(0x00080016, element("SOPClassUID", DIRECTORY_CLASS)), {}),
    "DDIR-018": (lambda: with_(4, next=Raw(None)), {}),
    "DDIR-018/lower": (lambda: with_(2, lower=Raw(None)), {"DDIR-025": ORPHANED}),
    "DDIR-019": (lambda: with_(3, length=2), {}),
    "DDIR-019/short": (lambda: with_(4, length=-10), {}),
    "DDIR-019/sequence": (lambda: craft(sound(), extra=-200), {}),
    "DDIR-019/cut": (cut, {"DDIR-020": "the record that an offset leads to is cut off"}),
    "DDIR-020": (lambda: with_(3, next=Raw(7)), {"DDIR-025": ORPHANED}),
    "DDIR-020/inside": (lambda: with_(3, lower=Raw(420)), {}),
    "DDIR-020/beyond": (lambda: with_(4, next=Raw(0xFFFFFFFF)), {}),
    "DDIR-020/shifted": (lambda: shifted(16), {"DDIR-021": NO_END, "DDIR-025": ORPHANED}),
    "DDIR-020/last": (lambda: craft(sound(), last=Raw(9)), {"DDIR-021": NO_END}),
    "DDIR-021": (lambda: craft(sound(), last=4), {}),
    "DDIR-022": (lambda: with_(3, lower=4), {}),
    "DDIR-023": (lambda: craft([*sound()[:4], image(2, lower=3)]), {}),
    "DDIR-024": (lambda: with_(4, next=3), {}),
    "DDIR-024/itself": (lambda: with_(4, next=4), {}),
    "DDIR-024/ancestor": (lambda: with_(4, lower=0), {}),
    "DDIR-025": (lambda: with_(3, next=None), {}),
    "DDIR-026": (
        lambda: craft([PATIENT, STUDY, SERIES, image(1, next=4), image(2, lower=5), image(3)]),
        {},
    ),
    "DDIR-026/root": (lambda: craft([PATIENT.but(next=5), *sound()[1:], image(3)], last=5), {}),
    "DDIR-027": (
        lambda: craft([PATIENT, STUDY, SERIES, Rec("PRIVATE", keys(PrivateRecordUID="1.2.3"))]),
        {},
    ),
    "DDIR-028": (lambda: craft([PATIENT, STUDY, SERIES.but(lower=None)]), {}),
    "DDIR-029": (
        lambda: with_(
            3, ReferencedFileID=None, ReferencedSOPClassUIDInFile=None, ReferencedSOPInstanceUIDInFile=None,
            ReferencedTransferSyntaxUIDInFile=None,
        ),
        {},
    ),
    "DDIR-030": (lambda: with_(1, **reference()), {}),
    "KEY-001": (
        lambda: craft(
            [PATIENT.but(next=5), *sound()[1:], PATIENT.but(lower=6),
             STUDY.but(lower=7, StudyInstanceUID="1.2.3"),
             SERIES.but(lower=8, SeriesInstanceUID="1.2.4"), image(3)],
            last=5,
        ),
        {},
    ),
    "KEY-002": (
        lambda: craft(
            [PATIENT, STUDY.but(next=5), *sound()[2:], STUDY.but(lower=6),
             SERIES.but(lower=7, SeriesInstanceUID="1.2.4"), image(3)]
        ),
        {},
    ),
    "KEY-003": (
        lambda: craft([PATIENT, STUDY, SERIES.but(next=5), *sound()[3:], SERIES.but(lower=6), image(3)]),
        {},
    ),
    "KEY-004": (lambda: with_(0, PatientID=None), {}),
    "KEY-004/empty": (lambda: with_(1, StudyID=" "), {}),
    "KEY-004/type 2": (lambda: with_(1, AccessionNumber=None), {}),
    "KEY-004/condition": (lambda: leaf(report(VerificationFlag="VERIFIED")), {}),
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
        {},
    ),
    "KEY-006": (
        lambda: leaf(report(ContentSequence=[{"RelationshipType": "CONTAINS", "ValueType": "TEXT"}])),
        {},
    ),
    "KEY-006/children": (
        lambda: leaf(report(ContentSequence=[
            {"RelationshipType": "HAS CONCEPT MOD", "ValueType": "TEXT", "ContentSequence": [
                {"RelationshipType": "HAS CONCEPT MOD", "ValueType": "TEXT"}]}
        ])),
        {},
    ),
    "KEY-012": (lambda: leaf(report(ConceptNameCodeSequence=[{"CodeMeaning": "Report"}])), {}),
    "KEY-012/meaning": (
        lambda: leaf(report(ConceptNameCodeSequence=[{"CodeValue": "1", "CodingSchemeDesignator": "99X"}])),
        {},
    ),
    "KEY-012/scheme": (
        lambda: leaf(report(ConceptNameCodeSequence=[{"CodeValue": "1", "CodeMeaning": "Report"}])),
        {},
    ),
    "KEY-012/two": (lambda: leaf(report(ConceptNameCodeSequence=[CODE, CODE])), {}),
    "KEY-012/deep": (
        lambda: leaf(state(ReferencedSeriesSequence=[
            {"SeriesInstanceUID": "1.2", "ReferencedImageSequence": [{"ReferencedSOPClassUID": CT}]}
        ])),
        {},
    ),
    "KEY-008": (lambda: with_(3, EncapsulatedDocument=b"%PDF"), {}),
    "KEY-009": (lambda: with_icon(SamplesPerPixel=3), {}),
    "KEY-009/two": (lambda: with_(3, IconImageSequence=[icon(), icon()]), {}),
    "KEY-009/colour": (lambda: with_icon(PhotometricInterpretation="RGB"), {}),
    "KEY-009/bits": (lambda: with_icon(HighBit=6), {}),
    "KEY-009/palette": (
        lambda: with_icon(PhotometricInterpretation="PALETTE COLOR", **ONE_BIT, PixelData=b"\1\0"),
        {},
    ),
    "KEY-009/rows": (lambda: with_icon(Rows=None, PixelData=b""), {}),
    "KEY-009/planar": (lambda: with_icon(PlanarConfiguration=0), {}),
    "KEY-009/ratio": (lambda: with_icon(PixelAspectRatio="1\\2"), {}),
    "KEY-010": (lambda: with_icon(PixelData=b"\1\2"), {}),
    "KEY-010/absent": (lambda: with_icon(PixelData=None), {}),
    "KEY-011": (lambda: with_(0, PatientName="Müller".encode("latin-1")), {}),
    "KEY-011/escape": (lambda: with_(0, PatientName=b"A=\x1b$B;3ED\x1b(B "), {}),
    "KEY-011/inside": (
        lambda: leaf(report(ConceptNameCodeSequence=[{**CODE, "CodeMeaning": b"\xdcbersicht"}])),
        {},
    ),
}  # fmt: skip


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
