"""VolumeTree -> MailLayout: a message whose attachment DICOM.ZIP is the planned archive (PS3.11 L.3.2)."""

from __future__ import annotations

from dataclasses import dataclass

from ..mime.base64 import LINE_BYTES, encoded_size
from ..mime.fields import head, part_head, tail
from ..tree import Placed, VolumeParameters, VolumeTree
from ..zip.layout import ZipLayout
from ..zip.layout import plan as plan_archive

ATTACHMENT = "DICOM.ZIP"
SUBJECT = "DICOM-ZIP"

_HOW = f"It is the attachment {ATTACHMENT}; save it and unpack it first."


@dataclass(frozen=True, slots=True)
class MailLayout:
    """The planned message. `size` is that of the whole in bytes; a file begins in the middle of base64."""

    size: int
    head: bytes
    archive: ZipLayout
    files: tuple[Placed, ...]
    tail: bytes


def plan(tree: VolumeTree, parameters: VolumeParameters) -> MailLayout:
    """Lay the message out. Raises InputError for what an archive or a header cannot hold."""
    archive = plan_archive(tree, parameters)
    name = (ATTACHMENT,)
    beginning = head(parameters, SUBJECT, "multipart/mixed", _HOW) + part_head(
        parameters, "application/zip", "attachment", id=name, name=name, filename=name
    )
    body = len(beginning)
    files = tuple(Placed(file.path, body + _character(file.offset), file.content) for file in archive.files)
    ending = tail(parameters)
    return MailLayout(body + encoded_size(archive.size) + len(ending), beginning, archive, files, ending)


def _character(offset: int) -> int:
    """Where the group of four characters begins that holds the byte at that offset."""
    line, rest = divmod(offset, LINE_BYTES)
    return line * 78 + rest // 3 * 4
