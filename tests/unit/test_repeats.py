"""A reader of many headers knows layouts again: what it says of a file is what a fresh reader says."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediakit.dicomfile import HeaderReader, NotDicom
from mediakit.dicomfile.encode import encode_element
from mediakit.dicomfile.walk import Walk
from mediakit.dictionary import ATTRIBUTES, tag_of
from mediakit.model import BytesContent, Instance
from tests.builders import ct

WANTED = frozenset(tag for tag, _ in ATTRIBUTES.values() if tag >> 16 not in (2, 0x7FE0))
SERIES = [ct(InstanceNumber=str(number), SOPInstanceUID=f"1.2.{number}") for number in (11, 12, 13, 14)]
"""Files of the same size, of which every element has the same length."""


def said(reader: HeaderReader, data: bytes) -> Instance | str:
    try:
        return reader.read_any(BytesContent(data), "file")
    except NotDicom as error:
        return error.reason


def both(files: Sequence[bytes], thorough: bool = False) -> tuple[list[Instance | str], list[Instance | str]]:
    """What one reader says of all, and what a fresh one says of each."""
    reader = HeaderReader(lambda _: WANTED, thorough)
    fresh = [said(HeaderReader(lambda _: WANTED, thorough), data) for data in files]
    return [said(reader, data) for data in files], fresh


@pytest.fixture
def walks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Where each walk over a data set began."""
    begun: list[int] = []
    plain = Walk.run

    def run(self: Walk, position: int) -> Walk:
        begun.append(position)
        return plain(self, position)

    monkeypatch.setattr(Walk, "run", run)
    return begun


@pytest.mark.parametrize("thorough", [False, True])
def test_the_third_file_of_a_layout_is_not_walked_over(thorough: bool, walks: list[int]) -> None:
    assert len({len(data) for data in SERIES}) == 1
    reader = HeaderReader(lambda _: WANTED, thorough)
    seen = [reader.read(BytesContent(data), "file") for data in SERIES]
    assert len(walks) == 2
    assert [each.keys.raw(tag_of("InstanceNumber")) for each in seen] == [b"11", b"12", b"13", b"14"]
    assert seen == [HeaderReader(lambda _: WANTED, thorough).read(BytesContent(d), "file") for d in SERIES]


def test_another_length_is_walked_over_and_the_layout_is_still_known(walks: list[int]) -> None:
    longer = ct(InstanceNumber="1500", SOPInstanceUID="1.2.15")
    together, alone = both([*SERIES[:3], longer, SERIES[3]])
    assert together == alone
    assert len(walks) == 2 + 1 + 5


OTHERS = {
    "cut": SERIES[3][:-2],
    "with bytes behind it": SERIES[3] + b"more",
    "with zeros behind it": SERIES[3] + bytes(8),
    "another VR": SERIES[3].replace(b"\x10\x00\x20\x00LO", b"\x10\x00\x20\x00SH"),
    "another tag": SERIES[3].replace(b"\x20\x00\x13\x00IS", b"\x20\x00\x12\x00IS"),
    "a tag out of order": SERIES[3].replace(b"\x20\x00\x13\x00IS", b"\x08\x00\x13\x00IS"),
    "an unknown VR": SERIES[3].replace(b"\x20\x00\x13\x00IS", b"\x20\x00\x13\x00ZZ"),
    "a length that lies": SERIES[3].replace(b"\x20\x00\x13\x00IS\x02", b"\x20\x00\x13\x00IS\x04"),
    "no prefix": SERIES[3].replace(b"DICM", b"XXXX", 1),
    "empty": b"",
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_not_laid_out_the_same_is_read_as_if_alone(name: str) -> None:
    assert OTHERS[name] not in SERIES
    together, alone = both([*SERIES[:3], OTHERS[name], SERIES[3], SERIES[2]])
    assert together == alone


def test_a_walk_that_looks_at_values_is_not_spared() -> None:
    """The first element is one of group 0004; in its value another file seems to begin, in the last file."""
    files = []
    for value in (bytes(200), b"A" * 200, bytes(116) + b"DICM" + bytes(80)):
        head, data_set = SERIES[0].split(b"\x08\x00\x08\x00CS", 1)
        first = encode_element(0x00041142, "UT", value)
        files.append(head + first + b"\x08\x00\x08\x00CS" + data_set)
    together, alone = both([files[1], files[1], files[2]])
    assert together == alone
    assert isinstance(alone[2], Instance) and alone[2].anomaly("trailing-bytes")


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_no_damage_is_overlooked(data: st.DataObject) -> None:
    """Bytes are changed anywhere, or cut off, after the layout has become known."""
    damaged = []
    for original in SERIES:
        changed = bytearray(original)
        for _ in range(data.draw(st.integers(1, 3))):
            changed[data.draw(st.integers(128, len(changed) - 1))] = data.draw(st.integers(0, 255))
        damaged.append(bytes(changed[: len(changed) - data.draw(st.sampled_from((0, 0, 0, 1, 2, 40)))]))
    together, alone = both([*SERIES, *damaged, *damaged, *SERIES])
    assert together == alone
