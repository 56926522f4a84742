"""Whole secure media: created, verified, extracted; wrong keys, damage, kills; never anything in clear."""

from __future__ import annotations

import getpass
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

import mediakit as api
from mediakit.cli.arguments import Verbs
from mediakit.formats import read_medium
from mediakit.secure.outer import read_outer
from tests.builders import ct
from tests.cli.runner import ROOT, Command
from tests.secure import PASSWORD, fixed, own, pem, read
from tests.studies import study, written
from tests.tools import require_tool, run

MEDIA = {"STD-GEN-SEC-CD": "disc.iso", "STD-GEN-SEC-USB-JPEG": "stick.img", "STD-GEN-SEC-DVD-JPEG": "dvd.iso"}
RECIPIENT = ("--recipient", pem("rsa2048"))
KEY = ("--key", pem("rsa2048"), "--cert", pem("rsa2048"))
OTHER_KEY = ("--key", pem("rsa3072"), "--cert", pem("rsa3072"))
SIGNED = ("--sign-key", pem("signer1"), "--sign-cert", pem("signer1"))
TRUST = ("--trust", pem("ca"))


def digests(folder: Path) -> Counter[str]:
    """The contents of the DICOM files below a folder."""
    files = (path.read_bytes() for path in folder.rglob("*") if path.is_file())
    return Counter(sha256(data).hexdigest() for data in files if data[128:132] == b"DICM")


@pytest.fixture(scope="module")
def word(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the password of the media."""
    path = tmp_path_factory.mktemp("word") / "password.txt"
    path.write_bytes(PASSWORD + b"\nof no interest\n")
    return path


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three images, with a text in them that can be searched for."""
    folder = tmp_path_factory.mktemp("source")
    for number in range(3):
        (folder / f"{number}.dcm").write_bytes(ct(number, PatientName="Plain^Paula", PatientID="PLAIN-7"))
    return folder


@pytest.fixture(scope="module")
def disc(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A signed disc for one recipient, only to be read."""
    out = tmp_path_factory.mktemp("disc") / "disc.iso"
    pair = (pem("signer1"), pem("signer1"))
    protection = api.Protection((pem("rsa2048"),), sign=(pair,), random=fixed())
    assert api.create([source], out, profile="STD-GEN-SEC-CD", protection=protection).verified
    return out


@pytest.mark.parametrize("profile", MEDIA)
def test_created_verified_extracted_and_equal_to_the_sources(
    profile: str, mediakit: Command, samples: Path, word: Path, tmp_path: Path
) -> None:
    out, password = tmp_path / MEDIA[profile], ("--password-file", word)
    made = mediakit(
        "create", samples / "patient-a", "-o", out, "--profile", profile, *RECIPIENT, *password, *SIGNED,
        "--recipient", pem("rsa3072"), "--json",
    )  # fmt: skip
    assert (made.status, made.json["verified"], made.json["conforms"]) == (0, True, [profile]), made.err
    assert made.json["protection"]["password"] is True
    assert [len(made.json["protection"][each]) for each in ("recipients", "signers")] == [2, 1]
    clear = digests(samples / "patient-a")
    assert clear.total() == made.json["written"] == 21
    for number, opening in enumerate((KEY, OTHER_KEY, password)):
        seen = mediakit("verify", out, "--profile", profile, *opening, *TRUST, "--json")
        assert (seen.status, seen.json["findings"]) == (0, [])
        assert (seen.json["verdict"], seen.json["import"]["readable"]) == ("conforms", 21)
        folder = tmp_path / f"out{number}"
        done = mediakit("extract", out, "-o", folder, *opening, "--json")
        assert (done.status, done.json["extracted"], done.json["missing"]) == (0, 21, [])
        assert digests(folder) == clear


@pytest.mark.parametrize("profile", MEDIA)
def test_every_file_is_for_those_named_and_nobody_else(
    profile: str, source: Path, word: Path, tmp_path: Path
) -> None:
    out = tmp_path / MEDIA[profile]
    recipients = (pem("rsa2048"), pem("rsa3072"), pem("rsa2048"))  # one of them named twice
    protection = api.Protection(recipients, password_file=word, random=fixed())
    api.create([source], out, profile=profile, protection=protection)
    files = {file.path: file.content for file in read_medium(out)[0].files}
    assert sorted(path[-1] for path in files) == [
        "DICOMDIR",
        "IM000001",
        "IM000002",
        "IM000003",
        "README.TXT",
    ]
    wanted = Counter((each, own(each).certificate.serial_number) for each in ("rsa2048", "rsa3072"))
    keys, salts = set(), set()
    for path, content in files.items():
        if path == ("README.TXT",):
            continue
        assert content
        found = read_outer(content).recipients
        serials = {each.serial for each in found if each.kind == "rsa"}
        assert Counter(each.kind for each in found) == {"rsa": 2, "password": 1}
        assert serials == {serial for _, serial in wanted}
        keys |= {each.wrapped for each in found}
        salts |= {each.derivation.salt for each in found if each.derivation}
    assert len(keys) == 4 * 3, "every file has a content key of its own"
    assert len(salts) == 1, "the password is derived once for a medium"


def test_nothing_on_the_medium_is_in_clear(disc: Path, source: Path) -> None:
    image = disc.read_bytes()
    clear = b"".join(path.read_bytes() for path in source.iterdir())
    for word in (b"Plain", b"PLAIN-7", b"DICM", b"1.2.840.10008.5.1.4.1.1.2"):
        assert (word in clear, word in image) == (True, False)
    (readme,) = (read(file.content) for file in read_medium(disc)[0].files if file.path == ("README.TXT",))
    assert b"ENCRYPTED" in readme
    assert b"mediakit extract MEDIUM -o FOLDER --key KEY.pem --cert CERT.pem" in readme


def test_the_same_job_with_the_same_randomness_gives_the_same_bytes(source: Path, tmp_path: Path) -> None:
    """With a password only: the padding of RSA comes from the library's own randomness."""
    moment, images = datetime(2026, 5, 1, tzinfo=UTC), []
    for name in ("a.iso", "b.iso"):
        protection = api.Protection(password=PASSWORD, random=fixed())
        made = api.create(
            [source], tmp_path / name, profile="STD-GEN-SEC-CD", protection=protection, created=moment
        )
        images.append(made.volumes[0].sha256)
    assert images[0] == images[1]


def test_the_recipe_of_the_readme_opens_it(disc: Path, source: Path, tmp_path: Path) -> None:
    """The commands are taken from README.TXT as they stand there, and run by a shell."""
    require_tool("openssl")
    files = {"/".join(file.path): file.content for file in read_medium(disc)[0].files}
    lines = read(files["README.TXT"]).decode("ascii").splitlines()
    start = next(n for n, line in enumerate(lines) if line.lstrip().startswith("openssl cms -decrypt"))
    end = next(n for n, line in enumerate(lines) if line.lstrip().startswith("Then choose"))
    script = "\n".join(lines[start:end])
    recipe = re.search(
        r"^```\n(openssl cms.*?)^```$", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE
    )
    assert recipe
    assert [line.strip() for line in recipe[1].splitlines()] == [line.strip() for line in lines[start:end]]
    for name, target in (("CERT.pem", "rsa2048"), ("KEY.pem", "rsa2048"), ("SIGNERS.pem", "ca")):
        (tmp_path / name).write_bytes(pem(target).read_bytes())
    name = next(name for name in files if name.endswith("IM000001"))
    (tmp_path / "DICOMDIR").write_bytes(read(files[name]))
    (tmp_path / "script.sh").write_text(script, encoding="ascii")
    subprocess.run(["sh", "-e", "script.sh"], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "DICOMDIR.dcm").read_bytes() in {path.read_bytes() for path in source.iterdir()}


def test_without_a_key_it_is_seen_but_not_judged(mediakit: Command, disc: Path, tmp_path: Path) -> None:
    for opening in ((), OTHER_KEY):
        seen = mediakit("verify", disc, *opening, "--json")
        assert (seen.status, seen.json["verdict"]) == (3, "not-judged")
        assert {f["rule"] for f in seen.json["findings"]} == {"SEC-012", "FSET-004", "PROF-004"}
        assert {f["rule"]: f["because"] for f in seen.json["findings"]}["FSET-004"] == "SEC-012"
        assert (seen.json["import"]["locked"], seen.json["import"]["lost"]) == (3, 0)
        done = mediakit("extract", disc, "-o", tmp_path / "out", *opening, "--json")
        assert (done.status, done.json["code"], (tmp_path / "out").exists()) == (3, "locked", False)
        look = mediakit("inspect", disc, *opening, "--json")
        serial = f"serial number {own('rsa2048').certificate.serial_number:x}"
        assert (look.status, look.json["secure"]) == (3, {
            "files": 4, "opened": 0, "recipients": {serial: 4}, "ciphers": {"AES-256-CBC": 4}, "signers": {},
        })  # fmt: skip
    assert mediakit("verify", disc, "--profile", "STD-GEN-CD").status == 1
    assert "CANNOT BE OPENED" in mediakit("verify", disc).out
    look = mediakit("inspect", disc, *KEY, "--json")
    assert (look.status, look.json["secure"]["opened"], look.json["file_set"]["instances"]) == (0, 4, 3)


def test_a_wrong_password_is_told_from_a_missing_one(mediakit: Command, source: Path, tmp_path: Path) -> None:
    right, wrong = tmp_path / "right.txt", tmp_path / "wrong.txt"
    right.write_bytes(b"correct horse")
    wrong.write_bytes(b"battery staple\r\n")
    out = tmp_path / "disc.iso"
    words = ("create", source, "-o", out, "--profile", "STD-GEN-SEC-CD", "--password-file", right)
    assert mediakit(*words).status == 0
    done = mediakit("extract", out, "-o", tmp_path / "out", "--password-file", wrong)
    assert (done.status, "the password is wrong" in done.err) == (3, True)
    assert mediakit("extract", out, "-o", tmp_path / "out", "--password-file", right).status == 0
    wrong.write_text("Müller", encoding="utf-8")
    done = mediakit("extract", out, "-o", tmp_path / "other", "--password-file", wrong)
    assert (done.status, "20H to 7EH only" in done.err) == (2, True)


@pytest.fixture
def folder(source: Path, tmp_path: Path) -> Path:
    """A secure medium as a folder, in which files can be changed."""
    protection = api.Protection((pem("rsa2048"),), random=fixed())
    out = tmp_path / "medium"
    api.create([source], out, format="folder", profile="STD-GEN-SEC-CD", protection=protection)
    return out


def image_of(folder: Path) -> Path:
    return next(path for path in sorted(folder.rglob("IM*")) if path.is_file())


DAMAGE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "the last byte": (lambda data: data[:-1] + bytes([data[-1] ^ 1]), "SEC-011"),
    "in the middle": (lambda data: data[:-900] + bytes([data[-900] ^ 1]) + data[-899:], "SEC-030"),
    "cut off": (lambda data: data[: len(data) // 2], "SEC-010"),
    "a length of 1 GB": (lambda data: b"\x30\x84\x40\x00\x00\x00" + data[4:], "SEC-010"),
}


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_file_is_found_and_not_handed_out(
    how: str, mediakit: Command, folder: Path, tmp_path: Path
) -> None:
    change, rule = DAMAGE[how]
    victim = image_of(folder)
    victim.write_bytes(change(victim.read_bytes()))
    seen = mediakit("verify", folder, "--profile", "STD-GEN-SEC-CD", *KEY, "--json")
    found = {f["rule"]: f for f in seen.json["findings"]}
    assert (seen.status, found[rule]["severity"]) == (1, "error")
    assert found["FSET-009"]["because"] == rule
    assert seen.json["import"]["lost"] == 1
    done = mediakit("extract", folder, "-o", tmp_path / "out", *KEY, "--json")
    assert (done.status, done.json["extracted"]) == (1, 2)
    assert [each["reason"].split(":")[0] for each in done.json["missing"]] == ["encrypted"]
    assert len([path for path in (tmp_path / "out").rglob("*") if path.is_file()]) == 2


def test_a_file_in_clear_on_a_secure_medium(mediakit: Command, folder: Path, source: Path) -> None:
    image_of(folder).write_bytes((source / "0.dcm").read_bytes())
    seen = mediakit("verify", folder, "--profile", "STD-GEN-SEC-CD", *KEY, "--json")
    found = {f["rule"]: (f["because"], f["count"]) for f in seen.json["findings"] if f["severity"] == "error"}
    assert (seen.status, found) == (1, {"PROF-017": (None, 1), "SEC-001": ("PROF-017", 1)})


def test_an_untrusted_signer_is_a_warning(mediakit: Command, disc: Path) -> None:
    seen = mediakit("verify", disc, *KEY, "--trust", pem("own"), "--json")
    assert (seen.status, [f["rule"] for f in seen.json["findings"]]) == (0, ["SEC-034"])
    seen = mediakit("verify", disc, *KEY, "--json")
    assert (seen.status, [f["rule"] for f in seen.json["findings"]]) == (0, ["SEC-036"])


REFUSED = {
    "nobody may open it": (("--profile", "STD-GEN-SEC-CD"), "nobody is named who may open it"),
    "a plain profile": (("--profile", "STD-GEN-CD", *RECIPIENT), "STD-GEN-SEC-CD"),
    "no profile": (RECIPIENT, "on request only"),
    "both kinds": (("--profile", "STD-GEN-SEC-CD", "--profile", "STD-GEN-CD", *RECIPIENT), "in security"),
    "a key without certificate": (
        ("--profile", "STD-GEN-SEC-CD", *RECIPIENT, "--sign-key", pem("signer1")), "in pairs",
    ),
    "a short key": (("--profile", "STD-GEN-SEC-CD", "--recipient", pem("short")), "1024 bits"),
    "a locked key": (
        ("--profile", "STD-GEN-SEC-CD", *RECIPIENT, "--sign-key", pem("rsa2048-locked"),
         "--sign-cert", pem("rsa2048")), "no passphrase",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_create_refuses(case: str, mediakit: Command, source: Path, tmp_path: Path) -> None:
    words, said = REFUSED[case]
    done = mediakit("create", source, "-o", tmp_path / "disc.iso", *words)
    assert (done.status, said in done.err, list(tmp_path.iterdir())) == (2, True, []), done.err


@pytest.mark.parametrize("form", ["PEM", "PKCS#12"])
def test_a_locked_key_opens_and_signs_with_its_passphrase(
    form: str, mediakit: Command, disc: Path, source: Path, tmp_path: Path
) -> None:
    phrase, wrong, bundle = tmp_path / "phrase.txt", tmp_path / "wrong.txt", tmp_path / "own.p12"
    phrase.write_text("test passphrase\n")
    wrong.write_text("another\n")
    key, mine = own("rsa2048").key, own("rsa2048").certificate
    locked = serialization.BestAvailableEncryption(b"test passphrase")
    bundle.write_bytes(pkcs12.serialize_key_and_certificates(b"own", key, mine, None, locked))
    files = (pem("rsa2048-locked"), pem("rsa2048")) if form == "PEM" else (bundle, bundle)
    opening = ("--key", files[0], "--cert", files[1], "--key-password-file")
    assert mediakit("verify", disc, *opening, phrase).status == 0
    for words in ((*opening, wrong), opening[:4]):
        refused = mediakit("verify", disc, *words, "--json")
        assert (refused.status, refused.json["code"]) == (2, "usage")
        assert "passphrase" in refused.json["message"] + refused.json["advice"]
    signing = ("--sign-key", files[0], "--sign-cert", files[1], "--key-password-file", phrase)
    words = ("create", source, "-o", tmp_path / "d.iso", "--profile", "STD-GEN-SEC-CD", *RECIPIENT, *signing)
    assert mediakit(*words, "--json").json["protection"]["signers"] == [mine.subject.rfc4514_string()]


def test_enveloped_sources_are_refused_by_a_plain_profile(
    mediakit: Command, folder: Path, tmp_path: Path
) -> None:
    done = mediakit("create", folder, "-o", tmp_path / "plain.iso", "--profile", "STD-GEN-CD", "--json")
    assert (done.status, (tmp_path / "plain.iso").exists()) == (2, False)
    assert {"Secure DICOM File" in each["reason"] for each in done.json["left_out"]} == {True}


def test_a_password_is_asked_for_on_a_terminal(
    mediakit: Command, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed: list[str] = []

    def ask(_: str) -> str:
        return typed.pop()

    monkeypatch.setattr(getpass, "getpass", ask)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    words = ("create", source, "-o", tmp_path / "disc.iso", "--profile", "STD-GEN-SEC-CD")
    typed += ["one", "two"]
    assert mediakit(*words).status == 2
    typed += [PASSWORD.decode(), PASSWORD.decode()]
    assert mediakit(*words).status == 0
    assert typed == []
    assert api.verify(tmp_path / "disc.iso", access=api.Access(password=PASSWORD)).verdict == "conforms"


def test_create_says_that_ordinary_viewers_cannot(mediakit: Command, source: Path, tmp_path: Path) -> None:
    done = mediakit("create", source, "-o", tmp_path / "d.iso", "--profile", "STD-GEN-SEC-CD", *RECIPIENT)
    assert "ordinary viewers cannot open it" in done.out
    assert "It can be opened by CN=Test rsa2048" in done.out


def test_no_secret_is_an_argument() -> None:
    """Every option that is about keys and passwords names a file: others can see a command line."""
    words = ("key", "cert", "password", "trust", "recipient")
    found = {
        (verb, name, action.metavar)
        for verb, each in Verbs().items()
        for name, action in each.options.items()
        if any(word in name for word in words)
    }
    assert found
    assert {metavar for _, _, metavar in found} <= {"KEY.pem", "CERT.pem", "CA.pem", "FILE"}


def test_a_secure_medium_differs_in_every_run(source: Path, tmp_path: Path) -> None:
    """Without fixed randomness the same image twice has other ciphertext."""
    images = []
    for name in ("a", "b"):
        api.create(
            [source], tmp_path / name, format="folder", profile="STD-GEN-SEC-CD",
            protection=api.Protection((pem("rsa2048"),)),
        )  # fmt: skip
        images.append(image_of(tmp_path / name).read_bytes())
    assert len(images[0]) == len(images[1])
    assert images[0][-512:] != images[1][-512:]


def test_openssl_made_media_can_be_opened(source: Path, tmp_path: Path) -> None:
    """What a general CMS program makes of the files of a folder is opened and reported (SEC-013 to 015)."""
    require_tool("openssl")
    plain, secure = tmp_path / "plain", tmp_path / "secure"
    api.create([source], plain, format="folder", profile="STD-GEN-CD")
    for path in (path for path in plain.rglob("*") if path.is_file() and path.name != "README.TXT"):
        target = secure / path.relative_to(plain)
        target.parent.mkdir(parents=True, exist_ok=True)
        run("openssl", "cms", "-encrypt", "-binary", "-aes256", "-outform", "DER", "-in", path,
            "-out", target, pem("rsa2048"))  # fmt: skip
    access = api.Access(keys=((pem("rsa2048"), pem("rsa2048")),))
    seen = api.verify(secure, profile="STD-GEN-SEC-CD", access=access)
    assert {f.rule for f in seen.findings} >= {"SEC-013", "SEC-015"}
    done = api.extract(secure, tmp_path / "out", access=access)
    assert (len(done.instances), len(done.missing)) == (0, 3)
    done = api.extract(secure, tmp_path / "out", access=api.Access(access.keys, unchecked=True))
    assert (len(done.instances), done.missing, digests(tmp_path / "out")) == (3, (), digests(source))


def test_splitting_and_capacity_count_the_envelopes(mediakit: Command, tmp_path: Path) -> None:
    """Where the clear files would fit on one disc and their envelopes do not."""
    studies = [data for n in range(2) for data in study(str(n), 10, 16, date=f"202{n}0101")]
    source = written(tmp_path / "source", studies)
    out, secure = tmp_path / "out.iso", ("--profile", "STD-GEN-SEC-CD", *RECIPIENT, *SIGNED)
    words = ("create", source, "-o", out, "--json")
    clear, sealed = (
        mediakit(*words, "--dry-run", *each).json["volumes"][0]["size"]
        for each in (("--profile", "STD-GEN-CD"), secure)
    )
    capacity = ("--capacity", str((clear + sealed) // 2))
    assert clear + 20 * 2048 <= sealed
    refused = mediakit(*words, *capacity, *secure)
    assert (refused.status, refused.json["code"], out.exists()) == (2, "capacity", False)
    made = mediakit(*words, *capacity, *secure, "--split")
    volumes = made.json["volumes"]
    assert (made.status, [each["instances"] for each in volumes]) == (0, [10, 10]), made.err
    assert all(each["size"] == Path(each["path"]).stat().st_size <= int(capacity[1]) for each in volumes)
    for number, each in enumerate(volumes):
        assert mediakit("extract", each["path"], "-o", tmp_path / f"disc{number}", *KEY).status == 0
    assert digests(tmp_path / "disc0") + digests(tmp_path / "disc1") == digests(source)
