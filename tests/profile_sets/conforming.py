"""For each profile the instances of a File-set that keeps it: every row, every syntax, every pair."""

from __future__ import annotations

from functools import cache

from .dataset import (
    EXPLICIT,
    IMPLICIT,
    J2K,
    J2K_LOSSLESS,
    JPEG_BASELINE,
    JPEG_EXTENDED,
    JPEG_LOSSLESS,
    VIDEO,
    Made,
)
from .documents import (
    DOSE_SR,
    GSPS,
    STRUCTURED_DISPLAY,
    dose_report,
    ecg,
    gsps,
    pdf,
    raw,
    spectroscopy,
    structured_display,
)
from .facts import ANY, BY_STATEMENT, Facts
from .images import (
    CT,
    DX,
    INTRA_ORAL,
    MR,
    SC,
    US,
    US_MULTI_FRAME,
    XA,
    ct,
    enhanced_ct,
    icon,
    movie,
    mr,
    radiograph,
    reference,
    sc,
    ultrasound,
    xa,
)


@cache
def conforming(profile: Facts) -> tuple[Made, ...]:
    """At least one instance for every row of the profile's table of objects."""
    found = [made for rule in profile.objects for made in _of_rule(profile, rule)]
    return tuple({str(made.values["SOPInstanceUID"]): made for made in found}.values())


def _of_rule(profile: Facts, rule: dict) -> list[Made]:
    syntax = rule["transfer_syntax"]
    if "sop_class_set" in rule:
        return _any(syntax) if rule["sop_class_set"] == ANY else [movie(syntax[len(VIDEO) - 2 :])]
    sop_class = rule["sop_class_uid"]
    if sop_class in (US, US_MULTI_FRAME):
        return ultrasounds(profile, sop_class == US_MULTI_FRAME, syntax)
    if sop_class == XA:
        return angiographies(profile, syntax)
    if sop_class == SC and profile.annex == "B":
        return [sc().but(IconImageSequence=icon())]
    if sop_class == SC:
        return captures(rule["instance_condition"]["values"][0], syntax)
    if sop_class in (DX, INTRA_ORAL):
        return [radiograph(sop_class, bits) for bits in (8, 10, 12, 16)]
    if sop_class == CT:
        return [ct(syntax), ct(syntax, name=f"{syntax} icon").but(IconImageSequence=icon(64))]
    return {
        MR: lambda: [mr(syntax, bits) for bits in (8, 12, 16)],
        GSPS: lambda: [gsps()],
        DOSE_SR: lambda: [dose_report()],
        STRUCTURED_DISPLAY: lambda: [structured_display()],
    }[sop_class]()


def _any(syntax: str) -> list[Made]:
    """What a general-purpose profile takes in that transfer syntax."""
    native = [
        ct(), mr(), sc(), sc("PALETTE COLOR"), xa(EXPLICIT), ultrasound("RGB", EXPLICIT),
        ultrasound("MONOCHROME2", EXPLICIT, multi_frame=True), radiograph(DX, 12), enhanced_ct(), gsps(),
        structured_display(), dose_report(), ecg(), pdf(), spectroscopy(), raw(),
    ]  # fmt: skip
    compressed = {
        JPEG_LOSSLESS: [ct(JPEG_LOSSLESS), xa(), sc("PALETTE COLOR", JPEG_LOSSLESS)],
        JPEG_BASELINE: [ultrasound("YBR_FULL_422", JPEG_BASELINE), xa(JPEG_BASELINE)],
        JPEG_EXTENDED: [xa(JPEG_EXTENDED, 12)],
        J2K_LOSSLESS: [ct(J2K_LOSSLESS), mr(J2K_LOSSLESS, 16), xa(J2K_LOSSLESS)],
        J2K: [xa(J2K, 12)],
        EXPLICIT: native,
    }
    if syntax == BY_STATEMENT:
        return [*(made for each in compressed.values() for made in each), plain_ct().but(IMPLICIT)]
    return compressed[syntax]


def plain_ct() -> Made:
    """A CT image without sequences, for transfer syntaxes of the whole data set."""
    return ct(name="plain")


def ultrasounds(profile: Facts, multi_frame: bool, syntax: str) -> list[Made]:
    """Every photometric interpretation of the syntax, and every organization of pixel components."""
    (table,) = profile.images
    pairs = table["photometric_transfer_syntax_pairs"]
    return [
        ultrasound(photometric, syntax, multi_frame, organization)
        for n, photometric in enumerate(name for name in pairs if syntax in pairs[name])
        for organization in (range(4) if n == 0 else (n % 4,))
    ]


def angiographies(profile: Facts, syntax: str) -> list[Made]:
    """Single and biplane runs, in every depth that table and transfer syntax take."""
    (stored,) = (row["enum"] for row in profile.images[0]["attributes"] if row["keyword"] == "BitsStored")
    depths = {JPEG_BASELINE: [8], JPEG_EXTENDED: [12]}.get(syntax, stored)
    runs = [xa(syntax, bits) for bits in depths]
    biplane = xa(syntax, depths[0], name=f"{syntax} plane A").but(
        ImageType="ORIGINAL\\PRIMARY\\BIPLANE A", ReferencedImageSequence=reference(XA, f"{syntax} plane B")
    )
    return [*runs, biplane]


def captures(photometric: str, syntax: str) -> list[Made]:
    """Secondary Capture of 8 bits, grey ones of 16 bits too."""
    eight = sc(photometric, syntax)
    return [eight, sc(photometric, syntax, 16)] if photometric == "MONOCHROME2" else [eight]
