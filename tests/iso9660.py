"""Small ISO 9660 volumes for tests, made in memory, and ways to break them on purpose."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Literal

from mediakit.formats import iso9660
from mediakit.formats.iso9660.volume import IsoRecord, IsoVolume
from mediakit.formats.tree import MediumView, VolumeFile, VolumeParameters, VolumeTree
from mediakit.model import BytesContent

CREATED = datetime(2026, 3, 4, 5, 6, 7, 890_000, timezone(timedelta(hours=-3, minutes=-30)))
PARAMETERS = VolumeParameters("CD1", CREATED, publisher="Städtische Klinik, 1", application="MEDIAKIT 0.1.0")

PVD = 16 * 2048
"""Where the Primary Volume Descriptor begins."""

FILES = {
    "README.TXT": b"Read me.\r\n",
    "DICOMDIR": b"D" * 3000,
    "DICOM/PA000001/IM000001": b"1" * 2048,
    "DICOM/PA000001/IM000002": b"2" * 5000,
    "DICOM/PA000002/IM000001": b"3" * 7,
}
"""A volume like those of `create`."""


def tree(files: Mapping[str, bytes]) -> VolumeTree:
    """The files, named by paths with slashes, in the order given."""
    return VolumeTree(
        tuple(VolumeFile(tuple(name.split("/")), BytesContent(data)) for name, data in files.items())
    )


def image(files: Mapping[str, bytes] = FILES, parameters: VolumeParameters = PARAMETERS) -> bytes:
    """The bytes of a volume with these files."""
    out = io.BytesIO()
    iso9660.write(iso9660.plan(tree(files), parameters), out)
    return out.getvalue()


def view(data: bytes) -> MediumView:
    """What the reader sees."""
    return iso9660.open(BytesContent(data))


def volume(data: bytes) -> IsoVolume:
    """The facts that the reader finds."""
    facts = view(data).facts
    assert isinstance(facts, IsoVolume)
    return facts


def contents(seen: MediumView) -> dict[str, bytes | None]:
    """The bytes of every file that the reader found, by path, in its order."""
    found: dict[str, bytes | None] = {}
    for file in seen.files:
        if file.content is None:
            found["/".join(file.path)] = None
        else:
            with file.content.open() as stream:
                found["/".join(file.path)] = stream.read()
    return found


def record(data: bytes, name: str) -> IsoRecord:
    """The Directory Record of a path in a valid image."""
    return next(each for each in volume(data).records if each.name == name)


def patched(data: bytes, *patches: tuple[int, bytes]) -> bytes:
    """A copy with other bytes at the given offsets."""
    changed = bytearray(data)
    for offset, replacement in patches:
        changed[offset : offset + len(replacement)] = replacement
    assert len(changed) == len(data)
    return bytes(changed)


def both32(number: int) -> bytes:
    """A number as recorded in both byte orders (ISO 9660 7.3.3)."""
    return number.to_bytes(4, "little") + number.to_bytes(4, "big")


LONG = FILES | {
    "Viewer/Start viewer.exe": b"MZ" * 900,
    "Viewer/Größe.html": b"<p>",
    "Viewer/empty file": b"",
}
"""The same volume with other content, whose names need Joliet and Rock Ridge."""


def joliet_record(data: bytes, name: str) -> int:
    """Where the record of a file begins in the Joliet tree of a valid image."""
    identifier = f"{name};1".encode("utf-16-be")
    at = data.index(bytes([len(identifier)]) + identifier) - 32
    assert data.find(identifier, at + 34 + len(identifier)) < 0
    return at


def raw_sectors(data: bytes, mode: int) -> bytes:
    """An image as raw sectors of 2,352 bytes (ECMA-130 14), the codes that correct errors left zero."""
    out = bytearray()
    for number in range(len(data) // 2048):
        minute, rest = divmod(number + 150, 75 * 60)
        address = bytes(int(str(each), 16) for each in (minute, *divmod(rest, 75)))
        head = (
            b"\0" + b"\xff" * 10 + b"\0" + address + bytes([mode]) + (b"\0\0\x08\0" * 2 if mode == 2 else b"")
        )
        out += (head + data[number * 2048 : number * 2048 + 2048]).ljust(2352, b"\0")
    return bytes(out)


def two_sessions(first: bytes, files: Mapping[str, bytes], start: int) -> bytes:
    """A copy of a disc: a session, the gap, and a session of these files from sector `start` on."""
    second = bytearray(image(files))
    found = volume(bytes(second))
    assert found.pvd is not None
    moved = [PVD + 156, *(each.offset for each in found.records)]
    for directory in {each.offset // 2048 * 2048 for each in found.records}:
        moved += [directory, directory + 34]
    for at in moved:
        second[at + 2 : at + 10] = both32(int.from_bytes(second[at + 2 : at + 6], "little") + start)
    tables: tuple[tuple[int, Literal["little", "big"]], ...] = (
        (found.pvd.location_of_type_l_path_table, "little"),
        (found.pvd.location_of_type_m_path_table, "big"),
    )
    for table, order in tables:
        at, end = table * 2048, table * 2048 + found.pvd.path_table_size.lsb
        while at < end:
            place = int.from_bytes(second[at + 2 : at + 6], order) + start
            second[at + 2 : at + 6] = place.to_bytes(4, order)
            at += (9 + second[at]) & ~1
    for at, (_, order) in zip((PVD + 140, PVD + 148), tables, strict=True):
        place = int.from_bytes(second[at : at + 4], order) + start
        second[at : at + 4] = place.to_bytes(4, order)
    return first.ljust(start * 2048, b"\0") + bytes(second)
