"""What differs between the revisions of UDF, for who writes them (PS3.12 J, P, X)."""

from __future__ import annotations

from typing import NamedTuple


class Revision(NamedTuple):
    """A revision of UDF as we record it.

    `number` and `min_read` are binary-coded decimal; `edition` is that of ECMA-167, the version
    of every descriptor; `access` is the Access Type of a finished volume; `unit` is the ECC block
    of the medium, to whose multiples partitions and images are aligned, in blocks.
    """

    word: str
    number: int
    min_read: int
    edition: int
    metadata: bool
    access: int
    unit: int

    @property
    def nsr(self) -> bytes:
        """The Standard Identifier of the edition (ECMA-167 3/9.1)."""
        return b"NSR%02d" % self.edition

    @property
    def unique_in_directories(self) -> bool:
        """Whether a File Identifier Descriptor carries the UDF Unique ID (UDF 2.00 2.3.4.3)."""
        return self.number >= 0x0200


REVISIONS = {
    each.word: each
    for each in (
        Revision("1.02", 0x0102, 0x0102, 2, metadata=False, access=1, unit=16),
        # PS3.12 J calls 1.50 a profile of the third edition; its volumes are those of the second.
        Revision("1.50", 0x0150, 0x0150, 2, metadata=False, access=1, unit=16),
        Revision("2.00", 0x0200, 0x0200, 3, metadata=False, access=1, unit=16),
        Revision("2.01", 0x0201, 0x0201, 3, metadata=False, access=1, unit=16),
        Revision("2.50", 0x0250, 0x0250, 3, metadata=True, access=1, unit=32),
        # A reader of 2.50 reads it, and Linux refuses a minimum above that. UDF 2.60 2.2.14.2:
        # Access Type 0 is pseudo-overwritable, what a BD-R is.
        Revision("2.60", 0x0260, 0x0250, 3, metadata=True, access=0, unit=32),
    )
}
"""The revisions by their word."""
