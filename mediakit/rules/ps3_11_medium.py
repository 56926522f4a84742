"""PROF: File-sets and their directories held against a profile (PS3.11 X.3.3 and X.3.5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..dicomfile import parse_items
from ..dictionary import tag_of, tag_text, uid_name
from ..keys import applies, has_value, source_of
from ..model import Attributes
from ..profile.model import DirectoryKey
from ..profile.record_kinds import RecordKind
from ..profile.subject import Gathering, ProfiledFileSet
from ..read import FileSetView, FileView
from ..report import PLACES_SHOWN, Place
from . import Fact, Unchecked, rule
from .ps3_11_attributes import icon_problems

_ICON = tag_of("IconImageSequence")


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
        if reference.file is None or reference.file.instance is None:
            place = Place("/".join(reference.path), reference.record.index, reference.record.offset)
            because = "FSET-009" if reference.file else "FSET-008"
            yield Unchecked("the file behind the record cannot be looked at", place, because)
    keys: dict[str, list[DirectoryKey]] = {}
    for key in subject.profile.keys:
        keys.setdefault(key.record, []).append(key)
    for kind in subject.records if keys else ():
        for key in keys.get(kind.record.type, ()):
            if found := _lacking(key, kind):
                tag = tag_text(tag_of(key.keyword))
                args = {"profile": subject.profile.id, "keyword": key.keyword, "tag": tag,
                        "record": key.record, "found": found}  # fmt: skip
                places = tuple(replace(place, tag=tag) for place in kind.places)
                yield Fact(args, places[0], citation=key.citation, count=kind.count, places=places)


def _lacking(key: DirectoryKey, kind: RecordKind) -> str:
    """Whether the record's key is absent or empty though it should not be; empty when it is in order."""
    keys, tag = kind.record.keys, tag_of(key.keyword)
    if key.within:
        items = parse_items(keys.raw(tag_of(key.within)))
        return next((f"absent in item {n}" for n, i in enumerate(items, 1) if not i.raw(tag)), "")
    element = keys.get(tag)
    if element is not None and (key.type[0] == "2" or has_value(element)):
        return ""
    if key.type == "3" or (key.when and not any(applies(key, each) for each in kind.instances)):
        return ""
    if element is None:
        return "absent"
    # A condition that asks for presence only is met by an empty element too.
    by_presence = key.when is not None and key.when.op == "present"
    return "" if by_presence and not any(_valued(key, each.keys) for each in kind.instances) else "empty"


def _valued(key: DirectoryKey, keys: Attributes) -> bool:
    element = source_of(key, keys)
    return element is not None and has_value(element)


@rule(
    "PROF-013",
    on=ProfiledFileSet,
    cites="PS3.11 8",
    says="{profile} wants icons of {name} {wanted}; that of the {record} record has {found}",
    advice="Readers may show a wrong preview or none; the image itself is not affected.",
)
def icons(subject: ProfiledFileSet) -> Iterator[Fact]:
    """The icons in the directory are of the size and kind that the profile wants."""
    directory = subject.view.directory
    for table in subject.profile.icons if directory else ():
        assert directory
        for record in directory.records:
            wanted = _ICON in record.keys and record.type in table.records
            items = parse_items(record.keys.raw(_ICON)) if wanted else ()
            for args in icon_problems(table, items[0]) if items else ():
                place = Place(record=record.index, offset=record.offset, tag=tag_text(_ICON))
                args = {"profile": subject.profile.id, "record": record.type, **args}
                yield Fact(args, place, citation=table.citation)


@rule(
    "PROF-015",
    on=Gathering,
    cites="PS3.11 8",
    says="{profile} wants at least one instance of {wanted}, and there is none",
    advice="Choose another profile (`mediakit fit` shows which), or add the images.",
)
def at_least_one(subject: Gathering) -> Iterator[Fact]:
    """A File-set holds one of the SOP classes of which the profile wants the creator to write one."""
    for each in subject.profile.at_least_one:
        if subject.sop_classes.isdisjoint(each.sop_classes):
            wanted = " or ".join(map(uid_name, each.sop_classes))
            yield Fact({"profile": subject.profile.id, "wanted": wanted}, citation=each.citation)


@rule(
    "PROF-019",
    on=ProfiledFileSet,
    cites="PS3.15 B.8",
    says="{profile} wants an e-mail that is encrypted and signed, and this one is {found}",
    advice="Anybody on the way can read it; treat the data accordingly.",
)
def e_mail_secure(subject: ProfiledFileSet) -> Iterator[Fact]:
    """Under a profile with the Secure Use of E-mail Transport the whole e-mail is encrypted and signed."""
    # Who has taken the archive out has a folder or a ZIP, of which nobody can tell how it came.
    is_mail = any(each.evidence.id == "mail" for each in subject.view.media)
    mail = subject.view.mail
    if subject.profile.security == "e-mail" and is_mail and not (mail and mail.envelope):
        found = "neither" if mail is None else "only signed" if mail.is_signed else "not encrypted"
        yield Fact({"profile": subject.profile.id, "found": found})


def _secured(view: FileSetView) -> list[FileView]:
    return [file for file in view.files.values() if file.opened]


@rule(
    "PROF-016",
    on=ProfiledFileSet,
    cites="PS3.11 8",
    recovery="ask",
    says="{profile} does not allow Secure DICOM Files, and this file is one",
    advice="Ask the sender for plain files, or open it with a tool that has the key.",
)
def no_secure_files(subject: ProfiledFileSet) -> Iterator[Fact]:
    """A profile without a Media Storage Security Profile holds no Secure DICOM File."""
    if subject.profile.security != "cms":
        citation = f"PS3.11 {subject.profile.annex}.3.5"
        for file in _secured(subject.view):
            yield Fact({"profile": subject.profile.id}, Place(path=file.name), citation=citation)


@rule(
    "PROF-017",
    on=ProfiledFileSet,
    cites="PS3.11 8",
    says="{profile} wants every file to be a Secure DICOM File, and this one is not",
    advice="The data are not protected; treat the medium accordingly.",
)
def every_file_secure(subject: ProfiledFileSet) -> Iterator[Fact]:
    """Under a Media Storage Security Profile every DICOM file and the DICOMDIR is a Secure DICOM File."""
    view = subject.view
    if subject.profile.security != "cms":
        return
    citation = f"PS3.11 {subject.profile.annex}.3.5"
    plain = [file.name for file in view.instances() if not file.opened]
    if view.directory and view.directory_path and not view.files[view.directory_path].opened:
        plain.append("/".join(view.directory_path))
    if plain:
        places = tuple(Place(path=name) for name in plain[:PLACES_SHOWN])
        args = {"profile": subject.profile.id}
        yield Fact(args, places[0], citation=citation, count=len(plain), places=places)
