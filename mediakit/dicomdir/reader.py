"""The bytes of a DICOMDIR -> DirectoryView, whatever state they are in (PS3.10 8.6, PS3.3 F.3).

It reads Explicit and Implicit VR Little Endian and Explicit VR Big Endian. Nothing raises but
MediumError, when there is no DICOMDIR at all.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from typing import NamedTuple

from ..dicomfile import MEDIA_STORAGE_DIRECTORY, HeaderReader, NotDicom
from ..dicomfile.inflate import inflated
from ..dicomfile.meta import read_beginning, sniff
from ..dicomfile.parse import BIG_ENDIAN, EXPLICIT, IMPLICIT, PADDING, UNDEFINED, Encoding, header_at
from ..dicomfile.window import Window
from ..dictionary import TRANSFER_SYNTAXES, TransferSyntax, uid_name
from ..errors import MediumError
from ..model import Anomaly, Attributes, Content, FileId, Instance
from ..profile.records import load_records
from ..values import text
from .items import Item, ItemReader
from .links import link
from .view import DirectoryView, RecordView, Tree
from .walk import Chains

MOST_BYTES = 1 << 30
"""A directory beyond this is not read to its end: it would describe millions of files."""

FILE_SET_ID, DESCRIPTOR, DESCRIPTOR_CHARSET = 0x00041130, 0x00041141, 0x00041142
FIRST, LAST, CONSISTENCY, RECORDS = 0x00041200, 0x00041202, 0x00041212, 0x00041220
NEXT, IN_USE, LOWER, TYPE = 0x00041400, 0x00041410, 0x00041420, 0x00041430
FILE_ID = 0x00041500

_OUTSIDE = frozenset((FILE_SET_ID, DESCRIPTOR, DESCRIPTOR_CHARSET, FIRST, LAST, CONSISTENCY))
_STRUCTURE = frozenset((NEXT, IN_USE, LOWER, TYPE))
_ADVICE = "Search the medium for DICOM files instead; they may be readable without a directory."


def read_dicomdir(content: Content) -> DirectoryView:
    """The directory in the content. Raises MediumError when it is none or cannot be read."""
    anomalies: list[Anomaly] = []
    try:
        instance = HeaderReader(lambda _: _OUTSIDE).read_any(content, "DICOMDIR")
        loaded = _load(content, instance, anomalies)
    except NotDicom as said:
        raise MediumError(f"The DICOMDIR is none: {said.reason}.", _ADVICE) from None
    except OSError as error:
        raise MediumError(f"The DICOMDIR cannot be read: {error}.", _ADVICE) from error
    module = frozenset(tag for tag in (FIRST, LAST, CONSISTENCY) if tag in instance.keys)
    raw: list[_Raw] = []
    if sequence := _find_records(loaded):
        module |= {RECORDS}
        items = ItemReader(loaded.data, loaded.size, loaded.encoding, *sequence)
        raw = _raw_records(items.items())
        anomalies += items.anomalies
    if instance.sop_class != MEDIA_STORAGE_DIRECTORY and not module and FILE_SET_ID not in instance.keys:
        kind = uid_name(instance.sop_class) or "an unknown object"
        raise MediumError(f"The DICOMDIR is none: it holds {kind}.", _ADVICE)
    return _view(instance, module, raw, anomalies)


class _Loaded(NamedTuple):
    """A file in memory: its bytes with PADDING behind them, their number, and where the data set begins."""

    data: bytes
    size: int
    start: int
    encoding: Encoding


def _load(content: Content, instance: Instance, anomalies: list[Anomaly]) -> _Loaded:
    """The whole file. A deflated data set comes inflated behind the file meta, as its offsets count."""
    if content.size > MOST_BYTES:
        anomalies.append(Anomaly("too-many", f"the directory has {content.size} bytes"))
    syntax = TRANSFER_SYNTAXES.get(instance.transfer_syntax, TransferSyntax(""))
    with content.open() as stream, ExitStack() as opened:
        window = Window(stream, content.size)
        start, head = read_beginning(window).end, b""
        if syntax.deflated:
            head = window.read(0, start)
            window = Window(*opened.enter_context(inflated(stream, start, [])))
        stated = BIG_ENDIAN if syntax.big_endian else IMPLICIT if syntax.implicit else EXPLICIT
        encoding = sniff(window, start - len(head)) or stated
        data = head + window.read(0, min(window.size, MOST_BYTES))
    return _Loaded(data + PADDING, len(data), start, encoding)


def _find_records(loaded: _Loaded) -> tuple[int, int | None] | None:
    """Start and end of the Directory Record Sequence; no end when only a delimiter tells it."""
    at = loaded.start
    while at + 8 <= loaded.size:
        found = header_at(loaded.data, at, loaded.encoding)
        start = at + found.size
        if found.tag == RECORDS:
            return start, None if found.length == UNDEFINED else start + found.length
        if found.length == UNDEFINED:
            break
        at = start + found.length
    return None


def _view(
    instance: Instance, module: frozenset[int], raw: Sequence[_Raw], anomalies: list[Anomaly]
) -> DirectoryView:
    """The records in the tree that their offsets make."""
    keys = instance.keys
    chains = Chains(
        offsets=[record.offset for record in raw],
        types=[record.type for record in raw],
        in_use=[record.in_use_flag != 0 for record in raw],
        next=[record.next for record in raw],
        lower=[record.lower for record in raw],
        first=_number(keys.raw(FIRST)),
        last=_number(keys.raw(LAST)),
    )
    links = link(chains, load_records())
    anomalies += links.anomalies
    tree = Tree([], links.parents, links.children)
    for n, record in enumerate(raw):
        file_id = _file_id(record.keys.raw(FILE_ID))
        tree.records.append(RecordView(n, *record, file_id, links.linked[n], tree))
    return DirectoryView(
        instance=instance,
        file_set_id=text(keys, FILE_SET_ID),
        descriptor=_file_id(keys.raw(DESCRIPTOR)),
        module=module,
        first=chains.first,
        last=chains.last,
        consistency=_number(keys.raw(CONSISTENCY)),
        records=tuple(tree.records),
        roots=tuple(tree.records[n] for n in links.roots),
        recovered=links.recovered,
        anomalies=tuple(anomalies),
    )


class _Raw(NamedTuple):
    """A record without its place in the tree; see RecordView."""

    offset: int
    type: str
    in_use_flag: int | None
    next: int | None
    lower: int | None
    keys: Attributes


def _raw_records(items: Iterable[Item]) -> list[_Raw]:
    """The items taken apart; equal values, and the index of records of the same shape, are held once.

    They come one by one, for as elements a directory takes many times the memory of its file.
    """
    shapes: dict[tuple[int, ...], Mapping[int, int]] = {}
    cells: dict[tuple[str, bytes], tuple[str, bytes]] = {}
    return [_raw(item, shapes, cells) for item in items]


def _raw(
    item: Item,
    shapes: dict[tuple[int, ...], Mapping[int, int]],
    cells: dict[tuple[str, bytes], tuple[str, bytes]],
) -> _Raw:
    structure: dict[int, bytes] = {}
    tags, values = [], []
    for tag, vr, value in item.elements:
        if tag in _STRUCTURE:
            structure[tag] = value
        else:
            tags.append(tag)
            cell = vr, value
            values.append(cells.setdefault(cell, cell))
    shape = tuple(tags)
    index = shapes.get(shape)
    if index is None:
        index = shapes[shape] = {tag: n for n, tag in enumerate(tags)}
    keys = Attributes(index, tuple(values))
    if list(index) != sorted(tags):
        keys = Attributes.of((tag, *value) for tag, value in zip(tags, values, strict=True))
    get = structure.get
    kind = get(TYPE, b"").decode("ascii", "backslashreplace").strip(" \0")
    numbers = (_number(get(IN_USE, b"")), _number(get(NEXT, b"")), _number(get(LOWER, b"")))
    return _Raw(item.offset, sys.intern(kind), *numbers, keys)


def _file_id(raw: bytes) -> FileId | None:
    """The components without padding, in whatever characters they are; None when there are none."""
    if not raw.strip(b" \0"):
        return None
    try:
        named = raw.decode("utf-8")
    except UnicodeDecodeError:
        named = raw.decode("latin-1")
    # Folders have many files, and files of different folders the same name: each is held once.
    return FileId(tuple([sys.intern(component.strip(" \0")) for component in named.split("\\")]))


def _number(raw: bytes) -> int | None:
    """The value of an UL or US; None when it is absent or has another length."""
    return int.from_bytes(raw, "little") if len(raw) in (2, 4) else None
