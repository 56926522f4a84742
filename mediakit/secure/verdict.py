"""What became of opening a Secure DICOM File: four answers that never stand for one another.

Whether it could be decrypted, whether its content is intact, whether each signature is
right, and whether the signer is somebody to trust (PS3.15 D.1: confidentiality, integrity,
data origin).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

from ..model import Anomaly, Content

if TYPE_CHECKING:
    from .outer import Outer


class Decryption(Enum):
    """What became of the encryption."""

    OPENED = "opened"
    NOT_A_RECIPIENT = "no key or password for any of its recipients was given"
    WRONG_PASSWORD = "the password is wrong"
    UNSUPPORTED = "it is encrypted in a way that cannot be opened"
    TOO_EXPENSIVE = "its password recipient asks for more computation than is sane"
    DAMAGED = "the encryption is damaged, or the key is wrong"
    MALFORMED = "it is no readable CMS envelope"


class Integrity(Enum):
    """Whether the content is what its creator put in; ABSENT means that nothing protects it."""

    INTACT = "intact"
    BROKEN = "broken"
    ABSENT = "absent"
    NOT_CHECKED = "not checked"


class Form(Enum):
    """What the encryption holds; only BARE conforms (PS3.15 D.1)."""

    BARE = "SignedData or DigestedData"
    WRAPPED = "a whole ContentInfo"
    RAW = "the file itself"


class Signature(Enum):
    """Whether the signature is that of the signer's key."""

    VALID = "valid"
    INVALID = "invalid"
    NO_CERTIFICATE = "the signer's certificate is not included"
    UNSUPPORTED = "its algorithm cannot be checked"


class Standing(Enum):
    """Whether a valid signature leads to somebody who is trusted."""

    TRUSTED = "trusted"
    UNTRUSTED = "untrusted"
    EXPIRED = "expired"
    NOT_JUDGED = "no trusted certificates were given"


@dataclass(frozen=True, slots=True)
class Signer:
    """One who signed; `bits` is the size of the RSA key, 0 when it is unknown or of another kind."""

    name: str
    digest: str
    algorithm: str
    signature: Signature
    standing: Standing
    detail: str = ""
    bits: int = 0
    signed_at: datetime | None = None


_LOCKED = (
    Decryption.NOT_A_RECIPIENT,
    Decryption.WRONG_PASSWORD,
    Decryption.UNSUPPORTED,
    Decryption.TOO_EXPENSIVE,
)
_WHY = {
    Integrity.INTACT: "",
    Integrity.BROKEN: "its content is not what its maker put in",
    Integrity.ABSENT: "nothing protects its content against changes",
    Integrity.NOT_CHECKED: "whether its content is intact could not be checked",
}


@dataclass(frozen=True, slots=True)
class Opened:
    """A Secure DICOM File after it was read from its beginning to its end.

    `content` gives the clear bytes, and only if they are intact. Where nothing protects them
    or no signature could be checked they are `unchecked`, for the operator to decide; where
    they are broken, or their digest is of an unknown kind, neither is there. Reading either
    decrypts again; clear bytes are never kept. `inner_type` is the content type found inside,
    `digests` its algorithms.
    """

    outer: Outer | None
    decryption: Decryption
    integrity: Integrity = Integrity.NOT_CHECKED
    form: Form | None = None
    inner_type: str = ""
    digests: tuple[str, ...] = ()
    signers: tuple[Signer, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()
    content: Content | None = field(default=None, repr=False)
    unchecked: Content | None = field(default=None, repr=False)

    @property
    def locked(self) -> bool:
        """Whether another key or password may open it."""
        return self.decryption in _LOCKED

    @property
    def why_closed(self) -> str:
        """Why there is no content to be relied on, in words; empty when there is."""
        if self.content is not None:
            return ""
        if self.decryption is not Decryption.OPENED:
            return f"encrypted: {self.decryption.value}"
        return f"encrypted: {_WHY[self.integrity]}"

    def anomaly(self, kind: str) -> Anomaly | None:
        """The first anomaly of that kind."""
        return next((a for a in self.anomalies if a.kind == kind), None)
