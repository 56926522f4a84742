"""One small picture of every series, for a report: an instance of it -> PNG, or why there is none.

It stands beside `icon`: the same view of the same frame, in more colours. The instance in the
middle of the series is shown. Pictures are bounded in number and size, and a decoder that
breaks down again and again is left alone: a report must come in time whatever is on the medium.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .icon import IconStyle, reduced, representative
from .model import Content, Instance
from .pixels import Decoder, PixelsUnreadable, open_pixels
from .pixels.view import WANTED, of_frame
from .profile.records import RecordTable, load_records
from .progress import Watch
from .values import number, text
from .verification import lost

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE = 128
"""Rows and columns at most."""

MOST = 200
"""Series that get a picture; the others say so."""

_STYLE = IconStyle(SIDE, SIDE)
_WITH_PIXELS = ("IMAGE", "RT DOSE")
_LARGEST_FRAME = 1 << 26  # bytes; a mammogram has half of it
_PATIENCE = 15.0  # seconds for a frame
_FAILURES = 5  # after so many in a row no more are tried


@dataclass(frozen=True, slots=True)
class Preview:
    """The picture of a series as a PNG file; without one, `reason` says why."""

    png: bytes
    reason: str = ""


def previews(
    instances: Iterable[Instance], contents: Callable[[Instance], Content], watch: Watch
) -> Mapping[str, Preview]:
    """The pictures by Series Instance UID; `contents` gives the place to read an instance from.

    Raises Cancelled.
    """
    series: dict[str, list[Instance]] = {}
    for instance in instances:
        series.setdefault(text(instance.keys, "SeriesInstanceUID"), []).append(instance)
    table, found, failures = load_records(), {}, 0
    tick = watch.ticks("previews", len(series))
    with Decoder(_PATIENCE) as decoder:
        for count, (uid, members) in enumerate(series.items()):
            chosen = _middle(members, table)
            if chosen is None:
                found[uid] = Preview(b"", _other(members, table))
            elif count >= MOST:
                found[uid] = Preview(b"", f"only the first {MOST} series have one")
            elif failures >= _FAILURES:
                found[uid] = Preview(b"", "not tried, after several that could not be read")
            else:
                found[uid] = preview(contents(chosen), decoder)
                failures = 0 if found[uid].png else failures + 1
            tick(1)
    return found


def preview(content: Content, decoder: Decoder) -> Preview:
    """The picture of one instance: its Representative Frame, or the one in the middle."""
    try:
        with open_pixels(content, WANTED, decoder) as pixels:
            if pixels.image.length > _LARGEST_FRAME:
                return Preview(b"", "its frames are too large for a preview")
            index = representative(pixels.attributes, pixels.count)
            frame, attributes = pixels.frame(index), of_frame(pixels.attributes, index)
        return Preview(_png(reduced(frame, attributes, _STYLE)))
    except PixelsUnreadable as error:
        return Preview(b"", str(error))
    except OSError as error:
        return Preview(b"", error.strerror or "it cannot be read")


def _middle(members: Sequence[Instance], table: RecordTable) -> Instance | None:
    """The image in the middle by Instance Number, a whole one if there is any."""
    images = [each for each in members if table.type_of(each.sop_class) in _WITH_PIXELS]
    whole = [each for each in images if lost(each) is None] or images
    whole.sort(key=lambda each: number(each.keys, "InstanceNumber") or 0)
    return whole[len(whole) // 2] if whole else None


def _other(members: Sequence[Instance], table: RecordTable) -> str:
    kinds = dict.fromkeys(table.type_of(each.sop_class) or "object of another kind" for each in members)
    return f"it holds no image ({', '.join(list(kinds)[:3])})"


def _png(picture: NDArray[Any]) -> bytes:
    """8 bits of grey, or of red, green and blue, as a PNG file (ISO/IEC 15948)."""
    import numpy as np

    rows, columns = picture.shape[:2]
    colour = picture.ndim == 3
    lines = picture.astype(np.uint8).reshape(rows, -1)
    # Each line begins with its filter: 0, none.
    data = np.insert(lines, 0, 0, axis=1).tobytes()
    head = struct.pack(">IIBBBBB", columns, rows, 8, 2 if colour else 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(data, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunks(chunks))


def _chunks(chunks: Iterable[tuple[bytes, bytes]]) -> Iterator[bytes]:
    for kind, data in chunks:
        yield struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
