"""What is published was read back to the last byte, the zeros at the end of a large stick too."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from mediakit import readback
from mediakit.errors import ReadBackError
from mediakit.formats.tree import Written
from mediakit.progress import Progress, Watch
from mediakit.readback import ReadBack

HEAD, SIZE = 1_500_001, 20_000_000
DATA = b"x" * HEAD


@pytest.fixture(params=["holes", "no holes", "a system that cannot tell"])
def image(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Some bytes and many zeros."""
    path = tmp_path / "image"
    with path.open("wb") as out:
        out.write(DATA)
        if request.param == "no holes":
            out.write(bytes(SIZE - HEAD))
        out.truncate(SIZE)
    if request.param == "a system that cannot tell":
        monkeypatch.delattr(os, "SEEK_DATA", raising=False)
    return path


def written(data: bytes, zeros: int) -> Written:
    head = hashlib.sha256(data)
    before = head.hexdigest()
    head.update(bytes(zeros))
    return Written(len(data) + zeros, head.hexdigest(), (), before if zeros else None)


def is_as_written(path: Path, data: bytes = DATA, zeros: int = SIZE - HEAD) -> bool:
    seen = list[Progress]()
    with ReadBack(path, len(data)) as found:
        same = found.is_what_was(written(data, zeros), Watch(seen.append))
    if same:
        assert (seen[-1].done, seen[-1].total) == (path.stat().st_size, len(data) + zeros)
    return same


def test_an_image_as_it_was_written(image: Path) -> None:
    assert is_as_written(image)
    assert is_as_written(image, image.read_bytes(), 0)


@pytest.mark.parametrize("at", [0, HEAD - 1, HEAD, HEAD + 3_000_000, SIZE - 1])
def test_one_byte_that_differs(image: Path, at: int) -> None:
    with image.open("r+b") as stream:
        stream.seek(at)
        stream.write(b"y")
    assert not is_as_written(image)


def test_another_size(image: Path) -> None:
    with image.open("ab") as stream:
        stream.write(bytes(1))
    assert not is_as_written(image)
    os.truncate(image, SIZE - 1)
    assert not is_as_written(image)
    os.truncate(image, HEAD - 1)
    with pytest.raises(ReadBackError, match=f"it ends before its {HEAD:,} bytes"):
        is_as_written(image)


def test_a_disk_that_fails_behind_the_files(image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(readback, "_data", fail)
    with pytest.raises(ReadBackError, match="image cannot be read: Input/output error"):
        is_as_written(image)
