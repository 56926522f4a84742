"""The sample objects that are no images: presentation state, reports, PDF and ECG (PS3.3 A.33 to A.45)."""

from __future__ import annotations

from . import pictures
from .dataset import DataSet
from .modules import Study, code, content_time, instance, reference

GRAYSCALE_PRESENTATION_STATE = "1.2.840.10008.5.1.4.1.1.11.1"
BASIC_TEXT_SR = "1.2.840.10008.5.1.4.1.1.88.11"
KEY_OBJECT_SELECTION = "1.2.840.10008.5.1.4.1.1.88.59"
ENCAPSULATED_PDF = "1.2.840.10008.5.1.4.1.1.104.1"
TWELVE_LEAD_ECG = "1.2.840.10008.5.1.4.1.1.9.1.1"

_LEADS = (
    ("1", "I"), ("2", "II"), ("61", "III"), ("62", "aVR"), ("63", "aVL"), ("64", "aVF"),
    ("3", "V1"), ("4", "V2"), ("5", "V3"), ("6", "V4"), ("7", "V5"), ("8", "V6"),
)  # fmt: skip
"""Code of each lead in the MDC scheme behind "2:", and its name (PS3.16 CID 3001)."""


def presentation_state(of: Study, series: int, image: DataSet) -> DataSet:
    """PS3.3 A.33.1: a lung window for one image."""
    return {
        **instance(of, GRAYSCALE_PRESENTATION_STATE, "PR", series, 1, "Lung window"),
        "BodyPartExamined": image["BodyPartExamined"],
        "ContentLabel": "LUNG",
        "ContentDescription": "Lung window",
        "ContentCreatorName": "Sample^Reader",
        "PresentationCreationDate": of.date,
        "PresentationCreationTime": of.time,
        "ReferencedSeriesSequence": [
            {"SeriesInstanceUID": image["SeriesInstanceUID"], "ReferencedImageSequence": [reference(image)]}
        ],
        "DisplayedAreaSelectionSequence": [
            {
                "DisplayedAreaTopLeftHandCorner": [1, 1],
                "DisplayedAreaBottomRightHandCorner": [64, 64],
                "PresentationSizeMode": "SCALE TO FIT",
                "PresentationPixelAspectRatio": "1\\1",
            }
        ],
        "RescaleIntercept": "-1024",
        "RescaleSlope": "1",
        "RescaleType": "HU",
        "SoftcopyVOILUTSequence": [{"WindowCenter": "-500", "WindowWidth": "1500"}],
        "PresentationLUTShape": "IDENTITY",
    }


def text_report(of: Study, series: int, findings: str, impression: str) -> DataSet:
    """PS3.3 A.35.1: a verified report in two sections, German by its HAS CONCEPT MOD child."""
    return {
        **instance(of, BASIC_TEXT_SR, "SR", series, 1, "Report"),
        **content_time(of),
        **_container(code("18748-4", "LN", "Diagnostic imaging study"), "2000"),
        "CompletionFlag": "COMPLETE",
        "VerificationFlag": "VERIFIED",
        "VerifyingObserverSequence": [
            {
                "VerifyingOrganization": "Sample Hospital",
                "VerificationDateTime": f"{of.date}160000",
                "VerifyingObserverName": "Sample^Radiologist",
                "VerifyingObserverIdentificationCodeSequence": [],
            }
        ],
        "PerformedProcedureCodeSequence": [],
        "ContentSequence": [
            _language("de", "German"),
            _section("121070", "Findings", "121071", "Finding", findings),
            _section("121072", "Impressions", "121073", "Impression", impression),
        ],
    }


def key_objects(of: Study, series: int, images: list[DataSet]) -> DataSet:
    """PS3.3 A.35.4: the images of interest, all of one series."""
    return {
        **instance(of, KEY_OBJECT_SELECTION, "KO", series, 1, "Key images"),
        **content_time(of),
        **_container(code("113000", "DCM", "Of Interest"), "2010"),
        "CurrentRequestedProcedureEvidenceSequence": [
            {
                "StudyInstanceUID": of.modules["StudyInstanceUID"],
                "ReferencedSeriesSequence": [
                    {
                        "SeriesInstanceUID": images[0]["SeriesInstanceUID"],
                        "ReferencedSOPSequence": [reference(image) for image in images],
                    }
                ],
            }
        ],
        "ContentSequence": [
            _language("en", "English"),
            *(
                {
                    "RelationshipType": "CONTAINS",
                    "ValueType": "IMAGE",
                    "ReferencedSOPSequence": [reference(image)],
                }
                for image in images
            ),
        ],
    }


def letter(of: Study, series: int) -> DataSet:
    """PS3.3 A.45.1: a PDF of one page."""
    content = pictures.page("Synthetic referral letter")
    return {
        **instance(of, ENCAPSULATED_PDF, "DOC", series, 1, "Referral letter"),
        **content_time(of),
        "ConversionType": "WSD",
        "AcquisitionDateTime": "",
        "BurnedInAnnotation": "NO",
        "DocumentTitle": "Referral letter",
        "ConceptNameCodeSequence": code("57133-1", "LN", "Referral note"),
        "MIMETypeOfEncapsulatedDocument": "application/pdf",
        "EncapsulatedDocumentLength": len(content),
        "EncapsulatedDocument": content,
    }


def ecg(of: Study, series: int) -> DataSet:
    """PS3.3 A.34.3: two seconds of twelve leads at 500 samples a second."""
    samples = 1000
    return {
        **instance(of, TWELVE_LEAD_ECG, "ECG", series, 1, "12-lead ECG at rest"),
        **content_time(of),
        "AcquisitionDateTime": f"{of.date}{of.time}",
        "AcquisitionContextSequence": [],
        "WaveformSequence": [
            {
                "WaveformOriginality": "ORIGINAL",
                "NumberOfWaveformChannels": len(_LEADS),
                "NumberOfWaveformSamples": samples,
                "SamplingFrequency": "500",
                "ChannelDefinitionSequence": [_channel(value, name) for value, name in _LEADS],
                "WaveformBitsAllocated": 16,
                "WaveformSampleInterpretation": "SS",
                "WaveformData": pictures.heartbeats(len(_LEADS), samples),
            }
        ],
    }


def _channel(value: str, lead: str) -> DataSet:
    return {
        "ChannelSourceSequence": code(f"2:{value}", "MDC", f"Lead {lead}"),
        "ChannelSensitivity": "5",
        "ChannelSensitivityUnitsSequence": code("uV", "UCUM", "microvolt"),
        "ChannelSensitivityCorrectionFactor": "1",
        "ChannelBaseline": "0",
        "ChannelTimeSkew": "0",
        "WaveformBitsStored": 16,
    }


def _container(title: list[DataSet], template: str) -> DataSet:
    """PS3.3 C.17.3: the root content item, whose title is the document's."""
    return {
        "ReferencedPerformedProcedureStepSequence": [],
        "ValueType": "CONTAINER",
        "ConceptNameCodeSequence": title,
        "ContinuityOfContent": "SEPARATE",
        "ContentTemplateSequence": [{"MappingResource": "DCMR", "TemplateIdentifier": template}],
    }


def _language(tag: str, name: str) -> DataSet:
    """PS3.16 TID 1204: the language of the document, a modifier of its title."""
    return {
        "RelationshipType": "HAS CONCEPT MOD",
        "ValueType": "CODE",
        "ConceptNameCodeSequence": code("121049", "DCM", "Language of Content Item and Descendants"),
        "ConceptCodeSequence": code(tag, "RFC5646", name),
    }


def _image(image: DataSet) -> DataSet:
    return {"RelationshipType": "CONTAINS", "ValueType": "IMAGE", "ReferencedSOPSequence": [reference(image)]}


def _section(heading: str, title: str, concept: str, name: str, text: str) -> DataSet:
    return {
        "RelationshipType": "CONTAINS",
        "ValueType": "CONTAINER",
        "ConceptNameCodeSequence": code(heading, "DCM", title),
        "ContinuityOfContent": "SEPARATE",
        "ContentSequence": [
            {
                "RelationshipType": "CONTAINS",
                "ValueType": "TEXT",
                "ConceptNameCodeSequence": code(concept, "DCM", name),
                "TextValue": text,
            }
        ],
    }
