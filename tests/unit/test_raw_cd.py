from __future__ import annotations

import io
import random
from pathlib import Path

import pytest

from mediakit.errors import MediumError
from mediakit.formats import read_medium
from mediakit.formats.iso9660.volume import IsoVolume
from mediakit.formats.raw_cd import raw_cd
from mediakit.formats.tree import Evidence
from mediakit.model import BytesContent
from tests.iso9660 import FILES, contents, image, raw_sectors, two_sessions

DATA = random.Random(2352).randbytes(2048 * 1500)


@pytest.mark.parametrize("mode", [1, 2])
def test_user_data_from_any_place(mode: int) -> None:
    raw = raw_cd(BytesContent(raw_sectors(DATA, mode)))
    assert raw is not None
    assert (raw.size, raw.mode) == (len(DATA), mode)
    with raw.open() as stream:
        assert stream.read() == DATA
        for start, size in ((0, 1), (2047, 2), (2048, 2048), (1_000_000, 1_500_000), (len(DATA) - 5, 100)):
            stream.seek(start)
            assert stream.read(size) == DATA[start : start + size]
        assert stream.seek(-3, io.SEEK_END) == len(DATA) - 3
        assert stream.read() == DATA[-3:]


@pytest.mark.parametrize("mode", [1, 2])
def test_a_raw_image_is_read_as_any_other(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "disc.bin"
    path.write_bytes(raw_sectors(image(), mode))
    (view,) = read_medium(path)
    assert contents(view) == FILES
    assert view.anomalies == ()
    text = f"CD001 in sector 16, 2,352 bytes a sector, Mode {mode}"
    assert (view.evidence, view.size) == (Evidence("iso9660", text), len(image()))


def test_a_sector_that_is_no_data_reads_as_zeros() -> None:
    broken = bytearray(raw_sectors(DATA[: 3 * 2048], 1))
    broken[2352 * 2 + 5] = 0
    raw = raw_cd(BytesContent(bytes(broken)))
    assert raw is not None
    with raw.open() as stream:
        assert stream.read() == DATA[: 2 * 2048] + bytes(2048)


def test_an_image_that_ends_in_a_sector() -> None:
    raw = raw_cd(BytesContent(raw_sectors(DATA, 1)[:-1]))
    assert raw is not None
    assert raw.size == len(DATA) - 2048


def test_other_images_are_not_raw(tmp_path: Path) -> None:
    for data in (b"", image(), raw_sectors(DATA, 1)[:2352], raw_sectors(DATA, 1)[1:], raw_sectors(DATA, 0)):
        assert raw_cd(BytesContent(data)) is None
    path = tmp_path / "audio.bin"
    path.write_bytes(raw_sectors(DATA, 1))
    with pytest.raises(MediumError, match="is no medium that is known"):
        read_medium(path)


def test_the_last_session_of_a_raw_disc_is_read(tmp_path: Path) -> None:
    """A first session in Mode 1, the gap of 11,400 sectors that holds no data, and one in Mode 2."""
    start = len(image()) // 2048 + 11_400
    disc = two_sessions(image(), FILES | {"DICOM/NEW": b"new" * 1000}, start)
    raw = bytearray(raw_sectors(disc, 2))
    raw[: len(image()) // 2048 * 2352] = raw_sectors(image(), 1)
    raw[len(image()) // 2048 * 2352 : start * 2352] = bytes((start - len(image()) // 2048) * 2352)
    path = tmp_path / "disc.bin"
    path.write_bytes(raw)
    (view,) = read_medium(path)
    assert isinstance(view.facts, IsoVolume)
    assert view.facts.sessions == (0, start)
    assert (contents(view), view.anomalies) == (FILES | {"DICOM/NEW": b"new" * 1000}, ())
