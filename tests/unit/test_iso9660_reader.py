from __future__ import annotations

import io
import time
from dataclasses import dataclass
from typing import BinaryIO

import pytest

from mediakit.formats import iso9660
from mediakit.formats.iso9660.structs import DirectoryRecord, PathTableRecord
from mediakit.formats.iso9660.volume import path_name
from mediakit.formats.tree import Evidence, StoredFile
from mediakit.model import Anomaly, BytesContent, SliceContent
from tests.faults import Faults, FaultyContent
from tests.iso9660 import FILES, PVD, both32, contents, image, patched, record, view, volume

VALID = image()


def kinds(data: bytes) -> list[str]:
    return [anomaly.kind for anomaly in view(data).anomalies]


def test_detect_looks_for_the_standard_identifier() -> None:
    assert iso9660.detect(BytesContent(VALID)) == Evidence("iso9660", "CD001 in sector 16")
    assert iso9660.detect(BytesContent(b"")) is None
    assert iso9660.detect(BytesContent(VALID[: PVD + 5])) is None
    assert iso9660.detect(BytesContent(patched(VALID, (PVD + 1, b"BEA01")))) is None


def test_files_come_in_the_order_of_their_data_with_their_bytes() -> None:
    seen = view(VALID)
    assert list(contents(seen).items()) == list(FILES.items())
    assert seen.files[0] == StoredFile(("README.TXT",), SliceContent(BytesContent(VALID), 24 * 2048, 10), 10)
    assert seen.anomalies == ()
    assert seen.size == len(VALID)


def test_facts_hold_records_descriptors_and_path_tables() -> None:
    facts = volume(VALID)
    assert (facts.image_size, facts.volume_size, facts.block_size) == (len(VALID), len(VALID), 2048)
    assert [(each.sector, each.type, each.what) for each in facts.descriptors] == [
        (16, 1, "primary"), (17, 255, "terminator"),
    ]  # fmt: skip
    assert [each.name for each in facts.records] == [
        "DICOM", "DICOMDIR", "README.TXT", "DICOM/PA000001", "DICOM/PA000002",
        "DICOM/PA000001/IM000001", "DICOM/PA000001/IM000002", "DICOM/PA000002/IM000001",
    ]  # fmt: skip
    dicomdir = record(VALID, "DICOMDIR")
    assert dicomdir.offset == 20 * 2048 + 34 + 34 + 38
    assert dicomdir.record.file_identifier == b"DICOMDIR.;1"
    assert facts.l_path_table == facts.m_path_table
    assert facts.l_path_table is not None
    assert [(each.location_of_extent, each.parent_directory_number) for each in facts.l_path_table] == [
        (20, 1), (21, 1), (22, 2), (23, 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("identifier", "name"),
    [
        (b"IM000001.;1", "IM000001"),
        (b"README.TXT;1", "README.TXT"),
        (b"IM000001;1", "IM000001"),
        (b"IM000001.", "IM000001"),
        (b"IM000001", "IM000001"),
        (b"A.;32767", "A"),
        (b"A.;1.;1", "A.;1"),
        (b"a b.;1", "a b"),
        (b"..", "\\x2e\\x2e"),
        (b"...;1", "\\x2e\\x2e\\x2e;1"),
        (b".;1", "\\x2e;1"),
        (b"A/B.;1", "A\\x2fB"),
        (b"A\\B", "A\\x5cB"),
        (b"\x1b[2J", "\\x1b[2J"),
        (b"\xe4\0", "\\xe4\\x00"),
    ],
)
def test_names_are_safe_to_show_and_to_join(identifier: bytes, name: str) -> None:
    assert path_name(identifier) == name


def test_a_directory_that_is_its_own_child_is_read_once() -> None:
    inside = record(VALID, "DICOM/PA000001")
    broken = patched(VALID, (inside.offset + 2, both32(20)))
    assert view(broken).anomalies == (
        Anomaly("cycle", "DICOM/PA000001: its directory was read before", inside.offset),
    )
    assert list(contents(view(broken))) == ["README.TXT", "DICOMDIR", "DICOM/PA000002/IM000001"]


def test_a_file_outside_the_image_has_no_content() -> None:
    broken = patched(VALID, (record(VALID, "DICOMDIR").offset + 2, both32(5000)))
    assert contents(view(broken))["DICOMDIR"] is None
    assert kinds(broken) == ["extent-outside"]


@pytest.mark.parametrize("length", [0xFFFFFFFF, len(VALID)])
def test_a_file_with_an_absurd_length_has_no_content(length: int) -> None:
    broken = patched(VALID, (record(VALID, "DICOMDIR").offset + 10, both32(length)))
    assert contents(view(broken))["DICOMDIR"] is None
    assert kinds(broken) == ["extent-outside"]


def test_a_directory_with_an_absurd_length_ends_where_another_begins() -> None:
    broken = patched(VALID, (PVD + 156 + 10, both32(0xFFFFFFFF)))
    assert contents(view(broken)) == FILES
    assert kinds(broken) == ["extent-outside", "directory"]


def test_numbers_that_differ_are_noted_and_the_possible_one_is_taken() -> None:
    at = record(VALID, "DICOMDIR").offset
    broken = patched(VALID, (at + 2, b"\xff\xff\xff\xff"), (at + 10, b"\xff\xff\xff\xff"))
    assert contents(view(broken)) == FILES
    assert [(odd.kind, odd.path, odd.detail) for odd in volume(broken).oddities] == [
        ("both-endian", ("DICOMDIR",), "Location of Extent"),
        ("both-endian", ("DICOMDIR",), "Data Length"),
    ]


def test_a_broken_record_costs_the_rest_of_its_sector_only() -> None:
    files = {f"IM{n:06}": b"%d" % n for n in range(100)}
    valid = image(files)
    broken = patched(valid, (record(valid, "IM000010").offset, b"\x21"))
    assert kinds(broken) == ["record"]
    # 45 records and the first two fill a sector; the next ones begin the next sector.
    expected = [name for n, name in enumerate(files) if n < 10 or n >= 45]
    assert list(contents(view(broken))) == expected


def test_zeros_between_the_records_of_a_directory_are_noted() -> None:
    """A program that copies a scratched disc writes zeros for a sector that it cannot read."""
    valid = image({f"IM{n:06}": b"%d" % n for n in range(100)})
    broken = patched(valid, (21 * 2048, bytes(2048)))
    assert view(broken).anomalies == (
        Anomaly("record", "nothing is recorded here, between sectors with records", 21 * 2048),
    )
    padded = patched(VALID, (PVD + 156 + 10, both32(3 * 2048)), (20 * 2048 + 10, both32(3 * 2048)))
    empty = patched(padded, (21 * 2048, bytes(2 * 2048)))
    assert "record" not in kinds(empty), "some systems leave empty sectors at the end"


@pytest.mark.parametrize("identifier_length", [0, 200, 255])
def test_an_identifier_that_does_not_end_in_its_record(identifier_length: int) -> None:
    broken = patched(VALID, (record(VALID, "DICOMDIR").offset + 32, bytes([identifier_length])))
    assert kinds(broken) == ["record"]
    assert "README.TXT" not in contents(view(broken))


def test_file_data_taken_for_a_directory_is_noted() -> None:
    broken = patched(VALID, (record(VALID, "DICOM/PA000001").offset + 2, both32(27)))
    assert kinds(broken) == ["record"]


def test_a_directory_that_lost_its_first_record_is_still_read() -> None:
    broken = patched(VALID, (22 * 2048 + 33, b"X"))
    assert FILES.items() <= contents(view(broken)).items()
    assert kinds(broken) == ["directory", "cycle"]  # it is now its own child X


def test_a_directory_of_zeros_is_noted() -> None:
    broken = patched(VALID, (22 * 2048, bytes(2048)))
    assert kinds(broken) == ["directory"]


def test_a_name_that_occurs_twice_is_kept_once() -> None:
    at = record(VALID, "DICOM/PA000001/IM000002").offset
    broken = patched(VALID, (at + 33, b"IM000001"))
    assert contents(view(broken))["DICOM/PA000001/IM000001"] == b"1" * 2048
    assert kinds(broken) == ["duplicate"]


def test_sections_that_follow_each_other_are_one_file() -> None:
    valid = image({"A": b"1" * 4096, "B": b"2" * 100})
    joined = patched(
        valid,
        (record(valid, "A").offset + 25, b"\x80"),
        (record(valid, "B").offset + 33, b"A"),
    )
    assert contents(view(joined)) == {"A": b"1" * 4096 + b"2" * 100}
    assert kinds(joined) == []


def test_sections_that_are_scattered_are_not_read() -> None:
    valid = image({"A": b"1" * 4000, "B": b"2" * 100})
    broken = patched(
        valid,
        (record(valid, "A").offset + 25, b"\x80"),
        (record(valid, "B").offset + 33, b"A"),
    )
    assert contents(view(broken)) == {"A": None}
    assert kinds(broken) == ["scattered"]


def test_interleaved_files_are_not_read() -> None:
    broken = patched(VALID, (record(VALID, "DICOMDIR").offset + 26, b"\x01\x01"))
    assert contents(view(broken))["DICOMDIR"] is None
    assert kinds(broken) == ["interleaved"]


def test_an_extended_attribute_record_is_skipped() -> None:
    at = record(VALID, "DICOM/PA000001/IM000002").offset
    moved = patched(VALID, (at + 1, b"\x01"), (at + 2, both32(27)))
    assert contents(view(moved)) == FILES


def test_associated_files_are_records_but_not_files() -> None:
    broken = patched(VALID, (record(VALID, "DICOMDIR").offset + 25, b"\x04"))
    assert "DICOMDIR" not in contents(view(broken))
    assert record(broken, "DICOMDIR")


@pytest.mark.parametrize("block_size", [512, 1024])
def test_smaller_logical_blocks(block_size: int) -> None:
    factor = 2048 // block_size
    patches = [(PVD + 128, block_size.to_bytes(2, "little") + block_size.to_bytes(2, "big"))]
    facts = volume(VALID)
    patches.append((PVD + 80, both32(len(VALID) // block_size)))
    patches.append((PVD + 156 + 2, both32(20 * factor)))
    patches += [
        (each.offset + 2, both32(each.record.location_of_extent.lsb * factor)) for each in facts.records
    ]
    for offset, order in ((140, "little"), (148, "big")):
        at = PVD + offset
        patches.append((at, (int.from_bytes(VALID[at : at + 4], order) * factor).to_bytes(4, order)))
    seen = view(patched(VALID, *patches))
    assert contents(seen) == FILES
    assert seen.anomalies == ()


def test_a_block_size_that_is_none() -> None:
    broken = patched(VALID, (PVD + 128, b"\0\0\0\0"))
    assert contents(view(broken)) == FILES
    assert kinds(broken) == ["block-size"]


def test_no_primary_volume_descriptor() -> None:
    broken = patched(VALID, (PVD, b"\x02"))
    assert contents(view(broken)) == FILES, "found from the root directory, which is its own parent"
    assert kinds(broken) == ["descriptors"]
    assert volume(broken).pvd is None
    root = broken.index(b"\x22\0", PVD + 2 * 2048) // 2048 * 2048
    assert view(patched(broken, (root + 33, b"\1"))).files == ()


def test_no_terminator() -> None:
    broken = patched(VALID, (PVD + 2048, bytes(7)))
    assert contents(view(broken)) == FILES
    assert kinds(broken) == ["descriptors"]


def test_other_descriptors_are_noted() -> None:
    joliet = b"\x02CD001\x01".ljust(88, b"\0") + b"%/E"
    sectors = [
        b"\0CD001\x01",
        joliet,
        b"\x02CD001\x02",
        b"\xffCD001\x01",
        b"\0BEA01\x01",
        b"\0NSR02\x01",
        b"\0TEA01\x01",
    ]
    data = VALID[: PVD + 2048] + b"".join(sector.ljust(2048, b"\0") for sector in sectors)
    assert [each.what for each in volume(data).descriptors] == [
        "primary", "boot", "Joliet", "supplementary", "terminator", "UDF", "UDF", "UDF",
    ]  # fmt: skip


@pytest.mark.parametrize("size", [PVD + 6, PVD + 2048, 20 * 2048, 21 * 2048 + 50, 28 * 2048, len(VALID) - 1])
def test_a_truncated_image_gives_what_is_there(size: int) -> None:
    seen = contents(view(VALID[:size]))
    assert {name: data for name, data in seen.items() if data is not None} == {
        name: data for name, data in FILES.items() if name in seen and VALID.index(data) + len(data) <= size
    }
    assert {"truncated", "descriptors"} & set(kinds(VALID[:size]))


def test_the_offset_of_a_path_table_that_is_not_there() -> None:
    broken = patched(VALID, (PVD + 140, b"\xff\xff\xff\xff"), (PVD + 148, bytes(4)))
    assert (volume(broken).l_path_table, volume(broken).m_path_table) == (None, None)


@dataclass(frozen=True, slots=True)
class Scratched:
    """An image of which one sector cannot be read."""

    data: bytes
    sector: int

    @property
    def size(self) -> int:
        return len(self.data)

    def open(self) -> BinaryIO:
        sector = self.sector

        class Stream(io.BytesIO):
            def read(self, size: int | None = -1, /) -> bytes:
                if sector * 2048 <= self.tell() < sector * 2048 + 2048:
                    raise OSError(5, "Input/output error")
                return super().read(size)

        return Stream(self.data)


def test_a_sector_that_cannot_be_read_costs_its_records_only() -> None:
    files = {f"IM{n:06}": b"%d" % n for n in range(100)}
    seen = iso9660.open(Scratched(image(files), 21))
    assert seen.anomalies == (Anomaly("unreadable", "Input/output error", 21 * 2048),)
    assert [file.path[0] for file in seen.files] == [
        name for n, name in enumerate(files) if n < 45 or n >= 91
    ]


@pytest.mark.parametrize("sector", range(16, 24))
def test_whatever_sector_cannot_be_read_there_is_a_view(sector: int) -> None:
    seen = iso9660.open(Scratched(VALID, sector))
    assert "unreadable" in {anomaly.kind for anomaly in seen.anomalies}


def path_table(data: bytes, *records: PathTableRecord) -> bytes:
    """The image with the path table of type L behind its end, and none of type M."""
    table = b"".join(each.pack("<") for each in records)
    place = (len(data) // 2048).to_bytes(4, "little")
    changed = patched(data, (PVD + 132, both32(len(table))), (PVD + 140, place), (PVD + 148, bytes(4)))
    return changed + table + bytes(-len(table) % 2048)


ROOT = PathTableRecord(0, 20, 1, b"\0")


@pytest.mark.parametrize("parent", [0, 3, 65535])
def test_a_path_table_with_a_parent_that_is_none(parent: int) -> None:
    """The root cannot be read; the path table knows its directories, one of them by a wrong parent."""
    table = (
        ROOT,
        PathTableRecord(0, 21, 1, b"DICOM"),
        PathTableRecord(0, 22, parent, b"PA000001"),
        PathTableRecord(0, 23, 2, b"PA000002"),
    )
    seen = iso9660.open(Scratched(path_table(VALID, *table), 20))
    assert [each.kind for each in seen.anomalies] == ["unreadable", "record"]
    assert {"/".join(file.path) for file in seen.files} == {name for name in FILES if "DICOM/" in name}
    assert "parent" in seen.anomalies[1].detail


def test_a_path_table_as_a_chain_is_followed_to_a_limit() -> None:
    chain = [PathTableRecord(0, 22, number, b"D") for number in range(1, 3000)]
    seen = iso9660.open(Scratched(path_table(VALID, ROOT, *chain), 20))
    assert [each.kind for each in seen.anomalies if each.kind != "cycle"] == ["unreadable", "too-deep"]


def test_the_time_for_directories_of_a_path_table_does_not_grow_with_their_square() -> None:
    def seconds(count: int) -> float:
        valid = image({f"D{n:06}/F": b"" for n in range(count)})
        root = volume(valid).records[0].offset // 2048 * 2048
        size = int.from_bytes(valid[PVD + 166 : PVD + 170], "little")
        content = FaultyContent(BytesContent(valid), Faults(bad=range(root, root + size)))
        start = time.process_time()
        assert len(iso9660.open(content).files) == count
        return time.process_time() - start

    assert seconds(8000) < 8 * seconds(2000)


def test_directories_that_overlap_are_not_read_over_and_over() -> None:
    # 400 directories, each beginning one sector later and reaching to the end of the image.
    names = [f"D{n:06}" for n in range(400)]
    valid = image({f"{name}/F": b"" for name in names})
    patches = [
        (record.offset + 10, both32(len(valid))) for record in volume(valid).records if record.is_directory
    ]
    start = time.perf_counter()
    seen = view(patched(valid, *patches))
    assert time.perf_counter() - start < 2
    assert {"extent-outside", "limit"} <= {anomaly.kind for anomaly in seen.anomalies}


def test_a_chain_of_directories_is_followed_to_a_limit() -> None:
    def directory(extent: int) -> bytes:
        def row(identifier: bytes, at: int) -> bytes:
            return DirectoryRecord.pack(identifier, location_of_extent=at, data_length=2048, file_flags=2)

        return (row(b"\0", extent) + row(b"\1", extent - 1) + row(b"D", extent + 1)).ljust(2048, b"\0")

    data = VALID[: 20 * 2048] + b"".join(directory(extent) for extent in range(20, 5020)) + bytes(2048)
    seen = view(data)
    assert [anomaly.kind for anomaly in seen.anomalies] == ["too-deep"]
    assert len(volume(data).records) == 17


def test_the_number_of_oddities_is_bounded() -> None:
    data = bytearray(VALID[: 20 * 2048] + b"\x01" * 2048 * 12_000)
    data[PVD + 156 + 10 : PVD + 156 + 18] = both32(2048 * 12_000)
    data[PVD + 80 : PVD + 88] = both32(len(data) // 2048)
    found = volume(bytes(data)).oddities
    assert len(found) == 10_001
    assert found[-1].kind == "limit"
