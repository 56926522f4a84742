"""Which rule says why a Secure DICOM File is closed: what others cannot judge is because of that one."""

from __future__ import annotations

from ..secure import oids
from ..secure.subject import SecuredMail
from ..secure.verdict import Decryption, Integrity, Opened

_ENCRYPTION = {Decryption.MALFORMED: "SEC-010", Decryption.DAMAGED: "SEC-011"}


def mail_closed_by(mail: SecuredMail) -> str:
    """The rule that says why an encrypted e-mail has no content to be judged."""
    if mail.envelope and mail.envelope.decryption is not Decryption.OPENED:
        return "SEC-040" if mail.envelope.locked else "SEC-041"
    return "SEC-044" if mail.is_signed else "SEC-043"


def closed_by(opened: Opened) -> str:
    """The rule that says why there is no content to be judged."""
    if opened.decryption is not Decryption.OPENED:
        return _ENCRYPTION.get(opened.decryption, "SEC-012")
    if opened.integrity is Integrity.BROKEN:
        return "SEC-030" if opened.inner_type == oids.DIGESTED_DATA else "SEC-031"
    return "SEC-015" if opened.integrity is Integrity.ABSENT else "SEC-032"
