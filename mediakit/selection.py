"""Which of the instances that were found are wanted: Inventory instances -> (selected, the rest).

Values of one criterion are alternatives, criteria must all hold, exclusions then take away.
A value that matches nothing stops the job: it is a typing mistake, or the study that the
user counts on is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from .errors import SelectionError, UsageError
from .model import Instance
from .values import text

_KEYWORDS = {
    "patient": "PatientID",
    "study": "StudyInstanceUID",
    "series": "SeriesInstanceUID",
    "instance": "SOPInstanceUID",
    "accession": "AccessionNumber",
    "modality": "Modality",
}
"""The criteria that compare one attribute, by the word of their option."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What the user asked for, in the user's words; empty means everything.

    `since` is the earliest Study Date, as 2024-05-01 or 20240501; a study without a date is
    taken. An exclusion is written WHAT=VALUE, such as `modality=SR`.
    """

    patient: tuple[str, ...] = ()
    study: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    accession: tuple[str, ...] = ()
    modality: tuple[str, ...] = ()
    since: str = ""
    exclude: tuple[str, ...] = ()

    def check(self) -> None:
        """Raise UsageError for a date or an exclusion that cannot be understood."""
        if self.since:
            parse_date(self.since)
        for words in self.exclude:
            parse_exclusion(words)


def parse_date(words: str) -> date:
    """2024-05-01 or 20240501 as a date. Raises UsageError."""
    try:
        return date.fromisoformat(words)
    except ValueError as error:
        raise UsageError(f"{words!r} is no date.", "Write it as 2024-05-01.") from error


def parse_exclusion(words: str) -> tuple[str, str]:
    """`series=1.2.3` as a pair. Raises UsageError."""
    what, _, value = words.partition("=")
    if what not in _KEYWORDS or not value:
        raise UsageError(
            f"--exclude does not understand {words!r}.",
            f"Write WHAT=VALUE, where WHAT is {', '.join(_KEYWORDS)}; for example --exclude modality=SR.",
        )
    return what, value


def select(
    instances: Sequence[Instance], selection: Selection, *, undated: bool = True
) -> tuple[tuple[Instance, ...], int]:
    """The wanted instances in their order, and how many were not wanted.

    `undated` says whether a study without a date counts as one since any day.

    Raises SelectionError when a value matches nothing, or everything together nothing.
    """
    exclusions = [parse_exclusion(words) for words in selection.exclude]
    since = parse_date(selection.since) if selection.since else date.min
    _every_value_matches(instances, selection, exclusions)
    chosen = tuple(
        instance
        for instance in instances
        if _wanted(instance, selection)
        and (not selection.since or _is_since(text(instance.keys, "StudyDate"), since, undated))
        and not any(text(instance.keys, _KEYWORDS[what]) == value for what, value in exclusions)
    )
    if not chosen and instances:
        raise SelectionError(
            "No instance matches the selection as a whole. Nothing was written.",
            "Each value matches something, but never all of them together; loosen one.",
        )
    return chosen, len(instances) - len(chosen)


def _wanted(instance: Instance, selection: Selection) -> bool:
    """Whether every criterion that was given holds."""
    return all(
        text(instance.keys, keyword) in values
        for what, keyword in _KEYWORDS.items()
        if (values := getattr(selection, what, ()))
    )


def _is_since(study_date: str, since: date, undated: bool) -> bool:
    try:
        return date.fromisoformat(study_date.replace(".", "")) >= since
    except ValueError:
        return undated


def _every_value_matches(
    instances: Sequence[Instance], selection: Selection, exclusions: Sequence[tuple[str, str]]
) -> None:
    asked = [(f"--{what} ", what, value) for what in _KEYWORDS for value in getattr(selection, what, ())]
    asked += [(f"--exclude {what}=", what, value) for what, value in exclusions]
    for option, what, value in asked:
        present = {text(instance.keys, _KEYWORDS[what]) for instance in instances}
        if value not in present:
            raise SelectionError(
                f"{option}{value} matches no instance. Nothing was written.",
                f"Found: {_some(sorted(present - {''}))}.",
            )


def _some(values: list[str], most: int = 8) -> str:
    shown = ", ".join(values[:most]) or "none"
    return shown if len(values) <= most else f"{shown} and {len(values) - most} more"
