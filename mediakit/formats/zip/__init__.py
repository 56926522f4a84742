"""ZIP archives (PS3.12 Annex V, APPNOTE.TXT).

`plan` and `write` make an archive, `detect` and `open` read any.
"""

from . import layout, reader, writer

id = reader.ID
plan = layout.plan
write = writer.write
detect = reader.detect
open = reader.read
