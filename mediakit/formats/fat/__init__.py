"""FAT12, FAT16 and FAT32, the file systems of sticks, cards and MO disks (PS3.12 A, M, Q to U).

`plan` and `write` make a volume, with or without a partition table, `detect` and `open` read any;
`updater` changes one in place. What does the work is loaded when there is some: whoever has another
format does not wait for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import recognition

if TYPE_CHECKING:
    from ...model import Content
    from ...transfer import Sink
    from ..structures import Structures
    from ..tree import MediumView, Tick, VolumeParameters, VolumeTree, Written
    from .layout import FatLayout

id = recognition.ID
detect = recognition.detect


def open(image: Content, structures: Structures | None = None) -> MediumView:
    """As `reader.read`."""
    from .reader import read

    return read(image, structures)


def plan(tree: VolumeTree, parameters: VolumeParameters) -> FatLayout:
    """As `layout.plan`."""
    from .layout import plan

    return plan(tree, parameters)


def write(layout: FatLayout, out: Sink, tick: Tick | None = None, each: bool = False) -> Written:
    """As `writer.write`."""
    from .writer import write

    return write(layout, out, tick, each)
