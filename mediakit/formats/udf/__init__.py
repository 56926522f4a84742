"""UDF 1.02 to 2.60, the file system of DVD, DVD-RAM and BD (PS3.12 Annexes J, P, X).

`plan` and `write` make a volume, `detect` and `open` read any. What does the
work is loaded when there is some: whoever has another format does not wait for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import recognition

if TYPE_CHECKING:
    from ...model import Content
    from ...transfer import Sink
    from ..structures import Structures
    from ..tree import MediumView, Tick, VolumeParameters, VolumeTree, Written
    from .layout import UdfLayout

id = recognition.ID
detect = recognition.detect


def open(image: Content, structures: Structures | None = None) -> MediumView:
    """As `reader.read`."""
    from .reader import read

    return read(image, structures)


def plan(tree: VolumeTree, parameters: VolumeParameters) -> UdfLayout:
    """As `layout.plan`."""
    from .layout import plan

    return plan(tree, parameters)


def write(layout: UdfLayout, out: Sink, tick: Tick | None = None, each: bool = False) -> Written:
    """As `writer.write`."""
    from .writer import write

    return write(layout, out, tick, each)
