"""Every current profile of PS3.11 takes the File-sets that keep it and refuses those that break it.

The File-sets come from tests/profile_sets, which goes by facts that the product does not read.
"""

from __future__ import annotations

import io
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mediakit import verify
from mediakit.conformance import conformance
from mediakit.formats import format_of
from mediakit.formats.tree import VolumeParameters
from mediakit.model import Role
from mediakit.profile.load import profile as profile_of
from mediakit.profile.load import profiles as known_profiles
from mediakit.profile.records import load_records
from mediakit.report import Outcome, Severity
from mediakit.rules import RULES as ALL_RULES
from mediakit.verification import Verification
from tests.builders import FILE_SET_ID, FileSetFolder, instance
from tests.iso9660 import tree
from tests.profile_sets.breaking import PLAIN_IN_SECURE, RULES, Broken, broken
from tests.profile_sets.conforming import conforming
from tests.profile_sets.facts import ANY, BY_STATEMENT, Facts, profiles, tables
from tests.profile_sets.folder import envelope, file_set
from tests.profile_sets.images import SC, XA, icon

CMS = "BASIC_DICOM_MEDIA"
PLAIN = [profile for profile in profiles().values() if profile.security != CMS]
SECURE = [profile for profile in profiles().values() if profile.security == CMS]
BROKEN = list(broken())
PARAMETERS = VolumeParameters(FILE_SET_ID, datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC))
CREATOR_ONLY = {"PROF-003", "PROF-014", "PROF-021"}
"""Asked of what shall be written; on a medium the record is there already and is judged itself."""


def errors(done: Verification) -> set[str]:
    """The rules that stand against the medium."""
    return {
        finding.rule
        for finding in done.findings
        if finding.severity is Severity.ERROR or finding.outcome is Outcome.NOT_CHECKED
    }


def test_there_are_82_profiles_and_the_product_has_the_same() -> None:
    assert len(profiles()) == 82
    assert {each.id for each in known_profiles().values() if not each.extends} == set(profiles())


@pytest.mark.parametrize("profile", profiles().values(), ids=lambda each: each.id)
def test_the_conforming_set_has_an_instance_for_every_row(profile: Facts) -> None:
    together = tables()["sop_class_sets"]
    any_class = together[ANY]
    sets = {
        ANY: {**any_class["table_B.5-1"], **any_class.get("table_GG.3-1", {})},
        "MULTIFRAME_MEDIA_STORAGE": together["MULTIFRAME_MEDIA_STORAGE"]["members"],
    }
    made = conforming(profile)
    for row in profile.objects:
        classes = sets.get(row.get("sop_class_set", ""), [row.get("sop_class_uid")])
        condition = row.get("instance_condition")
        assert [
            each
            for each in made
            if each.sop_class in classes
            and row["transfer_syntax"] in (each.syntax, BY_STATEMENT)
            and (not condition or each.values[condition["keyword"]] in condition["values"])
        ], row


@pytest.mark.parametrize("profile", PLAIN, ids=lambda each: each.id)
def test_a_file_set_that_keeps_the_profile_is_accepted(profile: Facts, tmp_path: Path) -> None:
    """Those for secure e-mail among them: the e-mail is protected, its attachment is a plain File-set."""
    done = verify(file_set(conforming(profile), profile.id).write(tmp_path), profile=profile.id)
    assert [finding.message for finding in done.findings if finding.severity is Severity.ERROR] == []
    assert (done.verdict, done.conforms) == ("conforms", (profile.id,))


@pytest.mark.parametrize("profile", SECURE, ids=lambda each: each.id)
def test_of_a_secure_profile_everything_but_the_envelope_is_judged(profile: Facts, tmp_path: Path) -> None:
    made = conforming(profile)
    done = verify(file_set(made, profile.id).write(tmp_path), profile=profile.id)
    found = {finding.rule: finding.count for finding in done.findings if finding.severity is Severity.ERROR}
    clear = len(made) + 1
    assert found == {PLAIN_IN_SECURE: clear, "SEC-001": clear}, "only that all is in clear"
    assert (done.verdict, done.conforms) == ("does-not-conform", ())


@pytest.mark.parametrize("profile", SECURE, ids=lambda each: each.id)
def test_what_nobody_can_open_is_not_judged(profile: Facts, tmp_path: Path) -> None:
    """Nothing says that the medium is wrong, and nothing that it is right."""
    plain = file_set(conforming(profile), profile.id)
    secure = FileSetFolder({name: envelope(data) for name, data in plain.files.items()})
    done = verify(secure.write(tmp_path), profile=profile.id)
    assert {finding.outcome for finding in done.findings} == {Outcome.NOT_CHECKED}
    assert (done.verdict, done.conforms) == ("not-judged", ())


@pytest.mark.parametrize("profile", profiles().values(), ids=lambda each: each.id)
def test_a_creator_may_write_the_same_instances(profile: Facts) -> None:
    made = [instance(each.data, f"source {n}") for n, each in enumerate(conforming(profile))]
    done = conformance(made, [profile_of(profile.id)], Role.FSC, load_records(), {})
    assert [refusal.reason for refusal in done.refused] == []
    assert len(done.accepted) == len(made)


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.id)
def test_a_file_set_that_breaks_the_profile_is_refused_with_that_finding(
    case: Broken, tmp_path: Path
) -> None:
    folder, claim = tmp_path / "medium", tmp_path / "claim.toml"
    claim.write_text(case.claim or "", encoding="utf-8")
    medium = tmp_path / "image" if case.image else folder
    if case.image:
        out = io.BytesIO()
        image = format_of(case.image)
        image.write(image.plan(tree(case.make().files), PARAMETERS), out)
        medium.write_bytes(out.getvalue())
    else:
        case.make().write(folder)
    done = verify(medium, profile=case.profile, claim=claim if case.claim else None)
    # What the header then says of compressed pixels, their stream does not keep.
    assert errors(done) - {"FILE-034"} == case.rules
    assert done.verdict == "does-not-conform"
    of_the_profile = {name for name in case.rules if name.startswith("PROF")}
    assert {name for each in done.profiles for name in each.rules} == of_the_profile


def test_every_rule_of_ps3_11_is_broken() -> None:
    asked = {name for name in ALL_RULES if name.startswith("PROF")}
    assert asked - CREATOR_ONLY == {name for name in RULES.values() if name.startswith("PROF")}
    assert {case.kind for case in BROKEN} == set(RULES)


@pytest.mark.parametrize("profile", profiles().values(), ids=lambda each: each.id)
def test_every_kind_of_constraint_of_the_profile_is_broken(profile: Facts) -> None:
    kinds = {"directory information", "empty directory", "unreferenced file"}
    kinds |= {"no DICOMDIR"} if profile.directory["rule"] != "OPTIONAL" else set()
    kinds |= {"plain file"} if profile.security == CMS else {"secure file"}
    kinds |= {"SOP class"} if ANY not in profile.sop_classes else set()
    kinds |= {"transfer syntax"} if BY_STATEMENT not in profile.syntaxes else set()
    kinds |= {"key"} if profile.keys else set()
    kinds |= {"icon"} if "Rows" in profile.icon else set()
    kinds |= {"condition of a row"} if any("instance_condition" in row for row in profile.objects) else set()
    kinds |= {"attribute value"} if any("attributes" in table for table in profile.images) else set()
    kinds |= {"attribute type"} if any("type_specialization" in table for table in profile.images) else set()
    pairs = any("photometric_transfer_syntax_pairs" in table for table in profile.images)
    kinds |= {"photometric pair"} if pairs else set()
    kinds |= {"module in items"} if profile.modules else set()
    kinds |= {"overlay"} if profile.annex == "B" else set()
    # Of the dental ZIP profile every class counts for the one that is wanted.
    kinds |= {"at least one"} if set(profile.at_least_one) - profile.sop_classes else set()
    statement = {value for row in profile.objects for value in row["requirement"].values()} & {"CS", "M_CS"}
    kinds |= {"claim"} if statement else set()
    kinds |= set() if {"CD-R", "DVD"} & set(profile.media) else {"medium"}
    broken_kinds = Counter(case.kind for case in BROKEN if case.profile == profile.id)
    assert kinds <= set(broken_kinds)


def test_a_mime_file_set_may_do_without_a_dicomdir(tmp_path: Path) -> None:
    """PS3.11 G.3.1 goes before PS3.10 8.6."""
    (optional,) = (each for each in PLAIN if each.directory["rule"] == "OPTIONAL")
    plain = file_set(conforming(optional), optional.id).but(DICOMDIR=None)
    done = verify(plain.write(tmp_path), profile=optional.id)
    assert (done.verdict, done.conforms) == ("conforms", (optional.id,))


@pytest.mark.parametrize("sop_class", [XA, SC])
def test_a_creator_refuses_an_instance_with_the_wrong_icon(sop_class: str) -> None:
    """PS3.11 B.3.3.2: the icon goes into the directory as it is."""
    profile = profiles()["STD-XA1K-CD"]
    made = next(each for each in conforming(profile) if each.sop_class == sop_class)
    wrong = [instance(made.but(IconImageSequence=icon(64)).data), instance(made.data)]
    done = conformance(wrong, [profile_of(profile.id)], Role.FSC, load_records(), {})
    assert [finding.rule for refusal in done.refused for finding in refusal.findings] == ["PROF-014"] * 2
    assert [each.keys for each in done.accepted] == [wrong[1].keys]


def test_a_creator_refuses_an_instance_without_what_its_record_needs() -> None:
    """PS3.11 A.3.3.1 wants an icon in the IMAGE record, and nobody makes one here."""
    profile = profiles()["STD-XABC-CD"]
    bare = instance(conforming(profile)[0].but(IconImageSequence=None).data)
    done = conformance([bare], [profile_of(profile.id)], Role.FSC, load_records(), {})
    assert [finding.rule for refusal in done.refused for finding in refusal.findings] == ["PROF-003"]
    assert [refusal.reason for refusal in done.refused] == ["Icon Image Sequence is missing"]


def test_a_claim_of_what_is_there_is_enough(tmp_path: Path) -> None:
    """PS3.11 D.3.1: the SOP classes are those that the conformance statement declares."""
    profile = profiles()["STD-GEN-CD"]
    made = conforming(profile)
    classes = sorted({each.sop_class for each in made})
    claim = tmp_path / "claim.toml"
    claim.write_text(f"sop_class = {classes}\ntransfer_syntax = []\n", encoding="utf-8")
    medium = file_set(made, profile.id).write(tmp_path / "medium")
    assert verify(medium, profile=profile.id, claim=claim).conforms == (profile.id,)
