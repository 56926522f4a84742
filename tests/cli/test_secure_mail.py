"""Secure e-mails: ours opened by openssl, those of openssl by us; and every rule about them."""

from __future__ import annotations

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
    "detached signature": ((), ("-aes128",), {"SEC-043"}, False),
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
        if how != "detached signature":
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
