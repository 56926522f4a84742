"""What is on this medium? Facts only: formats, directory, patients, studies, series, records.

    medium -> formats -> read -> Inspection

Nothing is judged here; `verify` does that. The contents are those that the directory tells,
because that is what a viewer shows; without a usable directory they come from the files.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import __version__
from .contents import PatientContents, SeriesContents, StudyContents, contents_of
from .dicomdir import DirectoryView, RecordView
from .dictionary import keyword_of, tag_text
from .formats import read_medium
from .model import Attributes
from .patience import Patience
from .profile.records import load_records
from .progress import Cancel, ProgressCallback, Watch
from .protection import Access
from .read import FileSetView, read_file_set
from .secure.oids import name_of
from .values import text, texts

_STRUCTURE = range(0x0004_1400, 0x0004_1510)
"""The elements of a record that `InspectedRecord` holds under names of its own."""


@dataclass(frozen=True, slots=True)
class InspectedRecord:
    """A Directory Record in the order of the tree.

    `level` is 0 in the root; `parent` is the place of the parent among the records;
    `number` counts the items of the DICOMDIR from 0, `offset` its bytes. A key with several values has them
    as a tuple.
    """

    level: int
    parent: int | None
    number: int
    offset: int
    type: str
    in_use: bool
    file_id: tuple[str, ...] | None
    keys: Mapping[str, str | tuple[str, ...]]

    def to_json(self) -> dict[str, Any]:
        """The entry of `records`."""
        keys = {name: value if isinstance(value, str) else list(value) for name, value in self.keys.items()}
        return {
            "level": self.level,
            "parent": self.parent,
            "record": self.number,
            "offset": self.offset,
            "type": self.type,
            "in_use": self.in_use,
            "file_id": None if self.file_id is None else list(self.file_id),
            "keys": keys,
        }


@dataclass(frozen=True, slots=True)
class Secure:
    """What can be seen of Secure DICOM Files: how many there are, how many were opened, and for whom.

    `recipients` are serial numbers or key identifiers of certificates, or the word password, each
    with the number of files that are for it; `ciphers` and `signers` likewise.
    """

    files: int
    opened: int
    recipients: Mapping[str, int]
    ciphers: Mapping[str, int]
    signers: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        """The `secure` part of the document."""
        return {
            "files": self.files, "opened": self.opened, "recipients": dict(self.recipients),
            "ciphers": dict(self.ciphers), "signers": dict(self.signers),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was seen; `formats` pairs the format's word with the evidence for it.

    `size` is that of the image or of a folder's files, in bytes. `directory` is the path of the
    DICOMDIR that was read. `files` counts all files, those that hold an instance, of these
    those without a record, and the files that a record names in vain.
    """

    path: str
    formats: tuple[tuple[str, str], ...]
    size: int
    id: str
    uid: str
    directory: str | None
    contents: tuple[PatientContents, ...]
    files: Mapping[str, int]
    secure: Secure | None
    anomalies: tuple[str, ...]
    records: tuple[InspectedRecord, ...]

    def to_json(self) -> dict[str, Any]:
        """The document `mediakit/inspect/1`."""
        studies = [study for patient in self.contents for study in patient.studies]
        return {
            "schema": "mediakit/inspect/1",
            "mediakit": __version__,
            "medium": {
                "path": self.path,
                "formats": [{"id": id, "evidence": evidence} for id, evidence in self.formats],
                "size": self.size,
            },
            "file_set": {
                "id": self.id,
                "uid": self.uid,
                "directory": self.directory,
                "patients": len({patient.id for patient in self.contents}),
                "studies": len(studies),
                "series": sum(len(study.series) for study in studies),
                "instances": sum(study.instances for study in studies),
                "contents": [patient.to_json() for patient in self.contents],
            },
            "files": dict(self.files),
            "secure": self.secure.to_json() if self.secure else None,
            "anomalies": list(self.anomalies),
            "records": [record.to_json() for record in self.records],
        }


def inspect(
    medium: str | os.PathLike[str],
    *,
    access: Access = Access(),
    progress: ProgressCallback | None = None,
    cancel: Cancel | None = None,
) -> Inspection:
    """Read a folder or an image and say what is on it; Secure DICOM Files are opened with `access`.

    Raises SourceUnreadable when the medium does not exist, MediumError when it is none, and
    Cancelled.
    """
    path = Path(medium)
    patience = Patience(check=Watch(progress, cancel).check)
    view = read_file_set(
        read_medium(path, patience), load_records().wanted, progress, cancel,
        patience=patience, opening=access.opening(),
    )  # fmt: skip
    found = [file.instance for file in view.instances() if file.instance]
    directory = view.directory
    return Inspection(
        path=str(path),
        formats=tuple((each.evidence.id, each.evidence.text) for each in view.media),
        size=view.media[0].size,
        id=view.id,
        uid=view.uid,
        directory="/".join(view.directory_path) if view.directory_path else None,
        contents=_contents(directory) if directory and directory.records else contents_of(found),
        files=_files(view),
        secure=_secure(view),
        anomalies=tuple(_anomalies(view)),
        records=tuple(_records(directory)) if directory else (),
    )


def _files(view: FileSetView) -> dict[str, int]:
    named = {reference.path for reference in view.references}
    instances = [file.path for file in view.instances()]
    return {
        "total": len(view.files),
        "instances": len(instances),
        "unreferenced": sum(path not in named for path in instances),
        "missing": sum(path not in view.files for path in named),
    }


def _secure(view: FileSetView) -> Secure | None:
    """What can be seen of envelopes; an e-mail that is encrypted as a whole counts as one file."""
    closed = [file.is_closed for file in view.files.values() if file.opened]
    opened = [file.opened for file in view.files.values() if file.opened]
    if view.mail and (view.mail.envelope or view.mail.signed):
        closed.append(not view.mail.is_open)
        opened += [each for each in (view.mail.envelope, view.mail.signed) if each]
    if not closed:
        return None
    outers = [each.outer for each in opened if each.outer]
    return Secure(
        len(closed),
        closed.count(False),
        Counter(recipient.shown for outer in outers for recipient in outer.recipients),
        Counter(name_of(outer.algorithm) for outer in outers),
        Counter(signer.name for each in opened for signer in each.signers),
    )


def _anomalies(view: FileSetView) -> Iterator[str]:
    seen = [anomaly for medium in view.media for anomaly in medium.anomalies]
    seen += view.directory.anomalies if view.directory else ()
    for anomaly in seen:
        where = "" if anomaly.offset is None else f" at byte {anomaly.offset:,}"
        yield f"{anomaly.kind}{where}{': ' if anomaly.detail else ''}{anomaly.detail}"


def _walk(directory: DirectoryView) -> Iterator[tuple[int, RecordView]]:
    """Every record with its level, parents first; a loop, for the tree may be of any depth."""
    waiting = [(0, record) for record in reversed(directory.roots)]
    while waiting:
        level, record = waiting.pop()
        yield level, record
        waiting += [(level + 1, child) for child in reversed(record.children)]


def _records(directory: DirectoryView) -> Iterator[InspectedRecord]:
    places: list[int] = []
    for place, (level, record) in enumerate(_walk(directory)):
        places[level:] = [place]
        yield InspectedRecord(
            level=level,
            parent=places[level - 1] if level else None,
            number=record.index,
            offset=record.offset,
            type=record.type,
            in_use=record.in_use,
            file_id=None if record.file_id is None else record.file_id.components,
            keys=dict(_keys(record.keys)),
        )


def _keys(keys: Attributes) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """The values as text by keyword, by tag where there is no keyword; no sequences, no bytes."""
    for element in keys:
        if element.tag in _STRUCTURE or element.vr in ("SQ", "OB", "OW", "UN"):
            continue
        values = texts(keys, element.tag)
        yield _name(element.tag), values if len(values) > 1 else "".join(values)


def _name(tag: int) -> str:
    try:
        return keyword_of(tag)
    except KeyError:
        return tag_text(tag)


def _contents(directory: DirectoryView) -> tuple[PatientContents, ...]:
    """Patients, studies and series as the records tell them."""
    return tuple(
        PatientContents(
            text(patient.keys, "PatientID"),
            text(patient.keys, "PatientName"),
            text(patient.keys, "PatientBirthDate"),
            tuple(_study(study) for study in _of("STUDY", patient.children)),
        )
        for patient in _of("PATIENT", directory.roots)
    )


def _study(record: RecordView) -> StudyContents:
    keywords = ("StudyInstanceUID", "StudyDate", "StudyDescription", "AccessionNumber")
    uid, date, description, accession = (text(record.keys, keyword) for keyword in keywords)
    series = tuple(_series(each) for each in _of("SERIES", record.children))
    return StudyContents(uid, date, description, accession, series)


def _series(record: RecordView) -> SeriesContents:
    keywords = ("SeriesInstanceUID", "SeriesNumber", "Modality", "SeriesDescription")
    uid, number, modality, description = (text(record.keys, keyword) for keyword in keywords)
    return SeriesContents(uid, number, modality, description, len(record.children))


def _of(type: str, records: Iterable[RecordView]) -> Iterator[RecordView]:
    return (record for record in records if record.type == type and record.in_use)
