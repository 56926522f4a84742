"""PROF: what profiles ask of the elements of instances (PS3.11 X.3.1, X.3.4, C.4 and C.5)."""

from __future__ import annotations

from collections.abc import Iterator

from ..dicomfile import parse_items
from ..dictionary import tag_of, tag_text, uid_name
from ..keys import words
from ..model import Attributes, Instance, Role
from ..profile.constraint import Constraint, IconTable, ImageTable, Typed
from ..profile.subject import Candidate
from ..profile.wanted import OVERLAY_DATA
from ..report import Place
from ..values import text, texts
from . import Fact, rule


def _tables(candidate: Candidate) -> Iterator[ImageTable]:
    """The tables of image attribute values that concern the instance."""
    return (table for table in candidate.profile.images if table.concerns(candidate.instance))


def _found(constraint: Constraint, keys: Attributes) -> str:
    """What the data set has instead of what is wanted."""
    tag = tag_of(constraint.keyword)
    return "\\".join(texts(keys, tag)) or ("empty" if tag in keys else "absent")


def _broken(candidate: Candidate, table: ImageTable, constraint: Constraint) -> Fact:
    tag = tag_text(tag_of(constraint.keyword))
    args = {"profile": candidate.profile.id, "name": words(constraint.keyword), "tag": tag,
            "wanted": str(constraint), "found": _found(constraint, candidate.instance.keys)}  # fmt: skip
    return Fact(args, Place(tag=tag), citation=table.citation)


@rule(
    "PROF-008",
    on=Candidate,
    cites="PS3.11 8",
    says="{profile} wants {name} {tag} to be {wanted}, and it is {found}",
    advice="Choose a profile that takes it (`mediakit fit` shows which), or leave the object out.",
)
def attribute_values(candidate: Candidate) -> Iterator[Fact]:
    """The attributes of an image have the values that the profile limits them to."""
    for table in _tables(candidate):
        for each in table.constraints:
            if not isinstance(each, Typed) and not each.met(candidate.instance.keys):
                yield _broken(candidate, table, each)


@rule(
    "PROF-009",
    on=Candidate,
    cites="PS3.11 8",
    says="{profile} does not take {photometric} images in {syntax}, only in {allowed}",
    advice="Choose a profile that takes it (`mediakit fit` shows which), or have the object converted.",
)
def photometric_pairs(candidate: Candidate) -> Iterator[Fact]:
    """The photometric interpretation and the transfer syntax of an image are a pair of the profile."""
    found = text(candidate.instance.keys, "PhotometricInterpretation")
    syntax = candidate.instance.transfer_syntax
    for table in _tables(candidate):
        allowed = table.pairs.get(found)
        # What no pair at all allows is told by PROF-002 and PROF-008.
        if allowed and syntax not in allowed and any(syntax in each for each in table.pairs.values()):
            args = {"profile": candidate.profile.id, "photometric": found, "syntax": uid_name(syntax),
                    "allowed": " or ".join(map(uid_name, allowed))}  # fmt: skip
            yield Fact(args, citation=table.citation)


@rule(
    "PROF-010",
    on=Candidate,
    cites="PS3.11 8",
    says="{profile} wants {name} {tag} to be {wanted}, and it is {found}",
    advice="Have the object completed at its source, or choose another profile.",
)
def attribute_types(candidate: Candidate) -> Iterator[Fact]:
    """An instance has the attributes whose type the profile raises."""
    for table in _tables(candidate):
        for each in table.constraints:
            if isinstance(each, Typed) and not each.met(candidate.instance.keys):
                yield _broken(candidate, table, each)


@rule(
    "PROF-011",
    on=Candidate,
    cites="PS3.11 8",
    says="{profile} wants {sequence} {tag} with {name} in every item, and {problem}",
    advice="Have the object calibrated at its source, or choose a profile that needs no calibration.",
)
def modules_in_items(candidate: Candidate) -> Iterator[Fact]:
    """A sequence of the instance has items, and each holds the module that the profile wants in it."""
    for table in candidate.profile.items:
        if candidate.instance.sop_class not in table.sop_classes:
            continue
        tag = tag_of(table.sequence)
        items = parse_items(candidate.instance.keys.raw(tag))
        args = {"profile": candidate.profile.id, "sequence": words(table.sequence), "tag": tag_text(tag)}
        place = Place(tag=tag_text(tag))
        if not items:
            said = {"name": words(table.constraints[0].keyword), "problem": "it has no item"}
            yield Fact({**args, **said}, place, citation=table.citation)
        for each in table.constraints:
            if lacking := [n for n, item in enumerate(items, 1) if not each.met(item)]:
                said = {"name": words(each.keyword), "problem": f"item {lacking[0]} has none"}
                yield Fact({**args, **said}, place, citation=table.citation)


@rule(
    "PROF-014",
    on=Candidate,
    cites="PS3.11 8",
    says="{profile} wants icons of {name} {wanted}; that of the instance has {found}",
    advice="Choose another profile, or have the icon made anew at its source.",
)
def icon_to_copy(candidate: Candidate) -> Iterator[Fact]:
    """Where a profile wants an icon in the directory, the one that the instance has is as it should be."""
    # On a medium the record is there already and its icon is judged by itself (PROF-013).
    keys = [key for key in candidate.profile.keys if key.keyword == "IconImageSequence"]
    if candidate.role is not Role.FSC or not keys or not _leads_to(candidate, keys[0].record):
        return
    for table in candidate.profile.icons:
        for item in parse_items(candidate.instance.keys.raw(tag_of("IconImageSequence")))[:1]:
            yield from (
                Fact({"profile": candidate.profile.id, **args}, citation=table.citation)
                for args in icon_problems(table, item)
            )


def _leads_to(candidate: Candidate, record: str) -> bool:
    return candidate.table.type_of(candidate.instance.sop_class) == record


def icon_problems(table: IconTable, item: Attributes) -> Iterator[dict[str, str]]:
    """What in the item of an icon is not as the table says: name, wanted and found."""
    for each in table.constraints:
        if not each.met(item):
            yield {"name": words(each.keyword), "wanted": str(each), "found": _found(each, item)}


@rule(
    "PROF-020",
    on=Candidate,
    cites="PS3.11 B.3.4.1",
    says="{profile} takes no {sop_class} with overlays, and this one has {tag}",
    advice="Choose a profile that takes it (`mediakit fit` shows which), or leave the object out.",
)
def no_overlays(candidate: Candidate) -> Iterator[Fact]:
    """Where a profile says so, an image has no overlay."""
    for prose in candidate.profile.prose:
        if prose.rule == "PROF-020" and candidate.instance.sop_class in prose.sop_classes:
            yield from _overlays(candidate.instance, candidate.profile.id, prose.citation)


def _overlays(instance: Instance, profile: str, citation: str) -> Iterator[Fact]:
    tag = next((tag for tag in sorted(OVERLAY_DATA) if tag in instance.keys), None)
    if tag is not None:
        args = {"profile": profile, "sop_class": uid_name(instance.sop_class), "tag": tag_text(tag)}
        yield Fact(args, Place(tag=tag_text(tag)), citation=citation)
