"""A frame as numbers to look at: rows x columns, or rows x columns x samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .frame import Frame

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray


def samples(frame: Frame) -> NDArray[Any]:
    """The samples, colour by pixel and in full, without the bits that are not stored.

    Shape (rows, columns) with one sample a pixel, else (rows, columns, samples).
    """
    import numpy as np

    image = frame.image
    if image.bits_allocated == 1:
        bits = np.frombuffer(frame.data, np.uint8)
        return np.unpackbits(bits, count=image.bits, bitorder="little").reshape(image.rows, image.columns)
    kind = "f" if image.floating else "i" if image.signed else "u"
    array = np.frombuffer(frame.data, f"<{kind}{image.bits_allocated // 8}")
    if image.subsampled:
        return _whole(array, image.rows, image.columns)
    shaped: NDArray[Any]
    if image.samples == 1:
        shaped = array.reshape(image.rows, image.columns)
    elif image.planar == 1:
        shaped = array.reshape(image.samples, image.rows, image.columns).transpose(1, 2, 0)
    else:
        shaped = array.reshape(image.rows, image.columns, image.samples)
    unused = image.bits_allocated - image.bits_stored
    # PS3.5 8.1.1: what is in the other bits is no part of the sample; overlays were put there.
    return shaped if image.floating or not unused else (shaped << unused) >> unused


def _whole(array: NDArray[numpy.generic], rows: int, columns: int) -> NDArray[numpy.generic]:
    """PS3.3 C.7.6.3.1.2: Y1 Y2 Cb Cr for every two pixels, the colour of both being that of the first."""
    import numpy as np

    pairs = array.reshape(rows, columns // 2, 4)
    whole = np.empty((rows, columns // 2, 2, 3), array.dtype)
    whole[..., 0] = pairs[..., :2]
    whole[..., 1:] = pairs[..., None, 2:]
    return whole.reshape(rows, columns, 3)
