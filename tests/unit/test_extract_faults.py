"""extract from media that fail while they are read, and what it finds in whole files."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from mediakit import Selection, extract
from mediakit.dicomfile.encode import encode_element
from mediakit.formats import read_medium
from mediakit.formats.tree import MediumView, StoredFile
from mediakit.report import Outcome
from tests.builders import ct, file_set, uid
from tests.faults import Faults, failing


def large(number: int) -> bytes:
    """An image of 512 x 512 pixels."""
    return ct(number, Rows=512, Columns=512, PixelData=bytes(2 * 512 * 512))


@pytest.fixture
def disc(tmp_path: Path) -> Path:
    return file_set([large(1), large(2)]).write(tmp_path / "disc")


def with_faults(monkeypatch: pytest.MonkeyPatch, faults: Faults) -> None:
    """Media have these faults in their second image."""

    def of(file: StoredFile) -> Faults | None:
        return faults if file.path[-1] == "IM000002" else None

    def faulty(path: Path, _: object) -> tuple[MediumView, ...]:
        return tuple(failing(view, of) for view in read_medium(path))

    monkeypatch.setattr(import_module("mediakit.extract"), "read_medium", faulty)


def test_what_cannot_be_read_is_missing_and_its_series_incomplete(
    disc: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_faults(monkeypatch, Faults(bad=range(300_000, 302_048)))
    done = extract(disc, tmp_path / "out")
    assert [(each.sop_instance, each.series) for each in done.missing] == [(uid("ct 2"), uid("series"))]
    assert "Input/output error" in done.missing[0].reason
    assert [(each.expected, each.extracted) for each in done.series] == [(2, 1)]
    assert not done.complete
    assert [path.name for path in (tmp_path / "out").rglob("*.dcm")] == ["IM0001.dcm"]
    skipped = {each.rule for each in done.findings if each.outcome is Outcome.SKIPPED}
    assert "FILE-033" in skipped, "the one that is missing was not judged"


def test_what_can_be_read_again_is_extracted(
    disc: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_faults(monkeypatch, Faults(bad=range(300_000, 302_048), heals=3))
    done = extract(disc, tmp_path / "out")
    assert done.complete
    got = sorted(path.read_bytes() for path in (tmp_path / "out").rglob("*.dcm"))
    assert got == sorted([large(1), large(2)])
    assert done.findings == ()


def test_whole_files_are_judged_by_their_copies(tmp_path: Path) -> None:
    item = b"\xfe\xff\x00\xe0\x40\0\0\0"
    broken = encode_element(0x00081111, "SQ", item)
    data = ct(1)
    description = encode_element(0x0008103E, "LO", b"AX 5.0")
    assert data.count(description) == 1
    disc = file_set([data.replace(description, description + broken)]).write(tmp_path / "disc")
    done = extract(disc, tmp_path / "out")
    assert [each.rule for each in done.findings] == ["FILE-033"]
    assert done.findings[0].where.series == uid("series")


def test_a_selection_does_not_hide_what_nobody_knows(
    disc: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (disc / "DICOMDIR").unlink()
    with_faults(monkeypatch, Faults(bad=range(512)))
    done = extract(disc, tmp_path / "out", selection=Selection(modality=("CT",)))
    assert (len(done.instances), done.not_selected, done.complete) == (1, 0, False)
    assert [each.source.rpartition("/")[2] for each in done.missing] == ["IM000002"]
    assert "it may be an instance" in done.missing[0].reason
