"""PROF: File-sets that break a profile in one thing each (PS3.11), from the tables of its annexes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

from mediakit import verify
from mediakit.formats import format_of
from mediakit.formats.tree import VolumeParameters
from mediakit.model import Role
from mediakit.profile.load import profile as profile_of
from mediakit.profile.records import load_records
from mediakit.profile.subject import Candidate
from mediakit.report import Finding
from mediakit.rules import judge
from tests.builders import FILE_SET_ID, FileSetFolder, ct, instance
from tests.iso9660 import CREATED, tree
from tests.profile_sets.breaking import RULES, Broken, broken
from tests.profile_sets.conforming import conforming
from tests.profile_sets.facts import profiles
from tests.profile_sets.folder import envelope, file_set

from . import Recipe
from .secure import CLOSED

LOSSY = "the profile is one of compression with loss"
IMPLIED = {
    "PROF-004": {
        "DDIR-004": "PS3.3 expects the module too",
        "PROF-005": "without it there are no records",
    },
    "PROF-009": {"FILE-040": LOSSY},
    "PROF-019": {"FILE-040": LOSSY},
    "PROF-016": {
        "SEC-002": "PS3.15 says the same of the file that PS3.11 says of the File-set",
        "SEC-012": CLOSED,
    },
    "PROF-017": {"SEC-001": "PS3.15 says the same of the file that PS3.11 says of the File-set"},
    "PROF-008": {"KEY-040": "the record has the value as it should be"},
}
"""What follows from the first case of a rule."""


@dataclass(frozen=True)
class Medium:
    """A File-set that is held against a profile, in an image where its format matters."""

    folder: FileSetFolder
    profile: str
    image: str = ""
    claim: str | None = None


def recipes() -> Iterator[Recipe]:
    """For every rule on media the shortest case, and the two that only the creator asks."""
    for rule, case in _cases().items():
        yield Recipe(rule, partial(_broken, case), partial(_sound, case), judged, IMPLIED.get(rule, {}))
    yield Recipe("PROF-003", lambda: (ct(PatientID=None), "STD-GEN-CD"), lambda: (ct(), "STD-GEN-CD"), asked)
    yield Recipe("PROF-014", partial(_angiogram, 64), partial(_angiogram, 128), asked)


@cache
def _cases() -> dict[str, Broken]:
    found: dict[str, Broken] = {}
    for case in broken():
        rule = RULES[case.kind]
        if rule.startswith("PROF") and (rule not in found or len(case.rules) < len(found[rule].rules)):
            found[rule] = case
    return found


def _broken(case: Broken) -> Medium:
    return Medium(case.make(), case.profile, case.image, case.claim)


def _sound(case: Broken) -> Medium:
    """A File-set that keeps the profile; the envelopes that a secure one wants hold nothing."""
    facts = profiles()[case.profile]
    folder = file_set(conforming(facts), case.profile)
    if facts.security == "BASIC_DICOM_MEDIA":
        folder = FileSetFolder({name: envelope(data) for name, data in folder.files.items()})
    return Medium(folder, case.profile)


def judged(medium: Medium, where: Path) -> Iterable[Finding]:
    """What `verify` says of it under its profile."""
    claim = where / "claim.toml"
    claim.write_text(medium.claim or "", encoding="utf-8")
    path = where / "medium"
    if medium.image:
        out = io.BytesIO()
        image = format_of(medium.image)
        image.write(image.plan(tree(medium.folder.files), VolumeParameters(FILE_SET_ID, CREATED)), out)
        path.write_bytes(out.getvalue())
    else:
        medium.folder.write(path)
    return verify(path, profile=medium.profile, claim=claim if medium.claim else None).findings


def asked(subject: tuple[bytes, str], _: Path) -> Iterable[Finding]:
    """What stops the creator from writing an instance under a profile."""
    data, name = subject
    # The samples hold native pixels whatever they should be stored in; that is not asked here.
    one = replace(instance(data), transfer_syntax=profile_of(name).objects[0].transfer_syntaxes[0])
    return judge(Candidate(one, profile_of(name), Role.FSC, load_records(), {}))


def _angiogram(rows: int) -> tuple[bytes, str]:
    """An image whose icon has so many rows; the profile wants 128."""
    icon = {
        "SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2", "Rows": rows, "Columns": 128,
        "BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "PixelRepresentation": 0,
        "PixelData": bytes(rows * 128),
    }  # fmt: skip
    image = ct(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.12.1", Modality="XA", BitsAllocated=8, BitsStored=8, HighBit=7,
        PixelData=bytes(16), IconImageSequence=[icon],
    )  # fmt: skip
    return image, "STD-XABC-CD"
