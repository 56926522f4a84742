from __future__ import annotations

import os
import socket
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from mediakit.errors import OutputError
from mediakit.formats.folder import LITTER, read_folder
from mediakit.formats.folder_writer import plan_folder, write_folder
from mediakit.formats.tree import Evidence, MediumView
from mediakit.model import Anomaly, FileContent
from tests.iso9660 import contents, tree
from tests.tools import run


def make(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def names(view: MediumView) -> list[str]:
    return ["/".join(file.path) for file in view.files]


def test_files_of_all_folders_in_a_fixed_order(tmp_path: Path) -> None:
    make(tmp_path, "b/2", "b/10", "DICOMDIR", "a/x/deep", "z.txt", "a/Grüße.dcm")
    view = read_folder(tmp_path)
    assert names(view) == ["DICOMDIR", "z.txt", "a/Grüße.dcm", "b/10", "b/2", "a/x/deep"]
    assert view.evidence == Evidence("folder", "a folder of the file system")
    assert view.files[0].content == FileContent.of(tmp_path / "DICOMDIR")
    assert view.size == sum(file.size for file in view.files) == 8 + 5 + 13 + 4 + 3 + 8
    assert (view.anomalies, view.facts) == ((), None)


def test_an_empty_folder(tmp_path: Path) -> None:
    assert read_folder(tmp_path).files == ()


def test_litter_of_operating_systems_is_left_out(tmp_path: Path) -> None:
    make(tmp_path, *(f"{name}/x" for name in LITTER - {".DS_Store", "Thumbs.db"}))
    make(tmp_path, "a/.DS_Store", "a/Thumbs.db", "a/thumbs.txt")
    view = read_folder(tmp_path)
    assert (names(view), view.anomalies) == (["a/thumbs.txt"], ())


def test_a_missing_folder_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_folder(tmp_path / "none")


def test_depth_costs_no_stack(tmp_path: Path) -> None:
    depth = 0
    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        while depth < 1500:  # deeper than Python recurses, and still shorter than a path may be
            Path("d").mkdir()
            os.chdir("d")
            depth += 1
        Path("F").write_bytes(b"")
        os.chdir(before)
        assert len(read_folder(tmp_path).files[0].path) == 1501
    except OSError:
        pytest.skip("this system does not allow so deep a folder")
    finally:  # level by level: what would delete the folder later recurses
        os.chdir(tmp_path.joinpath(*["d"] * depth))
        Path("F").unlink(missing_ok=True)
        for _ in range(depth):
            os.chdir("..")
            Path("d").rmdir()
        os.chdir(before)


def test_a_folder_is_written_as_planned(tmp_path: Path) -> None:
    files = {"DICOMDIR": b"1" * 3000, "DICOM/PA000001/IM000001": b"2", "DICOM/PA000001/EMPTY": b""}
    layout = plan_folder(tree(files))
    ticks: list[int] = []
    written = write_folder(layout, tmp_path, ticks.append)
    assert contents(read_folder(tmp_path)) == files
    assert written.size == layout.size == sum(ticks) == 3001
    assert written.files == tuple(sha256(data).hexdigest() for data in files.values())
    lines = "".join(f"{sha256(data).hexdigest()}  {name}\n" for name, data in files.items())
    assert written.sha256 == sha256(lines.encode()).hexdigest()
    assert [file.offset for file in layout.files] == [0, 3000, 3001]


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "A").write_bytes(b"theirs")
    with pytest.raises(OutputError, match="A cannot be written"):
        write_folder(plan_folder(tree({"A": b"ours"})), tmp_path)
    assert (tmp_path / "A").read_bytes() == b"theirs"


def test_a_file_in_the_place_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "A").write_bytes(b"")
    with pytest.raises(OutputError, match="B cannot be written"):
        write_folder(plan_folder(tree({"A/B": b""})), tmp_path)


posix = pytest.mark.skipif(sys.platform == "win32", reason="needs links and modes of POSIX")


@posix
def test_links_are_not_followed(tmp_path: Path) -> None:
    make(tmp_path, "outside/secret", "root/F")
    (tmp_path / "root/up").symlink_to(tmp_path / "outside")
    (tmp_path / "root/self").symlink_to(tmp_path / "root")
    (tmp_path / "root/G").symlink_to(tmp_path / "outside/secret")
    (tmp_path / "root/none").symlink_to(tmp_path / "nowhere")
    view = read_folder(tmp_path / "root")
    assert names(view) == ["F"]
    assert view.anomalies == tuple(
        Anomaly("symlink", f"{name}: a link is not followed") for name in ("G", "none", "self", "up")
    )


@posix
def test_what_is_neither_file_nor_folder(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        view = read_folder(tmp_path)
    assert view.files == ()
    assert [anomaly.kind for anomaly in view.anomalies] == ["special-file", "special-file"]


@posix
def test_a_name_that_is_no_text_can_be_printed(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"Gr\xfc\xdfe")).write_bytes(b"x")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    (file,) = read_folder(tmp_path).files
    assert file.path == ("Gr\\xfc\\xdfe",)
    assert file.content is not None
    with file.content.open() as stream:
        assert stream.read() == b"x"


@posix
def test_what_may_not_be_read_is_an_anomaly(tmp_path: Path) -> None:
    make(tmp_path, "open", "closed", "folder/F")
    (tmp_path / "closed").chmod(0)
    (tmp_path / "folder").chmod(0)
    script = (
        "import sys; sys.path[:] = sys.argv[2:]\n"
        "from pathlib import Path; from mediakit.formats.folder import read_folder\n"
        "import os\n"
        "if os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "view = read_folder(Path(sys.argv[1]))\n"
        "for file in view.files: print('/'.join(file.path), file.size, file.content is not None)\n"
        "for anomaly in view.anomalies: print(anomaly.kind, anomaly.detail)\n"
    )
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(folder.stat().st_mode | 0o055)
    try:
        said = run(sys.executable, "-c", script, tmp_path, *sys.path)
    finally:
        (tmp_path / "folder").chmod(0o755)
    assert said.stdout.splitlines() == [
        "closed 6 False",
        "open 4 True",
        "unreadable closed: the file may not be read",
        "unreadable folder: Permission denied",
    ]
