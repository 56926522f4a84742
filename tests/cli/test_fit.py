"""`mediakit fit`, and own profiles and claims on the command line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.builders import ct
from tests.cli.runner import Command
from tests.unit.test_fit import OWN


def test_its_document_and_its_text(mediakit: Command, samples: Path) -> None:
    done = mediakit("fit", samples / "patient-a", "--json")
    assert done.status == 0
    assert (done.json["instances"], len(done.json["profiles"])) == (21, 82)
    assert done.json["profiles"][0]["id"] == "STD-GEN-CD"
    text = mediakit("fit", samples / "patient-a", "-q").out
    assert text.startswith("41 of 82 profiles take all of 21 images and documents.\n")
    assert "\nFits\n  STD-GEN-CD " in text
    assert "\nDoes not fit\n  STD-CTMR-MOD41, STD-CTMR-CD, STD-CTMR-DVD-RAM, STD-CTMR-DVD\n" in text
    assert "      1 series, 1 instance: it does not take Basic Text SR Storage (PS3.11 Table E.3-1)\n" in text


def test_what_is_not_there_exits_2(mediakit: Command, tmp_path: Path) -> None:
    assert mediakit("fit", tmp_path / "none", "--json").json["code"] == "source-unreadable"
    assert mediakit("fit", "--json").json["code"] == "usage"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder with a profile of somebody's own."""
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "clinic.toml").write_text(OWN)
    return folder


def test_own_profiles_by_option_and_environment(
    mediakit: Command, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = "PRI-CLINIC-DVD"
    assert mediakit("profiles", id, "--json").json["code"] == "unknown-profile"
    assert mediakit("profiles", id, "--profile-dir", own).out.startswith(f"{id}: Our DVDs: RLE too\n")
    monkeypatch.setenv("MEDIAKIT_PROFILES", str(own))
    assert "\nAdds to   STD-GEN-CD\n" in mediakit("profiles", id).out
    (tmp_path / "ct").write_bytes(ct(1))
    disc = tmp_path / "dvd.iso"
    made = mediakit("create", tmp_path / "ct", "-o", disc, "--profile", id, "--json").json
    assert (made["profiles"], made["conforms"]) == ([id], [id])
    judged = mediakit("verify", disc, "--profile", id, "--json")
    assert (judged.status, judged.json["profile"]["conforms"]) == (0, [id])
    assert id in mediakit("verify", disc, "--json").json["profile"]["conforms"]


def test_a_profile_that_is_wrong_is_told_with_file_and_line(mediakit: Command, own: Path) -> None:
    (own / "clinic.toml").write_text(OWN.replace("RLELossless", "RLELossy"))
    document = mediakit("profiles", "--profile-dir", own, "--json").json
    assert document["code"] == "invalid-profile-data"
    assert "clinic.toml [profile 1] [object 1], line 9: 'RLELossy'" in document["message"]


def test_a_claim_on_create_and_verify(mediakit: Command, tmp_path: Path) -> None:
    claim, disc = tmp_path / "claim.toml", tmp_path / "cd.iso"
    (tmp_path / "ct").write_bytes(ct(1))
    claim.write_text('sop_class = ["MRImageStorage"]\ntransfer_syntax = []\n')
    general = ("--profile", "STD-GEN-CD", "--claim", claim, "--json")
    refused = mediakit("create", tmp_path / "ct", "-o", disc, *general)
    assert (refused.status, refused.json["left_out"][0]["rule"]) == (2, "PROF-018")
    claim.write_text('sop_class = ["CTImageStorage"]\ntransfer_syntax = []\n')
    assert mediakit("create", tmp_path / "ct", "-o", disc, *general).status == 0
    assert mediakit("verify", disc, *general).status == 0
    claim.write_text('sop_class = ["MRImageStorage"]\ntransfer_syntax = []\n')
    judged = mediakit("verify", disc, *general)
    assert (judged.status, [each["rule"] for each in judged.json["findings"]]) == (1, ["PROF-018"])


def test_the_profile_in_the_readme_works(mediakit: Command, repository: Path, tmp_path: Path) -> None:
    readme = repository.joinpath("README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(\[\[profile.*?)```", readme, re.DOTALL)
    (tmp_path / "own.toml").write_text(example, encoding="utf-8")
    page = mediakit("profiles", "AUG-CLINIC-CD", "--profile-dir", tmp_path).out
    assert page.startswith("AUG-CLINIC-CD: CDs of our clinic, with ultrasound in RLE\n")
    assert "\nUltrasound Image Storage (AUG-CLINIC-CD)\n  in RLE Lossless\n" in page
