"""DDIR-020 to 031: offsets, entities and hierarchy of the Directory Records (PS3.3 F.2.1, F.3.2.2, F.4)."""

from __future__ import annotations

from collections.abc import Iterator

from ..dicomdir import DirectoryView
from ..profile.records import BRANCH, ROOT, load_records
from ..read import FileSetView
from ..report import Place, Severity
from ..values import texts
from . import Fact, Unchecked, rule
from .ps3_3_directory import REFERENCE, anomalies, place_of_record

_BROKEN = {
    "offset-nowhere": "DDIR-020",
    "cycle": "DDIR-024",
    "record-shared": "DDIR-022",
    "entity-shared": "DDIR-023",
}
"""Faults that make a chain end too early, and the rule that tells each."""


def _cause(view: DirectoryView) -> str | None:
    """The rule behind everything that follows from a broken chain of offsets."""
    if view.records and view.first in (None, 0):
        return "DDIR-006" if view.first == 0 else "DDIR-005"
    kinds = {anomaly.kind for anomaly in view.anomalies}
    missing = "DDIR-018" if any(r.next is None or r.lower is None for r in view.records) else None
    return next((rule for kind, rule in _BROKEN.items() if kind in kinds), missing)


def _recovery(view: DirectoryView) -> str:
    return view.recovered or "none"


@rule(
    "DDIR-020",
    on=DirectoryView,
    cites="PS3.3 F.3.2.2",
    says="{detail}",
    advice="The directory was changed without mending its offsets, or is damaged; have it written again.",
)
def offsets_land(view: DirectoryView) -> Iterator[Fact]:
    """Every offset that is not 0 leads to the first byte of a record's item."""
    lost = any(anomaly.kind in ("record-cut", "unreadable", "too-many") for anomaly in view.anomalies)
    because = "DDIR-008" if not view.records else "DDIR-019" if lost else None
    yield from anomalies(view, "offset-nowhere", because=because, recovery=_recovery(view))


@rule(
    "DDIR-021",
    on=DirectoryView,
    cites="PS3.3 F.3.2.2",
    says="(0004,1202) is not the offset of the last record of the root entity",
    advice="Readers that append or count from there may fail; reading by the other offsets works.",
)
def last_root(view: DirectoryView) -> Iterator[Fact]:
    """(0004,1202) is the offset of the record at which the chain of the root entity ends."""
    zero = "DDIR-006" if view.records and view.last == 0 else None
    for fact in anomalies(view, "last-root", because=zero or _cause(view), recovery="read-anyway"):
        yield Fact({}, Place(tag="(0004,1202)"), fact.because, fact.recovery)


@rule(
    "DDIR-022",
    on=DirectoryView,
    cites="PS3.3 F.2.1",
    says="{detail}",
    advice="The record was taken where it was met first; check that it is filed under the right patient.",
)
def record_in_one_entity(view: DirectoryView) -> Iterator[Fact]:
    """Each record belongs to exactly one Directory Entity."""
    yield from anomalies(view, "record-shared", recovery=_recovery(view))


@rule(
    "DDIR-023",
    on=DirectoryView,
    cites="PS3.3 F.2.1",
    says="{detail}",
    advice="The entity was taken where it was met first; check that it is filed under the right patient.",
)
def entity_has_one_owner(view: DirectoryView) -> Iterator[Fact]:
    """Each Directory Entity is referenced by at most one record above it."""
    yield from anomalies(view, "entity-shared", recovery=_recovery(view))


@rule(
    "DDIR-024",
    on=DirectoryView,
    cites="PS3.3 F.2.1",
    says="{detail}",
    advice="Some readers hang on this directory; the medium may be hostile. Have it written again.",
)
def no_cycles(view: DirectoryView) -> Iterator[Fact]:
    """No chain of offsets leads back to a record that it has passed."""
    yield from anomalies(view, "cycle", recovery=_recovery(view))


@rule(
    "DDIR-025",
    on=DirectoryView,
    cites="PS3.3 F.2.1",
    says="No chain of offsets leads from the root to this record",
    advice="Readers that follow the offsets do not show it; old media keep deleted records like this.",
)
def no_orphans(view: DirectoryView) -> Iterator[Fact | Unchecked]:
    """Every record is reached from the root entity."""
    deep = [anomaly for anomaly in view.anomalies if anomaly.kind == "too-deep"]
    for anomaly in deep:
        yield Unchecked(anomaly.detail, Place(offset=anomaly.offset))
    if not deep:
        for fact in anomalies(view, "orphan", because=_cause(view), recovery=_recovery(view)):
            yield Fact({}, fact.place, fact.because, fact.recovery)


@rule(
    "DDIR-026",
    on=DirectoryView,
    cites="PS3.3 F.4",
    says="A record of type {type} stands under {above}",
    advice="Readers may not look there; the file itself says to whom it belongs.",
)
def hierarchy(view: DirectoryView) -> Iterator[Fact]:
    """Every record stands under a record of a type that Table F.4-1 allows."""
    table = load_records()
    because = _cause(view) if view.recovered else None
    for record in view.records:
        parent = record.parent
        if parent is None and not record.linked:
            continue  # nobody knows where it belongs: DDIR-025 tells it
        above = parent.type if parent else ROOT
        known = record.type in table.types and (parent is None or above in table.types)
        if known and above != "PRIVATE" and not table.allows(record.type, above):
            args = {"type": record.type, "above": above if parent else "no other record"}
            yield Fact(args, place_of_record(record), because, "read-anyway")


@rule(
    "DDIR-027",
    on=DirectoryView,
    cites="PS3.3 F.6",
    says="A {type} record has nothing but PRIVATE records below it",
    advice="Readers that skip private records see an empty branch; look at the files themselves.",
)
def sound_without_private(view: DirectoryView) -> Iterator[Fact]:
    """A directory without its PRIVATE records, and all below them, is still a proper directory."""
    for record in view.records:
        if record.type in BRANCH and record.children and all(c.type == "PRIVATE" for c in record.children):
            yield Fact({"type": record.type}, place_of_record(record))


@rule(
    "DDIR-028",
    on=DirectoryView,
    cites="PS3.3 F.4",
    severity=Severity.WARNING,
    says="A {type} record has no records below it",
    advice="The branch is empty: something was left out or lost. Compare with the files on the medium.",
)
def branches_have_leaves(view: DirectoryView) -> Iterator[Fact]:
    """Every PATIENT, STUDY and SERIES record has at least one record below it."""
    because = _cause(view) if view.recovered else None
    for record in view.records:
        if record.type in BRANCH and not record.children:
            yield Fact({"type": record.type}, place_of_record(record), because)


@rule(
    "DDIR-029",
    on=DirectoryView,
    cites="PS3.3 F.5",
    says="A {type} record does not say which file it stands for",
    advice="The object cannot be found through the directory; look for files that no record names.",
)
def leaves_have_files(view: DirectoryView) -> Iterator[Fact]:
    """A record of a type that stands for an instance refers to a file."""
    types = load_records().types
    for record in view.records:
        stands_for_file = record.type in types and types[record.type].file == "shall"
        if stands_for_file and not any(tag in record.keys for tag in REFERENCE):
            because = "DDIR-015" if 0x00041504 in record.keys else None
            yield Fact({"type": record.type}, place_of_record(record), because)


@rule(
    "DDIR-030",
    on=DirectoryView,
    cites="PS3.3 F.5",
    severity=Severity.WARNING,
    says="A {type} record refers to a file",
    advice="Such detached objects are retired; readers ignore the reference.",
)
def branches_have_no_files(view: DirectoryView) -> Iterator[Fact]:
    """PATIENT, STUDY and SERIES records refer to no file."""
    for record in view.records:
        if record.type in BRANCH and any(tag in record.keys for tag in REFERENCE):
            yield Fact({"type": record.type}, place_of_record(record))


@rule(
    "DDIR-031",
    on=FileSetView,
    cites="PS3.3 F.3.2.2",
    recovery="auto",
    says="Referenced Related General SOP Class UID in File (0004,151A) is {said}, but the file has {real}",
    advice="Trust the file.",
)
def related_general_sop_class(view: FileSetView) -> Iterator[Fact]:
    """(0004,151A) is in a record if, and as, its instance has Related General SOP Class UID."""
    for reference in view.references:
        instance = reference.file.instance if reference.file else None
        if instance is not None:
            said, real = texts(reference.record.keys, 0x0004151A), texts(instance.keys, 0x0008001A)
            if said != real:
                place = place_of_record(reference.record, 0x0004151A).over(Place("/".join(reference.path)))
                args = {"said": " and ".join(said) or "absent", "real": " and ".join(real) or "none"}
                yield Fact(args, place)
