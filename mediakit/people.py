"""One medium, one patient, the right one: who is in the instances that are to be written.

About one disc in a thousand carries the wrong patient. So a second person stops the job, as
does one Patient ID under two names or birth dates, until the user says that it is meant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .contents import PatientContents, is_nobodys
from .errors import PatientError, UsageError
from .model import Instance
from .values import text


@dataclass(frozen=True, slots=True)
class Person:
    """A patient as the instances name one; `instances` counts them."""

    id: str
    name: str
    birth_date: str
    instances: int

    def __str__(self) -> str:
        born = f", born {self.birth_date}" if self.birth_date else ""
        count = f"{self.instances} instance{'s' if self.instances != 1 else ''}"
        return f"{self.name or 'no name'} (Patient ID {self.id or 'missing'}{born}): {count}"


@dataclass(frozen=True, slots=True)
class ExpectedPatient:
    """The patient that the user expects; an empty part is not compared."""

    id: str = ""
    name: str = ""
    birth_date: str = ""


_PARTS = {"ID": "id", "NAME": "name", "BIRTHDATE": "birth_date"}


def parse_expected(words: str) -> ExpectedPatient:
    """`ID=123;Name=Test^Ada;BirthDate=1970-01-01`, in any order, parts may lack. Raises UsageError."""
    parts: dict[str, str] = {}
    for each in filter(None, (part.strip() for part in words.split(";"))):
        name, equals, value = each.partition("=")
        part = _PARTS.get(name.strip().upper())
        if part is None or not equals or not value.strip():
            raise UsageError(
                f"--expect-patient does not understand {each!r}.",
                "Write it as 'ID=123;Name=Doe^Jane;BirthDate=1970-01-01'; parts may be left out.",
            )
        parts[part] = value.strip()
    if not parts:
        raise UsageError("--expect-patient is empty.", "Write at least ID=... of the patient.")
    return ExpectedPatient(**parts)


def people(instances: Iterable[Instance], supply: Mapping[str, str]) -> tuple[Person, ...]:
    """Everybody in the instances; the same ID, name and birth date is the same person.

    Objects that belong to no patient are nobody.
    """
    counts: Counter[tuple[str, str, str]] = Counter()
    for instance in instances:
        if is_nobodys(instance):
            continue
        keys = (text(instance.keys, keyword) or supply.get(keyword, "") for keyword in _KEYWORDS)
        counts[tuple(keys)] += 1  # type: ignore[index]  # three keywords give three texts
    return tuple(Person(*who, count) for who, count in counts.items())


_KEYWORDS = ("PatientID", "PatientName", "PatientBirthDate")


def check_people(
    found: tuple[Person, ...], *, multi_patient: bool, same_patient: bool, expected: ExpectedPatient | None
) -> None:
    """Stop unless the people are as the user says. Raises PatientError that lists them with counts."""
    listed = "".join(f"\n  {person}" for person in found)
    strangers = [person for person in found if expected and not is_expected(person, expected)]
    if expected and (strangers or not found):
        others = "".join(f"\n  {person}" for person in strangers) or " nobody."
        raise PatientError(
            f"The patient is not the one expected. Nothing was written. Found:{others}",
            "Check the sources; take one patient with --patient ID, or correct --expect-patient.",
        )
    ids = {person.id for person in found}
    if len(ids) > 1 and not multi_patient:
        raise PatientError(
            f"The sources hold {len(ids)} patients. Nothing was written.{listed}",
            "Take one with --patient ID, or say --multi-patient if they shall share the medium.",
        )
    if not same_patient and any(_differ([p for p in found if p.id == one]) for one in ids):
        raise PatientError(
            f"One Patient ID stands for different people. Nothing was written.{listed}",
            "Find out who it is. Say --same-patient only if it is one person under two names.",
        )


def _differ(same_id: list[Person]) -> bool:
    """Whether there are two names or two birth dates; a missing one contradicts nothing."""
    names = {plain_name(person.name) for person in same_id} - {""}
    dates = {person.birth_date for person in same_id} - {""}
    return len(names) > 1 or len(dates) > 1


def is_expected(person: Person | PatientContents, expected: ExpectedPatient) -> bool:
    """Whether every part that the user expects is that of the person."""
    return (
        (not expected.id or person.id == expected.id)
        and (not expected.name or plain_name(person.name) == plain_name(expected.name))
        and (not expected.birth_date or person.birth_date == _digits(expected.birth_date))
    )


def plain_name(name: str) -> str:
    """A Person Name as it is compared: first group, without case and empty parts (PS3.5 6.2.1)."""
    components = (part.strip() for part in name.split("=", 1)[0].split("^"))
    return "^".join(components).rstrip("^").casefold()


def _digits(words: str) -> str:
    return "".join(character for character in words if character.isdigit())
