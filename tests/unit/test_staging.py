"""File IDs and the identity of a File-set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from mediakit.staging import FOLDER_LIMIT, file_ids, file_set_id, file_set_uid

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def names(*branches: tuple[str, str, str]) -> list[str]:
    return [str(file_id) for file_id in file_ids(branches)]


def test_a_new_branch_opens_a_new_folder_at_its_level() -> None:
    assert names(("a", "1", "x"), ("a", "1", "x"), ("a", "1", "y"), ("a", "2", "z"), ("b", "3", "w")) == [
        r"DICOM\PA000001\ST000001\SE000001\IM000001",
        r"DICOM\PA000001\ST000001\SE000001\IM000002",
        r"DICOM\PA000001\ST000001\SE000002\IM000001",
        r"DICOM\PA000001\ST000002\SE000001\IM000001",
        r"DICOM\PA000002\ST000001\SE000001\IM000001",
    ]


def test_no_branch_no_file_id() -> None:
    assert names() == []


def test_a_full_folder_is_followed_by_another() -> None:
    ids = names(*[("a", "1", "x")] * (FOLDER_LIMIT + 1))
    assert ids[FOLDER_LIMIT - 1].endswith(r"SE000001\IM001000")
    assert ids[FOLDER_LIMIT].endswith(r"SE000002\IM000001")


def test_many_patients_open_a_second_top_folder() -> None:
    ids = names(*[(str(n), "1", "x") for n in range(FOLDER_LIMIT + 1)])
    assert ids[-2] == r"DICOM\PA001000\ST000001\SE000001\IM000001"
    assert ids[-1] == r"DICOM002\PA000001\ST000001\SE000001\IM000001"


def test_file_ids_are_unique_and_sorted_also_across_full_folders() -> None:
    branches = [("a", str(n // 3), str(n // 2)) for n in range(3 * FOLDER_LIMIT)]
    ids = list(file_ids(branches))
    assert len(set(ids)) == len(ids)
    assert ids == sorted(ids)
    assert all(1 <= len(part) <= 8 for file_id in ids for part in file_id.components)


def test_file_set_uid_depends_on_the_job_alone() -> None:
    uid = file_set_uid(NOON, ["P"], "cd", 1, ["2.25.1", "2.25.2"])
    assert uid == file_set_uid(NOON, ["P"], "cd", 1, ["2.25.2", "2.25.1"])
    others = [
        file_set_uid(NOON + timedelta(seconds=1), ["P"], "cd", 1, ["2.25.1", "2.25.2"]),
        file_set_uid(NOON, ["Q"], "cd", 1, ["2.25.1", "2.25.2"]),
        file_set_uid(NOON, ["P"], "dvd", 1, ["2.25.1", "2.25.2"]),
        file_set_uid(NOON, ["P"], "cd", 2, ["2.25.1", "2.25.2"]),
        file_set_uid(NOON, ["P"], "cd", 1, ["2.25.1"]),
    ]
    assert len({uid, *others}) == 6
    assert uid.startswith("2.25.")
    assert len(uid) <= 64


def test_the_zone_in_which_the_time_is_told_does_not_matter() -> None:
    berlin = NOON.astimezone(timezone(timedelta(hours=1)))
    assert file_set_uid(NOON, ["P"], "cd", 1, []) == file_set_uid(berlin, ["P"], "cd", 1, [])


def test_file_set_id_is_mk_date_and_six_characters() -> None:
    found = file_set_id(NOON, file_set_uid(NOON, ["P"], "cd", 1, ["2.25.1"]))
    assert found.startswith("MK261123")
    assert len(found) == 14
    assert set(found) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
