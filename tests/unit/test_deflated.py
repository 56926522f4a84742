"""Deflated files in an archive: planned to the byte, compressed twice alike, stored where that is better."""

from __future__ import annotations

import hashlib
import io
import os
import random
import tracemalloc
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pytest

from mediakit.deflating import Deflation, measure
from mediakit.errors import Cancelled, SourceChanged
from mediakit.formats import zip as zip_format
from mediakit.formats.tree import VolumeFile, VolumeTree
from mediakit.formats.zip.deflated import DeflatedContent
from mediakit.formats.zip.layout import ZipLayout
from mediakit.formats.zip.structs import LOCAL_FORM, LocalHeader
from mediakit.model import BytesContent, Content, FileContent
from mediakit.progress import Cancel, Progress, Watch
from tests.iso9660 import contents
from tests.trees import volume_tree
from tests.zips import PARAMETERS, zip_view

FILES = {
    "README.TXT": b"Read me. " * 100,
    "DICOM/NOISE": random.Random(8).randbytes(70_000),
    "DICOM/EMPTY": b"",
    "DICOM/ONE": b"1",
    "DICOM/PLAIN": bytes(3_000_001),
    "DICOM/TEXT": b"pixel data that repeat itself " * 90_000,
}


def planned(tree: VolumeTree) -> ZipLayout:
    return zip_format.plan(Deflation().tree(tree), PARAMETERS)


def test_the_plan_is_kept_to_the_byte() -> None:
    layout, out, ticks = planned(volume_tree(FILES)), io.BytesIO(), list[int]()
    written = zip_format.write(layout, out, ticks.append, each=True)
    data = out.getvalue()
    assert written.size == layout.size == len(data) == sum(ticks)
    assert written.sha256 == hashlib.sha256(data).hexdigest()
    assert written.files == tuple(hashlib.sha256(each).hexdigest() for each in FILES.values())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info, entry in zip(archive.infolist(), layout.entries, strict=True):
            assert (info.header_offset, info.compress_size) == (entry.header, entry.packed_size)
            assert archive.read(info) == FILES[info.filename]
    view = zip_view(data)
    assert (contents(view), view.anomalies) == (FILES, ())


def test_what_does_not_get_smaller_is_stored() -> None:
    layout = planned(volume_tree(FILES))
    deflated = {entry.name.decode() for entry in layout.entries if entry.deflated}
    assert deflated == {"README.TXT", "DICOM/PLAIN", "DICOM/TEXT"}


@dataclass(frozen=True)
class Repeating:
    """As much of a pattern as nobody holds in memory."""

    size: int
    pattern: bytes = bytes(1 << 16)

    def open(self) -> BinaryIO:
        return io.BufferedReader(_Repeating(self), 1 << 16)


class _Repeating(io.RawIOBase):
    def __init__(self, content: Repeating) -> None:
        self._content, self._at = content, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        pattern = self._content.pattern
        start = self._at % len(pattern)
        got = min(len(view), len(pattern) - start, self._content.size - self._at)
        view[:got] = pattern[start : start + got]
        self._at += got
        return got


def test_what_a_reader_would_take_for_a_bomb_is_stored(tmp_path: Path) -> None:
    tree = VolumeTree((VolumeFile(("A",), Repeating(257 << 20)), VolumeFile(("B",), Repeating(256 << 20))))
    layout = planned(tree)
    assert [entry.deflated is not None for entry in layout.entries] == [False, True]
    path = tmp_path / "out.zip"
    with path.open("wb") as out:
        zip_format.write(layout, out)
    assert zip_format.open(FileContent.of(path)).anomalies == ()


def test_memory_does_not_grow_with_a_file() -> None:
    class Nowhere(io.RawIOBase):
        def write(self, data: object) -> int:
            return len(memoryview(data).cast("B"))  # type: ignore[arg-type]

    tree = VolumeTree((VolumeFile(("A",), Repeating(60 << 20, random.Random(1).randbytes(900) * 1000)),))
    tracemalloc.start()
    try:
        layout = planned(tree)
        assert layout.entries[0].deflated
        zip_format.write(layout, Nowhere())
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_zip64_says_both_sizes_of_a_deflated_file() -> None:
    deflated = DeflatedContent(Repeating(5 << 30), 6 << 20, 0x12345678, "")
    layout = zip_format.plan(
        VolumeTree((VolumeFile(("A",), deflated), VolumeFile(("B",), deflated))), PARAMETERS
    )
    from mediakit.formats.zip.writer import _central, _local

    header = _local(layout, layout.entries[0], deflated.crc)
    assert LocalHeader._make(LOCAL_FORM.unpack(header[: LOCAL_FORM.size]))[2:9] == (
        0, 8, 0x28C3, 0x5C64, 0x12345678, 0xFFFFFFFF, 0xFFFFFFFF,
    )  # fmt: skip
    extra = b"\1\0\x10\0" + (5 << 30).to_bytes(8, "little") + (6 << 20).to_bytes(8, "little")
    assert header[LOCAL_FORM.size :] == b"A" + extra
    assert _central(layout, layout.entries[1], deflated.crc).endswith(b"B" + extra)
    assert layout.entries[1].header == len(header) + (6 << 20)


def test_other_bytes_of_the_same_size_and_date_are_noticed(tmp_path: Path) -> None:
    path = tmp_path / "IM1"
    path.write_bytes(b"1" * 5000)
    tree = VolumeTree((VolumeFile(("IM1",), FileContent.of(path)),))
    layout = planned(tree)
    before = path.stat()
    path.write_bytes(b"2" * 5000)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(SourceChanged, match="IM1 changed since it was read first: it has other bytes"):
        zip_format.write(layout, io.BytesIO())


def test_every_file_is_measured_once(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Counted:
        data: bytes
        reads: list[int]

        @property
        def size(self) -> int:
            return len(self.data)

        def open(self) -> BinaryIO:
            self.reads.append(1)
            return io.BytesIO(self.data)

    path = tmp_path / "IM2"
    path.write_bytes(b"2" * 9000)
    one = Counted(b"1" * 9000, [])
    given: list[tuple[str, Content]] = [
        ("IM1", one),
        ("IM2", FileContent.of(path)),
        ("IM3", BytesContent(b"3")),
    ]
    files = [VolumeFile((name,), content) for name, content in given]
    seen = list[int]()
    known = measure(files, Watch(lambda event: seen.append(event.done)))
    assert seen[-1] == 18_001
    assert known.count(content for _, content in given) == 2
    for _ in range(3):
        tree = known.tree(VolumeTree((*files, VolumeFile(("README.TXT",), BytesContent(b"4" * 99)))))
    kinds = [isinstance(file.content, DeflatedContent) for file in tree.files]
    assert (kinds, len(one.reads)) == ([True, True, False, True], 1)


def test_a_large_file_is_left_in_its_middle(tmp_path: Path) -> None:
    path = tmp_path / "IM0"
    path.write_bytes(b"0123456789abcdef" * (1 << 20))
    cancel, told = Cancel(), []

    def listen(event: Progress) -> None:
        told.append(event.done)
        cancel.cancel()

    with pytest.raises(Cancelled):
        measure([VolumeFile((path.name,), FileContent.of(path))], Watch(listen, cancel))
    assert 0 < told[0] < 16 << 20


def test_measuring_can_be_stopped_and_says_what_changed(tmp_path: Path) -> None:
    paths = [tmp_path / f"IM{n}" for n in range(9)]
    for path in paths:
        path.write_bytes(b"1" * 50_000)
    files = [VolumeFile((path.name,), FileContent.of(path)) for path in paths]
    cancel = Cancel()
    cancel.cancel()
    with pytest.raises(Cancelled):
        measure(files, Watch(cancel=cancel))
    paths[7].write_bytes(b"1" * 50_001)
    with pytest.raises(SourceChanged, match=r"IM7 changed .*: it had 50,000 bytes and now has 50,001"):
        measure(files, Watch())
