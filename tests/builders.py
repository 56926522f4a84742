"""Small valid DICOM files and File-sets for tests, made in memory, to be broken on purpose."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID, uuid5

from mediakit.dicomdir import encode_dicomdir
from mediakit.dicomfile import HeaderReader
from mediakit.dicomfile.encode import encode_dataset, encode_file, encode_items, file_meta
from mediakit.dictionary import tag_of, vr_of
from mediakit.directory import build_directory, order
from mediakit.model import Attributes, BytesContent, Element, Instance
from mediakit.profile.load import profile
from mediakit.profile.records import load_records
from mediakit.profile.wanted import wanted_by_all
from mediakit.staging import stage

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
FILE_SET_UID = "2.25.42"
FILE_SET_ID = "TEST1"


def uid(name: str) -> str:
    """A UID that depends on the name alone."""
    return f"2.25.{uuid5(UUID(int=1), name).int}"


def element(keyword: str, value: object) -> Element:
    """An element from a Python value: text, number, bytes, or a list of item mappings."""
    tag = tag_of(keyword)
    vr = vr_of(tag).split(" ")[0]
    if isinstance(value, bytes):
        data = value
    elif isinstance(value, list):
        data = encode_items(Attributes.of(element(k, v) for k, v in item.items()) for item in value)
    elif vr in ("US", "UL"):
        data = struct.pack("<H" if vr == "US" else "<I", value)
    else:
        data = str(value).encode("ascii")
    if len(data) % 2:
        data += b"\0" if vr in ("UI", "OB") else b" "
    return Element(tag, vr, data)


CT_VALUES: Mapping[str, object] = {
    "ImageType": "ORIGINAL\\PRIMARY\\AXIAL",
    "SOPClassUID": CT,
    "StudyDate": "20240501",
    "StudyTime": "101500",
    "AccessionNumber": "ACC1",
    "Modality": "CT",
    "StudyDescription": "Thorax",
    "SeriesDescription": "AX 5.0",
    "PatientName": "Test^Ada",
    "PatientID": "P1",
    "PatientBirthDate": "19700101",
    "PatientSex": "F",
    "StudyInstanceUID": uid("study"),
    "SeriesInstanceUID": uid("series"),
    "StudyID": "S1",
    "SeriesNumber": "1",
    "SamplesPerPixel": 1,
    "PhotometricInterpretation": "MONOCHROME2",
    "Rows": 4,
    "Columns": 4,
    "BitsAllocated": 16,
    "BitsStored": 12,
    "HighBit": 11,
    "PixelRepresentation": 0,
    "PixelData": bytes(range(32)),
}


def dataset(number: int = 1, **changes: object) -> bytes:
    """A CT data set; a change of None removes the element."""
    values = {**CT_VALUES, "SOPInstanceUID": uid(f"ct {number}"), "InstanceNumber": number, **changes}
    return encode_dataset(Attributes.of(element(k, v) for k, v in values.items() if v is not None))


def ct(number: int = 1, *, transfer_syntax: str = EXPLICIT, **changes: object) -> bytes:
    """A complete CT file in the DICOM File Format."""
    meta = file_meta(
        str(changes.get("SOPClassUID", CT)),
        str(changes.get("SOPInstanceUID", uid(f"ct {number}"))),
        transfer_syntax,
    )
    return encode_file(meta, dataset(number, **changes))


def instance(data: bytes, origin: str = "source") -> Instance:
    """What our reader makes of the bytes."""
    return HeaderReader(wanted_by_all()).read(BytesContent(data), origin)


@dataclass(frozen=True)
class FileSetFolder:
    """A File-set in a folder: the bytes by path, DICOMDIR among them."""

    files: Mapping[str, bytes]

    def write(self, folder: Path) -> Path:
        """Write the files below the folder."""
        for name, data in self.files.items():
            path = folder.joinpath(*name.split("/"))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return folder

    def but(self, **changes: bytes | None) -> FileSetFolder:
        """With files replaced or, by None, removed; __ stands for the slash."""
        files = {**self.files, **{name.replace("__", "/"): data for name, data in changes.items()}}
        return replace(self, files={name: data for name, data in files.items() if data is not None})


def file_set(datas: Sequence[bytes] = (ct(1), ct(2))) -> FileSetFolder:
    """A conforming File-set of the given files, under generated File IDs."""
    table = load_records()
    members = stage(order([instance(data, f"source {n}") for n, data in enumerate(datas)], table))
    directory = build_directory(members, table, profile("STD-GEN-CD").keys)
    files = {"DICOMDIR": encode_dicomdir(directory.records, FILE_SET_ID, FILE_SET_UID)}
    for member in members:
        with member.content.open() as stream:
            files["/".join(member.file_id.components)] = stream.read()
    return FileSetFolder(files)
