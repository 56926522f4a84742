"""The public names of the package."""

from __future__ import annotations

import subprocess
import sys

import pytest

import mediakit

FUNCTIONS = ("burn", "create", "devices", "inspect", "scan", "verify")


@pytest.mark.parametrize("name", mediakit.__all__)
def test_public_names_are_what_they_say(name: str) -> None:
    assert getattr(mediakit, name).__name__ == name
    assert getattr(mediakit, name).__module__.startswith("mediakit.")


@pytest.mark.parametrize("first", FUNCTIONS)
def test_functions_stay_functions_whatever_is_imported_first(first: str) -> None:
    """Modules have the names of the functions that they define."""
    code = (
        f"import mediakit; mediakit.{first}\n"
        "import mediakit.verify, mediakit.scan, mediakit.create, mediakit.burn, mediakit.devices\n"
        f"assert all(callable(getattr(mediakit, name)) for name in {FUNCTIONS})\n"
        "from mediakit import create\n"
        "from mediakit.create import create as same\n"
        "assert create is same\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_name_that_is_not_public_is_an_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'eject'"):
        mediakit.eject  # noqa: B018
