"""Names in a FAT directory: the short form, the long form, and the short alias of a long name.

A name that a short entry holds as it is has no long form. A name is compared without regard
to case, as all systems do that read FAT (FAT 1.03, Long Directory Entries).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .structs import LAST_PART, PART_CHARACTERS, LongNamePart, checksum

_SHORT = re.compile(r"[A-Z0-9_]{1,8}(\.[A-Z0-9_]{1,3})?")
_NO_LONG = re.compile(r"[\x00-\x1f\x7f\"*/:<>?\\|]")
_NO_ALIAS = re.compile(r"[^A-Z0-9_]")

_LONGEST = 255
"""UTF-16 units in a long name."""

_ALIASES = 999_999
"""How far the numbers of aliases go: a base of one character, the tilde, and six digits."""


def is_short(name: str) -> bool:
    """Whether a short entry holds the name as it is."""
    return _SHORT.fullmatch(name) is not None


def long_name_fault(name: str) -> str:
    """Why the name cannot be a long one, in words; empty when it can."""
    if bad := _NO_LONG.search(name):
        return f"the character {bad[0]!r} is not allowed in a name"
    if not name or name != name.rstrip(" .") or name != name.lstrip(" "):
        return "a name cannot be empty, begin with a space, or end in a space or a dot"
    try:
        units = len(name.encode("utf-16-le")) // 2
    except UnicodeEncodeError:
        return "it holds half a character"
    return f"it has more than {_LONGEST} characters" if units > _LONGEST else ""


def key(name: str) -> str:
    """What is equal for names that a directory cannot hold together."""
    if name.isascii():
        return name.upper()
    # Character by character, as systems do: a capital of two characters is none.
    return "".join(upper if len(upper := each.upper()) == 1 else each for each in name)


def packed(name: str) -> bytes:
    """The 11 characters of a short name."""
    base, _, extension = name.partition(".")
    return (base.ljust(8) + extension.ljust(3)).encode("ascii")


def short_names(names: Iterable[str]) -> dict[str, str]:
    """For each name of a directory its short form: itself, or an alias that nothing else has."""
    listed = list(names)
    taken = {key(name) for name in listed}
    numbers: dict[str, int] = {}
    found = {}
    for name in listed:
        found[name] = name if is_short(name) else _alias(name, taken, numbers)
        taken.add(found[name])
    return found


def _alias(name: str, taken: set[str], numbers: dict[str, int]) -> str:
    """A short name made of a long one: its first characters, a tilde and a number."""
    stem, dot, extension = name.upper().replace(" ", "").lstrip(".").rpartition(".")
    if not dot:
        stem, extension = extension, ""
    base = _NO_ALIAS.sub("_", stem.replace(".", ""))
    end = "." + _NO_ALIAS.sub("_", extension)[:3] if extension else ""
    # Names that begin alike go on counting where the last one stopped: a thousand take no longer.
    family = base[:6] + end
    for number in range(numbers.get(family, 0) + 1, _ALIASES + 1):
        tail = f"~{number}"
        alias = base[: 8 - len(tail)] + tail + end
        if alias not in taken:
            numbers[family] = number
            return alias
    raise ValueError(f"no alias is left for {name!r}")  # a directory holds fewer entries


def long_name_parts(name: str, short: bytes) -> Iterator[LongNamePart]:
    """The entries of a long name in their order on the medium, before the short entry."""
    data = name.encode("utf-16-le")
    part = PART_CHARACTERS * 2
    count = -(-len(data) // part)
    if len(data) % part:  # FAT 1.03: a zero ends the name, ones fill the rest
        data = (data + b"\0\0").ljust(count * part, b"\xff")
    for number in range(count, 0, -1):
        order = number | (LAST_PART if number == count else 0)
        yield LongNamePart(order, 0, checksum(short), data[(number - 1) * part : number * part])


def entries_of(name: str) -> int:
    """How many directory entries the name takes."""
    if is_short(name):
        return 1
    return 1 + -(-len(name.encode("utf-16-le")) // (PART_CHARACTERS * 2))
