"""The UIDs that profiles name by their PS3.6 keyword; a keyword that is not here is asked of pydicom."""

from __future__ import annotations

UIDS = {
    "ExplicitVRLittleEndian": "1.2.840.10008.1.2.1",
    "RLELossless": "1.2.840.10008.1.2.5",
    "JPEGBaseline8Bit": "1.2.840.10008.1.2.4.50",
    "JPEGExtended12Bit": "1.2.840.10008.1.2.4.51",
    "JPEGLosslessSV1": "1.2.840.10008.1.2.4.70",
    "JPEG2000Lossless": "1.2.840.10008.1.2.4.90",
    "JPEG2000": "1.2.840.10008.1.2.4.91",
}


def uid_of(keyword: str) -> str:
    """The UID of that keyword; KeyError when PS3.6 has none."""
    if keyword in UIDS:
        return UIDS[keyword]
    from pydicom._uid_dict import UID_dictionary

    found = {row[4]: str(uid) for uid, row in UID_dictionary.items()}
    return found[keyword]
