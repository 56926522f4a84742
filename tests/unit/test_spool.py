"""What is inflated for looking at: right from any place, and never on disk in clear."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

import pytest

from mediakit.dicomfile.spool import spool

LIMIT = 1000


def test_what_was_written_is_read_from_any_place() -> None:
    source = random.Random(8)
    for size in (0, 1, LIMIT, LIMIT + 1, 5000):
        data = source.randbytes(size)
        with spool(LIMIT) as stream:
            left = memoryview(data)
            while left:
                left = left[stream.write(left[: source.randrange(1, 700)]) :]
            assert stream.tell() == size
            for _ in range(50):
                at, count = source.randrange(size + 1), source.randrange(size + 40)
                assert stream.seek(at) == at
                assert stream.read(count) == data[at : at + count]


def test_on_disk_it_is_encrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tmp_path / "file"

    def kept(*_: Any) -> Any:
        return made.open("w+b", buffering=0)

    monkeypatch.setattr(tempfile, "TemporaryFile", kept)
    with spool(LIMIT) as stream:
        stream.write(b"Plain^Paula" * 40)
        assert not made.exists()
        stream.write(b"Plain^Paula" * 400)
        assert made.stat().st_size == 11 * 440
        assert b"Plain" not in made.read_bytes()
        stream.seek(11 * 100)
        assert stream.read(11) == b"Plain^Paula"
