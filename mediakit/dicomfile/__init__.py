"""The DICOM File Format: what one file says of itself, and small files written (PS3.10 7)."""

from .encode import (
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLEMENTATION_CLASS_UID,
    IMPLEMENTATION_VERSION_NAME,
    LONG_VRS,
    SHORT_VRS,
    encode_dataset,
    encode_element,
    encode_file,
    encode_items,
    file_meta,
)

__all__ = [
    "EXPLICIT_VR_LITTLE_ENDIAN", "IMPLEMENTATION_CLASS_UID", "IMPLEMENTATION_VERSION_NAME", "LONG_VRS",
    "SHORT_VRS", "encode_dataset", "encode_element", "encode_file", "encode_items", "file_meta",
]  # fmt: skip
