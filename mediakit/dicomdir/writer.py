"""Directory Records -> the bytes of a DICOMDIR (PS3.10 8.6, PS3.3 F.3.2).

Two passes: the first writes every item with empty offsets and so learns where each lies, the
second fills the offsets in; they have a fixed size and a fixed place in the item. The same
records give the same bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from ..dicomfile import MEDIA_STORAGE_DIRECTORY, encode_element, encode_file, file_meta
from ..model import DirectoryRecord, Element, Member

_OFFSET = struct.Struct("<I")
_ITEM = struct.Struct("<HHI")
_SEQUENCE = struct.Struct("<HH2s2xI")
_NO_OFFSET = bytes(4)
_IN_USE = b"\xff\xff"
_RELATED_GENERAL_SOP_CLASS = 0x0008001A
_REMEMBERED = 4096
_UNIQUE = frozenset((0x00041500, 0x00041511, 0x0020000D, 0x0020000E))
"""File IDs and UIDs are encoded once each, so nothing is gained by remembering them."""

_tag = attrgetter("tag")

_LINKS = (
    encode_element(0x00041400, "UL", _NO_OFFSET)
    + encode_element(0x00041410, "US", _IN_USE)
    + encode_element(0x00041420, "UL", _NO_OFFSET)
)
"""How every item begins; both offsets lie at fixed distances from the item's tag."""

_NEXT_AT, _LOWER_AT = 8 + 8, 8 + len(_LINKS) - 4


@dataclass(slots=True)
class _Placed:
    """A record in its place: the number of the next one in its entity and of its first child."""

    record: DirectoryRecord
    next: int | None = None
    lower: int | None = None
    offset: int = 0


def encode_dicomdir(
    records: Sequence[DirectoryRecord],
    file_set_id: str,
    file_set_uid: str,
    descriptor: Sequence[str] = (),
) -> bytes:
    """A complete DICOMDIR file with these records, parents before their children.

    `descriptor` are the components of the File-set Descriptor File ID. Raises ValueError
    when a record refers to a file without an instance, for text outside ASCII in IDs, and
    beyond 4 GiB, which no offset can reach.
    """
    placed = list(_flatten(records))
    # PS3.3 F.3.2.2: offsets count from the first byte of the File-set's DICOMDIR file.
    out = bytearray(encode_file(file_meta(MEDIA_STORAGE_DIRECTORY, file_set_uid), b""))
    out += encode_element(0x00041130, "CS", file_set_id.encode("ascii"))
    if descriptor:
        out += encode_element(0x00041141, "CS", "\\".join(descriptor).encode("ascii"))
    roots = len(out) + 8, len(out) + 20
    out += encode_element(0x00041200, "UL", _NO_OFFSET) + encode_element(0x00041202, "UL", _NO_OFFSET)
    out += encode_element(0x00041212, "US", b"\0\0")
    start = len(out) + _SEQUENCE.size
    out += _SEQUENCE.pack(0x0004, 0x1220, b"SQ", 0)
    encoded: dict[Element, bytes] = {}
    for each in placed:
        each.offset = len(out)
        out += _item(each.record, encoded)
    if len(out) > 0xFFFFFFFF:
        raise ValueError(f"a DICOMDIR of {len(out)} bytes is beyond the reach of its offsets")
    _SEQUENCE.pack_into(out, start - _SEQUENCE.size, 0x0004, 0x1220, b"SQ", len(out) - start)
    _fill_in(out, placed, roots)
    return bytes(out)


def _flatten(records: Sequence[DirectoryRecord]) -> list[_Placed]:
    """All records depth first, linked by their numbers; a loop, for records may lie deep."""
    placed: list[_Placed] = []
    entities: list[tuple[_Placed | None, Iterator[DirectoryRecord]]] = [(None, iter(records))]
    while entities:
        before, waiting = entities.pop()
        record = next(waiting, None)
        if record is None:
            continue
        here = _Placed(record)
        if before is not None:
            before.next = len(placed)
        placed.append(here)
        entities.append((here, waiting))
        if record.children:
            here.lower = len(placed)
            entities.append((None, iter(record.children)))
    return placed


def _item(record: DirectoryRecord, encoded: dict[Element, bytes]) -> bytes:
    """One item with defined length and empty offsets, its elements in tag order.

    `encoded` remembers elements of the records before, which repeat most of them.
    """
    elements = [Element(0x00041430, "CS", record.type.encode("ascii")), *record.keys]
    if record.member:
        elements += _reference(record.member)
    elements.sort(key=_tag)
    parts = [_LINKS]
    for element in elements:
        found = encoded.get(element)
        if found is None:
            found = encode_element(*element)
            if element.tag not in _UNIQUE and len(encoded) < _REMEMBERED:
                encoded[element] = found
        parts.append(found)
    dataset = b"".join(parts)
    return _ITEM.pack(0xFFFE, 0xE000, len(dataset)) + dataset


def _reference(member: Member) -> Iterator[Element]:
    """The elements that name the file and its instance, which are there all or none (F.3.2.2)."""
    instance = member.instance
    if instance is None:
        raise ValueError(f"{member.file_id} holds no instance, so no record may refer to it")
    yield Element(0x00041500, "CS", "\\".join(member.file_id.components).encode("ascii"))
    yield Element(0x00041510, "UI", instance.sop_class.encode("ascii"))
    yield Element(0x00041511, "UI", instance.sop_instance.encode("ascii"))
    yield Element(0x00041512, "UI", instance.transfer_syntax.encode("ascii"))
    if related := instance.keys.raw(_RELATED_GENERAL_SOP_CLASS):
        yield Element(0x0004151A, "UI", related)


def _fill_in(out: bytearray, placed: Sequence[_Placed], roots: tuple[int, int]) -> None:
    """Write every offset into its place."""
    for each in placed:
        if each.next is not None:
            _OFFSET.pack_into(out, each.offset + _NEXT_AT, placed[each.next].offset)
        if each.lower is not None:
            _OFFSET.pack_into(out, each.offset + _LOWER_AT, placed[each.lower].offset)
    if placed:
        last, first = placed[0], placed[0]
        while last.next is not None:
            last = placed[last.next]
        _OFFSET.pack_into(out, roots[0], first.offset)
        _OFFSET.pack_into(out, roots[1], last.offset)
