"""Lists of names: `@list.txt`."""

from __future__ import annotations

from pathlib import Path

from ..errors import SourceUnreadable
from .entry import shown


def listed_names(path: Path) -> tuple[Path, ...]:
    """The names in the list, one a line, UTF-8; empty lines are skipped.

    Names are relative to the current folder, as in the lists of tar, rsync and DCMTK, so
    that the output of `find` can be used as it is. Raises SourceUnreadable.
    """
    try:
        # Names of files need not be text: what is no UTF-8 still has to name its file.
        text = path.read_bytes().decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    except OSError as error:
        raise SourceUnreadable(
            f"The list {shown(path)} cannot be read: {error.strerror}.",
            "A source that begins with @ is a list of names; write ./@name for a file of that name.",
        ) from error
    return tuple(Path(line.removesuffix("\r")) for line in text.split("\n") if line.strip())
