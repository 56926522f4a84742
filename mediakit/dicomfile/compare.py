"""Whether two files with one SOP Instance UID hold the same instance.

The same bytes, or the same data set in another transfer syntax with the same pixels. Data
sets are compared without their value representations, as Implicit VR Little Endian would
hold them, because that is all that every transfer syntax preserves. Only pixels that are
compressed need pydicom and a decoder.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from ..dictionary import keyword_of, tag_text, uid_name
from ..model import Content, Instance
from .meta import read_beginning
from .parse import IMPLICIT, PIXEL_DATA, Malformed, little_endian, normalise, real_vr
from .read import walk_data_set
from .walk import Place, Walk
from .window import Window

_PIECE = 1 << 20
_LONGEST_IN_MEMORY = 64 << 20
_SET_BY_COMPRESSION = frozenset((0x00280004, 0x00280006))
"""Photometric Interpretation and Planar Configuration may follow the transfer syntax."""

_Elements = dict[int, Place]


class _Everything(Container[int]):
    """Contains every tag."""

    def __contains__(self, tag: object) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class _DataSet:
    """One side of the comparison while its file is open."""

    instance: Instance
    walk: Walk

    def elements(self) -> _Elements:
        """All that says something: group lengths and padding do not."""
        found = {place[0]: place for place in self.walk.found}
        return {tag: place for tag, place in found.items() if tag & 0xFFFF and tag >> 16 not in (2, 0xFFFC)}


def same_instance(a: Instance, b: Instance) -> str | None:
    """None when both hold the same instance, else one phrase that names the difference.

    Raises OSError when a file cannot be read.
    """
    if _same_bytes(a.content, b.content):
        return None
    try:
        with ExitStack() as opened:
            one, two = (_open(each, opened) for each in (a, b))
            unread = next((each for each in (one, two) if each.walk.stopped), None)
            if unread:
                return f"could not be compared: {unread.instance.origin} cannot be read to its end"
            return _difference(one, two)
    except Malformed as wrong:
        return f"could not be compared: {wrong.detail}"


def _same_bytes(a: Content, b: Content) -> bool:
    if a.size != b.size:
        return False
    with a.open() as one, b.open() as two:
        return _same_pieces(Window(one, a.size), 0, Window(two, b.size), 0, a.size)


def _same_pieces(one: Window, start: int, two: Window, other: int, length: int) -> bool:
    """Whether two runs of bytes of equal length are equal, piece by piece."""
    for done in range(0, length, _PIECE):
        piece = min(_PIECE, length - done)
        if one.read(start + done, start + done + piece) != two.read(other + done, other + done + piece):
            return False
    return True


def _open(instance: Instance, opened: ExitStack) -> _DataSet:
    window = Window(opened.enter_context(instance.content.open()), instance.content.size)
    _, walk = walk_data_set(window, read_beginning(window), opened, _Everything())
    return _DataSet(instance, walk)


def _difference(a: _DataSet, b: _DataSet) -> str | None:
    """The first difference in tag order; pixels come last, because they may cost a decoder."""
    ones, twos = a.elements(), b.elements()
    recoded = a.instance.transfer_syntax != b.instance.transfer_syntax
    for tag in sorted(ones.keys() | twos.keys()):
        if tag == PIXEL_DATA or (recoded and tag in _SET_BY_COMPRESSION):
            continue
        if (tag in ones) != (tag in twos):
            return f"{_name(tag)} is in one of them only"
        if not _same_value(a.walk, ones[tag], b.walk, twos[tag]):
            return f"{_name(tag)} differs"
    if (PIXEL_DATA in ones) != (PIXEL_DATA in twos):
        return "Pixel Data is in one of them only"
    return _pixel_difference(a, b, recoded) if PIXEL_DATA in ones else None


def _name(tag: int) -> str:
    """The keyword in words, as in "Patient Name"."""
    try:
        return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", keyword_of(tag))
    except KeyError:
        return tag_text(tag)


def _same_value(a: Walk, place: Place, b: Walk, other: Place) -> bool:
    tag, length, other_length = place[0], place[3] - place[2], other[3] - other[2]
    if max(length, other_length) > _LONGEST_IN_MEMORY and a.encoding is b.encoding:
        return length == other_length and _same_pieces(a.window, place[2], b.window, other[2], length)
    vrs = [real_vr(tag, each[1].decode()) for each in (place, other)]
    sequence = "SQ" in vrs or tag in a.undefined or tag in b.undefined
    return _plain(a, place, sequence) == _plain(b, other, sequence)


def _plain(walk: Walk, place: Place, sequence: bool) -> bytes:
    """The value as Implicit VR Little Endian holds it."""
    tag, code, start, end = place
    raw, stated = walk.window.read(start, end), code.decode()
    if sequence:
        implicit = stated == "UN" and not walk.encoding.big_endian
        return normalise(raw, IMPLICIT if implicit else walk.encoding, with_vr=False)
    return little_endian(real_vr(tag, stated), raw, walk.encoding)


def _pixel_difference(a: _DataSet, b: _DataSet, recoded: bool) -> str | None:
    one, two = a.elements()[PIXEL_DATA], b.elements()[PIXEL_DATA]
    native = PIXEL_DATA not in a.walk.undefined | b.walk.undefined
    same_order = a.walk.encoding.big_endian == b.walk.encoding.big_endian
    if (native and same_order) or not recoded:
        length = one[3] - one[2]
        same = length == two[3] - two[2]
        if same and _same_pieces(a.walk.window, one[2], b.walk.window, two[2], length):
            return None
        if native:
            return "pixel data differs"
    return _decoded_difference(a.instance, b.instance)


def _decoded_difference(a: Instance, b: Instance) -> str | None:
    """Decode both, frame by frame. Decoders are foreign code: whatever they raise means "unknown"."""
    from pydicom.pixels.decoders.base import get_decoder

    for syntax in (a.transfer_syntax, b.transfer_syntax):
        try:
            available = get_decoder(syntax).is_available
        except NotImplementedError:
            available = False
        if not available:
            return f"could not be compared: no decoder for {uid_name(syntax)}"
    try:
        with ExitStack() as opened:
            frames = [_frames(each, opened) for each in (a, b)]
            same = all(
                one is not None and two is not None and one.shape == two.shape and bool((one == two).all())
                for one, two in _side_by_side(*frames)
            )
    except Exception as error:  # decoders raise anything, down to struct.error and MemoryError
        return f"could not be compared: pixel data cannot be decoded ({error})"
    return None if same else "pixel data differs"


def _frames(instance: Instance, opened: ExitStack) -> Iterator[Any]:
    from pydicom import dcmread
    from pydicom.pixels.utils import iter_pixels

    dataset = dcmread(opened.enter_context(instance.content.open()), force=True)
    return iter_pixels(dataset)


def _side_by_side(ones: Iterator[Any], twos: Iterator[Any]) -> Iterator[tuple[Any, Any]]:
    """The frames in pairs; None stands beside a frame that has no partner."""
    while True:
        one, two = next(ones, None), next(twos, None)
        if one is None and two is None:
            return
        yield one, two
