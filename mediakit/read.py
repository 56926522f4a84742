"""File-set Reader: what a medium holds -> FileSetView (PS3.10 8.3), tolerant.

It finds the DICOMDIR, reads every file's header or all of it, and joins the two. A Secure DICOM
File is opened (PS3.15 D.1) and then read like any other. It judges nothing: a missing file, a stray
one, a reference out of the File-set, a wrong key are all held for the rules. A medium that fails is
read with patience, and what cannot be read is held as that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from .dicomdir import DirectoryView, RecordView, read_dicomdir
from .dicomfile import HeaderReader, NotDicom, Wanted
from .directory_contents import directory_contents
from .errors import MediumError
from .formats.mail.facts import MailMessage
from .formats.tree import MediumView, Path, StoredFile
from .lookup import How, Lookup
from .model import Content, FileId, Instance
from .patience import Patience, PatientContent, PatientFiles
from .progress import Cancel, ProgressCallback, Watch
from .secure.content_type import CONTENT_TYPE_BYTES, is_enveloped
from .secure.opening import Opening
from .secure.subject import SecuredMail
from .secure.verdict import Opened
from .values import text
from .whole import Reading, medium_order

if TYPE_CHECKING:
    from .whole_reader import Seen

DICOMDIR = "DICOMDIR"
_REFERENCED_INSTANCE = 0x00041511


@dataclass(frozen=True, slots=True)
class FileView:
    """A file on the medium; without an instance, `reason` says what it is instead.

    `readable` is False when the medium does not hold its bytes or they cannot be read. `sha256`
    is the digest of a file that was read from beginning to end, else empty. `opened` is there for a
    Secure DICOM File: `content` is then the clear one, if it could be had, `sha256` its digest, and
    `size` still that of the file.
    """

    path: Path
    size: int
    content: Content | None
    instance: Instance | None = None
    reason: str = ""
    readable: bool = True
    sha256: str = ""
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
    and folder; `directory` is the one that was read, at `directory_path`. `reading` is None when
    only headers were read. `mail` is there when all of it came in an encrypted e-mail.
    """

    media: tuple[MediumView, ...]
    files: Mapping[Path, FileView]
    directories: tuple[Path, ...]
    directory_path: Path | None
    directory: DirectoryView | None
    references: tuple[Reference, ...]
    reading: Reading | None = None
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

    @property
    def is_unsurveyed(self) -> bool:
        """Whether nobody can say what it holds: places that name files cannot be read, and no directory does.

        A directory does not tell of a later session, which would have one of its own.
        """
        kinds = {anomaly.kind for each in self.media for anomaly in each.anomalies}
        return "unread-session" in kinds or (self.directory is None and "unreadable" in kinds)

    def unknown(self) -> list[FileView]:
        """The files that cannot be read and of which no directory tells whether they are instances."""
        if self.directory:
            return []
        return [
            file for file in self.files.values() if not file.readable and file.path not in self.directories
        ]

    def instances(self) -> list[FileView]:
        """The files that hold a SOP Instance, DICOMDIRs aside."""
        return [file for file in self.files.values() if file.instance]


def read_file_set(
    media: tuple[MediumView, ...],
    wanted: Wanted,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
    *,
    whole: bool = False,
    patience: Patience | None = None,
    opening: Opening | None = None,
) -> FileSetView:
    """Read the directory and every file of the first format's tree, in the medium's order.

    `wanted` tells which elements of the instances the rules will look at. Files are read to their
    end if `whole`, else only their headers. Time lost on failing reads is limited by `patience`.
    `opening` says with what Secure DICOM Files are opened. Raises MediumError when an encrypted message
    cannot be read.
    """
    patience, opening = patience or Patience(), opening or Opening()
    try:
        media, mail = _mail(media, opening)
    except OSError as error:
        advice = "Copy the message again, or ask the sender for it."
        raise MediumError(f"The encrypted message cannot be read: {_reason(error)}.", advice) from error
    stored = media[0].files
    directories = tuple(file.path for file in stored if file.path[-1].upper().rstrip(".") == DICOMDIR)
    chosen = min(directories, key=lambda path: (len(path), path != (DICOMDIR,), path), default=None)
    watch = Watch(progress, cancel)
    files = {
        each.path: _directory_file(each, patience, opening) for each in stored if each.path in directories
    }
    directory, failure = _directory(files[chosen], patience) if chosen else (None, "")
    if chosen and failure:
        files[chosen] = replace(files[chosen], reason=failure, readable=False)
    if directory:
        watch.tell_contents(partial(directory_contents, directory))
    others = [file for file in stored if file.content and file.path not in directories]
    found, reading = _read(others, wanted, patience, watch, whole)
    found |= _secure(others, found, opening, lambda clear: _read(clear, wanted, patience, watch, whole)[0])
    files = {each.path: files.get(each.path) or found.get(each.path) or _gone(each) for each in stored}
    joined = tuple(references(directory, files, chosen[:-1] if chosen else ()))
    return FileSetView(media, files, directories, chosen, directory, joined, reading, mail)


def _mail(
    media: tuple[MediumView, ...], opening: Opening
) -> tuple[tuple[MediumView, ...], SecuredMail | None]:
    """As `open_mail`, which most media do not need: what is no e-mail stays as it is."""
    if not isinstance(media[0].facts, MailMessage):
        return media, None
    from .smime_reader import open_mail

    return open_mail(media, opening)


def _gone(file: StoredFile) -> FileView:
    """A file of which the format knows that the medium does not hold it."""
    return FileView(
        file.path, file.size, None, reason="the medium does not give all its bytes", readable=False
    )


def _directory_file(file: StoredFile, patience: Patience, opening: Opening) -> FileView:
    """A file that calls itself DICOMDIR, opened if it is a Secure DICOM File."""
    if file.content is None:
        return _gone(file)
    seen = FileView(file.path, file.size, file.content, reason="a DICOMDIR")
    try:
        return _unsealed(seen, file.content, opening) if _is_secure(file.content, patience) else seen
    except OSError as error:
        return replace(seen, reason=_reason(error), readable=False)


def _directory(file: FileView, patience: Patience) -> tuple[DirectoryView | None, str]:
    """The directory, and why the medium does not give it where that is the reason for there being none."""
    if file.content is None or not file.readable:
        return None, ""
    try:
        return read_dicomdir(PatientContent(file.content, patience)), ""
    except MediumError as error:
        return None, _reason(error.__cause__) if isinstance(error.__cause__, OSError) else ""


def _read(
    files: Sequence[StoredFile], wanted: Wanted, patience: Patience, watch: Watch, whole: bool
) -> tuple[dict[Path, FileView], Reading | None]:
    return (
        _whole_files(files, wanted, patience, watch)
        if whole
        else (_headers(files, wanted, patience, watch), None)
    )


def _secure(
    files: Sequence[StoredFile],
    found: Mapping[Path, FileView],
    opening: Opening,
    read: Callable[[Sequence[StoredFile]], dict[Path, FileView]],
) -> dict[Path, FileView]:
    """The Secure DICOM Files among those that are no instance, opened if possible and then read."""
    views: dict[Path, FileView] = {}
    for file in files:
        seen = found[file.path]
        # What is DICOM is no envelope: only the others are looked at again.
        if seen.instance or not seen.readable or not file.content:
            continue
        try:
            if _is_secure(file.content):
                views[file.path] = _unsealed(seen, file.content, opening)
        except OSError as error:
            views[file.path] = replace(seen, reason=_reason(error), readable=False)
    clear = [
        StoredFile(path, each.content, each.content.size) for path, each in views.items() if each.content
    ]
    for path, each in read(clear).items() if clear else ():
        views[path] = replace(each, size=views[path].size, opened=views[path].opened)
    return views


def _unsealed(seen: FileView, content: Content, opening: Opening) -> FileView:
    """The file with its clear content, or with the reason why that cannot be had. Raises OSError."""
    opened = opening.open(seen.path, content)
    clear = opening.clear(opened)
    return replace(seen, content=clear, opened=opened, reason=seen.reason if clear else opened.why_closed)


def _is_secure(content: Content, patience: Patience | None = None) -> bool:
    """Whether the file is an envelope (PS3.10 7.4). Raises OSError."""
    with (PatientContent(content, patience) if patience else content).open() as stream:
        return is_enveloped(stream.read(CONTENT_TYPE_BYTES))


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def _headers(
    files: Sequence[StoredFile], wanted: Wanted, patience: Patience, watch: Watch
) -> dict[Path, FileView]:
    """What the files are by their headers."""
    reader, found = HeaderReader(wanted), {}
    tick = watch.ticks("check", len(files))
    with PatientFiles(patience) as patient:
        for file in medium_order(files):
            found[file.path] = _header(file, reader, patient)
            tick(1)
    return found


def _header(file: StoredFile, reader: HeaderReader, patient: PatientFiles) -> FileView:
    assert file.content
    try:
        instance = reader.read(file.content, "/".join(file.path), patient.file(file.content))
    except NotDicom as said:
        return FileView(file.path, file.size, file.content, reason=said.reason)
    except OSError as error:
        return FileView(file.path, file.size, file.content, reason=_reason(error), readable=False)
    return FileView(file.path, file.size, file.content, instance)


def _whole_files(
    files: Sequence[StoredFile], wanted: Wanted, patience: Patience, watch: Watch
) -> tuple[dict[Path, FileView], Reading]:
    """What the files are from beginning to end, and how much was read for that."""
    from .whole_reader import WholeReader  # with all that decodes and hashes

    found: dict[Path, FileView] = {}
    digests: dict[Path, Seen] = {}
    with WholeReader(wanted, patience, watch, sum(file.size for file in files)) as reader:
        for file in medium_order(files):
            assert file.content
            seen = FileView(file.path, file.size, file.content)
            try:
                what = reader.read(file.content, seen.name)
            except OSError as error:
                found[file.path] = replace(seen, reason=_reason(error), readable=False)
                continue
            digests[file.path] = what
            found[file.path] = _seen(seen, what)
        done = {path: replace(found[path], sha256=what.sha256) for path, what in digests.items()}
        return {**found, **done}, reader.reading


def _seen(file: FileView, what: Seen) -> FileView:
    """An instance carries its own failure; of anything else the medium's is all that counts."""
    if what.failure and not what.instance:
        return replace(file, reason=what.failure.reason, readable=False)
    return replace(file, instance=what.instance, reason=what.reason)


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
