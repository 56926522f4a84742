"""Folding and counting of findings."""

from __future__ import annotations

from mediakit.report import PLACES_SHOWN, Finding, Outcome, Place, Severity, Summary, fold


def finding(rule: str, severity: Severity = Severity.ERROR, path: str = "A", **args: str) -> Finding:
    return Finding(rule, severity, "PS3.10 8.2", f"{rule} broken", Place(path=path), args)


def test_equal_findings_fold_into_one_with_a_count_and_first_places() -> None:
    many = [finding("FSET-008", path=f"IM{n}") for n in range(433)]
    (one,) = fold(many)
    assert one.count == 433
    assert [place.path for place in one.places] == [f"IM{n}" for n in range(PLACES_SHOWN)]
    assert one.where.path == "IM0"


def test_what_differs_in_its_arguments_stays_apart() -> None:
    assert len(fold([finding("PROF-002", found="JPEG"), finding("PROF-002", found="RLE")])) == 2


def test_a_single_finding_lists_no_places() -> None:
    (one,) = fold([finding("FSET-008")])
    assert (one.count, one.places) == (1, ())


def test_errors_come_first_and_order_is_kept_within() -> None:
    mixed = [finding("A", Severity.NOTE), finding("B", Severity.WARNING), finding("C"), finding("D")]
    assert [f.rule for f in fold(mixed)] == ["C", "D", "B", "A"]


def test_summary_counts_occurrences_not_folded_findings() -> None:
    unchecked = Finding("FILE-013", Severity.ERROR, "PS3.10 7.2", "Not checked", outcome=Outcome.NOT_CHECKED)
    findings = fold([finding("A"), finding("A", path="B"), finding("W", Severity.WARNING), unchecked])
    assert Summary.of(findings) == Summary(errors=2, warnings=1, notes=0, not_checked=1)


def test_a_place_takes_what_it_does_not_know_from_around_it() -> None:
    assert Place(tag="(0008,0018)").over(Place(path="X", tag="other")) == Place(path="X", tag="(0008,0018)")


def test_json_of_a_place_holds_what_is_known() -> None:
    assert Place(path="X", record=0).to_json() == {"path": "X", "record": 0}
