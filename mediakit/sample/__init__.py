"""Synthetic studies to try the tool on, laid out as carelessly as a real heap.

Seven patients in seven character sets, every kind of object that a discharge CD meets, and
what lies between them on a real disk: a note, a thumbnail, an empty file. No real person,
no clock, nothing random: the same bytes on every machine. Stands outside the flow; the verb
`sample` and the repository's own samples come from here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..errors import OutputError, OutputExists
from . import documents, images, pictures
from .dataset import part10
from .modules import patient, study


def write_samples(out: Path, *, force: bool = False) -> tuple[Path, ...]:
    """Write the studies into the folder, which is made if need be, and give the paths written.

    A file of that name with other content raises OutputExists before anything is written,
    unless `force` is given; what else lies in the folder stays. Raises OutputError when the
    folder cannot be written.
    """
    files = {out / name: data for name, data in _heap()}
    try:
        for path, data in files.items():
            if not force and path.exists() and path.read_bytes() != data:
                raise OutputExists(f"{path} exists already and is another file.", "Choose an empty folder.")
        for path, data in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    except OSError as error:
        raise OutputError(
            f"The samples cannot be written into {out}: {error.strerror}.", "Choose another folder."
        ) from error
    return tuple(files)


def _heap() -> Iterator[tuple[str, bytes]]:
    """The name of each file, with slashes, and its bytes."""
    yield from _patient_a()
    yield from _patient_b()
    yield from _patient_c()
    yield from _other_scripts()


def _patient_a() -> Iterator[tuple[str, bytes]]:
    """ISO 8859-1: a CT with presentation state, report and key images, and an MR, on two days."""
    person = patient("ISO_IR 100", "Müller^Jörg", "SAMPLE-A", "19610407", "M")
    thorax = study(person, 1, "20240311", "101500", "CT Thorax nüchtern")
    slices = [images.ct_slice(thorax, 2, number) for number in range(1, 13)]
    # Named against the order of their Instance Numbers, as exports by acquisition time are.
    for number, each in enumerate(reversed(slices), 1):
        yield f"patient-a/ct thorax/axial 5mm/IMG{number:04d}.dcm", part10(each)
    yield "patient-a/ct thorax/axial 5mm/thumbnail.jpg", pictures.thumbnail()
    yield "patient-a/ct thorax/lung window", part10(documents.presentation_state(thorax, 3, slices[5]))
    report = documents.text_report(
        thorax, 4, "Rundherd im rechten Oberlappen, 18 mm groß.", "Kontrolle in drei Monaten empfohlen."
    )
    yield "patient-a/ct thorax/report.dcm", part10(report)
    yield "patient-a/ct thorax/KEY IMAGES.DCM", part10(documents.key_objects(thorax, 5, slices[5:7]))
    skull = study(person, 2, "20240418", "083000", "MR Schädel")
    for number in range(1, 7):
        yield f"patient-a/mr head/{number:08d}", part10(images.mr_slice(skull, 1, number))
    yield "patient-a/notes.txt", b"Patient A: two studies. All of it is synthetic.\n"


def _patient_b() -> Iterator[tuple[str, bytes]]:
    """UTF-8: a radiograph and the letter that came with it."""
    person = patient("ISO_IR 192", "Žižková^Božena", "SAMPLE-B", "19790923", "F")
    hand = study(person, 1, "20240502", "142000", "Rentgen ruky")
    yield "patient-b/cr hand/image.dcm", part10(images.cr_image(hand, 1))
    yield "patient-b/cr hand/referral letter.pdf.dcm", part10(documents.letter(hand, 2))


def _patient_c() -> Iterator[tuple[str, bytes]]:
    """The default repertoire, so no Specific Character Set: a cine loop and an ECG."""
    person = patient("", "Sample^Charlie", "SAMPLE-C", "19500101", "O")
    heart = study(person, 1, "20240603", "091000", "Heart")
    yield "patient-c/us heart/cine", part10(images.us_cine(heart, 1))
    yield "patient-c/ecg 12 lead.DCM", part10(documents.ecg(heart, 2))
    yield "patient-c/upload.tmp", b""


def _other_scripts() -> Iterator[tuple[str, bytes]]:
    """Cyrillic, Greek, Japanese and Chinese: one image each; the names say that they are samples."""
    cyrillic = patient("ISO_IR 144", "Образцова^Проба", "SAMPLE-D", "19850612", "F")
    yield "patient-d/CT0001", part10(images.ct_slice(study(cyrillic, 1, "20240704", "120000", "КТ"), 1, 6))
    greek = patient("ISO_IR 126", "Δείγμα^Δοκιμή", "SAMPLE-E", "19900228", "F")
    yield (
        "patient-e/scan.dcm",
        part10(images.secondary_capture(study(greek, 1, "20240805", "120000", "Οθόνη"), 1)),
    )
    # PS3.5 H.3: Roman, ideographic and phonetic groups; escapes switch between the sets.
    japanese = patient(
        "\\ISO 2022 IR 87", "Shiken^Hanako=試験^花子=しけん^はなこ", "SAMPLE-F", "19720315", "F"
    )
    yield (
        "patient-f/scan.dcm",
        part10(images.secondary_capture(study(japanese, 1, "20240906", "120000", "画面"), 1)),
    )
    chinese = patient("GB18030", "Yangben^Xiaoming=样本^小明", "SAMPLE-G", "20010101", "M")
    yield (
        "patient-g/scan.dcm",
        part10(images.secondary_capture(study(chinese, 1, "20241007", "120000", "屏幕"), 1)),
    )
