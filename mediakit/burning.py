"""The result of `burn`: what was written, how often, and whether it was proved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import __version__
from .creation import Creation


@dataclass(frozen=True, slots=True)
class Burning:
    """What was written; `verified` says that every byte of every copy was read back as it should be.

    `size` in bytes; `medium` in the words of the device; `creation` is what was made first, when
    sources were given in the place of an image.
    """

    device: str
    medium: str
    size: int
    sha256: str
    copies: int
    verified: bool
    erased: str = ""
    creation: Creation | None = None

    def to_json(self) -> dict[str, Any]:
        """The document `mediakit/burn/1`."""
        return {
            "schema": "mediakit/burn/1",
            "mediakit": __version__,
            "device": self.device,
            "medium": self.medium,
            "bytes": self.size,
            "sha256": self.sha256,
            "copies": self.copies,
            "verified": self.verified,
            "erased": self.erased,
            "create": self.creation.to_json() if self.creation else None,
        }
