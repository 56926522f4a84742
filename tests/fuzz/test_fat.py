"""Any bytes at all: the reader gives a value in bounded time, and the rules judge it.

`MEDIAKIT_FUZZ=100000 python -m pytest tests/fuzz/test_fat.py` tries that many images in every
test; without it they are as many as CI has time for.
"""

from __future__ import annotations

import os
import struct
import time
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediakit.formats import fat
from mediakit.formats.fat.volume import FatVolume
from mediakit.model import BytesContent
from mediakit.rules import judge
from tests.fat import FAT16, FAT32, FILES, PARAMETERS, image
from tests.iso9660 import contents

MORE = {f"DICOM/PA000003/IM{n:06}": bytes([n]) * n * 40 for n in range(40)}
FAT12_VOLUME = image(FILES | MORE, replace(PARAMETERS, clusters=(1,)))
# What is the least of its kind has thousands of free clusters behind the last file.
FAT16_VOLUME = image(FILES | MORE, FAT16)[: 1 << 17]
FAT32_VOLUME = image(FILES | MORE, FAT32)[: 1 << 20]
VOLUMES = st.sampled_from([FAT12_VOLUME, FAT16_VOLUME, FAT32_VOLUME])

SECONDS = 2.0
"""What reading and judging a small image may take at most, on a busy machine."""

NUMBERS = (0, 1, 2, 3, 5, 8, 16, 64, 128, 512, 2048, 4084, 4085, 65524, 65525, 2**28 - 8, 2**31, 2**32 - 1)
INTERESTING = st.sampled_from(
    [
        b"\0", b"\xff", b"\xe5", b"\x0f", b"\x10", b"\x41", bytes(8), b"\xff" * 8, b".          ",
        b"..         ", b"EXFAT   ",
        *(struct.pack("<I", number) for number in NUMBERS),
        *(struct.pack("<H", number & 0xFFFF) for number in NUMBERS),
    ]
)  # fmt: skip
PLACES = st.one_of(
    st.integers(0, 100),  # the boot sector
    st.integers(440, 512),
    st.integers(512, 1600),  # the first FAT, or FSInfo
    st.integers(0, len(FAT12_VOLUME)),
    st.integers(16_384, 18_000),  # the FAT of FAT32
    st.integers(1 << 19, 1 << 20),
    st.integers(541_000, 560_000),  # the root directory of FAT32
)
PATCHES = st.lists(
    st.tuples(PLACES, INTERESTING | st.binary(min_size=1, max_size=40)), min_size=1, max_size=12
)
SETTINGS = settings(
    max_examples=int(os.environ.get("MEDIAKIT_FUZZ", "150")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def read_and_judge(data: bytes) -> None:
    start = time.perf_counter()
    content = BytesContent(data)
    evidence = fat.detect(content)
    view = fat.open(content)
    assert isinstance(view.facts, FatVolume)
    assert evidence is None or evidence == view.evidence
    for file in view.files:
        assert file.path
        assert all(
            name not in ("", ".", "..") and not set(name) & set("/\\\0\n\x1b")
            for name in map(plain, file.path)
        )
        assert file.content is None or file.content.size == file.size
    if sum(file.size for file in view.files if file.content) < 50_000_000:
        for name, found in contents(view).items():
            size = next(file.size for file in view.files if "/".join(file.path) == name)
            assert found is None or len(found) == size
    for finding in judge(view.facts):
        assert finding.message
    assert time.perf_counter() - start < SECONDS


def plain(name: str) -> str:
    """The name without our own escapes, which begin with a backslash."""
    return name.replace("\\x", "").replace("\\u", "")


@SETTINGS
@given(VOLUMES, PATCHES)
def test_patched_structures(volume: bytes, patches: list[tuple[int, bytes]]) -> None:
    data = bytearray(volume)
    for offset, replacement in patches:
        data[offset : offset + len(replacement)] = replacement
    read_and_judge(bytes(data))


@SETTINGS
@given(VOLUMES, st.integers(0, len(FAT12_VOLUME)), PATCHES)
def test_cut_off_and_patched(volume: bytes, size: int, patches: list[tuple[int, bytes]]) -> None:
    data = bytearray(volume[:size])
    for offset, replacement in patches:
        data[offset : offset + len(replacement)] = replacement
    read_and_judge(bytes(data))


@SETTINGS
@given(VOLUMES, st.integers(0, 80), st.integers(0, 80), st.integers(1, 8))
def test_sectors_that_changed_places(volume: bytes, source: int, target: int, count: int) -> None:
    data = bytearray(volume)
    moved = volume[source * 512 : (source + count) * 512]
    data[target * 512 : target * 512 + len(moved)] = moved
    read_and_judge(bytes(data))


@SETTINGS
@given(st.binary(max_size=5000))
def test_any_bytes_after_a_boot_sector(junk: bytes) -> None:
    for volume in (FAT12_VOLUME, FAT16_VOLUME, FAT32_VOLUME):
        read_and_judge(volume[:512] + junk)
    table = bytes(446) + struct.pack("<4xB3xII", 6, 1, 99) + bytes(48) + b"\x55\xaa"
    read_and_judge(table + junk)
    read_and_judge(table[:450] + b"\xee" + table[451:] + b"EFI PART" + junk)
