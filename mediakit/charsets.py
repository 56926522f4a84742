"""Specific Character Sets: bytes to text and back (PS3.5 6.1, PS3.3 C.12.1.1.2).

Knows the defined terms, Python's codecs for them, and the escape sequences that switch
between sets (ISO 2022). Decoding never fails: what is not in the set comes out as backslash
escapes, which do not part values. Encoding raises UnicodeEncodeError when no set of the data
set holds a character.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_SINGLE_BYTE = {
    "ISO_IR 6": "ascii", "ISO_IR 100": "latin_1", "ISO_IR 101": "iso8859_2", "ISO_IR 109": "iso8859_3",
    "ISO_IR 110": "iso8859_4", "ISO_IR 144": "iso8859_5", "ISO_IR 127": "iso8859_6",
    "ISO_IR 126": "iso8859_7", "ISO_IR 138": "iso8859_8", "ISO_IR 148": "iso8859_9",
    "ISO_IR 13": "shift_jis", "ISO_IR 166": "tis_620", "ISO_IR 203": "iso8859_15",
}  # fmt: skip
_WHOLE = {"ISO_IR 192": "utf_8", "GB18030": "gb18030", "GBK": "gbk"}
"""Multi-byte sets that stand alone and know no escape sequences (Table C.12-5)."""

_ESCAPES = {
    b"\x1b(B": ("ISO 2022 IR 6", "ascii"), b"\x1b-A": ("ISO 2022 IR 100", "latin_1"),
    b"\x1b-B": ("ISO 2022 IR 101", "iso8859_2"), b"\x1b-C": ("ISO 2022 IR 109", "iso8859_3"),
    b"\x1b-D": ("ISO 2022 IR 110", "iso8859_4"), b"\x1b-L": ("ISO 2022 IR 144", "iso8859_5"),
    b"\x1b-G": ("ISO 2022 IR 127", "iso8859_6"), b"\x1b-F": ("ISO 2022 IR 126", "iso8859_7"),
    b"\x1b-H": ("ISO 2022 IR 138", "iso8859_8"), b"\x1b-M": ("ISO 2022 IR 148", "iso8859_9"),
    b"\x1b-b": ("ISO 2022 IR 203", "iso8859_15"), b"\x1b-T": ("ISO 2022 IR 166", "tis_620"),
    b"\x1b)I": ("ISO 2022 IR 13", "shift_jis"), b"\x1b(J": ("ISO 2022 IR 13", "shift_jis"),
    b"\x1b$B": ("ISO 2022 IR 87", "iso2022_jp"), b"\x1b$(D": ("ISO 2022 IR 159", "iso2022_jp_2"),
    b"\x1b$)C": ("ISO 2022 IR 149", "euc_kr"), b"\x1b$)A": ("ISO 2022 IR 58", "gb2312"),
}  # fmt: skip
"""Escape sequence to defined term and codec (Tables C.12-3 and C.12-4)."""

_SWITCH = re.compile(rb"(\x1b(?:[(-][ABCDFGHJLMTb]|\)I|\$B|\$\(D|\$\)[AC]))")
_G0_TWO_BYTE = frozenset((b"\x1b$B", b"\x1b$(D"))
_UNDECODED = re.compile("[\udc80-\udcff]")
_DELIMITERS = re.compile(rb"([\\^=\r\n\f\t])")


def decode(value: bytes, terms: Sequence[str], one_value: bool = False) -> tuple[str, ...]:
    """The values in the given defined terms; undecodable bytes as backslash escapes.

    Decoding comes before parting at backslashes: in GB18030 a 5CH may be half of a character.
    """
    text = _decode(value, terms)
    return tuple(_printable(part) for part in ((text,) if one_value else text.split("\\")))


def _decode(value: bytes, terms: Sequence[str]) -> str:
    """The text, in which lone surrogates stand for undecodable bytes."""
    if value.isascii() and b"\x1b" not in value:
        return value.decode("ascii")
    first = codec_of(terms[0]) if terms else "ascii"
    if b"\x1b" not in value or first in _WHOLE.values():
        return value.decode(first, "surrogateescape")
    return _decode_switching(value, first)


def _printable(text: str) -> str:
    """The text with undecodable bytes as escapes, however they look side by side."""
    return _UNDECODED.sub(lambda found: f"\\x{ord(found[0]) - 0xDC00:02x}", text)


def encode(value: str, terms: Sequence[str], person_name: bool = False) -> bytes:
    """The text in the first of the defined terms that holds it, else switching between them.

    With `person_name` the delimiters ^ and = also end a switch (PS3.5 6.1.2.5.3). Raises
    UnicodeEncodeError when a character is in none of the sets.
    """
    if value.isascii():
        return value.encode("ascii")
    first = codec_of(terms[0]) if terms else "ascii"
    if len(terms) < 2:
        return value.encode(first)
    parts = re.split(r"([\\^=\r\n\f\t])" if person_name else r"([\\\r\n\f\t])", value)
    return b"".join(_encode_part(part, first, terms[1:]) for part in parts)


def codec_of(term: str) -> str:
    """The Python codec of a defined term; an unknown term counts as the default repertoire."""
    plain = term.replace("ISO 2022 IR", "ISO_IR").strip()
    return _WHOLE.get(plain) or _SINGLE_BYTE.get(plain, "ascii")


def _decode_switching(value: bytes, first: str) -> str:
    """Follow the escape sequences; a delimiter returns to the first set (PS3.5 6.1.2.5.3)."""
    codec, opener, out = first, b"", []
    for n, piece in enumerate(_SWITCH.split(value)):
        if n % 2:
            codec, opener = _ESCAPES.get(piece, ("", "ascii"))[1], piece
            continue
        if opener in _G0_TWO_BYTE:
            out.append(_decode_two_byte(opener, piece, codec))
            continue
        if opener == b"\x1b(B":
            codec = first  # G0 is ASCII again; what the first set put into G1 still stands
        head, *rest = _DELIMITERS.split(piece, maxsplit=1)
        out.append(head.decode(codec, "surrogateescape"))
        if rest:
            codec = first
            out.append(b"".join(rest).decode(first, "surrogateescape"))
    return "".join(out)


def _decode_two_byte(opener: bytes, piece: bytes, codec: str) -> str:
    """Two-byte characters in G0 (Japanese); Python's stateful codecs want the escape back."""
    try:
        return (opener + piece).decode(codec)
    except UnicodeDecodeError:
        return piece.decode("ascii", "surrogateescape")


def _encode_part(part: str, first: str, others: Sequence[str]) -> bytes:
    """One run between delimiters, in the first set or in one of the others behind its escape."""
    if part.isascii():
        return part.encode("ascii")
    failure: UnicodeEncodeError | None = None
    for escape, codec in ((b"", first), *_escapes_of(others)):
        try:
            encoded = part.encode(codec)
        except UnicodeEncodeError as reason:
            failure = failure or reason
            continue
        # iso2022 codecs write their escapes themselves and end in ASCII
        return encoded if escape in _G0_TWO_BYTE else escape + encoded
    assert failure is not None
    raise failure


def _escapes_of(terms: Sequence[str]) -> list[tuple[bytes, str]]:
    """Escape sequence and codec of each term, in the order of the terms."""
    return [
        (escape, codec)
        for term in terms
        for escape, (name, codec) in _ESCAPES.items()
        if name == term.strip() and escape != b"\x1b(B"
    ]
