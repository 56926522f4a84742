from __future__ import annotations

import io
import random
from dataclasses import replace
from pathlib import Path

import pytest

from mediakit import verify
from mediakit.errors import MediumError
from mediakit.formats import read_medium
from mediakit.formats.iso9660.volume import IsoVolume
from mediakit.formats.raw_cd import raw_cd
from mediakit.formats.tree import Evidence
from mediakit.model import BytesContent, SliceContent
from tests.builders import FILE_SET_ID, ct, file_set
from tests.iso9660 import FILES, PARAMETERS, contents, image, raw_sectors, two_sessions, view

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


@pytest.mark.parametrize("mode", [1, 2])
def test_a_file_with_a_sector_that_the_drive_could_not_read_is_not_whole(mode: int, tmp_path: Path) -> None:
    """The last sector of an image is wiped: what is left reads like a black line in the picture."""
    disc = file_set([ct(1, Rows=200, Columns=64, PixelData=bytes(25_600)), ct(2)])
    data = image(disc.files, replace(PARAMETERS, volume_id=FILE_SET_ID))
    content = next(file.content for file in view(data).files if file.size > 25_600)
    assert isinstance(content, SliceContent)
    last = (content.offset + content.size - 1) // 2048
    path = tmp_path / "disc.bin"
    whole = raw_sectors(data, mode)
    path.write_bytes(whole)
    assert verify(path).imports.total("readable") == 2
    path.write_bytes(whole[: last * 2352] + bytes(2352) + whole[(last + 1) * 2352 :])
    with pytest.raises(OSError, match=f"sector {last} of the raw image holds no data"):
        contents(read_medium(path)[0])
    found = verify(path)
    assert found.imports.total("readable") == 1
    assert found.verdict != "conforms"
