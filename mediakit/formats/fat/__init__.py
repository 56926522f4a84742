"""FAT12, FAT16 and FAT32, the file systems of sticks, cards and MO disks (PS3.12 A, M, Q to U).

`plan` and `write` make a volume, with or without a partition table, `detect` and `open` read any;
`updater` changes one in place. What does the work is loaded when there is some: whoever has another
format does not wait for it.
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
