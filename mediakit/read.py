"""File-set Reader: what a medium holds -> FileSetView (PS3.10 8.3), tolerant.

It finds the DICOMDIR, reads every file's header, and joins the two. A Secure DICOM File is
opened first (PS3.15 D.1) and then read like any other. It judges nothing: a missing file, a
stray one, a reference out of the File-set, a wrong key are all held for the rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .dicomdir import DirectoryView, RecordView, read_dicomdir
from .dicomfile import HeaderReader, NotDicom, Wanted
from .errors import MediumError
from .formats.tree import MediumView, Path, StoredFile
from .lookup import How, Lookup
from .model import Content, FileId, Instance
from .progress import Cancel, ProgressCallback, Watch
from .secure.opening import Opening
from .secure.outer import is_enveloped
from .secure.subject import SecuredMail
from .secure.verdict import Opened
from .smime import open_mail
from .values import text

DICOMDIR = "DICOMDIR"
_CMS_BEGINNING = 32
_REFERENCED_INSTANCE = 0x00041511


@dataclass(frozen=True, slots=True)
class FileView:
    """A file on the medium; without an instance, `reason` says what it is instead.

    `readable` is False when the medium does not hold its bytes or they cannot be read. `opened`
    is there for a Secure DICOM File: `content` is then the clear one, if it could be had, and
    `size` still that of the file.
    """

    path: Path
    size: int
    content: Content | None
    instance: Instance | None = None
    reason: str = ""
    readable: bool = True
    opened: Opened | None = None

    @property
    def is_closed(self) -> bool:
        """Whether it is a Secure DICOM File whose content could not be had."""
        return self.opened is not None and self.content is None

    @property
    def name(self) -> str:
        """The path in one text, components joined by a slash."""
        return "/".join(self.path)


@dataclass(frozen=True, slots=True)
class Reference:
    """A Directory Record that names a file, and the file it means.

    `named` is the path that the record gives, `path` the one under which the file was found;
    they differ when it was found by other means, which `how` tells.
    """

    record: RecordView
    file_id: FileId
    named: Path
    path: Path
    file: FileView | None
    how: How


@dataclass(frozen=True, slots=True)
class FileSetView:
    """A medium as a File-set: its formats, its files, its directory, and how they hang together.

    `directories` are the paths of all files that call themselves DICOMDIR, in any spelling
    and folder; `directory` is the one that was read, at `directory_path`. `mail` is there
    when all of it came in an encrypted e-mail.
    """

    media: tuple[MediumView, ...]
    files: Mapping[Path, FileView]
    directories: tuple[Path, ...]
    directory_path: Path | None
    directory: DirectoryView | None
    references: tuple[Reference, ...]
    mail: SecuredMail | None = None

    @property
    def uid(self) -> str:
        """The File-set UID, or empty."""
        return self.directory.instance.sop_instance if self.directory else ""

    @property
    def id(self) -> str:
        """The File-set ID, or empty."""
        return self.directory.file_set_id if self.directory else ""

    @property
    def is_closed(self) -> bool:
        """Whether something is encrypted and could not be opened, so that not all of it is known."""
        if self.mail and not self.mail.is_open:
            return True
        return any(file.is_closed for file in self.files.values())

    def instances(self) -> list[FileView]:
        """The files that hold a SOP Instance, DICOMDIRs aside."""
        return [file for file in self.files.values() if file.instance]


def read_file_set(
    media: tuple[MediumView, ...],
    wanted: Wanted,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
    opening: Opening | None = None,
) -> FileSetView:
    """Read the directory and every header of the first format's tree, in the medium's order.

    `wanted` tells which elements of the instances the rules will look at, `opening` with what
    Secure DICOM Files are opened.
    """
    opening = opening or Opening()
    media, mail = open_mail(media, opening)
    stored = media[0].files
    directories = tuple(file.path for file in stored if file.path[-1].upper().rstrip(".") == DICOMDIR)
    chosen = min(directories, key=lambda path: (len(path), path != (DICOMDIR,), path), default=None)
    reader = _Reader(HeaderReader(wanted), opening)
    files: dict[Path, FileView] = {}
    tick = Watch(progress, cancel).ticks("check", len(stored))
    for file in stored:
        files[file.path] = reader.file(file, is_directory=file.path in directories)
        tick(1)
    directory = _directory(files[chosen]) if chosen else None
    references = tuple(_references(directory, files, chosen[:-1] if chosen else ()))
    return FileSetView(media, files, directories, chosen, directory, references, mail)


def _directory(file: FileView) -> DirectoryView | None:
    if file.content is None:
        return None
    try:
        return read_dicomdir(file.content)
    except MediumError:
        return None


@dataclass(frozen=True, slots=True)
class _Reader:
    """Makes a FileView of every file of a medium."""

    headers: HeaderReader
    opening: Opening

    def file(self, file: StoredFile, is_directory: bool) -> FileView:
        if file.content is None:
            reason = "the medium does not give all its bytes"
            return FileView(file.path, file.size, None, reason=reason, readable=False)
        seen = FileView(file.path, file.size, file.content)
        try:
            read = seen if is_directory else self._read(seen, file.content)
            # What is DICOM is no envelope: only the others are looked at again.
            if read.instance is None and _is_secure(file.content):
                read = self._open(seen, file.content, is_directory)
        except OSError as error:
            return replace(seen, reason=str(error), readable=False)
        return replace(read, reason=read.reason or "a DICOMDIR") if is_directory else read

    def _read(self, seen: FileView, content: Content) -> FileView:
        """The file with its instance, or why there is none. Raises OSError."""
        try:
            return replace(seen, content=content, instance=self.headers.read(content, seen.name))
        except NotDicom as said:
            return replace(seen, content=content, reason=said.reason)

    def _open(self, seen: FileView, content: Content, is_directory: bool) -> FileView:
        """A Secure DICOM File, opened if possible and then read. Raises OSError."""
        opened = self.opening.open(seen.path, content)
        clear = self.opening.clear(opened)
        seen = replace(seen, content=clear, opened=opened)
        if clear is None:
            return replace(seen, reason=opened.why_closed)
        return seen if is_directory else self._read(seen, clear)


def _is_secure(content: Content) -> bool:
    """Whether the file is an envelope (PS3.10 7.4). Raises OSError."""
    with content.open() as stream:
        return is_enveloped(stream.read(_CMS_BEGINNING))


def _references(
    directory: DirectoryView | None, files: Mapping[Path, FileView], base: Path
) -> list[Reference]:
    """The records that name a file, below the DICOMDIR's folder."""
    lookup = Lookup({path: file.instance for path, file in files.items()}, base)
    found = []
    for record in directory.records if directory else ():
        if record.file_id is not None:
            path, how = lookup.find(record.file_id, text(record.keys, _REFERENCED_INSTANCE))
            named = (*base, *record.file_id.components)
            found.append(Reference(record, record.file_id, named, path, files.get(path), how))
    return found
