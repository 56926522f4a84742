"""Icons against what is computed here pixel by pixel, and read back by pydicom."""

from __future__ import annotations

import struct
from fractions import Fraction
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filereader import read_dataset
from pydicom.pixels.processing import apply_color_lut

from mediakit.dicomfile import encode_dataset, parse_items
from mediakit.icon import IconStyle, make_icon, usable
from mediakit.model import BytesContent, FileContent
from mediakit.pixels import PixelsUnreadable
from tests.profile_sets.dataset import Made
from tests.profile_sets.images import icon, sc

FOLDER = Path(pydicom.__file__).parent / "data" / "test_files"


USUAL = IconStyle()


def drawn(made: Made, style: IconStyle = USUAL) -> Dataset:
    """The item of the icon as pydicom reads it."""
    element = make_icon(BytesContent(made.data), style)
    (item,) = read_dataset(BytesIO(encode_dataset([element])), False, True).IconImageSequence
    item.file_meta = FileMetaDataset()
    item.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    return item


def image(pixels: Any, **changes: object) -> Made:
    """A picture of 16 bits without a window."""
    array = np.asarray(pixels, "<u2")
    return sc().but(
        Rows=array.shape[0], Columns=array.shape[1], BitsAllocated=16, BitsStored=16, HighBit=15,
        PixelData=array.tobytes(), **changes,
    )  # fmt: skip


def means(grey: list[list[int]], size: int) -> list[list[int]]:
    """Rows, then columns: each the mean of those that fall into it, halves upwards."""

    def along(rows: list[list[int]]) -> list[list[int]]:
        edges = [n * len(rows) // size for n in range(size)] + [len(rows)]
        parts = [rows[a:b] for a, b in pairwise(edges)]
        return [
            [int(Fraction(sum(col), len(part)) + Fraction(1, 2)) for col in zip(*part, strict=True)]
            for part in parts
        ]

    columns = along(grey)
    return [list(row) for row in zip(*along([list(c) for c in zip(*columns, strict=True)]), strict=True)]


def test_windowed_and_averaged_as_computed_by_hand() -> None:
    """PS3.3 C.11.2.1.2.1 on a ramp of 100 x 100 with a slope and an intercept, into 64 x 64."""
    stored = [[(37 * r + 11 * c) % 4096 for c in range(100)] for r in range(100)]
    made = image(
        stored, RescaleSlope="2", RescaleIntercept="-1024", WindowCenter="1000\\40", WindowWidth="2000\\80"
    )

    def shown(value: int) -> int:
        x, c, w = Fraction(2 * value - 1024), Fraction(1000), Fraction(2000)
        if x <= c - Fraction(1, 2) - (w - 1) / 2:
            return 0
        if x > c - Fraction(1, 2) + (w - 1) / 2:
            return 255
        return round(((x - (c - Fraction(1, 2))) / (w - 1) + Fraction(1, 2)) * 255)

    item = drawn(made)
    assert item.pixel_array.tolist() == means([[shown(v) for v in row] for row in stored], 64)


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({}, [0, 64, 128, 255]),  # the whole range
        ({"WindowCenter": "1.5", "WindowWidth": "1"}, [0, 0, 255, 255]),
        ({"WindowCenter": "2", "WindowWidth": "4", "VOILUTFunction": "LINEAR_EXACT"}, [0, 64, 128, 255]),
        ({"WindowCenter": "2", "WindowWidth": "4", "VOILUTFunction": "SIGMOID"}, [30, 69, 128, 225]),
        ({"PhotometricInterpretation": "MONOCHROME1"}, [255, 191, 128, 0]),
        ({"PresentationLUTShape": "INVERSE"}, [255, 191, 128, 0]),
        ({"PixelPaddingValue": struct.pack("<H", 4)}, [0, 128, 255, 0]),
        (
            {"PixelPaddingValue": struct.pack("<H", 2), "PixelPaddingRangeLimit": struct.pack("<H", 9)},
            [0, 255, 0, 0],
        ),
        ({"WindowCenter": "x", "WindowWidth": "y"}, [0, 64, 128, 255]),
    ],
)
def test_grey_levels(attributes: dict[str, Any], expected: list[int]) -> None:
    item = drawn(image([[0, 1], [2, 4]], **attributes), IconStyle(2, 2))
    assert (item.PhotometricInterpretation, item.pixel_array.ravel().tolist()) == ("MONOCHROME2", expected)


def lut(values: list[int], bits: int) -> list[dict[str, Any]]:
    """PS3.3 C.11.1 and C.11.2: from 0 on, in words."""
    described = struct.pack("<3H", len(values), 0, bits)
    return [{"LUTDescriptor": described, "LUTData": struct.pack(f"<{len(values)}H", *values)}]


def test_lookup_tables() -> None:
    voi = image([[0, 1], [2, 4]], VOILUTSequence=lut([0, 1023, 512, 0, 256], 10))
    assert drawn(voi, IconStyle(2, 2)).pixel_array.ravel().tolist() == [0, 255, 128, 64]
    modality = image([[0, 1], [2, 4]], ModalityLUTSequence=lut([8, 4, 2, 1, 0], 16))
    assert drawn(modality, IconStyle(2, 2)).pixel_array.ravel().tolist() == [255, 128, 64, 0]


def test_a_window_of_the_frame_in_its_functional_groups() -> None:
    """PS3.3 C.7.6.16: three frames; the one in the middle is shown, in its own window."""
    windows = [{"FrameVOILUTSequence": [{"WindowCenter": str(c), "WindowWidth": "1"}]} for c in (9, 3, 9)]
    pixels = np.array([[[0, 1], [2, 4]]] * 3, "<u2")
    made = image(pixels[0]).but(
        NumberOfFrames="3", PixelData=pixels.tobytes(), PerFrameFunctionalGroupsSequence=windows,
        SharedFunctionalGroupsSequence=[{"PixelValueTransformationSequence": [{"RescaleSlope": "1"}]}],
    )  # fmt: skip
    assert drawn(made, IconStyle(2, 2)).pixel_array.ravel().tolist() == [0, 0, 0, 255]


@pytest.mark.parametrize(("representative", "shown"), [(None, 2), (1, 0), (4, 3), (5, 2), (0, 2)])
def test_which_frame_is_shown(representative: int | None, shown: int) -> None:
    frames = [np.full((2, 2), 10 * n, "<u2") for n in range(4)]
    made = image(frames[0], WindowCenter="128", WindowWidth="256").but(
        NumberOfFrames="4", PixelData=b"".join(each.tobytes() for each in frames),
        RepresentativeFrameNumber=representative,
    )  # fmt: skip
    assert set(drawn(made).pixel_array.ravel().tolist()) == {10 * shown}


@pytest.mark.parametrize(
    ("rows", "columns", "changes", "box"),
    [
        (10, 20, {}, (16, 0, 32, 64)),
        (20, 10, {}, (0, 16, 64, 32)),
        (300, 100, {}, (0, 21, 64, 21)),
        (10, 10, {"PixelSpacing": "2\\1"}, (0, 16, 64, 32)),
        (10, 10, {"PixelAspectRatio": "1\\4"}, (24, 0, 16, 64)),
        (10, 10, {"PixelSpacing": "0\\0", "PixelAspectRatio": "1"}, (0, 0, 64, 64)),
        (1000, 1, {}, (0, 31, 64, 1)),
    ],
)
def test_the_whole_image_in_its_proportions_on_black(
    rows: int, columns: int, changes: dict[str, str], box: tuple[int, int, int, int]
) -> None:
    made = image(np.full((rows, columns), 7), WindowCenter="1", WindowWidth="1", **changes)
    found = drawn(made).pixel_array
    top, left, height, width = box
    expected = np.zeros((64, 64), np.uint8)
    expected[top : top + height, left : left + width] = 255
    assert found.tolist() == expected.tolist()


def test_colour_in_a_palette_or_in_grey() -> None:
    pixels = bytes([255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255])
    made = sc().but(
        Rows=2,
        Columns=2,
        SamplesPerPixel=3,
        PlanarConfiguration=0,
        PhotometricInterpretation="RGB",
        PixelData=pixels,
    )
    item = drawn(made, IconStyle(2, 2))
    assert item.PhotometricInterpretation == "PALETTE COLOR"
    shown = apply_color_lut(item.pixel_array, item)
    assert (shown // 257).astype(np.uint8).tobytes() == pixels
    grey = drawn(made, IconStyle(2, 2, colour=False))
    assert grey.PhotometricInterpretation == "MONOCHROME2"
    assert grey.pixel_array.ravel().tolist() == [76, 150, 29, 255]


def test_the_palette_of_the_image_gives_its_colours() -> None:
    dataset = pydicom.dcmread(FOLDER / "examples_palette.dcm")
    element = make_icon(FileContent.of(FOLDER / "examples_palette.dcm"), IconStyle(350, 800))
    (item,) = read_dataset(BytesIO(encode_dataset([element])), False, True).IconImageSequence
    item.file_meta = dataset.file_meta
    ours = apply_color_lut(item.pixel_array, item).astype(int) // 256
    theirs = apply_color_lut(dataset.pixel_array, dataset).astype(int) // 256
    assert np.abs(ours - theirs).max() <= 26, "half a step of the palette"


def test_what_the_item_holds() -> None:
    """PS3.3 C.7.6.1.1.6 with the limits of F.7."""
    item = drawn(image([[0, 1], [2, 4]]), IconStyle(3, 3))
    del item.file_meta
    assert {each.keyword: each.value for each in item if each.keyword != "PixelData"} == {
        "SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2", "Rows": 3, "Columns": 3,
        "BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "PixelRepresentation": 0,
    }  # fmt: skip
    assert (item["PixelData"].VR, len(item.PixelData)) == ("OB", 10)


def test_the_same_image_gives_the_same_bytes() -> None:
    path = FOLDER / "examples_ybr_color.dcm"
    assert make_icon(FileContent.of(path), IconStyle()) == make_icon(
        BytesContent(path.read_bytes()), IconStyle()
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"PhotometricInterpretation": "HSV"}, "HSV photometric interpretation cannot be shown"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "its lookup tables cannot be used"),
        (
            {"VOILUTSequence": [{"LUTDescriptor": b"\0\0\0\0\0\0", "LUTData": b""}]},
            "its lookup tables cannot be used",
        ),
        ({"PixelData": b"\0\0"}, "Pixel Data is too short"),
    ],
)
def test_images_that_cannot_be_shown(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(PixelsUnreadable, match=reason):
        make_icon(BytesContent(image([[0, 1], [2, 4]]).but(**changes).data), IconStyle())


@pytest.mark.parametrize(
    ("changes", "good"),
    [
        ({}, True),
        ({"PhotometricInterpretation": "MONOCHROME1"}, True),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, False),  # without the palette
        ({"PhotometricInterpretation": "RGB"}, False),
        ({"BitsAllocated": 16}, False),
        ({"PlanarConfiguration": 0}, False),
        ({"PixelAspectRatio": "2\\1"}, False),
        ({"PixelData": b"\0\0"}, False),
        ({"PixelData": b""}, False),  # it was compressed
    ],
)
def test_an_icon_that_an_instance_brings_along(changes: dict[str, object], good: bool) -> None:
    made = sc().but(IconImageSequence=icon(64, **changes))
    (item,) = pydicom.dcmread(BytesIO(made.data)).IconImageSequence
    stream = BytesIO()
    pydicom.filewriter.write_dataset(_writable(stream), item)
    data = struct.pack("<HHI", 0xFFFE, 0xE000, len(stream.getvalue())) + stream.getvalue()
    assert usable(parse_items(data)[0]) is good


def _writable(stream: BytesIO) -> Any:
    from pydicom.filebase import DicomIO

    out = DicomIO(stream)
    out.is_little_endian, out.is_implicit_VR = True, False
    return out


def test_floating_point_pixels_are_shown_from_the_smallest_to_the_largest() -> None:
    """PS3.3 C.7.6.24: a parametric map; what is no number is black."""
    values = struct.pack("<4f", -1.5, 0.5, 2.5, float("nan"))
    made = image([[0, 1], [2, 4]]).but(
        PixelData=None, FloatPixelData=values, BitsAllocated=32, BitsStored=None
    )
    assert drawn(made, IconStyle(2, 2)).pixel_array.ravel().tolist() == [0, 128, 255, 0]
