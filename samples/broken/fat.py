"""FAT: a volume, broken in one thing (PS3.12 Annexes A, M, and Q to U)."""

from __future__ import annotations

import struct
from dataclasses import replace

from mediakit.profile.load import media
from mediakit.read import FileSetView, FileView
from tests.builders import ct, instance
from tests.fat import (
    FAT16,
    FAT32,
    PARAMETERS,
    PARTITION,
    chained,
    cluster_of,
    entry,
    image,
    patched,
    view,
)

VALID, VALID32 = image(parameters=FAT16), image(parameters=FAT32)
PARTITIONED = image(parameters=replace(FAT32, partitioned=True))
IM1, IM2 = "DICOM/PA000001/IM000001", "DICOM/PA000001/IM000002"
ONE, TWO = cluster_of(VALID, IM1), cluster_of(VALID, IM2)
END = 0xFFFF
LEFT_OVER = "a chain, or what remains of one, belongs to nobody"
BACKUP = "FSInfo or the backup still has the old number"


def in_entry(at: int, data: bytes, name: str = IM1, of: bytes = VALID) -> bytes:
    """The volume with other bytes in a file's directory entry."""
    return patched(of, (entry(of, name).offset + at, data))


def in_table(at: int, data: bytes, of: bytes = PARTITIONED) -> bytes:
    return patched(of, (446 + at, data))


def second_partition() -> bytes:
    """The entry of the partition moved to the second place, behind one of another system."""
    mine = PARTITIONED[446:462]
    other = mine[:4] + b"\x83" + mine[5:8] + struct.pack("<II", 1, 2047)
    return in_table(0, other + mine)


def with_gpt() -> bytes:
    """The same volume behind a protective partition table and a GUID Partition Table."""
    header = b"EFI PART" + bytes(64) + struct.pack("<QII", 2, 128, 128)
    row = b"\x01" * 16 + bytes(16) + struct.pack("<QQ", 2048, 9999)
    efi = bytes.fromhex("28732ac11ff8d211ba4b00a0c93ec93b") + bytes(16) + struct.pack("<QQ", 34, 2047)
    data = in_table(4, b"\xee")
    return patched(data, (512, header), (1024, efi.ljust(128, b"\0") + row))


def foreign(name: bytes, of: bytes = VALID) -> bytes:
    return patched(of, (3, name))


BROKEN: list[tuple[str, bytes, dict[str, str]]] = [
    # (rule, the broken volume, further findings that its defect implies, each with why)
    ("FAT-001", second_partition(), {}),
    ("FAT-002", foreign(b"EXFAT   "), {}),
    ("FAT-002", foreign(b"NTFS    "), {}),
    ("FAT-002", patched(PARTITIONED, (PARTITION + 3, b"EXFAT   ")), {}),
    ("FAT-004", in_entry(11, b"\x22"), {}),
    ("FAT-004", in_entry(11, b"\x24"), {}),
    ("FAT-005", with_gpt(), {}),
    ("FAT-006", in_table(4, b"\x07"), {}),
    ("FAT-006", in_table(4, b"\x06"), {}),
    ("FAT-006", patched(PARTITIONED, (PARTITION + 28, bytes(4))), {"FAT-015": BACKUP}),  # hidden sectors
    ("FAT-006", in_table(12, struct.pack("<I", 5)), {}),
    ("FAT-007", VALID[:-512], {}),
    ("FAT-008", in_entry(26, struct.pack("<H", 60_000)), {"FAT-011": LEFT_OVER}),
    ("FAT-008", chained(VALID, (TWO, 60_000)), {"FAT-011": LEFT_OVER}),
    ("FAT-009", chained(VALID, (TWO, 0)), {"FAT-011": LEFT_OVER}),
    ("FAT-009", chained(VALID, (TWO, END)), {"FAT-011": LEFT_OVER}),
    ("FAT-009", chained(VALID, (TWO, 0xFFF7)), {"FAT-011": LEFT_OVER}),
    ("FAT-009", chained(VALID, (TWO + 1, TWO)), {"FAT-011": LEFT_OVER}),
    ("FAT-009", chained(VALID, (ONE, TWO)), {}),
    ("FAT-009", in_entry(28, struct.pack("<I", 500), IM2), {"FAT-011": LEFT_OVER}),
    ("FAT-009", chained(VALID, (cluster_of(VALID, "DICOM"), 0)), {"FAT-011": LEFT_OVER}),
    ("FAT-010", chained(VALID, (4000, END), both=False), {"FAT-011": LEFT_OVER}),
    ("FAT-011", chained(VALID, (4000, END)), {}),
    ("FAT-012", patched(VALID32, (32, struct.pack("<I", 60_000))), {"FAT-015": BACKUP}),
    ("FAT-013", in_entry(0, b"IM000002"), {"FAT-011": LEFT_OVER}),
    ("FAT-014", patched(VALID, (entry(VALID, IM1).offset - 64 + 26, b"\x77")), {}),
    ("FAT-014", in_entry(0, b"X", "Viewer/Start here.html"), {}),
    ("FAT-015", patched(VALID32, (512 + 488, b"\0\0\0\0")), {}),
    ("FAT-015", patched(VALID32, (512, b"x")), {}),
    ("FAT-015", patched(VALID32, (6 * 512 + 3, b"x")), {}),
    ("FAT-015", patched(VALID32, (0, bytes(512))), {}),
]  # fmt: skip


def as_file_set(data: bytes, *dicom: str) -> FileSetView:
    """The volume as a File-set, of which these files are instances."""
    seen = view(data)
    one = instance(ct())
    files = {
        each.path: FileView(each.path, each.size, each.content, one if "/".join(each.path) in dicom else None)
        for each in seen.files
    }
    return FileSetView((seen,), files, (("DICOMDIR",),), ("DICOMDIR",), None, ())


def on(word: str) -> bytes:
    """A volume such as we write for a medium, but small and without other content."""
    medium = media()[word]
    parameters = replace(
        PARAMETERS, fat=medium.fat, partitioned=medium.partitioned, sector=medium.sector,
        clusters=medium.clusters,
    )  # fmt: skip
    return image({"DICOMDIR": b"D"}, parameters)


MOD41, MOD23 = "STD-CTMR-MOD41", "STD-US-ID-MF-MOD23-90"
