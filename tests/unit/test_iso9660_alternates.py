"""Joliet, Rock Ridge and earlier sessions: what the reader makes of them beside the primary tree."""

from __future__ import annotations

import hashlib

import pytest

from mediakit.formats.iso9660.alternates import joliet_name
from mediakit.formats.iso9660.structs import PrimaryVolumeDescriptor
from mediakit.formats.tree import Evidence
from tests.iso9660 import (
    FILES,
    LONG,
    PVD,
    both32,
    contents,
    image,
    joliet_record,
    patched,
    two_sessions,
    view,
    volume,
)

VALID = image(LONG)
SHORT = {"VIEWER/START_VI.EXE": b"MZ" * 900, "VIEWER/GROSSE.HTM": b"<p>", "VIEWER/EMPTY_FI": b""}
GOLDEN = "5749fe7338ce91e056942edc7d4f401429d24a012f27c335fa1c7f1f45a55ca7"
"""SHA-256 of the volume with long names. It changes only when the bytes of every such medium change."""


def test_golden_image() -> None:
    assert hashlib.sha256(VALID).hexdigest() == GOLDEN


def test_paths_are_those_of_the_primary_tree_and_the_facts_hold_the_others() -> None:
    seen, facts = view(VALID), volume(VALID)
    assert contents(seen) == FILES | SHORT
    assert seen.anomalies == ()
    assert facts.joliet is not None
    assert {"/".join(path) for path in facts.joliet} == set(LONG)
    assert facts.rock_ridge["VIEWER", "START_VI.EXE"] == "Start viewer.exe"
    assert facts.rock_ridge["VIEWER", "GROSSE.HTM"] == "Größe.html"
    assert facts.rock_ridge["DICOM", "PA000001", "IM000001"] == "IM000001"
    assert [each.what for each in facts.descriptors] == ["primary", "Joliet", "terminator"]


def test_a_volume_of_short_names_has_neither() -> None:
    facts = volume(image())
    assert facts.joliet is None
    assert facts.rock_ridge == {}


def test_the_descriptor_of_joliet() -> None:
    svd = PrimaryVolumeDescriptor(VALID[PVD + 2048 : PVD + 4096])
    assert (svd.volume_descriptor_type, svd.escape_sequences) == (2, b"%/E".ljust(32, b"\0"))
    assert svd.volume_identifier == "CD1".ljust(16).encode("utf-16-be")
    assert svd.publisher_identifier == "ST_DTISCHE KLINIK, 1".ljust(64).encode("utf-16-be")
    assert svd.system_identifier == b"\0 " * 16
    assert svd.copyright_file_identifier == b"\0 " * 18 + b"\0"
    assert svd.volume_space_size.lsb == len(VALID) // 2048


@pytest.mark.parametrize(
    ("identifier", "name"),
    [
        ("Größe.html;1", "Größe.html"),
        ("A", "A"),
        ("a/b;1", "a\\x2fb"),
        ("\u202eexe.fdp", "\\xe2\\x80\\xaeexe.fdp"),
        (".;1", "\\x00\\x2e\\x00\\x3b\\x00\\x31"),
    ],
)
def test_joliet_names_are_safe_to_show(identifier: str, name: str) -> None:
    assert joliet_name(identifier.encode("utf-16-be")) == name


def test_bytes_that_are_no_joliet_name() -> None:
    assert joliet_name(b"\0A\xd8\0\0") == "A\\x5cxd8\\x5cx00\\x5cx00"


def noted(data: bytes) -> list[tuple[str, str, str]]:
    return [(odd.kind, "/".join(odd.path), odd.detail) for odd in volume(data).oddities]


def test_a_file_that_joliet_shows_with_other_data() -> None:
    broken = patched(VALID, (joliet_record(VALID, "IM000002") + 10, both32(4000)))
    path = "DICOM/PA000001/IM000002"
    assert noted(broken) == [("joliet", path, "the file has other data in the Joliet tree")]
    assert contents(view(broken)) == FILES | SHORT


def test_files_that_changed_places_in_joliet() -> None:
    one, two = joliet_record(VALID, "DICOMDIR"), joliet_record(VALID, "README.TXT")
    swapped = patched(VALID, (one + 2, VALID[two + 2 : two + 18]), (two + 2, VALID[one + 2 : one + 18]))
    assert noted(swapped) == [
        ("joliet", "DICOMDIR", "the file has other data in the Joliet tree"),
        ("joliet", "README.TXT", "the file has other data in the Joliet tree"),
    ]


def test_a_file_that_joliet_lacks() -> None:
    broken = patched(VALID, (joliet_record(VALID, "Größe.html") + 25, b"\4"))
    assert noted(broken) == [("joliet", "VIEWER/GROSSE.HTM", "the file is not in the Joliet tree")]


def test_a_joliet_tree_that_is_not_there() -> None:
    root = PVD + 2048 + 156
    broken = patched(VALID, (root + 2, both32(0)))
    assert {kind for kind, *_ in noted(broken)} == {"joliet"}
    assert contents(view(broken)) == FILES | SHORT


def test_many_differences_are_counted() -> None:
    files = {f"a long name {n:03}": b"x" * (n + 1) for n in range(50)}
    data = bytearray(image(files))
    for name in files:
        data[joliet_record(bytes(data), name) + 25] = 4
    assert len(noted(bytes(data))) == 21
    assert noted(bytes(data))[-1] == ("joliet", "", "30 more files of which each is not in the Joliet tree")


FIRST = image()


def test_the_last_session_counts() -> None:
    disc = two_sessions(FIRST, FILES | {"DICOMDIR": b"new", "MORE": b"more"}, 11_400)
    seen = view(disc)
    assert contents(seen) == FILES | {"DICOMDIR": b"new", "MORE": b"more"}
    assert seen.evidence == Evidence("iso9660", "CD001 in sector 11416, of the last of 2 sessions")
    assert seen.anomalies == ()
    assert volume(disc).sessions == (0, 11_400)


def test_three_sessions() -> None:
    disc = two_sessions(two_sessions(FIRST, FILES, 40), FILES | {"THIRD": b"3"}, 100)
    assert contents(view(disc))["THIRD"] == b"3"
    assert volume(disc).sessions == (0, 40, 100)


def test_what_only_an_earlier_session_shows_is_noted() -> None:
    disc = two_sessions(FIRST, {"DICOMDIR": b"new"}, 50)
    assert sorted(noted(disc)) == [
        ("session", name, "it is in the session from sector 0 only")
        for name in sorted(FILES)
        if name != "DICOMDIR"
    ]
    assert contents(view(disc)) == {"DICOMDIR": b"new"}


def test_an_image_in_a_file_or_behind_the_volume_is_no_session() -> None:
    inside = image({"DISC.ISO": FIRST})
    assert volume(inside).sessions == (0,)
    # Its root directory would lie in the first volume: it was not written as a session of this disc.
    assert volume(FIRST + bytes(8 * 2048) + FIRST).sessions == (0,)


def test_a_session_whose_first_descriptor_was_copied_as_zeros() -> None:
    files = FILES | {"MORE": b"more"}
    disc = patched(two_sessions(FIRST, files, 11_400), (11_400 * 2048 + PVD, bytes(2048)))
    assert volume(disc).sessions == (0, 11_400)
    assert contents(view(disc)) == files
    assert "descriptors" in {kind for kind, *_ in noted(disc)}
    # As above: it lies in the first volume.
    assert volume(FIRST + bytes(8 * 2048) + patched(FIRST, (PVD, bytes(2048)))).sessions == (0,)


def test_a_last_session_that_is_cut_off() -> None:
    disc = two_sessions(FIRST, FILES, 50)
    assert volume(disc[: 50 * 2048 + PVD + 100]).sessions == (0,)
    cut = view(disc[: 50 * 2048 + PVD + 9 * 2048])
    assert [anomaly.kind for anomaly in cut.anomalies].count("extent-outside") == len(
        [name for name, data in contents(cut).items() if data is None]
    )
