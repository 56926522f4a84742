"""Sources -> Inventory: every file that was found, and what became of it.

The first stage of a job. It reads headers, not contents, judges nothing, and drops nothing:
a file is an instance, or it is listed with the reason why it is none. What cannot be
entered or opened stops the job, because nobody could say what was left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from .dicomfile import HeaderReader, NotDicom, Wanted
from .errors import SourceUnreadable
from .formats.tree import MediumView
from .formats.zip.member import MemberDamaged
from .model import Instance
from .patience import Patience
from .profile.wanted import wanted_by_all
from .progress import Cancel, Progress, ProgressCallback, Watch
from .promised import Promised, promises
from .sources import Entry, Found, Passed, Source, Unusable, entries
from .sources.archive import archive_entries
from .sources.medium import formats_of, medium_entries

ZIP_ARCHIVE = "no DICOM: ZIP archive"
A_DICOMDIR = "a DICOMDIR"
DELETED = "deleted from its File-set: its Directory Record is not in use"

_REPORT_EVERY = 64


@dataclass(frozen=True, slots=True)
class Ignored:
    """A file that is not DICOM at all, or a DICOMDIR, or no file."""

    origin: str
    reason: str


@dataclass(frozen=True, slots=True)
class Damaged:
    """A file that is or may be DICOM, but cannot be used: it counts as left out."""

    origin: str
    reason: str


@dataclass(frozen=True, slots=True)
class Inventory:
    """What the sources hold, each in the order of the sources.

    Instances may have anomalies, and several may have one SOP Instance UID; rules judge them.
    `missing` are those that a DICOMDIR among the sources refers to and no source holds.
    """

    instances: tuple[Instance, ...]
    ignored: tuple[Ignored, ...] = ()
    damaged: tuple[Damaged, ...] = ()
    not_selected: int = 0
    missing: tuple[Promised, ...] = ()


class _Within(Enum):
    """What a file lies in: a medium may hold archives, nothing inside an archive is opened."""

    FOLDER = 0
    MEDIUM = 1
    ARCHIVE = 2


def scan(
    sources: Iterable[Source],
    *,
    wanted: Wanted | None = None,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
) -> Inventory:
    """Everything in the sources: folders, files, images, devices, ZIP archives, `@lists`,
    objects with content.

    Types are found from content, never from names. `wanted` tells which top-level elements
    to keep for a SOP Class, those of the directory and of all profiles if absent. Raises
    SourceUnreadable and Cancelled.
    """
    found = list(_listed(sources, progress, cancel))
    scanner = _Scanner(HeaderReader(wanted or wanted_by_all()), cancel)
    for done, each in enumerate(found):
        if progress and done % _REPORT_EVERY == 0:
            progress(Progress("scan", done, len(found)))
        scanner.take(each)
    if progress:
        progress(Progress("scan", len(found), len(found)))
    return scanner.inventory()


def _listed(
    sources: Iterable[Source], progress: ProgressCallback | None, cancel: Cancel | None
) -> Iterator[Found]:
    """All files of all sources, before any of them is opened, so that their number is known."""
    count = 0
    for source in sources:
        for each in entries(source):
            count += 1
            if count % _REPORT_EVERY == 0:
                if cancel:
                    cancel.check()
                if progress:
                    progress(Progress("list", count, None))
            yield each


class _Scanner:
    """Sorts files into an Inventory, one at a time."""

    def __init__(self, reader: HeaderReader, cancel: Cancel | None) -> None:
        self._reader, self._cancel = reader, cancel
        self._instances: list[Instance] = []
        self._ignored: list[Ignored] = []
        self._damaged: list[Damaged] = []
        self._directories: list[Entry] = []

    def inventory(self) -> Inventory:
        """What was taken so far, and what the directories among it say."""
        instances, ignored = self._instances, self._ignored
        missing: tuple[Promised, ...] = ()
        if self._directories:
            said = promises(
                self._directories,
                instances,
                {each.origin: each.reason for each in self._damaged},
                {each.origin: each.reason for each in ignored},
            )
            ignored = [*ignored, *(Ignored(each, DELETED) for each in sorted(said.deleted))]
            instances = [each for each in instances if each.origin not in said.deleted]
            missing = said.missing
        return Inventory(tuple(instances), tuple(ignored), tuple(self._damaged), missing=missing)

    def take(self, found: Found, within: _Within = _Within.FOLDER) -> None:
        """Put one thing that a source yielded where it belongs."""
        if self._cancel:
            self._cancel.check()
        if isinstance(found, Passed):
            self._ignored.append(Ignored(found.origin, found.reason))
        elif isinstance(found, Unusable):
            self._damaged.append(Damaged(found.origin, found.reason))
        else:
            self._take_file(found, within)

    def _take_file(self, entry: Entry, within: _Within) -> None:
        try:
            self._take_read(entry, within)
        except MemberDamaged as error:
            self._damaged.append(Damaged(entry.origin, f"damaged in its ZIP archive: {error.strerror}"))
        except OSError as error:
            if within is _Within.MEDIUM:  # the medium is damaged there; the rest of it can be read
                self._damaged.append(Damaged(entry.origin, f"cannot be read: {error.strerror or error}"))
                return
            raise SourceUnreadable(
                f"{entry.origin} cannot be read: {error.strerror or error}.",
                "Allow reading it, or leave it out of the sources.",
            ) from error

    def _take_read(self, entry: Entry, within: _Within) -> None:
        """An instance, or what else the file is. Raises OSError."""
        try:
            instance = self._reader.read(entry.content, entry.origin)
        except NotDicom as said:
            self._take_other(entry, said, within)
            return
        if reason := _useless(instance):
            self._damaged.append(Damaged(entry.origin, reason))
        else:
            self._instances.append(instance)

    def _take_other(self, entry: Entry, said: NotDicom, within: _Within) -> None:
        """A file that is no instance: opened where it holds files, otherwise listed as what it is."""
        if said.reason == ZIP_ARCHIVE and within is _Within.ARCHIVE:
            self._ignored.append(Ignored(entry.origin, "a ZIP archive inside another, not opened"))
        elif said.reason == ZIP_ARCHIVE:
            members = archive_entries(entry.content, entry.origin)
            self._take_all(members, entry, "a ZIP archive without DICOM", _Within.ARCHIVE)
        elif within is not _Within.ARCHIVE and (views := self._formats_of(entry)):
            self._take_medium(entry, views)
        elif said.damaged:
            self._damaged.append(Damaged(entry.origin, said.reason))
        else:
            if said.reason == A_DICOMDIR:
                self._directories.append(entry)
            self._ignored.append(Ignored(entry.origin, said.reason))

    def _formats_of(self, entry: Entry) -> tuple[MediumView, ...]:
        """The formats in which it is a medium. Raises OSError for one that was named and cannot be read."""
        try:
            return formats_of(entry.content, Patience(check=Watch(cancel=self._cancel).check))
        except OSError:
            if entry.named:
                raise
            return ()  # it would not be opened where it lies; what else it is has been found out

    def _take_medium(self, entry: Entry, views: tuple[MediumView, ...]) -> None:
        kind = "/".join(view.evidence.id for view in views)
        if not entry.named:
            self._ignored.append(Ignored(entry.origin, f"a medium ({kind}), not opened: name it as a source"))
            return
        within = _Within.ARCHIVE if any(view.inner for view in views) else _Within.MEDIUM
        self._take_all(medium_entries(views, entry.origin), entry, f"a medium without DICOM ({kind})", within)

    def _take_all(self, files: Iterator[Found], holder: Entry, empty: str, within: _Within) -> None:
        """The files inside one; where none is DICOM, it is listed as one file."""
        instances, damaged, ignored = len(self._instances), len(self._damaged), len(self._ignored)
        directories = len(self._directories)
        for each in files:
            self.take(each, within)
        before = instances, damaged, directories
        if before == (len(self._instances), len(self._damaged), len(self._directories)):
            self._ignored[ignored:] = [Ignored(holder.origin, empty)]


def _useless(instance: Instance) -> str:
    """Why no job can use the instance at all; empty when it can."""
    cut = instance.anomaly("header-incomplete")
    if cut:
        cause = instance.anomaly("truncated") or instance.anomaly("unreadable") or cut
        return f"damaged before the end of its header: {cause.detail}"
    if not instance.sop_class:
        return "DICOM without a SOP Class UID"
    if not instance.sop_instance:
        return "DICOM without a SOP Instance UID"
    return ""
