"""Is this medium in order? Read it, ask every rule, and say what can be imported.

Nothing is changed, nothing outside the medium is opened, and what could not be checked is
counted and never called good.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path

from .formats import read_medium
from .formats.tree import MediumView
from .model import Instance, Role
from .people import parse_expected
from .places import place_of
from .profile.load import profile as profile_of
from .profile.load import profiles as all_profiles
from .profile.model import ApplicationProfile
from .profile.records import load_records
from .profile.select import profiles_of_media
from .profile.subject import Candidate, ProfiledFileSet
from .progress import Cancel, ProgressCallback
from .read import DICOMDIR, FileSetView, read_file_set
from .report import Finding, Place, fold
from .rules import judge
from .verification import ImportSummary, ProfileVerdict, Verification


def verify(
    medium: str | os.PathLike[str],
    *,
    profile: str | Sequence[str] = "auto",
    expect_patient: str | None = None,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
) -> Verification:
    """Judge a folder or an image file against PS3.10, PS3.3, PS3.12 and application profiles.

    `profile` is "auto" (every profile that this kind of medium allows) or identifiers that
    must all be satisfied. `expect_patient` (`ID=...;Name=...;BirthDate=...`) is who must be on
    it, see `patient_matches`. Raises SourceUnreadable when the medium does not exist, MediumError
    when it is none, UsageError, UnknownProfile, and Cancelled.
    """
    path = Path(medium)
    named = () if profile == "auto" else (profile,) if isinstance(profile, str) else tuple(profile)
    wanted = tuple(profile_of(identifier) for identifier in named)
    expected = parse_expected(expect_patient) if expect_patient else None
    judged = verify_media(read_medium(path), str(path), wanted, progress, cancel)
    return replace(judged, expected_patient=expected)


def verify_media(
    media: tuple[MediumView, ...],
    name: str,
    wanted: tuple[ApplicationProfile, ...],
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
) -> Verification:
    """The same for a medium that is open already; no wanted profile means all that it allows."""
    view = read_file_set(media, load_records(), progress, cancel)
    verdicts = [_profile(view, each) for each in wanted or profiles_of_media(media, all_profiles().values())]
    return Verification(
        path=name,
        view=view,
        requested=tuple(each.id for each in wanted) or ("auto",),
        profiles=tuple(verdicts),
        findings=fold(chain(_medium(view), _files(view), _profile_findings(verdicts, bool(wanted)))),
        imports=ImportSummary.of(view),
    )


def _medium(view: FileSetView) -> Iterator[Finding]:
    """The file systems, the directory, and the files of the File-set taken together."""
    for each in view.media:
        yield from judge(each)
        yield from judge(each.facts)
    if view.directory:
        around = partial(Place, "/".join(view.directory_path or (DICOMDIR,)))
        yield from judge(view.directory.instance, around)
        yield from judge(view.directory, around)
    yield from judge(view)


def _files(view: FileSetView) -> Iterator[Finding]:
    """Every instance by itself."""
    for name, instance in _instances(view):
        yield from judge(instance, partial(place_of, instance, name))


def _instances(view: FileSetView) -> Iterator[tuple[str, Instance]]:
    return ((file.name, file.instance) for file in view.files.values() if file.instance)


def _profile(view: FileSetView, profile: ApplicationProfile) -> ProfileVerdict:
    table = load_records()
    of_instances = (
        finding
        for name, instance in _instances(view)
        for finding in judge(
            Candidate(instance, profile, Role.FSR, table, {}), partial(place_of, instance, name)
        )
    )
    return ProfileVerdict(profile.id, fold(chain(judge(ProfiledFileSet(view, profile, table)), of_instances)))


def _profile_findings(verdicts: Sequence[ProfileVerdict], wanted: bool) -> Iterable[Finding]:
    """Those of every wanted profile; with auto, of the nearest one, only when none conforms."""
    if wanted:
        return [finding for verdict in verdicts for finding in verdict.findings]
    if not verdicts or any(verdict.conforms for verdict in verdicts):
        return []
    return min(verdicts, key=lambda verdict: verdict.errors).findings
