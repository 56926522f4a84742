"""The bytes of a MIME message -> MediumView: its parts as files under the names they give (PS3.12 K.1.2).

A DICOM file is known by its type, or by an extension where a mail program has lost the type.
Parts without any name, such as a letter that goes with the files, are passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...model import Content
from ..structures import Structures
from ..tree import Evidence, MediumView, Path, StoredFile, anomalies
from .facts import (
    EXTENSIONS,
    MimeMessage,
    NamedPart,
    Part,
    is_archive,
    is_dicom,
    is_encrypted,
    name_of,
)
from .message import Parser, path_of
from .recognition import ID, detect


def what_it_carries(image: Content) -> Part | None:
    """The first part of a message that is a DICOM file, an archive or encrypted; None without any.

    Raises OSError.
    """
    structures = Structures.of(image)
    with structures.open() as stream:
        return carried(Parser(image, stream, structures).parts())


def carried(parts: Iterable[Part]) -> Part | None:
    """The first of the parts that is a DICOM file, an archive or encrypted; None without any."""
    kinds = (is_dicom, is_archive, is_encrypted)
    return next((part for part in parts if any(each(part) for each in kinds)), None)


def read(image: Content, structures: Structures | None = None) -> MediumView:
    """The message's files in its order, and a MimeMessage as facts.

    Raises OSError when the message cannot be opened or read.
    """
    structures = structures or Structures.of(image)
    with structures.open() as stream:
        parser = Parser(image, stream, structures)
        named, files = [], []
        taken: set[Path] = set()
        for found in _named(parser):
            part, path = found.part, found.path
            if path in taken:
                parser.odd("duplicate", path, "another part has this name", part.header)
                continue
            taken.add(path)
            named.append(found)
            files.append(StoredFile(path, *parser.content(part, path)))
        parser.check()
    message = MimeMessage(image.size, parser.headers, tuple(named), tuple(parser.oddities))
    evidence = detect(structures) or Evidence(ID, "an Internet message")
    return MediumView(evidence, tuple(files), anomalies(message.oddities), message, image.size)


def _named(parser: Parser) -> Iterator[NamedPart]:
    """The parts that are files, each with its path."""
    for number, part in enumerate(list(parser.parts()), 1):
        name = name_of(part)
        if is_dicom(part) and not part.id:
            stem, dot, extension = name.rpartition(".")
            name = stem if f".{extension.lower()}" in EXTENSIONS and dot else name
        path, problem = path_of(part.id or name or (f"PART{number}" if is_dicom(part) else ""))
        if part.id or name or is_dicom(part):
            if problem:
                parser.odd("unsafe-name", path, problem, part.header)
            yield NamedPart(part, path)
