"""Which profiles come into question, and which of them takes all instances of a job."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..formats.tree import MediumView
from .load import media, sop_class_sets
from .model import ApplicationProfile, PhysicalMedium

FILE_SYSTEMS = {"iso": "iso9660"}
"""Words of --format whose file system goes by another name in a report."""


def file_system(word: str) -> str:
    """What a reader calls the format that the command line calls `word`."""
    return FILE_SYSTEMS.get(word, word)


def file_systems(profile: ApplicationProfile) -> frozenset[str]:
    """The file systems that the media of a profile may carry, as a reader names them."""
    words = {word for name in profile.media for word in media()[name].formats}
    # A bridge disc is found as two file systems, each of which has a word of its own.
    return frozenset(map(file_system, words - {"bridge"}))


def profiles_of_media(
    views: Iterable[MediumView], profiles: Iterable[ApplicationProfile]
) -> list[ApplicationProfile]:
    """The profiles that this kind of medium allows, the general ones first; a folder allows all."""
    found = {view.evidence.id for view in views}
    allowed = [each for each in profiles if found & file_systems(each) or "folder" in found]
    first = [name for medium in media().values() for name in medium.general]
    rank = {name: n for n, name in reversed([*enumerate(first)])}
    return sorted(allowed, key=lambda each: (each.secure, rank.get(each.id, len(first))))


@dataclass(frozen=True, slots=True)
class Choice:
    """The profile that was chosen for a job, and in a sentence why.

    `also` are narrower profiles of the medium that take all instances as well: with their keys
    in the directory, which are copies of what the instances hold, the File-set conforms to them.
    """

    profile: ApplicationProfile
    why: str
    also: tuple[ApplicationProfile, ...] = ()


def candidates(
    medium: PhysicalMedium, known: Mapping[str, ApplicationProfile]
) -> tuple[ApplicationProfile, ...]:
    """The profiles among which `auto` chooses for a medium, in its order.

    First the general-purpose ones as the medium lists them, then the others, the narrowest
    first; those that protect the File-set only on request. For a medium without any profile it
    is one that goes by the medium's name: it says what may be written, and nothing conforms to it.
    """
    if medium.like:
        return (replace(known[medium.like], id=medium.name),)
    general = [known[name] for name in medium.general]
    rest = [
        each
        for each in known.values()
        if medium.id in each.media and each not in general and not each.secure and not each.extends
    ]
    return (*general, *sorted(rest, key=breadth))


def breadth(profile: ApplicationProfile) -> tuple[int, int]:
    """How much a profile takes: the number of SOP classes, then of rows and syntaxes."""
    classes: set[str] = set()
    for row in profile.objects:
        together = sop_class_sets().get(row.sop_class)
        classes |= together.classes if together else {row.sop_class}
    return len(classes), -len(profile.images) - len(profile.items)


def choose(
    medium: PhysicalMedium,
    order: Sequence[ApplicationProfile],
    stopped: Callable[[ApplicationProfile], int],
) -> Choice:
    """The first of the profiles, in that order, that stops no instance; else the first of all.

    `stopped` counts the instances that a profile does not take. The order is that of
    `candidates`; there is at least one.
    """
    first = order[0]
    for each in order:
        if stopped(each) == 0:
            rest = (other for other in order if other.id not in medium.general and other is not each)
            also = tuple(other for other in rest if stopped(other) == 0)
            return Choice(each, _why(medium, first, each), also)
    return Choice(
        first,
        f"{first.id}: the general-purpose profile of a {medium.name}; "
        "no profile of this medium takes everything unchanged.",
    )


def _why(medium: PhysicalMedium, first: ApplicationProfile, chosen: ApplicationProfile) -> str:
    if chosen is first:
        return f"{chosen.id}: the general-purpose profile of a {medium.name}."
    kind = "general-purpose" if chosen.id in medium.general else "narrowest"
    takes = f"profile of a {medium.name} that takes everything unchanged; {first.id} does not"
    return f"{chosen.id}: the {kind} {takes}."
