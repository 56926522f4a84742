"""Application Profiles, Directory keys and physical media as frozen values (PS3.11 6, PS3.12).

These are the slots that PS3.11 6 lists, in its order. The data is in `profiles/`; nothing
here names a standard profile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from ..model import Role
from .constraint import AtLeastOne, Condition, IconTable, ImageTable, ItemTable, Prose

__all__ = [
    "ANY_MEDIA_STORAGE",
    "CLAIMED",
    "ApplicationProfile",
    "Condition",
    "DirectoryDemands",
    "DirectoryKey",
    "ItemKey",
    "Items",
    "ObjectRow",
    "PhysicalMedium",
    "Requirement",
    "RetiredProfile",
    "SopClassSet",
]  # fmt: skip

ANY_MEDIA_STORAGE = "any-media-storage"
"""Stands in a profile for every SOP Class that PS3.4 Annex I lets a medium hold."""


CLAIMED = "claimed"
"""Stands for the transfer syntaxes that the claimant's conformance statement names."""


class Requirement(Enum):
    """What a role must support (PS3.11 8)."""

    MANDATORY = "M"
    OPTIONAL = "O"
    STATEMENT = "CS"
    MANDATORY_STATEMENT = "M_CS"
    UNDEFINED = "U"


@dataclass(frozen=True, slots=True)
class ItemKey:
    """An attribute that the items of a key hold (PS3.3 10, C.17, and the rows marked > in F.5).

    It is required where none of `instead` has a value, and where `when` holds for the item.
    """

    keyword: str
    type: str
    instead: tuple[str, ...] = ()
    when: Condition | None = None
    items: Items | None = None


@dataclass(frozen=True, slots=True)
class Items:
    """What a sequence holds: `least` to `most` items (None: any number), and what is in each."""

    keys: tuple[ItemKey, ...]
    least: int = 1
    most: int | None = None


@dataclass(frozen=True, slots=True)
class DirectoryKey:
    """A key of a Directory Record, with its type (1, 1C, 2, 2C, 3) and its condition.

    `computed` names how the value is made when it is not a copy of the instance's element;
    `supply` names how the File-set Creator finds a value that the instance lacks. A key
    `within` a sequence is asked of every item of it, where the record has the sequence. A
    sequence has `items`, as far as the standard says what is in them.
    """

    record: str
    keyword: str
    type: str
    when: Condition | None = None
    computed: str = ""
    supply: str = ""
    citation: str = ""
    within: str = ""
    items: Items | None = None


@dataclass(frozen=True, slots=True)
class ObjectRow:
    """A row of a profile's table of SOP Classes and Transfer Syntaxes (PS3.11 X.3.1).

    `sop_class` is a UID or the name of a set; the row holds for instances that meet `when`.
    `reading` says how the row is understood where the standard can be read in several ways.
    """

    sop_class: str
    transfer_syntaxes: tuple[str, ...]
    requirement: Mapping[Role, Requirement]
    citation: str
    when: Condition | None = None
    reading: str = ""


@dataclass(frozen=True, slots=True)
class DirectoryDemands:
    """What a profile wants of the DICOMDIR (PS3.11 X.3.3).

    With `required` False a File-set may do without one, and the rest is asked of one that is
    there. `all_referenced` is None where the profile leaves it to PS3.3 F.2.1.
    """

    information_required: bool
    empty_allowed: bool
    all_referenced: bool | None
    citation: str
    required: bool = True
    reading: str = ""


@dataclass(frozen=True, slots=True)
class ApplicationProfile:
    """A named selection of choices at every layer of media storage (PS3.11 6).

    `security` is none, cms (every file is a Secure DICOM File) or e-mail; `modalities` are those
    of its images, empty where any may be; `extends` names the profile that a user's one adds to.
    """

    id: str
    name: str
    annex: str
    roles: tuple[Role, ...]
    objects: tuple[ObjectRow, ...]
    directory: DirectoryDemands
    keys: tuple[DirectoryKey, ...]
    media: tuple[str, ...]
    security: str
    images: tuple[ImageTable, ...] = ()
    items: tuple[ItemTable, ...] = ()
    icons: tuple[IconTable, ...] = ()
    at_least_one: tuple[AtLeastOne, ...] = ()
    prose: tuple[Prose, ...] = ()
    readings: tuple[str, ...] = ()
    modalities: tuple[str, ...] = ()
    extends: str = ""

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
            "retired": False,
            "secure": self.secure,
            "media": list(self.media),
            "roles": [role.name for role in self.roles],
        }


@dataclass(frozen=True, slots=True)
class RetiredProfile:
    """A profile of an earlier edition: known by name, but no medium is judged by it."""

    id: str
    annex: str
    medium: str
    last: str

    @property
    def name(self) -> str:
        """What it was, in a few words."""
        return f"retired; last defined in {self.last}, for a {self.medium}"

    @property
    def media(self) -> tuple[str, ...]:
        """None of today's media."""
        return ()

    @property
    def secure(self) -> bool:
        """None of them was."""
        return False

    def to_json(self) -> dict[str, object]:
        """The profile as `mediakit profiles --json` lists it: it has no medium and no role today."""
        return {
            "id": self.id,
            "name": self.name,
            "annex": self.annex,
            "retired": True,
            "secure": False,
            "media": [],
            "roles": [],
        }


@dataclass(frozen=True, slots=True)
class SopClassSet:
    """SOP classes that profiles name together, as of an edition; `open` to those that came later."""

    name: str
    edition: str
    open: bool
    classes: frozenset[str]


@dataclass(frozen=True, slots=True)
class PhysicalMedium:
    """A medium of PS3.12: `formats` in order of preference, `capacity` in bytes.

    A capacity of 0 is that of the volume at hand. `general` are the profiles to try first.
    The rest is what the annex fixes for its format: `iso_level` the Level of
    ISO 9660, `udf` its revisions, the one to write first, `fat` the
    widths of FAT entries, `partitioned` whether to write a partition table, `sector` its bytes,
    `clusters` the sectors that a cluster may have (none: any). `like` is a profile whose tables
    say what may lie on a medium for which PS3.11 has no profile.
    """

    id: str
    name: str
    annex: str
    formats: tuple[str, ...]
    capacity: int
    general: tuple[str, ...]
    iso_level: int = 1
    udf: tuple[str, ...] = ()
    fat: tuple[int, ...] = ()
    partitioned: bool = True
    sector: int = 512
    clusters: tuple[int, ...] = ()
    like: str = ""
