"""A conformance statement, as far as profiles leave it to one: a site's claim (PS3.11 8, PS3.2).

    sop_class = ["CTImageStorage", "1.2.840.10008.5.1.4.1.1.4"]
    transfer_syntax = ["ExplicitVRLittleEndian"]

in a TOML file. Without a claim, everything that a profile leaves open counts as claimed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ..errors import SourceUnreadable
from . import words
from .data import Table


@dataclass(frozen=True, slots=True)
class Claim:
    """The UIDs of the SOP classes and transfer syntaxes that a site claims."""

    sop_classes: frozenset[str]
    transfer_syntaxes: frozenset[str]


def read_claim(path: str | os.PathLike[str]) -> Claim:
    """The claim in a file. Raises SourceUnreadable, InvalidProfileData with file and line."""
    if not Path(path).is_file():
        raise SourceUnreadable(f"The claim {path} does not exist.", "Check the path given with --claim.")
    table = Table.load(Path(path))
    found = Claim(frozenset(words.uids(table, "sop_class")), frozenset(words.uids(table, "transfer_syntax")))
    table.done()
    return found
