"""Every rule has a sample that breaks it and nothing else, and one that keeps it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mediakit import verify
from mediakit.report import Outcome, Severity
from mediakit.rules import RULES
from mediakit.rules.catalogue import catalogue
from samples.broken.recipes import recipes

RECIPES = recipes()


def test_no_rule_is_without_a_sample() -> None:
    assert set(RECIPES) == set(RULES)


@pytest.mark.parametrize("rule", RECIPES)
def test_the_sample_yields_exactly_its_finding(rule: str, tmp_path: Path) -> None:
    recipe = RECIPES[rule]
    found = list(recipe.judged(recipe.make(), tmp_path))
    assert {each.rule for each in found} == {rule, *recipe.also}
    assert all(recipe.also.values()), "why is it implied?"
    told = {each.outcome for each in found if each.rule == rule}
    assert told == {Outcome.NOT_CHECKED if rule in CANNOT_BE_CHECKED else Outcome.FAILED}


CANNOT_BE_CHECKED = {"SEC-012", "SEC-032", "SEC-040"}
"""These rules say that something stays unknown; they never fail."""


@pytest.mark.parametrize("rule", RECIPES)
def test_its_counterpart_yields_none(rule: str, tmp_path: Path) -> None:
    recipe = RECIPES[rule]
    found = recipe.judged(recipe.sound(), tmp_path)
    # Of what is encrypted nothing can be told; it is not checked, which is no finding against it.
    failed = [each for each in found if each.outcome is Outcome.FAILED]
    assert {each.rule for each in failed if each.severity is not Severity.NOTE or each.rule == rule} == set()


def test_a_sample_is_made_by_the_command_that_the_rule_names(tmp_path: Path, repository: Path) -> None:
    command, folder = RULES["FSET-007"].sample.split()[1:], tmp_path / "sample"
    done = subprocess.run(
        [sys.executable, *command, folder], cwd=repository, capture_output=True, text=True, check=True
    )
    assert "FSET-007: 2 Directory Records refer to one file\n" in done.stdout
    assert "(implied: the second file is referred to by none)" in done.stdout
    assert "FSET-007" in {each.rule for each in verify(folder).findings}


def test_every_demand_is_checked_or_says_why_not(repository: Path) -> None:
    """The list holds every demand of the standard that concerns a medium."""
    demands = (repository / "tests" / "data" / "demands.txt").read_text("ascii").split()
    listed = [*catalogue().checked, *(each.id for each in catalogue().unchecked)]
    assert sorted(listed) == sorted(demands)
    assert len(set(demands)) == len(demands)


def test_demands_are_checked_by_rules_that_there_are() -> None:
    for demand, rules in catalogue().checked.items():
        assert rules, demand
        assert set(rules) <= set(RULES), demand
    assert all(each.clause and each.statement and each.reason for each in catalogue().unchecked)
