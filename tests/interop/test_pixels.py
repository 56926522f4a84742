"""Frames against decoders that we do not use: dcmdjpeg, dcmdjpls, dcmdrle, gdcmconv and ojph_expand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.pixels import pixel_array

from mediakit.model import FileContent
from mediakit.pixels import Decoder, frames
from tests.profile_sets.dataset import HTJ2K, HTJ2K_LOSSLESS, HTJ2K_RPCL, J2K_LOSSLESS, JPEG_LOSSLESS, JPEG_LS
from tests.profile_sets.images import ct
from tests.tools import run

FOLDER = Path(pydicom.__file__).parent / "data" / "test_files"

LOSSLESS = {
    "SC_rgb_jpeg_gdcm.dcm": "dcmdjpeg",
    "MR_small_jpeg_ls_lossless.dcm": "dcmdjpls",
    "MR_small_RLE.dcm": "dcmdrle",
    "SC_rgb_rle_2frame.dcm": "dcmdrle",
    "SC_rgb_rle_16bit_2frame.dcm": "dcmdrle",
    "rtdose_rle.dcm": "dcmdrle",
    "MR_small_jp2klossless.dcm": "gdcmconv",
    "GDCMJ2K_TextGBR.dcm": "gdcmconv",
}
"""Near-lossless JPEG-LS and 12 bits in JPEG Extended decode to one value only too."""

ONE_RESULT = {"JPEGLSNearLossless_08.dcm": "dcmdjpls", "JPEGLSNearLossless_16.dcm": "dcmdjpls",
              "SC_rgb_jls_lossy_sample.dcm": "dcmdjpls", "JPGExtended.dcm": "dcmdjpeg"}  # fmt: skip


def foreign(tool: str, source: Path, out: Path) -> list[bytes]:
    """The native frames that the program makes of the file, by pixel."""
    options = {"gdcmconv": ["--raw"], "dcmdjpeg": ["+pl", "+cn"]}.get(tool, [])
    run(tool, *options, source, out)
    dataset = pydicom.dcmread(out)
    array = pixel_array(dataset, raw=True).reshape(int(dataset.get("NumberOfFrames", 1)), -1)
    return [each.astype(array.dtype.newbyteorder("<")).tobytes() for each in array]


def ours(source: Path) -> list[bytes]:
    with Decoder() as decoder:
        return [frame.data for frame in frames(FileContent.of(source), decoder)]


@pytest.mark.parametrize(("name", "tool"), [*LOSSLESS.items(), *ONE_RESULT.items()])
def test_frames_are_what_a_foreign_decoder_makes_of_them(name: str, tool: str, tmp_path: Path) -> None:
    assert ours(FOLDER / name) == foreign(tool, FOLDER / name, tmp_path / "native.dcm")


@pytest.mark.parametrize(
    ("name", "tool"), [("SC_rgb_jpeg_gdcm.dcm", "dcmdjpeg"), ("GDCMJ2K_TextGBR.dcm", "gdcmconv")]
)
def test_colour_is_right_where_planes_are_stated(name: str, tool: str, tmp_path: Path) -> None:
    dataset = pydicom.dcmread(FOLDER / name)
    whole = ours(FOLDER / name)
    dataset.PlanarConfiguration = 1
    dataset.save_as(tmp_path / "stated.dcm")
    assert ours(tmp_path / "stated.dcm") == whole
    assert foreign(tool, tmp_path / "stated.dcm", tmp_path / "native.dcm") == whole


@pytest.mark.parametrize("bits", [8, 12, 16])
@pytest.mark.parametrize(
    ("syntax", "tool"),
    [(JPEG_LOSSLESS, "dcmdjpeg"), (JPEG_LS, "dcmdjpls"), (J2K_LOSSLESS, "gdcmconv")],
)
def test_frames_of_our_own_samples(syntax: str, tool: str, bits: int, tmp_path: Path) -> None:
    source = tmp_path / "packed.dcm"
    source.write_bytes(ct(syntax, bits).data)
    assert ours(source) == foreign(tool, source, tmp_path / "native.dcm")


@pytest.mark.parametrize(
    ("syntax", "bits", "rounded"),
    [*((syntax, bits, 0) for syntax in (HTJ2K_LOSSLESS, HTJ2K_RPCL) for bits in (8, 12, 16)), (HTJ2K, 12, 1)],
)
def test_frames_of_htj2k_are_those_of_openjph(syntax: str, bits: int, rounded: int, tmp_path: Path) -> None:
    """The irreversible wavelet may be rounded in several ways."""
    made = ct(syntax, bits)
    source, packed, raw = (tmp_path / name for name in ("packed.dcm", "packed.j2c", "native.yuv"))
    source.write_bytes(made.data)
    packed.write_bytes(made.values["PixelData"][0])
    run("ojph_expand", "-i", packed, "-o", raw)
    kind = "u1" if bits == 8 else "<u2"
    (one,), other = ours(source), np.frombuffer(raw.read_bytes(), kind).astype(int)
    assert np.abs(np.frombuffer(one, kind).astype(int) - other).max() <= rounded


def test_lossy_jpeg_is_within_one_of_a_foreign_decoder(tmp_path: Path) -> None:
    """The discrete cosine transform may be rounded in several ways."""
    source = FOLDER / "SC_rgb_dcmtk_+eb+cy+n1.dcm"
    (one,), (other,) = ours(source), foreign("dcmdjpeg", source, tmp_path / "native.dcm")
    a, b = (np.frombuffer(each, np.uint8).astype(int) for each in (one, other))
    assert np.abs(a - b).max() <= 1
