"""ISO: a volume of ISO 9660, broken in one thing (PS3.12 Annex F)."""

from __future__ import annotations

from mediakit.formats.iso9660.structs import PARENT, SELF, DirectoryRecord
from tests.iso9660 import (
    LONG,
    PVD,
    both32,
    image,
    joliet_record,
    patched,
    record,
    two_sessions,
)

VALID = image()
IM1 = "DICOM/PA000001/IM000001"
IM2 = "DICOM/PA000001/IM000002"
L_TABLE, M_TABLE = 18 * 2048, 19 * 2048
THIRD = 10 + 14  # where the path table record of PA000001 begins


def in_pvd(bp: int, data: bytes) -> bytes:
    """The volume with other bytes at a byte position of its descriptor."""
    return patched(VALID, (PVD + bp - 1, data))


def in_record(bp: int, data: bytes, name: str = IM1) -> bytes:
    """The volume with other bytes at a byte position of a file's Directory Record."""
    return patched(VALID, (record(VALID, name).offset + bp - 1, data))


def recorded_as(identifier: bytes) -> bytes:
    """The volume with another identifier of IM1; what is left of the record is System Use."""
    at = record(VALID, IM1).offset
    return patched(VALID, (at + 32, bytes([len(identifier)])), (at + 33, identifier.ljust(11, b"\0")))


def ninth_level() -> bytes:
    """The file in the eighth directory made a directory; its data are the records of one."""

    def directory(extent: int) -> bytes:
        records = (
            DirectoryRecord.pack(
                identifier,
                location_of_extent=extent,
                data_length=2048,
                file_flags=2,
                recording_date_and_time=b"\x7e\x01\x01\0\0\0\0",
                volume_sequence_number=1,
            )
            for identifier in (SELF, PARENT)
        )
        return b"".join(records).ljust(2048, b"\0")

    path = "A/B/C/D/E/F/G/H"
    extent = record(image({path: bytes(2048)}), path).record.location_of_extent.lsb
    data = image({path: directory(extent)})
    at = record(data, path).offset
    return patched(data, (at + 25, b"\x02"), (at + 32, b"\x01H\0\0\0"))


def two_sections(gap: bool) -> bytes:
    """Files A and B made two sections of A, with or without a gap between them."""
    data = image({"A": bytes(4000 if gap else 4096), "B": bytes(100)})
    return patched(data, (record(data, "A").offset + 25, b"\x80"), (record(data, "B").offset + 33, b"A"))


WITH_JOLIET = image(LONG)
IN_JOLIET = joliet_record(WITH_JOLIET, "Start viewer.exe")


def same_rock_ridge_name() -> bytes:
    """Two files of a folder that Rock Ridge calls the same."""
    return WITH_JOLIET.replace(b"NM\x0d\1\0IM000002", b"NM\x0d\1\0IM000001")


BROKEN: list[tuple[str, bytes, dict[str, str]]] = [
    # (rule, the broken volume, further findings that its defect implies, each with why)
    ("ISO-001", in_pvd(121, b"\2\0\0\2"), {}),
    ("ISO-001", in_pvd(125, b"\2\0\0\2"), {}),
    ("ISO-003", in_pvd(41, b"CD1".ljust(32, b"\0")), {}),
    ("ISO-003", in_pvd(319, b"HOSPITAL".ljust(128, b"\0")), {}),
    # The path tables were made before there was a ninth level.
    ("ISO-004", ninth_level(), {"ISO-016": "the path tables were made before"}),
    ("ISO-005", recorded_as(b"IM000001;1"), {}),
    ("ISO-005", recorded_as(b"IM000001."), {}),
    ("ISO-005", recorded_as(b"IM000001"), {}),
    ("ISO-005", recorded_as(b"IM000001.;2"), {}),
    ("ISO-005", recorded_as(b"IM01.;1.;1"), {}),
    ("ISO-006", in_record(2, b"\1"), {}),
    ("ISO-007", in_record(26, b"\x08"), {}),
    ("ISO-007", in_record(26, b"\x10"), {}),
    ("ISO-008", in_record(26, b"\x01"), {}),
    ("ISO-009", in_record(19, bytes(7)), {}),
    ("ISO-009", in_record(19, b"\x7e\x0d\x01\0\0\0\0"), {}),
    ("ISO-010", recorded_as(b"im000001.;1"), {}),
    ("ISO-010", recorded_as(b"IM-00001.;1"), {}),
    ("ISO-010", recorded_as(b"A.JPEG;1"), {}),
    ("ISO-010", recorded_as(b"A.TXT"), {}),
    ("ISO-010", recorded_as(b"A.B.C;1"), {}),
    ("ISO-010", VALID.replace(b"PA000001", b"pa000001"), {}),
    ("ISO-010", VALID.replace(b"PA000001", b"PA0000.1"), {}),
    ("ISO-011", in_record(26, b"\x80", IM2), {}),
    ("ISO-011", two_sections(gap=False), {}),
    ("ISO-012", in_pvd(9, b"LINUX"), {}),
    ("ISO-012", in_pvd(9, bytes(32)), {}),
    ("ISO-013", in_pvd(81, both32(33)), {}),
    ("ISO-013", VALID[:-2048], {"ISO-014": "the last file was in what is missing"}),
    ("ISO-014", in_record(3, both32(5000)), {}),
    ("ISO-015", patched(VALID, (PVD + 2048, bytes(7))), {}),  # no terminator
    ("ISO-015", patched(VALID, (PVD, b"\x02")), {}),  # no Primary Volume Descriptor
    ("ISO-015", patched(VALID, (22 * 2048, bytes(2048))), {}),  # a directory of zeros
    ("ISO-015", in_record(1, b"\x21"), {}),  # a record too short to be one
    ("ISO-015", recorded_as(b"IM000002.;1"), {}),  # a name that is there twice
    ("ISO-015", in_pvd(129, bytes(4)), {}),  # no Logical Block Size
    # A directory that is its own child. The path tables say where it ought to be.
    ("ISO-015", in_record(3, both32(20), "DICOM/PA000001"), {"ISO-016": "the path tables were made before"}),
    ("ISO-016", patched(VALID, (L_TABLE + THIRD + 2, b"\x17")), {}),
    ("ISO-016", patched(VALID, (M_TABLE + THIRD + 5, b"\x17")), {}),
    ("ISO-016", patched(VALID, (M_TABLE + THIRD + 7, b"\x09")), {}),  # a parent that is none
    ("ISO-016", patched(VALID, (M_TABLE, bytes(2048))), {}),
    ("ISO-016", in_pvd(141, b"\0\0\1\0"), {}),
    ("ISO-017", in_record(7, b"\0\0\0\0"), {}),
    ("ISO-017", in_pvd(85, b"\0\0\0\0"), {}),
    ("ISO-018", patched(WITH_JOLIET, (joliet_record(WITH_JOLIET, "IM000002") + 10, both32(9))), {}),
    ("ISO-018", patched(WITH_JOLIET, (IN_JOLIET + 25, b"\4")), {}),  # associated, so no file there
    ("ISO-018", same_rock_ridge_name(), {}),
    ("ISO-019", two_sessions(VALID, {"DICOMDIR": b"", "README.TXT": b"", IM1: b"", IM2: b""}, 50), {}),
]  # fmt: skip
