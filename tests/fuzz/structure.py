"""Where the numbers of a medium lie, so that a case can break what it means and not only its bytes.

Numbers of one group mean the same: to one of them the value of another is given, which makes cycles,
shared extents and crossed chains. Blocks of one kind change places. UDF's tags are made right again,
or nothing behind them would ever be looked at.
"""

from __future__ import annotations

import random
import re
import struct
from binascii import crc_hqx
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

_SECTOR = 2048
_SIZES = {"B": 1, "<H": 2, "<I": 4, "<Q": 8, ">H": 2, ">I": 4, "both16": 4, "both32": 8, "fat12": 2}
_EXTREMES = (0, 1, 2, 3, 16, 127, 128, 255, 256, 2047, 2048, 0x7FFF, 0xFFFF, 1 << 24, 0x7FFFFFFF, 0xFFFFFFFF)


class Number(NamedTuple):
    """A number on the medium; of two entries of a FAT12 that share a byte, `high` is the second."""

    form: str
    at: int
    high: bool = False


@dataclass(frozen=True)
class Structure:
    """Groups of numbers, kinds of blocks, and where descriptors with tags of ECMA-167 begin."""

    numbers: tuple[tuple[Number, ...], ...] = ()
    blocks: tuple[tuple[range, ...], ...] = ()
    tags: tuple[int, ...] = ()

    def __add__(self, other: Structure) -> Structure:
        return Structure(self.numbers + other.numbers, self.blocks + other.blocks, self.tags + other.tags)


def rearrange(data: bytearray, structure: Structure, dice: random.Random) -> None:
    """Give a few numbers other values or let a few blocks change places."""
    before = bytes(data)
    groups = [group for group in structure.numbers if group]
    kinds = [kind for kind in structure.blocks if kind]
    for _ in range(dice.choice((1, 1, 2, 3, 6))):
        if groups and (not kinds or dice.random() < 0.8):
            _renumber(data, dice.choice(groups), dice)
        elif kinds:
            _move(data, dice.choice(kinds), dice)
    if dice.random() < 0.9:
        for at in structure.tags:
            if data[at : at + 512] != before[at : at + 512]:
                _seal(data, at)


def _renumber(data: bytearray, group: tuple[Number, ...], dice: random.Random) -> None:
    number = dice.choice(group)
    old, other = _get(data, number), _get(data, dice.choice(group))
    values = (other, other, old + 1, old - 1, old ^ 1 << dice.randrange(32), dice.choice(_EXTREMES))
    _put(data, number, dice.choice(values))


def _get(data: bytearray, number: Number) -> int:
    form = {"both16": "<H", "both32": "<I", "fat12": "<H"}.get(number.form, number.form)
    (value,) = struct.unpack_from(form, data.ljust(number.at + 8, b"\0"), number.at)
    if number.form == "fat12":
        return int(value) >> 4 if number.high else int(value) & 0xFFF
    return int(value)


def _put(data: bytearray, number: Number, value: int) -> None:
    size = _SIZES[number.form]
    if number.at + size > len(data):
        return
    if number.form.startswith("both"):
        half = size // 2
        value &= (1 << 8 * half) - 1
        data[number.at : number.at + size] = value.to_bytes(half, "little") + value.to_bytes(half, "big")
    elif number.form == "fat12":
        (word,) = struct.unpack_from("<H", data, number.at)
        word = word & 0xF | (value & 0xFFF) << 4 if number.high else word & 0xF000 | value & 0xFFF
        struct.pack_into("<H", data, number.at, word)
    else:
        struct.pack_into(number.form, data, number.at, value & (1 << 8 * size) - 1)


def _move(data: bytearray, kind: tuple[range, ...], dice: random.Random) -> None:
    first, second = sorted((dice.choice(kind), dice.choice(kind)), key=lambda each: each.start)
    one, two = bytes(data[first.start : first.stop]), bytes(data[second.start : second.stop])
    how = dice.randrange(3)
    if first.stop > second.start or how == 2:
        data[second.start : second.stop] = bytes(len(second))
    else:
        data[second.start : second.stop] = one
        if how == 0:
            data[first.start : first.stop] = two


def _seal(data: bytearray, at: int) -> None:
    """Make checksum and CRC of a descriptor right (ECMA-167 3/7.2)."""
    if at + 16 > len(data):
        return
    (length,) = struct.unpack_from("<H", data, at + 10)
    struct.pack_into("<H", data, at + 8, crc_hqx(bytes(data[at + 16 : at + 16 + length]), 0))
    data[at + 4] = (sum(data[at : at + 16]) - data[at + 4]) & 0xFF


def of_iso9660(data: bytes) -> Structure:
    """Volume Descriptors, path tables and Directory Records of all trees and sessions (ISO 9660 6 to 9)."""
    descriptors = [at for at in range(0, len(data) - 2047, _SECTOR) if data[at + 1 : at + 6] == b"CD001"]
    trees = [at for at in descriptors if data[at] in (1, 2)]
    records: list[int] = []
    tables: list[int] = []
    for at in trees:
        records += _iso_records(data, at + 156)
        tables += _path_table(data, at)
    numbers = {
        ("both32", 2): records, ("both32", 10): records, ("B", 0): records, ("B", 1): records,
        ("B", 25): records, ("B", 26): records, ("B", 27): records, ("both16", 28): records,
        ("B", 32): records, ("both32", 80): trees, ("both16", 120): trees, ("both16", 124): trees,
        ("both16", 128): trees, ("both32", 132): trees, ("<I", 140): trees, ("<I", 144): trees,
        (">I", 148): trees, (">I", 152): trees, ("<H", 0): descriptors, ("B", 6): descriptors,
        ("B", 881): trees, ("B", 88): trees, ("<H", 6): tables, ("<I", 2): tables,
    }  # fmt: skip
    groups = [tuple(Number(form, at + offset) for at in places) for (form, offset), places in numbers.items()]
    # Everything that Rock Ridge says: its fields lie behind the names (SUSP 4.1).
    groups += [tuple(Number("B", at) for record in records for at in _system_use(data, record))]
    directories = {at // _SECTOR * _SECTOR for at in records if at not in {each + 156 for each in trees}}
    sectors = tuple(range(at, at + _SECTOR) for at in sorted(directories | set(descriptors)))
    return Structure(tuple(groups), (sectors,))


def _iso_records(data: bytes, root: int) -> Iterator[int]:
    """Where the Directory Records are, from that of the root on."""
    yield root
    waiting, seen = [root], set[int]()
    while waiting:
        at = waiting.pop()
        place, size = struct.unpack_from("<I4xI", data, at + 2)
        if place in seen or place * _SECTOR + size > len(data):
            continue
        seen.add(place)
        inside, end = place * _SECTOR, place * _SECTOR + size
        while inside < end:
            if data[inside] == 0:
                inside = (inside // _SECTOR + 1) * _SECTOR
                continue
            yield inside
            if data[inside + 25] & 2:
                waiting.append(inside)
            inside += data[inside]


def _path_table(data: bytes, descriptor: int) -> Iterator[int]:
    (size,), (place,) = (
        struct.unpack_from("<I", data, descriptor + 132),
        struct.unpack_from("<I", data, descriptor + 140),
    )
    at = place * _SECTOR
    while at < place * _SECTOR + size:
        yield at
        at += (9 + data[at]) & ~1


def _system_use(data: bytes, record: int) -> range:
    return range(record + (34 + data[record + 32]) // 2 * 2, record + data[record])


def of_raw_cd(data: bytes) -> Structure:
    """The headers of raw sectors: the address and the mode (ECMA-130 14)."""
    heads = range(16 * 2352, len(data), 2352)
    parts = [tuple(Number("B", at + offset) for at in heads) for offset in (0, 11, 12, 13, 14, 15, 18)]
    return Structure(tuple(parts), (tuple(range(at, at + 2352) for at in heads),))


def of_udf(data: bytes) -> Structure:
    """Every word of every descriptor with a tag that is right (ECMA-167 3/7.2)."""
    tags = [at for at in range(0, len(data) - 15, 4) if _is_tag(data, at)]
    words: dict[int, list[Number]] = {}
    for at in tags:
        # Words of one kind of descriptor, and of these the ones that hold something.
        kind, length = struct.unpack_from("<H8xH", data, at)
        for offset in range(16, 16 + min(length, 496), 4):
            if any(data[at + offset : at + offset + 4]) or offset % 16 == 0:
                words.setdefault(kind, []).append(Number("<I", at + offset))
                words.setdefault(kind | 1 << 16, []).append(Number("<H", at + offset + 2))
    kinds = tuple(tuple(Number("<H", at + offset) for at in tags) for offset in (0, 2, 10))
    places = tuple(Number("<I", at + 12) for at in tags)
    blocks = tuple(range(at, at + _SECTOR) for at in tags if at % _SECTOR == 0)
    identifiers = [at for at in tags if data[at] == 1 and data[at + 1] == 1]
    more = tuple(
        tuple(Number(form, at + offset) for at in identifiers)
        for form, offset in (("B", 18), ("B", 19), ("<I", 20), ("<I", 24), ("<H", 28), ("<H", 36), ("B", 38))
    )
    return Structure((*map(tuple, words.values()), *kinds, places, *more), (blocks,), tuple(tags))


def _is_tag(data: bytes, at: int) -> bool:
    head = data[at : at + 16]
    if not 1 <= head[0] <= 266 - 256 * head[1] or (sum(head) - head[4]) & 0xFF != head[4]:
        return False
    checksum, length = struct.unpack_from("<8xHH", head)
    return bool(length) and crc_hqx(data[at + 16 : at + 16 + length], 0) == checksum


def of_fat(data: bytes) -> Structure:
    """Partition table, boot sector, FSInfo, the FATs, and directory entries (FAT specification)."""
    partitioned = data[:1] not in (b"\xeb", b"\xe9")
    start = struct.unpack_from("<I", data, 454)[0] * 512 if partitioned else 0
    sector, reserved, fats, fat16 = struct.unpack_from("<HxHB5xH", data, start + 11)
    fat = fat16 or struct.unpack_from("<I", data, start + 36)[0]
    boot = [("<H", 11), ("B", 13), ("<H", 14), ("B", 16), ("<H", 17), ("<H", 19), ("B", 21), ("<H", 22),
            ("<I", 28), ("<I", 32), ("<I", 36), ("<H", 40), ("<I", 44), ("<H", 48), ("<H", 50),
            ("B", 0)]  # fmt: skip
    groups: list[tuple[Number, ...]] = [(Number(form, start + offset),) for form, offset in boot]
    for entry in range(446, 510, 16) if partitioned else ():
        groups += [
            (Number("B", entry), Number("B", entry + 4)),
            (Number("<I", entry + 8), Number("<I", entry + 12)),
        ]
    links: list[Number] = []
    for table in (start + (reserved + n * fat) * sector for n in range(fats)):
        if not fat16:
            links += [Number("<I", table + 4 * n) for n in range(64)]
        elif b"FAT12" in data[start : start + 512]:
            links += [Number("fat12", table + n * 3 // 2, bool(n % 2)) for n in range(200)]
        else:
            links += [Number("<H", table + 2 * n) for n in range(64)]
    entries = list(_fat_entries(data, start + (reserved + fats * fat) * sector))
    places = {("<H", 26), ("<H", 20), ("<I", 28), ("B", 11), ("B", 0), ("B", 13), ("B", 12), ("<H", 24)}
    groups += [tuple(Number(form, at + offset) for at in entries) for form, offset in sorted(places)]
    return Structure((tuple(links), *groups), (tuple(range(at, at + 32) for at in entries),))


def _fat_entries(data: bytes, area: int) -> Iterator[int]:
    """Whatever looks like an entry in the root directory or a cluster behind it."""
    for at in range(area, min(len(data), area + (1 << 17)), 32):
        name, attributes = data[at : at + 11], data[at + 11]
        if attributes == 0x0F or (
            re.fullmatch(rb"[A-Z0-9_. ~]{11}", name) and attributes in (0x08, 0x10, 0x20)
        ):
            yield at


def of_zip(data: bytes) -> Structure:
    """The fields of all headers (APPNOTE 4.3)."""
    fields = {
        b"PK\1\2": (("<H", 6), ("<H", 8), ("<H", 10), ("<I", 16), ("<I", 20), ("<I", 24), ("<H", 28),
                    ("<H", 30), ("<H", 32), ("<H", 34), ("<I", 38), ("<I", 42)),
        b"PK\3\4": (("<H", 6), ("<H", 8), ("<I", 14), ("<I", 18), ("<I", 22), ("<H", 26), ("<H", 28)),
        b"PK\5\6": (("<H", 4), ("<H", 6), ("<H", 8), ("<H", 10), ("<I", 12), ("<I", 16), ("<H", 20)),
    }  # fmt: skip
    groups, kinds = [], []
    for signature, of in fields.items():
        places = [found.start() for found in re.finditer(re.escape(signature), data)]
        groups += [tuple(Number(form, at + offset) for at in places) for form, offset in of]
        ends = [*places[1:], len(data)]
        kinds.append(tuple(range(at, end) for at, end in zip(places, ends, strict=True)))
    return Structure(tuple(groups), tuple(kinds))


def of_text(data: bytes) -> Structure:
    """The lines of a message, of which headers and boundaries are most; long runs of base64 count little."""
    ends = [found.end() for found in re.finditer(rb"\r\n", data)]
    lines = [range(start, end) for start, end in zip([0, *ends], ends, strict=False)]
    headers = tuple(
        line for line in lines if b":" in data[line.start : line.stop] or data[line.start] in b"-\r \t"
    )
    characters = tuple(Number("B", at) for line in headers for at in line)
    return Structure((characters,), (headers, headers, tuple(lines)))


def of_dicom(data: bytes) -> Structure:
    """Lengths, tags and VRs of the elements of an Explicit VR Little Endian file, offsets of its records."""
    lengths: dict[str, list[Number]] = {"<H": [], "<I": []}
    offsets, tags, items = [], [], []
    at, pixels = 132, False
    while at + 8 <= len(data):
        group, number, vr, short = struct.unpack_from("<HH2sH", data, at)
        tags.append(at)
        if group == 0xFFFE:
            lengths["<I"].append(Number("<I", at + 4))
            items.append(at)
            at += 8 + (struct.unpack_from("<I", data, at + 4)[0] if pixels and number == 0xE000 else 0)
            continue
        long = vr in (b"OB", b"OW", b"SQ", b"UN", b"UT", b"UC", b"OF", b"UR")
        lengths["<I" if long else "<H"].append(Number("<I" if long else "<H", at + (8 if long else 6)))
        if group == 4 and vr == b"UL":
            offsets.append(Number("<I", at + 8))
        size = struct.unpack_from("<I", data, at + 8)[0] if long else short
        pixels = pixels or (group == 0x7FE0 and size == 0xFFFFFFFF)
        at += (12 if long else 8) + (0 if vr == b"SQ" or size == 0xFFFFFFFF else size)
    vrs = tuple(Number("<H", at + 4) for at in tags)
    elements = tuple(Number("<I", at) for at in tags)
    blocks = [range(start, end) for start, end in pairwise(tags)]
    records = [range(start, end) for start, end in pairwise(items)]
    groups = (tuple(offsets), tuple(offsets), *map(tuple, lengths.values()), vrs, elements)
    return Structure(groups, (tuple(blocks), tuple(records)))


def of_ber(data: bytes) -> Structure:
    """Tags and lengths of an envelope, constructed ones entered (X.690 8.1)."""
    tags, lengths, at = [], [], 0
    while at + 2 <= len(data):
        tag, length = data[at], data[at + 1]
        tags.append(Number("B", at))
        lengths.append(Number("B", at + 1))
        count = length & 0x7F if length & 0x80 else 0
        lengths += [Number("B", at + 2 + n) for n in range(min(count, 8))]
        size = int.from_bytes(data[at + 2 : at + 2 + count]) if count else length & 0x7F
        at += 2 + count + (0 if tag & 0x20 else size)
    starts = [each.at for each in tags]
    blocks = [range(start, end) for start, end in pairwise(starts)]
    return Structure((tuple(tags), tuple(lengths)), (tuple(blocks),))
