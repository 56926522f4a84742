"""PROF: instances and File-sets held against an Application Profile (PS3.11).

The rules know the slots of a profile, never a profile by name: what differs from profile to
profile is data. Each finding cites the profile's own table.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..dictionary import uid_name
from ..directory import unfit
from ..model import Role
from ..profile.constraint import condition_words, holds
from ..profile.load import media, sop_class_sets
from ..profile.model import CLAIMED, ObjectRow, Requirement
from ..profile.select import profiles_of_media
from ..profile.subject import Candidate, ProfiledFileSet
from ..values import text
from . import Fact, Unchecked, rule


def _rows(candidate: Candidate) -> list[ObjectRow]:
    """The rows of the profile's table that name the instance's SOP class for the role."""
    return [row for row in candidate.profile.objects if _defined(row, candidate) and _takes(row, candidate)]


def _defined(row: ObjectRow, candidate: Candidate) -> bool:
    """Whether the row asks anything of the role; a role that the profile leaves out is undefined."""
    asked = row.requirement.get(candidate.role, Requirement.UNDEFINED)
    return candidate.role in candidate.profile.roles and asked is not Requirement.UNDEFINED


def _takes(row: ObjectRow, candidate: Candidate) -> bool:
    sop_class, together = candidate.instance.sop_class, sop_class_sets().get(row.sop_class)
    if together is None:
        return row.sop_class == sop_class
    # PS3.4 Annex I grows with every edition: what has a Directory Record may be a class of a later one.
    later = together.open and _has_record(candidate)
    return sop_class in together.classes or later


def _has_record(candidate: Candidate) -> bool:
    """Whether there is a Directory Record for it: one that can be made, or that is on the medium already."""
    return candidate.role is not Role.FSC or bool(candidate.table.type_of(candidate.instance.sop_class))


def _met(candidate: Candidate) -> list[ObjectRow]:
    """Those of the rows whose condition the instance meets."""
    instance = candidate.instance
    return [row for row in _rows(candidate) if holds(row.when, instance.keys, instance.sop_class)]


@rule(
    "PROF-001",
    on=Candidate,
    cites="PS3.11 8",
    says="{profile} does not take {sop_class}",
    advice="Choose a profile that takes this kind of object (`mediakit fit` shows which), or leave it out.",
)
def sop_class_allowed(candidate: Candidate) -> Iterator[Fact]:
    """The SOP class of every instance is in the profile's table of SOP classes."""
    # A SOP class without a Directory Record cannot be written to any medium: PROF-003 says so.
    if not _rows(candidate) and _has_record(candidate):
        args = {"profile": candidate.profile.id, "sop_class": uid_name(candidate.instance.sop_class)}
        yield Fact(args, citation=_table_of_objects(candidate))


@rule(
    "PROF-002",
    on=Candidate,
    cites="PS3.11 8",
    recovery="auto",
    says="{profile} does not take the transfer syntax {found}, only {allowed}",
    advice="Choose a profile that takes it (`mediakit fit` shows which), or have the object converted.",
)
def transfer_syntax_allowed(candidate: Candidate) -> Iterator[Fact]:
    """Every instance is in a transfer syntax that the profile allows for its SOP class."""
    rows = _met(candidate)
    allowed = [uid for row in rows for uid in row.transfer_syntaxes]
    found = candidate.instance.transfer_syntax
    if rows and found not in allowed and not (found and CLAIMED in allowed):
        args = {
            "profile": candidate.profile.id,
            "found": uid_name(found) if found else "that could not be determined",
            "allowed": " or ".join(uid_name(uid) for uid in allowed if uid != CLAIMED) or "a known one",
        }
        yield Fact(args, citation=rows[0].citation)


@rule(
    "PROF-003",
    on=Candidate,
    cites="PS3.3 F.5",
    says="{reason}",
    advice="--supply KEYWORD=VALUE puts a missing value into the record; --private-records makes a record "
    "for objects that have no type.",
)
def record_possible(candidate: Candidate) -> Iterator[Fact]:
    """For every instance there is a Directory Record type, and all its Type 1 keys have values."""
    # On a medium the record is there already and is judged by itself (KEY rules).
    if candidate.role is not Role.FSC:
        return
    if reason := unfit(candidate.instance, candidate.table, candidate.supply, candidate.profile.keys):
        yield Fact({"reason": reason})


@rule(
    "PROF-004",
    on=ProfiledFileSet,
    cites="PS3.11 8",
    says="{profile} wants a Directory Information Module in the DICOMDIR, and there is none",
    advice="Write the medium again with a complete directory.",
)
def directory_information(subject: ProfiledFileSet) -> Iterator[Fact | Unchecked]:
    """The DICOMDIR holds its Directory Information Module where the profile wants it."""
    directory = subject.view.directory
    if not subject.profile.directory.information_required:
        return
    missing = subject.view.directory_path is None
    if directory is None and missing and not subject.profile.directory.required:
        return
    if directory is None:
        yield Unchecked("there is no directory to look at", because="FSET-001" if missing else "FSET-004")
    elif not directory.has_information:
        yield _of(subject)


@rule(
    "PROF-005",
    on=ProfiledFileSet,
    cites="PS3.11 8",
    says="{profile} does not allow an empty directory",
    advice="There is nothing to import by the directory; search the medium for DICOM files.",
)
def directory_not_empty(subject: ProfiledFileSet) -> Iterator[Fact]:
    """The directory holds at least one record where the profile wants it."""
    directory = subject.view.directory
    if not subject.profile.directory.empty_allowed and directory and not directory.records:
        yield _of(subject)


@rule(
    "PROF-007",
    on=ProfiledFileSet,
    cites="PS3.11 8",
    says="{profile} is a profile for {wanted}, but the medium is {found}",
    advice="Choose the medium that the profile names, or a profile for this medium.",
)
def medium_allowed(subject: ProfiledFileSet) -> Iterator[Fact]:
    """The medium is written in a Media Format that the profile names."""
    found = [view.evidence.id for view in subject.view.media]
    if not profiles_of_media(subject.view.media, [subject.profile]):
        wanted = " or ".join(media()[word].name for word in subject.profile.media)
        args = {"profile": subject.profile.id, "wanted": wanted, "found": " and ".join(found)}
        yield Fact(args, citation=f"PS3.11 {subject.profile.annex}.3.2")


def _table_of_objects(candidate: Candidate) -> str:
    """The table of SOP classes, as the profile cites it."""
    rows = candidate.profile.objects
    return rows[0].citation if rows else f"PS3.11 {candidate.profile.annex}.3.1"


@rule(
    "PROF-012",
    on=Candidate,
    cites="PS3.11 8",
    says="{profile} takes {sop_class} only where {wanted}, but it is {found}",
    advice="Choose a profile that takes it (`mediakit fit` shows which), or leave it out.",
)
def condition_of_row(candidate: Candidate) -> Iterator[Fact]:
    """An instance meets the condition under which the profile takes its SOP class."""
    rows = _rows(candidate)
    if not rows or _met(candidate):
        return
    keys, conditions = candidate.instance.keys, [row.when for row in rows if row.when]
    args = {
        "profile": candidate.profile.id,
        "sop_class": uid_name(candidate.instance.sop_class),
        "wanted": " or ".join(dict.fromkeys(condition_words(when) for when in conditions)),
        "found": text(keys, conditions[0].keyword) or "absent",
    }
    yield Fact(args, citation=rows[0].citation)


@rule(
    "PROF-018",
    on=Candidate,
    cites="PS3.11 8",
    says="The claim does not name {what}, which {profile} leaves to the conformance statement",
    advice="Add it to the claim if the conformance statement has it, or leave the object out.",
)
def claimed(candidate: Candidate) -> Iterator[Fact]:
    """What the profile leaves to the conformance statement is in the claim."""
    claim, instance = candidate.claim, candidate.instance
    for row in _met(candidate) if claim else ():
        assert claim
        by_statement = row.requirement[candidate.role] in _BY_STATEMENT
        if by_statement and instance.sop_class not in claim.sop_classes:
            yield _unclaimed(candidate, row, instance.sop_class)
            return
        if CLAIMED in row.transfer_syntaxes and instance.transfer_syntax not in claim.transfer_syntaxes:
            yield _unclaimed(candidate, row, instance.transfer_syntax)
            return


_BY_STATEMENT = (Requirement.STATEMENT, Requirement.MANDATORY_STATEMENT)


def _unclaimed(candidate: Candidate, row: ObjectRow, uid: str) -> Fact:
    return Fact({"what": uid_name(uid), "profile": candidate.profile.id}, citation=row.citation)


def _of(subject: ProfiledFileSet) -> Fact:
    return Fact({"profile": subject.profile.id}, citation=subject.profile.directory.citation)
