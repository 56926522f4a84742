"""Bytes to text and numbers, and back (PS3.5 6)."""

from __future__ import annotations

import struct

import pytest

from mediakit.dictionary import tag_of
from mediakit.model import Attributes
from mediakit.values import charset_of, encode_text, is_uid, number, person_name, text, texts

NAME, COMMENTS = tag_of("PatientName"), tag_of("PatientComments")


def holding(keyword: str, vr: str, value: bytes, charset: bytes | None = None) -> Attributes:
    cells = [(tag_of(keyword), vr, value)]
    if charset is not None:
        cells.append((tag_of("SpecificCharacterSet"), "CS", charset))
    return Attributes.of(cells)


@pytest.mark.parametrize(
    ("charset", "value", "expected"),
    [
        (None, b"Doe^Jane ", "Doe^Jane"),
        (b"ISO_IR 6 ", b"Doe^Jane ", "Doe^Jane"),
        (b"ISO_IR 100", "Müller^Jörg".encode("latin_1"), "Müller^Jörg"),
        (b"ISO_IR 101", "Wałęsa".encode("iso8859_2"), "Wałęsa"),
        (b"ISO_IR 109", "Ħal".encode("iso8859_3"), "Ħal"),
        (b"ISO_IR 110", "Bērziņš".encode("iso8859_4"), "Bērziņš"),
        (b"ISO_IR 144", "Люкceмбypг".encode("iso8859_5"), "Люкceмбypг"),
        (b"ISO_IR 127", "قباني^لنزار".encode("iso8859_6"), "قباني^لنزار"),
        (b"ISO_IR 126", "Διονυσιος".encode("iso8859_7"), "Διονυσιος"),
        (b"ISO_IR 138", "שרון^דבורה".encode("iso8859_8"), "שרון^דבורה"),
        (b"ISO_IR 148", "Çağdaş".encode("iso8859_9"), "Çağdaş"),
        (b"ISO_IR 166", "นามสกุล".encode("tis_620"), "นามสกุล"),
        (b"ISO_IR 203", "Œuvre €".encode("iso8859_15"), "Œuvre €"),
        (b"ISO_IR 13 ", "ﾔﾏﾀﾞ".encode("shift_jis"), "ﾔﾏﾀﾞ"),
        (b"ISO_IR 192", "Wang^XiaoDong=王^小东 ".encode(), "Wang^XiaoDong=王^小东"),
        (b"GB18030 ", "王^小东".encode("gb18030"), "王^小东"),
        (b"GBK ", "王^小东".encode("gbk"), "王^小东"),
    ],
)
def test_single_character_sets(charset: bytes | None, value: bytes, expected: str) -> None:
    assert text(holding("PatientName", "PN", value, charset), "PatientName") == expected


JAPANESE = b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B"
KOREAN = b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf"
KATAKANA = (
    b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J"
)
CHINESE = b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab="


@pytest.mark.parametrize(
    ("charset", "value", "expected"),
    [
        (b"\\ISO 2022 IR 87", JAPANESE, "Yamada^Tarou=山田^太郎=やまだ^たろう"),
        (b"ISO 2022 IR 13\\ISO 2022 IR 87", KATAKANA, "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"),
        (b"\\ISO 2022 IR 149", KOREAN, "Hong^Gildong=洪^吉洞=홍^길동"),
        (b"\\ISO 2022 IR 58", CHINESE, "Zhang^XiaoDong=张^小东="),
        (
            b"ISO 2022 IR 100\\ISO 2022 IR 144",
            b"M\xfcller\x1b-L\xbb\xee\xda^J\xf6rg",
            "MüllerЛюк^Jörg",
        ),
    ],
)
def test_switching_between_character_sets(charset: bytes, value: bytes, expected: str) -> None:
    assert text(holding("PatientName", "PN", value, charset), "PatientName") == expected


@pytest.mark.parametrize(
    ("charset", "value", "expected"),
    [
        (None, b"M\xfcller", "M\\xfcller"),
        (b"ISO_IR 192", b"\xe7\x8e\xe5\xb0\x8f", "\\xe7\\x8e小"),
        (b"NO SUCH SET", b"\xfc", "\\xfc"),
        (b"\\ISO 2022 IR 87", b"a\x1b$B\xff\xff\x1b(Bb", "a\\xff\\xffb"),
        (b"GB18030", b"\xff\xff\x81\x5c", "\\xff\\xff乗"),
    ],
)
def test_bytes_outside_of_the_character_set_become_escapes_and_part_no_values(
    charset: bytes | None, value: bytes, expected: str
) -> None:
    assert texts(holding("PatientName", "PN", value, charset), NAME) == (expected,)


def test_a_backslash_inside_a_character_parts_no_values() -> None:
    value = "乗\\万".encode("gb18030")
    assert value.count(b"\\") == 2
    assert texts(holding("OtherPatientIDs", "LO", value, b"GB18030 "), "OtherPatientIDs") == ("乗", "万")


def test_values_are_parted_and_stripped_of_padding() -> None:
    image_type = holding("ImageType", "CS", b"ORIGINAL\\PRIMARY\\AXIAL ")
    assert texts(image_type, "ImageType") == ("ORIGINAL", "PRIMARY", "AXIAL")
    assert text(image_type, "ImageType") == "ORIGINAL"
    assert text(holding("SOPInstanceUID", "UI", b"1.2.3\0"), "SOPInstanceUID") == "1.2.3"


def test_long_texts_keep_backslashes_and_leading_spaces() -> None:
    assert texts(holding("PatientComments", "LT", b"  a\\b  "), COMMENTS) == ("  a\\b",)


def test_codes_do_not_take_the_specific_character_set() -> None:
    assert text(holding("Modality", "CS", b"C\xdc", b"ISO_IR 100"), "Modality") == "C\\xdc"


def test_an_item_may_inherit_its_character_set() -> None:
    name = holding("PatientName", "PN", "Jörg".encode())
    assert text(name, NAME, ("ISO_IR 192",)) == "Jörg"
    assert text(name, NAME, ()) == "J\\xc3\\xb6rg"


def test_absent_and_empty_values_have_no_text() -> None:
    empty = holding("PatientName", "PN", b"")
    assert (text(empty, NAME), texts(empty, NAME)) == ("", ())
    assert texts(holding("PatientName", "PN", b"  "), NAME) == ()
    assert texts(holding("ImageType", "CS", b"\\\\AXIAL"), "ImageType") == ("", "", "AXIAL")
    assert (text(Attributes(), NAME), number(Attributes(), "Rows")) == ("", None)
    assert texts(holding("ConceptNameCodeSequence", "SQ", b"12345678"), "ConceptNameCodeSequence") == ()


def test_character_sets_of_a_data_set() -> None:
    assert charset_of(Attributes()) == ()
    assert charset_of(holding("PatientID", "LO", b"1 ", b"")) == ()
    assert charset_of(holding("PatientID", "LO", b"1 ", b"ISO_IR 100")) == ("ISO_IR 100",)
    assert charset_of(holding("PatientID", "LO", b"1 ", b"\\ISO 2022 IR 87")) == ("", "ISO 2022 IR 87")


@pytest.mark.parametrize(
    ("keyword", "vr", "value", "expected"),
    [
        ("Rows", "US", struct.pack("<H", 512), 512),
        ("SmallestImagePixelValue", "SS", struct.pack("<h", -5), -5),
        ("RecordInUseFlag", "US", b"\xff\xff", 65535),
        ("OffsetOfTheNextDirectoryRecord", "UL", struct.pack("<I", 1 << 31), 1 << 31),
        ("InstanceNumber", "IS", b"12", 12),
        ("InstanceNumber", "IS", b" -7 ", -7),
        ("InstanceNumber", "IS", b"3.000 ", 3),
        ("InstanceNumber", "IS", b"1\\2 ", 1),
        ("InstanceNumber", "IS", b"1_0 ", None),
        ("InstanceNumber", "IS", b"twelve", None),
        ("InstanceNumber", "IS", b"9" * 5000, None),
        ("InstanceNumber", "IS", b"", None),
        ("Rows", "US", b"\1", None),
    ],
)
def test_numbers(keyword: str, vr: str, value: bytes, expected: int | None) -> None:
    assert number(holding(keyword, vr, value), keyword) == expected


def test_binary_numbers_as_text() -> None:
    assert texts(holding("Rows", "US", b"\1\0\2\0\3"), "Rows") == ("1", "2")
    pointer = holding("FrameIncrementPointer", "AT", bytes.fromhex("18006310"))
    assert text(pointer, "FrameIncrementPointer") == "(0018,1063)"


@pytest.mark.parametrize(
    ("value", "charsets", "encoded"),
    [
        ("Doe^Jane", (), b"Doe^Jane"),
        ("Müller", ("ISO_IR 100",), b"M\xfcller"),
        ("Müller", ("ISO_IR 192",), "Müller".encode()),
        ("王^小东", ("GB18030",), "王^小东".encode("gb18030")),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", ("", "ISO 2022 IR 87"), JAPANESE),
        ("Hong^Gildong=洪^吉洞=홍^길동", ("", "ISO 2022 IR 149"), KOREAN),
        ("Zhang^XiaoDong=张^小东=", ("", "ISO 2022 IR 58"), CHINESE),
    ],
)
def test_text_is_encoded_as_the_examples_of_the_standard(
    value: str, charsets: tuple[str, ...], encoded: bytes
) -> None:
    assert encode_text(value, charsets, "PN") == encoded


@pytest.mark.parametrize(
    ("value", "charsets"),
    [
        ("Müller\\Łukasz", ("ISO 2022 IR 100", "ISO 2022 IR 101")),
        ("Люк^Jörg=山田", ("ISO 2022 IR 100", "ISO 2022 IR 144", "ISO 2022 IR 87")),
        ("Διονυσιος^Ġużè", ("ISO 2022 IR 126", "ISO 2022 IR 109")),
        ("乗\\万", ("GB18030",)),
    ],
)
def test_encoded_text_decodes_to_itself(value: str, charsets: tuple[str, ...]) -> None:
    encoded = encode_text(value, charsets, "PN")
    attributes = holding("PatientName", "PN", encoded, "\\".join(charsets).encode())
    assert "\\".join(texts(attributes, NAME)) == value


def test_text_that_no_character_set_holds_is_refused() -> None:
    for value, charsets, vr in (("ü", (), "LO"), ("王", ("ISO_IR 100",), "PN"), ("ü", ("ISO_IR 192",), "CS")):
        with pytest.raises(ValueError, match="codec can't encode"):
            encode_text(value, charsets, vr)
    with pytest.raises(ValueError, match="codec can't encode"):
        encode_text("王", ("ISO 2022 IR 100", "ISO 2022 IR 144"))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Müller^Jörg", "Müller, Jörg"),
        ("Müller^Jörg^Peter^Dr.^Jr.", "Müller, Jörg Peter"),
        ("Müller", "Müller"),
        ("^Jörg", "Jörg"),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada, Tarou"),
        ("=山田^太郎", "山田, 太郎"),
        ("^^^^=^=", ""),
        ("", ""),
    ],
)
def test_names_for_people(value: str, shown: str) -> None:
    assert person_name(value) == shown


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1.2.840.10008.1.2", True),
        ("2.25.0", True),
        ("0.1", True),
        ("1." + "2" * 62, True),
        ("1." + "2" * 63, False),
        ("1.02.3", False),
        ("1..2", False),
        ("1.2.", False),
        ("1", False),
        ("", False),
        ("1.2 ", False),
        ("1.٢", False),
    ],
)
def test_uids(value: str, expected: bool) -> None:
    assert is_uid(value) is expected
