"""MIME and MAIL: a message, broken in one thing (PS3.12 Annexes K and W)."""

from __future__ import annotations

from tests.zips import letter, message

VALID = message()
LETTER = letter()
IM1 = b'id="DICOM/PA000001/IM000001"'


def changed(data: bytes, old: bytes, new: bytes) -> bytes:
    """The message with the first such words replaced."""
    assert old in data
    return data.replace(old, new, 1)


def in_part(old: bytes, new: bytes) -> bytes:
    """The message with words of the part IM1 replaced."""
    at = VALID.rindex(b"\r\n--", 0, VALID.index(IM1))
    return VALID[:at] + changed(VALID[at:], old, new)


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


MIME_ALSO = {"MIME-008": {"MIME-003": "an id that is unsafe is no File ID either"}}
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
