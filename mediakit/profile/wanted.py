"""Which elements of an instance profiles look at: what the header reader has to fetch.

A job fetches what its own profiles ask for and no more; values cost time and memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache

from ..dictionary import tag_of
from .constraint import looked_at
from .load import profiles as all_profiles
from .model import ApplicationProfile
from .records import BRANCH, RecordTable, load_records

OVERLAY_DATA = frozenset(0x60003000 | n << 16 for n in range(0, 0x20, 2))
"""Overlay Data (60xx,3000) of all 16 overlays; wanted where a profile forbids them."""


def wanted_by(profiles: Iterable[ApplicationProfile], table: RecordTable) -> Callable[[str], frozenset[int]]:
    """For a SOP Class UID, the tags that the directory and the profiles need; for "" all of them."""
    known = tuple(profiles)

    @cache
    def wanted(sop_class: str) -> frozenset[int]:
        tags = {tag for profile in known for tag in _of_profile(profile, table, sop_class)}
        return table.wanted(sop_class) | tags

    return wanted


@cache
def wanted_by_all() -> Callable[[str], frozenset[int]]:
    """The tags that the directory and any profile of the standard need."""
    return wanted_by(all_profiles().values(), load_records())


def _of_profile(profile: ApplicationProfile, table: RecordTable, sop_class: str) -> Iterator[int]:
    """The tags that one profile looks at in an instance of the class; in any for an empty one."""
    records = (*BRANCH, table.type_of(sop_class)) if sop_class else tuple(table.types)
    for key in profile.keys:
        if key.record in records and not key.within:
            yield tag_of(key.keyword)
            yield from map(tag_of, key.when.keywords() if key.when else ())
    for row in profile.objects:
        if row.when and sop_class in ("", row.sop_class):
            yield from map(tag_of, row.when.keywords())
    for image in profile.images:
        if not sop_class or sop_class in image.sop_classes:
            yield from map(tag_of, image.when.keywords() if image.when else ())
            yield from (tag_of(name) for each in image.constraints for name in looked_at(each))
            yield tag_of("PhotometricInterpretation")
    for items in profile.items:
        if not sop_class or sop_class in items.sop_classes:
            yield tag_of(items.sequence)
    for prose in profile.prose:
        if not sop_class or sop_class in prose.sop_classes:
            yield from OVERLAY_DATA
