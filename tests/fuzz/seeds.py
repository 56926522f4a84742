"""Small sound media of every format, and the ways in which the fuzz of `verify` breaks them.

Everything follows from numbers: case 17 of `iso9660` is the same bytes on every machine. A case
that once failed is kept in `corpus.json`, as the patches that make it of its seed.
"""

from __future__ import annotations

import io
import json
import random
import struct
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from mediakit.formats import bridge
from tests import fat, iso9660, udf, zips
from tests.builders import FileSetFolder, ct, file_set
from tests.profile_sets.streams import SIZE, encapsulate, frame, grey, rle

CORPUS = Path(__file__).with_name("corpus.json")
_RLE, _JPEG_LOSSLESS = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.70"
_SMALL: Mapping[str, Any] = {"Rows": SIZE, "Columns": SIZE, "PixelData": None}
_NUMBERS = (0, 1, 2, 4, 8, 127, 128, 255, 256, 2047, 2048, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF)
_WORDS = (
    b"DICM", b"CD001", b"NSR02", b"PK\1\2", b"PK\3\4", b"PK\5\6", b"..", b"../", b"\0\0", b"\xff" * 8, b"SQ",
    b"UN", b"UL\4\0", b"\xfe\xff\x00\xe0\xff\xff\xff\xff", b"\xfe\xff\xdd\xe0\0\0\0\0", b"\x04\0\x20\x12",
    b"\r\n--", b"\r\n\r\n", b"MZ", b"/", b"\\", b"\x1b[31m",
)  # fmt: skip


_IMAGE = "DICOM/PA000001/ST000001/SE000001/IM000002"
FOLDER: Mapping[str, str] = {"dicomdir": "DICOMDIR", "ct": _IMAGE, "rle": _IMAGE, "jpeg": _IMAGE}
"""The kinds of which one file of a folder is broken, and which."""


def folder(kind: str, data: bytes | None = None) -> FileSetFolder:
    """The sound File-set of a kind in FOLDER, with that one file exchanged if there is `data`.

    Compressed images are in those of their own only: to decode one costs more than all the rest.
    """
    files = _file_set({"rle": _rle_coded, "jpeg": _jpeg_coded}.get(kind, ct)(2))
    return files if data is None else replace(files, files={**files.files, FOLDER[kind]: data})


@cache
def _file_set(second: bytes) -> FileSetFolder:
    return file_set((ct(1), second))


def _rle_coded(number: int) -> bytes:
    eight = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}
    return ct(number, transfer_syntax=_RLE, **eight, **_SMALL) + encapsulate([rle(grey(8))])


def _jpeg_coded(number: int) -> bytes:
    return ct(number, transfer_syntax=_JPEG_LOSSLESS, **_SMALL) + encapsulate([frame("grey12.4.70")])


@cache
def seeds() -> Mapping[str, bytes]:
    """A sound medium by the word of its kind, or the one file of a folder that is broken."""
    files = dict(_file_set(ct(2)).files)
    more = files | {"README.TXT": b"Read me.\r\n", "Viewer/Start here.html": b"<html>"}
    disc = iso9660.image(more)
    whole = io.BytesIO()
    bridge.write(bridge.plan(iso9660.tree(files), udf.PARAMETERS), whole)
    return {
        **{kind: folder(kind).files[path] for kind, path in FOLDER.items()},
        "iso9660": disc,
        "sessions": iso9660.two_sessions(disc, files, len(disc) // 2048 + 150),
        "raw-cd": iso9660.raw_sectors(disc, 1),
        "udf": udf.image(more),
        "udf-2.60": udf.image(files, "2.60"),
        "bridge": whole.getvalue(),
        "fat12": fat.image(more, replace(fat.PARAMETERS, clusters=(1,))),
        "fat16": fat.image(more, replace(fat.FAT16, partitioned=True))[: 1 << 21],
        "fat32": fat.image(more, fat.FAT32)[: 1 << 20],
        "zip": zips.archive(more),
        "mime": zips.message(files),
        "mail": zips.letter(more),
    }


@cache
def _places(kind: str) -> tuple[int, ...]:
    """Where the seed holds something: empty sectors are not worth breaking."""
    return tuple(n for n, byte in enumerate(seeds()[kind]) if byte)


def case(kind: str, number: int) -> bytes:
    """The seed of that kind with up to a dozen things wrong, the same ones for the same number."""
    dice = random.Random(f"{kind} {number}")
    data = bytearray(seeds()[kind])
    for _ in range(dice.choice((1, 1, 2, 3, 5, 12))):
        at = min(dice.choice(_places(kind)) + dice.choice((0, 0, -2, 1, 4)), len(data))
        _break(data, max(at, 0), dice)
    if dice.random() < 0.1:
        del data[dice.randrange(len(data) + 1) :]
    return bytes(data)


def _break(data: bytearray, at: int, dice: random.Random) -> None:
    kind = dice.randrange(8)
    if kind == 0:
        data[at : at + 1] = bytes([dice.randrange(256)])
    elif kind == 1:
        number, form = dice.choice(_NUMBERS), dice.choice(("<H", ">H", "<I", ">I", "<Q"))
        size = struct.calcsize(form)
        data[at : at + size] = struct.pack(form, number & (1 << 8 * size) - 1)
    elif kind == 2:
        word = dice.choice(_WORDS)
        data[at : at + len(word)] = word
    elif kind == 3:
        data[at : at + 1] = bytes([data[at] ^ 1 << dice.randrange(8)]) if at < len(data) else b""
    elif kind == 4:
        size, source = dice.choice((8, 32, 34, 512, 2048)), dice.randrange(len(data) + 1)
        moved = data[source : source + size]
        data[at : at + len(moved)] = moved
    elif kind == 5:
        size = dice.choice((1, 4, 64, 2048))
        data[at : at + size] = bytes(min(size, len(data) - at))
    elif kind == 6:
        data[at:at] = bytes(dice.choice((1, 2, 512)))
    else:
        del data[at : at + dice.choice((1, 2, 512))]


def corpus() -> list[tuple[str, bytes]]:
    """What once failed, and what shows a way through the code that nothing else does."""
    kept = json.loads(CORPUS.read_text(encoding="utf-8"))
    return [(f"{each['kind']} {each['number']}", case(each["kind"], each["number"])) for each in kept]
