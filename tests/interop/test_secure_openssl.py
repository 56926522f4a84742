"""Secure DICOM Files against `openssl cms`: ours opened by it, what it makes opened by us."""

from __future__ import annotations

from itertools import combinations, product
from pathlib import Path

import pytest

from mediakit.report import Severity
from mediakit.rules import judge
from mediakit.secure import oids
from mediakit.secure.credentials import Trust
from mediakit.secure.subject import SecuredFile
from mediakit.secure.verdict import Decryption, Form, Integrity, Signature, Standing
from tests.builders import ct
from tests.secure import (
    NOW,
    PASSWORD,
    bare,
    envelope,
    opened,
    openssl,
    own,
    password,
    pem,
    read,
    retyped,
    sealed,
    wrapped,
)

DATA = ct()
RECIPIENTS = (("rsa2048",), ("rsa3072",), ("rsa2048", "rsa3072"), ("password",), ("rsa2048", "password"))
SIGNERS = ((), ("signer1",), ("signer1", "signer2"))
CIPHERS = (oids.AES_128, oids.AES_192, oids.AES_256)
DIGESTS = (oids.SHA_256, oids.SHA_384, oids.SHA_512)
PAIRWISE = [
    (recipients, SIGNERS[n], CIPHERS[(m + n) % 3], DIGESTS[(m + 2 * n) % 3])
    for (m, recipients), n in product(enumerate(RECIPIENTS), range(3))
]


def by_openssl(folder: Path, data: bytes, who: str) -> bytes:
    """The recipe of every user: decrypt, wrap the bare SEQUENCE, verify."""
    key = (
        ("-pwri_password", PASSWORD.decode())
        if who == "password"
        else ("-recip", pem(who), "-inkey", pem(who))
    )
    body = openssl(folder, data, "-decrypt", "-inform", "DER", *key)
    if body[body.index(b"\x02\x01") + 3] == 0x31:
        info = wrapped(body, oids.SIGNED_DATA)
        return openssl(folder, info, "-verify", "-inform", "DER", "-purpose", "any", "-CAfile", pem("ca"))
    return openssl(folder, wrapped(body, oids.DIGESTED_DATA), "-digest_verify", "-inform", "DER")


def test_the_set_is_pairwise() -> None:
    every = (RECIPIENTS, SIGNERS, CIPHERS, DIGESTS)
    for a, b in combinations(range(4), 2):
        assert {(row[a], row[b]) for row in PAIRWISE} == set(product(every[a], every[b]))


@pytest.mark.parametrize(("recipients", "signers", "cipher", "digest"), PAIRWISE)
def test_what_we_write_is_opened_to_the_same_bytes(
    recipients: tuple[str, ...], signers: tuple[str, ...], cipher: oids.ContentCipher, digest: oids.Digest,
    tmp_path: Path,
) -> None:  # fmt: skip
    word = password(cipher) if "password" in recipients else None
    keys = [each for each in recipients if each != "password"]
    data = sealed(DATA, envelope(keys, signers, cipher, digest, word))
    for who in recipients:
        assert by_openssl(tmp_path, data, who) == DATA
        found = opened(data, word=PASSWORD) if who == "password" else opened(data, who)
        assert (found.decryption, found.integrity, found.form, found.anomalies) == (
            Decryption.OPENED, Integrity.INTACT, Form.BARE, ()
        )  # fmt: skip
        assert read(found.content) == DATA
        assert found.inner_type == (oids.SIGNED_DATA if signers else oids.DIGESTED_DATA)
        assert found.digests == (digest.oid,)
        assert [each.signature for each in found.signers] == [Signature.VALID] * len(signers)
    assert found.outer is not None
    # Nobody is among the recipients but those who were named.
    assert len(found.outer.recipients) == len(recipients)
    assert found.outer.algorithm == cipher.oid


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 127, 128, 65535, 65536, 700_001])
@pytest.mark.parametrize("signers", [(), ("signer1",)])
def test_every_length_is_right(size: int, signers: tuple[str, ...], tmp_path: Path) -> None:
    clear = bytes(range(256)) * (size // 256 + 1)
    assert by_openssl(tmp_path, sealed(clear[:size], envelope(signers=signers)), "rsa2048") == clear[:size]


def test_the_other_pseudo_random_function_is_understood(tmp_path: Path) -> None:
    data = sealed(DATA, envelope((), word=password(prf="sha256")))
    assert by_openssl(tmp_path, data, "password") == DATA
    assert read(opened(data, word=PASSWORD).content) == DATA


INNER = [("signed", name) for name in ("sha1", "sha256", "sha384", "sha512")]
INNER += [("digested", name) for name in ("sha1", "sha256", "sha512")]


def inner(folder: Path, kind: str, digest: str, *more: str | Path) -> bytes:
    """A ContentInfo by openssl around the DICOM file."""
    if kind == "digested":
        return openssl(folder, DATA, "-digest_create", "-md", digest, "-outform", "DER", *more)
    signer = ("-sign", "-nodetach", "-signer", pem("signer1"), "-inkey", pem("signer1"))
    return openssl(folder, DATA, *signer, "-md", digest, "-outform", "DER", *more)


def conforming(folder: Path, info: bytes, *arguments: str | Path) -> bytes:
    """What openssl can be brought to: the bare SEQUENCE encrypted, the content type patched."""
    body = bare(info)
    encrypted = openssl(folder, body, "-encrypt", "-outform", "DER", *arguments)
    signed = body[body.index(b"\x02\x01") + 3] == 0x31
    return retyped(encrypted, oids.SIGNED_DATA if signed else oids.DIGESTED_DATA)


@pytest.mark.parametrize(("kind", "digest"), INNER)
@pytest.mark.parametrize("cipher", ["-aes128", "-aes192", "-aes256", "-des3"])
def test_what_openssl_makes_is_opened(kind: str, digest: str, cipher: str, tmp_path: Path) -> None:
    data = conforming(tmp_path, inner(tmp_path, kind, digest), cipher, pem("rsa2048"), pem("rsa3072"))
    for name in ("rsa2048", "rsa3072"):
        found = opened(data, name)
        assert (found.decryption, found.integrity, found.form, found.anomalies) == (
            Decryption.OPENED, Integrity.INTACT, Form.BARE, ()
        )  # fmt: skip
        assert read(found.content) == DATA


@pytest.mark.parametrize(
    "options",
    [("-stream",), ("-keyid",), ("-pwri_password", PASSWORD.decode()), ("-stream", "-keyid")],
    ids=" ".join,
)
def test_other_shapes_of_openssl_are_opened(options: tuple[str, ...], tmp_path: Path) -> None:
    info = inner(tmp_path, "signed", "sha256")
    data = conforming(tmp_path, info, "-aes256", *options, *(("-recip", pem("rsa2048"))))
    found = opened(data, word=PASSWORD) if "-pwri_password" in options else opened(data, "rsa2048")
    assert read(found.content) == DATA
    assert found.outer is not None
    assert ("-stream" in options) == (data[1] == 0x80), "indefinite lengths"


def test_indefinite_lengths_all_the_way_inside(tmp_path: Path) -> None:
    """What -stream makes inside too: constructed octet strings within the decrypted bytes."""
    big = DATA + bytes(range(256)) * 4000
    signer = ("-sign", "-nodetach", "-stream", "-signer", pem("signer1"), "-inkey", pem("signer1"))
    info = openssl(tmp_path, big, *signer, "-outform", "DER")
    assert info[1] == 0x80
    data = openssl(tmp_path, info, "-encrypt", "-stream", "-aes256", "-outform", "DER", pem("rsa2048"))
    found = opened(data, "rsa2048")
    assert (found.integrity, found.form) == (Integrity.INTACT, Form.WRAPPED)
    assert read(found.content) == big
    with found.content.open() as stream:  # type: ignore[union-attr]  # read has asserted it
        for at in (len(big) - 5, 100, 4096 * 7 - 3, 0):
            stream.seek(at)
            assert stream.read(5000) == big[at : at + 5000]


def test_who_is_trusted(tmp_path: Path) -> None:
    def standing(signer: str, *anchors: str) -> list[Standing]:
        trust = Trust(tuple(own(each).certificate for each in anchors), NOW)
        found = opened(sealed(DATA, envelope(signers=(signer,))), "rsa2048", trust=trust)
        assert read(found.content) == DATA, "trust is another question than integrity"
        assert [each.signature for each in found.signers] == [Signature.VALID]
        return [each.standing for each in found.signers]

    assert standing("signer1", "ca") == [Standing.TRUSTED]
    assert standing("signer1", "own") == [Standing.UNTRUSTED]
    assert standing("signer1", "signer1") == [Standing.TRUSTED]
    assert standing("signer1") == [Standing.UNTRUSTED]
    assert standing("own", "own") == [Standing.TRUSTED]
    assert standing("own", "ca") == [Standing.UNTRUSTED]
    assert standing("expired", "ca") == [Standing.EXPIRED]
    assert standing("encrypting", "ca") == [Standing.UNTRUSTED]


def naive(how: str, folder: Path) -> tuple[bytes, str]:
    """A file as somebody makes it who does not know the profile, and who opens it: a key or the password."""
    signed, to = inner(folder, "signed", "sha256"), pem("rsa2048")

    def encrypted(data: bytes, *options: str | Path) -> bytes:
        return openssl(folder, data, "-encrypt", "-outform", "DER", *options)

    if how == "a ContentInfo as data":
        return encrypted(signed, "-aes256", to), "rsa2048"
    if how == "a bare SEQUENCE as data":
        return encrypted(bare(signed), "-aes256", to), "rsa2048"
    if how == "nothing but encryption":
        return encrypted(DATA, "-aes256", to), "rsa2048"
    if how == "OAEP":
        oaep = ("-recip", to, "-keyopt", "rsa_padding_mode:oaep")
        return conforming(folder, signed, "-aes256", *oaep), "rsa2048"
    if how == "GCM":
        return encrypted(DATA, "-aes-256-gcm", to), "rsa2048"
    if how == "GCM around a ContentInfo":
        return encrypted(signed, "-aes-256-gcm", to), "rsa2048"
    if how == "no option but the recipient":
        return encrypted(inner(folder, "digested", "sha1"), to), "rsa2048"
    if how == "a password":
        return conforming(folder, signed, "-aes256", "-pwri_password", PASSWORD.decode()), "password"
    if how == "a symmetric key":
        key = ("-secretkey", "00" * 16, "-secretkeyid", "01")
        return conforming(folder, signed, "-aes128", *key), "rsa2048"
    if how == "Camellia":
        return conforming(folder, signed, "-camellia128", to), "rsa2048"
    assert how == "PSS"
    pss = inner(folder, "signed", "sha256", "-keyopt", "rsa_padding_mode:pss")
    return conforming(folder, pss, "-aes256", to), "rsa2048"


ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE
NAIVE: dict[str, tuple[dict[str, Severity], bool]] = {
    # what is found, and whether it is opened without being told to take what is not checked
    "a ContentInfo as data": ({"SEC-013": ERROR, "SEC-014": WARNING}, True),
    "a bare SEQUENCE as data": ({"SEC-013": ERROR}, True),
    "nothing but encryption": ({"SEC-013": ERROR, "SEC-015": ERROR}, False),
    "OAEP": ({"SEC-018": ERROR}, True),
    "GCM": ({"SEC-013": ERROR, "SEC-016": ERROR, "SEC-017": ERROR}, True),
    "GCM around a ContentInfo": (
        {"SEC-013": ERROR, "SEC-014": WARNING, "SEC-016": ERROR, "SEC-017": ERROR}, True,
    ),
    "no option but the recipient": (
        {"SEC-013": ERROR, "SEC-014": WARNING, "SEC-020": WARNING, "SEC-021": WARNING}, True,
    ),
    "a password": ({"SEC-023": WARNING}, True),
    "a symmetric key": ({"SEC-012": NOTE, "SEC-018": ERROR}, False),
    "Camellia": ({"SEC-012": NOTE, "SEC-017": ERROR}, False),
    "PSS": ({"SEC-019": ERROR, "SEC-032": NOTE}, False),
}  # fmt: skip


@pytest.mark.parametrize("how", NAIVE)
def test_what_naive_tools_write_is_judged_as_grave_as_it_is(how: str, tmp_path: Path) -> None:
    data, who = naive(how, tmp_path)
    rules, is_open = NAIVE[how]
    trust = Trust((own("ca").certificate,), NOW)
    found = opened(data, word=PASSWORD, trust=trust) if who == "password" else opened(data, who, trust=trust)
    assert {each.rule: each.severity for each in judge(SecuredFile("IM1", True, found))} == rules
    assert (found.content is not None) == is_open
    if is_open:
        assert read(found.content) == DATA


class TestNaive:
    """What tools write that do not know the profile (secure-media.md 3 and 4)."""

    def test_a_whole_content_info_as_data(self, tmp_path: Path) -> None:
        info = inner(tmp_path, "signed", "sha256")
        found = opened(
            openssl(tmp_path, info, "-encrypt", "-aes256", "-outform", "DER", pem("rsa2048")), "rsa2048"
        )
        assert (found.form, found.integrity) == (Form.WRAPPED, Integrity.INTACT)
        assert found.outer is not None and found.outer.inner_type == oids.DATA
        assert read(found.content) == DATA

    def test_a_bare_sequence_under_the_wrong_type(self, tmp_path: Path) -> None:
        body = bare(inner(tmp_path, "digested", "sha256"))
        found = opened(
            openssl(tmp_path, body, "-encrypt", "-aes256", "-outform", "DER", pem("rsa2048")), "rsa2048"
        )
        assert (found.form, found.integrity) == (Form.BARE, Integrity.INTACT)
        assert found.outer is not None and found.outer.inner_type == oids.DATA

    def test_plain_encryption_protects_nothing(self, tmp_path: Path) -> None:
        found = opened(
            openssl(tmp_path, DATA, "-encrypt", "-aes256", "-outform", "DER", pem("rsa2048")), "rsa2048"
        )
        assert (found.form, found.integrity, found.content) == (Form.RAW, Integrity.ABSENT, None)
        assert read(found.unchecked) == DATA

    @pytest.mark.parametrize("more", [(), ("rsa_oaep_md:sha256", "rsa_mgf1_md:sha384")])
    def test_oaep(self, more: tuple[str, ...], tmp_path: Path) -> None:
        padding = [part for each in ("rsa_padding_mode:oaep", *more) for part in ("-keyopt", each)]
        data = conforming(
            tmp_path, inner(tmp_path, "signed", "sha256"), "-aes256", "-recip", pem("rsa2048"), *padding
        )
        found = opened(data, "rsa2048")
        assert read(found.content) == DATA
        assert found.outer is not None
        assert [oids.name_of(each.algorithm) for each in found.outer.recipients] == ["RSAES-OAEP"]

    @pytest.mark.parametrize("clear", [DATA, None], ids=["raw", "signed"])
    def test_gcm(self, clear: bytes | None, tmp_path: Path) -> None:
        payload = inner(tmp_path, "signed", "sha256") if clear is None else clear
        data = openssl(tmp_path, payload, "-encrypt", "-aes-256-gcm", "-outform", "DER", pem("rsa2048"))
        found = opened(data, "rsa2048")
        assert found.outer is not None and found.outer.content_type == oids.AUTH_ENVELOPED_DATA
        assert found.integrity is Integrity.INTACT
        assert read(found.content) == DATA
        flipped = bytearray(data)
        flipped[len(data) - 100] ^= 1
        assert opened(bytes(flipped), "rsa2048").decryption is Decryption.DAMAGED

    def test_other_recipients_ciphers_and_signatures_are_named(self, tmp_path: Path) -> None:
        info = inner(tmp_path, "signed", "sha256")
        key = ("-secretkey", "00" * 16, "-secretkeyid", "01")
        found = opened(openssl(tmp_path, info, "-encrypt", "-aes128", "-outform", "DER", *key), "rsa2048")
        assert found.decryption is Decryption.NOT_A_RECIPIENT
        assert found.outer is not None and [r.kind for r in found.outer.recipients] == ["symmetric key"]

        camellia = openssl(tmp_path, info, "-encrypt", "-camellia128", "-outform", "DER", pem("rsa2048"))
        assert opened(camellia, "rsa2048").decryption is Decryption.UNSUPPORTED

        pss = inner(tmp_path, "signed", "sha256", "-keyopt", "rsa_padding_mode:pss")
        found = opened(conforming(tmp_path, pss, "-aes256", pem("rsa2048")), "rsa2048")
        assert [(oids.name_of(s.algorithm), s.signature) for s in found.signers] == [
            ("RSASSA-PSS", Signature.UNSUPPORTED)
        ]
        assert (found.integrity, found.content) == (Integrity.NOT_CHECKED, None)
        assert read(found.unchecked) == DATA

    def test_without_attributes_and_without_certificate(self, tmp_path: Path) -> None:
        plain = conforming(
            tmp_path, inner(tmp_path, "signed", "sha512", "-noattr"), "-aes256", pem("rsa2048")
        )
        assert opened(plain, "rsa2048").integrity is Integrity.INTACT
        bald = conforming(
            tmp_path, inner(tmp_path, "signed", "sha512", "-nocerts"), "-aes256", pem("rsa2048")
        )
        found = opened(bald, "rsa2048")
        assert [s.signature for s in found.signers] == [Signature.NO_CERTIFICATE]
        assert (found.integrity, found.content) == (Integrity.NOT_CHECKED, None)
        known = opened(bald, "rsa2048", trust=Trust((own("signer1").certificate,), NOW))
        assert (known.integrity, known.signers[0].standing) == (Integrity.INTACT, Standing.TRUSTED)
