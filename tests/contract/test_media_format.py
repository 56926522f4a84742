"""What every media format must do, asked of each one in the table."""

from __future__ import annotations

import base64
import hashlib
import io
import random
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mediakit.errors import InputError, MediumError, OutputError, SourceChanged, SourceUnreadable, UsageError
from mediakit.formats import (
    FORMATS,
    WRITERS,
    DeviceContent,
    Layout,
    MediaFormat,
    MediaWriter,
    format_of,
    read_medium,
)
from mediakit.formats.tree import Evidence, VolumeFile, VolumeParameters, VolumeTree, Written
from mediakit.model import BytesContent, FileContent
from mediakit.profile.load import media
from mediakit.profile.select import file_system
from tests.iso9660 import contents, tree

PARAMETERS = VolumeParameters("CONTRACT", datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC))

ODD_SIZES = {
    f"S{size}": random.Random(size).randbytes(size) for size in (0, 1, 2047, 2048, 2049, 4096, 1_500_001)
}
DEEP = {"A/B/C/D/E/F/G/H": b"the eighth level", "A/B/H": b"the third", "I": b"the first"}
MANY = {f"D{n % 7}/IM{n:06}": f"{n}".encode() * (n % 5 + 1) for n in range(3000)}
NAMES = {"README.TXT": b"1", "DICOMDIR": b"2", "A_0/_/0.A_9": b"3", "A_0/ABCDEFGH.ABC": b"4"}
BACKWARDS = {f"F{n}/IM{n}": bytes([n]) * n for n in range(9, 0, -1)}


@pytest.fixture(params=FORMATS, ids=lambda each: each.id)
def format(request: pytest.FixtureRequest) -> MediaFormat[Any]:
    found: MediaFormat[Any] = request.param
    return found


def written(format: MediaFormat[Any], files: Mapping[str, bytes]) -> tuple[Layout, Written, bytes]:
    layout: Layout = format.plan(tree(files), PARAMETERS)
    out = io.BytesIO()
    return layout, format.write(layout, out, each=True), out.getvalue()


def stored_at(format: MediaFormat[Any], data: bytes, offset: int, size: int) -> bytes:
    """What lies there; in a message the groups of base64 that hold it, up to two bytes more at an end."""
    if format.id not in ("mime", "mail"):
        return data[offset : offset + size]
    lines = data[offset : offset + size * 2 + 100].replace(b"\r\n", b"").partition(b"--")[0]
    groups = lines[: (size + 2 + 2) // 3 * 4]
    return base64.b64decode(groups + b"=" * (-len(groups) % 4)) if size else b""


@pytest.mark.parametrize(
    "files",
    [{}, ODD_SIZES, DEEP, MANY, NAMES, BACKWARDS],
    ids=["empty", "odd sizes", "deep", "many", "names", "backwards"],
)
def test_what_is_written_is_read_back(format: MediaFormat[Any], files: dict[str, bytes]) -> None:
    if format.id == "mime" and not files:
        with pytest.raises(InputError, match="There is no file to send"):
            written(format, files)
        return
    _, _, data = written(format, files)
    seen = format.open(BytesContent(data))
    assert contents(seen) == files
    assert seen.anomalies == ()
    assert (seen.evidence.id, seen.size) == (format.id, len(data))
    assert seen.evidence == format.detect(BytesContent(data))


@pytest.mark.parametrize("files", [MANY, NAMES, BACKWARDS], ids=["many", "names", "backwards"])
def test_the_order_is_that_of_the_tree(format: MediaFormat[Any], files: dict[str, bytes]) -> None:
    layout, _, data = written(format, files)
    assert ["/".join(file.path) for file in layout.files] == list(files)
    offsets = [file.offset for file in layout.files]
    assert offsets == sorted(offsets)
    assert list(contents(format.open(BytesContent(data)))) == list(files)


def test_the_plan_is_kept(format: MediaFormat[Any]) -> None:
    layout, result, data = written(format, ODD_SIZES)
    assert result.size == layout.size == len(data)
    assert result.sha256 == hashlib.sha256(data).hexdigest()
    assert result.files == tuple(hashlib.sha256(each).hexdigest() for each in ODD_SIZES.values())
    for file, expected in zip(layout.files, ODD_SIZES.values(), strict=True):
        assert expected in stored_at(format, data, file.offset, file.content.size)


def test_the_same_input_gives_the_same_bytes(format: MediaFormat[Any]) -> None:
    assert written(format, NAMES)[2] == written(format, NAMES)[2]


def test_ticks_add_up_to_the_image(format: MediaFormat[Any]) -> None:
    ticks: list[int] = []
    layout = format.plan(tree(ODD_SIZES), PARAMETERS)
    format.write(layout, io.BytesIO(), ticks.append)
    assert sum(ticks) == layout.size


def test_a_tick_stops_the_writing(format: MediaFormat[Any]) -> None:
    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        format.write(format.plan(tree(ODD_SIZES), PARAMETERS), io.BytesIO(), stop)


@pytest.mark.parametrize("paths", [["A", "A"], ["A", "A/B"], ["A/B", "A"], ["A/B/C", "A/B"]])
def test_names_that_clash_are_refused(format: MediaFormat[Any], paths: list[str]) -> None:
    files = tuple(VolumeFile(tuple(path.split("/")), BytesContent(b"")) for path in paths)
    with pytest.raises(InputError):
        format.plan(VolumeTree(files), PARAMETERS)


@pytest.mark.parametrize("paths", [["a.txt", "A.TXT"], ["A/b", "a/B"], ["Größe", "GRÖßE"], ["x/y", "X"]])
@pytest.mark.parametrize("format", WRITERS, ids=lambda each: each.id)
def test_names_that_differ_in_case_only_are_refused(format: MediaWriter[Any], paths: list[str]) -> None:
    """Windows would show the data of one under the name of the other."""
    with pytest.raises(
        InputError, match=r"cannot be written: .*(differs from it in case only|there already)"
    ):
        format.plan(tree(dict.fromkeys(paths, b"")), PARAMETERS)


@pytest.mark.parametrize("after", [99, 101])
def test_a_source_that_changed_since_the_plan_is_refused(
    format: MediaFormat[Any], tmp_path: Path, after: int
) -> None:
    path = tmp_path / "IM1"
    path.write_bytes(bytes(100))
    layout = format.plan(VolumeTree((VolumeFile(("IM1",), FileContent.of(path)),)), PARAMETERS)
    path.write_bytes(bytes(after))
    with pytest.raises(SourceChanged, match=f"it had 100 bytes and now has {after}"):
        format.write(layout, io.BytesIO())


def test_an_output_that_fails_gives_the_reason(format: MediaFormat[Any]) -> None:
    class Full(io.BytesIO):
        def write(self, data: object) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="No space left on device"):
        format.write(format.plan(tree(NAMES), PARAMETERS), Full())


@pytest.mark.parametrize("data", [b"", b"CD001", bytes(100_000), random.Random(1).randbytes(100_000)])
def test_other_bytes_are_not_recognised(format: MediaFormat[Any], data: bytes) -> None:
    assert format.detect(BytesContent(data)) is None


def test_an_image_cut_off_anywhere_gives_a_view(format: MediaFormat[Any]) -> None:
    _, _, data = written(format, NAMES)
    for size in range(0, len(data), max(97, len(data) // 400)):
        content = BytesContent(data[:size])
        if format.detect(content):
            for file in format.open(content).files:
                assert file.content is None or contents(format.open(content))["/".join(file.path)] is not None


def test_format_of() -> None:
    for format in FORMATS:
        assert format_of(format.id) is format
    with pytest.raises(UsageError, match="There is no media format 'floppy'"):
        format_of("floppy")


def test_read_medium_opens_an_image_from_its_content(format: MediaFormat[Any], tmp_path: Path) -> None:
    path = tmp_path / "image.txt"
    path.write_bytes(written(format, NAMES)[2])
    (view,) = read_medium(path)
    assert view.evidence.id == format.id
    assert contents(view) == NAMES
    assert view.size == path.stat().st_size


def test_read_medium_opens_a_folder(tmp_path: Path) -> None:
    (tmp_path / "DICOMDIR").write_bytes(b"x")
    (view,) = read_medium(tmp_path)
    assert view.evidence == Evidence("folder", "a folder of the file system")
    assert contents(view) == {"DICOMDIR": b"x"}


def test_read_medium_says_what_it_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "notes.iso"
    path.write_bytes(b"not an image")
    with pytest.raises(MediumError) as caught:
        read_medium(path)
    assert caught.value.message == f"{path} is no medium that is known (12 bytes)."
    assert all(format.id in caught.value.advice for format in FORMATS)


@pytest.mark.parametrize("name", ["none.iso", "none/none.iso", "nul\0byte"])
def test_read_medium_of_a_path_that_does_not_exist(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceUnreadable, match="cannot be read"):
        read_medium(tmp_path / name)


@pytest.mark.skipif(not Path("/dev/null").is_char_device(), reason="needs a character device")
def test_read_medium_does_not_wait_for_a_terminal() -> None:
    with pytest.raises(MediumError, match="not a file, a folder or a device"):
        read_medium(Path("/dev/null"))


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file whose reading fails")
def test_read_medium_says_why_a_medium_cannot_be_read() -> None:
    with pytest.raises(SourceUnreadable, match=r"/proc/self/mem cannot be read: Input/output error\."):
        read_medium(Path("/proc/self/mem"))


def test_device_content_reads_as_any_other(tmp_path: Path) -> None:
    path = tmp_path / "device"
    path.write_bytes(b"0123456789")
    content = DeviceContent(path, 10)
    with content.open() as stream:
        stream.seek(3)
        assert stream.read(4) == b"3456"


def test_every_format_that_a_medium_allows_can_be_written() -> None:
    words = {word for medium in media().values() for word in medium.formats}
    assert {file_system(word) for word in words} == {format.id for format in WRITERS}
