"""Whole files, files side by side, and what else is on a medium: FILE-030 and up, RISK, PDI."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

from mediakit import verify
from mediakit.dicomfile.encode import encode_element
from mediakit.formats import read_medium
from mediakit.model import Anomaly, Instance
from mediakit.profile.wanted import wanted_by_all
from mediakit.read import read_file_set
from mediakit.report import Finding
from mediakit.rules import judge
from mediakit.whole import WholeFile
from tests.builders import FileSetFolder, ct, file_set, instance, uid
from tests.profile_sets.streams import frame

from . import Recipe
from .file_set import CASES, IM1, IM2

RLE = "1.2.840.10008.1.2.5"
BASELINE = "1.2.840.10008.1.2.4.50"
RETIRED_ULTRASOUND = "1.2.840.10008.5.1.4.1.1.6"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF"
ZIP = b"PK\3\4\x14\0\0\0\0\0" + bytes(20)
FRAME = struct.pack("<16I", 2, 64, 82, *bytes(13)) + 2 * (b"\x0f" + bytes(16) + b"\0")
"""A frame of 4 x 4 pixels of 16 bits in RLE (PS3.5 G)."""


LOCKED = ZIP[:6] + b"\1" + ZIP[7:]
DATABASE = b"SQLite format 3\0\1"
CMS = bytes.fromhex("308006092a864886f70d010703a080") + bytes(64)


def compressed(*fragments: bytes, syntax: str = RLE, **changes: object) -> bytes:
    """A file whose Pixel Data are these fragments, without an offset table."""
    empty = encode_element(0x7FE00010, "OB", b"")
    head = ct(transfer_syntax=syntax, PixelData=b"", **changes).removesuffix(empty)
    items = (struct.pack("<HHI", 0xFFFE, 0xE000, len(each)) + each for each in (b"", *fragments))
    start = struct.pack("<HH2s2xI", 0x7FE0, 0x0010, b"OB", 0xFFFFFFFF)
    return head + start + b"".join(items) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)


def _whole(data: bytes, where: Path) -> Iterable[Finding]:
    """What is found in a file that is read to its end."""
    (where / "IM000001").write_bytes(data)
    view = read_file_set(read_medium(where), wanted_by_all(), whole=True)
    found = [file.instance for file in view.instances() if file.instance]
    return chain(*(judge(each) for each in found), *(judge(WholeFile(each)) for each in found))


def _judged(one: Instance, _: Path) -> Iterable[Finding]:
    return judge(WholeFile(one))


def _verified(folder: FileSetFolder, where: Path) -> Iterable[Finding]:
    return verify(folder.write(where), profile="STD-GEN-CD").findings


def _headers(folder: FileSetFolder, where: Path) -> Iterable[Finding]:
    """What is found in the File-set as such, whatever profile it would be held against."""
    return judge(read_file_set(read_medium(folder.write(where)), wanted_by_all()))


def _with(**files: bytes) -> FileSetFolder:
    """The sound File-set with further files; __ stands for a slash, _DOT_ for a dot."""
    return file_set().but(**{name.replace("_DOT_", "."): data for name, data in files.items()})


def _broken_sequence() -> bytes:
    """A sequence whose one item is longer than the sequence."""
    return ct(ReferencedImageSequence=struct.pack("<HHI", 0xFFFE, 0xE000, 200) + bytes(8))


def _given_up() -> Instance:
    """What the reader says of a file that the medium does not give to its end."""
    failed = Anomaly("medium-error", "bytes 200 to 300: Input/output error", 200)
    return replace(instance(ct()), anomalies=(failed,))


def lossy() -> bytes:
    """An image in a transfer syntax that loses something."""
    size = {"Rows": 16, "Columns": 16, "BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}
    return compressed(frame("grey8.4.50"), syntax=BASELINE, **size)


def private_class() -> FileSetFolder:
    """Images of a SOP class that the standard does not define."""
    return CASES["XREF-007"][0]()


def wrong_links() -> FileSetFolder:
    """A page with a link in lower case to a file in upper case."""
    return _pdi(IHE_PDI__B_DOT_HTM=b'<html><a href="../ihe_pdi/a.htm">')


def anonymous() -> FileSetFolder:
    """The images have lost the name that the directory still has."""
    return file_set().but(**{IM1: ct(1, PatientName=""), IM2: ct(2, PatientName="")})


def _two_studies() -> FileSetFolder:
    """The series has an image of another study."""
    return file_set().but(**{IM2: ct(2, StudyInstanceUID=uid("other"))})


def _pdi(**files: bytes) -> FileSetFolder:
    return _with(README_DOT_TXT=b"Read me", INDEX_DOT_HTM=b"<html>", IHE_PDI__A_DOT_HTM=b"<html>", **files)


def recipes() -> Iterator[Recipe]:
    """The recipes of these rules."""
    yield from _files()
    yield from _side_by_side()
    yield from _on_the_medium()


def _files() -> Iterator[Recipe]:
    good = lambda: compressed(FRAME)  # noqa: E731  # as short as the others
    yield Recipe("FILE-030", lambda: compressed(FRAME + b"\0"), good, _whole)
    yield Recipe("FILE-031", lambda: compressed(FRAME, NumberOfFrames="2"), good, _whole)
    yield Recipe("FILE-034", lambda: compressed(b"\1" * 80), good, _whole)
    yield Recipe("FILE-032", lambda: ct(PixelData=bytes(40)), ct, _whole)
    yield Recipe(
        "FILE-033", _broken_sequence, ct, _whole,
        {
            "FILE-015": "the data set cannot be walked through either",
            "FILE-013": "and nobody can tell whether it is complete: not checked",
        },
    )  # fmt: skip
    yield Recipe("FSET-020", _given_up, lambda: instance(ct()), _judged)


def _side_by_side() -> Iterator[Recipe]:
    yield Recipe(
        "XREF-010", lambda: file_set().but(**{IM2: ct(1)}), file_set, _verified,
        {
            "XREF-006": "a copy holds the same instance",
            "XREF-002": "the second record names another instance",
            "KEY-040": "and holds its keys",
        },
    )  # fmt: skip
    yield Recipe(
        "XREF-011", _two_studies, file_set, _verified,
        {"XREF-005": "the record stands under the first study", "KEY-040": "whose key is another one"},
    )  # fmt: skip
    yield Recipe(
        "XREF-012", lambda: file_set().but(**{IM2: ct(2, PatientName="Other^Bob")}), file_set, _verified,
        {"KEY-040": "the name in the directory is that of one of them"},
    )  # fmt: skip
    yield Recipe(
        "FILE-035", lambda: file_set((ct(1, SOPClassUID=RETIRED_ULTRASOUND),)), file_set, _verified,
    )  # fmt: skip
    yield Recipe(
        "FILE-036",
        private_class,
        file_set,
        _verified,
        {"XREF-007": "there is no type of record for it"},
    )
    yield Recipe("FILE-040", lambda: file_set((lossy(),)), file_set, _headers)
    yield Recipe("FILE-041", lambda: file_set((ct(1, StudyInstanceUID="1.2.03"),)), file_set, _verified)
    yield Recipe(
        "RISK-007", anonymous, file_set, _verified
    )  # fmt: skip


def _on_the_medium() -> Iterator[Recipe]:
    no_directory = {
        "FSET-001": "there is no DICOMDIR either",
        "PROF-004": "and so none of its modules",
    }
    yield Recipe("FSET-021", lambda: FileSetFolder({"A/1.JPG": JPEG}), file_set, _verified, no_directory)
    yield Recipe("FSET-023", lambda: _with(DIRFILE=b"\0\0\0\1"), file_set, _verified)
    yield Recipe("RISK-003", lambda: _with(AUTORUN_DOT_INF=b"[autorun]\r\nopen=VIEWER"), file_set, _verified)
    yield Recipe("RISK-004", lambda: _with(VIEWER_DOT_EXE=b"MZ\x90\0"), file_set, _verified)
    yield Recipe("RISK-005", lambda: _with(IMAGES_DOT_ZIP=ZIP), file_set, _verified)
    yield Recipe("RISK-006", lambda: _with(VIEWER_DOT_DB=DATABASE), file_set, _verified)
    yield Recipe("PDI-001", lambda: _with(INDEX_DOT_HTM=b"<html>"), _pdi, _verified)
    yield Recipe("PDI-002", wrong_links, _pdi, _verified)
    yield Recipe(
        "PDI-003", lambda: _pdi(IHE_PDI__IM9=ct(9)), _pdi, _verified,
        {"FSET-006": "no record refers to what is hidden there"},
    )  # fmt: skip
