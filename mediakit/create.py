"""File-set Creator: any heap of DICOM in, one finished and verified medium out.

    scan -> select -> people -> icons -> conformance -> adapt -> duplicates [-> deflate] -> stage
         -> directory -> author

Sources are only read. Nothing is written before everything is known to fit, and OUT is as it
was until the finished medium was read back (`author.py`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from .adapt import Adaptation, films
from .adapt import adapt as adapt_refused
from .author import Authored, author
from .conformance import Conformance, conformance
from .consistency import inconsistent
from .contents import contents_of
from .creation import Changed, Creation, Ignored, Included, LeftOut, Protected, Repeated, Volume
from .deflating import measure
from .devices.file_system import FileSystem, file_system_of
from .dicomfile import HeaderReader, Wanted
from .directory import build_directory, order
from .duplicates import Resolution, distinct, resolve
from .errors import ConformanceError, NothingToWrite, UsageError
from .expectation import check_expectation, numberings
from .fitting import Fitting
from .formats.tree import VolumeFile
from .icon import ICON
from .illustration import OPTIONAL_KEYS, Illustrated, with_demanded_icons, with_icons
from .job import FOLDER, NEVER, Job, Order, plan_job
from .label import label
from .model import FileSet, Instance, Member, Role
from .people import check_people, people
from .profile.model import ApplicationProfile
from .profile.select import Choice, choose, choose_adapted
from .profile.subject import Gathering
from .profile.wanted import wanted_by
from .progress import Cancel, ProgressCallback, Watch
from .protection import Protection
from .report import Finding, fold
from .rules import judge
from .scan import Inventory, scan
from .secure.envelope import Envelope
from .selection import Selection, select
from .sources import Source, file_of
from .staging import file_set_id as default_file_set_id
from .staging import file_set_uid, stage
from .volumes import Planned, volumes
from .workshop import Workshop


def create(
    sources: Iterable[Source],
    out: str | os.PathLike[str],
    *,
    profile: str | Sequence[str] = "auto",
    medium: str | None = None,
    format: str | None = None,
    capacity: int | None = None,
    file_set_id: str | None = None,
    supply: Mapping[str, str] | None = None,
    selection: Selection = Selection(),
    expect_patient: str | None = None,
    expect: str | os.PathLike[str] | None = None,
    multi_patient: bool = False,
    same_patient: bool = False,
    private_records: bool = False,
    icons: bool = False,
    adapt: str = "lossless",
    leave_out: bool = False,
    force: bool = False,
    dry_run: bool = False,
    institution: str = "",
    contact: str = "",
    manifest: str | os.PathLike[str] | None = None,
    created: datetime | None = None,
    claim: str | os.PathLike[str] | None = None,
    profile_dirs: Iterable[str | os.PathLike[str]] = (),
    include: Iterable[str] = (),
    protection: Protection = Protection(),
    split: bool = False,
    deflate: bool = False,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
) -> Creation:
    """Write the instances of the sources as one File-set onto the medium `out`, and prove it.

    `sources` are paths of folders, files, images, devices, ZIPs and `@lists`, or objects with
    `name`, `size` and `open()`. `profile` is "auto" or identifiers that the File-set shall all satisfy;
    `capacity` is in bytes; `supply` gives values by keyword for those that instances lack.

    Who and what is on it: `selection` narrows the sources; one patient only, unless
    `multi_patient`; one name for each Patient ID, unless `same_patient`; `expect_patient`
    (`ID=...;Name=...;BirthDate=...`) and the file `expect` (UIDs and counts) must be met.
    `leave_out` writes what fits and lists the rest; without it, one instance that does not
    fit stops the job. With `private_records`, an instance whose SOP class has no Directory
    Record type fits into a PRIVATE record. `icons` gives every image a small preview in the
    directory; where a profile demands one, it is made in any case.

    `adapt` "lossless" changes the encoding of instances that fit in no other way, without losing
    anything, and lists every change; "never" writes every file as it is.

    `institution` and `contact` go into the README and the label. `manifest` names a file for
    the list of everything written. `dry_run` stops before writing. `created` is the date of
    everything on the medium (now, if absent) and makes its bytes repeatable. `claim` names a
    file with what a conformance statement claims, `profile_dirs` folders with own profiles.
    `include` are folders or files of other content (`DIR` or `DIR=NAME`), laid beside the File-set.
    `protection` says for whom a secure profile encrypts, and who signs.

    `split` writes several independent File-sets where one medium does not hold everything, as
    `OUT-1of3.iso` and so on; they get their names when all of them are proved, or none does.
    `deflate` compresses the files of a ZIP, that of an e-mail too, where that makes them smaller.

    Raises the errors of `mediakit.errors`; whatever is raised, `out` is as it was before.
    """
    job = plan_job(
        Order(
            out=Path(out),
            profiles=() if profile == "auto" else (profile,) if isinstance(profile, str) else tuple(profile),
            medium=medium,
            format=format,
            capacity=capacity,
            file_set_id=file_set_id,
            supply=dict(supply or {}),
            selection=selection,
            expect_patient=expect_patient,
            expect=Path(expect) if expect else None,
            multi_patient=multi_patient,
            same_patient=same_patient,
            private_records=private_records,
            icons=icons,
            adapt=adapt,
            leave_out=leave_out,
            force=force,
            dry_run=dry_run,
            institution=institution,
            contact=contact,
            manifest=Path(manifest) if manifest else None,
            created=created,
            claim=Path(claim) if claim else None,
            profile_dirs=tuple(map(Path, profile_dirs)),
            include=tuple(include),
            protection=protection,
            split=split,
            deflate=deflate,
        )
    )
    with Workshop() as workshop:
        return _create(job, sources, workshop, Watch(progress, cancel))


def _create(job: Job, sources: Iterable[Source], workshop: Workshop, watch: Watch) -> Creation:
    """The stages one after the other; the decoders of the workshop serve several of them."""
    icons = job.order.icons
    wanted = _with_icon(wanted_by(job.profiles or job.candidates, job.table), icons)
    inventory = scan(sources, wanted=wanted, progress=watch.progress, cancel=watch.cancel)
    _refuse_to_write_over(inventory, [job.out, job.order.manifest])
    chosen, inventory = _selected(job, inventory)
    job, illustrated = _chosen(job, chosen, watch)
    adaptation = _adapted(job, illustrated.instances, HeaderReader(wanted), workshop, watch)
    resolution = resolve(adaptation.judged, watch.check, adaptation.source_of())
    judged, left_out = _consistent(job, resolution.judged)
    left_out += _not_taken(inventory, resolution)
    before = _refuse_unless_allowed(job, inventory, illustrated, resolution, judged, left_out)
    if icons:
        illustrated = with_icons(judged.accepted, (*job.profiles, *job.also), job.table, watch)
        judged = replace(judged, accepted=illustrated.instances)
        before = replace(before, findings=(*before.findings, *_iconless(illustrated)))
    if job.order.deflate:
        job = replace(job, deflation=measure(_files(job, judged.accepted), watch))
    planned = volumes(
        job, judged.accepted, lambda own, some: _file_set(own, replace(judged, accepted=tuple(some))), watch
    )
    _refuse_to_write_over(inventory, [volume.job.out for volume in planned])
    members = [member for volume in planned for member in volume.file_set.members]
    workshop.follow(films(member.content for member in members))
    authored = author([(volume.job, volume.file_set) for volume in planned], watch)
    before = replace(before, adapted=_changes(adaptation, members))
    return _result(before, planned, authored)


def _refuse_to_write_over(inventory: Inventory, outputs: Iterable[Path | None]) -> None:
    """No source is ever changed, not even with --force. Raises UsageError."""
    for out in outputs:
        if out is None or not out.is_file():
            continue
        if any(path.samefile(out) for instance in inventory.instances if (path := file_of(instance.content))):
            raise UsageError(f"{out} is one of the sources.", "Choose another name for what is written.")


def _selected(job: Job, inventory: Inventory) -> tuple[tuple[Instance, ...], Inventory]:
    """The wanted part of what was found, when it is of the right patient and complete.

    In the inventory that goes with it, only what is wanted counts as missing. Raises
    NothingToWrite, SelectionError, PatientError and ExpectationError.
    """
    if not (inventory.instances or inventory.damaged or inventory.missing):
        seen = len(inventory.ignored)
        files = "1 other file" if seen == 1 else f"{seen:,} other files"
        raise NothingToWrite(
            f"No DICOM instance was found ({files})." if seen else "The sources are empty.",
            "Check the path; `mediakit create --help` says what can be a source.",
        )
    order = job.order
    promised = [each.instance for each in inventory.missing]
    wanted, _ = select((*inventory.instances, *promised), order.selection)
    absent = {id(each) for each in wanted} & {id(each) for each in promised}
    instances = tuple(each for each in wanted if id(each) not in absent)
    check_people(
        people(instances, order.supply),
        multi_patient=order.multi_patient,
        same_patient=order.same_patient,
        expected=job.expected_patient,
    )
    if job.expectation:
        check_expectation(distinct(instances), job.expectation)
    missing = tuple(each for each in inventory.missing if id(each.instance) in absent)
    return instances, replace(inventory, missing=missing)


def _judge(job: Job, instances: Sequence[Instance], watch: Watch) -> Conformance:
    """Ask every rule of every instance."""
    tick = watch.ticks("judge", len(instances))
    rows = job.profiles or job.candidates
    return conformance(instances, rows, Role.FSC, job.table, job.order.supply, tick, job.claim)


def _adapted(
    job: Job, instances: Sequence[Instance], reader: HeaderReader, workshop: Workshop, watch: Watch
) -> Adaptation:
    """The judgement, after such changes as the job allows."""
    judged = _judge(job, instances, watch)
    if job.order.adapt == NEVER:
        return Adaptation(judged)

    def again(changed: Sequence[Instance]) -> Conformance:
        rows = job.profiles or job.candidates
        return conformance(changed, rows, Role.FSC, job.table, job.order.supply, None, job.claim)

    return adapt_refused(instances, judged, again, reader, workshop, watch)


def _changes(adaptation: Adaptation, members: Iterable[Member]) -> tuple[Changed, ...]:
    """What was changed of the instances that are on the medium."""
    written = {id(member.content) for member in members}
    return tuple(
        Changed(each.source.origin, each.changes)
        for each in adaptation.adapted
        if id(each.instance.content) in written
    )


def _with_icon(wanted: Wanted, icons: bool) -> Wanted:
    """Where icons are asked for, those that instances bring along are wanted too."""
    return (lambda sop_class: wanted(sop_class) | {ICON}) if icons else wanted


def _chosen(job: Job, instances: Sequence[Instance], watch: Watch) -> tuple[Job, Illustrated]:
    """The job with its profile, and the instances with the icons that it demands.

    The profile is as ordered, or the first candidate that takes everything unchanged; those
    that demand icons are tried only where no other does.
    """
    if job.profiles:
        return job, with_demanded_icons(instances, job.profiles, job.table, watch)
    illustrated = Illustrated(tuple(instances), ())
    if job.medium.like:
        name, annex = job.medium.name, job.medium.annex
        why = f"PS3.11 has no profile for a {name}; PS3.12 Annex {annex} says what it is."
        return replace(job, why=why), illustrated
    choice, complete = _choice(job, instances)
    if not complete:
        drawn = with_demanded_icons(instances, job.candidates, job.table, watch)
        other, complete = _choice(job, drawn.instances)
        if complete:
            choice, illustrated = other, drawn
        elif job.order.adapt != NEVER and (adapted := _choice_adapted(job, instances)):
            choice = adapted
    return replace(job, profiles=(choice.profile,), why=choice.why, also=choice.also), illustrated


def _choice(job: Job, instances: Sequence[Instance]) -> tuple[Choice, bool]:
    """The profile to choose for the instances, and whether it takes all of them."""
    fitting = Fitting(instances, job.candidates, Role.FSC, job.order.supply, job.claim, job.table)
    choice = choose(job.medium, job.candidates, fitting.stopped)
    return choice, fitting.stopped(choice.profile) == 0


def _choice_adapted(job: Job, instances: Sequence[Instance]) -> Choice | None:
    """The general-purpose profile that takes all instances after changes, if there is one."""
    fitting = Fitting(instances, job.candidates, Role.FSC, job.order.supply, job.claim, job.table)
    return choose_adapted(job.medium, job.candidates, fitting.stopped_adapted)


def _iconless(illustrated: Illustrated) -> list[Finding]:
    return [finding for each in illustrated.without for finding in judge(each)]


def _consistent(job: Job, judged: Conformance) -> tuple[Conformance, list[LeftOut]]:
    """Without the instances that contradict others about patient or study; they are left out."""
    contrary = inconsistent(judged.accepted, job.order.supply)
    out = {id(instance) for instance, _, _ in contrary}
    accepted = tuple(instance for instance in judged.accepted if id(instance) not in out)
    return replace(judged, accepted=accepted), [
        LeftOut(instance.origin, reason, rule) for instance, reason, rule in contrary
    ]


def _not_taken(inventory: Inventory, resolution: Resolution) -> list[LeftOut]:
    """What the rules refuse, what is damaged or missing, and what conflicts with another file."""
    refused = [
        LeftOut(refusal.instance.origin, refusal.reason, refusal.findings[0].rule)
        for refusal in resolution.judged.refused
    ]
    damaged = [LeftOut(each.origin, each.reason, "FILE-015") for each in inventory.damaged]
    missing = [LeftOut(each.origin, each.reason, "FSET-008") for each in inventory.missing]
    conflicts = [LeftOut(each.origin, each.reason, "FSET-014") for each in resolution.conflicts]
    return [*refused, *damaged, *missing, *conflicts]


def _refuse_unless_allowed(
    job: Job,
    inventory: Inventory,
    illustrated: Illustrated,
    resolution: Resolution,
    judged: Conformance,
    left_out: Sequence[LeftOut],
) -> Creation:
    """What is known before writing. Raises ConformanceError when anything would be left out unasked."""
    refused = [finding for refusal in judged.refused for finding in refusal.findings]
    together = [finding for each in job.profiles for finding in judge(_gathering(judged, each))]
    noted = (*resolution.folded, *resolution.conflicts, *numberings(judged.accepted))
    remarks = [finding for each in noted for finding in judge(each)] + _iconless(illustrated)
    result = Creation(
        profiles=tuple(profile.id for profile in job.profiles),
        why=job.why,
        left_out=tuple(left_out),
        not_selected=len(inventory.instances) - len(illustrated.instances),
        ignored=tuple(Ignored(each.origin, each.reason) for each in inventory.ignored),
        repeated=tuple(Repeated(each.origin, each.of) for each in resolution.folded),
        findings=tuple(remarks),
    )
    if left_out and not job.order.leave_out:
        found = len(judged.accepted) + len(left_out)
        raise ConformanceError(
            f"{len(left_out)} of {found} instances do not fit. Nothing was written.",
            "Mend or remove them, or say --leave-out to write the others and list these.",
            replace(result, findings=fold([*remarks, *refused])),
        )
    if not judged.accepted or together:
        raise ConformanceError(
            f"{'The instances together do not fit' if judged.accepted else 'No instance fits'}. "
            "Nothing was written.",
            "The reasons are listed; `mediakit fit` shows which profiles take these instances.",
            replace(result, findings=fold([*remarks, *refused, *together])),
        )
    return result


def _gathering(judged: Conformance, profile: ApplicationProfile) -> Gathering:
    return Gathering(frozenset(instance.sop_class for instance in judged.accepted), profile)


def _file_set(job: Job, judged: Conformance) -> tuple[FileSet, list[Finding]]:
    """File IDs, directory, and who the File-set is; with a note for every value that was supplied."""
    members = stage(order(judged.accepted, job.table))
    keys = tuple(key for profile in (*job.profiles, *job.also) for key in profile.keys)
    keys += OPTIONAL_KEYS if job.order.icons else ()
    directory = build_directory(members, job.table, keys, job.order.supply)
    uid = file_set_uid(
        job.created,
        (profile.id for profile in job.profiles),
        job.medium.id,
        job.volume,
        (member.instance.sop_instance for member in members if member.instance),
    )
    own_id = default_file_set_id(job.created, uid) if job.order.file_set_id is None else job.order.file_set_id
    supplied = [finding for each in directory.supplied for finding in judge(each)]
    return FileSet(uid, own_id, members, directory.records), supplied


def _result(before: Creation, planned: Sequence[Planned], authored: Sequence[Authored]) -> Creation:
    """The whole story in one value."""
    job = planned[0].job
    checked = [each.verification for each in authored if each.verification]
    notes = [finding for volume in planned for finding in volume.notes]
    notes += [finding for verification in checked for finding in verification.findings]
    conforms = checked[0].conforms if checked else ()
    return replace(
        before,
        volumes=tuple(map(_volume, planned, authored)),
        conforms=tuple(id for id in conforms if all(id in each.conforms for each in checked)),
        findings=fold([*before.findings, *notes]),
        verified=len(checked) == len(planned),
        included=tuple(Included(str(each.source), len(each.files), each.size) for each in job.included),
        dry_run=job.order.dry_run,
        protection=_protected(job.envelope) if job.envelope else None,
    )


def _volume(planned: Planned, authored: Authored) -> Volume:
    """A finished medium in the words of the result."""
    job, file_set = planned.job, planned.file_set
    contents = contents_of(_instances(file_set), job.order.supply)
    number = file_set.id or file_set.uid
    return Volume(
        path=str(job.out),
        format=job.format,
        size=authored.size,
        sha256=authored.sha256,
        file_set_id=file_set.id,
        file_set_uid=file_set.uid,
        contents=contents,
        label=label(number, contents, job.created, job.order.institution, job.part),
        file_system=_file_system(job),
        deflated=job.deflation.count(member.content for member in file_set.members) if job.deflation else 0,
    )


def _protected(envelope: Envelope) -> Protected:
    return Protected(
        tuple(each.subject.rfc4514_string() for each in envelope.recipients),
        envelope.password is not None,
        tuple(each.certificate.subject.rfc4514_string() for each in envelope.signers),
    )


def _file_system(job: Job) -> FileSystem | None:
    """That of the stick or card that the folder is on; a disk of the computer has none to tell."""
    found = file_system_of(job.out) if job.format == FOLDER else None
    return found if found and found.conforms is not None else None


def _files(job: Job, instances: Iterable[Instance]) -> Iterator[VolumeFile]:
    """All that will lie on the media and is there already; in errors instances go by their source."""
    yield from (VolumeFile((instance.origin,), instance.content) for instance in instances)
    yield from (file for each in job.included for file in each.files)


def _instances(file_set: FileSet) -> Iterator[Instance]:
    return (member.instance for member in file_set.members if member.instance)
