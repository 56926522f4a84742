"""An update that is killed: the medium is the old File-set, the new one, or tells that it is neither."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from mediakit import create, update, verify
from mediakit.transfer import digest
from tests.builders import uid
from tests.studies import study, written

CREATED = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FIRST, COMING = study("A", 3, 20), study("B", 3, 20)
POINTS = 50

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a copy of this process")


def killed(job: Callable[[], object], arm: Callable[[Callable[[], None]], None], after: int) -> bool:
    """Run the job in a copy of this process, which kills itself at the step of that number."""
    child = os.fork()
    if child == 0:
        left = after

        def step() -> None:
            nonlocal left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

        arm(step)
        try:
            job()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def at_files(step: Callable[[], None]) -> None:
    """Whatever opens, renames, makes or deletes a file or folder is a step, from the first that is made."""
    begun = False

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal begun
        begun = begun or event == "os.mkdir"
        if begun and event in ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree"):
            step()

    sys.addaudithook(hook)


def at_writes(step: Callable[[], None]) -> None:
    """Whatever is written to the volume is a step."""
    from mediakit.formats.fat import updater

    plain = updater._Update._write

    def write(*arguments: object) -> None:
        step()
        plain(*arguments)

    updater._Update._write = write  # type: ignore[method-assign]  # only in a copy of the process


def state(medium: Path) -> str:
    """What a user is told of the medium, held against every byte of its instances."""
    judged = verify(medium, profile="STD-GEN-USB-JPEG")
    if judged.verdict != "conforms":
        return "incomplete"
    held = {digest(each.content) for each in judged.view.instances() if each.content}
    return "old" if held == digests(FIRST) else "new" if held == digests(FIRST[1:] + COMING) else "wrong"


def digests(files: list[bytes]) -> set[str]:
    return {hashlib.sha256(data).hexdigest() for data in files}


def changed(medium: Path, addition: Path) -> None:
    """The update: three images come, one goes."""
    update(medium, add=[addition], remove=[uid("image A 1 1")], created=CREATED)


@pytest.mark.parametrize("kind", ["folder", "fat"])
def test_killed_at_random_points(kind: str, tmp_path: Path) -> None:
    source = written(tmp_path / "source", FIRST)
    addition = written(tmp_path / "new", COMING)
    medium, copy = tmp_path / "medium", tmp_path / "copy"
    options = {"format": "folder"} if kind == "folder" else {"capacity": 8_000_000}
    create([source], medium, medium="usb", created=CREATED, **options)  # type: ignore[arg-type]  # of both kinds
    arm = at_files if kind == "folder" else at_writes
    steps = 60 if kind == "folder" else 30
    found: Counter[str] = Counter()
    numbers = random.Random(10)
    for _ in range(POINTS):
        shutil.rmtree(copy) if copy.is_dir() else copy.unlink(missing_ok=True)
        shutil.copytree(medium, copy) if medium.is_dir() else shutil.copy(medium, copy)
        after = numbers.randrange(steps)
        stopped = killed(partial(changed, copy, addition), arm, after)
        said = state(copy)
        assert stopped or said == "new", after
        found[said] += 1
    assert set(found) <= {"old", "incomplete", "new"}
    assert {"incomplete", "new"} <= set(found)
