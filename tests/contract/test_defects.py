"""The defects of incoming media, one by one: what is found, what may be done, and what comes off.

The numbers and what is right to do are those of a catalogue of 68 defects that were met on media
of all kinds. A defect that a medium cannot show says why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from mediakit import extract, verify
from mediakit.dicomfile.encode import encode_element
from mediakit.errors import NothingToWrite
from mediakit.report import Severity
from samples.broken import content, directory, file_format
from samples.broken.file_set import CASES, IM1, IM2, nested, patched, with_reference
from samples.broken.others import bridge_disc, disc
from tests import fat
from tests.builders import FileSetFolder, ct, dataset, file_set, uid
from tests.dicomdirs import PATIENT, SERIES, STUDY, Raw, craft, image, sound
from tests.iso9660 import both32, joliet_record, two_sessions
from tests.iso9660 import image as iso9660_image
from tests.iso9660 import patched as in_image

BEYOND = Raw(0xFFFFFFF0)
Make = Callable[[], FileSetFolder | bytes] | Callable[[Path], None]


@dataclass(frozen=True)
class Defect:
    """How to make it, the rule that names it, its class of recovery, and what `extract` gives.

    Without a rule it is no fault by the standard: no finding may blame the medium for it.
    """

    make: Make
    rule: str | None
    recovery: str
    extracted: int = 2
    missing: int = 0


def with_directory(data: bytes) -> FileSetFolder:
    """Two images under a DICOMDIR made record by record."""
    return FileSetFolder({"DICOMDIR": data, "DICOM/IM000001": ct(1), "DICOM/IM000002": ct(2)})


def renamed(change: Callable[[str], str]) -> FileSetFolder:
    """Files under other names than the directory gives."""
    files = file_set().files
    return FileSetFolder({name if name == "DICOMDIR" else change(name): data for name, data in files.items()})


def one(data: bytes) -> FileSetFolder:
    """The first image replaced by another file."""
    return file_set().but(**{IM1: data})


def other(**changes: object) -> FileSetFolder:
    """The second image with other values; the directory knows nothing of them."""
    return file_set().but(**{IM2: ct(2, **changes)})  # type: ignore[arg-type]  # keywords of attributes


def stated(tag: int, uid: bytes) -> FileSetFolder:
    """The first image with another UID in its file meta."""
    return one(file_format.with_meta((tag, "UI", uid)))


def two_patients(**changes: object) -> bytes:
    """A directory with the same Patient ID in two PATIENT records."""
    return craft(
        [PATIENT.but(next=5), *sound()[1:4], image(2), PATIENT.but(lower=6, **changes),
         STUDY.but(lower=7, StudyInstanceUID="1.2.3"), SERIES.but(lower=8, SeriesInstanceUID="1.2.4"),
         image(3)],
        last=5,
    )  # fmt: skip


def visits() -> bytes:
    """A VISIT record, which is retired, between the images."""
    return craft([PATIENT, STUDY, SERIES, image(1, next=4), image(2).but(type="VISIT")])


def without_offsets() -> bytes:
    """A directory in which every offset is 0."""
    records = [record.but(next=None, lower=None) for record in sound()]
    return craft(records, first=None, last=None)


def on_joliet() -> bytes:
    """A disc whose Joliet tree shows something else than the primary one."""
    data = disc(more={"Start viewer.exe": b"MZ"})
    return in_image(data, (joliet_record(data, "IM000002") + 10, both32(9)))


def later_session() -> bytes:
    """A disc whose second session no longer has the images of the first."""
    return two_sessions(disc(), {"DICOMDIR": file_set().files["DICOMDIR"]}, 200)


def other_short_name() -> bytes:
    """A stick on which the short name of an image is another one than its long name."""
    data = fat.image(dict(file_set().files))
    at = fat.entry(data, IM1).offset
    name = data[at : at + 11]
    assert name == b"IM000001   "
    return in_image(data, (at + 12, b"\x08"))


def backwards() -> bytes:
    """A disc on which the data lie in another order than the directory has them."""
    files = file_set([ct(n) for n in range(1, 6)]).files
    return iso9660_image(dict(reversed(files.items())))


def in_a_subfolder() -> FileSetFolder:
    """A second DICOMDIR deep in the tree, which a search comes upon."""
    return file_set().but(DICOM__DICOMDIR=file_set((ct(7),)).files["DICOMDIR"])


def with_a_link(folder: Path) -> None:
    """A name that is a link to an instance outside the medium."""
    file_set().write(folder)
    (folder.parent / "outside").write_bytes(ct(9))
    (folder / "LINK").symlink_to(folder.parent / "outside")


DEFECTS: dict[int, Defect] = {
    1: Defect(lambda: file_set().but(DICOMDIR=None), "FSET-001", "auto-with-note"),
    2: Defect(nested, "FSET-001", "auto-with-note"),
    3: Defect(lambda: file_set().but(DICOMDIR=b"<html>"), "FSET-004", "auto-with-note"),
    4: Defect(lambda: renamed(str.lower), "FSET-017", "auto-with-note"),
    5: Defect(lambda: renamed(lambda name: name + ".dcm"), "FSET-017", "auto-with-note"),
    6: Defect(lambda: renamed(lambda name: name + ".;1"), "FSET-017", "auto"),
    7: Defect(lambda: with_reference(IM1.encode()), "FSET-017", "auto-with-note"),
    8: Defect(lambda: with_reference(b"DICOM\\PA000001\\ST000001\\SE000001\\.."), "FSET-010", "never"),
    9: Defect(lambda: renamed(lambda name: name.removeprefix("DICOM/")), "FSET-017", "auto-with-note"),
    10: Defect(CASES["FSID-002"][0], "FSID-002", "auto"),
    11: Defect(lambda: with_reference(b"A\\B\\C\\D\\E\\F\\G\\H\\I"), "FSID-003", "auto"),
    12: Defect(lambda: file_set().but(**{IM1: None}), "FSET-008", "none", 1, 1),
    13: Defect(lambda: file_set().but(EXTRA=ct(9)), "FSET-006", "ask", 3),
    14: Defect(lambda: file_set().but(**{IM2: ct(1, PatientSex="M")}), "XREF-006", "ask", 1),
    15: Defect(lambda: patched(b"IM000002", b"IM000001"), "FSET-007", "auto"),
    16: Defect(lambda: one(ct(1, SOPInstanceUID=uid("other"))), "XREF-002", "auto-with-note"),
    17: Defect(lambda: stated(0x00020003, b"2.25.99"), "FILE-006", "auto-with-note"),
    18: Defect(
        lambda: patched(
            encode_element(0x00041512, "UI", b"1.2.840.10008.1.2.1"),
            encode_element(0x00041512, "UI", b"1.2.840.10008.1.2.2"),
        ),
        "XREF-003", "auto",
    ),
    19: Defect(
        lambda: stated(0x00020010, b"1.2.840.10008.1.2"), "FILE-007", "auto-with-note"
    ),
    20: Defect(lambda: one(dataset()), "FILE-001", "auto-with-note"),
    21: Defect(lambda: one(file_format.with_preamble(b"MZ\x90\0")), "RISK-001", "auto-with-note"),
    22: Defect(lambda: with_directory(directory.shifted(16)), "DDIR-020", "auto-with-note"),
    23: Defect(lambda: with_directory(without_offsets()), "DDIR-006", "auto-with-note"),
    24: Defect(lambda: with_directory(directory.with_(4, next=3)), "DDIR-024", "auto-with-note"),
    25: Defect(lambda: with_directory(directory.with_(3, next=BEYOND)), "DDIR-020", "auto-with-note"),
    26: Defect(lambda: with_directory(craft(sound(), last=4)), "DDIR-021", "auto"),
    27: Defect(lambda: with_directory(directory.cut()), "DDIR-019", "auto-with-note"),
    28: Defect(lambda: with_directory(directory.implicit()), "DDIR-002", "auto"),
    29: Defect(lambda: with_directory(directory.with_(3, length=2)), "DDIR-019", "auto"),
    30: Defect(lambda: with_directory(two_patients()), "KEY-001", "auto", 2, 1),
    31: Defect(lambda: other(PatientName="Other^Bob"), "XREF-012", "ask"),
    32: Defect(lambda: with_directory(directory.with_(0, PatientID="")), "KEY-004", "ask"),
    33: Defect(lambda: with_directory(directory.with_(1, StudyDate="")), "KEY-004", "auto"),
    34: Defect(
        lambda: with_directory(directory.with_(0, PatientName="Müller".encode("latin-1"))), "KEY-011", "ask"
    ),
    35: Defect(
        lambda: with_directory(directory.with_(0, PatientName="M?ller")),
        "KEY-040", "auto",
    ),
    36: Defect(lambda: with_directory(directory.with_(4, in_use=0)), "DDIR-009", "auto", 1),
    37: Defect(lambda: with_directory(visits()), "DDIR-011", "auto"),
    38: Defect(lambda: file_set().but(DICOMDIR=None, DIRFILE=b"\0\0\1\2"), "FSET-023", "auto-with-note"),
    39: Defect(in_a_subfolder, "FSET-002", "auto-with-note"),
    40: Defect(content.private_class, "FILE-036", "auto-with-note"),
    41: Defect(lambda: stated(0x00020010, b"1.2.999.1"), "FILE-007", "auto-with-note"),
    42: Defect(lambda: file_set((content.lossy(),)), "FILE-040", "auto-with-note", 1),
    43: Defect(lambda: file_set((content.compressed(content.FRAME),)), "PROF-002", "auto", 1),
    44: Defect(file_set, None, "none"),
    45: Defect(lambda: one(ct(1, Rows=5)), "FILE-017", "never", 1, 1),
    46: Defect(lambda: one(b""), "FSET-009", "none", 1, 1),
    47: Defect(lambda: one(file_format.unknown_vr()), "FILE-019", "auto"),
    48: Defect(lambda: file_set((ct(1, StudyInstanceUID="1.2.03"),)), "FILE-041", "auto-with-note", 1),
    49: Defect(lambda: other(StudyInstanceUID=uid("other")), "XREF-011", "ask"),
    50: Defect(later_session, "ISO-019", "auto-with-note", 0, 2),
    51: Defect(on_joliet, "ISO-018", "auto-with-note"),
    52: Defect(lambda: bridge_disc(16), "UDF-022", "auto-with-note"),
    53: Defect(lambda: disc()[:-2048], "FSET-012", "none", 1, 1),
    54: Defect(lambda: FileSetFolder({"ALL.ZIP": content.ZIP}), "RISK-005", "ask", 0),
    55: Defect(lambda: FileSetFolder({"ALL.ZIP": content.LOCKED}), "RISK-005", "ask", 0),
    56: Defect(lambda: one(content.CMS), "PROF-016", "ask", 1, 1),
    57: Defect(lambda: file_set().but(**{"AUTORUN.INF": b"[autorun]"}), "RISK-003", "never"),
    58: Defect(lambda: FileSetFolder({"IMAGES.DB": content.DATABASE}), "RISK-006", "never", 0),
    59: Defect(lambda: FileSetFolder({"1.JPG": content.JPEG}), "FSET-021", "never", 0),
    60: Defect(lambda: other(PatientID="P2", PatientName="Other^Bob"), "XREF-005", "ask"),
    61: Defect(content.anonymous, "RISK-007", "never"),
    62: Defect(lambda: file_set().but(**{"INDEX.HTM": b"<html>"}), "PDI-001", "none"),
    63: Defect(content.wrong_links, "PDI-002", "none"),
    64: Defect(with_a_link, "RISK-002", "never"),
    65: Defect(lambda: file_set([ct(n) for n in range(400)]), None, "none", 400),
    66: Defect(backwards, None, "none", 5),
    67: Defect(other_short_name, "FAT-003", "none"),
    68: Defect(lambda: iso9660_image(dict(sorted(file_set().files.items(), reverse=True))), None, "none"),
}  # fmt: skip


DECIDE = {14: "two versions of one instance; `verify` counts both, `extract` writes the one referred to"}
"""Defects after which `verify` counts what `extract` does not write."""


def test_there_are_68() -> None:
    assert sorted(DEFECTS) == list(range(1, 69))


@pytest.mark.parametrize("number", DEFECTS)
def test_a_defect_is_named_and_what_is_safe_is_recovered(number: int, tmp_path: Path) -> None:
    defect = DEFECTS[number]
    medium = put(defect.make, tmp_path / "medium")
    judged = verify(medium, profile="STD-GEN-CD")
    found = {each.rule: each for each in judged.findings}
    if defect.rule:
        assert defect.rule in found
        assert found[defect.rule].recovery_class == defect.recovery
    else:
        assert {rule for rule, each in found.items() if each.severity is Severity.ERROR} <= {"ISO-002"}
        assert "STD-GEN-CD" in judged.conforms or "ISO-002" in found
    promised = judged.imports.total("readable") + judged.imports.total("recovered")
    if number not in DECIDE:
        assert (promised, judged.imports.total("lost")) == (defect.extracted, defect.missing)
    try:
        done = extract(medium, tmp_path / "out")
    except NothingToWrite:
        assert (defect.extracted, defect.missing) == (0, 0)
        return
    assert (len(done.instances), len(done.missing)) == (defect.extracted, defect.missing)
    assert "1.2.840.10008.1.3.10" not in {each.sop_class for each in done.instances}
    originals = (
        {path.read_bytes() for path in medium.rglob("*") if path.is_file()} if medium.is_dir() else None
    )
    for path in (tmp_path / "out").rglob("*"):
        assert path.is_dir() or originals is None or path.read_bytes() in originals


def put(make: Make, medium: Path) -> Path:
    """Make the medium there."""
    if make is with_a_link:
        with_a_link(medium)
        return medium
    made = make()  # type: ignore[call-arg]
    if isinstance(made, bytes):
        medium.write_bytes(made)
    else:
        assert made
        made.write(medium)
    return medium
