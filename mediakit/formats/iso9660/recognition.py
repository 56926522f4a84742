"""Whether an image is one of ISO 9660: its first Volume Descriptor (ISO 9660 6.7.1, 8.1)."""

from __future__ import annotations

from ...model import Content
from ..structures import Structures
from ..tree import Evidence
from .structs import SECTOR, STANDARD_IDENTIFIER

ID = "iso9660"

SYSTEM_AREA = 16
"""Sectors before the first Volume Descriptor of a session (ISO 9660 6.2.1)."""

DESCRIPTORS = 64
"""How many Volume Descriptors are looked at in one set; the standard has no limit."""


def detect(image: Content) -> Evidence | None:
    """Whether the first Volume Descriptor is one of ISO 9660. Raises OSError."""
    structures = Structures.of(image)
    with structures.open() as stream:
        # Where the first one cannot be read, the next will do.
        for sector in range(SYSTEM_AREA, SYSTEM_AREA + DESCRIPTORS):
            stream.seek(sector * SECTOR)
            if stream.read(6)[1:] == STANDARD_IDENTIFIER:
                return evidence_of((0,))
            if not structures.lost(sector * SECTOR, SECTOR):
                return None
    return None


def evidence_of(found: tuple[int, ...]) -> Evidence:
    """What is said of the sessions that begin at these sectors, of which the last one counts."""
    text = f"{STANDARD_IDENTIFIER.decode()} in sector {found[-1] + SYSTEM_AREA}"
    return Evidence(ID, text if len(found) == 1 else f"{text}, of the last of {len(found)} sessions")
