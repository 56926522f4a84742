"""`mediakit inspect`: what is on a medium, without judgement."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

import mediakit

from .. import words
from . import render
from .answer import Answer, Context
from .arguments import switch
from .progress import shown
from .securing import access, configure_access

if TYPE_CHECKING:
    from ..inspection import InspectedRecord, Inspection

SUMMARY = "show what is on a medium"
DESCRIPTION = "Show what is on a medium: its formats, patients, studies, series and records."
EXAMPLES = """\
examples:
  mediakit inspect disc.iso
  mediakit inspect disc.iso --records
"""

_NAMING = ("PatientName", "StudyDate", "StudyDescription", "Modality", "SeriesNumber", "SeriesDescription",
           "InstanceNumber", "ContentLabel", "DocumentTitle", "HangingProtocolName")  # fmt: skip
"""The keys that the line of a record shows, those of them that it has."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add = parser.add_argument
    add("medium", metavar="MEDIUM", help="a folder or an image file")
    switch(add, "--records", help="list every Directory Record with number, offset and File ID")
    switch(add, "-q", "--quiet", help="no progress on standard error")
    configure_access(parser.add_argument_group("to open a secure medium"))


def execute(args: argparse.Namespace, context: Context) -> Answer:
    """Look at the medium. Raises the errors of `mediakit.inspect`."""
    with shown("auto", args.quiet) as progress:
        seen = mediakit.inspect(args.medium, access=access(args), progress=progress, cancel=context.cancel)
    locked = seen.secure is not None and seen.secure.opened < seen.secure.files
    return Answer(3 if locked else 0, seen.to_json, lambda: _text(seen, args.records))


def _text(seen: Inspection, with_records: bool) -> Iterator[str]:
    number = words.counted(len(seen.records), "record")
    facts = (
        ("Medium", seen.path),
        ("Format", "; ".join(f"{id} ({evidence})" for id, evidence in seen.formats)),
        ("Size", words.size(seen.size)),
        ("File-set ID", seen.id),
        ("File-set UID", seen.uid),
        (
            "Directory",
            f"{seen.directory}, {number}" if seen.directory else "none; this is what the files say",
        ),
        ("Files", _files(seen)),
        ("Encrypted", _secure(seen)),
        ("Holds", words.totals(seen.contents)),
    )
    return render.sections(
        render.fields(facts),
        render.contents_lines(seen.contents),
        _of_no_patient(seen),
        _odd(seen),
        _records(seen) if with_records else (),
    )


def _of_no_patient(seen: Inspection) -> Iterator[str]:
    """What the directory has beside patients: hanging protocols, palettes and the like."""
    others = [each for each in seen.records if each.level == 0 and each.type != "PATIENT" and each.in_use]
    if others:
        yield "Of no patient"
    for each in others:
        yield "  " + " ".join(filter(None, (each.type, _words(each) or "\\".join(each.file_id or ()))))


def _odd(seen: Inspection) -> Iterator[str]:
    """What the readers stumbled over."""
    if seen.anomalies:
        yield f"Odd ({len(seen.anomalies):,})"
    yield from (f"  {anomaly}" for anomaly in seen.anomalies)


def _files(seen: Inspection) -> str:
    parts = [f"{seen.files['total']:,}, of these {seen.files['instances']:,} DICOM instances"]
    if seen.files["unreferenced"]:
        parts.append(f"{seen.files['unreferenced']:,} of them not in the directory")
    if seen.files["missing"]:
        parts.append(f"{seen.files['missing']:,} more are missing")
    return "; ".join(parts)


def _secure(seen: Inspection) -> str:
    if (found := seen.secure) is None:
        return ""
    recipients = ", ".join(found.recipients) or "nobody known"
    return f"{found.files:,} files for {recipients}; {found.opened:,} of them opened"


def _records(seen: Inspection) -> Iterator[str]:
    rows = (
        (
            f"{each.number:>6}",
            f"{each.offset:>8}",
            f"{'  ' * each.level}{each.type}{'' if each.in_use else ' (not in use)'}",
            "\\".join(each.file_id or ()),
            _words(each),
        )
        for each in seen.records
    )
    yield from render.table(("record", "  offset", "type", "File ID", "keys"), rows)


def _words(record: InspectedRecord) -> str:
    values = (record.keys.get(keyword, "") for keyword in _NAMING)
    return " ".join(filter(None, (value if isinstance(value, str) else value[0] for value in values)))
