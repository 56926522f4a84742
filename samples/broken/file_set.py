"""FSET, FSID and XREF: a File-set in a folder, broken in one thing (PS3.10 section 8)."""

from __future__ import annotations

from collections.abc import Callable

from mediakit.dicomfile.encode import encode_element
from mediakit.profile.load import profile
from mediakit.profile.records import load_records
from tests.builders import CT, FILE_SET_ID, FILE_SET_UID, FileSetFolder, ct, file_set, instance, uid

IM1, IM2 = (f"DICOM/PA000001/ST000001/SE000001/IM00000{n}" for n in (1, 2))
CT_CLASS = b"1.2.840.10008.5.1.4.1.1.2\0"
UNKNOWN_KEYS = "which keys the record needs depends on the file: not checked"
MR_CLASS = b"1.2.840.10008.5.1.4.1.1.4\0"


def patched(old: bytes, new: bytes, count: int = 1) -> FileSetFolder:
    """The File-set with bytes of its DICOMDIR replaced by others of the same length."""
    assert len(old) == len(new)
    good = file_set()
    data = good.files["DICOMDIR"]
    assert old in data
    return good.but(DICOMDIR=data.replace(old, new, count))


def moved(old: str, new: str) -> FileSetFolder:
    good = file_set()
    return good.but(**{new: good.files[old], old: None})


def nested() -> FileSetFolder:
    return FileSetFolder({f"EXPORT/{name}": data for name, data in file_set().files.items()})


def with_reference(components: bytes) -> FileSetFolder:
    """The first image record refers to other components; lengths stay as they were."""
    old = b"DICOM\\PA000001\\ST000001\\SE000001\\IM000001"
    return patched(old, components.ljust(len(old)))


def descriptor() -> FileSetFolder:
    """(0004,1141) names a file that is not there; every offset moves, so the directory is made anew."""
    from mediakit.dicomdir import encode_dicomdir
    from mediakit.directory import build_directory, order
    from mediakit.staging import stage

    table = load_records()
    members = stage(order([instance(ct(n), f"source {n}") for n in (1, 2)], table))
    records = build_directory(members, table, profile("STD-GEN-CD").keys).records
    data = encode_dicomdir(records, FILE_SET_ID, FILE_SET_UID, descriptor=("README",))
    return file_set().but(DICOMDIR=data)


def described(text: bytes) -> FileSetFolder:
    """The descriptor is there and says this, in characters that (0004,1142) does not name."""
    return descriptor().but(README=text)


CASES: dict[str, tuple[Callable[[], FileSetFolder], dict[str, str]]] = {
    # rule: (the broken File-set, further findings that its defect implies, each with why)
    "FSET-001": (nested, {}),
    "FSET-002": (lambda: file_set().but(OLD__DICOMDIR=file_set().files["DICOMDIR"]), {}),
    "FSET-003": (lambda: moved("DICOMDIR", "dicomdir"), {}),
    "FSET-004": (
        lambda: file_set().but(DICOMDIR=b"<html>"),
        {"PROF-004": "what cannot be read cannot be held against a profile: not checked"},
    ),
    "FSET-005": (
        lambda: patched(
            encode_element(0x00020003, "UI", b"2.25.42"), encode_element(0x00020003, "UI", b"2.25.0x")
        ),
        {},
    ),
    "FSET-006": (lambda: file_set().but(**{IM1.replace("0001", "0009"): ct(9)}), {}),
    "FSET-007": (
        lambda: patched(b"IM000002", b"IM000001"),
        {
            "FSET-006": "the second file is referred to by none",
            "XREF-002": "the second record now names the first file",
            "KEY-040": "and holds the keys of the second",
        },
    ),
    "FSET-008": (lambda: file_set().but(**{IM1: None}), {"PROF-006": UNKNOWN_KEYS}),
    "FSET-009": (lambda: file_set().but(**{IM1: b"just a text, no image"}), {"PROF-006": UNKNOWN_KEYS}),
    "FSET-010": (
        lambda: with_reference(b"DICOM\\PA000001\\ST000001\\SE000001\\.."),
        {
            "FSID-002": "dots are no legal characters",
            "FSET-006": "IM000001 is referred to by none",
            "FSET-008": "what is never followed is never found",
            "PROF-006": UNKNOWN_KEYS,
        },
    ),
    "FSET-011": (descriptor, {}),
    "FSET-018": (lambda: described("Aufnahmen für Ada".encode()), {}),
    "FSET-017": (lambda: moved(IM1, IM1.replace("SE000001", "S1")), {}),
    "FSID-001": (
        lambda: patched(
            encode_element(0x00041130, "CS", FILE_SET_ID.encode()), encode_element(0x00041130, "CS", b"Test1")
        ),
        {},
    ),
    "FSID-002": (
        lambda: FileSetFolder(
            {
                k.replace("IM000001", "im-00001"): v.replace(b"IM000001", b"im-00001")
                for k, v in file_set().files.items()
            }
        ),
        {},
    ),
    "FSID-003": (
        lambda: with_reference(b"A\\B\\C\\D\\E\\F\\G\\H\\I"),
        {"FSET-017": "the file is found by its SOP Instance UID"},
    ),
    "FSID-004": (
        lambda: file_set().but(**{IM1.lower(): ct(7)}),
        {"FSET-006": "one name can be referred to, not both"},
    ),
    "FSID-005": (
        lambda: moved(IM1, IM1 + ".dcm"),
        {"FSET-017": "the record cannot name a file with an extension"},
    ),
    "XREF-001": (lambda: patched(CT_CLASS, MR_CLASS, 1), {}),
    "XREF-002": (lambda: file_set().but(**{IM1: ct(1, SOPInstanceUID=uid("other"))}), {}),
    "XREF-003": (
        lambda: patched(
            encode_element(0x00041512, "UI", b"1.2.840.10008.1.2.1"),
            encode_element(0x00041512, "UI", b"1.2.840.10008.1.2.2"),
        ),
        {},
    ),
    "KEY-040": (lambda: file_set().but(**{IM1: ct(1, StudyID="S2")}), {}),
    "XREF-004": (
        lambda: patched(
            encode_element(0x00041430, "CS", b"IMAGE "), encode_element(0x00041430, "CS", b"TRACT "), 1
        ),
        {"KEY-004": "a TRACT record has other Type 1 keys"},
    ),
    "XREF-005": (
        lambda: file_set().but(**{IM1: ct(1, PatientID="P2")}),
        {
            "KEY-040": "Patient ID is a key, and differs",
            "XREF-011": "the other image of the series belongs to the first patient",
        },
    ),
    "XREF-007": (
        lambda: FileSetFolder(
            {
                name: data.replace(CT.encode(), b"1.2.840.99999.5.1.4.1.1.2")
                for name, data in file_set().files.items()
            }
        ),
        {"FILE-036": "a SOP class that the standard does not define is a private one"},
    ),
    "XREF-006": (
        lambda: file_set().but(**{IM2: ct(1)}),
        {
            "XREF-002": "the second record names another instance",
            "KEY-040": "and holds its keys",
            "XREF-010": "the copy is equal byte by byte",
        },
    ),
}
