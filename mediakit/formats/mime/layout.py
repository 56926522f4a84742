"""VolumeTree -> MimeLayout: every header of a MIME message, and where every body will be.

    header, cover text      multipart/related; its root is the DICOMDIR, if there is one
    part, part, ...         one file each in base64, in the order of the tree
    closing boundary

Sizes of base64 follow from those of the files, so all is known before a byte is read. Knows
PS3.12 K.1 and K.3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...errors import InputError
from ..tree import Placed, VolumeFile, VolumeParameters, VolumeTree
from ..zip.layout import check_names
from .base64 import encoded_size
from .fields import content_id, head, part_head, tail

DICOM = "application/dicom"
DICOMDIR = "DICOMDIR"

_FILE_ID = re.compile(r"[A-Z0-9_]{1,8}(/[A-Z0-9_]{1,8}){0,7}")
_OTHER_TYPES = {".TXT": "text/plain; charset=us-ascii", ".PDF": "application/pdf"}
_HOW = "Every file of it is an attachment of this message."


@dataclass(frozen=True, slots=True)
class MimeLayout:
    """The planned message. `size` is that of the whole in bytes; `heads` stand before the files' bodies."""

    size: int
    head: bytes
    heads: tuple[bytes, ...]
    files: tuple[Placed, ...]
    tail: bytes


def plan(tree: VolumeTree, parameters: VolumeParameters) -> MimeLayout:
    """Lay the message out. Raises InputError for names that no message can hold."""
    check_names(tree.files)
    if not tree.files:  # nothing would tell the message from any other
        raise InputError("There is no file to send.", "Name what the message shall hold.")
    kind, more = "multipart/mixed", list[str]()
    if any(file.path == (DICOMDIR,) for file in tree.files):
        # PS3.12 K.1.1 takes both kinds; only this one says which part to begin with (RFC 2387 3).
        kind = "multipart/related"
        more = [f'type="{DICOM}"', f'start="{content_id(parameters, DICOMDIR)}"']
    beginning = head(parameters, "DICOM File-set", kind, _HOW, *more)
    heads, files = [], []
    at = len(beginning)
    for file in tree.files:
        heads.append(_part_head(file, parameters))
        at += len(heads[-1])
        files.append(Placed(file.path, at, file.content))
        at += encoded_size(file.content.size)
    ending = tail(parameters)
    return MimeLayout(at + len(ending), beginning, tuple(heads), tuple(files), ending)


def _part_head(file: VolumeFile, parameters: VolumeParameters) -> bytes:
    """The header of a file's part (PS3.12 K.1.2); one without a File ID is other content."""
    path, name = "/".join(file.path), file.path[-1]
    if file.path == (DICOMDIR,):
        own = f"Content-ID: {content_id(parameters, DICOMDIR)}"
        return part_head(parameters, DICOM, "attachment", own, id=(path,), name=(name,), filename=(name,))
    if _FILE_ID.fullmatch(path):
        shown = f"{name}.dcm"
        return part_head(parameters, DICOM, "attachment", id=(path,), name=(shown,), filename=(shown,))
    other = _OTHER_TYPES.get(name[-4:].upper(), "application/octet-stream")
    return part_head(parameters, other, "attachment", id=(path,), name=(name,), filename=(name,))
