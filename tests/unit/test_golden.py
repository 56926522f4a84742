"""The bytes of every format, held against dumps that can be read; and the same job, the same bytes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from mediakit.formats import WRITERS
from tests.golden import FOLDER, GOLDEN


@pytest.mark.parametrize("name", GOLDEN)
def test_the_golden_dump(name: str) -> None:
    assert GOLDEN[name].dump() == (FOLDER / f"{name}.txt").read_text(encoding="ascii")


def test_every_format_has_a_dump_and_every_dump_an_image() -> None:
    assert {golden.format.id for golden in GOLDEN.values()} == {format.id for format in WRITERS}
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(GOLDEN)


@pytest.mark.parametrize("zone", ["America/St_Johns", "Pacific/Kiritimati"])
def test_the_same_job_gives_the_same_bytes_in_every_process(zone: str) -> None:
    """Another zone of the machine and another order of its sets change nothing."""
    program = (
        "import hashlib\nfrom tests.golden import GOLDEN\n"
        "for name, each in GOLDEN.items(): print(name, hashlib.sha256(each.image()).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "TZ": zone, "PYTHONHASHSEED": str(len(zone))},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    digests = dict(line.split() for line in done.stdout.splitlines())
    heads = {name: (FOLDER / f"{name}.txt").read_text("ascii").partition("\n")[0] for name in GOLDEN}
    assert {name: head.rpartition(" ")[2] for name, head in heads.items()} == digests
