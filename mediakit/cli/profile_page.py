"""An application profile as a page for reading, in the order of its annex."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..dictionary import tag_of, tag_text, uid_name
from ..profile.constraint import Constraint, Typed, condition_words
from ..profile.load import media, sop_class_sets
from ..profile.model import CLAIMED, ApplicationProfile, DirectoryKey, ObjectRow
from . import render

_REQUIREMENTS = {
    "M": "mandatory",
    "O": "optional",
    "CS": "as its conformance statement says",
    "M_CS": "mandatory, as its conformance statement says",
    "U": "undefined",
}
"""What a role must support, in words, by the value of `Requirement`."""

_SECURITY = {
    "none": "none: no Secure DICOM Files",
    "cms": "every file and the DICOMDIR is a Secure DICOM File (PS3.15 D.1)",
    "e-mail": "the e-mail is encrypted and signed, not the files (PS3.15 B.8)",
}
_SETS = {True: "Every Media Storage SOP Class", False: "Every multi-frame Media Storage SOP Class"}


def page(profile: ApplicationProfile) -> Iterator[str]:
    """The lines of the page, with the clause of everything that is said."""
    demands = profile.directory
    allowed = [media()[word] for word in profile.media]
    yield f"{profile.id}: {profile.name}"
    yield ""
    yield from render.fields(
        (
            ("Clause", f"PS3.11 Annex {profile.annex}"),
            ("Adds to", profile.extends),
            ("Roles", ", ".join(f"{role.value} ({role.name})" for role in profile.roles)),
            ("Media", "; ".join(f"{m.name} ({', '.join(m.formats)}; PS3.12 {m.annex})" for m in allowed)),
            ("Security", _SECURITY[profile.security]),
        )
    )
    for row in profile.objects:
        yield from _object(row, profile)
    yield from _limits(profile)
    yield ""
    yield f"Directory ({demands.citation})"
    yield f"  DICOMDIR: {'required' if demands.required else 'optional'}"
    yield f"  Directory Information Module: {'required' if demands.information_required else 'optional'}"
    yield f"  An empty directory is {'allowed' if demands.empty_allowed else 'not allowed'}"
    if demands.all_referenced:
        yield "  Every instance on the medium has a record"
    yield from _keys(profile.keys)
    readings = [*profile.readings, demands.reading, *(row.reading for row in profile.objects)]
    readings += [*(table.reading for table in profile.images), *(table.reading for table in profile.items)]
    yield from _section("Where the standard can be read in several ways", filter(None, readings))


def _object(row: ObjectRow, profile: ApplicationProfile) -> Iterator[str]:
    together = sop_class_sets().get(row.sop_class)
    name = _SETS[together.open] if together else uid_name(row.sop_class)
    yield ""
    yield f"{name} ({row.citation})"
    if row.when:
        yield f"  where {condition_words(row.when)}"
    for uid in row.transfer_syntaxes:
        yield "  in those that the conformance statement names" if uid == CLAIMED else f"  in {uid_name(uid)}"
    for role, word in row.requirement.items():
        if role in profile.roles:
            yield f"  {role.name}: {_REQUIREMENTS[word.value]}"


def _limits(profile: ApplicationProfile) -> Iterator[str]:
    """What the elements of instances and icons are limited to."""
    for image in profile.images:
        where = f", where {condition_words(image.when)}" if image.when else ""
        yield ""
        yield f"Image attributes of {_classes(image.sop_classes)}{where} ({image.citation})"
        yield from map(_constraint, image.constraints)
        for photometric, syntaxes in image.pairs.items():
            yield f"  {photometric} in {' or '.join(map(uid_name, syntaxes))}"
    for items in profile.items:
        yield ""
        yield f"In every item of {items.sequence} of {_classes(items.sop_classes)} ({items.citation})"
        yield from map(_constraint, items.constraints)
    for icon in profile.icons:
        yield ""
        yield f"Icons in {' and '.join(icon.records)} records ({icon.citation})"
        yield from map(_constraint, icon.constraints)
    for prose in profile.prose:
        yield ""
        yield f"Rule {prose.rule} for {_classes(prose.sop_classes)} ({prose.citation})"
    for one in profile.at_least_one:
        yield ""
        yield f"At least one instance of {_classes(one.sop_classes, ' or ')} ({one.citation})"


def _classes(uids: Iterable[str], between: str = " and ") -> str:
    return between.join(map(uid_name, uids))


def _constraint(each: Constraint) -> str:
    where = f", where {condition_words(each.when)}" if isinstance(each, Typed) and each.when else ""
    return f"  {each.keyword} {tag_text(tag_of(each.keyword))}: {each}{where}"


def _keys(keys: Sequence[DirectoryKey]) -> Iterator[str]:
    if keys:
        yield ""
        yield "Additional keys of the directory"
        rows = ((key.record, key.keyword, key.type, _condition(key), key.citation) for key in keys)
        yield from (f"  {line}" for line in render.table(("record", "key", "type", "when", "clause"), rows))


def _condition(key: DirectoryKey) -> str:
    if key.within:
        return f"in each item of {key.within}"
    return condition_words(key.when) if key.when else ""


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(dict.fromkeys(lines))
    if found:
        yield ""
        yield title
        yield from (f"  {line}" for line in found)
