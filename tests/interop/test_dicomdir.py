"""DICOMDIRs that we write, as pydicom and DCMTK see them: the whole file, offsets, character sets.

What each record type holds is in test_record_types.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pydicom
import pytest
from pydicom.fileset import FileSet

from mediakit.dicomdir import encode_dicomdir, read_dicomdir
from mediakit.dicomfile import encode_file, file_meta
from mediakit.dictionary import keyword_of, tag_of
from mediakit.directory import build_directory, order
from mediakit.model import BytesContent, FileContent
from mediakit.profile.load import profile
from mediakit.profile.records import load_records
from mediakit.rules import judge
from mediakit.staging import stage
from tests.builders import CT, ct, dataset, instance
from tests.record_types import LEAVES, made
from tests.tools import run

TABLE = load_records()


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
    return write(tmp_path_factory.mktemp("types"), [made(name, n).data for n, name in enumerate(LEAVES)])


def test_our_own_rules_find_nothing_but_that_some_types_are_new(all_types: Path) -> None:
    found = list(judge(read_dicomdir(FileContent.of(all_types))))
    assert {finding.rule for finding in found} == {"DDIR-012"}
    assert {f.args["type"] for f in found} == {"ANNOTATION", "INVENTORY", "WF PRESENTATION"}


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
