"""A citation -> the address of its clause in the public edition of the standard.

The address is made from the words alone: nothing is looked up and nothing is loaded. Only the
parts of DICOM are public page by page; ISO 9660, UDF and FAT have no such address.

The edition has a page for every section down to the fourth level below its chapter or annex;
deeper ones, and the first section of anything, stand on the page that they are in.
"""

from __future__ import annotations

import re

_HOME = "https://dicom.nema.org/medical/dicom/current/output"
_CLAUSE = re.compile(r"PS3\.(\d{1,2}) (Table )?([0-9A-Z]{1,3}(?:[.-][0-9A-Za-z]{1,4}){0,9})")
_DEEPEST = 4


def link_of(citation: str) -> str | None:
    """The address of the first clause in the citation; None when it has none."""
    found = _CLAUSE.match(citation)
    if found is None:
        return None
    part, clause = int(found[1]), found[3]
    if found[2]:
        # On which of the small pages a table stands cannot be told from its number.
        return f"{_HOME}/html/part{part:02}.html#table_{clause}"
    return f"{_HOME}/chtml/part{part:02}/{_page(clause)}"


def _page(clause: str) -> str:
    chapter, *sections = clause.split(".")
    own = sections[: sections.index("1")] if "1" in sections else sections
    own = own[:_DEEPEST]
    page = f"sect_{'.'.join([chapter, *own])}.html" if own else f"chapter_{chapter}.html"
    return page if own == sections else f"{page}#sect_{clause}"
