"""The volume structures of UDF: the descriptor sequences that the anchors lead to (ECMA-167 part 3).

Finds them in an image, tries the reserve sequence where the main one is damaged, and judges
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from . import structs
from .blocks import Blocks
from .structs import Extent, Tag

_SEQUENCE = 64
_POINTERS = 8


@dataclass(slots=True)
class Sequence:
    """The descriptors that count: of each kind the one with the highest sequence number."""

    pvd: structs.PrimaryVolumeDescriptor | None = None
    lvd: structs.LogicalVolumeDescriptor | None = None
    partitions: dict[int, structs.PartitionDescriptor] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing that reading needs."""
        return self.pvd is not None and self.lvd is not None and bool(self.partitions)


def read_sequence(blocks: Blocks, found: tuple[int, ...]) -> Sequence:
    """The volume descriptors that the anchors lead to, from the reserve where the main ones are damaged."""
    sequence = Sequence()
    for sector in found:
        anchor = structs.AnchorVolumeDescriptorPointer(blocks.bytes_at(sector * blocks.size, blocks.size))
        _take(blocks, anchor.main_sequence, sequence)
        if not sequence.is_whole:
            _take(blocks, anchor.reserve_sequence, sequence)
            if sequence.is_whole:
                blocks.odd("reserve", "the main Volume Descriptor Sequence is damaged; the reserve was read")
        else:
            reserve = Sequence()
            _take(blocks, anchor.reserve_sequence, reserve)
            if not reserve.is_whole:
                blocks.odd("reserve", "the reserve Volume Descriptor Sequence is damaged")
        if sequence.is_whole:
            return sequence
    for name, there in (
        ("Primary Volume Descriptor", sequence.pvd),
        ("Logical Volume Descriptor", sequence.lvd),
        ("Partition Descriptor", sequence.partitions),
    ):
        if not there:
            blocks.odd("descriptors", f"there is no {name}")
    return sequence


def _take(blocks: Blocks, extent: Extent, into: Sequence) -> None:
    """Put the descriptors of a sequence where they belong."""
    for tag in _descriptors(blocks, extent):
        if tag.identifier == structs.PRIMARY:
            pvd = structs.PrimaryVolumeDescriptor(tag.raw)
            if into.pvd is None or pvd.sequence_number > into.pvd.sequence_number:
                into.pvd = pvd
        elif tag.identifier == structs.LOGICAL:
            lvd = structs.LogicalVolumeDescriptor(tag.raw)
            if into.lvd is None or lvd.sequence_number > into.lvd.sequence_number:
                into.lvd = lvd
        elif tag.identifier == structs.PARTITION:
            partition = structs.PartitionDescriptor(tag.raw)
            other = into.partitions.get(partition.partition_number)
            if other is None or partition.sequence_number > other.sequence_number:
                into.partitions[partition.partition_number] = partition


def _descriptors(blocks: Blocks, extent: Extent) -> Iterator[Tag]:
    """The sound descriptors of a sequence and of those that it points to."""
    seen: set[int] = set()
    todo = [extent]
    while todo and len(seen) < _POINTERS:
        length, start = todo.pop()
        if start in seen:
            blocks.odd("cycle", "a Volume Descriptor Sequence points to one that was read before")
            return
        seen.add(start)
        for location in range(start, start + min(length // blocks.size, _SEQUENCE)):
            tag = blocks.descriptor(location * blocks.size, location)
            if tag is None:
                if location > blocks.last or not any(blocks.bytes_at(location * blocks.size, blocks.size)):
                    break
                blocks.odd("checksum", "a volume descriptor is damaged", offset=location * blocks.size)
            elif tag.identifier == structs.TERMINATING:
                break
            elif tag.identifier == structs.POINTER:
                todo.append(structs.VolumeDescriptorPointer(tag.raw).next_sequence)
            else:
                yield tag


def integrity(blocks: Blocks, extent: Extent) -> structs.LogicalVolumeIntegrityDescriptor | None:
    """The last good Logical Volume Integrity Descriptor of a sequence."""
    latest = None
    for _ in range(_POINTERS):
        following = Extent(0, 0)
        for location in range(
            extent.location, extent.location + min(extent.length // blocks.size, _SEQUENCE)
        ):
            tag = blocks.descriptor(location * blocks.size, location)
            if tag is None or tag.identifier != structs.INTEGRITY:
                break
            latest = structs.LogicalVolumeIntegrityDescriptor(tag.raw)
            following = latest.next_extent
        if not following.length:
            break
        extent = following
    return latest
