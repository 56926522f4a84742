"""Is everything there? The list that the user expects, held against what was found.

A list has one entry a line: a Study or Series Instance UID and how many instances it has, or
a SOP Instance UID alone. Blank lines and what follows a # do not count.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .contents import contents_of
from .creator_notes import Numbering, missing_numbers
from .errors import ExpectationError, SourceUnreadable, UsageError
from .model import Instance
from .values import is_uid, text

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Expectation:
    """`counts` by Study or Series Instance UID, and the SOP Instance UIDs."""

    counts: Mapping[str, int]
    instances: frozenset[str]


def parse_expectation(words: str, name: str) -> Expectation:
    """The list in `words`; `name` is its file, for the message. Raises UsageError with the line."""
    counts: dict[str, int] = {}
    instances = set()
    for number, line in enumerate(words.splitlines(), 1):
        parts = re.split(r"[\s,;]+", line.partition("#")[0].strip())
        if parts == [""]:
            continue
        if not is_uid(parts[0]) or len(parts) > 2 or (len(parts) == 2 and not parts[1].isdigit()):
            raise UsageError(
                f"{name}, line {number}: {line.strip()!r} is not understood.",
                "Each line is a SOP Instance UID, or a Study or Series Instance UID and a count.",
            )
        if len(parts) == 2:
            counts[parts[0]] = int(parts[1])
        else:
            instances.add(parts[0])
    if not counts and not instances:
        raise UsageError(f"{name} lists nothing.", "Each line is a UID, with a count for a study or series.")
    return Expectation(counts, frozenset(instances))


def read_expectation(path: Path) -> Expectation:
    """The list in a file. Raises SourceUnreadable and UsageError."""
    try:
        words = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise SourceUnreadable(f"{path} cannot be read: {reason}.", "Check --expect.") from error
    return parse_expectation(words, str(path))


def check_expectation(instances: Sequence[Instance], expected: Expectation) -> None:
    """Stop when instances lack or are too many. Raises ExpectationError that names study and series."""
    complaints = [*_counts(instances, expected.counts), *_instances(instances, expected)]
    if not complaints:
        return
    shown = complaints[:_SHOWN]
    if len(complaints) > _SHOWN:
        shown.append(f"and {len(complaints) - _SHOWN} more")
    found = [
        f"{study}: {series}: {series.instances}{_gaps(instances, series.uid)}"
        for patient in contents_of(instances)
        for study in patient.studies
        for series in study.series
    ]
    listed = "".join(f"\n  {line}" for line in [*shown, "Found:", *found])
    raise ExpectationError(
        f"The sources are not what was expected. Nothing was written.{listed}",
        "Fetch what is missing, narrow the selection, or correct the list given to --expect.",
    )


def _counts(instances: Sequence[Instance], counts: Mapping[str, int]) -> list[str]:
    found: Counter[str] = Counter()
    for instance in instances:
        found.update({text(instance.keys, "StudyInstanceUID"), text(instance.keys, "SeriesInstanceUID")})
    return [
        f"{uid}: {count} instances expected, {found[uid]} found"
        for uid, count in counts.items()
        if found[uid] != count
    ]


def _instances(instances: Sequence[Instance], expected: Expectation) -> list[str]:
    """What lacks of the listed instances, and what is there but neither listed nor in a listed study."""
    found = {instance.sop_instance for instance in instances}
    missing = [f"{uid}: missing" for uid in sorted(expected.instances - found)]
    surplus = [
        f"{instance.sop_instance}: not expected (series {text(instance.keys, 'SeriesInstanceUID')})"
        for instance in instances
        if instance.sop_instance not in expected.instances
        and text(instance.keys, "StudyInstanceUID") not in expected.counts
        and text(instance.keys, "SeriesInstanceUID") not in expected.counts
    ]
    return missing + surplus


def _gaps(instances: Sequence[Instance], series: str) -> str:
    lacking = missing_numbers([i for i in instances if text(i.keys, "SeriesInstanceUID") == series])
    return f" (Instance Number {lacking} missing)" if lacking else ""


def numberings(instances: Sequence[Instance]) -> list[Numbering]:
    """The instances by series, in the order of their first ones."""
    series: dict[str, list[Instance]] = {}
    for instance in instances:
        series.setdefault(text(instance.keys, "SeriesInstanceUID"), []).append(instance)
    return [Numbering(tuple(members)) for members in series.values()]
