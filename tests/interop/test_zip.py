"""ZIP archives and messages against programs and libraries that share no code with ours."""

from __future__ import annotations

import email
import email.policy
import io
import os
import zipfile
from pathlib import Path

import pytest

from mediakit.formats import mail, mime, read_medium
from mediakit.formats import zip as zip_format
from mediakit.formats.tree import VolumeTree
from mediakit.formats.zip.volume import ZipArchive
from tests.iso9660 import contents
from tests.tools import run
from tests.trees import folder_tree, make_folder, on_disk, three_thousand, volume_tree
from tests.zips import PARAMETERS


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("zip") / "ours.zip"
    with path.open("wb") as out:
        zip_format.write(zip_format.plan(volume_tree(three_thousand()), PARAMETERS), out)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("folder"), three_thousand())


def test_info_zip_tests_and_unpacks_the_same(ours: Path, tmp_path: Path) -> None:
    assert "No errors detected" in run("unzip", "-t", ours).stdout
    run("unzip", "-q", ours, "-d", tmp_path)
    assert on_disk(tmp_path) == three_thousand()
    assert run("zip", "-T", ours).stdout.strip().endswith("OK")


def test_7_zip_tests_and_unpacks_the_same(ours: Path, tmp_path: Path) -> None:
    said = run("7zz", "t", ours).stdout
    assert "Everything is Ok" in said
    assert "Warnings" not in said
    run("7zz", "x", f"-o{tmp_path}", ours)
    assert on_disk(tmp_path) == three_thousand()


def test_python_reads_the_same_in_our_order(ours: Path) -> None:
    with zipfile.ZipFile(ours) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == three_thousand()
        assert archive.namelist() == list(three_thousand())
        assert {info.date_time for info in archive.infolist()} == {(2026, 3, 4, 5, 6, 6)}


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


def test_an_encrypted_archive_is_named_as_such(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "secret.zip"
    run("7zz", "a", "-tzip", "-psecret", "-mem=AES256", out, "DEEP0001", cwd=folder)
    (view,) = read_medium(out)
    assert {anomaly.kind for anomaly in view.anomalies} == {"encrypted"}
    assert [file.content for file in view.files] == [None]


def test_python_takes_our_message_apart() -> None:
    files = {name: data for name, data in three_thousand().items() if not name.startswith("EMPTY/")}
    out = io.BytesIO()
    mime.write(mime.plan(volume_tree(files), PARAMETERS), out)
    found = {}
    for part in email.message_from_bytes(out.getvalue()).walk():
        if (name := part.get_param("id")) is not None:
            found[str(name)] = part.get_payload(decode=True)
    assert found == files
    assert not any(part.defects for part in email.message_from_bytes(out.getvalue()).walk())


def test_python_and_info_zip_take_our_e_mail_apart(tmp_path: Path) -> None:
    out = io.BytesIO()
    mail.write(mail.plan(volume_tree(three_thousand()), PARAMETERS), out)
    found = email.message_from_bytes(out.getvalue(), policy=email.policy.default)
    assert not any(part.defects for part in found.walk())
    (attachment,) = found.iter_attachments()
    path = tmp_path / "DICOM.ZIP"
    path.write_bytes(attachment.get_content())
    run("unzip", "-q", path, "-d", tmp_path / "out")
    assert on_disk(tmp_path / "out") == three_thousand()


@pytest.mark.skipif(not os.environ.get("MEDIAKIT_OFFLINE"), reason="5 GB; set MEDIAKIT_OFFLINE to run it")
def test_five_gigabytes(tmp_path: Path) -> None:
    """ZIP64 in earnest: a sparse file of 5 GB and one behind it."""
    source = tmp_path / "source"
    source.mkdir()
    with (source / "A").open("wb") as stream:
        stream.truncate(5_000_000_000)
    (source / "B").write_bytes(b"behind")
    out = tmp_path / "big.zip"
    tree: VolumeTree = folder_tree(source)
    with out.open("wb") as stream:
        zip_format.write(zip_format.plan(tree, PARAMETERS), stream)
    assert "No errors detected" in run("unzip", "-t", out).stdout
    assert "Everything is Ok" in run("7zz", "t", out).stdout
    (view,) = read_medium(out)
    assert [(file.path, file.size) for file in view.files] == [(("A",), 5_000_000_000), (("B",), 6)]
    assert view.anomalies == ()
