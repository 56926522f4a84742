"""ZIP archives: the exact bytes that are written, what is refused, and what hostile ones can do."""

from __future__ import annotations

import hashlib
import io
import struct
import time
import tracemalloc
import zipfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import pytest

from mediakit.errors import InputError
from mediakit.formats import zip as zip_format
from mediakit.formats.tree import Placed, VolumeFile, VolumeParameters, VolumeTree
from mediakit.formats.zip.layout import ZipLayout
from mediakit.formats.zip.member import ArchiveMember
from mediakit.model import BytesContent, SliceContent
from tests.iso9660 import contents, tree
from tests.zips import GOOD, OTHER, PARAMETERS, Entry, archive, by_hand, zip_facts, zip_view, zipped

SMALL = {"README.TXT": b"Read me.\r\n", "DICOM/IM1": b"12345"}


@dataclass(frozen=True)
class Sparse:
    """So many zero bytes, which nobody holds."""

    size: int

    def open(self) -> BinaryIO:
        """Not to be read in a test of the plan."""
        raise AssertionError("a plan opens nothing")


def test_the_bytes_of_a_small_archive() -> None:
    """Headers of APPNOTE 4.3, field by field; 05:06:07 on 2026-03-04 as MS-DOS writes it."""
    when = "c328" + "645c"
    little = [crc32(data).to_bytes(4, "little").hex() for data in SMALL.values()]
    first = f"504b0304 1400 0000 0000 {when} {little[0]} 0a000000 0a000000 0a00 0000"
    second = f"504b0304 1400 0000 0000 {when} {little[1]} 05000000 05000000 0900 0000"
    central = f"504b0102 1400 1400 0000 0000 {when} {little[0]} 0a000000 0a000000 0a00 0000 0000 0000 0000"
    other = f"504b0102 1400 1400 0000 0000 {when} {little[1]} 05000000 05000000 0900 0000 0000 0000 0000"
    expected = (
        bytes.fromhex(first) + b"README.TXTRead me.\r\n"
        + bytes.fromhex(second) + b"DICOM/IM112345"
        + bytes.fromhex(central) + bytes(4) + bytes(4) + b"README.TXT"
        + bytes.fromhex(other) + bytes(4) + (50).to_bytes(4, "little") + b"DICOM/IM1"
        + bytes.fromhex("504b0506 0000 0000 0200 0200 6f000000 5e000000 0000")
    )  # fmt: skip
    assert archive(SMALL) == expected


def crc32(data: bytes) -> int:
    """CRC-32 as PKWARE computes it, bit by bit: independent of the library that the writer uses."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xEDB88320 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def test_a_golden_archive() -> None:
    found = hashlib.sha256(archive()).hexdigest()
    assert found == "adfa3c6238eb18b49777b59228b941448e13088dedfd8ef89600380d73fc2a6e"


def test_stored_files_are_read_in_place_and_deflated_ones_through_inflate() -> None:
    for data, kind in ((archive(), SliceContent), (zipped({"A": b"1" * 99}), ArchiveMember)):
        assert {type(file.content) for file in zip_view(data).files} == {kind}


def test_a_name_outside_ascii_is_marked_as_utf_8() -> None:
    data = archive({"BEFUND/Übersicht.pdf": b"1"})
    assert zipfile.ZipFile(io.BytesIO(data)).namelist() == ["BEFUND/Übersicht.pdf"]
    assert list(contents(zip_view(data))) == ["BEFUND/Übersicht.pdf"]


@pytest.mark.parametrize("name", ["..", ".", "", "A\\B", "C:", "A\0B", "A*", "A\nB", 'A"'])
def test_names_that_a_system_cannot_unpack_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="a name in its path is none"):
        zip_format.plan(VolumeTree((VolumeFile(("A", name), BytesContent(b"")),)), PARAMETERS)


@pytest.mark.parametrize("paths", [["A/b", "a/B"], ["Ä", "ä"], ["X/Y", "x"]])
def test_names_that_windows_cannot_tell_apart_are_refused(paths: list[str]) -> None:
    with pytest.raises(InputError):
        zip_format.plan(tree(dict.fromkeys(paths, b"")), PARAMETERS)


@pytest.mark.parametrize("year", [1979, 2108])
def test_a_year_that_cannot_be_recorded_is_refused(year: int) -> None:
    with pytest.raises(InputError, match=f"The year {year} cannot be recorded"):
        zip_format.plan(tree({}), VolumeParameters("X", datetime(year, 1, 1, tzinfo=UTC)))


def planned(*sizes: int) -> ZipLayout:
    files = (VolumeFile((f"F{n}",), Sparse(size)) for n, size in enumerate(sizes))
    return zip_format.plan(VolumeTree(tuple(files)), PARAMETERS)


@pytest.mark.parametrize(
    ("sizes", "offsets", "size", "zip64"),
    [
        ((10, 20), [32, 74], 32 + 42 + 20 + 2 * 48 + 22, False),
        # A size of FFFFFFFFH says that ZIP64 has it, so this is the largest without.
        ((0xFFFFFFFE, 0), [32, 32 + 0xFFFFFFFE + 32], 64 + 0xFFFFFFFE + 48 + 60 + 98, True),
        ((0xFFFFFFFF,), [52], 52 + 0xFFFFFFFF + 68 + 98, True),
        # The directory begins at the last place that 32 bits can name, and one further.
        ((0xFFFFFFFE - 32,), [32], 0xFFFFFFFE + 48 + 22, False),
        ((0xFFFFFFFF - 32,), [32], 0xFFFFFFFF + 48 + 98, True),
    ],
)
def test_zip64_only_where_a_number_needs_it(
    sizes: tuple[int, ...], offsets: list[int], size: int, zip64: bool
) -> None:
    layout = planned(*sizes)
    assert [file.offset for file in layout.files] == offsets
    assert (layout.size, layout.needs_zip64) == (size, zip64)


@pytest.mark.parametrize(("count", "zip64"), [(65_534, False), (65_535, True)])
def test_many_files(count: int, zip64: bool) -> None:
    """65,535 is the number by which the end of an archive says that ZIP64 has it."""
    layout = planned(*[0] * count)
    out = io.BytesIO()
    empty = BytesContent(b"")
    entries = tuple(replace(e, placed=Placed(e.placed.path, e.placed.offset, empty)) for e in layout.entries)
    written = zip_format.write(replace(layout, entries=entries), out)
    assert (layout.needs_zip64, written.size) == (zip64, layout.size)
    assert len(zipfile.ZipFile(out).namelist()) == count
    facts = zip_facts(out.getvalue())
    assert (len(facts.files), facts.oddities) == (count, ())


def kinds(data: bytes) -> list[str]:
    return [odd.kind for odd in zip_facts(data).oddities]


def test_an_archive_without_its_directory_is_followed_by_local_headers() -> None:
    data = archive()
    cut = data[: data.index(b"PK\1\2")]
    assert kinds(cut) == ["truncated"]
    assert contents(zip_view(cut)) == contents(zip_view(data))


def test_what_follows_data_of_unknown_length_is_lost_with_the_directory() -> None:
    out = io.BytesIO()

    class Pipe(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            return out.write(data)  # type: ignore[arg-type]  # any buffer

    with zipfile.ZipFile(Pipe(), "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("A", b"1" * 1000)
        made.writestr("B", b"2" * 1000)
    data = out.getvalue()
    assert contents(zip_view(data)) == {"A": b"1" * 1000, "B": b"2" * 1000}
    assert kinds(data) == []
    assert kinds(data[: data.index(b"PK\1\2")]) == ["truncated", "outside"]


def test_a_zip_in_the_zip_is_a_file() -> None:
    assert contents(zip_view(zipped({"A.ZIP": archive()}))) == {"A.ZIP": archive()}


def test_an_iso_image_that_ends_with_an_archive_is_none() -> None:
    assert zip_format.detect(BytesContent(bytes(2048) + archive() + bytes(100))) is None
    assert zip_format.detect(BytesContent(bytes(2048) + archive())) is not None


def test_a_bomb_of_overlapping_files_is_not_inflated() -> None:
    """Each of a hundred names leads to the same compressed bytes."""
    first = Entry(b"F0", bytes(1 << 16), method=8)
    more = (replace(first, name=b"F%d" % n, offset=0) for n in range(1, 100))
    view = zip_view(by_hand(first, *more))
    assert sum(file.content is not None for file in view.files) <= 1
    assert len(view.files) == 100


def test_claims_of_four_gigabytes_cost_nothing() -> None:
    data = by_hand(*(replace(GOOD, name=b"%d" % n, method=8, size=0xFFFFFFFE) for n in range(2000)))
    tracemalloc.start()
    start = time.perf_counter()
    view = zip_view(data)
    assert time.perf_counter() - start < 5
    assert tracemalloc.get_traced_memory()[1] < 32 << 20
    tracemalloc.stop()
    assert {file.content for file in view.files} == {None}


def test_a_number_of_entries_that_nobody_has() -> None:
    assert kinds(by_hand(GOOD, OTHER, count=65_534)) == ["directory"]


def test_encrypted_entries_are_named_as_such() -> None:
    (odd,) = zip_facts(by_hand(GOOD, replace(OTHER, flags=1))).oddities
    assert (odd.kind, odd.path, odd.detail) == ("encrypted", ("IM2",), "it is encrypted")


def test_a_link_is_not_a_file() -> None:
    view = zip_view(by_hand(GOOD, replace(OTHER, attributes=0o120777 << 16)))
    assert [file.path for file in view.files] == [("IM1",)]
    assert [anomaly.kind for anomaly in view.anomalies] == ["symlink"]


def test_zip64_of_other_programs(tmp_path: Path) -> None:
    path = tmp_path / "big.zip"
    with zipfile.ZipFile(path, "w") as made, made.open("A", "w", force_zip64=True) as stream:
        stream.write(b"12345")
    assert contents(zip_view(path.read_bytes())) == {"A": b"12345"}
    data = bytearray(path.read_bytes())
    assert struct.unpack_from("<I", data, 18) == (0xFFFFFFFF,)
