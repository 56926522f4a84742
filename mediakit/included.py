"""Other content for a medium: a viewer, reports in PDF (`--include DIR[=NAME]`).

It lies beside the File-set, outside the DICOM folders and in no directory (PS3.10 8.1), and it is
copied as it is. What could start by itself, hide a DICOM File from the directory or take the
place of a file of ours is refused before anything is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import InputError, SourceUnreadable, UsageError
from .formats.folder import read_folder
from .formats.tree import Path as Names
from .formats.tree import VolumeFile
from .model import Content, FileContent
from .read import DICOMDIR
from .readme import README
from .staging import TOP_FOLDER

_PREFIX_SIZE = 132
_AUTORUN = "AUTORUN.INF"
_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"/\\|?*]|[. ]$')
"""What Windows takes in no name; a medium has to open everywhere."""


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A file or folder of other content, under the name it has in the root of the medium.

    An empty name puts the files of a folder into the root itself.
    """

    source: Path
    name: str
    files: tuple[VolumeFile, ...]

    @property
    def size(self) -> int:
        """The bytes of its files together."""
        return sum(file.content.size for file in self.files)


def included(words: Iterable[str]) -> tuple[Inclusion, ...]:
    """What `--include DIR[=NAME]` names, all of it, with every name checked.

    NAME is the folder's own when it is not given; `.` is the root of the medium. Raises
    UsageError, InputError for what may not lie on a medium, SourceUnreadable.
    """
    found = tuple(_inclusion(word) for word in words)
    taken = {TOP_FOLDER: "the images", DICOMDIR: "the directory", README: "our README"}
    for each in found:
        for top in {file.path[0] for file in each.files}:
            _check_top(top, each.source, taken)
        if each.name:
            taken[each.name.upper()] = str(each.source)
    _check_unique(file.path for each in found for file in each.files)
    return found


def _inclusion(word: str) -> Inclusion:
    source, name = _parted(word)
    try:
        if source.is_file():
            files: tuple[VolumeFile, ...] = (VolumeFile((name or source.name,), FileContent.of(source)),)
        else:
            files = tuple(_folder(source, name))
        for file in files:
            _check_file(file, asked_for=source.is_file())
    except (OSError, ValueError) as error:  # ValueError: a path with a zero byte
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceUnreadable(
            f"{source} cannot be read: {reason}.", "Check the path of --include and its permissions."
        ) from error
    return Inclusion(source, name, files)


def _parted(word: str) -> tuple[Path, str]:
    """DIR and NAME; a path that exists with its equals sign is all DIR."""
    path, sign, name = word.rpartition("=")
    if not sign or Path(word).exists():
        path, name = word, ""
        # `viewer/..` and `.` have no name of their own before they are resolved.
        name = Path(path).resolve().name
    if not path:
        raise UsageError(f"--include {word} names no folder.", "Write it as in --include viewer=VIEWER.")
    return Path(path), "" if sign and name == "." else name


def _folder(source: Path, name: str) -> Iterator[VolumeFile]:
    view = read_folder(source)
    if view.anomalies:
        # Nothing is dropped silently: a viewer without one of its files may not start.
        raise InputError(
            f"{source} cannot be included as a whole: {view.anomalies[0].detail}.",
            "Include a folder of plain, readable files. Nothing was written.",
        )
    if not view.files:
        raise InputError(f"{source} holds no file to include.", "Check the path of --include.")
    for file in view.files:
        assert file.content is not None  # an unreadable file is an anomaly
        yield VolumeFile((*((name,) if name else ()), *file.path), file.content)


def _check_file(file: VolumeFile, asked_for: bool) -> None:
    """Raises InputError for a name or a content that has no place beside a File-set."""
    shown = "/".join(file.path)
    for part in file.path:
        if not part or _FORBIDDEN.search(part):
            raise InputError(f"{shown!r} cannot be included: {part!r} is no name on Windows.", "Rename it.")
    if len(file.path) == 1 and file.path[0].upper() == _AUTORUN and not asked_for:
        raise InputError(
            f"{shown} would start a program by itself when the medium is inserted.",
            "Leave it away, or ask for it by name: --include FOLDER/autorun.inf.",
        )
    if file.path[-1].upper().rstrip(".") == DICOMDIR or _is_dicom(file.content):
        raise InputError(
            f"{shown} is a DICOM File; among other content it would be in no directory.",
            "Give it as a SOURCE, or leave it away. Nothing was written.",
        )


def _is_dicom(content: Content) -> bool:
    with content.open() as stream:
        return stream.read(_PREFIX_SIZE)[128:] == b"DICM"


def _check_top(top: str, source: Path, taken: dict[str, str]) -> None:
    """PS3.10 8.2 knows no case, and neither do most file systems. Raises UsageError."""
    if (owner := taken.get(top.upper())) or re.fullmatch(rf"{TOP_FOLDER}\d*", top.upper()):
        raise UsageError(
            f"--include {source} would take the name {top}, which {owner or 'the images'} may need.",
            f"Name it otherwise: --include {source}=EXTRA.",
        )


def _check_unique(paths: Iterable[Names]) -> None:
    seen: dict[Names, Names] = {}
    for path in paths:
        folded = tuple(part.upper() for part in path)
        if folded in seen:
            raise InputError(
                f"{'/'.join(path)} and {'/'.join(seen[folded])} are one name on most systems.",
                "Rename one of them.",
            )
        seen[folded] = path
