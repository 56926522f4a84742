"""DICOMDIRs that we write, as pydicom, DCMTK and dciodvfy see them: all record types and character sets."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.fileset import FileSet

from mediakit.dicomdir import encode_dicomdir, read_dicomdir
from mediakit.dicomfile import encode_file, file_meta
from mediakit.dictionary import keyword_of, tag_of, vr_of
from mediakit.directory import build_directory, order
from mediakit.model import BytesContent, FileContent
from mediakit.profile.load import profile
from mediakit.profile.records import load_records
from mediakit.rules import judge
from mediakit.staging import stage
from tests.builders import CT, ct, dataset, instance
from tests.tools import run

TABLE = load_records()
LEAVES = [name for name, kind in TABLE.types.items() if kind.file == "shall"]
NO_PIXELS = dict.fromkeys(
    ("ImageType", "SamplesPerPixel", "PhotometricInterpretation", "Rows", "Columns", "BitsAllocated",
     "BitsStored", "HighBit", "PixelRepresentation", "PixelData")
)  # fmt: skip

CODE = {"CodeValue": "1", "CodingSchemeDesignator": "DCM", "CodeMeaning": "Thing"}
IMAGES = [{"ReferencedSOPClassUID": CT, "ReferencedSOPInstanceUID": "1.2.3"}]
SERIES = [{"SeriesInstanceUID": "1.2.4", "ReferencedImageSequence": IMAGES}]
CONTENT = {
    "RelationshipType": "HAS CONCEPT MOD", "ValueType": "CODE", "ConceptNameCodeSequence": [CODE],
    "ConceptCodeSequence": [CODE],
}  # fmt: skip
BY_VR: dict[str, object] = {
    "CS": "CODE", "LO": "Text", "SH": "Text", "ST": "Text", "LT": "Text", "PN": "Doe^Jane", "DA": "20240501",
    "TM": "101500", "DT": "20240501101500", "IS": "7", "UI": "1.2.3.4", "US": 7, "UL": 7,
    "UV": struct.pack("<Q", 7), "SQ": [CODE],
}  # fmt: skip
SENSIBLE: dict[str, object] = {
    "ImageType": "ORIGINAL\\PRIMARY", "CompletionFlag": "COMPLETE", "VerificationFlag": "VERIFIED",
    "MIMETypeOfEncapsulatedDocument": "text/XML", "ReferencedSeriesSequence": SERIES,
    "HangingProtocolLevel": "SITE",
    "ReferencedImageEvidenceSequence": [{"StudyInstanceUID": "1.2.5", "ReferencedSeriesSequence": [
        {"SeriesInstanceUID": "1.2.4", "ReferencedSOPSequence": IMAGES}]}],
    "HangingProtocolDefinitionSequence": [{
        "Modality": "CT", "AnatomicRegionSequence": [CODE], "Laterality": "R",
        "ProcedureCodeSequence": [CODE], "ReasonForRequestedProcedureCodeSequence": [CODE]}],
    "InventoryLevel": "STUDY", "InventoryCompletionStatus": "COMPLETE",
}  # fmt: skip
CDA = "1.2.840.10008.5.1.4.1.1.104.2"
SEPARATE = {"BlendingSequence"}
"""Keys of other SOP classes that share the record type."""


def leaf(name: str, number: int) -> bytes:
    """A file of the first SOP class that has this record type, with all its keys."""
    first = next(uid for uid, kind in TABLE.sop_classes.items() if kind == name)
    sop_class = {"ENCAP DOC": CDA}.get(name, first)  # which has one key more than the others
    values: dict[str, Any] = {} if name == "IMAGE" else dict(NO_PIXELS)
    for key in TABLE.keys(name):
        if key.keyword not in SEPARATE and not key.computed:
            values[key.keyword] = SENSIBLE.get(key.keyword, BY_VR[vr_of(tag_of(key.keyword))])
    if any(key.computed for key in TABLE.keys(name)):
        values["ContentSequence"] = [{"RelationshipType": "CONTAINS", "ValueType": "TEXT"}, CONTENT]
        values["VerifyingObserverSequence"] = [
            {"VerificationDateTime": when} for when in ("20240502", "20240501")
        ]
    return ct(
        number, SOPClassUID=sop_class, SOPInstanceUID=f"1.2.3.{number}",
        SeriesInstanceUID=f"1.2.4.{number}", SeriesNumber=number, **values,
    )  # fmt: skip


def write(folder: Path, files: Sequence[bytes]) -> Path:
    """A File-set of the files in the folder; the path of its DICOMDIR."""
    instances = [instance(data, f"file {n}") for n, data in enumerate(files)]
    members = stage(order(instances, TABLE))
    directory = build_directory(members, TABLE, profile("STD-GEN-CD").keys)
    for member in members:
        path = folder.joinpath(*member.file_id.components)
        path.parent.mkdir(parents=True, exist_ok=True)
        with member.content.open() as stream:
            path.write_bytes(stream.read())
    path = folder / "DICOMDIR"
    path.write_bytes(encode_dicomdir(directory.records, "ALL_TYPES", "1.2.3"))
    return path


@pytest.fixture(scope="module")
def all_types(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The DICOMDIR of a File-set with one instance for every record type that stands for a file."""
    return write(tmp_path_factory.mktemp("types"), [leaf(name, n) for n, name in enumerate(LEAVES)])


def test_our_own_rules_find_nothing_but_that_some_types_are_new(all_types: Path) -> None:
    found = list(judge(read_dicomdir(FileContent.of(all_types))))
    assert {finding.rule for finding in found} == {"DDIR-012"}
    assert {f.args["type"] for f in found} == {"ANNOTATION", "INVENTORY", "WF PRESENTATION"}


def test_pydicom_finds_in_every_record_what_is_in_its_file(all_types: Path) -> None:
    """Record type by record type: the keys are all there, and equal those of the file."""
    types = set()
    for record in pydicom.dcmread(all_types).DirectoryRecordSequence:
        if "ReferencedFileID" not in record:
            continue
        name = record.DirectoryRecordType
        types.add(name)
        file = pydicom.dcmread(all_types.parent.joinpath(*record.ReferencedFileID))
        assert record.ReferencedSOPClassUIDInFile == file.SOPClassUID
        assert record.ReferencedSOPInstanceUIDInFile == file.SOPInstanceUID
        assert record.ReferencedTransferSyntaxUIDInFile == file.file_meta.TransferSyntaxUID
        for key in TABLE.keys(name):
            if not key.computed and key.keyword not in SEPARATE:
                assert record[key.keyword] == file[key.keyword], (name, key.keyword)
        extra = {e.keyword for e in record if e.tag.group != 4} - {k.keyword for k in TABLE.keys(name)}
        assert extra == ({"ImageType"} if name == "IMAGE" else set())  # PS3.11 Table D.3-2
    assert types == set(LEAVES)


def test_pydicom_finds_the_computed_keys(all_types: Path) -> None:
    records = {r.DirectoryRecordType: r for r in pydicom.dcmread(all_types).DirectoryRecordSequence}
    report = records["SR DOCUMENT"]
    assert report.VerificationDateTime == "20240502"
    for name in ("SR DOCUMENT", "KEY OBJECT DOC"):
        assert [item.RelationshipType for item in records[name].ContentSequence] == ["HAS CONCEPT MOD"]
        assert records[name].ContentSequence[0].ConceptCodeSequence[0].CodeValue == "1"


def test_pydicom_loads_the_file_set(tmp_path: Path) -> None:
    images = [ct(n, SeriesInstanceUID=f"1.2.4.{n % 3}", SeriesNumber=n % 3 + 1) for n in range(1, 10)]
    other = ct(50, PatientID="P2", StudyInstanceUID="1.2.5", SeriesInstanceUID="1.2.6")
    found = FileSet(write(tmp_path, [*images, other]))
    assert (found.ID, found.UID) == ("ALL_TYPES", "1.2.3")
    assert len(found) == 10
    assert sorted(found.find_values("PatientID")) == ["P1", "P2"]
    for each in found:
        loaded = each.load()
        assert loaded.SOPInstanceUID == each.ReferencedSOPInstanceUIDInFile
        assert loaded.SeriesInstanceUID == each.SeriesInstanceUID
    found._stage["t"].cleanup()  # else it warns of the folder when it is collected, in some other test


def test_dcmdump_reads_records_and_offsets(all_types: Path) -> None:
    """DCMTK resolves the offsets itself: an unresolved one would be told on standard error."""
    done = run("dcmdump", all_types)
    assert done.stderr == ""
    view = read_dicomdir(FileContent.of(all_types))
    assert [int(n) for n in re.findall(r"#  offset=\$(\d+)", done.stdout)] == [r.offset for r in view.records]
    types = re.findall(r"\(0004,1430\) CS \[(.+?)\]", done.stdout)
    assert types == [record.type for record in view.records]
    links = [int(n) for n in re.findall(r"\(0004,14[02]0\) up (\d+)", done.stdout)]
    assert links == [link for record in view.records for link in (record.next, record.lower)]


KNOWN_DEFECTS = [
    # PS3.3 F.5.40, F.5.43 to F.5.45, F.5.47 to F.5.49: the types are newer than the tool
    r"Unrecognized enumerated value <(ASSESSMENT|TRACT|SURFACE SCAN|PLAN|ANNOTATION|INVENTORY|"
    r"WF PRESENTATION)> for value 1 of attribute <Directory Record Type>",
    # PS3.3 F.5.48: so are the attributes of the Inventory
    r"Attribute with an even group number is not a recognized standard attribute - "
    r"\(0x0008,0x04(00|01|03|26)\)",
    # PS3.3 F.5.35: a STEREOMETRIC record has no mandatory key
    r"Missing attribute Type [12] Required Element=<(ContentLabel|InstanceNumber|ContentDescription|"
    r"ContentCreatorName)> Module=<ContentIdentificationMacro>",
    # PS3.3 F.5.27: Referenced Image Evidence Sequence has the hierarchical macro (Table C.17-3)
    r"Missing attribute Type 1 Required Element=<ReferencedSOP(Class|Instance)UID> "
    r"Module=<SOPInstanceReferenceMacro>",
]
"""What dciodvfy calls an error although it is none, by the clause that says so."""


def errors(directory: Path) -> list[str]:
    """The lines that dciodvfy prints as errors, known defects of the tool aside."""
    done = run("dciodvfy", directory, status=(0, 1))
    lines = (done.stdout + done.stderr).splitlines()
    found = [line.removeprefix("Error - ") for line in lines if line.startswith("Error")]
    return [line for line in found if not any(re.match(known, line) for known in KNOWN_DEFECTS)]


def test_dciodvfy_has_no_error(all_types: Path) -> None:
    assert errors(all_types) == []


def test_dciodvfy_has_no_error_for_a_blending_state(tmp_path: Path) -> None:
    """The other branch of F.5.23: two items of Blending Sequence instead of references."""
    values = {key.keyword: BY_VR[vr_of(tag_of(key.keyword))] for key in TABLE.keys("PRESENTATION")}
    blended = [{"StudyInstanceUID": "1.2.5", "ReferencedSeriesSequence": SERIES}] * 2
    state = ct(
        1, **NO_PIXELS, **{**values, "BlendingSequence": blended, "ReferencedSeriesSequence": None},
        SOPClassUID="1.2.840.10008.5.1.4.1.1.11.4", SOPInstanceUID="1.2.3.1",
    )  # fmt: skip
    assert errors(write(tmp_path, [state])) == []


NAMES = {
    "ISO_IR 100": ("Müller^Jörg", "Müller^Jörg".encode("latin-1")),
    "ISO_IR 144": ("Люкceмбypг", "Люкceмбypг".encode("iso8859_5")),
    "ISO_IR 126": ("Διονυσιος", "Διονυσιος".encode("iso8859_7")),
    "ISO_IR 192": ("Wang^XiaoDong=王^小东", "Wang^XiaoDong=王^小东".encode()),
    "GB18030": ("Wang^XiaoDong=王^小东", "Wang^XiaoDong=王^小东".encode("gb18030")),
    "\\ISO 2022 IR 87": (
        "Yamada^Tarou=山田^太郎=やまだ^たろう",
        b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
    ),
}


def test_names_survive_in_every_character_set(tmp_path: Path) -> None:
    """Each record has the character set of its own instance, so all of them stand in one directory."""
    files = [
        ct(n, SpecificCharacterSet=term, PatientName=raw, PatientID=f"P{n}", StudyInstanceUID=f"1.2.{n}",
           SeriesInstanceUID=f"1.3.{n}")
        for n, (term, (_, raw)) in enumerate(NAMES.items())
    ]  # fmt: skip
    directory = write(tmp_path, files)
    records = [
        r for r in pydicom.dcmread(directory).DirectoryRecordSequence if r.DirectoryRecordType == "PATIENT"
    ]
    found = {record.PatientID: str(record.PatientName) for record in records}
    assert found == {f"P{n}": name for n, (name, _) in enumerate(NAMES.values())}
    assert list(judge(read_dicomdir(FileContent.of(directory)))) == []


def test_private_records_are_read_by_others(tmp_path: Path) -> None:
    """A record that we only pass on: PRIVATE below an image, as F.6.1 allows."""
    from tests.dicomdirs import Rec, craft, keys, sound

    records = sound()
    records[4] = records[4].but(lower=5)
    data = craft([*records, Rec("PRIVATE", keys(PrivateRecordUID="1.2.3", InstanceNumber=1))])
    (tmp_path / "DICOMDIR").write_bytes(data)
    view = read_dicomdir(BytesContent(data))
    assert list(judge(view)) == []
    assert view.records[5].parent == view.records[4]
    assert run("dcmdump", tmp_path / "DICOMDIR").stderr == ""


def test_an_encoder_of_others_is_read_the_same(tmp_path: Path) -> None:
    """DCMTK's own directory of the same files: the same records with the same shared keys."""
    for n in range(1, 5):
        file = encode_file(file_meta(CT, f"1.2.3.{n}"), dataset(n, SOPInstanceUID=f"1.2.3.{n}"))
        (tmp_path / f"IM{n}").write_bytes(file)
    run("dcmmkdir", "+id", tmp_path, "+r", "+D", tmp_path / "DICOMDIR", "-Nxc", "IM1", "IM2", "IM3", "IM4",
        cwd=tmp_path)  # fmt: skip
    theirs = read_dicomdir(FileContent.of(tmp_path / "DICOMDIR"))
    assert [record.type for record in theirs.records] == ["PATIENT", "STUDY", "SERIES", *["IMAGE"] * 4]
    assert list(judge(theirs)) == []
    ours = read_dicomdir(
        FileContent.of(write(tmp_path / "ours", [(tmp_path / f"IM{n}").read_bytes() for n in range(1, 5)]))
    )
    for mine, other in zip(ours.records, theirs.records, strict=True):
        for element in other.keys:
            if element.tag != tag_of("ReferencedFileID"):
                assert mine.keys.get(element.tag) == element, keyword_of(element.tag)
