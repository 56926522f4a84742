"""What the user asked for -> Job: every choice made, every contradiction found, nothing read yet."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .dictionary import tag_of
from .errors import OutputExists, UsageError
from .profile.load import media, profile
from .profile.model import ApplicationProfile, PhysicalMedium

MEDIUM_OF_SUFFIX = {".iso": "cd", ".img": "usb", ".zip": "zip", ".eml": "mail"}
"""What `create` without --medium means by the name of OUT."""


@dataclass(frozen=True, slots=True)
class Job:
    """A complete order for one File-set; `why` says in a sentence how the profile was chosen."""

    out: Path
    profiles: tuple[ApplicationProfile, ...]
    why: str
    medium: PhysicalMedium
    format: str
    capacity: int
    file_set_id: str | None
    supply: Mapping[str, str]
    leave_out: bool
    force: bool
    created: datetime


def plan_job(
    out: Path,
    profiles: str | Sequence[str],
    medium: str | None,
    format: str | None,
    capacity: int | None,
    file_set_id: str | None,
    supply: Mapping[str, str],
    leave_out: bool,
    force: bool,
    created: datetime | None,
) -> Job:
    """Decide on profile, medium and format. Raises UsageError, UnknownProfile, OutputExists."""
    _check_out(out, force)
    named = () if profiles == "auto" else (profiles,) if isinstance(profiles, str) else tuple(profiles)
    wanted = tuple(profile(identifier) for identifier in named)
    chosen = _medium(out, wanted, medium)
    if format is not None and format not in chosen.formats:
        raise UsageError(
            f"A {chosen.name} cannot hold the format {format!r}.",
            f"Its formats are: {', '.join(chosen.formats)}.",
        )
    if file_set_id is not None and not re.fullmatch(r"[A-Z0-9_]{0,16}", file_set_id):
        raise UsageError(
            f"{file_set_id!r} is no File-set ID: up to 16 characters of A-Z, 0-9 and _ are allowed.",
            "Choose another --file-set-id, or none to have one made.",
        )
    for keyword in supply:
        _check_keyword(keyword)
    why = (
        f"{' and '.join(p.id for p in wanted)} as asked for."
        if wanted
        else f"{chosen.general}: the general-purpose profile of a {chosen.name}."
    )
    return Job(
        out=out,
        profiles=wanted or (profile(chosen.general),),
        why=why,
        medium=chosen,
        format=format or chosen.formats[0],
        capacity=capacity or chosen.capacity,
        file_set_id=file_set_id,
        supply=dict(supply),
        leave_out=leave_out,
        force=force,
        created=created or datetime.now(UTC).astimezone(),
    )


def _check_out(out: Path, force: bool) -> None:
    if out.is_dir():
        raise UsageError(f"{out} is a folder.", "Give the name of an image file, such as disc.iso.")
    if not out.parent.is_dir():
        raise UsageError(f"The folder {out.parent} does not exist.", "Create it first, or correct -o.")
    if out.exists() and not force:
        raise OutputExists(f"{out} exists already.", "Choose another name, or say --force to replace it.")


def _medium(out: Path, wanted: Sequence[ApplicationProfile], medium: str | None) -> PhysicalMedium:
    """The medium as named, as the profiles fix it, or as the name of OUT says."""
    known = media()
    allowed = [word for word in known if all(word in each.media for each in wanted)]
    if wanted and not allowed:
        raise UsageError(
            f"No medium suits {' and '.join(each.id for each in wanted)} together.",
            "Name profiles of one medium.",
        )
    word = medium or (allowed[0] if wanted else MEDIUM_OF_SUFFIX.get(out.suffix.lower()))
    if word is None:
        raise UsageError(
            f"The name {out.name!r} does not say what kind of medium it shall be.",
            f"Say --medium ({', '.join(known)}), or let the name end in .iso.",
        )
    if word not in known:
        raise UsageError(f"The medium {word!r} cannot be written.", f"Media: {', '.join(known)}.")
    if word not in allowed:
        raise UsageError(
            f"{wanted[0].id} is no profile for a {known[word].name}.",
            f"Its media: {', '.join(wanted[0].media)}.",
        )
    return known[word]


def _check_keyword(keyword: str) -> None:
    try:
        tag_of(keyword)
    except KeyError as error:
        raise UsageError(
            f"{keyword!r} is no DICOM keyword.", "Write it as in --supply PatientID=12345."
        ) from error
