"""A ZIP archive of a File-set as attachment of an e-mail (PS3.12 Annex W, PS3.11 Annex L).

`plan` and `write` make a message, `detect` and `open` read any. What does the
work is loaded when there is some: whoever has another format does not wait for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..mime.facts import begins_with_a_field

if TYPE_CHECKING:
    from ...model import Content
    from ...transfer import Sink
    from ..structures import Structures
    from ..tree import Evidence, MediumView, Tick, VolumeParameters, VolumeTree, Written
    from .layout import MailLayout

id = "mail"


def detect(image: Content) -> Evidence | None:
    """As `reader.detect`."""
    if not begins_with_a_field(image):
        return None
    from .reader import detect

    return detect(image)


def open(image: Content, structures: Structures | None = None) -> MediumView:
    """As `reader.read`."""
    from .reader import read

    return read(image, structures)


def plan(tree: VolumeTree, parameters: VolumeParameters) -> MailLayout:
    """As `layout.plan`."""
    from .layout import plan

    return plan(tree, parameters)


def write(layout: MailLayout, out: Sink, tick: Tick | None = None, each: bool = False) -> Written:
    """As `writer.write`."""
    from .writer import write

    return write(layout, out, tick, each)
