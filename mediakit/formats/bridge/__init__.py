"""The bridge of a DVD: one set of files under two file systems (PS3.12 P.2).

`plan` and `write` make one; it is read as the two file systems that it has. They are loaded when
they are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...transfer import Sink
    from ..tree import Tick, VolumeParameters, VolumeTree, Written
    from .writer import BridgeLayout

id = "bridge"


def plan(tree: VolumeTree, parameters: VolumeParameters) -> BridgeLayout:
    """As `writer.plan`."""
    from .writer import plan

    return plan(tree, parameters)


def write(layout: BridgeLayout, out: Sink, tick: Tick | None = None, each: bool = False) -> Written:
    """As `writer.write`."""
    from .writer import write

    return write(layout, out, tick, each)
