"""The bridge of a DVD: one set of files under two file systems (PS3.12 P.2).

`plan` and `write` make one, and are loaded when they are asked for; it is read as the two file
systems that it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...lazily import loader

id = "bridge"

if TYPE_CHECKING:
    from . import writer

    plan = writer.plan
    write = writer.write

__getattr__ = loader(__name__, {"plan": "writer", "write": "writer"})
