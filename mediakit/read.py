"""File-set Reader: what a medium holds -> FileSetView (PS3.10 8.3), tolerant.

It finds the DICOMDIR, reads every file's header, and joins the two. It judges nothing: a
missing file, a stray one, a reference out of the File-set are all held for the rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .dicomdir import DirectoryView, RecordView, read_dicomdir
from .dicomfile import SECURE_DICOM_FILE, HeaderReader, NotDicom, Wanted, is_secure
from .errors import MediumError
from .formats.tree import MediumView, Path, StoredFile
from .lookup import How, Lookup
from .model import Content, FileId, Instance
from .progress import Cancel, ProgressCallback, Watch
from .values import text

DICOMDIR = "DICOMDIR"
_CMS_BEGINNING = 32
_REFERENCED_INSTANCE = 0x00041511


@dataclass(frozen=True, slots=True)
class FileView:
    """A file on the medium; without an instance, `reason` says what it is instead.

    `readable` is False when the medium does not hold its bytes or they cannot be read.
    """

    path: Path
    size: int
    content: Content | None
    instance: Instance | None = None
    reason: str = ""
    readable: bool = True

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
    and folder; `directory` is the one that was read, at `directory_path`.
    """

    media: tuple[MediumView, ...]
    files: Mapping[Path, FileView]
    directories: tuple[Path, ...]
    directory_path: Path | None
    directory: DirectoryView | None
    references: tuple[Reference, ...]

    @property
    def uid(self) -> str:
        """The File-set UID, or empty."""
        return self.directory.instance.sop_instance if self.directory else ""

    @property
    def id(self) -> str:
        """The File-set ID, or empty."""
        return self.directory.file_set_id if self.directory else ""

    def instances(self) -> list[FileView]:
        """The files that hold a SOP Instance, DICOMDIRs aside."""
        return [file for file in self.files.values() if file.instance]


def read_file_set(
    media: tuple[MediumView, ...],
    wanted: Wanted,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
) -> FileSetView:
    """Read the directory and every header of the first format's tree, in the medium's order.

    `wanted` tells which elements of the instances the rules will look at.
    """
    stored = media[0].files
    directories = tuple(file.path for file in stored if file.path[-1].upper().rstrip(".") == DICOMDIR)
    chosen = min(directories, key=lambda path: (len(path), path != (DICOMDIR,), path), default=None)
    directory = _directory(stored, chosen)
    reader = HeaderReader(wanted)
    files: dict[Path, FileView] = {}
    tick = Watch(progress, cancel).ticks("check", len(stored))
    for file in stored:
        files[file.path] = _file(file, reader, is_directory=file.path in directories)
        tick(1)
    joined = tuple(references(directory, files, chosen[:-1] if chosen else ()))
    return FileSetView(media, files, directories, chosen, directory, joined)


def _directory(stored: Sequence[StoredFile], path: Path | None) -> DirectoryView | None:
    content = next((file.content for file in stored if file.path == path), None)
    if content is None:
        return None
    try:
        return read_dicomdir(content)
    except MediumError:
        return None


def _file(file: StoredFile, reader: HeaderReader, is_directory: bool) -> FileView:
    seen = FileView(file.path, file.size, file.content)
    if file.content is None:
        return FileView(
            file.path, file.size, None, reason="the medium does not give all its bytes", readable=False
        )
    if is_directory:
        reason = SECURE_DICOM_FILE if _is_secure(file.content) else "a DICOMDIR"
        return FileView(file.path, file.size, file.content, reason=reason)
    try:
        instance = reader.read(file.content, seen.name)
    except NotDicom as said:
        return FileView(file.path, file.size, file.content, reason=said.reason)
    except OSError as error:
        return FileView(file.path, file.size, file.content, reason=str(error), readable=False)
    return FileView(file.path, file.size, file.content, instance)


def _is_secure(content: Content) -> bool:
    """Whether the file is encrypted (PS3.10 7.4); False where that cannot be read."""
    try:
        with content.open() as stream:
            return is_secure(stream.read(_CMS_BEGINNING))
    except OSError:
        return False


def references(
    directory: DirectoryView | None, files: Mapping[Path, FileView], base: Path
) -> list[Reference]:
    """The records that name a file, and the files that they mean; `base` is the DICOMDIR's folder."""
    lookup = Lookup({path: file.instance for path, file in files.items()}, base)
    found = []
    for record in directory.records if directory else ():
        if record.file_id is not None:
            path, how = lookup.find(record.file_id, text(record.keys, _REFERENCED_INSTANCE))
            named = (*base, *record.file_id.components)
            found.append(Reference(record, record.file_id, named, path, files.get(path), how))
    return found
