"""`fit` and DCMTK's dcmmkdir agree on which profile takes what: pydicom's test files and our own instances.

Where they do not, a table says which clause proves us right. dcmmkdir has no option for the
secure profiles and none for ZIP files by e-mail; its two options for waveforms on diskette belong to
retired profiles.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pydicom
import pytest

from mediakit import FitResult, fit
from mediakit.dicomdir import read_dicomdir
from mediakit.model import FileContent
from tests.profile_sets import attribute_breaks, breaking
from tests.profile_sets.conforming import conforming
from tests.profile_sets.dataset import EXPLICIT, Made
from tests.profile_sets.facts import profiles
from tests.tools import run

OPTIONS = {
    "--general-purpose": ("STD-GEN-CD", "STD-GEN-DVD-RAM", "STD-GEN-BD"),
    "--general-dvd-jpeg": ("STD-GEN-DVD-JPEG",),
    "--general-dvd-j2k": ("STD-GEN-DVD-J2K",),
    "--general-bd-jpeg": ("STD-GEN-BD-JPEG",),
    "--general-bd-j2k": ("STD-GEN-BD-J2K",),
    "--general-bd-mpeg2-mpml": ("STD-GEN-BD-MPEG2-MPML",),
    "--general-bd-mpeg2-mphl": ("STD-GEN-BD-MPEG2-MPHL",),
    "--general-bd-mpeg4-hp": ("STD-GEN-BD-MPEG4-HPLV41",),
    "--general-bd-mpeg4-hpbd": ("STD-GEN-BD-MPEG4-HPLV41BD",),
    "--general-bd-mpeg4-hp2d": ("STD-GEN-BD-MPEG4-HPLV42-2D",),
    "--general-bd-mpeg4-hp3d": ("STD-GEN-BD-MPEG4-HPLV42-3D",),
    "--general-bd-mpeg4-hpst": ("STD-GEN-BD-MPEG4-SHPLV42",),
    "--usb-and-flash-jpeg": tuple(f"STD-GEN-{medium}-JPEG" for medium in ("USB", "MMC", "CF", "SD")),
    "--usb-and-flash-j2k": tuple(f"STD-GEN-{medium}-J2K" for medium in ("USB", "MMC", "CF", "SD")),
    "--general-mime": ("STD-GEN-MIME",),
    "--mpeg2-mpml-dvd": ("STD-DVD-MPEG2-MPML",),
    "--basic-cardiac": ("STD-XABC-CD",),
    "--xray-angiographic": ("STD-XA1K-CD",),
    "--xray-angiographic-dvd": ("STD-XA1K-DVD",),
    "--dental-radiograph": ("STD-DEN-CD",),
    "--ct-and-mr": tuple(f"STD-CTMR-{medium}" for medium in ("MOD41", "CD", "DVD-RAM", "DVD")),
    **{
        f"--ultrasound-{kind}-{frames}": tuple(
            f"STD-US-{kind.upper()}-{frames.upper()}-{medium}"
            for medium in ("MOD23-90", "CDR", "DVD-RAM", "DVD")
        )
        for kind in ("id", "sc", "cc")
        for frames in ("sf", "mf")
    },
}
"""The profiles that each option stands for."""

VIDEO_OPTIONS = tuple(
    f"--general-bd-{name}" for name in ("mpeg2-mpml", "mpeg2-mphl", "mpeg4-hp", "mpeg4-hpbd")
)

INVENTED = ("Patient ID", "Study Date", "Study Time")
"""What dcmmkdir makes up with --invent and `create` takes from --supply; so neither counts."""

DAMAGED = {"MR_truncated.dcm", "rtplan_truncated.dcm"}
"""Cut off. PS3.10 7.2 and FILE-013, not PS3.11: `create` leaves them out, profile or not."""

UNREADABLE = {
    "SC_rgb_jpeg.dcm": "PS3.10 7.1: dcmmkdir goes by a wrong transfer syntax; FILE-007 tells it",
    "rtdose_rle.dcm": "PS3.5 6.2.2: elements of VR UN have the values of their dictionary VR",
    "rtdose_rle_1frame.dcm": "PS3.5 6.2.2",
    "rtstruct.dcm": "PS3.10 7.1: dcmmkdir reads nothing without file meta; FILE-002 tells it",
}
"""What dcmmkdir cannot read and we can; only MIME, which takes any transfer syntax, takes them."""


def expected_difference(option: str, files: Mapping[str, Path], fits: Mapping[str, FitResult]) -> set[str]:
    """The files that we take and dcmmkdir does not, or the other way round."""
    if option in VIDEO_OPTIONS:
        # Table M.3-1: its first row, uncompressed, names no profile (TD-02). dcmmkdir thinks so too:
        # "LittleEndianExplicit expected but LittleEndianExplicit found".
        return {name for name in files if taken(fits[name], "STD-GEN-BD")}
    if option == "--general-mime":
        return DAMAGED | set(UNREADABLE)
    if option == "--xray-angiographic-dvd":
        # Table B.3-1: Secondary Capture in Explicit VR Little Endian only; this one is deflated.
        return {"image_dfl.dcm"}
    return {name for name in DAMAGED if taken(fits[name], OPTIONS[option][0])}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """pydicom's test files by name, under File IDs: dcmmkdir insists on them."""
    folder = tmp_path_factory.mktemp("files")
    found = {}
    for n, path in enumerate(sorted(Path(pydicom.__file__).parent.glob("data/test_files/*.dcm"))):
        found[path.name] = folder / f"F{n:04}"
        shutil.copyfile(path, found[path.name])
    return found


@pytest.fixture(scope="module")
def fits(files: Mapping[str, Path]) -> Mapping[str, FitResult]:
    """What `fit` says of every file by itself."""
    return {name: fit([path]) for name, path in files.items()}


def taken(result: FitResult, profile: str) -> bool:
    """Whether the profile takes the instance, values aside that the user can give."""
    (judged,) = (each for each in result.profiles if each.profile.id == profile)
    given = "|".join(f"{name} is missing" for name in INVENTED)
    other = [stop for stop in judged.stops if not re.fullmatch(f"({given})(; ({given}))*", stop.message)]
    return result.instances == 1 and not other


@pytest.fixture(scope="module")
def batches(files: Mapping[str, Path]) -> list[list[Path]]:
    """The files in lists without a SOP Instance UID twice, which dcmmkdir would take but once."""
    found: list[list[Path]] = []
    waiting = {path: _sop_instance(path) for path in files.values()}
    while waiting:
        found.append(list({uid: path for path, uid in waiting.items()}.values()))
        waiting = {path: uid for path, uid in waiting.items() if path not in found[-1]}
    return found


def _sop_instance(path: Path) -> str:
    """The SOP Instance UID, or the name of a file that has none."""
    dataset = pydicom.dcmread(path, force=True, specific_tags=["SOPInstanceUID"])
    return str(dataset.get("SOPInstanceUID", path.name))


def dcmmkdir(option: str, paths: list[Path], out: Path) -> set[str]:
    """The File IDs of the files, all in one folder, that dcmmkdir writes records of."""
    arguments = (option, "--invent", "--no-consistency-check", "--no-backup", "+D", out)
    run("dcmmkdir", *arguments, *(path.name for path in paths), cwd=paths[0].parent, status=(0, 1))
    if not out.exists():
        return set()
    records = read_dicomdir(FileContent.of(out)).records
    return {str(record.file_id) for record in records if record.file_id}


@pytest.mark.parametrize("option", OPTIONS)
def test_fit_agrees_on_the_files_of_pydicom(
    option: str,
    files: Mapping[str, Path],
    batches: list[list[Path]],
    fits: Mapping[str, FitResult],
    tmp_path: Path,
) -> None:
    written = [dcmmkdir(option, batch, tmp_path / f"{n}") for n, batch in enumerate(batches)]
    theirs = {name for name, path in files.items() if path.name in set().union(*written)}
    for profile in OPTIONS[option]:
        ours = {name for name, result in fits.items() if taken(result, profile)}
        assert ours ^ theirs == expected_difference(option, files, fits), profile


def refused_by_dcmmkdir(option: str, made: Made) -> bool:
    """Where dcmmkdir refuses what the standard allows.

    Uncompressed objects under the video profiles of Annex M, as above. And Table C.8-17 of PS3.3:
    Pixel Component Mask is of Type 1C, for bit aligned organizations; dcmmkdir wants it of all.
    """
    if option in VIDEO_OPTIONS:
        return made.syntax == EXPLICIT
    regions = made.values.get("SequenceOfUltrasoundRegions", ({},))
    return "-cc-" in option and "PixelComponentMask" not in regions[0]


@pytest.mark.parametrize("option", OPTIONS)
def test_dcmmkdir_takes_the_generated_instances(option: str, tmp_path: Path) -> None:
    made = conforming(profiles()[OPTIONS[option][0]])
    paths = [tmp_path / f"F{n:04}" for n in range(len(made))]
    for path, each in zip(paths, made, strict=True):
        path.write_bytes(each.data)
    expected = {
        path.name for path, each in zip(paths, made, strict=True) if not refused_by_dcmmkdir(option, each)
    }
    assert dcmmkdir(option, paths, tmp_path / "DICOMDIR") == expected


TAKEN_BY_DCMMKDIR = {
    "--xray-angiographic": {"overlay "},
    "--xray-angiographic-dvd": {"overlay ", "transfer syntax JPEG Lossless SC"},
    "--ct-and-mr": {
        f"attribute value {table} {name}"
        for table in ("E.3-5", "E.3-6")
        for name in ("BitsAllocated", "BitsStored", "HighBit")
    },
}
"""What dcmmkdir does not look at.

PS3.11 B.3.4.1 forbids overlays in Secondary Capture; Table B.3-1 takes it uncompressed only, on DVD too;
Tables E.3-5 and E.3-6 limit its bits; dcmmkdir asks so only where the photometric interpretation is missing.
"""


# MIME takes every class in every transfer syntax: no instance breaks it.
@pytest.mark.parametrize("option", [option for option in OPTIONS if option != "--general-mime"])
def test_dcmmkdir_refuses_the_instances_that_break_a_profile(option: str, tmp_path: Path) -> None:
    profile = profiles()[OPTIONS[option][0]]
    cases = {
        **{f"SOP class {what}": made for what, made in breaking.other_classes(profile)},
        **{f"transfer syntax {what}": made for what, made in breaking.other_syntaxes(profile)},
        **{
            f"{kind} {what}": made
            for kind, instances in attribute_breaks.cases(profile, set()).items()
            for what, made in instances
        },
    }
    names = {f"F{n:04}": name for n, name in enumerate(cases)}
    for n, (file_id, name) in enumerate(names.items()):
        tmp_path.joinpath(file_id).write_bytes(cases[name].but(SOPInstanceUID=f"2.25.{n}").data)
    written = dcmmkdir(option, [tmp_path / file_id for file_id in names], tmp_path / "DICOMDIR")
    assert {names[file_id] for file_id in written} == TAKEN_BY_DCMMKDIR.get(option, set())
