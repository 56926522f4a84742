"""FAT: the file system of sticks, cards and MO disks, judged from its raw structures.

PS3.12 says in Annex A what a PC file system is, and in M, Q, R, S, T and U what of it each
medium may have. An image does not say which medium it comes from. So what holds for all is
asked of the volume alone, and what an annex fixes is asked once for every profile that the
File-set is held against: a profile names its media, and one of these is enough. "FAT 1.03" is
Microsoft's FAT32 File System Specification, which also describes FAT12 and FAT16.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..formats.fat.geometry import CLUSTERS
from ..formats.fat.structs import HIDDEN, LOWER_BASE, LOWER_EXTENSION, SYSTEM, BootSector
from ..formats.fat.volume import FatEntry, FatVolume, Oddity
from ..formats.tree import Path
from ..profile.load import media
from ..profile.model import PhysicalMedium
from ..profile.subject import ProfiledFileSet
from ..read import FileSetView
from ..report import Place, Severity
from . import Fact, Unchecked, rule

_SUPERSEDED = ("T", "U")  # annexes that take Annex A, but let a card be partitioned
_STRICT = ("M", "Q")  # and those that take it as it is


def _at(entry: FatEntry) -> Place:
    return Place(path=entry.name)


def _odd(volume: FatVolume, *kinds: str) -> Iterator[tuple[Oddity, Place]]:
    """What the reader noted of those kinds: a path says where, else the offset in the image."""
    for odd in volume.oddities:
        if odd.kind in kinds:
            yield odd, Place(path="/".join(odd.path)) if odd.path else Place(offset=odd.offset)


@rule(
    "FAT-001",
    on=FatVolume,
    cites="PS3.12 R.1",
    says="The files are not in the first partition: {detail}",
    advice="Readers that look at the first partition only find nothing; ask for a new medium.",
)
def first_partition(volume: FatVolume) -> Iterator[Fact]:
    """On a partitioned medium the File-set is in the first partition."""
    for odd, place in _odd(volume, "partition"):
        yield Fact({"detail": odd.detail}, place)


@rule(
    "FAT-002",
    on=FatVolume,
    cites="PS3.12 R.1.1",
    says="The file system is {found}, which is none that PS3.12 allows; its files were not read",
    advice="Copy the files with a computer that reads it, verify the folder, and ask for FAT next time.",
)
def is_fat(volume: FatVolume) -> Iterator[Fact]:
    """The file system of a stick or card is FAT, not exFAT, NTFS or an encrypted one."""
    for odd, place in _odd(volume, "foreign"):
        yield Fact({"found": odd.detail}, place)


@rule(
    "FAT-003",
    on=FileSetView,
    cites="PS3.12 A.1.3",
    says="The name is recorded as {short}, and shown as {shown}",
    advice="Readers that look for the exact name may not find the file; others do.",
)
def recorded_name(view: FileSetView) -> Iterator[Fact]:
    """The names of DICOM files and of their folders are short ones, without a long one that differs."""
    wanted: set[Path] = set()
    for path in [file.path for file in view.instances()] + [*view.directories]:
        wanted |= {path[:depth] for depth in range(1, len(path) + 1)}
    for medium in view.media:
        for entry in medium.facts.entries if isinstance(medium.facts, FatVolume) else ():
            if entry.path in wanted and (shown := _shown(entry)) != entry.short:
                yield Fact({"short": entry.short, "shown": shown}, _at(entry))


def _shown(entry: FatEntry) -> str:
    """The name as systems show it: the long one, else the short one in the case that NT notes."""
    if entry.long:
        return entry.long
    base, dot, extension = entry.short.partition(".")
    case = entry.entry.case
    base = base.lower() if case & LOWER_BASE else base
    return base + dot + (extension.lower() if case & LOWER_EXTENSION else extension)


@rule(
    "FAT-004",
    on=FatVolume,
    cites="FAT 1.03 FAT Directory Structure",
    says="The file or folder is marked as {found}",
    advice="Explorers may not show it; readers of the DICOMDIR find it all the same.",
    severity=Severity.WARNING,
)
def not_hidden(volume: FatVolume) -> Iterator[Fact]:
    """Nothing on the volume should be hidden from the user."""
    words = {HIDDEN: "hidden", SYSTEM: "a system file"}
    for entry in volume.entries:
        found = [word for bit, word in words.items() if entry.entry.attributes & bit]
        if found:
            yield Fact({"found": " and ".join(found)}, _at(entry))


@rule(
    "FAT-005",
    on=FatVolume,
    cites="PS3.12 R.2",
    says="The medium has a GUID Partition Table",
    advice="Older systems and devices do not read it; copy the files from a newer one.",
    severity=Severity.WARNING,
)
def no_gpt(volume: FatVolume) -> Iterator[Fact]:
    """A partitioned medium has the customary partition table; PS3.12 knows no other."""
    for _, place in _odd(volume, "gpt"):
        yield Fact(place=place)


@rule(
    "FAT-006",
    on=FatVolume,
    cites="FAT 1.03 Boot Sector and BPB",
    says="Partition table and volume do not agree: {detail}",
    advice="Some systems may not find the volume; copy the files from one that does.",
    severity=Severity.WARNING,
)
def partition_table(volume: FatVolume) -> Iterator[Fact]:
    """The partition has the type of its volume, holds all of it, and begins where the volume says."""
    for odd, place in _odd(volume, "table"):
        yield Fact({"detail": odd.detail}, place)


@rule(
    "FAT-007",
    on=FatVolume,
    cites="FAT 1.03 Boot Sector and BPB",
    says="The image is cut off: {detail}",
    advice="Copy the medium again, or ask the sender for another one.",
)
def image_is_complete(volume: FatVolume) -> Iterator[Fact]:
    """The image holds the whole volume."""
    for odd, place in _odd(volume, "truncated"):
        yield Fact({"detail": odd.detail}, place)


@rule(
    "FAT-008",
    on=FatVolume,
    cites="FAT 1.03 FAT Data Structure",
    says="Data lies outside the volume or the image: {detail}",
    advice="It cannot be read from here; copy the medium again, or ask the sender for another one.",
)
def data_inside(volume: FatVolume) -> Iterator[Fact]:
    """FATs, directories and the clusters of every file lie inside volume and image."""
    cut_off = any(odd.kind == "truncated" for odd in volume.oddities)
    for odd, place in _odd(volume, "outside"):
        yield Fact({"detail": odd.detail}, place, because="FAT-007" if cut_off else None)


@rule(
    "FAT-009",
    on=FatVolume,
    cites="FAT 1.03 FAT Data Structure",
    says="The chain of clusters is broken: {detail}",
    advice="The file is damaged or incomplete; ask the sender for another medium.",
)
def chains(volume: FatVolume) -> Iterator[Fact | Unchecked]:
    """Every file and directory has clusters of its own, as many as its size needs, to the end of a chain."""
    for odd, place in _odd(volume, "broken", "loop", "cross-linked", "longer"):
        yield Fact({"detail": odd.detail}, place)
    for odd, place in _odd(volume, "unreadable", "limit", "too-deep"):
        yield Unchecked(odd.detail, place)


@rule(
    "FAT-010",
    on=FatVolume,
    cites="FAT 1.03 FAT Data Structure",
    says="The File Allocation Tables are not equal: {detail}",
    advice="What a reader sees depends on which of them it takes; ask for a new medium.",
)
def equal_fats(volume: FatVolume) -> Iterator[Fact]:
    """All FATs of a volume are equal."""
    for odd, place in _odd(volume, "fats"):
        yield Fact({"detail": odd.detail}, place)


@rule(
    "FAT-011",
    on=FatVolume,
    cites="FAT 1.03 FAT Data Structure",
    says="Part of the volume belongs to nothing: {detail}",
    advice="The medium may have been removed too early; compare its files with the DICOMDIR.",
    severity=Severity.WARNING,
)
def nothing_lost(volume: FatVolume) -> Iterator[Fact]:
    """Every cluster in use belongs to a file or directory."""
    causes = {"outside": "FAT-008", "broken": "FAT-009", "loop": "FAT-009", "longer": "FAT-009"}
    causes |= {"duplicate": "FAT-013"}
    because = next((causes[odd.kind] for odd in volume.oddities if odd.kind in causes), None)
    for odd, place in _odd(volume, "lost"):
        yield Fact({"detail": odd.detail}, place, because)


@rule(
    "FAT-012",
    on=FatVolume,
    cites="FAT 1.03 FAT Type Determination",
    says="The boot sector contradicts itself: {detail}",
    advice="Systems may read the volume differently; copy the files and compare them with the DICOMDIR.",
    severity=Severity.WARNING,
)
def boot_sector(volume: FatVolume) -> Iterator[Fact]:
    """The boot sector's numbers go together, and its clusters are as many as its kind of FAT has."""
    for odd, place in _odd(volume, "boot"):
        yield Fact({"detail": odd.detail}, place)
    geometry = volume.geometry
    if geometry and geometry.clusters and geometry.clusters not in CLUSTERS[geometry.width]:
        detail = f"{geometry.clusters:,} clusters on a {volume.kind}"
        yield Fact({"detail": detail}, Place(offset=volume.start))


@rule(
    "FAT-013",
    on=FatVolume,
    cites="FAT 1.03 FAT Directory Structure",
    says="A name is in its directory twice",
    advice="Readers see one of the two files only; copy the other with a repair tool if it is needed.",
)
def no_duplicates(volume: FatVolume) -> Iterator[Fact]:
    """A directory has every name once."""
    for _, place in _odd(volume, "duplicate"):
        yield Fact(place=place)


@rule(
    "FAT-014",
    on=FatVolume,
    cites="FAT 1.03 FAT Directory Structure",
    says="The directory is not in order: {detail}",
    advice="Its files can be read; check the medium with a repair tool before it is written again.",
    severity=Severity.WARNING,
)
def directories(volume: FatVolume) -> Iterator[Fact]:
    """Directories begin with their own two entries, and long names belong to their short ones."""
    for odd, place in _odd(volume, "entry", "long-name"):
        yield Fact({"detail": odd.detail}, place)


@rule(
    "FAT-015",
    on=FatVolume,
    cites="FAT 1.03 FAT32 FSInfo Sector Structure and Backup Boot Sector",
    says="A sector beside the boot sector is wrong: {detail}",
    advice="The files can be read; check the medium with a repair tool before it is written again.",
    severity=Severity.WARNING,
)
def beside_the_boot_sector(volume: FatVolume) -> Iterator[Fact]:
    """FSInfo counts the free clusters, and the backup is equal to the boot sector."""
    for odd, place in _odd(volume, "fs-info", "backup"):
        yield Fact({"detail": odd.detail}, place)


Held = Callable[[FatVolume, PhysicalMedium], Iterator[Fact]]


def _held(subject: ProfiledFileSet, check: Held) -> Iterator[Fact]:
    """What the check says of the volume on that medium of the profile which suits it best."""
    for view in subject.view.media:
        if isinstance(view.facts, FatVolume) and view.facts.boot:
            possible = (media()[word] for word in subject.profile.media)
            said = [[*check(view.facts, medium)] for medium in possible if "fat" in medium.formats]
            yield from min(said, key=len, default=[])


@rule(
    "FAT-016",
    on=ProfiledFileSet,
    cites="PS3.12 A.2",
    says="The volume is {found}; a {medium} has {wanted}",
    advice="Some readers of this medium do not read it; most computers do.",
)
def kind_of_fat(subject: ProfiledFileSet) -> Iterator[Fact]:
    """The volume is of a kind that the annex of its medium allows."""
    return _held(subject, _kind_of_fat)


def _kind_of_fat(volume: FatVolume, medium: PhysicalMedium) -> Iterator[Fact]:
    allowed = [f"FAT{width}" for width in medium.fat]
    if volume.kind not in allowed:
        args = {"found": volume.kind, "medium": medium.name, "wanted": " or ".join(allowed)}
        section = "A.2" if medium.annex in _STRICT else f"{medium.annex}.1.1"
        yield Fact(args, Place(offset=volume.start), citation=f"PS3.12 {section}")


@rule(
    "FAT-017",
    on=ProfiledFileSet,
    cites="PS3.12 A.2",
    says="The medium is partitioned; a {medium} is not",
    advice="Readers of this medium may look for its files in the wrong place; most computers find them.",
)
def unpartitioned(subject: ProfiledFileSet) -> Iterator[Fact]:
    """An MO disk has no partitions."""

    def check(volume: FatVolume, medium: PhysicalMedium) -> Iterator[Fact]:
        if volume.partition and not medium.partitioned:
            yield Fact({"medium": medium.name}, Place(offset=446))

    return _held(subject, check)


_FIELDS: dict[str, tuple[int, Callable[[BootSector], object], object]] = {
    "the number of reserved sectors": (14, lambda boot: boot.reserved_sectors, 1),
    "the number of root entries": (17, lambda boot: boot.root_entries, 512),
    "the 16-bit number of sectors": (19, lambda boot: boot.total_sectors_16, 0),
    "the drive number with its reserved byte": (36, lambda boot: boot.drive_number | boot.reserved << 8, 0),
    "the boot signature": (38, lambda boot: boot.boot_signature, 0x29),
}
"""Fields of the boot sector: what, their first byte, how to take them, what PS3.12 A.2 has for them."""

_PREFERRED: dict[str, tuple[int, Callable[[BootSector], object], object]] = {
    "the number of FATs": (16, lambda boot: boot.fats, 2),
    "the OEM name": (3, lambda boot: boot.oem_name, b"MSDOS4.0"),
}


def _told(value: object) -> object:
    """A number as it is, bytes as the text that they hold; the argument of a finding goes into JSON."""
    return ascii(value.decode("latin-1")) if isinstance(value, bytes) else value


def _fields(
    volume: FatVolume, fields: dict[str, tuple[int, Callable[[BootSector], object], object]]
) -> Iterator[Fact]:
    assert volume.boot
    if volume.geometry and volume.geometry.width == 32:
        return  # its boot sector is another one; that it is FAT32 is for FAT-016
    for what, (at, take, wanted) in fields.items():
        if (found := take(volume.boot)) != wanted:
            args = {"what": what, "found": _told(found), "wanted": _told(wanted)}
            yield Fact(args, Place(offset=volume.start + at))


@rule(
    "FAT-018",
    on=ProfiledFileSet,
    cites="PS3.12 A.2",
    says="In the boot sector {what} is {found}, not {wanted}",
    advice="Old readers of this medium may refuse it; computers do not.",
)
def boot_sector_of_mo(subject: ProfiledFileSet) -> Iterator[Fact]:
    """The boot sector of an MO disk has the values of the table."""

    def check(volume: FatVolume, medium: PhysicalMedium) -> Iterator[Fact]:
        if medium.annex in _STRICT:
            yield from _fields(volume, _FIELDS)
            hidden = volume.boot.hidden_sectors if volume.boot else 0
            if hidden and not volume.partition:
                args = {"what": "the number of hidden sectors", "found": hidden, "wanted": 0}
                yield Fact(args, Place(offset=volume.start + 28))

    return _held(subject, check)


@rule(
    "FAT-019",
    on=ProfiledFileSet,
    cites="PS3.12 A.2",
    says="In the boot sector {what} is {found}, where {wanted} is customary",
    advice="Nothing needs to be done; no known reader looks at it.",
    severity=Severity.WARNING,
)
def boot_sector_of_card(subject: ProfiledFileSet) -> Iterator[Fact]:
    """The boot sector of a card has the values of the table, that of an MO disk the preferred ones."""

    def check(volume: FatVolume, medium: PhysicalMedium) -> Iterator[Fact]:
        if medium.annex in _SUPERSEDED:
            yield from _fields(volume, _FIELDS | _PREFERRED)
        elif medium.annex in _STRICT:
            yield from _fields(volume, _PREFERRED)

    return _held(subject, check)


@rule(
    "FAT-020",
    on=ProfiledFileSet,
    cites="PS3.12 M",
    says="The volume has {what} of {found}; a {medium} has {wanted}",
    advice="Readers of this medium may refuse it; computers do not.",
)
def sectors_of_mo(subject: ProfiledFileSet) -> Iterator[Fact]:
    """Sectors, clusters and the media byte of an MO disk are those of its annex."""
    return _held(subject, _sectors_of_mo)


def _sectors_of_mo(volume: FatVolume, medium: PhysicalMedium) -> Iterator[Fact]:
    boot = volume.boot
    if medium.annex not in _STRICT or boot is None:
        return
    found = {
        "sectors": (f"{boot.bytes_per_sector} bytes", [f"{medium.sector} bytes"], 11),
        "clusters": (f"{boot.sectors_per_cluster} sectors", [f"{n} sectors" for n in medium.clusters], 13),
        "a media byte": (f"{boot.media:02X}H", ["F8H"], 21),
    }
    for what, (value, wanted, at) in found.items():
        if value not in wanted:
            args = {"what": what, "found": value, "medium": medium.name, "wanted": " or ".join(wanted)}
            yield Fact(args, Place(offset=volume.start + at), citation=f"PS3.12 {medium.annex}")


@rule(
    "FAT-021",
    on=ProfiledFileSet,
    cites="PS3.12 S.1.1",
    says="The name is a long one; on a {medium} names are as short as File IDs",
    advice="Readers of the DICOMDIR do not need this file.",
    severity=Severity.WARNING,
)
def short_names(subject: ProfiledFileSet) -> Iterator[Fact]:
    """On a card all files, not only DICOM files, have short names."""

    def check(volume: FatVolume, medium: PhysicalMedium) -> Iterator[Fact]:
        if medium.annex in ("S", *_SUPERSEDED):
            dicom = {file.path for file in subject.view.instances()} | {*subject.view.directories}
            for entry in volume.entries:
                if entry.long and entry.path not in dicom:
                    yield Fact({"medium": medium.name}, _at(entry), citation=f"PS3.12 {medium.annex}.1.1")

    return _held(subject, check)
