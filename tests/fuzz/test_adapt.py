"""Adaptation of files whose bytes were changed, lost or added: an adapted instance or a reason."""

from __future__ import annotations

import random
from pathlib import Path

from mediakit.workshop import Workshop
from tests.adaptation import adapted
from tests.profile_sets import images
from tests.profile_sets.dataset import DEFLATED, IMPLICIT, J2K, JPEG_LOSSLESS, RLE

FILES = 150


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
