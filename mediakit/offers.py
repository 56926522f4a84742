"""What instances a medium offers: FileSetView -> Offers, in the order in which people see them.

The directory comes first, then what only searching finds. An instance that the directory
promises and the medium does not hold is an offer too, with the reason why it cannot be had.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .errors import Locked
from .extraction import Missing
from .formats.tree import Path as Names
from .lookup import How
from .model import Attributes, BytesContent, Instance
from .read import FileSetView, Reference
from .secure.verdict import Decryption
from .values import text
from .verification import is_locked, lost


@dataclass(frozen=True, slots=True)
class Offer:
    """An instance as the medium offers it: its file, how it was found, or why it cannot be had.

    `recovery` is `none` when the directory leads to it under its name, `spelling`, `extension` or
    `moved` when the name was not quite that, `searched` when no record leads to it, `scanned`
    when there is no directory.
    """

    instance: Instance
    path: Names
    recovery: str
    reason: str = ""

    @property
    def source(self) -> str:
        """Its path on the medium in one text."""
        return "/".join(self.path)

    @property
    def is_known(self) -> bool:
        """Whether anything is known by which it can be selected, or left out."""
        return len(self.instance.keys) > 0


def offered_by(view: FileSetView) -> Iterator[Offer]:
    """Every instance of the directory in its order, then what only searching finds."""
    seen = set()
    for reference in view.references:
        if reference.record.in_use and reference.path not in seen:
            seen.add(reference.path)
            yield _referenced(reference)
    deleted = {each.path for each in view.references if not each.record.in_use}
    recovery = "searched" if view.directory else "scanned"
    for file in view.instances():
        if file.instance and file.path not in seen and file.path not in deleted:
            yield Offer(file.instance, file.path, recovery, _fault(file.instance))
    for file in view.unknown():
        yield Offer(_unknown(file.name), file.path, "none", f"{file.reason}; it may be an instance")
    if view.is_unsurveyed:
        yield Offer(
            _unknown(""), (), "none", "part of the medium cannot be read, and no directory tells of it"
        )
    for file in view.files.values():
        if file.is_closed and file.path not in seen and file.path not in view.directories:
            yield Offer(_unknown(file.name), file.path, "none", file.reason)


def refuse_if_locked(view: FileSetView) -> None:
    """Raise Locked when there are Secure DICOM Files and nothing but them, and none can be opened."""
    closed = [file for file in view.files.values() if is_locked(file)]
    mail = view.mail.envelope if view.mail else None
    opened = [file.opened for file in closed if file.opened] + ([mail] if mail else [])
    if opened and not view.instances() and opened[0].locked:
        what = "The e-mail is" if view.mail else f"{len(closed):,} files are"
        raise Locked(
            f"{what} encrypted and cannot be opened: {opened[0].decryption.value}. Nothing was written.",
            "Give the key and certificate, or the password, for which the medium was made.",
        )


def why_closed(view: FileSetView) -> str:
    """Why nothing is offered of an e-mail that is there; empty where there is none or it is open."""
    if view.mail is None or view.mail.is_open:
        return ""
    envelope = view.mail.envelope
    if envelope and envelope.decryption is not Decryption.OPENED:
        return envelope.why_closed
    return "no right signature vouches for its content"


def _referenced(reference: Reference) -> Offer:
    file, recovery = reference.file, "none" if reference.how is How.EXACT else reference.how.value
    if file and file.instance:
        return Offer(file.instance, file.path, recovery, _fault(file.instance))
    reason = file.reason if file else "the file is not on the medium"
    return Offer(promised_by(reference), reference.named, "none", reason)


def promised_by(reference: Reference) -> Instance:
    """What the directory says of an instance that is not there, so that it can be selected by it."""
    record = reference.record
    keys: dict[int, tuple[str, bytes]] = {}
    for each in (*reversed(tuple(record.ancestors)), record):
        keys |= {tag: (vr, value) for tag, vr, value in each.keys}
    return _empty(
        text(record.keys, 0x0004_1510),
        text(record.keys, 0x0004_1511),
        Attributes.of((tag, vr, value) for tag, (vr, value) in keys.items()),
        "/".join(reference.named),
    )


def _unknown(origin: str) -> Instance:
    """What stands for an instance of which nothing is known but its file."""
    return _empty("", "", Attributes(), origin)


def _empty(sop_class: str, sop_instance: str, keys: Attributes, origin: str) -> Instance:
    """An instance without content."""
    return Instance(
        sop_class=sop_class,
        sop_instance=sop_instance,
        transfer_syntax="",
        keys=keys,
        file_meta=Attributes(),
        preamble=None,
        anomalies=(),
        content=BytesContent(b""),
        origin=origin,
    )


def _fault(instance: Instance) -> str:
    """Why an instance that is there is not whole; empty when it is."""
    anomaly = lost(instance)
    return f"incomplete: {anomaly.detail or anomaly.kind}" if anomaly else ""


def sort_out(offers: Iterable[Offer]) -> tuple[list[Offer], list[Missing], list[Offer]]:
    """What can be taken, what is missing, and further files of an instance that is taken."""
    taken: dict[str, Offer] = {}
    missing: list[Offer] = []
    again = []
    for offer in offers:
        uid = offer.instance.sop_instance
        if offer.reason:
            missing.append(offer)
        elif uid and uid in taken:
            again.append(offer)
        else:
            taken[uid or offer.source] = offer
    # A copy elsewhere on the medium makes up for one that is damaged.
    return (
        list(taken.values()),
        [missing_of(each) for each in missing if each.instance.sop_instance not in taken],
        again,
    )


def missing_of(offer: Offer, reason: str = "") -> Missing:
    """The offer as one that cannot be had, for its own reason or the given one."""
    keys = offer.instance.keys
    return Missing(
        offer.source,
        offer.instance.sop_instance,
        text(keys, "PatientID"),
        text(keys, "StudyInstanceUID"),
        text(keys, "SeriesInstanceUID"),
        reason or offer.reason,
    )
