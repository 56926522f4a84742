"""Every DICOMDIR that pydicom ships, and every hostile one: the exact findings, and what is saved of it."""

from __future__ import annotations

import struct
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from pydicom.data import get_testdata_file

from mediakit import verify
from mediakit.dicomdir import DirectoryView, RecordView
from mediakit.report import Outcome
from mediakit.rules import judge
from tests.builders import file_set
from tests.dicomdirs import PATIENT, SERIES, STUDY, Raw, Rec, craft, image, keys, read, sound

HANGING = 20
"""Seconds that no reader may take; pydicom and dcdirdmp never come back from some of these."""

PRIVATE = Rec("PRIVATE", keys(PrivateRecordUID="1.2.3"))


@dataclass(frozen=True)
class Case:
    """How the bytes come about, and what is expected of them.

    `findings` counts the findings by rule. `saved` counts the records with a file that can be
    reached from the roots, `filed` those of them that are below a patient, `cut`
    says that the file is told to be shorter than it says.
    """

    make: Callable[[], bytes]
    saved: int
    filed: int
    findings: Mapping[str, int] = field(default_factory=dict)
    recovered: str = ""
    unchecked: Mapping[str, int] = field(default_factory=dict)
    cut: bool = False


def shipped(name: str) -> bytes:
    return Path(str(get_testdata_file(name))).read_bytes()


def private() -> bytes:
    """PRIVATE records below the patient and below the first image, as pydicom's own tests make them."""
    records = [PATIENT, STUDY.but(next=5), SERIES, image(1, next=4, lower=7), image(2)]
    named = [PRIVATE.but(lower=6, next=None), image(3).but(type="PRIVATE", PrivateRecordUID="1.2.3")]
    return craft([*records, *named, PRIVATE])


def implicit() -> bytes:
    """The sound directory in Implicit VR, its offsets left as they were in Explicit VR."""
    source = pydicom.dcmread(BytesIO(craft(sound())))
    source.file_meta.TransferSyntaxUID = pydicom.uid.ImplicitVRLittleEndian
    out = BytesIO()
    pydicom.dcmwrite(out, source, implicit_vr=True, little_endian=True)
    return out.getvalue()


def images(count: int, **last: object) -> list[Rec]:
    """A patient, study and series with that many images."""
    chain = [image(n, next=n + 3) for n in range(1, count)]
    return [PATIENT, STUDY, SERIES, *chain, image(count).but(**last)]


def backwards() -> list[Rec]:
    """Leaves first, so that nobody can tell the tree from the order of the items."""
    return [image(1, next=4), SERIES.but(lower=0), STUDY.but(lower=1), PATIENT.but(lower=2), image(2)]


def levels(count: int) -> list[Rec]:
    """Private records with a file each, every one below the one before it."""
    each = image(1).but(type="PRIVATE", PrivateRecordUID="1.2.3")
    return [*(each.but(lower=n + 1) for n in range(count - 1)), each]


def patched(old: bytes, new: bytes, nth: int = 0, cut: int = 0) -> bytes:
    """The sound directory with the n-th such bytes replaced, and as many behind them as `cut` removed."""
    data, at = craft(sound()), -1
    for _ in range(nth + 1):
        at = data.index(old, at + 1)
    return data[:at] + new + data[at + len(old) + cut :]


def lengthened(records: list[Rec], length: int) -> bytes:
    """The first item says that it is that long."""
    data = craft(records)
    at = data.index(_ITEM) + len(_ITEM)
    return data[:at] + struct.pack("<I", length) + data[at + 4 :]


def everywhere(value: int) -> list[Rec]:
    return [record.but(next=Raw(value), lower=Raw(value)) for record in images(300)]


MANY = 1_000
CYCLE = {"DDIR-024": 1}
NOWHERE = {"DDIR-020": 606, "DDIR-025": 302}
_ITEM = b"\xfe\xff\x00\xe0"

SHIPPED = {
    "DICOMDIR": Case(lambda: shipped("DICOMDIR"), 31, 31),
    "TINY_ALPHA": Case(lambda: shipped("dicomdirtests/TINY_ALPHA/DICOMDIR"), 50, 50),
    "big-endian": Case(lambda: shipped("DICOMDIR-bigEnd"), 31, 31, {"DDIR-002": 1}),
    "implicit": Case(lambda: shipped("DICOMDIR-implicit"), 31, 31, {"DDIR-002": 1}),
    "no offsets": Case(lambda: shipped("DICOMDIR-nooffset"), 31, 31, {"DDIR-018": 2, "DDIR-019": 1}),
    "reordered": Case(lambda: shipped("DICOMDIR-reordered"), 31, 31),
    "no patient": Case(
        lambda: shipped("DICOMDIR-nopatient"),
        31,
        0,
        {"DDIR-010": 2, "DDIR-021": 1, "DDIR-023": 1, "DDIR-025": 51, "DDIR-026": 1, "DDIR-028": 1},
        "partial",
    ),
    "empty": Case(lambda: shipped("DICOMDIR-empty.dcm"), 0, 0),
    "private": Case(private, 3, 3, {"DDIR-032": 1}),
}

HOSTILE = {
    "a cycle of siblings": Case(lambda: craft(images(MANY, next=3)), MANY, MANY, CYCLE, "sequence-order"),
    "a cycle of siblings, out of order": Case(
        lambda: craft([*backwards()[:4], image(2, next=0)], first=3, last=3), 2, 2, {"DDIR-024": 1}, "partial"
    ),
    "next to itself": Case(lambda: craft(images(MANY, next=MANY + 2)), MANY, MANY, CYCLE, "sequence-order"),
    "below itself": Case(lambda: craft(images(MANY, lower=MANY + 2)), MANY, MANY, CYCLE, "sequence-order"),
    "child to ancestor": Case(lambda: craft(images(MANY, lower=0)), MANY, MANY, CYCLE, "sequence-order"),
    "every child to its ancestor": Case(
        lambda: craft([r.but(lower=1) if r.type == "IMAGE" else r for r in images(MANY)]), MANY, MANY,
        {"DDIR-024": MANY}, "sequence-order",
    ),
    "every child to its sibling": Case(
        lambda: craft([r.but(lower=4) if r.type == "IMAGE" else r for r in images(MANY)]), MANY, MANY,
        {"DDIR-022": MANY - 1, "DDIR-024": 1}, "sequence-order",
    ),
    "root leads below": Case(lambda: craft(sound(), first=2, last=2), 2, 2,
        {"DDIR-023": 1, "DDIR-025": 2}, "sequence-order",
    ),
    "beyond the end": Case(lambda: craft(everywhere(0xFFFFFFF0)), 300, 300, NOWHERE, "sequence-order"),
    "2^32-1": Case(lambda: craft(everywhere(0xFFFFFFFF)), 300, 300, NOWHERE, "sequence-order"),
    "inside an item": Case(lambda: craft(everywhere(500)), 300, 300, NOWHERE, "sequence-order"),
    "inside the file meta": Case(lambda: craft(everywhere(140)), 300, 300, NOWHERE, "sequence-order"),
    "all zero": Case(
        lambda: craft([r.but(next=None, lower=None) for r in images(300)], first=None, last=None),
        300, 300, {"DDIR-006": 2, "DDIR-025": 303}, "sequence-order",
    ),
    "all absent": Case(
        lambda: craft([r.but(next=Raw(None), lower=Raw(None)) for r in images(300)],
                      top={0x00041200: None, 0x00041202: None}),
        300, 300, {"DDIR-005": 2, "DDIR-018": 606, "DDIR-025": 303}, "sequence-order",
    ),
    "one entity of two series": Case(
        lambda: craft([PATIENT, STUDY, SERIES.but(next=5), *sound()[3:],
                       SERIES.but(lower=3, SeriesInstanceUID="1.2.9")]),
        2, 2, {"DDIR-023": 1, "DDIR-028": 1}, "sequence-order",
    ),
    "an item of 2^32-1 bytes": Case(lambda: lengthened(sound(), 0xFFFFFFFF), 2, 2, {"DDIR-019": 1}),
    "an item of 2^32-2 bytes": Case(lambda: lengthened(sound(), 0xFFFFFFFE), 2, 2, {"DDIR-019": 1}),
    "a sequence of 2^32-1 bytes": Case(lambda: craft(sound(), undefined=True)[:-8], 2, 2, cut=True),
    "a sequence of 2^32-2 bytes": Case(lambda: craft(sound(), extra=0xFFFFF000), 2, 2, cut=True),
    "a value of 2^32-1 bytes": Case(
        lambda: patched(b"\x20\x00\x0e\x00UI", b"\x20\x00\x0e\x00OB\0\0\xff\xff\xff\xff", cut=6), 2, 2,
        {"DDIR-019": 2, "KEY-004": 2},
    ),
    "garbage between records": Case(
        lambda: patched(_ITEM, bytes(99) + b"\xff\xff\xff\xff" + _ITEM, nth=3), 2, 2,
        {"DDIR-019": 2, "DDIR-020": 2, "DDIR-025": 2}, "realigned",
    ),
    "10,000 levels": Case(lambda: craft(levels(10_000)), 10_000, 0,
        {"DDIR-032": 10_000}, "partial", {"DDIR-025": 156},
    ),
    "cut inside the last record": Case(lambda: craft(images(MANY))[:-30], MANY - 1, MANY - 1,
        {"DDIR-019": 1, "DDIR-020": 1}, "sequence-order", cut=True,
    ),
    "implicit, offsets of explicit": Case(
        implicit, 2, 2, {"DDIR-002": 1, "DDIR-020": 6, "DDIR-021": 1, "DDIR-025": 5}, "realigned"
    ),
    "deleted": Case(lambda: craft(images(MANY, in_use=0)), MANY, MANY, {"DDIR-009": 1}),
    "two records of one patient": Case(
        lambda: craft([PATIENT.but(next=5), *sound()[1:], PATIENT.but(lower=6),
                       STUDY.but(lower=7, StudyInstanceUID="1.2.3"),
                       SERIES.but(lower=8, SeriesInstanceUID="1.2.4"), image(3)], last=5),
        3, 3, {"KEY-001": 1},
    ),
}  # fmt: skip

CASES = SHIPPED | HOSTILE


def reached(view: DirectoryView) -> list[RecordView]:
    """Every record that a walk from the roots meets, which must be all of them, once each."""
    found, waiting = [], list(view.roots)
    while waiting:
        record = waiting.pop()
        found.append(record)
        waiting += record.children
    assert sorted(record.index for record in found) == list(range(len(view.records)))
    return found


@pytest.mark.parametrize("name", CASES)
def test_exact_findings_and_what_is_saved(name: str) -> None:
    case = CASES[name]
    data = case.make()
    started = time.process_time()
    view = read(data)
    found = list(judge(view))
    assert time.process_time() - started < HANGING
    files = [record for record in reached(view) if record.file_id]
    filed = [record for record in files if any(each.type == "PATIENT" for each in record.ancestors)]
    assert (len(files), len(filed), view.recovered) == (case.saved, case.filed, case.recovered)
    assert (view.instance.anomaly("truncated") is not None) == case.cut
    unchecked = Counter(each.rule for each in found if each.outcome is Outcome.NOT_CHECKED)
    assert Counter(each.rule for each in found) - unchecked == Counter(case.findings)
    assert unchecked == Counter(case.unchecked)


def test_a_deleted_record_does_not_hide_that_an_image_is_lost(tmp_path: Path) -> None:
    """Two records of one file: the first is not in use any more, the second is."""
    files = file_set().write(tmp_path / "disc")
    whole = next(path for path in files.rglob("IM000002"))
    whole.write_bytes(whole.read_bytes()[:-100])
    name = "\\".join(whole.relative_to(files).parts)
    first, second = (
        image(2, next=4).but(ReferencedFileID=name, in_use=0),
        image(2).but(ReferencedFileID=name),
    )
    (files / "DICOMDIR").write_bytes(craft([PATIENT, STUDY, SERIES, first, second]))
    found = verify(files).imports
    assert (found.total("readable"), found.total("recovered"), found.total("lost")) == (0, 1, 1)
