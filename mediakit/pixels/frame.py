"""What a frame is, and what the Image Pixel Module says of it (PS3.3 C.7.6.3)."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..model import Attributes
from ..values import number, text

LARGEST = 1 << 30
"""No frame of real images comes near these bytes; a header that claims more is wrong or hostile."""

FLOAT_PIXEL_DATA, DOUBLE_PIXEL_DATA, PIXEL_DATA = 0x7FE00008, 0x7FE00009, 0x7FE00010
_FLOAT_BITS = {FLOAT_PIXEL_DATA: 32, DOUBLE_PIXEL_DATA: 64}
_SUBSAMPLED = ("YBR_FULL_422", "YBR_PARTIAL_422")


class PixelsUnreadable(Exception):
    """There are no pixels to be had from an instance; the message says why, in plain words."""


class CodecMissing(PixelsUnreadable):
    """No decoder for the transfer syntax is installed; `command` is the one that brings it."""

    def __init__(self, message: str, command: str) -> None:
        super().__init__(message)
        self.command = command


@dataclass(frozen=True, slots=True)
class ImagePixel:
    """How one frame of native pixel data is laid out (PS3.3 C.7.6.3.1).

    `planar` is Planar Configuration, None with a single sample. `floating` says that the
    samples are IEEE 754 numbers of `bits_allocated` bits (PS3.3 C.7.6.24, C.7.6.25).
    """

    rows: int
    columns: int
    samples: int
    bits_allocated: int
    bits_stored: int
    signed: bool
    photometric: str
    planar: int | None
    floating: bool = False

    @property
    def bits(self) -> int:
        """How many bits a frame has; those of the next follow without a gap (PS3.5 8.1.1)."""
        # PS3.3 C.7.6.3.1.2: two pixels share their chrominance, so there are two samples for each.
        samples = 2 if self.subsampled else self.samples
        return self.rows * self.columns * samples * self.bits_allocated

    @property
    def length(self) -> int:
        """How many bytes a frame has that begins on its own."""
        return (self.bits + 7) // 8

    @property
    def subsampled(self) -> bool:
        """Whether the colour is stored for every second pixel only."""
        return self.photometric in _SUBSAMPLED


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded frame: `data` is as native Explicit VR Little Endian Pixel Data holds it.

    `image` describes it, which may differ from the attributes of the instance in Photometric
    Interpretation and Planar Configuration (PS3.5 8.2). With 1 bit a pixel, the first pixel
    is the lowest bit of the first byte. `codec` names the package that decoded it; it is
    empty where nothing had to be decoded.
    """

    image: ImagePixel
    data: bytes = field(repr=False)
    codec: str = ""


def described(attributes: Attributes, pixels: int, compressed: bool = False) -> ImagePixel:
    """The Image Pixel Module of an instance whose pixels are in the element of that tag.

    `compressed` pixels lie as their code stream has them, whatever Planar Configuration says.

    Raises PixelsUnreadable when it does not say enough, or nothing that could be true.
    """
    photometric = text(attributes, "PhotometricInterpretation")
    samples = number(attributes, "SamplesPerPixel") or 1
    floating = pixels in _FLOAT_BITS
    allocated = _FLOAT_BITS[pixels] if floating else _needed(attributes, "BitsAllocated")
    image = ImagePixel(
        rows=_needed(attributes, "Rows"),
        columns=_needed(attributes, "Columns"),
        samples=samples,
        bits_allocated=allocated,
        bits_stored=allocated if floating else number(attributes, "BitsStored") or allocated,
        signed=number(attributes, "PixelRepresentation") == 1,
        photometric=photometric,
        planar=(number(attributes, "PlanarConfiguration") or 0) if samples > 1 else None,
        floating=floating,
    )
    _check(image, compressed)
    return image


def _needed(attributes: Attributes, keyword: str) -> int:
    found = number(attributes, keyword)
    if not found or found < 0:
        raise PixelsUnreadable(f"{keyword} is missing, so the image is not described")
    return found


def _check(image: ImagePixel, compressed: bool) -> None:
    if image.bits_allocated not in (1, 8, 16, 32, 64):
        raise PixelsUnreadable(f"{image.bits_allocated} bits allocated are more or less than can be read")
    if not 0 < image.bits_stored <= image.bits_allocated:
        raise PixelsUnreadable(f"{image.bits_stored} of {image.bits_allocated} bits cannot be stored")
    if image.samples not in (1, 3, 4) or image.planar not in (None, 0, 1):
        raise PixelsUnreadable(f"{image.samples} samples per pixel cannot be read in that arrangement")
    if image.bits_allocated == 1 and image.samples > 1:
        raise PixelsUnreadable("an image of several samples per pixel cannot have one bit for each")
    is_odd = not compressed and (image.planar or image.columns % 2)
    if image.subsampled and (image.samples != 3 or is_odd):
        raise PixelsUnreadable(f"{image.photometric} does not go with the other attributes of the image")
    if image.length > LARGEST:
        raise PixelsUnreadable(f"a frame of {image.length:,} bytes is too large")
