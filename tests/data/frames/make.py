"""Makes the compressed frames in this folder, each 16 x 16 pixels.

    PYTHONPATH=../../.. python make.py

JPEG comes from dcmcjpeg and JPEG-LS from dcmcjpls (DCMTK 3.6.7), JPEG 2000 from ffmpeg 5.1 (libopenjpeg),
HTJ2K from ojph_compress (OpenJPH 0.9). A name says the colour, the bits stored, and the transfer syntax by
the end of its UID: `grey12.4.70` is JPEG Lossless of 12 bits. The grey frames show
`tests.profile_sets.streams.grey`, the signed one the same bits as signed numbers; the coloured ones show its
`colour`, as YBR_FULL_422 in JPEG and through the reversible colour transform (YBR_RCT) in HTJ2K.
`python make.py htj2k` makes those of HTJ2K alone, and so on.
"""

from __future__ import annotations

import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import pydicom
from pydicom.encaps import generate_frames

from tests.profile_sets.dataset import EXPLICIT, Made
from tests.profile_sets.images import ct, ultrasound
from tests.profile_sets.streams import SIZE, colour, grey

HERE = Path(__file__).parent


def jpeg(name: str, image: Made, *options: str, program: str = "dcmcjpeg") -> None:
    """One frame by dcmcjpeg or dcmcjpls, out of a whole DICOM file and back."""
    with tempfile.TemporaryDirectory() as folder:
        native, packed = Path(folder, "native"), Path(folder, "packed")
        native.write_bytes(image.data)
        subprocess.run([program, *options, native, packed], check=True)
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


def htj2k(name: str, raw: bytes, bits: int, *options: str) -> None:
    """One codestream by ojph_compress, from raw grey pixels, or from three samples of 8 bits each."""
    with tempfile.TemporaryDirectory() as folder:
        if len(raw) == 3 * SIZE * SIZE:
            source, kind = Path(folder, "x.ppm"), ["-colour_trans", "true"]
            source.write_bytes(f"P6 {SIZE} {SIZE} 255\n".encode() + raw)
        else:
            source = Path(folder, "x.yuv")
            source.write_bytes(raw)
            kind = ["-dims", f"{{{SIZE},{SIZE}}}", "-num_comps", "1", "-downsamp", "{1,1}"]
            kind += ["-signed", "false", "-bit_depth", str(bits)]
        packed = Path(folder, "x.j2c")
        command = ["ojph_compress", "-i", source, "-o", packed, "-num_decomps", "2", *kind, *options]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        data = packed.read_bytes()
    if name.endswith("202"):
        data = with_tile_lengths(data)
    if name.startswith("signed"):
        data = signed(data)
    HERE.joinpath(name).write_bytes(data)


def signed(data: bytes) -> bytes:
    """As of signed numbers: the same, without the level shift (ITU-T T.800 A.5.1, G.1.1).

    ojph_compress takes negative raw pixels for large ones.
    """
    assert data[2:4] == b"\xff\x51"
    return data[:42] + bytes([data[42] | 0x80]) + data[43:]


def with_tile_lengths(data: bytes) -> bytes:
    """With the TLM marker segment that 1.2.840.10008.1.2.4.202 demands (PS3.5 8.2.14), which OpenJPH 0.9 has not."""
    at = data.index(b"\xff\x90")  # SOT: there is one tile in one part
    return data[:at] + struct.pack(">HHBBBI", 0xFF55, 9, 0, 0x50, 0, len(data) - at - 2) + data[at:]


def make_jpeg() -> None:
    """Those of dcmcjpeg."""
    for bits in (8, 10, 12, 16):
        jpeg(f"grey{bits}.4.70", ct(EXPLICIT, bits), "+e1")
    jpeg("grey8.4.50", ct(EXPLICIT, 8), "+eb")
    jpeg("colour8.4.50", ultrasound("RGB", EXPLICIT), "+eb", "+s2")
    jpeg("grey12.4.51", ct(EXPLICIT, 12), "+ee")


def make_jpegls() -> None:
    """Those of dcmcjpls."""
    for bits in (8, 12, 16):
        jpeg(f"grey{bits}.4.80", ct(EXPLICIT, bits), program="dcmcjpls")
    jpeg("grey12.4.81", ct(EXPLICIT, 12), "+en", "+md", "2", program="dcmcjpls")


def make_jpeg2000() -> None:
    """Those of ffmpeg."""
    for bits in (8, 12, 16):
        jpeg2000(f"grey{bits}.4.90", bits, "-irreversible", "0")
    jpeg2000("grey12.4.91", 12, "-irreversible", "1", "-compression_level", "4")


def make_htj2k() -> None:
    """Those of ojph_compress."""
    exact = ("-reversible", "true")
    for bits in (8, 12, 16):
        htj2k(f"grey{bits}.4.201", grey(bits), bits, *exact, "-prog_order", "LRCP")
        htj2k(f"grey{bits}.4.202", grey(bits), bits, *exact, "-prog_order", "RPCL")
    shifted = bytes(byte ^ (n % 2 * 0x80) for n, byte in enumerate(grey(16)))
    htj2k("signed16.4.201", shifted, 16, *exact)
    htj2k("colour8.4.201", colour(), 8, *exact)
    htj2k("grey12.4.203", grey(12), 12, "-reversible", "false", "-qstep", "0.002")


if __name__ == "__main__":
    kinds = {"jpeg": make_jpeg, "jpegls": make_jpegls, "jpeg2000": make_jpeg2000, "htj2k": make_htj2k}
    for kind in sys.argv[1:] or kinds:
        kinds[kind]()
