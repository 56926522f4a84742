"""What the tests of the command line share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.runner import EPOCH, Command, environment, program


@pytest.fixture
def mediakit(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line in this process."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH)
    monkeypatch.setenv("MEDIAKIT_CONFIG", os.devnull)
    monkeypatch.delenv("MEDIAKIT_DEBUG", raising=False)
    return Command(capsys)


@pytest.fixture(scope="session")
def patient_cd(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A disc of the first sample patient, only to be read."""
    out = tmp_path_factory.mktemp("patient-cd") / "disc.iso"
    done = program("create", samples / "patient-a", "-o", out, "-q", env=environment())
    assert (done.status, done.err) == (0, "")
    return out
