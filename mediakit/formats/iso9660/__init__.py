"""ISO 9660 Level 1, the file system of a DICOM CD (PS3.12 Annex F).

`plan` and `write` make a volume, `detect` and `open` read any. What makes one is loaded
when it is asked for: who reads does not wait for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import reader

if TYPE_CHECKING:
    from ...transfer import Sink
    from ..tree import Tick, VolumeParameters, VolumeTree, Written
    from .layout import IsoLayout

id = reader.ID
detect = reader.detect
open = reader.read


def plan(tree: VolumeTree, parameters: VolumeParameters) -> IsoLayout:
    """As `layout.plan`."""
    from .layout import plan

    return plan(tree, parameters)


def write(layout: IsoLayout, out: Sink, tick: Tick | None = None, each: bool = False) -> Written:
    """As `writer.write`."""
    from .writer import write

    return write(layout, out, tick, each)
