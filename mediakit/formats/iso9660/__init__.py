"""ISO 9660 Level 1, the file system of a DICOM CD (PS3.12 Annex F).

`plan` and `write` make a volume, `detect` and `open` read any.
"""

from . import layout, reader, writer

id = reader.ID
plan = layout.plan
write = writer.write
detect = reader.detect
open = reader.read
