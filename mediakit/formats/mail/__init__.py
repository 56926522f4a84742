"""A ZIP archive of a File-set as attachment of an e-mail (PS3.12 Annex W, PS3.11 Annex L).

`plan` and `write` make a message, `detect` and `open` read any.
"""

from . import layout, reader, writer

id = reader.ID
plan = layout.plan
write = writer.write
detect = reader.detect
open = reader.read
