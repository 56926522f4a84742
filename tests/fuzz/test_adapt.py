"""Adaptation of files whose bytes were changed, lost or added: an adapted instance or a reason."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mediakit import create
from mediakit.errors import ConformanceError
from mediakit.workshop import Workshop
from tests.adaptation import adapted
from tests.profile_sets import images
from tests.profile_sets.dataset import (
    DEFLATED,
    HTJ2K,
    HTJ2K_LOSSLESS,
    HTJ2K_RPCL,
    IMPLICIT,
    J2K,
    J2K_LOSSLESS,
    JPEG_BASELINE,
    JPEG_EXTENDED,
    JPEG_LOSSLESS,
    JPEG_LS,
    JPEG_LS_NEAR,
    RLE,
)

FILES = 150
STREAMS = 20
CODECS = [
    (JPEG_BASELINE, 8), (JPEG_EXTENDED, 12), (JPEG_LOSSLESS, 16), (JPEG_LS, 12), (JPEG_LS_NEAR, 12),
    (J2K_LOSSLESS, 12), (J2K, 12), (HTJ2K_LOSSLESS, 12), (HTJ2K_RPCL, 16), (HTJ2K, 12), (RLE, 8),
]  # fmt: skip


def damaged(data: bytes, chance: random.Random) -> bytes:
    """The data with a few bytes that are others, gone or new."""
    found = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        at, how = chance.randrange(len(found)), chance.randrange(5)
        if how < 3:
            found[at] = chance.randrange(256)
        elif how == 3:
            del found[at : at + chance.randrange(1, 9)]
        else:
            found[at:at] = chance.randbytes(chance.randrange(1, 9))
    return bytes(found)


def test_damaged_files_are_adapted_whole_or_refused(tmp_path: Path) -> None:
    whole = [images.ct(syntax).data for syntax in (JPEG_LOSSLESS, IMPLICIT, DEFLATED, J2K)]
    whole += [images.xa(JPEG_LOSSLESS, 8).data, images.sc("RGB", RLE).data]
    chance, path, done = random.Random(9), tmp_path / "file.dcm", 0
    with Workshop() as workshop:
        for n in range(FILES):
            path.write_bytes(damaged(whole[n % len(whole)], chance))
            for each in adapted(path, workshop=workshop).adapted:
                done += 1
                with each.instance.content.open() as stream:
                    assert len(stream.read()) == each.instance.content.size
    assert 0 < done < FILES


@pytest.mark.parametrize(("syntax", "bits"), CODECS)
def test_damaged_code_streams_give_whole_frames_or_a_reason(syntax: str, bits: int, tmp_path: Path) -> None:
    """Three frames, the middle one damaged, which may end the process of a codec."""
    made = images.ct(syntax, bits).but(NumberOfFrames="3")
    (frame,) = images.ct(syntax, bits).values["PixelData"]
    chance, path, length = random.Random(bits), tmp_path / "file.dcm", 3 * 256 * (1 if bits == 8 else 2)
    refused = 0
    with Workshop() as workshop:
        for _ in range(STREAMS):
            path.write_bytes(made.but(PixelData=[frame, damaged(frame, chance), frame]).data)
            found = adapted(path, workshop=workshop)
            for each in found.judged.refused:
                refused += 1
                assert "It cannot be changed to fit without losing anything: " in each.reason
            for done in found.adapted:
                with done.instance.content.open() as stream:
                    data = stream.read()
                assert data[-length - 12 : -length - 8] == b"\xe0\x7f\x10\0"
    assert refused


def test_a_disc_of_damaged_code_streams_is_whole_or_not_there(tmp_path: Path) -> None:
    chance, out, made = random.Random(1), tmp_path / "x.iso", 0
    for syntax, bits in CODECS:
        one = images.ct(syntax, bits)
        source = tmp_path / "file.dcm"
        source.write_bytes(one.but(PixelData=[damaged(one.values["PixelData"][0], chance)]).data)
        try:
            made += create([source], out, profile="STD-GEN-CD").complete
            out.unlink()
        except ConformanceError:
            assert [path.name for path in tmp_path.iterdir()] == ["file.dcm"]
    assert 0 < made < len(CODECS)
