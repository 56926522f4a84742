"""What is in no table: rules on whole media, on the work of the creator, and on several files at once."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

from mediakit import create, verify
from mediakit.dicomfile import encode_element
from mediakit.errors import ConformanceError
from mediakit.formats import bridge, iso9660, views_of
from mediakit.formats.tree import Evidence, MediumView, VolumeParameters
from mediakit.model import Anomaly, BytesContent
from mediakit.profile.load import media, profile
from mediakit.profile.records import load_records
from mediakit.profile.subject import ProfiledFileSet
from mediakit.read import FileSetView
from mediakit.report import Finding
from mediakit.rules import RULES, judge
from mediakit.secure import oids
from mediakit.secure.der import algorithm, context, integer, sequence, set_of, tlv
from mediakit.secure.subject import SecuredFileSet
from tests.builders import FILE_SET_ID, FileSetFolder, ct, file_set
from tests.fat import FAT16, PARAMETERS, PARTITION
from tests.fat import image as fat_image
from tests.fat import patched as fat_patched
from tests.iso9660 import CREATED, both32, raw_sectors, tree
from tests.iso9660 import patched as iso_patched
from tests.iso9660 import record as iso_record
from tests.profile_sets import images
from tests.profile_sets.dataset import RLE
from tests.udf import image as udf_image
from tests.udf import volume as udf_volume

from . import Recipe, secure
from .directory import a_report
from .fat import IM1, MOD41, VALID, as_file_set, in_entry, on
from .file_set import UNKNOWN_KEYS

SD = "STD-GEN-SD-JPEG"
DVD_RAM = "STD-GEN-DVD-RAM"


def disc(volume: str = FILE_SET_ID, more: Mapping[str, bytes] = MappingProxyType({})) -> bytes:
    """A CD with a sound File-set; the volume may be named otherwise, and hold more."""
    out = io.BytesIO()
    iso9660.write(iso9660.plan(tree({**file_set().files, **more}), VolumeParameters(volume, CREATED)), out)
    return out.getvalue()


def _verified(image: bytes, where: Path) -> Iterable[Finding]:
    path = where / "disc.iso"
    path.write_bytes(image)
    return verify(path, profile="STD-GEN-CD").findings


def bridge_disc(location: int | None = None) -> bytes:
    """A DVD with ISO 9660 and UDF; on the ISO side, INDEX.HTM may lie in another sector."""
    out = io.BytesIO()
    files = {**file_set().files, "README.TXT": b"Read me.", "INDEX.HTM": b"<html/>\n"}
    bridge.write(bridge.plan(tree(files), VolumeParameters(FILE_SET_ID, CREATED)), out)
    image = out.getvalue()
    if location is None:
        return image
    return iso_patched(image, (iso_record(image, "INDEX.HTM").offset + 2, both32(location)))


def _on_any_profile(image: bytes, where: Path) -> Iterable[Finding]:
    path = where / "disc.iso"
    path.write_bytes(image)
    return verify(path).findings


def _verified_folder(folder: FileSetFolder, where: Path) -> Iterable[Finding]:
    return verify(folder.write(where), profile="STD-GEN-CD").findings


def _with_a_link(folder: FileSetFolder, where: Path) -> Iterable[Finding]:
    """The folder, in which a name that is a file on other media is a link out of it."""
    (where / "outside").write_bytes(ct(9))
    medium = folder.but(LINK=None).write(where / "medium")
    if "LINK" in folder.files:
        (medium / "LINK").symlink_to(where / "outside")
    return verify(medium).findings


def _created(sources: Mapping[str, bytes], where: Path, icons: bool = False) -> Iterable[Finding]:
    """What `create` says; what stops it is told as the reason for which an instance is left out."""
    folder = where / "sources"
    folder.mkdir()
    for name, data in sources.items():
        (folder / name).write_bytes(data)
    try:
        return create([folder], where / "cd.iso", icons=icons).findings
    except ConformanceError as stopped:
        rules = {each.rule for each in stopped.result.left_out}  # type: ignore[attr-defined]  # a Creation
        return [Finding(rule, RULES[rule].severity, RULES[rule].citation, "left out") for rule in rules]


def _refused(sources: Mapping[str, bytes], where: Path) -> Iterable[Finding]:
    """What `create` says of what stops it, with all that is behind it."""
    folder = where / "sources"
    folder.mkdir()
    for name, data in sources.items():
        (folder / name).write_bytes(data)
    try:
        return create([folder], where / "cd.iso").findings
    except ConformanceError as stopped:
        return stopped.result.findings


def _held(subject: tuple[bytes, str], _: Path) -> Iterable[Finding]:
    """What the rules on sticks, cards and disks say; the volume holds no File-set to speak of."""
    data, name = subject
    seen = ProfiledFileSet(as_file_set(data), profile(name), load_records())
    return [each for each in judge(seen) if each.rule.startswith("FAT-")]


def _on_disc(subject: tuple[str, str], _: Path) -> Iterable[Finding]:
    """What the rules say of an empty volume of a UDF revision, held against a profile."""
    revision, name = subject
    facts = udf_volume(udf_image({}, revision))
    view = FileSetView((MediumView(Evidence("udf", ""), (), (), facts),), {}, (), None, None, ())
    held = judge(ProfiledFileSet(view, profile(name), load_records()))
    return [each for each in held if each.rule.startswith("UDF-")]


def _names(data: bytes, _: Path) -> Iterable[Finding]:
    """What FAT-003 says where IM1 is the one DICOM file."""
    return [each for each in judge(as_file_set(data, IM1)) if each.rule == "FAT-003"]


def _disk(*patches: tuple[int, bytes]) -> tuple[bytes, str]:
    """An MO disk as its annex wants it, but for the patches, and a profile of it."""
    return fat_patched(on("mod41"), *patches), MOD41


def _card(*patches: tuple[int, bytes]) -> tuple[bytes, str]:
    """An SD card in the same way."""
    return fat_patched(on("sd"), *patches), SD


def _partitioned_disk() -> bytes:
    medium = media()["mod41"]
    return fat_image({}, replace(PARAMETERS, fat=(12,), clusters=medium.clusters, partitioned=True))


def _report(old: bytes = b"", new: bytes = b"") -> FileSetFolder:
    """A File-set of one report; bytes of its directory may be exchanged for others."""
    folder = file_set((a_report(RelatedGeneralSOPClassUID="1.2.3.4"),))
    data = folder.files["DICOMDIR"]
    assert old in data
    assert len(old) == len(new)
    return folder.but(DICOMDIR=data.replace(old, new))


def _without_content() -> FileSetFolder:
    """The record loses its Content Sequence: renamed to a private element that nobody asks for."""
    return _report(struct.pack("<HH2s", 0x0040, 0xA730, b"SQ"), struct.pack("<HH2s", 0x0041, 0xA731, b"SQ"))


def _related(uid: bytes) -> bytes:
    return encode_element(0x0004151A, "UI", uid)


def _closed(*anomalies: Anomaly) -> MediumView:
    return MediumView(Evidence("folder", ""), (), anomalies)


def _authenticated() -> object:
    """AuthEnvelopedData with AES-GCM, which came after the profile."""
    inner = sequence(algorithm("2.16.840.1.101.3.4.1.46", sequence(tlv(4, bytes(12)))))[2:]
    content = sequence(
        b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", inner, tlv(context(0, False), bytes(40))
    )
    body = sequence(integer(0), set_of([]), content, tlv(4, bytes(16)))
    return secure.file(secure.wrapped(body, oids.AUTH_ENVELOPED_DATA))


def _secured(*signers: str) -> SecuredFileSet:
    made = secure.sealed(secure.DATA, secure.envelope(signers=signers))
    return SecuredFileSet((secure.file(secure.GOOD), secure.file(made)))


def _judged(subject: object, _: Path) -> Iterable[Finding]:
    return judge(subject)


def _raw(*patches: tuple[int, bytes]) -> bytes:
    """The disc in raw sectors of Mode 2, with other bytes in the last but one."""
    raw = raw_sectors(disc(), 2)
    at = len(raw) - 2 * 2352
    return iso_patched(raw, *((at + offset, data) for offset, data in patches))


def _media(image: bytes, _: Path) -> Iterable[Finding]:
    return [finding for view in views_of(BytesContent(image)) for finding in judge(view)]


def _sources(**changes: bytes) -> Callable[[], dict[str, bytes]]:
    return lambda: {"a": ct(1), "b": ct(2), **changes}


RECIPES = (
    Recipe(
        "FSET-012", lambda: disc()[:-2048], disc, _verified,
        {
            "FSET-009": "the record's file cannot be looked into: not checked",
            "ISO-013": "a folder cannot show it, only an image that is cut off",
            "ISO-014": "the last file was in what is missing",
            "PROF-006": UNKNOWN_KEYS,
        },
    ),
    Recipe("FSET-013", _sources(c=ct(1)), _sources(), _created),
    Recipe("FSET-014", _sources(c=ct(1, PatientSex="M")), _sources(), _created),
    Recipe("FSET-015", lambda: _closed(Anomaly("unreadable", "A: may not be entered")), _closed, _judged),
    Recipe("FSET-016", _sources(c=ct(4)), _sources(), _created),
    Recipe("RISK-002", lambda: file_set().but(LINK=b""), file_set, _with_a_link),
    Recipe("UDF-022", lambda: bridge_disc(16), bridge_disc, _on_any_profile),
    Recipe(
        "PROF-021", lambda: {"a": images.ct(RLE, 8).but(PixelData=[b"no segments"]).data},
        lambda: {"a": images.ct(RLE, 8).data}, _refused,
        {"PROF-002": "without a change the profile does not take it"},
    ),
    Recipe("UDF-023", lambda: ("2.60", DVD_RAM), lambda: ("1.50", DVD_RAM), _on_disc),
    Recipe("ISO-002", lambda: disc("OTHER"), disc, _verified),
    Recipe("ISO-020", lambda: _raw((18, b"\x28")), _raw, _media),
    Recipe("RISK-008", lambda: in_entry(0, b"\xe5"), lambda: VALID, _media),
    Recipe("KEY-050", _sources(a=ct(1, StudyID=""), b=ct(2, StudyID="")), _sources(), _created),
    Recipe(
        "KEY-060", _sources(a=ct(1, PhotometricInterpretation="MONOCHROME9")), _sources(),
        partial(_created, icons=True),
    ),
    Recipe("KEY-005", _without_content, _report, _verified_folder),
    Recipe("KEY-007", lambda: _report(b"20240503101500", b"20240502101500"), _report, _verified_folder),
    Recipe("DDIR-031", partial(_report, *map(_related, (b"1.2.3.4", b"1.2.3.5"))), _report, _verified_folder),
    Recipe("FAT-003", lambda: in_entry(12, b"\x08"), lambda: VALID, _names),
    Recipe("FAT-016", lambda: (on("mod41"), SD), _card, _held),
    Recipe("FAT-017", lambda: (_partitioned_disk(), MOD41), _disk, _held),
    Recipe("FAT-018", lambda: _disk((28, b"\x01")), _disk, _held),
    Recipe("FAT-019", lambda: _card((PARTITION + 36, b"\x80")), _card, _held),
    Recipe("FAT-020", lambda: _disk((21, b"\xf0")), _disk, _held),
    Recipe(
        "FAT-021", lambda: (fat_image({"Read me": b""}, replace(FAT16, partitioned=True)), SD),
        _card, _held,
    ),
    Recipe("SEC-005", lambda: _secured("signer1"), _secured, _judged),
    Recipe(
        "SEC-016", _authenticated, lambda: secure.file(secure.GOOD), _judged,
        {
            "SEC-017": "what is authenticated is encrypted with GCM, not CBC",
            "SEC-012": secure.CLOSED,
        },
    ),
)  # fmt: skip
