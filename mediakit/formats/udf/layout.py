"""VolumeTree -> UdfLayout: every block of a UDF volume of any revision.

    sector 16    recognition sequence *      256   anchor
    32           main volume descriptors     ...   the partition, aligned
    48 or 64     the same once more          N     anchor, in the last block of the image
    64 or 96     integrity sequence

    partition of 1.02 to 2.01                partition of 2.50 and 2.60
    0            the tree                    0     entry of the metadata mirror file
    ..           files                       32    the tree: the mirror
                                             ..    files
    the tree     0  File Set Descriptor      ..    the tree: the metadata file
                 2  entries, one a block     ..    entry of the metadata file
                 .. directories

* after the Volume Descriptors of ISO 9660 on a bridge disc, whose directories follow sector 256.

Everything is computed from names and sizes; nothing is opened and no byte is made here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ...errors import InputError
from ..tree import Path, Placed, VolumeFile, VolumeParameters, VolumeTree
from .revision import REVISIONS, Revision
from .structs import ANCHOR, BLOCK, FileIdentifierDescriptor, cs0, dstring

RECOGNITION_SEQUENCE = 16
MAIN_SEQUENCE = 32
SEQUENCE_BLOCKS = 16  # ECMA-167 3/8.4.2.2: no fewer
INTEGRITY_BLOCKS = 4  # UDF 2.2.4.6: 8 KiB

ENTRIES = 2
"""The first entry's block in the tree, that of the root; before it are the file set and its terminator."""

EXTENT = 0x3FFFFFFF // BLOCK * BLOCK
"""The most bytes in one extent (ECMA-167 4/14.14.1.1): all but the last are whole blocks (4/12.1)."""

_PATH = 1023  # UDF 2.5.3: bytes of a path
_NAME = 255  # L_FI has eight bits
_BLOCKS = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Named:
    """What a directory lists: the name in OSTA CS0, and the number of its entry."""

    identifier: bytes
    number: int
    is_directory: bool


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory, the number of its parent's entry, and the block of its data in the tree.

    Entries are numbered: the directories level by level, then the files in the order of the
    tree. The root has number 0 and is its own parent.
    """

    parent: int
    block: int
    size: int
    names: tuple[Named, ...]

    @property
    def folders(self) -> int:
        """How many directories it lists."""
        return sum(each.is_directory for each in self.names)


@dataclass(frozen=True, slots=True)
class Metadata:
    """Where a volume of 2.50 or 2.60 has its tree, twice, in blocks of the partition.

    The mirror is in front: 7-Zip does not know it and takes what follows the last block that it
    knows for an error.
    """

    blocks: int
    mirror: int
    main: int
    main_entry: int
    mirror_entry: int = 0


@dataclass(frozen=True, slots=True)
class UdfLayout:
    """The planned volume. `size` is that of the image in bytes; `tree_blocks` is that of one tree.

    `placed` are the blocks of the files in the partition, in the order of `files`; an empty
    file has none and offset 0.
    """

    size: int
    files: tuple[Placed, ...]
    placed: tuple[int, ...]
    revision: Revision
    partition: int
    partition_blocks: int
    tree_blocks: int
    directories: tuple[Directory, ...]
    metadata: Metadata | None
    volume_id: str
    volume_set_id: str
    publisher: str
    application: str
    created: datetime

    @property
    def reserve_sequence(self) -> int:
        """Where the Reserve Volume Descriptor Sequence is."""
        # From 2.60 on it lies in another ECC block than the main one; that does no harm before.
        return MAIN_SEQUENCE + max(SEQUENCE_BLOCKS, self.revision.unit)

    @property
    def integrity_sequence(self) -> int:
        """Where the Logical Volume Integrity Descriptor is."""
        return 2 * self.reserve_sequence - MAIN_SEQUENCE

    @property
    def last(self) -> int:
        """The last sector, which holds the second anchor."""
        return self.size // BLOCK - 1


_Listing = dict[str, int | None]
"""The names in a directory and the places of the files in the tree; None for a directory."""


def plan(tree: VolumeTree, parameters: VolumeParameters) -> UdfLayout:
    """Lay the tree out. Raises InputError for what UDF cannot hold, naming the path."""
    return plan_from(tree, parameters, ANCHOR + 1)


def plan_from(tree: VolumeTree, parameters: VolumeParameters, first: int) -> UdfLayout:
    """Lay the tree out with the partition at sector `first` or as soon after it as is aligned.

    Raises InputError as `plan` does.
    """
    revision = _revision(parameters)
    directories, tree_blocks = _directories(_listings(tree))
    partition = _aligned(first, revision.unit)
    metadata = None
    begin = tree_blocks
    if revision.metadata:
        tree_blocks = _aligned(tree_blocks, revision.unit)
        begin = revision.unit + tree_blocks
    placed, end = _place(tree.files, begin)
    if revision.metadata:
        main = _aligned(end, revision.unit)
        metadata = Metadata(tree_blocks, revision.unit, main, main + tree_blocks)
        end = metadata.main_entry + 1
    sectors = _aligned(partition + end + 1, revision.unit)
    _check_blocks(sectors, metadata)
    unique = f"{parameters.unique:016X}"
    return UdfLayout(
        size=sectors * BLOCK,
        files=tuple(
            Placed(file.path, (partition + block) * BLOCK if file.content.size else 0, file.content)
            for file, block in zip(tree.files, placed, strict=True)
        ),
        placed=placed,
        revision=revision,
        partition=partition,
        partition_blocks=end,
        tree_blocks=tree_blocks,
        directories=directories,
        metadata=metadata,
        # UDF 2.2.4.4: the identifier of a Logical Volume is never empty and no constant.
        volume_id=_volume_id(parameters.volume_id or unique),
        # UDF 2.2.2.5: the time in hexadecimal digits, then eight that are random.
        volume_set_id=f"{_seconds(parameters.created):08X}{unique[-8:]}{parameters.volume_id}",
        publisher=_fitting(parameters.publisher, 36),
        application=parameters.application,
        created=parameters.created,
    )


def _revision(parameters: VolumeParameters) -> Revision:
    if parameters.udf not in REVISIONS:
        known = ", ".join(REVISIONS)
        raise InputError(f"UDF {parameters.udf} cannot be written.", f"Choose one of: {known}.")
    return REVISIONS[parameters.udf]


def _aligned(blocks: int, unit: int) -> int:
    return -(-blocks // unit) * unit


def _blocks(size: int) -> int:
    return -(-size // BLOCK)


def _listings(tree: VolumeTree) -> dict[Path, _Listing]:
    """Every directory, level by level and in the order of names, with its names sorted."""
    found: dict[Path, _Listing] = {(): {}}
    for place, file in enumerate(tree.files):
        folder = file.path[:-1]
        if folder not in found:
            _add_folder(found, folder)
        _check_name(file)
        if file.path[-1] in found[folder]:
            raise _refused(file.path, "this name is there already", "Give every file a path of its own.")
        found[folder][file.path[-1]] = place
    ordered: dict[Path, _Listing] = {}
    level: list[Path] = [()]
    while level:
        for path in level:
            _check_case(path, found[path])
            ordered[path] = dict(sorted(found[path].items()))
        level = [(*path, name) for path in level for name, place in ordered[path].items() if place is None]
    return ordered


def _check_case(folder: Path, listing: _Listing) -> None:
    """UDF tells case apart; Windows shows the data of one name under the other."""
    seen: dict[str, str] = {}
    for name in listing:
        if (other := seen.setdefault(name.casefold(), name)) != name:
            advice = "Give one of them another name."
            raise _refused((*folder, name), f"{other} differs from it in case only", advice)


def _add_folder(found: dict[Path, _Listing], folder: Path) -> None:
    """List a folder in its parent, and so on up to one that is known."""
    for depth, name in enumerate(folder):
        path = folder[: depth + 1]
        if found[path[:-1]].setdefault(name) is not None:
            raise _refused(path, "a file has the name of a folder", "Give one of them another name.")
        found.setdefault(path, {})


def _check_name(file: VolumeFile) -> None:
    path = file.path
    try:
        sizes = [len(cs0(name)) for name in path]
    except UnicodeEncodeError as error:
        raise _refused(path, "its name is no Unicode text", "Give it another name.") from error
    if not path or any(not name or name in (".", "..") or "/" in name or "\0" in name for name in path):
        raise _refused(path, "its name is none", "Give every file and folder a name without slashes.")
    if max(sizes) > _NAME or sum(sizes) > _PATH:
        advice = f"A name takes up to {_NAME - 1} bytes, a path up to {_PATH}."
        raise _refused(path, "its name or path is longer than UDF records", advice)


def _refused(path: Path, why: str, advice: str) -> InputError:
    shown = "/".join(path).encode("utf-8", "backslashreplace").decode() or "A file without a name"
    return InputError(f"{shown} cannot be written: {why}.", advice)


def _directories(listings: dict[Path, _Listing]) -> tuple[tuple[Directory, ...], int]:
    """The directories with their blocks in the tree, and how many blocks the tree has."""
    numbers = {path: number for number, path in enumerate(listings)}
    files = sum(place is not None for listing in listings.values() for place in listing.values())
    block = ENTRIES + len(listings) + files
    found = []
    for path, listing in listings.items():
        names = tuple(_named(path, listing, numbers))
        size = sum(FileIdentifierDescriptor.size_for(len(each.identifier)) for each in names)
        size += FileIdentifierDescriptor.size_for(0)
        found.append(Directory(numbers[path[:-1]], block, size, names))
        block += _blocks(size)
    return tuple(found), block


def _named(path: Path, listing: _Listing, numbers: dict[Path, int]) -> Iterator[Named]:
    for name, place in listing.items():
        number = numbers[(*path, name)] if place is None else len(numbers) + place
        yield Named(cs0(name), number, place is None)


def _place(files: tuple[VolumeFile, ...], block: int) -> tuple[tuple[int, ...], int]:
    """The first block of every file from that one on, and the block after the last one."""
    placed = []
    for file in files:
        placed.append(block)
        block += _blocks(file.content.size)
    return tuple(placed), block


def _check_blocks(sectors: int, metadata: Metadata | None) -> None:
    if sectors > _BLOCKS:
        raise InputError(f"The volume would have {sectors:,} sectors; UDF counts to {_BLOCKS:,}.")
    if metadata and metadata.blocks * BLOCK > EXTENT:
        # Several extents would be allowed, but 7-Zip reads only one.
        raise InputError(
            f"The volume would have {metadata.blocks:,} blocks of metadata; "
            f"one extent holds {EXTENT // BLOCK:,}.",
            "Write fewer files.",
        )


def _volume_id(text: str) -> str:
    try:
        dstring(text, 32)
    except ValueError as error:  # of which UnicodeEncodeError is one
        advice = "It has up to 30 characters, or 15 where one of them is not in Latin-1."
        raise InputError(f"The volume identifier {text!a} cannot be written.", advice) from error
    return text


def _fitting(text: str, size: int) -> str:
    """As much of the text as a dstring of that size holds."""
    text = text.encode("utf-16", "replace").decode("utf-16")
    while len(cs0(text)) >= size:
        text = text[:-1]
    return text


def _seconds(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise InputError(f"The date {moment} has no time zone.", "Give it one.")
    return int(moment.timestamp()) & 0xFFFFFFFF
