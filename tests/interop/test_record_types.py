"""Each of the 35 Directory Record types, made with `create`, as pydicom, DCMTK and dciodvfy read it.

What a record has to hold comes from the facts of PS3.3 Annex F, what it has to say from the file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset

from mediakit import create
from mediakit.directory import PRIVATE_RECORD_UID
from mediakit.errors import ConformanceError
from tests.profile_sets.conforming import conforming
from tests.profile_sets.facts import profiles
from tests.profile_sets.folder import file_set
from tests.record_types import (
    BLENDING,
    BRANCH,
    FACTS,
    LEAVES,
    VERIFIED,
    expected,
    keys,
    made,
    sop_class_of,
)
from tests.tools import run

DICOMDIR = "1.2.840.10008.1.3.10"
CREATED = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
EXTRA = {
    "PATIENT": {"PatientBirthDate", "PatientSex"},
    "SERIES": {"SeriesDescription"},
    "RT DOSE": {"DoseComment"},
    "IMPLANT GROUP": {"ImplantTemplateGroupDescription"},
    "IMAGE": {"ImageType"},
    "PRIVATE": {"Modality", "SeriesDescription", "PatientName", "PatientID", "StudyInstanceUID",
                "SeriesInstanceUID", "InstanceNumber"},
}  # fmt: skip
"""Keys of Type 3 that help people, the key of PS3.11 Table D.3-2, and what we define for PRIVATE."""


@dataclass(frozen=True)
class Found:
    """A record as pydicom read it, the types of the records above it, and its file."""

    record: Dataset
    above: tuple[str, ...]
    file: Dataset | None

    @property
    def type(self) -> str:
        return str(self.record.DirectoryRecordType)

    @property
    def keywords(self) -> set[str]:
        return {element.keyword for element in self.record if element.tag.group != 4}


def written(folder: Path, sparse: bool) -> Path:
    """The DICOMDIR of a File-set with an instance of each record type."""
    source = folder / "source"
    source.mkdir()
    for number, name in enumerate([*LEAVES, "PRIVATE"]):
        source.joinpath(f"{number:02}").write_bytes(made(name, number, sparse=sparse).data)
    done = create([source], folder / "out", format="folder", created=CREATED, private_records=True)
    assert (done.complete, done.conforms) == (True, ("STD-GEN-CD",))
    return folder / "out" / "DICOMDIR"


@pytest.fixture(scope="module", params=[False, True], ids=["full", "sparse"])
def directory(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bool]:
    """The DICOMDIR, and whether its instances lack everything that they may lack."""
    return written(tmp_path_factory.mktemp("types"), request.param), request.param


@pytest.fixture(scope="module")
def records(directory: tuple[Path, bool]) -> Mapping[str, list[Found]]:
    """The records by type, found along the offsets."""
    found: dict[str, list[Found]] = {}
    for each in walked(directory[0]):
        found.setdefault(each.type, []).append(each)
    return found


def walked(path: Path) -> Iterator[Found]:
    """Every record that the offsets lead to, with pydicom as the reader of the items."""
    dataset = pydicom.dcmread(path)
    items = {item.seq_item_tell: item for item in dataset.DirectoryRecordSequence}
    waiting = [(dataset.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity, ())]
    while waiting:
        offset, above = waiting.pop()
        if not offset:
            continue
        item = items[offset]
        name = item.get("ReferencedFileID")
        file = pydicom.dcmread(path.parent.joinpath(*name)) if name else None
        yield Found(item, above, file)
        waiting.append((item.OffsetOfTheNextDirectoryRecord, above))
        below = (*above, item.DirectoryRecordType)
        waiting.append((item.OffsetOfReferencedLowerLevelDirectoryEntity, below))


def test_every_record_type_is_there(records: Mapping[str, list[Found]]) -> None:
    assert set(records) == set(FACTS["records"])
    assert len(records) == 35
    assert {name: len(found) for name, found in records.items() if len(found) != 1} == {
        "SERIES": len([name for name in LEAVES if FACTS["records"][name]["parents"] == ["SERIES"]])
    }


@pytest.mark.parametrize("name", FACTS["records"])
def test_record(name: str, records: Mapping[str, list[Found]], directory: tuple[Path, bool]) -> None:
    """Hierarchy, keys, and values, against the facts and the file."""
    _, sparse = directory
    fact, found = FACTS["records"][name], records[name][0]
    parent = found.above[-1] if found.above else "ROOT"
    assert parent in fact["parents"] or name == "PRIVATE"
    wanted = set(expected(name, sop_class_of(name, sparse), sparse))
    assert wanted <= found.keywords
    assert found.keywords - wanted <= EXTRA.get(name, set())
    types = {key["keyword"]: key for key in keys(name, "1", "2", "1C", "2C")}
    for keyword in wanted:
        assert f"{found.record[keyword].VR}" == types[keyword]["vr"], keyword
        assert types[keyword]["type"][0] == "2" or not found.record[keyword].is_empty, keyword
    assert (found.file is not None) == (fact["references_file"] in ("shall", "may"))
    if found.file is not None:
        _assert_reference(found)
        _assert_copied(found, wanted)


def _assert_reference(found: Found) -> None:
    record, file = found.record, found.file
    assert file is not None
    assert record.ReferencedSOPClassUIDInFile == file.SOPClassUID
    assert record.ReferencedSOPInstanceUIDInFile == file.SOPInstanceUID
    assert record.ReferencedTransferSyntaxUIDInFile == file.file_meta.TransferSyntaxUID
    assert ("PrivateRecordUID" in record) == (found.type == "PRIVATE")


def _assert_copied(found: Found, wanted: set[str]) -> None:
    """Every key is the file's own, computed ones aside; what the file lacks is empty."""
    assert found.file is not None
    for keyword in wanted - {"ContentSequence", "VerificationDateTime"}:
        if keyword in found.file:
            assert found.record[keyword] == found.file[keyword], keyword
        else:
            assert found.record[keyword].is_empty, keyword


def test_branches_say_what_their_instances_say(records: Mapping[str, list[Found]]) -> None:
    file = records["IMAGE"][0].file
    assert file is not None
    for name in BRANCH:
        (found,) = [each for each in records[name] if each.record.get("SeriesNumber") in (None, 0)]
        for key in keys(name, "1", "2", "1C"):
            value = found.record[key["keyword"]]
            assert value == file[key["keyword"]] if key["keyword"] in file else value.is_empty, key["keyword"]


def test_computed_keys(records: Mapping[str, list[Found]], directory: tuple[Path, bool]) -> None:
    _, sparse = directory
    for name in ("SR DOCUMENT", "KEY OBJECT DOC"):
        record = records[name][0].record
        if sparse:
            assert "ContentSequence" not in record
            continue
        assert [item.RelationshipType for item in record.ContentSequence] == ["HAS CONCEPT MOD"] * 2
        assert not any("ContentSequence" in item for item in record.ContentSequence)  # Table F.5-25
        assert [item.ConceptCodeSequence[0].CodeValue for item in record.ContentSequence] == ["1", "1"]
    report = records["SR DOCUMENT"][0].record
    assert report.get("VerificationDateTime") == (None if sparse else VERIFIED[0])


def test_private_record(records: Mapping[str, list[Found]]) -> None:
    """It stands beside its series, which holds nothing else (F.6)."""
    (found,) = records["PRIVATE"]
    assert found.above == ("PATIENT", "STUDY")
    assert found.record.PrivateRecordUID == PRIVATE_RECORD_UID


def test_dcmdump_reads_the_same(directory: tuple[Path, bool]) -> None:
    """DCMTK resolves the offsets by itself, and finds the same elements with the same values."""
    path, _ = directory
    done = run("dcmdump", "+L", "-Un", path)
    assert done.stderr == ""
    theirs = [
        dict(re.findall(r"^    \((?!fffe)(....,....)\) .. (.*?) +# +\d+, ?\d+ ", item, re.MULTILINE))
        for item in done.stdout.split('na "Directory Record"')[1:]
    ]
    ours = [
        {f"{e.tag.group:04x},{e.tag.element:04x}": _as_dumped(e) for e in item}
        for item in pydicom.dcmread(path).DirectoryRecordSequence
    ]
    assert theirs == ours


def _as_dumped(element: pydicom.DataElement) -> str:
    if element.VR == "SQ":
        return f"(Sequence with explicit length #={len(element.value)})"
    if element.is_empty:
        return "(no value available)"
    values = element.value if element.VM > 1 else [element.value]
    text = "\\".join(map(str, values))
    return text if element.VR in ("US", "UL", "UV") else f"[{text}]"


ACTIVE = {
    uid: row["record_type"]
    for uid, row in FACTS["sop_class_to_record"].items()
    if row["record_type"] in FACTS["records"]
}
WITHOUT = {*FACTS["undecided_sop_classes"], *FACTS["sop_class_to_record"]} - {*ACTIVE, DICOMDIR}
"""SOP classes of which nobody says where they belong, and those of retired record types."""


def test_every_storage_sop_class_lands_in_its_record(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for number, (uid, name) in enumerate(ACTIVE.items()):
        source.joinpath(f"{number:03}").write_bytes(made(name, number, uid).data)
    done = create([source], tmp_path / "out", format="folder", created=CREATED, profile="STD-GEN-CD")
    assert done.complete
    found = {
        record.ReferencedSOPClassUIDInFile: record.DirectoryRecordType
        for record in pydicom.dcmread(tmp_path / "out" / "DICOMDIR").DirectoryRecordSequence
        if "ReferencedFileID" in record
    }
    assert found == ACTIVE
    assert len(FACTS["sop_class_to_record"]) == 214


def test_a_sop_class_without_a_record_type_is_refused_with_its_name(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for number, uid in enumerate(sorted(WITHOUT)):
        source.joinpath(f"{number:02}").write_bytes(made("PRIVATE", number, uid).data)
    with pytest.raises(ConformanceError) as stopped:
        create([source], tmp_path / "out", format="folder", created=CREATED)
    left_out = stopped.value.result.left_out
    assert [Path(each.source).name for each in left_out] == [f"{n:02}" for n in range(len(WITHOUT))]
    assert {each.rule for each in left_out} == {"PROF-003"}
    assert all("Directory Record type" in each.reason for each in left_out)


DEFECTS = [
    re.compile(row["error"])
    for row in tomllib.loads(
        Path(__file__).parents[1].joinpath("data", "dciodvfy-defects.toml").read_text(encoding="utf-8")
    )["defect"]
]


def errors(directory: Path) -> list[str]:
    """The lines that dciodvfy prints as errors."""
    done = run("dciodvfy", directory, status=(0, 1))
    lines = (done.stdout + done.stderr).splitlines()
    return [line.removeprefix("Error - ").rstrip() for line in lines if line.startswith("Error")]


def unknown(found: list[str]) -> list[str]:
    """Those that no known defect of the tool explains."""
    return [line for line in found if not any(defect.fullmatch(line) for defect in DEFECTS)]


def test_dciodvfy_finds_no_error(directory: tuple[Path, bool]) -> None:
    assert unknown(errors(directory[0])) == []


def test_every_known_defect_shows(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What the tool no longer says has to leave the list."""
    found = [
        line
        for sparse in (False, True)
        for line in errors(written(tmp_path_factory.mktemp("defects"), sparse))
    ]
    assert [defect.pattern for defect in DEFECTS if not any(map(defect.fullmatch, found))] == []


def test_dciodvfy_finds_no_error_in_a_blending_state(tmp_path: Path) -> None:
    """The other branch of F.5.23: two items of Blending Sequence instead of references."""
    source = tmp_path / "source"
    source.mkdir()
    source.joinpath("1").write_bytes(made("PRESENTATION", 1, BLENDING).data)
    create([source], tmp_path / "out", format="folder", created=CREATED)
    (state,) = [found for found in walked(tmp_path / "out" / "DICOMDIR") if found.type == "PRESENTATION"]
    assert state.keywords >= set(expected("PRESENTATION", BLENDING, sparse=False))
    assert "ReferencedSeriesSequence" not in state.record
    assert errors(tmp_path / "out" / "DICOMDIR") == []


@pytest.mark.parametrize("profile", profiles())
def test_dciodvfy_finds_no_error_under_any_profile(profile: str, tmp_path: Path) -> None:
    """The directory of a File-set that keeps the profile, with its additional keys."""
    folder = file_set(conforming(profiles()[profile]), profile).write(tmp_path)
    assert unknown(errors(folder / "DICOMDIR")) == []
