"""Whether compressed pixels lost something, and how an image says so (PS3.3 C.7.6.1.1.5).

Decompression keeps what was lost a secret: the transfer syntax that told is gone. So an image
without Lossy Image Compression gets it, with the method and the ratio of what was decoded.
"""

from __future__ import annotations

from .dictionary import tag_of
from .model import Element

COMPRESSED = tag_of("LossyImageCompression")
RATIO, METHOD = tag_of("LossyImageCompressionRatio"), tag_of("LossyImageCompressionMethod")

_JPEG = "1.2.840.10008.1.2.4."
_METHODS = {
    _JPEG + "50": "ISO_10918_1",
    _JPEG + "51": "ISO_10918_1",
    _JPEG + "80": "ISO_14495_1",
    _JPEG + "81": "ISO_14495_1",
    _JPEG + "90": "ISO_15444_1",
    _JPEG + "91": "ISO_15444_1",
    _JPEG + "201": "ISO_15444_15",
    _JPEG + "202": "ISO_15444_15",
    _JPEG + "203": "ISO_15444_15",
}
"""PS3.3 C.7.6.1.1.5.1: the methods by transfer syntax; those that are not here cannot lose anything."""

_LOSSLESS = frozenset(_JPEG + end for end in ("80", "90", "201", "202"))
"""Transfer syntaxes that promise to lose nothing; what a code stream says of itself counts more."""

LONGEST_HEAD = 64 << 10
"""The part of a code stream in which its parameters are looked for."""


def method(syntax: str, head: bytes) -> str:
    """The lossy method that made a code stream which begins so; empty when it was reversible."""
    found = _METHODS.get(syntax, "")
    if found.startswith("ISO_14495"):
        exact = None if (near := _near(head)) is None else near == 0
    else:
        exact = _is_reversible(head) if found.startswith("ISO_15444") else None
    return "" if (syntax in _LOSSLESS if exact is None else exact) else found


def marks(lossy: str, ratio: float, stated: str, described: bool) -> list[Element]:
    """The elements that say so of an image, as far as it lacks them.

    `stated` is its Lossy Image Compression; `described` says that it has a ratio or a method.
    """
    done = [] if stated == "01" else [Element(COMPRESSED, "CS", b"01")]
    if not described:
        done += [Element(RATIO, "DS", f"{ratio:.2f}".encode()), Element(METHOD, "CS", lossy.encode())]
    return done


def _near(head: bytes) -> int | None:
    """ITU-T T.87 C.2.3: NEAR of the first scan, 0 when nothing is lost."""
    at = 2
    while at + 4 <= len(head) and head[at] == 0xFF:
        length = int.from_bytes(head[at + 2 : at + 4], "big")
        if head[at + 1] == 0xDA:
            near = at + 5 + 2 * head[at + 4] if at + 4 < len(head) else len(head)
            return head[near] if near < len(head) else None
        at += 2 + length
    return None


def _is_reversible(head: bytes) -> bool | None:
    """ITU-T T.800 A.6.1: the transformation of COD is 1 for the reversible 5-3 filter; None without COD."""
    start = head.find(b"\xff\x4f\xff\x51")
    at = start + 2
    while start >= 0 and at + 4 <= len(head) and head[at] == 0xFF:
        if head[at + 1] == 0x52:
            return head[at + 13 : at + 14] == b"\1" if at + 13 < len(head) else None
        at += 2 + int.from_bytes(head[at + 2 : at + 4], "big")
    return None
