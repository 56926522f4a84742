"""One instance for every Directory Record type and for every SOP class, made from the facts of PS3.3 Annex F.

What the instance holds follows from `tests/facts/directory-records.json` alone, so that no table
of ours can agree with itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.builders import uid
from tests.profile_sets.dataset import Made

FACTS: Mapping[str, Any] = json.loads(
    Path(__file__).parent.joinpath("facts", "directory-records.json").read_text(encoding="utf-8")
)
BRANCH = ("PATIENT", "STUDY", "SERIES")
LEAVES = [name for name, fact in FACTS["records"].items() if fact["references_file"] == "shall"]
PRIVATE_CLASS = "1.2.826.0.1.3680043.9.9999.1"
"""A SOP class that no edition registers."""

CT = "1.2.840.10008.5.1.4.1.1.2"
BLENDING = "1.2.840.10008.5.1.4.1.1.11.4"
CDA = "1.2.840.10008.5.1.4.1.1.104.2"
DISPLAY = "1.2.840.10008.5.1.4.1.1.131"
_FIRST = {
    "ENCAP DOC": CDA, "IMAGE": CT, "PLAN": "1.2.840.10008.5.1.4.34.7",
    "WAVEFORM": "1.2.840.10008.5.1.4.1.1.9.1.1", "SR DOCUMENT": "1.2.840.10008.5.1.4.1.1.88.11",
}  # fmt: skip
"""The SOP class that shows the most of a record type, where that is not the first."""

_CODE = [{"CodeValue": "1", "CodingSchemeDesignator": "DCM", "CodeMeaning": "Thing"}]
_IMAGES = [{"ReferencedSOPClassUID": CT, "ReferencedSOPInstanceUID": uid("referenced image")}]
_MODIFIER = {
    "RelationshipType": "HAS CONCEPT MOD", "ValueType": "CODE", "ConceptNameCodeSequence": _CODE,
    "ConceptCodeSequence": _CODE,
}  # fmt: skip
CONTENT = [
    {
        "RelationshipType": "CONTAINS",
        "ValueType": "TEXT",
        "ConceptNameCodeSequence": _CODE,
        "TextValue": "No",
    },
    {**_MODIFIER, "ContentSequence": [{**_MODIFIER, "ConceptCodeSequence": _CODE}]},
    _MODIFIER,
]
"""A content tree: a text, a concept modifier with one of its own, and another concept modifier."""

VERIFIED = ("20240502101500", "20240501101500")
"""When the report was verified, the latest first."""

_BY_VR: Mapping[str, Any] = {
    "CS": "CODE", "LO": "Words", "SH": "Words", "ST": "Words", "LT": "Words", "PN": "Doe^Jane",
    "DA": "20240501", "TM": "101500", "DT": "20240501101500", "IS": "7", "UI": uid("something"), "US": 7,
    "UL": 7, "UV": bytes([7, 0, 0, 0, 0, 0, 0, 0]),
}  # fmt: skip
_SENSIBLE: Mapping[str, Any] = {
    "ImageType": "ORIGINAL\\PRIMARY", "CompletionFlag": "COMPLETE", "VerificationFlag": "VERIFIED",
    "MIMETypeOfEncapsulatedDocument": "text/XML", "HangingProtocolLevel": "SITE", "Modality": "CT",
    "InventoryLevel": "STUDY", "InventoryCompletionStatus": "COMPLETE", "DoseSummationType": "PLAN",
    "Laterality": "R", "RelationshipType": "HAS CONCEPT MOD", "PatientID": "P1", "StudyID": "S1",
}  # fmt: skip
_MACROS: Mapping[str, Mapping[str, Any]] = {
    "Code Sequence Macro (PS3.3 Table 8.8-1)": _CODE[0],
    "Hierarchical SOP Instance Reference Macro (Table C.17-3)": {
        "StudyInstanceUID": uid("study"),
        "ReferencedSeriesSequence": [
            {"SeriesInstanceUID": uid("referenced series"), "ReferencedSOPSequence": _IMAGES}
        ],
    },
}
_CONDITIONAL = (
    "ContentSequence", "VerificationDateTime", "ReferencedImageEvidenceSequence", "ImplantSize",
    "UserContentLabel", "UserContentLongLabel",
)  # fmt: skip
"""Keys of Type 1C that are required of instances that have them."""


def keys(record: str, *types: str) -> Iterator[Mapping[str, Any]]:
    """The keys of a record type of these types, without (0008,0005) and "any other"."""
    for key in FACTS["records"][record]["keys"]:
        if key.get("keyword", "SpecificCharacterSet") != "SpecificCharacterSet" and key["type"] in types:
            yield key


def sop_class_of(record: str, sparse: bool = False) -> str:
    """A SOP class of the record type, or one below a branch; a sparse one has no references to images."""
    if record == "PRESENTATION" and sparse:
        return DISPLAY
    if record == "PRIVATE":
        return PRIVATE_CLASS
    if record in BRANCH:
        return CT
    return _FIRST.get(record) or str(FACTS["records"][record]["sop_classes"][0]["uid"])


def expected(record: str, sop_class: str, sparse: bool) -> list[str]:
    """The keys that the record of such an instance has to have."""
    found = [key["keyword"] for key in keys(record, "1", "2", "1C", "2C")]
    return [name for name in found if not _left_away(name, sop_class, sparse)]


def _left_away(keyword: str, sop_class: str, sparse: bool) -> bool:
    """Whether the condition of a 1C key does not hold for our instance."""
    if keyword == "HL7InstanceIdentifier":
        return sop_class != CDA
    if keyword == "BlendingSequence":
        return sop_class != BLENDING
    if keyword == "ReferencedSeriesSequence":
        return sop_class == BLENDING or sparse
    return sparse and keyword in _CONDITIONAL


def made(record: str, number: int, sop_class: str = "", sparse: bool = False) -> Made:
    """An instance with all that the record needs; a sparse one without what may be absent.

    Each has a series of its own, and those that stand at the root have neither patient nor study.
    """
    sop_class = sop_class or sop_class_of(record, sparse)
    values: dict[str, Any] = {"SOPClassUID": sop_class, "SOPInstanceUID": uid(f"{record} {number}")}
    if "ROOT" not in FACTS["records"][record]["parents"] or record == "PRIVATE":
        for level in BRANCH:
            # Type 2 in every instance too; in the leaf a sparse instance leaves such attributes away.
            values |= {key["keyword"]: "" for key in keys(level, "2")}
            values |= _values(level, sop_class, sparse)
        values |= {
            "StudyInstanceUID": uid("study"), "StudyID": "S1", "SeriesInstanceUID": uid(f"series {number}"),
            "SeriesNumber": str(number),
        }  # fmt: skip
        if not sparse:
            values |= {"PatientBirthDate": "19700101", "PatientSex": "F", "SeriesDescription": "Words"}
    values |= _values(record, sop_class, sparse)
    if record == "SR DOCUMENT" and not sparse:
        values["VerifyingObserverSequence"] = [{"VerificationDateTime": when} for when in reversed(VERIFIED)]
    if record == "SR DOCUMENT" and sparse:
        values["VerificationFlag"] = "UNVERIFIED"
    if "ContentSequence" in values:
        values["ContentSequence"] = CONTENT
    if record == "ENCAP DOC":
        values["EncapsulatedDocument"] = b"<x/>"
    return Made(values)


def _values(record: str, sop_class: str, sparse: bool) -> dict[str, Any]:
    """The attributes that the keys of the record are copied from."""
    types = ("1", "1C") if sparse else ("1", "2", "3", "1C", "2C")
    return {
        key["keyword"]: _value(key)
        for key in keys(record, *types)
        if key["keyword"] != "IconImageSequence"
        and not _left_away(key["keyword"], sop_class, sparse)
        and key["keyword"] != "VerificationDateTime"
    }


def _value(key: Mapping[str, Any]) -> Any:
    if key["vr"] != "SQ":
        return _SENSIBLE.get(key["keyword"], _BY_VR[key["vr"]])
    item: dict[str, Any] = {}
    for each in key.get("items", ()):
        if "macro" in each:
            item |= _MACROS.get(each["macro"], {})
        elif "keyword" in each:
            item[each["keyword"]] = _value(each)
    return [item] * (2 if key.get("item_count") == "2" else 1)
