"""Small FAT volumes for tests, made in memory, and ways to break them on purpose."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from mediakit.formats import fat
from mediakit.formats.fat.layout import FatLayout
from mediakit.formats.fat.volume import FatEntry, FatVolume
from mediakit.formats.tree import MediumView, VolumeParameters
from mediakit.model import BytesContent
from tests.trees import volume_tree

CREATED = datetime(2026, 3, 4, 5, 6, 7, 890_000, timezone(timedelta(hours=-3, minutes=-30)))
PARAMETERS = VolumeParameters(
    "PATIENT_12345", CREATED, unique=0x0123456789ABCDEF, fat=(12,), partitioned=False
)
FAT16, FAT32 = replace(PARAMETERS, fat=(16,)), replace(PARAMETERS, fat=(32,))

FILES = {
    "README.TXT": b"Read me.\r\n",
    "DICOMDIR": b"D" * 3000,
    "DICOM/PA000001/IM000001": b"1" * 512,
    "DICOM/PA000001/IM000002": b"2" * 1500,
    "DICOM/EMPTY": b"",
    "Viewer/Start here.html": b"<html>",
}
"""A volume like those of `create`."""

PARTITION = 1 << 20


def image(files: Mapping[str, bytes] = FILES, parameters: VolumeParameters = PARAMETERS) -> bytes:
    """The bytes of a volume with these files."""
    out = io.BytesIO()
    fat.write(layout(files, parameters), out)
    return out.getvalue()


def layout(files: Mapping[str, bytes] = FILES, parameters: VolumeParameters = PARAMETERS) -> FatLayout:
    """The plan of it."""
    return fat.plan(volume_tree(dict(files)), parameters)


def view(data: bytes) -> MediumView:
    """What the reader sees."""
    return fat.open(BytesContent(data))


def volume(data: bytes) -> FatVolume:
    """The facts that the reader finds."""
    facts = view(data).facts
    assert isinstance(facts, FatVolume)
    return facts


def kinds(data: bytes) -> list[str]:
    """The kinds of oddities that the reader finds, in its order."""
    return [odd.kind for odd in volume(data).oddities]


def entry(data: bytes, name: str) -> FatEntry:
    """The directory entry of a path in a valid image."""
    return next(each for each in volume(data).entries if each.name == name)


def cluster_of(data: bytes, name: str) -> int:
    """The first cluster of a path in a valid image."""
    found = entry(data, name).entry
    return found.cluster_high << 16 | found.cluster_low


def patched(data: bytes, *patches: tuple[int, bytes]) -> bytes:
    """A copy with other bytes at the given offsets."""
    changed = bytearray(data)
    for offset, replacement in patches:
        changed[offset : offset + len(replacement)] = replacement
    assert len(changed) == len(data)
    return bytes(changed)


def chained(data: bytes, *links: tuple[int, int], both: bool = True) -> bytes:
    """A copy of an unpartitioned FAT16 or FAT32 image in which clusters lead to other ones."""
    geometry = volume(data).geometry
    assert geometry
    code, size = ("<H", 2) if geometry.width == 16 else ("<I", 4)
    places = [(geometry.reserved + n * geometry.fat) * geometry.sector for n in range(2 if both else 1)]
    patches = [(at + size * cluster, struct.pack(code, next)) for at in places for cluster, next in links]
    return patched(data, *patches)
