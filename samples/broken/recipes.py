"""All recipes, one for every rule, from the tables of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from mediakit import verify
from mediakit.report import Finding
from mediakit.rules import judge
from tests import fat as fat_volumes
from tests import iso9660 as iso_volumes
from tests import udf as udf_volumes
from tests import zips
from tests.builders import FileSetFolder, ct, file_set, instance
from tests.dicomdirs import craft, read, sound

from . import (
    Judged,
    Recipe,
    content,
    directory,
    fat,
    file_format,
    iso9660,
    mime,
    others,
    profile,
    secure,
    udf,
)
from . import file_set as file_sets
from . import zip as archives


def recipes() -> dict[str, Recipe]:
    """Every recipe by its rule; where a table breaks a rule in several ways, the first one counts."""
    found: dict[str, Recipe] = {}
    for recipe in _all():
        found.setdefault(recipe.rule, recipe)
    return found


def _all() -> Iterator[Recipe]:
    yield from _table(file_format.CASES, ct, lambda data, _: judge(instance(data)))
    yield from _table(directory.CASES, lambda: craft(sound()), lambda data, _: judge(read(data)))
    yield from _table(file_sets.CASES, file_set, _on_general_cd)
    yield from _table(secure.CASES, lambda: secure.file(secure.GOOD), lambda subject, _: judge(subject))
    yield from _table(secure.MAIL_CASES, secure.mail, lambda subject, _: judge(subject))
    yield from _rows(iso9660.BROKEN, iso_volumes.image, iso_volumes.volume)
    yield from _rows(udf.BROKEN, udf_volumes.image, udf_volumes.volume)
    yield from _rows(fat.BROKEN, lambda: fat.VALID, fat_volumes.volume)
    yield from _rows(archives.BROKEN, zips.archive, zips.zip_facts)
    yield from _rows(
        [(id, data, mime.MIME_ALSO.get(id, {})) for id, data in mime.MIME_BROKEN],
        zips.message,
        zips.mime_facts,
    )
    yield from _rows(((id, data, {}) for id, data in mime.MAIL_BROKEN), zips.letter, zips.mail_facts)
    yield from others.RECIPES
    yield from content.recipes()
    yield from profile.recipes()


def _table(
    cases: Mapping[str, tuple[Callable[[], Any], Mapping[str, str]]], sound: Callable[[], Any], judged: Judged
) -> Iterator[Recipe]:
    """A table by rule; what is behind a slash tells further ways to break the same rule apart."""
    for name, (make, also) in cases.items():
        yield Recipe(name.partition("/")[0], make, sound, judged, also)


def _rows(
    rows: Iterable[tuple[str, bytes, Mapping[str, str]]],
    sound: Callable[[], bytes],
    facts: Callable[[bytes], object],
) -> Iterator[Recipe]:
    """A table of images, of which the reader of their format gives the facts."""
    for rule, data, also in rows:
        yield Recipe(rule, partial(_same, data), sound, lambda image, _: judge(facts(image)), also)


def _same(data: bytes) -> bytes:
    return data


def _on_general_cd(folder: FileSetFolder, where: Path) -> Iterable[Finding]:
    return verify(folder.write(where), profile="STD-GEN-CD").findings
