"""The test files of pydicom and pydicom-data for STD-GEN-CD: unchanged, adapted, or refused with a reason.

Each is on a disc of its own, from which it is read again. The pixels of what is adapted are compared
with those of a decoder that we do not use and, where the same image is there without compression, with
that; and dciodvfy must find nothing wrong that it does not find in the source.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.pixels import pixel_array

from mediakit.dictionary import TRANSFER_SYNTAXES
from mediakit.model import FileContent
from mediakit.pixels import Decoder, frames
from tests.corpus import files, on_disc, transfer_syntax
from tests.profile_sets.dataset import EXPLICIT, RLE
from tests.profile_sets.images import ultrasound
from tests.tools import run

NAMES = "Media Storage SOP Instance UID in the file meta is"
REFUSED = {
    "ExplVR_BigEndNoMeta.dcm": "RT Plan Label is missing",
    "ExplVR_LitEndNoMeta.dcm": "RT Plan Label is missing",
    "JPEG2000-embedded-sequence-delimiter.dcm": "the compressed frame has 1024 rows and 3722445056 columns",
    "MR_truncated.dcm": "The file ends too early: 62 bytes of PixelData",
    "empty_charset_LEI.dcm": "DICOM without a SOP Class UID",
    "meta_missing_tsyntax.dcm": "DICOM without a SOP Class UID",
    "nested_priv_SQ.dcm": "DICOM without a SOP Class UID",
    "no_meta.dcm": "damaged DICOM: there are DICOM UIDs, but no data set",
    "rtplan_truncated.dcm": "The file ends too early",
    **dict.fromkeys(
        ("badVR.dcm", "rtdose.dcm", "rtdose_1frame.dcm", "rtdose_expb.dcm", "rtdose_expb_1frame.dcm",
         "rtplan.dcm", "charsets/chrJapMulti.dcm", "charsets/chrJapMultiExplicitIR6.dcm",
         "more/bad_sequence.dcm"),
        NAMES,
    ),
    "charsets/chrKoreanMulti.dcm": "holds no Pixel Data",
    "palettes/winter.dcm": "not in ascending order: (0008,0018) follows (0008,0018)",
    "more/emri_small_jpeg_2k_lossless_too_short.dcm": "PixelData (7FE0,0010) has no end",
}  # fmt: skip
"""What no adaptation may mend: damage, missing values, and names that contradict each other."""

BEGINNING = {
    "SC_rgb_jpeg.dcm": "Transfer Syntax UID corrected",
    "no_meta_group_length.dcm": "File Meta Information Group Length corrected",
    "rtstruct.dcm": "preamble supplied",
    "more/OT-PAL-8-face.dcm": "preamble supplied",
    "image_dfl.dcm": "checksum behind the deflated data set left out",
    **dict.fromkeys(
        (f"dicomdirtests/{place}" for place in
         ("77654033/CT2/17106", "77654033/CT2/17136", "77654033/CT2/17166", "77654033/CT2/17196",
          "98892001/CT5N/2062", "98892001/CT5N/2392", "98892001/CT5N/2693", "98892001/CT5N/3023",
          "98892001/CT5N/3353")),
        "preamble replaced by zeros",
    ),
}  # fmt: skip
"""What is mended before the data set, or instead of it."""

SAME = {
    "MR_small.dcm": tuple(f"MR_small_{how}.dcm" for how in
                          ("RLE", "bigendian", "expb", "implicit", "jp2klossless", "jpeg_ls_lossless")),
    "rtdose.dcm": ("rtdose_rle.dcm",),
    "more/693_UNCR.dcm": ("more/693_J2KR.dcm",),
    "more/MR2_UNCR.dcm": ("more/MR2_J2KR.dcm",),
    "more/OBXXXX1A.dcm": ("more/OBXXXX1A_expb.dcm", "more/OBXXXX1A_rle.dcm"),
    "more/OBXXXX1A_2frame.dcm": ("more/OBXXXX1A_expb_2frame.dcm", "more/OBXXXX1A_rle_2frame.dcm"),
    "more/RG1_UNCR.dcm": ("more/RG1_J2KR.dcm",),
    "more/RG3_UNCR.dcm": ("more/RG3_J2KR.dcm",),
    "more/SC_rgb.dcm": ("more/SC_rgb_expb.dcm", "SC_rgb_rle.dcm"),
    "more/SC_rgb_16bit.dcm": ("more/SC_rgb_expb_16bit.dcm", "SC_rgb_rle_16bit.dcm"),
    "more/SC_rgb_16bit_2frame.dcm": ("more/SC_rgb_expb_16bit_2frame.dcm", "SC_rgb_rle_16bit_2frame.dcm"),
    "more/SC_rgb_2frame.dcm": ("more/SC_rgb_expb_2frame.dcm", "SC_rgb_rle_2frame.dcm"),
    "more/SC_rgb_32bit.dcm": ("more/SC_rgb_expb_32bit.dcm", "SC_rgb_rle_32bit.dcm"),
    "more/SC_rgb_32bit_2frame.dcm": ("more/SC_rgb_expb_32bit_2frame.dcm", "SC_rgb_rle_32bit_2frame.dcm"),
    "more/US1_UNCR.dcm": ("more/US1_J2KR.dcm",),
    "more/emri_small.dcm": ("more/emri_small_RLE.dcm", "more/emri_small_big_endian.dcm",
                            "more/emri_small_jpeg_2k_lossless.dcm", "more/emri_small_jpeg_ls_lossless.dcm"),
    "more/gdcm-US-ALOKA-16.dcm": ("more/gdcm-US-ALOKA-16_big.dcm",),
    "more/liver.dcm": ("more/liver_expb.dcm",),
}  # fmt: skip
"""Files in which somebody else put the same pixels without compression, as pydicom reads them."""

NATIVE = {name: plain for plain, names in SAME.items() for name in names}

ULTRASOUND = {"examples_ybr_color.dcm", "more/color3d_jpeg_baseline.dcm"}
"""JPEG Baseline in YBR_FULL_422; see below why dciodvfy is not content with them."""

BEYOND_DCIODVFY = {
    *(f"SC_rgb_rle_32bit{end}.dcm" for end in ("", "_2frame")),
    *(f"more/SC_rgb_expb_32bit{end}.dcm" for end in ("", "_2frame")),
    *(f"rtdose_rle{end}.dcm" for end in ("", "_1frame")),
}
"""It ends with an assertion at native pixels of 32 bits in OW, which PS3.5 A.2 asks for."""

_JPEG = "1.2.840.10008.1.2.4."
FOREIGN = {
    **dict.fromkeys((_JPEG + "50", _JPEG + "51", _JPEG + "57", _JPEG + "70"), ("dcmdjpeg", "+pl", "+cn")),
    **dict.fromkeys((_JPEG + "80", _JPEG + "81"), ("dcmdjpls",)),
    **dict.fromkeys((_JPEG + "90", _JPEG + "91"), ("gdcmconv", "--raw")),
    "1.2.840.10008.1.2.5": ("dcmdrle",),
}
ROUNDED = {_JPEG + "50", _JPEG + "51", _JPEG + "91"}
"""The discrete cosine transform and the 9-7 wavelet may be rounded in several ways."""


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as one:
        yield one


def errors(data: bytes, scratch: Path) -> set[str]:
    scratch.write_bytes(data)
    said = run("dciodvfy", scratch, status=(0, 1)).stderr.splitlines()
    return {line for line in said if line.startswith("Error")}


def without_pixels(data: bytes) -> bytes:
    dataset, out = pydicom.dcmread(io.BytesIO(data)), io.BytesIO()
    del dataset.PixelData
    dataset.save_as(out)
    return out.getvalue()


KEYWORDS = {
    "PhotometricInterpretation", "PlanarConfiguration", "LossyImageCompression", "LossyImageCompressionRatio",
    "LossyImageCompressionMethod",
}  # fmt: skip
"""What adaptation may change of a data set but for its pixels, and says in words."""


def differing(before: bytes, after: bytes) -> set[str]:
    """The keywords of the elements, however deep, whose VR or value pydicom finds to be another."""
    one, other = elements(before), elements(after)
    return {
        pydicom.datadict.keyword_for_tag(path[-1])
        for path in {*one, *other}
        if one.get(path) != other.get(path)
    }


def elements(data: bytes) -> dict[tuple[int, ...], object]:
    """All elements of a data set but its pixels, and group lengths, which nobody needs."""
    dataset = pydicom.dcmread(io.BytesIO(data), force=True)
    return dict(_elements(dataset, dataset.original_encoding[1] is False, ()))


def _elements(
    dataset: pydicom.Dataset, big_endian: bool, inside: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], object]]:
    for each in dataset:
        path, value = (*inside, int(each.tag)), each.value
        if each.VR == "SQ":
            for n, item in enumerate(value):
                yield from _elements(item, big_endian, (*path, n))
            value = len(value)
        elif each.VR == "OW" and big_endian:
            value = np.frombuffer(value, ">u2").astype("<u2").tobytes()
        if each.tag.element and each.tag != 0x7FE00010:
            yield path, (each.VR, value)


def inflated(data: bytes) -> bytes:
    """By pydicom, for dciodvfy does not read the file."""
    dataset, out = pydicom.dcmread(io.BytesIO(data)), io.BytesIO()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    dataset.save_as(out)
    return out.getvalue()


def pixels(path: Path) -> NDArray[np.generic]:
    dataset = pydicom.dcmread(path, force=True)
    if "TransferSyntaxUID" not in dataset.file_meta:
        dataset.file_meta.TransferSyntaxUID = pydicom.uid.ImplicitVRLittleEndian
    return pixel_array(dataset, raw=True).ravel()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", files())
def test_every_file_is_on_its_disc_or_refused_with_a_true_reason(
    name: str, decoder: Decoder, tmp_path: Path
) -> None:
    source = files()[name]
    syntax, found = transfer_syntax(source), on_disc(source, tmp_path)
    if name in REFUSED:
        assert found.word == "refused"
        assert REFUSED[name] in found.reason
        return
    before = source.read_bytes()
    if syntax == EXPLICIT and name not in BEGINNING:
        assert (found.word, found.data) == ("unchanged", before)
        return
    assert found.word == "adapted"
    assert any(BEGINNING.get(name, "Transfer Syntax UID: ") in change for change in found.changes)
    target = tmp_path / "adapted.dcm"
    target.write_bytes(found.data)
    made = pydicom.dcmread(target)
    assert made.file_meta.TransferSyntaxUID == EXPLICIT
    assert differing(before, found.data) == {change.partition(":")[0] for change in found.changes} & KEYWORDS
    if TRANSFER_SYNTAXES[syntax].deflated:
        before = inflated(before)
    _judge(name, before, found.data, tmp_path / "judged.dcm")
    if "PixelData" in made:
        _compare(name, target, syntax, decoder, tmp_path / "foreign.dcm")


def _judge(name: str, before: bytes, after: bytes, scratch: Path) -> None:
    """dciodvfy finds no new error."""
    if name in BEYOND_DCIODVFY:
        before, after = without_pixels(before), without_pixels(after)
    new = errors(after, scratch) - errors(before, scratch)
    assert new == (IN_ULTRASOUND if name in ULTRASOUND else set())


def _compare(name: str, target: Path, syntax: str, decoder: Decoder, scratch: Path) -> None:
    """The pixels are ours, those of a foreign decoder (or of pydicom), and what they were before."""
    source, found = files()[name], pixels(target)
    other = source
    if TRANSFER_SYNTAXES[syntax].encapsulated:
        tool, *options = FOREIGN[syntax]
        run(tool, *options, source, scratch)
        other = scratch
        ours = b"".join(frame.data for frame in frames(FileContent.of(source), decoder))
        assert pydicom.dcmread(target).PixelData == ours + b"\0" * (len(ours) % 2)
    theirs = pixels(other)
    if syntax in ROUNDED:
        assert found.shape == theirs.shape
        for at in range(0, len(found), 1 << 20):
            part = slice(at, at + (1 << 20))
            assert np.abs(found[part].astype(np.int32) - theirs[part]).max() <= 1
    else:
        assert np.array_equal(found, theirs)
    if name in NATIVE:
        assert np.array_equal(found, pixels(files()[NATIVE[name]]))


def test_the_tables_name_files_that_are_there() -> None:
    tables = {*REFUSED, *BEGINNING, *NATIVE, *SAME, *ULTRASOUND, *BEYOND_DCIODVFY}
    assert tables - set(files()) == set()


IN_ULTRASOUND = {
    "Error - Unrecognized enumerated value <YBR_FULL> for value 1 of attribute <Photometric Interpretation>",
    "Error - Unrecognized enumerated value <0> for value 1 of attribute <Planar Configuration>",
}


def test_dciodvfy_knows_no_ultrasound_of_luminance_and_chrominance_without_compression(
    tmp_path: Path,
) -> None:
    """It takes YBR_FULL of RLE and YBR_FULL_422 of JPEG only.

    PS3.11 Table C.3-2 has YBR_FULL_422 in Explicit VR Little Endian as well, and PS3.3 C.7.6.3.1.2 says of
    all three that they may be native. RGB, which it takes, would be other numbers.
    """
    rgb = ultrasound("RGB", EXPLICIT)
    native = bytes(rgb.values["PixelData"])
    before = errors(rgb.data, tmp_path / "us.dcm")
    forms = [("YBR_FULL", 0, native), ("YBR_FULL", 1, native),
             ("YBR_FULL_422", 0, native[: len(native) // 3 * 2])]  # fmt: skip
    for photometric, planar, value in forms:
        form = rgb.but(PhotometricInterpretation=photometric, PlanarConfiguration=planar, PixelData=value)
        new = errors(form.data, tmp_path / "us.dcm") - before
        assert any(f"value <{photometric}>" in line for line in new)
    assert errors(ultrasound("YBR_FULL", RLE).data, tmp_path / "us.dcm") <= before


def test_rgb_instead_of_ybr_loses_numbers() -> None:
    """PS3.3 C.7.6.3.1.2: most numbers of YBR_FULL are no colours of RGB, or share one with others."""
    from pydicom.pixels.processing import convert_color_space

    levels = np.array([0, 64, 128, 192, 255], np.uint8)
    every = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(-1, 1, 3)
    back = convert_color_space(convert_color_space(every, "YBR_FULL", "RGB"), "RGB", "YBR_FULL")
    assert (back != every).any(axis=-1).mean() > 0.5
