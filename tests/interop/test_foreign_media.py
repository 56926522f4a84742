"""Media that other programs wrote, through `verify`: what is wrong with them is said, and nothing else.

Each program gets sound instances under names that the standard allows. The rules that its medium
breaks are listed here one by one with the reason; a rule more or a rule less fails the test.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mediakit import extract, verify
from tests.builders import ct, file_set
from tests.kernel import mount_and_fill
from tests.tools import TIMEOUT, require_tool, run

UMLAUT = {"SpecificCharacterSet": "ISO_IR 100", "PatientName": "Müller^Jörg".encode("latin-1")}
DOCUMENTS = ("report.dcm", "KEY IMAGES.DCM", "lung window")
"""A report, a Key Object Selection and a Presentation State: none belongs into an IMAGE record."""

VOLUME = {"ISO-002": 1}
"""The Volume Identifier is not the File-set ID: the program knows nothing of that."""

NAMED = {"FILE-009": 1}
"""A full stop and a space in the Implementation Version Name."""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A sound File-set in a folder."""
    return file_set([ct(n) for n in (1, 2, 3)]).write(tmp_path / "source")


def loose(root: Path, **changes: Any) -> Path:
    """Three instances under names that are File IDs, without a directory."""
    root.mkdir()
    for n in (1, 2, 3):
        (root / f"IM{n}").write_bytes(ct(n, **changes))
    return root


def documents(root: Path, samples: Path) -> Path:
    """Objects that are no images, of a patient with umlauts in the name."""
    root.mkdir()
    for n, name in enumerate(DOCUMENTS, 1):
        shutil.copy(samples / "patient-a" / "ct thorax" / name, root / f"IM{n}")
    return root


def broken(medium: Path) -> dict[str, int]:
    """The rules that the medium breaks, and in how many places, when all three instances can be read.

    They must also come off the medium.
    """
    found = verify(medium)
    assert (found.imports.total("readable"), found.imports.total("instances")) == (3, 3)
    assert len(extract(medium, medium.with_name(f"{medium.name}-out")).instances) == 3
    counts: dict[str, int] = {}
    for each in found.findings:
        counts[each.rule] = counts.get(each.rule, 0) + each.count
    return counts


def came_back(medium: Path) -> bool:
    """Whether the instances that were extracted are byte by byte those that were given."""
    out = medium.with_name(f"{medium.name}-out")
    given = {hashlib.sha256(ct(n)).digest() for n in (1, 2, 3)}
    return given == {hashlib.sha256(path.read_bytes()).digest() for path in out.rglob("*.dcm")}


# --- file systems ---------------------------------------------------------------------------

LINUX = {"ISO-012": 1}
"""genisoimage calls the system LINUX, where PS3.12 wants blanks."""

NOT_TO_DELETE = {"UDF-011": 8}
"""What is on the volume may be read by everybody, but not deleted."""


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("xorriso -as mkisofs", VOLUME),
        ("xorriso -as mkisofs -J -R", VOLUME),
        ("genisoimage -quiet", VOLUME | LINUX),
        ("genisoimage -quiet -J -R", VOLUME | LINUX),
        ("genisoimage -quiet -V TEST1 -sysid=", {}),
        ("genisoimage -quiet -udf", VOLUME | LINUX | NOT_TO_DELETE),
    ],
)
def test_discs(command: str, expected: dict[str, int], source: Path, tmp_path: Path) -> None:
    disc = tmp_path / "disc.iso"
    program, *options = command.split()
    run(program, *options, "-o", disc, source)
    assert (broken(disc), came_back(disc)) == (expected, True)


def test_mkudffs(source: Path, tmp_path: Path) -> None:
    """The volume is one of a hard disk, its Interchange Level is 3, and DVD-RAM has no UDF 2.01."""
    disc = tmp_path / "disc.udf"
    with disc.open("wb") as out:
        out.truncate(8 << 20)
    run("mkudffs", "--media-type=hd", "--blocksize=2048", "--udfrev=2.01", disc)
    mount_and_fill(disc, "udf", source, "iocharset=utf8")
    assert (broken(disc), came_back(disc)) == ({"UDF-003": 1, "UDF-023": 1} | NOT_TO_DELETE, True)


@pytest.mark.parametrize(
    ("width", "size", "expected"), [(12, 4 << 20, {"FAT-016": 1}), (16, 40 << 20, {}), (32, 40 << 20, {})]
)
def test_mtools(width: int, size: int, expected: dict[str, int], source: Path, tmp_path: Path) -> None:
    """A stick is no FAT12; and the profile of USB wants keys that a directory for a CD has not."""
    stick = tmp_path / "stick.img"
    with stick.open("wb") as out:
        out.truncate(size)
    run("mkfs.vfat", "-F", str(width), stick)
    run("mcopy", "-s", "-i", stick, *sorted(source.iterdir()), "::")
    assert (broken(stick), came_back(stick)) == ({"PROF-006": 6} | expected, True)


@pytest.mark.parametrize("command", ["zip -q -r", "zip -q -r -0", "7zz a -tzip", "7zz a -tzip -mx=0"])
def test_archives(command: str, source: Path, tmp_path: Path) -> None:
    program, *options = command.split()
    run(program, *options, tmp_path / "packed.zip", ".", cwd=source)
    assert (broken(tmp_path / "packed.zip"), came_back(tmp_path / "packed.zip")) == ({}, True)


# --- directories ----------------------------------------------------------------------------

LAST_ROOT = {"DDIR-021": 1}
"""GDCM gives the offset of the last record of all as that of the last record of the root."""

NO_CHARACTER_SET = "KEY-011"
"""GDCM copies the bytes of names and leaves the character set behind."""

AS_IMAGES = {"XREF-004": 3}
"""Whatever it is, the program makes an IMAGE record of it."""


def test_dcmmkdir(samples: Path, tmp_path: Path) -> None:
    for medium in (
        loose(tmp_path / "plain"),
        loose(tmp_path / "umlaut", **UMLAUT),
        documents(tmp_path / "documents", samples),
    ):
        run("dcmmkdir", "IM1", "IM2", "IM3", cwd=medium)
        assert broken(medium) == {}


def test_gdcmgendir(samples: Path, tmp_path: Path) -> None:
    expected = {
        loose(tmp_path / "plain"): {},
        loose(tmp_path / "umlaut", **UMLAUT): {NO_CHARACTER_SET: 1},
        documents(tmp_path / "documents", samples): {NO_CHARACTER_SET: 2} | AS_IMAGES,
    }
    for medium, more in expected.items():
        run("gdcmgendir", "-r", "-i", ".", "-o", "DICOMDIR", cwd=medium)
        assert broken(medium) == NAMED | LAST_ROOT | more


PYDICOM = """
import sys
from pydicom.fileset import FileSet
out, *files = sys.argv[1:]
made = FileSet()
for each in files:
    made.add(each)
made.write(out)
"""
"""A program of its own: pydicom leaves its temporary folder to the end of the interpreter."""


def test_pydicom(samples: Path, tmp_path: Path) -> None:
    """Reports keep all of their content in the record, and lose the time of their verification."""
    expected = {
        loose(tmp_path / "plain"): {},
        loose(tmp_path / "umlaut", **UMLAUT): {},
        documents(tmp_path / "documents", samples): {"KEY-004": 1, "KEY-006": 4},
    }
    for source, more in expected.items():
        medium = source.with_name(f"{source.name} medium")
        run(sys.executable, "-c", PYDICOM, medium, *sorted(source.iterdir()))
        assert broken(medium) == NAMED | more


# --- a server -------------------------------------------------------------------------------


class Orthanc:
    """A server of our own on the loopback interface."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}"

    def ask(self, path: str, data: bytes | None = None) -> bytes:
        """GET, or POST of data. Raises OSError."""
        with urllib.request.urlopen(f"{self._base}{path}", data, timeout=TIMEOUT) as answer:
            return bytes(answer.read())

    def media(self, folder: Path, out: Path, how: str = "media") -> Path:
        """Store the files of the folder, which are one study, and have a medium made of it."""
        stored = [json.loads(self.ask("/instances", path.read_bytes())) for path in sorted(folder.iterdir())]
        (study,) = {each["ParentStudy"] for each in stored}
        out.write_bytes(self.ask(f"/studies/{study}/{how}"))
        return out


@pytest.fixture
def orthanc(tmp_path: Path) -> Iterator[Orthanc]:
    """The server with an empty store, until the test is over."""
    program = require_tool("Orthanc")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "StorageDirectory": str(tmp_path / "store"),
        "IndexDirectory": str(tmp_path / "store"),
        "HttpPort": port,
        "HttpBindAddresses": ["127.0.0.1"],
        "DicomServerEnabled": False,
        "RemoteAccessAllowed": False,
        "Plugins": [],
    }
    (tmp_path / "orthanc.json").write_text(json.dumps(settings), encoding="utf-8")
    log = (tmp_path / "orthanc.log").open("wb")
    server = subprocess.Popen([program, tmp_path / "orthanc.json"], stdout=log, stderr=log)
    try:
        yield _when_ready(Orthanc(port), server, tmp_path / "orthanc.log")
    finally:
        server.terminate()
        server.wait(timeout=TIMEOUT)
        log.close()


def _when_ready(server: Orthanc, process: subprocess.Popen[bytes], log: Path) -> Orthanc:
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end and process.poll() is None:
        try:
            server.ask("/system")
        except OSError:
            time.sleep(0.1)
        else:
            return server
    pytest.fail(f"Orthanc does not answer\n{log.read_text(errors='replace')}")


@pytest.mark.parametrize("how", ["media", "media?extended"])
def test_orthanc_images(how: str, orthanc: Orthanc, tmp_path: Path) -> None:
    medium = orthanc.media(loose(tmp_path / "loose"), tmp_path / "plain.zip", how)
    assert (broken(medium), came_back(medium)) == ({}, True)


def test_orthanc_drops_letters(orthanc: Orthanc, tmp_path: Path) -> None:
    """What is not ASCII is left out of the records: Müller becomes Mller, in each of three references."""
    medium = orthanc.media(loose(tmp_path / "loose", **UMLAUT), tmp_path / "umlaut.zip")
    assert broken(medium) == {"KEY-040": 3}


def test_orthanc_calls_everything_an_image(orthanc: Orthanc, samples: Path, tmp_path: Path) -> None:
    medium = orthanc.media(documents(tmp_path / "others", samples), tmp_path / "documents.zip")
    assert broken(medium) == {"KEY-040": 6} | AS_IMAGES
