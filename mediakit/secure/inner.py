"""The inside of a Secure DICOM File: SignedData or DigestedData around the DICOM file.

Finds the content and reads what stands around it (RFC 5652 sections 5 and 7), whichever of
the forms that are met in practice; computes digests. Signatures are for `signers.py`.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import cast

from ..model import Content
from . import oids
from .ber import BerError, BerStream, Node
from .der import INTEGER, OCTET_STRING, OID, SEQUENCE, SET
from .pipeline import ahead, rooms
from .streams import Segmented
from .verdict import Form

_EXPLICIT = 0xA0
_PREFIX = slice(128, 132)
_SIGNERS = 64


@dataclass(frozen=True, slots=True)
class Inner:
    """What was found inside; `digest` is that of DigestedData, the rest belongs to SignedData."""

    form: Form
    content: Content = field(repr=False)
    content_type: str = ""
    declared: tuple[str, ...] = ()
    digest: bytes = b""
    payload_type: str = oids.DATA
    certificates: tuple[bytes, ...] = ()
    signers: tuple[Node, ...] = ()
    end: int = 0
    version: int = 0

    @property
    def due(self) -> int:
        """The version that it should say (RFC 5652 5.1 and 7); what is not judged here says the right one."""
        if self.payload_type != oids.DATA:
            return self.version
        if self.content_type == oids.DIGESTED_DATA:
            return 0
        names = all(each.child(1).tag == SEQUENCE for each in self.signers)
        return 1 if names and self.version < 3 else max(3, self.version)


def read_inner(clear: Content, beside: Content | None = None) -> Inner:
    """Read the decrypted bytes. Raises BerError when they are none of the known forms.

    `beside` is the content of SignedData that has none inside; one that has is none of those forms.
    """
    with clear.open() as stream:
        if is_dicom(stream.read(_PREFIX.stop)):
            return Inner(Form.RAW, clear, end=clear.size)
        ber = BerStream(stream, clear.size)
        ber.enter(SEQUENCE)
        form, named = Form.BARE, ""
        if ber.peek() == OID:
            form, named = Form.WRAPPED, ber.node(OID).oid()
            ber.enter(_EXPLICIT)
            if named == oids.DATA:
                segments = ber.octets(OCTET_STRING)
                return Inner(Form.RAW, Segmented(clear, segments), end=clear.size)
            ber.enter(SEQUENCE)
        version = ber.node(INTEGER).integer()
        inner = _signed(ber, clear, form, beside) if ber.peek() == SET else _digested(ber, clear, form)
        for _ in range(1 if form is Form.BARE else 3):
            ber.leave()
        if named not in ("", inner.content_type):
            raise BerError(f"the content type inside is {oids.name_of(named)}")
        return replace(inner, end=ber.position, version=version)


def is_dicom(start: bytes) -> bool:
    """Whether a file that starts with these 132 bytes is in the DICOM File Format (PS3.10 7.1)."""
    return start[_PREFIX] == b"DICM"


def digests(content: Content, names: Iterable[str]) -> dict[str, bytes]:
    """The digests of a content by their names in hashlib, in one pass."""
    hashes = {name: hashlib.new(name) for name in names}
    for block in ahead(_blocks(content), content.size):
        for each in hashes.values():
            each.update(block)
    return {name: each.digest() for name, each in hashes.items()}


def _blocks(content: Content) -> Iterator[memoryview]:
    """The content to its end. Raises BerError where that comes too early."""
    left, turn = content.size, rooms(content.size)
    with content.open() as stream:
        while left:
            room = next(turn)[:left]
            got = cast(io.RawIOBase, stream).readinto(room)
            if not got:
                raise BerError("the content ends too early")
            left -= got
            yield room[:got]


def _signed(ber: BerStream, clear: Content, form: Form, beside: Content | None) -> Inner:
    """SignedData after its version (RFC 5652 5.1)."""
    declared = tuple(each.child(0, OID).oid() for each in ber.node(SET).children)
    payload_type, content = _encapsulated(ber, clear, beside)
    certificates = ber.node() if ber.peek() == _EXPLICIT else Node(_EXPLICIT)
    if ber.peek() == 0xA1:
        ber.node()  # revocation lists: who trusts by --trust asks no list
    signers = ber.node(SET).children
    if len(signers) > _SIGNERS or len(certificates.children) > _SIGNERS:
        raise BerError(f"there are more than {_SIGNERS} signers or certificates")
    return Inner(
        form, content, oids.SIGNED_DATA, declared, payload_type=payload_type, signers=signers,
        certificates=tuple(each.der() for each in certificates.children),
    )  # fmt: skip


def _digested(ber: BerStream, clear: Content, form: Form) -> Inner:
    """DigestedData after its version (RFC 5652 7)."""
    algorithm = ber.node(SEQUENCE).child(0, OID).oid()
    payload_type, content = _encapsulated(ber, clear)
    digest = ber.node(OCTET_STRING, OCTET_STRING | 0x20).octets()
    return Inner(form, content, oids.DIGESTED_DATA, (algorithm,), digest, payload_type=payload_type)


def _encapsulated(ber: BerStream, clear: Content, beside: Content | None = None) -> tuple[str, Content]:
    """EncapsulatedContentInfo: its type, and the content, which is inside unless there is one beside."""
    ber.enter(SEQUENCE)
    payload_type = ber.node(OID).oid()
    if beside is not None:
        ber.leave()  # which refuses a content inside: there would be two that might be what is signed
        return payload_type, beside
    ber.enter(_EXPLICIT)
    content = Segmented(clear, ber.octets(OCTET_STRING))
    ber.leave()
    ber.leave()
    return payload_type, content
