"""One job, one or several media: which File-set goes onto which, under which names.

Between the judged instances and `author`. Each volume is an independent File-set with its own
DICOMDIR, UID, and suffix of the File-set ID; one volume keeps the names of the order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .author import layout_of
from .errors import CapacityError, UsageError
from .formats.fat.layout import FatLayout
from .job import FOLDER, Job, check_out
from .model import FileSet, Instance
from .profile.model import ApplicationProfile
from .profile.subject import Gathering
from .progress import Watch
from .report import Finding
from .rules import judge
from .splitting import split
from .staging import file_set_id, file_set_uid

Make = Callable[[Job, Sequence[Instance]], tuple[FileSet, list[Finding]]]
"""The File-set of a job's instances, and the notes on what was supplied for it."""

_MOST = 999
_ID_LENGTH = 16  # PS3.10 8.1: (0004,1130) is a CS


@dataclass(frozen=True, slots=True)
class Planned:
    """A volume to be written: its own job, what goes onto it, and the notes on that."""

    job: Job
    file_set: FileSet
    notes: tuple[Finding, ...]


def volumes(job: Job, instances: Sequence[Instance], make: Make, watch: Watch) -> list[Planned]:
    """One volume, or with --split as many as are needed.

    Raises CapacityError for an instance larger than the medium, UsageError for a medium of unknown
    size, and OutputExists for a volume whose name is taken; nothing was written then.
    """
    if not job.order.split:
        return [_planned(job, instances, make)]
    if not job.capacity:
        raise UsageError(
            f"--split does not know how much a {job.medium.name} holds.",
            "Say it: --capacity 4GB.",
        )

    stem = _stem(job, instances)

    def weigh(some: Sequence[Instance]) -> int:
        watch.check()
        as_one_of_many = len(some) < len(instances)
        return _size(_numbered(job, stem, _MOST, _MOST) if as_one_of_many else job, some, make)

    shares = split(instances, job.capacity, weigh)
    if len(shares) == 1:
        return [_planned(job, instances, make)]
    if len(shares) > _MOST:
        raise CapacityError(
            f"{len(shares):,} media would be needed. Nothing was written.", "Choose a larger medium.", 0, 0
        )
    _refuse_mounted(job)
    _check_id(job.order.file_set_id or "", len(shares))
    each = [(_numbered(job, stem, number, len(shares)), share) for number, share in enumerate(shares, 1)]
    for own, _ in each:
        check_out(own.order)
    return [_planned(_narrowed(own, share), share, make) for own, share in each]


def volume_name(out: Path, number: int, of: int) -> Path:
    """OUT-2of3.iso, beside OUT."""
    return out.with_name(f"{out.stem}-{number}of{of}{out.suffix}")


def volume_id(stem: str, number: int, of: int) -> str:
    """A File-set ID with the number of the volume behind it; none stays none."""
    suffix = _suffix(number, of)
    return stem and stem[: _ID_LENGTH - len(suffix)] + suffix


def _suffix(number: int, of: int) -> str:
    return f"_{number:0{len(str(of))}d}"


def _stem(job: Job, instances: Sequence[Instance]) -> str:
    """What the File-set IDs have in common: the ID that one volume for all would have."""
    if job.order.file_set_id is not None:
        return job.order.file_set_id
    profiles = (profile.id for profile in job.profiles)
    together = (instance.sop_instance for instance in instances)
    return file_set_id(job.created, file_set_uid(job.created, profiles, job.medium.id, 1, together))


def _check_id(own: str, of: int) -> None:
    """Raise UsageError for a File-set ID of the user's that would have to be cut."""
    room = _ID_LENGTH - len(_suffix(of, of))
    if len(own) > room:
        raise UsageError(
            f"The File-set ID {own} leaves no room for the number of a volume.",
            f"For {of} volumes it has at most {room} characters.",
        )


def _numbered(job: Job, stem: str, number: int, of: int) -> Job:
    """The job of one of several volumes."""
    own_id = volume_id(stem, number, of)
    order = replace(job.order, out=volume_name(job.out, number, of), file_set_id=own_id)
    return replace(job, order=order, volume=number, volumes=of)


def _planned(job: Job, instances: Sequence[Instance], make: Make) -> Planned:
    file_set, notes = make(job, instances)
    return Planned(job, file_set, tuple(notes))


def _size(job: Job, instances: Sequence[Instance], make: Make) -> int:
    """Bytes of a volume with these instances, directory and all, also when it holds less."""
    try:
        layout = layout_of(job, make(job, instances)[0])
    except CapacityError as error:
        return error.needed
    # A FAT volume fills its medium; what counts is how far the files reach.
    return layout.needed if isinstance(layout, FatLayout) else layout.size


def _narrowed(job: Job, instances: Iterable[Instance]) -> Job:
    """Without the narrower profiles that want something together which this share does not have."""
    classes = frozenset(instance.sop_class for instance in instances)

    def suits(profile: ApplicationProfile) -> bool:
        return not any(judge(Gathering(classes, profile)))

    return replace(job, also=tuple(filter(suits, job.also)))


def _refuse_mounted(job: Job) -> None:
    """A stick that is mounted is one medium, and nobody could say which is the next."""
    if job.format == FOLDER and job.order.out.exists():
        raise UsageError(
            f"{job.order.out} is one medium, and it does not hold everything.",
            "Let --split make images or new folders, and copy them onto a medium each.",
        )
