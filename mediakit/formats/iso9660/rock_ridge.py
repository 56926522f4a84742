"""The System Use fields of Rock Ridge (SUSP 1.12, RRIP 1.09), as they lie in a Directory Record.

Only what a file on a patient medium needs: its name, that everyone may read it, and its date.
A name, whatever its length, has a field of its own; nothing is continued elsewhere.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import datetime

from .structs import pack_date7

_READABLE, _DIRECTORY = 0o100444, 0o040555
_RR = b"RR\5\1\x89"  # RRIP 4.3: the fields NM, PX and TF are recorded
_RR_NAMELESS = b"RR\5\1\x81"
_SP = b"SP\7\1\xbe\xef\0"  # SUSP 5.3
_IDENTIFIER = b"RRIP_1991A"
_ER = b"ER" + bytes([8 + len(_IDENTIFIER), 1, len(_IDENTIFIER), 0, 0, 1]) + _IDENTIFIER  # SUSP 5.5

_COMMON = 5 + 36 + 12
_NAME = 5

ROOT_SIZE = len(_SP) + _COMMON + len(_ER)
"""Bytes of System Use in the root's own record; those of other directories have _COMMON."""


def size_for(name: str) -> int:
    """Bytes of System Use of a file or directory; of a directory's first two records if it is empty."""
    return _COMMON + (_NAME + len(name.encode("utf-8")) if name else 0)


def fields(name: str, is_directory: bool, created: datetime) -> bytes:
    """The System Use of a record; without a name, that of a directory's first two records."""
    mode = _DIRECTORY if is_directory else _READABLE
    posix = b"PX\x24\1" + b"".join(_both32(each) for each in (mode, 1, 0, 0))
    times = b"TF\x0c\1\x02" + pack_date7(created)  # RRIP 4.1.6: of modification
    encoded = name.encode("utf-8")
    named = b"NM" + bytes([_NAME + len(encoded), 1, 0]) + encoded if name else b""
    return (_RR if name else _RR_NAMELESS) + posix + times + named


def root_fields(created: datetime) -> bytes:
    """The System Use of the root's own record, which says that there is Rock Ridge."""
    return _SP + fields("", True, created) + _ER


def _both32(number: int) -> bytes:
    return struct.pack("<I", number) + struct.pack(">I", number)


def split(system_use: bytes, skip: int) -> Iterator[tuple[bytes, bytes]]:
    """The fields of a System Use area: signature and data, up to what cannot be a field."""
    at = skip
    while at + 4 <= len(system_use):
        size = system_use[at + 2]
        if size < 4 or at + size > len(system_use):
            return
        yield system_use[at : at + 2], system_use[at + 4 : at + size]
        at += size


def is_relocated(system_use: bytes) -> bool:
    """Whether the record only says where a directory that lies too deep is to be found (RRIP 4.1.5.1)."""
    return b"CL\x0c\1" in system_use and any(sign == b"CL" for sign, _ in split(system_use, 0))


def name_in(system_use: bytes) -> str | None:
    """The name in a record's System Use; None where there is none, or more of it lies elsewhere."""
    parts = []
    for sign, data in split(system_use, 0):
        if sign == b"NM" and data:
            if data[0] & 0b110:  # RRIP 4.1.4: the directory itself or its parent
                return None
            parts.append(data[1:])
            if not data[0] & 1:
                return b"".join(parts).decode("utf-8", "backslashreplace")
    return None
