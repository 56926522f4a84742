"""Which profiles come into question."""

from __future__ import annotations

from collections.abc import Iterable

from ..formats.tree import MediumView
from .load import media
from .model import ApplicationProfile

FILE_SYSTEMS = {"iso": "iso9660"}
"""Words of --format whose file system goes by another name in a report."""


def file_system(word: str) -> str:
    """What a reader calls the format that the command line calls `word`."""
    return FILE_SYSTEMS.get(word, word)


def file_systems(profile: ApplicationProfile) -> frozenset[str]:
    """The file systems that the media of a profile may carry, as a reader names them."""
    words = (word for name in profile.media for word in media()[name].formats)
    return frozenset(map(file_system, words))


def profiles_of_media(
    views: Iterable[MediumView], profiles: Iterable[ApplicationProfile]
) -> list[ApplicationProfile]:
    """The profiles that this kind of medium allows; a folder may become any medium."""
    found = {view.evidence.id for view in views}
    return [each for each in profiles if found & file_systems(each) or "folder" in found]
