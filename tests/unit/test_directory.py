"""Which records instances become, with which keys, and what is supplied, computed or refused."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from mediakit.dicomfile import parse_items
from mediakit.dictionary import keyword_of, tag_of
from mediakit.directory import PRIVATE_RECORD_UID, Directory, applies, build_directory, order, unfit
from mediakit.keys import extended, has_value, moment, words
from mediakit.model import DirectoryRecord, Element, FileId, Instance, Member
from mediakit.profile.load import profile
from mediakit.profile.model import Condition, DirectoryKey
from mediakit.profile.records import load_records, with_private_records
from mediakit.values import is_uid, text
from tests.builders import ct, element, instance, uid

TABLE = load_records()
SR, KO = "1.2.840.10008.5.1.4.1.1.88.11", "1.2.840.10008.5.1.4.1.1.88.59"
PALETTE, CURVE = "1.2.840.10008.5.1.4.39.1", "1.2.840.10008.5.1.4.1.1.9"
PRESENTATION = "1.2.840.10008.5.1.4.1.1.11.1"
NO_PIXELS = dict.fromkeys(
    ("ImageType", "SamplesPerPixel", "PhotometricInterpretation", "Rows", "Columns", "BitsAllocated",
     "BitsStored", "HighBit", "PixelRepresentation", "PixelData")
)  # fmt: skip


def one(number: int = 1, **changes: object) -> Instance:
    """What our reader makes of a CT file."""
    return instance(ct(number, **changes), f"file {number}")


def report(**changes: object) -> Instance:
    title = [{"CodeValue": "1", "CodingSchemeDesignator": "99X", "CodeMeaning": "Report"}]
    values: dict[str, Any] = {
        **NO_PIXELS, "SOPClassUID": SR, "Modality": "SR", "ContentDate": "20240501", "ContentTime": "101500",
        "CompletionFlag": "COMPLETE", "VerificationFlag": "UNVERIFIED", "ConceptNameCodeSequence": title,
        **changes,
    }  # fmt: skip
    return one(**values)


def build(*instances: Instance, supply: dict[str, str] | None = None, keys: Any = ()) -> Directory:
    members = [Member(FileId((f"F{n}",)), each.content, each) for n, each in enumerate(instances)]
    return build_directory(members, TABLE, keys, supply or {})


def branch(directory: Directory) -> list[DirectoryRecord]:
    """The first record at every level."""
    found, below = [], directory.records
    while below:
        found.append(below[0])
        below = below[0].children
    return found


def shown(record: DirectoryRecord) -> dict[str, str]:
    return {keyword_of(key.tag): text(record.keys, key.tag) for key in record.keys}


def supplied(directory: Directory) -> list[tuple[str, str, str, str]]:
    return [(each.record, each.keyword, each.value, each.source) for each in directory.supplied]


def test_an_image_becomes_four_records() -> None:
    directory = build(one())
    assert [(record.type, shown(record)) for record in branch(directory)] == [
        ("PATIENT", {"PatientName": "Test^Ada", "PatientID": "P1", "PatientBirthDate": "19700101",
                     "PatientSex": "F"}),
        ("STUDY", {"StudyDate": "20240501", "StudyTime": "101500", "AccessionNumber": "ACC1",
                   "StudyDescription": "Thorax", "StudyInstanceUID": uid("study"), "StudyID": "S1"}),
        ("SERIES", {"Modality": "CT", "SeriesDescription": "AX 5.0", "SeriesInstanceUID": uid("series"),
                    "SeriesNumber": "1"}),
        ("IMAGE", {"InstanceNumber": "1"}),
    ]  # fmt: skip
    assert directory.supplied == ()
    assert [record.member and record.member.file_id for record in branch(directory)][-1] == FileId(("F0",))


def test_keys_are_in_tag_order() -> None:
    for record in branch(build(report())):
        tags = [key.tag for key in record.keys]
        assert tags == sorted(set(tags))


def test_type_2_keys_are_there_but_empty() -> None:
    patient, study, *_ = branch(build(one(PatientName=None, AccessionNumber="", StudyDescription=None)))
    assert patient.keys.get(tag_of("PatientName")) == Element(tag_of("PatientName"), "PN", b"")
    assert study.keys.get(tag_of("AccessionNumber")) == Element(tag_of("AccessionNumber"), "SH", b"")
    assert study.keys.get(tag_of("StudyDescription")) == Element(tag_of("StudyDescription"), "LO", b"")


def test_type_3_keys_are_left_away_when_empty() -> None:
    patient, _, series, _ = branch(build(one(PatientSex="", SeriesDescription=None)))
    assert tag_of("PatientSex") not in patient.keys
    assert tag_of("SeriesDescription") not in series.keys


def test_values_that_no_reader_could_use_are_replaced() -> None:
    directory = build(one(StudyTime="10:15:00", StudyDate="2024.05.01", InstanceNumber="7a"))
    _, study, _, image = branch(directory)
    assert text(study.keys, "StudyTime") == "101500"
    assert text(study.keys, "StudyDate") == "20240501"
    assert text(image.keys, "InstanceNumber") == "1"
    old = "the older form in the instance"
    assert [(s.keyword, s.source) for s in directory.supplied] == [
        ("StudyDate", old), ("StudyTime", old), ("InstanceNumber", "the next free number"),
    ]  # fmt: skip


def test_optional_values_are_copied_even_if_they_break_their_vr() -> None:
    _, study, _, _ = branch(build(one(AccessionNumber="A" * 17)))
    assert study.keys.raw(tag_of("AccessionNumber")).strip() == b"A" * 17


def test_records_branch_by_patient_study_and_series() -> None:
    directory = build(
        one(1),
        one(2, SeriesInstanceUID="1.2.1"),
        one(3, StudyInstanceUID="1.2.2", SeriesInstanceUID="1.2.3"),
        one(4, PatientID="P2", StudyInstanceUID="1.2.4", SeriesInstanceUID="1.2.5"),
        one(5),
    )
    tree = [
        [[[text(i.keys, "InstanceNumber") for i in series.children] for series in study.children]
         for study in patient.children]
        for patient in directory.records
    ]  # fmt: skip
    assert tree == [[[["1", "5"], ["2"]], [["3"]]], [[["4"]]]]


def test_one_patient_id_in_two_character_sets_is_one_patient() -> None:
    latin = one(1, SpecificCharacterSet="ISO_IR 100", PatientID="Ä1".encode("latin-1"))
    unicode = one(2, SpecificCharacterSet="ISO_IR 192", PatientID="Ä1 ".encode())
    assert len(build(latin, unicode).records) == 1


def test_every_record_of_one_patient_has_the_character_set_of_its_own_values() -> None:
    """F.5: (0008,0005) is per record; nothing is transcoded."""
    latin = one(1, SpecificCharacterSet="ISO_IR 100", PatientName="Süß^Jörg".encode("latin-1"),
                SeriesDescription="Schädel".encode("latin-1"))  # fmt: skip
    unicode = one(2, SpecificCharacterSet="ISO_IR 192", PatientName="Süß^Jörg".encode(),
                  SeriesInstanceUID="1.9", SeriesDescription="Fuß".encode())  # fmt: skip
    plain = one(3, PatientName="Suess^Joerg", SeriesInstanceUID="1.10", SeriesDescription="Hand")
    (patient,) = build(latin, unicode, plain).records
    (study,) = patient.children
    records = (patient, study, *study.children)
    assert [text(record.keys, "SpecificCharacterSet") for record in records] == [
        "ISO_IR 100", "", "ISO_IR 100", "ISO_IR 192", "",
    ]  # fmt: skip
    assert text(patient.keys, "PatientName") == "Süß^Jörg"
    assert [text(series.keys, "SeriesDescription") for series in study.children] == ["Schädel", "Fuß", "Hand"]


def test_members_without_an_instance_get_no_record() -> None:
    member = Member(FileId(("README",)), one().content)
    assert build_directory([member], TABLE) == Directory((), ())


OWN = "1.2.3.4"
"""A private SOP class."""


def tree(*instances: Instance, supply: dict[str, str] | None = None) -> Any:
    """The types of the records by branch, where instances without a record type get a PRIVATE one."""

    def of(record: DirectoryRecord) -> Any:
        return {record.type: [of(each) for each in record.children]} if record.children else record.type

    members = [Member(FileId((f"F{n}",)), each.content, each) for n, each in enumerate(instances)]
    return [of(each) for each in build_directory(members, with_private_records(), (), supply or {}).records]


def test_private_records_stand_in_the_lowest_branch_that_has_others() -> None:
    """F.6: without the PRIVATE records the directory has no empty branch."""
    image, other = {"PATIENT": [{"STUDY": [{"SERIES": ["IMAGE"]}]}]}, "PRIVATE"
    assert tree(one(1), one(2, SOPClassUID=OWN)) == [{"PATIENT": [{"STUDY": [{"SERIES": ["IMAGE", other]}]}]}]
    assert tree(one(2, SOPClassUID=OWN, SeriesInstanceUID="1.5"), one(1)) == [
        {"PATIENT": [{"STUDY": [{"SERIES": ["IMAGE"]}, other]}]}
    ]
    assert tree(one(1), one(2, SOPClassUID=OWN, SeriesInstanceUID="1.5", StudyInstanceUID="1.6")) == [
        {"PATIENT": [{"STUDY": [{"SERIES": ["IMAGE"]}]}, other]}
    ]
    stranger = {"PatientID": "P2", "SeriesInstanceUID": "1.5", "StudyInstanceUID": "1.6"}
    assert tree(one(1), one(2, SOPClassUID=OWN, **stranger)) == [image, other]
    nobodys = dict.fromkeys(("PatientID", "StudyInstanceUID", "SeriesInstanceUID"))
    assert tree(one(2, SOPClassUID=OWN, **nobodys), one(1), supply={"PatientID": "P1"}) == [image, other]
    assert tree(one(1, SOPClassUID=OWN)) == [other]


def test_a_private_record_says_what_it_is_and_whose() -> None:
    members = [Member(FileId(("F",)), each.content, each) for each in (one(7, SOPClassUID=OWN),)]
    (record,) = build_directory(members, with_private_records(), profile("STD-GEN-CD").keys).records
    assert shown(record) == {
        "PrivateRecordUID": PRIVATE_RECORD_UID, "Modality": "CT", "SeriesDescription": "AX 5.0",
        "PatientName": "Test^Ada", "PatientID": "P1", "StudyInstanceUID": uid("study"),
        "SeriesInstanceUID": uid("series"), "InstanceNumber": "7",
    }  # fmt: skip
    assert is_uid(PRIVATE_RECORD_UID)
    assert record.member is members[0]


def test_a_value_that_is_given_goes_into_no_private_record() -> None:
    """It is for what has to be in a record; whose the object is nobody knows."""
    nobodys = one(1, SOPClassUID=OWN, PatientID=None, StudyInstanceUID=None)
    members = [Member(FileId(("F",)), nobodys.content, nobodys)]
    (record,) = build_directory(members, with_private_records(), (), {"PatientID": "P1"}).records
    assert tag_of("PatientID") not in record.keys


@pytest.mark.parametrize("sop_class", [OWN, CURVE, "1.2.840.10008.5.1.4.1.1.481.23"])
def test_what_has_no_record_type_is_refused_or_private_but_never_an_image(sop_class: str) -> None:
    assert unfit(one(SOPClassUID=sop_class), TABLE)
    assert unfit(one(SOPClassUID=sop_class), with_private_records()) is None
    assert tree(one(SOPClassUID=sop_class)) == ["PRIVATE"]


def test_a_private_record_needs_a_sop_class_and_an_instance_uid() -> None:
    lacking = instance(ct(1, SOPClassUID="", SOPInstanceUID="1.2.3"))
    assert unfit(lacking, with_private_records()) == "SOP Class UID is missing"
    lacking = instance(ct(1, SOPClassUID=OWN, SOPInstanceUID=""))
    assert unfit(lacking, with_private_records()) == "SOP Instance UID is missing"


def test_root_level_types_stand_at_the_root() -> None:
    palette = one(2, SOPClassUID=PALETTE, ContentLabel="HOT", ContentDescription="Warm")
    directory = build(palette, one(1))
    assert [record.type for record in directory.records] == ["PATIENT", "PALETTE"]
    assert shown(directory.records[1]) == {"ContentLabel": "HOT", "ContentDescription": "Warm"}


def test_profile_keys_are_added_when_their_condition_holds() -> None:
    keys = profile("STD-GEN-CD").keys
    *_, image = branch(build(one(), keys=keys))
    assert shown(image) == {"ImageType": "ORIGINAL", "InstanceNumber": "1"}
    references = [{"ReferencedSOPClassUID": "1.2", "ReferencedSOPInstanceUID": "1.3"}]
    *_, image = branch(build(one(ReferencedImageSequence=references), keys=keys))
    (item,) = parse_items(image.keys.raw(tag_of("ReferencedImageSequence")))
    assert text(item, "ReferencedSOPInstanceUID") == "1.3"
    *_, image = branch(build(one(ImageType=None), keys=keys))
    assert tag_of("ImageType") not in image.keys


def test_a_profile_raises_the_type_of_a_key() -> None:
    raised = DirectoryKey("PATIENT", "PatientSex", "1")
    assert unfit(one(PatientSex=""), TABLE) is None
    assert unfit(one(PatientSex=""), TABLE, {}, (raised,)) == "Patient Sex is missing"


SOURCES = ["SeriesDate", "AcquisitionDate", "ContentDate", "InstanceCreationDate"]


@pytest.mark.parametrize("first", range(4))
def test_study_date_comes_from_the_next_best_date(first: int) -> None:
    dates = {keyword: f"2024010{n + 1}" for n, keyword in enumerate(SOURCES) if n >= first}
    directory = build(one(StudyDate="", **dates))
    assert text(branch(directory)[1].keys, "StudyDate") == f"2024010{first + 1}"
    assert supplied(directory) == [("STUDY", "StudyDate", f"2024010{first + 1}", words(SOURCES[first]))]


def test_study_time_comes_from_the_series() -> None:
    directory = build(one(StudyTime=None, SeriesTime="090000"))
    assert supplied(directory) == [("STUDY", "StudyTime", "090000", "Series Time")]


def test_without_any_date_nothing_is_made_up() -> None:
    assert unfit(one(StudyDate=None), TABLE) == "Study Date is missing"


def test_missing_numbers_are_the_next_free_ones() -> None:
    directory = build(
        one(1, InstanceNumber="5"), one(2, InstanceNumber=None), one(3, InstanceNumber=""),
        one(4, SeriesInstanceUID="1.2.1", SeriesNumber=None),
        one(5, StudyInstanceUID="1.2.2", SeriesInstanceUID="1.2.3", StudyID=None),
    )  # fmt: skip
    assert supplied(directory) == [
        ("STUDY", "StudyID", "1", "the next free number"),
        ("SERIES", "SeriesNumber", "2", "the next free number"),
        ("IMAGE", "InstanceNumber", "6", "the next free number"),
        ("IMAGE", "InstanceNumber", "7", "the next free number"),
    ]


def test_a_supplied_number_stays_in_the_range_of_is() -> None:
    directory = build(one(1, InstanceNumber="2147483647"), one(2, InstanceNumber=None))
    assert [each.value for each in directory.supplied] == ["1"]


def test_a_branch_is_described_by_an_instance_that_lacks_nothing() -> None:
    directory = build(one(1, StudyDate=None, SeriesDate="20200101"), one(2))
    assert text(branch(directory)[1].keys, "StudyDate") == "20240501"
    assert directory.supplied == ()


def test_given_values_go_into_the_record_only() -> None:
    lacking = one(PatientID=None, PatientName="", Modality=None)
    supply = {"PatientID": "P9", "PatientName": "Doe^Jane", "Modality": "OT"}
    assert unfit(lacking, TABLE) == "Patient ID is missing; Modality is missing"
    assert unfit(lacking, TABLE, supply) is None
    directory = build(lacking, supply=supply)
    patient, _, series, image = branch(directory)
    assert (text(patient.keys, "PatientID"), text(patient.keys, "PatientName")) == ("P9", "Doe^Jane")
    assert text(series.keys, "Modality") == "OT"
    assert {each[3] for each in supplied(directory)} == {"the value that was given"}
    assert image.member
    assert image.member.instance is lacking


def test_a_given_value_replaces_no_value_and_wins_over_a_guess() -> None:
    supply = {"PatientID": "P9", "StudyDate": "20200202"}
    patient, study, *_ = branch(build(one(StudyDate=None, SeriesDate="20240101"), supply=supply))
    assert text(patient.keys, "PatientID") == "P1"
    assert text(study.keys, "StudyDate") == "20200202"


def test_a_given_patient_id_joins_the_patient_of_that_id() -> None:
    directory = build(one(1, PatientID="P9"), one(2, PatientID=None), supply={"PatientID": "P9"})
    assert len(directory.records) == 1


def test_a_given_binary_value() -> None:
    spectroscopy = one(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.4.2", ContentDate="20240101", ContentTime="10",
        NumberOfFrames="1", DataPointRows=1, DataPointColumns=None,
    )  # fmt: skip
    assert unfit(spectroscopy, TABLE) == "Data Point Columns is missing"
    *_, record = branch(build(spectroscopy, supply={"DataPointColumns": "256"}))
    assert record.keys.raw(tag_of("DataPointColumns")) == b"\0\1\0\0"
    refused = "the supplied Data Point Columns 'many' cannot be written"
    assert unfit(spectroscopy, TABLE, {"DataPointColumns": "many"}) == refused


def test_a_sequence_cannot_be_given() -> None:
    untitled = report(ConceptNameCodeSequence=None)
    assert unfit(untitled, TABLE) == "Concept Name Code Sequence is missing"
    refused = "the supplied Concept Name Code Sequence 'x' cannot be written"
    assert unfit(untitled, TABLE, {"ConceptNameCodeSequence": "x"}) == refused


LATIN = {"SpecificCharacterSet": "ISO_IR 100", "PatientName": "Müller^Jörg".encode("latin-1")}


def test_the_character_set_is_in_the_records_that_need_it() -> None:
    patient, study, series, image = branch(build(one(**LATIN)))
    assert patient.keys.raw(tag_of("SpecificCharacterSet")) == b"ISO_IR 100"
    for record in (study, series, image):
        assert tag_of("SpecificCharacterSet") not in record.keys


def test_escape_sequences_need_the_character_set_too() -> None:
    name = b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B"
    patient, *_ = branch(build(one(SpecificCharacterSet="\\ISO 2022 IR 87", PatientName=name)))
    assert text(patient.keys, "PatientName") == "Yamada^Tarou=山田^太郎"


def test_text_inside_a_sequence_needs_the_character_set() -> None:
    title = [{"CodeMeaning": "Übersicht".encode("latin-1")}]
    *_, record = branch(build(report(SpecificCharacterSet="ISO_IR 100", ConceptNameCodeSequence=title)))
    assert record.keys.raw(tag_of("SpecificCharacterSet")) == b"ISO_IR 100"


def test_text_without_a_character_set_does_not_fit_until_one_is_given() -> None:
    unknown = one(PatientName=LATIN["PatientName"])
    assert unfit(unknown, TABLE) == "Patient Name is not plain ASCII, but Specific Character Set is missing"
    given = {"SpecificCharacterSet": "ISO_IR 100"}
    assert unfit(unknown, TABLE, given) is None
    directory = build(unknown, supply=given)
    assert text(directory.records[0].keys, "PatientName") == "Müller^Jörg"
    assert supplied(directory) == [
        ("PATIENT", "SpecificCharacterSet", "ISO_IR 100", "the value that was given")
    ]


def test_a_given_name_is_written_in_the_character_set_of_the_instance() -> None:
    directory = build(
        one(SpecificCharacterSet="ISO_IR 100", PatientName=""), supply={"PatientName": "Möbius"}
    )
    assert directory.records[0].keys.raw(tag_of("PatientName")) == "Möbius".encode("latin-1")
    greek = {"PatientName": "Διονυσιος"}
    refused = "the supplied Patient Name 'Διονυσιος' cannot be written"
    assert unfit(one(SpecificCharacterSet="ISO_IR 100", PatientName=""), TABLE, greek) == refused


def test_a_given_name_without_any_character_set_is_written_in_unicode() -> None:
    directory = build(one(PatientName=None), supply={"PatientName": "Διονυσιος"})
    keys = directory.records[0].keys
    assert (text(keys, "PatientName"), text(keys, "SpecificCharacterSet")) == ("Διονυσιος", "ISO_IR 192")


UNFIT = {
    "no SOP Instance UID": (ct(1, SOPInstanceUID=""), "SOP Instance UID is missing"),
    "no Patient ID": (ct(1, PatientID=" "), "Patient ID is missing"),
    "no Study UID": (ct(1, StudyInstanceUID=None), "Study Instance UID is missing"),
    "no Series UID": (ct(1, SeriesInstanceUID=""), "Series Instance UID is missing"),
    "private class": (ct(1, SOPClassUID="1.2.3.4"), "1.2.3.4 has no Directory Record type"),
    "undecided class": (
        ct(1, SOPClassUID="1.2.840.10008.5.1.4.1.1.200.2"),
        "CT Performed Procedure Protocol Storage has no Directory Record type",
    ),
    "retired record type": (
        ct(1, SOPClassUID=CURVE),
        "Standalone Curve Storage has a Directory Record type that is retired (CURVE) and may not be written",
    ),
}


@pytest.mark.parametrize("name", UNFIT)
def test_unfit(name: str) -> None:
    data, reason = UNFIT[name]
    refused = instance(data)
    assert unfit(refused, TABLE) == reason
    if name != "no SOP Instance UID":
        with pytest.raises(ValueError, match="source"):
            build(refused)


def test_fit() -> None:
    assert unfit(one(), TABLE) is None
    assert unfit(report(), TABLE) is None


def test_a_measurement_is_labelled_by_its_modality() -> None:
    """F.5.41 wants a Content Label (CS); the IODs of ophthalmic measurements have none."""
    lens = one(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.78.1", Modality="LEN", ContentDate="20240501", ContentTime="10"
    )
    directory = build(lens)
    *_, record = branch(directory)
    assert text(record.keys, "ContentLabel") == "LEN"
    assert supplied(directory) == [("MEASUREMENT", "ContentLabel", "LEN", "Modality")]


MODIFIER = {"RelationshipType": "HAS CONCEPT MOD", "ValueType": "TEXT", "TextValue": "German"}
CONTAINED = {"RelationshipType": "CONTAINS", "ValueType": "TEXT", "TextValue": "Body"}


@pytest.mark.parametrize("sop_class", [SR, KO])
def test_content_is_reduced_to_the_concept_modifiers(sop_class: str) -> None:
    content = [CONTAINED, MODIFIER, {**MODIFIER, "TextValue": "Swiss"}, CONTAINED]
    *_, record = branch(build(report(SOPClassUID=sop_class, ContentSequence=content)))
    items = parse_items(record.keys.raw(tag_of("ContentSequence")))
    assert [text(item, "TextValue") for item in items] == ["German", "Swiss"]


def test_children_of_a_concept_modifier_are_not_in_the_record() -> None:
    """F.5.25: only the root's own; PS3.16 TID 1204 puts the country of a language below it."""
    country = {**MODIFIER, "TextValue": "Switzerland"}
    *_, record = branch(build(report(ContentSequence=[{**MODIFIER, "ContentSequence": [country]}])))
    (item,) = parse_items(record.keys.raw(tag_of("ContentSequence")))
    assert {keyword_of(each.tag): text(item, each.tag) for each in item} == MODIFIER


def test_without_concept_modifiers_there_is_no_content() -> None:
    *_, record = branch(build(report(ContentSequence=[CONTAINED])))
    assert tag_of("ContentSequence") not in record.keys


def test_the_latest_verification_counts() -> None:
    observers = [{"VerificationDateTime": when} for when in ("20240502", "20240503101500", "202405031014")]
    verified = report(VerificationFlag="VERIFIED", VerifyingObserverSequence=observers)
    *_, record = branch(build(verified))
    assert text(record.keys, "VerificationDateTime") == "20240503101500"
    *_, record = branch(build(report(VerifyingObserverSequence=observers)))
    assert tag_of("VerificationDateTime") not in record.keys  # not VERIFIED
    assert unfit(report(VerificationFlag="VERIFIED"), TABLE) == "Verification Date Time is missing"


def test_references_of_a_presentation_state() -> None:
    state = {
        **NO_PIXELS, "SOPClassUID": PRESENTATION, "Modality": "PR", "PresentationCreationDate": "20240101",
        "PresentationCreationTime": "10", "ContentLabel": "ARROWS",
    }  # fmt: skip
    *_, record = branch(build(one(**state)))
    assert tag_of("ReferencedSeriesSequence") not in record.keys
    images = [{"ReferencedSOPClassUID": "1.2", "ReferencedSOPInstanceUID": "1.3"}]
    series = [{"SeriesInstanceUID": "1.4", "ReferencedImageSequence": images}]
    *_, record = branch(build(one(**state, ReferencedSeriesSequence=series)))
    (item,) = parse_items(record.keys.raw(tag_of("ReferencedSeriesSequence")))
    assert text(item, "SeriesInstanceUID") == "1.4"


def sorted_origins(*rows: dict[str, object]) -> list[int]:
    """The numbers of the rows in the order in which their instances come."""
    return [
        int(each.origin.split()[1]) for each in order([one(n, **row) for n, row in enumerate(rows)], TABLE)
    ]


def test_patients_come_by_name_then_id() -> None:
    rows = [
        {"PatientName": "Zoe", "PatientID": "1"}, {"PatientName": "adam", "PatientID": "3"},
        {"PatientName": "Adam", "PatientID": "2"},
    ]  # fmt: skip
    distinct = [
        {**row, "StudyInstanceUID": f"1.{n}", "SeriesInstanceUID": f"2.{n}"} for n, row in enumerate(rows)
    ]
    assert sorted_origins(*distinct) == [2, 1, 0]


def test_studies_come_by_date_and_time() -> None:
    dates = [("20240101", "12"), ("20230101", "13"), ("20230101", "09")]
    rows = [
        {"StudyDate": d, "StudyTime": t, "StudyInstanceUID": f"1.{n}", "SeriesInstanceUID": f"2.{n}"}
        for n, (d, t) in enumerate(dates)
    ]
    assert sorted_origins(*rows) == [2, 1, 0]


def test_series_and_instances_come_by_number_and_those_without_last() -> None:
    numbers = ["10", "9", None, "-1"]
    rows = [{"SeriesNumber": number, "SeriesInstanceUID": f"1.{n}"} for n, number in enumerate(numbers)]
    assert sorted_origins(*rows) == [3, 1, 0, 2]
    assert sorted_origins(*[{"InstanceNumber": number} for number in numbers]) == [3, 1, 0, 2]


def test_equal_instances_come_by_uid_whatever_the_order_of_the_sources() -> None:
    rows = [one(n, InstanceNumber="1", SOPInstanceUID=f"1.2.{9 - n}") for n in range(4)]
    assert order(rows, TABLE) == order(reversed(rows), TABLE)
    assert [each.sop_instance for each in order(rows, TABLE)] == ["1.2.6", "1.2.7", "1.2.8", "1.2.9"]


def test_a_branch_stays_together_even_if_its_instances_disagree() -> None:
    rows = [
        {"StudyDate": "20240101", "PatientName": "A"},
        {"StudyDate": "20240102", "PatientName": "B", "StudyInstanceUID": "1.1", "SeriesInstanceUID": "2.1"},
        {"StudyDate": "20240103", "PatientName": "C"},
    ]
    assert sorted_origins(*rows) == [0, 2, 1]


def test_objects_without_a_patient_come_last() -> None:
    assert sorted_origins({"SOPClassUID": PALETTE, "PatientName": "A"}, {"PatientName": "B"}) == [1, 0]


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        (None, True),
        (Condition("present", "StudyID"), True),
        (Condition("present", "PatientSex"), True),
        (Condition("present", "SeriesDate"), False),
        (Condition("nonempty", "StudyID"), True),
        (Condition("nonempty", "PatientSex"), False),
        (Condition("equals", "Modality", ("MR", "CT")), True),
        (Condition("equals", "Modality", ("MR",)), False),
    ],
)
def test_conditions(when: Condition | None, holds: bool) -> None:
    key = DirectoryKey("IMAGE", "StudyID", "1C", when)
    assert applies(key, one(PatientSex="")) is holds


def test_has_value() -> None:
    assert has_value(element("PatientID", "1"))
    assert not has_value(element("PatientID", " "))
    assert not has_value(element("PatientID", ""))
    assert has_value(element("Rows", 0))  # two zero bytes are a number
    assert not has_value(element("ContentSequence", b""))


def test_extended() -> None:
    assert not extended(element("PatientName", "Muller"))
    assert extended(element("PatientName", "Müller".encode("latin-1")))
    assert not extended(element("ImageType", "Ü".encode("latin-1")))  # PS3.5 6.1.2.2: never in a CS
    inner = {"CodeMeaning": "Ü".encode("latin-1")}
    assert extended(element("ContentSequence", [{"ConceptNameCodeSequence": [inner]}]))
    own = {**inner, "SpecificCharacterSet": "ISO_IR 100"}
    assert not extended(element("ContentSequence", [{"ConceptNameCodeSequence": [own]}]))


@pytest.mark.parametrize(
    ("keyword", "name"),
    [
        ("PatientID", "Patient ID"),
        ("StudyInstanceUID", "Study Instance UID"),
        ("RTPlanLabel", "RT Plan Label"),
        ("HL7InstanceIdentifier", "HL7 Instance Identifier"),
        ("Modality", "Modality"),
    ],
)
def test_words(keyword: str, name: str) -> None:
    assert words(keyword) == name


def test_moments_compare_across_time_zones() -> None:
    assert moment("20240503101500+0200") == moment("20240503081500") == datetime(2024, 5, 3, 8, 15)
    assert moment("20240503101500-0130") == datetime(2024, 5, 3, 11, 45)
    assert moment("2024") == datetime(2024, 1, 1)
    assert moment("20240503101530.25") == datetime(2024, 5, 3, 10, 15, 30, 250000)
    assert moment("yesterday") == moment("20241399") == moment("00010101000000+0100") == datetime.min
