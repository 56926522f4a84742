"""Five gigabytes in every format that takes them, read back by two programs; sparse sources, real images.

`MEDIAKIT_OFFLINE=1 python -m pytest tests/interop/test_large.py --durations=0` runs it: some minutes,
and 5 GB of disk at a time.
"""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from mediakit.deflating import Deflation
from mediakit.formats import MediaWriter, bridge, fat, iso9660, read_medium, udf
from mediakit.formats import zip as zip_format
from mediakit.formats.tree import VolumeFile, VolumeParameters, VolumeTree
from mediakit.model import FileContent
from mediakit.transfer import digest
from tests import fat as fats
from tests import iso9660 as isos
from tests import udf as udfs
from tests import zips
from tests.kernel import mount_and_hash
from tests.tools import require_tool

pytestmark = pytest.mark.skipif(
    not os.environ.get("MEDIAKIT_OFFLINE"), reason="5 GB of output each: MEDIAKIT_OFFLINE=1 runs it"
)

GB = 10**9
ONE = {"LARGE": 5 * GB + 1, "DEEP1/DEEP2/DEEP3/SMALL": 2049, "LAST": 0}
"""A file of more than 32 bits can count, and what follows it."""

SEVERAL = {f"DICOM/LARGE{n}": size for n, size in enumerate((2**32 - 1, 2**30, 2**30 - 2048, 1))}
"""None larger than FAT takes, 6 GB together."""

LIMIT = {"BELOW": 2**32 - 2, "AT": 2**32 - 1}
"""The last size that 32 bits tell in a ZIP file, and the first that they do not.

Nothing may follow it: UnZip 6.0 remembers this very size and misreads the ZIP64 field of the next file.
"""

SAME = "iocharset=utf8"
ISO_ALONE = (("iso9660", "norock,nojoliet,map=off"),)


@dataclass(frozen=True)
class Case:
    """A format with its parameters, what goes in, and how others read it."""

    format: MediaWriter[Any]
    parameters: VolumeParameters
    sizes: dict[str, int]
    mounts: tuple[tuple[str, str], ...] = ()
    types: tuple[str, ...] = ()
    deflate: bool = False


LEVEL_3 = replace(isos.PARAMETERS, iso_level=3)
FAT32 = replace(fats.PARAMETERS, fat=(32,), partitioned=False)
CASES = {
    "ISO 9660 Level 1": Case(iso9660, isos.PARAMETERS, SEVERAL, ISO_ALONE, ("iso",)),
    "ISO 9660 Level 3": Case(iso9660, LEVEL_3, ONE, ISO_ALONE, ("iso",)),
    **{
        f"UDF {revision}": Case(udf, replace(udfs.PARAMETERS, udf=revision), ONE, (("udf", SAME),), ("udf",))
        for revision in ("1.02", "2.50", "2.60")
    },
    "bridge": Case(
        bridge, replace(udfs.PARAMETERS, iso_level=3), ONE,
        (*ISO_ALONE, ("udf", SAME)), ("iso", "udf"),
    ),
    "FAT32": Case(fat, FAT32, SEVERAL, (("vfat", "utf8"),), ("fat",)),
    "ZIP stored": Case(zip_format, zips.PARAMETERS, ONE, (), ("zip",)),
    "ZIP at 4 GiB": Case(zip_format, zips.PARAMETERS, LIMIT, (), ("zip",)),
    "ZIP deflated": Case(zip_format, zips.PARAMETERS, ONE, (), ("zip",), deflate=True),
}  # fmt: skip


def source(folder: Path, sizes: dict[str, int]) -> dict[str, tuple[int, str]]:
    """Files that are holes but for a little in every 100 MB, and at both ends; sizes and digests."""
    found = {}
    for name, size in sizes.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        generator = random.Random(name)
        with path.open("wb") as out:
            out.truncate(size)
            for at in (*range(0, size, 100_000_000), max(0, size - 1000)):
                out.seek(at)
                out.write(generator.randbytes(min(600_000, size - at)))
        with path.open("rb") as stream:
            found[name] = size, hashlib.file_digest(stream, "sha256").hexdigest()
    return found


def streamed(*command: str | Path) -> str:
    """The SHA-256 of what a program writes to its standard output."""
    program = require_tool(str(command[0]))
    with subprocess.Popen([program, *map(str, command[1:])], stdout=subprocess.PIPE) as running:
        assert running.stdout
        found = hashlib.sha256()
        while block := running.stdout.read(1 << 20):
            found.update(block)
    assert running.returncode == 0
    return found.hexdigest()


def others(case: Case, image: Path, name: str) -> Iterator[str]:
    """The digests of a file as programs read it that stream."""
    for type in case.types:
        yield streamed("7zz", "x", "-so", f"-t{type}", image, name)
    if case.format is zip_format:
        yield streamed("unzip", "-p", image, name)
    if case.format is fat:
        yield streamed("mcopy", "-i", image, f"::{name}", "-")


@pytest.mark.parametrize("name", CASES)
def test_five_gigabytes(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    expected = source(tmp_path / "source", case.sizes)
    paths = {each: tmp_path / "source" / each for each in expected}
    tree = VolumeTree(
        tuple(VolumeFile(tuple(each.split("/")), FileContent.of(path)) for each, path in paths.items())
    )
    plan = case.format.plan(Deflation().tree(tree) if case.deflate else tree, case.parameters)
    image = tmp_path / "image"
    with image.open("wb", buffering=0) as out:
        written = case.format.write(plan, out, each=True)
    assert not case.deflate or written.size < GB
    assert (written.size, written.files) == (image.stat().st_size, tuple(d for _, d in expected.values()))
    for fstype, options in case.mounts:
        found = mount_and_hash(image, fstype, options=options).items()
        assert {each.removesuffix(";1").removesuffix("."): what for each, what in found} == expected
    for each, (_, sha256) in expected.items():
        assert set(others(case, image, each)) == {sha256}
    for view in read_medium(image):
        assert view.anomalies == ()
        ours = {"/".join(file.path): digest(file.content) for file in view.files if file.content}
        assert ours == {each: sha256 for each, (_, sha256) in expected.items()}
