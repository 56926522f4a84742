"""UDF 1.02 to 2.60, the file system of DVD, DVD-RAM and BD (PS3.12 Annexes J, P, X).

`plan` and `write` make a volume, `detect` and `open` read any.
"""

from . import layout, reader, writer

id = reader.ID
plan = layout.plan
write = writer.write
detect = reader.detect
open = reader.read
