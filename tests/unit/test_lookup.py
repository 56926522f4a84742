"""Which file a record means: the name as it is, spelt otherwise, with an extension, elsewhere."""

from __future__ import annotations

import pytest

from mediakit.lookup import How, Lookup, leads_out, shift
from mediakit.model import FileId, Instance
from tests.builders import ct, instance

UID = instance(ct(1), "").sop_instance
NAMED = FileId(("DICOM", "S1", "IM1"))


def files(*paths: str, holds: int | None = 1) -> dict[tuple[str, ...], Instance | None]:
    held = None if holds is None else instance(ct(holds), "")
    return {tuple(path.split("/")): held for path in paths}


@pytest.mark.parametrize(
    ("file_id", "there", "expected"),
    [
        (("DICOM", "S1", "IM1"), ["DICOM/S1/IM1"], ("DICOM/S1/IM1", How.EXACT)),
        (("DICOM", "S1", "IM1"), ["dicom/s1/im1"], ("dicom/s1/im1", How.SPELLING)),
        (("DICOM", "S1", "IM1"), ["DICOM/S1/IM1.;1"], ("DICOM/S1/IM1.;1", How.SPELLING)),
        (("DICOM", "S1", "IM1"), ["DICOM/S1/IM1;1", "DICOM/S1/IM2;1"], ("DICOM/S1/IM1;1", How.SPELLING)),
        (("DICOM/S1", "IM1"), ["DICOM/S1/IM1"], ("DICOM/S1/IM1", How.SPELLING)),
        (("D:\\DICOM\\S1\\IM1",), ["DICOM/S1/IM1"], ("DICOM/S1/IM1", How.SPELLING)),
        (("", "DICOM", "S1", "IM1"), ["DICOM/S1/IM1"], ("DICOM/S1/IM1", How.SPELLING)),
        (("DICOM", "S1", "IM1"), ["DICOM/S1/IM1.dcm"], ("DICOM/S1/IM1.dcm", How.EXTENSION)),
        (("DICOM", "S1", "IM1"), ["S1/IM1"], ("S1/IM1", How.MOVED)),
        (("S1", "IM1"), ["EXPORT/IMAGES/S1/IM1"], ("EXPORT/IMAGES/S1/IM1", How.MOVED)),
        (("DICOM", "S1", "IM1"), [], ("DICOM/S1/IM1", How.EXACT)),
        # Two that could be meant are none.
        (("DICOM", "S1", "IM1"), ["dicom/s1/im1", "Dicom/S1/Im1"], ("DICOM/S1/IM1", How.EXACT)),
        (("DICOM", "S1", "IM1"), ["A/IM1", "B/IM1"], ("DICOM/S1/IM1", How.EXACT)),
        # What leads out of the File-set is not followed, not even by the instance in it.
        (("..", "S1", "IM1"), ["S1/IM1"], ("../S1/IM1", How.EXACT)),
        (("DICOM/../S1", "IM1"), ["S1/IM1"], ("DICOM/../S1/IM1", How.EXACT)),
    ],
)
def test_find(file_id: tuple[str, ...], there: list[str], expected: tuple[str, How]) -> None:
    path, how = Lookup(files(*there), ()).find(FileId(file_id), UID)
    assert ("/".join(path), how) == expected


def test_another_instance_is_not_taken_for_it() -> None:
    assert Lookup(files("S1/IM1", holds=2), ()).find(NAMED, UID) == (NAMED.components, How.EXACT)


def test_an_extension_is_forgiven_to_dicom_only() -> None:
    assert Lookup(files("DICOM/S1/IM1.TXT", holds=None), ()).find(NAMED, UID)[1] is How.EXACT


def test_a_record_without_a_uid_is_found_by_name_only() -> None:
    assert Lookup(files("S1/IM1"), ()).find(NAMED, "") == (NAMED.components, How.EXACT)
    assert Lookup(files("dicom/s1/im1"), ()).find(NAMED, "")[1] is How.SPELLING


def test_names_are_below_the_folder_of_the_directory() -> None:
    below = files("EXPORT/DICOM/S1/IM1")
    assert Lookup(below, ("EXPORT",)).find(NAMED, UID) == (("EXPORT", "DICOM", "S1", "IM1"), How.EXACT)


def test_what_leads_out() -> None:
    assert leads_out(FileId(("A", "..", "B")))
    assert leads_out(FileId(("A\\..\\B",)))
    assert not leads_out(FileId(("A..B",)))


def test_a_shift_in_words() -> None:
    assert shift(("DICOM", "S1", "I1"), ("S1", "I1")) == "DICOM -> the root"
    assert shift(("S1", "I1"), ("A", "B", "S1", "I1")) == "the root -> A/B"
    assert shift(("A", "I1"), ("A", "X")) == "A/I1 -> A/X"
