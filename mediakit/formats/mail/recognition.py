"""Whether an image is an e-mail with an archive, or an encrypted one: what its first part is."""

from __future__ import annotations

from ...model import Content
from ..mime.facts import Part, is_dicom
from ..mime.recognition import begins_with_a_field
from ..tree import Evidence

ID = "mail"


def detect(image: Content) -> Evidence | None:
    """Whether it is a message that carries a ZIP before anything else, or is encrypted. Raises OSError."""
    if not begins_with_a_field(image):
        return None
    from ..mime.reader import what_it_carries

    return evidence_of(what_it_carries(image))


def evidence_of(part: Part | None) -> Evidence | None:
    """What is said of the first part that is a DICOM file, an archive or encrypted; None for a DICOM file."""
    if part is None or is_dicom(part):
        return None
    return Evidence(ID, f"an Internet message with a part of type {part.type}")
