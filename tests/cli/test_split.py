"""`mediakit create --split`: several media, in words and in the document."""

from __future__ import annotations

from pathlib import Path

from tests.cli.runner import Command
from tests.studies import study, written


def test_two_discs(mediakit: Command, tmp_path: Path) -> None:
    source = written(
        tmp_path / "source", [d for n in range(4) for d in study(str(n), 3, 512, date=f"202{n}0101")]
    )
    words = ("create", source, "-o", tmp_path / "out.iso", "--split", "--capacity", "600000")
    done = mediakit(*words, "--json")
    assert done.status == 0
    document = done.json
    assert [Path(each["path"]).name for each in document["volumes"]] == ["out-1of2.iso", "out-2of2.iso"]
    assert [each["instances"] for each in document["volumes"]] == [6, 6]
    assert (document["written"], document["verified"]) == (12, True)
    dates = [s["date"] for v in document["volumes"] for p in v["contents"] for s in p["studies"]]
    assert dates == ["20220101", "20230101", "20200101", "20210101"]
    said = mediakit(*words, "--force", "-q").out
    assert "out-1of2.iso is finished: 1 patient, 2 studies" in said
    assert "out-2of2.iso is finished: 1 patient, 2 studies" in said
    assert "disc 2 of 2" in said


def test_a_stick_needs_its_capacity(mediakit: Command, tmp_path: Path) -> None:
    source = written(tmp_path / "source", study("A", 1))
    done = mediakit("create", source, "-o", tmp_path / "out.img", "--split", "--json")
    assert (done.status, done.json["code"]) == (2, "usage")
    assert "--capacity" in done.json["advice"]
