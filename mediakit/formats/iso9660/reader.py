"""The bytes of an ISO 9660 volume -> MediumView, tolerant of everything.

The files are those of the primary tree of the last session (PS3.12 F.2.1.2), read from the
Directory Records themselves, of which every one is kept for the rules; what is odd is noted,
and the rest of the tree is still read. Joliet and Rock Ridge are compared with it. Boot
descriptors and UDF are noted, not followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from ...model import Content
from ..structures import Structures
from ..tree import MediumView, Path, StoredFile, anomalies
from .alternates import SHOWN, compare_joliet, joliet_name, rock_ridge_names
from .directories import DEPTH, Tree
from .disc import Disc
from .recognition import DESCRIPTORS, SYSTEM_AREA, evidence_of
from .sessions import lone_root, sessions
from .structs import (
    BOOT,
    JOLIET,
    PRIMARY,
    SECTOR,
    SELF,
    STANDARD_IDENTIFIER,
    SUPPLEMENTARY,
    TERMINATOR,
    DirectoryRecord,
    PathTableRecord,
    PrimaryVolumeDescriptor,
    VolumeDescriptor,
)
from .volume import Descriptor, IsoRecord, IsoVolume, Oddity, path_name

_DIRECTORIES = 0xFFFF  # that a path table can number (ISO 9660 9.4.4)
_UDF = (b"BEA01", b"NSR02", b"NSR03", b"TEA01")


def read(image: Content, structures: Structures | None = None) -> MediumView:
    """The volume's files in the order of their data, and an IsoVolume as facts.

    Raises OSError when the image cannot be opened; sectors that cannot be read are noted.
    """
    structures = structures or Structures.of(image)
    with structures.open() as stream:
        volume, files = _read(image, structures, stream)
    return MediumView(evidence_of(volume.sessions), files, anomalies(volume.oddities), volume, image.size)


def _read(
    image: Content, structures: Structures, stream: BinaryIO
) -> tuple[IsoVolume, tuple[StoredFile, ...]]:
    disc = Disc(image, structures, stream)
    starts = sessions(disc)
    last = _Session(disc, starts[-1])
    volume, files = last.read(starts)
    before = last.disc.fresh()  # one for all: together they may read as much as the last one alone
    hidden = [odd for start in starts[:-1] for odd in _hidden(_Session(before, start), last.tree)]
    hidden += [odd for odd in before.oddities if odd.kind == "unreadable"]
    if hidden:
        last.disc.oddities += hidden
        volume = replace(volume, oddities=tuple(last.disc.oddities))
    return volume, files


def _hidden(earlier: _Session, last: Tree) -> list[Oddity]:
    """The files of an earlier session whose paths the last one does not have."""
    earlier.read_tree()
    paths = [path for path in earlier.tree.sections if path not in last.sections]
    noted = [
        Oddity("session", path, f"it is in the session from sector {earlier.start} only", None)
        for path in paths[:SHOWN]
    ]
    if len(paths) > SHOWN:
        detail = f"{len(paths) - SHOWN:,} more files are in the session from sector {earlier.start} only"
        noted.append(Oddity("session", (), detail, None))
    return noted


class _Session:
    """One reading of one session: its disc, the descriptors that count, and the primary tree."""

    def __init__(self, disc: Disc, start: int) -> None:
        self.disc, self.start = disc, start
        self.primary: tuple[int, PrimaryVolumeDescriptor] | None = None
        self.joliet: tuple[int, PrimaryVolumeDescriptor] | None = None
        self.tree = Tree(disc, path_name)

    def read_tree(self) -> tuple[Descriptor, ...]:
        """Descriptors and the primary tree only."""
        descriptors = tuple(self._descriptors())
        if self.primary:
            at, pvd = self.primary
            self.disc.block_size = self._block_size(pvd, at)
            self.tree.read(_root(at, pvd))
        elif root := self._lone_root():
            self.tree.read(root)
        return descriptors

    def _lone_root(self) -> IsoRecord | None:
        """The root directory, which is its own parent, where no Primary Volume Descriptor tells of it."""
        sector = lone_root(self.disc, self.start)
        if sector is None:
            return None
        at = sector * SECTOR
        return IsoRecord(at, (), DirectoryRecord(self.disc.peek(at, 34)))

    def read(self, starts: tuple[int, ...]) -> tuple[IsoVolume, tuple[StoredFile, ...]]:
        """Everything."""
        disc, size = self.disc, self.disc.image.size
        descriptors = self.read_tree()
        if self.primary is None:
            at = (self.start + SYSTEM_AREA) * SECTOR
            disc.odd("descriptors", (), "there is no Primary Volume Descriptor", at)
            records, oddities = tuple(self.tree.records), tuple(disc.oddities)
            return IsoVolume(
                size, 0, SECTOR, descriptors, records=records, oddities=oddities, sessions=starts
            ), self.tree.files()
        at, pvd = self.primary
        volume_size = disc.number(pvd.volume_space_size, "Volume Space Size", (), at + 80) * disc.block_size
        if volume_size > size:
            detail = f"the volume has {volume_size:,} bytes, the image {size:,}"
            disc.odd("truncated", (), detail, at + 80)
        tables = disc.number(pvd.path_table_size, "Path Table Size", (), at + 132)
        l_path_table = self._path_table(pvd.location_of_type_l_path_table, tables, "<")
        m_path_table = self._path_table(pvd.location_of_type_m_path_table, tables, ">")
        if any(odd.kind == "unreadable" for odd in disc.oddities):
            self._pass_by(l_path_table or ())
            self._pass_by(m_path_table or ())
        joliet = self._joliet_paths()
        names, twice = rock_ridge_names(self.tree.records)
        disc.oddities += twice
        volume = IsoVolume(
            size, volume_size, disc.block_size, descriptors, pvd, at, tuple(self.tree.records),
            l_path_table, m_path_table, tuple(disc.oddities), joliet, names, starts,
        )  # fmt: skip
        return volume, self.tree.files()

    def _pass_by(self, table: tuple[PathTableRecord, ...]) -> None:
        """Read the directories that a path table lists and no directory that could be read does."""
        known = {each.path[:depth] for each in self.tree.records for depth in range(len(each.path))} | {()}
        known |= {each.path for each in self.tree.records if each.is_directory}
        for path, record in self._paths(table):
            at = record.location_of_extent * self.disc.block_size
            own = self.disc.peek(at, 34) if path not in known else b""
            if own[32:] == b"\1" + SELF:
                known.add(path)
                before = len(self.tree.records)
                self.tree.read(IsoRecord(at, path, DirectoryRecord(own)))
                known |= {each.path for each in self.tree.records[before:] if each.is_directory}

    def _paths(self, table: tuple[PathTableRecord, ...]) -> Iterator[tuple[Path, PathTableRecord]]:
        """The records of a path table with the paths of their directories; what has none is noted."""
        paths: list[Path | None] = [()]  # by number, of which the first is the root's
        for record in table[1:]:
            path, number, at = None, record.parent_directory_number, record.location_of_extent
            if not 1 <= number <= len(paths):
                detail = f"the path table gives a directory the parent {number:,}, which is none before it"
                self.disc.odd("record", (), detail, at * self.disc.block_size)
            elif (parent := paths[number - 1]) is not None:
                path = (*parent, path_name(record.directory_identifier))
                if len(path) > DEPTH:
                    detail = f"more than {DEPTH} levels are not read"
                    self.disc.odd("too-deep", path, detail, at * self.disc.block_size)
                    path = None
            paths.append(path)
            if path is not None:
                yield path, record

    def _joliet_paths(self) -> tuple[Path, ...] | None:
        """The paths of Joliet's tree; how it differs from the primary one is noted."""
        if self.joliet is None:
            return None
        other, size = self.disc.fresh(), self.joliet[1].path_table_size.lsb
        self._path_table(self.joliet[1].location_of_type_l_path_table, size, "<")
        self._path_table(self.joliet[1].location_of_type_m_path_table, size, ">")
        tree = Tree(other, joliet_name)
        tree.read(_root(*self.joliet))
        for odd in other.oddities[:SHOWN]:
            self.disc.odd("joliet", odd.path, f"in the Joliet tree: {odd.detail}", odd.offset)
        for odd in compare_joliet(self.tree, tree):
            self.disc.odd(*odd)
        return tuple(tree.sections)

    def _descriptors(self) -> Iterator[Descriptor]:
        """The Volume Descriptor Set and UDF's recognition sequence, which follows it."""
        ended = False
        first = self.start + SYSTEM_AREA
        for sector in range(first, first + DESCRIPTORS):
            raw = self.disc.read(sector * SECTOR, SECTOR)
            identifier = raw[1:6]
            if len(raw) == SECTOR and self.disc.structures.lost(sector * SECTOR, SECTOR):
                continue
            if len(raw) < SECTOR or identifier not in (STANDARD_IDENTIFIER, *_UDF):
                break
            descriptor = VolumeDescriptor(raw)
            what = _what(descriptor)
            if what == "primary" and self.primary is None:
                self.primary = sector * SECTOR, PrimaryVolumeDescriptor(raw)
            if what == "Joliet" and self.joliet is None:
                self.joliet = sector * SECTOR, PrimaryVolumeDescriptor(raw)
            ended |= what == "terminator"
            yield Descriptor(sector, descriptor.volume_descriptor_type, identifier.decode(), what)
        if not ended:
            self.disc.odd("descriptors", (), "the Volume Descriptor Set has no terminator", first * SECTOR)

    def _block_size(self, pvd: PrimaryVolumeDescriptor, at: int) -> int:
        size = self.disc.number(pvd.logical_block_size, "Logical Block Size", (), at + 128)
        if size in (512, 1024, 2048):
            return size
        self.disc.odd("block-size", (), f"a Logical Block Size of {size}", at + 128)
        return SECTOR

    def _path_table(self, location: int, size: int, order: str) -> tuple[PathTableRecord, ...] | None:
        """The records of a path table up to the first that cannot be one; None if it is not there."""
        start = location * self.disc.block_size
        if not location or start + size > self.disc.image.size:
            return None
        raw = self.disc.read(start, min(size, _DIRECTORIES * 264))
        records: list[PathTableRecord] = []
        at = 0
        while at + 8 < len(raw) and raw[at] and len(records) < _DIRECTORIES:
            records.append(PathTableRecord.parse(raw, at, order))
            at += records[-1].size
        return tuple(records)


def _root(at: int, descriptor: PrimaryVolumeDescriptor) -> IsoRecord:
    return IsoRecord(at + 156, (), DirectoryRecord(descriptor.directory_record_for_root_directory))


def _what(descriptor: VolumeDescriptor) -> str:
    if descriptor.standard_identifier != STANDARD_IDENTIFIER:
        return "UDF"
    if descriptor.volume_descriptor_type == SUPPLEMENTARY:
        return "Joliet" if descriptor.escape_sequences.startswith(JOLIET) else "supplementary"
    words = {PRIMARY: "primary", BOOT: "boot", TERMINATOR: "terminator"}
    return words.get(descriptor.volume_descriptor_type, "other")
