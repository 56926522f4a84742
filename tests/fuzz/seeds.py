"""Small sound media of every format, and the ways in which the fuzz of `verify` breaks them.

Everything follows from numbers: case 17 of `iso9660` is the same bytes on every machine. Two of three
cases break what the format means (`structure`), the others any bytes.
"""

from __future__ import annotations

import io
import random
import struct
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from mediakit.formats import bridge
from mediakit.protection import Access
from mediakit.secure.envelope import Envelope
from mediakit.secure.oids import AES_256, DIGESTED_DATA
from mediakit.smime import SecureMail
from tests import fat, iso9660, secure, udf, zips
from tests.builders import FileSetFolder, ct, file_set
from tests.fuzz import structure
from tests.fuzz.structure import Structure, rearrange
from tests.profile_sets.streams import SIZE, encapsulate, frame, grey, rle

_RLE, _JPEG_LOSSLESS = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.70"
_SMALL: Mapping[str, Any] = {"Rows": SIZE, "Columns": SIZE, "PixelData": None}
_NUMBERS = (0, 1, 2, 4, 8, 127, 128, 255, 256, 2047, 2048, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF)
_WORDS = (
    b"DICM", b"CD001", b"NSR02", b"PK\1\2", b"PK\3\4", b"PK\5\6", b"..", b"../", b"\0\0", b"\xff" * 8, b"SQ",
    b"UN", b"UL\4\0", b"\xfe\xff\x00\xe0\xff\xff\xff\xff", b"\xfe\xff\xdd\xe0\0\0\0\0", b"\x04\0\x20\x12",
    b"\r\n--", b"\r\n\r\n", b"MZ", b"/", b"\\", b"\x1b[31m",
)  # fmt: skip


_IMAGE = "DICOM/PA000001/ST000001/SE000001/IM000002"
FOLDER: Mapping[str, str] = {
    "dicomdir": "DICOMDIR",
    **dict.fromkeys(("ct", "rle", "jpeg", "secure", "secure-inside"), _IMAGE),
}
"""The kinds of which one file of a folder is broken, and which."""

_STRUCTURES: Mapping[str, Callable[[bytes], Structure]] = {
    "dicomdir": structure.of_dicom, "ct": structure.of_dicom, "rle": structure.of_dicom,
    "jpeg": structure.of_dicom, "secure": structure.of_ber, "secure-inside": structure.of_ber,
    "iso9660": structure.of_iso9660, "sessions": structure.of_iso9660, "raw-cd": structure.of_raw_cd,
    "raw-cd-2": structure.of_raw_cd,
    "bridge": lambda data: structure.of_iso9660(data) + structure.of_udf(data),
    "fat12": structure.of_fat, "fat16": structure.of_fat, "fat32": structure.of_fat, "zip": structure.of_zip,
    "zip-deflated": structure.of_zip, "mime": structure.of_text, "mail": structure.of_text,
    "secure-mail": structure.of_text,
    **{f"udf-{revision}": structure.of_udf for revision in udf.REVISIONS},
}  # fmt: skip

ACCESS = Access(password=secure.PASSWORD, trust=(secure.pem("ca"),), at=secure.NOW)
"""What opens the secure media: a password, since RSA encrypts the same key to other bytes each time."""


def folder(kind: str, data: bytes | None = None) -> FileSetFolder:
    """The sound File-set of a kind in FOLDER, with that one file exchanged if there is `data`.

    Compressed images are in those of their own only: to decode one costs more than all the rest.
    """
    files = _file_set({"rle": _rle_coded, "jpeg": _jpeg_coded}.get(kind, ct)(2))
    if kind.startswith("secure"):
        files = _sealed()
        if kind == "secure-inside":  # who knows the password can put anything inside
            clear = seeds()[kind] if data is None else data
            data = secure.enveloped(clear, DIGESTED_DATA, infos=_recipient(), version=3)
    return files if data is None else replace(files, files={**files.files, FOLDER[kind]: data})


@cache
def _envelope() -> Envelope:
    return secure.envelope(recipients=(), signers=("signer1",), word=secure.password())


@cache
def _sealed() -> FileSetFolder:
    files = _file_set(ct(2)).files
    return FileSetFolder({path: secure.sealed(data, _envelope()) for path, data in files.items()})


@cache
def _recipient() -> bytes:
    """Who may open what `secure.enveloped` encrypts."""
    random = secure.fixed(b"foreign")
    return _envelope().recipient_infos(random(AES_256.key_size), random)


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
    inside = {"secure-inside": secure.digested(files[_IMAGE])}
    return {
        **{kind: inside.get(kind) or folder(kind).files[path] for kind, path in FOLDER.items()},
        "iso9660": disc,
        "sessions": iso9660.two_sessions(disc, files, len(disc) // 2048 + 150),
        "raw-cd": iso9660.raw_sectors(disc, 1),
        "raw-cd-2": iso9660.raw_sectors(disc, 2),
        **{f"udf-{revision}": udf.image(more, revision) for revision in udf.REVISIONS},
        "bridge": whole.getvalue(),
        "fat12": fat.image(more, replace(fat.PARAMETERS, clusters=(1,))),
        "fat16": fat.image(more, replace(fat.FAT16, partitioned=True))[: 1 << 21],
        "fat32": fat.image(more, fat.FAT32)[: 1 << 20],
        "zip": zips.archive(more),
        "zip-deflated": zips.zipped(more),
        "mime": zips.message(files),
        "mail": zips.letter(more),
        "secure-mail": _secure_mail(more),
    }


def _secure_mail(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    writer = SecureMail(_envelope(), secure.fixed())
    writer.write(writer.plan(iso9660.tree(files), zips.PARAMETERS), out)
    return out.getvalue()


@cache
def _places(kind: str) -> tuple[int, ...]:
    """Where the seed holds something: empty sectors are not worth breaking."""
    return tuple(n for n, byte in enumerate(seeds()[kind]) if byte)


@cache
def structure_of(kind: str) -> Structure:
    """Where the numbers and blocks of the seed lie."""
    return _STRUCTURES[kind](seeds()[kind])


def case(kind: str, number: int) -> bytes:
    """The seed of that kind with up to a dozen things wrong, the same ones for the same number."""
    dice = random.Random(f"{kind} {number}")
    if kind.startswith("raw-cd") and number % 2:  # what is wrong with the disc itself, in raw sectors
        return iso9660.raw_sectors(case("iso9660", number), 1 + (kind == "raw-cd-2"))
    data = bytearray(seeds()[kind])
    how = number % 3
    if how:
        rearrange(data, structure_of(kind), dice)
    if how != 1:
        _scratch(data, kind, dice)
    if dice.random() < 0.1:
        del data[dice.randrange(len(data) + 1) :]
    return bytes(data)


def _scratch(data: bytearray, kind: str, dice: random.Random) -> None:
    for _ in range(dice.choice((1, 1, 2, 3, 5, 12))):
        at = min(dice.choice(_places(kind)) + dice.choice((0, 0, -2, 1, 4)), len(data))
        _break(data, max(at, 0), dice)


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
