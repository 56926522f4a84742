"""A broken sample for every rule: the recipe that makes it, its sound counterpart, and what follows.

Samples are made, not stored: a recipe shows in a line what is wrong, where the bytes would not.
The modules hold the tables of recipes by the group of their rules; `recipes()` in recipes.py
brings them together. `python -m samples.broken RULE FOLDER` makes one and shows what is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mediakit.report import Finding

Judged = Callable[[Any, Path], Iterable[Finding]]
"""What the rules say of a sample; the folder is there to write it to."""


@dataclass(frozen=True)
class Recipe:
    """How to break `rule`, and no other one but those in `also`, each of which has a reason."""

    rule: str
    make: Callable[[], Any] = field(repr=False)
    sound: Callable[[], Any] = field(repr=False)
    judged: Judged = field(repr=False)
    also: Mapping[str, str] = field(default_factory=dict)
