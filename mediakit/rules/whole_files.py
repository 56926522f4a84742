"""FILE, FSET and XREF once more: what takes whole files, or all instances side by side.

Rules on `WholeFile` and `WholeFiles` are asked where every byte was read, and skipped where the
user chose to look at headers only; WHOLE lists them. The others need no more than headers.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..consistency import inconsistent
from ..dictionary import tag_of, uid_name
from ..model import Anomaly, Instance
from ..places import place_of
from ..read import FileSetView, FileView
from ..report import Place, Severity
from ..sop_class_names import RETIRED_SOP_CLASSES
from ..values import is_uid, person_name, text
from ..whole import WholeFile, WholeFiles
from . import Fact, Unchecked, rule

WHOLE = (WholeFile, WholeFiles)
"""The subjects of which nothing is known where only headers were read."""

_DICOM_ROOT = "1.2.840.10008."


def _seen(instance: Instance, *kinds: str) -> Iterator[Anomaly]:
    return (each for each in instance.anomalies if each.kind in kinds)


def _facts(instance: Instance, *kinds: str) -> Iterator[Fact]:
    """One fact for every anomaly of those kinds, in the reader's own words."""
    for each in _seen(instance, *kinds):
        yield Fact({"detail": each.detail}, Place(offset=each.offset))


@rule(
    "FILE-030",
    on=Instance,
    cites="PS3.5 A.4",
    says="Compressed Pixel Data contradicts itself: {detail}",
    advice="Readers that trust the offset table may show a wrong frame; have the file written again.",
)
def fragments_agree(instance: Instance) -> Iterator[Fact]:
    """Fragments have an even length, and a Basic Offset Table points to the first one of every frame."""
    yield from _facts(instance, "fragments")


@rule(
    "FILE-031",
    on=Instance,
    cites="PS3.5 A.4",
    says="Compressed Pixel Data holds fewer frames than Number of Frames says: {detail}",
    advice="Part of the image is missing. Fetch it again from its source.",
)
def frames_present(instance: Instance) -> Iterator[Fact]:
    """Every frame of compressed Pixel Data has a fragment at least."""
    yield from _facts(instance, "frames-missing")


@rule(
    "FILE-032",
    on=Instance,
    cites="PS3.5 8.1.1",
    severity=Severity.WARNING,
    says="Pixel Data is longer than rows, columns, bits and frames describe: {detail}",
    advice="Either the description or the number of frames is wrong; compare with the source.",
)
def nothing_beside_pixels(instance: Instance) -> Iterator[Fact]:
    """Native Pixel Data holds no more bytes than the attributes describe, but for one of padding."""
    yield from _facts(instance, "pixel-data-excess")


@rule(
    "FILE-033",
    on=WholeFile,
    cites="PS3.5 7.5",
    says="A sequence cannot be read to its end: {detail}",
    advice="Readers may stop here or show wrong values. Fetch the file again from its source.",
)
def sequences_readable(file: WholeFile) -> Iterator[Fact | Unchecked]:
    """The items of every sequence and the elements in them fill it exactly."""
    yield from _facts(file.instance, "sequence")
    for each in _seen(file.instance, "sequence-not-entered"):
        yield Unchecked(each.detail, Place(offset=each.offset))


@rule(
    "FILE-034",
    on=WholeFile,
    cites="PS3.10 7.1",
    says="The image cannot be decoded: {detail}",
    advice="The pixels are damaged or not what the transfer syntax says. Fetch the file again.",
)
def decodes(file: WholeFile) -> Iterator[Fact | Unchecked]:
    """The pixels decode in the transfer syntax that is stated; a sample of each series is tried."""
    yield from _facts(file.instance, "undecodable")
    for each in _seen(file.instance, "codec-missing"):
        yield Unchecked(each.detail)


@rule(
    "FSET-020",
    on=WholeFile,
    cites="PS3.10 8.1",
    says="The medium does not give the whole file: {detail}",
    advice="Clean the disc or try another drive; the rest of this object is lost on this medium.",
)
def read_to_the_end(file: WholeFile) -> Iterator[Fact | Unchecked]:
    """Every byte of a file can be read from the medium."""
    yield from _facts(file.instance, "medium-error")
    for each in _seen(file.instance, "not-read"):
        yield Unchecked(each.detail, Place(offset=each.offset))


@rule(
    "XREF-010",
    on=WholeFiles,
    cites="PS3.3 F.2.1",
    severity=Severity.NOTE,
    says="Two files are equal byte by byte",
    advice="Nothing is lost when one of them is imported.",
)
def contents_once(whole: WholeFiles) -> Iterator[Fact]:
    """No DICOM file is a copy of another one."""
    first: dict[str, Instance] = {}
    for file in whole.files:
        if file.instance and file.sha256:
            other = first.setdefault(file.sha256, file.instance)
            if other is not file.instance:
                because = "XREF-006" if file.instance.sop_instance else None
                yield Fact(place=place_of(file.instance, file.name), because=because, recovery="auto")


@rule(
    "XREF-011",
    on=FileSetView,
    cites="PS3.3 F.4",
    says="{reason}",
    advice="Images of two people or studies may be mixed. Ask the sender before importing any of them.",
)
def branches_do_not_mix(view: FileSetView) -> Iterator[Fact]:
    """The instances of a study are of one patient, those of a series of one study."""
    files = _first_of_branches(view)
    instances = [file.instance for file in files if file.instance]
    names = {id(file.instance): file.name for file in files}
    because = "XREF-005" if view.directory else None
    for instance, reason, _ in inconsistent(instances, {}):
        place = place_of(instance, names[id(instance)])
        yield Fact({"reason": reason}, place, because=because, recovery="ask")


def _first_of_branches(view: FileSetView) -> list[FileView]:
    """One file for all that agree in patient, study and series: most do, and are asked but once."""
    first: dict[tuple[bytes, ...], FileView] = {}
    for file in view.instances():
        if file.instance:
            first.setdefault(tuple([file.instance.keys.raw(tag) for tag in _BRANCH]), file)
    return list(first.values())


_BRANCH = tuple(
    map(
        tag_of,
        ("SpecificCharacterSet", "PatientID", "PatientName", "PatientBirthDate", "StudyInstanceUID",
         "SeriesInstanceUID"),
    )
)  # fmt: skip


@rule(
    "XREF-012",
    on=FileSetView,
    cites="PS3.3 F.5.1",
    severity=Severity.WARNING,
    says="Patient ID {id!r} stands with different {what}: {values}",
    advice="These may be two people. Ask the sender before importing any of them.",
)
def patient_is_one_person(view: FileSetView) -> Iterator[Fact]:
    """All instances with one Patient ID have the same name and birth date."""
    seen: dict[tuple[str, str], dict[str, Instance]] = {}
    names: dict[int, str] = {}
    for file in _first_of_branches(view):
        if file.instance and (patient := text(file.instance.keys, "PatientID")):
            names[id(file.instance)] = file.name
            for keyword, what in _IDENTITY:
                if value := text(file.instance.keys, keyword):
                    seen.setdefault((patient, what), {}).setdefault(value.upper().strip("^ "), file.instance)
    for (patient, what), values in seen.items():
        if len(values) > 1:
            *_, last = values.values()
            keyword = next(keyword for keyword, named in _IDENTITY if named == what)
            shown = " / ".join(person_name(text(each.keys, keyword)) for each in values.values())
            args = {"id": patient, "what": what, "values": shown}
            yield Fact(args, place_of(last, names[id(last)]), recovery="ask")


_IDENTITY = (("PatientName", "names"), ("PatientBirthDate", "birth dates"))


@rule(
    "FILE-035",
    on=FileSetView,
    cites="PS3.4 B.5",
    severity=Severity.NOTE,
    recovery="auto-with-note",
    says="The SOP class {sop_class} is retired",
    advice="Newer readers may not know it; its maker may offer a conversion.",
)
def sop_class_is_current(view: FileSetView) -> Iterator[Fact]:
    """The SOP class of an instance is not a retired one."""
    for file in view.instances():
        if file.instance and file.instance.sop_class in RETIRED_SOP_CLASSES:
            args = {"sop_class": uid_name(file.instance.sop_class)}
            yield Fact(args, place_of(file.instance, file.name))


@rule(
    "FILE-036",
    on=FileSetView,
    cites="PS3.4 B.5",
    severity=Severity.NOTE,
    recovery="auto-with-note",
    says="The SOP class {sop_class} is private",
    advice="Only software of its maker can show it.",
)
def sop_class_is_public(view: FileSetView) -> Iterator[Fact]:
    """The SOP class of an instance is one that the standard defines."""
    for file in view.instances():
        uid = file.instance.sop_class if file.instance else ""
        if file.instance and is_uid(uid) and not uid.startswith(_DICOM_ROOT):
            yield Fact({"sop_class": uid}, place_of(file.instance, file.name))
