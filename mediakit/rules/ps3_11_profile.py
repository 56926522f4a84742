"""PROF: instances and File-sets held against an Application Profile (PS3.11).

The rules know the slots of a profile, never a profile by name: what differs from profile to
profile is data. Each finding cites the profile's own table.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..dictionary import tag_of, tag_text, uid_name
from ..directory import applies, unfit
from ..model import Role
from ..profile.load import media
from ..profile.model import ANY_MEDIA_STORAGE, ObjectRow, Requirement
from ..profile.select import profiles_of_media
from ..profile.subject import Candidate, ProfiledFileSet
from ..report import Place
from . import Fact, Unchecked, rule


def _rows(candidate: Candidate) -> list[ObjectRow]:
    """The rows of the profile's table that take the instance's SOP class."""
    sop_class = candidate.instance.sop_class
    return [
        row
        for row in candidate.profile.objects
        if row.requirement.get(candidate.role, Requirement.UNDEFINED) is not Requirement.UNDEFINED
        and (
            row.sop_class == sop_class
            or (row.sop_class == ANY_MEDIA_STORAGE and candidate.table.type_of(sop_class))
        )
    ]


@rule(
    "PROF-001",
    on=Candidate,
    cites="PS3.11 8",
    says="{profile} does not take {sop_class}",
    advice="Choose a profile that takes this kind of object (`mediakit fit` shows which), or leave it out.",
)
def sop_class_allowed(candidate: Candidate) -> Iterator[Fact]:
    """The SOP class of every instance is in the profile's table of SOP classes."""
    # A SOP class without a Directory Record cannot be on any medium: PROF-003 says so.
    if not _rows(candidate) and candidate.table.type_of(candidate.instance.sop_class):
        args = {"profile": candidate.profile.id, "sop_class": uid_name(candidate.instance.sop_class)}
        yield Fact(args, citation=f"PS3.11 {candidate.profile.annex}.3.1")


@rule(
    "PROF-002",
    on=Candidate,
    cites="PS3.11 8",
    says="{profile} does not take the transfer syntax {found}, only {allowed}",
    advice="Choose a profile that takes it (`mediakit fit` shows which), or have the object converted.",
)
def transfer_syntax_allowed(candidate: Candidate) -> Iterator[Fact]:
    """Every instance is in a transfer syntax that the profile allows for its SOP class."""
    rows = _rows(candidate)
    allowed = {uid: row for row in rows for uid in row.transfer_syntaxes}
    found = candidate.instance.transfer_syntax
    if rows and found not in allowed:
        args = {
            "profile": candidate.profile.id,
            "found": uid_name(found) if found else "that could not be determined",
            "allowed": " or ".join(uid_name(uid) for uid in allowed),
        }
        yield Fact(args, citation=rows[0].citation)


@rule(
    "PROF-003",
    on=Candidate,
    cites="PS3.3 F.5",
    says="{reason}",
    advice="--supply KEYWORD=VALUE puts a missing value into the record; what has none must stay out.",
)
def record_possible(candidate: Candidate) -> Iterator[Fact]:
    """For every instance there is a Directory Record type, and all its Type 1 keys have values."""
    # On a medium the record is there already and is judged by itself (KEY rules).
    if candidate.role is not Role.FSC:
        return
    if reason := unfit(candidate.instance, candidate.table, candidate.supply):
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
    if directory is None:
        missing = subject.view.directory_path is None
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
    "PROF-006",
    on=ProfiledFileSet,
    cites="PS3.11 8",
    says="{profile} wants the key {keyword} {tag} in its {record} record, and it is {found}",
    advice="Readers that go by the directory lack a value; the instance holds it.",
)
def additional_keys(subject: ProfiledFileSet) -> Iterator[Fact | Unchecked]:
    """Directory Records hold the additional keys of the profile when their condition holds."""
    for reference in subject.view.references:
        instance = reference.file.instance if reference.file else None
        if instance is None:
            place = Place("/".join(reference.path), reference.record.index, reference.record.offset)
            because = "FSET-009" if reference.file else "FSET-008"
            yield Unchecked("the file behind the record cannot be looked at", place, because)
            continue
        for key in subject.profile.keys:
            record, tag = reference.record, tag_of(key.keyword)
            if record.type != key.record or not applies(key, instance):
                continue
            has_value = bool(record.keys.raw(tag)) or (tag in record.keys and not instance.keys.raw(tag))
            if not has_value:
                found = "empty" if tag in record.keys else "absent"
                args = {"profile": subject.profile.id, "keyword": key.keyword, "tag": tag_text(tag),
                        "record": record.type, "found": found}  # fmt: skip
                place = Place("/".join(reference.path), record.index, record.offset, tag_text(tag))
                yield Fact(args, place, citation=key.citation)


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


def _of(subject: ProfiledFileSet) -> Fact:
    return Fact({"profile": subject.profile.id}, citation=subject.profile.directory.citation)
