"""Small golden images of every format, as annotated dumps that a reviewer can read.

`python -m tests.golden` writes the dumps anew, when the bytes are meant to change.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mediakit.formats import Layout, MediaWriter, bridge, fat, iso9660, mail, mime, udf
from mediakit.formats import zip as zip_format
from mediakit.formats.fat.layout import FatLayout
from mediakit.formats.fat.structs import ENTRY
from mediakit.formats.iso9660.hierarchy import Hierarchy
from mediakit.formats.iso9660.layout import IsoLayout
from mediakit.formats.tree import Placed, VolumeParameters
from mediakit.formats.udf.layout import ENTRIES, INTEGRITY_BLOCKS, SEQUENCE_BLOCKS, UdfLayout
from mediakit.formats.zip.layout import ZipLayout
from tests import fat as fats
from tests import iso9660 as isos
from tests import udf as udfs
from tests import zips
from tests.trees import volume_tree

FOLDER = Path(__file__).parent / "data" / "golden"

SHORT = {
    "README.TXT": b"Read me.\r\n",
    "DICOMDIR": b"D" * 3000,
    "DICOM/IM000001": b"1" * 700,
    "DICOM/EMPTY": b"",
}
LONG = SHORT | {"Viewer/Größe.html": b"<p>"}

Places = Iterator[tuple[int, str]]
"""What begins at which byte of an image."""


@dataclass(frozen=True)
class Golden:
    """An image to be made, what is said of its parts, and the bytes of a unit that places count in.

    An image of text has no places: its dump is the text.
    """

    format: MediaWriter[Any]
    files: Mapping[str, bytes]
    parameters: VolumeParameters
    places: Callable[[Any], Places] | None
    unit: int = 1

    def layout(self) -> Layout:
        """The plan of it."""
        layout: Layout = self.format.plan(volume_tree(dict(self.files)), self.parameters)
        return layout

    def image(self) -> bytes:
        """The bytes of it."""
        out = io.BytesIO()
        self.format.write(self.layout(), out)
        return out.getvalue()

    def dump(self) -> str:
        """Size and digest, then all that is not zero, under what begins there."""
        data = self.image()
        head = f"{len(data):,} bytes, SHA-256 {hashlib.sha256(data).hexdigest()}\n"
        if self.places is None:
            return head + "\n" + data.decode("ascii").replace("\r\n", "\n")
        return head + "".join(_sections(data, dict(self.places(self.layout())), self.unit))


def _sections(data: bytes, places: Mapping[int, str], unit: int) -> Iterator[str]:
    """Every part, with the lines of 16 bytes that are not zero and not the line before."""
    starts = sorted(places)
    assert not any(data[: starts[0]].strip(b"\0")), "something stands before the first part"
    for start, end in zip(starts, [*starts[1:], len(data)], strict=True):
        assert not start % unit
        word = "byte" if unit == 1 else "sector"
        yield f"\n{word} {start // unit}: {places[start]}\n"
        before = bytes(16)
        for at in range(start, end, 16):
            row = data[at : min(at + 16, end)]
            if row != before and any(row):
                text = "".join(chr(each) if 32 <= each < 127 else "." for each in row)
                yield f"{at - start:5x}  {row.hex(' ', -8):33}  {text}".rstrip() + "\n"
            before = row


def _shown(name: str) -> str:
    """A name in ASCII."""
    return name.encode("ascii", "backslashreplace").decode()


def _contents(files: tuple[Placed, ...]) -> Places:
    """Where the files lie that have any bytes."""
    for file in files:
        if file.content.size:
            yield file.offset, f"the file {_shown('/'.join(file.path))}"


def _of_iso9660(layout: IsoLayout) -> Places:
    yield 16 * 2048, "Primary Volume Descriptor"
    if layout.joliet:
        yield 17 * 2048, "Joliet's descriptor"
    yield (18 if layout.joliet else 17) * 2048, "Volume Descriptor Set Terminator"
    yield from _of_hierarchy("primary", layout.primary)
    if layout.joliet:
        yield from _of_hierarchy("Joliet", layout.joliet)
    yield from _contents(layout.files)


def _of_hierarchy(name: str, hierarchy: Hierarchy) -> Places:
    yield hierarchy.l_path_table * 2048, f"Type L path table, {name} tree"
    yield hierarchy.m_path_table * 2048, f"Type M path table, {name} tree"
    for directory in hierarchy.directories:
        yield directory.extent * 2048, f"Directory {directory.number} of the {name} tree"


_SEQUENCE = (
    "Primary",
    "Implementation Use",
    "Partition",
    "Logical Volume",
    "Unallocated Space",
    "Terminating",
)


def _of_udf(layout: UdfLayout, recognition: int = 16) -> Places:
    for number, identifier in enumerate(("BEA01", layout.revision.nsr.decode(), "TEA01"), recognition):
        yield number * 2048, f"Volume Structure Descriptor {identifier}"
    for start, which in ((32, "main"), (layout.reserve_sequence, "reserve")):
        assert len(_SEQUENCE) <= SEQUENCE_BLOCKS
        for number, kind in enumerate(_SEQUENCE, start):
            yield number * 2048, f"{kind} Descriptor, {which} Volume Descriptor Sequence"
    yield layout.integrity_sequence * 2048, "Logical Volume Integrity Descriptor"
    yield (layout.integrity_sequence + 1) * 2048, "Terminating Descriptor"
    assert layout.integrity_sequence + INTEGRITY_BLOCKS <= 256
    yield 256 * 2048, "Anchor Volume Descriptor Pointer"
    trees = [(0, "")]
    if meta := layout.metadata:
        yield (layout.partition + meta.mirror_entry) * 2048, "Extended File Entry of the Metadata Mirror File"
        yield (layout.partition + meta.main_entry) * 2048, "Extended File Entry of the Metadata File"
        trees = [(meta.mirror, ", Metadata Mirror File"), (meta.main, ", Metadata File")]
    for tree, which in trees:
        yield from _of_tree(layout, layout.partition + tree, which)
    yield from _contents(layout.files)
    yield layout.last * 2048, "Anchor Volume Descriptor Pointer"


def _of_tree(layout: UdfLayout, start: int, which: str) -> Places:
    yield start * 2048, f"File Set Descriptor{which}"
    yield (start + 1) * 2048, f"Terminating Descriptor{which}"
    entries = [*(f"directory {n}" for n, _ in enumerate(layout.directories))]
    entries += ["/".join(file.path) for file in layout.files]
    for number, name in enumerate(entries, start + ENTRIES):
        yield number * 2048, f"entry of {_shown(name)}{which}"
    for number, directory in enumerate(layout.directories):
        yield (start + directory.block) * 2048, f"data of directory {number}{which}"


def _of_bridge(layout: bridge.BridgeLayout) -> Places:
    iso = dict(_of_iso9660(layout.iso))
    udf = dict(_of_udf(layout.udf, 19 if layout.iso.joliet else 18))
    yield from (iso | udf).items()


def _of_fat(layout: FatLayout) -> Places:
    geometry = layout.geometry
    start = layout.start * geometry.sector
    if layout.partitioned:
        yield 0, "Master Boot Record"
    yield start, "boot sector"
    if geometry.width == 32:
        for sector, name in {1: "FSInfo", 6: "backup boot sector", 7: "backup FSInfo"}.items():
            yield start + sector * geometry.sector, name
    for number in range(geometry.fats):
        yield start + (geometry.reserved + number * geometry.fat) * geometry.sector, f"FAT {number + 1}"
    for directory in layout.directories:
        at = geometry.offset(directory.cluster) if directory.cluster else geometry.root * geometry.sector
        yield start + at, f"directory /{'/'.join(directory.path)}, {directory.size // ENTRY} entries"
    yield from _contents(layout.files)


def _of_zip(layout: ZipLayout) -> Places:
    for entry in layout.entries:
        yield (
            entry.header,
            f"local header of {_shown(entry.name.decode())}",
        )
    yield from _contents(layout.files)
    at = layout.directory
    for entry in layout.entries:
        yield at, "central header"
        at += 46 + len(entry.name)
    yield at, "End of central directory record"


def _udf(revision: str) -> Golden:
    return Golden(udf, LONG, replace(udfs.PARAMETERS, udf=revision), _of_udf, 2048)


def _fat(width: int, partitioned: bool) -> Golden:
    parameters = replace(fats.PARAMETERS, fat=(width,), partitioned=partitioned)
    return Golden(fat, LONG, parameters, _of_fat, 512)


GOLDEN = {
    "iso9660": Golden(iso9660, SHORT, isos.PARAMETERS, _of_iso9660, 2048),
    "iso9660-long": Golden(iso9660, LONG, isos.PARAMETERS, _of_iso9660, 2048),
    "udf-1.02": _udf("1.02"),
    "udf-2.60": _udf("2.60"),
    "bridge": Golden(bridge, LONG, udfs.PARAMETERS, _of_bridge, 2048),
    "fat12": _fat(12, partitioned=False),
    "fat16": _fat(16, partitioned=False),
    "fat16-partitioned": _fat(16, partitioned=True),
    "fat32-partitioned": _fat(32, partitioned=True),
    "zip": Golden(zip_format, LONG, zips.PARAMETERS, _of_zip),
    "mime": Golden(mime, SHORT, zips.PARAMETERS, None),
    "mail": Golden(mail, SHORT, zips.PARAMETERS, None),
}
"""The images by the names of their dumps."""


if __name__ == "__main__":
    for name, golden in GOLDEN.items():
        (FOLDER / f"{name}.txt").write_text(golden.dump(), encoding="ascii", newline="\n")
