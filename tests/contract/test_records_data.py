"""records.toml against the facts of PS3.3 Annex F, row by row, and what a strict loader refuses."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from mediakit.dictionary import ATTRIBUTES, tag_of, tag_text, vr_of
from mediakit.errors import InvalidProfileData
from mediakit.profile.constraint import condition_words
from mediakit.profile.data import Table, data_dir
from mediakit.profile.load import profiles
from mediakit.profile.model import Items
from mediakit.profile.records import ANY, NEXT_NUMBER, load_records, parse_records
from mediakit.profile.wanted import wanted_by, wanted_by_all

FACTS: dict[str, Any] = json.loads(
    Path(__file__).parents[1].joinpath("facts", "directory-records.json").read_text(encoding="utf-8")
)
TABLE = load_records()

SOFTER = {("STUDY", "StudyInstanceUID"): "1"}
"""1C in F.5.2 for a record that references a detached study, which is retired: always required."""


def facts_of(record: str) -> list[dict[str, Any]]:
    """The keys of a record type in the facts, without (0008,0005), which every record may hold."""
    keys = FACTS["records"][record]["keys"]
    return [key for key in keys if key.get("keyword", "SpecificCharacterSet") != "SpecificCharacterSet"]


def test_all_active_record_types_are_there() -> None:
    assert sorted(TABLE.types) == sorted(FACTS["records"])
    assert len(TABLE.types) == 35


@pytest.mark.parametrize("name", FACTS["records"])
def test_clause_parents_and_reference(name: str) -> None:
    fact, kind = FACTS["records"][name], TABLE.types[name]
    assert kind.clause == fact["section"]
    assert list(kind.parents) == ([ANY] if name == "PRIVATE" else fact["parents"])
    assert kind.file == fact["references_file"].split()[0]
    assert bool(kind.since) == ("introduced" in fact)


@pytest.mark.parametrize("name", FACTS["records"])
def test_keys_that_are_not_optional(name: str) -> None:
    facts = {key["keyword"]: key["type"] for key in facts_of(name) if key["type"] != "3"}
    facts |= {keyword: type for (record, keyword), type in SOFTER.items() if record == name}
    assert {key.keyword: key.type for key in TABLE.keys(name) if key.type != "3"} == facts


@pytest.mark.parametrize("name", FACTS["records"])
def test_keys_have_the_tag_and_vr_of_the_facts(name: str) -> None:
    for fact in facts_of(name):
        assert (tag_text(tag_of(fact["keyword"])), vr_of(tag_of(fact["keyword"]))) == (
            fact["tag"],
            fact["vr"],
        )


@pytest.mark.parametrize("name", FACTS["records"])
def test_conditional_keys_have_a_condition_and_others_have_none(name: str) -> None:
    for key in TABLE.keys(name):
        assert bool(key.when or key.computed) == key.type.endswith("C"), key


CONDITIONS = {
    ("PRESENTATION", "ReferencedSeriesSequence"): "ReferencedSeriesSequence has a value in the instance",
    ("PRESENTATION", "BlendingSequence"): "BlendingSequence has a value in the instance",
    ("SR DOCUMENT", "VerificationDateTime"): "VerificationFlag is VERIFIED",
    ("SR DOCUMENT", "ContentSequence"): "",  # computed: it comes out empty without such children
    ("KEY OBJECT DOC", "ContentSequence"): "",
    ("SPECTROSCOPY", "ReferencedImageEvidenceSequence"):
        "ReferencedImageEvidenceSequence has a value in the instance",
    ("ENCAP DOC", "HL7InstanceIdentifier"): "SOPClassUID is 1.2.840.10008.5.1.4.1.1.104.2",
    ("IMPLANT", "ImplantSize"): "ImplantSize has a value in the instance",
    ("RADIOTHERAPY", "UserContentLabel"): "UserContentLabel has a value in the instance",
    ("RADIOTHERAPY", "UserContentLongLabel"): "UserContentLongLabel has a value in the instance",
    ("WF PRESENTATION", "ReferencedSeriesSequence"): "ReferencedSeriesSequence has a value in the instance",
}  # fmt: skip
"""How we judge the conditions that the facts put into words, each by each."""


def test_conditions() -> None:
    facts = {
        (name, key["keyword"])
        for name in FACTS["records"]
        for key in facts_of(name)
        if key["type"].endswith("C") and (name, key["keyword"]) not in SOFTER
    }
    ours = {
        (key.record, key.keyword): condition_words(key.when) if key.when else ""
        for name in TABLE.types
        for key in TABLE.keys(name)
        if key.type.endswith("C")
    }
    assert ours == CONDITIONS
    assert set(ours) == facts


HIERARCHICAL = [
    {"keyword": "StudyInstanceUID", "type": "1"},
    {"keyword": "ReferencedSeriesSequence", "type": "1", "item_count": "1-n", "items": [
        {"keyword": "SeriesInstanceUID", "type": "1"},
        {"keyword": "ReferencedSOPSequence", "type": "1", "item_count": "1-n",
         "items": FACTS["macros"]["sop_reference_10_11"]}]},
]  # fmt: skip
MACROS: dict[str, list[dict[str, Any]]] = {
    "Code Sequence Macro (PS3.3 Table 8.8-1)": FACTS["macros"]["code_sequence_8_8_1"],
    "Hierarchical SOP Instance Reference Macro (Table C.17-3)": HIERARCHICAL,
    "Document Content Macro (Table C.17-5)": [{"keyword": "ValueType", "type": "1"}],
}
OTHERWISE = {"CodingSchemeVersion", "LongCodeValue", "URNCodeValue"}
"""Rows of the code macro that stand for Code Value, or whose need nobody can judge."""


def of_facts(row: dict[str, Any]) -> dict[str, Any] | None:
    """What the items of a sequence hold, down to the last macro; None for what is no sequence."""
    if "items" not in row:
        return None
    rows = [each for item in row["items"] for each in MACROS.get(item.get("macro", ""), [item])]
    keys = {
        each["keyword"]: (each["type"], of_facts(each))
        for each in rows
        if "keyword" in each and each["type"] != "3" and each["keyword"] not in OTHERWISE
    }
    return {"count": row.get("item_count", "1-n"), "keys": keys}


def of_ours(items: Items | None) -> dict[str, Any] | None:
    if items is None:
        return None
    most = "n" if items.most is None else str(items.most)
    count = most if str(items.least) == most else f"{items.least}-{most}"
    return {
        "count": count,
        "keys": {key.keyword: (key.type, of_ours(key.items)) for key in items.keys},
    }


@pytest.mark.parametrize("name", FACTS["records"])
def test_macros(name: str) -> None:
    """What is in the items of every sequence that is a key, macro by macro."""
    keys = {key.keyword: key for key in TABLE.keys(name)}
    for fact in facts_of(name):
        if fact["type"] != "3" and "items" in fact:
            ours, theirs = of_ours(keys[fact["keyword"]].items), of_facts(fact)
            # A sequence of Type 2 may be empty; of those that are not, "0-n" and "1-n" say the same.
            assert str(ours) == str(theirs).replace("'0-n'", "'1-n'"), fact["keyword"]


def test_hierarchy() -> None:
    roots = {name for name in TABLE.types if TABLE.allows(name, "ROOT")}
    assert roots == set(FACTS["root"]["allowed"])
    below = {name for name in TABLE.types if TABLE.allows(name, "SERIES")}
    assert below == set(FACTS["records"]["SERIES"]["lower_level"])
    assert TABLE.path("IMAGE") == ("PATIENT", "STUDY", "SERIES", "IMAGE")
    assert TABLE.path("PALETTE") == ("PALETTE",)


def test_retired_types() -> None:
    facts = {name: fact["when"].split()[1] for name, fact in FACTS["retired_records"].items()}
    assert dict(TABLE.retired) == facts
    assert len(facts) == 16


@pytest.mark.parametrize("uid", FACTS["sop_class_to_record"])
def test_sop_class(uid: str) -> None:
    fact = FACTS["sop_class_to_record"][uid]["record_type"]
    assert TABLE.type_of(uid) == (fact if fact in FACTS["records"] else None)
    assert TABLE.sop_classes.get(uid) == fact


def test_no_sop_class_beyond_the_facts() -> None:
    assert set(TABLE.sop_classes) <= set(FACTS["sop_class_to_record"])
    assert not set(TABLE.sop_classes) & set(FACTS["undecided_sop_classes"])
    assert TABLE.type_of("1.2.3.4") is None


def test_sop_classes_carry_their_names_as_comments() -> None:
    lines = data_dir().joinpath("records.toml").read_text(encoding="utf-8").splitlines()
    for uid in TABLE.sop_classes:
        line = next(line for line in lines if f'"{uid}",' in line)
        name = FACTS["sop_class_to_record"][uid]["name"].removesuffix(" SOP Class")
        assert line.partition("# ")[2].startswith(name), line


def test_missing_numbers_and_dates_are_supplied() -> None:
    """The values that PS3.11 D.3.3 wants supplied, and the label that no IOD of F.5.41 has."""
    keys = [key for name in TABLE.types for key in TABLE.keys(name)]
    named = {(key.record, key.keyword): key.supply for key in keys if key.supply}
    numbers = {where for where, how in named.items() if how == NEXT_NUMBER}
    instance_numbers = {(k.record, k.keyword) for k in keys if (k.keyword, k.type) == ("InstanceNumber", "1")}
    assert numbers == {("STUDY", "StudyID"), ("SERIES", "SeriesNumber"), *instance_numbers}
    assert {where: how for where, how in named.items() if how != NEXT_NUMBER} == {
        ("STUDY", "StudyDate"): "study-date",
        ("STUDY", "StudyTime"): "study-time",
        ("MEASUREMENT", "ContentLabel"): "measured-by",
    }
    assert TABLE.supplies["measured-by"] == ("Modality",)
    assert TABLE.supplies["study-date"] == (
        "SeriesDate", "AcquisitionDate", "ContentDate", "InstanceCreationDate",
    )  # fmt: skip
    assert TABLE.supplies["study-time"] == (
        "SeriesTime", "AcquisitionTime", "ContentTime", "InstanceCreationTime",
    )  # fmt: skip


def test_every_keyword_is_known_without_pydicom() -> None:
    keys = [key for name in TABLE.types for key in TABLE.keys(name)]
    named = {key.keyword for key in keys} | {key.when.keyword for key in keys if key.when}
    assert named | {keyword for row in TABLE.supplies.values() for keyword in row} <= set(ATTRIBUTES)


def test_wanted_tags() -> None:
    ct = TABLE.wanted("1.2.840.10008.5.1.4.1.1.2")
    report = TABLE.wanted("1.2.840.10008.5.1.4.1.1.88.11")
    for keyword in ("SpecificCharacterSet", "PatientID", "StudyInstanceUID", "SeriesDate", "InstanceNumber"):
        assert {tag_of(keyword)} <= ct & report
    assert {tag_of("VerifyingObserverSequence"), tag_of("ContentSequence")} <= report - ct
    assert TABLE.wanted("") == frozenset().union(*(TABLE.wanted(uid) for uid in TABLE.sop_classes))
    assert tag_of("PatientID") in TABLE.wanted("1.2.3.4")


def test_the_additional_keys_of_a_profile_are_wanted_by_those_who_use_it() -> None:
    ct = "1.2.840.10008.5.1.4.1.1.2"
    for profile in profiles().values():
        own = wanted_by([profile], TABLE)(ct)
        tags = {
            tag_of(key.keyword)
            for key in profile.keys
            if key.record in TABLE.path("IMAGE") and not key.within
        }
        assert TABLE.wanted(ct) | tags <= own <= wanted_by_all()(ct)


GOOD = """
[macro.code]
keys = [{ keyword = "CodeMeaning", type = "1" }]
[supply]
date = ["SeriesDate"]
[record.PATIENT]
clause = "F.5.1"
parents = ["ROOT"]
file = "no"
keys = [
    { keyword = "PatientID", type = "1" },
    { keyword = "PatientSpeciesCodeSequence", type = "2", items = "code", count = "0-1" },
]
[record.STUDY]
clause = "F.5.2"
parents = ["PATIENT"]
file = "no"
keys = [{ keyword = "StudyDate", type = "1", supply = "date" }]
[record.SERIES]
clause = "F.5.3"
parents = ["STUDY"]
file = "no"
keys = [{ keyword = "Modality", type = "1C", when = { equals = "PatientSex", values = ["M", "F"] } }]
[record.PRIVATE]
clause = "F.6.1"
parents = ["ANY"]
file = "may"
[retired]
TOPIC = "PS3.3-2004"
[sop_class]
SERIES = ["1.2.3"]
TOPIC = ["1.2.4"]
"""


def parse(text: str) -> None:
    parse_records(Table(tomllib.loads(text), "records.toml"))


def test_the_smallest_table_loads() -> None:
    parse(GOOD)


BROKEN = {
    "misspelt keyword": ("PatientID", "PatientIdentifier", "PATIENT.*'PatientIdentifier' is no keyword"),
    "misspelt condition": ('"PatientSex"', '"PatientSexx"', "when.*'PatientSexx' is no keyword"),
    "misspelt supply keyword": ("SeriesDate", "SeriesDay", "supply.*'SeriesDay' is no keyword"),
    "unknown type of key": ('type = "1" }', 'type = "4" }', "'4' is no type of key"),
    "unknown supply": ('supply = "date"', 'supply = "clock"', "supplied as 'clock'"),
    "unknown computation": ('supply = "date"', 'computed = "magic"', "computed as 'magic'"),
    "condition missing": (', when = { equals = "PatientSex", values = ["M", "F"] }', "", "needs a condition"),
    "condition without values": (', values = ["M", "F"]', "", "'values' is missing"),
    "unknown word in a condition": ("equals =", "resembles =", "unknown word 'resembles'"),
    "unknown parent": ('parents = ["PATIENT"]', 'parents = ["PATENT"]', "unknown type 'PATENT'"),
    "unknown word for file": ('file = "no"', 'file = "never"', "'file' should be one of"),
    "unknown record type": ('SERIES = ["1.2.3"]', 'SERIE = ["1.2.3"]', "'SERIE' is no record type"),
    "SOP class twice": ('TOPIC = ["1.2.4"]', 'TOPIC = ["1.2.3"]', "1.2.3 is under 'SERIES' and"),
    "unknown word in a record": ('file = "no"', 'file = "no"\nfiles = 1', "unknown word 'files'"),
    "unknown word in a key": ('"1" }', '"1", vr = "LO" }', "unknown word 'vr'"),
    "unknown macro": ('items = "code"', 'items = "cod"', "'cod' is no macro"),
    "count that is none": ('"0-1"', '"few"', "'count' should be as in"),
    "macro that includes a later one": (
        'type = "1" }]\n[supply]', 'type = "1", items = "code" }]\n[supply]', "'code' is no macro"),
    "condition without type C": ('type = "1" }]\n[supply]', 'type = "1C" }]\n[supply]', "contradict"),
    "unknown table": ("[retired]", "[colour]\n[retired]", "unknown word 'colour'"),
    "level missing": ("[record.STUDY]", "[record.STUDIES]", "'STUDY' is missing"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_strict(name: str) -> None:
    old, new, message = BROKEN[name]
    assert old in GOOD
    with pytest.raises(InvalidProfileData, match=f"records.toml.*{message}"):
        parse(GOOD.replace(old, new, 1))
