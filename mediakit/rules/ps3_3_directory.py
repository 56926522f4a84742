"""DDIR-001 to 019: the DICOMDIR as a file, its modules, and each record by itself (PS3.10 8.6, PS3.3 F.3).

What the records are to one another is in `ps3_3_tree`, what their keys hold in `ps3_3_keys`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..dicomdir import DirectoryView, RecordView
from ..dicomfile import EXPLICIT_VR_LITTLE_ENDIAN, MEDIA_STORAGE_DIRECTORY
from ..dictionary import keyword_of, tag_of, tag_text, uid_name
from ..keys import words
from ..profile.records import load_records
from ..report import Place, Severity
from ..values import is_uid, text
from . import Fact, Unchecked, rule

MODULE = (0x00041200, 0x00041202, 0x00041212, 0x00041220)
"""The elements of the Directory Information Module (PS3.3 F.3.2.2)."""

REFERENCE = (0x00041500, 0x00041510, 0x00041511, 0x00041512)
"""The elements that say which file a record stands for: all of them, or none."""

_IDENTITY = {
    "PATIENT": ("patient", tag_of("PatientID")),
    "STUDY": ("study", tag_of("StudyInstanceUID")),
    "SERIES": ("series", tag_of("SeriesInstanceUID")),
}


def place_of_record(record: RecordView, tag: int | None = None) -> Place:
    """Number and offset of a record, and the patient, study, series and instance it belongs to."""
    known = {"instance": text(record.keys, 0x00041511)}
    for each in (record, *record.ancestors):
        if each.type in _IDENTITY:
            name, key = _IDENTITY[each.type]
            known[name] = text(each.keys, key)
    return Place(
        record=record.index,
        offset=record.offset,
        tag=None if tag is None else tag_text(tag),
        **{name: value for name, value in known.items() if value},
    )


def name_of(tag: int) -> str:
    """An attribute as people know it: its keyword in words, and its tag."""
    return f"{words(keyword_of(tag))} {tag_text(tag)}"


@rule(
    "DDIR-001",
    on=DirectoryView,
    cites="PS3.10 8.6",
    says="The DICOMDIR says that it holds {found}, not the directory of a File-set",
    advice="Readers may not recognise the directory; have the medium written again.",
)
def sop_class(view: DirectoryView) -> Iterator[Fact]:
    """The Media Storage SOP Class of a DICOMDIR is Media Storage Directory Storage."""
    stated = text(view.instance.file_meta, 0x00020002)
    if stated != MEDIA_STORAGE_DIRECTORY:
        found = uid_name(stated) if stated else "nothing at all"
        yield Fact({"found": found}, Place(tag="(0002,0002)"), recovery="read-anyway")


@rule(
    "DDIR-002",
    on=DirectoryView,
    cites="PS3.10 8.6",
    says="The DICOMDIR is in {found}, not in Explicit VR Little Endian",
    advice="Many readers cannot read it; have the medium written again.",
)
def transfer_syntax(view: DirectoryView) -> Iterator[Fact]:
    """A DICOMDIR is encoded in Explicit VR Little Endian."""
    stated, real = text(view.instance.file_meta, 0x00020010), view.instance.transfer_syntax
    if stated != EXPLICIT_VR_LITTLE_ENDIAN or real != EXPLICIT_VR_LITTLE_ENDIAN:
        wrong = real if real != EXPLICIT_VR_LITTLE_ENDIAN else stated
        found = uid_name(wrong) if wrong else "an encoding that it does not state"
        # Where the file meta is right about what should be, it is wrong about what is.
        because = "FILE-007" if stated in ("", EXPLICIT_VR_LITTLE_ENDIAN) else None
        yield Fact({"found": found}, Place(tag="(0002,0010)"), because, "read-anyway")


@rule(
    "DDIR-003",
    on=DirectoryView,
    cites="PS3.3 F.3.2.1",
    says="File-set ID (0004,1130) is absent",
    advice="Harmless for reading; the medium can only be told by its File-set UID.",
)
def file_set_identification(view: DirectoryView) -> Iterator[Fact]:
    """The File-set Identification Module is there: (0004,1130) is present, though it may be empty."""
    if 0x00041130 not in view.instance.keys:
        yield Fact(place=Place(tag="(0004,1130)"))


@rule(
    "DDIR-004",
    on=DirectoryView,
    cites="PS3.3 F.3.1",
    severity=Severity.WARNING,
    says="The DICOMDIR has no Directory Information Module and so describes nothing",
    advice="Search the medium for DICOM files; they can be imported without a directory.",
)
def information_module(view: DirectoryView) -> Iterator[Fact]:
    """A DICOMDIR holds the Directory Information Module, which general-purpose profiles demand."""
    if not view.module:
        yield Fact()


@rule(
    "DDIR-005",
    on=DirectoryView,
    cites="PS3.3 F.3.2.2",
    says="{missing} is absent, although the DICOMDIR has other parts of its module",
    advice="The directory may be read in the order of its records; have the medium written again.",
)
def information_module_complete(view: DirectoryView) -> Iterator[Fact]:
    """(0004,1200), (0004,1202), (0004,1212) and (0004,1220) are all present or all absent."""
    for tag in MODULE if view.module else ():
        if tag not in view.module:
            yield Fact({"missing": name_of(tag)}, Place(tag=tag_text(tag)), recovery=view.recovered or "none")


@rule(
    "DDIR-006",
    on=DirectoryView,
    cites="PS3.3 F.3.2.2",
    says="{name} is 0, although there are records",
    advice="Readers that follow the offsets find nothing; have the medium written again.",
)
def root_offsets_empty(view: DirectoryView) -> Iterator[Fact]:
    """The offsets of the first and last root record are 0 only when there are no records."""
    for tag, offset in ((MODULE[0], view.first), (MODULE[1], view.last)):
        if view.records and offset == 0:
            yield Fact({"name": name_of(tag)}, Place(tag=tag_text(tag)), recovery=view.recovered or "none")


@rule(
    "DDIR-007",
    on=DirectoryView,
    cites="PS3.3 F.3.2.2",
    says="File-set Consistency Flag (0004,1212) is {found}, not 0000H",
    advice="Whoever wrote the medium may not have finished; compare the directory with the files.",
)
def consistency_flag(view: DirectoryView) -> Iterator[Fact]:
    """The File-set Consistency Flag is 0000H; FFFFH shall never be present."""
    if MODULE[2] in view.module and view.consistency != 0:
        found = "no number" if view.consistency is None else f"{view.consistency:04X}H"
        yield Fact({"found": found}, Place(tag="(0004,1212)"))


@rule(
    "DDIR-008",
    on=DirectoryView,
    cites="PS3.3 F.3.2.2",
    says="The Directory Record Sequence (0004,1220) is empty, but the root offsets lead to records",
    advice="The directory is lost; search the medium for DICOM files.",
)
def sequence_empty(view: DirectoryView) -> Iterator[Fact]:
    """The Directory Record Sequence is empty only when the root entity is."""
    if MODULE[3] in view.module and not view.records and (view.first or view.last):
        yield Fact(place=Place(tag="(0004,1220)"))


@rule(
    "DDIR-009",
    on=DirectoryView,
    cites="PS3.3 F.3.2.2",
    recovery="auto",
    says="Record In-use Flag (0004,1410) is {found}, not FFFFH",
    advice="0000H marks a deleted record, which is not imported unless asked for; others count as in use.",
)
def in_use_flag(view: DirectoryView) -> Iterator[Fact]:
    """The Record In-use Flag of every record is FFFFH; 0000H shall never be present."""
    for record in view.records:
        if record.in_use_flag != 0xFFFF:
            found = "absent" if record.in_use_flag is None else f"{record.in_use_flag:04X}H"
            yield Fact({"found": found}, place_of_record(record, 0x00041410))


@rule(
    "DDIR-010",
    on=DirectoryView,
    cites="PS3.3 F.3.2.2",
    says="Directory Record Type (0004,1430) is {found}, which no edition defines",
    advice="Readers skip such records and what is below them; the files can still be read.",
)
def record_type_known(view: DirectoryView) -> Iterator[Fact]:
    """The type of every record is one of the defined ones."""
    table = load_records()
    for record in view.records:
        if record.type not in table.types and record.type not in table.retired:
            found = repr(record.type) if record.type else "absent"
            yield Fact({"found": found}, place_of_record(record, 0x00041430), recovery="read-anyway")


@rule(
    "DDIR-011",
    on=DirectoryView,
    cites="PS3.3 F.3.2.2",
    severity=Severity.WARNING,
    says="Directory Record Type {type} was retired in {edition}",
    advice="New readers may skip such records and what is below them; the files can still be read.",
)
def record_type_retired(view: DirectoryView) -> Iterator[Fact]:
    """No record has a retired type."""
    retired = load_records().retired
    for record in view.records:
        if edition := retired.get(record.type):
            args = {"type": record.type, "edition": edition}
            yield Fact(args, place_of_record(record, 0x00041430), recovery="read-anyway")


@rule(
    "DDIR-012",
    on=DirectoryView,
    cites="PS3.3 F.3.2.2",
    severity=Severity.NOTE,
    says="Directory Record Type {type} came with {since}; older readers do not know it",
    advice="Nothing is wrong; a reader that shows nothing for these records needs to be updated.",
)
def record_type_new(view: DirectoryView) -> Iterator[Fact]:
    """Every record has a type that readers of the 2020 edition know."""
    types = load_records().types
    for record in view.records:
        if record.type in types and types[record.type].since:
            yield Fact({"type": record.type, "since": types[record.type].since}, place_of_record(record))


@rule(
    "DDIR-013",
    on=DirectoryView,
    cites="PS3.3 F.3.2.2",
    says="Private Record UID (0004,1432) is {found} in a record of type {type}",
    advice="The record can only be understood by whoever wrote it; its files can still be read.",
)
def private_record_uid(view: DirectoryView) -> Iterator[Fact]:
    """A record has a Private Record UID if, and only if, its type is PRIVATE."""
    for record in view.records:
        uid = text(record.keys, 0x00041432)
        present, private = 0x00041432 in record.keys, record.type == "PRIVATE"
        if present != private or (private and not is_uid(uid)):
            found = repr(uid) if private and uid else "present" if present and not private else "absent"
            yield Fact({"found": found, "type": record.type}, place_of_record(record, 0x00041432))


@rule(
    "DDIR-032",
    on=DirectoryView,
    cites="PS3.3 F.6.1",
    severity=Severity.NOTE,
    says="An object of {sop_class} stands in a PRIVATE record, {uid}",
    advice="Readers that do not know the record skip it; the object can be opened by its file.",
)
def no_private_object(view: DirectoryView) -> Iterator[Fact]:
    """Every object stands in a record that all readers know."""
    for record in view.records:
        sop_class, uid = text(record.keys, 0x00041510), text(record.keys, 0x00041432)
        if record.type == "PRIVATE" and 0x00041500 in record.keys and is_uid(uid):
            args = {"sop_class": uid_name(sop_class) or "an unknown SOP class", "uid": uid}
            yield Fact(args, place_of_record(record))


@rule(
    "DDIR-014",
    on=DirectoryView,
    cites="PS3.3 F.3.2.2",
    says="{missing} is missing in a record that refers to a file",
    advice="The file itself says what is missing; trust the file.",
)
def reference_complete(view: DirectoryView) -> Iterator[Fact]:
    """(0004,1500), (0004,1510), (0004,1511) and (0004,1512) are all there with values, or none is."""
    for record in view.records:
        if any(tag in record.keys for tag in REFERENCE):
            for tag in REFERENCE:
                if not text(record.keys, tag):
                    yield Fact({"missing": name_of(tag)}, place_of_record(record, tag))


@rule(
    "DDIR-015",
    on=DirectoryView,
    cites="PS3.3 F.3.2.2",
    severity=Severity.WARNING,
    says="{name} is retired",
    advice="The record shares its file through another record, which readers have not done since 2004.",
)
def no_mrdr(view: DirectoryView) -> Iterator[Fact]:
    """No record uses the retired elements of the Multi-Referenced File Directory Record."""
    for record in view.records:
        for tag in (0x00041504, 0x00041600):
            if tag in record.keys:
                yield Fact({"name": name_of(tag)}, place_of_record(record, tag), recovery="read-anyway")


@rule(
    "DDIR-016",
    on=DirectoryView,
    cites="PS3.5 7.1",
    says="The elements of a record are not in the order of their tags: {detail}",
    advice="Readers that stop at the first higher tag miss some of them; the values themselves are there.",
)
def element_order(view: DirectoryView) -> Iterator[Fact]:
    """The elements of every record are in ascending order of their tags, each once."""
    yield from anomalies(view, "element-order", recovery="read-anyway")


@rule(
    "DDIR-017",
    on=DirectoryView,
    cites="PS3.10 8.6",
    severity=Severity.NOTE,
    says="The data set of the DICOMDIR holds {name}, which belongs into its File Meta Information only",
    advice="Readers ignore it.",
)
def no_sop_common(view: DirectoryView) -> Iterator[Fact]:
    """The data set of a DICOMDIR has no SOP Class UID and no SOP Instance UID of its own."""
    for tag in (0x00080016, 0x00080018):
        if tag in view.instance.keys:
            yield Fact({"name": name_of(tag)}, Place(tag=tag_text(tag)))


@rule(
    "DDIR-018",
    on=DirectoryView,
    cites="PS3.3 F.3.2.2",
    says="{name} is absent in a record",
    advice="Readers may lose what comes after the record or below it; have the medium written again.",
)
def links_present(view: DirectoryView) -> Iterator[Fact]:
    """Every record has the offsets of the next record and of its lower-level entity, 0 for none."""
    for record in view.records:
        for tag, offset in ((0x00041400, record.next), (0x00041420, record.lower)):
            if offset is None:
                place = place_of_record(record, tag)
                yield Fact({"name": name_of(tag)}, place, recovery=view.recovered or "none")


@rule(
    "DDIR-019",
    on=DirectoryView,
    cites="PS3.5 7.5",
    says="The records cannot be told apart as they should: {detail}",
    advice="What could be read is listed; search the medium for files that no record names.",
)
def item_structure(view: DirectoryView) -> Iterator[Fact | Unchecked]:
    """Items and sequences have the lengths that their contents have, and every element can be read."""
    cut = view.instance.anomaly("truncated")
    yield from anomalies(view, "item-length", "sequence-length", "unreadable", recovery="read-anyway")
    yield from anomalies(view, "record-cut", because="FILE-013" if cut else None, recovery="partial")
    for anomaly in view.anomalies:
        if anomaly.kind == "too-many":
            yield Unchecked(anomaly.detail, Place(offset=anomaly.offset))


def anomalies(
    view: DirectoryView, *kinds: str, because: str | None = None, recovery: str = "none"
) -> Iterator[Fact]:
    """One fact for every anomaly of those kinds, in the reader's own words, at the record concerned."""
    seen = [anomaly for anomaly in view.anomalies if anomaly.kind in kinds]
    records = {record.offset: record for record in view.records} if seen else {}
    for anomaly in seen:
        record = records.get(-1 if anomaly.offset is None else anomaly.offset)
        place = place_of_record(record) if record else Place(offset=anomaly.offset)
        yield Fact({"detail": anomaly.detail}, place, because, recovery)
