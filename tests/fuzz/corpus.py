"""The media that the fuzz of `verify` keeps, in `corpus.tar.xz`: each by the name of its case."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

FILE = Path(__file__).with_name("corpus.tar.xz")


def load() -> Iterator[tuple[str, bytes]]:
    """Every case, `kind number`, and its medium; of the kinds of a folder that one file."""
    if FILE.exists():
        with tarfile.open(FILE) as archive:
            for member in archive:
                stream = archive.extractfile(member)
                assert stream
                yield member.name, stream.read()


def save(cases: Mapping[str, bytes]) -> None:
    """Write all of them; what is alike lies together, so that it packs well."""
    with tarfile.open(FILE, "w:xz", preset=6) as archive:
        for name, data in sorted(cases.items()):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
