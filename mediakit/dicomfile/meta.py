"""How a file begins: preamble, prefix, File Meta Information, and the encoding of what follows.

Nothing is taken on trust: the group length is compared with what is there, the transfer
syntax with the first bytes of the data set (PS3.10 7.1).
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from ..dictionary import TRANSFER_SYNTAXES, tag_text
from ..model import Anomaly
from .encode import EXPLICIT_VR_LITTLE_ENDIAN, LONG_VRS, SHORT_VRS
from .parse import BIG_ENDIAN, EXPLICIT, IMPLICIT, UNDEFINED, Encoding, header_at, real_vr
from .window import Window

IMPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2"
EXPLICIT_VR_BIG_ENDIAN = "1.2.840.10008.1.2.2"
GROUP_LENGTH, TRANSFER_SYNTAX = 0x00020000, 0x00020010

_PLAIN = {
    EXPLICIT.name: EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT.name: IMPLICIT_VR_LITTLE_ENDIAN,
    BIG_ENDIAN.name: EXPLICIT_VR_BIG_ENDIAN,
}
_VR_CODES = frozenset(vr.encode() for vr in SHORT_VRS | LONG_VRS)
_USUAL = {vr.encode(): vr for vr in SHORT_VRS}
_HEADER = struct.Struct("<HH2sH")
_LONGEST_VALUE = 1 << 20


class Settled(NamedTuple):
    """How the data set is encoded, the transfer syntax that says so, and the doubts about it."""

    encoding: Encoding
    transfer_syntax: str
    doubts: tuple[Anomaly, ...]


class Beginning(NamedTuple):
    """The part of a file before its data set, which begins at `end`."""

    preamble: bytes | None
    cells: tuple[tuple[int, str, bytes], ...]
    end: int
    anomalies: tuple[Anomaly, ...]

    def uid(self, tag: int) -> str:
        """A UID of the file meta without padding; empty when absent."""
        return next((uid_text(value) for found, _, value in self.cells if found == tag), "")


def uid_text(value: bytes) -> str:
    """A UID without its padding, whatever bytes it really holds."""
    return value.rstrip(b"\0 ").lstrip(b" ").decode("ascii", "backslashreplace")


def read_beginning(window: Window) -> Beginning:
    """Preamble and File Meta Information; either may be missing, which becomes an anomaly."""
    head = window.head
    if head[128:132] == b"DICM" and window.size >= 132:
        preamble, position, anomalies = head[:128], 132, []
    else:
        preamble, position = None, 4 if head.startswith(b"DICM") else 0
        detail = "the prefix DICM comes first" if position else ""
        anomalies = [Anomaly("no-preamble", detail, 0)]
    cells, end = _read_group(window, position, anomalies)
    if end == position:
        anomalies.append(Anomaly("no-file-meta", "", position))
    elif cells:
        _check_group_length(cells, end - position, anomalies)
    return Beginning(preamble, tuple(cells), end, tuple(anomalies))


def _read_group(
    window: Window, position: int, anomalies: list[Anomaly]
) -> tuple[list[tuple[int, str, bytes]], int]:
    """The elements of group 0002 and the position behind them."""
    cells: list[tuple[int, str, bytes]] = []
    while position + 8 <= window.size:
        at = position if position + 12 <= window.limit else window.reach(position, 12)
        if window.buffer[at : at + 2] != b"\2\0":
            break
        group, element, code, length = _HEADER.unpack_from(window.buffer, at)
        if code in _USUAL:
            tag, vr, size = group << 16 | element, _USUAL[code], 8
        else:
            tag, vr, length, size = header_at(window.buffer, at, EXPLICIT)
        end = position + size + length
        if length > _LONGEST_VALUE or end > window.size:
            missing = "no sensible length" if length > _LONGEST_VALUE else "more than the file holds"
            anomalies.append(Anomaly("truncated", f"{tag_text(tag)} has {missing}", position))
            return cells, window.size
        if not vr or vr == "UN" or length % 2:
            what = "an odd length" if length % 2 else f"{vr or 'no'} value representation"
            anomalies.append(Anomaly("file-meta-vr", f"{tag_text(tag)} has {what}", position))
            vr = real_vr(tag, vr)
        cells.append((tag, vr, window.read(position + size, end)))
        position = end
    return cells, position


def _check_group_length(cells: list[tuple[int, str, bytes]], length: int, anomalies: list[Anomaly]) -> None:
    """PS3.10 7.1: (0002,0000) comes first and counts the bytes from its end to the end of the group."""
    tag, _, value = cells[0]
    if tag != GROUP_LENGTH:
        anomalies.append(Anomaly("file-meta-group-length", "it is absent"))
        return
    stated, real = int.from_bytes(value[:4], "little"), length - 8 - len(value)
    if stated != real or len(value) != 4:
        anomalies.append(Anomaly("file-meta-group-length", f"it says {stated}, but {real} bytes follow"))


def sniff(window: Window, position: int) -> Encoding | None:
    """The encoding that the first element of a data set shows; None when it looks like none."""
    at = window.reach(position, 12)
    first, rest = window.buffer[at : at + 8], window.size - position
    if rest < 8:
        return None
    little, big = int.from_bytes(first[:2], "little"), int.from_bytes(first[:2], "big")
    if first[4:6] in _VR_CODES:
        # The first group is the lowest; but where it is none of the standard, the length tells more.
        fits = int.from_bytes(first[6:8], "big") <= rest - 8
        return BIG_ENDIAN if big < little and fits else EXPLICIT
    length = int.from_bytes(first[4:8], "little")
    if little <= big and (length <= rest - 8 or length == UNDEFINED):
        return IMPLICIT
    return None


def settle(stated: str, has_meta: bool, seen: Encoding | None, inflated: bool) -> Settled:
    """Encoding and transfer syntax from what the file meta states and what the data set shows.

    `inflated` says that a stated deflation was undone, so that `seen` speaks of what was inside.
    """
    if not stated:
        encoding = seen or EXPLICIT
        missing = (Anomaly("transfer-syntax-missing"),) if has_meta else ()
        return Settled(encoding, _PLAIN[encoding.name], missing)
    syntax = TRANSFER_SYNTAXES.get(stated)
    if syntax is None:
        return Settled(seen or EXPLICIT, stated, (Anomaly("transfer-syntax-unknown", stated),))
    encoding = IMPLICIT if syntax.implicit else BIG_ENDIAN if syntax.big_endian else EXPLICIT
    if seen is None or (seen is encoding and syntax.deflated == inflated):
        return Settled(encoding, stated, ())
    detail = f"{syntax.name} is stated, but the data set is {seen.name}"
    return Settled(seen, _PLAIN[seen.name], (Anomaly("transfer-syntax-wrong", detail),))
