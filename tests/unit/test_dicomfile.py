"""What the header reader makes of files, good and bad; the bytes are put together by hand here."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from dataclasses import replace

import pydicom
import pytest

from mediakit.dicomfile import (
    IMPLEMENTATION_CLASS_UID,
    IMPLEMENTATION_VERSION_NAME,
    HeaderReader,
    NotDicom,
    encode_dataset,
    encode_element,
    encode_file,
    encode_items,
    file_meta,
    parse_dataset,
    parse_items,
    read_instance,
)
from mediakit.model import Anomaly, Attributes, BytesContent, Element, Instance
from mediakit.values import is_uid, text

CT = b"1.2.840.10008.5.1.4.1.1.2\0"
IMPLICIT, EXPLICIT, BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
DEFLATED, JPEG = "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.50"
WANTED = frozenset(
    (0x00080005, 0x00081140, 0x00100010, 0x00100020, 0x00280010, 0x00280106, 0x0040A730, 0x00880200)
)
LONG = ("OB", "OW", "SQ", "UN", "UT")


def el(tag: int, vr: str, value: bytes, length: int | None = None) -> bytes:
    """An element in Explicit VR Little Endian; `length` makes its length field lie."""
    length = len(value) if length is None else length
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
    return head + struct.pack("<HI" if vr in LONG else "<H", *([0] if vr in LONG else []), length) + value


def im(tag: int, value: bytes, length: int | None = None) -> bytes:
    """An element in Implicit VR Little Endian."""
    length = len(value) if length is None else length
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, length) + value


def item(value: bytes) -> bytes:
    return im(0xFFFEE000, value)


def open_item(value: bytes) -> bytes:
    return struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF) + value + im(0xFFFEE00D, b"")


def open_sequence(tag: int, vr: str, value: bytes) -> bytes:
    return el(tag, vr, b"", 0xFFFFFFFF) + value + im(0xFFFEE0DD, b"")


def meta(syntax: str | None = EXPLICIT, *, group_length: int | None = None, extra: bytes = b"") -> bytes:
    group = el(0x00020001, "OB", b"\0\1") + el(0x00020002, "UI", CT) + el(0x00020003, "UI", b"2.25.7")
    if syntax is not None:
        group += el(0x00020010, "UI", syntax.encode() + b"\0" * (len(syntax) % 2))
    group += extra
    length = len(group) if group_length is None else group_length
    return el(0x00020000, "UL", struct.pack("<I", length)) + group


START = el(0x00080016, "UI", CT) + el(0x00080018, "UI", b"2.25.7")
PATIENT = el(0x00100010, "PN", b"Test^Ada") + el(0x00100020, "LO", b"P1")
IMAGE = b"".join(
    el(tag, "US", struct.pack("<H", value))
    for tag, value in ((0x00280002, 1), (0x00280010, 4), (0x00280011, 4), (0x00280100, 16))
)
PIXELS = el(0x7FE00010, "OW", bytes(32))
ORDINARY = START + PATIENT + IMAGE + PIXELS


def file(data_set: bytes = ORDINARY, group: bytes | None = None, preamble: bytes = bytes(128)) -> bytes:
    return preamble + b"DICM" + (meta() if group is None else group) + data_set


def read(data: bytes, wanted: frozenset[int] = WANTED) -> Instance:
    return read_instance(BytesContent(data), "here", lambda _: wanted)


def kinds(instance: Instance) -> list[str]:
    return [anomaly.kind for anomaly in instance.anomalies]


# --- an ordinary file ---------------------------------------------------------------------


def test_an_ordinary_file_has_no_anomaly_and_the_wanted_elements() -> None:
    seen = read(file())
    assert seen.anomalies == ()
    assert (seen.sop_class, seen.sop_instance) == ("1.2.840.10008.5.1.4.1.1.2", "2.25.7")
    assert seen.transfer_syntax == EXPLICIT
    assert (seen.preamble, seen.origin) == (bytes(128), "here")
    assert list(seen.keys) == [
        Element(0x00080016, "UI", CT),
        Element(0x00080018, "UI", b"2.25.7"),
        Element(0x00100010, "PN", b"Test^Ada"),
        Element(0x00100020, "LO", b"P1"),
        Element(0x00280010, "US", b"\4\0"),
    ]
    assert [element.tag & 0xFFFF for element in seen.file_meta] == [0, 1, 2, 3, 0x10]


def test_wanted_is_asked_for_the_sop_class_once_it_is_known() -> None:
    def wanted(sop_class: str) -> frozenset[int]:
        return frozenset((0x00100020,)) if sop_class == CT.decode().rstrip("\0") else WANTED

    seen = read_instance(BytesContent(file()), "here", wanted)
    assert [element.tag for element in seen.keys] == [0x00080016, 0x00080018, 0x00100020]


def test_a_sop_class_is_taken_from_the_file_meta_when_the_data_set_has_none() -> None:
    seen = read(file(PATIENT))
    assert (seen.sop_class, seen.sop_instance) == ("1.2.840.10008.5.1.4.1.1.2", "2.25.7")


def test_instances_of_one_shape_share_their_index_and_equal_values() -> None:
    reader = HeaderReader(lambda _: WANTED)
    one, two = (reader.read(BytesContent(file()), str(n)) for n in range(2))
    assert one.keys.index is two.keys.index
    assert all(a is b for a, b in zip(one.keys.cells, two.keys.cells, strict=True))


def test_a_thousand_instances_stay_small() -> None:
    """Near 1 KiB each, beside their content: values that repeat are held once."""
    names = [f"IM{n:06}" for n in range(2000)]
    datas = [BytesContent(file(ORDINARY.replace(b"2.25.7", b"2.%04d" % n))) for n in range(2000)]
    reader = HeaderReader(lambda _: WANTED)
    tracemalloc.start()
    held = [reader.read(data, name) for data, name in zip(datas, names, strict=True)]
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(held) == 2000
    assert used / len(held) < 1536


def test_values_beyond_the_first_read_are_found() -> None:
    filler = el(0x00091001, "UN", bytes(40_000))
    seen = read(file(START + filler + PATIENT + IMAGE + PIXELS))
    assert seen.anomalies == ()
    assert text(seen.keys, "PatientID") == "P1"


def test_content_that_gives_a_few_bytes_at_a_time_reads_the_same() -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size, 7) if size is not None and size > 0 else size)

    class SlowContent:
        size = len(file())

        def open(self) -> Slow:
            return Slow(file())

    slow = read_instance(SlowContent(), "here", lambda _: WANTED)
    assert slow.keys == read(file()).keys
    assert slow.anomalies == ()


# --- encodings ----------------------------------------------------------------------------

IMPLICIT_SET = (
    im(0x00080016, CT) + im(0x00080018, b"2.25.7")
    + im(0x00081140, item(im(0x00081150, CT) + im(0x00081155, b"1.2.3\0")))
    + im(0x00100010, b"Test^Ada") + im(0x00100020, b"P1") + im(0x00280010, b"\4\0")
    + im(0x00280103, b"\1\0") + im(0x00280106, b"\xfe\xff")
)  # fmt: skip
REFERENCED = el(0x00081150, "UI", CT) + el(0x00081155, "UI", b"1.2.3\0")


def test_implicit_vr_becomes_explicit() -> None:
    seen = read(file(IMPLICIT_SET, meta(IMPLICIT)))
    assert (seen.transfer_syntax, seen.anomalies) == (IMPLICIT, ())
    assert seen.keys.get(0x00100010) == Element(0x00100010, "PN", b"Test^Ada")
    assert seen.keys.get(0x00081140) == Element(0x00081140, "SQ", item(REFERENCED))
    assert seen.keys.get(0x00280106) == Element(0x00280106, "SS", b"\xfe\xff")


def test_big_endian_becomes_little_endian() -> None:
    def big(tag: int, vr: str, value: bytes) -> bytes:
        head = struct.pack(">HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
        return (
            head
            + (struct.pack(">HI", 0, len(value)) if vr in LONG else struct.pack(">H", len(value)))
            + value
        )

    inner = big(0x00280010, "US", b"\0\4")
    items = struct.pack(">HHI", 0xFFFE, 0xE000, len(inner)) + inner
    data_set = (
        big(0x00080016, "UI", CT) + big(0x00080018, "UI", b"2.25.7") + big(0x00100020, "LO", b"P1")
        + big(0x00280010, "US", b"\0\4") + big(0x00880200, "SQ", items)
    )  # fmt: skip
    seen = read(file(data_set, meta(BIG)))
    assert (seen.transfer_syntax, seen.anomalies) == (BIG, ())
    assert seen.keys.raw(0x00280010) == b"\4\0"
    assert seen.keys.raw(0x00880200) == item(el(0x00280010, "US", b"\4\0"))


def deflated(data: bytes) -> bytes:
    machine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return machine.compress(data) + machine.flush()


@pytest.mark.parametrize("padding", [b"", b"\0"])
def test_deflated_data_sets_are_inflated(padding: bytes) -> None:
    seen = read(file(deflated(ORDINARY) + padding, meta(DEFLATED)))
    assert (seen.transfer_syntax, seen.anomalies) == (DEFLATED, ())
    assert seen.keys == read(file()).keys


def test_a_deflated_data_set_that_ends_early_is_truncated() -> None:
    squeezed = deflated(START + el(0x00091001, "UN", bytes(range(256)) * 40) + PATIENT)
    seen = read(file(squeezed[:-20], meta(DEFLATED)))
    assert kinds(seen) == ["truncated", "header-incomplete"]
    assert all(anomaly.offset is None for anomaly in seen.anomalies)


def test_damage_inside_a_deflated_data_set_is_seen() -> None:
    seen = read(file(b"\7" + deflated(ORDINARY)[1:], meta(DEFLATED)))  # there is no block of type 3
    assert kinds(seen) == ["unreadable", "header-incomplete"]
    assert "the deflated data set is damaged" in seen.anomalies[0].detail


def test_what_follows_a_deflated_data_set_is_reported() -> None:
    seen = read(file(deflated(ORDINARY) + b"more", meta(DEFLATED)))
    assert kinds(seen) == ["trailing-bytes"]


@pytest.mark.parametrize("padding", [b"", b"\0"])
def test_the_checksum_of_gzip_behind_a_deflated_data_set_is_known_if_it_agrees(padding: bytes) -> None:
    """RFC 1952 2.3.1; PS3.5 A.5 has the bare stream of RFC 1951."""
    trailer = struct.pack("<II", zlib.crc32(ORDINARY), len(ORDINARY))
    seen = read(file(deflated(ORDINARY) + trailer + padding, meta(DEFLATED)))
    assert (kinds(seen), seen.keys) == (["deflated-checksum"], read(file()).keys)
    for wrong in (bytes(8), trailer[:7], trailer + b"\1", trailer + bytes(2)):
        assert kinds(read(file(deflated(ORDINARY) + wrong, meta(DEFLATED)))) == ["trailing-bytes"]


def test_a_group_of_no_standard_element_tells_no_byte_order() -> None:
    """(3F03,0010) is lower when it is read in the wrong order, but then it would have 6,656 bytes."""
    seen = read(file(el(0x3F030010, "LO", b"aaabbbccc MEDICAL SYSTEMS ")))
    assert (seen.transfer_syntax, seen.anomalies) == (EXPLICIT, ())


def test_undefined_lengths_inside_wanted_sequences_become_defined() -> None:
    deep = open_sequence(0x00081140, "SQ", open_item(open_sequence(0x00081199, "SQ", open_item(REFERENCED))))
    seen = read(file(START + deep + PATIENT))
    assert seen.anomalies == ()
    assert seen.keys.raw(0x00081140) == item(el(0x00081199, "SQ", item(REFERENCED)))
    assert text(seen.keys, "PatientID") == "P1"


def test_unwanted_sequences_and_fragments_are_hopped_over() -> None:
    nested = open_sequence(0x00091002, "SQ", open_item(open_sequence(0x00091003, "SQ", open_item(b""))))
    fragments = open_sequence(0x7FE00010, "OB", item(b"") + item(bytes(5000)) + item(bytes(30_000)))
    seen = read(file(START + nested + PATIENT + IMAGE + fragments, meta(JPEG)))
    assert (seen.transfer_syntax, seen.anomalies) == (JPEG, ())
    assert text(seen.keys, "PatientID") == "P1"


def test_a_sequence_stated_as_un_is_read_as_implicit() -> None:
    """PS3.5 6.2.2: an unknown sequence is encoded as UN, its inside Implicit VR Little Endian."""
    inside = item(im(0x00081150, CT) + im(0x00081155, b"1.2.3\0"))
    for stated in (el(0x00081140, "UN", inside), open_sequence(0x00081140, "UN", inside)):
        seen = read(file(START + stated + PATIENT))
        assert seen.anomalies == ()
        assert seen.keys.get(0x00081140) == Element(0x00081140, "SQ", item(REFERENCED))


def test_known_attributes_stated_as_un_get_their_value_representation() -> None:
    seen = read(file(START + el(0x00100020, "UN", b"P1")))
    assert seen.keys.get(0x00100020) == Element(0x00100020, "LO", b"P1")


def test_an_encapsulated_icon_is_left_out_of_its_item() -> None:
    icon = el(0x00280010, "US", b"\4\0") + open_sequence(0x7FE00010, "OB", item(b"") + item(b"\xff\xd8"))
    seen = read(file(START + el(0x00880200, "SQ", item(icon))))
    assert seen.anomalies == ()
    assert seen.keys.raw(0x00880200) == item(el(0x00280010, "US", b"\4\0"))


# --- what is odd, by kind -----------------------------------------------------------------

TWO_FILES = file() + file()


@pytest.mark.parametrize(
    ("data", "expected", "detail"),
    [
        (b"DICM" + meta() + ORDINARY, ["no-preamble"], "the prefix DICM comes first"),
        (meta() + ORDINARY, ["no-preamble"], ""),
        (bytes(128) + b"DICM" + ORDINARY, ["no-file-meta"], ""),
        (file(group=meta(group_length=9)), ["file-meta-group-length"], "it says 9, but 90 bytes follow"),
        (file(group=meta()[12:]), ["file-meta-group-length"], "it is absent"),
        (
            file(group=meta(extra=el(0x00020013, "UN", b"ab"))),
            ["file-meta-vr"],
            "(0002,0013) has UN value representation",
        ),
        (
            file(group=meta(extra=el(0x00020013, "SH", b"abc"))),
            ["file-meta-vr"],
            "(0002,0013) has an odd length",
        ),
        (file(group=meta(None)), ["transfer-syntax-missing"], ""),
        (file(group=meta("1.2.3.4")), ["transfer-syntax-unknown"], "1.2.3.4"),
        (
            file(ORDINARY, meta(IMPLICIT)),
            ["transfer-syntax-wrong"],
            "Implicit VR Little Endian is stated, but the data set is Explicit VR Little Endian",
        ),
        (
            file(ORDINARY, meta(DEFLATED)),
            ["transfer-syntax-wrong"],
            "Deflated Explicit VR Little Endian is stated, but the data set is Explicit VR Little Endian",
        ),
        (
            file(ORDINARY, meta(JPEG)),
            ["transfer-syntax-wrong"],
            "JPEG Baseline (Process 1) is stated, but pixel data is native",
        ),
        (
            file(START + IMAGE + open_sequence(0x7FE00010, "OB", item(b"") + item(b"\xff\xd8"))),
            ["transfer-syntax-wrong"],
            "Explicit VR Little Endian is stated, but pixel data is encapsulated",
        ),
        (
            file(ORDINARY[:-30]),
            ["truncated"],
            "30 bytes of PixelData (7FE0,0010) are missing",
        ),
        (file(ORDINARY + b"\0"), ["trailing-bytes"], "1 bytes of zeros"),
        (file(ORDINARY + bytes(600)), ["trailing-bytes"], "600 bytes of zeros"),
        (file(ORDINARY + b"no element"), ["trailing-bytes"], "10 bytes"),
        (TWO_FILES, ["trailing-bytes"], f"{len(file())} bytes, another DICOM file"),
        (
            file(START + el(0x00020010, "UI", b"1.2 ") + PATIENT),
            ["group-0002-in-data-set"],
            "TransferSyntaxUID (0002,0010)",
        ),
        (
            file(PATIENT + START),
            ["element-order"],
            "(0008,0016) follows (0010,0020)",
        ),
        (file(START + PATIENT + PATIENT[:16] + PIXELS), ["element-order"], "(0010,0010) follows (0010,0020)"),
        (
            file(START + el(0x00091001, "ZZ", b"ab") + PATIENT),
            ["element-vr"],
            "(0009,1001) has no known value representation",
        ),
        (
            file(START + im(0x00091001, b"ab") + PATIENT),
            ["element-vr"],
            "(0009,1001) has no known value representation",
        ),
        (
            file(START + b"\x09\0\x01\x10 garbage" + PATIENT),
            ["unreadable", "header-incomplete"],
            "no data element after SOPInstanceUID (0008,0018), but 09 00 01 10 20 67 61 72",
        ),
        (
            file(START + el(0x00081140, "SQ", b"no items"), meta()),
            ["unreadable"],
            "ReferencedImageSequence (0008,1140): a sequence holds an element outside of its items",
        ),
        (
            file(START + IMAGE + el(0x7FE00010, "OW", bytes(30))),
            ["pixel-data-length"],
            "30 bytes where 32 are needed",
        ),
        (file(START + PATIENT + IMAGE), ["pixel-data-missing"], "there is none"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_anomalies(data: bytes, expected: list[str], detail: str) -> None:
    seen = read(data)
    assert kinds(seen) == expected
    assert seen.anomalies[0].detail == detail


def test_neither_preamble_nor_file_meta() -> None:
    for data_set, syntax in ((ORDINARY, EXPLICIT), (IMPLICIT_SET, IMPLICIT)):
        seen = read(data_set)
        assert kinds(seen) == ["no-preamble", "no-file-meta"]
        assert (seen.transfer_syntax, seen.preamble, len(seen.file_meta)) == (syntax, None, 0)
        assert text(seen.keys, "PatientID") == "P1"


def test_the_transfer_syntax_is_the_one_that_decodes() -> None:
    assert read(file(ORDINARY, meta(IMPLICIT))).transfer_syntax == EXPLICIT
    assert read(file(IMPLICIT_SET, meta(EXPLICIT))).transfer_syntax == IMPLICIT
    assert read(file(IMPLICIT_SET, meta(None))).transfer_syntax == IMPLICIT
    assert read(file(ORDINARY, meta(JPEG))).transfer_syntax == EXPLICIT
    assert read(file(ORDINARY, meta(DEFLATED))).transfer_syntax == EXPLICIT
    assert read(file(group=meta("1.2.3.4"))).transfer_syntax == "1.2.3.4"


def test_trailing_padding_is_no_trailing_byte() -> None:
    """PS3.10 7.2: (FFFC,FFFC) may end a data set."""
    assert read(file(ORDINARY + el(0xFFFCFFFC, "OB", bytes(100)))).anomalies == ()


def test_longer_pixel_data_than_described_is_told_but_for_padding() -> None:
    longer = read(file(START + IMAGE + el(0x7FE00010, "OW", bytes(40)))).anomalies
    assert longer == (Anomaly("pixel-data-excess", "40 bytes where 32 are needed"),)
    assert read(file(START + IMAGE + el(0x7FE00010, "OW", bytes(33)))).anomalies == ()


@pytest.mark.parametrize(
    ("attributes", "needed"),
    [
        (el(0x00280002, "US", b"\3\0") + el(0x00280008, "IS", b"2 "), 4 * 4 * 3 * 2 * 2),
        (el(0x00280002, "US", b"\3\0") + el(0x00280004, "CS", b"YBR_FULL_422"), 4 * 4 * 2 * 2),
        (el(0x00280004, "CS", b"MONOCHROME2 "), 4 * 4 * 2),
    ],
)
def test_the_length_of_pixel_data_follows_samples_frames_and_colour(attributes: bytes, needed: int) -> None:
    rest = IMAGE[10:]
    for length, expected in ((needed, []), (needed - 2, ["pixel-data-length"])):
        data_set = START + attributes + rest + el(0x7FE00010, "OW", bytes(length))
        assert kinds(read(file(data_set))) == expected


def test_pixels_of_one_bit_are_packed() -> None:
    image = IMAGE[:-2] + b"\1\0"
    for length, expected in ((2, []), (0, ["pixel-data-length"])):
        assert kinds(read(file(START + image + el(0x7FE00010, "OW", bytes(length))))) == expected


def test_a_cut_before_the_last_wanted_element_is_said() -> None:
    seen = read(file(START + PATIENT)[:-1])
    assert kinds(seen) == ["truncated", "header-incomplete"]
    assert seen.anomalies[1].detail == "nothing is known after PatientID (0010,0020)"
    assert 0x00100020 not in seen.keys


# --- what is no instance ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b"Just a note\r\nfor the ward\r\n", "no DICOM: text"),
        ("Müller, Jörg".encode("latin_1"), "no DICOM: text"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><a/>", "no DICOM: XML text"),
        (b"<!DOCTYPE html><html></html>", "no DICOM: HTML page"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "no DICOM: JPEG picture"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "no DICOM: PNG picture"),
        (b"%PDF-1.4 and so on", "no DICOM: PDF document"),
        (b"PK\3\4\x14\0\0\0", "no DICOM: ZIP archive"),
        (b"MZ\x90\0\3\0\0\0", "no DICOM: Windows program"),
        (bytes(4096), "no DICOM: begins with zeros"),
        (b"\0\1\2\3\4\5\6\7" * 100, "no DICOM: unknown"),
        (b"\2\0no meta at all", "no DICOM: unknown"),
        (bytes(128) + b"DIC", "no DICOM: unknown"),
    ],
)
def test_what_is_no_dicom_says_what_it_is(data: bytes, reason: str) -> None:
    with pytest.raises(NotDicom) as raised:
        read(data)
    assert raised.value.reason == reason


def test_what_was_dicom_is_told_from_what_never_was() -> None:
    for data, damaged in ((b" " + ORDINARY, True), (b"\0\1\2\3", False), (b"1.2.840.10008.1.2\n", False)):
        with pytest.raises(NotDicom) as raised:
            read(data)
        assert raised.value.damaged is damaged


def test_a_dicomdir_is_no_instance_but_can_be_read() -> None:
    class_uid = "1.2.840.10008.1.3.10"
    data = encode_file(file_meta(class_uid, "2.25.1"), encode_element(0x00041130, "CS", b"CD1"))
    with pytest.raises(NotDicom, match="a DICOMDIR"):
        read(data)
    seen = HeaderReader(lambda _: frozenset((0x00041130,))).read_any(BytesContent(data), "DICOMDIR")
    assert (seen.sop_class, seen.anomalies) == (class_uid, ())
    assert seen.keys.raw(0x00041130) == b"CD1 "


# --- cuts and hostile bytes ---------------------------------------------------------------


def boundaries(data_set: bytes, header: int) -> set[int]:
    """Where one element ends and the next begins, by pydicom."""
    stream = io.BytesIO(data_set)
    elements = pydicom.filereader.data_element_generator(stream, is_implicit_VR=False, is_little_endian=True)
    return {header + stream.tell() for _ in elements}


def test_a_file_cut_anywhere_is_no_dicom_or_has_an_anomaly() -> None:
    """Except between two elements, where a shorter file is as good as any other."""
    data_set = START + el(0x00081140, "SQ", item(REFERENCED)) + PATIENT + IMAGE + PIXELS
    whole = file(data_set)
    silent = set()
    for length in range(len(whole)):
        try:
            if not read(whole[:length]).anomalies:
                silent.add(length)
        except NotDicom:
            assert length < 132
    header = len(whole) - len(data_set)
    assert silent <= boundaries(data_set, header)
    # And once the image is described, a missing Pixel Data is noticed even there.
    assert header + len(data_set) - len(PIXELS) not in silent


LENGTHS = [0xFFFFFFFF, 0xFFFFFFFE, 0x7FFFFFFF, 1 << 20]


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize(("tag", "vr"), [(0x00081140, "SQ"), (0x00091001, "UN"), (0x00091001, "OB")])
def test_lengths_that_lie_are_truncation(length: int, tag: int, vr: str) -> None:
    seen = read(file(START + el(tag, vr, b"", length)))
    assert kinds(seen) == ["truncated", "header-incomplete"]


def test_sequences_without_end_and_depth_are_bounded() -> None:
    level = struct.pack("<HH2sHI", 8, 0x1140, b"SQ", 0, 0xFFFFFFFF) + struct.pack(
        "<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF
    )
    seen = read(file(START + level * 50_000))
    assert kinds(seen) == ["unreadable", "header-incomplete"]
    assert "nested too deeply" in seen.anomalies[0].detail


def test_depth_inside_defined_lengths_is_bounded() -> None:
    value = b""
    for _ in range(200):
        value = item(el(0x00081140, "SQ", value)) if len(value) < 60_000 else value
    seen = read(file(START + el(0x00081140, "SQ", value) + PATIENT))
    assert kinds(seen) == ["unreadable"]
    assert text(seen.keys, "PatientID") == "P1"


def test_a_huge_file_of_elements_out_of_order_ends_soon() -> None:
    seen = read(file(START + PATIENT + el(0x00080016, "UI", b"") * 100_000))
    assert "unreadable" in kinds(seen)


def test_a_wanted_value_that_is_no_key_is_not_read_into_memory() -> None:
    seen = read(file(START + el(0x00081140, "SQ", bytes(17 << 20)) + PATIENT))
    assert kinds(seen) == ["unreadable"]
    assert seen.anomalies[0].detail.endswith("17825792 bytes are too long for a key")
    assert text(seen.keys, "PatientID") == "P1"


# --- writing ------------------------------------------------------------------------------


def test_elements_are_padded_as_their_value_representation_wants() -> None:
    assert encode_element(0x00080018, "UI", b"1.2") == el(0x00080018, "UI", b"1.2\0")
    assert encode_element(0x00100020, "LO", b"abc") == el(0x00100020, "LO", b"abc ")
    assert encode_element(0x00020001, "OB", b"\1") == el(0x00020001, "OB", b"\1\0")
    assert encode_element(0x00280010, "US", b"\1\0") == el(0x00280010, "US", b"\1\0")


def test_a_value_too_long_for_its_length_field_becomes_un() -> None:
    value = b"x" * 0x10000
    assert encode_element(0x00100020, "LO", value) == el(0x00100020, "UN", value)


def test_impossible_elements_are_refused() -> None:
    for vr, value in (("US", b"\1"), ("XX", b""), ("", b"")):
        with pytest.raises(ValueError, match=r"odd length|no value representation"):
            encode_element(0x00280010, vr, value)


def test_our_file_meta_is_read_by_pydicom() -> None:
    data = encode_file(file_meta("1.2.840.10008.5.1.4.1.1.2", "2.25.7"), ORDINARY)
    theirs = pydicom.dcmread(io.BytesIO(data))
    assert theirs.preamble == bytes(128)
    assert theirs.file_meta.FileMetaInformationGroupLength == data.index(START) - 144
    assert theirs.file_meta.FileMetaInformationVersion == b"\0\1"
    assert theirs.file_meta.TransferSyntaxUID == EXPLICIT
    assert theirs.file_meta.ImplementationClassUID == IMPLEMENTATION_CLASS_UID
    assert theirs.file_meta.ImplementationVersionName == IMPLEMENTATION_VERSION_NAME
    assert theirs.PatientID == "P1"
    assert read(data).anomalies == ()


def test_our_implementation_names_are_legal() -> None:
    assert is_uid(IMPLEMENTATION_CLASS_UID)
    assert len(IMPLEMENTATION_VERSION_NAME) <= 16


def test_items_are_written_as_pydicom_writes_them_and_read_back() -> None:
    items = (parse_dataset(REFERENCED), parse_dataset(PATIENT))
    value = encode_items(items)
    assert value == item(REFERENCED) + item(PATIENT)
    data_set = START + el(0x00081140, "SQ", value)
    theirs = pydicom.dcmread(io.BytesIO(file(data_set)))
    assert [len(each) for each in theirs.ReferencedImageSequence] == [2, 2]
    assert theirs.ReferencedImageSequence[1].PatientName == "Test^Ada"
    assert parse_items(value) == items


def test_items_of_undefined_length_parse_as_well() -> None:
    assert parse_items(open_item(REFERENCED) + item(PATIENT)) == parse_items(item(REFERENCED) + item(PATIENT))


def test_a_sequence_value_cut_short_gives_the_items_before() -> None:
    value = item(REFERENCED) + item(PATIENT)
    assert parse_items(value[:-3]) == parse_items(item(REFERENCED))
    assert parse_items(b"no items") == ()


def test_a_data_set_is_encoded_in_the_order_of_its_elements() -> None:
    assert encode_dataset(parse_dataset(START + PATIENT)) == START + PATIENT


def test_equal_instances_are_equal() -> None:
    assert read(file()) == replace(read(file()), keys=Attributes.of(read(file()).keys))
