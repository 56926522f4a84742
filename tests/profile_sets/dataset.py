"""A data set as keywords and plain values, and its bytes in a file (PS3.5 7.1, PS3.10 7)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mediakit.dicomfile import encode_dataset, encode_element, encode_file, encode_items, file_meta
from mediakit.dictionary import tag_of, vr_of
from mediakit.model import Attributes, Element

from .streams import encapsulate

EXPLICIT = "1.2.840.10008.1.2.1"
IMPLICIT = "1.2.840.10008.1.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
RLE = "1.2.840.10008.1.2.5"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"
JPEG_LOSSLESS = "1.2.840.10008.1.2.4.70"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_LS_NEAR = "1.2.840.10008.1.2.4.81"
J2K_LOSSLESS = "1.2.840.10008.1.2.4.90"
J2K = "1.2.840.10008.1.2.4.91"
HTJ2K_LOSSLESS = "1.2.840.10008.1.2.4.201"
HTJ2K_RPCL = "1.2.840.10008.1.2.4.202"
HTJ2K = "1.2.840.10008.1.2.4.203"
VIDEO = "1.2.840.10008.1.2.4.10"
"""How the UIDs of the video transfer syntaxes begin."""

PIXEL_DATA = 0x7FE00010
_FORMS = {"AT": "H", "FD": "d", "FL": "f", "SL": "i", "SS": "h", "UL": "I", "US": "H"}
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Made:
    """An instance: values by keyword, and its transfer syntax.

    A value is text, bytes, a number or a list of numbers, or a list of items. Pixel Data is
    bytes where it is native, and a list of frames where it is encapsulated. A keyword that
    is a number is the tag of an element that has no keyword.
    """

    values: Values
    syntax: str = EXPLICIT

    @property
    def sop_class(self) -> str:
        """The SOP Class UID."""
        return str(self.values["SOPClassUID"])

    def but(self, syntax: str = "", **changes: Any) -> Made:
        """With values replaced or added, or removed by None."""
        values = {name: value for name, value in {**self.values, **changes}.items() if value is not None}
        return Made(values, syntax or self.syntax)

    @property
    def data(self) -> bytes:
        """The file."""
        meta = file_meta(self.sop_class, str(self.values["SOPInstanceUID"]), self.syntax)
        data = self._implicit() if self.syntax == IMPLICIT else self._explicit()
        if self.syntax == DEFLATED:
            packer = zlib.compressobj(wbits=-15)
            data = packer.compress(data) + packer.flush()
            data += b"\0" * (len(data) % 2)
        return encode_file(meta, data)

    def _explicit(self) -> bytes:
        pixels = self.values.get("PixelData")
        rest = {name: value for name, value in self.values.items() if name != "PixelData"}
        if pixels is None:
            return encode_dataset(attributes(rest))
        if isinstance(pixels, list):
            return encode_dataset(attributes(rest)) + encapsulate(pixels)
        return encode_dataset(attributes(self.values))

    def _implicit(self) -> bytes:
        """PS3.5 A.1: without value representations; only for data sets without sequences."""
        return b"".join(
            struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value
            for tag, _, value in attributes(self.values)
        )


def attributes(values: Values) -> Attributes:
    """The elements of a data set or item, in tag order and padded to even length."""
    return Attributes.of(_elements(values))


def _elements(values: Values) -> Iterator[Element]:
    for keyword, value in values.items():
        tag = int(keyword, 16) if keyword.startswith("60") else tag_of(keyword)
        vr = "OW" if keyword.startswith("60") else vr_of(tag).split(" or ")[-1]
        encoded = _encode(value, vr)
        # The encoder pads; what a length is taken of before needs it now.
        yield Element(
            tag, vr, encode_element(tag, vr, encoded)[-len(encoded) - len(encoded) % 2 :] if encoded else b""
        )


def _encode(value: Any, vr: str) -> bytes:
    if isinstance(value, bytes):
        return value
    if vr == "SQ":
        return encode_items(attributes(item) for item in value)
    if vr in _FORMS:
        numbers = value if isinstance(value, list | tuple) else [value]
        return struct.pack(f"<{len(numbers)}{_FORMS[vr]}", *numbers)
    return str(value).encode("ascii")
