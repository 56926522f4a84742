"""`mediakit.fit`: every profile fits or says what stops it, best first."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import mediakit
from mediakit.errors import Cancelled, InvalidProfileData, SourceUnreadable
from mediakit.fit_result import FitResult, ProfileFit
from mediakit.fitting import Fitting
from mediakit.model import Role
from mediakit.profile.load import media, profile, profiles
from mediakit.profile.select import breadth, candidates
from tests.builders import ct, instance

MR = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.4", "Modality": "MR"}
RLE = "1.2.840.10008.1.2.5"


@pytest.fixture
def heap(tmp_path: Path) -> Path:
    """Three CT images in two series, and an MR image with a high bit that no MR image has."""
    folder = tmp_path / "heap"
    folder.mkdir()
    for n, series in ((1, "2.25.1"), (2, "2.25.1"), (3, "2.25.2")):
        (folder / f"ct{n}").write_bytes(ct(n, SeriesInstanceUID=series, InstanceNumber=n))
    (folder / "mr").write_bytes(ct(4, **MR, HighBit=15, SeriesInstanceUID="2.25.3"))
    (folder / "text").write_text("no DICOM")
    return folder


def of(result: FitResult, id: str) -> ProfileFit:
    return next(each for each in result.profiles if each.profile.id == id)


def test_every_profile_is_there_and_those_that_fit_come_first(heap: Path) -> None:
    result = mediakit.fit([heap])
    assert {each.profile.id for each in result.profiles} == set(profiles())
    fits = [each.fits for each in result.profiles]
    assert fits == sorted(fits, reverse=True)
    assert result.profiles[0].profile.id == "STD-GEN-CD"
    assert (result.instances, len(result.ignored), result.damaged) == (4, 1, ())
    # A profile without protection stands before the one that differs in that alone.
    ids = list(result.fitting)
    assert ids.index("STD-GEN-BD") < ids.index("STD-GEN-SEC-BD")


def test_causes_are_folded_with_their_series(heap: Path) -> None:
    result = mediakit.fit([heap])
    (mr,) = of(result, "STD-CTMR-CD").stops
    assert (mr.rule, mr.citation, mr.instances, mr.series) == ("PROF-008", "PS3.11 Table E.3-4", 1, 1)
    ultrasound = of(result, "STD-US-ID-MF-CDR")
    assert [(stop.rule, stop.instances, stop.series) for stop in ultrasound.stops] == [
        ("PROF-001", 3, 2), ("PROF-001", 1, 1),
    ]  # fmt: skip
    assert ultrasound.stopped == 4
    # The rest keep the order of what they stop.
    stopped = [each.stopped for each in result.profiles]
    assert stopped == sorted(stopped)


def test_what_is_asked_of_all_together(heap: Path) -> None:
    stops = of(mediakit.fit([heap]), "STD-DEN-CD").stops
    assert {(stop.rule, stop.instances) for stop in stops} == {
        ("PROF-001", 3),
        ("PROF-001", 1),
        ("PROF-015", 4),
    }


def test_nothing_fits_everything() -> None:
    nothing = mediakit.fit([])
    assert nothing.instances == 0
    assert len(nothing.fitting) == 82


def test_a_claim(heap: Path, tmp_path: Path) -> None:
    claim = tmp_path / "claim.toml"
    claim.write_text('sop_class = ["CTImageStorage"]\ntransfer_syntax = ["ExplicitVRLittleEndian"]\n')
    result = mediakit.fit([heap], claim=claim)
    (stop,) = of(result, "STD-GEN-CD").stops
    assert (stop.rule, stop.instances) == ("PROF-018", 1)
    assert "MR Image Storage" in stop.message
    assert result.notes == ()
    assert mediakit.fit([heap]).notes == (
        "Without --claim, what a profile leaves to the conformance statement counts as claimed.",
    )
    claim.write_text('sop_class = ["CTImages"]\ntransfer_syntax = []\n')
    with pytest.raises(InvalidProfileData, match=r"claim\.toml, line 1: 'CTImages' is no UID"):
        mediakit.fit([heap], claim=claim)
    with pytest.raises(SourceUnreadable, match="does not exist"):
        mediakit.fit([heap], claim=tmp_path / "none.toml")


OWN = """
[[profile]]
id = "PRI-CLINIC-DVD"
name = "Our DVDs: RLE too"
extends = "STD-GEN-CD"
media = ["dvd"]
[[profile.object]]
sop_class = "CTImageStorage"
transfer_syntax = ["RLELossless"]
requirement = { FSC = "O", FSR = "M" }
"""


def test_own_profiles(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "clinic.toml").write_text(OWN)
    pixels = b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0"
    (tmp_path / "rle").write_bytes(ct(1, transfer_syntax=RLE, PixelData=None) + pixels)
    result = mediakit.fit([tmp_path / "rle"], profile_dirs=[tmp_path / "own"])
    assert len(result.profiles) == 83
    assert (of(result, "PRI-CLINIC-DVD").fits, of(result, "STD-GEN-CD").fits) == (True, False)


def test_it_can_be_cancelled(heap: Path) -> None:
    cancel = mediakit.Cancel()
    cancel.cancel()
    with pytest.raises(Cancelled):
        mediakit.fit([heap], cancel=cancel)


def test_instances_of_one_kind_are_judged_once() -> None:
    values = [{}, {"InstanceNumber": 9}, {"PatientName": "Other^Name"}, {"ImagePositionPatient": "0\\0\\7"}]
    same = [instance(ct(n, **value)) for n, value in enumerate(values[:3], 1)]  # type: ignore[arg-type]
    kinds = Fitting(same, [*profiles().values()], Role.FSC, {}).kinds
    assert [kind.count for kind in kinds] == [3]
    # What decides makes another kind: a value that is limited, a key that is missing or empty.
    umlaut = {"PatientName": b"M\xfcller"}
    changes = ({"PhotometricInterpretation": "RGB"}, {"StudyDate": ""}, {"StudyDate": None}, umlaut)
    for change in changes:
        more = [*same, instance(ct(9, **change))]  # type: ignore[arg-type]
        assert len(Fitting(more, [*profiles().values()], Role.FSC, {}).kinds) == 2, change


def test_candidates_of_auto() -> None:
    """The general-purpose profile, its variants, then the narrowest; none that needs encryption."""
    first, *rest = candidates(media()["cd"], profiles())
    assert first.id == "STD-GEN-CD"
    allowed = {id for id, each in profiles().items() if "cd" in each.media and not each.secure}
    assert {first.id, *(each.id for each in rest)} == allowed
    assert [breadth(each) for each in rest] == sorted(breadth(each) for each in rest)
    assert [each.id for each in candidates(media()["usb"], profiles())] == list(media()["usb"].general)
    assert candidates(media()["bd-r"], profiles())[0].id == "STD-GEN-BD"
    assert breadth(profile("STD-XABC-CD")) < breadth(profile("STD-CTMR-CD")) < breadth(profile("STD-GEN-CD"))


def test_pydicom_is_not_loaded(heap: Path) -> None:
    """Nobody on the fast path needs pydicom, all 82 profiles or not."""
    script = f"import sys, mediakit; mediakit.fit([{str(heap)!r}]); print('pydicom' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL,
        cwd=Path(__file__).parents[2], env={**os.environ},
    )  # fmt: skip
    assert done.stdout == "False\n"


def test_its_document(heap: Path) -> None:
    document = json.loads(json.dumps(mediakit.fit([heap]).to_json()))
    assert document["schema"] == "mediakit/fit/1"
    row = next(each for each in document["profiles"] if each["id"] == "STD-CTMR-CD")
    assert (row["fits"], row["fits_adapted"], row["medium"], row["stopped"]) == (False, False, "cd", 1)
    assert set(row["stops"][0]) == {"rule", "citation", "message", "instances", "series"}
