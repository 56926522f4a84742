"""Every MIME and MAIL rule: a message that breaks it yields exactly that finding, a good one none."""

from __future__ import annotations

import pytest

from mediakit.formats.mail.reader import MailMessage
from mediakit.formats.mime.reader import MimeMessage
from mediakit.report import Finding, Outcome, Severity
from mediakit.rules import RULES, judge
from tests.zips import letter, mail_facts, message, mime_facts

VALID = message()
LETTER = letter()
IM1 = b'id="DICOM/PA000001/IM000001"'


def mime_findings(data: bytes) -> list[Finding]:
    return list(judge(mime_facts(data)))


def mail_findings(data: bytes) -> list[Finding]:
    return list(judge(mail_facts(data)))


def changed(data: bytes, old: bytes, new: bytes) -> bytes:
    """The message with the first such words replaced."""
    assert old in data
    return data.replace(old, new, 1)


def in_part(old: bytes, new: bytes) -> bytes:
    """The message with words of the part IM1 replaced."""
    at = VALID.rindex(b"\r\n--", 0, VALID.index(IM1))
    return VALID[:at] + changed(VALID[at:], old, new)


def test_a_good_message_yields_nothing() -> None:
    assert mime_findings(VALID) == []
    assert mime_findings(VALID.replace(b"\r\n", b"\n")) == []
    assert mime_findings(changed(VALID, b"multipart/related", b"Multipart/Mixed")) == []
    assert mail_findings(LETTER) == []
    assert mail_findings(changed(LETTER, b"DICOM-ZIP MK1", b"=?utf-8?Q?Fwd=3A_DICOM-ZIP?=")) == []


MIME_BROKEN = [
    ("MIME-001", changed(VALID, b"multipart/related", b"multipart/alternative")),
    ("MIME-002", in_part(b"application/dicom", b"application/octet-stream")),
    ("MIME-003", in_part(IM1 + b";\r\n ", b"")),
    ("MIME-003", in_part(b"DICOM/PA000001/IM000001", b"dicom/pa000001/IM000001")),
    ("MIME-003", in_part(b"DICOM/PA000001/IM000001", b"DICOM/PA0000001/IM000001")),
    ("MIME-003", in_part(b"DICOM/PA000001/IM000001", b"A/A/A/A/A/A/A/A/IM000001")),
    ("MIME-004", in_part(b'name="IM000001.dcm"', b'name="IM000001"')),
    ("MIME-004", in_part(b'name="IM000001.dcm"', b'name="image1.dcm"')),
    ("MIME-005", in_part(b"DICOM/PA000001/IM000001", b"DICOM/PA000002/IM000001")),
    ("MIME-006", in_part(b"Encoding: base64", b"Encoding: 8bit")),
    ("MIME-006", in_part(b"Content-Transfer-Encoding: base64\r\n", b"")),
    ("MIME-007", VALID[:-100]),
    ("MIME-007", in_part(b"\r\n\r\nMTEx", b"\r\n\r\n<!\\MT")),
    ("MIME-007", in_part(b"MTExMTEx", b"MTExMTE")),
    ("MIME-008", in_part(b"DICOM/PA000001/IM000001", b"../../PA000001/IM000001")),
]
MAIL_BROKEN = [
    ("MAIL-001", changed(LETTER, b"DICOM-ZIP", b"Images of")),
    ("MAIL-001", changed(LETTER, b"Subject: DICOM-ZIP MK1\r\n", b"")),
    ("MAIL-002", changed(LETTER, b"application/zip", b"application/octet-stream")),
    ("MAIL-002", changed(LETTER, b'id="DICOM.ZIP";\r\n ', b"")),
    ("MAIL-002", changed(LETTER, b'\r\n name="DICOM.ZIP"', b'\r\n name="images.zip"')),
    ("MAIL-002", changed(LETTER, b"attachment;", b"inline;")),
    ("MAIL-002", changed(LETTER, b'filename="DICOM.ZIP"', b'filename="dicom.zip"')),
    (
        "MAIL-003",
        LETTER.replace(
            b"--\r\n", b"\r\nContent-Type: application/zip\r\n\r\nPK\r\n--=_mediakit_0123456789abcdef--\r\n"
        ),
    ),
    ("MAIL-004", LETTER[:-100]),
    ("MAIL-004", changed(LETTER, b"\r\n\r\nUEsD", b"\r\n\r\n*UEsD")),
    ("MAIL-004", changed(LETTER, b"Encoding: base64", b"Encoding: x-uuencode")),
    ("MAIL-005", changed(LETTER, b"MIME-Version: 1.0\r\n", b"")),
]


@pytest.mark.parametrize(("id", "data"), MIME_BROKEN, ids=[f"{r[0]} {n}" for n, r in enumerate(MIME_BROKEN)])
def test_a_broken_message_yields_exactly_its_finding(id: str, data: bytes) -> None:
    found = mime_findings(data)
    # A bad id is a bad id as well, whatever else it is.
    assert {finding.rule for finding in found} - ({"MIME-003"} if id == "MIME-008" else set()) == {id}
    assert {finding.outcome for finding in found} == {Outcome.FAILED}
    assert all(finding.message and finding.advice for finding in found)


@pytest.mark.parametrize(("id", "data"), MAIL_BROKEN, ids=[f"{r[0]} {n}" for n, r in enumerate(MAIL_BROKEN)])
def test_a_broken_e_mail_yields_exactly_its_finding(id: str, data: bytes) -> None:
    found = mail_findings(data)
    assert {finding.rule for finding in found} == {id}
    uncheckable = b"x-uuencode" in data
    assert {finding.outcome for finding in found} == {Outcome.NOT_CHECKED if uncheckable else Outcome.FAILED}
    assert all(finding.message and finding.advice for finding in found)


@pytest.mark.parametrize(("subject", "rows"), [(MimeMessage, MIME_BROKEN), (MailMessage, MAIL_BROKEN)])
def test_every_rule_has_a_broken_message(subject: type, rows: list[tuple[str, bytes]]) -> None:
    assert {id for id, rule in RULES.items() if rule.subject is subject} == {row[0] for row in rows}


def test_severities_are_those_of_the_catalogue() -> None:
    for id, rule in RULES.items():
        if rule.subject in (MimeMessage, MailMessage):
            expected = Severity.WARNING if id in ("MIME-004", "MAIL-005") else Severity.ERROR
            assert rule.severity is expected


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (mime_findings(MIME_BROKEN[0][1]), "The file stands in multipart/alternative"),
        (mime_findings(MIME_BROKEN[1][1]), "The DICOM file is announced as application/octet-stream"),
        (mime_findings(MIME_BROKEN[2][1]), "The id of the part is missing"),
        (mime_findings(MIME_BROKEN[6][1]), "The name of the part is 'IM000001', not 'IM000001.dcm'"),
        (mime_findings(MIME_BROKEN[9][1]), "The transfer encoding 8bit does not keep binary data intact"),
        (mime_findings(MIME_BROKEN[11][1])[-1:], "The message is damaged: the last boundary is missing"),
        (mail_findings(MAIL_BROKEN[0][1]), "The subject is 'Images of MK1', without DICOM-ZIP"),
        (
            mail_findings(MAIL_BROKEN[2][1]),
            "The attachment's type is application/octet-stream, not application/zip",
        ),
        (mail_findings(MAIL_BROKEN[7][1]), "There are 2 archives in the message"),
        (mail_findings(MAIL_BROKEN[11][1]), "The message has no MIME-Version"),
    ],
)
def test_messages(found: list[Finding], message: str) -> None:
    assert found[0].message == message
