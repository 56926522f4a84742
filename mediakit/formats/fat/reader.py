"""The bytes of a FAT volume -> MediumView, tolerant of everything.

Reads FAT12, FAT16 and FAT32, with or without a partition table, and keeps every directory
entry for the rules; what is odd is noted, and the rest of the tree is still read. Whatever a
medium claims is bounded: a cluster is read for one directory only, and depth, entries, bytes
and oddities have limits.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO

from ...model import Content, SliceContent
from ..scattered import ScatteredContent, position
from ..structures import BLOCK, Structures
from ..tree import Evidence, MediumView, Path, StoredFile, anomalies
from .chains import Chain, Table, decode
from .directory import Listed, listed
from .geometry import FIRST, Geometry
from .locate import Located, clusters, locate, width
from .recognition import ID, bytes_at
from .structs import BOOT_SIZE, DOT, DOT_DOT, ENTRY, BootSector, FsInfo
from .volume import FatEntry, FatVolume, Oddity

_DEPTH = 32
_ENTRIES = 250_000  # two and a half times the largest File-set that is made
_ODDITIES = 10_000
_FAT_BYTES = 128 << 20  # of 128 GB in clusters of 4 KiB
_DIRECTORY = 65_536 * ENTRY  # FAT 1.03: a directory is not longer
_UNKNOWN = 0xFFFFFFFF
_SECTOR = 512
_RESERVED = 1 << 16


def read(image: Content, structures: Structures | None = None) -> MediumView:
    """The volume's files in the order of their data, and a FatVolume as facts.

    Raises OSError when the image cannot be opened; sectors that cannot be read are noted.
    """
    structures = structures or Structures.of(image)
    with structures.open() as stream:
        found = locate(lambda offset, size: bytes_at(stream, offset, size))
        if found is None:
            return MediumView(Evidence(ID, "no boot sector"), (), facts=FatVolume(image.size, ""))
        volume, files = _Reader(image, structures, stream, found).read()
    return MediumView(Evidence(ID, found.text), files, anomalies(volume.oddities), volume, image.size)


class _Reader:
    """One reading of one image: the stream, what limits it, and what was found so far."""

    def __init__(self, image: Content, structures: Structures, stream: BinaryIO, found: Located) -> None:
        self.image, self.structures, self.stream, self.found = image, structures, stream, found
        self.directory_bytes = image.size  # that may still be read
        self.entries: list[FatEntry] = []
        self.names: set[Path] = set()
        self.files: list[StoredFile] = []
        self.label: bytes | None = None
        self.deleted = 0
        self.whole = True
        self.oddities: list[Oddity] = []

    def read(self) -> tuple[FatVolume, tuple[StoredFile, ...]]:
        """The whole volume."""
        found, boot = self.found, self.found.boot
        if found.gpt:
            self._odd("gpt", (), "a GUID Partition Table", BOOT_SIZE)
        if boot is None:
            self._odd("foreign", (), found.kind, found.start)
            return self._volume(None, None), ()
        self.geometry = self._geometry(boot)
        self._partition(boot)
        self.table = Table(self._fat(boot), self.geometry.clusters)
        self._tree(boot)
        fs_info = self._reserved(boot)
        if self.whole and (lost := self.table.lost):
            self._odd("lost", (), f"{lost:,} clusters in use belong to no file or directory", None)
        self.files.sort(key=lambda file: position(file.content))
        return self._volume(self.geometry, fs_info), tuple(self.files)

    def _volume(self, geometry: Geometry | None, fs_info: FsInfo | None) -> FatVolume:
        found = self.found
        return FatVolume(
            self.image.size, found.kind, found.start, found.partitions, found.partition, found.boot,
            geometry, fs_info, tuple(self.entries), self.label, self.deleted, tuple(self.oddities),
        )  # fmt: skip

    def _odd(self, kind: str, path: Path, detail: str, offset: int | None) -> None:
        if kind in ("limit", "too-deep", "unreadable"):
            self.whole = False
        if len(self.oddities) < _ODDITIES:
            self.oddities.append(Oddity(kind, path, detail, offset))
        elif len(self.oddities) == _ODDITIES:
            self.oddities.append(Oddity("limit", (), f"more than {_ODDITIES:,} oddities", None))

    def _bytes(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes; fewer at the end of the image, and zeros where the system cannot read."""
        data = bytes_at(self.stream, offset, size)
        if reason := self.structures.lost(offset, size):
            self._odd("unreadable", (), reason, offset)
        return data

    def _geometry(self, boot: BootSector) -> Geometry:
        """How the volume is divided; clusters that its FAT cannot count are left out."""
        count, bits = clusters(boot), width(boot)
        countable = boot.fat_size * boot.bytes_per_sector * 8 // bits - FIRST
        start = self.found.start
        if self.found.backup:
            self._odd("backup", (), "the boot sector is damaged; its copy was taken", start)
        if not 0 < count <= countable:
            detail = f"{count:,} clusters in a FAT for {max(0, countable):,}"
            self._odd("boot", (), detail, start)
        volume = boot.total_sectors * boot.bytes_per_sector
        if start + volume > self.image.size:
            detail = f"the volume ends at byte {start + volume:,}, the image at {self.image.size:,}"
            self._odd("truncated", (), detail, start)
        return Geometry(
            bits, boot.bytes_per_sector, boot.sectors_per_cluster, boot.reserved_sectors, boot.fats,
            boot.fat_size, boot.root_entries, max(0, min(count, countable)),
        )  # fmt: skip

    def _partition(self, boot: BootSector) -> None:
        """What the partition table and the boot sector say of each other."""
        found = self.found
        if not found.partition or found.gpt:
            return
        used = [n for n, each in enumerate(found.partitions, 1) if each.type]
        mine = found.partitions[found.partition - 1]
        at = 446 + 16 * (found.partition - 1)
        if used[0] != found.partition:
            self._odd("partition", (), f"the volume is in partition {found.partition}", at)
        types = {12: (0x01,), 16: (0x04, 0x06, 0x0E), 32: (0x0B, 0x0C)}[self.geometry.width]
        if mine.type not in types:
            self._odd("table", (), f"the partition's type is {mine.type:02X}H, the volume {found.kind}", at)
        if boot.hidden_sectors != mine.start:
            detail = (
                f"the boot sector counts {boot.hidden_sectors:,} hidden sectors, the table {mine.start:,}"
            )
            self._odd("table", (), detail, at)
        if boot.total_sectors > mine.sectors:
            detail = f"the volume has {boot.total_sectors:,} sectors, the partition {mine.sectors:,}"
            self._odd("table", (), detail, at)

    def _fat(self, boot: BootSector) -> array[int]:
        """The entries of the FAT that is in use; the others are compared with it."""
        geometry, start = self.geometry, self.found.start
        size = -(-(geometry.clusters + FIRST) * geometry.width // 8)
        if size > _FAT_BYTES:
            self._odd("limit", (), f"a FAT of more than {_FAT_BYTES:,} bytes", start)
        flags = boot.fat32.flags if boot.fat32 else 0
        # FAT 1.03: bit 7 says that only one FAT is kept up to date, and the lowest bits which.
        active = flags & 0x0F if flags & 0x80 and flags & 0x0F < boot.fats else 0
        places = [
            start + (geometry.reserved + number * geometry.fat) * geometry.sector
            for number in range(geometry.fats)
        ]
        fat = self._bytes(places[active], min(size, _FAT_BYTES))
        if not flags & 0x80:
            fat = self._mended(fat, places)
        if len(fat) < size:
            self._odd("outside", (), "the FAT", places[active])
        for number, place in enumerate(places):
            if number != active and not flags & 0x80:
                other = self._bytes(place, len(fat))
                if not self.structures.lost(place, len(fat)):
                    self._compare(fat, number, other, place)
        return decode(fat, geometry.width)

    def _mended(self, fat: bytes, places: list[int]) -> bytes:
        """The first FAT with what could not be read of it taken from the others."""
        if not self.structures.lost(places[0], len(fat)):
            return fat
        mended = bytearray(fat)
        for at in range(0, len(fat), _SECTOR):
            size = min(_SECTOR, len(fat) - at)
            if self.structures.lost(places[0] + at, size):
                copies = (bytes_at(self.stream, place + at, size) for place in places[1:])
                good = (
                    copy
                    for copy, place in zip(copies, places[1:], strict=True)
                    if not self.structures.lost(place + at, size)
                )
                mended[at : at + size] = next(good, fat[at : at + size])
        return bytes(mended)

    def _compare(self, fat: bytes, number: int, other: bytes, place: int) -> None:
        if other != fat:
            pairs = enumerate(zip(fat, other, strict=False))
            first = next((at for at, (one, two) in pairs if one != two), min(len(fat), len(other)))
            self._odd("fats", (), f"FAT {number + 1} differs from FAT 1", place + first)

    def _tree(self, boot: BootSector) -> None:
        """Read every directory, level by level."""
        geometry, start = self.geometry, self.found.start
        queue: deque[tuple[Path, int, int]] = deque()
        if boot.fat32:
            queue += self._directory((), boot.fat32.root_cluster, 0, start)
        else:
            at = start + geometry.root * geometry.sector
            size = geometry.root_entries * ENTRY
            if at + size > self.image.size:
                self._odd("outside", (), "the root directory", at)
            queue += self._entries((), [(at, size)], 0, 0)
        while queue:
            path, cluster, parent = queue.popleft()
            offset = self._where(cluster)
            if len(path) > _DEPTH:
                self._odd("too-deep", path, f"more than {_DEPTH} levels are not read", offset)
                continue
            queue += self._directory(path, cluster, parent, offset)
            if len(self.entries) >= _ENTRIES:
                self._odd("limit", (), f"more than {_ENTRIES:,} directory entries", offset)
                return

    def _where(self, cluster: int) -> int:
        return self.found.start + self.geometry.offset(cluster)

    def _directory(self, path: Path, cluster: int, parent: int, offset: int) -> list[tuple[Path, int, int]]:
        """Take in a directory by its first cluster; gives path, cluster and parent of those below."""
        chain = self.table.follow(cluster, -(-_DIRECTORY // self.geometry.cluster_size))
        if chain.crossed:
            self._odd("loop", path, "a cluster of the directory belongs to something else", offset)
            return []
        self._ended(path, chain, offset)
        runs = self._runs(path, chain, offset)
        return self._entries(path, runs, cluster, parent) if runs else []

    def _ended(self, path: Path, chain: Chain, offset: int) -> None:
        """Note how a chain ended that did not end in order."""
        words = {
            "outside": "leads out of the volume to cluster",
            "loop": "returns to cluster",
            "broken": "comes to cluster",
            "longer": "goes on after the end of its file with cluster",
        }
        if chain.end:
            more = ", which is free or bad" if chain.end == "broken" and chain.at else ""
            self._odd(chain.end, path, f"its chain {words[chain.end]} {chain.at:,}{more}", offset)

    def _runs(self, path: Path, chain: Chain, offset: int) -> list[tuple[int, int]]:
        """Offsets and sizes of a chain in the image, up to the first that is not in it."""
        runs = []
        for first, count in chain.runs:
            at, size = self._where(first), count * self.geometry.cluster_size
            if at + size > self.image.size:
                self._odd("outside", path, "its data lies beyond the end of the image", offset)
                runs.append((at, max(0, self.image.size - at)))
                break
            runs.append((at, size))
        return runs

    def _entries(
        self, path: Path, runs: list[tuple[int, int]], cluster: int, parent: int
    ) -> list[tuple[Path, int, int]]:
        """Take in the entries of a directory; gives path, cluster and parent of those below it."""
        below = []
        own = {DOT: cluster, DOT_DOT: parent} if path else {}
        for found in listed(self._raw_entries(path, runs)):
            entry = found.entry
            self.deleted += found.deleted
            for detail in found.faults:
                self._odd("long-name", path, detail, found.offset)
            if entry is None:
                continue
            if found.is_label:
                self.label = entry.name if not path and self.label is None else self.label
                continue
            target = self._target(found)
            if entry.name in (DOT, DOT_DOT):
                if own.pop(entry.name, None) != target:
                    self._odd("entry", path, "one of its own two entries is wrong", found.offset)
                continue
            if len(self.entries) >= _ENTRIES:
                break
            name = (*path, found.name)
            self.entries.append(FatEntry(found.offset, name, entry, found.long))
            if name in self.names:
                self._odd("duplicate", name, "its directory has this name already", found.offset)
                continue
            self.names.add(name)
            if entry.is_directory:
                below.append((name, target, cluster if path else 0))
            else:
                self._file(name, target, entry.size, found.offset)
        if own:
            self._odd("entry", path, "it does not begin with its own two entries", self._where(cluster))
        return below

    def _target(self, found: Listed) -> int:
        assert found.entry
        high = found.entry.cluster_high << 16 if self.geometry.width == 32 else 0
        return high | found.entry.cluster_low

    def _raw_entries(self, path: Path, runs: list[tuple[int, int]]) -> Iterator[tuple[int, bytes]]:
        """The 32 bytes of every entry with their offsets, up to the end of the directory.

        What cannot be read is zeros too, but not the end.
        """
        for offset, size in runs:
            if size > self.directory_bytes:
                self._odd("limit", path, "the directories are longer than the image", offset)
                size = self.directory_bytes
            for start in range(offset, offset + size, _DIRECTORY):
                data = self._bytes(start, min(_DIRECTORY, offset + size - start))
                self.directory_bytes -= len(data)
                at = 0
                while at + ENTRY <= len(data):
                    if data[at]:
                        yield start + at, data[at : at + ENTRY]
                        at += ENTRY
                    elif self.structures.lost(start + at, ENTRY):
                        at += BLOCK - (start + at) % BLOCK
                    else:
                        return

    def _file(self, path: Path, cluster: int, size: int, offset: int) -> None:
        """Note a file with its content, if the medium holds all of it."""
        if size == 0 and cluster == 0:
            self.files.append(StoredFile(path, SliceContent(self.image, 0, 0), 0))
            return
        wanted = -(-size // self.geometry.cluster_size)
        chain = self.table.follow(cluster, wanted)
        self._ended(path, chain, offset)
        if chain.crossed:
            self._odd("cross-linked", path, f"cluster {chain.crossed:,} belongs to something else", offset)
        if not chain.end and chain.clusters < wanted:
            detail = f"its chain has {chain.clusters:,} clusters, its size needs {wanted:,}"
            self._odd("broken", path, detail, offset)
        content: Content | None = None
        if chain.clusters == wanted:
            content = self._content(self._runs(path, chain, offset), size)
        self.files.append(StoredFile(path, content, size))

    def _content(self, runs: list[tuple[int, int]], size: int) -> Content | None:
        """The bytes of a file; None when they are not all there."""
        if sum(length for _, length in runs) < size:
            return None
        if len(runs) == 1:
            return SliceContent(self.image, runs[0][0], size)
        return ScatteredContent(self.image, tuple(runs), size) if runs else SliceContent(self.image, 0, 0)

    def _reserved(self, boot: BootSector) -> FsInfo | None:
        """The FSInfo sector and the backup boot sector of FAT32, compared with what they tell of."""
        if boot.fat32 is None:
            return None
        start, sector = self.found.start, boot.bytes_per_sector
        self._bytes(start, min(boot.reserved_sectors * sector, _RESERVED))  # of which all has to be readable
        backup = boot.fat32.backup_boot_sector
        if 0 < backup < boot.reserved_sectors and not self.found.backup:
            copy = self._bytes(start + backup * sector, BOOT_SIZE)
            if copy != self._bytes(start, BOOT_SIZE):
                self._odd("backup", (), "the backup boot sector differs", start + backup * sector)
        at = start + boot.fat32.fs_info * sector
        fs_info = FsInfo.parse(self._bytes(at, BOOT_SIZE))
        free = self.table.free
        if fs_info is None:
            self._odd("fs-info", (), "there is no FSInfo sector", at)
        elif fs_info.free not in (free, _UNKNOWN):
            self._odd("fs-info", (), f"it counts {fs_info.free:,} free clusters, the FAT {free:,}", at)
        return fs_info
