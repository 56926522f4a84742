"""Every PROF rule that a profile's tables feed: a broken sample yields exactly its finding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from mediakit import create, verify
from mediakit.dicomdir import encode_dicomdir
from mediakit.directory import build_directory, order
from mediakit.model import Role
from mediakit.profile.claim import Claim
from mediakit.profile.load import profile
from mediakit.profile.records import load_records
from mediakit.profile.subject import Candidate
from mediakit.report import Finding
from mediakit.rules import judge
from mediakit.staging import stage
from tests.builders import FILE_SET_ID, FILE_SET_UID, FileSetFolder, ct, instance
from tests.secure import envelope, sealed

TABLE = load_records()
LOSSLESS, RLE, BASELINE = "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.50"
XA, SC = "1.2.840.10008.5.1.4.1.1.12.1", "1.2.840.10008.5.1.4.1.1.7"
MR, US, DX = "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.6.1", "1.2.840.10008.5.1.4.1.1.1.1"
GSPS, CT = "1.2.840.10008.5.1.4.1.1.11.1", "1.2.840.10008.5.1.4.1.1.2"
ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2.1"

GRAY_8 = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "PixelData": bytes(16)}
XA_IMAGE = {**GRAY_8, "SOPClassUID": XA, "Modality": "XA"}
SC_IMAGE = {**GRAY_8, "SOPClassUID": SC, "Modality": "OT"}
MR_IMAGE = {"SOPClassUID": MR, "Modality": "MR"}
US_IMAGE = {**GRAY_8, "SOPClassUID": US, "Modality": "US"}
DX_IMAGE = {
    "SOPClassUID": DX, "Modality": "DX", "InstitutionName": "", "ManufacturerModelName": "", "DetectorID": "",
    "DetectorManufacturerName": "", "DetectorManufacturerModelName": "",
}  # fmt: skip
REGION = {
    "RegionSpatialFormat": 1, "RegionDataType": 1, "RegionFlags": 0, "RegionLocationMinX0": 0,
    "RegionLocationMinY0": 0, "RegionLocationMaxX1": 3, "RegionLocationMaxY1": 3,
    "PhysicalUnitsXDirection": 3, "PhysicalUnitsYDirection": 3, "PhysicalDeltaX": bytes(8),
    "PhysicalDeltaY": bytes(8),
}  # fmt: skip
PIXEL_COMPONENT = {
    "PixelComponentOrganization": 1, "PixelComponentRangeStart": 0, "PixelComponentRangeStop": 255,
    "PixelComponentPhysicalUnits": 3, "PixelComponentDataType": 1, "NumberOfTableBreakPoints": 2,
    "TableOfXBreakPoints": bytes(8), "TableOfYBreakPoints": bytes(16),
}  # fmt: skip


def judged(
    id: str, values: Mapping[str, object], syntax: str, role: Role = Role.FSR, claim: Claim | None = None
) -> list[Finding]:
    """What the rules say of one instance under a profile."""
    one = instance(ct(1, transfer_syntax=syntax, **values))  # type: ignore[arg-type]  # keywords of attributes
    # The samples hold native pixels whatever they state; here the statement counts.
    stated = replace(one, transfer_syntax=syntax)
    return list(judge(Candidate(stated, profile(id), role, TABLE, {}, claim)))


ELE = "1.2.840.10008.1.2.1"
GOOD = {
    "XA": ("STD-XABC-CD", XA_IMAGE, LOSSLESS),
    "XA 1024": ("STD-XA1K-CD", {**XA_IMAGE, "Rows": 1024, "BitsStored": 8}, LOSSLESS),
    "SC with XA": ("STD-XA1K-CD", SC_IMAGE, ELE),
    "MR": ("STD-CTMR-CD", MR_IMAGE, ELE),
    "SC with MR": ("STD-CTMR-CD", SC_IMAGE, LOSSLESS),
    "palette SC": ("STD-CTMR-CD", {**SC_IMAGE, "PhotometricInterpretation": "PALETTE COLOR"}, ELE),
    "US": ("STD-US-ID-SF-CDR", US_IMAGE, RLE),
    "US colour": ("STD-US-ID-SF-CDR", {**US_IMAGE, "PhotometricInterpretation": "YBR_FULL_422"}, BASELINE),
    "US calibrated": ("STD-US-SC-SF-CDR", {**US_IMAGE, "SequenceOfUltrasoundRegions": [REGION]}, ELE),
    "US all calibrated": (
        "STD-US-CC-SF-CDR",
        {**US_IMAGE, "SequenceOfUltrasoundRegions": [{**REGION, **PIXEL_COMPONENT}]},
        ELE,
    ),
    "DX": ("STD-DEN-CD", {**DX_IMAGE, "BitsStored": 10}, ELE),
    "anything": ("STD-GEN-MIME", {}, "1.2.840.10008.1.2.4.80"),
}


@pytest.mark.parametrize("name", GOOD)
def test_conforming_instances_yield_nothing(name: str) -> None:
    assert judged(*GOOD[name]) == []


UNCALIBRATED = {keyword: value for keyword, value in REGION.items() if keyword != "PhysicalDeltaX"}
NO_BREAKS = {k: v for k, v in PIXEL_COMPONENT.items() if k != "NumberOfTableBreakPoints"}
BROKEN = {
    "another SOP class": ("MR", {"SOPClassUID": DX}, "", "PROF-001", "does not take Digital X-Ray Image"),
    "another syntax": ("MR", {}, RLE, "PROF-002", "the transfer syntax RLE Lossless, only JPEG Lossless"),
    "another modality": ("MR", {"Modality": "CT"}, "", "PROF-008", "(0008,0060) to be MR, and it is CT"),
    "too large": ("XA", {"Rows": 513}, "", "PROF-008", "Rows (0028,0010) to be at most 512, and it is 513"),
    "depth not listed": ("XA 1024", {"BitsStored": 9}, "", "PROF-008", "to be 8 or 10 or 12, and it is 9"),
    "depth not in range": (
        "MR", {"BitsStored": 11, "HighBit": 10}, "", "PROF-008", "to be 8 or 12 to 16, and it is 11",
    ),
    "high bit": ("MR", {"HighBit": 15}, "", "PROF-008", "to be BitsStored - 1, and it is 15"),
    "attribute missing": ("MR", {"HighBit": None}, "", "PROF-008", "and it is absent"),
    "stored not allocated": ("SC with MR", {"BitsAllocated": 16}, "", "PROF-008", "to be BitsAllocated, and"),
    "allocated for stored": ("DX", {"BitsAllocated": 8}, "", "PROF-008", "8 if BitsStored is 8, else 16"),
    "sign": ("SC with XA", {"PixelRepresentation": 1}, "", "PROF-008", "(0028,0103) to be 0, and it is 1"),
    "photometric not in a pair": (
        "US", {"PhotometricInterpretation": "YBR_FULL"}, ELE, "PROF-009",
        "does not take YBR_FULL images in Explicit VR Little Endian, only in RLE Lossless",
    ),
    "photometric not listed": ("US", {"PhotometricInterpretation": "YBR_RCT"}, "", "PROF-008", "YBR_RCT"),
    "Type 3 raised": ("DX", {"DetectorID": None}, "", "PROF-010", "(0018,700A) to be present, if only"),
    "no calibration": (
        "US calibrated", {"SequenceOfUltrasoundRegions": None}, "", "PROF-011", "and it has no item",
    ),
    "calibration incomplete": (
        "US calibrated", {"SequenceOfUltrasoundRegions": [REGION, UNCALIBRATED]}, "", "PROF-011",
        "with Physical Delta X in every item, and item 2 has none",
    ),
    "component calibration incomplete": (
        "US all calibrated", {"SequenceOfUltrasoundRegions": [{**REGION, **NO_BREAKS}]}, "", "PROF-011",
        "with Number Of Table Break Points in every item, and item 1 has none",
    ),
    "colour SC": (
        "SC with MR", {"PhotometricInterpretation": "RGB"}, "", "PROF-012",
        "MONOCHROME2 or PhotometricInterpretation is PALETTE COLOR, but it is RGB",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_instance_yields_exactly_its_finding(name: str) -> None:
    good, changes, syntax, rule, said = BROKEN[name]
    id, values, usual = GOOD[good]
    (finding,) = judged(id, {**values, **changes}, syntax or usual)
    assert finding.rule == rule
    assert said in finding.message
    assert finding.citation.startswith(f"PS3.11 {'' if rule in ('PROF-011', 'PROF-020') else 'Table '}")
    assert finding.args["profile"] == id


def test_overlays_that_a_profile_forbids() -> None:
    one = instance(ct(1, **SC_IMAGE))
    with_overlay = replace(one, keys=one.keys.merged([(0x60023000, "OW", b"ab")]))
    (finding,) = judge(Candidate(with_overlay, profile("STD-XA1K-CD"), Role.FSR, TABLE, {}))
    assert (finding.rule, finding.citation, finding.args["tag"]) == (
        "PROF-020",
        "PS3.11 B.3.4.1",
        "(6002,3000)",
    )


def test_additional_keys_stop_the_creator() -> None:
    (finding,) = judged("STD-XABC-CD", XA_IMAGE, LOSSLESS, Role.FSC)
    assert (finding.rule, finding.message) == ("PROF-003", "Icon Image Sequence is missing")


ICON = {"SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2", "Rows": 128, "Columns": 128,
        "BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "PixelRepresentation": 0,
        "PixelData": bytes(128 * 128)}  # fmt: skip


def test_the_icon_that_the_creator_would_copy() -> None:
    good = {**XA_IMAGE, "IconImageSequence": [ICON]}
    assert judged("STD-XABC-CD", good, LOSSLESS, Role.FSC) == []
    small = {**XA_IMAGE, "IconImageSequence": [{**ICON, "Rows": 64}]}
    (finding,) = judged("STD-XABC-CD", small, LOSSLESS, Role.FSC)
    assert finding.rule == "PROF-014"
    assert finding.message == "STD-XABC-CD wants icons of Rows 128; that of the instance has 64"


def test_the_claim() -> None:
    claim = Claim(frozenset([CT]), frozenset([ELE]))
    assert judged("STD-GEN-MIME", {}, ELE, claim=claim) == []
    (syntax,) = judged("STD-GEN-MIME", {}, RLE, claim=claim)
    (sop_class,) = judged("STD-GEN-CD", MR_IMAGE, ELE, claim=claim)
    assert [each.rule for each in (syntax, sop_class)] == ["PROF-018", "PROF-018"]
    assert syntax.message.startswith("The claim does not name RLE Lossless, which STD-GEN-MIME leaves to")
    # A Mandatory row does not ask for a claim.
    assert judged("STD-CTMR-CD", MR_IMAGE, ELE, claim=claim) == []


def medium(id: str, *files: bytes) -> FileSetFolder:
    """A File-set of these files with the keys that the profile wants."""
    members = stage(order([instance(data) for data in files], TABLE))
    records = build_directory(members, TABLE, profile(id).keys).records
    stored = {"/".join(member.file_id.components): member.content.open().read() for member in members}
    return FileSetFolder({**stored, "DICOMDIR": encode_dicomdir(records, FILE_SET_ID, FILE_SET_UID)})


def findings(folder: FileSetFolder, id: str, tmp_path: Path) -> list[tuple[str, int]]:
    """The rules that speak of the medium, each with how often."""
    return [(each.rule, each.count) for each in verify(folder.write(tmp_path), profile=id).findings]


def test_additional_keys_in_the_records(tmp_path: Path) -> None:
    files = [ct(n, InstitutionName="Clinic" if n == 2 else None) for n in (1, 2, 3)]
    assert findings(medium("STD-GEN-USB-JPEG", *files), "STD-GEN-USB-JPEG", tmp_path / "good") == []
    plain = medium("STD-GEN-CD", *files)
    seen = verify(plain.write(tmp_path / "plain"), profile="STD-GEN-USB-JPEG").findings
    lacking = {(each.args["record"], each.args["keyword"], each.args["found"], each.count) for each in seen}
    assert lacking == {
        ("SERIES", "InstitutionName", "absent", 1), ("IMAGE", "Rows", "absent", 3),
        ("IMAGE", "Columns", "absent", 3),
    }  # fmt: skip
    assert {each.rule for each in seen} == {"PROF-006"}
    assert all(each.citation == "PS3.11 Table H.3-2" for each in seen)


def test_keys_from_the_shared_functional_groups(tmp_path: Path) -> None:
    groups = [{"PixelMeasuresSequence": [{"PixelSpacing": "0.5\\0.5"}]}]
    enhanced = ct(
        1, SOPClassUID="1.2.840.10008.5.1.4.1.1.2.1", ImageType=None, SharedFunctionalGroupsSequence=groups
    )
    good = medium("STD-GEN-USB-JPEG", enhanced)
    assert findings(good, "STD-GEN-USB-JPEG", tmp_path / "good") == []
    bare = medium("STD-CTMR-CD", enhanced).write(tmp_path / "bad")
    (finding,) = verify(bare, profile="STD-GEN-USB-JPEG").findings
    assert (finding.rule, finding.args["keyword"]) == ("PROF-006", "PixelSpacing")


def test_items_of_a_sequence_that_was_copied(tmp_path: Path) -> None:
    references = [
        {"ReferencedSOPClassUID": CT, "ReferencedSOPInstanceUID": "1.2"},
        {"ReferencedSOPClassUID": CT},
    ]
    folder = medium("STD-GEN-CD", ct(1, ReferencedImageSequence=references))
    (finding,) = verify(folder.write(tmp_path), profile="STD-GEN-CD").findings
    assert (finding.rule, finding.args["keyword"]) == ("PROF-006", "ReferencedSOPInstanceUID")
    assert finding.args["found"] == "absent in item 2"


def test_icons_in_the_records(tmp_path: Path) -> None:
    wide = {**ICON, "Rows": 64, "Columns": 128, "PixelData": bytes(64 * 128)}
    image = ct(1, **XA_IMAGE, IconImageSequence=[wide])
    (finding, syntax) = verify(medium("STD-XABC-CD", image).write(tmp_path), profile="STD-XABC-CD").findings
    assert (finding.rule, finding.citation) == ("PROF-013", "PS3.11 A.3.3.2")
    assert "icons of Rows 128; that of the IMAGE record has 64" in finding.message
    assert syntax.rule == "PROF-002"


def test_at_least_one_dental_image(tmp_path: Path) -> None:
    display = ct(1, SOPClassUID=GSPS, Modality="PR", ContentLabel="A", PresentationCreationDate="20240101",
                 PresentationCreationTime="1200", PixelData=None, Rows=None)  # fmt: skip
    assert findings(medium("STD-DEN-CD", display), "STD-DEN-CD", tmp_path / "bad") == [("PROF-015", 1)]
    image = ct(2, **DX_IMAGE, BitsStored=16, HighBit=15)
    assert findings(medium("STD-DEN-CD", image), "STD-DEN-CD", tmp_path / "good") == []


CMS = bytes.fromhex("308006092a864886f70d010703a080") + bytes(64)
SECURE = sealed(ct(1), envelope())


def test_secure_files_in_a_plain_profile(tmp_path: Path) -> None:
    folder = medium("STD-GEN-CD", ct(1), ct(2))
    path = next(name for name in folder.files if name != "DICOMDIR")
    assert ("PROF-016", 1) in findings(folder.but(**{path: CMS}), "STD-GEN-CD", tmp_path)


def test_plain_files_in_a_secure_profile(tmp_path: Path) -> None:
    seen = findings(medium("STD-GEN-CD", ct(1), ct(2)), "STD-GEN-SEC-CD", tmp_path)
    assert sorted(seen) == [("PROF-017", 3), ("SEC-001", 3)]


def test_a_secure_medium_cannot_be_judged_without_a_key(tmp_path: Path) -> None:
    folder = FileSetFolder({"DICOMDIR": SECURE, "DICOM/IM000001": SECURE})
    seen = verify(folder.write(tmp_path), profile="STD-GEN-SEC-CD")
    assert seen.verdict == "not-judged"
    assert {each.outcome.value for each in seen.findings} == {"not-checked"}
    plain = verify(tmp_path, profile="STD-GEN-CD")
    assert (plain.verdict, {each.rule for each in plain.findings} >= {"PROF-016"}) == (
        "does-not-conform",
        True,
    )


def test_mime_does_without_a_dicomdir(tmp_path: Path) -> None:
    bare = medium("STD-GEN-MIME", ct(1)).but(DICOMDIR=None)
    assert findings(bare, "STD-GEN-MIME", tmp_path) == []
    assert [each.rule for each in verify(tmp_path, profile="STD-GEN-CD").findings] == ["FSET-001", "PROF-004"]
    assert "FSET-001" in [each.rule for each in verify(tmp_path).findings]


def test_several_profiles_at_once(tmp_path: Path) -> None:
    (tmp_path / "in.dcm").write_bytes(ct(1))
    made = create([tmp_path / "in.dcm"], tmp_path / "cd.iso", profile=["STD-GEN-CD", "STD-CTMR-CD"])
    assert made.conforms == ("STD-GEN-CD", "STD-CTMR-CD")
    assert made.why == "STD-GEN-CD and STD-CTMR-CD as asked for."
