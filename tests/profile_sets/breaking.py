"""For each profile the File-sets that break it in one thing each, with the rules that must say so.

The tables of the facts lead: every kind of constraint that a profile has is broken at least once.
Where several profiles share a table, all its rows are broken under the first of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.builders import FILE_SET_ID, FILE_SET_UID, FileSetFolder

from . import attribute_breaks, key_breaks
from .attribute_breaks import Case
from .conforming import conforming, plain_ct
from .dataset import DEFLATED, EXPLICIT, IMPLICIT, J2K_LOSSLESS, JPEG_BASELINE, JPEG_LOSSLESS, VIDEO, Made
from .documents import gsps, pdf, raw
from .facts import ANY, BY_STATEMENT, MULTI_FRAME, Facts, profiles
from .folder import directory, envelope, file_set
from .images import CT, SC, US, US_MULTI_FRAME, XA, ct, movie, sc, ultrasound, xa

PLAIN_IN_SECURE = "PROF-017"
RULES = {
    "SOP class": "PROF-001",
    "transfer syntax": "PROF-002",
    "directory information": "PROF-004",
    "empty directory": "PROF-005",
    "key": "PROF-006",
    "medium": "PROF-007",
    "attribute value": "PROF-008",
    "photometric pair": "PROF-009",
    "attribute type": "PROF-010",
    "module in items": "PROF-011",
    "condition of a row": "PROF-012",
    "icon": "PROF-013",
    "at least one": "PROF-015",
    "secure file": "PROF-016",
    "plain file": PLAIN_IN_SECURE,
    "claim": "PROF-018",
    "plain e-mail": "PROF-019",
    "overlay": "PROF-020",
    "unreferenced file": "FSET-006",
    "no DICOMDIR": "FSET-001",
}
"""The rule that each kind of breach is told by."""


@dataclass(frozen=True)
class Broken:
    """A File-set that breaks a profile; `rules` are the errors that must be found, and no others."""

    profile: str
    kind: str
    what: str
    rules: frozenset[str]
    make: Callable[[], FileSetFolder] = field(repr=False, compare=False)
    claim: str | None = None
    image: str = ""

    @property
    def id(self) -> str:
        """The name of its test."""
        return f"{self.profile}: {self.kind}" + (f", {self.what}" if self.what else "")


def broken() -> Iterator[Broken]:
    """All of them, profile by profile."""
    seen: set[str] = set()
    for profile in profiles().values():
        for kind, cases in _kinds(profile, seen).items():
            yield from (_finished(profile, kind, case) for case in cases)


def _finished(profile: Facts, kind: str, case: Case) -> Broken:
    rules = {RULES[kind], *case.also}
    if profile.security == "BASIC_DICOM_MEDIA" and kind != "secure file":
        rules |= {PLAIN_IN_SECURE, "SEC-001"}
    if kind == "secure file":
        rules |= {"SEC-002", "SEC-012"}
    return Broken(profile.id, kind, case.what, frozenset(rules), case.make, case.claim, case.image)


def _kinds(profile: Facts, seen: set[str]) -> dict[str, list[Case]]:
    """The cases by kind; a kind that the profile does not have is empty."""
    return {
        "SOP class": _of(profile, other_classes(profile)),
        "transfer syntax": _of(profile, other_syntaxes(profile)),
        "condition of a row": _of(profile, [("RGB", sc("RGB"))] if profile.annex == "E" else []),
        **{
            kind: _of(profile, instances) for kind, instances in attribute_breaks.cases(profile, seen).items()
        },
        "key": key_breaks.keys(profile, seen),
        "icon": key_breaks.icons(profile, seen),
        "claim": claims(profile),
        "at least one": _of(profile, [("state alone", gsps())] if _state_alone(profile) else [], alone=True),
        "medium": media(profile),
        **directories(profile),
        **security(profile),
    }


def _of(profile: Facts, instances: list[tuple[str, Made]], alone: bool = False) -> list[Case]:
    """A File-set with a conforming instance beside each that breaks something."""
    good = () if alone else conforming(profile)[:1]
    return [Case(what, lambda made=made: file_set([*good, made], profile.id)) for what, made in instances]


def other_classes(profile: Facts) -> list[tuple[str, Made]]:
    """An instance of a SOP class that is not in the table; nothing where every class is."""
    if ANY in profile.sop_classes:
        return []
    if MULTI_FRAME in profile.sop_classes:
        return [("CT", ct())]
    found = [("document", pdf()), ("raw data", raw())]
    if US in profile.sop_classes and US_MULTI_FRAME not in profile.sop_classes:
        found.append(("multi-frame", ultrasound("RGB", EXPLICIT, multi_frame=True)))
    return found


def other_syntaxes(profile: Facts) -> list[tuple[str, Made]]:
    """Instances of a class in the table, in a transfer syntax that its row does not have."""
    if BY_STATEMENT in profile.syntaxes:
        return []
    found: list[tuple[str, Made]] = []
    if XA in profile.sop_classes:
        found += [("uncompressed XA", xa(EXPLICIT)), ("JPEG 2000", xa(J2K_LOSSLESS))]
        if JPEG_BASELINE not in profile.syntaxes:
            found.append(("JPEG Baseline", xa(JPEG_BASELINE)))
    if profile.annex == "B":
        found.append(("JPEG Lossless SC", _like_first(profile, SC, sc(syntax=JPEG_LOSSLESS))))
    if CT in profile.sop_classes or ANY in profile.sop_classes:
        found += [("Implicit VR", plain_ct().but(IMPLICIT)), ("deflated", plain_ct().but(DEFLATED))]
        found += [
            (name, ct(syntax))
            for name, syntax in (("JPEG 2000", J2K_LOSSLESS), ("JPEG Lossless", JPEG_LOSSLESS))
            if syntax not in profile.syntaxes
        ]
    if US in profile.sop_classes:
        found.append(("JPEG Lossless", ultrasound("MONOCHROME2", JPEG_LOSSLESS)))
    if profile.annex in "KL":
        found.append(("deflated", conforming(profile)[0].but(DEFLATED, SOPInstanceUID="2.25.7")))
    if MULTI_FRAME in profile.sop_classes:
        (syntax,) = (uid for uid in profile.syntaxes if uid.startswith(VIDEO))
        other = "102" if syntax.endswith(("100", "101")) else "100"
        found.append(("other video", movie(other)))
        if EXPLICIT not in profile.syntaxes:
            found.append(("uncompressed", ultrasound("RGB", EXPLICIT, multi_frame=True)))
    return found


def _like_first(profile: Facts, sop_class: str, made: Made) -> Made:
    """With what the profile's directory wants of the class, taken from a conforming instance."""
    like = next(each for each in conforming(profile) if each.sop_class == sop_class)
    return made.but(IconImageSequence=like.values["IconImageSequence"])


def _state_alone(profile: Facts) -> bool:
    """Whether the table has a class that is not among those of which one is wanted."""
    return bool(profile.at_least_one) and gsps().sop_class in profile.sop_classes


def claims(profile: Facts) -> list[Case]:
    """A conformance statement that claims nothing, or the classes without their transfer syntaxes."""
    asked = {value for rule in profile.objects for value in rule["requirement"].values()}
    if asked.isdisjoint(("CS", "M_CS")):
        return []
    made = conforming(profile)[:1]
    empty = "sop_class = []\ntransfer_syntax = []\n"
    found = [Case("of nothing", lambda: file_set(made, profile.id), claim=empty)]
    if BY_STATEMENT in profile.syntaxes:
        classes = f'sop_class = ["{made[0].sop_class}"]\ntransfer_syntax = ["{EXPLICIT}"]\n'
        found.append(Case("of no such syntax", lambda: file_set(made, profile.id), claim=classes))
    return found


def media(profile: Facts) -> list[Case]:
    """An ISO 9660 image, for every profile of a medium that does not have that file system."""
    if {"CD-R", "DVD"}.intersection(profile.media):
        return []
    return [Case("ISO 9660", lambda: file_set(conforming(profile)[:1], profile.id), image="iso9660")]


def directories(profile: Facts) -> dict[str, list[Case]]:
    """What X.3.3 asks of the DICOMDIR, and PS3.10 of every File-set."""
    made = conforming(profile)[:2]
    none = (RULES["at least one"],) if profile.at_least_one else ()

    def good() -> FileSetFolder:
        return file_set(made, profile.id)

    return {
        "directory information": [
            Case(
                "",
                lambda: FileSetFolder({"DICOMDIR": directory(FILE_SET_ID, FILE_SET_UID)}),
                (RULES["empty directory"], *none),
            )
        ],
        "empty directory": [Case("", lambda: file_set([], profile.id), none)],
        "unreferenced file": [Case("", lambda: good().but(DICOM__EXTRA=_another(profile).data))],
        "no DICOMDIR": []
        if profile.directory["rule"] == "OPTIONAL"
        else [Case("", lambda: good().but(DICOMDIR=None), (RULES["directory information"],))],
    }


def _another(profile: Facts) -> Made:
    return conforming(profile)[0].but(SOPInstanceUID="2.25.8")


def security(profile: Facts) -> dict[str, list[Case]]:
    """Secure DICOM Files where the profile has none, plain ones where it has nothing else."""
    made = conforming(profile)
    if profile.security == "BASIC_DICOM_MEDIA":
        return {"plain file": [Case("", lambda: file_set(made, profile.id))]}
    plain = [Case("", lambda: file_set(made, profile.id), image="mail")]
    return {
        "secure file": [
            Case("", lambda: file_set(made, profile.id).but(DICOM__SECURE=envelope(made[0].data)))
        ],
        "plain e-mail": plain if profile.security == "SECURE_EMAIL" else [],
    }
