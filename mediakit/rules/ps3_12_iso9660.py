"""ISO: the file system of a CD, judged from its raw structures (PS3.12 Annex F, ISO 9660).

These rules see the primary tree as recorded, never a mounted view of it, which may show
Joliet or Rock Ridge names; ISO-018 alone compares them. An image of 2048-byte sectors does
not show the sector modes of F.2.1.1. A file whose recorded name has no extension is taken
for a DICOM file: those have none (F.1.2.1), and other content usually has one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from ..formats.iso9660.structs import (
    ASSOCIATED,
    DIRECTORY,
    HIDDEN,
    MULTI_EXTENT,
    PROTECTION,
    RECORD,
    DirectoryRecord,
    PathTableRecord,
    parse_date7,
)
from ..formats.iso9660.volume import IsoRecord, IsoVolume, Oddity, path_name
from ..formats.tree import MediumView, Path
from ..report import Place, Severity
from . import Fact, Unchecked, rule

_LEVELS = 8
_DEPTH = 16  # deeper path tables are not followed
_LARGEST_CD = 1_000_000_000  # bytes, more than any CD has; what is larger is a DVD (PS3.12 P.2.2)
_CD_I = b"CD-RTOS CD-BRIDGE"
_STEM = re.compile(rb"[A-Z0-9_]{1,8}")
_EXTENSION = re.compile(rb"[^.;]*\.[^;]", re.DOTALL)
_WITH_EXTENSION = re.compile(rb"[A-Z0-9_]{0,8}\.[A-Z0-9_]{1,3};[0-9]{1,5}")


def _files(volume: IsoVolume) -> Iterator[IsoRecord]:
    return (each for each in volume.records if not each.record.file_flags & (DIRECTORY | ASSOCIATED))


def _split(record: IsoRecord) -> tuple[bytes, bytes]:
    """A recorded name as what comes before the first delimiter, and the rest."""
    identifier = record.record.file_identifier
    stem = identifier.replace(b";", b".").partition(b".")[0]
    return stem, identifier[len(stem) :]


def _has_extension(record: IsoRecord) -> bool:
    return _EXTENSION.match(record.record.file_identifier) is not None


def _dicom_files(volume: IsoVolume) -> Iterator[IsoRecord]:
    return (record for record in _files(volume) if not _has_extension(record))


def _is_dvd(volume: IsoVolume) -> bool:
    return volume.image_size > _LARGEST_CD


def _at(record: IsoRecord) -> Place:
    return Place(path=record.name)


def _shown(data: bytes) -> str:
    """Recorded bytes in quotes; what is no character becomes an escape."""
    return repr(data)[1:]


def _odd(volume: IsoVolume, *kinds: str) -> Iterator[tuple[Oddity, Place]]:
    """What the reader noted of those kinds: a path says where, else the offset in the image."""
    for odd in volume.oddities:
        if odd.kind in kinds:
            yield odd, Place(path="/".join(odd.path)) if odd.path else Place(offset=odd.offset)


@rule(
    "ISO-001",
    on=IsoVolume,
    cites="PS3.12 F.1",
    says="The volume is number {number} of a set of {set}",
    advice="Ask the sender for a disc that stands alone; files of the other volumes are missing here.",
)
def single_volume(volume: IsoVolume) -> Iterator[Fact]:
    """A disc holds one volume, which is the only one of its Volume Set."""
    if pvd := volume.pvd:
        found = pvd.volume_sequence_number.lsb, pvd.volume_set_size.lsb
        if found != (1, 1):
            yield Fact({"number": found[0], "set": found[1]}, Place(offset=volume.pvd_offset + 120))


_PADDED = (
    "volume_set_identifier", "publisher_identifier", "data_preparer_identifier", "application_identifier",
    "copyright_file_identifier", "abstract_file_identifier", "bibliographic_file_identifier",
)  # fmt: skip


@rule(
    "ISO-003",
    on=IsoVolume,
    cites="PS3.12 F.1.1",
    says="Zero bytes pad the {field}",
    advice="Readers that compare the Volume Identifier with the File-set ID may refuse the disc.",
)
def padded_with_spaces(volume: IsoVolume) -> Iterator[Fact]:
    """Identifiers of the volume, its Volume Identifier above all, are padded with spaces."""
    if pvd := volume.pvd:
        if b"\0" in pvd.volume_identifier:
            yield Fact({"field": "Volume Identifier"}, Place(offset=volume.pvd_offset + 40))
        others = [name for name in _PADDED if b"\0" in getattr(pvd, name)]
        if others:
            field = ", ".join(name.replace("_", " ").title() for name in others)
            yield Fact({"field": field}, Place(offset=volume.pvd_offset), citation="ISO 9660 7.4")


@rule(
    "ISO-004",
    on=IsoVolume,
    cites="PS3.12 F.1.2.1",
    says="The directory lies below the eighth level",
    advice="Some readers cannot reach the files in it; copy them from another system.",
)
def directory_levels(volume: IsoVolume) -> Iterator[Fact]:
    """Directories have at most eight levels, of which the root is the first."""
    for record in volume.records:
        if record.is_directory and len(record.path) >= _LEVELS:
            yield Fact(place=_at(record))


@rule(
    "ISO-005",
    on=IsoVolume,
    cites="PS3.12 F.1.2.1",
    recovery="auto",
    says="The name is recorded as {found}, not as a File ID component and '.;1'",
    advice="Readers that look for the exact name do not find the file; others do.",
)
def recorded_name(volume: IsoVolume) -> Iterator[Fact]:
    """The name of a DICOM file is recorded as its File ID component, a dot, a semicolon and version 1."""
    for record in _dicom_files(volume):
        _, rest = _split(record)
        if rest != b".;1":
            yield Fact({"found": _shown(b"NAME" + rest)}, _at(record))


@rule(
    "ISO-006",
    on=IsoVolume,
    cites="PS3.12 F.1.3",
    says="The file has an Extended Attribute Record of {blocks} blocks",
    advice="Readers that do not know these records begin to read at the wrong place.",
)
def no_extended_attributes(volume: IsoVolume) -> Iterator[Fact]:
    """A DICOM file has no Extended Attribute Record."""
    for record in _dicom_files(volume):
        if blocks := record.record.extended_attribute_record_length:
            yield Fact({"blocks": blocks}, _at(record))


@rule(
    "ISO-007",
    on=IsoVolume,
    cites="PS3.12 F.1.3",
    says="The File Flags say {found}",
    advice="Some systems refuse to open such a file; copy it from another one.",
)
def file_flags(volume: IsoVolume) -> Iterator[Fact]:
    """The flags of a DICOM file name neither a record format nor a protection."""
    words = {RECORD: "a record format", PROTECTION: "a protection"}
    for record in _dicom_files(volume):
        found = [word for bit, word in words.items() if record.record.file_flags & bit]
        if found:
            yield Fact({"found": " and ".join(found)}, _at(record))


@rule(
    "ISO-008",
    on=IsoVolume,
    cites="ISO 9660 9.1.6",
    says="The file or directory is hidden",
    advice="Explorers may not show it; readers of the DICOMDIR find it all the same.",
    severity=Severity.WARNING,
)
def not_hidden(volume: IsoVolume) -> Iterator[Fact]:
    """Nothing on the volume should be hidden from the user."""
    for record in volume.records:
        if record.record.file_flags & HIDDEN:
            yield Fact(place=_at(record))


@rule(
    "ISO-009",
    on=IsoVolume,
    cites="PS3.12 F.1.3",
    says="The Recording Date and Time is none: {found}",
    advice="The file is readable; nothing says when it was made.",
    severity=Severity.WARNING,
)
def recording_date(volume: IsoVolume) -> Iterator[Fact]:
    """The Recording Date and Time of a DICOM file tells when the file was made."""
    for record in _dicom_files(volume):
        recorded = record.record.recording_date_and_time
        if not _is_date(recorded):
            yield Fact({"found": recorded.hex(" ")}, _at(record))


@lru_cache(256)
def _is_date(recorded: bytes) -> bool:
    try:
        parse_date7(recorded)
    except ValueError:
        return False
    return True


@rule(
    "ISO-010",
    on=IsoVolume,
    cites="PS3.12 F.2.2",
    recovery="auto",
    says="The name {found} is not one of Level 1",
    advice="Old readers may not find the file; copy it from a newer system.",
)
def level_1_names(volume: IsoVolume) -> Iterator[Fact]:
    """Names are those of Level 1: 8 d-characters, for a file 3 more after a dot, and its version.

    On a DVD, which may be of Level 2 or 3, only DICOM files are asked.
    """
    for record in _dicom_files(volume) if _is_dvd(volume) else volume.records:
        if record.record.file_flags & ASSOCIATED:
            continue
        identifier = record.record.file_identifier
        if record.is_directory:
            legal = _STEM.fullmatch(identifier)
        elif _has_extension(record):
            legal = _WITH_EXTENSION.fullmatch(identifier)
        else:  # what follows the name is for ISO-005
            legal = _STEM.fullmatch(_split(record)[0])
        if not legal:
            yield Fact({"found": _shown(identifier)}, _at(record))


@rule(
    "ISO-011",
    on=IsoVolume,
    cites="PS3.12 F.2.2",
    says="The file is recorded in several sections",
    advice="Readers of Level 1 see the first section only; copy the file from a newer system.",
)
def one_extent(volume: IsoVolume) -> Iterator[Fact]:
    """Every file is recorded in one extent, as Level 1 wants; a DVD may be of Level 3."""
    for record in () if _is_dvd(volume) else _files(volume):
        if record.record.file_flags & MULTI_EXTENT:
            yield Fact(place=_at(record))


@rule(
    "ISO-012",
    on=IsoVolume,
    cites="PS3.12 F.2.2.1",
    says="The System Identifier is {found}, not blank",
    advice="Most readers do not look at it; tell the sender.",
)
def system_identifier(volume: IsoVolume) -> Iterator[Fact]:
    """The System Identifier holds spaces, or CD-RTOS CD-BRIDGE where there is a CD-I application."""
    if volume.pvd:
        found = volume.pvd.system_identifier
        if found not in (b" " * 32, _CD_I.ljust(32)):
            yield Fact({"found": _shown(found.rstrip(b" "))}, Place(offset=volume.pvd_offset + 8))


@rule(
    "ISO-013",
    on=IsoVolume,
    cites="ISO 9660 8.4.8",
    says="The volume has {volume:,} bytes, the image only {image:,}",
    advice="The image was cut off; copy the disc again, or ask the sender for another one.",
)
def image_is_complete(volume: IsoVolume) -> Iterator[Fact]:
    """The image holds the whole volume."""
    if _cut_off(volume):
        args = {"volume": volume.volume_size, "image": volume.image_size}
        yield Fact(args, Place(offset=volume.pvd_offset + 80))


def _cut_off(volume: IsoVolume) -> bool:
    return volume.volume_size > volume.image_size


@rule(
    "ISO-014",
    on=IsoVolume,
    cites="ISO 9660 6.4",
    says="Data lies outside the image: {detail}",
    advice="It cannot be read from here; copy the disc again, or ask the sender for another one.",
)
def extents_inside(volume: IsoVolume) -> Iterator[Fact]:
    """The data of every file and directory lies inside the image."""
    because = "ISO-013" if _cut_off(volume) else None
    for odd, place in _odd(volume, "extent-outside"):
        yield Fact({"detail": odd.detail}, place, because=because)


@rule(
    "ISO-015",
    on=IsoVolume,
    cites="ISO 9660 6.8",
    says="The structure of the volume is broken: {detail}",
    advice="Files may be missing here; compare with the DICOMDIR, or ask the sender for another disc.",
)
def structure(volume: IsoVolume) -> Iterator[Fact | Unchecked]:
    """Descriptors, directories and their records are in order, and every name occurs once."""
    for odd, place in _odd(volume, "descriptors", "directory", "record", "cycle", "duplicate", "block-size"):
        yield Fact({"detail": odd.detail}, place)
    for odd, place in _odd(volume, "unreadable", "unread-session", "limit", "too-deep", "interleaved"):
        yield Unchecked(odd.detail, place)
    for odd, place in _odd(volume, "scattered"):
        yield Unchecked(odd.detail, place, because="ISO-011")


@rule(
    "ISO-016",
    on=IsoVolume,
    cites="ISO 9660 6.9",
    says="The type {type} path table {found}",
    advice="Readers that use it may miss directories; most read the directories themselves.",
    severity=Severity.WARNING,
)
def path_tables(volume: IsoVolume) -> Iterator[Fact]:
    """Both path tables list every directory of the tree at its place."""
    if not volume.pvd:
        return
    root = DirectoryRecord(volume.pvd.directory_record_for_root_directory)
    tree: dict[Path, int] = {(): root.location_of_extent.lsb}
    tree |= {each.path: each.record.location_of_extent.lsb for each in volume.records if each.is_directory}
    tables = {"L": (140, volume.l_path_table), "M": (148, volume.m_path_table)}
    for type, (start, table) in tables.items():
        if table is None:
            found = "lies outside the image"
        elif _extents(table) != tree:
            found = "does not agree with the directories"
        else:
            continue
        yield Fact({"type": type, "found": found}, Place(offset=volume.pvd_offset + start), _broken(volume))


def _extents(table: Iterable[PathTableRecord]) -> dict[Path, int]:
    """Where each directory of a path table is; nothing if the table does not form a tree."""
    paths: list[Path] = []
    extents = {}
    for record in table:
        path: Path = ()
        if paths:
            if not 1 <= record.parent_directory_number <= len(paths):
                return {}
            path = (*paths[record.parent_directory_number - 1], path_name(record.directory_identifier))
        if len(path) > _DEPTH:
            return {}
        paths.append(path)
        extents[path] = record.location_of_extent
    return extents


def _broken(volume: IsoVolume) -> str | None:
    """The rule that says why the tree is not whole, if it is not."""
    kinds = {odd.kind for odd in volume.oddities}
    if kinds & {"extent-outside"}:
        return "ISO-014"
    return "ISO-015" if kinds & {"directory", "record", "unreadable", "limit", "too-deep"} else None


@rule(
    "ISO-017",
    on=IsoVolume,
    cites="ISO 9660 7.3.3",
    says="The {field} differs between its two byte orders",
    advice="What a reader sees depends on which of the two it takes; ask for a new disc.",
    severity=Severity.WARNING,
)
def both_byte_orders(volume: IsoVolume) -> Iterator[Fact]:
    """A number that is recorded in both byte orders is the same in both."""
    for odd, place in _odd(volume, "both-endian"):
        yield Fact({"field": odd.detail}, place)


@rule(
    "ISO-018",
    on=IsoVolume,
    cites="PS3.12 F.2.2",
    recovery="auto-with-note",
    says="Joliet or Rock Ridge shows something else than the primary tree: {detail}",
    advice="What a user sees depends on the system; trust the names that the DICOMDIR gives.",
    severity=Severity.WARNING,
)
def same_trees(volume: IsoVolume) -> Iterator[Fact]:
    """Joliet and Rock Ridge, where they are, show every file of the primary tree with its data."""
    # F.2.2 wants the primary tree alone; the others are neither asked for nor forbidden.
    because = _broken(volume)
    for odd, place in _odd(volume, "joliet", "rock-ridge"):
        yield Fact({"detail": odd.detail}, place, because=because)


@rule(
    "ISO-019",
    on=IsoVolume,
    cites="PS3.12 F.2.1.2",
    recovery="auto-with-note",
    says="The last session does not show a file of an earlier one: {detail}",
    advice="It may have been deleted on purpose; ask the sender, and read the earlier session if it was not.",
    severity=Severity.WARNING,
)
def last_session_shows_all(volume: IsoVolume) -> Iterator[Fact]:
    """The last session of a disc describes what is on it; a file that only an earlier one has is lost."""
    for odd, place in _odd(volume, "session"):
        yield Fact({"detail": odd.detail}, place)


@rule(
    "ISO-020",
    on=MediumView,
    cites="PS3.12 F.2.1.1",
    says="{count:,} of {seen:,} sectors that were looked at are {form}",
    advice="Drives give other bytes of such sectors, or none; ask the sender for another disc.",
)
def sector_modes(medium: MediumView) -> Iterator[Fact]:
    """The sectors of a CD are of Mode 1, or of Mode 2 Form 1 with file, channel and coding 0."""
    for form, count in medium.sectors.forms if medium.sectors else ():
        if form not in ("Mode 1", "Mode 2 Form 1"):
            yield Fact({"form": form, "count": count, "seen": medium.sectors.seen if medium.sectors else 0})
