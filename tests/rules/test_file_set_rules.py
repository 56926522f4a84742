"""Every FSET, FSID, XREF and PROF rule of a medium: a broken folder yields exactly its findings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mediakit import verify
from mediakit.dicomfile.encode import encode_element
from mediakit.rules import RULES
from tests.builders import FILE_SET_ID, FILE_SET_UID, FileSetFolder, ct, file_set, uid

IM1, IM2 = (f"DICOM/PA000001/ST000001/SE000001/IM00000{n}" for n in (1, 2))
CT_CLASS = b"1.2.840.10008.5.1.4.1.1.2\0"
MR_CLASS = b"1.2.840.10008.5.1.4.1.1.4\0"


def findings_of(folder: FileSetFolder, tmp_path: Path) -> set[str]:
    return {finding.rule for finding in verify(folder.write(tmp_path), profile="STD-GEN-CD").findings}


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
    from mediakit.profile.load import profile
    from mediakit.profile.records import load_records
    from mediakit.staging import stage
    from tests.builders import instance

    table = load_records()
    members = stage(order([instance(ct(n), f"source {n}") for n in (1, 2)], table))
    records = build_directory(members, table, profile("STD-GEN-CD").keys).records
    data = encode_dicomdir(records, FILE_SET_ID, FILE_SET_UID, descriptor=("README",))
    return file_set().but(DICOMDIR=data)



CASES: dict[str, tuple[Callable[[], FileSetFolder], set[str]]] = {
    # rule: (the broken File-set, further findings that its defect implies)
    "FSET-001": (nested, set()),
    "FSET-002": (lambda: file_set().but(OLD__DICOMDIR=file_set().files["DICOMDIR"]), set()),
    "FSET-003": (lambda: moved("DICOMDIR", "dicomdir"), set()),
    "FSET-004": (lambda: file_set().but(DICOMDIR=b"<html>"), set()),
    "FSET-005": (
        lambda: patched(
            encode_element(0x00020003, "UI", b"2.25.42"), encode_element(0x00020003, "UI", b"2.25.0x")
        ),
        set(),
    ),
    "FSET-006": (lambda: file_set().but(**{IM1.replace("0001", "0009"): ct(9)}), set()),
    "FSET-007": (lambda: patched(b"IM000002", b"IM000001"), {"FSET-006", "XREF-002", "KEY-005"}),
    "FSET-008": (lambda: file_set().but(**{IM1: None}), set()),
    "FSET-009": (lambda: file_set().but(**{IM1: b"just a text, no image"}), set()),
    "FSET-010": (
        lambda: with_reference(b"DICOM\\PA000001\\ST000001\\SE000001\\.."),
        {"FSID-002", "FSET-006", "FSET-008"},  # dots are no legal characters; IM000001 is referred to by none
    ),
    "FSET-011": (descriptor, set()),
    "FSID-001": (
        lambda: patched(
            encode_element(0x00041130, "CS", FILE_SET_ID.encode()), encode_element(0x00041130, "CS", b"Test1")
        ),
        set(),
    ),
    "FSID-002": (
        lambda: FileSetFolder(
            {k.replace("IM000001", "im-00001"): v.replace(b"IM000001", b"im-00001") for k, v in file_set().files.items()}
        ),
        set(),
    ),
    "FSID-003": (
        lambda: with_reference(b"A\\B\\C\\D\\E\\F\\G\\H\\I"),
        {"FSET-006", "FSET-008"},
    ),
    "FSID-004": (lambda: file_set().but(**{IM1.lower(): ct(7)}), {"FSET-006"}),
    "FSID-005": (lambda: moved(IM1, IM1 + ".dcm"), {"FSET-006", "FSET-008"}),
    "XREF-001": (lambda: patched(CT_CLASS, MR_CLASS, 1), set()),
    "XREF-002": (lambda: file_set().but(**{IM1: ct(1, SOPInstanceUID=uid("other"))}), set()),
    "XREF-003": (lambda: patched(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.2\0", -1), set()),
    "XREF-004": (
        lambda: patched(
            encode_element(0x00041430, "CS", b"IMAGE "), encode_element(0x00041430, "CS", b"TRACT "), 1
        ),
        set(),
    ),
    "XREF-005": (lambda: file_set().but(**{IM1: ct(1, PatientID="P2")}), {"KEY-005"}),
    "XREF-006": (lambda: file_set().but(**{IM2: ct(1)}), {"XREF-002", "KEY-005"}),
}


@pytest.mark.parametrize("rule", CASES)
def test_broken_file_set_yields_exactly_its_findings(rule: str, tmp_path: Path) -> None:
    broken, also = CASES[rule]
    assert findings_of(broken(), tmp_path) == {rule, *also}


def test_conforming_file_set_yields_none(tmp_path: Path) -> None:
    assert findings_of(file_set(), tmp_path) == set()


def test_every_rule_has_a_case() -> None:
    assert {rule for rule in RULES if rule.startswith(("FSET", "FSID", "XREF"))} - set(CASES) == set()


