"""FAT12, FAT16 and FAT32, the file systems of sticks, cards and MO disks (PS3.12 A, M, Q to U).

`plan` and `write` make a volume, with or without a partition table, `detect` and `open` read any;
`update` changes one in place.
"""

from . import layout, reader, writer
from . import update as updating

id = reader.ID
plan = layout.plan
write = writer.write
update = updating.update
detect = reader.detect
open = reader.read
