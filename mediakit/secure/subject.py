"""What the rules of PS3.15 judge: the files of a File-set as they were found, opened or clear."""

from __future__ import annotations

from dataclasses import dataclass

from .verdict import Opened


@dataclass(frozen=True, slots=True)
class SecuredFile:
    """One DICOM file of a File-set, or its DICOMDIR.

    `required` says whether the profile wants Secure DICOM Files, None where no profile is in
    question; `opened` is None for a file in clear.
    """

    path: str
    required: bool | None
    opened: Opened | None


@dataclass(frozen=True, slots=True)
class SecuredMail:
    """An e-mail that is encrypted as a whole (PS3.15 B.8).

    `envelope` tells of its encryption, `signed` of the SignedData inside, if there is one;
    `is_open` whether its content was taken. A signature is `detached` when it stands beside
    what it signs.
    """

    envelope: Opened
    signed: Opened | None = None
    is_open: bool = False
    detached: bool = False


@dataclass(frozen=True, slots=True)
class SecuredFileSet:
    """All DICOM files of one medium, the DICOMDIR among them."""

    files: tuple[SecuredFile, ...]
