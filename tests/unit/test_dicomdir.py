"""DICOMDIR bytes: what our writer writes, and what our reader makes of sound and broken ones."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.data import get_testdata_file

from mediakit.dicomdir import DirectoryView, RecordView, encode_dicomdir, read_dicomdir
from mediakit.dicomfile import encode_file, file_meta
from mediakit.dictionary import keyword_of
from mediakit.errors import MediumError
from mediakit.model import Attributes, BytesContent, DirectoryRecord, Element, FileContent, FileId, Member
from mediakit.profile.records import load_records
from mediakit.rules import judge
from tests.builders import CT, ct, element, instance, uid
from tests.dicomdirs import DIRECTORY_CLASS, PATIENT, SERIES, STUDY, Raw, Rec, craft, image, keys, read, sound

SOUND = craft(sound())


def leaf(number: int) -> DirectoryRecord:
    found = instance(ct(number))
    member = Member(FileId(("DICOM", f"IM{number:06d}")), found.content, found)
    return DirectoryRecord("IMAGE", Attributes.of([element("InstanceNumber", number)]), member)


def tree() -> tuple[DirectoryRecord, ...]:
    """Two patients, the first with two images."""
    series = DirectoryRecord("SERIES", Attributes.of(SERIES.keys), None, (leaf(1), leaf(2)))
    study = DirectoryRecord("STUDY", Attributes.of(STUDY.keys), None, (series,))
    lone = DirectoryRecord("PATIENT", Attributes.of(PATIENT.but(PatientID="P2").keys))
    return DirectoryRecord("PATIENT", Attributes.of(PATIENT.keys), None, (study,)), lone


def types(records: Sequence[RecordView]) -> list[object]:
    """The tree as nested lists of types and instance numbers."""
    return [
        int(r.keys.raw(0x00200013)) if r.type == "IMAGE" else [r.type, *types(r.children)] for r in records
    ]


SHAPE = [["PATIENT", ["STUDY", ["SERIES", 1, 2]]]]


def kinds(view: DirectoryView) -> set[str]:
    return {anomaly.kind for anomaly in view.anomalies}


# What the writer writes


def test_the_file_byte_by_byte() -> None:
    """A directory with one record, as PS3.10 8.6 and PS3.3 F.3.2 want it, spelled out."""
    record = DirectoryRecord("PATIENT", Attributes.of(keys(PatientID="P1")))
    data = encode_dicomdir([record], "CD1", "2.25.1")
    meta = file_meta(DIRECTORY_CLASS, "2.25.1")
    start = 132 + len(meta)
    at = start + 12 + 12 + 12 + 10 + 12
    expected = (
        bytes(128) + b"DICM" + meta
        + b"\x04\x00\x30\x11CS\x04\x00CD1 "
        + b"\x04\x00\x00\x12UL\x04\x00" + struct.pack("<I", at)
        + b"\x04\x00\x02\x12UL\x04\x00" + struct.pack("<I", at)
        + b"\x04\x00\x12\x12US\x02\x00\0\0"
        + b"\x04\x00\x20\x12SQ\0\0" + struct.pack("<I", 8 + 12 + 10 + 12 + 16 + 10)
        + b"\xfe\xff\x00\xe0" + struct.pack("<I", 12 + 10 + 12 + 16 + 10)
        + b"\x04\x00\x00\x14UL\x04\x00\0\0\0\0"
        + b"\x04\x00\x10\x14US\x02\x00\xff\xff"
        + b"\x04\x00\x20\x14UL\x04\x00\0\0\0\0"
        + b"\x04\x00\x30\x14CS\x08\x00PATIENT "
        + b"\x10\x00\x20\x00LO\x02\x00P1"
    )  # fmt: skip
    assert data == expected


def test_the_last_root_offset_is_that_of_the_last_root_record() -> None:
    view = read(encode_dicomdir(tree(), "CD1", "2.25.1"))
    assert [record.type for record in view.roots] == ["PATIENT", "PATIENT"]
    assert (view.first, view.last) == (view.roots[0].offset, view.roots[1].offset)
    assert view.first != view.last


def test_an_empty_directory() -> None:
    data = encode_dicomdir([], "", "2.25.1")
    view = read(data)
    assert (view.first, view.last, view.consistency, view.records) == (0, 0, 0, ())
    assert data.endswith(b"\x04\x00\x20\x12SQ\0\0\0\0\0\0")
    assert list(judge(view)) == []


def test_the_descriptor() -> None:
    view = read(encode_dicomdir([], "CD1", "2.25.1", descriptor=("DOC", "README")))
    assert view.descriptor == FileId(("DOC", "README"))


def test_a_reference_names_the_file_in_its_own_words() -> None:
    found = instance(ct(1, RelatedGeneralSOPClassUID="1.2.3"))
    member = Member(FileId(("A", "B")), found.content, found)
    (record,) = read(encode_dicomdir([DirectoryRecord("IMAGE", Attributes(), member)], "", "2.25.1")).records
    assert [(keyword_of(tag), value) for tag, _, value in record.keys] == [
        ("ReferencedFileID", b"A\\B "),
        ("ReferencedSOPClassUIDInFile", f"{CT}\0".encode()),
        ("ReferencedSOPInstanceUIDInFile", _even(uid("ct 1"))),
        ("ReferencedTransferSyntaxUIDInFile", b"1.2.840.10008.1.2.1\0"),
        ("ReferencedRelatedGeneralSOPClassUIDInFile", b"1.2.3\0"),
    ]
    assert record.file_id == FileId(("A", "B"))


def _even(value: str) -> bytes:
    return value.encode() + b"\0" * (len(value) % 2)


def test_equal_input_gives_equal_bytes() -> None:
    assert encode_dicomdir(tree(), "CD1", "2.25.1") == encode_dicomdir(tree(), "CD1", "2.25.1")


def test_a_record_of_a_file_without_an_instance_is_refused() -> None:
    member = Member(FileId(("README",)), BytesContent(b""))
    with pytest.raises(ValueError, match="README holds no instance"):
        encode_dicomdir([DirectoryRecord("IMAGE", Attributes(), member)], "", "2.25.1")


def test_deep_records_need_no_deep_stack() -> None:
    record = DirectoryRecord("PRIVATE", Attributes())
    for _ in range(20_000):
        record = DirectoryRecord("PRIVATE", Attributes(), None, (record,))
    assert len(read(encode_dicomdir([record], "", "2.25.1")).records) == 20_001


# Read, write, read


def written(records: Sequence[RecordView]) -> Iterator[DirectoryRecord]:
    """Records as they were read, to be written again."""
    for record in records:
        yield DirectoryRecord(record.type, record.keys, None, tuple(written(record.children)))


def told(records: Sequence[RecordView]) -> list[object]:
    """Everything about the records but their places in the file."""
    return [[r.type, r.in_use_flag, list(r.keys), r.file_id, told(r.children)] for r in records]


ELEMENTS = st.lists(
    st.sampled_from(
        [
            element("PatientID", "P1"), element("PatientName", "Müller".encode("latin-1")),
            element("SpecificCharacterSet", "ISO_IR 100"), element("StudyDescription", ""),
            element("Rows", 7), element("PrivateRecordUID", "1.2.3"), element("ReferencedFileID", "A\\B"),
            element("ReferencedSOPInstanceUIDInFile", "1.2.3.4"), Element(0x00091001, "UN", b"\0\1"),
            element("ContentSequence", [{"ValueType": "TEXT", "TextValue": "x" * 99}, {}]),
            element("IconImageSequence", [{"PixelData": bytes(64), "Rows": 8}]),
        ]
    ),
    max_size=6,
)  # fmt: skip
RECORDS = st.recursive(
    st.builds(lambda kind, keys: DirectoryRecord(kind, Attributes.of(keys)),
              st.sampled_from(["PATIENT", "IMAGE", "PRIVATE", "WHAT", ""]), ELEMENTS),
    lambda below: st.builds(
        lambda kind, keys, children: DirectoryRecord(kind, Attributes.of(keys), None, tuple(children)),
        st.sampled_from(["STUDY", "SERIES", "TOPIC"]), ELEMENTS, st.lists(below, max_size=4),
    ),
    max_leaves=20,
)  # fmt: skip


@given(st.lists(RECORDS, max_size=5))
def test_what_is_written_is_read(records: list[DirectoryRecord]) -> None:
    view = read(encode_dicomdir(records, "ID", "2.25.1"))

    def expected(records: Sequence[DirectoryRecord]) -> list[object]:
        return [[r.type, list(r.keys), expected(r.children)] for r in records]

    def found(records: Sequence[RecordView]) -> list[object]:
        return [[r.type, list(r.keys), found(r.children)] for r in records]

    assert found(view.roots) == expected(records)
    assert view.anomalies == ()


@given(st.lists(RECORDS, max_size=5))
def test_read_write_read_is_equal(records: list[DirectoryRecord]) -> None:
    data = encode_dicomdir(records, "ID", "2.25.1")
    view = read(data)
    assert encode_dicomdir(list(written(view.roots)), view.file_set_id, view.instance.sop_instance) == data


SHIPPED = {
    "DICOMDIR": 52, "DICOMDIR-bigEnd": 52, "DICOMDIR-implicit": 52, "DICOMDIR-nooffset": 52,
    "DICOMDIR-nopatient": 52, "DICOMDIR-reordered": 52, "DICOMDIR-empty.dcm": 0, "TINY_ALPHA/DICOMDIR": 53,
}  # fmt: skip


def shipped(name: str) -> Path:
    """A DICOMDIR that pydicom ships for its own tests."""
    return Path(str(get_testdata_file(f"dicomdirtests/{name}" if "/" in name else name)))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_directory_that_pydicom_ships(name: str) -> None:
    view = read_dicomdir(FileContent.of(shipped(name)))
    oracle = pydicom.dcmread(shipped(name)).DirectoryRecordSequence
    assert len(view.records) == len(oracle) == SHIPPED[name]
    for record, real in zip(view.records, oracle, strict=True):
        assert record.type == real.DirectoryRecordType
        assert record.offset == real.seq_item_tell
        assert (record.next, record.lower) == (
            real.get("OffsetOfTheNextDirectoryRecord"),
            real.get("OffsetOfReferencedLowerLevelDirectoryEntity"),
        )
        components = real.get("ReferencedFileID")
        names = (components,) if isinstance(components, str) else tuple(components or ())
        assert (record.file_id.components if record.file_id else ()) == names
        values = {
            keyword_of(e.tag): e.value.decode("ascii").strip(" \0") for e in record.keys if e.vr != "SQ"
        }
        for keyword, value in values.items():
            assert value == "\\".join(map(str, _several(real[keyword].value)))


def _several(value: object) -> Sequence[object]:
    if isinstance(value, pydicom.multival.MultiValue):
        return list(value)
    return [] if value is None else [value]


@pytest.mark.parametrize("name", ["DICOMDIR", "DICOMDIR-bigEnd", "DICOMDIR-implicit", "DICOMDIR-reordered"])
def test_encodings_and_orders_of_one_directory_give_one_tree(name: str) -> None:
    view = read_dicomdir(FileContent.of(shipped(name)))
    plain = read_dicomdir(FileContent.of(shipped("DICOMDIR")))
    assert [r.type for r in view.roots] == ["PATIENT", "PATIENT"]
    assert told(view.roots) == told(plain.roots)
    assert view.recovered == ""


@pytest.mark.parametrize("name", [name for name in SHIPPED if name != "DICOMDIR-nopatient"])
def test_read_write_read_of_what_pydicom_ships(name: str) -> None:
    view = read_dicomdir(FileContent.of(shipped(name)))
    again = read(encode_dicomdir(list(written(view.roots)), view.file_set_id, view.instance.sop_instance))
    assert told(again.roots) == told(view.roots)


def test_a_directory_without_patients_keeps_what_hangs_together() -> None:
    view = read_dicomdir(FileContent.of(shipped("DICOMDIR-nopatient")))
    assert [record.type for record in view.roots] == ["IMAGE", "UNKNOWN", "UNKNOWN"]
    assert view.recovered == "partial"
    below = [[study.type for study in root.children] for root in view.roots[1:]]
    assert below == [["STUDY"] * 2, ["STUDY"] * 4]


# Broken structure


def test_undefined_lengths_are_legal() -> None:
    records = [record.but(length=None) for record in sound()]
    view = read(craft(records, undefined=True))
    assert types(view.roots) == SHAPE
    assert view.anomalies == ()


def test_a_sequence_of_undefined_length_inside_a_record() -> None:
    body = b"\xfe\xff\x00\xe0\xff\xff\xff\xff" + b"\x08\x00\x00\x01SH\x02\x001 " + b"\xfe\xff\x0d\xe0\0\0\0\0"
    sequence = struct.pack("<HH2s2xI", 0x0040, 0xA043, b"SQ", 0xFFFFFFFF) + body + b"\xfe\xff\xdd\xe0\0\0\0\0"
    placeholder = Element(0x0040A043, "UN", bytes(len(sequence) - 12))
    records = sound()
    records[3] = Rec("IMAGE", (*records[3].keys, placeholder), next=4)
    data = craft(records)
    at = data.index(struct.pack("<HH2s", 0x0040, 0xA043, b"UN"))
    view = read(data[:at] + sequence + data[at + len(sequence) :])
    assert view.anomalies == ()
    assert view.records[3].keys.get(0x0040A043) == element("ConceptNameCodeSequence", [{"CodeValue": "1"}])


LENGTHS = {
    "one item is too long": [0, 0, 0, 6, 0], "one is too short": [0, 0, 0, -4, 0],
    "one ends between two elements": [0, 0, 0, -10, 0], "the last one is too short": [0, 0, 0, 0, -10],
    "all are wrong": [2, -2, 40, -10, -4], "one is beyond the file": [0, 100_000, 0, 0, 0],
}  # fmt: skip


@pytest.mark.parametrize("name", LENGTHS)
def test_wrong_item_lengths_are_seen_through(name: str) -> None:
    records = [record.but(length=extra) for record, extra in zip(sound(), LENGTHS[name], strict=True)]
    view = read(craft(records))
    assert types(view.roots) == SHAPE
    assert [list(r.keys) for r in view.records] == [list(r.keys) for r in read(SOUND).records]
    assert kinds(view) == {"item-length"}


def test_a_value_that_reaches_beyond_its_record_is_left_out() -> None:
    data = bytearray(SOUND)
    at = data.index(struct.pack("<HH2sH", 0x0020, 0x0013, b"IS", 2))
    data[at + 6 : at + 8] = b"\x40\x00"
    view = read(bytes(data))
    assert kinds(view) == {"unreadable"}
    assert 0x00200013 not in view.records[3].keys
    assert [record.type for record in view.records] == [record.type for record in sound()]


def test_every_truncation_gives_the_records_before_it() -> None:
    ends = [record.offset for record in read(SOUND).records]
    for size in range(ends[0], len(SOUND)):
        view = read(SOUND[:size])
        complete = sum(end <= size for end in [*ends[1:], len(SOUND)])
        assert complete <= len(view.records) <= complete + 1
        if len(view.records) > complete:
            assert "record-cut" in kinds(view)
        assert view.instance.anomaly("truncated") or size in ends, size


# Wrong offsets: the tree comes out right, or as far as it can be known


def relinked(change: Callable[[list[Rec], DirectoryView], list[Rec]], **ends: object) -> DirectoryView:
    return read(craft(change(sound(), read(SOUND)), **ends))  # type: ignore[arg-type]


def test_zero_offsets_are_rebuilt_from_the_sequence() -> None:
    view = read(craft([record.but(next=None, lower=None) for record in sound()], first=None, last=None))
    assert types(view.roots) == SHAPE
    assert view.recovered == "sequence-order"
    assert not any(record.linked for record in view.records)


def test_absent_offsets_are_rebuilt_from_the_sequence() -> None:
    view = read(craft([record.but(next=Raw(None), lower=Raw(None)) for record in sound()]))
    assert types(view.roots) == SHAPE
    assert view.recovered == "sequence-order"


def _moved(by: Callable[[int], int]) -> bytes:
    """Every offset is what the function makes of the right one."""
    view = read(SOUND)

    def link(offset: int | None) -> Raw:
        return Raw(by(offset) if offset else 0)

    pairs = zip(sound(), view.records, strict=True)
    records = [record.but(next=link(seen.next), lower=link(seen.lower)) for record, seen in pairs]
    return craft(records, first=link(view.first), last=link(view.last))


@pytest.mark.parametrize("by", [-126, -8, 8, 126, 2000])
def test_offsets_that_are_wrong_by_a_constant_are_realigned(by: int) -> None:
    view = read(_moved(lambda offset: offset + by))
    assert types(view.roots) == SHAPE
    assert view.recovered == "realigned"


def test_offsets_that_drift_are_realigned() -> None:
    """Longer texts in each record move the next ones further and further."""
    view = read(_moved(lambda offset: offset * 9 // 10))
    assert types(view.roots) == SHAPE
    assert view.recovered == "realigned"


def test_realigning_respects_an_order_that_is_not_that_of_the_tree() -> None:
    reordered = [image(1, next=4), SERIES.but(lower=0), STUDY.but(lower=1), PATIENT.but(lower=2), image(2)]
    good = read(craft(reordered, first=3, last=3))
    assert (types(good.roots), good.recovered) == (SHAPE, "")
    pairs = zip(reordered, good.records, strict=True)
    links = [
        record.but(next=Raw((seen.next or -6) + 6), lower=Raw((seen.lower or -6) + 6))
        for record, seen in pairs
    ]
    offset = good.records[3].offset + 6
    view = read(craft(links, first=Raw(offset), last=Raw(offset)))
    assert (types(view.roots), view.recovered) == (SHAPE, "realigned")


def _shifted(records: Sequence[Rec], by: int, first: int = 0) -> bytes:
    """The file with every offset off by the same number of bytes."""
    good = read(craft(records, first=first, last=first))

    def link(offset: int | None) -> Raw:
        return Raw(offset + by if offset else 0)

    pairs = zip(records, good.records, strict=True)
    moved = [record.but(next=link(seen.next), lower=link(seen.lower)) for record, seen in pairs]
    return craft(moved, first=link(good.first), last=link(good.last))


BACKWARDS = [image(1, next=4), SERIES.but(lower=0), STUDY.but(lower=1), PATIENT.but(lower=2), image(2)]
"""The tree from its leaves up: nobody can tell it from the order of the items."""


def test_a_constant_shift_is_seen_beside_a_deleted_record() -> None:
    """There are more records than offsets, so their order says nothing; the shift does."""
    view = read(_shifted([*BACKWARDS, image(3).but(in_use=0)], 6, first=3))
    assert (types(view.roots), view.recovered) == ([*SHAPE, 3], "realigned")
    assert recovery(view) == "the offsets lead to records when they are read as 6 bytes further back"


@pytest.mark.parametrize("by", [-126, -2, 2, 202])
def test_a_constant_shift_is_seen_although_records_are_cut_off(by: int) -> None:
    reordered = [*BACKWARDS[:4], image(2, next=5), *(image(n, next=n + 3) for n in range(3, 9)), image(9)]
    data = _shifted(reordered, by, first=3)
    view = read(data[:-300])
    assert (types(view.roots), view.recovered) == (
        [["PATIENT", ["STUDY", ["SERIES", *range(1, 8)]]]],
        "partial",
    )
    assert recovery(view).startswith(f"the offsets lead to records when they are read as {abs(by)} bytes")


def test_a_shift_does_not_hide_one_offset_that_is_wrong_besides() -> None:
    good = read(craft(BACKWARDS, first=3, last=3))
    broken = [image(1, next=Raw(7)), *BACKWARDS[1:]]
    links = [
        record.but(lower=Raw((seen.lower or -6) + 6))
        for record, seen in zip(broken, good.records, strict=True)
    ]
    offset = good.records[3].offset + 6
    view = read(craft(links, first=Raw(offset), last=Raw(offset)))
    assert (types(view.roots), view.recovered) == ([["PATIENT", ["STUDY", ["SERIES", 1]]], 2], "partial")


def recovery(view: DirectoryView) -> str:
    """What the reader says about where the tree is from."""
    (told,) = (anomaly.detail for anomaly in view.anomalies if anomaly.kind == "recovered")
    return told


def test_a_sequence_in_another_order_is_not_guessed_from() -> None:
    """All patients, then all studies ...: without offsets nobody knows who belongs to whom."""
    flat = [PATIENT, PATIENT.but(PatientID="P2"), STUDY, STUDY, SERIES, SERIES, image(1), image(2)]
    records = [record.but(next=None, lower=None) for record in flat]
    view = read(craft(records, first=None, last=None))
    assert view.recovered == "partial"
    assert len(view.roots) == len(flat)


def test_one_broken_offset_does_not_spoil_the_rest() -> None:
    records = sound()
    records[3] = records[3].but(next=Raw(5))
    view = read(craft(records))
    assert types(view.roots) == SHAPE
    assert view.recovered == "sequence-order"
    assert [record.linked for record in view.records] == [True] * 4 + [False]


def test_a_deleted_record_that_nothing_leads_to_is_left_where_it_is() -> None:
    view = read(craft([*sound(), image(3).but(in_use=0)]))
    assert types(view.roots) == [*SHAPE, 3]
    assert view.recovered == ""
    assert kinds(view) == {"orphan"}
    assert [record.in_use for record in view.records] == [True] * 5 + [False]


def test_ancestors_and_parents() -> None:
    *_, last = read(SOUND).records
    assert [record.type for record in last.ancestors] == ["SERIES", "STUDY", "PATIENT"]
    assert last.parent
    assert last.parent.children[1] == last


# Hostile directories: a value in bounded time, every record there


def chain(count: int, **last: object) -> list[Rec]:
    """Records each of which is below the one before it."""
    records = [Rec("PRIVATE", keys(PrivateRecordUID="1.2.3"), lower=n + 1) for n in range(count)]
    return [*records, Rec("PRIVATE", keys(PrivateRecordUID="1.2.3"), **last)]  # type: ignore[arg-type]


def siblings(count: int, **last: object) -> list[Rec]:
    records = [Rec("PATIENT", PATIENT.keys, next=n + 1) for n in range(count)]
    return [*records, Rec("PATIENT", PATIENT.keys, **last)]  # type: ignore[arg-type]


HOSTILE: dict[str, Callable[[], bytes]] = {
    "a cycle of siblings": lambda: craft(siblings(10_000, next=0)),
    "a record that is next to itself": lambda: craft(siblings(2_000, next=2_000)),
    "a record below itself": lambda: craft(siblings(2_000, lower=2_000)),
    "a child that leads to its ancestor": lambda: craft(chain(10_000, lower=0)),
    "10,000 levels": lambda: craft(chain(10_000)),
    "all records lead to one": lambda: craft([record.but(lower=1_999) for record in siblings(1_999)]),
    "every record leads to the first": lambda: craft([record.but(lower=0) for record in siblings(1_999)]),
    "offsets beyond the end": lambda: craft([r.but(lower=Raw(0xFFFFFFF0)) for r in siblings(1_999)]),
    "offsets inside items": lambda: craft([record.but(lower=Raw(500)) for record in siblings(1_999)]),
    "first record beyond the end": lambda: craft(siblings(1_999), first=Raw(0xFFFFFFFF)),
    "an item of 2^32-2 bytes": lambda: SOUND.replace(
        b"\xfe\xff\x00\xe0", b"\xfe\xff\x00\xe0\xfe\xff\xff\xff", 1
    ),
    "a sequence of 2^32-2 bytes": lambda: craft(sound(), extra=0xFFFFF000),
    "a value of 2^32-1 bytes": lambda: SOUND.replace(
        b"\x08\x00\x60\x00CS\x02\x00CT", b"\x08\x00\x60\x00OB\0\0\xff\xff\xff\xff"
    ),
    "items without end": lambda: SOUND[:-300] + b"\xfe\xff\x00\xe0\xff\xff\xff\xff" * 3_000,
    "empty items": lambda: SOUND[:-300] + b"\xfe\xff\x00\xe0\0\0\0\0" * 3_000,
    "sequences inside sequences": lambda: craft(
        [Rec("PATIENT", (Element(0x00400275, "SQ", b""),))]
    ) + (b"\x40\x00\x75\x02SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" * 3_000),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_directories_are_read_in_bounded_time(name: str) -> None:
    data = HOSTILE[name]()
    started = time.process_time()
    view = read(data)
    assert time.process_time() - started < 1
    assert list(judge(view)) or view.instance.anomalies
    assert sorted(r.index for r in _all(view)) == list(range(len(view.records)))


def _all(view: DirectoryView) -> list[RecordView]:
    """Every record in the tree, met once each."""
    found, waiting = [], list(view.roots)
    while waiting:
        record = waiting.pop()
        found.append(record)
        waiting += record.children
    return found


def test_hostile_chains_keep_their_records() -> None:
    assert len(read(HOSTILE["a cycle of siblings"]()).records) == 10_001
    assert len(read(HOSTILE["10,000 levels"]()).records) == 10_001


def test_the_time_grows_with_the_size_only() -> None:
    def seconds(count: int) -> float:
        data = craft(siblings(count))
        started = time.process_time()
        read(data)
        return time.process_time() - started

    seconds(100)
    assert seconds(20_000) < 12 * max(seconds(4_000), 0.01)


# What is no DICOMDIR at all


NONE = {
    "empty": b"",
    "text": b"This is the directory of the CD.\r\n" * 20,
    "HTML": b"<html><body>DICOMDIR</body></html>",
    "zeros": bytes(4096),
    "an image": ct(1),
}


@pytest.mark.parametrize("name", NONE)
def test_what_is_no_dicomdir(name: str) -> None:
    with pytest.raises(MediumError, match="DICOMDIR is none"):
        read(NONE[name])


def test_a_medium_that_cannot_be_read() -> None:
    class Scratched(BytesContent):
        def open(self) -> BytesIO:
            raise OSError(5, "Input/output error")

    with pytest.raises(MediumError, match="cannot be read"):
        read_dicomdir(Scratched(SOUND))


def test_a_dicomdir_without_any_element_is_one() -> None:
    view = read(encode_file(file_meta(DIRECTORY_CLASS, "2.25.1"), b""))
    assert (view.has_information, view.records) == (False, ())


def test_big_directories_are_written_and_read() -> None:
    series = DirectoryRecord("SERIES", Attributes.of(SERIES.keys), None, (leaf(1),) * 5_000)
    study = DirectoryRecord("STUDY", Attributes.of(STUDY.keys), None, (series,))
    patient = DirectoryRecord("PATIENT", Attributes.of(PATIENT.keys), None, (study,))
    view = read(encode_dicomdir([patient], "CD1", "2.25.1"))
    assert len(view.records) == 5_003
    assert view.anomalies == ()


def test_file_ids_in_any_characters() -> None:
    def file_id(raw: bytes) -> FileId | None:
        records = sound()
        records[3] = records[3].but(ReferencedFileID=raw)
        return read(craft(records)).records[3].file_id

    assert file_id(b"A\\B ") == FileId(("A", "B"))
    assert file_id("Ä\\b.dcm".encode()) == FileId(("Ä", "b.dcm"))
    assert file_id("Ä\\B".encode("latin-1")) == FileId(("Ä", "B"))
    assert file_id(b"A/B/C") == FileId(("A/B/C",))
    assert file_id(b"  ") is None


def test_the_table_and_the_reader_agree_on_the_record_types() -> None:
    """The rebuilt tree rests on the table: it must know the levels."""
    table = load_records()
    assert [table.parents(name) for name in ("PATIENT", "STUDY", "SERIES")] == [
        ("ROOT",), ("PATIENT",), ("STUDY",),
    ]  # fmt: skip
