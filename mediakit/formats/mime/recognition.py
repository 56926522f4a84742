"""Whether an image is an Internet message with DICOM files: what its first parts are."""

from __future__ import annotations

import re

from ...model import Content
from ..structures import Structures
from ..tree import Evidence
from .facts import is_dicom

ID = "mime"

FIRST_LOOK = 4 << 10
"""Bytes in which most header blocks end."""

FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
"""How a header field begins (RFC 5322 2.2)."""


def detect(image: Content) -> Evidence | None:
    """Whether it is a message of which the first part that says what it is is DICOM. Raises OSError."""
    if not begins_with_a_field(image):
        return None
    from .reader import what_it_carries

    part = what_it_carries(image)
    if part is None or not is_dicom(part):
        return None
    return Evidence(ID, f"an Internet message with a part of type {part.type}")


def begins_with_a_field(image: Content) -> bool:
    """Whether it can be a message that says what it carries. Raises OSError."""
    with Structures.of(image).open() as stream:
        return FIELD.match(stream.read(FIRST_LOOK)) is not None
