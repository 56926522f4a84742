"""Opening a Secure DICOM File: decrypt, check, and only then hand out (PS3.15 D.1).

Integrity is known only when everything has been read, so a file is read twice: first to
check padding, digest and signatures, keeping nothing; then, if all is well, as the clear
content that this gives out, which decrypts again whatever is read of it. Clear data is
never on disk, memory does not grow with the file. Whatever the bytes are, the answer is a
value: hostile lengths, depths and counts have limits (`ber.py`, `credentials.py`).
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import replace

from ..model import Anomaly, Content
from . import oids
from .ber import BerError
from .ciphers import gcm_check
from .credentials import Credentials, content_key
from .inner import Inner, digests, is_dicom, read_inner
from .outer import Outer, read_outer
from .signers import check_signers, signer_digests
from .streams import Decrypted
from .verdict import Decryption, Form, Integrity, Opened, Signature

_BLOCK = 1 << 20


def open_secure(content: Content, credentials: Credentials) -> Opened:
    """Open an envelope and check everything in it. Raises OSError when the content cannot be read."""
    try:
        outer = read_outer(content)
    except BerError as error:
        return Opened(None, Decryption.MALFORMED, anomalies=(Anomaly("cms", error.detail, error.offset),))
    anomalies: tuple[Anomaly, ...] = ()
    if outer.end != content.size:
        extra = f"{content.size - outer.end:,} bytes follow the envelope"
        anomalies = (Anomaly("trailing-bytes", extra, outer.end),)
    clear, decryption = _decrypt(outer, credentials)
    found = Opened(outer, decryption, anomalies=(*anomalies, *_outer_versions(outer)))
    if clear is None:
        return found
    # GCM: its tag has covered everything.
    without = Integrity.INTACT if clear.cipher.gcm else Integrity.ABSENT
    return _check(found, clear, without, credentials)


def open_envelope(content: Content, credentials: Credentials) -> Opened:
    """Decrypt an envelope of anything, as e-mails are: what comes out is `unchecked`. Raises OSError."""
    try:
        outer = read_outer(content)
    except BerError as error:
        return Opened(None, Decryption.MALFORMED, anomalies=(Anomaly("cms", error.detail, error.offset),))
    clear, decryption = _decrypt(outer, credentials)
    return Opened(outer, decryption, Integrity.ABSENT, unchecked=clear)


def open_signed(content: Content, credentials: Credentials, beside: Content | None = None) -> Opened:
    """Check SignedData that was not encrypted, or is not any more. Raises OSError.

    `beside` is what is signed where it does not stand inside (RFC 5652 5.2: external signatures).
    """
    found = _check(Opened(None, Decryption.OPENED), content, Integrity.ABSENT, credentials, beside)
    if found.inner_type == oids.SIGNED_DATA:
        return found
    return Opened(None, Decryption.DAMAGED, anomalies=found.anomalies)


def _decrypt(outer: Outer, credentials: Credentials) -> tuple[Decrypted | None, Decryption]:
    """The clear content, as far as padding or tag can say that it is that."""
    cipher, ciphertext = outer.cipher, outer.ciphertext
    if cipher is None or ciphertext is None or len(outer.iv) != (12 if cipher.gcm else cipher.block):
        return None, Decryption.UNSUPPORTED
    key, decryption = content_key(outer, credentials, cipher.key_size)
    if key is None:
        return None, decryption
    whole = Decrypted(ciphertext, cipher, key, outer.iv, ciphertext.size)
    if cipher.gcm:
        good = 12 <= len(outer.mac) <= 16 and _tag_is_right(whole, outer)
        return (whole, Decryption.OPENED) if good else (None, Decryption.DAMAGED)
    padding = _padding(whole)
    if not padding:
        return None, Decryption.DAMAGED
    return replace(whole, size=whole.size - padding), Decryption.OPENED


def _padding(whole: Decrypted) -> int:
    """How many bytes of padding there are (RFC 5652 6.3), or 0 when that is no padding."""
    block = whole.cipher.block
    if not whole.size or whole.size % block:
        return 0
    with whole.open() as stream:
        stream.seek(whole.size - block)
        last = stream.read(block)
    size = last[-1] if len(last) == block else 0
    return size if 0 < size <= block and last.endswith(bytes((size,)) * size) else 0


def _tag_is_right(whole: Decrypted, outer: Outer) -> bool:
    from cryptography.exceptions import InvalidTag

    check = gcm_check(whole.key, outer.iv, outer.associated, len(outer.mac))
    room = bytearray(_BLOCK + 16)
    with whole.base.open() as stream:
        while data := stream.read(_BLOCK):
            check.update_into(data, room)
    try:
        check.finalize_with_tag(outer.mac)
    except InvalidTag:
        return False
    return True


def _check(
    found: Opened,
    clear: Content,
    without: Integrity,
    credentials: Credentials,
    beside: Content | None = None,
) -> Opened:
    """What is inside, its integrity and its signers; `without` is what holds where nothing protects it."""
    try:
        inner = read_inner(clear, beside)
        names = {*inner.declared[:1]} if inner.digest else {*signer_digests(inner.signers)}
        sums = digests(inner.content, (oids.DIGESTS[each].name for each in names if each in oids.DIGESTS))
        signers = check_signers(
            inner.signers, inner.certificates, inner.payload_type, sums, credentials.trust
        )
    except BerError as error:
        anomaly = Anomaly("inner", error.detail, error.offset)
        # A key that is wrong by chance and a damaged file look alike from here.
        return replace(found, decryption=Decryption.DAMAGED, anomalies=(*found.anomalies, anomaly))
    checked = replace(
        found,
        form=inner.form,
        inner_type=inner.content_type,
        digests=tuple(dict.fromkeys((*inner.declared, *names))),
        signers=signers,
        anomalies=(*found.anomalies, *_inner_anomalies(inner, clear)),
    )
    return _released(checked, inner.content, without, inner, sums)


def _released(
    found: Opened, content: Content, without: Integrity, inner: Inner, sums: dict[str, bytes]
) -> Opened:
    """Hand out the content as far as it may be."""
    integrity = without if inner.form is Form.RAW else _integrity(found, inner, sums)
    if integrity is Integrity.INTACT:
        return replace(found, integrity=integrity, content=content)
    # One changed bit can make a digest's name unknown, so that must not open the door either.
    if integrity is Integrity.BROKEN or found.inner_type == oids.DIGESTED_DATA:
        return replace(found, integrity=integrity)
    return replace(found, integrity=integrity, unchecked=content)


def _integrity(found: Opened, inner: Inner, sums: dict[str, bytes]) -> Integrity:
    if inner.content_type == oids.DIGESTED_DATA:
        known = oids.DIGESTS.get(inner.declared[0])
        if known is None:
            return Integrity.NOT_CHECKED
        return Integrity.INTACT if hmac.compare_digest(sums[known.name], inner.digest) else Integrity.BROKEN
    # One wrong signature among right ones is still something that nobody signed like this.
    verdicts = {each.signature for each in found.signers}
    if Signature.INVALID in verdicts:
        return Integrity.BROKEN
    return Integrity.INTACT if Signature.VALID in verdicts else Integrity.NOT_CHECKED


def _outer_versions(outer: Outer) -> Iterator[Anomaly]:
    """Versions of the envelope and of its recipients that are not what RFC 5652 6 wants."""
    if outer.version != outer.due:
        yield _version(oids.name_of(outer.content_type), outer.version, outer.due)
    for each in outer.recipients:
        if each.version != each.due:
            yield _version(f"a recipient ({each.shown})", each.version, each.due)


def _version(what: str, found: int, due: int) -> Anomaly:
    # A hostile number may have thousands of digits.
    return Anomaly("version", f"{what} says {found if abs(found) < 1000 else 'a large number'}, not {due}")


def _inner_anomalies(inner: Inner, clear: Content) -> tuple[Anomaly, ...]:
    found = []
    if inner.end != clear.size:
        found.append(Anomaly("trailing-bytes", f"{clear.size - inner.end:,} bytes follow inside"))
    if inner.form is not Form.RAW and inner.version != inner.due:
        found.append(_version(oids.name_of(inner.content_type), inner.version, inner.due))
    if inner.form is not Form.RAW and inner.payload_type != oids.DATA:
        found.append(Anomaly("payload-type", oids.name_of(inner.payload_type)))
    with inner.content.open() as stream:
        if not is_dicom(stream.read(132)):
            found.append(Anomaly("payload", "there is no DICM at byte 128"))
    return tuple(found)
