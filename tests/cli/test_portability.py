"""The same on Windows and macOS, and on consoles of any encoding."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.runner import ROOT, Command, environment, program
from tests.test_architecture import MODULES, ONE_SYSTEM_ONLY

ELSEWHERE = """\
import os, signal, sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name in {missing}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

real_open = os.open
def no_folder(path, *rest, **named):
    if os.path.isdir(path):
        raise PermissionError(13, "Permission denied", path)  # as Windows answers
    return real_open(path, *rest, **named)

import subprocess, tempfile, shutil, pathlib, random, hashlib  # what they need, they may have
for name in {missing}:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Missing())
for name in ("SIGHUP", "SIGKILL", "SIGQUIT", "SIGALRM", "SIGUSR1", "SIGPIPE", "SIGXFSZ", "pthread_sigmask"):
    if hasattr(signal, name):
        delattr(signal, name)
for name in ("copy_file_range", "sendfile", "posix_fadvise", "posix_fallocate", "pread", "preadv", "fchmod",
             "fork", "getuid", "geteuid", "sysconf", "sched_getaffinity", "O_DIRECTORY", "uname",
             "O_NOFOLLOW", "O_CLOEXEC", "fdatasync", "sync", "mkfifo", "sched_setaffinity", "getloadavg"):
    if hasattr(os, name):
        delattr(os, name)
os.open = no_folder
"""
"""A Python without what only POSIX has; the standard library has loaded its own before."""


WINDOWS = """
class Windows:
    name = "nt"
    def __getattr__(self, name):
        return getattr(os, name)

import mediakit.cli, mediakit.formats.folder_writer, mediakit.output
mediakit.output.os = mediakit.formats.folder_writer.os = Windows()
sys.exit(mediakit.cli.main(sys.argv[1:]))
"""
"""The command line where the modules that rename and sync believe to be on Windows."""


def elsewhere(code: str, *words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the code in a Python that lacks POSIX."""
    posix = sorted(ONE_SYSTEM_ONLY - {"msvcrt", "winreg", "winsound", "_winapi", "posix"})
    return subprocess.run(
        [sys.executable, "-c", ELSEWHERE.format(missing=posix) + code, *map(str, words)],
        cwd=cwd, env=environment(), capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip


def test_every_module_loads_without_posix(tmp_path: Path) -> None:
    names = [name for name in MODULES if name != "mediakit.__main__"]
    done = elsewhere(f"import importlib\nfor name in {names}: importlib.import_module(name)\n", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    refused = elsewhere("import fcntl", cwd=tmp_path)
    assert "No module named 'fcntl'" in refused.stderr


def test_the_jobs_run_without_posix(tmp_path: Path, samples: Path, patient_cd: Path) -> None:
    """The same bytes as with POSIX; a folder cannot be opened, so it is never synced."""
    code = WINDOWS
    words = ("create", samples / "patient-a", "-q", "--json", "-o")
    image = elsewhere(code, *words, tmp_path / "disc.iso", "--manifest", tmp_path / "disc.json", cwd=tmp_path)
    assert (image.returncode, image.stderr) == (0, "")
    assert (tmp_path / "disc.iso").read_bytes() == patient_cd.read_bytes()
    folder = elsewhere(code, *words, tmp_path / "stick", "--format", "folder", cwd=tmp_path)
    assert (folder.returncode, folder.stderr) == (0, "")
    for medium in ("disc.iso", "stick"):
        judged = elsewhere(code, "verify", medium, "-q", "--json", cwd=tmp_path)
        assert (judged.returncode, json.loads(judged.stdout)["verdict"]) == (0, "conforms")
    shown = elsewhere(code, "inspect", "disc.iso", "-q", "--records", cwd=tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")


def test_a_drive_letter_is_a_path_like_any_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`C:` in a name is no scheme and no option, neither as a word nor in a list."""
    monkeypatch.chdir(tmp_path)
    drive = Path("D:\\studies") if os.name != "nt" else Path("studies")
    shutil.copytree(ROOT / "samples" / "patient-d", drive)
    Path("list.txt").write_text(f"{drive}\r\n", encoding="utf-8")
    for number, source in enumerate((str(drive), "@list.txt")):
        done = program("create", source, "-o", f"disc{number}.iso", "-q", "--json", cwd=tmp_path)
        assert (done.status, done.json["written"]) == (0, 1)


@pytest.fixture(scope="module")
def world(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a Cyrillic, a Greek, a Japanese and a Chinese patient, and a name of their script."""
    folder = tmp_path_factory.mktemp("world")
    for letter, name in zip("defg", ("Проба", "Δοκιμή", "試験", "样本"), strict=True):
        shutil.copytree(samples / f"patient-{letter}", folder / name)
    (folder / "заметки.txt").write_text("no DICOM")
    return folder


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "cp437", "shift_jis", "latin-1"])
def test_a_console_of_any_encoding_loses_no_line(encoding: str, world: Path, tmp_path: Path) -> None:
    """Show 3 of the issue: what the console cannot show becomes an escape; lines and status stay."""
    runs = {}
    for name in ("utf-8", encoding):
        said = []
        disc = tmp_path / f"{name}-диск.iso"
        for words in (
            ("create", str(world), "-o", str(disc)),  # refused: four people
            ("create", str(world), "-o", str(disc), "--multi-patient"),
            ("verify", str(disc)),
            ("inspect", str(disc), "--records"),
        ):
            done = subprocess.run(
                [sys.executable, "-m", "mediakit", *words], env=environment(PYTHONIOENCODING=name),
                stdin=subprocess.DEVNULL, capture_output=True, check=False,
            )  # fmt: skip
            out, err = done.stdout.decode(name), done.stderr.decode(name)
            assert "Traceback" not in err
            said.append((done.returncode, len(out.splitlines()), len(err.splitlines()), out + err))
        runs[name] = said
    assert [each[:3] for each in runs[encoding]] == [each[:3] for each in runs["utf-8"]]
    assert [each[0] for each in runs["utf-8"]] == [2, 0, 0, 0]
    assert "Образцова" in runs["utf-8"][1][3]
    assert "画面" in runs["utf-8"][1][3]
    shown = runs[encoding][1][3]
    assert "Образцова" in shown or "\\u041e\\u0431" in shown


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_json_is_utf_8_on_every_console(encoding: str, world: Path, tmp_path: Path) -> None:
    words = ("create", world, "-o", tmp_path / "disc.iso", "--multi-patient", "--dry-run", "--json")
    plain = program(*words)
    foreign = program(*words, env=environment(PYTHONIOENCODING=encoding))
    assert (plain.status, foreign.out) == (0, plain.out)
    assert "Образцова" in foreign.out


def test_names_on_the_medium_are_safe_everywhere(world: Path, mediakit: Command, tmp_path: Path) -> None:
    """No name that Windows reserves or that two systems read differently, whatever the sources are called."""
    reserved = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10))}
    out = tmp_path / "stick"
    assert mediakit("create", world, "-o", out, "--format", "folder", "--multi-patient").status == 0
    names = {part for path in out.rglob("*") for part in path.relative_to(out).parts}
    assert len(names) > 4
    assert all(name.isascii() and name == name.upper() and len(name) <= 10 for name in names)
    assert not {name.split(".")[0] for name in names} & reserved


def test_names_on_standard_input(samples: Path, tmp_path: Path) -> None:
    """The output of `find`, with names of any script, also with the line ends of Windows."""
    folder = tmp_path / "Проба"
    shutil.copytree(samples / "patient-d", folder)
    listed = (
        "\ufeff"
        + "".join(f"{path.relative_to(tmp_path)}\r\n" for path in folder.rglob("*") if path.is_file())
        + "\n"
    )
    for encoding in ("utf-8", "cp1252"):
        done = subprocess.run(
            [sys.executable, "-m", "mediakit", "create", "-", "-o", f"{encoding}.iso", "-q", "--json"],
            cwd=tmp_path, env=environment(PYTHONIOENCODING=encoding), input=listed.encode(),
            capture_output=True, check=False,
        )  # fmt: skip
        assert (done.returncode, json.loads(done.stdout)["written"]) == (0, 1)
    missing = subprocess.run(
        [sys.executable, "-m", "mediakit", "create", "-", "-o", "x.iso", "--json"], cwd=tmp_path,
        env=environment(), input=b"no-such-file\n", capture_output=True, check=False,
    )  # fmt: skip
    assert (missing.returncode, json.loads(missing.stdout)["code"]) == (2, "source-unreadable")


def test_sources_may_stand_behind_out(mediakit: Command, samples: Path, tmp_path: Path) -> None:
    first, *rest = sorted((samples / "patient-a").rglob("*.dcm"))[:3]
    words = ("create", first, "-o", tmp_path / "disc.iso", "--leave-out", *rest)
    assert mediakit(*words, "--json").json["written"] == 3


def test_names_that_look_like_options_stand_behind_two_dashes(
    mediakit: Command, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(samples / "patient-d", "-d")
    done = mediakit("create", "-o", "disc.iso", "--json", "--", "-d")
    assert (done.status, done.json["written"]) == (0, 1)
