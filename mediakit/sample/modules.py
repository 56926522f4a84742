"""The modules that the sample objects share: patient, study, series, pixels, codes (PS3.3 C).

Each function gives a data set with the module's attributes added. UIDs follow from the
names of what they identify, so the same study has the same UIDs for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .dataset import DataSet, uid


@dataclass(frozen=True, slots=True)
class Study:
    """The patient and study modules of one study, the name that its UIDs come from, and its day."""

    name: str
    date: str
    time: str
    modules: DataSet


def patient(charset: str, name: str, patient_id: str, birth: str, sex: str) -> dict[str, str]:
    """PS3.3 C.7.1.1; the character set is left out when it is the default repertoire."""
    declared = {"SpecificCharacterSet": charset} if charset else {}
    return {
        **declared,
        "PatientName": name,
        "PatientID": patient_id,
        "PatientBirthDate": birth,
        "PatientSex": sex,
        "PatientComments": "Synthetic sample, no real person",
    }


def study(patient_module: Mapping[str, str], number: int, date: str, time: str, description: str) -> Study:
    """PS3.3 C.7.2.1: the study of that number of the patient."""
    name = f"{patient_module['PatientID']}/{number}"
    return Study(
        name,
        date,
        time,
        {
            **patient_module,
            "StudyInstanceUID": uid(name),
            "StudyDate": date,
            "StudyTime": time,
            "StudyID": str(number),
            "AccessionNumber": f"{date}-{number}",
            "ReferringPhysicianName": "Sample^Referrer",
            "StudyDescription": description,
        },
    )


def instance(
    of: Study, sop_class: str, modality: str, series: int, number: int, description: str = ""
) -> DataSet:
    """PS3.3 C.7.3.1, C.7.5.1 and C.12.1: one instance of a series, without its content."""
    described: DataSet = {"SeriesDescription": description} if description else {}
    return {
        **of.modules,
        **described,
        "SOPClassUID": sop_class,
        "SOPInstanceUID": uid(of.name, series, number),
        "Modality": modality,
        "SeriesInstanceUID": uid(of.name, series),
        "SeriesNumber": str(series),
        "Manufacturer": "mediakit samples",
        "InstitutionName": "Sample Hospital",
        "InstanceNumber": str(number),
    }


def content_time(of: Study) -> DataSet:
    """Content Date and Time, which several modules want: the time of the study."""
    return {"ContentDate": of.date, "ContentTime": of.time}


def pixels(
    columns: int, rows: int, bits_stored: int, data: bytes, photometric: str = "MONOCHROME2"
) -> DataSet:
    """PS3.3 C.7.6.3: native pixels, unsigned, in 8 or 16 bits; RGB colour by pixel."""
    allocated = 8 if bits_stored <= 8 else 16
    colour: DataSet = {"PlanarConfiguration": 0} if photometric == "RGB" else {}
    return {
        **colour,
        "SamplesPerPixel": 3 if photometric == "RGB" else 1,
        "PhotometricInterpretation": photometric,
        "Rows": rows,
        "Columns": columns,
        "BitsAllocated": allocated,
        "BitsStored": bits_stored,
        "HighBit": bits_stored - 1,
        "PixelRepresentation": 0,
        "PixelData": data,
    }


def code(value: str, scheme: str, meaning: str) -> list[DataSet]:
    """PS3.3 Table 8.8-1: a coded concept as the one item of its sequence."""
    return [{"CodeValue": value, "CodingSchemeDesignator": scheme, "CodeMeaning": meaning}]


def reference(to: DataSet) -> DataSet:
    """PS3.3 Table 10-11: an item that references an instance."""
    return {"ReferencedSOPClassUID": to["SOPClassUID"], "ReferencedSOPInstanceUID": to["SOPInstanceUID"]}
