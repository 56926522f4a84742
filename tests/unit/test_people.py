"""The right patient, the wanted part, and nothing missing."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from mediakit.errors import PatientError, UsageError
from mediakit.model import Instance
from mediakit.people import ExpectedPatient, check_people, parse_expected, people, plain_name
from tests.builders import ct, instance


def found(*patients: Mapping[str, str | None]) -> list[Instance]:
    return [instance(ct(number, **patient)) for number, patient in enumerate(patients)]


def check(
    *patients: Mapping[str, str | None], multi: bool = False, same: bool = False, expected: str = ""
) -> None:
    check_people(
        people(found(*patients), {}),
        multi_patient=multi,
        same_patient=same,
        expected=parse_expected(expected) if expected else None,
    )


ADA = {"PatientID": "P1", "PatientName": "Test^Ada", "PatientBirthDate": "19700101"}
BOB = {"PatientID": "P2", "PatientName": "Test^Bob", "PatientBirthDate": "19800202"}


def test_one_patient_passes() -> None:
    check(ADA, ADA)


def test_two_patients_stop_and_are_listed_with_counts() -> None:
    with pytest.raises(PatientError) as stopped:
        check(ADA, ADA, BOB)
    assert "2 patients" in stopped.value.message
    assert "Test^Ada (Patient ID P1, born 19700101): 2 instances" in stopped.value.message
    assert "Test^Bob (Patient ID P2, born 19800202): 1 instance" in stopped.value.message
    assert "--multi-patient" in stopped.value.advice


def test_two_patients_pass_when_the_user_says_so() -> None:
    check(ADA, BOB, multi=True)


@pytest.mark.parametrize("other", [{"PatientName": "Other^Eve"}, {"PatientBirthDate": "19991231"}])
def test_one_id_with_two_names_or_birth_dates_stops_even_with_multi_patient(other: dict[str, str]) -> None:
    with pytest.raises(PatientError, match="One Patient ID"):
        check(ADA, {**ADA, **other})
    with pytest.raises(PatientError, match="One Patient ID"):
        check(ADA, {**ADA, **other}, multi=True)
    check(ADA, {**ADA, **other}, same=True)


PALETTE = "1.2.840.10008.5.1.4.39.1"
NOBODYS = {
    "SOPClassUID": PALETTE, "PatientID": None, "PatientName": None, "PatientBirthDate": None,
    "StudyInstanceUID": None, "SeriesInstanceUID": None,
}  # fmt: skip
"""An object that stands at the root of every directory and names no patient."""


def test_an_object_without_a_patient_is_nobody() -> None:
    check(ADA, NOBODYS, expected="ID=P1")
    assert len(people(found(ADA, NOBODYS), {"PatientID": "P9"})) == 1
    own_class = {**NOBODYS, "SOPClassUID": "1.2.3.4"}
    check(ADA, own_class)
    with pytest.raises(PatientError, match="2 patients"):
        check(ADA, {**own_class, "StudyInstanceUID": "1.2"})
    with pytest.raises(PatientError, match="2 patients"):
        check(ADA, {**NOBODYS, "PatientID": "P2"})
    with pytest.raises(PatientError, match="2 patients"):
        check(ADA, {**NOBODYS, "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2"})


def test_nobody_is_not_the_expected_patient() -> None:
    with pytest.raises(PatientError, match=r"not the one expected.*nobody"):
        check(NOBODYS, expected="ID=P1")


@pytest.mark.parametrize("name", ["TEST^ADA", "Test^Ada^^", " Test ^Ada", "Test^Ada=X"])
def test_spellings_of_one_name_are_one_person(name: str) -> None:
    check(ADA, {**ADA, "PatientName": name})


def test_a_missing_birth_date_contradicts_nothing() -> None:
    check(ADA, {**ADA, "PatientBirthDate": ""})


@pytest.mark.parametrize(
    "expected", ["ID=P1", "Name=test^ada", "BirthDate=1970-01-01", "ID=P1;Name=Test^Ada;BirthDate=19700101"]
)
def test_the_expected_patient_passes(expected: str) -> None:
    check(ADA, expected=expected)


@pytest.mark.parametrize("expected", ["ID=P9", "Name=Test^Eve", "BirthDate=19700102", "ID=P1;Name=Test^Eve"])
def test_another_patient_stops(expected: str) -> None:
    with pytest.raises(PatientError, match="not the one expected"):
        check(ADA, expected=expected)


def test_one_stranger_among_many_stops() -> None:
    with pytest.raises(PatientError, match="Bob"):
        check(ADA, BOB, multi=True, expected="ID=P1")


@pytest.mark.parametrize("words", ["", ";", "P1", "Ident=P1", "ID="])
def test_an_expectation_that_says_nothing_is_refused(words: str) -> None:
    with pytest.raises(UsageError):
        parse_expected(words)


def test_parts_may_come_in_any_order_and_case() -> None:
    assert parse_expected(" birthdate=1970-01-01 ; id=P1") == ExpectedPatient("P1", "", "1970-01-01")


def test_a_plain_name_has_no_case_and_no_empty_end() -> None:
    assert plain_name("Müller^Jörg^^=x") == plain_name("MÜLLER^JÖRG")


def test_supplied_patient_id_counts() -> None:
    (person,) = people(found({**ADA, "PatientID": ""}), {"PatientID": "P7"})
    assert person.id == "P7"
