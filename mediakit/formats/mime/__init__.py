"""MIME messages with a part for every file (PS3.12 Annex K, PS3.11 Annex G).

`plan` and `write` make a message, `detect` and `open` read any. What does the work is loaded when
there is some: whoever has another format does not wait for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...lazily import loader
from . import recognition

id = recognition.ID
detect = recognition.detect

if TYPE_CHECKING:
    from . import layout, reader, writer

    plan = layout.plan
    open = reader.read
    write = writer.write

__getattr__ = loader(__name__, {"plan": "layout", "open": "reader:read", "write": "writer"})
