"""The sample images: CT, MR, CR, ultrasound and Secondary Capture (PS3.3 A.2 to A.8)."""

from __future__ import annotations

from . import pictures
from .dataset import DataSet, uid
from .modules import Study, instance, pixels

CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"
CR_IMAGE = "1.2.840.10008.5.1.4.1.1.1"
US_MULTI_FRAME_IMAGE = "1.2.840.10008.5.1.4.1.1.3.1"
SECONDARY_CAPTURE_IMAGE = "1.2.840.10008.5.1.4.1.1.7"


def ct_slice(of: Study, series: int, number: int) -> DataSet:
    """PS3.3 A.3: axial, 5 mm apart from the feet upwards, 6 mm a pixel."""
    return {
        **instance(of, CT_IMAGE, "CT", series, number, "Thorax axial 5 mm"),
        **_plane(of, "Thorax", (-192, -192, -300 + 5 * number), "6\\6"),
        **pixels(64, 64, 12, pictures.chest(number)),
        "ImageType": "ORIGINAL\\PRIMARY\\AXIAL",
        "BodyPartExamined": "CHEST",
        "PatientPosition": "HFS",
        "AcquisitionNumber": "1",
        "KVP": "120",
        "RescaleIntercept": "-1024",
        "RescaleSlope": "1",
        "RescaleType": "HU",
        "WindowCenter": "40",
        "WindowWidth": "400",
    }


def mr_slice(of: Study, series: int, number: int) -> DataSet:
    """PS3.3 A.4: a T2 spin echo, axial, 5 mm apart, 4 mm a pixel."""
    return {
        **instance(of, MR_IMAGE, "MR", series, number, "T2 axial"),
        **_plane(of, "Head", (-128, -128, 5 * number), "4\\4"),
        **pixels(64, 64, 12, pictures.head(number)),
        "ImageType": "ORIGINAL\\PRIMARY\\OTHER",
        "BodyPartExamined": "HEAD",
        "PatientPosition": "HFS",
        "ScanningSequence": "SE",
        "SequenceVariant": "NONE",
        "ScanOptions": "",
        "MRAcquisitionType": "2D",
        "RepetitionTime": "4000",
        "EchoTime": "100",
        "EchoTrainLength": "1",
        "MagneticFieldStrength": "1.5",
        "WindowCenter": "310",
        "WindowWidth": "620",
    }


def cr_image(of: Study, series: int) -> DataSet:
    """PS3.3 A.2: a radiograph of a hand."""
    return {
        **instance(of, CR_IMAGE, "CR", series, 1, "Hand PA"),
        **pixels(96, 128, 12, pictures.hand()),
        "ImageType": "ORIGINAL\\PRIMARY",
        "BodyPartExamined": "HAND",
        "Laterality": "L",
        "ViewPosition": "PA",
        "PatientOrientation": "L\\F",
        "ImagerPixelSpacing": "2\\2",
        "WindowCenter": "1700",
        "WindowWidth": "3000",
    }


def us_cine(of: Study, series: int) -> DataSet:
    """PS3.3 A.7: five frames in colour, 40 ms each."""
    frames = 5
    return {
        **instance(of, US_MULTI_FRAME_IMAGE, "US", series, 1, "Four chamber view"),
        **pixels(64, 48, 8, b"".join(map(pictures.beating_heart, range(frames))), "RGB"),
        "ImageType": "ORIGINAL\\PRIMARY\\TTE\\0001",
        "BodyPartExamined": "HEART",
        "PatientOrientation": "",
        "LossyImageCompression": "00",
        "NumberOfFrames": str(frames),
        "FrameIncrementPointer": 0x00181063,
        "FrameTime": "40",
        "HeartRate": "75",
    }


def secondary_capture(of: Study, series: int) -> DataSet:
    """PS3.3 A.8: a test card, as a workstation would save it."""
    return {
        **instance(of, SECONDARY_CAPTURE_IMAGE, "OT", series, 1, "Screen"),
        **pixels(64, 64, 8, pictures.grey_steps()),
        "ImageType": "DERIVED\\SECONDARY",
        "BodyPartExamined": "HEAD",
        "PatientOrientation": "",
        "ConversionType": "WSD",
    }


def _plane(of: Study, frame: str, corner: tuple[int, int, int], spacing: str) -> DataSet:
    """PS3.3 C.7.4.1 and C.7.6.2: where an axial slice lies, in millimetres."""
    return {
        "FrameOfReferenceUID": uid(of.name, frame),
        "PositionReferenceIndicator": "",
        "ImageOrientationPatient": "1\\0\\0\\0\\1\\0",
        "ImagePositionPatient": "\\".join(map(str, corner)),
        "SliceLocation": str(corner[2]),
        "PixelSpacing": spacing,
        "SliceThickness": "5",
    }
