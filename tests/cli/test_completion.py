"""Completion scripts, in the hands of the shells themselves."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.runner import Command
from tests.tools import require_tool


def completed(script: str, folder: Path, *words: str) -> list[str]:
    """What bash offers for the last of the words."""
    line = " ".join(map(shlex.quote, ("mediakit", *words)))
    ask = (
        f"{script}\nCOMP_WORDS=({line})\nCOMP_CWORD={len(words)}\n_mediakit\n"
        "printf '%s\\n' \"${COMPREPLY[@]}\"\n"
    )
    done = subprocess.run(
        [require_tool("bash"), "--norc"], input=ask, cwd=folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


@pytest.fixture
def bash(mediakit: Command) -> str:
    """The script for bash."""
    done = mediakit("completion", "bash")
    assert (done.status, done.err) == (0, "")
    return done.out


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("cre",), ["create"]),
        (("co",), ["config", "completion"]),
        (("create", "--le"), ["--leave-out"]),
        (("create", "--expect"), ["--expect-patient", "--expect"]),
        (("create", "x", "-o", "y", "--man"), ["--manifest"]),
        (("create", "--profile", "STD-XA"), ["STD-XABC-CD", "STD-XA1K-CD", "STD-XA1K-DVD"]),
        (("create", "--medium", "c"), ["cd", "cf"]),
        (("create", "--format", "fo"), ["folder"]),
        (("create", "--progress", ""), ["auto", "json"]),
        (("verify", "--records"), []),
        (("inspect", "--rec"), ["--records"]),
        (("rules", "FSID-002"), ["FSID-002"]),
        (("rules", "--"), ["--help", "--json", "--config"]),
        (("profiles", "STD-GEN-CD"), ["STD-GEN-CD"]),
        (("completion", "z"), ["zsh"]),
        (("create", "-o", "di"), []),
        (("create", "di"), []),
    ],
)
def test_bash_offers(words: tuple[str, ...], offered: list[str], bash: str, tmp_path: Path) -> None:
    """Where nothing is offered, bash itself completes the names of files."""
    assert completed(bash, tmp_path, *words) == offered
    assert "complete -o bashdefault -o default -F _mediakit mediakit" in bash


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_bash_on_a_terminal_completes_a_line(bash: str, tmp_path: Path) -> None:
    """A line with tabs in it: verb, folder, option and profile are filled in."""
    import pty

    script = tmp_path / "completion.bash"
    script.write_text(bash)
    (tmp_path / "patient-folder").mkdir()
    line = "mediakit crea\tpatient-fo\t --leav\t --profile STD-XAB\t\n"
    typed = f"source {script}\nmediakit() {{ printf '<%s>' \"$@\" > said; }}\n{line}exit\n"
    mine, theirs = pty.openpty()
    environment = {"PATH": os.environ["PATH"], "TERM": "dumb", "HOME": str(tmp_path)}
    with subprocess.Popen(
        [require_tool("bash"), "--norc", "--noprofile", "-i"], cwd=tmp_path, env=environment,
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    ) as running:  # fmt: skip
        os.close(theirs)
        os.write(mine, typed.encode())
        with suppress(OSError):  # Linux says so when the other side has gone
            while os.read(mine, 4096):
                pass
        assert running.wait(30) == 0
    os.close(mine)
    said = (tmp_path / "said").read_text()
    assert said == "<create><patient-folder/><--leave-out><--profile><STD-XABC-CD>"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_gets_a_script_of_its_own(shell: str, mediakit: Command) -> None:
    document = mediakit("completion", shell, "--json").json
    assert document["script"] == mediakit("completion", shell).out
    assert "--leave-out" in document["script"] or "-l leave-out" in document["script"]
    if program := shutil.which(shell):
        done = subprocess.run(
            [program, "-n"], input=document["script"], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")


def test_a_shell_that_is_not_known(mediakit: Command) -> None:
    done = mediakit("completion", "cmd")
    assert (done.status, done.out) == (2, "")
    assert "invalid choice: 'cmd'" in done.err
