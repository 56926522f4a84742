"""From a citation to the address of its clause, as the public edition of the standard has it."""

from __future__ import annotations

import pytest

from mediakit.citation_link import link_of
from mediakit.rules import RULES

HOME = "https://dicom.nema.org/medical/dicom/current/output/"


@pytest.mark.parametrize(
    ("citation", "page"),
    [
        ("PS3.10 8.6", "chtml/part10/sect_8.6.html"),
        # The first section stands on the page of what it begins.
        ("PS3.10 7.1", "chtml/part10/chapter_7.html#sect_7.1"),
        ("PS3.11 8", "chtml/part11/chapter_8.html"),
        ("PS3.12 M", "chtml/part12/chapter_M.html"),
        ("PS3.3 F.3.2.2", "chtml/part03/sect_F.3.2.2.html"),
        ("PS3.3 F.5.24", "chtml/part03/sect_F.5.24.html"),
        ("PS3.3 F.2.1", "chtml/part03/sect_F.2.html#sect_F.2.1"),
        ("PS3.3 C.12.1.1.2", "chtml/part03/sect_C.12.html#sect_C.12.1.1.2"),
        # There are no pages of the fifth level.
        ("PS3.3 C.7.6.16.2.9", "chtml/part03/sect_C.7.6.16.2.html#sect_C.7.6.16.2.9"),
        ("PS3.11 Table E.3-1", "html/part11.html#table_E.3-1"),
        ("PS3.11 D.3.3, PS3.5 A.4", "chtml/part11/sect_D.3.3.html"),
    ],
)
def test_addresses(citation: str, page: str) -> None:
    assert link_of(citation) == HOME + page


@pytest.mark.parametrize(
    "citation",
    ["ISO 9660 7.4", "UDF 2.1", "FAT 1.03 Boot Sector and BPB", "mediakit", "", "PS3.10", "PS3.10 \"'"],
)
def test_what_has_no_address(citation: str) -> None:
    assert link_of(citation) is None


def test_every_rule_on_dicom_has_one() -> None:
    for rule in RULES.values():
        assert (link_of(rule.citation) is not None) == rule.citation.startswith("PS3."), rule.id
