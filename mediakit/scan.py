"""Sources -> Inventory: every file that was found, and what became of it.

The first stage of a job. It reads headers, not contents, judges nothing, and drops nothing:
a file is an instance, or it is listed with the reason why it is none. What cannot be
entered or opened stops the job, because nobody could say what was left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .dicomfile import HeaderReader, NotDicom, Wanted
from .errors import SourceUnreadable
from .formats.zip.member import MemberDamaged
from .model import Instance
from .profile.wanted import wanted_by_all
from .progress import Cancel, Progress, ProgressCallback
from .sources import Entry, Found, Passed, Source, Unusable, entries
from .sources.archive import archive_entries

ZIP_ARCHIVE = "no DICOM: ZIP archive"

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
    """

    instances: tuple[Instance, ...]
    ignored: tuple[Ignored, ...] = ()
    damaged: tuple[Damaged, ...] = ()
    not_selected: int = 0


def scan(
    sources: Iterable[Source],
    *,
    wanted: Wanted | None = None,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
) -> Inventory:
    """Everything in the sources: folders, files, `@lists`, ZIP archives, objects with content.

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

    def inventory(self) -> Inventory:
        """What was taken so far."""
        return Inventory(tuple(self._instances), tuple(self._ignored), tuple(self._damaged))

    def take(self, found: Found, in_archive: bool = False) -> None:
        """Put one thing that a source yielded where it belongs."""
        if self._cancel:
            self._cancel.check()
        if isinstance(found, Passed):
            self._ignored.append(Ignored(found.origin, found.reason))
        elif isinstance(found, Unusable):
            self._damaged.append(Damaged(found.origin, found.reason))
        else:
            self._take_file(found, in_archive)

    def _take_file(self, entry: Entry, in_archive: bool) -> None:
        try:
            instance = self._reader.read(entry.content, entry.origin)
            if reason := _useless(instance):
                self._damaged.append(Damaged(entry.origin, reason))
            else:
                self._instances.append(instance)
        except NotDicom as said:
            if said.reason == ZIP_ARCHIVE and not in_archive:
                self._take_archive(entry)
            elif said.reason == ZIP_ARCHIVE:
                self._ignored.append(Ignored(entry.origin, "a ZIP archive inside another, not opened"))
            elif said.damaged:
                self._damaged.append(Damaged(entry.origin, said.reason))
            else:
                self._ignored.append(Ignored(entry.origin, said.reason))
        except MemberDamaged as error:
            self._damaged.append(Damaged(entry.origin, f"damaged in its ZIP archive: {error.strerror}"))
        except OSError as error:
            raise SourceUnreadable(
                f"{entry.origin} cannot be read: {error.strerror or error}.",
                "Allow reading it, or leave it out of the sources.",
            ) from error

    def _take_archive(self, archive: Entry) -> None:
        """The members of a ZIP; an archive without any DICOM is listed as one file."""
        instances, damaged, ignored = len(self._instances), len(self._damaged), len(self._ignored)
        for member in archive_entries(archive.content, archive.origin):
            self.take(member, in_archive=True)
        if (instances, damaged) == (len(self._instances), len(self._damaged)):
            self._ignored[ignored:] = [Ignored(archive.origin, "a ZIP archive without DICOM")]


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
