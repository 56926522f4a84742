"""FSET and FSID: the files and the directory taken together (PS3.10 section 8)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from ..formats.iso9660.volume import IsoVolume
from ..formats.tree import MediumView
from ..lookup import How, leads_out, shift
from ..patience import GAVE_UP
from ..places import place_of
from ..read import DICOMDIR, FileSetView
from ..report import Place, Severity
from ..values import is_uid
from . import Fact, Unchecked, rule
from .closed import closed_by, mail_closed_by
from .references import reference_place

_COMPONENT = re.compile(r"[A-Z0-9_]{1,8}")
_FILE_SET_ID = re.compile(r"[A-Z0-9_]{0,16}")


@rule(
    "FSET-001",
    on=FileSetView,
    cites="PS3.10 8.6",
    recovery="auto-with-note",
    says="{found}",
    advice="Without a directory a reader must search the medium; the instances listed can still be imported.",
)
def one_directory(view: FileSetView) -> Iterator[Fact | Unchecked]:
    """The root of a medium with one File-set holds exactly one file named DICOMDIR."""
    in_root = [path for path in view.directories if len(path) == 1]
    if view.mail and not view.mail.is_open and not view.files:
        yield Unchecked("the e-mail is encrypted", because=mail_closed_by(view.mail))
    elif not view.directories:
        yield Fact({"found": "There is no DICOMDIR"})
    elif not in_root:
        yield Fact({"found": "The DICOMDIR is not in the root"}, Place(path="/".join(view.directories[0])))


@rule(
    "FSET-002",
    on=FileSetView,
    cites="PS3.10 8.1",
    recovery="auto-with-note",
    says="There is a further DICOMDIR beside the one that was read",
    advice="Each File-set needs a medium of its own; check which directory describes the files.",
)
def no_second_directory(view: FileSetView) -> Iterator[Fact]:
    """A File-set holds one DICOMDIR and no other file of that name."""
    for path in view.directories:
        if path != view.directory_path:
            yield Fact(place=Place(path="/".join(path)))


@rule(
    "FSET-003",
    on=FileSetView,
    cites="PS3.10 8.6",
    recovery="auto",
    says="The directory is called {name!r}, not DICOMDIR",
    advice="Readers that look for the exact name will not find it.",
)
def directory_name(view: FileSetView) -> Iterator[Fact]:
    """The name of the directory is DICOMDIR in upper case without an extension."""
    if view.directory_path and view.directory_path[-1] != DICOMDIR:
        yield Fact({"name": view.directory_path[-1]}, Place(path="/".join(view.directory_path)))


@rule(
    "FSET-004",
    on=FileSetView,
    cites="PS3.10 8.1",
    recovery="auto-with-note",
    says="The DICOMDIR cannot be read: {reason}",
    advice="The files are found by searching the medium instead.",
)
def directory_readable(view: FileSetView) -> Iterator[Fact | Unchecked]:
    """The DICOMDIR is a DICOM file that holds the Basic Directory."""
    if view.directory_path and view.directory is None:
        place = Place(path="/".join(view.directory_path))
        file = view.files[view.directory_path]
        if file.opened and file.is_closed:
            yield Unchecked("the DICOMDIR is encrypted", place, because=closed_by(file.opened))
        elif file.readable:
            yield Fact({"reason": "it is not a DICOM file"}, place)
        else:
            yield Fact({"reason": file.reason}, place, because="FSET-012")


@rule(
    "FSET-005",
    on=FileSetView,
    cites="PS3.10 8.1",
    says="The File-set UID is {found}",
    advice="The medium cannot be told from another one; write it again.",
)
def file_set_uid(view: FileSetView) -> Iterator[Fact]:
    """A File-set has a UID: the SOP Instance UID of its DICOMDIR."""
    if view.directory and not is_uid(view.uid):
        place = Place(path="/".join(view.directory_path or ()), tag="(0002,0003)")
        yield Fact({"found": repr(view.uid) if view.uid else "absent"}, place)


@rule(
    "FSET-006",
    on=FileSetView,
    cites="PS3.3 F.2.1",
    says="No Directory Record refers to this DICOM file",
    advice="Readers that go by the DICOMDIR will never show it. Import it only after looking at it.",
)
def every_file_referenced(view: FileSetView) -> Iterator[Fact]:
    """Every DICOM file of a File-set is referenced by a Directory Record."""
    if view.directory is None:
        return
    referenced = {reference.path for reference in view.references}
    for file in view.instances():
        if file.path not in referenced and file.instance:
            yield Fact(place=place_of(file.instance, file.name), recovery="ask")


@rule(
    "FSET-007",
    on=FileSetView,
    cites="PS3.3 F.2.1",
    recovery="auto",
    says="{count} Directory Records refer to one file",
    advice="One of the records is wrong; the file is read once.",
)
def referenced_once(view: FileSetView) -> Iterator[Fact]:
    """A file is referenced by at most one Directory Record."""
    counts = Counter(reference.path for reference in view.references)
    for path, count in counts.items():
        if count > 1:
            yield Fact({"count": count}, Place(path="/".join(path)))


@rule(
    "FSET-008",
    on=FileSetView,
    cites="PS3.3 F.2.1",
    says="The file that a Directory Record refers to is not on the medium",
    advice="These instances are lost on this medium; ask the sender for them.",
)
def referenced_exists(view: FileSetView) -> Iterator[Fact]:
    """Every file that a Directory Record refers to is on the medium under exactly that name."""
    for reference in view.references:
        if reference.file is None:
            because = "FSET-010" if leads_out(reference.file_id) else None
            yield Fact(place=reference_place(reference), because=because)


@rule(
    "FSET-017",
    on=FileSetView,
    cites="PS3.3 F.2.1",
    says="The file that a Directory Record refers to lies under another name ({change})",
    advice="Readers that take the name as it is will not find it. mediakit found it; see the recovery.",
)
def under_its_name(view: FileSetView) -> Iterator[Fact]:
    """A file that a Directory Record refers to has the name that the record gives."""
    for reference in view.references:
        if reference.how is How.EXACT:
            continue
        change = _SPELT.get(reference.how) or shift(reference.named, reference.path)
        recovery = "auto" if reference.named == _without_version(reference.path) else "auto-with-note"
        because = "FSID-005" if reference.how is How.EXTENSION else None
        yield Fact({"change": change}, reference_place(reference), because, recovery)


def _without_version(path: tuple[str, ...]) -> tuple[str, ...]:
    """What ISO 9660 appends to names is no other name, wherever it is shown."""
    return tuple(_VERSION.sub("", name) for name in path)


_VERSION = re.compile(r"\.?(;\d+)?$")
_SPELT = {How.SPELLING: "spelt otherwise", How.EXTENSION: "with an extension"}
"""What changed in a name; otherwise the folders did."""


@rule(
    "FSET-009",
    on=FileSetView,
    cites="PS3.10 8.1",
    says="The file that a Directory Record refers to is not DICOM: {reason}",
    advice="The instance is lost on this medium; ask the sender for it.",
)
def referenced_is_dicom(view: FileSetView) -> Iterator[Fact | Unchecked]:
    """Only DICOM files are referenced by Directory Records."""
    for reference in view.references:
        if reference.file and not reference.file.instance:
            if reference.file.opened and reference.file.is_closed:
                because = closed_by(reference.file.opened)
                yield Unchecked(f"it is {reference.file.reason}", reference_place(reference), because)
            elif reference.file.readable:
                yield Fact({"reason": reference.file.reason}, reference_place(reference))
            else:
                reason = f"the file cannot be read ({reference.file.reason})"
                yield Unchecked(reason, reference_place(reference), because="FSET-012")


@rule(
    "FSET-010",
    on=FileSetView,
    cites="PS3.10 8.6",
    says="A Directory Record refers to {found!r}, which lies outside the File-set",
    advice="Never follow it: the medium may be hostile.",
)
def inside_file_set(view: FileSetView) -> Iterator[Fact]:
    """The DICOMDIR refers to files of its own File-set only."""
    for reference in view.references:
        if leads_out(reference.file_id):
            yield Fact({"found": str(reference.file_id)}, reference_place(reference), recovery="never")


@rule(
    "FSET-011",
    on=FileSetView,
    cites="PS3.3 F.3.2.1",
    says="The File-set Descriptor File {found!r} is {problem}",
    advice="The description of the medium is not to be found; the instances are not affected.",
)
def descriptor_file(view: FileSetView) -> Iterator[Fact]:
    """The File-set Descriptor File, if one is named, is on the medium and is not DICOM."""
    named = view.directory.descriptor if view.directory else None
    if named is None:
        return
    file = view.files.get(named.components)
    if file is None or file.instance:
        problem = "a DICOM file" if file else "not on the medium"
        yield Fact({"found": str(named), "problem": problem}, Place(tag="(0004,1141)"))


@rule(
    "FSET-018",
    on=FileSetView,
    cites="PS3.3 F.3.2.1",
    says="The File-set Descriptor File {found!r} is not in ASCII, and nothing says in which characters it is",
    advice="Its words may be shown wrong; the instances are not affected.",
)
def descriptor_characters(view: FileSetView) -> Iterator[Fact | Unchecked]:
    """(0004,1142) is there when the File-set Descriptor File needs more than the default characters."""
    if not view.directory or view.directory.descriptor is None:
        return
    file = view.files.get(view.directory.descriptor.components)
    if file is None or file.content is None or file.instance:
        return  # of which FSET-011 tells
    place = Place(path=file.name, tag="(0004,1142)")
    try:
        with file.content.open() as stream:
            start = stream.read(_DESCRIPTION)
    except OSError as error:
        yield Unchecked(f"the file cannot be read ({error.strerror or error})", place)
        return
    if not start.isascii() and not view.directory.instance.keys.raw(0x00041142):
        yield Fact({"found": str(view.directory.descriptor)}, place)


_DESCRIPTION = 1 << 20
"""Bytes of a description that are looked at; it is a text for people."""


@rule(
    "FSET-012",
    on=FileSetView,
    cites="PS3.10 8.1",
    says="The file cannot be read: {reason}",
    advice="Clean the disc or try another drive; what stays unreadable is lost.",
)
def files_readable(view: FileSetView) -> Iterator[Fact | Unchecked]:
    """The medium holds all the bytes of every file."""
    for file in view.files.values():
        if file.reason == GAVE_UP:
            yield Unchecked(file.reason, Place(path=file.name))
        elif not file.readable:
            yield Fact({"reason": file.reason}, Place(path=file.name))


@rule(
    "FSID-001",
    on=FileSetView,
    cites="PS3.10 8.5",
    recovery="auto",
    says="The File-set ID {found!r} is not up to 16 characters of A-Z 0-9 _",
    advice="Harmless for reading; choose a legal ID when the medium is written again.",
)
def file_set_id(view: FileSetView) -> Iterator[Fact]:
    """The File-set ID has 0 to 16 characters, each A-Z, 0-9 or underscore."""
    if not _FILE_SET_ID.fullmatch(view.id):
        yield Fact({"found": view.id}, Place(path=DICOMDIR, tag="(0004,1130)"))


@rule(
    "FSID-002",
    on=FileSetView,
    cites="PS3.10 8.2",
    recovery="auto",
    says="File ID component {component!r} is not 1 to 8 characters of A-Z 0-9 _",
    advice="Readers may fail to find the file; write the medium again under legal names.",
)
def component_characters(view: FileSetView) -> Iterator[Fact]:
    """A File ID component has 1 to 8 characters, each A-Z, 0-9 or underscore."""
    for reference in view.references:
        for component in reference.file_id.components:
            if not _COMPONENT.fullmatch(component):
                yield Fact({"component": component}, reference_place(reference, "(0004,1500)"))


@rule(
    "FSID-003",
    on=FileSetView,
    cites="PS3.10 8.2",
    recovery="auto",
    says="A File ID has {count} components",
    advice="Readers may fail to find the file; write the medium again with fewer folders.",
)
def component_count(view: FileSetView) -> Iterator[Fact]:
    """A File ID has 1 to 8 components."""
    for reference in view.references:
        count = len(reference.file_id.components)
        if not 1 <= count <= 8:
            yield Fact({"count": count}, reference_place(reference, "(0004,1500)"))


@rule(
    "FSID-004",
    on=FileSetView,
    cites="PS3.10 8.2",
    says="Two files have names that differ only in upper and lower case",
    advice="On most systems one of them cannot be reached; rename one.",
)
def names_unique(view: FileSetView) -> Iterator[Fact]:
    """File IDs are unique in the File-set, also where case does not count."""
    seen: dict[str, str] = {}
    for file in view.instances():
        other = seen.setdefault(file.name.upper(), file.name)
        if other != file.name:
            yield Fact(place=Place(path=file.name))


@rule(
    "FSID-005",
    on=FileSetView,
    cites="PS3.12 F.1.2.1",
    recovery="auto-with-note",
    says="The DICOM file has a name with an extension",
    advice="The DICOMDIR cannot name it; readers that go by the directory will not find it.",
)
def no_extension(view: FileSetView) -> Iterator[Fact]:
    """The names of DICOM files have no extension, on any medium."""
    for file in view.instances():
        if file.instance and any("." in name for name in file.path):
            yield Fact(place=place_of(file.instance, file.name))


@rule(
    "ISO-002",
    on=FileSetView,
    cites="PS3.12 F.1.1",
    says="The Volume Identifier is {volume!r}, but the File-set ID is {file_set!r}",
    advice="Harmless for reading; people and robots may mistake the disc for another one.",
)
def volume_is_named_after_file_set(view: FileSetView) -> Iterator[Fact]:
    """On a CD the Volume Identifier of ISO 9660 is the File-set ID."""
    for medium in view.media:
        volume = medium.facts
        if view.directory and isinstance(volume, IsoVolume) and volume.pvd:
            name = volume.pvd.volume_identifier.decode("ascii", "backslashreplace").rstrip(" ")
            if name != view.id:
                yield Fact({"volume": name, "file_set": view.id})


@rule(
    "FSET-015",
    on=MediumView,
    cites="PS3.10 8.3",
    says="Part of the medium cannot be read: {detail}",
    advice="Nobody can say what is in there; allow reading it, clean the disc, or try another drive.",
)
def everything_can_be_entered(medium: MediumView) -> Iterator[Fact]:
    """Every folder and file of a medium can be read."""
    for anomaly in medium.anomalies:
        if anomaly.kind in ("unreadable", "unread-session"):
            yield Fact({"detail": anomaly.detail})


@rule(
    "RISK-002",
    on=MediumView,
    cites="PS3.10 8.6",
    severity=Severity.WARNING,
    recovery="never",
    says="The medium holds a link or a special file, which was not followed: {detail}",
    advice="It may lead out of the medium. What it stands for was not judged.",
)
def no_links(medium: MediumView) -> Iterator[Fact]:
    """A medium holds files and folders, no links out of it and no devices."""
    for anomaly in medium.anomalies:
        if anomaly.kind in ("symlink", "special-file", "cycle"):
            yield Fact({"detail": anomaly.detail})
