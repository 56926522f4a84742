"""VolumeTree -> FatLayout: every name, cluster and sector of a FAT12, FAT16 or FAT32 volume.

    sector 0     Master Boot Record, where the medium is partitioned; the volume begins at 1 MiB
    boot sector, reserved sectors, two FATs, the root directory of FAT12 and FAT16
    clusters     directories, level by level; files, in the order of the tree; nothing

Nothing is fragmented. Everything is computed from names and sizes; nothing is opened. Knows
what the FAT specification (1.03) and PS3.12 Annex A allow, and refuses the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from ...errors import CapacityError, InputError
from ..tree import Path, Placed, VolumeFile, VolumeParameters, VolumeTree
from .choice import ROOT_ENTRIES, filling, smallest
from .geometry import CLUSTERS, FIRST, Geometry
from .names import entries_of, is_short, key, long_name_fault, packed, short_names
from .structs import ENTRY

FILE_SIZE = 0xFFFFFFFF
"""Bytes of the largest file: its size has 32 bits (PS3.12 A, FAT 1.03)."""

_PARTITION = 1 << 20  # bytes before the partition, as every system aligns it today
_ENTRIES = 65_536  # in a directory (FAT 1.03, FAT Directory Structure)
_LABEL = re.compile(r"[A-Z0-9_ ]*")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or directory as its directory lists it; `long` is empty where the short name tells all."""

    short: bytes
    long: str
    cluster: int
    size: int
    is_directory: bool


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory and what it lists. The root of FAT12 and FAT16 has cluster 0, as has it as a parent."""

    path: Path
    cluster: int
    parent: int
    size: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class FatLayout:
    """The planned medium. `size` is that of the image in bytes; `start` and `sectors` are the volume's.

    `chains` are the first cluster and the number of clusters of everything, in order.
    """

    size: int
    files: tuple[Placed, ...]
    start: int
    sectors: int
    geometry: Geometry
    directories: tuple[Directory, ...]
    chains: tuple[tuple[int, int], ...]
    partitioned: bool
    label: str
    unique: int
    created: datetime

    @property
    def clusters_used(self) -> int:
        """How many clusters directories and files take; those that follow are free."""
        return sum(count for _, count in self.chains)

    @property
    def needed(self) -> int:
        """Bytes from the beginning of the image to the end of the last file: the rest is a hole."""
        end = self.geometry.offset(FIRST + self.clusters_used)
        return self.start * self.geometry.sector + end


_Listing = dict[str, VolumeFile | None]
"""The names in a directory; a name without a file is a directory's."""


def plan(tree: VolumeTree, parameters: VolumeParameters) -> FatLayout:
    """Lay the tree out. Raises InputError for what FAT cannot hold, CapacityError for too much."""
    if not 1980 <= parameters.created.year <= 2107:
        raise InputError(
            f"The year {parameters.created.year} cannot be recorded.", "Give one from 1980 to 2107."
        )
    listings = _listings(tree)
    label = _label(parameters.volume_id)
    sizes = {path: _directory_size(path, listing, label) for path, listing in listings.items()}
    start = _PARTITION // parameters.sector if parameters.partitioned else 0
    geometry = _geometry(tree, parameters, sizes, start)
    spans, chains = _place(tree.files, sizes, geometry)
    base = start * parameters.sector
    files = tuple(
        Placed(file.path, base + geometry.offset(cluster) if cluster else 0, file.content)
        for file in tree.files
        for cluster in (spans[file.path][0],)
    )
    capacity = parameters.capacity // parameters.sector - start if parameters.capacity else geometry.sectors
    return FatLayout(
        size=(start + capacity) * parameters.sector,
        files=files,
        start=start,
        sectors=min(capacity, geometry.sectors + geometry.cluster - 1),
        geometry=geometry,
        directories=tuple(_directories(listings, spans)),
        chains=chains,
        partitioned=parameters.partitioned,
        label=label,
        unique=parameters.unique,
        created=parameters.created,
    )


def _listings(tree: VolumeTree) -> dict[Path, _Listing]:
    """Every directory, level by level, with its names in the order in which the tree first has them."""
    found: dict[Path, _Listing] = {(): {}}
    spelt: dict[Path, dict[str, str]] = {(): {}}

    def add(path: Path, file: VolumeFile | None) -> None:
        """List a file or a new folder in the folder that it is in."""
        folder, name = path[:-1], path[-1]
        if not is_short(name) and (fault := long_name_fault(name)):
            raise _refused(path, fault, "Give it another name.")
        if spelt[folder].setdefault(key(name), name) != name or name in found[folder]:
            advice = "Give every file and folder a name of its own; capitals make no difference."
            raise _refused(path, "this name is there already", advice)
        found[folder][name] = file
        if file is None:
            found[path], spelt[path] = {}, {}

    for file in tree.files:
        if not file.path:
            raise _refused(file.path, "it has no name", "Give it one.")
        if file.content.size > FILE_SIZE:
            advice = "FAT holds files of less than 4 GiB; choose another medium."
            raise _refused(file.path, f"it has {file.content.size:,} bytes", advice)
        for depth in range(1, len(file.path)):
            if file.path[:depth] not in found:
                add(file.path[:depth], None)
        add(file.path, file)
    return dict(sorted(found.items(), key=lambda item: len(item[0])))


def _refused(path: Path, why: str, advice: str) -> InputError:
    return InputError(f"{'/'.join(path) or 'A file without a name'} cannot be written: {why}.", advice)


def _label(volume_id: str) -> str:
    """The volume label: the first 11 characters of the identifier (PS3.12 A.1.1)."""
    if not _LABEL.fullmatch(volume_id):
        raise InputError(
            f"The volume identifier {volume_id!r} cannot be written.", "It has only A-Z, 0-9, _ and spaces."
        )
    return volume_id[:11].strip(" ")


def _directory_size(path: Path, listing: _Listing, label: str) -> int:
    """Bytes of a directory: its own two entries, or in the root the label, and what the names take."""
    count = sum(map(entries_of, listing)) + (2 if path else bool(label))
    if count > _ENTRIES:
        name = "/".join(path) or "the root directory"
        raise InputError(
            f"{name} would have {count:,} entries; FAT holds {_ENTRIES:,}.",
            "Put the files into more folders.",
        )
    return count * ENTRY


def _geometry(tree: VolumeTree, parameters: VolumeParameters, sizes: dict[Path, int], start: int) -> Geometry:
    """The volume for all of it. Raises InputError and CapacityError."""
    full_root = sizes[()] > ROOT_ENTRIES * ENTRY
    if full_root and 32 not in parameters.fat:
        raise InputError(
            f"The root directory would have {sizes[()] // ENTRY:,} entries; that of FAT12 and FAT16 has "
            f"{ROOT_ENTRIES}.",
            "Put the files into folders.",
        )
    lengths = [file.content.size for file in tree.files] + [size for path, size in sizes.items() if path]

    @cache
    def clusters(cluster_size: int) -> int:
        return sum(-(-length // cluster_size) for length in lengths)

    def need(kind: Geometry) -> int:
        if kind.width != 32:
            return CLUSTERS[16].stop if full_root else clusters(kind.cluster_size)
        return clusters(kind.cluster_size) + max(1, -(-sizes[()] // kind.cluster_size))

    least = smallest(parameters, need)
    if not parameters.capacity:
        found = least
    else:
        found = filling(parameters, need, parameters.capacity // parameters.sector - start)
    if found:
        return found
    size = sum(lengths) if least is None else (start + least.sectors) * parameters.sector
    if parameters.capacity:
        said = f"The volume needs {size:,} bytes; the medium has {parameters.capacity:,}."
    else:
        widths = " or ".join(f"FAT{width}" for width in parameters.fat)
        said = f"The files have {size:,} bytes; {widths} does not hold that much."
    raise CapacityError(said, "Choose a larger medium, or write fewer studies.", size, parameters.capacity)


def _place(
    files: Iterable[VolumeFile], sizes: dict[Path, int], geometry: Geometry
) -> tuple[dict[Path, tuple[int, int]], tuple[tuple[int, int], ...]]:
    """First cluster and size of everything by its path, and the chains that this makes."""
    spans: dict[Path, tuple[int, int]] = {}
    chains = []
    free = FIRST
    directories = ((path, max(size, 1)) for path, size in sizes.items())
    for path, size in (*directories, *((file.path, file.content.size) for file in files)):
        # The root of FAT12 and FAT16 lies before the clusters; an empty file has none.
        count = 0 if not path and geometry.root_entries else -(-size // geometry.cluster_size)
        spans[path] = (free if count else 0), size
        if count:
            chains.append((free, count))
        free += count
    return spans, tuple(chains)


def _directories(listings: dict[Path, _Listing], spans: dict[Path, tuple[int, int]]) -> Iterator[Directory]:
    for path, listing in listings.items():
        short = short_names(listing)
        entries = (
            Entry(
                packed(short[name]),
                "" if is_short(name) else name,
                spans[(*path, name)][0],
                spans[(*path, name)][1] if file else 0,  # FAT 1.03: a directory's size is not recorded
                is_directory=file is None,
            )
            for name, file in listing.items()
        )
        # FAT 1.03: an entry that leads to the root says 0, on FAT32 too.
        parent = spans[path[:-1]][0] if len(path) > 1 else 0
        yield Directory(path, spans[path][0], parent, spans[path][1], tuple(entries))
