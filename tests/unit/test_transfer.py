from __future__ import annotations

import hashlib
import io
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pytest

from mediakit.errors import OutputError, SourceChanged, SourceUnreadable
from mediakit.model import BytesContent, FileContent
from mediakit.transfer import BLOCK, Buffers, Transfer, digest

DATA = bytes(range(251)) * 20_000  # about 5 MB, no block like another


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> object:
    before = threading.active_count()
    yield
    assert threading.active_count() == before


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 4 * BLOCK, len(DATA)])
def test_digest(size: int) -> None:
    assert digest(BytesContent(DATA[:size])) == sha256(DATA[:size])


def test_bytes_pads_and_contents_follow_each_other(tmp_path: Path) -> None:
    path = tmp_path / "IM1"
    path.write_bytes(DATA)
    out = io.BytesIO()
    ticks: list[int] = []
    with Transfer(out, ticks.append, each=True) as transfer:
        transfer.put(b"head")
        transfer.pad_to(2048)
        transfer.copy(FileContent.of(path), "IM1")
        transfer.copy(BytesContent(b""), "empty")
        assert transfer.position == 2048 + len(DATA)
        transfer.pad_to(BLOCK)
        transfer.copy(BytesContent(b"tail"), "tail")
        whole = transfer.finish()
    expected = (b"head".ljust(2048, b"\0") + DATA).ljust(5 * BLOCK, b"\0") + b"tail"
    assert out.getvalue() == expected
    assert whole == sha256(expected)
    assert transfer.files == (sha256(DATA), sha256(b""), sha256(b"tail"))
    assert ticks == [BLOCK] * 5 + [4]


def test_a_buffer_is_not_used_again_before_it_is_hashed() -> None:
    out = io.BytesIO()
    parts = [os.urandom(300_001) for _ in range(60)]
    with Transfer(out, each=True) as transfer:
        for part in parts:
            transfer.copy(BytesContent(part), "part")
        whole = transfer.finish()
    assert whole == sha256(b"".join(parts))
    assert transfer.files == tuple(map(sha256, parts))


def test_buffers_are_shared_by_transfers_that_follow_each_other() -> None:
    with Buffers() as buffers:
        for size in (3 * BLOCK, 1, 0, 5 * BLOCK + 7):
            assert digest(BytesContent(DATA[:size]), buffers=buffers) == sha256(DATA[:size])
        with pytest.raises(SourceChanged):
            digest(Opened(5 * BLOCK, io.BytesIO(bytes(3 * BLOCK))), buffers=buffers)
        assert digest(BytesContent(DATA), buffers=buffers) == sha256(DATA)


class Trickle(io.RawIOBase):
    """A file that reads and writes a few bytes at a time, as a pipe does."""

    def __init__(self, data: bytes = b"") -> None:
        self.data, self.written = io.BytesIO(data), bytearray()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return self.data.readinto(buffer[:1000])

    def writable(self) -> bool:
        return True

    def write(self, data: memoryview) -> int:  # type: ignore[override]
        self.written += data[:777]
        return len(data[:777])


@dataclass(frozen=True, slots=True)
class Opened:
    """Content that says its size and gives any stream."""

    size: int
    stream: io.IOBase

    def open(self) -> BinaryIO:
        return self.stream  # type: ignore[return-value]


def test_short_reads_and_writes_are_continued() -> None:
    out = Trickle()
    with Transfer(out) as transfer:
        transfer.copy(Opened(10_000, Trickle(DATA[:10_000])), "IM1")
        assert transfer.finish() == sha256(DATA[:10_000])
    assert out.written == DATA[:10_000]


@pytest.mark.parametrize(
    ("size", "what"), [(99, "it has more than 99 bytes"), (101, "it ends before its 101 bytes")]
)
def test_a_content_of_another_size_is_refused(size: int, what: str) -> None:
    with pytest.raises(SourceChanged, match=f"^IM1 changed since it was read first: {what}"):
        digest(Opened(size, io.BytesIO(bytes(100))), name="IM1")


def test_a_file_that_grew_or_shrank_or_went_is_named(tmp_path: Path) -> None:
    path = tmp_path / "IM1"
    path.write_bytes(bytes(100))
    content = FileContent.of(path)
    assert digest(content) == sha256(bytes(100))
    path.write_bytes(bytes(5000))
    with pytest.raises(SourceChanged) as caught:
        digest(content, name="not this name")
    assert caught.value.message == (
        f"{path} changed since it was read first: it had 100 bytes and now has 5,000."
    )
    assert caught.value.advice
    path.unlink()
    with pytest.raises(SourceChanged, match="it is no longer there"):
        digest(content)


def test_a_file_that_was_replaced_by_one_of_the_same_size_is_named(tmp_path: Path) -> None:
    path = tmp_path / "IM1"
    path.write_bytes(bytes(100))
    content = FileContent.of(path)
    path.write_bytes(b"\1" * 100)
    os.utime(path, ns=(content.stamp + 10**9, content.stamp + 10**9))
    with pytest.raises(SourceChanged, match="it has another modification time"):
        digest(content)


def test_a_file_that_changes_while_it_is_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "IM1"
    path.write_bytes(bytes(3 * BLOCK))
    content = FileContent.of(path)

    def cut(_: int) -> None:
        os.truncate(path, BLOCK + 5)

    with pytest.raises(SourceChanged, match=r"it had 3,145,728 bytes and now has 1,048,581"):
        digest(content, cut)

    path.write_bytes(bytes(3 * BLOCK))

    def touch(_: int) -> None:
        os.utime(path, ns=(0, 0))

    with pytest.raises(SourceChanged, match="modification time"):
        digest(FileContent.of(path), touch)


class Failing(io.BytesIO):
    """A stream whose reads or writes fail after some bytes."""

    def __init__(self, after: int, error: OSError) -> None:
        super().__init__(DATA)
        self.after, self.error = after, error

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self.tell() >= self.after:
            raise self.error
        return super().readinto(buffer[: self.after])

    def write(self, data: memoryview) -> int:  # type: ignore[override]
        if self.tell() >= self.after:
            raise self.error
        return super().write(data)


def test_a_source_that_cannot_be_read_is_named() -> None:
    with pytest.raises(SourceUnreadable, match=r"^IM1 cannot be read: Input/output error\.$"):
        digest(Opened(len(DATA), Failing(3 * BLOCK, OSError(5, "Input/output error"))), name="IM1")


def test_a_source_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="cannot be read"):
        digest(FileContent(tmp_path, 100, 0))


@pytest.mark.parametrize("after", [0, 2 * BLOCK])
def test_an_output_that_cannot_be_written_gives_the_reason(after: int) -> None:
    out = Failing(after, OSError(28, "No space left on device"))
    with pytest.raises(OutputError) as caught, Transfer(out) as transfer:
        transfer.copy(BytesContent(DATA), "IM1")
        transfer.finish()
    assert caught.value.message == "The output cannot be written: No space left on device."
    assert isinstance(caught.value.__cause__, OSError)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_device() -> None:
    with (
        pytest.raises(OutputError, match="No space left"),
        Path("/dev/full").open("wb", buffering=0) as out,
        Transfer(out) as transfer,
    ):
        transfer.put(b"x")
        transfer.finish()


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_a_tick_that_raises_stops_at_once(error: type[BaseException]) -> None:
    out = io.BytesIO()

    def stop(_: int) -> None:
        raise error

    with pytest.raises(error), Transfer(out, stop) as transfer:
        transfer.copy(BytesContent(DATA), "IM1")
    assert len(out.getvalue()) == BLOCK


def test_nothing_is_written_after_an_error_in_the_caller() -> None:
    out = io.BytesIO()
    with pytest.raises(RuntimeError, match="caller"), Transfer(out) as transfer:
        transfer.put(b"lost")
        raise RuntimeError("caller")
    assert out.getvalue() == b""


@pytest.mark.parametrize("size", [0, 1, 4096, BLOCK, BLOCK + 1, 5 * BLOCK + 7, 40 * BLOCK])
def test_skipped_zeros_are_in_the_output_its_digest_and_the_ticks(size: int, tmp_path: Path) -> None:
    expected = b"before" + bytes(size) + b"between" + bytes(size)
    for path in (tmp_path / "file", None):
        ticks: list[int] = []
        with io.BytesIO() if path is None else path.open("wb", buffering=0) as out:
            with Transfer(out, ticks.append) as transfer:
                transfer.put(b"before")
                transfer.skip(size)
                transfer.put(b"between")
                transfer.skip(size)
                assert transfer.finish() == sha256(expected)
            assert transfer.position == sum(ticks) == len(expected)
            written = out.getvalue() if isinstance(out, io.BytesIO) else (tmp_path / "file").read_bytes()
        assert written == expected


@pytest.mark.skipif(not hasattr(os.stat_result, "st_blocks"), reason="needs to see what a file occupies")
def test_skipped_zeros_take_no_room(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with path.open("wb", buffering=0) as out, Transfer(out) as transfer:
        transfer.skip(64 * BLOCK)
        transfer.finish()
    found = path.stat()
    assert (found.st_size, found.st_blocks * 512 < BLOCK) == (64 * BLOCK, True)


def test_what_a_file_held_before_is_overwritten_by_skipped_zeros(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old" * BLOCK)
    with path.open("r+b", buffering=0) as out, Transfer(out) as transfer:
        transfer.skip(2 * BLOCK)
        transfer.finish()
    assert path.read_bytes()[: 2 * BLOCK] == bytes(2 * BLOCK)


def test_a_hole_that_cannot_be_made_gives_the_reason(tmp_path: Path) -> None:
    class NoSeek(io.FileIO):
        def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
            raise OSError(27, "File too large")

    refused = pytest.raises(OutputError, match="File too large")
    with NoSeek(tmp_path / "file", "w") as out, Transfer(out) as transfer, refused:
        transfer.skip(2 * BLOCK)
