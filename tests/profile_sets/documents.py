"""The instances that are no images: presentation state, report, display, waveform, document, spectra."""

from __future__ import annotations

from typing import Any

from tests.builders import uid

from .dataset import Made
from .images import CT, instance, plane, reference

GSPS = "1.2.840.10008.5.1.4.1.1.11.1"
DOSE_SR = "1.2.840.10008.5.1.4.1.1.88.67"
STRUCTURED_DISPLAY = "1.2.840.10008.5.1.4.1.1.131"
ECG = "1.2.840.10008.5.1.4.1.1.9.1.1"
PDF = "1.2.840.10008.5.1.4.1.1.104.1"
SPECTROSCOPY = "1.2.840.10008.5.1.4.1.1.4.2"
RAW = "1.2.840.10008.5.1.4.1.1.66"

_CONTENT_TIME = {"ContentDate": "20240501", "ContentTime": "101500"}
_CREATION = {
    "PresentationCreationDate": "20240501", "PresentationCreationTime": "101500", "ContentLabel": "TEST",
    "ContentDescription": "", "ContentCreatorName": "",
}  # fmt: skip


def _code(value: str, meaning: str) -> list[dict[str, Any]]:
    return [{"CodeValue": value, "CodingSchemeDesignator": "DCM", "CodeMeaning": meaning}]


def gsps() -> Made:
    """PS3.3 A.33.1: a state for one CT image."""
    series = {"SeriesInstanceUID": uid(f"series {CT}"), "ReferencedImageSequence": reference(CT, "state")}
    return Made(
        {
            **instance(GSPS, "PR", "1"), **_CREATION, "ReferencedSeriesSequence": [series],
            "PresentationLUTShape": "IDENTITY",
        }
    )  # fmt: skip


def structured_display() -> Made:
    """PS3.3 A.33.7: it stands under a PRESENTATION record too."""
    return Made({**instance(STRUCTURED_DISPLAY, "PR", "1"), **_CREATION})


def dose_report() -> Made:
    """PS3.3 A.35.8."""
    return Made(
        {
            **instance(DOSE_SR, "SR", "1"), **_CONTENT_TIME, "CompletionFlag": "COMPLETE",
            "VerificationFlag": "UNVERIFIED", "ValueType": "CONTAINER", "ContinuityOfContent": "SEPARATE",
            "ConceptNameCodeSequence": _code("113701", "X-Ray Radiation Dose Report"),
        }
    )  # fmt: skip


def ecg() -> Made:
    """PS3.3 A.34.3, with a waveform of one channel."""
    wave = {
        "WaveformOriginality": "ORIGINAL", "NumberOfWaveformChannels": 1, "NumberOfWaveformSamples": 4,
        "SamplingFrequency": "500", "WaveformBitsAllocated": 16, "WaveformSampleInterpretation": "SS",
        "WaveformData": bytes(8),
    }  # fmt: skip
    return Made({**instance(ECG, "ECG", "1"), **_CONTENT_TIME, "WaveformSequence": [wave]})


def pdf() -> Made:
    """PS3.3 A.45.1."""
    return Made(
        {
            **instance(PDF, "DOC", "1"), **_CONTENT_TIME, "DocumentTitle": "Letter",
            "ConceptNameCodeSequence": _code("121144", "Document Title"),
            "MIMETypeOfEncapsulatedDocument": "application/pdf",
            "EncapsulatedDocument": b"%PDF-1.4\n%%EOF\n\n",
        }
    )  # fmt: skip


def spectroscopy() -> Made:
    """PS3.3 A.36.3: one voxel, with all the values that Table H.3-2 copies into its record."""
    return Made(
        {
            **instance(SPECTROSCOPY, "MR", "1"), **plane(), **_CONTENT_TIME,
            "AcquisitionDateTime": "20240501101500", "AcquisitionTimeSynchronized": "Y",
            "SynchronizationFrameOfReferenceUID": uid("synchronization"), "NumberOfFrames": "1", "Rows": 1,
            "Columns": 1, "DataPointRows": 1, "DataPointColumns": 2, "SpectroscopyData": bytes(16),
            "ReferencedImageSequence": reference(CT, "scout"),
        }
    )  # fmt: skip


def raw() -> Made:
    """PS3.3 A.37: raw data."""
    return Made({**instance(RAW, "OT", "1"), **_CONTENT_TIME, "CreatorVersionUID": uid("creator")})
