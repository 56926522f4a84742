"""What an update may change: the medium and its profiles, what goes, what comes, and whose it is.

Everything here is decided before anything is written; see `update.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from .conformance import conformance
from .consistency import inconsistent
from .creation import Creation, LeftOut
from .dicomfile import same_instance
from .errors import ConformanceError, NothingToWrite, NotUpdatable, PatientError, SelectionError, UsageError
from .fitting import Fitting
from .formats.tree import Path as Names
from .model import Instance, Role
from .people import check_people, people
from .profile.load import profile as profile_of
from .profile.model import ApplicationProfile
from .profile.records import load_records
from .report import Finding, fold
from .scan import Inventory
from .selection import Selection, select
from .values import text
from .verification import Verification

_UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")


def check_selection(selection: Selection) -> None:
    """A selection that says nothing would be everything. Raises UsageError."""
    selection.check()
    if selection == Selection():
        raise UsageError(
            "--remove does not say what. Nothing was changed.",
            "Give it UIDs, or say what goes with --patient, --study, --series, --accession, --modality, "
            "--since or --exclude.",
        )


def updaters_of(before: Verification, folders: tuple[Path, ...]) -> list[ApplicationProfile]:
    """The profiles of the medium that have an Updater. Raises NotUpdatable."""
    view = before.view
    if view.is_closed:
        raise NotUpdatable(
            f"{before.path} is encrypted; media of secure profiles are not changed.",
            "Make a new medium with `mediakit create`.",
        )
    if before.verdict != "conforms" or view.directory is None or view.directory_path != ("DICOMDIR",):
        broken = _first_of(before.findings) if before.findings else "it has no DICOMDIR"
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


def _first_of(findings: Sequence[Finding]) -> str:
    """The gravest finding, with the file that it is about."""
    worst = findings[0]
    return f"{worst.message} ({worst.where.path})" if worst.where.path else worst.message


def leaving(before: Verification, uids: tuple[str, ...], selection: Selection | None) -> frozenset[Names]:
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


def coming(inventory: Inventory, kept: Sequence[Instance]) -> tuple[list[Instance], int]:
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


def nothing_to_do(folded: int, inventory: Inventory) -> NothingToWrite:
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


def check_strangers(
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


def accepting(
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
