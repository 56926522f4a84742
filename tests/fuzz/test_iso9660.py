"""Any bytes at all: the reader gives a value in bounded time, and the rules judge it.

A long run, of so many examples a test: `MEDIAKIT_FUZZ=30000 python -m pytest tests/fuzz/test_iso9660.py`.
"""

from __future__ import annotations

import os
import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediakit.formats import iso9660
from mediakit.formats.iso9660.volume import IsoVolume
from mediakit.formats.raw_cd import raw_cd
from mediakit.formats.structures import Structures
from mediakit.model import BytesContent
from mediakit.rules import judge
from tests.iso9660 import PVD, both32, contents, image, raw_sectors, two_sessions

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
EXAMPLES = int(os.environ.get("MEDIAKIT_FUZZ", "300"))
SETTINGS = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])


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


OTHERS = {"Viewer/Start it.exe": b"MZ" * 3000, "Viewer/a.b.c": b"", "Größe": b"x"}
LONG = image(FILES | OTHERS)
TREES = range(PVD, LONG.index(b"Read me."))
"""Where the structures of the primary tree with Rock Ridge and of Joliet lie."""

DISC = two_sessions(image({"DICOMDIR": b"old", "GONE": b"1"}), FILES, 60)
SESSION = range(60 * 2048 + PVD, DISC.index(b"Read me."))
FIELDS = st.sampled_from(
    [b"SP\7\1\xbe\xef\0", b"NM\5\1\1", b"NM\0\1\0", b"NM\xff\1\0", b"NM\5\1\2", b"CL\x0c\1" + both32(20),
     b"CE\x1c\1" + both32(17) + both32(0) + both32(2**31), b"RE\4\1", b"SL\5\1\0", b"\0.\0.",
     b"\xd8\0\xd8\0", b"%/E"]
)  # fmt: skip


def patches_in(places: range) -> st.SearchStrategy[list[tuple[int, bytes]]]:
    place = st.integers(places.start, places.stop)
    return st.lists(
        st.tuples(place, INTERESTING | FIELDS | st.binary(min_size=1, max_size=9)), min_size=1, max_size=12
    )


def broken(valid: bytes, patches: list[tuple[int, bytes]]) -> bytes:
    data = bytearray(valid)
    for offset, replacement in patches:
        data[offset : offset + len(replacement)] = replacement
    return bytes(data)


SMALL = image({"DICOMDIR": b"D" * 3000, "DICOM/IM000001": b"1"})
FEWER = settings(SETTINGS, max_examples=EXAMPLES // 3)


@FEWER
@given(patches_in(TREES))
def test_patched_joliet_and_rock_ridge(patches: list[tuple[int, bytes]]) -> None:
    read_and_judge(broken(LONG, patches))


@FEWER
@given(patches_in(range(PVD, PVD + 3 * 2048)) | patches_in(SESSION), st.integers(0, len(DISC)))
def test_patched_sessions(patches: list[tuple[int, bytes]], cut: int) -> None:
    read_and_judge(broken(DISC, patches))
    read_and_judge(broken(DISC[:cut], patches))


@settings(SETTINGS, max_examples=EXAMPLES // 6)
@given(st.sampled_from([1, 2]), st.data())
def test_patched_raw_sectors(mode: int, data: st.DataObject) -> None:
    raw = raw_sectors(SMALL, mode)
    patches = data.draw(patches_in(range(16 * 2352, len(raw))))
    content = raw_cd(BytesContent(broken(raw, patches)[: data.draw(st.integers(2 * 2352, len(raw)))]))
    assert content is not None
    with Structures(content).open() as stream:
        user_data = stream.read()
    assert len(user_data) == content.size
    read_and_judge(user_data)
