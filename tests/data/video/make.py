"""Makes the video streams in this folder, one second each, with ffmpeg 5.1 (libx264).

    python make.py

Every stream keeps to what its transfer syntax permits (PS3.5 8.2.5 to 8.2.9): Main Level 720 x 576
at 25 Hz, High Level 1280 x 720 at 25 Hz, BD-compatible 1280 x 720 at 50 Hz, Level 4.2 1920 x 1080 at
50 Hz; Level 4.1 alone has no list of sizes. The picture is a field with one moving square, so that the
streams are small. H.264 is in an MPEG-2 Transport Stream.

ffmpeg has no encoder for Stereo High Profile. `stereo` makes it from two streams of High Profile: the
left view stays as it is, the slices of the right view become NAL units of type 20 and its SPS a subset
SPS of profile 128 (ITU-T H.264 Annex H). The right view is coded without inter-view prediction, which
the profile allows.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
EXACT = ("-fflags", "+bitexact", "-flags:v", "+bitexact", "-threads", "1")
TS = ("-f", "mpegts")
BLU_RAY = (
    "bluray-compat=1:vbv-maxrate=40000:vbv-bufsize=30000:slices=4:aud=1:nal-hrd=vbr:"
    "colorprim=bt709:transfer=bt709:colormatrix=bt709"
)
SUBSET_SPS, CODED_SLICE_EXTENSION, STEREO_HIGH, LEVEL_4_2 = 15, 20, 128, 42


def picture(width: int, height: int, rate: int, start: int = 0) -> tuple[str, ...]:
    """The input: one second of a grey field with a white square that moves to the right."""
    field = f"color=c=gray:s={width}x{height}:r={rate}:d=1"
    square = f"color=c=white:s=32x32:r={rate}:d=1"
    return ("-f", "lavfi", "-i", field, "-f", "lavfi", "-i", square,
            "-filter_complex", f"[0][1]overlay=x={start}+2*n:y=64,format=yuv420p")  # fmt: skip


def ffmpeg(*arguments: str | Path) -> None:
    """Run it; an error ends the script."""
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True)


def mpeg2(name: str, width: int, height: int, profile: str, level: str) -> None:
    """An MPEG-2 elementary stream; `profile` and `level` as ffmpeg numbers them."""
    ffmpeg(*picture(width, height, 25), "-c:v", "mpeg2video", "-profile:v", profile, "-level:v", level,
           "-q:v", "8", "-g", "15", *EXACT, "-f", "mpeg2video", HERE / name)  # fmt: skip


def h264(path: Path, source: tuple[str, ...], level: str, x264: str = "") -> None:
    """An H.264 stream in High Profile at that level."""
    options = ":".join(filter(None, ("keyint=25:scenecut=0:info=0", x264)))
    container = TS if path.suffix == ".ts" else ("-f", "h264")
    ffmpeg(*source, "-c:v", "libx264", "-profile:v", "high", "-level:v", level, "-crf", "40",
           "-x264-params", options, *EXACT, *container, path)  # fmt: skip


def main() -> None:
    """Make them all."""
    mpeg2("mpeg2-mpml.m2v", 720, 576, "4", "8")
    mpeg2("mpeg2-mphl.m2v", 1280, 720, "4", "4")
    h264(HERE / "h264-hp41.ts", picture(160, 128, 25), "4.1")
    h264(HERE / "h264-hp41-bd.ts", picture(1280, 720, 50), "4.1", x264=BLU_RAY)
    h264(HERE / "h264-hp42-2d.ts", picture(1920, 1080, 50), "4.2")
    # PS3.5 8.2.9: the two views side by side in one frame, said so in a frame packing SEI message.
    h264(HERE / "h264-hp42-3d.ts", picture(1920, 1080, 50), "4.2", x264="frame-packing=3")
    stereo(HERE / "h264-shp42.ts")


def stereo(path: Path) -> None:
    """Stereo High Profile at level 4.2 from two views."""
    with tempfile.TemporaryDirectory() as folder:
        left, right, both = (Path(folder, name) for name in ("left.h264", "right.h264", "both.h264"))
        # One slice a picture and no B pictures: then the two views go picture by picture.
        one = "bframes=0:slices=1:aud=0"
        h264(left, picture(1920, 1080, 50), "4.2", x264=one)
        h264(right, picture(1920, 1080, 50, start=8), "4.2", x264=f"{one}:sps-id=1")
        both.write_bytes(merge(left.read_bytes(), right.read_bytes()))
        ffmpeg("-r", "50", "-f", "h264", "-i", both, "-c", "copy", *EXACT, *TS, path)


def merge(left: bytes, right: bytes) -> bytes:
    """Every access unit: the base view's NAL units, then those of the other view."""
    extra = [_not_base(unit) for unit in nal_units(right)]
    slices = iter([unit for unit in extra if unit[0] & 0x1F == CODED_SLICE_EXTENSION])
    sets = list(dict.fromkeys(unit for unit in extra if unit[0] & 0x1F in (SUBSET_SPS, 8)))
    out: list[bytes] = []
    for unit in nal_units(left):
        kind = unit[0] & 0x1F
        out += [*sets, unit, next(slices)] if kind == 5 else [unit, next(slices)] if kind == 1 else [unit]
    return b"".join(b"\0\0\0\1" + unit for unit in out)


def nal_units(stream: bytes) -> list[bytes]:
    """The NAL units of a byte stream, SEI messages left out (ITU-T H.264 Annex B)."""
    return [unit for unit in re.split(rb"\x00\x00\x00?\x01", stream)[1:] if unit[0] & 0x1F != 6]


def _not_base(unit: bytes) -> bytes:
    """A NAL unit of the other view: its SPS becomes a subset SPS, its slices get the MVC header."""
    kind = unit[0] & 0x1F
    if kind == 7:
        return bytes([unit[0] & 0xE0 | SUBSET_SPS]) + subset_sps(unit[1:])
    if kind not in (1, 5):
        return unit
    # H.7.3.1.1: svc_extension_flag 0, non_idr_flag, priority_id 0, view_id 1, temporal_id 0,
    # anchor_pic_flag (every IDR picture is one), inter_view_flag 0, reserved_one_bit.
    idr = kind == 5
    bits = f"0{0 if idr else 1}{0:06b}{1:010b}{0:03b}{1 if idr else 0}01"
    return bytes([unit[0] & 0xE0 | CODED_SLICE_EXTENSION]) + int(bits, 2).to_bytes(3) + unit[1:]


def subset_sps(payload: bytes) -> bytes:
    """seq_parameter_set_data with profile 128, then the MVC extension for two views (H.7.3.2.1.3)."""
    data = bytearray(payload.replace(b"\0\0\3", b"\0\0"))
    data[0] = STEREO_HIGH
    bits = "".join(f"{byte:08b}" for byte in data).rstrip("0")[:-1]
    views = ue(1) + ue(0) + ue(1)
    no_inter_view_references = ue(0) * 4
    level = ue(0) + f"{LEVEL_4_2:08b}" + ue(0) + "000" + ue(1) + ue(0) + ue(1) + ue(1)
    bits += "1" + views + no_inter_view_references + level + "00" + "1"
    bits += "0" * (-len(bits) % 8)
    raw = int(bits, 2).to_bytes(len(bits) // 8)
    return re.sub(rb"\x00\x00(?=[\x00-\x03])", b"\0\0\3", raw)


def ue(value: int) -> str:
    """An unsigned Exp-Golomb code (9.1)."""
    code = f"{value + 1:b}"
    return "0" * (len(code) - 1) + code


if __name__ == "__main__":
    main()
