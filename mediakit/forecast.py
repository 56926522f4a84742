"""What an instance would be after the changes that `adapt` can make, told from its header alone.

The first forecast writes the beginning of the file anew and leaves its data set as it is, the
second is in Explicit VR Little Endian. `fit` and the choice of a profile go by them; whether the
pixels can really be had, only `adapt` finds out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .dicomfile import (
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLEMENTATION_CLASS_UID,
    IMPLEMENTATION_VERSION_NAME,
    encode_dataset,
    encode_element,
)
from .dictionary import TRANSFER_SYNTAXES, tag_of
from .model import Attributes, Element, Instance
from .pixels import is_decodable
from .values import number, text

REPAIRED = frozenset(
    ("no-preamble", "no-file-meta", "file-meta-group-length", "file-meta-vr", "transfer-syntax-missing",
     "transfer-syntax-wrong")
)  # fmt: skip
"""Anomalies that are gone when the beginning of a file is written anew."""

INFLATED = frozenset(("deflated-checksum",))
"""Anomalies that are gone as well when a data set is deflated no more."""

_GROUP_LENGTH, _VERSION, _SOP_CLASS, _SOP_INSTANCE = 0x00020000, 0x00020001, 0x00020002, 0x00020003
_TRANSFER_SYNTAX, _IMPLEMENTATION, _NAME = 0x00020010, 0x00020012, 0x00020013
_PHOTOMETRIC, _PLANAR = tag_of("PhotometricInterpretation"), tag_of("PlanarConfiguration")
_DECODED = {b"YBR_FULL_422": b"YBR_FULL", b"YBR_RCT": b"RGB ", b"YBR_ICT": b"RGB "}


def forecasts(instance: Instance) -> Iterator[Instance]:
    """The instance with its beginning mended, then in Explicit VR Little Endian if it is not."""
    syntax = TRANSFER_SYNTAXES.get(instance.transfer_syntax)
    if syntax is None or any(_is_broken(each) for each in instance.file_meta):
        return
    yield begun_anew(instance, instance.transfer_syntax)
    if instance.transfer_syntax == EXPLICIT_VR_LITTLE_ENDIAN:
        return
    if not syntax.encapsulated or is_decodable(instance.transfer_syntax):
        keys = _decoded(instance.keys) if syntax.encapsulated else instance.keys
        yield replace(begun_anew(instance, EXPLICIT_VR_LITTLE_ENDIAN), keys=keys)


def _is_broken(element: Element) -> bool:
    """Whether an element that would be kept cannot be encoded as it should be."""
    try:
        encode_element(*element)
    except ValueError:
        return element.tag > _NAME
    return False


def begun_anew(instance: Instance, syntax: str) -> Instance:
    """The instance with File Meta Information that states the transfer syntax (PS3.10 7.1).

    The preamble is zeros: whatever an unknown program put there, or a TIFF header that points to bytes
    which will be elsewhere, is no part of the instance.
    """
    stated = {each.tag: each for each in instance.file_meta if each.vr != "UN"}
    group = [each for tag, each in stated.items() if tag > _NAME]
    anew = (
        (_VERSION, "OB", b"\0\1"),
        (
            _SOP_CLASS,
            "UI",
            (text(instance.file_meta, _SOP_CLASS) or instance.sop_class).encode("ascii", "replace"),
        ),
        (
            _SOP_INSTANCE,
            "UI",
            (text(instance.file_meta, _SOP_INSTANCE) or instance.sop_instance).encode("ascii", "replace"),
        ),
        (_TRANSFER_SYNTAX, "UI", syntax.encode("ascii")),
        (_IMPLEMENTATION, "UI", IMPLEMENTATION_CLASS_UID.encode("ascii")),
        (_NAME, "SH", IMPLEMENTATION_VERSION_NAME.encode("ascii")),
    )
    meta = Attributes.of([*group, *anew])
    length = len(encode_dataset(meta)).to_bytes(4, "little")
    gone = REPAIRED if syntax == instance.transfer_syntax else REPAIRED | INFLATED
    return replace(
        instance,
        transfer_syntax=syntax,
        file_meta=meta.merged([(_GROUP_LENGTH, "UL", length)]),
        preamble=bytes(128),
        anomalies=tuple(each for each in instance.anomalies if each.kind not in gone),
    )


def beginning_of(instance: Instance) -> bytes:
    """The bytes before the data set, as the instance describes them."""
    return (instance.preamble or bytes(128)) + b"DICM" + encode_dataset(instance.file_meta)


def _decoded(keys: Attributes) -> Attributes:
    """PS3.5 8.2: decoded colour is neither subsampled nor transformed, and goes by pixel."""
    photometric = keys.raw(_PHOTOMETRIC).strip(b" \0")
    changed = []
    if photometric in _DECODED:
        changed.append((_PHOTOMETRIC, "CS", _DECODED[photometric]))
    if _PLANAR in keys and number(keys, _PLANAR):
        changed.append((_PLANAR, "US", b"\0\0"))
    return keys.merged(changed) if changed else keys
