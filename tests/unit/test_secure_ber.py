"""The BER reader: whatever way of writing a value X.690 allows, the same value is read."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.model import BytesContent
from mediakit.secure import der
from mediakit.secure.ber import BerError, BerStream, Node
from mediakit.secure.streams import Segmented
from tests.secure import read

OCTETS = 0x04


def stream(data: bytes) -> BerStream:
    return BerStream(io.BytesIO(data), len(data))


NODES = st.recursive(
    st.builds(Node, st.sampled_from([0x02, 0x04, 0x06, 0x80, 0x17]), st.binary(max_size=300)),
    lambda inner: st.builds(
        Node,
        st.sampled_from([0x30, 0x31, 0xA0, 0xA3]),
        st.just(b""),
        st.lists(inner, max_size=4).map(tuple),
    ),
    max_leaves=15,
)


def ber(node: Node, choose: st.DataObject) -> bytes:
    """The node written in one of the ways that X.690 8.1.3 allows."""
    value = b"".join(ber(each, choose) for each in node.children) if node.tag & 0x20 else node.value
    form = choose.draw(st.sampled_from(["short", "long", "longer", "indefinite"]))
    if form == "indefinite" and node.tag & 0x20:
        return bytes((node.tag, 0x80)) + value + b"\0\0"
    if form in ("long", "longer"):
        size = 4 if form == "long" else 8
        return bytes((node.tag, 0x80 | size)) + len(value).to_bytes(size) + value
    return der.head(node.tag, len(value)) + value


@given(NODES, st.data())
def test_every_way_of_writing_is_read_alike(node: Node, data: st.DataObject) -> None:
    written = ber(node, data)
    reader = stream(written + b"more")
    assert reader.node() == node
    assert reader.position == len(written)
    assert node.der() == stream(node.der()).node().der()


def cut(data: bytes, choose: st.DataObject, depth: int = 0) -> bytes:
    """An octet string, whole or in nested segments, of definite and indefinite lengths."""
    if depth == 3 or choose.draw(st.booleans()):
        return der.tlv(OCTETS, data)
    points = sorted(choose.draw(st.lists(st.integers(0, len(data)), max_size=5)))
    parts = [data[a:b] for a, b in zip([0, *points], [*points, len(data)], strict=True)]
    value = b"".join(cut(each, choose, depth + 1) for each in parts)
    if choose.draw(st.booleans()):
        return b"\x24\x80" + value + b"\0\0"
    return der.tlv(0x24, value)


@given(st.binary(max_size=2000), st.data())
def test_an_octet_string_in_any_segments_is_the_same(octets: bytes, data: st.DataObject) -> None:
    written = cut(octets, data)
    reader = stream(written)
    segments = reader.octets(OCTETS)
    assert reader.position == len(written)
    content = Segmented(BytesContent(written), segments)
    assert (content.size, read(content)) == (len(octets), octets)
    assert stream(written).node().octets() == octets
    at = data.draw(st.integers(0, len(octets)))
    with content.open() as opened:
        opened.seek(at)
        assert opened.read(100) == octets[at : at + 100]


@given(st.integers(0, 1 << 4000))
def test_integers(number: int) -> None:
    assert stream(der.integer(number)).node().integer() == number


@given(
    st.integers(0, 2), st.integers(0, 39), st.lists(st.integers(0, 1 << 40), max_size=6)
)  # fmt: skip
def test_object_identifiers(first: int, second: int, rest: list[int]) -> None:
    dotted = ".".join(map(str, (first, second, *rest)))
    assert stream(der.oid(dotted)).node().oid() == dotted


@pytest.mark.parametrize(
    ("moment", "encoded"),
    [
        (datetime(2026, 5, 1, 12, 30, 5, tzinfo=UTC), b"\x17\x0d260501123005Z"),
        (datetime(2050, 1, 1, tzinfo=UTC), b"\x18\x0f20500101000000Z"),
    ],
)
def test_times(moment: datetime, encoded: bytes) -> None:
    assert der.time(moment) == encoded


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (b"", "ends too early"),
        (b"\x30", "ends too early"),
        (b"\x04\x05abc", "5 bytes are claimed where 3 are left"),
        (b"\x04\x80abc\0\0", "a primitive element has no length"),
        (b"\x30\x03\x04\x02a", "2 bytes are claimed where 1 are left"),
        (b"\x30\x80\x04\x01a", "ends too early"),
        (b"\x04\x89" + bytes(9), "more than 8 octets"),
        (b"\x1f\x81\x00", "more than one octet"),
        (b"\x30\x80" * 100, "nested too deeply"),
        (der.tlv(4, bytes((1 << 20) + 1)), "absurdly large"),
        (der.sequence(*[b"\x05\x00"] * 20_000), "too many elements"),
    ],
)
def test_what_is_no_ber(data: bytes, detail: str) -> None:
    with pytest.raises(BerError, match=detail):
        stream(data).node()


def test_elements_must_be_what_belongs_there() -> None:
    reader = stream(der.sequence(der.integer(1), der.integer(2)))
    reader.enter(0x30)
    with pytest.raises(BerError, match="found tag 02H where 04H belongs"):
        reader.node(4)
    with pytest.raises(BerError, match="more than belongs here"):
        reader.leave()
    with pytest.raises(BerError, match="missing"):
        stream(der.sequence()).node().child(0)
