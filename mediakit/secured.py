"""FileSetView -> what the rules of PS3.15 judge: its DICOM files as they were found, opened or clear."""

from __future__ import annotations

from collections.abc import Iterator

from .read import FileSetView, FileView
from .report import Finding
from .rules import judge
from .secure.subject import SecuredFile, SecuredFileSet


def judge_security(view: FileSetView, required: bool | None) -> Iterator[Finding]:
    """What the rules say of every DICOM file and the DICOMDIR, or of the e-mail that was encrypted.

    `required` says whether the profile in question wants Secure DICOM Files, None where there
    is none. A medium without any of them, of which nobody wants one, has nothing to judge.
    """
    if view.mail:
        yield from judge(view.mail)
    if not required and not any(file.opened for file in view.files.values()):
        return
    files = tuple(SecuredFile(file.name, required, file.opened) for file in _dicom(view))
    for each in files:
        yield from judge(each)
    yield from judge(SecuredFileSet(files))


def _dicom(view: FileSetView) -> Iterator[FileView]:
    for path, file in view.files.items():
        if file.instance or file.opened or path == view.directory_path:
            yield file
