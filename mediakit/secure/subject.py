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
    """An e-mail that is encrypted or signed as a whole (PS3.15 B.8).

    `envelope` tells of its encryption, None where it is only signed; `signed` of its signatures,
    if it has any; `is_open` whether its content was taken. `detached` tells of a signature that
    stands beside a part and is not for what was read, or is of another kind; it was not checked.
    """

    envelope: Opened | None
    signed: Opened | None = None
    is_open: bool = False
    detached: bool = False

    @property
    def is_signed(self) -> bool:
        """Whether it has a signature, or something in its place that cannot be read."""
        return self.signed is not None and bool(self.signed.signers or not self.signed.inner_type)


@dataclass(frozen=True, slots=True)
class SecuredFileSet:
    """All DICOM files of one medium, the DICOMDIR among them."""

    files: tuple[SecuredFile, ...]
