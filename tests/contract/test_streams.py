"""The streams under tests/data are what the transfer syntaxes that they go under say."""

from __future__ import annotations

import re

import pytest

from mediakit.dictionary import uid_name
from tests.profile_sets.dataset import VIDEO
from tests.profile_sets.streams import FRAME_RATE, MATRIX, SIZE, frame, video

HIGH, STEREO_HIGH = 100, 128
SLICE_EXTENSION = 20
START_OF_FRAME = {"4.50": 0xC0, "4.51": 0xC1, "4.70": 0xC3}
"""ITU-T T.81 Table B.1: baseline, extended sequential, lossless."""


@pytest.mark.parametrize(
    ("name", "bits"),
    [("grey8.4.50", 8), ("colour8.4.50", 8), ("grey12.4.51", 12), ("grey8.4.70", 8)]
    # dcmcjpeg codes all bits that are allocated; PS3.5 8.2.1 lets the precision be above Bits Stored.
    + [(f"grey{stored}.4.70", 16) for stored in (10, 12, 16)],
)
def test_a_jpeg_frame_is_of_its_process_and_complete(name: str, bits: int) -> None:
    """PS3.11 B.3.4.2: with its own tables, from SOI to EOI."""
    data = frame(name).rstrip(b"\0")
    start = data.index(bytes([0xFF, START_OF_FRAME[name[-4:]]]))
    precision, rows, columns = (
        data[start + 4],
        *(int.from_bytes(data[at : at + 2]) for at in (start + 5, start + 7)),
    )
    assert (precision, rows, columns) == (bits, SIZE, SIZE)
    assert (data[:2], data[-2:]) == (b"\xff\xd8", b"\xff\xd9")
    assert b"\xff\xc4" in data[: start + 40], "Huffman tables"


@pytest.mark.parametrize(
    ("name", "bits"), [(f"grey{b}.4.90", b) for b in (8, 12, 16)] + [("grey12.4.91", 12)]
)
def test_a_jpeg_2000_codestream_is_reversible_where_it_must_be(name: str, bits: int) -> None:
    """ITU-T T.800 A.5.1 and A.6.1: SIZ has the bits, COD the wavelet: 1 is the reversible one."""
    data = frame(name)
    assert data[:4] == b"\xff\x4f\xff\x51"
    assert data[data.index(b"\xff\x51") + 40] + 1 == bits
    wavelet = data[data.index(b"\xff\x52") + 13]
    assert wavelet == (1 if name.endswith(".90") else 0)


@pytest.mark.parametrize(("ending", "level"), [("100", 8), ("101", 4)])
def test_an_mpeg2_video_is_main_profile_at_its_level(ending: str, level: int) -> None:
    """ITU-T H.262 6.2.2.1 and Table 8-3: matrix, and profile 4 with level 8 (main) or 4 (high)."""
    data = video(ending)
    columns, rows = int.from_bytes(data[4:7]) >> 12, int.from_bytes(data[4:7]) & 0xFFF
    extension = data.index(b"\0\0\1\xb5")
    assert (rows, columns) == MATRIX[ending]
    assert int.from_bytes(data[extension + 4 : extension + 6]) >> 4 & 0xFF == 4 << 4 | level
    assert data.count(b"\0\0\1\0") == FRAME_RATE[ending], "one second of pictures"


@pytest.mark.parametrize(
    ("ending", "level"), [("102", 41), ("103", 41), ("104", 42), ("105", 42), ("106", 42)]
)
def test_an_h264_video_is_high_profile_at_its_level(ending: str, level: int) -> None:
    """ITU-T H.264 7.3.2.1.1: the first sequence parameter set, in a Transport Stream."""
    data = video(ending)
    assert {data[at] for at in range(0, len(data), 188)} == {0x47}
    at = re.search(rb"\x00\x00\x01[\x27\x47\x67]", data).end()
    assert (data[at], data[at + 2]) == (HIGH, level), uid_name(f"{VIDEO}{ending[2:]}")


def test_the_stereo_video_has_a_second_view() -> None:
    """ITU-T H.264 Annex H: a subset SPS of Stereo High Profile, and as many slices of the other view."""
    data = video("106")
    subset = re.search(rb"\x00\x00\x01\x6f", data)
    assert subset and (data[subset.end()], data[subset.end() + 2]) == (STEREO_HIGH, 42)
    assert len(re.findall(rb"\x00\x00\x01[\x14\x34\x54\x74]", data)) == FRAME_RATE["106"]


def test_the_3d_video_says_how_its_frames_are_packed() -> None:
    """ITU-T H.264 D.1.26: a frame packing arrangement SEI message (45), which the 2D video has not."""
    message = rb"\x00\x00\x01\x06\x2d"
    assert re.search(message, video("105"))
    assert not re.search(message, video("104"))
