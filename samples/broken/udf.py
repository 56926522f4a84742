"""UDF: a volume, broken in one thing (PS3.12 Annexes J, P and X)."""

from __future__ import annotations

from mediakit.formats.udf.structs import EntityId
from tests.iso9660 import patched
from tests.udf import (
    BLOCK,
    FILES,
    LVD,
    PARTITION,
    PD,
    PVD,
    entry,
    identifier,
    image,
    sealed,
)

VALID = image()
BD = image(revision="2.50")
MIRROR = "the mirror has the entry as it was"
IM1 = "DICOM/PA000001/IM000001"
FSD = PARTITION[False]
LAST = len(VALID) - BLOCK
INTEGRITY = 64 * BLOCK


def in_entry(offset: int, data: bytes, name: str = IM1) -> bytes:
    """The volume with other bytes in the entry of a file or directory."""
    return sealed(VALID, entry(FILES, name), (offset, data))


def in_identifier(offset: int, data: bytes, name: str = "IM000002") -> bytes:
    """The volume with other bytes in a File Identifier Descriptor."""
    return sealed(VALID, identifier(VALID, name), (offset, data))


def two_partitions() -> bytes:
    """A second Partition Descriptor in the place of the one for unallocated space, which is not read."""
    second = sealed(VALID, PD, (22, b"\1\0"))[PD : PD + BLOCK]
    return sealed(VALID[: LVD + BLOCK] + second + VALID[LVD + 2 * BLOCK :], LVD + BLOCK, (12, b"\x24"))


def sparable_on_bd() -> bytes:
    """A BD whose physical partition is called sparable, without a sparing table that could be read."""
    raw = b"\x02\x40\0\0" + EntityId(b"*UDF Sparable Partition", b"\x50\x02").pack() + b"\1\0\0\0\x20\0\0\0"
    maps = raw.ljust(64, b"\0") + BD[LVD + 446 : LVD + 446 + 64]
    return sealed(BD, LVD, (10, (424 + 128).to_bytes(2, "little")), (264, b"\x80"), (440, maps))


BROKEN: list[tuple[str, bytes, dict[str, str]]] = [
    # (rule, the broken volume, further findings that its defect implies, each with why)
    ("UDF-001", sealed(VALID, LVD, (240, b"\x03\x02")), {}),
    ("UDF-002", patched(VALID, (17 * BLOCK + 1, b"NSR03")), {}),
    ("UDF-003", sealed(VALID, PVD, (60, b"\3\0\3\0")), {}),
    ("UDF-004", sealed(VALID, PVD, (58, b"\2\0")), {}),
    ("UDF-004", two_partitions(), {}),
    ("UDF-005", sparable_on_bd(), {"UDF-017": "that there is no sparing table is a finding of its own"}),
    ("UDF-006", in_identifier(38, b"\x07"), {}),
    ("UDF-006", sealed(VALID, PVD, (24, b"\x07")), {}),
    ("UDF-007", in_identifier(39, b"IM0002;1"), {}),
    ("UDF-007", in_identifier(39, b"IM00002."), {}),
    ("UDF-008", in_identifier(16, b"\2\0"), {}),
    ("UDF-009", in_identifier(18, b"\1"), {}),
    ("UDF-010", in_entry(44, b"\xd2\x7a"), {}),  # others may not read
    ("UDF-010", in_entry(44, b"\xf6\x7e", "DICOM"), {}),  # others may not search
    ("UDF-011", in_entry(44, b"\x84\x10"), {}),
    ("UDF-012", in_entry(27, b"\xf9"), {}),
    (
        "UDF-013",
        sealed(BD, entry(FILES, IM1, "2.50"), (152, b"\0\x08")),
        {"UDF-018": MIRROR},
    ),
    ("UDF-014", sealed(VALID, LVD, (212, b"\0\x04")), {}),
    # The last byte of the last file is still there, but not its block, nor the second anchor.
    ("UDF-015", VALID[: VALID.rindex(b"333") + 3], {"UDF-021": "the second anchor was in what is missing"}),
    ("UDF-016", in_entry(176, b"\xff\xff\xff\x3f"), {}),
    ("UDF-016", in_entry(56, b"\x01\x08"), {}),  # one byte longer than its extent
    ("UDF-017", patched(VALID, (FSD, bytes(BLOCK))), {}),
    ("UDF-017", patched(VALID, (FSD + 300, b"x")), {}),
    ("UDF-017", sealed(VALID, entry(FILES, IM1), (12, b"\xee")), {}),
    ("UDF-017", patched(VALID, (entry(FILES, IM1), bytes(BLOCK))), {}),
    ("UDF-017", in_identifier(39, b"IM000001"), {}),  # a name that is there twice
    ("UDF-017", patched(VALID, (identifier(VALID, "IM000002"), bytes(16))), {}),
    ("UDF-017", in_identifier(18, b"\x0a"), {}),  # a second parent
    ("UDF-017", in_identifier(24, b"\x02", "PA000002"), {}),  # a directory that is its own grandchild
    ("UDF-017", patched(VALID, (INTEGRITY, bytes(BLOCK))), {}),
    ("UDF-018", patched(VALID, (PVD, bytes(BLOCK))), {}),
    ("UDF-018", patched(BD, (entry(FILES, IM1, "2.50"), bytes(BLOCK))), {}),
    ("UDF-019", sealed(VALID, INTEGRITY, (28, b"\0")), {}),
    ("UDF-020", patched(VALID, (17 * BLOCK, bytes(BLOCK))), {}),
    ("UDF-021", patched(VALID, (LAST, bytes(BLOCK))), {}),
    ("UDF-021", patched(VALID, (256 * BLOCK, bytes(BLOCK))), {}),
]
