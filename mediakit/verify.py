"""Is this medium in order? Read it, ask every rule, and say what can be imported.

Nothing is changed, nothing outside the medium is opened, and what could not be checked is
counted and never called good.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from enum import Enum
from functools import partial
from itertools import chain
from pathlib import Path

from .against import compare
from .contents import contents_of
from .dictionary import tag_of
from .fitting import Fitting
from .formats import image_of, read_medium
from .formats.tree import MediumView
from .html.output import check_report, report_file
from .model import FileContent, Instance, Role
from .patience import Patience
from .people import parse_expected
from .places import place_of
from .profile.claim import Claim, read_claim
from .profile.load import profile as profile_of
from .profile.load import profiles as all_profiles
from .profile.model import ApplicationProfile
from .profile.record_kinds import RecordKind, record_kinds
from .profile.records import load_records
from .profile.select import profiles_of_media
from .profile.subject import Gathering, ProfiledFileSet
from .profile.wanted import wanted_by
from .progress import Cancel, ProgressCallback, Watch
from .protection import Access
from .read import DICOMDIR, FileSetView, FileView, read_file_set
from .report import Finding, Outcome, Place, fold
from .rules import RULES, judge
from .rules.whole_files import WHOLE
from .secure.opening import Opening
from .secured import judge_security
from .verification import ImportSummary, ProfileVerdict, Verification
from .whole import WholeFile, WholeFiles

_NO_DICOMDIR = "FSET-001"


class Depth(Enum):
    """How much of every file is read, and what is said of the rest."""

    WHOLE = "every byte"
    QUICK = "headers; what needs more is skipped, and that is said"
    PROVEN = "headers; the caller compares every byte with what it knows"


def verify(
    medium: str | os.PathLike[str],
    *,
    profile: str | Sequence[str] = "auto",
    claim: str | os.PathLike[str] | None = None,
    profile_dirs: Iterable[str | os.PathLike[str]] = (),
    expect_patient: str | None = None,
    against: str | os.PathLike[str] | None = None,
    access: Access = Access(),
    quick: bool = False,
    html: str | os.PathLike[str] | None = None,
    force: bool = False,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
) -> Verification:
    """Judge a folder or an image file against PS3.10, PS3.3, PS3.12 and application profiles.

    `profile` is "auto" (every profile that this kind of medium allows) or identifiers that
    must all be satisfied. `claim` names a file with what a conformance statement claims,
    `profile_dirs` folders with own profiles. `expect_patient` (`ID=...;Name=...;BirthDate=...`)
    is who must be on it, see `patient_matches`. `against` names the image or manifest that it must
    equal, see `comparison`. `access` names what Secure DICOM Files are opened with. `quick` reads
    headers only; the rules that need whole files are then skipped, and said to be. `html` names a
    file for the report, replaced with `force` only. Raises SourceUnreadable when the medium does not
    exist, MediumError when it is none, UsageError, UnknownProfile, InvalidProfileData, OutputExists,
    OutputError, and Cancelled.
    """
    path, report = Path(medium), Path(html) if html else None
    check_report(report, (path, Path(against)) if against else (path,), force)
    named = () if profile == "auto" else (profile,) if isinstance(profile, str) else tuple(profile)
    folders = tuple(profile_dirs)
    wanted = tuple(profile_of(identifier, folders) for identifier in named)
    claimed = read_claim(claim) if claim else None
    expected = parse_expected(expect_patient) if expect_patient else None
    known, depth = all_profiles(folders).values(), Depth.QUICK if quick else Depth.WHOLE
    watch = Watch(progress, cancel)
    patience, opening = Patience(check=watch.check), access.opening()
    media = read_medium(path, patience)
    judged = verify_media(
        media, str(path), wanted, progress, cancel, known, claimed, depth, patience, opening
    )
    comparison = (
        compare(judged.view.media, image_of(path), judged.view.uid, Path(against), watch) if against else None
    )
    judged = replace(judged, expected_patient=expected, comparison=comparison)
    with report_file(report, lambda: _report(judged, watch), force) as publish:
        publish()
    return judged


def _report(judged: Verification, watch: Watch) -> str:
    # Pixels are decoded and a page is made only for whom asks for one.
    from .html.page import page
    from .preview import previews

    found = [file.instance for file in judged.view.instances() if file.instance]
    return page(judged, previews(found, lambda instance: instance.content, watch))


def verify_media(
    media: tuple[MediumView, ...],
    name: str,
    wanted: tuple[ApplicationProfile, ...],
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
    known: Iterable[ApplicationProfile] | None = None,
    claim: Claim | None = None,
    depth: Depth = Depth.WHOLE,
    patience: Patience | None = None,
    opening: Opening | None = None,
) -> Verification:
    """The same for a medium that is open already; no wanted profile means all `known` that it allows."""
    known = all_profiles().values() if known is None else known
    judged = wanted or tuple(profiles_of_media(media, known))
    wanted_tags = wanted_by(judged, load_records())
    whole = depth is Depth.WHOLE
    view = read_file_set(
        media, wanted_tags, progress, cancel, whole=whole, patience=patience, opening=opening
    )
    fitting = Fitting([instance for _, instance in _instances(view)], judged, Role.FSR, {}, claim)
    kinds = record_kinds(view, judged, fitting.signature_of)
    verdicts = [_profile(view, kinds, fitting, each) for each in judged]
    found = chain(
        _medium(view, judged),
        _files(view),
        _whole(view) if whole else _skipped() if depth is Depth.QUICK else (),
        judge_security(view, _wants_security(judged, verdicts, bool(wanted))),
        _profile_findings(verdicts, bool(wanted)),
    )
    return Verification(
        path=name,
        view=view,
        requested=tuple(each.id for each in wanted) or ("auto",),
        profiles=tuple(verdicts),
        findings=fold(found),
        imports=ImportSummary.of(view),
        contents=contents_of(instance for _, instance in _instances(view)),
    )


def _medium(view: FileSetView, judged: Sequence[ApplicationProfile]) -> Iterator[Finding]:
    """The file systems, the directory, and the files of the File-set taken together."""
    # PS3.11 G.3.1: where the only profiles in question leave the DICOMDIR away, none need be there.
    optional = bool(judged) and not any(each.directory.required for each in judged)
    for each in view.media:
        yield from judge(each)
        yield from judge(each.facts)
        if each.inner:
            yield from judge(each.inner)
            yield from judge(each.inner.facts)
    if view.directory:
        around = partial(Place, "/".join(view.directory_path or (DICOMDIR,)))
        yield from judge(view.directory.instance, around)
        yield from judge(view.directory, around)
    yield from (each for each in judge(view) if not (optional and each.rule == _NO_DICOMDIR))


def _files(view: FileSetView) -> Iterator[Finding]:
    """Every instance by itself."""
    for name, instance in _instances(view):
        yield from judge(instance, partial(place_of, instance, name))


def _whole(view: FileSetView) -> Iterator[Finding]:
    """What only reading every byte can tell."""
    for name, instance in _instances(view):
        yield from judge(WholeFile(instance), partial(place_of, instance, name))
    yield from judge(WholeFiles(tuple(view.files.values())))


def judged_by_copies(
    judged: Verification, copies: Sequence[tuple[tuple[str, ...], Path]], whole: bool, watch: Watch
) -> Verification:
    """The quick judgement of a medium with what its copied files tell: it is not read once more.

    `copies` are paths on the medium and where the copies are; `whole` says that they are all its
    instances, so that nothing is skipped any more. Raises OSError and Cancelled.
    """
    from .whole_reader import WholeReader

    files = []
    contents = [FileContent.of(copy) for _, copy in copies]
    total = sum(each.size for each in contents)
    with WholeReader(lambda _: _BRANCH, Patience(), watch, total) as reader:
        for (path, _), content in zip(copies, contents, strict=True):
            seen = reader.read(content, "/".join(path))
            files.append((FileView(path, content.size, content, seen.instance), seen))
        read = tuple(replace(file, sha256=seen.sha256) for file, seen in files)
    found = chain.from_iterable(
        judge(WholeFile(file.instance), partial(place_of, file.instance, file.name))
        for file in read
        if file.instance
    )
    kept = (each for each in judged.findings if not (whole and each.outcome is Outcome.SKIPPED))
    return replace(judged, findings=fold(chain(kept, found, judge(WholeFiles(read)))))


_BRANCH = frozenset(map(tag_of, ("PatientID", "StudyInstanceUID", "SeriesInstanceUID")))


def _skipped() -> Iterator[Finding]:
    """The rules that would have needed whole files."""
    for each in RULES.values():
        if each.subject in WHOLE:
            yield Finding(
                each.id, each.severity, each.citation, f"Skipped: {each.statement}",
                outcome=Outcome.SKIPPED, advice="Verify again without --quick.",
            )  # fmt: skip


def _instances(view: FileSetView) -> Iterator[tuple[str, Instance]]:
    return ((file.name, file.instance) for file in view.files.values() if file.instance)


def _profile(
    view: FileSetView, kinds: tuple[RecordKind, ...], fitting: Fitting, profile: ApplicationProfile
) -> ProfileVerdict:
    held = judge(ProfiledFileSet(view, profile, load_records(), kinds))
    # What is missing may be among what is encrypted.
    together = () if view.is_closed else judge(Gathering(frozenset(fitting.sop_classes), profile))
    return ProfileVerdict(profile.id, fold(chain(held, together, fitting.findings(profile))))


def _profile_findings(verdicts: Sequence[ProfileVerdict], wanted: bool) -> Iterable[Finding]:
    """Those of every wanted profile; with auto, of the nearest one, only when none conforms."""
    if wanted:
        return [finding for verdict in verdicts for finding in verdict.findings]
    if not verdicts or any(verdict.conforms for verdict in verdicts):
        return []
    return _nearest(verdicts).findings


def _nearest(verdicts: Sequence[ProfileVerdict]) -> ProfileVerdict:
    """The profile that conforms, or against which the least stands."""
    return min(verdicts, key=lambda verdict: (verdict.broken, verdict.errors))


def _wants_security(
    judged: Sequence[ApplicationProfile], verdicts: Sequence[ProfileVerdict], wanted: bool
) -> bool | None:
    """Whether the wanted profiles, or with auto the nearest, ask for Secure DICOM Files; None without any."""
    if not judged:
        return None
    nearest = _nearest(verdicts).profile
    return any(each.security == "cms" for each in judged if wanted or each.id == nearest)
