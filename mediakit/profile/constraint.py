"""What a profile can ask of Data Elements: a closed vocabulary (PS3.11 6, the tables of X.3).

A constraint is a frozen value that a table in `profiles/` states; here is what it means for a
data set. Nothing is stated in a language of its own and nothing is evaluated: what a table
says in prose is a rule in Python that the data names by its ID.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..dicomfile import parse_items
from ..dictionary import tag_of, uid_name
from ..model import Attributes, Element, Instance
from ..values import number, text, texts

SHARED_FUNCTIONAL_GROUPS = "SharedFunctionalGroupsSequence"


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that an instance, or the item of a sequence, meets or does not meet.

    `present`: that element is there; `nonempty`: and has a value; `equals`: its value of that
    `number`, counted from 1, is one of `values`; `any_of`: any of its values is; `sop_class`:
    the SOP Class UID is; `below`: it is nonempty in any instance below the record; `all`: all
    `parts` hold. With `shared`, the Shared Functional Groups are searched as well.
    """

    op: str
    keyword: str = ""
    values: tuple[str, ...] = ()
    number: int = 1
    shared: bool = False
    parts: tuple[Condition, ...] = ()

    def keywords(self) -> Iterator[str]:
        """The attributes that are looked at."""
        if self.keyword:
            yield self.keyword
        if self.shared:
            yield SHARED_FUNCTIONAL_GROUPS
        for part in self.parts:
            yield from part.keywords()


def holds(condition: Condition | None, keys: Attributes, sop_class: str = "") -> bool:
    """Whether the condition is met; none always is."""
    if condition is None:
        return True
    if condition.op == "all":
        return all(holds(part, keys, sop_class) for part in condition.parts)
    if condition.op == "sop_class":
        return sop_class in condition.values
    if condition.op in ("equals", "any_of"):
        found = texts(keys, condition.keyword)
        if condition.op == "equals":
            found = found[condition.number - 1 : condition.number]
        return any(value in condition.values for value in found)
    element = element_of(condition.keyword, keys, condition.shared)
    return element is not None and (condition.op == "present" or bool(element.value))


def element_of(keyword: str, keys: Attributes, shared: bool = False) -> Element | None:
    """The element at the top of the data set, else from any of the Shared Functional Groups."""
    tag = tag_of(keyword)
    found = keys.get(tag)
    if found is not None or not shared:
        return found
    for groups in parse_items(keys.raw(tag_of(SHARED_FUNCTIONAL_GROUPS))):
        # The Referenced Image Sequence is a functional group itself (PS3.3 C.7.6.16.2.5).
        if tag in groups:
            return groups.get(tag)
        for sequence in groups:
            for item in parse_items(sequence.value) if sequence.vr == "SQ" else ():
                if tag in item:
                    return item.get(tag)
    return None


def condition_words(condition: Condition) -> str:
    """The condition for people: "PhotometricInterpretation is MONOCHROME2"."""
    also = " or in its shared functional groups" if condition.shared else ""
    values = " or ".join(condition.values)
    nth = f"value {condition.number} of " if condition.number > 1 else ""
    return {
        "present": f"{condition.keyword} is in the instance{also}",
        "nonempty": f"{condition.keyword} has a value in the instance{also}",
        "below": f"{condition.keyword} has a value in any instance below",
        "equals": f"{nth}{condition.keyword} is {values}",
        "any_of": f"any value of {condition.keyword} is {values}",
        "sop_class": f"it is {' or '.join(map(uid_name, condition.values))}",
        "all": " and ".join(condition_words(part) for part in condition.parts),
    }[condition.op]


@dataclass(frozen=True, slots=True)
class OneOf:
    """The first value is one of these, or a whole number in one of the ranges, ends included."""

    keyword: str
    values: tuple[str, ...]
    ranges: tuple[tuple[int, int], ...] = ()

    def __str__(self) -> str:
        return " or ".join([*self.values, *(f"{low} to {high}" for low, high in self.ranges)])

    def met(self, keys: Attributes) -> bool:
        """Whether the data set is as this wants it."""
        value = number(keys, self.keyword)
        within = value is not None and any(low <= value <= high for low, high in self.ranges)
        return within or text(keys, self.keyword) in self.values


@dataclass(frozen=True, slots=True)
class AtMost:
    """The number is there and not above the limit."""

    keyword: str
    limit: int

    def __str__(self) -> str:
        return f"at most {self.limit}"

    def met(self, keys: Attributes) -> bool:
        """Whether the data set is as this wants it."""
        value = number(keys, self.keyword)
        return value is not None and value <= self.limit


@dataclass(frozen=True, slots=True)
class EqualTo:
    """The number is that of another attribute less `minus`; met where the other has none."""

    keyword: str
    other: str
    minus: int = 0

    def __str__(self) -> str:
        return f"{self.other} - {self.minus}" if self.minus else self.other

    def met(self, keys: Attributes) -> bool:
        """Whether the data set is as this wants it."""
        other = number(keys, self.other)
        return other is None or number(keys, self.keyword) == other - self.minus


@dataclass(frozen=True, slots=True)
class Depends:
    """The number is `value` where another attribute is `at`, and `otherwise` where it is not."""

    keyword: str
    value: int
    other: str
    at: int
    otherwise: int

    def __str__(self) -> str:
        return f"{self.value} if {self.other} is {self.at}, else {self.otherwise}"

    def met(self, keys: Attributes) -> bool:
        """Whether the data set is as this wants it."""
        wanted = self.value if number(keys, self.other) == self.at else self.otherwise
        return number(keys, self.keyword) == wanted


@dataclass(frozen=True, slots=True)
class Typed:
    """The attribute is of Type 1 (has a value) or 2 (is there), where the condition holds."""

    keyword: str
    type: str = "1"
    when: Condition | None = None

    def __str__(self) -> str:
        return "present, with a value" if self.type == "1" else "present, if only empty"

    def met(self, keys: Attributes) -> bool:
        """Whether the data set is as this wants it."""
        if not holds(self.when, keys):
            return True
        tag = tag_of(self.keyword)
        return bool(keys.raw(tag).strip(b" ")) if self.type == "1" else tag in keys


Constraint = OneOf | AtMost | EqualTo | Depends | Typed


def looked_at(constraint: Constraint) -> Iterator[str]:
    """The attributes that decide whether a constraint is met."""
    yield constraint.keyword
    if isinstance(constraint, EqualTo | Depends):
        yield constraint.other
    elif isinstance(constraint, Typed) and constraint.when:
        yield from constraint.when.keywords()


@dataclass(frozen=True, slots=True)
class ImageTable:
    """A table of required image attribute values: for which SOP classes, when, and what.

    `pairs` names the transfer syntaxes for each photometric interpretation; empty: any.
    """

    citation: str
    sop_classes: tuple[str, ...]
    when: Condition | None
    constraints: tuple[Constraint, ...]
    pairs: Mapping[str, tuple[str, ...]]
    reading: str = ""

    def concerns(self, instance: Instance) -> bool:
        """Whether the table says anything of the instance."""
        return instance.sop_class in self.sop_classes and holds(self.when, instance.keys, instance.sop_class)


@dataclass(frozen=True, slots=True)
class ItemTable:
    """What every item of a sequence holds; the sequence has at least one (a module inside it)."""

    citation: str
    sop_classes: tuple[str, ...]
    sequence: str
    constraints: tuple[Constraint, ...]
    reading: str = ""


@dataclass(frozen=True, slots=True)
class IconTable:
    """What the icons in records of these types are like, where there are any."""

    citation: str
    records: tuple[str, ...]
    constraints: tuple[Constraint, ...]


@dataclass(frozen=True, slots=True)
class AtLeastOne:
    """The File-set Creator writes at least one instance of these SOP classes."""

    citation: str
    sop_classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prose:
    """What only Python can say: the ID of the rule, and the SOP classes that it is asked of."""

    citation: str
    rule: str
    sop_classes: tuple[str, ...]
