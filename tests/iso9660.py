"""Small ISO 9660 volumes for tests, made in memory, and ways to break them on purpose."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

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
