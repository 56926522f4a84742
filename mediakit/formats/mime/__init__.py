"""MIME messages with a part for every file (PS3.12 Annex K, PS3.11 Annex G).

`plan` and `write` make a message, `detect` and `open` read any.
"""

from . import layout, reader, writer

id = reader.ID
plan = layout.plan
write = writer.write
detect = reader.detect
open = reader.read
