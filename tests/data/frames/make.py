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

from tests.profile_sets.dataset import EXPLICIT, Made
from tests.profile_sets.images import ct, ultrasound
from tests.profile_sets.streams import SIZE, grey

HERE = Path(__file__).parent


def jpeg(name: str, image: Made, *options: str) -> None:
    """One frame by dcmcjpeg, out of a whole DICOM file and back."""
    with tempfile.TemporaryDirectory() as folder:
        native, packed = Path(folder, "native"), Path(folder, "packed")
        native.write_bytes(image.data)
        subprocess.run(["dcmcjpeg", *options, native, packed], check=True)
        frames = list(generate_frames(pydicom.dcmread(packed).PixelData, number_of_frames=1))
    HERE.joinpath(name).write_bytes(frames[0])


def jpeg2000(name: str, bits: int, *options: str) -> None:
    """One codestream by ffmpeg, from raw pixels."""
    format = {8: "gray", 12: "gray12le", 16: "gray16le"}[bits]
    raw = ("-f", "rawvideo")
    source = (*raw, "-pix_fmt", format, "-s", f"{SIZE}x{SIZE}", "-i", "-")
    codec = ("-c:v", "libopenjpeg", "-format", "j2k", "-numresolution", "3", *options, "-frames:v", "1")
    command = ["ffmpeg", "-v", "error", "-y", *source, *codec, *raw, str(HERE / name)]
    subprocess.run(command, check=True, input=grey(bits))


def main() -> None:
    """Make them all."""
    for bits in (8, 10, 12, 16):
        jpeg(f"grey{bits}.4.70", ct(EXPLICIT, bits), "+e1")
    for bits in (8, 12, 16):
        jpeg2000(f"grey{bits}.4.90", bits, "-irreversible", "0")
    jpeg("grey8.4.50", ct(EXPLICIT, 8), "+eb")
    jpeg("colour8.4.50", ultrasound("RGB", EXPLICIT), "+eb", "+s2")
    jpeg("grey12.4.51", ct(EXPLICIT, 12), "+ee")
    jpeg2000("grey12.4.91", 12, "-irreversible", "1", "-compression_level", "4")


if __name__ == "__main__":
    main()
