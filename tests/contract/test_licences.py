"""What is installed with mediakit may be used with it: no library under GPL or AGPL."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution, metadata
from pathlib import Path

from packaging.requirements import Requirement

from mediakit.pixels.codecs import CODECS

FORBIDDEN = re.compile(r"\bA?GPL|Affero|(?<!Lesser )General Public License", re.IGNORECASE)
"""LGPL and the Lesser General Public License are allowed: their libraries are installed apart."""


def needed(name: str, seen: set[str]) -> Iterator[str]:
    """The distributions that an installation without extras brings along, directly or not."""
    for line in distribution(name).requires or ():
        requirement = Requirement(line)
        if (
            requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        ) and requirement.name not in seen:
            seen.add(requirement.name)
            yield requirement.name
            yield from needed(requirement.name, seen)


def licence(name: str) -> str:
    """What the distribution says of its licence: expression, classifiers, first line of the text."""
    found = metadata(name)
    classifiers = [each for each in found.get_all("Classifier") or () if each.startswith("License ::")]
    text = (found.get("License") or "").strip().splitlines()[:1]
    return "; ".join([*filter(None, [found.get("License-Expression")]), *classifiers, *text])


def declared() -> list[str]:
    """The dependencies as this repository names them: what is installed may be an older mediakit."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]
    return [Requirement(line).name for line in project["dependencies"]]


def test_the_search_finds_what_it_must() -> None:
    for text in (
        "GPLv3",
        "AGPL-3.0",
        "GPL-3.0-or-later",
        "License :: OSI Approved :: GNU General Public License v3 (GPLv3)",
    ):
        assert FORBIDDEN.search(text)
    for text in ("LGPL-2.1-only", "MIT", "Apache-2.0", "GNU Lesser General Public License v3"):
        assert not FORBIDDEN.search(text)


def test_every_dependency_has_a_licence_and_none_is_gpl() -> None:
    seen = set(declared())
    names = sorted({*seen, *(below for name in declared() for below in needed(name, seen))})
    licences = {name: licence(name) for name in names}
    assert {"pydicom", "numpy", "python-gdcm", "pylibjpeg-openjpeg", "pylibjpeg-rle", "pyjpegls"} <= set(
        licences
    )
    assert [name for name, text in licences.items() if not text] == []
    assert {name: text for name, text in licences.items() if FORBIDDEN.search(text)} == {}


def test_no_codec_is_the_one_under_gpl() -> None:
    """pylibjpeg-libjpeg is GPLv3; pydicom would use it where it is installed."""
    packages = {package for packages in CODECS.values() for package in packages}
    assert packages == {"python-gdcm", "pylibjpeg-openjpeg", "pylibjpeg-rle", "pyjpegls", "pydicom"}
