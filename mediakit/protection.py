"""Keys, certificates and passwords as users name them -> what envelopes are made and opened with.

The files are read once, when the job begins, so that a wrong one stops it before anything is
read or written. Randomness comes in here, and nothing of it goes into a report.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import UsageError
from .secure.keys import (
    OwnKey,
    check_password,
    first_line,
    load_certificates,
    load_own_key,
    read_password,
)
from .secure.opening import Opening

if TYPE_CHECKING:
    from .secure.envelope import Envelope

Name = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class Protection:
    """For whom a secure medium is written, and who signs it.

    `recipients` are files with certificates; `sign` are pairs of a file with an RSA key and one
    with its certificate, whose passphrase is the first line of `key_password_file`. The password
    of the medium is given itself or as the first line of `password_file`. Without `sign` contents
    are digested.
    """

    recipients: tuple[Name, ...] = ()
    password: bytes | None = field(default=None, repr=False)
    password_file: Name | None = None
    sign: tuple[tuple[Name, Name], ...] = ()
    key_password_file: Name | None = None
    random: Callable[[int], bytes] = field(default=os.urandom, repr=False)

    @property
    def is_given(self) -> bool:
        """Whether the user named anything."""
        return bool(self.recipients or self.sign or self.has_password)

    @property
    def has_password(self) -> bool:
        """Whether there is a password."""
        return self.password is not None or self.password_file is not None

    def envelope(self, created: datetime) -> Envelope:
        """What is put around every file of a job; a password costs some tenths of a second, once.

        Raises UsageError and SourceUnreadable for what no envelope can be made with.
        """
        from .secure.envelope import Envelope, password_key

        word = _password(self.password, self.password_file)
        # The first certificate of a file is the recipient's own, those behind it are of authorities.
        named = tuple(load_certificates(Path(each))[0] for each in self.recipients)
        signers = _own_keys(self.sign, self.key_password_file)
        recipients = tuple(dict.fromkeys(named))
        return Envelope(recipients, password_key(word, self.random) if word else None, signers, created)


@dataclass(frozen=True, slots=True)
class Access:
    """With what a secure medium is opened, and whom to trust.

    `keys` are pairs of a file with an RSA key and one with its certificate; the rest is as in
    `Protection`. `trust` are files with the certificates of signers or of their authorities,
    valid `at` a moment (now, if absent). `unchecked` also takes contents that nothing protects
    against changes, or that cannot be checked.
    """

    keys: tuple[tuple[Name, Name], ...] = ()
    password: bytes | None = field(default=None, repr=False)
    password_file: Name | None = None
    key_password_file: Name | None = None
    trust: tuple[Name, ...] = ()
    at: datetime | None = None
    unchecked: bool = False

    def opening(self) -> Opening:
        """What the files of one medium are opened with. Raises UsageError and SourceUnreadable."""
        # Most media are opened with nothing, and need nothing loaded for it.
        if self == Access(unchecked=self.unchecked, at=self.at):
            return Opening(unchecked=self.unchecked)
        from .secure.credentials import Credentials, Trust

        anchors = tuple(each for name in self.trust for each in load_certificates(Path(name)))
        credentials = Credentials(
            _own_keys(self.keys, self.key_password_file),
            _password(self.password, self.password_file),
            Trust(anchors, self.at or datetime.now(UTC)) if self.trust else None,
        )
        return Opening(credentials, self.unchecked)


def _password(given: bytes | None, file: Name | None) -> bytes | None:
    if given is not None and file is not None:
        raise UsageError("There are two passwords.", "Give the password or its file, not both.")
    if given is not None:
        return check_password(given)
    return None if file is None else read_password(Path(file))


def _own_keys(pairs: tuple[tuple[Name, Name], ...], passphrase: Name | None) -> tuple[OwnKey, ...]:
    word = None if passphrase is None else first_line(Path(passphrase))
    return tuple(load_own_key(Path(key), Path(certificate), word) for key, certificate in pairs)
