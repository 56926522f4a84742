"""The image instances, small but with everything that profiles and directories look at (PS3.3 A)."""

from __future__ import annotations

import struct
from typing import Any

from tests.builders import uid

from . import streams
from .dataset import (
    EXPLICIT,
    HTJ2K,
    HTJ2K_LOSSLESS,
    HTJ2K_RPCL,
    J2K,
    J2K_LOSSLESS,
    JPEG_BASELINE,
    JPEG_EXTENDED,
    JPEG_LOSSLESS,
    JPEG_LS,
    JPEG_LS_NEAR,
    RLE,
    VIDEO,
    Made,
)

CR = "1.2.840.10008.5.1.4.1.1.1"
DX = "1.2.840.10008.5.1.4.1.1.1.1"
INTRA_ORAL = "1.2.840.10008.5.1.4.1.1.1.3"
CT = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2.1"
US_MULTI_FRAME = "1.2.840.10008.5.1.4.1.1.3.1"
MR = "1.2.840.10008.5.1.4.1.1.4"
US = "1.2.840.10008.5.1.4.1.1.6.1"
SC = "1.2.840.10008.5.1.4.1.1.7"
XA = "1.2.840.10008.5.1.4.1.1.12.1"
VIDEO_ENDOSCOPIC = "1.2.840.10008.5.1.4.1.1.77.1.1.1"

_ENDING = {
    JPEG_BASELINE: "4.50",
    JPEG_EXTENDED: "4.51",
    JPEG_LOSSLESS: "4.70",
    J2K_LOSSLESS: "4.90",
    J2K: "4.91",
    JPEG_LS: "4.80",
    JPEG_LS_NEAR: "4.81",
    HTJ2K_LOSSLESS: "4.201",
    HTJ2K_RPCL: "4.202",
    HTJ2K: "4.203",
}
_LOSSY = {
    JPEG_BASELINE: "ISO_10918_1",
    JPEG_EXTENDED: "ISO_10918_1",
    JPEG_LS_NEAR: "ISO_14495_1",
    J2K: "ISO_15444_1",
    HTJ2K: "ISO_15444_15",
}


def instance(sop_class: str, modality: str, name: str, **more: Any) -> dict[str, Any]:
    """PS3.3 C.7.1.1 to C.7.5.1 and C.12.1; the SOP Instance UID follows from class and name."""
    return {
        "SOPClassUID": sop_class,
        "SOPInstanceUID": uid(f"{sop_class} {name}"),
        "StudyDate": "20240501",
        "StudyTime": "101500",
        "AccessionNumber": "ACC1",
        "ReferringPhysicianName": "Test^Referrer",
        "Modality": modality,
        "Manufacturer": "Test",
        "InstitutionName": "Test Hospital",
        "InstitutionAddress": "1 Test Street",
        "PerformingPhysicianName": "Test^Physician",
        "PatientName": "Test^Ada",
        "PatientID": "P1",
        "PatientBirthDate": "19700101",
        "PatientSex": "F",
        "StudyInstanceUID": uid("study"),
        "SeriesInstanceUID": uid(f"series {sop_class}"),
        "StudyID": "S1",
        "SeriesNumber": "1",
        "InstanceNumber": "1",
        **more,
    }


def grey(bits: int, syntax: str, frames: int = 1) -> dict[str, Any]:
    """PS3.3 C.7.6.3: the grey picture in any transfer syntax."""
    return {
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": streams.SIZE,
        "Columns": streams.SIZE,
        "BitsAllocated": 8 if bits == 8 else 16,
        "BitsStored": bits,
        "HighBit": bits - 1,
        "PixelRepresentation": 0,
        "PixelData": _pixels(bits, syntax, frames),
        **lossy(syntax),
    }


def _pixels(bits: int, syntax: str, frames: int) -> bytes | list[bytes]:
    native = streams.grey(bits)
    if syntax in _ENDING:
        return [streams.frame(f"grey{bits}.{_ENDING[syntax]}")] * frames
    return [streams.rle(native)] * frames if syntax == RLE else native * frames


def lossy(syntax: str) -> dict[str, Any]:
    """PS3.3 C.7.6.1.1.5, where the transfer syntax loses something."""
    if syntax not in _LOSSY and not syntax.startswith(VIDEO):
        return {"LossyImageCompression": "00"}
    return {
        "LossyImageCompression": "01",
        "LossyImageCompressionRatio": "10",
        "LossyImageCompressionMethod": _LOSSY.get(syntax, "ISO_13818_2"),
    }


def coloured(photometric: str, syntax: str) -> dict[str, Any]:
    """An 8-bit picture of that Photometric Interpretation, native, RLE or JPEG Baseline."""
    if photometric == "MONOCHROME2":
        return grey(8, syntax)
    if photometric == "PALETTE COLOR":
        return {**grey(8, syntax), "PhotometricInterpretation": photometric, **_palette()}
    native, half = streams.colour(), photometric == "YBR_FULL_422"
    pixels: Any = streams.colour_422() if half else native
    if syntax == RLE:
        pixels = [streams.rle(native, samples=3)]
    elif syntax == JPEG_BASELINE:
        pixels = [streams.frame("colour8.4.50")]
    planar = 1 if syntax == RLE else 0
    return {
        **grey(8, EXPLICIT), **lossy(syntax), "SamplesPerPixel": 3, "PhotometricInterpretation": photometric,
        "PlanarConfiguration": planar, "PixelData": pixels,
    }  # fmt: skip


def _palette() -> dict[str, Any]:
    """PS3.3 C.7.9: 256 entries of 16 bits for each colour."""
    ramp = struct.pack("<256H", *(n * 257 for n in range(256)))
    found: dict[str, Any] = {}
    for name in ("Red", "Green", "Blue"):
        # US or SS: the pixels are unsigned, so US.
        found[f"{name}PaletteColorLookupTableDescriptor"] = struct.pack("<3H", 256, 0, 16)
        found[f"{name}PaletteColorLookupTableData"] = ramp
    return found


def icon(size: int = 128, **changes: Any) -> list[dict[str, Any]]:
    """PS3.3 F.7: the item of an Icon Image Sequence."""
    pixels = streams.grey(8) * (size * size // streams.SIZE**2)
    return [
        {
            "SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2", "Rows": size, "Columns": size,
            "BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "PixelRepresentation": 0, "PixelData": pixels,
            **changes,
        }
    ]  # fmt: skip


def reference(sop_class: str, name: str) -> list[dict[str, Any]]:
    """PS3.3 Table 10-3: an item that references an image."""
    return [{"ReferencedSOPClassUID": sop_class, "ReferencedSOPInstanceUID": uid(f"{sop_class} {name}")}]


def xa(syntax: str = JPEG_LOSSLESS, bits: int = 8, name: str = "") -> Made:
    """PS3.3 A.14: two frames, with the icon that cardiac profiles want in the directory."""
    label = name or f"{syntax} {bits}"
    return Made(
        {
            **instance(XA, "XA", label), **grey(bits, syntax, frames=2),
            "ImageType": "ORIGINAL\\PRIMARY\\SINGLE PLANE", "NumberOfFrames": "2",
            "FrameIncrementPointer": (0x0018, 0x1063), "FrameTime": "66", "CalibrationImage": "NO",
            "IconImageSequence": icon(),
        },
        syntax,
    )  # fmt: skip


def sc(photometric: str = "MONOCHROME2", syntax: str = EXPLICIT, bits: int = 8) -> Made:
    """PS3.3 A.8: with an icon too."""
    pixels = grey(bits, syntax) if photometric == "MONOCHROME2" else coloured(photometric, syntax)
    return Made(
        {
            **instance(SC, "OT", f"{photometric} {syntax} {bits}"), **pixels,
            "ConversionType": "WSD", "ImageType": "DERIVED\\SECONDARY",
        },
        syntax,
    )  # fmt: skip


def ct(syntax: str = EXPLICIT, bits: int = 12, name: str = "") -> Made:
    """PS3.3 A.3."""
    return Made({**instance(CT, "CT", name or f"{syntax} {bits}"), **grey(bits, syntax), **plane()}, syntax)


def mr(syntax: str = EXPLICIT, bits: int = 12) -> Made:
    """PS3.3 A.4."""
    return Made({**instance(MR, "MR", f"{syntax} {bits}"), **grey(bits, syntax), **plane()}, syntax)


def plane() -> dict[str, Any]:
    """PS3.3 C.7.4.1 and C.7.6.2."""
    return {
        "ImageType": "ORIGINAL\\PRIMARY\\AXIAL", "FrameOfReferenceUID": uid("frame of reference"),
        "ImagePositionPatient": "0\\0\\0", "ImageOrientationPatient": "1\\0\\0\\0\\1\\0",
        "PixelSpacing": "1\\1",
    }  # fmt: skip


def enhanced_ct() -> Made:
    """PS3.3 A.38: where its planes lie is in the Shared Functional Groups."""
    shared = {
        "PixelMeasuresSequence": [{"PixelSpacing": "1\\1", "SliceThickness": "5"}],
        "PlaneOrientationSequence": [{"ImageOrientationPatient": "1\\0\\0\\0\\1\\0"}],
        "PlanePositionSequence": [{"ImagePositionPatient": "0\\0\\0"}],
        "ReferencedImageSequence": reference(CT, "scout"),
    }
    return Made(
        {
            **instance(ENHANCED_CT, "CT", "shared"), **grey(12, EXPLICIT, frames=2),
            "ImageType": "ORIGINAL\\PRIMARY\\VOLUME\\NONE", "NumberOfFrames": "2", "ContentDate": "20240501",
            "ContentTime": "101500", "AcquisitionDateTime": "20240501101500",
            "FrameOfReferenceUID": uid("frame of reference"),
            "SynchronizationFrameOfReferenceUID": uid("synchronization"), "AcquisitionTimeSynchronized": "Y",
            "SharedFunctionalGroupsSequence": [shared],
        }
    )  # fmt: skip


def ultrasound(photometric: str, syntax: str, multi_frame: bool = False, organization: int = 0) -> Made:
    """PS3.3 A.6 and A.7: with a calibrated region of that Pixel Component Organization."""
    pixels = coloured(photometric, syntax)
    cine: dict[str, Any] = {}
    if multi_frame:
        cine = {"NumberOfFrames": "2", "FrameIncrementPointer": (0x0018, 0x1063), "FrameTime": "40",
                "PixelData": pixels["PixelData"] * 2}  # fmt: skip
    sop_class = US_MULTI_FRAME if multi_frame else US
    return Made(
        {
            **instance(sop_class, "US", f"{photometric} {syntax} {organization}"), **pixels, **cine,
            "ImageType": "ORIGINAL\\PRIMARY", "SequenceOfUltrasoundRegions": [region(organization)],
        },
        syntax,
    )  # fmt: skip


def region(organization: int) -> dict[str, Any]:
    """PS3.3 C.8.5.5: a region in centimetres, with its pixel components."""
    return {
        "RegionSpatialFormat": 1, "RegionDataType": 1, "RegionFlags": 0, "RegionLocationMinX0": 0,
        "RegionLocationMinY0": 0, "RegionLocationMaxX1": 15, "RegionLocationMaxY1": 15,
        "PhysicalUnitsXDirection": 3, "PhysicalUnitsYDirection": 3, "PhysicalDeltaX": 0.1,
        "PhysicalDeltaY": 0.1, "PixelComponentOrganization": organization,
        "PixelComponentPhysicalUnits": 7, "PixelComponentDataType": 1, **_components(organization),
    }  # fmt: skip


def _components(organization: int) -> dict[str, Any]:
    """The attributes that PS3.3 Table C.8-17 asks for with each organization."""
    breaks = {
        "NumberOfTableBreakPoints": 2,
        "TableOfXBreakPoints": [0, 255],
        "TableOfYBreakPoints": [0.0, 5.0],
    }
    if organization == 0:
        return {"PixelComponentMask": 0xFF, **breaks}
    if organization == 1:
        return {"PixelComponentRangeStart": 0, "PixelComponentRangeStop": 255, **breaks}
    if organization == 2:
        return {
            "NumberOfTableEntries": 2,
            "TableOfPixelValues": [0, 255],
            "TableOfParameterValues": [0.0, 1.0],
        }
    mapping = {"CodeValue": "T1", "CodingSchemeDesignator": "99TEST", "CodeMeaning": "Test",
               "NumberOfTableEntries": 1}  # fmt: skip
    return {"NumberOfTableEntries": 1, "PixelValueMappingCodeSequence": [mapping]}


def radiograph(sop_class: str, bits: int) -> Made:
    """PS3.3 A.26 and A.28: intra-oral, panoramic; with what the dental profiles raise to Type 2."""
    modality = "IO" if sop_class == INTRA_ORAL else "PX"
    return Made(
        {
            **instance(sop_class, modality, str(bits)), **grey(bits, EXPLICIT),
            "ImageType": "ORIGINAL\\PRIMARY",
            "PresentationIntentType": "FOR PRESENTATION", "ManufacturerModelName": "Test Model",
            "DetectorID": "D1", "DetectorManufacturerName": "Test", "DetectorManufacturerModelName": "",
        }
    )  # fmt: skip


def movie(ending: str) -> Made:
    """PS3.3 A.32.5: a second of endoscopy in the video transfer syntax whose UID ends so."""
    rows, columns = streams.MATRIX[ending]
    syntax, rate = f"{VIDEO}{ending[2:]}", streams.FRAME_RATE[ending]
    method = "ISO_13818_2" if ending in ("100", "101") else "ISO_14496_10"
    return Made(
        {
            **instance(VIDEO_ENDOSCOPIC, "ES", ending), **grey(8, EXPLICIT), **lossy(syntax),
            "LossyImageCompressionMethod": method, "ImageType": "ORIGINAL\\PRIMARY", "SamplesPerPixel": 3,
            "PhotometricInterpretation": "YBR_PARTIAL_420", "PlanarConfiguration": 0, "Rows": rows,
            "Columns": columns, "NumberOfFrames": str(rate), "FrameIncrementPointer": (0x0018, 0x1063),
            "FrameTime": str(1000 / rate), "CineRate": str(rate), "PixelData": [streams.video(ending)],
        },
        syntax,
    )  # fmt: skip
