"""File-set Creator: any heap of DICOM in, one finished and verified medium out.

    scan -> conformance -> stage -> directory -> plan -> write -> verify -> publish

Sources are only read. Nothing is written before everything is known to fit; what is written
has a temporary name beside OUT until it was read back.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from . import __version__
from .conformance import Conformance, conformance
from .contents import contents_of
from .creation import Creation, Ignored, LeftOut, Volume
from .dicomdir import encode_dicomdir
from .directory import Directory, build_directory, order
from .errors import CapacityError, ConformanceError, NothingToWrite, ReadBackError
from .formats import Layout, format_of, read_medium
from .formats.tree import VolumeFile, VolumeParameters, VolumeTree
from .job import Job, plan_job
from .model import BytesContent, Content, FileContent, FileSet, Role, SliceContent
from .output import Output
from .profile.records import load_records
from .profile.select import file_system
from .progress import Cancel, ProgressCallback, Watch
from .read import DICOMDIR
from .readme import readme
from .report import fold
from .rules import judge
from .scan import Inventory, Source, scan
from .staging import file_set_id, file_set_uid, stage
from .transfer import digest
from .verification import Verification
from .verify import verify_media

README = "README.TXT"


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
    leave_out: bool = False,
    force: bool = False,
    created: datetime | None = None,
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
) -> Creation:
    """Write the instances of the sources as one File-set into the image `out`, and prove it.

    `sources` are paths of folders, files, ZIPs and `@lists`, or objects with `name`, `size`
    and `open()`. `profile` is "auto" or identifiers that the File-set shall all satisfy.
    `capacity` is in bytes, `created` is the date of everything on the medium (now, if
    absent) and makes the bytes of the image repeatable. `leave_out` writes what fits and
    lists the rest; without it, one instance that does not fit stops the job. Raises the
    errors of `mediakit.errors`; whatever is raised, `out` is as it was before.
    """
    job = plan_job(
        Path(out), profile, medium, format, capacity, file_set_id, supply or {}, leave_out, force, created
    )
    watch = Watch(progress, cancel)
    inventory = scan(sources, wanted=load_records().wanted, progress=progress, cancel=cancel)
    judged = _judge(job, inventory, watch)
    result = _refuse_unless_allowed(job, inventory, judged)
    file_set, directory = _file_set(job, judged)
    layout = _plan(job, file_set, directory)
    volume, verification = _write(job, file_set, layout, watch)
    made = [finding for supplied in directory.supplied for finding in judge(supplied)]
    return replace(
        result,
        volumes=(volume,),
        conforms=verification.conforms,
        findings=fold([*result.findings, *made, *verification.findings]),
        verified=verification.verdict == "conforms",
    )


def _judge(job: Job, inventory: Inventory, watch: Watch) -> Conformance:
    """Ask every rule of every instance. Raises NothingToWrite when there is none."""
    if not inventory.instances:
        seen = len(inventory.ignored) + len(inventory.damaged)
        raise NothingToWrite(
            f"No DICOM instance was found ({seen} other files)." if seen else "The sources are empty.",
            "Check the path; `mediakit create --help` says what can be a source.",
        )
    tick = watch.ticks("judge", len(inventory.instances))
    return conformance(inventory.instances, job.profiles, Role.FSC, load_records(), job.supply, tick)


def _refuse_unless_allowed(job: Job, inventory: Inventory, judged: Conformance) -> Creation:
    """What is known before writing. Raises ConformanceError when anything would be left out unasked."""
    left_out = [
        LeftOut(refusal.instance.origin, refusal.reason, refusal.findings[0].rule)
        for refusal in judged.refused
    ]
    left_out += [LeftOut(each.origin, each.reason, "FILE-015") for each in inventory.damaged]
    left_out += [LeftOut(each.origin, each.reason, "FSET-014") for each in inventory.conflicts]
    refused = [finding for refusal in judged.refused for finding in refusal.findings]
    remarks = [finding for each in (*inventory.folded, *inventory.conflicts) for finding in judge(each)]
    result = Creation(
        profiles=tuple(profile.id for profile in job.profiles),
        why=job.why,
        left_out=tuple(left_out),
        ignored=tuple(Ignored(each.origin, each.reason) for each in inventory.ignored),
        findings=tuple(remarks),
    )
    if left_out and not job.leave_out:
        found = len(judged.accepted) + len(left_out)
        raise ConformanceError(
            f"{len(left_out)} of {found} instances do not fit. Nothing was written.",
            "Mend or remove them, or say --leave-out to write the others and list these.",
            replace(result, findings=fold([*remarks, *refused])),
        )
    if not judged.accepted:
        raise ConformanceError(
            "No instance fits. Nothing was written.",
            "The reasons are listed; `mediakit fit` shows which profiles take these instances.",
            replace(result, findings=fold([*remarks, *refused])),
        )
    return result


def _file_set(job: Job, judged: Conformance) -> tuple[FileSet, Directory]:
    """File IDs, directory, and who the File-set is."""
    table = load_records()
    members = stage(order(judged.accepted, table))
    keys = tuple(key for profile in job.profiles for key in profile.keys)
    directory = build_directory(members, table, keys, job.supply)
    uid = file_set_uid(
        job.created,
        (profile.id for profile in job.profiles),
        job.medium.id,
        1,
        (member.instance.sop_instance for member in members if member.instance),
    )
    own_id = file_set_id(job.created, uid) if job.file_set_id is None else job.file_set_id
    return FileSet(uid, own_id, members), directory


def _plan(job: Job, file_set: FileSet, directory: Directory) -> Layout:
    """Where every byte will be. Raises CapacityError when it is more than the medium holds."""
    dicomdir = encode_dicomdir(directory.records, file_set.id, file_set.uid)
    text = readme(file_set.id, [profile.id for profile in job.profiles], job.created)
    files = [VolumeFile((README,), BytesContent(text)), VolumeFile((DICOMDIR,), BytesContent(dicomdir))]
    files += [VolumeFile(member.file_id.components, member.content) for member in file_set.members]
    parameters = VolumeParameters(file_set.id, job.created, application=f"MEDIAKIT {__version__}")
    layout: Layout = format_of(file_system(job.format)).plan(VolumeTree(tuple(files)), parameters)
    if layout.size > job.capacity:
        raise CapacityError(
            f"The File-set needs {layout.size:,} bytes; a {job.medium.name} holds {job.capacity:,}. "
            "Nothing was written.",
            "Choose a larger medium, or write fewer studies.",
            layout.size,
            job.capacity,
        )
    return layout


def _write(job: Job, file_set: FileSet, layout: Layout, watch: Watch) -> tuple[Volume, Verification]:
    """Write the image beside OUT, read it back, and only then give it its name."""
    with Output(job.out, layout.size) as output:
        media_format = format_of(file_system(job.format))
        written = media_format.write(layout, output.stream, watch.ticks("write", layout.size))
        output.close()
        verification = _read_back(job, FileContent.of(output.path), layout, written.sha256, watch)
        output.publish(job.force)
    contents = contents_of((member.instance for member in file_set.members if member.instance), job.supply)
    volume = Volume(
        str(job.out), job.format, written.size, written.sha256, file_set.id, file_set.uid, contents
    )
    return volume, verification


def _read_back(job: Job, image: FileContent, layout: Layout, sha256: str, watch: Watch) -> Verification:
    """Prove the image: its bytes are those written, its files lie where planned, its rules hold."""
    if digest(image, watch.ticks("read back", image.size)) != sha256:
        raise ReadBackError("The image read back is not what was written.", _FAULTY_DISK)
    media = read_medium(image.path)
    planned = {placed.path: (placed.offset, placed.content.size) for placed in layout.files}
    found = {file.path: _extent(file.content) for file in media[0].files}
    if planned != found:
        raise ReadBackError("The files on the image are not those that were written.", _FAULTY_DISK)
    verification = verify_media(media, str(job.out), job.profiles, watch.progress, watch.cancel)
    if verification.verdict != "conforms":
        worst = verification.findings[0]
        raise ReadBackError(
            f"The finished image does not conform: {worst.rule}: {worst.message}.",
            "Nothing was left behind. This should not happen; please report it with this message.",
        )
    return verification


def _extent(content: Content | None) -> tuple[int, int]:
    """Where a reader found a file on the image, and how large."""
    return (content.offset, content.size) if isinstance(content, SliceContent) else (0, 0)


_FAULTY_DISK = "Nothing was left behind. Check the disk and try again."
