from __future__ import annotations

import io
import random
from dataclasses import replace
from pathlib import Path

import pytest

from mediakit import verify
from mediakit.cli import main
from mediakit.errors import MediumError
from mediakit.formats import read_medium
from mediakit.formats.iso9660.volume import IsoVolume
from mediakit.formats.raw_cd import raw_cd
from mediakit.formats.structures import Structures
from mediakit.formats.tree import Evidence
from mediakit.model import Anomaly, BytesContent, SliceContent
from tests.builders import FILE_SET_ID, ct, file_set
from tests.iso9660 import FILES, PARAMETERS, contents, image, raw_sectors, record, two_sessions, view

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


def test_a_sector_that_is_no_data_cannot_be_read() -> None:
    broken = bytearray(raw_sectors(DATA[: 5 * 2048], 1))
    broken[2352 * 2 + 5] = 0
    raw = raw_cd(BytesContent(bytes(broken)))
    assert raw is not None
    with raw.open() as stream, pytest.raises(OSError, match="sector 2 of the raw image holds no data"):
        stream.read()
    structures = Structures(raw)
    with structures.open() as stream:
        assert stream.read() == DATA[: 2 * 2048] + bytes(2048) + DATA[3 * 2048 : 5 * 2048]
    assert not structures.lost(0, 2 * 2048)
    assert structures.lost(3 * 2048 - 1, 2048) == "sector 2 of the raw image holds no data"
    assert not structures.lost(3 * 2048, 2 * 2048)


def test_what_is_lost_of_an_image_is_known_in_runs() -> None:
    """A disc with a track of music has 300,000 sectors that are no data; each could be asked for."""
    raw = bytearray(raw_sectors(DATA, 1))
    for first, last in ((100, 700), (900, 901), (1000, 1499)):
        raw[first * 2352 : last * 2352] = bytes((last - first) * 2352)
    content = raw_cd(BytesContent(bytes(raw)))
    assert content is not None
    structures = Structures(content)
    with structures.open() as stream:
        for number in (300, 301, 650, 299, 900, 5):
            stream.seek(number * 2048)
            stream.read(2048)
        stream.seek(0)
        expected = bytearray(DATA)
        for first, last in ((100, 700), (900, 901), (1000, 1499)):
            expected[first * 2048 : last * 2048] = bytes((last - first) * 2048)
        assert stream.read() == expected
    assert len(structures.bad) < 10
    lost = [bool(structures.lost(number * 2048, 2048)) for number in range(1500)]
    assert lost == [100 <= n < 700 or n == 900 or 1000 <= n < 1499 for n in range(1500)]


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


def test_images_of_a_lost_directory_sector_do_not_vanish(tmp_path: Path) -> None:
    """100 images in one folder, no DICOMDIR that tells of them, and the folder's second sector wiped."""
    data = image({f"IMAGES/IM{n:06}": ct(n) for n in range(100)})
    lost = record(data, "IMAGES/IM000050").offset // 2048
    assert lost == record(data, "IMAGES/IM000000").offset // 2048 + 1
    raw = bytearray(raw_sectors(data, 1))
    path = tmp_path / "disc.bin"
    path.write_bytes(raw)
    assert main(["create", str(path), "-o", str(tmp_path / "whole.iso")]) == 0
    raw[lost * 2352 : lost * 2352 + 2352] = bytes(2352)
    path.write_bytes(raw)
    (view,) = read_medium(path)
    reason = f"sector {lost} of the raw image holds no data"
    assert view.anomalies == (Anomaly("unreadable", reason, lost * 2048),)
    assert main(["create", str(path), "-o", str(tmp_path / "part.iso")]) == 2
