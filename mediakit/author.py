"""FileSets -> finished media at OUT: planned, written beside their names, read back, published.

An image is planned to the last byte before anything is written. What is published was read
back: its bytes are those that were written, its files lie where they were planned, and no
rule finds an error in it. Of several media all are published or none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from . import __version__
from .dicomdir import encode_dicomdir
from .errors import CapacityError, ReadBackError
from .folder_output import FolderOutput, check_folder
from .formats import Layout, MediaWriter, Sparse, format_of, read_medium
from .formats.folder import read_folder
from .formats.folder_writer import FolderLayout, plan_folder, write_folder
from .formats.tree import MediumView, Placed, VolumeFile, VolumeParameters, VolumeTree, Written
from .formats.zip.deflated import DeflatedContent
from .job import FOLDER, Job
from .manifest import Entry, manifest
from .model import BytesContent, Content, FileContent, FileSet, SliceContent
from .output import Output, check_room, failed
from .profile.select import file_system
from .progress import ProgressCallback, Watch
from .read import DICOMDIR
from .readback import ReadBack
from .readme import README, readme, secured
from .sealing import check_sealed, in_clear, opening_of, sealed
from .smime import SecureMail, SmimeLayout, check_mail
from .smime_reader import open_mail
from .transfer import digest
from .verification import Verification
from .verify import Depth, verify_media

_FAULTY_DISK = "Nothing was left behind. Check the disk and try again."


Publish = Callable[[Callable[[], None]], None]
"""Gives a medium its name, then does what goes with it; without that the name is taken back."""


@dataclass(frozen=True, slots=True)
class Authored:
    """What became of the medium; after a dry run there is a size, but no digest and no verification."""

    size: int
    sha256: str | None = None
    verification: Verification | None = None


@dataclass(frozen=True, slots=True)
class _Proved:
    """A medium that is written and read back, and has no name yet."""

    written: Written
    verification: Verification
    publish: Publish


def author(volumes: Sequence[tuple[Job, FileSet]], watch: Watch) -> list[Authored]:
    """Write every File-set as its job says, prove all of them, and only then give them their names.

    Raises CapacityError before anything is written; OutputError, SourceChanged,
    SourceUnreadable, ReadBackError and Cancelled with every OUT as it was.
    """
    layouts = [_fitting(job, layout_of(job, file_set)) for job, file_set in volumes]
    if volumes[0][0].order.dry_run:
        return [Authored(layout.size) for layout in layouts]
    return _written(volumes, layouts, watch)


def rewrite(job: Job, file_set: FileSet, tree: VolumeTree, watch: Watch) -> Authored:
    """The same for a tree that is there already: what an update makes of a medium.

    Raises what `author` raises.
    """
    layout = _fitting(job, plan_folder(tree) if job.format == FOLDER else _plan(job, file_set, tree))
    return _written([(job, file_set)], [layout], watch)[0]


def _written(
    volumes: Sequence[tuple[Job, FileSet]], layouts: Sequence[Layout], watch: Watch
) -> list[Authored]:
    """Write, prove and publish what was planned."""
    _check_disk(volumes[0][0], layouts)
    with ExitStack() as stack:
        proved = [
            stack.enter_context(_proved(job, file_set, layout, watch))
            for (job, file_set), layout in zip(volumes, layouts, strict=True)
        ]
        watch.check()  # the last moment at which nothing has happened yet
        entries = [
            Entry(job, file_set, layout, each.written)
            for (job, file_set), layout, each in zip(volumes, layouts, proved, strict=True)
        ]
        publish = stack.enter_context(manifest(entries))
        for each in reversed(proved):
            publish = partial(each.publish, publish)
        publish()
    return [Authored(each.written.size, each.written.sha256, each.verification) for each in proved]


def layout_of(job: Job, file_set: FileSet) -> Layout:
    """Where every byte will be, whether it fits or not. Raises CapacityError for what no layout holds."""
    tree = volume_tree(job, file_set)
    if job.envelope and not _mail_of(job):  # an e-mail is encrypted as a whole
        dicom = {(DICOMDIR,), *(member.file_id.components for member in file_set.members)}
        tree = sealed(tree, dicom, job.envelope, job.order.protection.random)
    if job.deflation:
        tree = job.deflation.tree(tree)
    return plan_folder(tree) if job.format == FOLDER else _plan(job, file_set, tree)


def _fitting(job: Job, layout: Layout) -> Layout:
    """The layout, when the medium holds it. Raises CapacityError, and for a folder OutputExists."""
    # Without any word on its medium, a folder is as large as its disk.
    if job.format != FOLDER or job.order.capacity or job.order.medium or job.order.profiles:
        _check_capacity(job, layout.size)
    if job.format == FOLDER:
        check_folder(job.out, job.order.force)
    return layout


def _check_disk(job: Job, layouts: Sequence[Layout]) -> None:
    """Whether the disk has room for all media together. Raises OutputError."""
    if len(layouts) > 1:
        try:
            check_room(job.out.parent, sum(map(_room, layouts)))
        except OSError as error:
            raise failed(job.out, error) from error


def _room(layout: Layout) -> int:
    """Bytes that it takes on a disk that knows holes."""
    return layout.needed if isinstance(layout, Sparse) else layout.size


def _own_directory(progress: ProgressCallback | None) -> ProgressCallback | None:
    """The callback without the news of what the directory promises: we wrote it."""
    if progress is None:
        return None
    tell = progress
    return lambda event: None if event.stage == "directory" else tell(event)


def _judge_clear(job: Job, file_set: FileSet, watch: Watch) -> None:
    """Ask every rule of the File-set while it is clear. Raises ReadBackError when one is broken."""
    plain = tuple(replace(each, security="none") for each in job.profiles)
    _judge(replace(job, profiles=plain), (in_clear(volume_tree(job, file_set)),), watch)


def _mail_of(job: Job) -> SecureMail | None:
    """The secure e-mail that the profiles want, where they want one."""
    if job.envelope is None or all(each.security != "e-mail" for each in job.profiles):
        return None
    return SecureMail(job.envelope, job.order.protection.random)


def _writer(job: Job) -> MediaWriter[Any]:
    return _mail_of(job) or format_of(file_system(job.format))


def volume_tree(job: Job, file_set: FileSet) -> VolumeTree:
    """All files in the order of their data: README, DICOMDIR, instances by directory, other content."""
    words = readme(
        file_set.id,
        [profile.id for profile in job.profiles],
        job.created,
        job.order.institution,
        job.order.contact,
        dict.fromkeys(file.path[0] for each in job.included for file in each.files),
        secured(job.envelope) if job.envelope else None,
        job.part,
    )
    dicomdir = encode_dicomdir(file_set.records, file_set.id, file_set.uid)
    files = [VolumeFile((README,), BytesContent(words)), VolumeFile((DICOMDIR,), BytesContent(dicomdir))]
    files += [VolumeFile(member.file_id.components, member.content) for member in file_set.members]
    files += [file for each in job.included for file in each.files]
    return VolumeTree(tuple(files))


def _plan(job: Job, file_set: FileSet, tree: VolumeTree) -> Layout:
    """Where every byte of an image will be."""
    medium = job.medium
    parameters = VolumeParameters(
        volume_id=file_set.id,
        created=job.created,
        application=f"MEDIAKIT {__version__}",
        unique=int(file_set.uid.rpartition(".")[2]) & 0xFFFFFFFFFFFFFFFF,
        capacity=job.order.capacity or 0,
        iso_level=medium.iso_level,
        udf=medium.udf[0] if medium.udf else "",
        fat=medium.fat,
        partitioned=medium.partitioned,
        sector=medium.sector,
        clusters=medium.clusters,
    )
    layout: Layout = _writer(job).plan(tree, parameters)
    return layout


def _check_capacity(job: Job, needed: int) -> None:
    """Raise CapacityError when this is more than the medium holds; sizes in bytes."""
    if job.capacity and needed > job.capacity:
        raise CapacityError(
            f"The File-set needs {needed:,} bytes; a {job.medium.name} holds {job.capacity:,}. "
            "Nothing was written.",
            "Choose a larger medium, write fewer studies, or say --split to write several media.",
            needed,
            job.capacity,
        )


@contextmanager
def _proved(job: Job, file_set: FileSet, layout: Layout, watch: Watch) -> Iterator[_Proved]:
    """The medium beside its name, as long as the context lasts."""
    if job.envelope:
        _judge_clear(job, file_set, watch)
    if isinstance(layout, FolderLayout):
        with _folder(job, layout, watch) as folder:
            yield folder
    else:
        with _image(job, layout, watch) as image:
            yield image


@contextmanager
def _image(job: Job, layout: Layout, watch: Watch) -> Iterator[_Proved]:
    """Write the image beside OUT and read it back."""
    with Output(job.out, _room(layout)) as output:
        ticks = watch.ticks("write", layout.size)
        written = _writer(job).write(layout, output.stream, ticks, each=job.order.manifest is not None)
        output.close()
        verification = _read_back(job, output.path, layout, written, watch)
        yield _Proved(written, verification, partial(output.publish, job.order.force))


@contextmanager
def _folder(job: Job, layout: FolderLayout, watch: Watch) -> Iterator[_Proved]:
    """Write the files into a hidden folder and read them back there."""
    with FolderOutput(job.out, layout.size, job.order.force) as output:
        written = write_folder(layout, output.path, watch.ticks("write", layout.size))
        ticks = watch.ticks("read back", layout.size)
        for placed, sha256 in zip(layout.files, written.files, strict=True):
            if digest(FileContent.of(output.path.joinpath(*placed.path)), ticks) != sha256:
                name = "/".join(placed.path)
                raise ReadBackError(f"{name} read back is not what was written.", _FAULTY_DISK)
        verification = _judge(job, (read_folder(output.path),), watch, layout)
        yield _Proved(written, verification, output.publish)


def _read_back(job: Job, path: Path, layout: Layout, written: Written, watch: Watch) -> Verification:
    """Prove the image: its bytes are those written, its files lie where planned, its rules hold."""
    with ReadBack(path, _room(layout)) as read_back:
        media = read_medium(path)
        opened, _ = open_mail(media, opening_of(layout))
        found = {file.path: file.content for file in opened[0].files}
        same = found.keys() == {placed.path for placed in layout.files}
        if not same or not all(_is_there(placed, found[placed.path]) for placed in layout.files):
            raise ReadBackError("The files on the image are not those that were written.", _FAULTY_DISK)
        if job.format == "bridge" and len({_extents(view) for view in media}) != 1:
            raise ReadBackError("The two file systems of the image hold different files.", _FAULTY_DISK)
        verification = _judge(job, media, watch, layout)
        if not read_back.is_what_was(written, watch):
            raise ReadBackError("The image read back is not what was written.", _FAULTY_DISK)
    return verification


def _judge(
    job: Job, media: tuple[MediumView, ...], watch: Watch, layout: Layout | None = None
) -> Verification:
    """Ask every rule of the finished medium. Raises ReadBackError when one is broken.

    Its files are not read once more: every byte is compared by its digest with what was written.
    What `layout` has encrypted is opened first; without one, nothing was encrypted yet.
    """
    verification = verify_media(
        media, str(job.out), (*job.profiles, *job.also), _own_directory(watch.progress), watch.cancel,
        claim=job.claim, depth=Depth.PROVEN, opening=opening_of(layout) if layout else None,
    )  # fmt: skip
    if job.envelope and isinstance(layout, SmimeLayout):
        check_mail(verification.view.mail, job.envelope)
    elif job.envelope and layout:
        check_sealed(verification.view, layout.files, job.envelope)
    if verification.verdict != "conforms":
        worst = verification.findings[0]
        raise ReadBackError(
            f"The finished medium does not conform: {worst.rule}: {worst.message}.",
            "Nothing was left behind. This should not happen; please report it with this message.",
        )
    return verification


def _extents(view: MediumView) -> frozenset[tuple[int, int]]:
    """Where the files of a view lie; their names may differ from those of another one."""
    found = (file.content for file in view.files if file.size)
    return frozenset((each.offset, each.size) if isinstance(each, SliceContent) else (0, 0) for each in found)


def _is_there(planned: Placed, found: Content | None) -> bool:
    """Whether a reader found a file where it was planned; one that is encoded is compared by its bytes."""
    if isinstance(found, SliceContent) and isinstance(found.base, FileContent):
        # What lies there is known from the digest of the image.
        return (found.offset, found.size) == (planned.offset, planned.content.size)
    if found is None:
        return False
    content = planned.content
    known = content.sha256 if isinstance(content, DeflatedContent) else ""
    return digest(found) == (known or digest(content, name="/".join(planned.path)))
