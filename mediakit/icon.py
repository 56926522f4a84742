"""Pixels of an instance -> its Icon Image Sequence for the directory (PS3.3 F.7, C.7.6.1.1.6).

An icon is one small image without compression: 8 bits, square pixels, grey or with a palette.
The Representative Frame of a multi-frame image is shown, else the one in its middle, as a
viewer would show it (`pixels.view`), whole, in its own aspect ratio, in the middle of black.
The same instance gives the same bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .dicomfile import encode_items
from .dictionary import tag_of, vr_of
from .model import Attributes, Content, Element
from .pixels import Decoder, Frame, open_pixels
from .pixels.view import WANTED, of_frame, view
from .values import number, text, texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

ICON = tag_of("IconImageSequence")
DEFAULT_SIZE = 64
"""Rows and columns where nothing else is said: what viewers and PS3.11 E.3.3.3 expect."""

_FINER = 4
"""Of a large image, only so many pixels in each direction count for one of the icon."""

_STEPS = (6, 7, 6)
"""Levels of red, green and blue in the palette of a coloured icon: 252 colours."""

_PIXEL_DATA = tag_of("PixelData")
_TABLES = tuple(tag_of(f"{colour}PaletteColorLookupTableData") for colour in ("Red", "Green", "Blue"))
_DESCRIPTORS = tuple(
    tag_of(f"{colour}PaletteColorLookupTableDescriptor") for colour in ("Red", "Green", "Blue")
)
_SPACINGS = ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing", "PixelAspectRatio")


@dataclass(frozen=True, slots=True)
class IconStyle:
    """What an icon is to be like; `colour` says that a palette is allowed."""

    rows: int = DEFAULT_SIZE
    columns: int = DEFAULT_SIZE
    colour: bool = True


def make_icon(content: Content, style: IconStyle, decoder: Decoder | None = None) -> Element:
    """The Icon Image Sequence for the instance in the content.

    Raises PixelsUnreadable, with CodecMissing among it, when the pixels cannot be had, and OSError.
    """
    with open_pixels(content, WANTED, decoder) as pixels:
        index = representative(pixels.attributes, pixels.count)
        frame, attributes = pixels.frame(index), of_frame(pixels.attributes, index)
    return icon_of(frame, attributes, style)


def icon_of(frame: Frame, attributes: Attributes, style: IconStyle) -> Element:
    """The same for a frame with the attributes that hold for it. Raises PixelsUnreadable."""
    seen = reduced(frame, attributes, style)
    if seen.ndim == 3 and not style.colour:
        seen = (seen @ (299, 587, 114) + 500) // 1000  # ITU-R BT.601, as PS3.3 C.7.6.3.1.2 has it
    item = _grey_item(seen, style) if seen.ndim == 2 else _palette_item(seen, style)
    return Element(ICON, "SQ", encode_items((item,)))


def reduced(frame: Frame, attributes: Attributes, style: IconStyle) -> NDArray[Any]:
    """The frame as it would be shown, in its proportions, as large as fits into the style.

    0 to 255 of shape (rows, columns), or (rows, columns, 3) for red, green and blue. Raises
    PixelsUnreadable.
    """
    image = frame.image
    height, width = _fitting(image.rows * _ratio(attributes), image.columns, style)
    step = max(1, min(image.rows // (height * _FINER), image.columns // (width * _FINER)))
    return _scaled(view(frame, attributes, step), height, width)


def blank_icon(style: IconStyle) -> Element:
    """An icon as `make_icon` makes them, but black: for who asks only whether there would be one."""
    item = _item("MONOCHROME2", bytes(style.rows * style.columns), style, ())
    return Element(ICON, "SQ", encode_items((item,)))


def usable(own: Attributes) -> bool:
    """Whether an icon that an instance brings along may stand in a record as it is (PS3.3 F.7)."""
    kind, pixels = text(own, "PhotometricInterpretation"), own.raw(_PIXEL_DATA)
    size = (number(own, "Rows") or 0) * (number(own, "Columns") or 0)
    wanted = {
        "SamplesPerPixel": 1,
        "BitsAllocated": 8,
        "BitsStored": 8,
        "HighBit": 7,
        "PixelRepresentation": 0,
    }
    return (
        kind in ("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR")
        and all(number(own, keyword) == value for keyword, value in wanted.items())
        and 0 < size == len(pixels) - size % 2
        and not any(tag_of(keyword) in own for keyword in ("PlanarConfiguration", "PixelAspectRatio"))
        and (kind != "PALETTE COLOR" or all(own.raw(tag) for tag in (*_TABLES, *_DESCRIPTORS)))
    )


def representative(attributes: Attributes, count: int) -> int:
    """The index of the frame that stands for all: as PS3.3 C.7.6.6 numbers it, from 1, or in the middle."""
    named = number(attributes, "RepresentativeFrameNumber") or 0
    return named - 1 if 1 <= named <= count else count // 2


def _ratio(attributes: Attributes) -> float:
    """How much higher than wide a pixel is; spacings and the ratio name the vertical value first."""
    for keyword in _SPACINGS:
        try:
            vertical, horizontal = map(float, texts(attributes, keyword))
            if 0.01 < vertical / horizontal < 100:
                return vertical / horizontal
        except (ValueError, ZeroDivisionError):
            continue
    return 1.0


def _fitting(high: float, wide: float, style: IconStyle) -> tuple[int, int]:
    """Rows and columns of the largest picture of those proportions that fits into the icon."""
    scale = min(style.rows / high, style.columns / wide)
    height, width = max(1, round(high * scale)), max(1, round(wide * scale))
    return min(height, style.rows), min(width, style.columns)


def _scaled(picture: NDArray[Any], rows: int, columns: int) -> NDArray[Any]:
    """Each pixel the mean of those that fall into it; where none would, the one that lies there."""
    for axis, size in ((0, rows), (1, columns)):
        picture = _along(picture, axis, size)
    return picture


def _along(picture: NDArray[Any], axis: int, size: int) -> NDArray[Any]:
    import numpy as np

    there = picture.shape[axis]
    edges = np.arange(size) * there // size
    if size >= there:
        same: NDArray[Any] = np.take(picture, edges, axis=axis)
        return same
    counts = np.diff(np.append(edges, there))
    sums = np.add.reduceat(picture.astype(np.int64), edges, axis=axis)
    shape = [1] * picture.ndim
    shape[axis] = size
    counts = counts.reshape(shape)
    means: NDArray[Any] = (sums + counts // 2) // counts
    return means


def _grey_item(picture: NDArray[Any], style: IconStyle) -> Attributes:
    return _item("MONOCHROME2", _framed(picture, style), style, ())


def _palette_item(picture: NDArray[Any], style: IconStyle) -> Attributes:
    """The picture in a palette that is the same for all icons."""
    import numpy as np

    red, green, blue = (
        (picture[..., n].astype(np.int64) * (steps - 1) + 127) // 255 for n, steps in enumerate(_STEPS)
    )
    indices = (red * _STEPS[1] + green) * _STEPS[2] + blue
    return _item("PALETTE COLOR", _framed(indices, style), style, _palette())


def _palette() -> Sequence[Element]:
    """PS3.3 C.7.9: 252 entries from 0 on, of 16 bits; the first is black."""
    red, green, blue = _STEPS
    entries = [(r, g, b) for r in range(red) for g in range(green) for b in range(blue)]
    found = [Element(tag, "US", struct.pack("<3H", len(entries), 0, 16)) for tag in _DESCRIPTORS]
    for n, (tag, steps) in enumerate(zip(_TABLES, _STEPS, strict=True)):
        levels = (entry[n] * 65535 // (steps - 1) for entry in entries)
        found.append(Element(tag, "OW", b"".join(struct.pack("<H", level) for level in levels)))
    return found


def _framed(picture: NDArray[Any], style: IconStyle) -> bytes:
    """The picture in the middle of the icon; 0 is black in grey and in the palette."""
    import numpy as np

    height, width = picture.shape
    top, left = (style.rows - height) // 2, (style.columns - width) // 2
    whole = np.zeros((style.rows, style.columns), np.uint8)
    whole[top : top + height, left : left + width] = picture
    return whole.tobytes()


def _item(kind: str, pixels: bytes, style: IconStyle, palette: Sequence[Element]) -> Attributes:
    """PS3.3 C.7.6.1.1.6 with the limits of F.7: no Planar Configuration, no compression."""
    numbers = {"SamplesPerPixel": 1, "Rows": style.rows, "Columns": style.columns, "BitsAllocated": 8,
               "BitsStored": 8, "HighBit": 7, "PixelRepresentation": 0}  # fmt: skip
    elements = [
        Element(tag_of(word), vr_of(tag_of(word)), struct.pack("<H", value))
        for word, value in numbers.items()
    ]
    elements.append(Element(tag_of("PhotometricInterpretation"), "CS", kind.encode("ascii")))
    elements.append(Element(_PIXEL_DATA, "OB", pixels + b"\0" * (len(pixels) % 2)))
    return Attributes.of([*elements, *palette])
