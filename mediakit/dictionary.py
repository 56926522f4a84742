"""The facts of PS3.6 that the other modules ask for: tags, value representations, UID names.

Everything that profiles, directory records and the file meta name is a row of a table here,
so that nothing on the fast path has to load pydicom's dictionary of 5,000 attributes. What
is not in the table is asked of pydicom, which is imported at that moment. A test proves
that both say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .sop_class_names import SOP_CLASS_NAMES


@dataclass(frozen=True, slots=True)
class TransferSyntax:
    """How a data set is encoded (PS3.5 10); Explicit VR Little Endian where nothing is said.

    `encapsulated` says that Pixel Data, where there is any, is a sequence of fragments
    (PS3.5 A.4).
    """

    name: str
    implicit: bool = False
    big_endian: bool = False
    deflated: bool = False
    encapsulated: bool = False


def _encapsulated(name: str) -> TransferSyntax:
    return TransferSyntax(name, encapsulated=True)


def tag_of(keyword: str) -> int:
    """The tag of an attribute by its keyword; KeyError when PS3.6 has no such keyword."""
    known = ATTRIBUTES.get(keyword)
    if known is not None:
        return known[0]
    from pydicom.datadict import tag_for_keyword

    tag = tag_for_keyword(keyword)
    if tag is None:
        raise KeyError(keyword)
    return int(tag)


def vr_of(tag: int) -> str:
    """The value representation of a tag, as PS3.6 prints it ("US or SS"); KeyError when unknown.

    Group lengths are UL and private creators LO (PS3.5 7.2 and 7.8.1); other private
    attributes are not known.
    """
    known = _BY_TAG.get(tag)
    if known is not None:
        return known[1]
    if not tag & 0xFFFF:
        return "UL"
    if tag & 0x10000:
        if 0x10 <= tag & 0xFFFF <= 0xFF:
            return "LO"
        raise KeyError(tag)
    from pydicom.datadict import dictionary_VR

    return dictionary_VR(tag)


def keyword_of(tag: int) -> str:
    """The keyword of a tag; KeyError when PS3.6 has no such tag."""
    known = _BY_TAG.get(tag)
    if known is not None:
        return known[0]
    from pydicom.datadict import keyword_for_tag

    keyword = keyword_for_tag(tag)
    if not keyword:
        raise KeyError(tag)
    return keyword


def tag_text(tag: int) -> str:
    """The tag as the standard prints it: (0008,0018)."""
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def uid_name(uid: str) -> str:
    """The name of a registered UID; the UID itself when PS3.6 does not register it."""
    syntax = TRANSFER_SYNTAXES.get(uid)
    if syntax is not None:
        return syntax.name
    if uid in SOP_CLASS_NAMES:
        return SOP_CLASS_NAMES[uid]
    if not uid.startswith("1.2.840.10008."):
        return uid
    from pydicom._uid_dict import UID_dictionary

    found = UID_dictionary.get(uid)  # not UID(uid).name: that warns of UIDs that are not well formed
    return found[0] if found else uid


def uid_of(keyword: str) -> str:
    """The UID of a SOP Class or Transfer Syntax by its keyword; KeyError when PS3.6 has no such keyword."""
    known = UIDS.get(keyword)
    if known is not None:
        return known
    from pydicom._uid_dict import UID_dictionary

    found = {row[4]: str(uid) for uid, row in UID_dictionary.items()}
    return found[keyword]


UIDS: Mapping[str, str] = {
    "ExplicitVRLittleEndian": "1.2.840.10008.1.2.1",
    "RLELossless": "1.2.840.10008.1.2.5",
    "JPEGBaseline8Bit": "1.2.840.10008.1.2.4.50",
    "JPEGExtended12Bit": "1.2.840.10008.1.2.4.51",
    "JPEGLosslessSV1": "1.2.840.10008.1.2.4.70",
    "JPEG2000Lossless": "1.2.840.10008.1.2.4.90",
    "JPEG2000": "1.2.840.10008.1.2.4.91",
    "MPEG2MPML": "1.2.840.10008.1.2.4.100",
    "MPEG2MPHL": "1.2.840.10008.1.2.4.101",
    "MPEG4HP41": "1.2.840.10008.1.2.4.102",
    "MPEG4HP41BD": "1.2.840.10008.1.2.4.103",
    "MPEG4HP422D": "1.2.840.10008.1.2.4.104",
    "MPEG4HP423D": "1.2.840.10008.1.2.4.105",
    "MPEG4HP42STEREO": "1.2.840.10008.1.2.4.106",
    "DigitalXRayImageStorageForPresentation": "1.2.840.10008.5.1.4.1.1.1.1",
    "DigitalIntraOralXRayImageStorageForPresentation": "1.2.840.10008.5.1.4.1.1.1.3",
    "GrayscaleSoftcopyPresentationStateStorage": "1.2.840.10008.5.1.4.1.1.11.1",
    "XRayAngiographicImageStorage": "1.2.840.10008.5.1.4.1.1.12.1",
    "BasicStructuredDisplayStorage": "1.2.840.10008.5.1.4.1.1.131",
    "CTImageStorage": "1.2.840.10008.5.1.4.1.1.2",
    "UltrasoundMultiFrameImageStorage": "1.2.840.10008.5.1.4.1.1.3.1",
    "MRImageStorage": "1.2.840.10008.5.1.4.1.1.4",
    "UltrasoundImageStorage": "1.2.840.10008.5.1.4.1.1.6.1",
    "SecondaryCaptureImageStorage": "1.2.840.10008.5.1.4.1.1.7",
    "XRayRadiationDoseSRStorage": "1.2.840.10008.5.1.4.1.1.88.67",
}
"""The UIDs that profiles name, by keyword."""

TRANSFER_SYNTAXES: Mapping[str, TransferSyntax] = {
    "1.2.840.10008.1.2": TransferSyntax("Implicit VR Little Endian", implicit=True),
    "1.2.840.10008.1.2.1": TransferSyntax("Explicit VR Little Endian"),
    "1.2.840.10008.1.2.1.98": _encapsulated("Encapsulated Uncompressed Explicit VR Little Endian"),
    "1.2.840.10008.1.2.1.99": TransferSyntax("Deflated Explicit VR Little Endian", deflated=True),
    "1.2.840.10008.1.2.2": TransferSyntax("Explicit VR Big Endian", big_endian=True),
    "1.2.840.10008.1.2.4.50": _encapsulated("JPEG Baseline (Process 1)"),
    "1.2.840.10008.1.2.4.51": _encapsulated("JPEG Extended (Process 2 and 4)"),
    "1.2.840.10008.1.2.4.52": _encapsulated("JPEG Extended (Process 3 and 5)"),
    "1.2.840.10008.1.2.4.53": _encapsulated("JPEG Spectral Selection, Non-Hierarchical (Process 6 and 8)"),
    "1.2.840.10008.1.2.4.54": _encapsulated("JPEG Spectral Selection, Non-Hierarchical (Process 7 and 9)"),
    "1.2.840.10008.1.2.4.55": _encapsulated("JPEG Full Progression, Non-Hierarchical (Process 10 and 12)"),
    "1.2.840.10008.1.2.4.56": _encapsulated("JPEG Full Progression, Non-Hierarchical (Process 11 and 13)"),
    "1.2.840.10008.1.2.4.57": _encapsulated("JPEG Lossless, Non-Hierarchical (Process 14)"),
    "1.2.840.10008.1.2.4.58": _encapsulated("JPEG Lossless, Non-Hierarchical (Process 15)"),
    "1.2.840.10008.1.2.4.59": _encapsulated("JPEG Extended, Hierarchical (Process 16 and 18)"),
    "1.2.840.10008.1.2.4.60": _encapsulated("JPEG Extended, Hierarchical (Process 17 and 19)"),
    "1.2.840.10008.1.2.4.61": _encapsulated("JPEG Spectral Selection, Hierarchical (Process 20 and 22)"),
    "1.2.840.10008.1.2.4.62": _encapsulated("JPEG Spectral Selection, Hierarchical (Process 21 and 23)"),
    "1.2.840.10008.1.2.4.63": _encapsulated("JPEG Full Progression, Hierarchical (Process 24 and 26)"),
    "1.2.840.10008.1.2.4.64": _encapsulated("JPEG Full Progression, Hierarchical (Process 25 and 27)"),
    "1.2.840.10008.1.2.4.65": _encapsulated("JPEG Lossless, Hierarchical (Process 28)"),
    "1.2.840.10008.1.2.4.66": _encapsulated("JPEG Lossless, Hierarchical (Process 29)"),
    "1.2.840.10008.1.2.4.70": _encapsulated(
        "JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value 1])"
    ),
    "1.2.840.10008.1.2.4.80": _encapsulated("JPEG-LS Lossless Image Compression"),
    "1.2.840.10008.1.2.4.81": _encapsulated("JPEG-LS Lossy (Near-Lossless) Image Compression"),
    "1.2.840.10008.1.2.4.90": _encapsulated("JPEG 2000 Image Compression (Lossless Only)"),
    "1.2.840.10008.1.2.4.91": _encapsulated("JPEG 2000 Image Compression"),
    "1.2.840.10008.1.2.4.92": _encapsulated(
        "JPEG 2000 Part 2 Multi-component Image Compression (Lossless Only)"
    ),
    "1.2.840.10008.1.2.4.93": _encapsulated("JPEG 2000 Part 2 Multi-component Image Compression"),
    "1.2.840.10008.1.2.4.94": TransferSyntax("JPIP Referenced"),
    "1.2.840.10008.1.2.4.95": TransferSyntax("JPIP Referenced Deflate", deflated=True),
    "1.2.840.10008.1.2.4.100": _encapsulated("MPEG2 Main Profile / Main Level"),
    "1.2.840.10008.1.2.4.100.1": _encapsulated("Fragmentable MPEG2 Main Profile / Main Level"),
    "1.2.840.10008.1.2.4.101": _encapsulated("MPEG2 Main Profile / High Level"),
    "1.2.840.10008.1.2.4.101.1": _encapsulated("Fragmentable MPEG2 Main Profile / High Level"),
    "1.2.840.10008.1.2.4.102": _encapsulated("MPEG-4 AVC/H.264 High Profile / Level 4.1"),
    "1.2.840.10008.1.2.4.102.1": _encapsulated("Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1"),
    "1.2.840.10008.1.2.4.103": _encapsulated("MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1"),
    "1.2.840.10008.1.2.4.103.1": _encapsulated(
        "Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1"
    ),
    "1.2.840.10008.1.2.4.104": _encapsulated("MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video"),
    "1.2.840.10008.1.2.4.104.1": _encapsulated(
        "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video"
    ),
    "1.2.840.10008.1.2.4.105": _encapsulated("MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video"),
    "1.2.840.10008.1.2.4.105.1": _encapsulated(
        "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video"
    ),
    "1.2.840.10008.1.2.4.106": _encapsulated("MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2"),
    "1.2.840.10008.1.2.4.106.1": _encapsulated(
        "Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2"
    ),
    "1.2.840.10008.1.2.4.107": _encapsulated("HEVC/H.265 Main Profile / Level 5.1"),
    "1.2.840.10008.1.2.4.108": _encapsulated("HEVC/H.265 Main 10 Profile / Level 5.1"),
    "1.2.840.10008.1.2.4.110": _encapsulated("JPEG XL Lossless"),
    "1.2.840.10008.1.2.4.111": _encapsulated("JPEG XL JPEG Recompression"),
    "1.2.840.10008.1.2.4.112": _encapsulated("JPEG XL"),
    "1.2.840.10008.1.2.4.201": _encapsulated("High-Throughput JPEG 2000 Image Compression (Lossless Only)"),
    "1.2.840.10008.1.2.4.202": _encapsulated(
        "High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)"
    ),
    "1.2.840.10008.1.2.4.203": _encapsulated("High-Throughput JPEG 2000 Image Compression"),
    "1.2.840.10008.1.2.4.204": TransferSyntax("JPIP HTJ2K Referenced"),
    "1.2.840.10008.1.2.4.205": TransferSyntax("JPIP HTJ2K Referenced Deflate", deflated=True),
    "1.2.840.10008.1.2.5": _encapsulated("RLE Lossless"),
    "1.2.840.10008.1.2.6.1": TransferSyntax("RFC 2557 MIME encapsulation"),
    "1.2.840.10008.1.2.6.2": TransferSyntax("XML Encoding"),
    "1.2.840.10008.1.2.7.1": TransferSyntax("SMPTE ST 2110-20 Uncompressed Progressive Active Video"),
    "1.2.840.10008.1.2.7.2": TransferSyntax("SMPTE ST 2110-20 Uncompressed Interlaced Active Video"),
    "1.2.840.10008.1.2.7.3": TransferSyntax("SMPTE ST 2110-30 PCM Digital Audio"),
    "1.2.840.10008.1.2.8.1": _encapsulated("Deflated Image Frame Compression"),
    "1.2.840.10008.1.20": TransferSyntax("Papyrus 3 Implicit VR Little Endian", implicit=True),
}
"""Every transfer syntax that PS3.6 registers or registered, retired ones too (Table A-1)."""

ATTRIBUTES: Mapping[str, tuple[int, str]] = {
    "FileMetaInformationGroupLength": (0x0002_0000, "UL"),
    "FileMetaInformationVersion": (0x0002_0001, "OB"),
    "MediaStorageSOPClassUID": (0x0002_0002, "UI"),
    "MediaStorageSOPInstanceUID": (0x0002_0003, "UI"),
    "TransferSyntaxUID": (0x0002_0010, "UI"),
    "ImplementationClassUID": (0x0002_0012, "UI"),
    "ImplementationVersionName": (0x0002_0013, "SH"),
    "SourceApplicationEntityTitle": (0x0002_0016, "AE"),
    "SendingApplicationEntityTitle": (0x0002_0017, "AE"),
    "ReceivingApplicationEntityTitle": (0x0002_0018, "AE"),
    "SourcePresentationAddress": (0x0002_0026, "UR"),
    "SendingPresentationAddress": (0x0002_0027, "UR"),
    "ReceivingPresentationAddress": (0x0002_0028, "UR"),
    "RTVMetaInformationVersion": (0x0002_0031, "OB"),
    "RTVCommunicationSOPClassUID": (0x0002_0032, "UI"),
    "RTVCommunicationSOPInstanceUID": (0x0002_0033, "UI"),
    "RTVSourceIdentifier": (0x0002_0035, "OB"),
    "RTVFlowIdentifier": (0x0002_0036, "OB"),
    "RTVFlowRTPSamplingRate": (0x0002_0037, "UL"),
    "RTVFlowActualFrameDuration": (0x0002_0038, "FD"),
    "PrivateInformationCreatorUID": (0x0002_0100, "UI"),
    "PrivateInformation": (0x0002_0102, "OB"),
    "FileSetID": (0x0004_1130, "CS"),
    "FileSetDescriptorFileID": (0x0004_1141, "CS"),
    "SpecificCharacterSetOfFileSetDescriptorFile": (0x0004_1142, "CS"),
    "OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity": (0x0004_1200, "UL"),
    "OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity": (0x0004_1202, "UL"),
    "FileSetConsistencyFlag": (0x0004_1212, "US"),
    "DirectoryRecordSequence": (0x0004_1220, "SQ"),
    "OffsetOfTheNextDirectoryRecord": (0x0004_1400, "UL"),
    "RecordInUseFlag": (0x0004_1410, "US"),
    "OffsetOfReferencedLowerLevelDirectoryEntity": (0x0004_1420, "UL"),
    "DirectoryRecordType": (0x0004_1430, "CS"),
    "PrivateRecordUID": (0x0004_1432, "UI"),
    "ReferencedFileID": (0x0004_1500, "CS"),
    "MRDRDirectoryRecordOffset": (0x0004_1504, "UL"),
    "ReferencedSOPClassUIDInFile": (0x0004_1510, "UI"),
    "ReferencedSOPInstanceUIDInFile": (0x0004_1511, "UI"),
    "ReferencedTransferSyntaxUIDInFile": (0x0004_1512, "UI"),
    "ReferencedRelatedGeneralSOPClassUIDInFile": (0x0004_151A, "UI"),
    "NumberOfReferences": (0x0004_1600, "UL"),
    "SpecificCharacterSet": (0x0008_0005, "CS"),
    "LanguageCodeSequence": (0x0008_0006, "SQ"),
    "ImageType": (0x0008_0008, "CS"),
    "InstanceCreationDate": (0x0008_0012, "DA"),
    "InstanceCreationTime": (0x0008_0013, "TM"),
    "InstanceCreatorUID": (0x0008_0014, "UI"),
    "SOPClassUID": (0x0008_0016, "UI"),
    "SOPInstanceUID": (0x0008_0018, "UI"),
    "RelatedGeneralSOPClassUID": (0x0008_001A, "UI"),
    "StudyDate": (0x0008_0020, "DA"),
    "SeriesDate": (0x0008_0021, "DA"),
    "AcquisitionDate": (0x0008_0022, "DA"),
    "ContentDate": (0x0008_0023, "DA"),
    "AcquisitionDateTime": (0x0008_002A, "DT"),
    "StudyTime": (0x0008_0030, "TM"),
    "SeriesTime": (0x0008_0031, "TM"),
    "AcquisitionTime": (0x0008_0032, "TM"),
    "ContentTime": (0x0008_0033, "TM"),
    "AccessionNumber": (0x0008_0050, "SH"),
    "QueryRetrieveLevel": (0x0008_0052, "CS"),
    "Modality": (0x0008_0060, "CS"),
    "ModalitiesInStudy": (0x0008_0061, "CS"),
    "ConversionType": (0x0008_0064, "CS"),
    "Manufacturer": (0x0008_0070, "LO"),
    "InstitutionName": (0x0008_0080, "LO"),
    "InstitutionAddress": (0x0008_0081, "ST"),
    "ReferringPhysicianName": (0x0008_0090, "PN"),
    "CodeValue": (0x0008_0100, "SH"),
    "CodingSchemeDesignator": (0x0008_0102, "SH"),
    "CodingSchemeVersion": (0x0008_0103, "SH"),
    "CodeMeaning": (0x0008_0104, "LO"),
    "MappingResource": (0x0008_0105, "CS"),
    "ContextGroupVersion": (0x0008_0106, "DT"),
    "ContextIdentifier": (0x0008_010F, "CS"),
    "ContextUID": (0x0008_0117, "UI"),
    "LongCodeValue": (0x0008_0119, "UC"),
    "URNCodeValue": (0x0008_0120, "UR"),
    "TimezoneOffsetFromUTC": (0x0008_0201, "SH"),
    "ScopeOfInventorySequence": (0x0008_0400, "SQ"),
    "InventoryPurpose": (0x0008_0401, "LT"),
    "InventoryLevel": (0x0008_0403, "CS"),
    "InventoryCompletionStatus": (0x0008_0426, "CS"),
    "TotalNumberOfStudyRecords": (0x0008_0428, "UV"),
    "StationName": (0x0008_1010, "SH"),
    "StudyDescription": (0x0008_1030, "LO"),
    "ProcedureCodeSequence": (0x0008_1032, "SQ"),
    "SeriesDescription": (0x0008_103E, "LO"),
    "InstitutionalDepartmentName": (0x0008_1040, "LO"),
    "PerformingPhysicianName": (0x0008_1050, "PN"),
    "ManufacturerModelName": (0x0008_1090, "LO"),
    "ReferencedStudySequence": (0x0008_1110, "SQ"),
    "ReferencedPerformedProcedureStepSequence": (0x0008_1111, "SQ"),
    "ReferencedSeriesSequence": (0x0008_1115, "SQ"),
    "ReferencedImageSequence": (0x0008_1140, "SQ"),
    "ReferencedSOPClassUID": (0x0008_1150, "UI"),
    "ReferencedSOPInstanceUID": (0x0008_1155, "UI"),
    "ReferencedSOPSequence": (0x0008_1199, "SQ"),
    "DerivationDescription": (0x0008_2111, "ST"),
    "SourceImageSequence": (0x0008_2112, "SQ"),
    "RecommendedDisplayFrameRate": (0x0008_2144, "IS"),
    "AnatomicRegionSequence": (0x0008_2218, "SQ"),
    "ReferencedImageEvidenceSequence": (0x0008_9092, "SQ"),
    "PatientName": (0x0010_0010, "PN"),
    "PatientID": (0x0010_0020, "LO"),
    "IssuerOfPatientID": (0x0010_0021, "LO"),
    "PatientBirthDate": (0x0010_0030, "DA"),
    "PatientSex": (0x0010_0040, "CS"),
    "OtherPatientIDs": (0x0010_1000, "LO"),
    "PatientAge": (0x0010_1010, "AS"),
    "PatientSize": (0x0010_1020, "DS"),
    "PatientWeight": (0x0010_1030, "DS"),
    "PatientComments": (0x0010_4000, "LT"),
    "BodyPartExamined": (0x0018_0015, "CS"),
    "CineRate": (0x0018_0040, "IS"),
    "SliceThickness": (0x0018_0050, "DS"),
    "SpacingBetweenSlices": (0x0018_0088, "DS"),
    "ProtocolName": (0x0018_1030, "LO"),
    "FrameTime": (0x0018_1063, "DS"),
    "ImagerPixelSpacing": (0x0018_1164, "DS"),
    "AcquisitionTimeSynchronized": (0x0018_1800, "CS"),
    "NominalScannedPixelSpacing": (0x0018_2010, "DS"),
    "PatientPosition": (0x0018_5100, "CS"),
    "SequenceOfUltrasoundRegions": (0x0018_6011, "SQ"),
    "RegionSpatialFormat": (0x0018_6012, "US"),
    "RegionDataType": (0x0018_6014, "US"),
    "RegionFlags": (0x0018_6016, "UL"),
    "RegionLocationMinX0": (0x0018_6018, "UL"),
    "RegionLocationMinY0": (0x0018_601A, "UL"),
    "RegionLocationMaxX1": (0x0018_601C, "UL"),
    "RegionLocationMaxY1": (0x0018_601E, "UL"),
    "PhysicalUnitsXDirection": (0x0018_6024, "US"),
    "PhysicalUnitsYDirection": (0x0018_6026, "US"),
    "PhysicalDeltaX": (0x0018_602C, "FD"),
    "PhysicalDeltaY": (0x0018_602E, "FD"),
    "PixelComponentOrganization": (0x0018_6044, "US"),
    "PixelComponentMask": (0x0018_6046, "UL"),
    "PixelComponentRangeStart": (0x0018_6048, "UL"),
    "PixelComponentRangeStop": (0x0018_604A, "UL"),
    "PixelComponentPhysicalUnits": (0x0018_604C, "US"),
    "PixelComponentDataType": (0x0018_604E, "US"),
    "NumberOfTableBreakPoints": (0x0018_6050, "UL"),
    "TableOfXBreakPoints": (0x0018_6052, "UL"),
    "TableOfYBreakPoints": (0x0018_6054, "FD"),
    "NumberOfTableEntries": (0x0018_6056, "UL"),
    "TableOfPixelValues": (0x0018_6058, "UL"),
    "TableOfParameterValues": (0x0018_605A, "FL"),
    "DetectorID": (0x0018_700A, "SH"),
    "DetectorManufacturerName": (0x0018_702A, "LO"),
    "DetectorManufacturerModelName": (0x0018_702B, "LO"),
    "StudyInstanceUID": (0x0020_000D, "UI"),
    "SeriesInstanceUID": (0x0020_000E, "UI"),
    "StudyID": (0x0020_0010, "SH"),
    "SeriesNumber": (0x0020_0011, "IS"),
    "AcquisitionNumber": (0x0020_0012, "IS"),
    "InstanceNumber": (0x0020_0013, "IS"),
    "PatientOrientation": (0x0020_0020, "CS"),
    "ImagePosition": (0x0020_0030, "DS"),
    "ImagePositionPatient": (0x0020_0032, "DS"),
    "ImageOrientation": (0x0020_0035, "DS"),
    "ImageOrientationPatient": (0x0020_0037, "DS"),
    "FrameOfReferenceUID": (0x0020_0052, "UI"),
    "Laterality": (0x0020_0060, "CS"),
    "SynchronizationFrameOfReferenceUID": (0x0020_0200, "UI"),
    "ImagesInAcquisition": (0x0020_1002, "IS"),
    "SliceLocation": (0x0020_1041, "DS"),
    "ImageComments": (0x0020_4000, "LT"),
    "ImplantName": (0x0022_1095, "LO"),
    "ImplantPartNumber": (0x0022_1097, "LO"),
    "SamplesPerPixel": (0x0028_0002, "US"),
    "PhotometricInterpretation": (0x0028_0004, "CS"),
    "PlanarConfiguration": (0x0028_0006, "US"),
    "NumberOfFrames": (0x0028_0008, "IS"),
    "FrameIncrementPointer": (0x0028_0009, "AT"),
    "Rows": (0x0028_0010, "US"),
    "Columns": (0x0028_0011, "US"),
    "PixelSpacing": (0x0028_0030, "DS"),
    "PixelAspectRatio": (0x0028_0034, "IS"),
    "BitsAllocated": (0x0028_0100, "US"),
    "BitsStored": (0x0028_0101, "US"),
    "HighBit": (0x0028_0102, "US"),
    "PixelRepresentation": (0x0028_0103, "US"),
    "SmallestImagePixelValue": (0x0028_0106, "US or SS"),
    "LargestImagePixelValue": (0x0028_0107, "US or SS"),
    "PixelPaddingValue": (0x0028_0120, "US or SS"),
    "PixelPaddingRangeLimit": (0x0028_0121, "US or SS"),
    "WindowCenter": (0x0028_1050, "DS"),
    "WindowWidth": (0x0028_1051, "DS"),
    "RescaleIntercept": (0x0028_1052, "DS"),
    "RescaleSlope": (0x0028_1053, "DS"),
    "VOILUTFunction": (0x0028_1056, "CS"),
    "RedPaletteColorLookupTableDescriptor": (0x0028_1101, "US or SS"),
    "GreenPaletteColorLookupTableDescriptor": (0x0028_1102, "US or SS"),
    "BluePaletteColorLookupTableDescriptor": (0x0028_1103, "US or SS"),
    "RedPaletteColorLookupTableData": (0x0028_1201, "OW"),
    "GreenPaletteColorLookupTableData": (0x0028_1202, "OW"),
    "BluePaletteColorLookupTableData": (0x0028_1203, "OW"),
    "SegmentedRedPaletteColorLookupTableData": (0x0028_1221, "OW"),
    "SegmentedGreenPaletteColorLookupTableData": (0x0028_1222, "OW"),
    "SegmentedBluePaletteColorLookupTableData": (0x0028_1223, "OW"),
    "LossyImageCompression": (0x0028_2110, "CS"),
    "LossyImageCompressionRatio": (0x0028_2112, "DS"),
    "LossyImageCompressionMethod": (0x0028_2114, "CS"),
    "ModalityLUTSequence": (0x0028_3000, "SQ"),
    "LUTDescriptor": (0x0028_3002, "US or SS"),
    "VOILUTSequence": (0x0028_3010, "SQ"),
    "RepresentativeFrameNumber": (0x0028_6010, "US"),
    "DataPointRows": (0x0028_9001, "UL"),
    "DataPointColumns": (0x0028_9002, "UL"),
    "PixelMeasuresSequence": (0x0028_9110, "SQ"),
    "FrameVOILUTSequence": (0x0028_9132, "SQ"),
    "PixelValueTransformationSequence": (0x0028_9145, "SQ"),
    "StudyComments": (0x0032_4000, "LT"),
    "ScheduledProcedureStepID": (0x0040_0009, "SH"),
    "RequestAttributesSequence": (0x0040_0275, "SQ"),
    "MeasurementUnitsCodeSequence": (0x0040_08EA, "SQ"),
    "RequestedProcedureID": (0x0040_1001, "SH"),
    "ReasonForRequestedProcedureCodeSequence": (0x0040_100A, "SQ"),
    "PixelValueMappingCodeSequence": (0x0040_9098, "SQ"),
    "RelationshipType": (0x0040_A010, "CS"),
    "VerifyingOrganization": (0x0040_A027, "LO"),
    "VerificationDateTime": (0x0040_A030, "DT"),
    "ValueType": (0x0040_A040, "CS"),
    "ConceptNameCodeSequence": (0x0040_A043, "SQ"),
    "ContinuityOfContent": (0x0040_A050, "CS"),
    "VerifyingObserverSequence": (0x0040_A073, "SQ"),
    "VerifyingObserverName": (0x0040_A075, "PN"),
    "DateTime": (0x0040_A120, "DT"),
    "Date": (0x0040_A121, "DA"),
    "Time": (0x0040_A122, "TM"),
    "PersonName": (0x0040_A123, "PN"),
    "UID": (0x0040_A124, "UI"),
    "TextValue": (0x0040_A160, "UT"),
    "ConceptCodeSequence": (0x0040_A168, "SQ"),
    "PurposeOfReferenceCodeSequence": (0x0040_A170, "SQ"),
    "MeasuredValueSequence": (0x0040_A300, "SQ"),
    "NumericValue": (0x0040_A30A, "DS"),
    "CurrentRequestedProcedureEvidenceSequence": (0x0040_A375, "SQ"),
    "PertinentOtherEvidenceSequence": (0x0040_A385, "SQ"),
    "CompletionFlag": (0x0040_A491, "CS"),
    "VerificationFlag": (0x0040_A493, "CS"),
    "ContentTemplateSequence": (0x0040_A504, "SQ"),
    "ContentSequence": (0x0040_A730, "SQ"),
    "TemplateIdentifier": (0x0040_DB00, "CS"),
    "HL7InstanceIdentifier": (0x0040_E001, "ST"),
    "DocumentTitle": (0x0042_0010, "ST"),
    "EncapsulatedDocument": (0x0042_0011, "OB"),
    "MIMETypeOfEncapsulatedDocument": (0x0042_0012, "LO"),
    "EncapsulatedDocumentLength": (0x0042_0015, "UL"),
    "CalibrationImage": (0x0050_0004, "CS"),
    "ImplantSize": (0x0068_6210, "LO"),
    "ContentLabel": (0x0070_0080, "CS"),
    "ContentDescription": (0x0070_0081, "LO"),
    "PresentationCreationDate": (0x0070_0082, "DA"),
    "PresentationCreationTime": (0x0070_0083, "TM"),
    "ContentCreatorName": (0x0070_0084, "PN"),
    "ContentCreatorIdentificationCodeSequence": (0x0070_0086, "SQ"),
    "AlternateContentDescriptionSequence": (0x0070_0087, "SQ"),
    "BlendingSequence": (0x0070_0402, "SQ"),
    "HangingProtocolName": (0x0072_0002, "SH"),
    "HangingProtocolDescription": (0x0072_0004, "LO"),
    "HangingProtocolLevel": (0x0072_0006, "CS"),
    "HangingProtocolCreator": (0x0072_0008, "LO"),
    "HangingProtocolCreationDateTime": (0x0072_000A, "DT"),
    "HangingProtocolDefinitionSequence": (0x0072_000C, "SQ"),
    "HangingProtocolUserIdentificationCodeSequence": (0x0072_000E, "SQ"),
    "NumberOfPriorsReferenced": (0x0072_0014, "US"),
    "ImplantAssemblyTemplateName": (0x0076_0001, "LO"),
    "ProcedureTypeCodeSequence": (0x0076_0020, "SQ"),
    "ImplantTemplateGroupName": (0x0078_0001, "LO"),
    "ImplantTemplateGroupDescription": (0x0078_0010, "ST"),
    "ImplantTemplateGroupIssuer": (0x0078_0020, "LO"),
    "IconImageSequence": (0x0088_0200, "SQ"),
    "OriginalAttributesSequence": (0x0400_0561, "SQ"),
    "PresentationLUTShape": (0x2050_0020, "CS"),
    "DoseComment": (0x3004_0006, "LO"),
    "DoseSummationType": (0x3004_000A, "CS"),
    "StructureSetLabel": (0x3006_0002, "SH"),
    "StructureSetDate": (0x3006_0008, "DA"),
    "StructureSetTime": (0x3006_0009, "TM"),
    "TreatmentDate": (0x3008_0250, "DA"),
    "TreatmentTime": (0x3008_0251, "TM"),
    "RTPlanLabel": (0x300A_0002, "SH"),
    "RTPlanDate": (0x300A_0006, "DA"),
    "RTPlanTime": (0x300A_0007, "TM"),
    "UserContentLabel": (0x3010_0033, "SH"),
    "UserContentLongLabel": (0x3010_0034, "LO"),
    "SharedFunctionalGroupsSequence": (0x5200_9229, "SQ"),
    "PerFrameFunctionalGroupsSequence": (0x5200_9230, "SQ"),
    "WaveformSequence": (0x5400_0100, "SQ"),
    "SpectroscopyData": (0x5600_0020, "OF"),
    "ExtendedOffsetTable": (0x7FE0_0001, "OV"),
    "ExtendedOffsetTableLengths": (0x7FE0_0002, "OV"),
    "FloatPixelData": (0x7FE0_0008, "OF"),
    "DoubleFloatPixelData": (0x7FE0_0009, "OD"),
    "PixelData": (0x7FE0_0010, "OB or OW"),
    "DigitalSignaturesSequence": (0xFFFA_FFFA, "SQ"),
    "DataSetTrailingPadding": (0xFFFC_FFFC, "OB"),
}
"""Keyword to tag and value representation, in tag order (PS3.6 6 and 7)."""

_BY_TAG = {tag: (keyword, vr) for keyword, (tag, vr) in ATTRIBUTES.items()}
