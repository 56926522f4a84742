"""The pictures of series in a report: one of each, bounded, and a reason where there is none."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from mediakit.errors import Cancelled
from mediakit.model import BytesContent, Content, Instance
from mediakit.pixels import Decoder
from mediakit.preview import Preview, preview, previews
from mediakit.progress import Cancel, Watch
from tests import builders
from tests.profile_sets import images
from tests.profile_sets.dataset import JPEG_BASELINE
from tests.tools import run_bytes


def content(instance: Instance) -> Content:
    return instance.content


def shown(*files: bytes) -> dict[str, Preview]:
    return dict(previews([builders.instance(each) for each in files], content, Watch()))


def raw(png: bytes, kind: bytes, folder: Path) -> bytes:
    """The samples of a PNG file as another program reads them; `kind` is P5 for grey, P6 for colours."""
    path = folder / "preview.png"
    path.write_bytes(png)
    head = kind + b"\n128 128\n255\n"
    pixels = run_bytes("pngtopnm", path)
    assert pixels.startswith(head)
    return pixels[len(head) :]


def test_a_grey_picture_is_what_a_viewer_shows(tmp_path: Path) -> None:
    """Without a window the range of the frame is shown: black to white from 0 to 3."""
    pixels = struct.pack("<4H", 0, 1, 2, 3)
    file = builders.ct(1, Rows=2, Columns=2, PixelData=pixels)
    with Decoder() as decoder:
        made = preview(BytesContent(file), decoder)
    # 2 x 2 becomes 128 x 128, each pixel a square.
    rows = [bytes([0] * 64 + [85] * 64), bytes([170] * 64 + [255] * 64)]
    assert raw(made.png, b"P5", tmp_path) == rows[0] * 64 + rows[1] * 64


@pytest.mark.parametrize("syntax", [images.EXPLICIT, JPEG_BASELINE])
def test_colours_stay(syntax: str, tmp_path: Path) -> None:
    """Red, green and blue as they are, not in the palette of an icon."""
    file = images.sc("RGB" if syntax == images.EXPLICIT else "YBR_FULL_422", syntax).data
    with Decoder() as decoder:
        made = preview(BytesContent(file), decoder)
    assert made.png[24:26] == b"\x08\x02"  # 8 bits, truecolour
    samples = raw(made.png, b"P6", tmp_path)
    assert len({samples[n : n + 3] for n in range(0, len(samples), 3)}) > 1


def test_the_middle_of_a_series_is_shown() -> None:
    files = [builders.ct(n, PixelData=bytes([n]) * 2 + bytes(range(30))) for n in (3, 1, 2)]
    with Decoder() as decoder:
        expected = preview(BytesContent(files[2]), decoder)
    assert shown(*files) == {builders.uid("series"): expected}
    assert expected.png


def test_why_there_is_none() -> None:
    broken = images.sc("MONOCHROME2", JPEG_BASELINE).but(PixelData=[b"\xff\xd8 no JPEG \xff\xd9"]).data
    report = builders.ct(
        2, SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11", SeriesInstanceUID="1.2", PixelData=None
    )
    empty = builders.ct(3, SeriesInstanceUID="1.3", PixelData=None)
    large = builders.ct(4, SeriesInstanceUID="1.4", Rows=16384, Columns=16384)
    short = builders.ct(5, SeriesInstanceUID="1.5", Rows=64)
    found = shown(broken, report, empty, large, short)
    assert all(not each.png and each.reason for each in found.values())
    first, *rest = (each.reason for each in found.values())
    assert first
    assert rest[:3] == [
        "it holds no image (SR DOCUMENT)",
        "there are no pixels",
        "its frames are too large for a preview",
    ]


def test_decoders_are_left_alone_after_five_failures() -> None:
    files = [builders.ct(n, SeriesInstanceUID=f"1.{n}", PixelData=None) for n in range(1, 8)]
    assert [each.reason for each in shown(*files).values()] == [
        *["there are no pixels"] * 5,
        *["not tried, after several that could not be read"] * 2,
    ]


def test_there_are_not_too_many() -> None:
    found = shown(*(builders.ct(n, SeriesInstanceUID=f"1.{n}") for n in range(1, 203)))
    assert [bool(each.png) for each in found.values()] == [True] * 200 + [False] * 2
    assert list(found.values())[-1].reason == "only the first 200 series have one"


def test_it_can_be_stopped() -> None:
    cancel = Cancel()
    cancel.cancel()
    with pytest.raises(Cancelled):
        previews([builders.instance(builders.ct(1))], content, Watch(None, cancel))
