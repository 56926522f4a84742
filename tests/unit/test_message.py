"""MIME messages and e-mails: the exact bytes that are written, and messages of other kinds read."""

from __future__ import annotations

import base64
import email
import email.policy
import hashlib
import io
import random
import re
import time
import tracemalloc
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediakit.errors import InputError
from mediakit.formats import mail, mime
from mediakit.formats.mime import lines
from mediakit.formats.mime.base64 import encoded_size
from mediakit.formats.mime.message import Parser
from mediakit.formats.tree import VolumeParameters
from mediakit.model import BytesContent
from tests.iso9660 import FILES, contents, tree
from tests.zips import PARAMETERS, archive, letter, mail_facts, message, mime_facts

BYTES = random.Random(8).randbytes(200_003)

GOLDEN = (
    b"From: Sender <sender@mediakit.invalid>\r\n"
    b"To: undisclosed-recipients:;\r\n"
    b"Subject: DICOM File-set MK1\r\n"
    b"Date: Wed, 04 Mar 2026 05:06:07 -0330\r\n"
    b"Message-ID: <message.0123456789abcdef@mediakit.invalid>\r\n"
    b"X-Unsent: 1\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: multipart/related;\r\n"
    b' boundary="=_mediakit_0123456789abcdef";\r\n'
    b' type="application/dicom";\r\n'
    b' start="<DICOMDIR.0123456789abcdef@mediakit.invalid>"\r\n'
    b"\r\n"
    b"--=_mediakit_0123456789abcdef\r\n"
    b"Content-Type: text/plain; charset=us-ascii\r\n"
    b"Content-Transfer-Encoding: 7bit\r\n"
    b"\r\n"
    b"This message carries a DICOM File-set: medical images and documents\r\n"
    b"of one or more studies, with a directory named DICOMDIR.\r\n"
    b"Every file of it is an attachment of this message.\r\n"
    b"Open it with a DICOM viewer, or import it into a picture archive (PACS).\r\n"
    b"It is confidential. If it has reached you by mistake, please delete it\r\n"
    b"and tell the sender.\r\n"
    b"\r\n"
    b"--=_mediakit_0123456789abcdef\r\n"
    b"Content-Type: application/dicom;\r\n"
    b' id="DICOMDIR";\r\n'
    b' name="DICOMDIR"\r\n'
    b"Content-Transfer-Encoding: base64\r\n"
    b"Content-Disposition: attachment;\r\n"
    b' filename="DICOMDIR"\r\n'
    b"Content-ID: <DICOMDIR.0123456789abcdef@mediakit.invalid>\r\n"
    b"\r\n"
    b"RERE\r\n"
    b"\r\n"
    b"--=_mediakit_0123456789abcdef\r\n"
    b"Content-Type: application/dicom;\r\n"
    b' id="DICOM/IM1";\r\n'
    b' name="IM1.dcm"\r\n'
    b"Content-Transfer-Encoding: base64\r\n"
    b"Content-Disposition: attachment;\r\n"
    b' filename="IM1.dcm"\r\n'
    b"\r\n"
    b"MQ==\r\n"
    b"\r\n"
    b"--=_mediakit_0123456789abcdef--\r\n"
)


def test_the_bytes_of_a_small_message() -> None:
    assert message({"DICOMDIR": b"DDD", "DICOM/IM1": b"1"}) == GOLDEN


def test_a_golden_e_mail() -> None:
    assert (
        hashlib.sha256(letter()).hexdigest()
        == "33540a970107471f0e9d4a4dadb0900e36c087138d09e5a1f0e2f754e5e17793"
    )


def test_the_header_of_an_e_mail() -> None:
    found = email.message_from_bytes(letter(), policy=email.policy.default)
    cover, attachment = found.iter_parts()
    assert found["Subject"] == "DICOM-ZIP MK1"
    assert found["Date"].datetime == PARAMETERS.created.replace(microsecond=0)
    assert cover.get_content_type() == "text/plain"
    assert attachment.get_content_type() == "application/zip"
    assert attachment["Content-Type"].params == {"id": "DICOM.ZIP", "name": "DICOM.ZIP"}
    assert (attachment.get_content_disposition(), attachment.get_filename()) == ("attachment", "DICOM.ZIP")
    assert attachment.get_content() == archive()


@pytest.mark.parametrize("size", [0, 1, 2, 3, 56, 57, 58, 113, 114, 115, 999])
def test_the_size_of_base64(size: int) -> None:
    lines = base64.encodebytes(bytes(size)).replace(b"\n", b"\r\n")
    assert encoded_size(size) == len(lines)


def test_lines_are_those_of_internet_messages() -> None:
    for data in (message({**FILES, "VIEWER/Übersicht der Aufnahmen.pdf": b"1"}), letter()):
        assert data.isascii()
        lines = data.split(b"\r\n")
        assert all(len(line) <= 78 and b"\r" not in line and b"\n" not in line for line in lines)


def test_other_content_keeps_its_name() -> None:
    files = {"DICOMDIR": b"1", "VIEWER/BIN/view.exe": b"MZ", "Übersicht.pdf": b"2", "README.TXT": b"3"}
    data = message(files)
    assert contents(mime.open(BytesContent(data))) == files
    types = [part.get_content_type() for part in email.message_from_bytes(data).walk()]
    assert types == [
        "multipart/related", "text/plain", "application/dicom", "application/octet-stream",
        "application/pdf", "text/plain",
    ]  # fmt: skip


def test_without_a_dicomdir_there_is_no_root() -> None:
    assert mime_facts(message({"IM1": b"1"})).parts[0].part.within == ("multipart/mixed",)


@pytest.mark.parametrize(
    "parameters",
    [
        replace(PARAMETERS, volume_id="X\r\nBcc: all@example.invalid"),
        replace(PARAMETERS, volume_id="Ü"),
        replace(PARAMETERS, created=datetime(2026, 1, 1)),  # that is the point
    ],
)
def test_what_no_header_can_hold_is_refused(parameters: VolumeParameters) -> None:
    for format in (mime, mail):
        with pytest.raises(InputError):
            format.plan(tree(FILES), parameters)


def test_a_name_that_no_line_can_hold_is_refused() -> None:
    with pytest.raises(InputError, match="too long for an e-mail"):
        mime.plan(tree({"Ü" * 200: b""}), PARAMETERS)


def foreign(**options: str) -> bytes:
    """A message made by Python's own library, with line ends of Unix and nested parts."""
    made = EmailMessage()
    made["Subject"] = "DICOM-ZIP für Sie"
    made["From"], made["To"] = "a@example.invalid", "b@example.invalid"
    made.set_content("Die Bilder.", cte=options.get("cte", "quoted-printable"))
    made.add_alternative("<p>Die Bilder.</p>", subtype="html")
    made.add_attachment(archive({"DICOMDIR": BYTES}), maintype="application", subtype="zip", filename="x.zip")
    return made.as_bytes()


def test_a_message_of_another_program() -> None:
    data = foreign()
    view = mail.open(BytesContent(data))
    assert b"\r\n" not in data
    assert contents(view) == {"DICOMDIR": BYTES}
    assert mail_facts(data).headers.subject == "DICOM-ZIP für Sie"  # type: ignore[union-attr]  # it has one
    assert (mail_facts(data).archives[0].name, mail_facts(data).oddities) == (None, ())


def test_a_forwarded_message() -> None:
    outer = EmailMessage()
    outer["Subject"] = "Fwd"
    outer.set_content("See below.")
    outer.add_attachment(email.message_from_bytes(letter(), policy=email.policy.default))
    view = mail.open(BytesContent(outer.as_bytes()))
    assert contents(view) == FILES


@pytest.mark.parametrize("encoding", ["quoted-printable", "binary", "7bit"])
def test_other_transfer_encodings(encoding: str) -> None:
    bodies = {"quoted-printable": b"one=0D=\n=20two=3D\xff", "binary": b"\0\xff\r\n\n", "7bit": b"plain"}
    decoded = {"quoted-printable": b"one\r two=\xff", "binary": b"\0\xff\r\n\n", "7bit": b"plain"}
    data = (
        b'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: application/dicom; id="IM1"\n'
        b"Content-Transfer-Encoding: %s\n\n%s\n--b--\n" % (encoding.encode(), bodies[encoding])
    )
    assert contents(mime.open(BytesContent(data))) == {"IM1": decoded[encoding]}


def test_base64_is_read_from_anywhere() -> None:
    """Lines of any length, with blanks among them; a stream is at the right byte after any seek."""
    text = base64.b64encode(BYTES)
    cuts = random.Random(5)
    body, at = b"", 0
    while at < len(text):
        length = cuts.randrange(1, 3000)
        body += text[at : at + length] + cuts.choice([b"\n", b"\r\n", b" \n", b"\t\n"])
        at += length
    data = b"Content-Type: application/dicom\nContent-Transfer-Encoding: BASE64\n\n" + body
    (file,) = mime.open(BytesContent(data)).files
    assert file.content
    assert file.size == len(BYTES)
    with file.content.open() as stream:
        for _ in range(200):
            start, length = cuts.randrange(len(BYTES)), cuts.randrange(5000)
            stream.seek(start)
            assert stream.read(length) == BYTES[start : start + length]


def test_a_part_without_an_id_goes_by_its_name() -> None:
    data = message({"IM1": b"1"}).replace(b'id="IM1";\r\n ', b"")
    assert contents(mime.open(BytesContent(data))) == {"IM1": b"1"}


@pytest.mark.parametrize("format", [mime, mail])
def test_an_ordinary_letter_is_no_medium(format: object) -> None:
    made = EmailMessage()
    made["From"] = "a@example.invalid"
    made.set_content("Good morning")
    assert mime.detect(BytesContent(made.as_bytes())) is None
    assert mail.detect(BytesContent(made.as_bytes())) is None


@pytest.mark.parametrize(
    "data",
    [
        b"A: b\n" * 100_000,
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n" * 50_000,
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--\n" * 200_000,
        b"Content-Type: message/rfc822\n\n" * 50_000,
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 20_000,
        b"Content-Type: application/dicom; id=" + b"a/" * 30_000 + b"\n\n",
        b"Content-Type: application/dicom\nContent-Transfer-Encoding: base64\n\n" + b"\n" * 4_000_000,
    ],
    ids=["fields", "parts", "dashes", "forwarded", "nested", "id", "empty base64"],
)
def test_hostile_messages_cost_little(data: bytes) -> None:
    start = time.perf_counter()
    for format in (mime, mail):
        assert format.detect(BytesContent(data)) is None or format is mime
        assert len(format.open(BytesContent(data)).anomalies) <= 1001
    assert time.perf_counter() - start < 30


def test_a_large_message_is_not_held_in_memory() -> None:
    data = message({"IM1": bytes(8 << 20)})
    content = BytesContent(data)
    tracemalloc.start()
    (file,) = mime.open(content).files
    assert file.content
    with file.content.open() as stream:
        while stream.read(1 << 16):
            pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 << 20


def test_nothing_is_parsed_beyond_the_first_telling_part() -> None:
    parser = Parser(BytesContent(letter()), io.BytesIO(letter()))
    assert next(parser.parts()).type == "text/plain"


@settings(max_examples=300)
@given(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"a", b"bc " * 20]), max_size=60), st.integers(1, 7))
def test_canonical_line_ends(pieces: list[bytes], block: int) -> None:
    """Against the whole at once; blocks so small that every line end is cut somewhere."""
    data = b"".join(pieces)
    wanted = re.sub(rb"(?<!\r)\n", b"\r\n", data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "_BLOCK", block)
        found = lines.canonical(BytesContent(data))
        if found is None:
            assert wanted == data
            return
        with found.open() as stream:
            assert (stream.read(), found.size) == (wanted, len(wanted))
