"""With what the Secure DICOM Files of one medium are opened: by its reader, or by its creator.

A reader has keys and passwords for all files. A creator that reads its own medium back is no
recipient as a rule, but still has the content key of every file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..model import Content

if TYPE_CHECKING:
    from .credentials import Credentials
    from .verdict import Opened


@dataclass(frozen=True, slots=True)
class Opening:
    """Credentials for every file, or content keys by path and that of an encrypted e-mail.

    One for a medium: a key that was derived from a password is remembered. With `unchecked`,
    contents are taken that nothing protects or that nobody can check.
    """

    credentials: Credentials | None = None
    unchecked: bool = False
    content_keys: Mapping[tuple[str, ...], bytes] = field(default_factory=dict, repr=False)
    mail_key: bytes | None = field(default=None, repr=False)

    @property
    def mail(self) -> Credentials:
        """What opens an encrypted e-mail."""
        return self._with(self.mail_key)

    def open(self, path: tuple[str, ...], content: Content) -> Opened:
        """What becomes of the envelope at that path. Raises OSError when it cannot be read."""
        from .reader import open_secure  # most media have nothing that is encrypted

        return open_secure(content, self._with(self.content_keys.get(path)))

    def clear(self, opened: Opened) -> Content | None:
        """The clear content, as far as it is wanted."""
        return opened.content or (opened.unchecked if self.unchecked else None)

    def _with(self, key: bytes | None) -> Credentials:
        from .credentials import Credentials

        return Credentials(content_key=key) if key else self.credentials or Credentials()
