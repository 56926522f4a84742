"""DICOMDIRs that pydicom encodes in any legal way: what we read of them, and write again, stays equal."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import pydicom
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from mediakit.dicomdir import RecordView, encode_dicomdir
from mediakit.model import DirectoryRecord
from tests.dicomdirs import PATIENT, SERIES, STUDY, Rec, craft, image, keys, read

SYNTAXES = {
    ExplicitVRLittleEndian: (False, True),
    ImplicitVRLittleEndian: (True, True),
    ExplicitVRBigEndian: (False, False),
}
LEAVES = (
    image(1),
    image(2).but(IconImageSequence=[{"Rows": 2, "Columns": 258}]),
    image(3).but(type="PRIVATE", PrivateRecordUID="1.2.3"),
    image(4).but(
        type="SR DOCUMENT", ConceptNameCodeSequence=[{"CodeValue": "1", "CodeMeaning": "Report"}, {}]
    ),
    Rec("CURVE", keys(InstanceNumber=5)),
)
"""A leaf of every kind: with nested items, binary values, without a file, retired, private."""

Shape = list[list[list[list[int]]]]
"""Patients of studies of series of numbers of leaves."""

SHAPES = st.lists(
    st.lists(st.lists(st.lists(st.integers(0, 4), max_size=3), max_size=2), max_size=2), max_size=3
)


def records_of(shape: Shape) -> list[Rec]:
    """The records of a directory of that shape, depth first."""
    found: list[Rec] = []

    def entity(level: int, below: Sequence[object]) -> int | None:
        before = None
        first = len(found) if below else None
        for n, each in enumerate(below):
            here = len(found)
            if before is not None:
                found[before] = found[before].but(next=here)
            if isinstance(each, int):
                found.append(LEAVES[each].but(ReferencedFileID=f"A\\B{here}"))
            else:
                assert isinstance(each, list)
                names = ({"PatientID": f"P{n}"}, {"StudyID": f"{n}"}, {"SeriesNumber": n})
                found.append((PATIENT, STUDY, SERIES)[level].but(**names[level]))
                found[here] = found[here].but(lower=entity(level + 1, each))
            before = here
        return first

    entity(0, shape)
    return found


def shuffled(records: Sequence[Rec], places: Sequence[int]) -> list[Rec]:
    """The same records in another order of their items; links are numbers, so they move along."""
    where = {old: new for new, old in enumerate(places)}

    def moved(link: object) -> int | None:
        return where[link] if isinstance(link, int) else None

    return [
        records[old].but(next=moved(records[old].next), lower=moved(records[old].lower)) for old in places
    ]


def reencoded(data: bytes, syntax: pydicom.uid.UID, undefined: bool) -> bytes:
    """As pydicom writes it in that transfer syntax, with the offsets that belong to it."""
    dataset = pydicom.dcmread(BytesIO(data))
    dataset.file_meta.TransferSyntaxUID = syntax
    sequence = dataset["DirectoryRecordSequence"]
    sequence.is_undefined_length = undefined
    for record in sequence.value:
        record.is_undefined_length_sequence_item = undefined
    links = ("OffsetOfTheNextDirectoryRecord", "OffsetOfReferencedLowerLevelDirectoryEntity")
    ends = ("OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity",
            "OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity")  # fmt: skip
    old = [record.seq_item_tell for record in sequence.value]
    implicit, little = SYNTAXES[syntax]
    out = BytesIO()
    pydicom.dcmwrite(out, dataset, implicit_vr=implicit, little_endian=little)
    new = dict(zip(old, (r.offset for r in read(out.getvalue()).records), strict=True)) | {0: 0}
    for holder, names in ((dataset, ends), *((record, links) for record in sequence.value)):
        for name in names:
            setattr(holder, name, new[getattr(holder, name)])
    out = BytesIO()
    pydicom.dcmwrite(out, dataset, implicit_vr=implicit, little_endian=little)
    return out.getvalue()


def told(records: Sequence[RecordView]) -> list[object]:
    """Everything about the records but their places in the file."""
    return [[r.type, r.in_use_flag, list(r.keys), r.file_id, told(r.children)] for r in records]


def again(records: Sequence[RecordView]) -> tuple[DirectoryRecord, ...]:
    """Records as they were read, to be written again."""
    return tuple(DirectoryRecord(r.type, r.keys, None, again(r.children)) for r in records)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), SHAPES, st.sampled_from(list(SYNTAXES)), st.booleans())
def test_read_write_read_of_foreign_directories_is_equal(
    data: st.DataObject, shape: Shape, syntax: pydicom.uid.UID, undefined: bool
) -> None:
    plain = records_of(shape)
    places = data.draw(st.permutations(range(len(plain))))
    order = shuffled(plain, places)
    ends = (places.index(0), places.index(_last(plain))) if plain else (0, 0)
    foreign = reencoded(craft(order, first=ends[0], last=ends[1]), syntax, undefined)
    view = read(foreign)
    assert (view.anomalies, view.recovered) == ((), "")
    assert told(view.roots) == told(read(craft(plain, last=_last(plain) if plain else 0)).roots)
    written = encode_dicomdir(again(view.roots), view.file_set_id, view.instance.sop_instance)
    ours = read(written)
    assert told(ours.roots) == told(view.roots)
    assert (ours.file_set_id, ours.anomalies) == (view.file_set_id, ())
    assert encode_dicomdir(again(ours.roots), ours.file_set_id, ours.instance.sop_instance) == written


def _last(records: Sequence[Rec]) -> int:
    """The number of the last record of the root entity."""
    at = 0
    while isinstance(link := records[at].next, int):
        at = link
    return at
