"""Any bytes that call themselves DICOMDIR: a value or MediumError, every record once, rules at work."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import pydicom
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydicom.data import get_testdata_file

from mediakit.dicomdir import encode_dicomdir, read_dicomdir
from mediakit.dicomdir.walk import DEEPEST
from mediakit.errors import MediumError
from mediakit.model import BytesContent, DirectoryRecord
from mediakit.rules import judge
from tests.dicomdirs import craft, sound

SOUND = craft(sound())
UNDEFINED = craft([record.but(length=None) for record in sound()], undefined=True)
SEEDS = {
    "sound": SOUND,
    "undefined lengths": UNDEFINED,
    **{
        name: Path(str(get_testdata_file(f"DICOMDIR-{name}"))).read_bytes()
        for name in ("bigEnd", "implicit", "nopatient", "reordered")
    },
}
INTERESTING = [
    b"\0",
    b"\xff",
    b"\xff\xff\xff\xff",
    b"\xfe\xff\x00\xe0",
    b"\xfe\xff\xdd\xe0",
    b"\xfe\xff\x0d\xe0",
    b"SQ\0\0",
    b"\x04\x00\x20\x12",
    struct.pack("<I", 0x7FFFFFFF),
    b"",
]


def check(data: bytes) -> None:
    """The laws that hold for any bytes."""
    try:
        view = read_dicomdir(BytesContent(data))
    except MediumError:
        return
    met = []
    waiting = [(record, 1) for record in view.roots]
    while waiting:
        record, level = waiting.pop()
        assert level <= DEEPEST
        met.append(record.index)
        waiting += [(child, level + 1) for child in record.children]
    assert sorted(met) == list(range(len(view.records)))
    if data not in SEEDS.values():
        for finding in judge(view):
            assert finding.message


def mutate(data: bytes, numbers: random.Random) -> bytes:
    """A few small changes: bytes replaced, pieces cut, doubled or moved."""
    out = bytearray(data)
    for _ in range(numbers.randint(1, 4)):
        at = numbers.randrange(128, len(out) + 1)
        length = numbers.choice((1, 2, 4, 8, 100, 1000))
        piece = bytes(out[at : at + length])
        match numbers.randrange(5):
            case 0:
                new = numbers.choice(INTERESTING)
                out[at : at + len(new)] = new
            case 1:
                out[at : at + 1] = bytes([numbers.randrange(256)])
            case 2:
                del out[at : at + length]
            case 3:
                out[at:at] = piece
            case _:
                there = numbers.randrange(128, len(out) + 1)
                out[there:there] = piece
    return bytes(out)


@pytest.mark.parametrize("seed", SEEDS)
def test_mutations(seed: str) -> None:
    numbers = random.Random(seed)
    for _ in range(150):
        check(mutate(SEEDS[seed], numbers))


@pytest.mark.parametrize("seed", SEEDS)
def test_truncations(seed: str) -> None:
    data = SEEDS[seed]
    for size in range(0, len(data), 1 + len(data) // 200):
        check(data[:size])


@given(st.binary(max_size=400))
@example(b"")
@settings(max_examples=200)
def test_anything_behind_a_proper_beginning(data: bytes) -> None:
    start = SOUND.index(struct.pack("<HH2sH", 0x0004, 0x1220, b"SQ", 0))
    check(SOUND[:start] + data)
    check(SOUND[: start + 12] + data)


@given(st.lists(st.integers(0, 2**32 - 1), min_size=10, max_size=10), st.booleans())
@settings(max_examples=200)
def test_any_offsets(values: list[int], near: bool) -> None:
    """All links of the sound directory replaced; `near` lets many of them lead to records."""
    view = read_dicomdir(BytesContent(SOUND))
    offsets = [record.offset for record in view.records]
    data = bytearray(SOUND)
    for n, record in enumerate(view.records):
        for at, value in ((16, values[2 * n]), (38, values[2 * n + 1])):
            struct.pack_into("<I", data, record.offset + at, offsets[value % 5] if near else value)
    check(bytes(data))


def test_what_was_recovered_can_be_written_and_read_by_others() -> None:
    """Whatever state a directory was in: written again, it is sound, and pydicom reads it."""
    numbers = random.Random(7)

    def again(records: object) -> tuple[DirectoryRecord, ...]:
        return tuple(
            DirectoryRecord(r.type, r.keys, None, again(r.children))
            for r in records  # type: ignore[attr-defined]
        )

    for _ in range(40):
        try:
            view = read_dicomdir(BytesContent(mutate(SOUND, numbers)))
        except MediumError:
            continue
        if any(not record.type.isascii() or "\\" in record.type for record in view.records):
            continue
        data = encode_dicomdir(again(view.roots), "ID", "2.25.1")
        assert not read_dicomdir(BytesContent(data)).recovered
        read = pydicom.dcmread(pydicom.filebase.DicomBytesIO(data))
        assert len(read.DirectoryRecordSequence) == len(view.records)
