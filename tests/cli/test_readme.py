"""What the README says is so: its commands, what they print, its Python, its paths."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.cli.runner import ROOT, Command

README = (ROOT / "README.md").read_text(encoding="utf-8")
CREATED = "1714557600"
"""The time at which the README's disc was made: 2024-05-01 10:00 UTC."""


def blocks(language: str) -> list[str]:
    """The contents of the fenced blocks in that language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


@pytest.fixture
def checkout(samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the samples, as a reader has it; it is the current one."""
    shutil.copytree(samples, tmp_path / "samples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_two_commands_set_everything_up() -> None:
    first, second = blocks("sh")[0].splitlines()
    assert first == "python -m pip install . && mediakit create samples/patient-a -o patient-cd.iso"
    assert second == 'python -m pip install -e ".[test]" && python -m pytest'


def test_the_commands_print_what_is_shown(
    checkout: Path, mediakit: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the order of the README; a line of three dots stands for any lines."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", CREATED)
    shown = blocks("console")
    assert len(shown) == 8
    for block in shown:
        prompt, _, expected = block.partition("\n")
        words = shlex.split(prompt.removeprefix("$ mediakit "))
        done = mediakit(*words, "-q") if words[0] in ("create", "verify", "fit") else mediakit(*words)
        pattern = re.escape(expected).replace(re.escape("...\n"), r"(?:.*\n)*?")
        assert re.fullmatch(pattern, done.out + done.err), f"{prompt}\n{done.out}{done.err}"


def test_the_python_does_what_is_shown(checkout: Path) -> None:
    (block,) = blocks("python")
    test = doctest.DocTestParser().get_doctest(block, {}, "README.md", "README.md", 0)
    assert len(test.examples) > 5
    said: list[str] = []
    assert doctest.DocTestRunner(verbose=False).run(test, out=said.append).failed == 0, "".join(said)


def test_the_settings_are_understood(
    checkout: Path, mediakit: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    (block,) = (block for block in blocks("toml") if block.startswith("[institution]"))
    Path("mediakit.toml").write_text(block, encoding="utf-8")
    monkeypatch.setenv("MEDIAKIT_CONFIG", "mediakit.toml")
    rows = mediakit("config", "--json").json["settings"]
    found = {f"{row['verb']}.{row['option']}" for row in rows if row["from"] == "file"}
    assert found == {
        "burn.institution", "burn.contact",
        "create.institution", "create.contact", "create.leave-out", "create.exclude", "create.supply",
        "verify.profile",
    }  # fmt: skip
    assert mediakit("create", "samples/patient-a", "-o", "disc.iso", "--json").json["written"] == 20


def test_the_map_of_the_package_is_right() -> None:
    rows = re.findall(r"^\| (`.*`) \|", README.partition("## The package")[2], re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`([^`]+)`", row)]
    assert len(named) > 25
    assert [
        name for name in named if not any((ROOT / part / name).exists() for part in ("", "mediakit"))
    ] == []
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
