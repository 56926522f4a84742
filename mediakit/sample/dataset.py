"""A data set as keywords and plain values, and its bytes (PS3.5 7.1).

The shape in which the sample studies are written down: a mapping from keyword to text,
number, bytes, a list of numbers, or a list of items. Knows value representations; does not
know what any attribute means.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias
from uuid import UUID, uuid5

from ..dicomfile import encode_dataset, encode_file, encode_items, file_meta
from ..dictionary import tag_of, vr_of
from ..model import Attributes, Element
from ..values import encode_text

Value: TypeAlias = str | int | bytes | Sequence[int] | Sequence["DataSet"]
DataSet: TypeAlias = Mapping[str, Value]

_NAMESPACE = UUID("d0c1a5f2-6f0e-5b7a-8e1b-3c9a4d2f7b60")
_FORMS = {"AT": "H", "FD": "d", "FL": "f", "SL": "i", "SS": "h", "UL": "I", "US": "H"}


def uid(*names: str | int) -> str:
    """A UID that stands for these names for ever: 2.25 and a UUIDv5 (PS3.5 B.2)."""
    return f"2.25.{uuid5(_NAMESPACE, '/'.join(map(str, names))).int}"


def part10(dataset: DataSet) -> bytes:
    """The data set as a file in the DICOM File Format, Explicit VR Little Endian (PS3.10 7)."""
    meta = file_meta(str(dataset["SOPClassUID"]), str(dataset["SOPInstanceUID"]))
    terms = tuple(str(dataset.get("SpecificCharacterSet", "")).split("\\"))
    return encode_file(meta, encode_dataset(_attributes(dataset, terms)))


def _attributes(dataset: DataSet, terms: Sequence[str]) -> Attributes:
    return Attributes.of(_elements(dataset, terms))


def _elements(dataset: DataSet, terms: Sequence[str]) -> Iterator[Element]:
    for keyword, value in dataset.items():
        tag = tag_of(keyword)
        vr = vr_of(tag).split(" or ")[-1]  # "OB or OW": either is right for native data (PS3.5 A.2)
        yield Element(tag, vr, _encode(value, vr, terms))


def _encode(value: Value, vr: str, terms: Sequence[str]) -> bytes:
    """The value's bytes; items inherit the character set of the data set (PS3.5 6.1.2.4)."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return encode_text(value, terms, vr)
    if isinstance(value, int):
        value = [value]
    if vr == "SQ":
        return encode_items(_attributes(item, terms) for item in value if isinstance(item, Mapping))
    numbers = [number for number in value if isinstance(number, int)]
    if vr == "AT":
        numbers = [half for tag in numbers for half in (tag >> 16, tag & 0xFFFF)]
    return struct.pack(f"<{len(numbers)}{_FORMS[vr]}", *numbers)
