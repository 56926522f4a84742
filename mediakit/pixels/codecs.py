"""One compressed frame -> its native bytes, by the installed decoders (PS3.5 8.2, A.4).

A table says which packages decode what; pydicom calls them and knows the oddities of each.
They are C and C++ that may raise anything, and the input is foreign: whatever they raise is
"this frame cannot be decoded by this package", and the next one is tried. What runs here
may also end the process, and turns off warnings in it, so only the child of `decoder` calls it.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ..dictionary import TRANSFER_SYNTAXES
from .frame import CodecMissing, Frame, ImagePixel, PixelsUnreadable

GDCM, OPENJPEG, RLE, JPEG_LS = "python-gdcm", "pylibjpeg-openjpeg", "pylibjpeg-rle", "pyjpegls"

_PLUGIN = {GDCM: "gdcm", OPENJPEG: "pylibjpeg", RLE: "pylibjpeg", JPEG_LS: "pyjpegls", "pydicom": "pydicom"}
"""What pydicom calls the decoder of a package."""

_JPEG = {"1.2.840.10008.1.2.4." + end: (GDCM,) for end in ("50", "51", "57", "70")}
_JPEG_LS = {"1.2.840.10008.1.2.4." + end: (JPEG_LS, GDCM) for end in ("80", "81")}
_JPEG_2000 = {"1.2.840.10008.1.2.4." + end: (OPENJPEG, GDCM) for end in ("90", "91")}
_HTJ2K = {"1.2.840.10008.1.2.4." + end: (OPENJPEG,) for end in ("201", "202", "203")}
_JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"
_RLE = "1.2.840.10008.1.2.5"

CODECS: Mapping[str, tuple[str, ...]] = {
    **_JPEG, **_JPEG_LS, **_JPEG_2000, **_HTJ2K, _RLE: (RLE, "pydicom"),
}  # fmt: skip
"""The packages that decode a transfer syntax, the best first."""


def _inflated(data: bytes, length: int) -> bytes:
    """PS3.5 8.2.16: every frame is deflated by itself."""
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, length)


_PLAIN: Mapping[str, Callable[[bytes, int], bytes]] = {
    "1.2.840.10008.1.2.1.98": lambda data, length: data[:length],
    "1.2.840.10008.1.2.8.1": _inflated,
}
"""Transfer syntaxes whose frames are native but for a wrapping that needs no package."""


def is_decodable(syntax: str) -> bool:
    """Whether there are decoders for the transfer syntax, installed or not."""
    return syntax in CODECS or syntax in _PLAIN


def decode(data: bytes, syntax: str, image: ImagePixel) -> Frame:
    """The frame that the compressed bytes hold.

    Raises PixelsUnreadable when no package can decode them, CodecMissing when none of those
    that could is installed.
    """
    if syntax in _PLAIN:
        return _unwrapped(data, syntax, image)
    _check_shape(data, image)
    reasons = []
    for package in _installed(syntax):
        try:
            return _decoded(data, syntax, image, package)
        except Exception as error:  # the module's docstring says why
            reasons.append(f"{package}: {str(error).splitlines()[0] if str(error) else 'it failed'}")
    raise PixelsUnreadable(f"the frame cannot be decoded ({'; '.join(reasons)})")


def _installed(syntax: str) -> list[str]:
    """The packages for the transfer syntax that are there. Raises PixelsUnreadable and CodecMissing."""
    name = TRANSFER_SYNTAXES[syntax].name if syntax in TRANSFER_SYNTAXES else syntax or "unknown"
    packages = CODECS.get(syntax)
    if packages is None:
        raise PixelsUnreadable(f"there is no decoder for the transfer syntax {name}")
    from pydicom.pixels.decoders.base import get_decoder

    plugins = get_decoder(syntax).available_plugins
    found = [package for package in packages if _PLUGIN[package] in plugins]
    if not found:
        brings = f"pip install {packages[0]}"
        raise CodecMissing(f"{packages[0]}, which decodes {name}, is not installed: {brings}", brings)
    return found


def _decoded(data: bytes, syntax: str, image: ImagePixel, package: str) -> Frame:
    """The frame as that package decodes it; raises whatever it raises."""
    if syntax == _JPEG_EXTENDED and image.bits_stored > 8:
        return _extended(data, syntax, image)
    from pydicom.encaps import encapsulate
    from pydicom.pixels.decoders.base import get_decoder

    options: dict[str, Any] = {
        "rows": image.rows, "columns": image.columns, "samples_per_pixel": image.samples,
        "bits_allocated": image.bits_allocated, "bits_stored": image.bits_stored,
        "pixel_representation": int(image.signed), "photometric_interpretation": image.photometric,
        "number_of_frames": 1, "pixel_keyword": "PixelData",
    }  # fmt: skip
    if image.planar is not None:
        # PS3.5 8.2: a code stream has its own order, but pydicom would rearrange what comes out of it.
        options["planar_configuration"] = 0
    with warnings.catch_warnings():
        # pydicom warns where the code stream has another colour space than the header; the frame tells.
        warnings.simplefilter("ignore")
        array, facts = get_decoder(syntax).as_array(
            encapsulate([data], has_bot=False), index=0, raw=True,
            decoding_plugin=_PLUGIN[package], **options,
        )  # fmt: skip
    photometric = str(facts["photometric_interpretation"])
    return _frame(
        array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes(), image, photometric, package
    )


def _extended(data: bytes, syntax: str, image: ImagePixel) -> Frame:
    """JPEG Extended with 12 bits, which pydicom does not ask GDCM for although it can."""
    import gdcm  # type: ignore[import-untyped]  # it has no annotations

    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(data)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    bitmap = gdcm.Image()
    bitmap.SetNumberOfDimensions(2)
    bitmap.SetDimensions((image.columns, image.rows, 1))
    bitmap.SetDataElement(element)
    kind = gdcm.PhotometricInterpretation.GetPIType(image.photometric)
    bitmap.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(kind))
    bitmap.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(syntax)))
    stored = image.bits_stored
    bitmap.SetPixelFormat(
        gdcm.PixelFormat(image.samples, image.bits_allocated, stored, stored - 1, int(image.signed))
    )
    # GDCM gives the bytes as text, with surrogates for those that are none.
    decoded = bitmap.GetBuffer().encode("utf-8", "surrogateescape")
    return _frame(decoded, image, image.photometric, GDCM)


def _frame(data: bytes, image: ImagePixel, photometric: str, package: str) -> Frame:
    """Decoders give colour by pixel and no colour subsampled (PS3.5 8.2.1)."""
    planar = None if image.planar is None else 0
    whole = replace(
        image, photometric="YBR_FULL" if photometric == "YBR_FULL_422" else photometric, planar=planar
    )
    if len(data) != whole.length:
        raise PixelsUnreadable(f"{len(data):,} bytes came out where the frame has {whole.length:,}")
    return Frame(whole, data, package)


def _unwrapped(data: bytes, syntax: str, image: ImagePixel) -> Frame:
    try:
        native = _PLAIN[syntax](data, image.length)
    except zlib.error as error:
        raise PixelsUnreadable(f"the deflated frame is damaged ({error})") from error
    if len(native) < image.length:
        raise PixelsUnreadable(f"{len(native):,} bytes came out where the frame has {image.length:,}")
    return Frame(image, native, "zlib")


def _check_shape(data: bytes, image: ImagePixel) -> None:
    """A code stream of another size than the header says is not this image, or a trap for memory.

    Of more bits or samples than stated some would be lost without a word of the decoder.
    """
    found = code_stream_shape(data)
    if found and found[:2] != (image.rows, image.columns):
        raise PixelsUnreadable(
            f"the compressed frame has {found[0]} rows and {found[1]} columns, "
            f"but the attributes say {image.rows} and {image.columns}"
        )
    if found and found[2] > image.bits_allocated:
        raise PixelsUnreadable(
            f"the compressed frame has {found[2]} bits a sample, "
            f"but the attributes allocate {image.bits_allocated}"
        )
    if found and found[3] != image.samples:
        raise PixelsUnreadable(
            f"the compressed frame has {found[3]} samples per pixel, but the attributes say {image.samples}"
        )


def code_stream_shape(data: bytes) -> tuple[int, int, int, int] | None:
    """Rows, columns, bits of the first sample, and samples per pixel.

    As a JPEG, JPEG-LS or JPEG 2000 code stream states them; None where it does not.
    """
    if data[4:8] == b"jP  ":  # a whole JP2 file, which PS3.5 A.4.4 does not have
        data = data[max(data.find(b"\xff\x4f\xff\x51", 0, 1 << 16), 0) :]
    if data[:4] == b"\xff\x4f\xff\x51" and len(data) >= 43:  # ITU-T T.800 A.5.1
        right, bottom, left, top = struct.unpack_from(">4I", data, 8)
        return bottom - top, right - left, (data[42] & 0x7F) + 1, int.from_bytes(data[40:42], "big")
    position = 2
    while data[:2] == b"\xff\xd8" and position + 10 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        # ITU-T T.81 B.2.2 and T.87 C.2.2: SOF0 to SOF15 without DHT, JPG and DAC, and SOF55
        if (0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC)) or marker == 0xF7:
            bits, rows, columns, samples = struct.unpack_from(">BHHB", data, position + 4)
            return (rows, columns, bits, samples) if rows and columns else None
        if marker == 0xFF:
            position += 1
        else:
            position += 2 + int(struct.unpack_from(">H", data, position + 2)[0])
    return None
