"""File-set Updater: instances onto a medium and off it, everything else as it is (PS3.10 8.3).

    verify -> scan what is added -> judge -> revise -> judge the whole -> write -> verify

A medium that does not conform is not changed, nor one of whose profiles none has an Updater.
Folders, mounted sticks and FAT images are changed in place; of any other medium a new image is made.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from .author import rewrite
from .contents import contents_of
from .creation import Ignored
from .errors import Cancelled, NothingToWrite, NotUpdatable, ReadBackError, UsageError
from .folder_update import update_folder
from .formats import fat, read_medium
from .formats.fat.updater import update as update_volume
from .formats.fat.volume import FatVolume
from .formats.tree import Evidence, MediumView, StoredFile, VolumeFile, VolumeTree
from .job import FOLDER, MEDIUM_OF_SUFFIX, Job, Order, plan_job
from .model import BytesContent
from .profile.load import media
from .profile.model import ApplicationProfile
from .profile.records import load_records
from .profile.select import file_system
from .progress import Cancel, ProgressCallback, Watch
from .read import DICOMDIR
from .report import fold
from .revision import Revision, revise
from .rules import judge
from .scan import Inventory, scan
from .selection import Selection
from .sources import Source, file_of
from .transfer import digest
from .update_result import Added, Removed, Update
from .updating import accepting, check_selection, check_strangers, coming, leaving, nothing_to_do, updaters_of
from .verification import Verification
from .verify import verify, verify_media

_VERIFY = "Run `mediakit verify` on it, and make a new medium if it reports an error."
_NEW_IMAGE = "Say -o NEW to make a new image with the change; the medium stays as it is."


def update(
    medium: str | os.PathLike[str],
    *,
    add: Iterable[Source] = (),
    remove: Iterable[str] = (),
    remove_selected: Selection | None = None,
    out: str | os.PathLike[str] | None = None,
    profile: str | Sequence[str] = "auto",
    supply: Mapping[str, str] | None = None,
    multi_patient: bool = False,
    same_patient: bool = False,
    force: bool = False,
    created: datetime | None = None,
    profile_dirs: Iterable[str | os.PathLike[str]] = (),
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
) -> Update:
    """Add the instances of sources to a File-set, and remove those of studies, series and instances.

    `remove` are UIDs, `remove_selected` says it by patient, study, modality and so on; where both are
    given, what goes is of these UIDs and selected. No date is before any `since`: a study without one
    stays. The change is made in place, or in a new image `out`. The File-set keeps its UID, and every
    file that stays its File ID and its bytes. `profile` is "auto" (one that the medium
    conforms to and that has an Updater) or identifiers that it must conform to, before and after.
    For `supply`, `multi_patient`, `same_patient`, `force` and `created` see `create`.

    Raises NotUpdatable, SelectionError, ConformanceError and the other errors of `mediakit.errors`,
    with the medium as it was.
    """
    if remove_selected is not None:
        check_selection(remove_selected)
    path, watch = Path(medium), Watch(progress, cancel)
    folders = tuple(Path(each) for each in profile_dirs)
    before = verify(path, profile=profile, profile_dirs=folders, progress=progress, cancel=cancel)
    updaters = updaters_of(before, folders)
    inventory = scan(add, progress=progress, cancel=cancel)
    gone = leaving(before, tuple(remove), remove_selected)
    kept = [f.instance for f in before.view.instances() if f.instance and f.path not in gone]
    fresh, folded = coming(inventory, kept)
    if not (fresh or gone):
        raise nothing_to_do(folded, inventory)
    if not (fresh or kept):
        raise NothingToWrite("Nothing would be left.", "Keep an instance, or erase the medium.")
    check_strangers(kept, fresh, supply or {}, multi_patient, same_patient)
    chosen = accepting(updaters, profile != "auto", fresh, kept, supply or {})
    keys = tuple(key for each in chosen for key in each.keys)
    revision, records = revise(
        before.view, fresh, gone, load_records(), keys, supply or {}, _names(path, before)
    )
    _refuse_to_write_over(inventory, None if out is None else Path(out))
    whole = _whole(before, revision)
    chosen = _conforming(whole, before, chosen, profile != "auto", watch)
    target = path if out is None else Path(out)
    in_place = out is None or (target.exists() and target.samefile(path))
    if in_place:
        _in_place(path, before, revision, created or datetime.now(UTC).astimezone(), watch)
    else:
        chosen = _as_new(target, before, revision, whole, chosen, force, created, watch)
    after = _after(target, chosen, revision, watch)
    files = before.view.files
    removed = [(path, found) for path in revision.removed if (found := files[path].instance)]
    notes = [finding for each in records.supplied for finding in judge(each)]
    return Update(
        path=str(target),
        in_place=in_place,
        profiles=tuple(each.id for each in chosen),
        file_set_id=before.view.id,
        file_set_uid=before.view.uid,
        added=tuple(
            Added(each.instance.origin, each.file_id.components, each.instance.sop_instance)
            for each in revision.added
            if each.instance
        ),
        removed=tuple(Removed(path, instance.sop_instance) for path, instance in removed),
        removed_contents=contents_of(instance for _, instance in removed),
        folded=folded,
        ignored=tuple(Ignored(each.origin, each.reason) for each in inventory.ignored),
        contents=after.contents,
        findings=fold([*notes, *after.findings]),
        verified=True,
    )


def _names(path: Path, before: Verification) -> Iterator[str]:
    """The names in the root of the medium, those of empty folders too."""
    view = before.view.media[0]
    yield from (file.path[0] for file in view.files)
    if isinstance(view.facts, FatVolume):
        yield from (entry.path[0] for entry in view.facts.entries)
    if path.is_dir():
        yield from (entry.name for entry in path.iterdir())


def _refuse_to_write_over(inventory: Inventory, out: Path | None) -> None:
    """No source is ever changed, not even with --force. Raises UsageError."""
    if out is None or not out.is_file():
        return
    if any(path.samefile(out) for each in inventory.instances if (path := file_of(each.content))):
        raise UsageError(f"{out} is one of the sources.", "Choose another name for what is written.")


def _whole(before: Verification, revision: Revision) -> tuple[StoredFile, ...]:
    """All files of the medium as it will be; the DICOMDIR is where it was. Raises NotUpdatable."""
    gone, dicomdir = set(revision.removed), BytesContent(revision.dicomdir)
    files = []
    for file in before.view.media[0].files:
        if file.content is None:
            raise NotUpdatable(f"{'/'.join(file.path)} cannot be read.", "Nothing was changed.")
        if file.path == (DICOMDIR,):
            files.append(StoredFile(file.path, dicomdir, dicomdir.size))
        elif file.path not in gone:
            files.append(file)
    new = (StoredFile(each.file_id.components, each.content, each.content.size) for each in revision.added)
    return (*files, *new)


def _conforming(
    files: tuple[StoredFile, ...],
    before: Verification,
    chosen: Sequence[ApplicationProfile],
    asked: bool,
    watch: Watch,
) -> list[ApplicationProfile]:
    """The profiles that the File-set will conform to, by every rule, before anything is written.

    Raises NotUpdatable when that is none, or not all of those that were asked for.
    """
    view = MediumView(Evidence(FOLDER, "the File-set after the change"), files)
    wanted = tuple(chosen) if asked else ()
    judged = verify_media((view,), before.path, wanted, watch.progress, watch.cancel, chosen)
    found = [each for each in chosen if each.id in judged.conforms]
    if judged.verdict != "conforms" or not found or (asked and len(found) < len(chosen)):
        worst = judged.findings[0]
        raise NotUpdatable(
            f"The File-set would not conform after the change: {worst.rule}: {worst.message}.",
            "Nothing was changed.",
        )
    return found


def _in_place(path: Path, before: Verification, revision: Revision, created: datetime, watch: Watch) -> None:
    """Change the medium itself. Raises UsageError for one that cannot be changed."""
    new = [VolumeFile(each.file_id.components, each.content) for each in revision.added]
    dicomdir = VolumeFile((DICOMDIR,), BytesContent(revision.dicomdir))
    kinds = [each.evidence.id for each in before.view.media]
    if kinds == [FOLDER]:
        update_folder(path, [*new, dicomdir], revision.removed, watch)
    elif kinds == [fat.id] and not path.is_file():
        raise UsageError(
            f"{path} is a device; update changes mounted sticks, folders and images.",
            "Mount it, and name the folder; or say -o NEW to make an image with the change.",
        )
    elif kinds == [fat.id]:
        update_volume(path, before.view.media[0], [*new, dicomdir], revision.removed, created, watch.check)
    else:
        raise UsageError(f"A medium with {' and '.join(kinds)} cannot be changed in place.", _NEW_IMAGE)


def _as_new(
    target: Path,
    before: Verification,
    revision: Revision,
    whole: Sequence[StoredFile],
    chosen: Sequence[ApplicationProfile],
    force: bool,
    created: datetime | None,
    watch: Watch,
) -> list[ApplicationProfile]:
    """A new medium with all files that stay, and the new ones behind them; gives its profiles."""
    job = _job(target, before, chosen, force, created)
    tree = VolumeTree(tuple(VolumeFile(file.path, file.content) for file in whole if file.content))
    rewrite(job, revision.file_set, tree, watch)
    return list(job.profiles or chosen)


def _job(
    target: Path,
    before: Verification,
    chosen: Sequence[ApplicationProfile],
    force: bool,
    created: datetime | None,
) -> Job:
    """The job that writes a medium of the same kind; a folder may become an image, by the name of OUT."""
    views = before.view.media
    kinds = [each.evidence.id for each in views]
    word = "bridge" if len(kinds) > 1 else kinds[0]
    if word == FOLDER and (named := MEDIUM_OF_SUFFIX.get(target.suffix.lower())):
        medium, format = named, None
    elif word == FOLDER:  # which may be of any medium, and has the size of its disk
        medium, format, chosen = None, FOLDER, ()
    else:
        names = (
            name for each in chosen for name in each.media if word in map(file_system, media()[name].formats)
        )
        if (medium := next(names, None)) is None:
            raise NotUpdatable(
                f"No medium of {chosen[0].id} is written as {word}. Nothing was changed.",
                "Name the profile that it was made for with --profile.",
            )
        format = "iso" if file_system("iso") == word else word
    return plan_job(
        Order(
            out=target,
            profiles=tuple(each.id for each in chosen if medium in each.media),
            medium=medium,
            format=format,
            capacity=views[0].size if word == fat.id else None,
            file_set_id=before.view.id,
            supply={},
            selection=Selection(),
            expect_patient=None,
            expect=None,
            multi_patient=True,
            same_patient=True,
            leave_out=False,
            force=force,
            dry_run=False,
            institution="",
            contact="",
            manifest=None,
            created=created,
        )
    )


def _after(
    target: Path, chosen: Sequence[ApplicationProfile], revision: Revision, watch: Watch
) -> Verification:
    """The medium as it is now, in order. Raises ReadBackError, and Cancelled, which come too late to undo."""
    try:
        after = verify_media(read_medium(target), str(target), tuple(chosen), watch.progress, watch.cancel)
    except Cancelled as error:
        raise Cancelled(
            f"Stopped while {target} was read back: it is changed, but not proved.",
            "Run `mediakit verify` on it.",
        ) from error
    _check_after(after, revision)
    return after


def _check_after(after: Verification, revision: Revision) -> None:
    """Whether the medium holds what it should. Raises ReadBackError, which leaves it as it is."""
    wanted = {each.file_id.components: each.content for each in revision.added}
    wanted[(DICOMDIR,)] = BytesContent(revision.dicomdir)
    files = {file.path: file.content for file in after.view.media[0].files}
    for path, content in wanted.items():
        found = files.get(path)
        if found is None or digest(found) != digest(content, name="/".join(path)):
            raise ReadBackError(f"{'/'.join(path)} read back is not what was written.", _VERIFY)
    if after.verdict != "conforms" or any(path in files for path in revision.removed):
        worst = after.findings[0].message if after.findings else "a removed file is still there"
        raise ReadBackError(f"The changed medium does not verify: {worst}.", _VERIFY)
