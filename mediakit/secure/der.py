"""Encoding of the few ASN.1 types that CMS headers need, as DER (ITU-T X.690)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

INTEGER = 0x02
OCTET_STRING = 0x04
NULL = b"\x05\x00"
OID = 0x06
UTC_TIME = 0x17
GENERALIZED_TIME = 0x18
SEQUENCE = 0x30
SET = 0x31


def context(number: int, constructed: bool = True) -> int:
    """The identifier octet of a context-specific tag."""
    return (0xA0 if constructed else 0x80) | number


def head(tag: int, length: int) -> bytes:
    """Identifier and length octets of a value of that many bytes (X.690 8.1.3, 10.1)."""
    if length < 0x80:
        return bytes((tag, length))
    size = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + length.to_bytes(size)


def whole(length: int) -> int:
    """The bytes of an element whose value has that many bytes."""
    return 2 + length if length < 0x80 else 2 + (length.bit_length() + 7) // 8 + length


def tlv(tag: int, *parts: bytes) -> bytes:
    """A whole element."""
    value = b"".join(parts)
    return head(tag, len(value)) + value


def sequence(*parts: bytes) -> bytes:
    """A SEQUENCE of encoded elements."""
    return tlv(SEQUENCE, *parts)


def set_of(parts: Iterable[bytes], tag: int = SET) -> bytes:
    """A SET OF encoded elements, in the order that DER wants (X.690 11.6)."""
    return tlv(tag, *sorted(parts))


def integer(number: int) -> bytes:
    """An INTEGER, not negative."""
    return tlv(INTEGER, number.to_bytes(number.bit_length() // 8 + 1))


def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER from its dotted form (X.690 8.19)."""
    first, second, *rest = map(int, dotted.split("."))
    value = bytearray()
    for arc in (first * 40 + second, *rest):
        septets = [arc & 0x7F]
        while arc := arc >> 7:
            septets.append(0x80 | arc & 0x7F)
        value += bytes(reversed(septets))
    return tlv(OID, bytes(value))


def algorithm(dotted: str, parameters: bytes = NULL) -> bytes:
    """An AlgorithmIdentifier."""
    return sequence(oid(dotted), parameters)


def time(moment: datetime) -> bytes:
    """A Time: UTCTime to the year 2049, then GeneralizedTime (RFC 5652 11.3)."""
    utc = moment.astimezone(UTC)
    if utc.year < 2050:
        return tlv(UTC_TIME, utc.strftime("%y%m%d%H%M%SZ").encode())
    return tlv(GENERALIZED_TIME, utc.strftime("%Y%m%d%H%M%SZ").encode())
