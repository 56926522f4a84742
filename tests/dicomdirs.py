"""DICOMDIRs made record by record, sound or broken on purpose, without our own writer."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mediakit.dicomdir import DirectoryView, read_dicomdir
from mediakit.dicomfile import encode_element, encode_file, file_meta
from mediakit.model import BytesContent, Element
from tests.builders import CT, EXPLICIT, element, uid

DIRECTORY_CLASS = "1.2.840.10008.1.3.10"
FILE_SET_UID = "2.25.42"


@dataclass(frozen=True)
class Raw:
    """A link with that very value, wherever it leads; None leaves the element away."""

    value: int | None


Link = int | Raw | None
"""The number of the record that is meant, a raw value, or None for 0."""


@dataclass(frozen=True)
class Rec:
    """One record; `keys` are all elements but type, flag and links, `item` is how its item ends."""

    type: str | None
    keys: tuple[Element, ...] = ()
    next: Link = None
    lower: Link = None
    in_use: int | None = 0xFFFF
    length: int | None = 0
    """What is added to the length of the item; None makes it undefined, with a delimiter."""
    mixed: bool = False
    """Whether the keys come last first."""

    def but(self, **changes: object) -> Rec:
        """With keys replaced, added, or removed by None; words that are fields replace these."""
        fields = {name: value for name, value in changes.items() if name in Rec.__dataclass_fields__}
        values = {name: value for name, value in changes.items() if name not in fields}
        new = {e.tag: e for e in (element(k, v) for k, v in values.items() if v is not None)}
        gone = {element(k, b"").tag for k, v in values.items() if v is None} | set(new)
        keys = [key for key in self.keys if key.tag not in gone] + list(new.values())
        return replace(self, keys=tuple(sorted(keys)), **fields)


def keys(**values: object) -> tuple[Element, ...]:
    """Elements by keyword, in tag order."""
    return tuple(sorted(element(keyword, value) for keyword, value in values.items()))


def image(number: int, **links: Link) -> Rec:
    """A complete IMAGE record."""
    return Rec(
        "IMAGE",
        keys(
            ReferencedFileID=f"DICOM\\IM{number:06d}",
            ReferencedSOPClassUIDInFile=CT,
            ReferencedSOPInstanceUIDInFile=uid(f"ct {number}"),
            ReferencedTransferSyntaxUIDInFile=EXPLICIT,
            InstanceNumber=number,
        ),
        **links,
    )


PATIENT = Rec("PATIENT", keys(PatientName="Test^Ada", PatientID="P1"), lower=1)
STUDY = Rec(
    "STUDY",
    keys(
        StudyDate="20240501", StudyTime="101500", StudyDescription="Thorax", StudyInstanceUID=uid("study"),
        StudyID="S1", AccessionNumber="A1",
    ),
    lower=2,
)  # fmt: skip
SERIES = Rec("SERIES", keys(Modality="CT", SeriesInstanceUID=uid("series"), SeriesNumber="1"), lower=3)


def sound() -> list[Rec]:
    """One patient, study and series with two images: nothing is wrong with it."""
    return [PATIENT, STUDY, SERIES, image(1, next=4), image(2)]


def _links(record: Rec, offsets: Sequence[int]) -> list[Element]:
    found = []
    for tag, link in ((0x00041400, record.next), (0x00041420, record.lower)):
        value = link.value if isinstance(link, Raw) else 0 if link is None else offsets[link]
        if value is not None:
            found.append(Element(tag, "UL", struct.pack("<I", value)))
    return found


def _item(record: Rec, offsets: Sequence[int]) -> bytes:
    elements = [*_links(record, offsets), *record.keys]
    if record.in_use is not None:
        elements.append(Element(0x00041410, "US", struct.pack("<H", record.in_use)))
    if record.type is not None:
        elements.append(Element(0x00041430, "CS", record.type.encode()))
    elements.sort(reverse=record.mixed)
    body = b"".join(encode_element(*each) for each in elements)
    if record.length is None:
        return struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF) + body + struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(body) + record.length) + body


def craft(
    records: Sequence[Rec],
    *,
    first: Link = 0,
    last: Link = 0,
    meta: bytes | None = None,
    top: Mapping[int, Element | None] | None = None,
    undefined: bool = False,
    extra: int = 0,
) -> bytes:
    """The file. `top` replaces or, by None, removes elements of the data set outside the records.

    `undefined` gives the sequence an undefined length, `extra` is added to a defined one.
    """
    meta = file_meta(DIRECTORY_CLASS, FILE_SET_UID) if meta is None else meta
    offsets = [0] * len(records)
    for _ in range(2):  # lengths do not depend on offsets, so the second time they are right
        ends = first if records else None, last if records else None
        values = [
            link.value if isinstance(link, Raw) else 0 if link is None else offsets[link] for link in ends
        ]
        outside: dict[int, Element | None] = {
            0x00041130: Element(0x00041130, "CS", b"TEST1"),
            0x00041200: Element(0x00041200, "UL", struct.pack("<I", values[0] or 0)),
            0x00041202: Element(0x00041202, "UL", struct.pack("<I", values[1] or 0)),
            0x00041212: Element(0x00041212, "US", b"\0\0"),
            **(top or {}),
        }
        with_sequence = outside.pop(0x00041220, True) is not None
        before = [each for tag, each in sorted(outside.items()) if each and tag < 0x00041220]
        after = [each for tag, each in sorted(outside.items()) if each and tag > 0x00041220]
        head = encode_file(meta, b"".join(encode_element(*each) for each in before))
        items = [_item(record, offsets) for record in records]
        at = len(head) + 12
        for n, item in enumerate(items):
            offsets[n] = at
            at += len(item)
    body = b"".join(items)
    length = 0xFFFFFFFF if undefined else len(body) + extra
    sequence = struct.pack("<HH2s2xI", 0x0004, 0x1220, b"SQ", length) + body
    if undefined:
        sequence += struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    tail = b"".join(encode_element(*each) for each in after)
    return head + (sequence if with_sequence else b"") + tail


def read(data: bytes) -> DirectoryView:
    """What our reader makes of the bytes."""
    return read_dicomdir(BytesContent(data))
