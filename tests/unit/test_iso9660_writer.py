from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from datetime import UTC, datetime

from mediakit.formats import iso9660
from mediakit.formats.iso9660.structs import DirectoryRecord, PrimaryVolumeDescriptor
from tests.iso9660 import FILES, PARAMETERS, PVD, image, tree

GOLDEN = "f2604cd76198c41cc497ddbc068dd648fa6d75a99f067d4af776e3e223da2562"
"""SHA-256 of the small volume. It changes only when the bytes of every medium we write change."""


def test_golden_image() -> None:
    assert hashlib.sha256(image()).hexdigest() == GOLDEN


def test_equal_input_gives_equal_bytes_whatever_zone_the_machine_is_in() -> None:
    assert image() == image()
    other = replace(PARAMETERS, created=PARAMETERS.created.astimezone(UTC))
    assert image(parameters=other) != image()  # the zone is recorded, as the job gave it


def test_primary_volume_descriptor_field_by_field() -> None:
    pvd = PrimaryVolumeDescriptor(image()[PVD : PVD + 2048])
    date = b"2026030405060789\xf2"
    assert pvd.volume_descriptor_type == 1
    assert pvd.standard_identifier == b"CD001"
    assert pvd.volume_descriptor_version == 1
    assert pvd.system_identifier == b" " * 32
    assert pvd.volume_identifier == b"CD1".ljust(32)
    assert pvd.volume_space_size == (32, 32)
    assert pvd.volume_set_size == pvd.volume_sequence_number == (1, 1)
    assert pvd.logical_block_size == (2048, 2048)
    assert pvd.path_table_size == (56, 56)
    assert (pvd.location_of_type_l_path_table, pvd.location_of_type_m_path_table) == (18, 19)
    assert pvd.location_of_optional_type_l_path_table == pvd.location_of_optional_type_m_path_table == 0
    assert pvd.volume_set_identifier == b" " * 128
    assert pvd.publisher_identifier == b"ST_DTISCHE KLINIK, 1".ljust(128)
    assert pvd.data_preparer_identifier == b" " * 128
    assert pvd.application_identifier == b"MEDIAKIT 0.1.0".ljust(128)
    assert pvd.copyright_file_identifier == b" " * 37
    assert pvd.volume_creation_date_and_time == pvd.volume_modification_date_and_time == date
    assert pvd.volume_expiration_date_and_time == pvd.volume_effective_date_and_time == b"0" * 16 + b"\0"
    assert pvd.file_structure_version == 1
    # Unused and reserved fields (ISO 9660 8.4.4, 8.4.7, 8.4.9, 8.4.31, 8.4.32, 8.4.33)
    unused = pvd.raw[7:8] + pvd.raw[72:80] + pvd.raw[88:120] + pvd.raw[882:]
    assert unused == bytes(len(unused))
    root = DirectoryRecord(pvd.directory_record_for_root_directory)
    assert (root.length_of_directory_record, root.location_of_extent, root.data_length) == (
        34,
        (20, 20),
        (2048, 2048),
    )
    assert (root.file_flags, root.file_identifier) == (2, b"\0")


def test_system_area_terminator_and_padding_are_zeros() -> None:
    data = image()
    assert data[:PVD] == bytes(PVD)
    assert data[PVD + 2048 : PVD + 4096] == b"\xffCD001\x01" + bytes(2041)
    last = iso9660.plan(tree(FILES), PARAMETERS).files[-1]
    assert data[last.offset + last.content.size :] == bytes(2041)


def test_files_of_the_root_begin_with_the_directory_itself_and_its_parent() -> None:
    data = image()
    directory = data[20 * 2048 : 21 * 2048]
    first = DirectoryRecord(directory[:34])
    second = DirectoryRecord(directory[34:68])
    third = DirectoryRecord(directory[68:])
    assert (first.file_identifier, first.location_of_extent.lsb) == (b"\0", 20)
    assert (second.file_identifier, second.location_of_extent.lsb) == (b"\1", 20)
    assert (third.file_identifier, third.location_of_extent.lsb, third.file_flags) == (b"DICOM", 21, 2)
    assert third.recording_date_and_time == bytes((126, 3, 4, 5, 6, 7, 0xF2))
    below = data[22 * 2048 :]
    assert DirectoryRecord(below[34:68]).location_of_extent.lsb == 21  # PA000001's parent is DICOM


def test_each_gives_the_digest_of_every_file() -> None:
    layout = iso9660.plan(tree(FILES), PARAMETERS)
    out = io.BytesIO()
    written = iso9660.write(layout, out, each=True)
    assert written.files == tuple(hashlib.sha256(data).hexdigest() for data in FILES.values())
    assert written.sha256 == hashlib.sha256(out.getvalue()).hexdigest()
    assert iso9660.write(layout, io.BytesIO()).files == ()


def test_the_zone_is_recorded_in_quarters_of_an_hour() -> None:
    created = datetime(2026, 7, 1, 12, tzinfo=UTC)
    pvd = PrimaryVolumeDescriptor(image(parameters=replace(PARAMETERS, created=created))[PVD : PVD + 2048])
    assert pvd.volume_creation_date_and_time == b"2026070112000000\0"
