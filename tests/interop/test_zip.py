"""ZIP archives and messages against programs and libraries that share no code with ours."""

from __future__ import annotations

import email
import email.policy
import io
import zipfile
from pathlib import Path

import pytest

from mediakit.deflating import Deflation
from mediakit.formats import mail, mime, read_medium
from mediakit.formats import zip as zip_format
from mediakit.formats.zip.layout import ZipLayout
from mediakit.formats.zip.volume import ZipArchive
from tests.iso9660 import contents
from tests.tools import run
from tests.trees import make_folder, on_disk, three_thousand, volume_tree
from tests.zips import PARAMETERS

FILES = three_thousand() | {f"PLAIN/IM{n:06}": bytes([n]) * 1000 * n for n in range(1, 100)}
"""What the other formats hold, and what deflate makes smaller."""


@pytest.fixture(scope="module", params=["stored", "deflated"])
def ours(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("zip") / f"{request.param}.zip"
    with path.open("wb") as out:
        zip_format.write(planned(FILES, request.param == "deflated"), out)
    return path


def planned(files: dict[str, bytes], deflate: bool) -> ZipLayout:
    tree = volume_tree(files)
    return zip_format.plan(Deflation().tree(tree) if deflate else tree, PARAMETERS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("folder"), three_thousand())


def test_info_zip_tests_and_unpacks_the_same(ours: Path, tmp_path: Path) -> None:
    assert "No errors detected" in run("unzip", "-t", ours).stdout
    run("unzip", "-q", ours, "-d", tmp_path)
    assert on_disk(tmp_path) == FILES
    assert run("zip", "-T", ours).stdout.strip().endswith("OK")


def test_7_zip_tests_and_unpacks_the_same(ours: Path, tmp_path: Path) -> None:
    said = run("7zz", "t", ours).stdout
    assert "Everything is Ok" in said
    assert "Warnings" not in said
    run("7zz", "x", f"-o{tmp_path}", ours)
    assert on_disk(tmp_path) == FILES


def test_python_reads_the_same_in_our_order(ours: Path) -> None:
    with zipfile.ZipFile(ours) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == FILES
        assert archive.namelist() == list(FILES)
        methods = {info.filename: info.compress_type for info in archive.infolist()}
        assert methods["DICOMDIR"] == zipfile.ZIP_STORED
        deflated = zipfile.ZIP_DEFLATED if ours.stem == "deflated" else zipfile.ZIP_STORED
        assert methods["PLAIN/IM000099"] == deflated
        assert {info.date_time for info in archive.infolist()} == {(2026, 3, 4, 5, 6, 6)}


def test_we_read_it_back(ours: Path) -> None:
    (view,) = read_medium(ours)
    assert (contents(view), view.anomalies) == (FILES, ())


@pytest.mark.parametrize(
    "command",
    [
        ["zip", "-q", "-r", "-0"],
        ["zip", "-q", "-r", "-9"],
        ["zip", "-q", "-r", "-D", "-X"],
        ["zip", "-q", "-r", "-fz"],
        ["7zz", "a", "-tzip", "-mx=0"],
        ["7zz", "a", "-tzip", "-mx=5"],
    ],
    ids=" ".join,
)
def test_we_read_what_others_write(command: list[str], folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "foreign.zip"
    run(command[0], *command[1:], out, ".", cwd=folder)
    (view,) = read_medium(out)
    assert isinstance(view.facts, ZipArchive)
    assert (view.evidence.id, view.facts.oddities) == ("zip", ())
    assert contents(view) | {} == three_thousand()


def test_we_read_what_info_zip_writes_into_a_pipe(folder: Path, tmp_path: Path) -> None:
    """Sizes then follow the data, and only the central directory tells them."""
    out = tmp_path / "piped.zip"
    run("sh", "-c", f"cd '{folder}' && zip -q -r - . | cat > '{out}'")
    (view,) = read_medium(out)
    assert contents(view) == three_thousand()


@pytest.mark.parametrize("method", ["Deflate64", "BZip2", "LZMA", "PPMd"])
def test_other_methods_are_named_and_not_read(method: str, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "in", {"DICOMDIR": b"again and again " * 5000, "TYPES/NONE": b""})
    out = tmp_path / "other.zip"
    run("7zz", "a", "-tzip", f"-mm={method}", out, "DICOMDIR", "TYPES", cwd=folder)
    (view,) = read_medium(out)
    assert isinstance(view.facts, ZipArchive)
    assert [(odd.kind, odd.path) for odd in view.facts.oddities] == [("method", ("DICOMDIR",))]
    assert {file.path: file.content is None for file in view.files} == {
        ("DICOMDIR",): True, ("TYPES", "NONE"): False,
    }  # fmt: skip


def test_an_encrypted_archive_is_named_as_such(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "secret.zip"
    run("7zz", "a", "-tzip", "-psecret", "-mem=AES256", out, "DEEP0001", cwd=folder)
    (view,) = read_medium(out)
    assert {anomaly.kind for anomaly in view.anomalies} == {"encrypted"}
    assert [file.content for file in view.files] == [None]


def test_python_takes_our_message_apart() -> None:
    files = three_thousand()
    out = io.BytesIO()
    mime.write(mime.plan(volume_tree(files), PARAMETERS), out)
    found = {}
    for part in email.message_from_bytes(out.getvalue()).walk():
        if (name := part.get_param("id")) is not None:
            found[str(name)] = part.get_payload(decode=True)
    assert found == files
    assert not any(part.defects for part in email.message_from_bytes(out.getvalue()).walk())


def unpacked(message: Path, folder: Path) -> list[Path]:
    """The attachments that munpack writes into the folder, in the order of the message."""
    folder.mkdir()
    said = run("munpack", "-C", folder, message).stdout
    return [folder / line.rpartition(" (")[0] for line in said.splitlines()]


def test_munpack_takes_our_message_apart(tmp_path: Path) -> None:
    files, path = three_thousand(), tmp_path / "message.eml"
    with path.open("wb") as out:
        mime.write(mime.plan(volume_tree(files), PARAMETERS), out)
    found = [each.read_bytes() for each in unpacked(path, tmp_path / "out")]
    # It takes README.TXT for a text and gives it the line ends of this system.
    assert found == [data.replace(b"\r\n", b"\n") if data == README else data for data in files.values()]


README = three_thousand()["README.TXT"]


@pytest.mark.parametrize("deflate", [False, True])
def test_python_and_munpack_take_our_e_mail_apart(deflate: bool, tmp_path: Path) -> None:
    path = tmp_path / "message.eml"
    tree = volume_tree(FILES)
    with path.open("wb") as out:
        mail.write(mail.plan(Deflation().tree(tree) if deflate else tree, PARAMETERS), out)
    found = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert not any(part.defects for part in found.walk())
    (attachment,) = found.iter_attachments()
    (archive,) = unpacked(path, tmp_path / "archive")
    assert archive.name == "DICOM.ZIP"
    assert archive.read_bytes() == attachment.get_content()
    run("unzip", "-q", archive, "-d", tmp_path / "info-zip")
    run("7zz", "x", f"-o{tmp_path / '7-zip'}", archive)
    assert on_disk(tmp_path / "info-zip") == on_disk(tmp_path / "7-zip") == FILES
