"""Elements of a page. All text goes through here, so none of it can become markup.

Whatever a medium holds (a patient called `<script>`, marks that turn the reading order round)
is shown as the characters that it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias, TypeVar
from xml.etree.ElementTree import Element, tostring

from ..printable import printable

Inside: TypeAlias = "str | Element | Iterable[Element]"
Item = TypeVar("Item")

_LONGEST = 2000
"""Characters of one text: nobody reads more, and a hostile name may have millions."""

_BLOCKS = frozenset(("article", "dl", "figure", "h2", "h3", "h4", "li", "p", "section", "table", "tr", "ul"))


def element(tag: str, *inside: Inside, **attributes: str) -> Element:
    """An element with text and elements in it. Attribute names may end in an underscore: `class_`.

    Attributes are ours alone: text of a medium goes inside.
    """
    made = Element(tag, {name.rstrip("_"): value for name, value in attributes.items()})
    for each in inside:
        if isinstance(each, str):
            _append(made, _safe(each))
        else:
            made.extend([each] if isinstance(each, Element) else each)
    if tag in _BLOCKS:
        made.tail = "\n"
    return made


def first_of(items: Sequence[Item], most: int) -> tuple[Sequence[Item], list[Element]]:
    """The first items, and a paragraph with the number of those that are left away, if any are."""
    rest = len(items) - most
    if rest <= 0:
        return items, []
    note = f"{rest:,} more are not shown here; the JSON document has them all."
    return items[:most], [element("p", note, class_="more")]


def document(root: Element) -> str:
    """The page as text."""
    return f"<!DOCTYPE html>\n{tostring(root, encoding='unicode', method='html')}\n"


def _append(made: Element, words: str) -> None:
    if len(made):
        made[-1].tail = (made[-1].tail or "") + words
    else:
        made.text = (made.text or "") + words


def _safe(words: str) -> str:
    cut = f"{words[:_LONGEST]} ..." if len(words) > _LONGEST else words
    return printable(cut)
