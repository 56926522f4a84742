"""Instances -> the same instances with the icons that their Directory Records are to have.

Before judging for the records in which a profile demands an icon, after it for all images
where the user asks for them. An icon is put into `keys` only, from where the record takes it:
no file is changed. The icon that an instance brings along stays if PS3.3 F.7 and the profiles
allow it, because its maker knew best what represents it; else one is made from the pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from queue import SimpleQueue

from .creator_notes import Iconless
from .dicomfile import parse_items
from .dictionary import TRANSFER_SYNTAXES
from .icon import DEFAULT_SIZE, ICON, IconStyle, blank_icon, make_icon, usable
from .keys import applies
from .model import Attributes, Element, Instance
from .pixels import Decoder, PixelsUnreadable, is_decodable
from .profile.constraint import IconTable, OneOf
from .profile.model import ApplicationProfile, DirectoryKey
from .profile.records import RecordTable
from .progress import Watch
from .values import number

_KEYWORD = "IconImageSequence"
_OF_PIXELS = ("IMAGE", "RT DOSE")
"""The records of what has pixels and may have an icon (PS3.3 F.5.4, F.5.19); SERIES ones have none here."""

OPTIONAL_KEYS = tuple(DirectoryKey(record, _KEYWORD, "3", citation="PS3.3 F.5") for record in _OF_PIXELS)
"""The keys of a directory for which icons were asked."""

_LARGEST_OWN = 128
"""No profile knows larger icons; each stands in the directory without compression."""


_WORTH_TWO = 8
"""Compressed instances from which on a second decoder is worth its start."""


@dataclass(frozen=True, slots=True)
class Illustrated:
    """All the instances in their order, with icons where there could be one, and those that lack theirs."""

    instances: tuple[Instance, ...]
    without: tuple[Iconless, ...]


def with_demanded_icons(
    instances: Sequence[Instance], profiles: Sequence[ApplicationProfile], table: RecordTable, watch: Watch
) -> Illustrated:
    """With icons where any of the profiles has them as a Type 1 key. Raises Cancelled.

    An instance of which none can be made keeps what it has; the rules say then what is wrong.
    """
    keys = {profile.id: _demands(profile) for profile in profiles}
    # Of profiles among which to choose, those that only allow icons may want others.
    demanding = [profile for profile in profiles if keys[profile.id]]

    def wanted(instance: Instance, record: str) -> bool:
        return any(
            key.record == record and applies(key, instance)
            for profile in demanding
            for key in keys[profile.id]
        )

    return _illustrated(instances, demanding, table, watch, wanted if demanding else None, strip=False)


def as_if_illustrated(instance: Instance, profile: ApplicationProfile, table: RecordTable) -> Instance:
    """The instance with an icon where `with_demanded_icons` would make one, if its pixels can be decoded."""
    record = table.type_of(instance.sop_class) or ""
    demanded = any(key.record == record and applies(key, instance) for key in _demands(profile))
    syntax = TRANSFER_SYNTAXES.get(instance.transfer_syntax)
    seen = syntax is not None and (not syntax.encapsulated or is_decodable(instance.transfer_syntax))
    tables = _tables((profile,), record)
    if not demanded or not seen or _has_own(instance, tables):
        return instance
    return replace(instance, keys=instance.keys.merged([blank_icon(_style(tables))]))


def _demands(profile: ApplicationProfile) -> list[DirectoryKey]:
    return [key for key in profile.keys if key.keyword == _KEYWORD and key.type[0] == "1" and not key.within]


def with_icons(
    instances: Sequence[Instance], profiles: Sequence[ApplicationProfile], table: RecordTable, watch: Watch
) -> Illustrated:
    """With icons of all images, as the profiles want them where they do. Raises Cancelled.

    An instance of which none can be made has none, not even an unfit one of its own.
    """

    def wanted(_: Instance, record: str) -> bool:
        return record in _OF_PIXELS

    return _illustrated(instances, profiles, table, watch, wanted, strip=True)


def _illustrated(
    instances: Sequence[Instance],
    profiles: Sequence[ApplicationProfile],
    table: RecordTable,
    watch: Watch,
    wanted: Callable[[Instance, str], bool] | None,
    strip: bool,
) -> Illustrated:
    records = {uid: table.type_of(uid) or "" for uid in {instance.sop_class for instance in instances}}
    chosen = [each for each in instances if wanted and wanted(each, records[each.sop_class])]
    if not chosen:
        return Illustrated(tuple(instances), ())
    tick, shapes = watch.ticks("icons", len(chosen)), _Shapes()
    tables = {record: _tables(profiles, record) for record in set(records.values())}
    drawn = _drawn(chosen, [tables[records[each.sop_class]] for each in chosen])
    made: dict[int, Instance] = {}
    without = []
    with closing(drawn):
        for instance, icon in zip(chosen, drawn, strict=True):
            if isinstance(icon, str):
                without.append(Iconless(instance, icon))
            if isinstance(icon, Element) or (icon is not None and strip):
                new = icon if isinstance(icon, Element) else None
                made[id(instance)] = replace(instance, keys=shapes.with_icon(instance.keys, new))
            tick(1)
    return Illustrated(tuple(made.get(id(each), each) for each in instances), tuple(without))


def _drawn(
    instances: Sequence[Instance], tables: Sequence[Sequence[IconTable]]
) -> Generator[Element | str | None, None, None]:
    """For each instance its icon, or why there is none, or None where it brings one along.

    Where frames have to be decoded, a second thread has a second decoder at work.
    """
    compressed = sum(
        each.transfer_syntax in TRANSFER_SYNTAXES and TRANSFER_SYNTAXES[each.transfer_syntax].encapsulated
        for each in instances
    )
    count = 2 if compressed >= _WORTH_TWO else 1
    with ExitStack() as opened:
        idle: SimpleQueue[Decoder] = SimpleQueue()
        for _ in range(count):
            idle.put(opened.enter_context(Decoder()))
        pool = ThreadPoolExecutor(count, thread_name_prefix="icons")
        opened.callback(pool.shutdown, cancel_futures=True)

        def draw(instance: Instance, tables: Sequence[IconTable]) -> Element | str | None:
            decoder = idle.get()
            try:
                return _icon(instance, tables, decoder)
            finally:
                idle.put(decoder)

        yield from pool.map(draw, instances, tables)


def _icon(instance: Instance, tables: Sequence[IconTable], decoder: Decoder) -> Element | str | None:
    if _has_own(instance, tables):
        return None
    try:
        return make_icon(instance.content, _style(tables), decoder)
    except PixelsUnreadable as error:
        return str(error)
    except OSError as error:
        return error.strerror or "it cannot be read"


def _tables(profiles: Iterable[ApplicationProfile], record: str) -> tuple[IconTable, ...]:
    return tuple(table for profile in profiles for table in profile.icons if record in table.records)


def _style(tables: Sequence[IconTable]) -> IconStyle:
    """What the tables have in common; where two contradict each other the rules say so."""
    limits = {
        each.keyword: each.values for table in tables for each in table.constraints if isinstance(each, OneOf)
    }
    return IconStyle(
        rows=int(limits.get("Rows", (str(DEFAULT_SIZE),))[0]),
        columns=int(limits.get("Columns", (str(DEFAULT_SIZE),))[0]),
        colour="PALETTE COLOR" in limits.get("PhotometricInterpretation", ("PALETTE COLOR",)),
    )


def _has_own(instance: Instance, tables: Sequence[IconTable]) -> bool:
    """Whether the instance brings an icon along that can stand in its record."""
    items = parse_items(instance.keys.raw(ICON))
    if len(items) != 1 or not usable(items[0]):
        return False
    if tables:
        return all(each.met(items[0]) for table in tables for each in table.constraints)
    return max(number(items[0], "Rows") or 0, number(items[0], "Columns") or 0) <= _LARGEST_OWN


class _Shapes:
    """Attributes with another icon; those of the same tags share their index (`model.Attributes`)."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, ...], Mapping[int, int]] = {}

    def with_icon(self, keys: Attributes, icon: Element | None) -> Attributes:
        """The keys with that icon in the place of theirs, or without any."""
        others = [each for each in keys if each.tag != ICON]
        elements = sorted([*others, icon] if icon else others)
        tags = tuple([each.tag for each in elements])
        index = self._known.setdefault(tags, {tag: n for n, tag in enumerate(tags)})
        return Attributes(index, tuple([(each.vr, each.value) for each in elements]))
