"""The literal tables say what PS3.6 says, with pydicom's dictionary as the witness."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.uid import UID, UID_dictionary

from mediakit.dictionary import (
    ATTRIBUTES,
    TRANSFER_SYNTAXES,
    UIDS,
    keyword_of,
    tag_of,
    tag_text,
    uid_name,
    uid_of,
    vr_of,
)
from mediakit.profile.load import sop_class_sets
from mediakit.profile.records import load_records
from mediakit.sop_class_names import SOP_CLASS_NAMES

NEWER_THAN_PYDICOM = {
    "1.2.840.10008.1.2.4.110": "JPEG XL Lossless",
    "1.2.840.10008.1.2.4.111": "JPEG XL JPEG Recompression",
    "1.2.840.10008.1.2.4.112": "JPEG XL",
    "1.2.840.10008.1.2.8.1": "Deflated Image Frame Compression",
}
PAPYRUS = "1.2.840.10008.1.20"
NOT_A_DATA_SET = ("1.2.840.10008.1.2.6.1", "1.2.840.10008.1.2.6.2")
"""RFC 2557 MIME and XML, both retired: pydicom counts them as encapsulated."""


def test_every_row_equals_pydicoms() -> None:
    theirs = {
        keyword: (int(tag_for_keyword(keyword) or -1), dictionary_VR(tag))
        for keyword, (tag, _) in ATTRIBUTES.items()
    }
    assert dict(ATTRIBUTES) == theirs


def test_rows_stand_in_tag_order() -> None:
    tags = [tag for tag, _ in ATTRIBUTES.values()]
    assert tags == sorted(set(tags))


def test_every_transfer_syntax_is_known_by_its_registered_name() -> None:
    theirs = {uid: entry[0] for uid, entry in UID_dictionary.items() if entry[1] == "Transfer Syntax"}
    ours = {uid: syntax.name for uid, syntax in TRANSFER_SYNTAXES.items()}
    assert ours == {**NEWER_THAN_PYDICOM, **theirs}


def test_sop_classes_have_their_registered_names() -> None:
    assert dict(SOP_CLASS_NAMES) == {uid: UID_dictionary[uid][0] for uid in SOP_CLASS_NAMES}
    known = {*load_records().sop_classes, *sop_class_sets()["any-media-storage"].classes}
    assert set(SOP_CLASS_NAMES) == known & set(UID_dictionary)


@pytest.mark.parametrize("uid", sorted(set(TRANSFER_SYNTAXES) - set(NEWER_THAN_PYDICOM) - {PAPYRUS}))
def test_encodings_equal_pydicoms(uid: str) -> None:
    syntax, theirs = TRANSFER_SYNTAXES[uid], UID(uid)
    assert (syntax.implicit, syntax.big_endian) == (theirs.is_implicit_VR, not theirs.is_little_endian)
    if uid not in NOT_A_DATA_SET and not uid.startswith("1.2.840.10008.1.2.7.") and "JPIP" not in syntax.name:
        assert syntax.deflated == theirs.is_deflated
        assert syntax.encapsulated == theirs.is_encapsulated


def test_jpip_and_real_time_video_carry_no_fragments() -> None:
    plain = {uid for uid, each in TRANSFER_SYNTAXES.items() if not each.encapsulated}
    assert {uid for uid in plain if "JPIP" in TRANSFER_SYNTAXES[uid].name} == {
        f"1.2.840.10008.1.2.4.{number}" for number in (94, 95, 204, 205)
    }
    assert {f"1.2.840.10008.1.2.7.{number}" for number in (1, 2, 3)} <= plain
    assert {uid for uid, each in TRANSFER_SYNTAXES.items() if each.deflated} == {
        "1.2.840.10008.1.2.1.99",
        "1.2.840.10008.1.2.4.95",
        "1.2.840.10008.1.2.4.205",
    }


def test_what_is_not_in_the_table_is_asked_of_pydicom() -> None:
    assert "BeamSequence" not in ATTRIBUTES
    assert tag_of("BeamSequence") == 0x300A00B0
    assert vr_of(0x300A00B0) == "SQ"
    assert keyword_of(0x300A00B0) == "BeamSequence"


def test_several_value_representations_are_printed_as_in_the_standard() -> None:
    assert vr_of(tag_of("SmallestImagePixelValue")) == "US or SS"
    assert vr_of(tag_of("PixelData")) == "OB or OW"


def test_group_lengths_and_private_creators_are_known_other_private_tags_are_not() -> None:
    assert vr_of(0x00080000) == "UL"
    assert vr_of(0x00090010) == "LO"
    for tag in (0x00091001, 0x00090001, 0x12345678):
        with pytest.raises(KeyError):
            vr_of(tag)


def test_unknown_keywords_and_tags_raise_key_error() -> None:
    with pytest.raises(KeyError):
        tag_of("NoSuchKeyword")
    with pytest.raises(KeyError):
        keyword_of(0x00091001)


def test_uid_names() -> None:
    assert uid_name("1.2.840.10008.1.2.1") == "Explicit VR Little Endian"
    assert uid_name("1.2.840.10008.5.1.4.1.1.2") == "CT Image Storage"
    assert uid_name("1.2.840.10008.1.2.4.9999") == "1.2.840.10008.1.2.4.9999"
    assert uid_name("2.25.1") == "2.25.1"


def test_tags_are_printed_as_in_the_standard() -> None:
    assert tag_text(0x7FE00010) == "(7FE0,0010)"


def test_the_table_does_without_pydicom() -> None:
    code = (
        "import sys; from mediakit.dictionary import tag_of, vr_of, uid_name; "
        "tag_of('PatientName'), vr_of(0x00100010), uid_name('1.2.840.10008.1.2'); "
        "sys.exit('pydicom' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_uids_by_keyword_are_those_of_pydicom() -> None:
    for keyword, uid in UIDS.items():
        assert UID(uid).keyword == keyword
    assert uid_of("CTImageStorage") == "1.2.840.10008.5.1.4.1.1.2"
    with pytest.raises(KeyError):
        uid_of("NoSuchThing")
