"""Files onto a FAT volume and off it, in place: nothing that stays is moved or written again.

    1  data of new directories and files into free clusters, which nothing names yet
    2  their chains into every FAT
    3  the entries of new directories in the root, and the new DICOMDIR's start and size in its entry
    4  entries of removed files, then the chains of what is no longer named, then FSInfo

Each step is on the medium before the next begins. Stopped before 3 the volume holds the old files
and perhaps clusters that belong to nothing; after it the new ones. Step 3 is one sector where the
entries share one, else the last of it is a sector by itself.
"""

from __future__ import annotations

import os
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path as FilePath
from typing import BinaryIO

from ...errors import CapacityError, InputError, OutputError, SourceChanged
from ...model import Content, FileContent
from ..tree import MediumView, Path, VolumeFile
from .chains import decode
from .geometry import FIRST, Geometry
from .names import packed
from .structs import (
    ARCHIVE,
    DELETED,
    DIRECTORY,
    DOT,
    DOT_DOT,
    ENTRY,
    LONG_NAME,
    DirectoryEntry,
    FsInfo,
    pack_date,
    pack_time,
)
from .volume import FatEntry, FatVolume

_SECTOR = 512
_CHUNK = 1 << 20
_UNKNOWN = 0xFFFFFFFF
_ATTRIBUTES = 0x3F


def update(
    image: FilePath,
    view: MediumView,
    files: Sequence[VolumeFile],
    removed: Sequence[Path],
    created: datetime,
    check: Callable[[], None],
) -> None:
    """Write `files`, the last of which takes the place of one in the root, and take `removed` away.

    The other files lie in directories of the root that are not there yet; all names are short.
    `view` is what the reader found. Raises CapacityError and InputError before anything is written,
    OutputError and SourceChanged, and what `check` raises, with the old files in place.
    """
    volume = view.facts
    assert isinstance(volume, FatVolume)
    if volume.geometry is None or volume.boot is None or volume.oddities:
        raise InputError("The FAT volume is damaged, so it is not changed.", "Make a new medium.")
    if volume.boot.fat32 and volume.boot.fat32.flags & 0x80:
        raise InputError("Only one FAT of the volume is in use, so it is not changed.", "Make a new medium.")
    try:
        with image.open("r+b", buffering=0) as stream:
            _Update(stream, volume, volume.geometry, created, check).run(files, removed)
    except OSError as error:
        raise OutputError(
            f"{image} cannot be written: {error.strerror or error}.",
            "Check the medium with `mediakit verify`.",
        ) from error


@dataclass(frozen=True, slots=True)
class _New:
    """A new directory or file: its clusters, and its bytes."""

    name: str
    clusters: tuple[int, ...]
    content: Content | bytes


class _Update:
    """One change of one volume."""

    def __init__(
        self,
        stream: BinaryIO,
        volume: FatVolume,
        geometry: Geometry,
        created: datetime,
        check: Callable[[], None],
    ) -> None:
        self.stream, self.volume, self.geometry = stream, volume, geometry
        self.created, self.check = created, check
        size = -(-(geometry.clusters + FIRST) * geometry.width // 8)
        self.fat = bytearray(self._read(self._fat_at(0), size))
        self.table: array[int] = decode(bytes(self.fat), geometry.width)
        self.free = (n for n in range(FIRST, geometry.clusters + FIRST) if self.table[n] == 0)

    def run(self, files: Sequence[VolumeFile], removed: Sequence[Path]) -> None:
        """All steps."""
        *new, directory = files
        entries = {entry.path: entry for entry in self.volume.entries}
        old = entries[directory.path]
        going = [entries[path] for path in (*removed, *_emptied(entries, set(removed)))]
        news = list(self._planned(new))
        tops = [each for each in news if isinstance(each.content, bytes) and "/" not in each.name]
        slots = self._slots(len(tops))
        dicomdir = _New(old.name, self._allocate(directory.content.size), directory.content)
        for each in (*news, dicomdir):
            self.check()
            self._write_data(each)
        self._sync()
        self._chain((*news, dicomdir))
        flip = {slot: self._entry(packed(top.name), top) for slot, top in zip(slots, tops, strict=True)}
        flip[old.offset] = self._moved(old.entry, dicomdir)
        self._write_entries(flip, last=old.offset)
        self._forget(going, [old, *going])

    def _read(self, offset: int, size: int) -> bytes:
        self.stream.seek(offset)
        data = b""
        while len(data) < size and (more := self.stream.read(size - len(data))):
            data += more
        return data

    def _write(self, offset: int, data: bytes | memoryview) -> None:
        self.stream.seek(offset)
        rest = memoryview(data)
        while rest:
            rest = rest[self.stream.write(rest) :]

    def _sync(self) -> None:
        os.fsync(self.stream.fileno())

    def _fat_at(self, number: int) -> int:
        sectors = self.geometry.reserved + number * self.geometry.fat
        return self.volume.start + sectors * self.geometry.sector

    def _allocate(self, size: int) -> tuple[int, ...]:
        """Free clusters for so many bytes. Raises CapacityError."""
        wanted = -(-size // self.geometry.cluster_size)
        found = tuple(cluster for _, cluster in zip(range(wanted), self.free, strict=False))
        if len(found) < wanted:
            free = self.table[FIRST : self.geometry.clusters + FIRST].count(0) * self.geometry.cluster_size
            raise CapacityError(
                f"The volume has {free:,} bytes free, which is not enough. Nothing was changed.",
                "Remove something first, or make a new medium with -o.",
                size,
                free,
            )
        return found

    def _planned(self, files: Sequence[VolumeFile]) -> Iterator[_New]:
        """Every new directory and file, a directory behind what is in it."""
        below: dict[Path, list[_New]] = defaultdict(list)
        folders = {file.path[:depth] for file in files for depth in range(1, len(file.path))}
        for file in files:
            made = _New("/".join(file.path), self._allocate(file.content.size), file.content)
            below[file.path[:-1]].append(made)
            yield made
        spans = {path: len(below[path]) for path in folders}
        for path in folders:
            if len(path) > 1:
                spans[path[:-1]] += 1
        own = {path: self._allocate((spans[path] + 2) * ENTRY) for path in sorted(folders)}
        for path in sorted(folders, key=len, reverse=True):
            parent = own[path[:-1]][0] if len(path) > 1 else 0
            data = self._pack(DOT, DIRECTORY, own[path][0], 0) + self._pack(DOT_DOT, DIRECTORY, parent, 0)
            data += b"".join(self._entry(packed(each.name.rpartition("/")[2]), each) for each in below[path])
            made = _New("/".join(path), own[path], data)
            below[path[:-1]].append(made)
            yield made

    def _entry(self, name: bytes, new: _New) -> bytes:
        first = new.clusters[0] if new.clusters else 0
        if isinstance(new.content, bytes):
            return self._pack(name, DIRECTORY, first, 0)
        return self._pack(name, ARCHIVE, first, new.content.size)

    def _pack(self, name: bytes, attributes: int, cluster: int, size: int) -> bytes:
        date, time = pack_date(self.created), pack_time(self.created)
        return DirectoryEntry(
            name=name, attributes=attributes, created_time=time, created_date=date, accessed_date=date,
            cluster_high=cluster >> 16, modified_time=time, modified_date=date,
            cluster_low=cluster & 0xFFFF, size=size,
        ).pack()  # fmt: skip

    def _moved(self, entry: DirectoryEntry, new: _New) -> bytes:
        """The entry of a file that was there, with other clusters and another size."""
        first = new.clusters[0]
        assert not isinstance(new.content, bytes)
        return entry._replace(
            cluster_high=first >> 16, cluster_low=first & 0xFFFF, size=new.content.size,
            modified_date=pack_date(self.created), modified_time=pack_time(self.created),
        ).pack()  # fmt: skip

    def _slots(self, wanted: int) -> list[int]:
        """Offsets of unused entries in the root directory. Raises CapacityError."""
        found, ended = [], False
        for offset, size in self._root():
            data = self._read(offset, size)
            for at in range(0, size, ENTRY):
                ended = ended or data[at] == 0
                # What lies behind the end must be empty, or it would come back to life.
                if (ended and not any(data[at:])) or (not ended and data[at] == DELETED):
                    found.append(offset + at)
                if len(found) > wanted:  # one more, so that the end stays where it is
                    return found[:wanted]
        if wanted == 0:
            return []
        raise CapacityError(
            "The root directory of the volume is full. Nothing was changed.",
            "Make a new medium with -o.",
            0,
            0,
        )

    def _root(self) -> Iterator[tuple[int, int]]:
        """Offsets and sizes of the parts of the root directory."""
        boot = self.volume.boot
        if boot is None or boot.fat32 is None:
            at = self.volume.start + self.geometry.root * self.geometry.sector
            yield at, self.geometry.root_entries * ENTRY
            return
        cluster = boot.fat32.root_cluster
        for _ in range(self.geometry.clusters):
            if not FIRST <= cluster < self.geometry.clusters + FIRST:
                return
            yield self.volume.start + self.geometry.offset(cluster), self.geometry.cluster_size
            cluster = self.table[cluster]

    def _write_data(self, new: _New) -> None:
        """Step 1. A cluster is filled up with zeros, as a directory needs it. Raises SourceChanged."""
        size = self.geometry.cluster_size
        if isinstance(new.content, bytes):
            data = new.content.ljust(len(new.clusters) * size, b"\0")
            for number, cluster in enumerate(new.clusters):
                self._write(self._at(cluster), data[number * size : (number + 1) * size])
            return
        with new.content.open() as source:
            changed = isinstance(new.content, FileContent) and not new.content.unchanged(source)
            rest = new.content.size
            for cluster in new.clusters:
                wanted = min(size, rest)
                data = b""
                while len(data) < wanted and (more := source.read(wanted - len(data))):
                    data += more
                changed = changed or len(data) < wanted
                self._write(self._at(cluster), data.ljust(size, b"\0"))
                rest -= wanted
            if changed or source.read(1):
                raise SourceChanged(
                    f"{new.name} changed while it was read.", "Nothing was changed. Try again."
                )

    def _at(self, cluster: int) -> int:
        return self.volume.start + self.geometry.offset(cluster)

    def _chain(self, news: Sequence[_New]) -> None:
        """Step 2; taken back when the medium refuses."""
        before = bytes(self.fat)
        last = (1 << min(28, self.geometry.width)) - 1
        for new in news:
            for cluster, following in zip(new.clusters, (*new.clusters[1:], last), strict=False):
                self._set(cluster, following)
        try:
            self._write_fats(before)
        except BaseException:
            changed, self.fat = bytes(self.fat), bytearray(before)
            self._write_fats(changed)
            raise

    def _set(self, cluster: int, value: int) -> None:
        """Change an entry of the FAT; the upper four bits of FAT32 stay (FAT 1.03)."""
        width = self.geometry.width
        at = cluster * width // 8
        if width == 12:
            pair = int.from_bytes(self.fat[at : at + 2], "little")
            pair = pair & 0x000F | value << 4 if cluster % 2 else pair & 0xF000 | value
            self.fat[at : at + 2] = pair.to_bytes(2, "little")
        elif width == 16:
            self.fat[at : at + 2] = value.to_bytes(2, "little")
        else:
            kept = int.from_bytes(self.fat[at : at + 4], "little") & 0xF0000000
            self.fat[at : at + 4] = (kept | value).to_bytes(4, "little")

    def _write_fats(self, before: bytes) -> None:
        """The sectors that changed, in every FAT."""
        for number in range(self.geometry.fats):
            for at in range(0, len(self.fat), _SECTOR):
                part = bytes(self.fat[at : at + _SECTOR])
                if part != before[at : at + _SECTOR]:
                    self._write(self._fat_at(number) + at, part)
        self._sync()

    def _write_entries(self, entries: dict[int, bytes], last: int) -> None:
        """Step 3: whole sectors, that of the entry at `last` at the end."""
        sectors: dict[int, dict[int, bytes]] = defaultdict(dict)
        for offset, data in entries.items():
            sectors[offset // _SECTOR][offset % _SECTOR] = data
        for number in sorted(sectors, key=lambda number: (number == last // _SECTOR, number)):
            sector = bytearray(self._read(number * _SECTOR, _SECTOR))
            for at, data in sectors[number].items():
                sector[at : at + ENTRY] = data
            self._write(number * _SECTOR, bytes(sector))
            self._sync()

    def _forget(self, deleted: Sequence[FatEntry], freed: Sequence[FatEntry]) -> None:
        """Step 4. Nothing names these clusters any more when they become free."""
        for entry in deleted:
            self._delete(entry.offset)
        self._sync()
        before = bytes(self.fat)
        for entry in freed:
            high = entry.entry.cluster_high << 16 if self.geometry.width == 32 else 0
            cluster = high | entry.entry.cluster_low
            # The reader found every chain in order, so each comes to its end.
            while FIRST <= cluster < self.geometry.clusters + FIRST:
                self._set(cluster, 0)
                cluster = self.table[cluster]
        self._write_fats(before)
        if self.volume.fs_info and self.volume.boot and self.volume.boot.fat32:
            count = decode(bytes(self.fat), 32)[FIRST : self.geometry.clusters + FIRST].count(0)
            at = self.volume.start + self.volume.boot.fat32.fs_info * self.geometry.sector
            self._write(at, FsInfo(count, _UNKNOWN).pack())
            self._sync()

    def _delete(self, offset: int) -> None:
        """Mark an entry and the parts of its long name before it as not in use."""
        self._write(offset, bytes((DELETED,)))
        inside = (offset - self.volume.start) % self.geometry.sector
        for at in range(offset - ENTRY, offset - inside - 1, -ENTRY):
            raw = self._read(at, ENTRY)
            if raw[0] == DELETED or raw[11] & _ATTRIBUTES != LONG_NAME:
                return
            self._write(at, bytes((DELETED,)))


def _emptied(entries: dict[Path, FatEntry], removed: set[Path]) -> list[Path]:
    """The directories in which nothing is left, the deepest first."""
    counts: dict[Path, int] = defaultdict(int)
    for path in entries:
        counts[path[:-1]] += 1
    found = []
    for path in sorted(removed, key=len, reverse=True):
        folder = path[:-1]
        counts[folder] -= 1
        while folder and not counts[folder]:
            found.append(folder)
            folder = folder[:-1]
            counts[folder] -= 1
    return found
