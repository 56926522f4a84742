"""The DICOM File Format: what one file says of itself, and small files written (PS3.10 7).

`HeaderReader` turns a file into a `model.Instance`: preamble, File Meta Information, wanted
elements, and anomalies. It knows encodings, not profiles or records, and judges nothing.
`encode_...` and `file_meta` write Explicit VR Little Endian. `same_instance` compares two files.

Anomalies of an Instance, by kind:

    no-preamble              the file does not begin with 128 bytes and DICM
    no-file-meta             there is no group 0002
    file-meta-group-length   (0002,0000) is absent or wrong
    file-meta-vr             group 0002 is not proper Explicit VR Little Endian, or has odd lengths
    transfer-syntax-missing  the file meta has no (0002,0010)
    transfer-syntax-unknown  (0002,0010) is in no edition of PS3.6
    transfer-syntax-wrong    the data set, or its Pixel Data, is encoded in another way
    group-0002-in-data-set   the data set holds a group that belongs to no data set (0 to 3, 5, 7)
    element-order            tags do not ascend, or repeat
    element-vr               an element has no known value representation; it was read nevertheless
    truncated                the file ends inside an element, or inside a deflated data set
    unreadable               from there on nothing can be read, or one wanted value cannot
    header-incomplete        one of these two happened before the last wanted element
    trailing-bytes           what follows the data set is none
    deflated-checksum        a deflated data set is followed by its checksum as in gzip, which agrees
    pixel-data-length        native Pixel Data is shorter than the image that is described
    pixel-data-excess        native Pixel Data is longer than the image that is described
    pixel-data-missing       an image is described, but there is no Pixel Data
    frames-missing           encapsulated Pixel Data has fewer fragments than there are frames
    fragments                encapsulated Pixel Data contradicts itself
    sequence                 a sequence cannot be walked through (of a thorough reader)
    sequence-not-entered     a sequence is too long to be walked through (of a thorough reader)
"""

from .compare import same_instance
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
from .kinds import is_secure
from .parse import Malformed, parse_dataset, parse_items
from .read import (
    MEDIA_STORAGE_DIRECTORY,
    SECURE_DICOM_FILE,
    HeaderReader,
    NotDicom,
    Wanted,
    read_instance,
)

__all__ = [
    "EXPLICIT_VR_LITTLE_ENDIAN", "IMPLEMENTATION_CLASS_UID", "IMPLEMENTATION_VERSION_NAME", "LONG_VRS",
    "MEDIA_STORAGE_DIRECTORY", "SECURE_DICOM_FILE", "SHORT_VRS", "HeaderReader", "Malformed", "NotDicom",
    "Wanted", "encode_dataset", "encode_element", "encode_file", "encode_items", "file_meta", "is_secure",
    "parse_dataset", "parse_items", "read_instance", "same_instance",
]  # fmt: skip
