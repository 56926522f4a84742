"""ZIP: an archive, broken in one thing (PS3.12 Annex V)."""

from __future__ import annotations

from dataclasses import replace
from zipfile import ZIP_BZIP2

from tests.zips import GOOD, OTHER, by_hand, zipped

UNSAFE = (b"../IM2", b"/IM2", b"A//IM2", b"C:IM2", b"A/./IM2", b"IM\x002", b"", b"..\\IM2", b"I\xc2\x9bM")
SHARED = "the header before shared bytes can agree with one entry only"
BROKEN: list[tuple[str, bytes, dict[str, str]]] = [
    # (rule, the broken volume, further findings that its defect implies, each with why)
    ("ZIP-001", by_hand(GOOD, OTHER)[:80], {}),
    ("ZIP-001", by_hand(GOOD, OTHER, count=3), {}),
    ("ZIP-001", by_hand(GOOD, replace(OTHER, size=7)), {}),
    ("ZIP-001", by_hand(GOOD, replace(OTHER, packed_size=700, size=700)), {}),
    ("ZIP-002", by_hand(GOOD, replace(OTHER, crc=1)), {}),
    ("ZIP-002", by_hand(GOOD, replace(OTHER, method=8, crc=1)), {}),
    ("ZIP-002", by_hand(replace(GOOD, method=8, size=2)), {}),
    ("ZIP-003", by_hand(GOOD, replace(OTHER, flags=1)), {}),
    ("ZIP-004", zipped({"IM1": b"1" * 1000}, ZIP_BZIP2), {}),
    ("ZIP-005", by_hand(GOOD, disk=1), {}),
    ("ZIP-005", by_hand(GOOD, replace(OTHER, disk=1)), {}),
    *(("ZIP-006", by_hand(GOOD, replace(OTHER, name=name)), {}) for name in UNSAFE),
    ("ZIP-007", by_hand(replace(GOOD, name=b"DICOM\\IM1")), {}),
    ("ZIP-008", by_hand(GOOD, replace(OTHER, name=b"IM1")), {}),
    ("ZIP-009", by_hand(replace(GOOD, local_name=b"IM9")), {}),
    ("ZIP-009", by_hand(replace(GOOD, local_method=8)), {}),
    ("ZIP-010", by_hand(GOOD, replace(OTHER, name=b"IM1X", data=b"one", offset=0)), {"ZIP-009": SHARED}),
    ("ZIP-010", by_hand(replace(GOOD, method=8, size=1 << 31)), {}),
    ("ZIP-011", by_hand(GOOD, before=b"MZ this unpacks itself"), {}),
    ("ZIP-011", by_hand(GOOD, after=b"\0" * 100), {}),
]  # fmt: skip
