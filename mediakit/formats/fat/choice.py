"""Which FAT volume holds the files: width, size of clusters, number of clusters.

A volume fills its medium, or is the smallest that fits. PS3.12 fixes for every medium which
widths and, for some, which clusters there may be; among those left the usual one is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from ..tree import VolumeParameters
from .geometry import CLUSTERS, Geometry, fat_sectors

ROOT_ENTRIES = 512
"""Entries in the root directory of FAT12 and FAT16 (PS3.12 A.2)."""

FATS = 2  # PS3.12 A.2; every system expects two

_RESERVED = {12: 1, 16: 1, 32: 32}  # PS3.12 A.2; FAT 1.03, Boot Sector and BPB
_SECTORS = 0xFFFFFFFF  # that the boot sector can count
_USUAL = 32 << 10  # larger clusters are not read everywhere

Need = Callable[[Geometry], int]
"""How many clusters all files and directories take on such a volume."""


def smallest(parameters: VolumeParameters, need: Need) -> Geometry | None:
    """The smallest volume that fits; None where the largest does not."""
    fitting = []
    for kind in _kinds(parameters):
        allowed = CLUSTERS[kind.width]
        clusters = max(need(kind), allowed.start)
        if clusters < allowed.stop:
            fitting.append(_with(kind, clusters))
    fitting = [each for each in fitting if each.sectors <= _SECTORS]
    return min(fitting, key=lambda each: (each.sectors * each.sector, each.width), default=None)


def filling(parameters: VolumeParameters, need: Need, sectors: int) -> Geometry | None:
    """The volume of that many sectors that holds the files; None when none of the kinds does.

    Where no kind counts that far, the volume is as large as its FAT allows.
    """
    filled = (_filled(kind, min(sectors, _SECTORS)) for kind in _kinds(parameters))
    fitting = [each for each in filled if each.clusters >= max(need(each), CLUSTERS[each.width].start)]
    return min(fitting, key=lambda each: _rank(each, sectors), default=None)


def _kinds(parameters: VolumeParameters) -> Iterator[Geometry]:
    """Every width and cluster size that the medium allows, as volumes without a cluster."""
    allowed = parameters.clusters or tuple(
        1 << n for n in range(8) if parameters.sector << n <= max(2 * _USUAL, parameters.sector)
    )
    for width in parameters.fat:
        root_entries = 0 if width == 32 else ROOT_ENTRIES
        for cluster in allowed:
            yield Geometry(width, parameters.sector, cluster, _RESERVED[width], FATS, 0, root_entries, 0)


def _with(kind: Geometry, clusters: int) -> Geometry:
    """A volume of that kind with so many clusters."""
    return replace(kind, fat=fat_sectors(kind.width, kind.sector, clusters), clusters=clusters)


def _filled(kind: Geometry, sectors: int) -> Geometry:
    """The largest volume of that kind in so many sectors; without a cluster where they are too few."""
    room = sectors - kind.data
    if room <= 0:
        return kind
    # Each cluster takes its sectors and its entry in every FAT; a FAT fills whole sectors.
    bits = 8 * kind.sector
    fat = -(-(room + 2 * kind.cluster) * kind.width // (bits * kind.cluster + FATS * kind.width))
    while fat > 1 and fat_sectors(kind.width, kind.sector, (room - FATS * (fat - 1)) // kind.cluster) < fat:
        fat -= 1
    clusters = max(0, (room - FATS * fat) // kind.cluster)
    most = CLUSTERS[kind.width].stop - 1
    return replace(kind, fat=fat, clusters=clusters) if clusters <= most else _with(kind, most)


def _rank(volume: Geometry, sectors: int) -> tuple[int, int, int]:
    """What is preferred comes first: a full medium, then the usual clusters, then the narrower FAT."""
    unused = (sectors - volume.sectors) * 100 // sectors  # in hundredths: a few clusters do not matter
    size = volume.cluster_size
    # As other systems format: 4 KiB up to 8 GiB, then twice as much for every doubling, to 32 KiB.
    usual = 4096
    while usual < _USUAL and sectors * volume.sector > usual << 21:
        usual *= 2
    distance = abs(size.bit_length() - usual.bit_length()) + (100 if size > _USUAL else 0)
    return unused, distance, volume.width
