"""OUT is complete or absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from mediakit.errors import OutputError, OutputExists
from mediakit.output import Output


def test_published_file_has_its_name_and_nothing_else_is_left(tmp_path: Path) -> None:
    out = tmp_path / "disc.iso"
    with Output(out, 3) as output:
        output.stream.write(b"abc")
        assert not out.exists()
        output.close()
        output.publish(force=False)
    assert out.read_bytes() == b"abc"
    assert list(tmp_path.iterdir()) == [out]


def test_leaving_without_publishing_removes_everything(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), Output(tmp_path / "disc.iso", 3) as output:
        output.stream.write(b"abc")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_appeared_meanwhile_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "disc.iso"
    with pytest.raises(OutputExists), Output(out, 3) as output:
        out.write_bytes(b"somebody else's")
        output.close()
        output.publish(force=False)
    assert out.read_bytes() == b"somebody else's"
    assert list(tmp_path.iterdir()) == [out]


def test_force_replaces(tmp_path: Path) -> None:
    out = tmp_path / "disc.iso"
    out.write_bytes(b"old")
    with Output(out, 3) as output:
        output.stream.write(b"new")
        output.close()
        output.publish(force=True)
    assert out.read_bytes() == b"new"


def test_more_than_the_disk_holds_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="bytes free"), Output(tmp_path / "disc.iso", 2**60):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"), Output(tmp_path / "no" / "disc.iso", 1):
        pass


def test_permissions_are_those_of_any_new_file(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    out = tmp_path / "disc.iso"
    with Output(out, 0) as output:
        output.close()
        output.publish(force=False)
    assert out.stat().st_mode == plain.stat().st_mode
