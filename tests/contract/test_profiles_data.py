"""profiles/*.toml against the facts of PS3.11, row by row, and what a strict loader refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from mediakit.dictionary import ATTRIBUTES, UIDS, tag_of, tag_text
from mediakit.errors import InvalidProfileData, UnknownProfile
from mediakit.model import Role
from mediakit.profile.constraint import AtMost, Condition, Constraint, Depends, EqualTo, OneOf, Typed
from mediakit.profile.data import Table, data_dir
from mediakit.profile.load import (
    current_name,
    media,
    profile,
    profiles,
    retired_profiles,
    sop_class_sets,
)
from mediakit.profile.model import CLAIMED, ApplicationProfile, DirectoryKey
from mediakit.rules import RULES

FACTS: dict[str, Any] = json.loads(
    Path(__file__).parents[1].joinpath("facts", "ps3.11-profiles.json").read_text(encoding="utf-8")
)
BY_ID = {fact["id"]: fact for fact in FACTS["profiles"]}

MEDIA = {
    "CD-R": ("cd",), "DVD": ("dvd",), "DVD-RAM": ("dvd-ram",), "BD": ("bd-r", "bd-re"), "USB": ("usb",),
    "CF": ("cf",), "MMC": ("mmc",), "SD": ("sd",), "MOD41": ("mod41",), "MOD23-90": ("mod23",),
    "MIME": ("mime",), "ZIP-EMAIL": ("mail",),
}  # fmt: skip
SECURITY = {"NONE": "none", "BASIC_DICOM_MEDIA": "cms", "SECURE_EMAIL": "e-mail"}
SETS = {"ALL_MEDIA_STORAGE": "any-media-storage", "MULTIFRAME_MEDIA_STORAGE": "multi-frame-media-storage"}
SYNTAXES = {"DEFINED_IN_CONFORMANCE_STATEMENT": CLAIMED}
CONDITIONS = {
    "present": "present", "present_nonempty": "nonempty", "present_with_items": "nonempty",
    "any_value_in": "any_of", "value_at_in": "equals", "sop_class_in": "sop_class", "and": "all",
    "any_subordinate_instance_present_nonempty": "below",
}  # fmt: skip


def test_all_82_current_and_53_retired_profiles_are_there() -> None:
    assert list(profiles()) == [fact["id"] for fact in FACTS["profiles"]]
    facts = {
        fact["id"]: (fact["annex"], fact["medium"], fact["last_defined"])
        for fact in FACTS["retired_profiles"]
    }
    assert {id: (each.annex, each.medium, each.last) for id, each in retired_profiles().items()} == facts
    assert (len(profiles()), len(facts)) == (82, 53)


@pytest.mark.parametrize("id", BY_ID)
def test_name_annex_media_roles_and_security(id: str) -> None:
    fact, ours = BY_ID[id], profiles()[id]
    (medium,) = fact["media"]
    assert (ours.name, ours.annex, ours.media) == (fact["name"], fact["annex"], MEDIA[medium])
    assert [role.name for role in ours.roles] == fact["roles_defined"]
    assert (ours.security, ours.secure) == (SECURITY[fact["security"]], fact["secure"])


def fact_condition(fact: Mapping[str, Any] | None) -> Condition | None:
    """A condition of the facts in our words."""
    if fact is None:
        return None
    op = CONDITIONS[fact["op"]]
    if op == "all":
        return Condition(op, parts=tuple(filter(None, map(fact_condition, fact["args"]))))
    shared = "shared_functional_groups" in fact.get("in", ())
    values, number = tuple(fact.get("values", ())), fact.get("value_number", 1)
    return Condition(op, fact.get("keyword", ""), values, number, shared)


@pytest.mark.parametrize("id", BY_ID)
def test_sop_classes_and_transfer_syntaxes(id: str) -> None:
    """One row of the facts is one SOP class in one transfer syntax."""
    facts = {
        (
            SETS[rule["sop_class_set"]] if "sop_class_set" in rule else rule["sop_class_uid"],
            fact_condition(rule.get("instance_condition")),
            SYNTAXES.get(rule["transfer_syntax"], rule["transfer_syntax"]),
        ): rule["requirement"]
        for rule in FACTS["object_rule_sets"][BY_ID[id]["object_rules"]]["rules"]
    }
    ours = profiles()[id]
    found = {
        (row.sop_class, row.when, uid): {
            role.name: word.value if role in ours.roles else "U" for role, word in row.requirement.items()
        }
        for row in ours.objects
        for uid in row.transfer_syntaxes
    }
    assert found == facts
    table = FACTS["object_rule_sets"][BY_ID[id]["object_rules"]]["table"].split()[0]
    assert {row.citation for row in ours.objects} == {f"PS3.11 Table {table}"}


@pytest.mark.parametrize("id", BY_ID)
def test_additional_keys(id: str) -> None:
    facts = FACTS["key_sets"][BY_ID[id]["additional_keys"]]
    wanted = [
        DirectoryKey(
            record,
            row["keyword"],
            row["type"],
            None if row.get("within_sequence") else fact_condition(row.get("condition")),
            citation=f"PS3.11 Table {facts['table']}",
            within=row.get("within_sequence", ""),
        )
        for row in facts["keys"]
        if row["keyword"]  # "any other element of the item", Type 3, is no row of ours
        for record in row["record_types"]
    ]
    assert list(profiles()[id].keys) == wanted


def fact_constraint(fact: Mapping[str, Any]) -> Constraint:
    """A limit of the facts in our words."""
    name = fact["keyword"]
    if "enum" in fact:
        return OneOf(name, tuple(map(str, fact["enum"])))
    if "max" in fact:
        return AtMost(name, fact["max"])
    if "type" in fact:
        return Typed(name, fact["type"])
    words = fact["equals_expression"]
    if choice := re.fullmatch(r"(\d+) if (\w+) == (\d+) else (\d+)", words):
        return Depends(name, int(choice[1]), choice[2], int(choice[3]), int(choice[4]))
    other, _, minus = words.partition(" - ")
    return EqualTo(name, other, int(minus or 0))


def unfolded(constraint: Constraint) -> Constraint:
    """Ranges as the numbers in them, as the facts have it."""
    if isinstance(constraint, OneOf) and constraint.ranges:
        numbers = [str(n) for low, high in constraint.ranges for n in range(low, high + 1)]
        return OneOf(constraint.keyword, (*constraint.values, *numbers))
    return constraint


@pytest.mark.parametrize("id", BY_ID)
def test_image_attributes(id: str) -> None:
    ours = profiles()[id].images
    facts = [FACTS["image_attribute_sets"][name] for name in BY_ID[id]["image_attributes"]]
    assert len(ours) == len(facts)
    for table, fact in zip(ours, facts, strict=True):
        applies = fact["applies_to"]
        assert list(table.sop_classes) == applies["sop_class_in"]
        when = applies.get("when", {})
        assert table.when == next((Condition("equals", name, (v,)) for name, v in when.items()), None)
        rows = [*fact.get("attributes", ()), *fact.get("type_specialization", ())]
        assert [unfolded(each) for each in table.constraints] == [fact_constraint(row) for row in rows]
        assert {k: list(v) for k, v in table.pairs.items()} == fact.get(
            "photometric_transfer_syntax_pairs", {}
        )
        # Annex L prints the tables of Annex K again under its own numbers.
        names = re.findall(r"[A-Z]\.\d-\d", fact["table"])
        assert table.citation.removeprefix("PS3.11 Table ") in names


@pytest.mark.parametrize("id", BY_ID)
def test_modules_in_items(id: str) -> None:
    ours = profiles()[id].items
    facts = [FACTS["module_rules"][name] for name in BY_ID[id]["module_rules"]]
    assert [table.citation for table in ours] == [f"PS3.11 {fact['section']}" for fact in facts]
    for table, fact in zip(ours, facts, strict=True):
        assert table.sequence == "SequenceOfUltrasoundRegions"
        assert list(table.sop_classes) == fact["applies_to"]["sop_class_in"]
        rows: list[tuple[str, Condition | None]] = [
            (row["keyword"], None) for row in fact["required_in_each_item"]
        ]
        for row in fact.get("conditional_on_PixelComponentOrganization", ()):
            values = row["required_when_value_in"]
            texts = tuple(map(str, values))
            when = None if values == "any" else Condition("equals", "PixelComponentOrganization", texts)
            rows.append((row["keyword"], when))
        assert list(table.constraints) == [Typed(name, "1", when) for name, when in rows]


@pytest.mark.parametrize("id", BY_ID)
def test_icons(id: str) -> None:
    fact, ours = FACTS["icon_rules"][BY_ID[id]["icons"]], profiles()[id]
    limits = {
        word: tuple(map(str, fact[word] if isinstance(fact[word], list) else [fact[word]]))
        for word in ("Rows", "Columns", "BitsAllocated", "BitsStored", "PhotometricInterpretation")
        if word in fact and not str(fact[word]).startswith("not stated")
    }
    required = [key.record for key in ours.keys if (key.keyword, key.type) == ("IconImageSequence", "1")]
    assert required == fact["required_on"]
    if not limits:
        assert ours.icons == ()
        return
    (table,) = ours.icons
    assert list(table.records) == fact["required_on"] + fact["optional_on"]
    assert {each.keyword: each.values for each in table.constraints if isinstance(each, OneOf)} == limits
    assert table.citation == f"PS3.11 {fact['section']}"


@pytest.mark.parametrize("id", BY_ID)
def test_directory(id: str) -> None:
    fact, ours = FACTS["directory_rules"][BY_ID[id]["directory"]], profiles()[id].directory
    assert ours.required == fact["dicomdir"].startswith("required")
    assert ours.required == (FACTS["dicomdir_rules"][BY_ID[id]["dicomdir"]]["requirement"]["FSC"] == "M")
    assert ours.information_required == (
        fact["directory_information_required"] in (True, "if DICOMDIR is included")
    )
    assert ours.empty_allowed == fact["empty_directory_allowed"]
    assert ours.all_referenced == (True if fact["all_instances_referenced"].startswith("required") else None)


@pytest.mark.parametrize("id", BY_ID)
def test_at_least_one(id: str) -> None:
    fact = FACTS["object_rule_sets"][BY_ID[id]["object_rules"]].get("at_least_one")
    ours = [(list(each.sop_classes), each.citation) for each in profiles()[id].at_least_one]
    assert ours == ([(fact["sop_class_in"], f"PS3.11 {fact['section']}")] if fact else [])


def test_sets_of_sop_classes() -> None:
    every, multi = (
        FACTS["sop_class_sets"]["ALL_MEDIA_STORAGE"],
        FACTS["sop_class_sets"]["MULTIFRAME_MEDIA_STORAGE"],
    )
    sets = sop_class_sets()
    assert sets["any-media-storage"].classes == {*every["table_B.5-1"], *every["table_GG.3-1"]}
    assert (len(sets["any-media-storage"].classes), sets["any-media-storage"].open) == (175, True)
    assert sets["any-media-storage"].edition == every["edition"]
    assert sets["multi-frame-media-storage"].classes == set(multi["members"])
    assert (len(multi["members"]), sets["multi-frame-media-storage"].open) == (44, False)


def test_sop_classes_carry_their_names_as_comments() -> None:
    facts = FACTS["sop_class_sets"]
    names = {**facts["ALL_MEDIA_STORAGE"]["table_B.5-1"], **facts["ALL_MEDIA_STORAGE"]["table_GG.3-1"]}
    lines = re.findall(r'^    "([0-9.]+)",  # (.+)$', _text("sop-classes.toml"), re.MULTILINE)
    assert len(lines) == 175 + 44
    multi = facts["MULTIFRAME_MEDIA_STORAGE"]["members"]
    assert dict(lines[:175]) == names
    assert dict(lines[175:]) == {uid: row["name"] for uid, row in multi.items()}


def _text(name: str) -> str:
    return data_dir().joinpath(name).read_text(encoding="utf-8")


def test_media_of_ps3_12() -> None:
    """Every medium of the facts, with its annex; BD is two for us, a ZIP alone has no profile."""
    annexes = {word: media()[word].annex for words in MEDIA.values() for word in words}
    facts = {
        word: FACTS["media"][name]["ps3_12_annex"].split()[0]
        for name, words in MEDIA.items()
        for word in words
    }
    assert annexes == {**facts, "mail": "W"}  # V over W
    assert set(media()) == {*annexes, "zip"}
    for medium in media().values():
        assert medium.formats
        assert all(medium.id in profiles()[id].media and not profiles()[id].secure for id in medium.general)
        assert bool(medium.general) == (medium.id != "zip")


def test_every_keyword_and_uid_is_known_without_pydicom() -> None:
    """The fast path asks for them; `tests/unit/test_dictionary.py` proves that the tables are right."""
    text = "\n".join(_text(file.name) for file in data_dir().iterdir() if file.name.endswith(".toml"))
    named = set(re.findall(r'(?:keyword|within|sequence|equals|any_of) = "([A-Z][A-Za-z]+)"', text))
    assert named <= set(ATTRIBUTES)
    syntaxes = {uid for each in profiles().values() for row in each.objects for uid in row.transfer_syntaxes}
    classes = {row.sop_class for each in profiles().values() for row in each.objects}
    assert (syntaxes | classes) - {CLAIMED, *sop_class_sets()} <= set(UIDS.values())


def test_tags_of_the_facts() -> None:
    rows: list[Mapping[str, Any]] = [row for table in FACTS["key_sets"].values() for row in table["keys"]]
    for table in FACTS["image_attribute_sets"].values():
        rows += [*table.get("attributes", ()), *table.get("type_specialization", ())]
    for table in FACTS["module_rules"].values():
        rows += [*table["required_in_each_item"], *table.get("conditional_on_PixelComponentOrganization", ())]
    for row in rows:
        if row["keyword"]:
            assert tag_text(tag_of(row["keyword"])) == row["tag"]


def test_prose_names_rules_that_there_are() -> None:
    assert {each.rule for one in profiles().values() for each in one.prose} <= set(RULES)


def test_every_reading_is_one_of_the_facts() -> None:
    known = {fact["id"] for fact in FACTS["text_defects"]}
    text = "\n".join(_text(file.name) for file in data_dir().iterdir() if file.name.endswith(".toml"))
    used = set(re.findall(r"TD-\d\d", text))
    assert used <= known
    # What is left is about the text around the tables: media (06), pointers (07, 17), PS3.3 (18), PS3.2 (20).
    assert known - used == {"TD-06", "TD-07", "TD-17", "TD-18", "TD-20"}


@pytest.mark.parametrize("spelling", FACTS["identifier_aliases"]["typos_in_the_standard"])
def test_misprints_of_the_standard(spelling: str) -> None:
    assert current_name(spelling) == FACTS["identifier_aliases"]["typos_in_the_standard"][spelling]


def test_other_spellings() -> None:
    for wrong, right in FACTS["identifier_aliases"]["typos_in_third_parties"].items():
        assert current_name(f"{wrong}-CDR") == f"{right}-CDR"
    assert profile("apl-gen-cd").id == "STD-GEN-CD"
    with pytest.raises(
        UnknownProfile, match=r"retired: PS3\.11-2004 was the last to define it, for a 1\.44 MB"
    ):
        profile("STD-US-ID-SF-FLOP")
    with pytest.raises(UnknownProfile, match="There is no application profile 'STD-GEN-USB'"):
        profile("STD-GEN-USB")


MINE = """\
[[profile]]
id = "AUG-MYCLINIC-CD"
name = "CDs of our clinic"
extends = "STD-GEN-CD"

[[profile.object]]
sop_class = "UltrasoundImageStorage"
transfer_syntax = ["RLELossless"]
requirement = { FSC = "O", FSR = "M" }

[profile.keys]
rows = [
    { record = ["SERIES"], keyword = "InstitutionName", type = "2" },
]

[[profile.image]]
sop_class = ["CTImageStorage"]
attributes = [
    { keyword = "Rows", at_most = 512 },
    { keyword = "BitsStored", one_of = [8, "12 to 16"] },
    { keyword = "HighBit", equals = "BitsStored - 1" },
]
"""


def load(text: str, tmp_path: Path) -> ApplicationProfile:
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    return profile("AUG-MYCLINIC-CD", [tmp_path])


def test_a_profile_of_ones_own(tmp_path: Path) -> None:
    mine, base = load(MINE, tmp_path), profile("STD-GEN-CD")
    assert (mine.extends, mine.media, mine.roles) == ("STD-GEN-CD", base.media, base.roles)
    assert mine.objects[:-1] == base.objects
    assert mine.objects[-1].transfer_syntaxes == ("1.2.840.10008.1.2.5",)
    assert mine.objects[-1].citation == "AUG-MYCLINIC-CD"
    assert [key.keyword for key in mine.keys[len(base.keys) :]] == ["InstitutionName"]
    assert Role.FSU not in mine.objects[-1].requirement
    assert list(profiles()) == [id for id in profiles([tmp_path]) if id != mine.id]


BROKEN = {
    "not TOML": ("[[profile]]", "[[profile]", 1, "line 1"),
    "standard identifier": ('"AUG-MYCLINIC-CD"', '"STD-MYCLINIC-CD"', 2, "AUG- or PRI-"),
    "unknown base": ('"STD-GEN-CD"', '"STD-GEN-CDR"', 4, "no profile 'STD-GEN-CDR'"),
    "medium of an augmented profile": ('extends', 'media = ["dvd"]\nextends', 4, "cannot change 'media'"),
    "unknown word": ("extends", "colour = 1\nextends", 4, "unknown word 'colour'"),
    "unknown word in a row": ("requirement", "requires", 6, "'requirement' is missing"),
    "unknown SOP class": ("UltrasoundImageStorage", "UltrasoundStorage", 7, "no UID and no keyword"),
    "unknown transfer syntax": ("RLELossless", "RLELossy", 8, "'RLELossy' is no UID and no keyword"),
    "unknown role": ("FSC =", "FSX =", 9, "'FSX' is no role"),
    "unknown requirement": ('FSC = "O"', 'FSC = "X"', 9, "'X' is no requirement"),
    "unknown record type": ('["SERIES"]', '["SERIE"]', 13, "'SERIE' is no record type"),
    "unknown keyword": ('"InstitutionName"', '"InstitutionsName"', 13, "no keyword of PS3.6"),
    "unknown type": ('type = "2"', 'type = "4"', 13, "'4' is no type of key"),
    "condition missing": ('type = "2"', 'type = "1C"', 13, "needs a condition"),
    "unknown condition": ('type = "2"', 'type = "1C", when = "often"', 13, "'often' is no condition"),
    "text for a number": ("512", '"512"', 19, "should be of type int"),
    "no relation": ('"BitsStored - 1"', '"BitsStored * 2"', 21, "no relation between attributes"),
    "unknown word in a limit": ("at_most = 512", "at_most = 9, at_least = 1", 19, "unknown word 'at_least'"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_strict_with_file_and_line(name: str, tmp_path: Path) -> None:
    old, new, line, message = BROKEN[name]
    assert old in MINE
    with pytest.raises(InvalidProfileData, match=rf"mine\.toml.*{re.escape(message)}") as stopped:
        load(MINE.replace(old, new, 1), tmp_path)
    assert f"line {line}" in stopped.value.message


def test_a_profile_that_there_is_already(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(MINE, encoding="utf-8")
    (tmp_path / "b.toml").write_text(MINE, encoding="utf-8")
    with pytest.raises(InvalidProfileData, match=r"b\.toml: there is a profile AUG-MYCLINIC-CD already"):
        profiles([tmp_path])
    with pytest.raises(InvalidProfileData, match="is no folder"):
        profiles([tmp_path / "none"])


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidProfileData, match="cannot be read"):
        Table.load(tmp_path / "none.toml")


def test_pages_of_the_tables_explain_every_word() -> None:
    """profiles/README.md is the schema for people: it names every word that the loader takes."""
    source = "\n".join(
        Path(__file__).parents[2].joinpath("mediakit", "profile", name).read_text(encoding="utf-8")
        for name in ("load.py", "words.py")
    )
    taken: Iterable[str] = re.findall(
        r'(?:take|texts|tables|table|_choice|uids|_once)\((?:\w+, )?"(\w+)"', source
    )
    readme = data_dir().joinpath("README.md").read_text(encoding="utf-8")
    elsewhere = {"formats", "capacity", "general", "edition", "open", "classes", "medium", "last",
                 "profiles", "retired", "iso_level", "like", "partitioned", "sector", "udf"}  # fmt: skip
    assert {word for word in taken if not re.search(rf"\b{word}\b", readme)} <= elsewhere
