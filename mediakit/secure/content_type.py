"""The type of a CMS ContentInfo, told from its first bytes (RFC 5652 3)."""

from __future__ import annotations

from . import der, oids

CONTENT_TYPE_BYTES = 32
"""So many bytes from its beginning will do."""


def is_enveloped(start: bytes) -> bool:
    """Whether a file that starts with these bytes is a CMS envelope."""
    return says(start, oids.ENVELOPED_DATA, oids.AUTH_ENVELOPED_DATA)


def says(start: bytes, *types: str) -> bool:
    """Whether these bytes begin a ContentInfo of one of the types."""
    if len(start) < 2 or start[0] != der.SEQUENCE:
        return False
    # X.690 8.1.3: a length of one byte, or a number of bytes and then that many.
    at = 2 + (start[1] & 0x7F if start[1] > 0x80 else 0)
    return any(start.startswith(der.oid(each), at) for each in types)
