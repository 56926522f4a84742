"""What the user asked for -> Job: every choice made, every contradiction found, nothing read yet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .deflating import DEFLATING, Deflation
from .devices.file_system import file_system_of
from .dictionary import tag_of, vr_of
from .errors import OutputExists, UsageError
from .expectation import Expectation, read_expectation
from .included import Inclusion, included
from .keys import fault
from .people import ExpectedPatient, parse_expected
from .profile.claim import Claim, read_claim
from .profile.load import media, profile
from .profile.load import profiles as all_profiles
from .profile.model import ApplicationProfile, PhysicalMedium
from .profile.records import RecordTable, load_records, with_private_records
from .profile.select import candidates
from .protection import Protection
from .secure.envelope import Envelope
from .selection import Selection

MEDIUM_OF_SUFFIX = {".iso": "cd", ".img": "usb", ".zip": "zip", ".eml": "mail"}
"""What `create` without --medium means by the name of OUT."""

LOSSLESS, NEVER = "lossless", "never"
"""The words of --adapt: whether instances may be written in another encoding than they have."""

FOLDER = "folder"
"""The format that every medium and profile allows: a folder, or a mounted stick."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the user asked `create` for, in the user's words; see there for their meaning."""

    out: Path
    profiles: tuple[str, ...]
    medium: str | None
    format: str | None
    capacity: int | None
    file_set_id: str | None
    supply: Mapping[str, str]
    selection: Selection
    expect_patient: str | None
    expect: Path | None
    multi_patient: bool
    same_patient: bool
    leave_out: bool
    force: bool
    dry_run: bool
    institution: str
    contact: str
    manifest: Path | None
    created: datetime | None
    claim: Path | None = None
    profile_dirs: tuple[Path, ...] = ()
    private_records: bool = False
    icons: bool = False
    adapt: str = LOSSLESS
    include: tuple[str, ...] = ()
    protection: Protection = Protection()
    split: bool = False
    deflate: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """A complete order for one File-set; `why` says in a sentence how the profile was chosen.

    Where the choice is left to us, `profiles` are empty until the instances are known, and
    `candidates` are those among which to choose, in their order. `also` are narrower profiles
    that the File-set satisfies as well, once it has their keys. `envelope` is there where the
    profiles want protection. `volume` counts from 1. `deflation` knows what the files of an
    archive come to, once they are known, where they shall be deflated.
    """

    order: Order
    profiles: tuple[ApplicationProfile, ...]
    candidates: tuple[ApplicationProfile, ...]
    why: str
    medium: PhysicalMedium
    format: str
    capacity: int
    expected_patient: ExpectedPatient | None
    expectation: Expectation | None
    claim: Claim | None
    created: datetime
    also: tuple[ApplicationProfile, ...] = ()
    included: tuple[Inclusion, ...] = ()
    envelope: Envelope | None = None
    volume: int = 1
    volumes: int = 1
    deflation: Deflation | None = None

    @property
    def table(self) -> RecordTable:
        """The Directory Records that the directory may have."""
        return with_private_records() if self.order.private_records else load_records()

    @property
    def out(self) -> Path:
        """Where the finished medium will be."""
        return self.order.out

    @property
    def part(self) -> str:
        """Which of several media it is, in words; empty where there is one only."""
        kind = "disc" if self.format in ("iso", "udf", "bridge") else "medium"
        return f"{kind} {self.volume} of {self.volumes}" if self.volumes > 1 else ""


def plan_job(order: Order) -> Job:
    """Decide on profile, medium and format, and understand every word of the order.

    Raises UsageError, UnknownProfile, OutputExists, and SourceUnreadable for the list of
    what is expected.
    """
    check_out(order)
    wanted = tuple(profile(identifier, order.profile_dirs) for identifier in order.profiles)
    medium = _medium(order, wanted)
    _check_security(order.protection, wanted, medium, order.profile_dirs)
    formats = (*medium.formats, FOLDER)
    if order.format is not None and order.format not in formats:
        raise UsageError(
            f"A {medium.name} cannot hold the format {order.format!r}.",
            f"Its formats are: {', '.join(formats)}.",
        )
    if order.file_set_id is not None and not re.fullmatch(r"[A-Z0-9_]{0,16}", order.file_set_id):
        raise UsageError(
            f"{order.file_set_id!r} is no File-set ID: up to 16 characters of A-Z, 0-9 and _ are allowed.",
            "Choose another --file-set-id, or none to have one made.",
        )
    word = _format(order, medium)
    if word == FOLDER and any(each.security == "e-mail" for each in wanted):
        raise UsageError(
            f"{wanted[0].id} protects the e-mail and not the files in it, so a folder would be in clear.",
            "Let OUT end in .eml.",
        )
    if order.deflate and word not in DEFLATING:
        raise UsageError(
            f"The files of the format {word!r} are not deflated; those of a ZIP file can be.",
            f"Leave --deflate away, or choose a format of: {', '.join(DEFLATING)}.",
        )
    for keyword, value in order.supply.items():
        _check_supplied(keyword, value)
    if order.adapt not in (LOSSLESS, NEVER):
        raise UsageError(f"{order.adapt!r} is no word of --adapt.", f"The words are {LOSSLESS} and {NEVER}.")
    order.selection.check()
    created = order.created or datetime.now(UTC).astimezone()
    return Job(
        order=order,
        profiles=wanted,
        candidates=() if wanted else candidates(medium, all_profiles(order.profile_dirs)),
        why=f"{' and '.join(each.id for each in wanted)} as asked for.",
        medium=medium,
        format=word,
        capacity=order.capacity or medium.capacity,
        expected_patient=parse_expected(order.expect_patient) if order.expect_patient else None,
        expectation=read_expectation(order.expect) if order.expect else None,
        claim=read_claim(order.claim) if order.claim else None,
        created=created,
        included=included(order.include),
        envelope=order.protection.envelope(created) if any(each.secure for each in wanted) else None,
    )


def _check_security(
    given: Protection, wanted: Sequence[ApplicationProfile], medium: PhysicalMedium, folders: Sequence[Path]
) -> None:
    """Raise UsageError unless protection is named exactly where the profiles want it, and as they want it."""
    kinds = {each.security for each in wanted}
    if not kinds - {"none"}:
        if given.is_given:
            secure = [
                each.id for each in all_profiles(folders).values() if each.secure and medium.id in each.media
            ]
            raise UsageError(
                "Recipients, passwords and signing keys are for secure profiles, which are written on "
                "request only.",
                f"Name one with --profile; those of a {medium.name}: {', '.join(secure) or 'none'}.",
            )
        return
    if len(kinds) > 1:
        raise UsageError(
            f"{' and '.join(each.id for each in wanted)} differ in security: not together.",
            "Name profiles of one kind; `mediakit profiles --security cms` lists the secure ones.",
        )
    if "cms" in kinds and not (given.recipients or given.has_password):
        raise UsageError(
            f"{wanted[0].id} wants every file encrypted, and nobody is named who may open it.",
            "Name recipients with --recipient CERT.pem, or a password with --password-file FILE.",
        )
    if "e-mail" in kinds and (given.has_password or not (given.recipients and given.sign)):
        raise UsageError(
            f"{wanted[0].id} wants an e-mail that is signed by its sender and encrypted for its recipients.",
            "Say --sign-key KEY.pem --sign-cert CERT.pem --recipient CERT.pem; a password is not possible.",
        )


def _format(order: Order, medium: PhysicalMedium) -> str:
    """The format as named, a folder where OUT is one, else the first of the medium."""
    if order.format is None and _is_folder(order.out):
        return FOLDER
    return order.format or medium.formats[0]


def _is_folder(out: Path) -> bool:
    """Whether OUT is a folder already; a new one is asked for with --format folder."""
    return out.is_dir()


def check_out(order: Order) -> None:
    """Raise UsageError and OutputExists for names under which nothing can be written."""
    for path in filter(None, (order.out, order.manifest)):
        if not path.parent.is_dir():
            raise UsageError(f"The folder {path.parent} does not exist.", "Create it first, or correct -o.")
    if order.format == FOLDER and order.out.exists() and not order.out.is_dir():
        raise OutputExists(f"{order.out} is a file, not a folder.", "Choose another name.")
    for path in filter(None, (order.out, order.manifest)):
        if path.exists() and not path.is_dir() and not order.force:
            raise OutputExists(
                f"{path} exists already.", "Choose another name, or say --force to replace it."
            )
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise UsageError(
                f"{path} is a device or another special file.", "create writes images and folders only."
            )
    if order.manifest and order.manifest.is_dir():
        raise UsageError(f"{order.manifest} is a folder.", "Give --manifest the name of a file.")
    if order.manifest and order.manifest.resolve() == order.out.resolve():
        raise UsageError("The manifest and OUT have the same name.", "Give --manifest another name.")


def _medium(order: Order, wanted: Sequence[ApplicationProfile]) -> PhysicalMedium:
    """The medium as named, as the profiles fix it, or as the name of OUT says."""
    known = media()
    allowed = [word for word in known if all(word in each.media for each in wanted)]
    if wanted and not allowed:
        raise UsageError(
            f"No medium suits {' and '.join(each.id for each in wanted)} together.",
            "Name profiles of one medium.",
        )
    word = order.medium or (allowed[0] if wanted else MEDIUM_OF_SUFFIX.get(order.out.suffix.lower()))
    if word is None and (order.format == FOLDER or _is_folder(order.out)):
        word = _of_folder(order.out, known)
    if word is None:
        raise UsageError(
            f"The name {order.out.name!r} does not say what kind of medium it shall be.",
            f"Let it end in .iso, say --medium ({', '.join(known)}), or --format folder for a new folder.",
        )
    if word not in known:
        raise UsageError(f"The medium {word!r} cannot be written.", f"Media: {', '.join(known)}.")
    if word not in allowed:
        raise UsageError(
            f"{wanted[0].id} is no profile for a {known[word].name}.",
            f"Its media: {', '.join(wanted[0].media)}.",
        )
    return known[word]


def _of_folder(out: Path, known: Iterable[str]) -> str:
    """A mounted stick is one, as its file system tells; any other folder may become the first of media."""
    found = file_system_of(out)
    is_stick = found is not None and found.conforms is not None
    return MEDIUM_OF_SUFFIX[".img"] if is_stick else next(iter(known))


def _check_supplied(keyword: str, value: str) -> None:
    """Refuse a value that could not stand in a record."""
    try:
        vr = vr_of(tag_of(keyword))
    except KeyError as error:
        raise UsageError(
            f"{keyword!r} is no DICOM keyword.", "Write it as in --supply PatientID=12345."
        ) from error
    if problem := "it is empty" if not value.strip() else fault(vr, (value,), backslash="\\" in value):
        raise UsageError(f"--supply {keyword}={value}: {problem}.", "Give a value that the standard allows.")
