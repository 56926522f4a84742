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
from .conformance import conformance
from .consistency import inconsistent
from .contents import contents_of
from .creation import Creation, Ignored, LeftOut
from .dicomfile import same_instance
from .errors import (
    Cancelled,
    ConformanceError,
    NothingToWrite,
    NotUpdatable,
    PatientError,
    ReadBackError,
    SelectionError,
    UsageError,
)
from .fitting import Fitting
from .folder_update import update_folder
from .formats import fat, read_medium
from .formats.fat.volume import FatVolume
from .formats.tree import Evidence, MediumView, StoredFile, VolumeFile, VolumeTree
from .formats.tree import Path as Names
from .job import FOLDER, MEDIUM_OF_SUFFIX, Job, Order, plan_job
from .model import BytesContent, Instance, Role
from .people import check_people, people
from .profile.load import media
from .profile.load import profile as profile_of
from .profile.model import ApplicationProfile
from .profile.records import load_records
from .profile.select import file_system
from .progress import Cancel, ProgressCallback, Watch
from .read import DICOMDIR
from .report import Finding, fold
from .revision import Revision, revise
from .rules import judge
from .scan import Inventory, scan
from .selection import Selection, select
from .sources import Source, file_of
from .transfer import digest
from .update_result import Added, Removed, Update
from .values import text
from .verification import Verification
from .verify import verify, verify_media

_UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
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
        _check_selection(remove_selected)
    path, watch = Path(medium), Watch(progress, cancel)
    folders = tuple(Path(each) for each in profile_dirs)
    before = verify(path, profile=profile, profile_dirs=folders, progress=progress, cancel=cancel)
    updaters = _updaters(before, folders)
    inventory = scan(add, progress=progress, cancel=cancel)
    gone = _removed(before, tuple(remove), remove_selected)
    kept = [f.instance for f in before.view.instances() if f.instance and f.path not in gone]
    fresh, folded = _new(inventory, kept)
    if not (fresh or gone):
        raise _nothing(folded, inventory)
    if not (fresh or kept):
        raise NothingToWrite("Nothing would be left.", "Keep an instance, or erase the medium.")
    _check_people(kept, fresh, supply or {}, multi_patient, same_patient)
    chosen = _accepting(updaters, profile != "auto", fresh, kept, supply or {})
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


def _check_selection(selection: Selection) -> None:
    """A selection that says nothing would be everything. Raises UsageError."""
    selection.check()
    if selection == Selection():
        raise UsageError(
            "--remove does not say what. Nothing was changed.",
            "Give it UIDs, or say what goes with --patient, --study, --series, --accession, --modality, "
            "--since or --exclude.",
        )


def _updaters(before: Verification, folders: tuple[Path, ...]) -> list[ApplicationProfile]:
    """The profiles of the medium that have an Updater. Raises NotUpdatable."""
    view = before.view
    if view.is_closed:
        raise NotUpdatable(
            f"{before.path} is encrypted; media of secure profiles are not changed.",
            "Make a new medium with `mediakit create`.",
        )
    if before.verdict != "conforms" or view.directory is None or view.directory_path != ("DICOMDIR",):
        broken = before.findings[0].message if before.findings else "it has no DICOMDIR"
        raise NotUpdatable(
            f"{before.path} does not verify, so it is not changed: {broken}.",
            "`mediakit verify` shows everything; make a new medium of what can be read.",
        )
    found = [profile_of(name, folders) for name in before.conforms]
    updaters = [each for each in found if Role.FSU in each.roles and not each.secure]
    asked = before.requested != ("auto",)
    if not updaters or (asked and len(updaters) < len(before.requested)):
        named = ", ".join(before.requested) if asked else "No profile that the medium conforms to"
        raise NotUpdatable(
            f"{named} has {'no ' if asked else 'a '}File-set Updater (PS3.11). Nothing was changed.",
            "Make a new medium with `mediakit create`.",
        )
    return updaters


def _removed(before: Verification, uids: tuple[str, ...], selection: Selection | None) -> frozenset[Names]:
    """The paths of the instances that go: of these studies, series and instances, and selected.

    Raises SelectionError for what is not on the medium.
    """
    there = [(file.path, file.instance) for file in before.view.instances() if file.instance]
    going = [(path, instance) for path, instance in there if not uids or not _uids(instance).isdisjoint(uids)]
    known = {uid for _, instance in going for uid in _uids(instance)}
    if missing := [uid for uid in uids if uid not in known]:
        raise SelectionError(
            f"--remove {missing[0]} is on no instance of the medium. Nothing was changed.",
            "`mediakit inspect` shows the UIDs that are there.",
        )
    if selection is None:
        return frozenset(path for path, _ in going) if uids else frozenset()
    chosen, _ = select([instance for _, instance in going], selection, undated=False)
    wanted = {id(instance) for instance in chosen}
    return frozenset(path for path, instance in going if id(instance) in wanted)


def _uids(instance: Instance) -> set[str]:
    """The UIDs by which it may be named: of its study, its series and its own."""
    return {text(instance.keys, each) for each in _UIDS}


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


def _new(inventory: Inventory, kept: Sequence[Instance]) -> tuple[list[Instance], int]:
    """What is not on the medium yet, and how much is there already.

    Raises ConformanceError for a file that is damaged, or that differs from the instance of its UID.
    """
    left_out = [LeftOut(each.origin, each.reason, "FILE-015") for each in inventory.damaged]
    known = {each.sop_instance: each for each in kept}
    fresh, folded = [], 0
    for instance in inventory.instances:
        there = known.setdefault(instance.sop_instance, instance)
        if there is instance:
            fresh.append(instance)
        elif difference := same_instance(there, instance):
            reason = f"{there.origin} and {instance.origin}: {difference}"
            left_out.append(LeftOut(instance.origin, reason, "FSET-014"))
        else:
            folded += 1
    if left_out:
        raise _unfit(left_out, ())
    return fresh, folded


def _nothing(folded: int, inventory: Inventory) -> NothingToWrite:
    """Why there is nothing to do."""
    if folded:
        return NothingToWrite(
            f"The medium holds all {folded:,} instances already. Nothing was changed.",
            "There is nothing to do.",
        )
    if inventory.ignored:
        return NothingToWrite(
            "Nothing that is to be added is DICOM. Nothing was changed.", "Check the sources."
        )
    return NothingToWrite("There is nothing to add and nothing to remove.", "Say --add or --remove.")


def _unfit(left_out: Sequence[LeftOut], findings: Sequence[Finding]) -> ConformanceError:
    return ConformanceError(
        f"{left_out[0].source} cannot be added: {left_out[0].reason}. Nothing was changed.",
        "Mend it, or add the others without it.",
        Creation((), "", left_out=tuple(left_out), findings=fold(findings)),
    )


def _check_people(
    kept: Sequence[Instance], fresh: Sequence[Instance], supply: Mapping[str, str], multi: bool, same: bool
) -> None:
    """One medium is one person, or those who are on it already. Raises PatientError."""
    before, after = people(kept, supply), people((*kept, *fresh), supply)
    strangers = [person for person in after if person.id not in {known.id for known in before}]
    if before and strangers and not multi:
        listed = "".join(f"\n  {person}" for person in strangers)
        raise PatientError(
            f"Somebody comes who is not on the medium yet. Nothing was changed.{listed}",
            "Add the files of the right patient, or say --multi-patient if they shall share the medium.",
        )
    check_people(after, multi_patient=multi or bool(before), same_patient=same, expected=None)


def _accepting(
    updaters: Sequence[ApplicationProfile],
    asked: bool,
    fresh: Sequence[Instance],
    kept: Sequence[Instance],
    supply: Mapping[str, str],
) -> list[ApplicationProfile]:
    """The asked profiles, or all that take the new instances. Raises ConformanceError."""
    contrary = inconsistent((*kept, *fresh), supply)
    if contrary:
        left_out = [LeftOut(instance.origin, reason, rule) for instance, reason, rule in contrary]
        raise _unfit(left_out, ())
    fitting = Fitting(fresh, updaters, Role.FSU, supply)
    chosen = [each for each in updaters if asked or not any(fitting.stops(each))]
    judged = conformance(fresh, chosen or updaters[:1], Role.FSU, load_records(), supply)
    if judged.refused:
        refused = [
            LeftOut(each.instance.origin, each.reason, each.findings[0].rule) for each in judged.refused
        ]
        raise _unfit(refused, [finding for each in judged.refused for finding in each.findings])
    return chosen


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
        fat.update(path, before.view.media[0], [*new, dicomdir], revision.removed, created, watch.check)
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
        names = (name for name in chosen[0].media if word in map(file_system, media()[name].formats))
        medium, format = next(names), "iso" if file_system("iso") == word else word
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
