"""`mediakit profiles`, `rules`, `formats` and `sample`."""

from __future__ import annotations

from pathlib import Path

import pytest

from mediakit.profile.load import media, profiles, retired_profiles
from mediakit.rules import RULES
from tests.cli.runner import Command


def test_profiles(mediakit: Command) -> None:
    done = mediakit("profiles", "--json")
    assert done.status == 0
    rows = done.json["profiles"]
    assert [row["id"] for row in rows if not row["retired"]] == list(profiles())
    assert [row["id"] for row in rows if row["retired"]] == list(retired_profiles())
    assert (len(profiles()), len(retired_profiles())) == (82, 53)
    lines = mediakit("profiles").out.splitlines()
    assert [line.split()[0] for line in lines[2:-2]] == list(profiles())
    assert lines[-1] == "53 more are retired: mediakit profiles --retired"
    retired = mediakit("profiles", "--retired").out.splitlines()
    assert [line.split()[0] for line in retired[2:]] == list(retired_profiles())


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (("--medium", "mime"), {"STD-GEN-MIME"}),
        (
            ("--medium", "cd", "--modality", "xa"),
            {"STD-XABC-CD", "STD-XA1K-CD", "STD-GEN-CD", "STD-GEN-SEC-CD"},
        ),
        (("--security", "e-mail"), {"STD-GEN-SEC-ZIP-MAIL", "STD-DTL-SEC-ZIP-MAIL"}),
        (("--medium", "mod41", "--security", "cms"), set()),
    ],
)
def test_filters(words: tuple[str, ...], ids: set[str], mediakit: Command) -> None:
    assert {row["id"] for row in mediakit("profiles", *words, "--json").json["profiles"]} == ids
    assert {line.split()[0] for line in mediakit("profiles", *words).out.splitlines()[2:]} == ids


def test_a_medium_that_there_is_not(mediakit: Command) -> None:
    assert mediakit("profiles", "--medium", "floppy", "--json").json["code"] == "usage"


def test_old_names_and_retired_profiles(mediakit: Command) -> None:
    assert mediakit("profiles", "APL-GEN-CD").out.startswith("STD-GEN-CD: ")
    assert mediakit("profiles", "STD-FTL-SEC-ZIP-MAIL").out.startswith("STD-DTL-SEC-ZIP-MAIL: ")
    assert mediakit("profiles", "std-ctmr-mod650").out == (
        "STD-CTMR-MOD650: retired; last defined in PS3.11-2004, for a 130 mm 650 MB MOD\n"
    )


@pytest.mark.parametrize("id", profiles())
def test_a_profile_as_a_page(id: str, mediakit: Command) -> None:
    done = mediakit("profiles", id.lower())
    assert done.status == 0
    assert done.out.startswith(f"{id}: {profiles()[id].name}\n")
    assert [row["id"] for row in mediakit("profiles", id, "--json").json["profiles"]] == [id]


def test_the_page_of_the_general_cd(mediakit: Command) -> None:
    page = mediakit("profiles", "STD-GEN-CD").out
    assert "Every Media Storage SOP Class (PS3.11 Table D.3-1)\n  in Explicit VR Little Endian\n" in page
    assert "  Every instance on the medium has a record\n" in page
    assert "ImageType is in the instance" in page


def test_rules(mediakit: Command) -> None:
    done = mediakit("rules", "--json")
    assert done.status == 0
    assert [row["id"] for row in done.json["rules"]] == list(RULES)
    rows = mediakit("rules").out.splitlines()
    assert [row.split()[0] for row in rows[2:]] == list(RULES)


@pytest.mark.parametrize("id", RULES)
def test_a_rule_as_a_page(id: str, mediakit: Command) -> None:
    rule = RULES[id]
    done = mediakit("rules", id.lower())
    assert done.status == 0
    assert done.out == (
        f"{id}: {rule.statement}\n\nClause      {rule.citation}\nSeverity    {rule.severity.value}\n"
        f"What to do  {rule.advice}\n"
    )


@pytest.mark.parametrize(
    ("verb", "id", "advice"),
    [
        ("profiles", "STD-GEN-DC", "Did you mean STD-GEN-CD"),
        ("profiles", "nonsense", "`mediakit profiles` lists them all."),
        ("rules", "FSID-0002", "Did you mean FSID-002 or "),
        ("rules", "nonsense", "`mediakit rules` lists them all."),
    ],
)
def test_an_unknown_id_exits_2_with_the_nearest(verb: str, id: str, advice: str, mediakit: Command) -> None:
    done = mediakit(verb, id)
    assert (done.status, done.out) == (2, "")
    assert done.err.splitlines()[1].startswith(f"  {advice}")
    assert mediakit(verb, id, "--json").json["advice"].startswith(advice)


def test_formats(mediakit: Command) -> None:
    document = mediakit("formats", "--json").json
    assert [row["id"] for row in document["media"]] == list(media())
    assert document["media"][0] == {
        "id": "cd", "name": "120 mm CD-R", "annex": "F", "formats": ["iso"], "capacity": 736_972_800,
        "profile": "STD-GEN-CD", "writable": ["iso"], "general": ["STD-GEN-CD"],
    }  # fmt: skip
    lines = [line.split() for line in mediakit("formats").out.splitlines()[2:-2]]
    assert " ".join(lines[0]) == "cd iso PS3.12 F 736,972,800 bytes (737.0 MB) STD-GEN-CD 120 mm CD-R"
    assert " ".join(lines[1][:4]) == "dvd iso, bridge, udf"
    assert [line[0] for line in lines] == list(media())


def test_samples_can_be_made_into_a_disc(mediakit: Command, tmp_path: Path, samples: Path) -> None:
    folder = tmp_path / "try"
    done = mediakit("sample", folder, "--json")
    assert done.status == 0
    assert {Path(path).relative_to(folder).as_posix() for path in done.json["files"]} == {
        path.relative_to(samples).as_posix()
        for path in samples.rglob("*")
        if path.is_file() and path.suffix != ".py"
    }
    assert mediakit("create", folder / "patient-a", "-o", tmp_path / "disc.iso").status == 0


def test_samples_say_what_to_try_next(mediakit: Command, tmp_path: Path) -> None:
    done = mediakit("sample", tmp_path / "try")
    assert f"  mediakit create {tmp_path / 'try' / 'patient-a'} -o disc.iso\n" in done.out


def test_samples_are_not_mixed_with_other_files(mediakit: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    for place in (tmp_path, tmp_path / "mine.txt"):
        done = mediakit("sample", place, "--json")
        assert (done.status, done.json["code"]) == (2, "output-exists")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
