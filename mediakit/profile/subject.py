"""What the rules of PS3.11 look at: an instance, or a medium, together with a profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..model import Instance, Role
from ..read import FileSetView
from .claim import Claim
from .model import ApplicationProfile
from .record_kinds import RecordKind, record_kinds
from .records import RecordTable


@dataclass(frozen=True, slots=True)
class Candidate:
    """An instance that asks to be in a File-set under a profile.

    `supply` holds the values by keyword that the user gives for missing ones. Without a
    claim, everything that the profile leaves to the conformance statement counts as claimed.
    """

    instance: Instance
    profile: ApplicationProfile
    role: Role
    table: RecordTable
    supply: Mapping[str, str]
    claim: Claim | None = None


@dataclass(frozen=True, slots=True)
class Gathering:
    """All the SOP classes that are, or shall be, together in a File-set under a profile."""

    sop_classes: frozenset[str]
    profile: ApplicationProfile


@dataclass(frozen=True, slots=True)
class ProfiledFileSet:
    """A medium that is held against a profile.

    `known` are the kinds of its records, where they have been found already for many profiles.
    """

    view: FileSetView
    profile: ApplicationProfile
    table: RecordTable
    known: tuple[RecordKind, ...] | None = None

    @property
    def records(self) -> tuple[RecordKind, ...]:
        """The kinds of records that lead to an instance."""
        return record_kinds(self.view, [self.profile]) if self.known is None else self.known
