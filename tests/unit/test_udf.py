"""UDF in memory: structures, the plan, the bytes, and what the reader makes of damage."""

from __future__ import annotations

import hashlib
import io
import struct
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from mediakit.errors import InputError
from mediakit.formats import bridge, udf
from mediakit.formats.scattered import ScatteredContent
from mediakit.formats.tree import Evidence, StoredFile, VolumeFile, VolumeTree
from mediakit.formats.udf import structs
from mediakit.formats.udf.partitions import Metadata, MetadataFile, Physical, Run, Sparable, Unmapped
from mediakit.formats.udf.volume import path_name
from mediakit.model import BytesContent, SliceContent
from tests.iso9660 import contents, patched, tree
from tests.udf import (
    BLOCK,
    FILES,
    LVD,
    PARAMETERS,
    PARTITION,
    PD,
    PVD,
    REVISIONS,
    entry,
    identifier,
    image,
    layout,
    sealed,
    view,
    volume,
)

VALID = image()
BD = image(revision="2.50")
IM1 = "DICOM/PA000001/IM000001"


def kinds(data: bytes) -> list[str]:
    return [anomaly.kind for anomaly in view(data).anomalies]


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("", b""),
        ("IM1", b"\x08IM1"),
        ("ÿ", b"\x08\xff"),
        ("Ā", b"\x10\x01\x00"),
        ("日本", b"\x10\x65\xe5\x67\x2c"),
        ("𝄞", b"\x10\xd8\x34\xdd\x1e"),
    ],
)
def test_cs0_takes_eight_bits_where_they_are_enough(text: str, raw: bytes) -> None:
    assert structs.cs0(text) == raw
    assert structs.parse_cs0(raw) == text


def test_a_dstring_says_how_much_of_it_is_used() -> None:
    assert structs.dstring("AB", 8) == b"\x08AB\0\0\0\0\x03"
    assert structs.parse_dstring(b"\x08AB\0\0\0\0\x03") == "AB"
    assert structs.dstring("", 4) == bytes(4)
    assert structs.dstring("x" * 30, 32)[-1] == 31
    with pytest.raises(ValueError, match="more than 31 bytes"):
        structs.dstring("x" * 31, 32)
    with pytest.raises(ValueError, match="9 bytes in a field of 8"):
        structs.parse_dstring(b"\x08AB\0\0\0\0\x09")


@pytest.mark.parametrize(
    ("moment", "raw"),
    [
        (datetime(2026, 3, 4, 5, 6, 7, 891_234, tzinfo=UTC), "0010ea070304050607590c22"),
        (datetime(2026, 3, 4, 5, 6, 7, tzinfo=timezone(timedelta(hours=-5))), "d41eea070304050607000000"),
        (
            datetime(1999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=14))),
            "4813cf070c1f173b3b000000",
        ),
    ],
)
def test_a_timestamp_is_local_with_its_zone(moment: datetime, raw: str) -> None:
    assert structs.pack_time(moment) == bytes.fromhex(raw)
    assert structs.parse_time(bytes.fromhex(raw)) == moment


def test_a_tag_has_checksum_crc_and_place() -> None:
    raw = structs.seal(bytes(16) + b"\x70\x6a\x77", 8, 0x01020304, 3)
    assert raw.hex(" ") == "08 00 03 00 e4 00 01 00 99 32 03 00 04 03 02 01 70 6a 77"
    tag = structs.Tag(raw)
    assert tag.is_sound
    assert tag.crc_is_right
    assert not structs.Tag(raw[:-1] + b"x").crc_is_right
    assert not structs.Tag(b"\x09" + raw[1:]).is_sound
    assert not structs.Tag(bytes(32)).is_sound


def test_the_anchor_byte_for_byte() -> None:
    anchor = VALID[256 * BLOCK : 257 * BLOCK]
    assert (
        anchor[:32].hex() == "02000200cf000100" + "01d7f00100010000" + "0080000020000000" + "0080000030000000"
    )
    assert not any(anchor[32:])


def test_the_maps_of_a_metadata_volume_byte_for_byte() -> None:
    planned = layout(revision="2.50").metadata
    assert planned
    maps = BD[LVD + 440 : LVD + 440 + 70]
    assert maps[:10].hex() == "010601000000" + "02400000"
    assert maps[10:42] == b"\0*UDF Metadata Partition" + b"\x50\x02" + bytes(6)
    assert maps[42:].hex() == (
        "01000000"
        + planned.main_entry.to_bytes(4, "little").hex()
        + "00000000ffffffff200000002000010000000000"
    )


GOLDEN = {
    "1.02": "a3c238a6c85baf6814cf554a69ee1266bba70fd7b9bbed62789f07ef0ded1095",
    "2.60": "c377fb25c59c6b37607a32a9fa032601f92122c637f7d0bfea2523393138707b",
}
"""SHA-256 of small volumes; the interop tests show that others read what is written like this."""


@pytest.mark.parametrize("revision", GOLDEN)
def test_the_same_job_gives_the_same_bytes(revision: str) -> None:
    assert hashlib.sha256(image(revision=revision)).hexdigest() == GOLDEN[revision]


def test_the_plan_of_a_small_volume() -> None:
    planned = layout()
    assert (planned.partition, planned.partition_blocks, planned.size // BLOCK) == (272, 23, 304)
    assert [(each.parent, each.block, each.size) for each in planned.directories] == [
        (0, 11, 184), (0, 12, 136), (1, 13, 136), (1, 14, 88),
    ]  # fmt: skip
    assert planned.placed == (15, 16, 18, 19, 22)
    assert planned.volume_set_id == "69A7EEF789ABCDEFDVD1"


def test_the_tree_of_a_bd_is_there_twice_and_the_mirror_first() -> None:
    planned = layout(revision="2.60")
    assert planned.metadata
    assert (planned.partition, planned.metadata.mirror_entry, planned.metadata.mirror) == (288, 0, 32)
    assert (planned.placed[0], planned.metadata.main, planned.metadata.main_entry) == (64, 96, 128)
    start = planned.partition * BLOCK
    mirror, main = (start + block * BLOCK for block in (32, 96))
    assert BD[mirror : mirror + 32 * BLOCK] == BD[main : main + 32 * BLOCK] != bytes(32 * BLOCK)
    assert planned.size // BLOCK % 32 == 0


def test_a_file_of_more_than_a_gigabyte_has_extents_of_whole_blocks() -> None:
    size = 2**31 + 1
    content = SliceContent(BytesContent(b""), 0, size)
    planned = udf.plan(VolumeTree((VolumeFile(("BIG",), content),)), PARAMETERS)
    extents = b"".join(udf.writer._extents(size, planned.placed[0], long=False))
    lengths = [length for length, _ in struct.iter_unpack("<II", extents)]
    assert lengths == [0x3FFFF800, 0x3FFFF800, 4097]
    assert planned.size == (272 + planned.placed[0] + 2**20 + 1 + 1 + 15) // 16 * 16 * BLOCK


@pytest.mark.parametrize(
    ("path", "why"),
    [
        (("A/B",), "its name is none"),
        (("..",), "its name is none"),
        (("A", ""), "its name is none"),
        (("x" * 255,), "its name or path is longer than UDF records"),
        (("日" * 128,), "its name or path is longer than UDF records"),
        (("x" * 250, "y" * 250, "z" * 250, "a" * 250, "b" * 250), "its name or path is longer"),
        (("\udc80",), "its name is no Unicode text"),
    ],
)
def test_names_that_udf_cannot_record_are_refused(path: tuple[str, ...], why: str) -> None:
    with pytest.raises(InputError, match=why):
        udf.plan(VolumeTree((VolumeFile(path, BytesContent(b"")),)), PARAMETERS)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"udf": "3.00"}, r"UDF 3\.00 cannot be written"),
        ({"volume_id": "x" * 31}, "volume identifier"),
        ({"created": datetime(2026, 1, 1)}, "has no time zone"),
    ],
)
def test_parameters_that_cannot_be_recorded_are_refused(changes: dict[str, object], why: str) -> None:
    with pytest.raises(InputError, match=why):
        udf.plan(tree(FILES), replace(PARAMETERS, **changes))  # type: ignore[arg-type]  # by name


def test_a_bridge_is_one_of_dvd() -> None:
    with pytest.raises(InputError, match=r"UDF 2\.50 cannot be written"):
        bridge.plan(tree(FILES), replace(PARAMETERS, udf="2.50"))


def test_both_sides_of_a_bridge_have_the_same_extents() -> None:
    from mediakit.formats import iso9660

    out = io.BytesIO()
    planned = bridge.plan(tree(FILES), PARAMETERS)
    written = bridge.write(planned, out)
    content = BytesContent(out.getvalue())
    assert written.size == planned.size == content.size
    sides = [each.open(content) for each in (iso9660, udf)]
    assert sides[0].files == sides[1].files
    assert [contents(side) for side in sides] == [FILES, FILES]
    assert [side.anomalies for side in sides] == [(), ()]
    assert sides[0].files[0].content == SliceContent(content, planned.files[0].offset, 10)


def test_detect_says_what_it_saw() -> None:
    assert udf.detect(BytesContent(VALID)) == Evidence("udf", "NSR02 at byte 34,816")
    assert udf.detect(BytesContent(BD)) == Evidence("udf", "NSR03 at byte 34,816")
    unmarked = patched(VALID, (16 * BLOCK, bytes(3 * BLOCK)))
    assert udf.detect(BytesContent(unmarked)) == Evidence("udf", "an anchor of UDF at byte 524,288")
    assert contents(view(unmarked)) == FILES
    assert udf.detect(BytesContent(bytes(600_000))) is None


@pytest.mark.parametrize("revision", REVISIONS)
def test_files_come_in_the_order_of_their_data(revision: str) -> None:
    data = image(revision=revision)
    seen = view(data)
    assert list(contents(seen).items()) == list(FILES.items())
    offset = layout(revision=revision).files[0].offset
    assert seen.files[0] == StoredFile(("README.TXT",), SliceContent(BytesContent(data), offset, 10), 10)


@pytest.mark.parametrize(
    ("data", "noted"),
    [
        (patched(VALID, (PVD, bytes(16 * BLOCK))), ["reserve"]),
        (patched(VALID, (256 * BLOCK, bytes(BLOCK))), []),
        (patched(VALID, (len(VALID) - BLOCK, bytes(BLOCK))), []),
        (patched(BD, (entry(FILES, IM1, "2.50"), bytes(BLOCK))), ["copies-differ", "reserve"]),
        (patched(BD, (BD.rindex(b"\x08IM000002") - 38, bytes(16))), ["copies-differ", "reserve"]),
        (patched(BD, ((288 + 128) * BLOCK, bytes(BLOCK))), ["entry", "reserve"]),
        (patched(BD, (288 * BLOCK, bytes(BLOCK))), ["entry", "reserve"]),
    ],
    ids=["main sequence", "first anchor", "last anchor", "entry", "directory", "metadata file", "mirror"],
)
def test_the_second_copy_of_what_is_damaged_is_read(data: bytes, noted: list[str]) -> None:
    assert kinds(data) == noted
    assert contents(view(data)) == FILES


def test_a_directory_that_is_its_own_child_is_read_once() -> None:
    broken = sealed(VALID, identifier(VALID, "PA000002"), (24, b"\x02"))
    assert kinds(broken) == ["cycle"]
    assert list(contents(view(broken))) == ["README.TXT", "DICOMDIR", IM1, "DICOM/PA000001/IM000002"]


@pytest.mark.parametrize(
    ("patch", "kind"),
    [
        ((176, b"\xff\xff\xff\x3f"), "extent-outside"),
        ((180, b"\xff\xff\xff\xff"), "extent-outside"),
        ((56, b"\xff\xff\xff\xff\xff\xff\xff\xff"), "short"),
        ((34, b"\2\0"), "unsupported"),
        ((172, b"\xff\xff\xff\xff"), "extent-outside"),
    ],
)
def test_a_file_whose_data_cannot_be_reached_has_no_content(patch: tuple[int, bytes], kind: str) -> None:
    broken = sealed(VALID, entry(FILES, IM1), patch)
    assert contents(view(broken))[IM1] is None
    assert kinds(broken) == [kind]


def test_more_zeros_than_anybody_records_are_not_read() -> None:
    descriptors = b"\xff\xff\xff\xbf\0\0\0\0" * 200
    length = 200 * 0x3FFFFFFF
    fields = (56, struct.pack("<Q", length)), (172, struct.pack("<I", len(descriptors))), (176, descriptors)
    broken = sealed(sealed(VALID, entry(FILES, IM1), *fields), entry(FILES, IM1), (10, b"\xe0\x06"))
    assert kinds(broken) == ["limit"]
    assert contents(view(broken))[IM1] is None


def test_unrecorded_extents_and_embedded_data_are_read() -> None:
    at = entry(FILES, IM1)
    hole = sealed(VALID, at, (176, struct.pack("<I", 2 << 30 | 2048)))
    assert contents(view(hole))[IM1] == bytes(2048)
    fields = (34, b"\3\0"), (56, b"\x05" + bytes(7)), (172, b"\x05\0\0\0"), (176, b"hello")
    assert contents(view(sealed(VALID, at, *fields)))[IM1] == b"hello"


def test_a_continuation_of_allocation_descriptors_is_followed() -> None:
    block = layout().placed[-1]  # the block of the last file becomes an Allocation Extent Descriptor
    first, second = layout().placed[1], layout().placed[2]
    area = struct.pack("<IIII", 2048, second, 952, first)
    raw = structs.seal(
        bytes(16) + struct.pack("<II", 0, len(area)) + area, structs.ALLOCATION_EXTENT, block, 2
    )
    data = patched(VALID, (PARTITION[False] + block * BLOCK, raw))
    at = entry(FILES, "DICOMDIR")
    broken = sealed(data, at, (176, struct.pack("<II", 3 << 30 | 2048, block)))
    assert contents(view(broken))["DICOMDIR"] == b"1" * 2048 + b"D" * 952


def test_the_latest_entry_of_strategy_4096_counts() -> None:
    """The entry of IM1 and the block after it become an ICB that leads to the entry of the last file."""
    at, other = entry(FILES, IM1), entry(FILES, "DICOM/PA000002/IM000001")
    target = struct.pack("<IIHHI", 2048, (other - PARTITION[False]) // BLOCK, 0, 0, 0)
    block = (at - PARTITION[False]) // BLOCK + 1
    raw = structs.seal(bytes(36) + target, structs.INDIRECT, block, 2)
    data = sealed(VALID, at, (20, b"\0\x10"))
    data = patched(data, (at + BLOCK, raw.ljust(BLOCK, b"\0")))
    data = sealed(data, identifier(data, "IM000001"), (20, struct.pack("<I", 4096)))
    assert contents(view(data))[IM1] == b"3" * 7


def test_a_virtual_allocation_table_is_followed() -> None:
    """All blocks of the partition made virtual ones, two entries of which changed places."""
    blocks = layout().partition_blocks
    first, second = (
        (entry(FILES, name) - PARTITION[False]) // BLOCK for name in (IM1, "DICOM/PA000002/IM000001")
    )
    table = list(range(blocks))
    table[first], table[second] = second, first
    content = (
        struct.pack(f"<{blocks}I", *table) + structs.EntityId(structs.VIRTUAL_TABLE).pack() + b"\xff" * 4
    )
    one, two = (PARTITION[False] + block * BLOCK for block in (first, second))
    data = patched(VALID, (one, VALID[two : two + BLOCK]), (two, VALID[one : one + BLOCK]))
    maps = (
        b"\x02\x40\0\0" + structs.EntityId(structs.VIRTUAL_MAP, b"\x50\x01").pack() + b"\1\0\0\0" + bytes(24)
    )
    maps += b"\1\6\1\0\0\0"
    data = sealed(data, LVD, (10, struct.pack("<H", 424 + 70)), (264, b"\x46\0\0\0\x02"), (440, maps))
    icb = len(VALID) // BLOCK - 272
    data = sealed(data, PD, (192, struct.pack("<I", 4096)))  # all of the disc
    raw = VALID[entry(FILES, IM1) :][:BLOCK]
    fields = (
        (12, struct.pack("<I", icb)), (27, b"\0"), (34, b"\3\0"), (56, struct.pack("<Q", len(content))),
        (172, struct.pack("<I", len(content))), (176, content), (10, struct.pack("<H", 160 + len(content))),
    )  # fmt: skip
    data = sealed(data + raw, len(data), *fields)
    assert volume(data).maps == ("virtual", "physical")
    assert contents(view(data)) == FILES
    assert kinds(data) == []


def test_the_packets_of_a_sparing_table_lie_elsewhere() -> None:
    partition = Sparable(Physical(100, 64, 2048), 4, ((8, 900), (12, 904), (20, 500)))
    assert partition.runs(0, 2048) == (Run(100 * 2048, 2048),)
    assert partition.runs(9, 2048) == (Run(901 * 2048, 2048),)
    assert partition.runs(6, 18 * 2048) == (
        Run(106 * 2048, 2 * 2048), Run(900 * 2048, 8 * 2048),
        Run(116 * 2048, 4 * 2048), Run(500 * 2048, 4 * 2048),
    )  # fmt: skip
    with pytest.raises(Unmapped):
        partition.runs(63, 4096)


def test_a_metadata_file_may_lie_in_several_places() -> None:
    file = MetadataFile.of((Run(10_000, 4096), Run(None, 2048), Run(50_000, 2048)))
    partition = Metadata((file,), 2048)
    assert partition.runs(1, 3 * 2048) == (Run(12_048, 2048), Run(None, 2048), Run(50_000, 2048))
    with pytest.raises(Unmapped):
        partition.runs(4, 1)


def test_scattered_content_reads_from_anywhere() -> None:
    base = BytesContent(b"0123456789")
    content = ScatteredContent(base, (Run(5, 3), Run(None, 2), Run(0, 4)), 9)
    with content.open() as stream:
        assert stream.read() == b"567\0\x000123"
        stream.seek(4)
        assert (stream.read(3), stream.tell()) == (b"\x0001", 7)


@pytest.mark.parametrize(
    ("identifier", "name"),
    [
        (b"\x08IM1", "IM1"),
        (b"\x10\x65\xe5", "日"),
        (b"\x08..", "\\x2e\\x2e"),
        (b"", "\\x00"),
        (b"\x08a/b\\c\x1b", "a\\x2fb\\x5cc\\x1b"),
        (b"\x10\xd8\x00", "\x10Ø\\x00".replace("\x10", "\\x10")),
        (b"\x07AB", "\\x07AB"),
    ],
)
def test_names_are_safe_to_show_and_to_join(identifier: bytes, name: str) -> None:
    assert path_name(identifier) == name
