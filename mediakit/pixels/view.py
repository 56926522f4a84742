"""A frame as it would be shown: 8 bits of grey, or of red, green and blue (PS3.3 C.11, C.7.6.3.1.2).

    stored samples -> modality LUT or rescale -> window or VOI LUT -> grey
    palette, YBR -> red, green, blue

Without a window the whole range of the frame is shown. Presentation states and overlays are
left to viewers: this is for icons.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..dicomfile import encode_dataset, parse_items
from ..dictionary import tag_of
from ..model import Attributes
from ..values import number, text, texts
from .frame import Frame, PixelsUnreadable
from .samples import samples

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

_SHARED, _PER_FRAME = tag_of("SharedFunctionalGroupsSequence"), tag_of("PerFrameFunctionalGroupsSequence")
_GROUPS = tuple(
    map(tag_of, ("PixelValueTransformationSequence", "FrameVOILUTSequence", "PixelMeasuresSequence"))
)
_PALETTES = ("Red", "Green", "Blue")
_MODALITY_LUT, _VOI_LUT = tag_of("ModalityLUTSequence"), tag_of("VOILUTSequence")
_YBR = ("YBR_FULL", "YBR_FULL_422")

WANTED = frozenset((_SHARED, _PER_FRAME, _MODALITY_LUT, _VOI_LUT)) | frozenset(
    map(
        tag_of,
        ("RescaleSlope", "RescaleIntercept", "WindowCenter", "WindowWidth", "VOILUTFunction",
         "PresentationLUTShape", "PixelPaddingValue", "PixelPaddingRangeLimit", "RepresentativeFrameNumber",
         "PixelAspectRatio", "PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing",
         *(f"{colour}PaletteColorLookupTableDescriptor" for colour in _PALETTES),
         *(f"{colour}PaletteColorLookupTableData" for colour in _PALETTES),
         *(f"Segmented{colour}PaletteColorLookupTableData" for colour in _PALETTES)),
    )
)  # fmt: skip
"""What showing needs to know of an instance, beside what decoding needs."""


def of_frame(attributes: Attributes, index: int) -> Attributes:
    """The attributes that hold for one frame; its functional groups go first (PS3.3 C.7.6.16)."""
    return attributes.merged(
        element
        for item in _groups(attributes, index)
        for tag in _GROUPS
        for inner in parse_items(item.raw(tag))[:1]
        for element in inner
    )


def _groups(attributes: Attributes, index: int) -> Iterator[Attributes]:
    yield from parse_items(attributes.raw(_SHARED))[:1]
    yield from parse_items(attributes.raw(_PER_FRAME))[index : index + 1]


def view(frame: Frame, attributes: Attributes, step: int = 1) -> NDArray[Any]:
    """Every `step`-th row and column of the frame: uint8 of shape (rows, columns), or (rows, columns, 3).

    `attributes` are those of the frame (see `of_frame`). Raises PixelsUnreadable for a
    photometric interpretation that is not known, and for tables that cannot be used.
    """
    kind, stored = frame.image.photometric, samples(frame)[::step, ::step]
    try:
        if kind in ("MONOCHROME1", "MONOCHROME2") and frame.image.samples == 1:
            return _grey(stored, frame, attributes)
        if kind == "PALETTE COLOR" and frame.image.samples == 1:
            from pydicom.pixels.processing import apply_color_lut

            colour = apply_color_lut(stored, _dataset(attributes))
            return _eight_bits(colour, colour.dtype.itemsize * 8)
        if kind in ("RGB", *_YBR) and frame.image.samples == 3:
            return _colour(stored, frame)
    except Exception as error:  # pydicom raises many kinds for tables that contradict themselves
        raise PixelsUnreadable(f"its lookup tables cannot be used ({error})") from error
    raise PixelsUnreadable(f"{kind or 'no'} photometric interpretation cannot be shown")


def _colour(stored: NDArray[Any], frame: Frame) -> NDArray[Any]:
    shown = _eight_bits(stored, frame.image.bits_stored)
    if frame.image.photometric not in _YBR:
        return shown
    from pydicom.pixels.processing import convert_color_space

    return convert_color_space(shown, "YBR_FULL", "RGB")


def _eight_bits(array: NDArray[Any], bits: int) -> NDArray[Any]:
    """The highest 8 of that many bits."""
    import numpy as np

    shifted = array >> (bits - 8) if bits > 8 else array << (8 - bits)
    return shifted.astype(np.uint8)


def _grey(stored: NDArray[Any], frame: Frame, attributes: Attributes) -> NDArray[Any]:
    """PS3.3 C.11.1 and C.11.2: what the modality measured, in the window, white for what is large."""
    import numpy as np

    measured = _modality(stored, attributes)
    if _VOI_LUT in attributes and not text(attributes, "WindowCenter"):
        from pydicom.pixels.processing import apply_voi

        shown = apply_voi(measured, _dataset(attributes))
        lut = parse_items(attributes.raw(_VOI_LUT))[0]
        low, high = 0.0, float(2 ** int(texts(lut, "LUTDescriptor")[2]) - 1)
        grey = (shown.astype(np.float64) - low) / (high - low)
    else:
        grey = _windowed(measured, stored, attributes)
    inverse = text(attributes, "PresentationLUTShape") == "INVERSE"
    if inverse or frame.image.photometric == "MONOCHROME1":
        grey = 1 - grey
    return np.rint(np.clip(grey, 0, 1) * 255).astype(np.uint8)


def _modality(stored: NDArray[Any], attributes: Attributes) -> NDArray[Any]:
    import numpy as np

    if parse_items(attributes.raw(_MODALITY_LUT)):
        from pydicom.pixels.processing import apply_modality_lut

        return apply_modality_lut(stored, _dataset(attributes))
    slope, intercept = _real(attributes, "RescaleSlope", 1.0), _real(attributes, "RescaleIntercept", 0.0)
    return stored.astype(np.float64) * slope + intercept


def _windowed(measured: NDArray[Any], stored: NDArray[Any], attributes: Attributes) -> NDArray[Any]:
    """0 to 1 within the first window, or within all there is; LINEAR unless another function is named."""
    import numpy as np

    width = _real(attributes, "WindowWidth", 0.0)
    if not text(attributes, "WindowCenter") or width <= 0:
        return _whole_range(measured, stored, attributes)
    center, function = _real(attributes, "WindowCenter", 0.0), text(attributes, "VOILUTFunction")
    if function == "SIGMOID":  # C.11.2.1.3.1
        return 1 / (1 + np.exp(np.clip(-4 * (measured - center) / width, -700, 700)))
    if function == "LINEAR_EXACT":  # C.11.2.1.3.2
        return (measured - center) / width + 0.5
    if width <= 1:  # C.11.2.1.2.1: a threshold
        return (measured > center - 0.5).astype(np.float64)
    return (measured - (center - 0.5)) / (width - 1) + 0.5


def _whole_range(measured: NDArray[Any], stored: NDArray[Any], attributes: Attributes) -> NDArray[Any]:
    """From the smallest to the largest value that is no padding (PS3.3 C.7.5.1.1.2)."""
    import numpy as np

    counted = np.isfinite(measured)
    padding = number(attributes, "PixelPaddingValue")
    if padding is not None:
        limit = number(attributes, "PixelPaddingRangeLimit")
        ends = sorted((padding, padding if limit is None else limit))
        counted &= (stored < ends[0]) | (stored > ends[1])
    if not counted.any():
        return np.zeros(measured.shape)
    low, high = float(measured[counted].min()), float(measured[counted].max())
    spread = (np.where(counted, measured, low) - low) / ((high - low) or 1)
    return spread if high > low else np.where(counted, 0.5, 0)


def _real(attributes: Attributes, keyword: str, otherwise: float) -> float:
    """The first value as a number; what cannot be one counts as absent."""
    try:
        found = float(text(attributes, keyword) or otherwise)
    except ValueError:
        return otherwise
    return found if abs(found) < 1e300 else otherwise


def _dataset(attributes: Attributes) -> Dataset:
    """The same attributes as pydicom wants them."""
    from io import BytesIO

    from pydicom.filereader import read_dataset

    return read_dataset(BytesIO(encode_dataset(attributes)), is_implicit_VR=False, is_little_endian=True)
