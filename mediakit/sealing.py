"""A clear volume -> one of Secure DICOM Files, and the proof that it still holds what it held.

    VolumeTree -> sealed -> the same names, every DICOM file in its envelope (PS3.10 7.4, PS3.15 D.1)

The content keys stay in memory with the contents, so that a creator who is no recipient can
read its own medium back. Who and how is decided elsewhere (`job.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from .errors import ReadBackError
from .formats import Layout
from .formats.tree import Evidence, MediumView, Placed, StoredFile, VolumeFile, VolumeTree
from .formats.tree import Path as Names
from .read import DICOMDIR, FileSetView
from .secure.envelope import Envelope
from .secure.opening import Opening
from .secure.writer import SecureContent, seal
from .smime import SmimeLayout


def sealed(
    tree: VolumeTree, dicom: Collection[Names], envelope: Envelope, random: Callable[[int], bytes]
) -> VolumeTree:
    """The tree with the DICOM files in envelopes, the DICOMDIR last; names and other files unchanged."""
    made: dict[Names, VolumeFile] = {}
    for file in sorted(tree.files, key=lambda file: file.path == (DICOMDIR,)):
        if file.path in dicom:
            content = seal(file.content, envelope, random, "/".join(file.path))
            made[file.path] = replace(file, content=content)
    return VolumeTree(tuple(made.get(file.path, file) for file in tree.files))


def in_clear(tree: VolumeTree) -> MediumView:
    """The files before they are encrypted, as a medium to be judged: they lie nowhere yet."""
    files = tuple(StoredFile(file.path, file.content, file.content.size) for file in tree.files)
    evidence = Evidence("folder", "the File-set before it is encrypted")
    return MediumView(evidence, files, size=sum(file.size for file in files))


def opening_of(layout: Layout) -> Opening:
    """What opens exactly the files, or the e-mail, of a layout."""
    contents = ((file.path, file.content) for file in layout.files)
    return Opening(
        content_keys={path: each.key for path, each in contents if isinstance(each, SecureContent)},
        mail_key=layout.key if isinstance(layout, SmimeLayout) else None,
    )


def check_sealed(view: FileSetView, files: Iterable[Placed], envelope: Envelope) -> None:
    """Raise ReadBackError unless every file was opened whole and is for those named and nobody else.

    What its envelope says of its digest was computed from the source, so that an intact content
    is that of the source (PS3.15 D.1).
    """
    named = len(envelope.recipients) + (envelope.password is not None)
    for file in files:
        if not isinstance(file.content, SecureContent):
            continue
        found = view.files.get(file.path)
        opened = found.opened if found else None
        outer = opened.outer if opened else None
        if not opened or not outer or opened.content is None:
            why = opened.why_closed if opened else "it is not encrypted"
            raise ReadBackError(f"{'/'.join(file.path)} read back is wrong: {why}.", _FAULTY)
        if opened.content.size != file.content.clear.size or len(outer.recipients) != named:
            raise ReadBackError(f"{'/'.join(file.path)} read back is not what was encrypted.", _FAULTY)


_FAULTY = "Nothing was left behind. Check the disk and try again."
