"""Whether a change to an instance would break a digital signature in it (PS3.15 C, PS3.3 C.12.1.1.3).

A signature covers listed elements as they are encoded in a transfer syntax of its own, with
explicit VR and little-endian, without lengths of sequences. So it survives what changes none of
these elements. It is not verified here: one that was broken before stays so.
"""

from __future__ import annotations

import struct
from collections.abc import Collection

from ..model import Attributes
from .encode import EXPLICIT_VR_LITTLE_ENDIAN
from .meta import uid_text
from .parse import PIXEL_DATA, parse_items
from .recode import OpenSource
from .walk import tag_name

SIGNATURES, MAC_PARAMETERS = 0xFFFAFFFA, 0x4FFE0001
_MAC_SYNTAX, _SIGNED = 0x04000010, 0x04000020


def broken_signature(source: OpenSource, changed: Collection[int]) -> str:
    """Why a signature would not survive that the elements of these tags change; empty when all do.

    Another VR counts as a change where nobody knows which one the signer saw.
    """
    implicit = source.walk.encoding.implicit
    if implicit and source.nested_signature():
        return "it has a digital signature inside a sequence, which would be encoded anew"
    if source.value(SIGNATURES) is None:
        return ""
    items = parse_items(source.value(MAC_PARAMETERS) or b"")
    if not items:
        return "it has a digital signature that does not say what it covers"
    for item in items:
        for tag in _signed(item):
            lost = tag in changed or (implicit and source.vr(tag) == "UN")
            if tag == PIXEL_DATA:
                # PS3.3 C.12.1.1.3.1.1: over native pixels it holds for whoever decodes them.
                lost = lost and uid_text(item.raw(_MAC_SYNTAX)) != EXPLICIT_VR_LITTLE_ENDIAN
            if lost:
                return f"its digital signature covers {tag_name(tag)}, which would change"
    return ""


def _signed(item: Attributes) -> list[int]:
    value = item.raw(_SIGNED)
    whole = value[: len(value) // 4 * 4]
    return [group << 16 | element for group, element in struct.iter_unpack("<HH", whole)]
