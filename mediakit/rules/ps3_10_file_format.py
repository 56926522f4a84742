"""FILE and RISK: one DICOM file by itself (PS3.10 section 7).

These rules see an `Instance` only. `create` asks them of every source, `verify` of every
file on the medium.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..dictionary import TRANSFER_SYNTAXES, tag_text, uid_name
from ..model import Instance
from ..report import Place, Severity
from ..values import is_uid, text
from . import Fact, Unchecked, rule

_DUAL_FORMATS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_EXECUTABLE = {
    b"MZ": "a Windows program",
    b"\x7fELF": "a Linux program",
    b"#!": "a script",
    b"PK": "an archive",
}
_PROGRAMS = tuple(_EXECUTABLE)
_KNOWN = (*_DUAL_FORMATS, *_PROGRAMS)
_JPIP = tuple(f"1.2.840.10008.1.2.4.{n}" for n in (94, 95, 204, 205))
_ADDRESS = re.compile(rb"(?i:dicom:)[^\s/@]+:\d{1,5}|(?i:https?)://[^\s@/]+(/\S*)?")
_CREDENTIALS = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*:(//)?[^\s/@]*@")
_IMPLEMENTATION_NAME = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


def _seen(instance: Instance, *kinds: str) -> Iterator[Fact]:
    """One fact for every anomaly of those kinds, in the reader's own words."""
    for anomaly in instance.anomalies:
        if anomaly.kind in kinds:
            yield Fact({"detail": anomaly.detail}, Place(offset=anomaly.offset))


@rule(
    "FILE-001",
    on=Instance,
    cites="PS3.10 7.1",
    recovery="auto-with-note",
    says="The file does not begin with a 128-byte preamble and the prefix DICM",
    advice="Ask the sender for files in the DICOM File Format; the data set may still be readable.",
)
def preamble_and_prefix(instance: Instance) -> Iterator[Fact]:
    """A DICOM file begins with a preamble of 128 bytes and the four characters DICM."""
    if instance.preamble is None:
        yield Fact()


@rule(
    "FILE-002",
    on=Instance,
    noted=True,
    cites="PS3.10 7.1",
    recovery="auto",
    says="The file has no File Meta Information",
    advice="The transfer syntax had to be guessed; have the file written again in the DICOM File Format.",
)
def file_meta_present(instance: Instance) -> Iterator[Fact]:
    """Every DICOM file holds File Meta Information before its data set."""
    if instance.anomaly("no-file-meta"):
        yield Fact(because="FILE-001" if instance.preamble is None else None)


def _meta(instance: Instance) -> bool:
    return instance.anomaly("no-file-meta") is None


@rule(
    "FILE-003",
    on=Instance,
    noted=True,
    cites="PS3.10 7.1",
    recovery="auto",
    says="File Meta Information Group Length (0002,0000) is wrong: {detail}",
    advice="Readers that trust the length lose their place; have the file written again.",
)
def group_length(instance: Instance) -> Iterator[Fact]:
    """(0002,0000) is present and counts the bytes from its own end to the end of group 0002."""
    if _meta(instance):
        yield from _seen(instance, "file-meta-group-length")


@rule(
    "FILE-004",
    on=Instance,
    cites="PS3.10 7.1",
    severity=Severity.WARNING,
    recovery="auto",
    says="File Meta Information Version (0002,0001) is {found}, not 00 01",
    advice="Harmless for readers that test the second byte as the standard says; mend it at the source.",
)
def meta_version(instance: Instance) -> Iterator[Fact]:
    """(0002,0001) holds the bytes 00H 01H."""
    version = instance.file_meta.raw(0x00020001)
    if _meta(instance) and version != b"\0\1":
        yield Fact({"found": version.hex(" ") or "absent"}, Place(tag="(0002,0001)"))


@rule(
    "FILE-005",
    on=Instance,
    cites="PS3.10 7.1",
    recovery="auto-with-note",
    says="Media Storage SOP Class UID in the file meta is {meta}, but the data set says {data_set}",
    advice="Trust the data set; have the file written again.",
)
def sop_class_agrees(instance: Instance) -> Iterator[Fact]:
    """(0002,0002) is present and equals the SOP Class UID of the data set."""
    yield from _agrees(instance, 0x00020002, 0x00080016)


@rule(
    "FILE-006",
    on=Instance,
    cites="PS3.10 7.1",
    recovery="auto-with-note",
    says="Media Storage SOP Instance UID in the file meta is {meta}, but the data set says {data_set}",
    advice="Trust the data set; the file may be a careless copy of another one. Compare before importing.",
)
def sop_instance_agrees(instance: Instance) -> Iterator[Fact]:
    """(0002,0003) is present and equals the SOP Instance UID of the data set."""
    yield from _agrees(instance, 0x00020003, 0x00080018)


def _agrees(instance: Instance, meta_tag: int, data_tag: int) -> Iterator[Fact]:
    if not _meta(instance):
        return
    meta, data = text(instance.file_meta, meta_tag), text(instance.keys, data_tag)
    if not meta or (data and meta != data):
        yield Fact({"meta": meta or "absent", "data_set": data or "nothing"})


@rule(
    "FILE-007",
    on=Instance,
    cites="PS3.10 7.1",
    recovery="auto-with-note",
    says="Transfer Syntax UID (0002,0010): {found}",
    advice="The data set may still be readable; have the file written again with its real transfer syntax.",
)
def transfer_syntax(instance: Instance) -> Iterator[Fact]:
    """(0002,0010) is present, known, decodes the data set, and is not a JPIP one."""
    if _meta(instance) and (found := _wrong_syntax(instance, text(instance.file_meta, 0x00020010))):
        yield Fact({"found": found}, Place(tag="(0002,0010)"))


def _wrong_syntax(instance: Instance, stated: str) -> str:
    """What is wrong with the transfer syntax that is stated; empty when it is right."""
    if not stated:
        return "it is absent"
    if stated not in TRANSFER_SYNTAXES:
        return f"{stated} is not known"
    if stated in _JPIP:
        return f"{uid_name(stated)} needs a network and is forbidden in files"
    if stated != instance.transfer_syntax:
        return f"it says {uid_name(stated)}, but the data set is {uid_name(instance.transfer_syntax)}"
    wrong = instance.anomaly("transfer-syntax-wrong")
    return wrong.detail if wrong else ""


@rule(
    "FILE-008",
    on=Instance,
    cites="PS3.10 7.1",
    says="Implementation Class UID (0002,0012) is {found}",
    advice="The file does not say which software wrote it; readers seldom care.",
)
def implementation_class(instance: Instance) -> Iterator[Fact]:
    """(0002,0012) is present and holds a UID."""
    found = text(instance.file_meta, 0x00020012)
    if _meta(instance) and not is_uid(found):
        yield Fact({"found": repr(found) if found else "absent"}, Place(tag="(0002,0012)"))


@rule(
    "FILE-009",
    on=Instance,
    cites="PS3.10 7.1",
    severity=Severity.WARNING,
    says="Implementation Version Name (0002,0013) {found!r} is not up to 16 characters of A-Z 0-9 _",
    advice="Nearly every product breaks this and no reader is known to mind.",
)
def implementation_version(instance: Instance) -> Iterator[Fact]:
    """(0002,0013), if present, is at most 16 characters of A-Z, 0-9 and underscore."""
    found = text(instance.file_meta, 0x00020013)
    if len(found) > 16 or not _IMPLEMENTATION_NAME.issuperset(found):
        yield Fact({"found": found}, Place(tag="(0002,0013)"))


@rule(
    "FILE-010",
    on=Instance,
    cites="PS3.10 7.1",
    says="Private Information (0002,0102) has no creator (0002,0100)",
    advice="Nobody can tell whose private information it is; it may be ignored.",
)
def private_information(instance: Instance) -> Iterator[Fact]:
    """(0002,0102) is present only with (0002,0100), which says whose it is."""
    if 0x00020102 in instance.file_meta and not instance.file_meta.raw(0x00020100):
        yield Fact(place=Place(tag="(0002,0102)"))


@rule(
    "FILE-011",
    on=Instance,
    noted=True,
    cites="PS3.10 7.1",
    recovery="auto",
    says="The file meta holds a value representation that is not allowed there: {detail}",
    advice="Have the file written again.",
)
def meta_encoding(instance: Instance) -> Iterator[Fact]:
    """Group 0002 is Explicit VR Little Endian, without UN, with values of even length."""
    yield from _seen(instance, "file-meta-vr")


@rule(
    "FILE-012",
    on=Instance,
    noted=True,
    cites="PS3.10 7.1",
    says="The data set holds elements that belong to the file meta or to no data set: {detail}",
    advice="Have the file written again; readers may stop at such an element.",
)
def no_meta_in_data_set(instance: Instance) -> Iterator[Fact]:
    """The data set has no element of group 0002, and groups 0001, 0003, 0005, 0007 are not used."""
    yield from _seen(instance, "group-0002-in-data-set")


@rule(
    "FILE-013",
    on=Instance,
    noted=True,
    cites="PS3.10 7.2",
    recovery="never",
    says="The file ends too early: {detail}",
    advice="Part of this object is lost. Fetch it again from its source before anybody relies on it.",
)
def complete(instance: Instance) -> Iterator[Fact | Unchecked]:
    """A file holds one complete data set."""
    yield from _seen(instance, "truncated")
    if damage := instance.anomaly("unreadable"):
        yield Unchecked(f"the data set cannot be read to its end ({damage.detail})", because="FILE-015")


@rule(
    "FILE-014",
    on=Instance,
    noted=True,
    cites="PS3.10 7.2",
    recovery="auto-with-note",
    says="Bytes follow the end of the data set: {detail}",
    advice="Two files may have been joined; compare with the source.",
)
def nothing_after(instance: Instance) -> Iterator[Fact]:
    """A file holds one data set and nothing behind it but trailing padding."""
    yield from _seen(instance, "trailing-bytes", "deflated-checksum")


@rule(
    "FILE-015",
    on=Instance,
    noted=True,
    cites="PS3.10 7.1",
    recovery="never",
    says="The data set cannot be read: {detail}",
    advice="The file is damaged. Fetch it again from its source.",
)
def readable(instance: Instance) -> Iterator[Fact]:
    """The data set decodes in its transfer syntax from its first element to its last."""
    yield from _seen(instance, "unreadable")


@rule(
    "FILE-016",
    on=Instance,
    noted=True,
    cites="PS3.5 7.1",
    recovery="auto",
    says="Data elements are not in ascending order: {detail}",
    advice="Strict readers stop here; have the file written again.",
)
def element_order(instance: Instance) -> Iterator[Fact]:
    """The elements of a data set stand in ascending order of their tags, each once."""
    yield from _seen(instance, "element-order")


@rule(
    "FILE-017",
    on=Instance,
    noted=True,
    cites="PS3.5 8.1.1",
    recovery="never",
    says="Pixel Data does not hold the image that rows, columns, bits and frames describe: {detail}",
    advice="Part of the image is missing. Fetch it again; never pad it.",
)
def pixel_data_length(instance: Instance) -> Iterator[Fact]:
    """Native Pixel Data holds as many bytes as Rows, Columns, Samples, Bits and Frames say."""
    yield from _seen(instance, "pixel-data-length")


@rule(
    "FILE-018",
    on=Instance,
    cites="PS3.10 7.1",
    says="The preamble is neither zero nor the header of a second format: {found}",
    advice="An unknown program used it; the DICOM data behind it is not affected.",
)
def preamble_zero(instance: Instance) -> Iterator[Fact]:
    """A preamble that no application profile or second format uses is all 00H."""
    preamble = instance.preamble or b""
    rest = preamble.removeprefix(b"DICM")  # some File-set Updaters put DICM first: legal
    if rest.strip(b"\0") and not preamble.startswith(_KNOWN):
        at = next(n for n, byte in enumerate(preamble) if byte)
        yield Fact({"found": f"byte {at} is {preamble[at]:02X}H"}, Place(offset=at))


@rule(
    "FILE-019",
    on=Instance,
    noted=True,
    cites="PS3.5 7.1",
    recovery="auto",
    says="An element has no known value representation: {detail}",
    advice="Strict readers stop here; have the file written again.",
)
def value_representation(instance: Instance) -> Iterator[Fact]:
    """Every element states a value representation that PS3.5 6.2 defines."""
    yield from _seen(instance, "element-vr")


@rule(
    "FILE-020",
    on=Instance,
    noted=True,
    cites="PS3.5 8.1.1",
    recovery="never",
    says="The file describes an image but holds no Pixel Data: {detail}",
    advice="The image itself is missing. Fetch the file again from its source.",
)
def pixel_data_present(instance: Instance) -> Iterator[Fact]:
    """A file that describes rows, columns and bits holds the pixels."""
    yield from _seen(instance, "pixel-data-missing")


@rule(
    "FILE-021",
    on=Instance,
    cites="PS3.10 7.1",
    severity=Severity.WARNING,
    says="The Application Entity Title {found!r} in the file meta is not one",
    advice="It only tells where the file came from; no reader is known to mind.",
)
def application_entities(instance: Instance) -> Iterator[Fact]:
    """(0002,0016), (0002,0017) and (0002,0018), if present, are titles of up to 16 characters."""
    for tag in (0x00020016, 0x00020017, 0x00020018):
        raw = instance.file_meta.raw(tag)
        if not raw:
            continue
        # PS3.5 6.2: spaces around it count for nothing; backslash and control characters are no part.
        title = raw.strip(b" \0")
        if len(title) > 16 or b"\\" in title or any(not 0x20 <= byte <= 0x7E for byte in title):
            found = title.decode("ascii", "backslashreplace")
            yield Fact({"found": found}, Place(tag=tag_text(tag)))


@rule(
    "FILE-022",
    on=Instance,
    cites="PS3.10 7.1",
    severity=Severity.WARNING,
    says="The presentation address is {problem}",
    advice="It only tells where the file came from. A password in it should be changed.",
)
def presentation_addresses(instance: Instance) -> Iterator[Fact]:
    """(0002,0026), (0002,0027) and (0002,0028), if present, are dicom: or http URIs without credentials."""
    for tag in (0x00020026, 0x00020027, 0x00020028):
        uri = instance.file_meta.raw(tag).rstrip(b" \0")
        if not uri:
            continue
        place = Place(tag=tag_text(tag))
        if _CREDENTIALS.match(uri):
            yield Fact({"problem": "a URI with user and password in it"}, place)
        elif not _ADDRESS.fullmatch(uri):
            yield Fact({"problem": f"no such URI: {uri.decode('ascii', 'backslashreplace')!r}"}, place)


@rule(
    "RISK-001",
    on=Instance,
    cites="PS3.10 7.5",
    severity=Severity.WARNING,
    recovery="auto-with-note",
    says="The preamble makes this file {found} as well as a DICOM file",
    advice="Never execute it. Read it as DICOM only and have it checked for malicious code.",
)
def preamble_executable(instance: Instance) -> Iterator[Fact]:
    """The preamble of a file from outside does not make it a program, script or archive."""
    preamble = instance.preamble or b""
    if preamble.startswith(_PROGRAMS):
        found = (what for magic, what in _EXECUTABLE.items() if preamble.startswith(magic))
        yield Fact({"found": next(found)}, Place(offset=0))
