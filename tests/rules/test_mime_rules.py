"""Every MIME and MAIL rule: a message that breaks it yields exactly that finding, a good one none."""

from __future__ import annotations

import pytest

from mediakit.formats.mail.facts import MailMessage
from mediakit.formats.mime.facts import MimeMessage
from mediakit.report import Finding, Outcome, Severity
from mediakit.rules import RULES, judge
from samples.broken.mime import LETTER, MAIL_BROKEN, MIME_ALSO, MIME_BROKEN, VALID, changed
from tests.zips import mail_facts, mime_facts


def mime_findings(data: bytes) -> list[Finding]:
    return list(judge(mime_facts(data)))


def mail_findings(data: bytes) -> list[Finding]:
    return list(judge(mail_facts(data)))


def test_a_good_message_yields_nothing() -> None:
    assert mime_findings(VALID) == []
    assert mime_findings(VALID.replace(b"\r\n", b"\n")) == []
    assert mime_findings(changed(VALID, b"multipart/related", b"Multipart/Mixed")) == []
    assert mail_findings(LETTER) == []
    assert mail_findings(changed(LETTER, b"DICOM-ZIP MK1", b"=?utf-8?Q?Fwd=3A_DICOM-ZIP?=")) == []


@pytest.mark.parametrize(("id", "data"), MIME_BROKEN, ids=[f"{r[0]} {n}" for n, r in enumerate(MIME_BROKEN)])
def test_a_broken_message_yields_exactly_its_finding(id: str, data: bytes) -> None:
    found = mime_findings(data)
    assert {finding.rule for finding in found} == {id, *MIME_ALSO.get(id, {})}
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
