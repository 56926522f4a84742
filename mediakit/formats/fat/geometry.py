"""How a FAT volume is divided: sectors, clusters, and the width of FAT entries.

    boot sector, reserved sectors | FAT | FAT | root directory (FAT12, FAT16) | cluster 2, 3, ...

Arithmetic only, for the planner and the reader. The number of clusters alone decides what a
volume is (FAT 1.03, FAT Type Determination).
"""

from __future__ import annotations

from dataclasses import dataclass

from .structs import ENTRY

CLUSTERS = {12: range(1, 4085), 16: range(4085, 65525), 32: range(65525, 0x0FFFFFF5)}
"""How many clusters a volume of each width may have."""

FIRST = 2
"""The number of the first cluster."""


def width_of(clusters: int) -> int:
    """The width of FAT entries in bits that goes with a number of clusters."""
    return next((width for width, allowed in CLUSTERS.items() if clusters < allowed.stop), 32)


@dataclass(frozen=True, slots=True)
class Geometry:
    """A volume in sectors. `clusters` is their number, `fat` the size of each of `fats` FATs."""

    width: int
    sector: int
    cluster: int
    reserved: int
    fats: int
    fat: int
    root_entries: int
    clusters: int

    @property
    def root(self) -> int:
        """The first sector of the root directory of FAT12 and FAT16."""
        return self.reserved + self.fats * self.fat

    @property
    def data(self) -> int:
        """The first sector of the first cluster."""
        return self.root + -(-self.root_entries * ENTRY // self.sector)

    @property
    def sectors(self) -> int:
        """Sectors up to the end of the last cluster."""
        return self.data + self.clusters * self.cluster

    @property
    def cluster_size(self) -> int:
        """Bytes of a cluster."""
        return self.cluster * self.sector

    def offset(self, cluster: int) -> int:
        """Where a cluster begins, in bytes from the beginning of the volume."""
        return self.data * self.sector + (cluster - FIRST) * self.cluster_size


def fat_sectors(width: int, sector: int, clusters: int) -> int:
    """Sectors of a FAT for that many clusters and the two entries before them."""
    return -(-(clusters + FIRST) * width // (8 * sector))
