"""The result of `fit`: every current profile, best first, with what stops it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import __version__
from .profile.model import ApplicationProfile
from .promised import Promised
from .scan import Damaged, Ignored

NO_CLAIM = "Without --claim, what a profile leaves to the conformance statement counts as claimed."


@dataclass(frozen=True, slots=True)
class Stop:
    """One cause why a profile does not take some of the instances."""

    rule: str
    citation: str
    message: str
    instances: int
    series: int

    def to_json(self) -> dict[str, Any]:
        """The cause as in the document."""
        return {
            "rule": self.rule,
            "citation": self.citation,
            "message": self.message,
            "instances": self.instances,
            "series": self.series,
        }


@dataclass(frozen=True, slots=True)
class ProfileFit:
    """A profile and what stops it; `stopped` counts the instances that it does not take."""

    profile: ApplicationProfile
    stops: tuple[Stop, ...]
    stopped: int
    stopped_adapted: int

    @property
    def fits(self) -> bool:
        """Whether the profile takes every instance as it is."""
        return not self.stops

    @property
    def fits_adapted(self) -> bool:
        """Whether it takes all after the changes that `create` makes: encoding, and icons it demands.

        Headers are all that was read: pixels that cannot be decoded show up in `create` only.
        """
        return not self.stopped_adapted

    def to_json(self) -> dict[str, Any]:
        """The profile as in the document."""
        return {
            "id": self.profile.id,
            "fits": self.fits,
            "fits_adapted": self.fits_adapted,
            "medium": self.profile.media[0],
            "media": list(self.profile.media),
            "secure": self.profile.secure,
            "stopped": self.stopped,
            "stops": [stop.to_json() for stop in self.stops],
        }


@dataclass(frozen=True, slots=True)
class FitResult:
    """Every current profile, best first; and what among the sources was not judged.

    `missing` are instances that a DICOMDIR among the sources refers to and no source holds.
    """

    instances: int
    profiles: tuple[ProfileFit, ...]
    ignored: tuple[Ignored, ...]
    damaged: tuple[Damaged, ...]
    claimed: bool
    missing: tuple[Promised, ...] = ()

    @property
    def fitting(self) -> tuple[str, ...]:
        """The identifiers of those that take every instance."""
        return tuple(each.profile.id for each in self.profiles if each.fits)

    @property
    def notes(self) -> tuple[str, ...]:
        """What one has to know to read the result."""
        return () if self.claimed else (NO_CLAIM,)

    def to_json(self) -> dict[str, Any]:
        """The document `mediakit/fit/1`."""
        return {
            "schema": "mediakit/fit/1",
            "mediakit": __version__,
            "instances": self.instances,
            "notes": list(self.notes),
            "profiles": [each.to_json() for each in self.profiles],
            "left_out": [
                *({"source": each.origin, "reason": each.reason} for each in self.damaged),
                *({"source": each.origin, "reason": each.reason} for each in self.missing),
            ],
            "ignored": [{"source": each.origin, "reason": each.reason} for each in self.ignored],
        }
