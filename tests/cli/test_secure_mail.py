"""Secure e-mails: ours opened by openssl, those of openssl by us; and every rule about them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

import mediakit as api
from mediakit.report import Outcome
from mediakit.rules import RULES
from tests.builders import ct
from tests.cli.runner import Command
from tests.profile_sets.conforming import conforming
from tests.profile_sets.facts import profiles
from tests.secure import pem
from tests.tools import require_tool, run

PROFILES = ("STD-GEN-SEC-ZIP-MAIL", "STD-DTL-SEC-ZIP-MAIL")
RECIPIENT = ("--recipient", pem("rsa2048"))
SIGNED = ("--sign-key", pem("signer1"), "--sign-cert", pem("signer1"))
KEY = ("--key", pem("rsa2048"), "--cert", pem("rsa2048"))
ACCESS = api.Access(keys=((pem("rsa2048"), pem("rsa2048")),), trust=(pem("ca"),))


def digests(folder: Path) -> set[str]:
    return {sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two images, with a text in them that can be searched for."""
    folder = tmp_path_factory.mktemp("source")
    for number in range(2):
        (folder / f"{number}.dcm").write_bytes(ct(number, PatientName="Plain^Paula"))
    return folder


@pytest.fixture(scope="module")
def plain(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The e-mail without protection."""
    out = tmp_path_factory.mktemp("plain") / "plain.eml"
    api.create([source], out, profile="STD-GEN-ZIP-MAIL")
    return out


@pytest.mark.parametrize("more", [(), ("--deflate",)], ids=["stored", "deflated"])
@pytest.mark.parametrize("profile", PROFILES)
def test_created_verified_extracted_and_equal_to_the_sources(
    profile: str, more: tuple[str, ...], mediakit: Command, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for number, each in enumerate(conforming(profiles()[profile])[:3]):
        (source / f"{number}.dcm").write_bytes(each.data)
    words = (*RECIPIENT, "--recipient", pem("rsa3072"), *SIGNED, *more)
    out = tmp_path / "mail.eml"
    made = mediakit("create", source, "-o", out, "--profile", profile, *words, "--json")
    assert (made.status, made.json["conforms"], made.json["verified"]) == (0, [profile], True), made.err
    assert (made.json["volumes"][0]["deflated"] > 0) == bool(more)
    for name in ("rsa2048", "rsa3072"):
        key = ("--key", pem(name), "--cert", pem(name))
        seen = mediakit("verify", out, "--profile", profile, *key, "--trust", pem("ca"), "--json")
        assert (seen.status, seen.json["findings"]) == (0, [])
        folder = tmp_path / name
        assert mediakit("extract", out, "-o", folder, *key).status == 0
        assert digests(folder) == digests(source)


def test_openssl_opens_ours(source: Path, tmp_path: Path) -> None:
    require_tool("openssl")
    out, inner, opened = tmp_path / "mail.eml", tmp_path / "inner.eml", tmp_path / "opened.eml"
    pair = (pem("signer1"), pem("signer1"))
    api.create([source], out, profile=PROFILES[0], protection=api.Protection((pem("rsa2048"),), sign=(pair,)))
    assert b"Plain" not in out.read_bytes()
    assert out.read_bytes().startswith(b"From: Sender")
    key = ("-recip", pem("rsa2048"), "-inkey", pem("rsa2048"))
    run("openssl", "cms", "-decrypt", "-in", out, *key, "-out", inner)
    # Without -purpose openssl wants a certificate for e-mails.
    verify = ("-CAfile", pem("ca"), "-purpose", "any")
    run("openssl", "cms", "-verify", "-in", inner, *verify, "-out", opened)
    opened.write_bytes(
        b"Subject: DICOM-ZIP\r\nFrom: a\r\nDate: b\r\nMIME-Version: 1.0\r\n" + opened.read_bytes()
    )
    seen = api.verify(opened, profile="STD-GEN-ZIP-MAIL")
    assert (seen.verdict, seen.imports.total("readable")) == ("conforms", 2)


def by_openssl(plain: Path, folder: Path, sign: tuple[str, ...] | None, *encrypt: str) -> Path:
    """The e-mail signed and encrypted by openssl, as mail programs do, with the subject it needs."""
    require_tool("openssl")
    entity, signed, out = folder / "entity", folder / "signed", folder / "out.eml"
    fields, _, rest = plain.read_bytes().partition(b"MIME-Version: 1.0\r\n")
    entity.write_bytes(rest)
    if sign is None:
        signed = entity
    else:
        signer: tuple[str | Path, ...] = ("-signer", pem("signer1"), *sign)
        words = ("openssl", "cms", "-sign", "-binary", "-md", "sha256", "-in", entity, "-out", signed)
        run(*words, *signer)
    run("openssl", "cms", "-encrypt", "-binary", "-in", signed, "-out", out, *encrypt, pem("rsa2048"))
    out.write_bytes(fields + out.read_bytes())
    return out


FOREIGN: dict[str, tuple[tuple[str, ...] | None, tuple[str, ...], set[str], bool]] = {
    # what openssl is told: for signing, for encrypting, what is found, whether it is opened
    "as it should be": (("-nodetach",), ("-aes256",), set(), True),
    "Triple-DES": (("-nodetach",), ("-des3",), {"SEC-042"}, True),
    "not signed": (None, ("-aes128",), {"SEC-043"}, False),
    "detached signature": ((), ("-aes128",), set(), True),
    "detached, without the certificate": (("-nocerts",), ("-aes128",), {"SEC-044"}, False),
    "without the certificate": (("-nodetach", "-nocerts"), ("-aes256",), {"SEC-044"}, False),
}


@pytest.mark.parametrize("how", FOREIGN)
def test_what_openssl_makes_is_opened_and_judged(how: str, plain: Path, source: Path, tmp_path: Path) -> None:
    sign, encrypt, rules, is_open = FOREIGN[how]
    out = by_openssl(plain, tmp_path, sign, *encrypt)
    seen = api.verify(out, profile=PROFILES[0], access=ACCESS)
    assert {f.rule for f in seen.findings if f.rule.startswith("SEC")} == rules
    assert seen.imports.total("readable") == (2 if is_open else 0)
    if not is_open:
        assert {f.because for f in seen.findings if f.rule == "FSET-001"} == rules
        access = api.Access(ACCESS.keys, unchecked=True)
        folder = tmp_path / "unchecked"
        assert len(api.extract(out, folder, access=access).instances) == 2
        assert digests(folder) == digests(source)


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def a_changed_signed_mail(plain: Path, folder: Path) -> Path:
    """Changed between signing and encrypting."""
    out = by_openssl(plain, folder, ("-nodetach", "-outform", "DER"), "-aes256")
    signed = (folder / "signed").read_bytes()
    (folder / "signed").write_bytes(flipped(signed, signed.index(b"It is confidential")))
    run("openssl", "base64", "-in", folder / "signed", "-out", folder / "base64")
    text = (folder / "base64").read_bytes()
    head = (
        b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n"
    )
    (folder / "signed").write_bytes(head + text)
    fields = out.read_bytes().partition(b"MIME-Version")[0]
    run(
        "openssl",
        "cms",
        "-encrypt",
        "-binary",
        "-aes256",
        "-in",
        folder / "signed",
        "-out",
        out,
        pem("rsa2048"),
    )
    out.write_bytes(fields + out.read_bytes())
    return out


def a_damaged_mail(plain: Path, folder: Path) -> Path:
    """Cut off after the half."""
    out = by_openssl(plain, folder, ("-nodetach",), "-aes256")
    out.write_bytes(out.read_bytes()[: out.stat().st_size // 2])
    return out


BROKEN: dict[str, Callable[[Path, Path], Path]] = {
    "SEC-041": a_damaged_mail,
    "SEC-044": a_changed_signed_mail,
}


@pytest.mark.parametrize("rule", BROKEN)
def test_what_was_changed_is_not_handed_out(rule: str, plain: Path, tmp_path: Path) -> None:
    out = BROKEN[rule](plain, tmp_path)
    seen = api.verify(out, profile=PROFILES[0], access=ACCESS)
    assert rule in {f.rule for f in seen.findings if f.outcome is Outcome.FAILED}
    assert seen.verdict == "does-not-conform"
    with pytest.raises(api.MediakitError):
        api.extract(out, tmp_path / "never", access=ACCESS)
    assert not (tmp_path / "never").exists()


def test_without_the_key_it_is_not_judged(mediakit: Command, plain: Path, tmp_path: Path) -> None:
    out = by_openssl(plain, tmp_path, ("-nodetach",), "-aes256")
    other = ("--key", pem("rsa3072"), "--cert", pem("rsa3072"))
    for words in ((), other):
        seen = mediakit("verify", out, *words, "--json")
        assert (seen.status, seen.json["import"]["locked"]) == (3, 1)
        assert {f["rule"] for f in seen.json["findings"]} == {"SEC-040", "FSET-001", "PROF-004"}
        assert mediakit("inspect", out, *words).status == 3
        assert mediakit("extract", out, "-o", tmp_path / "never", *words).status == 3
    untrusted = mediakit("verify", out, *KEY, "--trust", pem("own"), "--json")
    assert (untrusted.status, [f["rule"] for f in untrusted.json["findings"]]) == (0, ["SEC-045"])
    unasked = mediakit("verify", out, *KEY, "--json")
    assert (unasked.status, [f["rule"] for f in unasked.json["findings"]]) == (0, ["SEC-046"])


def test_a_plain_mail_is_none(plain: Path) -> None:
    seen = api.verify(plain, profile=PROFILES[0])
    assert [f.rule for f in seen.findings] == ["PROF-019"]


def beside(
    plain: Path,
    folder: Path,
    program: str = "cms",
    *more: str | Path,
    change: Callable[[bytes], bytes] = bytes,
) -> bytes:
    """The e-mail with its signature beside it, by openssl, changed afterwards; without its own fields."""
    require_tool("openssl")
    entity, signed = folder / "entity", folder / "signed"
    entity.write_bytes(plain.read_bytes().partition(b"MIME-Version: 1.0\r\n")[2])
    signer = ("-signer", pem("signer1"), "-md", "sha256")
    run("openssl", program, "-sign", "-in", entity, "-out", signed, *signer, *more)
    made = change(signed.read_bytes())
    assert b"multipart/signed" in made.partition(b"\n\n")[0]
    signed.write_bytes(made)
    return made


def as_mail(plain: Path, folder: Path, message: bytes, *, encrypted: bool) -> Path:
    """The message with the fields that it needs, encrypted or in clear."""
    out, within = folder / "out.eml", folder / "within"
    within.write_bytes(message)
    if encrypted:
        run("openssl", "cms", "-encrypt", "-binary", "-aes256", "-in", within, "-out", out, pem("rsa2048"))
        message = out.read_bytes()
    out.write_bytes(plain.read_bytes().partition(b"MIME-Version")[0] + message)
    return out


def with_lf(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n")


def with_crlf(data: bytes) -> bytes:
    return with_lf(data).replace(b"\n", b"\r\n")


def changed(data: bytes) -> bytes:
    at = data.index(b"It is confidential")
    return data[:at] + b"Is it" + data[at + 5 :]


def changed_archive(data: bytes) -> bytes:
    """A letter of the base64 of the archive."""
    at = data.index(b"UEsDB") + 60
    return data[:at] + (b"A" if data[at : at + 1] != b"A" else b"B") + data[at + 1 :]


def a_blank_more(data: bytes) -> bytes:
    at = data.index(b"\n", data.index(b"It is confidential"))
    at -= data[at - 1 : at] == b"\r"
    return data[:at] + b" " + data[at:]


BESIDE: dict[str, tuple[tuple[str, ...], Callable[[bytes], bytes], set[str]]] = {
    # how openssl signs, what happens on the way, what is found
    "binary": (("cms", "-binary"), bytes, set()),
    "canonical": (("cms",), bytes, set()),
    "the older program": (("smime",), bytes, set()),
    "CR LF on the way": (("cms",), with_crlf, set()),
    "LF on the way": (("cms",), with_lf, set()),
    "two signers": (("cms", "-signer", str(pem("signer2"))), bytes, set()),
    "no attributes": (("cms", "-noattr"), bytes, set()),
    "changed": (("cms",), changed, {"SEC-044"}),
    "another archive": (("cms",), changed_archive, {"SEC-044"}),
    "a blank at the end of a line": (("cms",), a_blank_more, {"SEC-044"}),
    "signature damaged": (("cms",), lambda data: data.replace(b"\n\nMII", b"\n\nMIA", 1), {"SEC-044"}),
    "without the certificate": (("cms", "-nocerts"), bytes, {"SEC-044"}),
}


@pytest.mark.parametrize("how", BESIDE)
@pytest.mark.parametrize("encrypted", [True, False], ids=["encrypted", "in clear"])
def test_a_signature_beside_the_mail_is_checked(
    how: str, encrypted: bool, plain: Path, source: Path, tmp_path: Path
) -> None:
    (program, *more), change, rules = BESIDE[how]
    message = beside(plain, tmp_path, program, *more, change=change)
    out = as_mail(plain, tmp_path, message, encrypted=encrypted)
    profile = PROFILES[0] if encrypted else "STD-GEN-ZIP-MAIL"
    seen = api.verify(out, profile=profile, access=ACCESS)
    assert {f.rule for f in seen.findings if f.rule.startswith("SEC")} == rules
    if not rules:
        assert (seen.verdict, seen.findings) == ("conforms", ())
        assert len(api.extract(out, tmp_path / "files", access=ACCESS).instances) == 2
        assert digests(tmp_path / "files") == digests(source)
        for trust, rule in (((pem("own"),), "SEC-045"), ((), "SEC-046")):
            found = api.verify(out, profile=profile, access=api.Access(ACCESS.keys, trust=trust)).findings
            assert {f.rule for f in found} == {rule}
    elif encrypted:
        assert seen.imports.total("readable") == 0
        with pytest.raises(api.MediakitError):
            api.extract(out, tmp_path / "never", access=ACCESS)
        assert not (tmp_path / "never").exists()


def test_other_line_ends_are_not_taken_for_what_was_signed_in_a_binary_part(
    plain: Path, tmp_path: Path
) -> None:
    """A file that is not encoded is its bytes, line ends or not."""
    data = b"PK\x03\x04 one\r\ntwo\r\n"
    fields = b"Content-Type: application/zip\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    entity, signed = tmp_path / "entity", tmp_path / "signed"
    entity.write_bytes(fields + data)
    require_tool("openssl")
    run(
        "openssl",
        "cms",
        "-sign",
        "-binary",
        "-crlfeol",
        "-signer",
        pem("signer1"),
        "-in",
        entity,
        "-out",
        signed,
    )
    message = signed.read_bytes()
    assert data in message
    for change, rules in ((bytes, set()), (lambda each: each.replace(data, with_lf(data)), {"SEC-044"})):
        out = as_mail(plain, tmp_path, change(message), encrypted=True)
        found = api.verify(out, profile=PROFILES[0], access=ACCESS).findings
        assert {f.rule for f in found if f.rule.startswith("SEC")} == rules


def test_a_mail_that_is_only_signed_is_read_and_does_not_conform_to_a_secure_profile(
    plain: Path, source: Path, tmp_path: Path
) -> None:
    require_tool("openssl")
    by_openssl(plain, tmp_path, ("-nodetach",), "-aes256")
    opaque = (tmp_path / "signed").read_bytes()
    for message in (opaque, beside(plain, tmp_path)):
        out = as_mail(plain, tmp_path, message, encrypted=False)
        seen = api.verify(out, profile="STD-GEN-ZIP-MAIL", access=ACCESS)
        assert (seen.verdict, seen.findings, seen.imports.total("readable")) == ("conforms", (), 2)
        (found,) = api.verify(out, profile=PROFILES[0], access=ACCESS).findings
        assert (found.rule, found.args["found"]) == ("PROF-019", "only signed")
        folder = tmp_path / f"files{len(message)}"
        assert len(api.extract(out, folder).instances) == 2
        assert digests(folder) == digests(source)


def test_what_is_no_signature_of_the_mail_vouches_for_nothing(plain: Path, tmp_path: Path) -> None:
    """A digest in the place of signatures, SignedData that nobody signed, and one signed part of many."""
    entity = plain.read_bytes().partition(b"MIME-Version: 1.0\r\n")[2]
    (tmp_path / "bare").write_bytes(entity)
    require_tool("openssl")
    words = ("openssl", "cms", "-digest_create", "-binary", "-nodetach", "-md", "sha256", "-outform", "PEM")
    run(*words, "-in", tmp_path / "bare", "-out", tmp_path / "digest")
    body = b"".join(line + b"\n" for line in (tmp_path / "digest").read_bytes().splitlines()[1:-1])
    fields = (
        b"Content-Type: application/pkcs7-mime; smime-type=signed-data\nContent-Transfer-Encoding: base64\n\n"
    )
    signed = beside(plain, tmp_path)
    boundary = b"Content-Type: multipart/mixed; boundary=list\n\n--list\n"
    footer = b"\n--list\nContent-Type: text/plain\n\nYou are on a list.\n--list--\n"
    words = ("openssl", "crl2pkcs7", "-nocrl", "-certfile", pem("signer1"))
    run(*words, "-out", tmp_path / "nobody")
    nobody = b"".join(line + b"\n" for line in (tmp_path / "nobody").read_bytes().splitlines()[1:-1])
    at = signed.rindex(b"\n\nMII") + 2
    end = signed.index(b"\n\n", at) + 1
    cases = [
        ("SEC-044", fields + body, Outcome.FAILED),
        ("SEC-043", signed[:at] + nobody + signed[end:], Outcome.FAILED),
        ("SEC-043", boundary + signed.partition(b"\n")[2] + footer, Outcome.NOT_CHECKED),
    ]
    for rule, message, outcome in cases:
        out = as_mail(plain, tmp_path, message, encrypted=True)
        seen = api.verify(out, profile=PROFILES[0], access=ACCESS)
        assert {f.rule: f.outcome for f in seen.findings if f.rule.startswith("SEC")} == {rule: outcome}
        assert seen.imports.total("readable") == 0


LETTER = b"Content-Type: text/plain\r\n\r\nDear colleague, the images are attached.\r\n"
BETWEEN = b"Content-Type: multipart/mixed; boundary=S\r\n\r\nDear colleague.\r\n"


def signature_of(entity: bytes, folder: Path) -> bytes:
    """The part with a signature of these bytes, by openssl."""
    require_tool("openssl")
    source, out = folder / "to-sign", folder / "signature"
    source.write_bytes(entity)
    words = ("-binary", "-md", "sha256", "-outform", "DER", "-signer", pem("signer1"))
    run("openssl", "cms", "-sign", *words, "-in", source, "-out", out)
    head = b"Content-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head + base64.encodebytes(out.read_bytes()).replace(b"\n", b"\r\n")


def side_by_side(*parts: bytes, end: bytes = b"\r\n--S--\r\n") -> bytes:
    """The parts in a multipart/signed."""
    head = (
        b'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=S\r\n\r\n--S\r\n'
    )
    return head + b"\r\n--S\r\n".join(parts) + end


def whole_and_archive(plain: Path) -> tuple[bytes, bytes]:
    """The entity of an e-mail, and the part of it that is the archive."""
    entity = plain.read_bytes().partition(b"MIME-Version: 1.0\r\n")[2]
    archive = entity[entity.index(b"Content-Type: application/zip") :]
    return entity, archive[: archive.rindex(b"\r\n--")]


OUTSIDE: dict[str, Callable[[bytes, bytes, Callable[[bytes], bytes]], bytes]] = {
    # what the signature is not for; each from the whole entity, its archive, and who signs
    "a third part": lambda _, archive, sign: side_by_side(LETTER, sign(LETTER), archive),
    "a boundary used again within": lambda _, archive, sign: side_by_side(
        BETWEEN, sign(BETWEEN), end=b"\r\n--S--\r\n--S\r\n" + archive + b"\r\n--S--\r\n"
    ),
    "the signature's place": lambda _, archive, sign: side_by_side(LETTER, archive, sign(LETTER)),
    "one more part, and the archive in the first": lambda entity, _, sign: side_by_side(
        entity, sign(entity), LETTER
    ),
    "a signature of another kind": lambda entity, _, sign: side_by_side(
        entity, sign(entity).replace(b"application/pkcs7-signature", b"application/pgp-signature")
    ),
}


@pytest.mark.parametrize("how", OUTSIDE)
@pytest.mark.parametrize("encrypted", [True, False], ids=["encrypted", "in clear"])
def test_a_signature_vouches_for_nothing_outside_of_what_it_signs(
    how: str, encrypted: bool, plain: Path, mediakit: Command, tmp_path: Path
) -> None:
    message = b"MIME-Version: 1.0\r\n"
    message += OUTSIDE[how](*whole_and_archive(plain), lambda entity: signature_of(entity, tmp_path))
    out = as_mail(plain, tmp_path, message, encrypted=encrypted)
    words = (*KEY, "--trust", pem("ca"))
    seen = mediakit("verify", out, *words, "--json").json
    found = [f for f in seen["findings"] if f["rule"].startswith("SEC")]
    assert [(f["rule"], f["outcome"]) for f in found] == [("SEC-043", "not-checked")]
    assert seen["import"]["readable"] == (0 if encrypted else 2)
    text = mediakit("verify", out, *words).out
    assert "a signature is there, but it does not cover the images, or is of a kind" in " ".join(text.split())
    told = mediakit("inspect", out, *words, "--json").json
    assert (told["secure"] or {}).get("signers", {}) == {}
    if encrypted:
        refused = mediakit("extract", out, "-o", tmp_path / "never", *words)
        assert (refused.status, "no right signature vouches for its content" in refused.err) == (2, True)
        assert not (tmp_path / "never").exists()
        assert mediakit("extract", out, "-o", tmp_path / "files", *words, "--unchecked").status == 0
        assert len(digests(tmp_path / "files")) == 2
    else:
        done = mediakit("extract", out, "-o", tmp_path / "files", *words)
        assert (done.status, "Not everything could be checked" in done.out) == (0, True)
        (profile,) = (f for f in api.verify(out, profile=PROFILES[0]).findings if f.rule == "PROF-019")
        assert profile.args["found"] == "not encrypted"


AROUND: dict[str, tuple[bool, Callable[[bytes], bytes], set[str]]] = {
    # whether it is signed within too, what happens to what is signed outside, what is found
    "right": (False, bytes, set()),
    "wrong": (False, lambda data: data.replace(b"smime.p7m", b"smime.p7n", 1), {"SEC-044"}),
    "right, and right within": (True, bytes, set()),
    "wrong, and right within": (True, lambda data: data.replace(b"smime.p7m", b"smime.p7n", 1), {"SEC-044"}),
}


@pytest.mark.parametrize("how", AROUND)
def test_a_signature_around_the_encryption_is_checked(
    how: str, plain: Path, source: Path, tmp_path: Path
) -> None:
    within, change, rules = AROUND[how]
    by_openssl(plain, tmp_path, ("-nodetach",) if within else None, "-aes256")
    inside = with_crlf((tmp_path / "out.eml").read_bytes().partition(b"MIME-Version: 1.0\n")[2])
    message = b"MIME-Version: 1.0\r\n" + change(side_by_side(inside, signature_of(inside, tmp_path)))
    out = as_mail(plain, tmp_path, message, encrypted=False)
    seen = api.verify(out, profile=PROFILES[0], access=ACCESS)
    assert {f.rule for f in seen.findings if f.rule.startswith("SEC")} == rules
    if rules:
        assert seen.imports.total("readable") == 0
        with pytest.raises(api.MediakitError):
            api.extract(out, tmp_path / "never", access=ACCESS)
        return
    assert (seen.verdict, seen.findings) == ("conforms", ())
    assert len(api.extract(out, tmp_path / "files", access=ACCESS).instances) == 2
    assert digests(tmp_path / "files") == digests(source)
    others = api.verify(
        out, profile=PROFILES[0], access=api.Access(ACCESS.keys, trust=(pem("own"),))
    ).findings
    assert [(f.rule, f.count) for f in others] == [("SEC-045", 2 if within else 1)]
    locked = api.verify(out, profile=PROFILES[0], access=api.Access(trust=(pem("ca"),))).findings
    assert {f.rule for f in locked if f.rule.startswith("SEC")} == {"SEC-040"}


REFUSED = {
    "nobody signs": (RECIPIENT, "mail.eml", "signed by its sender"),
    "nobody may open it": (SIGNED, "mail.eml", "signed by its sender"),
    "a password": (
        (*RECIPIENT, *SIGNED, "--password-file", pem("ca")),
        "mail.eml",
        "a password is not possible",
    ),
    "a folder": ((*RECIPIENT, *SIGNED, "--format", "folder"), "folder", "would be in clear"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_create_refuses(case: str, mediakit: Command, source: Path, tmp_path: Path) -> None:
    words, out, said = REFUSED[case]
    done = mediakit("create", source, "-o", tmp_path / out, "--profile", PROFILES[0], *words)
    assert (done.status, said in done.err, list(tmp_path.iterdir())) == (2, True, []), done.err


def test_every_rule_about_mails_is_broken_here() -> None:
    told = {rule for _, _, rules, _ in FOREIGN.values() for rule in rules}
    told |= {*BROKEN, "SEC-040", "SEC-045", "SEC-046"}
    assert {rule for rule in RULES if rule.startswith("SEC-04")} == told
