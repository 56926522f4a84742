"""A messy heap of sources becomes an Inventory in which every file is accounted for."""

from __future__ import annotations

import io
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mediakit.dicomfile import encode_file, file_meta
from mediakit.errors import Cancelled, SourceUnreadable
from mediakit.formats.zip.member import MemberDamaged
from mediakit.model import BytesContent, FileContent
from mediakit.progress import Cancel, Progress
from mediakit.scan import Damaged, Ignored, Inventory, Source, scan
from tests.builders import CT, ct, dataset, uid
from tests.zips import Entry, by_hand

WANTED = frozenset((0x00100010, 0x00100020, 0x0020000D, 0x0020000E, 0x00200013))
DICOMDIR = encode_file(file_meta("1.2.840.10008.1.3.10", "2.25.1"), b"")
HEADLESS = encode_file(file_meta(CT, ""), dataset(5, SOPInstanceUID=None))


def take(*sources: Source) -> Inventory:
    return scan(sources, wanted=lambda _: WANTED)


def put(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def uids(inventory: Inventory) -> list[str]:
    return [instance.sop_instance for instance in inventory.instances]


def test_a_messy_heap(tmp_path: Path) -> None:
    """Deep folders, umlauts, thumbnails, litter, an empty file, a DICOMDIR, a ZIP, a cut file."""
    deep = put(tmp_path / "/".join(["a"] * 60) / "IM1", ct(1))
    umlaut = put(tmp_path / "Müller, Jörg" / "Aufnahme äöü.dcm", ct(2))
    note = put(tmp_path / "b" / "Liesmich.txt", "Grüße".encode())
    picture = put(tmp_path / "b" / "vorschau.dcm", b"\xff\xd8\xff\xe0\0\x10JFIF\0")
    empty = put(tmp_path / "b" / "leer", b"")
    litter = put(tmp_path / "b" / ".DS_Store", b"\0\0\0\1Bud1")
    thumbs = put(tmp_path / "b" / "thumbs.db", b"\xd0\xcf\x11\xe0")
    directory = put(tmp_path / "b" / "DICOMDIR", DICOMDIR)
    cut = put(tmp_path / "c" / "cut", ct(3)[:300])
    hollow = put(tmp_path / "c" / "hollow", ct(4)[:-8])
    headless = put(tmp_path / "c" / "headless", HEADLESS)
    shifted = put(tmp_path / "c" / "shifted", b" " + dataset(8))
    packed = tmp_path / "d" / "export.dcm"
    packed.parent.mkdir()
    with zipfile.ZipFile(packed, "w") as out:
        out.writestr("x/IM1", ct(6), zipfile.ZIP_DEFLATED)
        out.writestr("x/IM2", ct(7), zipfile.ZIP_STORED)
        out.writestr("x/note.txt", "hello")
    papers = tmp_path / "d" / "brief.docx"
    with zipfile.ZipFile(papers, "w") as out:
        out.writestr("word/document.xml", "<?xml version='1.0'?>")

    found = take(tmp_path)

    assert uids(found) == [uid(f"ct {n}") for n in (2, 1, 4, 6, 7)]
    assert [instance.origin for instance in found.instances] == [
        str(umlaut), str(deep), str(hollow), f"{packed}:x/IM1", f"{packed}:x/IM2",
    ]  # fmt: skip
    assert [anomaly.kind for anomaly in found.instances[2].anomalies] == ["truncated"]
    assert set(found.ignored) == {
        Ignored(str(note), "no DICOM: text"),
        Ignored(str(picture), "no DICOM: JPEG picture"),
        Ignored(str(empty), "empty file"),
        Ignored(str(litter), "left by the operating system"),
        Ignored(str(thumbs), "left by the operating system"),
        Ignored(str(directory), "a DICOMDIR"),
        Ignored(str(papers), "a ZIP archive without DICOM"),
        Ignored(f"{packed}:x/note.txt", "no DICOM: text"),
    }
    assert [damaged.origin for damaged in found.damaged] == [str(cut), str(headless), str(shifted)]
    assert found.damaged[0].reason.startswith("damaged before the end of its header: ")
    assert found.damaged[1].reason == "DICOM without a SOP Instance UID"
    assert found.damaged[2].reason.startswith("damaged DICOM: ")


def test_the_order_is_that_of_the_sources_and_sorted_inside_folders(tmp_path: Path) -> None:
    for folder, name, number in (("z", "b", 1), ("z", "a", 2), ("a", "c", 3), ("a", "B", 4), ("a/b", "x", 5)):
        put(tmp_path / folder / name, ct(number))
    found = take(tmp_path / "z", tmp_path / "a")
    assert uids(found) == [uid(f"ct {n}") for n in (2, 1, 4, 5, 3)]


def test_no_sources_and_empty_folders_give_nothing(tmp_path: Path) -> None:
    assert take() == Inventory(())
    assert take(tmp_path) == Inventory(())


# --- links, devices, permissions ----------------------------------------------------------


def link(path: Path, target: Path, is_folder: bool = False) -> Path:
    try:
        path.symlink_to(target, target_is_directory=is_folder)
    except OSError as error:
        pytest.skip(f"this system makes no symbolic links here: {error}")
    return path


def test_links_to_files_are_read_and_links_to_folders_are_listed(tmp_path: Path) -> None:
    put(tmp_path / "data" / "IM1", ct(1))
    heap = tmp_path / "heap"
    heap.mkdir()
    to_file = link(heap / "1", tmp_path / "data" / "IM1")
    to_folder = link(heap / "2", heap, is_folder=True)
    nowhere = link(heap / "3", tmp_path / "gone")
    round_about = link(heap / "4", heap / "4")
    found = take(heap)
    assert [instance.origin for instance in found.instances] == [str(to_file)]
    assert found.ignored == (
        Ignored(str(to_folder), "a link to a folder, which is not followed"),
        Ignored(str(nowhere), "a link that leads nowhere"),
        Ignored(str(round_about), "a link that leads nowhere"),
    )
    assert uids(take(to_folder)) == [uid("ct 1")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes on this system")
def test_a_pipe_in_a_folder_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert take(tmp_path).ignored == (Ignored(str(tmp_path / "pipe"), "neither a file nor a folder"),)
    with pytest.raises(SourceUnreadable, match="neither a file nor a folder"):
        take(tmp_path / "pipe")


def test_a_source_that_does_not_exist_stops(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="does not exist") as raised:
        take(tmp_path / "gone")
    assert raised.value.exit_status == 2


TRIAL = [sys.executable, "-c", "import mediakit.scan"]
SCAN_ALL = """
import sys
from mediakit.errors import SourceUnreadable
from mediakit.scan import scan
try:
    found = scan(sys.argv[1:], wanted=lambda _: frozenset())
    print("instances", len(found.instances), "ignored", sorted(each.reason for each in found.ignored))
except SourceUnreadable as error:
    print("SourceUnreadable", error.message)
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user of this machine may enter, unlike those of `tmp_path`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder).resolve()
        path.chmod(0o755)
        yield path


def scan_as_nobody(source: Path) -> str:
    """What a user without privileges sees; skips where nobody can be that user."""
    as_nobody: list[str] = []
    if os.name != "posix":
        pytest.skip("permissions of this kind are POSIX")
    if os.geteuid() == 0:
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            pytest.skip("root may read everything, and setpriv is not installed")
        as_nobody = [setpriv, "--reuid=65534", "--regid=65534", "--clear-groups"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "HOME": str(source)}
    trial = subprocess.run([*as_nobody, *TRIAL], env=environment, capture_output=True, text=True, check=False)
    if trial.returncode:
        pytest.skip(f"another user cannot run this Python: {trial.stderr[-200:]}")
    command = [*as_nobody, sys.executable, "-c", SCAN_ALL, str(source)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout


def test_a_folder_that_cannot_be_entered_stops(open_folder: Path) -> None:
    put(open_folder / "heap" / "IM1", ct(1))
    closed = put(open_folder / "heap" / "closed" / "IM2", ct(2)).parent
    closed.chmod(0)
    try:
        said = scan_as_nobody(open_folder / "heap")
    finally:
        closed.chmod(0o755)
    assert said == f"SourceUnreadable The folder {closed} cannot be entered: Permission denied.\n"


def test_a_file_that_cannot_be_opened_stops(open_folder: Path) -> None:
    closed = put(open_folder / "heap" / "IM1", ct(1))
    closed.chmod(0)
    said = scan_as_nobody(open_folder / "heap")
    assert said == f"SourceUnreadable {closed} cannot be read: Permission denied.\n"


def test_a_source_inside_a_closed_folder_stops(open_folder: Path) -> None:
    put(open_folder / "closed" / "IM1", ct(1))
    (open_folder / "closed").chmod(0)
    try:
        said = scan_as_nobody(open_folder / "closed" / "IM1")
    finally:
        (open_folder / "closed").chmod(0o755)
    assert said == f"SourceUnreadable {open_folder}/closed/IM1 cannot be examined: Permission denied.\n"


def test_litter_that_cannot_be_entered_is_ignored(open_folder: Path) -> None:
    put(open_folder / "heap" / "IM1", ct(1)).chmod(0o644)
    closed = open_folder / "heap" / "System Volume Information"
    closed.mkdir(mode=0)
    said = scan_as_nobody(open_folder / "heap")
    assert said == "instances 1 ignored ['left by the operating system']\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only here can a name be bytes that are no text")
def test_names_that_are_no_text_can_be_printed(tmp_path: Path) -> None:
    try:
        path = put(tmp_path / os.fsdecode(b"M\xfcller"), ct(1))
    except OSError:
        pytest.skip("this file system takes names in UTF-8 only")
    found = take(tmp_path)
    assert found.instances[0].origin == f"{tmp_path}/M\\xfcller"
    content = found.instances[0].content
    assert isinstance(content, FileContent)
    assert content.path == path


# --- lists and objects --------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_list_names_files_relative_to_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    put(tmp_path / "ä" / "1", ct(1))
    put(tmp_path / "folder" / "2", ct(2))
    put(tmp_path / "lists" / "all.txt", ("\ufeff" + ending.join(["folder", "", "ä/1", ""])).encode())
    monkeypatch.chdir(tmp_path)
    assert uids(take("@lists/all.txt")) == [uid("ct 2"), uid("ct 1")]


def test_a_list_that_is_missing_or_names_what_is_missing_stops(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match=r"The list .*gone\.txt cannot be read"):
        take(f"@{tmp_path}/gone.txt")
    put(tmp_path / "list", b"no/such/file\n")
    with pytest.raises(SourceUnreadable, match="no/such/file does not exist"):
        take(f"@{tmp_path}/list")


def test_a_file_whose_name_begins_with_the_list_sign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "@1", ct(1))
    monkeypatch.chdir(tmp_path)
    assert uids(take("./@1")) == [uid("ct 1")]


class Remote:
    """An object of an object store."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name, self._data, self.size = name, data, len(data)

    def open(self) -> io.BytesIO:
        return io.BytesIO(self._data)


def test_objects_with_content_are_sources() -> None:
    found = take(Remote("bucket/1", ct(1)), Remote("bucket/2", b"text"))
    assert [instance.origin for instance in found.instances] == ["bucket/1"]
    assert found.ignored == (Ignored("bucket/2", "no DICOM: text"),)


# --- archives -----------------------------------------------------------------------------


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    return out.getvalue()


def test_members_can_be_read_again_and_again_and_from_anywhere() -> None:
    data = ct(1, PixelData=bytes(range(256)) * 2000)
    (instance,) = take(Remote("x.zip", zipped(IM1=data))).instances
    assert instance.content.size == len(data)
    for _ in range(2):
        with instance.content.open() as stream:
            assert stream.read() == data
    with instance.content.open() as stream:
        stream.seek(400_000)
        assert stream.read(1000) == data[400_000:401_000]
        stream.seek(5)
        assert stream.read(200) == data[5:205]
        stream.seek(-10, os.SEEK_END)
        assert stream.read() == data[-10:]


def test_damage_in_an_archive_is_damage() -> None:
    data = ct(1, PixelData=bytes(range(256)) * 100)
    packed = bytearray(zipped(IM1=data))
    assert uids(take(Remote("x.zip", bytes(packed)))) == [uid("ct 1")]
    at = packed.index(b"IM1") + 3
    packed[at : at + 40] = b"\xff" * 40
    found = take(Remote("x.zip", bytes(packed)))
    assert found.instances == ()
    assert [(each.origin, each.reason[:40]) for each in found.damaged] == [
        ("x.zip:IM1", "damaged in its ZIP archive: its compress")
    ]
    assert found.ignored == ()


def test_a_wrong_checksum_is_found_by_whoever_reads_the_member_through() -> None:
    packed = bytearray(zipped(IM1=ct(1, PixelData=bytes(range(256)) * 400)))
    directory = packed.index(b"PK\1\2")
    packed[directory + 16] ^= 1
    (instance,) = take(Remote("x.zip", bytes(packed))).instances
    with instance.content.open() as stream, pytest.raises(MemberDamaged, match="checksum is wrong"):
        stream.read()


def patched(field: int, form: str, value: int, data: bytes | None = None) -> bytes:
    """An archive of one CT with a field of its central directory changed."""
    packed = bytearray(data or zipped(IM1=ct(1)))
    struct.pack_into(form, packed, packed.index(b"PK\1\2") + field, value)
    return bytes(packed)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (patched(8, "<H", 1), "encrypted in its ZIP archive"),
        (patched(10, "<H", 12), "compressed in a way that is not supported (method 12)"),
        (patched(42, "<I", 7), "damaged in its ZIP archive: its local header is not where the archive says"),
    ],
)
def test_members_that_cannot_be_read_count_as_left_out(data: bytes, reason: str) -> None:
    assert take(Remote("x.zip", data)).damaged == (Damaged("x.zip:IM1", reason),)


def test_archives_out_of_proportion_are_not_opened() -> None:
    bomb = patched(24, "<I", 0xFFFFFFF0)
    (damaged,) = take(Remote("x.zip", bomb)).damaged
    assert damaged == Damaged("x.zip", f"a ZIP archive that claims to hold {0xFFFFFFF0} bytes in {len(bomb)}")


def test_a_member_out_of_proportion_is_not_read() -> None:
    noise = os.urandom(1 << 20)
    packed = zipped(IM1=ct(1), noise=noise)
    (damaged,) = take(Remote("x.zip", patched(24, "<I", 512 << 20, packed))).damaged
    assert damaged.origin == "x.zip:IM1"
    assert damaged.reason.startswith("suspicious: ")


def test_an_archive_that_is_none_counts_as_left_out() -> None:
    cut = zipped(IM1=ct(1))[:-30]
    (damaged,) = take(Remote("x.zip", cut)).damaged
    assert damaged.origin == "x.zip"
    assert damaged.reason.startswith("a ZIP archive that cannot be read")


def test_an_archive_inside_an_archive_is_listed() -> None:
    found = take(Remote("x.zip", zipped(inner=zipped(IM1=ct(1)), IM2=ct(2))))
    assert uids(found) == [uid("ct 2")]
    assert found.ignored == (Ignored("x.zip:inner", "a ZIP archive inside another, not opened"),)


# --- progress and stopping ----------------------------------------------------------------


def test_progress_counts_files_to_the_total(tmp_path: Path) -> None:
    for number in range(130):
        put(tmp_path / f"{number:03}", ct(number))
    said: list[Progress] = []
    scan([tmp_path], wanted=lambda _: WANTED, progress=said.append)
    assert said == [
        Progress("list", 64, None), Progress("list", 128, None),
        Progress("scan", 0, 130), Progress("scan", 64, 130), Progress("scan", 128, 130),
        Progress("scan", 130, 130),
    ]  # fmt: skip


def test_a_cancelled_scan_stops(tmp_path: Path) -> None:
    for number in range(10):
        put(tmp_path / str(number), ct(number))
    cancel = Cancel()
    thread = threading.Thread(target=cancel.cancel)
    thread.start()
    thread.join()
    with pytest.raises(Cancelled) as raised:
        scan([tmp_path], wanted=lambda _: WANTED, cancel=cancel)
    assert raised.value.exit_status == 130


def test_the_fast_path_does_without_pydicom(samples: Path) -> None:
    code = (
        "import sys; from mediakit.profile.records import load_records; from mediakit.scan import scan; "
        "found = scan([sys.argv[1]], wanted=load_records().wanted); "
        "print(len(found.instances) > 20, 'pydicom' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(samples)], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("True False\n", "")


def test_sources_are_left_as_they_were(tmp_path: Path) -> None:
    path = put(tmp_path / "1", ct(1))
    os.utime(path, ns=(1, 1))
    before = path.stat()
    take(tmp_path)
    after = path.stat()
    assert (before.st_mtime_ns, before.st_size, before.st_mode) == (
        after.st_mtime_ns, after.st_size, after.st_mode,
    )  # fmt: skip
    assert BytesContent(path.read_bytes()).data == ct(1)


@pytest.mark.parametrize("length", ["80", "20", "8180", "82012c"])
def test_a_secure_dicom_file_counts_as_left_out(length: str) -> None:
    """The beginning of a CMS ContentInfo with EnvelopedData, its length indefinite, short and long."""
    data = bytes.fromhex(f"30{length}06092a864886f70d010703a080") + bytes(300)
    found = take(Remote("IM1", data))
    assert found.damaged == (Damaged("IM1", "encrypted, most likely a Secure DICOM File"),)
    signed = data.replace(bytes.fromhex("010703"), bytes.fromhex("010702"))
    assert take(Remote("IM1", signed)).damaged == ()


def test_a_member_of_an_archive_without_a_name_is_one_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(by_hand(Entry(b"", ct(1)), Entry(b"IM2", ct(2))))
    assert len(take(path).instances) == 2
