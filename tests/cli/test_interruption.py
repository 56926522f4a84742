"""A job that is stopped or that the disk stops: a message, the right status, nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mediakit.cli.signals import stopped_by_signals
from mediakit.progress import Cancel
from tests.builders import ct
from tests.cli.runner import Done, environment, program
from tests.schemas import parsed

MEGABYTE = 10**6


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 MB of CT images: enough for a signal to arrive while they are written."""
    folder = tmp_path_factory.mktemp("large")
    pixels = bytes(2 * 1000 * 1000)
    for number in range(1, 31):
        image = ct(number, Rows=1000, Columns=1000, PixelData=pixels)
        (folder / f"{number}.dcm").write_bytes(image)
    return folder


def stopped(number: int, source: Path, out: Path, stage: str) -> Done:
    """Run `create` and send it a signal when it says that it has begun that stage."""
    words = ("create", str(source), "-o", str(out), "--progress", "json", "--json")
    with subprocess.Popen(
        [sys.executable, "-m", "mediakit", *words], env=environment(), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    ) as running:  # fmt: skip
        assert running.stderr and running.stdout
        for line in running.stderr:
            if json.loads(line).get("stage") == stage:
                running.send_signal(number)
                break
        said = running.stderr.read()
        result = running.stdout.read()
        return Done(running.wait(60), result, said)


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as POSIX knows them")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("stage", ["scan", "write"])
def test_a_signal_ends_the_job_with_130_and_leaves_nothing(
    name: str, stage: str, large: Path, tmp_path: Path
) -> None:
    done = stopped(getattr(signal, name), large, tmp_path / "disc.iso", stage)
    assert done.status == 130
    assert done.json["code"] == "interrupted"
    assert parsed(done.err.splitlines()[-1]) == done.json
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as POSIX knows them")
def test_a_replaced_disc_survives_an_interruption(large: Path, tmp_path: Path) -> None:
    out = tmp_path / "disc.iso"
    out.write_bytes(b"the disc of yesterday")
    words = ("create", large, "-o", out, "--force")
    with subprocess.Popen(
        [sys.executable, "-m", "mediakit", *map(str, words)],
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stderr
        for line in running.stderr:
            if line.startswith("Writing"):
                running.send_signal(signal.SIGINT)
                break
        assert running.stderr.read().splitlines()[-2:] == [
            "mediakit: The job was stopped.", "  Start it again when it suits you.",
        ]  # fmt: skip
    assert running.returncode == 130
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"the disc of yesterday"]


@pytest.mark.parametrize("loading", ["mediakit.cli", "mediakit.cli.signals", "mediakit.cli.verify"])
def test_ctrl_c_while_the_command_is_loaded_ends_it_without_a_traceback(loading: str) -> None:
    code = (
        "import os, signal, sys\n"
        "class Pressed:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {loading!r}: os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Pressed())\n"
        "from mediakit.__main__ import run\n"
        "sys.argv = ['mediakit', 'verify', 'nowhere']\n"
        "sys.exit(run())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=False
    )
    # Once the job is under way the signal is a request: it comes too late for one that fails at once.
    assert (done.returncode, done.stdout, "Traceback" in done.stderr) in ((130, "", False), (2, "", False))
    assert done.returncode == 130 or loading == "mediakit.cli.verify"


def test_the_second_signal_stops_at_once() -> None:
    cancel = Cancel()
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), stopped_by_signals(cancel):
        signal.raise_signal(signal.SIGINT)
        assert cancel.cancelled
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_an_ignored_signal_stays_ignored() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        cancel = Cancel()
        with stopped_by_signals(cancel):
            signal.raise_signal(signal.SIGTERM)
        assert not cancel.cancelled
    finally:
        signal.signal(signal.SIGTERM, before)


def test_another_thread_leaves_signals_alone() -> None:
    seen = []

    def work() -> None:
        with stopped_by_signals(Cancel()):
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGINT)]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for the size of a file")
def test_a_disk_that_refuses_half_way_ends_the_job_with_3(large: Path, tmp_path: Path) -> None:
    import resource

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20 * MEGABYTE, 20 * MEGABYTE))

    done = program("create", large, "-o", tmp_path / "disc.iso", "-q", "--json", preexec_fn=limit)
    assert (done.status, done.json["code"]) == (3, "output-failed")
    assert "File too large." in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux namespaces")
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_full_disk_ends_the_job_with_3(form: str, large: Path, tmp_path: Path) -> None:
    as_json = "--json" if form == "json" else ""
    script = (
        f"mount -t tmpfs -o size=8m none '{tmp_path}' || exit 77\n"
        f"'{sys.executable}' -m mediakit create '{large}' -o '{tmp_path}/disc.iso' -q {as_json}\n"
        f"status=$?; ls -A '{tmp_path}'; exit $status\n"
    )
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 77 or "unshare failed" in done.stderr:
        pytest.skip("mounting a small file system is not allowed here")
    assert done.returncode == 3
    assert "bytes free" in done.stderr
    if form == "json":
        assert parsed(done.stdout)["code"] == "output-failed"
    else:
        assert done.stdout == ""
