"""SEC: Secure DICOM Files and Secure File-sets (PS3.15 D.1, PS3.10 7.4).

The rules see what `mediakit.secure` made of each file. Decryption, integrity, signature and
trust are four findings: none of them stands for another.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..report import Place, Severity
from ..secure import oids
from ..secure.subject import SecuredFile, SecuredFileSet
from ..secure.verdict import Decryption, Form, Integrity, Opened, Signature, Signer, Standing
from . import Fact, Unchecked, rule

if TYPE_CHECKING:
    from ..secure.outer import Outer, Recipient

_RSA_BITS = 2048
_ITERATIONS = 10_000


def _outer(file: SecuredFile) -> Iterator[Outer]:
    if file.opened is not None and file.opened.outer is not None:
        yield file.opened.outer


def _opened(file: SecuredFile) -> Iterator[Opened]:
    if file.opened is not None and file.opened.decryption is Decryption.OPENED:
        yield file.opened


def _signers(file: SecuredFile, *signatures: Signature) -> Iterator[Signer]:
    for opened in _opened(file):
        yield from (each for each in opened.signers if each.signature in signatures)


def _here(file: SecuredFile, offset: int | None = None) -> Place:
    return Place(path=file.path, offset=offset)


@rule(
    "SEC-001",
    on=SecuredFile,
    cites="PS3.10 7.4",
    says="The file is in clear on a medium that shall be secure",
    advice="Anybody who finds the medium can read it; have the whole File-set written again.",
)
def every_file_is_secure(file: SecuredFile) -> Iterator[Fact]:
    """In a secure profile every DICOM file, the DICOMDIR included, is a Secure DICOM File."""
    if file.required and file.opened is None:
        # PS3.11 says so for each profile too.
        yield Fact(place=_here(file), because="PROF-017")


@rule(
    "SEC-002",
    on=SecuredFile,
    cites="PS3.10 7.4",
    says="The file is enveloped, but the profile has no security",
    advice="Ordinary readers cannot open it; judge the medium by the secure profile of its kind.",
)
def no_file_is_secure(file: SecuredFile) -> Iterator[Fact]:
    """A profile without a security section does not allow Secure DICOM Files."""
    if file.required is False and file.opened is not None:
        yield Fact(place=_here(file), because="PROF-016")


@rule(
    "SEC-003",
    on=SecuredFile,
    cites="PS3.10 7.4",
    says="The secure file has a name that e-mail programs give, not its File ID",
    advice="Readers look for the File IDs that the DICOMDIR names; rename the file.",
)
def names_are_unchanged(file: SecuredFile) -> Iterator[Fact]:
    """A Secure DICOM File has the same File ID as the file that it protects."""
    if file.opened is not None and file.path.lower().endswith((".p7m", ".p7", ".cms")):
        yield Fact(place=_here(file))


@rule(
    "SEC-005",
    on=SecuredFileSet,
    cites="PS3.15 D.1",
    severity=Severity.NOTE,
    says="The files differ in whom they are for or in how they are protected: there are {kinds} kinds",
    advice="The standard allows it; a key that opens one file may not open the next.",
)
def files_differ(files: SecuredFileSet) -> Iterator[Fact]:
    """Files may differ in recipients and in being digested or signed; a reader shall not assume otherwise."""
    kinds = {
        (outer.inner_type, tuple(sorted(map(_identity, outer.recipients))))
        for file in files.files
        for outer in _outer(file)
    }
    if len(kinds) > 1:
        yield Fact({"kinds": len(kinds)})


def _identity(recipient: Recipient) -> tuple[str, bytes, int, bytes]:
    return recipient.kind, recipient.issuer, recipient.serial, recipient.key_id


@rule(
    "SEC-010",
    on=SecuredFile,
    cites="PS3.15 D.1",
    says="The file is not a readable CMS envelope: {detail}",
    advice="It is damaged or was cut off; copy it from the medium again, or ask for another one.",
)
def envelope_is_readable(file: SecuredFile) -> Iterator[Fact]:
    """A Secure DICOM File is a CMS message in BER."""
    if file.opened is not None and (seen := file.opened.anomaly("cms")):
        yield Fact({"detail": seen.detail}, _here(file, seen.offset))


@rule(
    "SEC-011",
    on=SecuredFile,
    cites="PS3.15 D.1",
    says="The file is addressed to the key or password given, but what comes out is garbage",
    advice="It was damaged or changed after it was made, or the key is not the right one; ask for another.",
)
def decrypts(file: SecuredFile) -> Iterator[Fact]:
    """The encrypted content is decrypted by its recipients' keys."""
    if file.opened is not None and file.opened.decryption is Decryption.DAMAGED:
        yield Fact(place=_here(file))


@rule(
    "SEC-012",
    on=SecuredFile,
    cites="PS3.15 D.1",
    severity=Severity.NOTE,
    recovery="ask",
    says="The file could not be opened",
    advice="Give the key and certificate, or the password, for which the medium was made.",
)
def could_be_opened(file: SecuredFile) -> Iterator[Unchecked]:
    """What is encrypted can be judged only by one of its recipients."""
    if file.opened is not None and file.opened.locked:
        yield Unchecked(file.opened.decryption.value, _here(file))


@rule(
    "SEC-013",
    on=SecuredFile,
    cites="PS3.15 D.1",
    says="The content type of the encrypted content is {found}, not id-signedData or id-digestedData",
    advice="Strict readers refuse the file; the maker's program does not know the DICOM profile.",
)
def encrypted_content_type(file: SecuredFile) -> Iterator[Fact]:
    """The encrypted content is of the type SignedData or DigestedData, and says so."""
    for outer in _outer(file):
        inner = file.opened.inner_type if file.opened else ""
        allowed = (inner,) if inner else (oids.SIGNED_DATA, oids.DIGESTED_DATA)
        if outer.inner_type not in allowed:
            yield Fact({"found": oids.name_of(outer.inner_type)}, _here(file))


@rule(
    "SEC-014",
    on=SecuredFile,
    cites="PS3.15 D.1",
    severity=Severity.WARNING,
    says="A whole ContentInfo is encrypted where the bare SignedData or DigestedData belongs",
    advice="It was opened all the same; strict readers refuse it. General CMS programs write this.",
)
def inner_is_bare(file: SecuredFile) -> Iterator[Fact]:
    """What is encrypted is the SEQUENCE of SignedData or DigestedData without a ContentInfo around it."""
    for opened in _opened(file):
        if opened.form is Form.WRAPPED:
            yield Fact(place=_here(file))


@rule(
    "SEC-015",
    on=SecuredFile,
    cites="PS3.15 D.1",
    says="The file is encrypted, but neither digested nor signed",
    advice="A change on the way would not be noticed; use it only if you can compare it with the original.",
)
def content_is_protected(file: SecuredFile) -> Iterator[Fact]:
    """The DICOM file is the content of SignedData or DigestedData, for its integrity."""
    for opened in _opened(file):
        if opened.form is Form.RAW and opened.integrity is Integrity.ABSENT:  # GCM protects it
            yield Fact(place=_here(file))


@rule(
    "SEC-016",
    on=SecuredFile,
    cites="PS3.15 D.1",
    says="The envelope is {found}, not EnvelopedData",
    advice="It is safe but not in the profile; other readers may not open it.",
)
def is_enveloped_data(file: SecuredFile) -> Iterator[Fact]:
    """A Secure DICOM File is of the content type EnvelopedData."""
    for outer in _outer(file):
        if outer.content_type != oids.ENVELOPED_DATA:
            yield Fact({"found": oids.name_of(outer.content_type)}, _here(file))


@rule(
    "SEC-017",
    on=SecuredFile,
    cites="PS3.15 D.1",
    says="The content is encrypted with {found}",
    advice="The profile knows AES and Triple-DES in CBC mode only; other readers may not open the file.",
)
def content_cipher(file: SecuredFile) -> Iterator[Fact]:
    """The content is encrypted with AES or three-key Triple-DES in CBC mode."""
    for outer in _outer(file):
        if outer.algorithm not in oids.CIPHERS:
            yield Fact({"found": oids.name_of(outer.algorithm)}, _here(file))


@rule(
    "SEC-018",
    on=SecuredFile,
    cites="PS3.15 D.1",
    says="A recipient's key is encrypted in a way that the profile does not have: {found}",
    advice="The profile knows RSA with PKCS#1 v1.5 and passwords with PBKDF2; others may not open the file.",
)
def key_encryption(file: SecuredFile) -> Iterator[Fact]:
    """The content key is encrypted with RSA (PKCS#1 v1.5), or under a password with PBKDF2 and PWRI-KEK."""
    for outer in _outer(file):
        for each in outer.recipients:
            allowed = {"rsa": oids.RSA, "password": oids.PWRI_KEK}.get(each.kind)
            if each.algorithm != allowed:
                yield Fact({"found": oids.name_of(each.algorithm) or each.kind}, _here(file))


@rule(
    "SEC-019",
    on=SecuredFile,
    cites="PS3.15 D.1",
    says="The content is digested or signed with {found}",
    advice="The profile knows SHA-1 and SHA-2 of 256 bits and more, and RSA signatures with PKCS#1 v1.5.",
)
def digest_and_signature(file: SecuredFile) -> Iterator[Fact]:
    """Digests are SHA-1, SHA-256, SHA-384 or SHA-512, signatures RSA with PKCS#1 v1.5 padding."""
    for opened in _opened(file):
        used = dict.fromkeys(each for each in opened.digests if each not in oids.DIGESTS)
        used |= dict.fromkeys(s.algorithm for s in opened.signers if s.algorithm not in oids.SIGNATURES)
        for each in used:
            yield Fact({"found": oids.name_of(each)}, _here(file))


@rule(
    "SEC-020",
    on=SecuredFile,
    cites="PS3.15 D.1",
    severity=Severity.WARNING,
    says="The content is digested with SHA-1",
    advice="The profile allows it, but collisions can be made; ask the sender for SHA-256.",
)
def no_sha1(file: SecuredFile) -> Iterator[Fact]:
    """SHA-1 no longer protects against a maker who wants to deceive."""
    for opened in _opened(file):
        if oids.SHA_1.oid in opened.digests:
            yield Fact(place=_here(file))


@rule(
    "SEC-021",
    on=SecuredFile,
    cites="PS3.15 D.1",
    severity=Severity.WARNING,
    says="The content is encrypted with Triple-DES",
    advice="The profile allows it, but its time has passed; ask the sender for AES.",
)
def no_triple_des(file: SecuredFile) -> Iterator[Fact]:
    """Triple-DES has blocks of 64 bits and should not be used for new media."""
    for outer in _outer(file):
        if outer.algorithm == oids.TRIPLE_DES.oid:
            yield Fact(place=_here(file))


@rule(
    "SEC-022",
    on=SecuredFile,
    cites="PS3.15 D.1",
    severity=Severity.WARNING,
    says="An RSA key of {bits} bits is used for {use}",
    advice="The profile sets no minimum, but 2048 bits are the least today; have a longer key made.",
)
def rsa_is_long_enough(file: SecuredFile) -> Iterator[Fact]:
    """RSA keys should have 2048 bits or more."""
    for outer in _outer(file):
        sizes = {len(each.wrapped) * 8 for each in outer.recipients if each.kind == "rsa"}
        yield from (Fact({"bits": n, "use": "a recipient"}, _here(file)) for n in sizes if n < _RSA_BITS)
    for each in _signers(file, Signature.VALID):
        if each.bits < _RSA_BITS:
            yield Fact({"bits": each.bits, "use": "a signature"}, _here(file))


@rule(
    "SEC-023",
    on=SecuredFile,
    cites="PS3.15 D.1",
    severity=Severity.WARNING,
    says="The password is protected by {iterations} rounds of PBKDF2 only",
    advice="A machine can try many passwords in a second; treat the medium as weakly protected.",
)
def enough_rounds(file: SecuredFile) -> Iterator[Fact]:
    """A key should be derived from a password with 10,000 rounds or more."""
    for outer in _outer(file):
        for each in outer.recipients:
            how = each.derivation
            if how is not None and how.iterations < _ITERATIONS:
                yield Fact({"iterations": how.iterations}, _here(file))


@rule(
    "SEC-024",
    on=SecuredFile,
    cites="PS3.10 7.4",
    says="Something follows where the envelope or its content should end: {detail}",
    advice="Readers ignore it or refuse the file; have it written again.",
)
def nothing_follows(file: SecuredFile) -> Iterator[Fact]:
    """A Secure DICOM File is one CMS message and nothing else."""
    for seen in file.opened.anomalies if file.opened else ():
        if seen.kind == "trailing-bytes":
            yield Fact({"detail": seen.detail}, _here(file, seen.offset))


@rule(
    "SEC-025",
    on=SecuredFile,
    cites="PS3.15 D.1",
    says="What is protected is not said to be, or is not, one file in the DICOM File Format: {detail}",
    advice="Ask the sender what the file is; it may need another program.",
)
def payload_is_dicom(file: SecuredFile) -> Iterator[Fact]:
    """The payload is one file in the DICOM File Format, under the content type id-data."""
    for opened in _opened(file):
        for seen in opened.anomalies:
            if seen.kind in ("payload", "payload-type"):
                yield Fact({"detail": seen.detail}, _here(file))


@rule(
    "SEC-026",
    on=SecuredFile,
    cites="PS3.15 D.1",
    severity=Severity.WARNING,
    says="A version number is wrong: {detail}",
    advice="It was opened all the same; a byte was changed on the way, or its maker does not know CMS well.",
)
def versions_are_right(file: SecuredFile) -> Iterator[Fact]:
    """The versions of EnvelopedData, SignedData, DigestedData and recipients follow from what is in them."""
    for seen in file.opened.anomalies if file.opened else ():
        if seen.kind == "version":
            yield Fact({"detail": seen.detail}, _here(file))


@rule(
    "SEC-030",
    on=SecuredFile,
    cites="PS3.15 D.1",
    says="The content does not have the digest that its maker computed",
    advice="It was changed or damaged and is not handed out; ask for another one.",
)
def digest_fits(file: SecuredFile) -> Iterator[Fact]:
    """The digest in DigestedData is that of the content."""
    for opened in _opened(file):
        if opened.integrity is Integrity.BROKEN and opened.inner_type == oids.DIGESTED_DATA:
            yield Fact(place=_here(file))


@rule(
    "SEC-031",
    on=SecuredFile,
    cites="PS3.15 D.1",
    says="The signature of {signer} is wrong: {detail}",
    advice="The content is not what was signed and is not handed out; ask for another one.",
)
def signatures_fit(file: SecuredFile) -> Iterator[Fact]:
    """Every signature in SignedData is that of the content by the key of the signer's certificate."""
    for each in _signers(file, Signature.INVALID):
        yield Fact({"signer": each.name, "detail": each.detail}, _here(file))


@rule(
    "SEC-032",
    on=SecuredFile,
    cites="PS3.15 D.1",
    severity=Severity.NOTE,
    says="The integrity of the content could not be checked",
    advice="Get the signer's certificate and give it with --trust, or compare with the original.",
)
def integrity_was_checked(file: SecuredFile) -> Iterator[Unchecked]:
    """Integrity is checked by a digest or signature whose algorithm and certificate are known."""
    for opened in _opened(file):
        if opened.integrity is Integrity.NOT_CHECKED:
            why = {each.signature.value for each in opened.signers} or {"its digest algorithm is unknown"}
            yield Unchecked("; ".join(sorted(why)), _here(file))


@rule(
    "SEC-033",
    on=SecuredFile,
    cites="PS3.15 D.1",
    severity=Severity.WARNING,
    says="The certificate of the signer with {signer} is not included",
    advice="Get it from the sender and give it with --trust; readers cannot check the signature without it.",
)
def certificate_is_included(file: SecuredFile) -> Iterator[Fact]:
    """The certificate of every signer should be in SignedData."""
    for each in _signers(file, Signature.NO_CERTIFICATE):
        yield Fact({"signer": each.name}, _here(file))


@rule(
    "SEC-034",
    on=SecuredFile,
    cites="PS3.15 D.1",
    severity=Severity.WARNING,
    says="The signer {signer} is not trusted: {detail}",
    advice="The content is intact, but anybody can call himself that; ask the sender for his authority.",
)
def signer_is_trusted(file: SecuredFile) -> Iterator[Fact]:
    """A chain of certificates should lead from the signer to one that the user trusts."""
    for each in _signers(file, Signature.VALID):
        if each.standing is Standing.UNTRUSTED:
            yield Fact({"signer": each.name, "detail": each.detail}, _here(file))


@rule(
    "SEC-035",
    on=SecuredFile,
    cites="PS3.15 D.1",
    severity=Severity.WARNING,
    says="The certificate of the signer {signer} is not valid now: {detail}",
    advice="The content is intact; whether the signature was made in time nobody vouches for.",
)
def signer_is_valid(file: SecuredFile) -> Iterator[Fact]:
    """The signer's certificate should be valid when the medium is judged."""
    for each in _signers(file, Signature.VALID):
        if each.standing is Standing.EXPIRED:
            yield Fact({"signer": each.name, "detail": each.detail}, _here(file))


@rule(
    "SEC-036",
    on=SecuredFile,
    cites="PS3.15 D.1",
    severity=Severity.NOTE,
    says="The signature of {signer} is right, but whether to trust that certificate was not asked",
    advice="Give the certificates that you trust with --trust.",
)
def somebody_is_trusted(file: SecuredFile) -> Iterator[Fact]:
    """A signature tells the origin only to who knows which certificates to trust."""
    for each in _signers(file, Signature.VALID):
        if each.standing is Standing.NOT_JUDGED:
            yield Fact({"signer": each.name}, _here(file))
