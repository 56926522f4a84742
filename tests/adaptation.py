"""The stage `adapt` by itself, for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mediakit.adapt import Adaptation, adapt
from mediakit.conformance import Conformance, conformance
from mediakit.dicomfile import HeaderReader
from mediakit.model import Instance, Role
from mediakit.profile.load import profile
from mediakit.profile.records import load_records
from mediakit.profile.wanted import wanted_by_all
from mediakit.progress import Watch
from mediakit.scan import scan
from mediakit.workshop import Workshop


def adapted(
    *files: Path, workshop: Workshop, name: str = "STD-GEN-CD", supply: Mapping[str, str] | None = None
) -> Adaptation:
    """The files after adaptation to the profile of that name."""
    instances = scan(files).instances

    def judged(some: Sequence[Instance]) -> Conformance:
        return conformance(some, [profile(name)], Role.FSC, load_records(), supply or {})

    reader = HeaderReader(wanted_by_all())
    return adapt(instances, judged(instances), judged, reader, workshop, Watch())


def data_set(data: bytes) -> bytes:
    """The bytes behind the File Meta Information of a file."""
    length = int.from_bytes(data[140:144], "little")
    return data[144 + length :]
