"""Any bytes at all: the reader gives a value in bounded time, and the rules judge it."""

from __future__ import annotations

import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediakit.formats import iso9660
from mediakit.formats.iso9660.volume import IsoVolume
from mediakit.model import BytesContent
from mediakit.rules import judge
from tests.iso9660 import PVD, both32, contents, image

FILES = {
    "README.TXT": b"Read me.\r\n",
    "DICOMDIR": b"D" * 3000,
    **{f"DICOM/PA000001/IM{n:06}": bytes([n]) * n * 40 for n in range(60)},
    "DICOM/PA000002/ST000001/SE000001/A/B/C/IM000001": b"deep",
}
VALID = image(FILES)
STRUCTURES = range(PVD, VALID.index(b"Read me."))
"""Where descriptors, path tables and directories lie."""

SECONDS = 2.0
"""What reading and judging a small image may take at most, on a busy machine."""

INTERESTING = st.sampled_from(
    [
        b"\0", b"\xff", b"\x7f", b"\x80", b"\x21", b"\x22", bytes(8), b"\xff" * 8, b"\0" * 34, b"CD001",
        *(both32(number) for number in (1, 16, 18, 20, 21, 2047, 2**31, 2**32 - 1, len(VALID) // 2048)),
    ]
)  # fmt: skip
PATCHES = st.lists(
    st.tuples(
        st.integers(STRUCTURES.start, STRUCTURES.stop), INTERESTING | st.binary(min_size=1, max_size=40)
    ),
    min_size=1,
    max_size=12,
)
SETTINGS = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read_and_judge(data: bytes) -> None:
    start = time.perf_counter()
    content = BytesContent(data)
    iso9660.detect(content)
    view = iso9660.open(content)
    assert isinstance(view.facts, IsoVolume)
    for file in view.files:
        assert file.path
        assert all(name not in ("", ".", "..") and not set(name) & set("/\0\n\x1b") for name in file.path)
        assert file.content is None or file.content.size == file.size
    for name, found in contents(view).items():
        size = next(file.size for file in view.files if "/".join(file.path) == name)
        assert found is None or len(found) == size
    for finding in judge(view.facts):
        assert finding.message
    assert time.perf_counter() - start < SECONDS


@SETTINGS
@given(PATCHES)
def test_patched_structures(patches: list[tuple[int, bytes]]) -> None:
    data = bytearray(VALID)
    for offset, replacement in patches:
        data[offset : offset + len(replacement)] = replacement
    read_and_judge(bytes(data))


@SETTINGS
@given(st.integers(0, len(VALID)), PATCHES)
def test_cut_off_and_patched(size: int, patches: list[tuple[int, bytes]]) -> None:
    data = bytearray(VALID[:size])
    for offset, replacement in patches:
        data[offset : offset + len(replacement)] = replacement
    read_and_judge(bytes(data))


@SETTINGS
@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 8))
def test_sectors_that_changed_places(source: int, target: int, count: int) -> None:
    data = bytearray(VALID)
    moved = VALID[PVD + source * 2048 : PVD + (source + count) * 2048]
    data[PVD + target * 2048 : PVD + target * 2048 + len(moved)] = moved
    read_and_judge(bytes(data))


@SETTINGS
@given(st.binary(max_size=5000))
def test_any_bytes_after_a_descriptor(junk: bytes) -> None:
    read_and_judge(VALID[: PVD + 2048] + junk)
    read_and_judge(bytes(PVD) + b"\x01CD001\x01" + junk)
