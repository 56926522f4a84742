"""The header reader beside pydicom, over every file that pydicom ships.

Our values are written as Explicit VR Little Endian and read by pydicom; element by element
they must equal what pydicom reads from the file itself, whatever that was encoded in.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset

from mediakit.dicomfile import HeaderReader, NotDicom, encode_dataset, encode_file, file_meta, same_instance
from mediakit.dictionary import tag_of
from mediakit.model import FileContent, Instance
from mediakit.values import person_name, texts

ROOT = Path(pydicom.__file__).parent / "data"
FILES = sorted(path for path in ROOT.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
BULK = (0x0002, 0x7FE0, 0xFFFA, 0xFFFC, 0xFFFE)
PUBLIC = frozenset(tag for tag in DicomDictionary if tag >> 16 not in BULK)
TEXT_VRS = frozenset(("AE", "AS", "CS", "DA", "LO", "PN", "SH", "TM", "UI"))

NOT_KEPT = {
    # The lengths in this directory do not add up; a sequence that cannot be followed is not kept.
    ("DICOMDIR-nooffset", "DirectoryRecordSequence"),
    # The file ends inside this sequence.
    ("rtplan_truncated.dcm", "BeamSequence"),
}

ANOMALIES = {
    "MR_small_padded.dcm": ["pixel-data-excess"],
    "badVR.dcm": ["pixel-data-excess"],
    "chrJapMulti.dcm": ["pixel-data-missing"],
    "chrJapMultiExplicitIR6.dcm": ["pixel-data-missing"],
    "chrKoreanMulti.dcm": ["pixel-data-missing"],
    "winter.dcm": ["element-order"],
    "ExplVR_BigEndNoMeta.dcm": ["no-preamble", "no-file-meta"],
    "ExplVR_LitEndNoMeta.dcm": ["no-preamble", "no-file-meta"],
    "rtstruct.dcm": ["no-preamble", "no-file-meta"],
    "MR_truncated.dcm": ["truncated"],
    "SC_rgb_jpeg.dcm": ["transfer-syntax-wrong"],
    "DICOMDIR-nooffset": ["unreadable"],
    "image_dfl.dcm": ["deflated-checksum"],
    "meta_missing_tsyntax.dcm": ["transfer-syntax-missing", "group-0002-in-data-set"],
    "nested_priv_SQ.dcm": ["group-0002-in-data-set"],
    "no_meta_group_length.dcm": ["file-meta-group-length"],
    "rtplan_truncated.dcm": ["truncated", "header-incomplete"],
}
"""Every other file is without anomaly."""

NO_DICOM = {
    "crayons.icc": "no DICOM: unknown",
    # A stray byte comes first; pydicom reads one element of 38 KiB.
    "no_meta.dcm": "damaged DICOM: there are DICOM UIDs, but no data set that can be read",
    "zipMR.gz": "no DICOM: gzip archive, not opened",
}


def read(path: Path) -> Instance:
    """What our reader makes of the file, with every public attribute wanted."""
    return HeaderReader(lambda _: PUBLIC).read_any(FileContent.of(path), path.name)


def theirs(source: Path | io.BytesIO) -> Dataset:
    """What pydicom makes of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pydicom.dcmread(source, force=True)


def instances() -> Iterator[Path]:
    for path in FILES:
        try:
            read(path)
        except NotDicom:
            continue
        yield path


INSTANCES = tuple(instances())


def test_nothing_pydicom_ships_is_missing_here() -> None:
    assert len(INSTANCES) > 150


@pytest.mark.parametrize("path", INSTANCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_our_values_are_pydicoms(path: Path) -> None:
    ours = read(path)
    encoded = encode_file(file_meta(ours.sop_class, ours.sop_instance), encode_dataset(ours.keys))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mine, their = theirs(io.BytesIO(encoded)), theirs(path)
        wanted = {int(tag) for tag in their.keys() if tag in PUBLIC}  # noqa: SIM118  # iteration gives elements
        wanted -= {tag_of(keyword) for name, keyword in NOT_KEPT if name == path.name}
        assert {int(tag) for tag in mine.keys()} == wanted  # noqa: SIM118
        for tag in wanted:
            assert mine[tag] == their[tag]


@pytest.mark.parametrize("path", INSTANCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_our_text_is_pydicoms(path: Path) -> None:
    """In every character set of the shipped files, ISO 2022 among them."""
    ours, their = read(path), theirs(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for element in their:
            if int(element.tag) not in PUBLIC or element.VR not in TEXT_VRS:
                continue
            values = element.value if element.VM > 1 else [element.value] if element.value else []
            expected = tuple(str(value).strip(" \0") for value in values)
            found = texts(ours.keys, int(element.tag))
            if element.VR == "PN":
                # pydicom drops empty component groups at the end
                found, expected = (tuple(v.rstrip("=^") for v in each) for each in (found, expected))
            assert found == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_is_an_instance_with_its_anomalies_or_says_what_it_is(path: Path) -> None:
    wanted = frozenset((0x00041220, 0x00100020, 0x300A00B1))
    try:
        seen = HeaderReader(lambda _: wanted).read_any(FileContent.of(path), path.name)
    except NotDicom as said:
        is_text = path.suffix in (".txt", ".json", ".dump", ".md", ".py") or path.name == "README"
        assert said.reason == NO_DICOM.get(path.name, "no DICOM: text" if is_text else "")
        return
    assert [anomaly.kind for anomaly in seen.anomalies] == ANOMALIES.get(path.name, [])
    assert path.name not in NO_DICOM


@pytest.mark.parametrize("name", ["DICOMDIR", "DICOMDIR-bigEnd", "DICOMDIR-implicit", "DICOMDIR-empty.dcm"])
def test_no_directory_is_taken_for_an_instance(name: str) -> None:
    path = ROOT / "test_files" / "dicomdirtests" / name
    with pytest.raises(NotDicom, match="a DICOMDIR"):
        HeaderReader(lambda _: frozenset()).read(FileContent.of(path), name)


SAME = [
    ("MR_small.dcm", "MR_small_implicit.dcm"),
    ("MR_small.dcm", "MR_small_expb.dcm"),
    ("MR_small.dcm", "MR_small_bigendian.dcm"),
    ("MR_small_implicit.dcm", "MR_small_bigendian.dcm"),
    ("MR_small.dcm", "MR_small_RLE.dcm"),
    ("rtdose.dcm", "rtdose_expb.dcm"),
    ("rtdose.dcm", "rtdose_rle.dcm"),
    ("liver_1frame.dcm", "liver_expb_1frame.dcm"),
]


@pytest.mark.parametrize(("one", "two"), SAME)
def test_one_instance_in_two_transfer_syntaxes_is_the_same(one: str, two: str) -> None:
    a, b = (read(ROOT / "test_files" / name) for name in (one, two))
    assert same_instance(a, b) is None
    assert same_instance(b, a) is None


DIFFERENT = [
    ("MR_small.dcm", "MR_small_padded.dcm", "pixel data differs"),
    ("MR_small.dcm", "CT_small.dcm", "Specific Character Set is in one of them only"),
    ("MR_small.dcm", "MR_truncated.dcm", "could not be compared: MR_truncated.dcm cannot be read to its end"),
    ("rtdose.dcm", "rtdose_1frame.dcm", "Number Of Frames is in one of them only"),
    ("rtdose_rle.dcm", "badVR.dcm", "Number Of Frames differs"),
]


@pytest.mark.parametrize(("one", "two", "difference"), DIFFERENT)
def test_the_difference_between_two_files_is_named(one: str, two: str, difference: str) -> None:
    a, b = (read(ROOT / "test_files" / name) for name in (one, two))
    assert same_instance(a, b) == difference


def test_names_of_the_shipped_character_sets_are_fit_for_people() -> None:
    names = {
        path.name: person_name(texts(read(path).keys, "PatientName")[0])
        for path in sorted((ROOT / "charset_files").glob("*.dcm"))
        if texts(read(path).keys, "PatientName")
    }
    assert {name: names[name] for name in ("chrGerm.dcm", "chrGreek.dcm", "chrRuss.dcm", "chrX2.dcm")} == {
        "chrGerm.dcm": "Äneas, Rüdiger",
        "chrGreek.dcm": "Διονυσιος",
        "chrRuss.dcm": "Люкceмбypг",
        "chrX2.dcm": "Wang, XiaoDong",
    }
