"""Small UDF volumes for tests, made in memory, and ways to break them on purpose."""

from __future__ import annotations

import io
import struct
from binascii import crc_hqx
from collections.abc import Mapping
from dataclasses import replace

from mediakit.formats import udf
from mediakit.formats.tree import MediumView, VolumeParameters
from mediakit.formats.udf.layout import UdfLayout
from mediakit.formats.udf.volume import UdfVolume
from mediakit.model import BytesContent
from tests.iso9660 import CREATED, tree

REVISIONS = ("1.02", "1.50", "2.00", "2.01", "2.50", "2.60")
PARAMETERS = VolumeParameters(
    "DVD1", CREATED, publisher="Städtische Klinik", application="MEDIAKIT 0.1.0", unique=0x0123456789ABCDEF
)

FILES = {
    "README.TXT": b"Read me.\r\n",
    "DICOMDIR": b"D" * 3000,
    "DICOM/PA000001/IM000001": b"1" * 2048,
    "DICOM/PA000001/IM000002": b"2" * 5000,
    "DICOM/PA000002/IM000001": b"3" * 7,
}
"""A volume like those of `create`."""

BLOCK = 2048
PVD, IUVD, PD, LVD = (sector * BLOCK for sector in range(32, 36))
"""The main volume descriptors."""

PARTITION = {True: 288 * BLOCK, False: 272 * BLOCK}
"""Where the partition begins, with metadata and without."""


def layout(files: Mapping[str, bytes] = FILES, revision: str = "1.02") -> UdfLayout:
    """The plan of a volume with these files."""
    return udf.plan(tree(files), replace(PARAMETERS, udf=revision))


def image(files: Mapping[str, bytes] = FILES, revision: str = "1.02") -> bytes:
    """The bytes of a volume with these files."""
    out = io.BytesIO()
    udf.write(layout(files, revision), out)
    return out.getvalue()


def view(data: bytes) -> MediumView:
    """What the reader sees."""
    return udf.open(BytesContent(data))


def volume(data: bytes) -> UdfVolume:
    """The facts that the reader finds."""
    facts = view(data).facts
    assert isinstance(facts, UdfVolume)
    return facts


def entry(files: Mapping[str, bytes], name: str, revision: str = "1.02") -> int:
    """Where in the image the entry of a file or directory is; the main one, if there is a mirror."""
    planned = layout(files, revision)
    folders: list[str] = [""]
    paths = [tuple(each.split("/")) for each in files]
    for depth in range(1, 9):
        folders += sorted({"/".join(path[:depth]) for path in paths if len(path) > depth})
    number = folders.index(name) if name in folders else len(folders) + list(files).index(name)
    begin = planned.partition + (planned.metadata.main if planned.metadata else 0)
    return (begin + 2 + number) * BLOCK


def sealed(data: bytes, at: int, *patches: tuple[int, bytes]) -> bytes:
    """A copy with other bytes in the descriptor that begins there, and a tag that is right for them."""
    changed = bytearray(data)
    for offset, replacement in patches:
        changed[at + offset : at + offset + len(replacement)] = replacement
    (length,) = struct.unpack_from("<H", changed, at + 10)
    struct.pack_into("<H", changed, at + 8, crc_hqx(bytes(changed[at + 16 : at + 16 + length]), 0))
    changed[at + 4] = (sum(changed[at : at + 16]) - changed[at + 4]) & 0xFF
    assert len(changed) == len(data)
    return bytes(changed)


def identifier(data: bytes, name: str) -> int:
    """Where the first File Identifier Descriptor of that name begins."""
    return data.index(b"\x08" + name.encode("latin-1"), PARTITION[False]) - 38
