"""Makes the compressed frames in this folder, each 16 x 16 pixels.

    PYTHONPATH=../../.. python make.py

JPEG comes from dcmcjpeg (DCMTK 3.6.7), JPEG 2000 from ffmpeg 5.1 (libopenjpeg). A name says the colour,
the bits stored, and the transfer syntax by the end of its UID: `grey12.4.70` is JPEG Lossless of 12 bits.
The grey frames show `tests.profile_sets.streams.grey`, the coloured one its `colour` as YBR_FULL_422.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import pydicom
from pydicom.encaps import generate_frames

from tests.builders import ct
from tests.profile_sets.streams import SIZE, colour, grey

HERE = Path(__file__).parent


def jpeg(name: str, bits: int, *options: str, pixels: bytes | None = None) -> None:
    """One frame by dcmcjpeg, out of a whole DICOM file and back."""
    samples = 3 if pixels else 1
    image = ct(
        SamplesPerPixel=samples, PhotometricInterpretation="RGB" if pixels else "MONOCHROME2",
        PlanarConfiguration=0 if pixels else None, Rows=SIZE, Columns=SIZE,
        BitsAllocated=8 if bits == 8 else 16, BitsStored=bits, HighBit=bits - 1,
        PixelData=pixels or grey(bits),
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        native, packed = Path(folder, "native"), Path(folder, "packed")
        native.write_bytes(image)
        subprocess.run(["dcmcjpeg", *options, native, packed], check=True)
        frames = list(generate_frames(pydicom.dcmread(packed).PixelData, number_of_frames=1))
    HERE.joinpath(name).write_bytes(frames[0])


def jpeg2000(name: str, bits: int, *options: str) -> None:
    """One codestream by ffmpeg, from raw pixels."""
    format = {8: "gray", 12: "gray12le", 16: "gray16le"}[bits]
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", format, "-s", f"{SIZE}x{SIZE}", "-i", "-",
         "-c:v", "libopenjpeg", "-format", "j2k", "-numresolution", "3", *options, "-frames:v", "1", "-f", "rawvideo", HERE / name],
        check=True, input=grey(bits),
    )  # fmt: skip


def main() -> None:
    """Make them all."""
    for bits in (8, 12, 16):
        jpeg(f"grey{bits}.4.70", bits, "+e1")
        jpeg2000(f"grey{bits}.4.90", bits, "-irreversible", "0")
    jpeg("grey8.4.50", 8, "+eb")
    jpeg("colour8.4.50", 8, "+eb", "+s2", pixels=colour())
    jpeg("grey12.4.51", 12, "+ee")
    jpeg2000("grey12.4.91", 12, "-irreversible", "1", "-compression_level", "4")


if __name__ == "__main__":
    main()
