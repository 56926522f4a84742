"""RISK, PDI and FSET once more: what else is on a medium beside the DICOM files it ought to hold.

Nothing of it is executed, unpacked or followed; it is named, because it may be all there is, may
harm who opens it, or may tell more of a patient than the images do. PDI rules speak only of a
medium that looks like one of IHE's Portable Data for Imaging.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from ..dicomfile import SECURE_DICOM_FILE
from ..dicomfile.kinds import SECURE, kind_of
from ..formats.fat.volume import FatVolume
from ..formats.tree import MediumView
from ..formats.udf.volume import UdfVolume
from ..places import place_of
from ..read import FileSetView, FileView
from ..report import Place, Severity
from ..values import is_uid, person_name, text
from . import Fact, Unchecked, rule

_ARCHIVES = ("ZIP archive", "gzip archive", "7-Zip archive", "RAR archive")
_DATABASES = ("SQLite database", "Microsoft Office document")
_PROGRAMS = ("Windows program", "Linux program", "macOS program", "Java or macOS program")
_SCRIPTS = (".BAT", ".CMD", ".COM", ".JS", ".LNK", ".MSI", ".PS1", ".SCR", ".SH", ".VBS")
_FOREIGN_DIRECTORIES = {"DIRFILE": "Philips"}
_LOSSY = {f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, *range(100, 109))}
_NOBODY = re.compile(r"|.*(anon|de-?ident|unknown|removed).*", re.IGNORECASE)
_KINDS = 5
_HEAD = 256
_PAGE = 1 << 20
_LINK = re.compile(rb"""(?:href|src)\s*=\s*["']([^"'#?]+)""", re.IGNORECASE)


def _others(view: FileSetView) -> Iterator[FileView]:
    """The files that are no DICOM instance and no directory, but could be read."""
    for file in view.files.values():
        if file.instance is None and file.readable and file.path not in view.directories:
            yield file


def _kind(file: FileView) -> str:
    """What it is instead: "no DICOM: ZIP archive, not opened" is a "ZIP archive"."""
    return file.reason.removeprefix("no DICOM: ").partition(",")[0]


@rule(
    "FSET-021",
    on=FileSetView,
    cites="mediakit",
    severity=Severity.WARNING,
    recovery="never",
    says="The medium holds no DICOM instance, only {found}",
    advice="There is nothing to import. Ask the sender for the images in DICOM; pictures are no substitute.",
)
def holds_instances(view: FileSetView) -> Iterator[Fact]:
    """A medium without a DICOMDIR holds DICOM instances that can be found by searching."""
    others = list(_others(view))
    secure = any(file.opened or file.reason in (SECURE, SECURE_DICOM_FILE) for file in others)
    if view.directory is None and others and not secure and not view.instances():
        kinds = Counter(map(_kind, others)).most_common(_KINDS)
        found = ", ".join(f"{count} x {kind}" for kind, count in kinds)
        yield Fact({"found": found}, because="FSET-001" if not view.directories else "FSET-004")


def _head(file: FileView, size: int = _HEAD) -> bytes:
    """The beginning of a file. Raises OSError."""
    assert file.content
    with file.content.open() as stream:
        return stream.read(size)


@rule(
    "FSET-023",
    on=FileSetView,
    cites="mediakit",
    severity=Severity.NOTE,
    recovery="auto-with-note",
    says="{name} is a directory of {maker} from before the standard",
    advice="No reader knows it any more; the images were searched for instead.",
)
def no_foreign_directory(view: FileSetView) -> Iterator[Fact]:
    """A medium has a DICOMDIR, not a directory in a maker's own format."""
    for file in _others(view):
        if maker := _FOREIGN_DIRECTORIES.get(file.path[-1].upper()):
            because = None if view.directories else "FSET-001"
            yield Fact({"name": file.path[-1], "maker": maker}, Place(path=file.name), because=because)


@rule(
    "FILE-040",
    on=FileSetView,
    cites="PS3.3 C.7.6.1",
    severity=Severity.NOTE,
    recovery="auto-with-note",
    says="The image was compressed with loss",
    advice="It may be less than the original. Ask for the original where the diagnosis depends on it.",
)
def images_without_loss(view: FileSetView) -> Iterator[Fact]:
    """An image was not compressed with loss."""
    for file in view.instances():
        one = file.instance
        if one and (one.transfer_syntax in _LOSSY or text(one.keys, "LossyImageCompression") == "01"):
            yield Fact(place=place_of(one, file.name))


@rule(
    "FILE-041",
    on=FileSetView,
    cites="PS3.5 9.1",
    recovery="auto-with-note",
    says="{name} {found!r} is not a UID",
    advice="Import it as it is: a changed UID would make another object of it. Tell the sender.",
)
def identifiers(view: FileSetView) -> Iterator[Fact]:
    """UIDs have at most 64 characters: numbers without leading zeros, joined by dots."""
    for file in view.instances():
        for keyword, name in _IDENTIFIERS if file.instance else ():
            assert file.instance
            found = text(file.instance.keys, keyword)
            if found and not is_uid(found):
                yield Fact({"name": name, "found": found}, place_of(file.instance, file.name))


_IDENTIFIERS = (
    ("SOPInstanceUID", "SOP Instance UID"),
    ("StudyInstanceUID", "Study Instance UID"),
    ("SeriesInstanceUID", "Series Instance UID"),
)


@rule(
    "RISK-003",
    on=FileSetView,
    cites="PS3.10 7.5",
    severity=Severity.WARNING,
    recovery="never",
    says="The medium wants to start a program by itself",
    advice="Switch off what starts programs from media before it is inserted; mediakit executes nothing.",
)
def no_autorun(view: FileSetView) -> Iterator[Fact]:
    """No file of a medium makes a computer start a program."""
    for file in view.files.values():
        if file.name.upper() == "AUTORUN.INF":
            yield Fact(place=Place(path=file.name))


@rule(
    "RISK-004",
    on=FileSetView,
    cites="PS3.10 7.5",
    severity=Severity.NOTE,
    recovery="never",
    says="The medium holds a program or script",
    advice="A viewer on a disc is usual. Check it for malicious code before anybody starts it.",
)
def no_programs(view: FileSetView) -> Iterator[Fact]:
    """The files of a medium are data, none is a program."""
    for file in _others(view):
        if _kind(file) in _PROGRAMS or file.name.upper().endswith(_SCRIPTS):
            yield Fact(place=Place(path=file.name))


@rule(
    "RISK-005",
    on=FileSetView,
    cites="PS3.10 8.1",
    severity=Severity.WARNING,
    recovery="ask",
    says="There is {what} on the medium, which was not looked into",
    advice="It may hold images. Verify the ZIP archive by itself; unpack any other one first.",
)
def no_archives(view: FileSetView) -> Iterator[Fact]:
    """Images lie on the medium itself, not in an archive on it."""
    for file in _others(view):
        if _kind(file) in _ARCHIVES:
            what = "an archive locked with a password" if _is_locked(file) else f"a {_kind(file)}"
            yield Fact({"what": what}, Place(path=file.name))


def _is_locked(file: FileView) -> bool:
    """Whether the first file of a ZIP archive is encrypted (APPNOTE 4.4.4, bit 0)."""
    try:
        head = _head(file)
    except OSError:
        return False
    return kind_of(head) == "ZIP archive" and len(head) > 6 and bool(head[6] & 1)


@rule(
    "RISK-006",
    on=FileSetView,
    cites="PS3.10 8.1",
    severity=Severity.NOTE,
    recovery="never",
    says="The medium holds a database: {what}",
    advice="A maker's own format may hold images that no DICOM reader sees. Ask the sender for DICOM.",
)
def no_databases(view: FileSetView) -> Iterator[Fact]:
    """Images are files of their own, not rows of a viewer's database."""
    for file in _others(view):
        if _kind(file) in _DATABASES or file.name.upper().endswith((".MDB", ".FDB", ".DBF")):
            yield Fact({"what": _kind(file)}, Place(path=file.name))


@rule(
    "RISK-007",
    on=FileSetView,
    cites="mediakit",
    severity=Severity.WARNING,
    recovery="never",
    says="The directory names {name}, the image does not: it was made anonymous, the directory was not",
    advice="Pass this medium on to nobody until it was written again from the images.",
)
def directory_is_as_anonymous(view: FileSetView) -> Iterator[Fact]:
    """The directory tells no more of who the patient is than the images do."""
    for reference in view.references:
        one = reference.file.instance if reference.file else None
        if one is None or not _NOBODY.fullmatch(text(one.keys, "PatientName")):
            continue
        above = next((each for each in reference.record.ancestors if each.type == "PATIENT"), None)
        said = text(above.keys, "PatientName") if above else ""
        if not _NOBODY.fullmatch(said):
            yield Fact({"name": person_name(said)}, place_of(one, "/".join(reference.path)))


def _claims_pdi(view: FileSetView) -> bool:
    """Whether the medium looks like one of IHE's: with its folder of web content, or its entry page."""
    roots = {path[0].upper() for path in view.files}
    return "IHE_PDI" in roots or ("INDEX.HTM" in roots and ("DICOMDIR",) in view.files)


@rule(
    "RISK-008",
    on=MediumView,
    cites="PS3.10 8.1",
    severity=Severity.NOTE,
    recovery="never",
    says="There are traces of deleted files: at least {traces}",
    advice="What was in them may be there too, of whatever patient. Before it is passed on, write the medium "
    "anew (`mediakit create`, or `mediakit update -o NEW`): a new one has no remains.",
)
def nothing_deleted(medium: MediumView) -> Iterator[Fact]:
    """A medium that is passed on has no traces of files that were deleted from it."""
    if isinstance(medium.facts, FatVolume | UdfVolume) and medium.facts.deleted:
        count = medium.facts.deleted
        yield Fact({"traces": f"{count:,} directory {'entry' if count == 1 else 'entries'}"})


@rule(
    "PDI-001",
    on=FileSetView,
    cites="IHE RAD-47",
    severity=Severity.WARNING,
    says="The medium looks like one of IHE PDI, but its root has no {name}",
    advice="The images are not affected; who opens the medium by hand lacks the explanation.",
)
def pdi_texts(view: FileSetView) -> Iterator[Fact]:
    """A PDI medium has a README.TXT, and with web content an INDEX.HTM, in its root."""
    if _claims_pdi(view):
        names = {path[0].upper() for path in view.files if len(path) == 1}
        for name in ("README.TXT", "INDEX.HTM"):
            if name not in names:
                yield Fact({"name": name})


@rule(
    "PDI-002",
    on=FileSetView,
    cites="IHE RAD-47",
    severity=Severity.WARNING,
    says="A link of this page leads to {link!r}, which is spelt {found!r} on the medium",
    advice="Where upper and lower case differ the web content is broken; the images are not affected.",
)
def pdi_links(view: FileSetView) -> Iterator[Fact | Unchecked]:
    """The links of web pages have the very names of the files."""
    if not _claims_pdi(view):
        return
    spelt = {tuple(part.upper() for part in path): path for path in view.files}
    for file in _others(view):
        if _kind(file) == "HTML page":
            try:
                page = _head(file, _PAGE)
            except OSError as error:
                yield Unchecked(f"the page cannot be read ({error.strerror or error})", Place(path=file.name))
                continue
            for link, found in _misspelt(file, page, spelt):
                yield Fact({"link": link, "found": found}, Place(path=file.name))


def _misspelt(
    file: FileView, page: bytes, spelt: dict[tuple[str, ...], tuple[str, ...]]
) -> Iterator[tuple[str, str]]:
    """The links that would lead to a file if case did not count, each with the file's name."""
    for link in dict.fromkeys(_LINK.findall(page)):
        name = link.decode("ascii", "backslashreplace")
        steps = list(file.path[:-1])
        for part in name.split("/"):
            if part == ".." and steps:
                steps.pop()
            elif part not in ("", ".", ".."):
                steps.append(part)
        found = spelt.get(tuple(part.upper() for part in steps))
        if found and found != tuple(steps):
            yield name, "/".join(found)


@rule(
    "PDI-003",
    on=FileSetView,
    cites="IHE RAD-47",
    severity=Severity.WARNING,
    says="The folder IHE_PDI holds a DICOM file",
    advice="The folder is for web content; readers of PDI media do not look for images there.",
)
def pdi_folder(view: FileSetView) -> Iterator[Fact]:
    """IHE_PDI holds web content only."""
    for file in view.instances():
        if file.instance and file.path[0].upper() == "IHE_PDI":
            yield Fact(place=place_of(file.instance, file.name))
