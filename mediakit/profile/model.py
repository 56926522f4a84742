"""Application Profiles, Directory keys and physical media as frozen values (PS3.11 6, PS3.12).

These are the slots that PS3.11 6 lists, in its order. The data is in `profiles/`; nothing
here names a standard profile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from ..model import Role

ANY_MEDIA_STORAGE = "any-media-storage"
"""Stands in a profile for every SOP Class that PS3.4 Annex I lets a medium hold."""


class Requirement(Enum):
    """What a role must support (PS3.11 8)."""

    MANDATORY = "M"
    OPTIONAL = "O"
    STATEMENT = "CS"
    MANDATORY_STATEMENT = "M_CS"
    UNDEFINED = "U"


@dataclass(frozen=True, slots=True)
class Condition:
    """When a Type 1C or 2C key is required of a record, judged on the instance.

    `present`: that element is in the instance; `nonempty`: and has a value;
    `equals`: its first value is one of `values`.
    """

    op: str
    keyword: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DirectoryKey:
    """A key of a Directory Record, with its type (1, 1C, 2, 2C, 3) and its condition.

    `computed` names how the value is made when it is not a copy of the instance's element;
    `supply` names how the File-set Creator finds a value that the instance lacks.
    """

    record: str
    keyword: str
    type: str
    when: Condition | None = None
    computed: str = ""
    supply: str = ""
    citation: str = ""


@dataclass(frozen=True, slots=True)
class ObjectRow:
    """A row of a profile's table of SOP Classes and Transfer Syntaxes (PS3.11 X.3.1)."""

    sop_class: str
    transfer_syntaxes: tuple[str, ...]
    requirement: Mapping[Role, Requirement]
    citation: str


@dataclass(frozen=True, slots=True)
class DirectoryDemands:
    """What a profile wants of the DICOMDIR (PS3.11 X.3.3)."""

    information_required: bool
    empty_allowed: bool
    all_referenced: bool
    citation: str


@dataclass(frozen=True, slots=True)
class ApplicationProfile:
    """A named selection of choices at every layer of media storage (PS3.11 6)."""

    id: str
    name: str
    annex: str
    roles: tuple[Role, ...]
    objects: tuple[ObjectRow, ...]
    directory: DirectoryDemands
    keys: tuple[DirectoryKey, ...]
    media: tuple[str, ...]
    security: str
    retired: bool = False

    @property
    def secure(self) -> bool:
        """Whether the File-set or its transport is protected (PS3.15)."""
        return self.security != "none"

    def to_json(self) -> dict[str, object]:
        """The profile as `mediakit profiles --json` lists it."""
        return {
            "id": self.id,
            "name": self.name,
            "annex": self.annex,
            "retired": self.retired,
            "secure": self.secure,
            "media": list(self.media),
            "roles": [role.name for role in self.roles],
        }


@dataclass(frozen=True, slots=True)
class PhysicalMedium:
    """A medium of PS3.12: `formats` in order of preference, `capacity` in bytes."""

    id: str
    name: str
    annex: str
    formats: tuple[str, ...]
    capacity: int
    general: str
