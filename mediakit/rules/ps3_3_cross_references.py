"""XREF and KEY-040: what a Directory Record says of a file, and what the file says (PS3.3 F)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ..dicomdir import RecordView
from ..dictionary import tag_of, tag_text, uid_name
from ..model import Attributes, Instance
from ..read import FileSetView
from ..report import Place, Severity
from ..values import text, texts
from . import Fact, rule
from .references import BRANCH, pairs, reference_place


def _differs(view: FileSetView, tag: int, attribute: str) -> Iterator[Fact]:
    for reference, instance in pairs(view):
        said, real = text(reference.record.keys, tag), getattr(instance, attribute)
        if said != real:
            label = f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
            yield Fact({"said": said or "nothing", "real": real}, reference_place(reference, label))


@rule(
    "XREF-001",
    on=FileSetView,
    cites="PS3.3 F.3.2.2",
    recovery="auto-with-note",
    says="The record says SOP class {said}, the file is {real}",
    advice="Trust the file.",
)
def sop_class_in_file(view: FileSetView) -> Iterator[Fact]:
    """(0004,1510) is the SOP Class UID of the referenced file."""
    yield from _differs(view, 0x00041510, "sop_class")


@rule(
    "XREF-002",
    on=FileSetView,
    cites="PS3.3 F.3.2.2",
    recovery="auto-with-note",
    says="The record says SOP instance {said}, the file is {real}",
    advice="The record describes another object. Trust the file and tell the sender.",
)
def sop_instance_in_file(view: FileSetView) -> Iterator[Fact]:
    """(0004,1511) is the SOP Instance UID of the referenced file."""
    yield from _differs(view, 0x00041511, "sop_instance")


@rule(
    "XREF-003",
    on=FileSetView,
    cites="PS3.3 F.3.2.2",
    recovery="auto",
    says="The record says transfer syntax {said}, the file has {real}",
    advice="Trust the file.",
)
def transfer_syntax_in_file(view: FileSetView) -> Iterator[Fact]:
    """(0004,1512) is the Transfer Syntax UID of the referenced file."""
    for reference, instance in pairs(view):
        said = text(reference.record.keys, 0x00041512)
        real = text(instance.file_meta, 0x00020010) or instance.transfer_syntax
        if said != real:
            yield Fact({"said": said or "nothing", "real": real}, reference_place(reference, "(0004,1512)"))


@rule(
    "XREF-004",
    on=FileSetView,
    cites="PS3.3 F.4",
    recovery="auto",
    says="A record of type {said} refers to an object that belongs into a record of type {real}",
    advice="Readers may show it as what it is not, or skip it.",
)
def record_type_fits(view: FileSetView) -> Iterator[Fact]:
    """The type of a Directory Record fits the SOP class of the file it refers to."""
    from ..profile.records import load_records

    table = load_records()
    for reference, instance in pairs(view):
        real = table.type_of(instance.sop_class)
        if real and reference.record.type not in (real, "PRIVATE"):
            yield Fact(
                {"said": reference.record.type, "real": real}, reference_place(reference, "(0004,1430)")
            )


@rule(
    "XREF-007",
    on=FileSetView,
    cites="PS3.3 F.5",
    severity=Severity.WARNING,
    recovery="auto-with-note",
    says="A record of type {said} refers to an object of {sop_class}, which has no Directory Record type",
    advice="Readers that go by the type may fail to show it; the object itself may be sound.",
)
def sop_class_has_a_type(view: FileSetView) -> Iterator[Fact]:
    """What stands in a record, other than a PRIVATE one, is of a SOP class that has a record type."""
    from ..profile.records import load_records

    table = load_records()
    for reference, instance in pairs(view):
        said = reference.record.type
        # Of a retired type DDIR-011 tells, of an unknown one DDIR-010.
        if said in table.types and said != "PRIVATE" and instance.sop_class not in table.sop_classes:
            args = {"said": said, "sop_class": uid_name(instance.sop_class) or "an unknown SOP class"}
            yield Fact(args, reference_place(reference, "(0004,1430)"))


@rule(
    "XREF-005",
    on=FileSetView,
    cites="PS3.3 F.2.1",
    recovery="ask",
    says="The file's {what} is not that of the {level} record it stands under",
    advice="The image may be filed under the wrong patient or study. Trust the file and tell the sender.",
)
def branch_fits(view: FileSetView) -> Iterator[Fact]:
    """A file belongs to the patient, study and series of the records above it."""
    for reference, instance in pairs(view):
        for above in reference.record.ancestors:
            keyword, what = BRANCH.get(above.type, ("", ""))
            said, real = (text(above.keys, keyword), text(instance.keys, keyword)) if keyword else ("", "")
            if said and real and said != real:
                yield Fact({"what": what, "level": above.type}, reference_place(reference))


@rule(
    "KEY-040",
    on=FileSetView,
    cites="PS3.3 F.5",
    severity=Severity.WARNING,
    recovery="auto",
    says="{name} in the {level} record is not that of the file",
    advice="Trust the file; the directory may show the wrong words.",
)
def keys_agree(view: FileSetView) -> Iterator[Fact]:
    """The keys of a Directory Record agree with the instances it stands for."""
    shared: dict[tuple[int, int], list[_Shared]] = {}
    for reference, instance in pairs(view):
        for record in (reference.record, *reference.record.ancestors):
            for tag in _other_bytes(record.keys, instance.keys, shared):
                if _differ(tag, record, instance):
                    # A record of another object has other keys; a branch of another one is told by itself.
                    swapped = text(reference.record.keys, 0x00041511) != instance.sop_instance
                    branch = tag_of(BRANCH[record.type][0]) if record.type in BRANCH else None
                    name = tag_text(tag)
                    because = "XREF-005" if tag == branch else "XREF-002" if swapped else None
                    args = {"name": name, "level": record.type}
                    yield Fact(args, reference_place(reference, name), because)


_Shared = tuple[int, int, int]
"""A tag that a record and an instance both have, and its place among the cells of each."""


def _other_bytes(
    record: Attributes, instance: Attributes, known: dict[tuple[int, int], list[_Shared]]
) -> list[int]:
    """The tags under which both hold a value, but not the same bytes; sequences are filtered copies.

    `known` is what records and instances of the same shapes share (`model.Attributes`).
    """
    shapes = id(record.index), id(instance.index)
    if shapes not in known:
        there = instance.index
        known[shapes] = [(tag, at, there[tag]) for tag, at in record.index.items() if tag in there]
    ours, theirs = record.cells, instance.cells
    return [
        tag for tag, at, other in known[shapes] if ours[at][1] != theirs[other][1] and ours[at][0] != "SQ"
    ]


def _differ(tag: int, record: RecordView, instance: Instance) -> bool:
    """Whether two values that are not the same bytes differ as text; a value the file lacks does not."""
    found = texts(instance.keys, tag)
    return any(found) and found != texts(record.keys, tag)


@rule(
    "XREF-006",
    on=FileSetView,
    cites="PS3.3 F.3.2.2",
    severity=Severity.WARNING,
    recovery="ask",
    says="Two files hold the same SOP instance",
    advice="Import one of them; compare them when their contents differ.",
)
def instance_once(view: FileSetView) -> Iterator[Fact]:
    """A SOP instance is on the medium once."""
    files = defaultdict(list)
    for file in view.instances():
        if file.instance and file.instance.sop_instance:
            files[file.instance.sop_instance].append(file)
    for uid, same in files.items():
        for file in same[1:]:
            yield Fact(place=Place(path=file.name, instance=uid))
