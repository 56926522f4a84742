"""Any bytes at all: the reader gives a value in bounded time, and the rules judge it.

A long run: HYPOTHESIS_MAX_EXAMPLES=100000 python -m pytest tests/fuzz/test_udf.py
"""

from __future__ import annotations

import os
import struct
import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediakit.formats import udf
from mediakit.formats.udf.volume import UdfVolume
from mediakit.model import BytesContent
from mediakit.rules import judge
from tests.iso9660 import contents
from tests.udf import BLOCK, image, sealed

FILES = {
    "README.TXT": b"Read me.\r\n",
    "DICOMDIR": b"D" * 3000,
    **{f"DICOM/PA000001/IM{n:06}": bytes([n]) * n * 40 for n in range(20)},
    "DICOM/PA000002/ST000001/SE000001/A/B/C/IM000001": b"deep",
}
VALID = {revision: image(FILES, revision) for revision in ("1.02", "2.50")}
DESCRIPTORS = {
    revision: [
        at
        for at in range(0, len(data), BLOCK)
        if any(data[at : at + 16]) and data[at + 4] == (sum(data[at : at + 16]) - data[at + 4]) & 0xFF
    ]
    for revision, data in VALID.items()
}
"""Where descriptors begin."""

SECONDS = 2.0
"""What reading and judging a small image may take at most, on a busy machine."""

NUMBERS = (0, 1, 2, 256, 272, 288, 2047, 2048, 0x3FFFFFFF, 0x40000800, 0x80000800, 0xC0000800, 2**32 - 1)
INTERESTING = st.sampled_from([struct.pack("<I", number) for number in NUMBERS] + [bytes(16), b"\xff" * 16])
PATCHES = st.lists(
    st.tuples(st.integers(0, 1000), st.integers(0, 520), INTERESTING | st.binary(min_size=1, max_size=40)),
    min_size=1,
    max_size=8,
)
REVISION = st.sampled_from(sorted(VALID))
SETTINGS = settings(
    max_examples=int(os.environ.get("HYPOTHESIS_MAX_EXAMPLES", "100")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def read_and_judge(data: bytes) -> None:
    start = time.perf_counter()
    content = BytesContent(data)
    udf.detect(content)
    view = udf.open(content)
    assert isinstance(view.facts, UdfVolume)
    for file in view.files:
        assert file.path
        assert all(name not in ("", ".", "..") and not set(name) & set("/\0\n\x1b") for name in file.path)
        assert file.content is None or file.content.size == file.size
    found = contents(view) if sum(file.size for file in view.files if file.content) < 10**7 else {}
    for name, held in found.items():
        size = next(file.size for file in view.files if "/".join(file.path) == name)
        assert held is None or len(held) == size
    for finding in judge(view.facts):
        assert finding.message
    assert time.perf_counter() - start < SECONDS


@SETTINGS
@given(REVISION, PATCHES)
def test_patched_descriptors_with_tags_that_are_right(
    revision: str, patches: list[tuple[int, int, bytes]]
) -> None:
    data = VALID[revision]
    for number, offset, replacement in patches:
        at = DESCRIPTORS[revision][number % len(DESCRIPTORS[revision])]
        data = sealed(data, at, (offset, replacement))
    read_and_judge(data)


@SETTINGS
@given(REVISION, PATCHES, st.integers(0, 1000))
def test_cut_off_and_patched(revision: str, patches: list[tuple[int, int, bytes]], part: int) -> None:
    data = bytearray(VALID[revision][: len(VALID[revision]) * part // 1000])
    for number, offset, replacement in patches:
        at = DESCRIPTORS[revision][number % len(DESCRIPTORS[revision])] + offset
        data[at : at + len(replacement)] = replacement
    read_and_judge(bytes(data))


@SETTINGS
@given(REVISION, st.integers(0, 1000), st.integers(0, 1000), st.integers(1, 4))
def test_blocks_that_changed_places(revision: str, source: int, target: int, count: int) -> None:
    places = DESCRIPTORS[revision]
    data = bytearray(VALID[revision])
    start, to = places[source % len(places)], places[target % len(places)]
    moved = data[start : start + count * BLOCK]
    data[to : to + len(moved)] = moved
    read_and_judge(bytes(data[: len(VALID[revision])]))


@SETTINGS
@given(REVISION, st.binary(max_size=5000))
def test_any_bytes_after_the_anchor(revision: str, junk: bytes) -> None:
    read_and_judge(VALID[revision][: 257 * BLOCK] + junk)
