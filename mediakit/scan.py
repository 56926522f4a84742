"""Sources -> Inventory: every file that was found, and what became of it.

The first stage of a job. It reads headers, not contents, judges nothing, and drops nothing:
a file is an instance, or it is listed with the reason why it is none. What cannot be
entered or opened stops the job, because nobody could say what was left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .dicomfile import EXPLICIT_VR_LITTLE_ENDIAN, HeaderReader, NotDicom, Wanted, same_instance
from .errors import SourceUnreadable
from .model import Anomaly, FileContent, Instance
from .profile.wanted import wanted_by_all
from .progress import Cancel, Progress, ProgressCallback
from .sources import Entry, Found, Passed, Source, Unusable, entries
from .sources.archive import MemberDamaged, archive_entries

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
class Conflict:
    """A further file with the SOP Instance UID of `of` that does not hold the same instance."""

    origin: str
    of: str
    reason: str


@dataclass(frozen=True, slots=True)
class Folded:
    """A further copy of the instance in `of`."""

    origin: str
    of: str


@dataclass(frozen=True, slots=True)
class Inventory:
    """What the sources hold, each in the order of the sources.

    Instances may have anomalies; rules judge them. Their SOP Instance UIDs are unique.
    """

    instances: tuple[Instance, ...]
    ignored: tuple[Ignored, ...] = ()
    damaged: tuple[Damaged, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    folded: tuple[Folded, ...] = ()
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
        self._instances: dict[str, Instance] = {}
        self._ignored: list[Ignored] = []
        self._damaged: list[Damaged] = []
        self._conflicts: list[Conflict] = []
        self._folded: list[Folded] = []

    def inventory(self) -> Inventory:
        """What was taken so far."""
        return Inventory(
            tuple(self._instances.values()),
            tuple(self._ignored),
            tuple(self._damaged),
            tuple(self._conflicts),
            tuple(self._folded),
        )

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
                self._keep(instance)
        except NotDicom as said:
            if said.reason == ZIP_ARCHIVE and not in_archive:
                self._take_archive(entry)
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
        before, others = len(self._instances) + len(self._folded) + len(self._conflicts), len(self._ignored)
        damaged = len(self._damaged)
        for member in archive_entries(archive.content, archive.origin):
            self.take(member, in_archive=True)
        after = len(self._instances) + len(self._folded) + len(self._conflicts)
        if after == before and len(self._damaged) == damaged:
            self._ignored[others:] = [Ignored(archive.origin, "a ZIP archive without DICOM")]

    def _keep(self, instance: Instance) -> None:
        """Keep the instance, or say of which it is a copy, and whether it is the same."""
        uid = instance.sop_instance
        kept = self._instances.setdefault(uid, instance)
        if kept is instance:
            return
        if _same_file(kept, instance):
            self._folded.append(Folded(instance.origin, kept.origin))
        elif _broken(kept) != _broken(instance):
            whole, broken = (instance, kept) if _broken(kept) else (kept, instance)
            self._instances[uid] = whole
            anomaly = _broken(broken)
            detail = anomaly.detail if anomaly else ""
            self._damaged.append(Damaged(broken.origin, f"{detail}; {whole.origin} is whole"))
        elif difference := same_instance(kept, instance):
            self._conflicts.append(
                Conflict(instance.origin, kept.origin, f"{kept.origin} and {instance.origin}: {difference}")
            )
        else:
            first, other = _preferred(kept, instance)
            self._instances[uid] = first
            self._folded.append(Folded(other.origin, first.origin))


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


def _broken(instance: Instance) -> Anomaly | None:
    """What shows that part of the instance is lost."""
    return instance.anomaly("truncated") or instance.anomaly("unreadable")


def _same_file(a: Instance, b: Instance) -> bool:
    """Whether both were read from one file, named twice or linked."""
    one, two = a.content, b.content
    if not isinstance(one, FileContent) or not isinstance(two, FileContent):
        return one == two
    return one.path == two.path or one.path.samefile(two.path)


def _preferred(a: Instance, b: Instance) -> tuple[Instance, Instance]:
    """The copy to keep first: the one in Explicit VR Little Endian, which every profile takes, else `a`."""
    explicit = [each.transfer_syntax == EXPLICIT_VR_LITTLE_ENDIAN for each in (a, b)]
    return (b, a) if explicit == [False, True] else (a, b)
