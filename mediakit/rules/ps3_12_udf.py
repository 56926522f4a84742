"""UDF: the file system of DVD, DVD-RAM and BD, from its raw structures (PS3.12 Annexes J, P, X).

An image does not say of which medium it is, so these rules hold what the three annexes share,
and what a revision of UDF alone tells: 2.50 and 2.60 are those of BD. Which revision a medium may have
is asked for every profile that the File-set is held against, as a profile names its media. The
names of DICOM Files are judged as File IDs (PS3.10 8.2) by other rules; here it is what UDF adds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..formats.udf.structs import (
    HIDDEN,
    TYPE_DIRECTORY,
    TYPE_FILE,
    TYPE_SYMLINK,
    parse_dstring,
)
from ..formats.udf.volume import Oddity, UdfRecord, UdfVolume
from ..profile.load import media
from ..profile.subject import ProfiledFileSet
from ..report import Place, Severity
from . import Fact, Unchecked, rule

_REVISIONS = (0x0102, 0x0150, 0x0200, 0x0201, 0x0250, 0x0260)
_BD = 0x0250
_THIRD_EDITION = 0x0200
_OF_ISO_9660 = re.compile(r"[A-Z0-9_]{1,8}(\.|\.?;[0-9]+)")
_READ, _SEARCH = 4, 1
_WRITE_AND_DELETE = {False: 0x5AD6, True: 0x56B5}  # PS3.12 P.2.1.5, for all; of directories: access, delete


def _shown(revision: int) -> str:
    """A binary-coded revision as it is written: 0x0102 is 1.02."""
    return f"{revision >> 8:x}.{revision & 0xFF:02x}"


def _at(record: UdfRecord) -> Place:
    return Place(path=record.name)


def _with_entry(volume: UdfVolume) -> Iterator[tuple[UdfRecord, int]]:
    """The files and directories whose entries were read, with their file types."""
    for record in volume.records:
        if record.file_type is not None:
            yield record, record.file_type


def _odd(volume: UdfVolume, *kinds: str) -> Iterator[tuple[Oddity, Place]]:
    """What the reader noted of those kinds: a path says where, else the offset in the image."""
    for odd in volume.oddities:
        if odd.kind in kinds:
            yield odd, Place(path="/".join(odd.path)) if odd.path else Place(offset=odd.offset)


@rule(
    "UDF-001",
    on=UdfVolume,
    cites="PS3.12 P.2.1",
    says="The volume is one of UDF {revision}",
    advice="Readers that know the revisions of PS3.12 only may refuse the disc; ask for another one.",
)
def known_revision(volume: UdfVolume) -> Iterator[Fact]:
    """The revision of UDF is 1.02, 1.50, 2.00 or 2.01 on DVD, 1.50 on DVD-RAM, 2.50 or 2.60 on BD."""
    if volume.lvd and volume.revision not in _REVISIONS:
        yield Fact({"revision": _shown(volume.revision)})


@rule(
    "UDF-002",
    on=UdfVolume,
    cites="PS3.12 J.2.1",
    says="The volume says {nsr}, which is not that of UDF {revision}",
    advice="Some systems refuse the disc; copy it on another one.",
)
def recognition_of_its_revision(volume: UdfVolume) -> Iterator[Fact]:
    """A volume has the recognition sequence of its revision: NSR02 up to 1.50, NSR03 from 2.00 on."""
    if volume.revision in _REVISIONS and volume.nsr:
        expected = "NSR03" if volume.revision >= _THIRD_EDITION else "NSR02"
        if volume.nsr != expected:
            yield Fact({"nsr": volume.nsr, "revision": _shown(volume.revision)})


@rule(
    "UDF-003",
    on=UdfVolume,
    cites="PS3.12 P.2.1.2",
    says="The Interchange Level of the volume is {found}, not 2 and 2",
    advice="The volume may be one of a set; ask the sender for a disc that stands alone.",
)
def interchange_level(volume: UdfVolume) -> Iterator[Fact]:
    """The Primary Volume Descriptor says Interchange Level 2, and 2 at most."""
    if pvd := volume.pvd:
        found = pvd.interchange_level, pvd.maximum_interchange_level
        if found != (2, 2):
            yield Fact({"found": f"{found[0]} and {found[1]}"})


@rule(
    "UDF-004",
    on=UdfVolume,
    cites="PS3.12 P.2.1.1",
    says="The disc has {found}",
    advice="Readers take one of each; look for what is missing here on another system.",
)
def one_of_each(volume: UdfVolume) -> Iterator[Fact]:
    """A side has one UDF volume with one partition and one file set."""
    counts = {"volumes": 1, "partitions": len(volume.partitions), "file sets": len(volume.file_sets)}
    if volume.pvd:
        counts["volumes"] = volume.pvd.maximum_volume_sequence_number
    found = [f"{count} {name}" for name, count in counts.items() if count > 1]
    if found:
        yield Fact({"found": " and ".join(found)})


@rule(
    "UDF-005",
    on=UdfVolume,
    cites="PS3.12 X.2.1",
    says="A {word} partition is on a volume of UDF {revision}",
    advice="Readers of BD do not know it; ask the sender for a disc that was finished.",
)
def no_virtual_partition_on_bd(volume: UdfVolume) -> Iterator[Fact]:
    """A BD has neither a Virtual Allocation Table nor sparing tables."""
    for word in volume.maps:
        if word in ("virtual", "sparable") and volume.revision >= _BD:
            yield Fact({"word": word, "revision": _shown(volume.revision)})


@rule(
    "UDF-006",
    on=UdfVolume,
    cites="PS3.12 P.2.1.3",
    says="Text is not in OSTA CS0: {detail}",
    advice="Names may look different on other systems; the data are not concerned.",
)
def texts_in_cs0(volume: UdfVolume) -> Iterator[Fact]:
    """Names and identifiers are recorded in OSTA CS0."""
    for odd, place in _odd(volume, "name"):
        yield Fact({"detail": odd.detail}, place)
    if volume.pvd:
        try:
            parse_dstring(volume.pvd.volume_identifier)
        except ValueError as error:
            yield Fact({"detail": f"the Volume Identifier: {error}"})


@rule(
    "UDF-007",
    on=UdfVolume,
    cites="PS3.12 P.2.1.4",
    says="The name is recorded with what belongs to ISO 9660",
    advice="Readers that look for the File ID do not find the file; copy and rename it.",
)
def no_version_in_names(volume: UdfVolume) -> Iterator[Fact]:
    """A DICOM File is named by its File ID component alone, without dot and version number."""
    for record in volume.records:
        if not record.is_directory and _OF_ISO_9660.fullmatch(record.path[-1]):
            yield Fact(place=_at(record))


@rule(
    "UDF-008",
    on=UdfVolume,
    cites="PS3.12 P.2.1.4",
    says="The file version is {version}, not 1",
    advice="Some systems may not show the file; copy it from another one.",
)
def version_one(volume: UdfVolume) -> Iterator[Fact]:
    """The File Version Number is 1."""
    for record in volume.records:
        if record.record.version != 1:
            yield Fact({"version": record.record.version}, _at(record))


@rule(
    "UDF-009",
    on=UdfVolume,
    cites="PS3.12 P.2.1.4",
    says="The file or directory is hidden",
    advice="Explorers may not show it; readers of the DICOMDIR find it all the same.",
)
def not_hidden(volume: UdfVolume) -> Iterator[Fact]:
    """Nothing that belongs to the File-set is hidden."""
    for record in volume.records:
        if record.record.characteristics & HIDDEN:
            yield Fact(place=_at(record))


@rule(
    "UDF-010",
    on=UdfVolume,
    cites="PS3.12 P.2.1.5",
    says="Not everybody may read it: the permissions are {permissions}",
    advice="Open the disc as administrator, or copy it on a system that does not look at permissions.",
)
def readable_by_all(volume: UdfVolume) -> Iterator[Fact]:
    """All users may read files and enter directories."""
    for record, _ in _with_entry(volume):
        if not _is_readable(record):
            yield Fact({"permissions": f"{record.permissions:04X}H"}, _at(record))


def _is_readable(record: UdfRecord) -> bool:
    """Whether owner, group and all others may read (ECMA-167 4/14.9.5)."""
    bits = _READ | _SEARCH if record.is_directory else _READ
    return all(record.permissions >> shift & bits == bits for shift in (0, 5, 10))


@rule(
    "UDF-011",
    on=UdfVolume,
    cites="PS3.12 P.2.1.5",
    says="Not everybody may write and delete it: the permissions are {permissions}",
    advice="Nothing can be changed on a finished disc; tell the sender.",
    severity=Severity.WARNING,
)
def writable_by_all(volume: UdfVolume) -> Iterator[Fact]:
    """All users may write and delete files, and delete directories."""
    for record, _ in _with_entry(volume):
        wanted = _WRITE_AND_DELETE[record.is_directory]
        if record.permissions & wanted != wanted and _is_readable(record):
            yield Fact({"permissions": f"{record.permissions:04X}H"}, _at(record))


@rule(
    "UDF-012",
    on=UdfVolume,
    cites="PS3.12 P.2.1.6",
    says="The file type is {type}",
    advice="Some systems may not open the file; copy it from another one.",
    severity=Severity.WARNING,
)
def file_type(volume: UdfVolume) -> Iterator[Fact]:
    """A file is a plain one or a symbolic link, by its ICB.

    PS3.12 asks for file type 0, which UDF 2.3.5.2 forbids in favour of 5; both are taken.
    """
    for record, type in _with_entry(volume):
        known = (TYPE_DIRECTORY,) if record.is_directory else (0, TYPE_FILE, TYPE_SYMLINK)
        if type not in known:
            yield Fact({"type": type}, _at(record))


@rule(
    "UDF-013",
    on=UdfVolume,
    cites="PS3.12 P.2.1.7",
    says="The file has named streams, which are not read",
    advice="The DICOM File is what is in the default stream; ask the sender what the others hold.",
    severity=Severity.WARNING,
)
def default_stream(volume: UdfVolume) -> Iterator[Fact]:
    """A DICOM File is in the default stream of its file."""
    for record in volume.records:
        if record.has_streams:
            yield Fact(place=_at(record))


@rule(
    "UDF-014",
    on=UdfVolume,
    cites="UDF 2.2.4.2",
    says="A logical block has {size:,} bytes, not 2,048",
    advice="Drives of discs have sectors of 2,048 bytes; some systems do not read the volume.",
    severity=Severity.WARNING,
)
def block_size(volume: UdfVolume) -> Iterator[Fact]:
    """A logical block of a disc has 2,048 bytes."""
    if volume.lvd and volume.lvd.block_size != 2048:
        yield Fact({"size": volume.lvd.block_size})


@rule(
    "UDF-015",
    on=UdfVolume,
    cites="UDF 2.2.14",
    says="The image is cut off: {detail}",
    advice="Copy the disc again, or ask the sender for another one.",
)
def image_is_complete(volume: UdfVolume) -> Iterator[Fact]:
    """The image holds the whole partition."""
    for odd, place in _odd(volume, "truncated"):
        yield Fact({"detail": odd.detail}, place)


@rule(
    "UDF-016",
    on=UdfVolume,
    cites="UDF 2.3.10",
    says="Data cannot be reached: {detail}",
    advice="It cannot be read from here; copy the disc again, or ask the sender for another one.",
)
def extents_inside(volume: UdfVolume) -> Iterator[Fact]:
    """The data of every file and directory lie inside the image and are as long as they say."""
    because = "UDF-015" if any(_odd(volume, "truncated")) else None
    for odd, place in _odd(volume, "extent-outside", "short"):
        yield Fact({"detail": odd.detail}, place, because=because)


@rule(
    "UDF-017",
    on=UdfVolume,
    cites="UDF 2.1",
    says="The structure of the volume is broken: {detail}",
    advice="Files may be missing here; compare with the DICOMDIR, or ask the sender for another disc.",
)
def structure(volume: UdfVolume) -> Iterator[Fact | Unchecked]:
    """Descriptors, entries and directories are in order, and every name occurs once."""
    because = "UDF-015" if any(_odd(volume, "truncated")) else None
    kinds = (
        "descriptors",
        "checksum",
        "crc",
        "location",
        "entry",
        "record",
        "directory",
        "cycle",
        "duplicate",
    )
    for odd, place in _odd(volume, *kinds):
        yield Fact({"detail": odd.detail}, place, because=because)
    for odd, place in _odd(volume, "unreadable", "limit", "too-deep", "unsupported"):
        yield Unchecked(odd.detail, place)


@rule(
    "UDF-018",
    on=UdfVolume,
    cites="UDF 2.2.3",
    says="One of two copies is damaged: {detail}",
    advice="It was read from the other one, which some readers do not do; make a copy of the disc now.",
)
def both_copies(volume: UdfVolume) -> Iterator[Fact]:
    """What UDF records twice is sound in both places and the same."""
    for odd, place in _odd(volume, "reserve", "copies-differ"):
        yield Fact({"detail": odd.detail}, place)


@rule(
    "UDF-019",
    on=UdfVolume,
    cites="PS3.12 P.3",
    says="The volume was not closed",
    advice="Finalise the disc in the recorder that wrote it; what was written last may be missing.",
    severity=Severity.WARNING,
)
def closed(volume: UdfVolume) -> Iterator[Fact]:
    """The volume was closed when it was finished."""
    for _, place in _odd(volume, "not-closed"):
        yield Fact(place=place)


@rule(
    "UDF-020",
    on=UdfVolume,
    cites="UDF 2.1.7",
    says="The volume has no recognition sequence",
    advice="Most systems do not take it for UDF; a program that looks for anchors reads it.",
)
def recognition(volume: UdfVolume) -> Iterator[Fact]:
    """A Volume Recognition Sequence says that the volume is one of UDF."""
    for _, place in _odd(volume, "recognition"):
        yield Fact(place=place)


@rule(
    "UDF-021",
    on=UdfVolume,
    cites="UDF 2.2.3",
    says="Only {count} anchor was found, in sector {sector:,}",
    advice="If that sector cannot be read one day, nothing can; make a copy of the disc.",
    severity=Severity.WARNING,
)
def two_anchors(volume: UdfVolume) -> Iterator[Fact]:
    """There are anchors in at least two of sectors 256, N - 256 and N."""
    if len(volume.anchors) == 1:
        because = "UDF-015" if any(_odd(volume, "truncated")) else None
        yield Fact({"count": 1, "sector": volume.anchors[0]}, because=because)


@rule(
    "UDF-022",
    on=ProfiledFileSet,
    cites="PS3.12 P.2.1",
    says="The volume is one of UDF {found}; a {medium} has {wanted}",
    advice="Some readers of this medium do not read it; most computers do.",
)
def revision_of_the_medium(subject: ProfiledFileSet) -> Iterator[Fact]:
    """The revision of UDF is one that the annex of the medium allows."""
    possible = [media()[word] for word in subject.profile.media if media()[word].udf]
    for view in subject.view.media:
        if isinstance(view.facts, UdfVolume) and view.facts.lvd and possible:
            found = _shown(view.facts.revision)
            if not any(found in medium.udf for medium in possible):
                medium = possible[0]
                args = {"found": found, "medium": medium.name, "wanted": " or ".join(sorted(medium.udf))}
                yield Fact(args, citation=f"PS3.12 {medium.annex}.2.1")
