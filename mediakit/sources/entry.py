"""What a source yields."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..errors import SourceUnreadable
from ..model import Content, FileContent


class NamedContent(Content, Protocol):
    """Content that knows what to call itself in lists and messages."""

    @property
    def name(self) -> str:
        """Where the content comes from, in one line."""


Source = str | os.PathLike[str] | NamedContent
"""What a caller may name as a source: a path, an @list, or an object with content."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that can be read; `origin` says where it is, printably.

    `named` tells that the caller named just this one: then it is opened if it is a medium.
    """

    origin: str
    content: Content
    named: bool = False


@dataclass(frozen=True, slots=True)
class Passed:
    """Something that is not read because it is nobody's content: litter, a link, a device."""

    origin: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unusable:
    """A file that may be DICOM but cannot be read: encrypted, damaged, out of proportion."""

    origin: str
    reason: str


Found = Entry | Passed | Unusable


def file_entry(path: Path) -> Entry:
    """The regular file at the path. Raises SourceUnreadable when it cannot be examined."""
    try:
        return Entry(shown(path), FileContent.of(path))
    except OSError as error:
        raise SourceUnreadable(
            f"The file {shown(path)} cannot be examined: {error.strerror}.",
            "Check the disk and the permissions.",
        ) from error


def shown(path: Path | str) -> str:
    """The path as text that can always be printed; bytes that are no text as backslash escapes."""
    text = os.fspath(path)
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return text
