"""All of pydicom's test files for STD-GEN-CD: written, adapted, or refused with a true reason.

The pixels of what is adapted are compared with those of a decoder that we do not use, and
dciodvfy must find nothing wrong that it does not find in the source.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.pixels import pixel_array

from mediakit.dictionary import TRANSFER_SYNTAXES
from mediakit.workshop import Workshop
from tests.adaptation import adapted
from tests.tools import run

FOLDER = Path(pydicom.__file__).parent / "data" / "test_files"

SUPPLY = {
    "PatientID": "X", "StudyInstanceUID": "1.2.3", "SeriesInstanceUID": "1.2.4", "Modality": "OT",
    "StudyDate": "20200101", "StudyTime": "1200",
}  # fmt: skip
"""Many of the files lack what a Directory Record needs."""

REFUSED = {
    "ExplVR_BigEndNoMeta.dcm": "RT Plan Label is missing",
    "ExplVR_LitEndNoMeta.dcm": "RT Plan Label is missing",
    "JPEG2000-embedded-sequence-delimiter.dcm": "the compressed frame has 1024 rows and 3722445056 columns",
    "MR_truncated.dcm": "The file ends too early: 62 bytes of PixelData",
    "badVR.dcm": "Media Storage SOP Instance UID in the file meta is",
    "image_dfl.dcm": "Bytes follow the end of the data set",
    "priv_SQ.dcm": "The file ends too early",
    "rtdose.dcm": "Media Storage SOP Instance UID in the file meta is",
    "rtdose_1frame.dcm": "Media Storage SOP Instance UID in the file meta is",
    "rtdose_expb.dcm": "Media Storage SOP Instance UID in the file meta is",
    "rtdose_expb_1frame.dcm": "Media Storage SOP Instance UID in the file meta is",
    "rtplan.dcm": "Media Storage SOP Instance UID in the file meta is",
    "rtplan_truncated.dcm": "The file ends too early",
}
"""What no adaptation may mend: damage, missing values, and names that contradict each other."""

DAMAGED = {"empty_charset_LEI.dcm", "meta_missing_tsyntax.dcm", "nested_priv_SQ.dcm", "no_meta.dcm"}
"""No SOP Instances at all, so that they are not even judged."""

UNCHANGED = {
    "CT_small.dcm", "MR_small.dcm", "MR_small_padded.dcm", "SC_rgb_small_odd.dcm",
    "SC_ybr_full_422_uncompressed.dcm", "examples_overlay.dcm", "examples_palette.dcm",
    "examples_rgb_color.dcm", "liver_1frame.dcm", "reportsi.dcm", "reportsi_with_empty_number_tags.dcm",
    "test-SR.dcm", "waveform_ecg.dcm",
}  # fmt: skip

WITHOUT_PIXELS = {"UN_sequence.dcm", "no_meta_group_length.dcm", "rtstruct.dcm"}

NEW_ERRORS = {"examples_ybr_color.dcm": ("Planar Configuration", "Photometric Interpretation")}
"""PS3.5 8.2.1 decodes YBR_FULL_422 to YBR_FULL, which ultrasound has with RLE only (PS3.3 C.8.5.6.1.2)."""

BEYOND_DCIODVFY = {
    "SC_rgb_rle_32bit.dcm",
    "SC_rgb_rle_32bit_2frame.dcm",
    "rtdose_rle.dcm",
    "rtdose_rle_1frame.dcm",
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
def workshop() -> Iterator[Workshop]:
    with Workshop() as workshop:
        yield workshop


@cache
def names() -> tuple[str, ...]:
    return tuple(sorted(path.name for path in FOLDER.glob("*.dcm")))


def errors(path: Path) -> set[str]:
    said = run("dciodvfy", path, status=(0, 1)).stderr.splitlines()
    return {line for line in said if line.startswith("Error")}


def pixels(path: Path) -> np.ndarray:
    return pixel_array(pydicom.dcmread(path, force=True), raw=True).astype(np.int64).ravel()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", names())
def test_every_file_is_written_or_refused_with_a_true_reason(
    name: str, workshop: Workshop, tmp_path: Path
) -> None:
    source = FOLDER / name
    found = adapted(source, workshop=workshop, supply=SUPPLY)
    reasons = [each.reason for each in found.judged.refused]
    if name in REFUSED:
        (reason,) = reasons
        assert (found.judged.accepted, found.adapted) == ((), ())
        assert REFUSED[name] in reason
        return
    assert reasons == []
    assert len(found.judged.accepted) == (name not in DAMAGED)
    if name in UNCHANGED | DAMAGED:
        assert found.adapted == ()
        return
    (each,) = found.adapted
    target = tmp_path / "adapted.dcm"
    with each.instance.content.open() as stream:
        target.write_bytes(stream.read())
    assert pydicom.dcmread(target).file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    new = set() if name in BEYOND_DCIODVFY else errors(target) - errors(source)
    assert {word for word in NEW_ERRORS.get(name, ()) if not any(word in line for line in new)} == set()
    assert len(new) == len(NEW_ERRORS.get(name, ()))
    if name not in WITHOUT_PIXELS:
        _compare(source, target, each.source.transfer_syntax, tmp_path / "foreign.dcm")


def _compare(source: Path, target: Path, syntax: str, scratch: Path) -> None:
    """The pixels are those of a foreign decoder, or of pydicom where nothing was to be decoded."""
    other = source
    if TRANSFER_SYNTAXES[syntax].encapsulated:
        tool, *options = FOREIGN[syntax]
        run(tool, *options, source, scratch)
        other = scratch
    difference = np.abs(pixels(target) - pixels(other))
    assert difference.max() <= (syntax in ROUNDED)


def test_the_tables_name_files_that_are_there() -> None:
    tables = {*REFUSED, *DAMAGED, *UNCHANGED, *WITHOUT_PIXELS, *NEW_ERRORS, *BEYOND_DCIODVFY}
    assert tables - set(names()) == set()
