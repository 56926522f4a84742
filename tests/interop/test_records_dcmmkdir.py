"""Our Directory Records and those of DCMTK's dcmmkdir for the same instances: the same keys and values.

Where they differ, a table names the clause that makes ours right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset

from mediakit import create
from tests.builders import ct
from tests.interop.test_profiles_dcmmkdir import OPTIONS, VIDEO_OPTIONS, refused_by_dcmmkdir
from tests.profile_sets.conforming import conforming
from tests.profile_sets.facts import profiles
from tests.record_types import FACTS, LEAVES, made
from tests.tools import run

UNSUPPORTED = {
    "INVENTORY": "F.5.48 (Supplement 223) is newer than dcmmkdir",
    "WF PRESENTATION": "F.5.49 (Supplement 236) is newer than dcmmkdir",
    "IMPLANT ASSY": "F.5.38: dcmmkdir wants the attributes of an Implant Template Group, F.5.39, of it",
    "IMPLANT GROUP": "F.5.39: dcmmkdir wants the attributes of an Implant Assembly Template, F.5.38, of it",
}
"""The record types that dcmmkdir refuses to make."""

OURS_ONLY = {
    ("PATIENT", "PatientBirthDate"): "F.5.1: any attribute of the Patient IE, Type 3",
    ("PATIENT", "PatientSex"): "F.5.1: any attribute of the Patient IE, Type 3",
    ("SERIES", "SeriesDescription"): "F.5.3: any attribute of the Series IE, Type 3",
}
"""Keys of Type 3 that we add, since people tell patients and series by them."""

SHORTER = {
    (
        "SR DOCUMENT",
        "ContentSequence",
    ): "Table F.5-25: all, and only, items with a relationship from the root",
    ("KEY OBJECT DOC", "ContentSequence"): "Table F.5-26: the same",
}
"""Sequences whose items dcmmkdir copies with their own Content Sequences."""

PLACES = {"OffsetOfTheNextDirectoryRecord", "OffsetOfReferencedLowerLevelDirectoryEntity", "ReferencedFileID"}
"""Elements that follow from where records and files lie."""


def records(directory: Path) -> dict[tuple[str, str], Dataset]:
    """The records by type and identifier, where the first of these that there is identifies."""
    found = {}
    for record in pydicom.dcmread(directory).DirectoryRecordSequence:
        names = ("ReferencedSOPInstanceUIDInFile", "SeriesInstanceUID", "StudyInstanceUID", "PatientID")
        identifier = next(str(record[name].value) for name in names if name in record)
        found[record.DirectoryRecordType, identifier] = record
    return found


def both(
    folder: Path, files: list[bytes], profile: str = "STD-GEN-CD", option: str = "--general-purpose"
) -> tuple[dict[tuple[str, str], Dataset], ...]:
    """The records of ours and of dcmmkdir for the same files."""
    source = folder / "source"
    source.mkdir()
    for number, data in enumerate(files):
        source.joinpath(f"F{number:03}").write_bytes(data)
    create([source], folder / "out", format="folder", profile=profile, multi_patient=True)
    names = sorted(path.name for path in source.iterdir())
    run("dcmmkdir", option, "--no-consistency-check", "+D", folder / "THEIRS", *names, cwd=source)
    return records(folder / "out" / "DICOMDIR"), records(folder / "THEIRS")


def differences(ours: Dataset, theirs: Dataset) -> Iterator[str]:
    """The keywords of what one has and the other has not, or not with that value."""
    for tag in sorted({element.tag for element in (*ours, *theirs)}):
        if ours.get(tag) != theirs.get(tag):
            keyword = (ours if tag in ours else theirs)[tag].keyword
            if keyword not in PLACES:
                yield keyword


@pytest.fixture(scope="module", params=[False, True], ids=["full", "sparse"])
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Mapping[tuple[str, str], Dataset], ...]:
    """Our records and dcmmkdir's, of one instance for each record type that it can make."""
    types = [name for name in LEAVES if name not in UNSUPPORTED]
    files = [made(name, number, sparse=request.param).data for number, name in enumerate(types)]
    return both(tmp_path_factory.mktemp("pair"), files)


def test_dcmmkdir_makes_the_same_records(pair: tuple[Mapping[tuple[str, str], Dataset], ...]) -> None:
    ours, theirs = pair
    assert set(ours) == set(theirs)
    assert {type for type, _ in ours} == set(FACTS["records"]) - set(UNSUPPORTED) - {"PRIVATE"}


@pytest.mark.parametrize("name", [name for name in FACTS["records"] if name not in (*UNSUPPORTED, "PRIVATE")])
def test_keys_and_values(name: str, pair: tuple[Mapping[tuple[str, str], Dataset], ...]) -> None:
    ours, theirs = pair
    for where in (each for each in ours if each[0] == name):
        for keyword in differences(ours[where], theirs[where]):
            if (name, keyword) in OURS_ONLY:
                assert keyword not in theirs[where]
                continue
            assert (name, keyword) in SHORTER, keyword
            for mine, other in zip(ours[where][keyword], theirs[where][keyword], strict=True):
                assert list(differences(mine, other)) in ([], [keyword])
                assert keyword not in mine


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_dcmmkdir_refuses_what_it_does_not_know(name: str, tmp_path: Path) -> None:
    """Else the table above claims too much."""
    tmp_path.joinpath("F1").write_bytes(made(name, 1).data)
    done = run("dcmmkdir", "--no-consistency-check", "+D", tmp_path / "D", "F1", cwd=tmp_path, status=(1,))
    assert "F1" in done.stderr


ICON = "IconImageSequence"
"""How an image becomes an icon is left to the writer (F.7); the icons have tests of their own."""


# What dcmmkdir refuses, and that it does so wrongly, is shown in test_profiles_dcmmkdir.py.
@pytest.mark.parametrize("option", [option for option in OPTIONS if option not in VIDEO_OPTIONS])
def test_additional_keys_of_a_profile(option: str, tmp_path: Path) -> None:
    """PS3.11 Tables A.3-2 to M.3-2: the same keys with the same values in every record."""
    profile = OPTIONS[option][0]
    files = [each.data for each in conforming(profiles()[profile]) if not refused_by_dcmmkdir(option, each)]
    ours, theirs = both(tmp_path, files, profile, option)
    assert set(ours) == set(theirs)
    for where in ours:
        known = {keyword for type, keyword in OURS_ONLY if type == where[0]} | {ICON}
        assert set(differences(ours[where], theirs[where])) <= known, where


NAMES = {
    "ISO_IR 100": "Müller^Jörg".encode("latin-1"),
    "ISO_IR 192": "Wang^XiaoDong=王^小东".encode(),
    "\\ISO 2022 IR 87": b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B",
    "ISO_IR 144": "Люкceмбypг".encode("iso8859_5"),
}


def test_character_sets_are_kept_record_by_record(tmp_path: Path) -> None:
    """F.5: (0008,0005) is in every record that needs it, as in the instance, and in no other.

    It is of Type 1C, "required if an extended or replacement character set is used in one of
    the keys": what is required under a condition is absent without it (PS3.5 7.4.2). dcmmkdir
    puts it into every record that has any text.
    """
    files = [
        ct(n, SpecificCharacterSet=term, PatientName=name, PatientID=f"P{n}", StudyInstanceUID=f"1.2.{n}",
           SeriesInstanceUID=f"1.3.{n}")
        for n, (term, name) in enumerate(NAMES.items())
    ]  # fmt: skip
    ours, theirs = both(tmp_path, files)
    assert set(ours) == set(theirs)
    for where in ours:
        found = set(differences(ours[where], theirs[where])) - {
            key for kind, key in OURS_ONLY if kind == where[0]
        }
        assert found == (set() if where[0] == "PATIENT" else {"SpecificCharacterSet"} & found)
        assert ("SpecificCharacterSet" in ours[where]) == (where[0] == "PATIENT")
