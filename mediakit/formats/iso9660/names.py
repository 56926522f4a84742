"""What a file may be called on an ISO 9660 volume, in the primary tree and in Joliet's.

Names of Level 1 (ISO 9660 7.5, 7.6, 10.1) are recorded as they are, those of DICOM files among
them. Any other name is a long one, for Joliet and Rock Ridge; it gets a name of Level 1 made
from it, which no other file of its folder has.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_DIRECTORY_NAME = re.compile(r"[A-Z0-9_]{1,8}")
_FILE_NAME = re.compile(r"[A-Z0-9_]{1,8}(\.[A-Z0-9_]{1,3})?")
_NO_D_CHARACTER = re.compile(r"[^A-Z0-9_]")
_STEM, _EXTENSION = 8, 3

_LONG = 64  # characters of 16 bits (Joliet Specification)
_LONG_BYTES = 148  # of UTF-8 that a Directory Record has room for, beside all else of Rock Ridge
_NO_LONG_NAME = re.compile(r"[\x00-\x1f\x7f*/:;?\\\ud800-\udfff]|[. ]\Z|\A\.{1,2}\Z")


def is_short(name: str, is_directory: bool) -> bool:
    """Whether it is a name of Level 1, without the version number."""
    return bool((_DIRECTORY_NAME if is_directory else _FILE_NAME).fullmatch(name))


def refusal(name: str) -> str:
    """Why a long name cannot be recorded in Joliet and Rock Ridge; empty if it can."""
    if not name:
        return "it has no name"
    if _NO_LONG_NAME.search(name):
        return "its name has a character that cannot be recorded there"
    if len(name.encode("utf-16-be")) > 2 * _LONG or len(name.encode("utf-8")) > _LONG_BYTES:
        return "its name is too long"
    return ""


def short_names(names: Iterable[tuple[str, bool]]) -> dict[str, str]:
    """A Level 1 name for each name of a folder; the second value tells the directories.

    The same names give the same result in any order.
    """
    ordered = sorted(names)
    found = {name: name for name, is_directory in ordered if is_short(name, is_directory)}
    taken = set(found)
    last: dict[tuple[str, str], int] = {}
    for name, is_directory in ordered:
        if name in found:
            continue
        stem, extension = _reduced(name, is_directory)
        short = _joined(stem[:_STEM], extension)
        while short in taken:
            number = last[stem, extension] = last.get((stem, extension), 0) + 1
            short = _joined(f"{stem[: _STEM - len(str(number))]}{number}", extension)
        taken.add(short)
        found[name] = short
    return found


def _reduced(name: str, is_directory: bool) -> tuple[str, str]:
    """The d-characters of a name before and after its last dot, letters without their marks."""
    plain = "".join(
        each for each in unicodedata.normalize("NFKD", name).upper() if not unicodedata.combining(each)
    )
    stem, dot, extension = ("", "", plain) if is_directory else plain.rpartition(".")
    if not dot:
        stem, extension = extension, ""
    stem = _NO_D_CHARACTER.sub("_", stem)[:_STEM] or "_"
    return stem, _NO_D_CHARACTER.sub("_", extension)[:_EXTENSION]


def _joined(stem: str, extension: str) -> str:
    return f"{stem}.{extension}" if extension else stem


def primary_identifier(name: str, is_directory: bool) -> bytes:
    """The identifier of a Level 1 name (ISO 9660 7.5.1): the dot is always recorded, the version is 1."""
    if is_directory:
        return name.encode("ascii")
    # PS3.12 F.1.2.1: a File ID component has no extension, but its dot and version are recorded.
    return f"{name if '.' in name else name + '.'};1".encode("ascii")


def joliet_identifier(name: str, is_directory: bool) -> bytes:
    """The identifier of any name in a Joliet tree: UCS-2, most significant byte first."""
    return (name if is_directory else f"{name};1").encode("utf-16-be")


def primary_order(identifier: bytes) -> tuple[bytes, bytes]:
    """Sorts as ISO 9660 9.3 pads: a space comes before every d-character, as does the end of bytes."""
    stem, _, extension = identifier.removesuffix(b";1").partition(b".")
    return stem, extension


def joliet_order(identifier: bytes) -> tuple[bytes, bytes]:
    """Sorts by the characters of a Joliet name; padding comes before each of them."""
    return identifier.removesuffix(";1".encode("utf-16-be")), b""
