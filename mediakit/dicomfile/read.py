"""One file in, one `Instance` out: the header reader of `scan` and of the File-set Reader.

It reads the first 16 KiB, walks over the top-level elements to the end of the file, and keeps
the values that the caller wants. It judges nothing; what is odd becomes an anomaly.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Container, Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import NamedTuple

from ..dictionary import TRANSFER_SYNTAXES
from ..model import Anomaly, Attributes, Content, Instance
from ..values import is_uid
from .encode import EXPLICIT_VR_LITTLE_ENDIAN, LONG_VRS, SHORT_VRS
from .inflate import inflated
from .kinds import SECURE, UNKNOWN, kind_of
from .meta import TRANSFER_SYNTAX, Beginning, Settled, read_beginning, settle, sniff, uid_text
from .nested import EVERY_TAG, Sound, sequence_anomalies
from .parse import (
    EXPLICIT,
    IMPLICIT,
    PADDING,
    PIXEL_DATA,
    PIXEL_REPRESENTATION,
    Malformed,
    little_endian,
    normalise,
    real_vr,
)
from .pixels import FRAMES, PIXELS, SMALL, fragment_anomalies, native_length, pixel_anomalies
from .repeats import Repeats
from .walk import Place, Walk, tag_name
from .window import Window

Wanted = Callable[[str], frozenset[int]]
"""The top-level tags to keep for a SOP Class UID; for "" the union over all of them."""

MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10"

SECURE_DICOM_FILE = SECURE
"""The reason of NotDicom for what can be read with a key only (PS3.10 7.4)."""

LONGEST_VALUE = 16 << 20
"""No key of a directory is longer; a value that claims to be is not read into memory."""

_DICOM_ROOT = b"1.2.840.10008."
_META_SOP_CLASS, _META_SOP_INSTANCE = 0x00020002, 0x00020003
_CHARACTER_SET, _SOP_CLASS, _SOP_INSTANCE = 0x00080005, 0x00080016, 0x00080018
_ALWAYS = frozenset((_CHARACTER_SET, _SOP_CLASS, _SOP_INSTANCE))
_VR_NAMES = {vr.encode(): vr for vr in (*SHORT_VRS, *LONG_VRS, "")}
_TO_CONVERT = frozenset((b"SQ", b"UN", b""))
_ZEROS = bytes(128)
"""The preamble of nearly every file, held once."""
_CELLS_KEPT = 20_000
_SHAPES_KEPT = 2_000
"""What is kept to be shared is dropped and begun anew at these numbers: sources may be hostile."""

_Cell = tuple[str, bytes]
_Shape = tuple[Mapping[int, int], tuple[int, ...]]


class _Layout(NamedTuple):
    """Where among the elements of a walk the SOP Class UID, each of SMALL, and those of PIXELS are."""

    sop_class: int | None
    small: tuple[int | None, ...]
    pixels: Mapping[int, int]


_ABSENT: Place = (0, b"", 0, 0)

_VOLUME_DESCRIPTOR = 16 * 2048
"""Where ISO 9660 has its first descriptor: a folder may hold the discs that were made before."""


class NotDicom(Exception):
    """The bytes are no SOP Instance; `reason` says in plain words what they are.

    `damaged` says that they hold DICOM UIDs without being anything that is known: most
    likely DICOM that lost its beginning.
    """

    def __init__(self, reason: str, damaged: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.damaged = damaged


def read_instance(content: Content, origin: str, wanted: Wanted) -> Instance:
    """The SOP Instance in the content, with the wanted elements; see `HeaderReader.read`."""
    return HeaderReader(wanted).read(content, origin)


class HeaderReader:
    """Reads many headers for one job, and holds equal values and equal shapes only once.

    100,000 instances of a few studies repeat most of their values. A thorough one also walks
    through the sequences, for who reads the whole file anyway. Not for two threads at a time.
    """

    def __init__(self, wanted: Wanted, thorough: bool = False) -> None:
        self._wanted = wanted
        self._thorough = thorough
        walked = wanted("") | _ALWAYS | PIXELS | set(SMALL)
        self._walked: Container[int] = EVERY_TAG if thorough else walked
        self._repeats = Repeats()
        self._sound: Sound = set()
        self._shapes: dict[tuple[str, tuple[int, ...]], _Shape] = {}
        self._layouts: dict[tuple[int, ...], _Layout] = {}
        self._cells: dict[object, _Cell] = {}
        self._native: dict[tuple[bool, tuple[bytes, ...]], int | None] = {}

    def read(self, content: Content, origin: str, through: Content | None = None) -> Instance:
        """The SOP Instance in the content; `keys` holds SOP UIDs and character set in any case.

        `through` gives the same bytes and is read in its place. Raises NotDicom when the bytes are
        none, a DICOMDIR included, and OSError when they cannot be read.
        """
        instance = self.read_any(content, origin, through)
        stated = uid_text(instance.file_meta.raw(_META_SOP_CLASS))
        if MEDIA_STORAGE_DIRECTORY in (instance.sop_class, stated):
            raise NotDicom("a DICOMDIR")
        return instance

    def read_any(self, content: Content, origin: str, through: Content | None = None) -> Instance:
        """As `read`, but a DICOMDIR comes back like an instance of its Media Storage class."""
        with ExitStack() as opened:
            window = Window(opened.enter_context((through or content).open()), content.size)
            beginning = read_beginning(window)
            _refuse_what_is_no_dicom(window, beginning)
            anomalies = list(beginning.anomalies)
            settled, walk = walk_data_set(window, beginning, opened, self._walked, self._repeats)
            tags = tuple([place[0] for place in walk.found])
            layout = self._layouts.get(tags) or self._laid_out(tags)
            syntax, pixels = self._about_pixels(walk, settled, layout)
            anomalies += (*settled.doubts, *walk.anomalies, *pixels)
            if self._thorough:
                anomalies += sequence_anomalies(walk, self._sound)
            sop_class = _sop_class(walk, layout) or beginning.uid(_META_SOP_CLASS)
            if beginning.preamble is None and not beginning.cells and not is_uid(sop_class):
                raise _no_dicom(window)
            keys = self._keys(walk, tags, sop_class, anomalies)
        return Instance(
            sop_class=sys.intern(sop_class),
            sop_instance=uid_text(keys.raw(_SOP_INSTANCE)) or beginning.uid(_META_SOP_INSTANCE),
            transfer_syntax=sys.intern(syntax),
            keys=keys,
            file_meta=self._file_meta(beginning),
            preamble=_ZEROS if beginning.preamble == _ZEROS else beginning.preamble,
            anomalies=tuple(anomalies),
            content=content,
            origin=origin,
        )

    def _laid_out(self, tags: tuple[int, ...]) -> _Layout:
        """Where among these tags the ones are that the reader itself looks at."""
        at = {tag: n for n, tag in enumerate(tags)}
        pixels = {tag: at[tag] for tag in PIXELS if tag in at}
        first = tags.index(_SOP_CLASS) if _SOP_CLASS in at else None
        if len(self._layouts) >= _SHAPES_KEPT:
            self._layouts.clear()
        layout = _Layout(first, tuple(at.get(tag) for tag in SMALL), pixels)
        self._layouts[tags] = layout
        return layout

    def _about_pixels(self, walk: Walk, settled: Settled, layout: _Layout) -> tuple[str, tuple[Anomaly, ...]]:
        """The transfer syntax after a look at Pixel Data, and what contradicts the image attributes.

        Native Pixel Data proves that no encapsulated transfer syntax was used.
        """
        if walk.stopped:
            return settled.transfer_syntax, ()
        lengths = {tag: walk.found[at][3] - walk.found[at][2] for tag, at in layout.pixels.items()}
        length = None if PIXEL_DATA in walk.undefined else lengths.get(PIXEL_DATA)
        described = walk.encoding.big_endian, _described(walk, layout)
        if described not in self._native:
            if len(self._native) >= _SHAPES_KEPT:
                self._native.clear()
            self._native[described] = native_length(*described)
        syntax = None if settled.doubts else TRANSFER_SYNTAXES.get(settled.transfer_syntax)
        anomalies = pixel_anomalies(self._native[described], lengths, length, syntax)
        if walk.fragments and syntax is not None and syntax.encapsulated:
            frames = described[1][SMALL.index(FRAMES)]
            anomalies += fragment_anomalies(walk.fragments, frames, settled.transfer_syntax)
        if length is not None and syntax is not None and syntax.encapsulated:
            return EXPLICIT_VR_LITTLE_ENDIAN, anomalies
        return settled.transfer_syntax, anomalies

    def _keys(
        self, walk: Walk, tags: tuple[int, ...], sop_class: str, anomalies: list[Anomaly]
    ) -> Attributes:
        """The wanted elements of the walk as Attributes, sharing what was seen before."""
        places = walk.found
        if walk.disorder:
            places = sorted({place[0]: place for place in places}.values())
            tags = tuple([place[0] for place in places])
        index, picks = self._shape(sop_class, tags)
        if walk.stopped and walk.last < max(self._kept(sop_class)):
            anomalies.append(Anomaly("header-incomplete", f"nothing is known after {tag_name(walk.last)}"))
        cells, lost = self._values(walk, [places[n] for n in picks], anomalies)
        if lost:
            kept = ((tag, *cell) for tag, cell in zip(index, cells, strict=True) if tag not in lost)
            return Attributes.of(kept)
        return Attributes(index, cells)

    def _kept(self, sop_class: str) -> frozenset[int]:
        return self._wanted(sop_class) | _ALWAYS

    def _shape(self, sop_class: str, tags: tuple[int, ...]) -> _Shape:
        """The index that all data sets with these tags share, and which of the tags are kept."""
        shape = self._shapes.get((sop_class, tags))
        if shape is None:
            kept = self._kept(sop_class)
            picks = tuple(n for n, tag in enumerate(tags) if tag in kept)
            shape = self._remember((sop_class, tags), ({tags[n]: at for at, n in enumerate(picks)}, picks))
        return shape

    def _remember(self, key: tuple[str, tuple[int, ...]], shape: _Shape) -> _Shape:
        """Keep a shape for the data sets to come; hostile sources must not fill the memory."""
        if len(self._shapes) >= _SHAPES_KEPT:
            self._shapes.clear()
        self._shapes[key] = shape
        return shape

    def _values(
        self, walk: Walk, places: list[Place], anomalies: list[Anomaly]
    ) -> tuple[tuple[_Cell, ...], set[int]]:
        """The values at the places, and the tags of those that could not be had."""
        head, at_hand = walk.window.head, walk.window.at_hand
        plain, same = walk.encoding is EXPLICIT, self._cells
        if len(same) > _CELLS_KEPT:
            same.clear()
        cells: list[_Cell] = []
        lost = set()
        for place in places:
            tag, vr, start, end = place
            if plain and end <= at_hand and vr not in _TO_CONVERT:
                cell = (_VR_NAMES[vr], head[start:end])
            else:
                try:
                    cell = self._converted(walk, place)
                except Malformed as wrong:
                    lost.add(tag)
                    anomalies.append(Anomaly("unreadable", f"{tag_name(tag)}: {wrong.detail}", start))
                    cell = ("UN", b"")
            cells.append(same.setdefault(cell, cell))
        return tuple(cells), lost

    def _converted(self, walk: Walk, place: Place) -> _Cell:
        """One value in Explicit VR Little Endian, whatever it was in; raises Malformed."""
        tag, stated, start, end = place[0], _VR_NAMES[place[1]], place[2], place[3]
        if end - start > LONGEST_VALUE:
            raise Malformed(f"{end - start} bytes are too long for a key", start)
        raw = walk.window.read(start, end)
        encoding = walk.encoding
        known = self._cells.get((tag, stated, raw, encoding.name))
        if known is not None:
            return known
        signed = is_signed(walk)
        vr = real_vr(tag, stated, signed)
        if vr == "SQ" or (tag in walk.undefined and vr == "UN"):
            inner = IMPLICIT if stated == "UN" and not encoding.big_endian else encoding
            cell = ("SQ", normalise(raw, inner, signed))
            self._cells[tag, stated, raw, encoding.name] = cell
            return cell
        return vr, little_endian(vr, raw, encoding)

    def _file_meta(self, beginning: Beginning) -> Attributes:
        """Group 0002 as Attributes, sharing what was seen before."""
        tags = tuple([tag for tag, _, _ in beginning.cells])
        shape = self._shapes.get(("", tags))
        if shape is None:
            if list(tags) != sorted(set(tags)):
                return Attributes.of(beginning.cells)
            shape = self._remember(("", tags), ({tag: n for n, tag in enumerate(tags)}, ()))
        cells = ((vr, value) for _, vr, value in beginning.cells)
        return Attributes(shape[0], tuple([self._cells.setdefault(cell, cell) for cell in cells]))


def walk_data_set(
    window: Window,
    beginning: Beginning,
    opened: ExitStack,
    wanted: Container[int],
    repeats: Repeats | None = None,
) -> tuple[Settled, Walk]:
    """How the data set behind the beginning is encoded, and the walk over it.

    A deflated data set is inflated for as long as `opened` is open; the walk's window is then
    on what was inside, and its anomalies have no offsets, which count bytes of the file.
    """
    stated, position = beginning.uid(TRANSFER_SYNTAX), beginning.end
    syntax = TRANSFER_SYNTAXES.get(stated)
    if syntax is not None and syntax.deflated:
        doubts: list[Anomaly] = []
        inner = Window(*opened.enter_context(inflated(window.stream, position, doubts)))
        if inner.size or sniff(window, position) is None:
            settled = settle(stated, True, sniff(inner, 0), True)
            walk = Walk(inner, settled.encoding, wanted).run(0)
            lost = any(each.kind not in ("trailing-bytes", "deflated-checksum") for each in doubts)
            seen = (each for each in walk.anomalies if not (lost and each.kind == "truncated"))
            walk.anomalies = doubts + [replace(each, offset=None) for each in seen]
            walk.stopped = walk.stopped or lost
            return settled, walk
    settled = settle(stated, bool(beginning.cells), sniff(window, position), False)
    walk = Walk(window, settled.encoding, wanted)
    return settled, repeats.run(walk, position) if repeats else walk.run(position)


def _refuse_what_is_no_dicom(window: Window, beginning: Beginning) -> None:
    """Raises NotDicom unless there is a prefix, File Meta Information, or what may be a data set."""
    if not window.size:
        raise NotDicom("empty file")
    if beginning.preamble is not None or window.head.startswith(b"DICM"):
        return
    if any(is_uid(uid_text(value)) for _, vr, value in beginning.cells if vr == "UI"):
        return
    encoding = sniff(window, 0)
    if encoding is None or encoding.tag(window.head, 0)[0] != 8:
        raise _no_dicom(window)


def _no_dicom(window: Window) -> NotDicom:
    kind = kind_of(window.head[: -len(PADDING)])
    if kind == UNKNOWN and _DICOM_ROOT in window.head:
        return NotDicom("damaged DICOM: there are DICOM UIDs, but no data set that can be read", damaged=True)
    at = _VOLUME_DESCRIPTOR + 1
    if window.size >= at + 5 and window.read(at, at + 5) == b"CD001":
        return NotDicom("a disc image, not opened")
    return NotDicom(SECURE, damaged=True) if kind == SECURE else NotDicom(f"no DICOM: {kind}")


def _sop_class(walk: Walk, layout: _Layout) -> str:
    if layout.sop_class is None:
        return ""
    _, _, start, end = walk.found[layout.sop_class]
    return uid_text(walk.window.read(start, min(end, start + 66)))


def is_signed(walk: Walk) -> bool:
    """Whether Pixel Representation says that samples have a sign."""
    return any(
        little_endian("US", walk.window.read(start, end), walk.encoding)[:1] == b"\1"
        for tag, _, start, end in walk.found
        if tag == PIXEL_REPRESENTATION and end - start == 2
    )


def _described(walk: Walk, layout: _Layout) -> tuple[bytes, ...]:
    """The values of SMALL as they stand in the file, empty where absent or odd."""
    found, window = walk.found, walk.window
    places = [_ABSENT if at is None else found[at] for at in layout.small]
    return tuple([window.read(start, end) if 0 < end - start <= 64 else b"" for _, _, start, end in places])
