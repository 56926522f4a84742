"""Frames out of Pixel Data: against pydicom, and where fragments, bits or decoders are unusual."""

from __future__ import annotations

import struct
import subprocess
import sys
import tracemalloc
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.encaps import encapsulate_extended
from pydicom.pixels import pixel_array

from mediakit.model import BytesContent, FileContent
from mediakit.pixels import CodecMissing, Decoder, PixelsUnreadable, frames, open_pixels, samples
from mediakit.pixels.codecs import CODECS, code_stream_shape
from tests.profile_sets.dataset import (
    EXPLICIT,
    HTJ2K,
    HTJ2K_LOSSLESS,
    HTJ2K_RPCL,
    J2K,
    J2K_LOSSLESS,
    JPEG_BASELINE,
    JPEG_EXTENDED,
    JPEG_LOSSLESS,
    JPEG_LS,
    JPEG_LS_NEAR,
    RLE,
    Made,
)
from tests.profile_sets.images import grey, instance, sc
from tests.profile_sets.streams import SIZE, rle
from tests.profile_sets.streams import frame as frame_of
from tests.profile_sets.streams import grey as ramp

FOLDER = Path(pydicom.__file__).parent / "data" / "test_files"
BIG_ENDIAN, DEFLATED_FRAMES = "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.8.1"

REFUSED = {
    "JPEG2000-embedded-sequence-delimiter.dcm": "3722445056 columns",  # the code stream is broken
    "MR_truncated.dcm": "the file ends before its pixels",
    "meta_missing_tsyntax.dcm": "BitsAllocated is missing",
    "nested_priv_SQ.dcm": "BitsAllocated is missing",
}
NOT_BY_PYDICOM = {"JPEG-lossy.dcm", "JPGExtended.dcm", "badVR.dcm"}
"""12 bits in JPEG Extended, and a Number of Frames that is none: with foreign tools and below."""


def with_pixels() -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path in sorted(FOLDER.glob("*.dcm")):
            found = pydicom.dcmread(path, force=True, specific_tags=["PixelData"])
            if "PixelData" in found:
                yield path.name


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as one:
        yield one


@pytest.mark.parametrize("name", list(with_pixels()))
def test_frames_are_what_pydicom_decodes(name: str, decoder: Decoder) -> None:
    content = FileContent.of(FOLDER / name)
    if name in REFUSED:
        with pytest.raises(PixelsUnreadable, match=REFUSED[name]):
            list(frames(content, decoder))
        return
    ours = np.stack([samples(frame) for frame in frames(content, decoder)])
    if name not in NOT_BY_PYDICOM:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = pixel_array(pydicom.dcmread(FOLDER / name), raw=True)
        assert ours.dtype.str[1:] == theirs.dtype.str[1:]
        assert np.array_equal(ours, theirs.reshape(ours.shape))


def test_every_transfer_syntax_with_a_codec_is_among_pydicoms_files_or_the_samples() -> None:
    """HTJ2K, which none of the files is in, is among the frames in tests/data."""
    seen = {
        pydicom.dcmread(FOLDER / name, force=True).file_meta.get("TransferSyntaxUID")
        for name in with_pixels()
    }
    jpeg_lossless_process_14, htj2k = (
        "1.2.840.10008.1.2.4.57",
        {f"1.2.840.10008.1.2.4.20{n}" for n in (1, 2, 3)},
    )
    assert set(CODECS) - seen == {jpeg_lossless_process_14, *htj2k}


@pytest.mark.parametrize("syntax", ["57", "70"])
def test_lossless_jpeg_of_several_frames(syntax: str, decoder: Decoder) -> None:
    """Process 14 with selection value 1 is process 14 too."""
    made = made_of(12, JPEG_LOSSLESS, 3).but(f"1.2.840.10008.1.2.4.{syntax}")
    found = list(frames(BytesContent(made.data), decoder))
    assert [frame.data for frame in found] == [ramp(12)] * 3
    assert {frame.codec for frame in found} == {"python-gdcm"}


def made_of(bits: int, syntax: str = EXPLICIT, count: int = 1) -> Made:
    values = {**instance("1.2.840.10008.5.1.4.1.1.7", "OT", "pixels"), **grey(bits, syntax, frames=count)}
    return Made({**values, "NumberOfFrames": str(count)}, syntax)


def numbered(count: int) -> list[bytes]:
    """Frames of 8 bits that all differ."""
    return [bytes([n]) * SIZE * SIZE for n in range(count)]


def content(
    items: list[bytes], count: int, *, table: bytes = b"", extended: list[int] | None = None
) -> BytesContent:
    """RLE frames with exactly those fragments and that Basic or Extended Offset Table."""
    made = made_of(8, RLE, count)
    if extended is not None:
        made = made.but(ExtendedOffsetTable=struct.pack(f"<{len(extended)}Q", *extended))
    data = made.but(PixelData=None).data
    parts = b"".join(struct.pack("<HHI", 0xFFFE, 0xE000, len(each)) + each for each in (table, *items))
    return BytesContent(
        data
        + struct.pack("<HH2s2xI", 0x7FE0, 0x10, b"OB", 0xFFFFFFFF)
        + parts
        + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    )


def split(frame: bytes) -> list[bytes]:
    """A frame in two fragments of even length."""
    middle = len(frame) // 4 * 2
    return [frame[:middle], frame[middle:]]


def test_fragments_are_told_apart_by_either_offset_table(decoder: Decoder) -> None:
    items = [part for each in numbered(3) for part in split(rle(each))]
    starts, at = [], 0
    for n, item in enumerate(items):
        if n % 2 == 0:
            starts.append(at)
        at += 8 + len(item)
    basic = content(items, 3, table=struct.pack("<3I", *starts))
    extended = content(items, 3, extended=starts)
    for each in (basic, extended):
        assert [frame.data for frame in frames(each, decoder)] == numbered(3)


def test_the_extended_offset_table_is_read_as_pydicom_writes_it(decoder: Decoder) -> None:
    _, offsets, _ = encapsulate_extended([rle(each) for each in numbered(4)])
    found = content([rle(each) for each in numbered(4)], 4, extended=list(struct.unpack("<4Q", offsets)))
    assert [frame.data for frame in frames(found, decoder)] == numbered(4)


def test_a_wrong_offset_table_is_not_believed(decoder: Decoder) -> None:
    items = [rle(each) for each in numbered(2)]
    for table in ((0, 3), (4, 0), (0, 0xFFFFFF00), (0, 0)):
        found = content(items, 2, table=struct.pack("<2I", *table))
        assert [frame.data for frame in frames(found, decoder)] == numbered(2)


def test_all_fragments_of_one_frame_belong_to_it(decoder: Decoder) -> None:
    parts = [rle(ramp(8))[n : n + 2] for n in range(0, len(rle(ramp(8))), 2)]
    assert [frame.data for frame in frames(content(parts, 1), decoder)] == [ramp(8)]


def test_code_streams_end_where_they_say(decoder: Decoder) -> None:
    """Without a table, two fragments a frame: the end of image marker parts them."""
    jpeg = made_of(8, JPEG_LOSSLESS, 1).values["PixelData"][0]
    made = made_of(8, JPEG_LOSSLESS, 2).but(PixelData=[*split(jpeg), *split(jpeg)])
    data = made.data  # with the table of four frames, which is not that of two
    assert [frame.data for frame in frames(BytesContent(data), decoder)] == [ramp(8)] * 2


def test_fragments_that_cannot_be_told_apart_are_refused(decoder: Decoder) -> None:
    items = [part for each in numbered(2) for part in split(rle(each))]
    with pytest.raises(PixelsUnreadable, match="4 fragments cannot be told apart into 2 frames"):
        list(frames(content(items, 2), decoder))


def test_a_deflated_frame(decoder: Decoder) -> None:
    import zlib

    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(ramp(8)) + packer.flush()
    made = made_of(8).but(DEFLATED_FRAMES, PixelData=[packed + b"\0" * (len(packed) % 2)])
    (frame,) = frames(BytesContent(made.data), decoder)
    assert (frame.data, frame.codec) == (ramp(8), "zlib")


def test_single_bits_do_not_begin_at_bytes() -> None:
    """PS3.5 8.1.1: 3 frames of 5 x 3 pixels lie in 45 bits."""
    bits = [(n * 7 // 3) % 2 for n in range(45)]
    value = np.packbits(bits, bitorder="little").tobytes()
    made = sc().but(
        Rows=5, Columns=3, BitsAllocated=1, BitsStored=1, HighBit=0, NumberOfFrames="3", PixelData=value
    )
    found = list(frames(BytesContent(made.data)))
    assert [samples(frame).ravel().tolist() for frame in found] == [bits[0:15], bits[15:30], bits[30:45]]
    assert [frame.data[1] >> 7 for frame in found] == [0, 0, 0], "what is no pixel is zero"


def test_overlays_in_unused_bits_are_no_part_of_the_samples() -> None:
    stored = [0x8001, 0x7FFF, 0xF800, 0x0000]
    made = sc().but(
        Rows=2, Columns=2, BitsAllocated=16, BitsStored=12, HighBit=11, PixelData=struct.pack("<4H", *stored)
    )
    (frame,) = frames(BytesContent(made.data))
    assert samples(frame).ravel().tolist() == [0x001, 0xFFF, 0x800, 0]
    (signed,) = frames(BytesContent(made.but(PixelRepresentation=1).data))
    assert samples(signed).ravel().tolist() == [1, -1, -0x800, 0]
    assert frame.data == struct.pack("<4H", *stored), "an adaptation keeps them"


def test_subsampled_colour_stays_as_it_is_and_is_shown_in_full() -> None:
    value = bytes([10, 20, 100, 200, 30, 40, 110, 210])
    made = sc().but(
        Rows=2, Columns=2, SamplesPerPixel=3, PlanarConfiguration=0, PhotometricInterpretation="YBR_FULL_422",
        PixelData=value,
    )  # fmt: skip
    (frame,) = frames(BytesContent(made.data))
    assert (frame.data, frame.image.photometric) == (value, "YBR_FULL_422")
    assert samples(frame).tolist() == [[[10, 100, 200], [20, 100, 200]], [[30, 110, 210], [40, 110, 210]]]


def test_a_frame_that_is_cut_off_says_so_and_those_before_are_there() -> None:
    made = made_of(8, count=3)
    short = made.but(PixelData=made.values["PixelData"][:-4])
    with open_pixels(BytesContent(short.data)) as pixels:
        assert pixels.frame(1).data == ramp(8)
        with pytest.raises(PixelsUnreadable, match="4 bytes of frame 3 are missing"):
            pixels.frame(2)
        with pytest.raises(IndexError):
            pixels.frame(3)


def test_without_a_number_of_frames_there_is_one() -> None:
    made = made_of(8, count=1).but(NumberOfFrames=None)
    assert [frame.data for frame in frames(BytesContent(made.data))] == [ramp(8)]


def test_memory_holds_a_frame_and_not_a_file(tmp_path: Path) -> None:
    """100 frames of 1 MB, sparse on the disk."""
    made = made_of(8).but(Rows=1000, Columns=1000, NumberOfFrames="100", PixelData=None)
    path = tmp_path / "long.dcm"
    header = made.data + struct.pack("<HH2s2xI", 0x7FE0, 0x10, b"OW", 100_000_000)
    with path.open("wb") as out:
        out.write(header)
        out.truncate(len(header) + 100_000_000)
    tracemalloc.start()
    try:
        assert sum(len(frame.data) for frame in frames(FileContent.of(path))) == 100_000_000
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"BitsAllocated": 12}, "12 bits allocated"),
        ({"BitsStored": 9}, "9 of 8 bits"),
        ({"SamplesPerPixel": 2}, "2 samples per pixel"),
        ({"Rows": 65535, "Columns": 65535}, "too large"),
        ({"PhotometricInterpretation": "YBR_FULL_422"}, "does not go with"),
        ({"PixelData": None}, "there are no pixels"),
    ],
)
def test_descriptions_that_cannot_be_true(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(PixelsUnreadable, match=reason):
        list(frames(BytesContent(made_of(8).but(**changes).data)))


def test_a_code_stream_of_another_size_is_refused(decoder: Decoder) -> None:
    made = made_of(8, JPEG_LOSSLESS).but(Rows=SIZE * 2, Columns=SIZE // 2)
    with pytest.raises(PixelsUnreadable, match="the compressed frame has"):
        list(frames(BytesContent(made.data), decoder))


@pytest.mark.parametrize("syntax", [JPEG_EXTENDED, JPEG_LOSSLESS, JPEG_LS, J2K_LOSSLESS, HTJ2K_LOSSLESS])
def test_a_code_stream_of_more_bits_than_are_allocated_is_refused(syntax: str, decoder: Decoder) -> None:
    """Decoders would cut off the upper ones."""
    made = made_of(12, syntax).but(BitsAllocated=8, BitsStored=8, HighBit=7)
    with pytest.raises(PixelsUnreadable, match=r"has 1[26] bits a sample, but the attributes allocate 8"):
        list(frames(BytesContent(made.data), decoder))


@pytest.mark.parametrize(
    ("syntax", "stream"), [(JPEG_BASELINE, "colour8.4.50"), (HTJ2K_LOSSLESS, "colour8.4.201")]
)
def test_a_code_stream_of_more_samples_is_refused(syntax: str, stream: str, decoder: Decoder) -> None:
    made = made_of(8, syntax).but(PixelData=[frame_of(stream)])
    with pytest.raises(PixelsUnreadable, match="has 3 samples per pixel, but the attributes say 1"):
        list(frames(BytesContent(made.data), decoder))


@given(st.binary(max_size=80))
def test_the_size_of_a_code_stream_is_looked_for_in_anything(data: bytes) -> None:
    for head in (b"", b"\xff\xd8", b"\xff\x4f\xff\x51"):
        found = code_stream_shape(head + data)
        assert found is None or len(found) == 4


@given(st.binary(max_size=120))
def test_any_bytes_in_the_place_of_fragments_are_pixels_or_a_reason(value: bytes) -> None:
    """Nothing is decoded here: the table of frames is what is tried."""
    data = made_of(8, RLE, 2).but(PixelData=None).data
    head = struct.pack("<HH2s2xI", 0x7FE0, 0x10, b"OB", 0xFFFFFFFF)
    try:
        with open_pixels(BytesContent(data + head + value)) as pixels:
            assert pixels.count == 2
    except PixelsUnreadable as error:
        assert str(error)


def test_a_decoder_that_breaks_down_costs_its_frame_only() -> None:
    """GDCM ends its process at some of these damages; the next frame is decoded by a new one."""
    sound = FOLDER / "SC_rgb_jpeg_gdcm.dcm"
    data = sound.read_bytes()
    at = data.rfind(b"\xff\xda")
    refused = 0
    with Decoder() as one:
        for n in range(8):
            hurt = data[: at + 20 + 40 * n] + b"\xff\xc4\x00" + data[at + 23 + 40 * n :]
            try:
                list(frames(BytesContent(hurt), one))
            except PixelsUnreadable:
                refused += 1
        assert refused > 0
        (frame,) = frames(BytesContent(data), one)
    assert samples(frame).tolist() == pixel_array(sound).tolist()


def stated_planar(name: str) -> bytes:
    """The file with Planar Configuration 1, as many archives state it for code streams."""
    data = (FOLDER / name).read_bytes()
    element = struct.pack("<HH2sHH", 0x0028, 0x0006, b"US", 2, 0)
    assert data.count(element) == 1
    return data.replace(element, element[:-2] + b"\1\0")


@pytest.mark.parametrize(
    "name",
    ["SC_rgb_jpeg_gdcm.dcm", "SC_rgb_jpeg_lossy_gdcm.dcm", "SC_rgb_dcmtk_+eb+cr.dcm", "SC_rgb_rle.dcm",
     "SC_rgb_jls_lossy_line.dcm", "SC_rgb_jls_lossy_sample.dcm", "examples_jpeg2k.dcm",
     "examples_ybr_color.dcm"],
)  # fmt: skip
def test_planar_configuration_says_nothing_of_a_code_stream(name: str, decoder: Decoder) -> None:
    """PS3.5 8.2: colours come out by pixel, whatever the attribute says."""
    found = next(frames(BytesContent(stated_planar(name)), decoder))
    assert found == next(frames(FileContent.of(FOLDER / name), decoder))
    assert found.image.planar == 0


ENCODED = [(JPEG_BASELINE, 8), (JPEG_EXTENDED, 12), (JPEG_LOSSLESS, 8), (JPEG_LOSSLESS, 12), (JPEG_LS, 12),
           (JPEG_LS_NEAR, 12), (J2K_LOSSLESS, 12), (J2K, 12), (HTJ2K_LOSSLESS, 12), (HTJ2K_RPCL, 12),
           (HTJ2K, 12), (RLE, 8)]  # fmt: skip


@pytest.mark.parametrize(("syntax", "bits"), ENCODED)
def test_a_frame_of_which_the_end_is_missing_is_refused(syntax: str, bits: int, decoder: Decoder) -> None:
    """Even where the half that is there was closed again, which libjpeg fills up with grey."""
    made = made_of(bits, syntax)
    (whole,) = made.values["PixelData"]
    half = whole[: len(whole) // 2]
    for part in (half, whole[: len(whole) * 9 // 10], half + b"\xff\xd9"):
        with pytest.raises(PixelsUnreadable):
            list(frames(BytesContent(made.but(PixelData=[part]).data), decoder))
        assert len(list(frames(BytesContent(made.data), decoder))) == 1, "the next one is not blamed for it"


def test_bytes_too_many_are_no_damage(decoder: Decoder) -> None:
    """libjpeg remarks on them, but all pixels are there."""
    made = made_of(8, JPEG_LOSSLESS)
    (whole,) = made.values["PixelData"]
    longer = whole[:-2] + bytes(60) + whole[-2:]
    (frame,) = frames(BytesContent(made.but(PixelData=[longer]).data), decoder)
    assert frame.data == ramp(8)


def test_a_decoder_that_takes_too_long_is_ended() -> None:
    with Decoder(patience=0.0) as one, pytest.raises(PixelsUnreadable, match="broke down"):
        list(frames(FileContent.of(FOLDER / "MR_small_RLE.dcm"), one))


def test_a_missing_codec_is_named_with_the_command_that_brings_it() -> None:
    code = (
        "import sys\n"
        "for name in ('gdcm', 'openjpeg', 'rle', 'jpeg_ls', 'pylibjpeg'): sys.modules[name] = None\n"
        "from mediakit.pixels.codecs import decode\n"
        "from mediakit.pixels import CodecMissing, ImagePixel\n"
        "image = ImagePixel(8, 8, 1, 8, 8, False, 'MONOCHROME2', None)\n"
        "for syntax in sys.argv[1:]:\n"
        "    try: decode(b'', syntax, image)\n"
        "    except CodecMissing as error: print(error.command, '|', error)\n"
    )
    syntaxes = [uid for uid in CODECS if uid != RLE]  # pydicom itself decodes RLE
    done = subprocess.run([sys.executable, "-c", code, *syntaxes], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        f"pip install {CODECS[uid][0]} | {CODECS[uid][0]}, which decodes {name}, is not installed: "
        f"pip install {CODECS[uid][0]}"
        for uid, name in ((uid, pydicom.uid.UID(uid).name) for uid in syntaxes)
    ]
    assert issubclass(CodecMissing, PixelsUnreadable)


def test_video_has_no_decoder(decoder: Decoder) -> None:
    made = made_of(8).but("1.2.840.10008.1.2.4.100", PixelData=[b"\0\0\1\xb3"])
    with pytest.raises(PixelsUnreadable, match="there is no decoder for the transfer syntax MPEG2"):
        list(frames(BytesContent(made.data), decoder))


def test_a_frame_describes_what_came_out(decoder: Decoder) -> None:
    (frame,) = frames(FileContent.of(FOLDER / "SC_rgb_dcmtk_+eb+cy+np.dcm"), decoder)
    assert (frame.image.photometric, frame.image.planar) == ("YBR_FULL", 0)
    (frame,) = frames(FileContent.of(FOLDER / "GDCMJ2K_TextGBR.dcm"), decoder)
    assert (frame.image.photometric, frame.codec) == ("RGB", "pylibjpeg-openjpeg")
    (plain,) = frames(FileContent.of(FOLDER / "ExplVR_BigEnd.dcm"))
    assert (plain.image.planar, plain.codec) == (1, "")
    assert replace(plain.image, planar=0).length == len(plain.data)


def test_thousands_of_compressed_frames_are_found_without_being_read(tmp_path: Path) -> None:
    """5,000 frames in 40 MB: the table and one frame are held."""
    made = made_of(8, RLE, 5000)
    packed = rle(ramp(8))
    made = made.but(PixelData=None)
    item = struct.pack("<HHI", 0xFFFE, 0xE000, 8000) + packed + bytes(8000 - len(packed))
    path = tmp_path / "long.dcm"
    with path.open("wb") as out:
        out.write(made.data + struct.pack("<HH2s2xI", 0x7FE0, 0x10, b"OB", 0xFFFFFFFF))
        out.write(struct.pack("<HHI", 0xFFFE, 0xE000, 0))
        out.writelines(item for _ in range(5000))
        out.write(struct.pack("<HHI", 0xFFFE, 0xE0DD, 0))
    tracemalloc.start()
    try:
        with open_pixels(FileContent.of(path)) as pixels:
            assert pixels.frame(4999).data == ramp(8)
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()
