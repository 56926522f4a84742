"""The bridge of a DVD: one set of files under two file systems, ISO 9660 and UDF (PS3.12 P.2).

    sector 0   system area              257   path tables and directories of ISO 9660
    16         descriptors of ISO 9660  ...   UDF's partition: its tree, then the files
    ..         UDF's recognition        N     UDF's second anchor
    32 to 256  volume structures of UDF

It is written only; a reader finds the two file systems. Knows where each leaves room for the
other, and of both no more than their plans and writers.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import InputError
from ...transfer import Sink, Transfer
from ..iso9660.layout import IsoLayout, plan_around
from ..iso9660.writer import put_descriptors, put_directories
from ..tree import Placed, Tick, VolumeParameters, VolumeTree, Written
from ..udf.layout import UdfLayout, plan_from
from ..udf.structs import ANCHOR, BLOCK
from ..udf.writer import put_partition, put_volume


@dataclass(frozen=True, slots=True)
class BridgeLayout:
    """The planned disc: two plans over the same extents. `files` have their paths of ISO 9660."""

    iso: IsoLayout
    udf: UdfLayout

    @property
    def size(self) -> int:
        """Bytes of the whole image."""
        return self.udf.size

    @property
    def files(self) -> tuple[Placed, ...]:
        """The files in the order of the tree."""
        return self.iso.files


def plan(tree: VolumeTree, parameters: VolumeParameters) -> BridgeLayout:
    """Lay the tree out twice. Raises InputError for what either file system cannot hold."""
    shared = _Shared(tree, parameters)
    iso = plan_around(tree, parameters, ANCHOR + 1, shared.place)
    assert shared.udf
    return BridgeLayout(iso, shared.udf)


def write(layout: BridgeLayout, out: Sink, tick: Tick | None = None, each: bool = False) -> Written:
    """Write the image to `out`, which is at the image's beginning, and hash it.

    `each` asks for the SHA-256 of every file too. Raises OutputError, SourceUnreadable and
    SourceChanged; then part of the image was written.
    """
    with Transfer(out, tick, each) as transfer:
        put_descriptors(transfer, layout.iso)
        put_volume(transfer, layout.udf)
        put_directories(transfer, layout.iso)
        put_partition(transfer, layout.udf)
        digest = transfer.finish()
        return Written(transfer.position, digest, transfer.files)


class _Shared:
    """UDF's half of the plan, made as soon as ISO 9660 has said where its directories end."""

    def __init__(self, tree: VolumeTree, parameters: VolumeParameters) -> None:
        self._tree, self._parameters = tree, parameters
        self.udf: UdfLayout | None = None

    def place(self, end: int) -> tuple[tuple[Placed, ...], int]:
        """Where the files are: in UDF's partition, which begins after sector `end`."""
        self.udf = plan_from(self._tree, self._parameters, end)
        if self.udf.metadata:
            raise InputError(
                f"A bridge of ISO 9660 and UDF {self._parameters.udf} cannot be written.",
                "PS3.12 allows it on DVD, with UDF 1.02 to 2.01.",
            )
        # An empty file has no extent in UDF; in ISO 9660 it shall lie inside the volume.
        placed = (min(self.udf.partition + block, self.udf.last) for block in self.udf.placed)
        files = tuple(
            Placed(file.path, sector * BLOCK, file.content)
            for file, sector in zip(self._tree.files, placed, strict=True)
        )
        return files, self.udf.size // BLOCK
