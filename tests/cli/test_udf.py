"""create and verify of discs with UDF: DVD, DVD-RAM, BD."""

from __future__ import annotations

from pathlib import Path

import pytest

from mediakit.formats import read_medium
from mediakit.formats.udf.volume import UdfVolume
from tests.cli.runner import Command


@pytest.mark.parametrize(
    ("medium", "word", "revision", "sides"),
    [
        ("dvd", "udf", 0x0102, ["udf"]),
        ("dvd", "bridge", 0x0102, ["iso9660", "udf"]),
        ("dvd-ram", "udf", 0x0150, ["udf"]),
        ("bd-re", "udf", 0x0250, ["udf"]),
        ("bd-r", "udf", 0x0260, ["udf"]),
    ],
)
def test_every_disc_is_made_in_its_revision_and_verified(
    mediakit: Command, samples: Path, tmp_path: Path, medium: str, word: str, revision: int, sides: list[str]
) -> None:
    viewer = tmp_path / "viewer"
    viewer.mkdir()
    (viewer / "Größe & Lage.txt").write_bytes(b"long")
    image = tmp_path / "disc.img"
    arguments = ["--medium", medium, "--format", word, "--include", str(viewer), "-o", str(image)]
    assert mediakit("create", samples / "patient-b", *arguments).status == 0
    views = read_medium(image)
    assert [view.evidence.id for view in views] == sides
    facts = views[-1].facts
    assert isinstance(facts, UdfVolume)
    assert facts.revision == revision
    assert ("viewer", "Größe & Lage.txt") in {file.path for file in views[-1].files}
    assert mediakit("verify", image).status == 0
