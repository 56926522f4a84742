"""Every FSET, FSID, XREF and PROF rule of a medium: a broken folder yields exactly its findings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mediakit import create, verify
from mediakit.errors import ConformanceError
from mediakit.formats.tree import Evidence, MediumView
from mediakit.model import Anomaly, Role
from mediakit.profile.load import profile
from mediakit.profile.model import DirectoryKey
from mediakit.profile.records import load_records
from mediakit.profile.subject import Candidate, ProfiledFileSet
from mediakit.read import FileSetView
from mediakit.report import Outcome
from mediakit.rules import judge
from samples.broken.file_set import CASES, described
from tests.builders import FileSetFolder, ct, file_set, instance, uid


def findings_of(folder: FileSetFolder, tmp_path: Path) -> set[str]:
    return {finding.rule for finding in verify(folder.write(tmp_path), profile="STD-GEN-CD").findings}


@pytest.mark.parametrize("rule", CASES)
def test_broken_file_set_yields_exactly_its_findings(rule: str, tmp_path: Path) -> None:
    broken, also = CASES[rule]
    assert findings_of(broken(), tmp_path) == {rule, *also}


@pytest.mark.parametrize(
    ("rule", "implied", "because"),
    [
        ("FSET-007", "KEY-040", "XREF-002"),
        ("FSET-010", "FSET-008", "FSET-010"),
        ("FSID-005", "FSET-017", "FSID-005"),
        ("XREF-005", "KEY-040", "XREF-005"),
        ("XREF-005", "XREF-011", "XREF-005"),
        ("XREF-006", "XREF-010", "XREF-006"),
    ],
)
def test_a_consequence_names_what_it_follows_from(
    rule: str, implied: str, because: str, tmp_path: Path
) -> None:
    found = verify(CASES[rule][0]().write(tmp_path), profile="STD-GEN-CD").findings
    assert {each.because for each in found if each.rule == implied} == {because}


def test_conforming_file_set_yields_none(tmp_path: Path) -> None:
    assert findings_of(file_set(), tmp_path / "plain") == set()
    assert findings_of(described(b"Images of Ada"), tmp_path / "described") == set()


def test_a_file_that_the_medium_does_not_hold_is_told(tmp_path: Path) -> None:
    """FSET-012: a folder cannot show it, an image that is cut off can."""
    view = verify(file_set().write(tmp_path)).view
    path, file = next((path, file) for path, file in view.files.items() if file.instance)
    lost = replace(file, instance=None, content=None, readable=False, reason="the medium ends before it does")
    references = tuple(replace(each, file=lost) if each.path == path else each for each in view.references)
    broken = replace(view, files={**view.files, path: lost}, references=references)
    found = [(f.rule, f.outcome) for f in judge(broken)]
    assert found == [("FSET-009", Outcome.NOT_CHECKED), ("FSET-012", Outcome.FAILED)]


def profiled(view: FileSetView, **changes: object) -> set[str]:
    """The rules that speak when the profile is changed."""
    changed = replace(profile("STD-GEN-CD"), **changes)
    table = load_records()
    found = {f.rule for f in judge(ProfiledFileSet(view, changed, table))}
    for file in view.instances():
        if file.instance:
            found |= {f.rule for f in judge(Candidate(file.instance, changed, Role.FSR, table, {}))}
    return found


def test_profile_rules_of_the_medium(tmp_path: Path) -> None:
    view = verify(file_set().write(tmp_path)).view
    assert view.directory
    assert profiled(view) == set()
    without = replace(view, directory=replace(view.directory, module=frozenset()))
    assert profiled(without) == {"PROF-004"}
    empty = replace(view, directory=replace(view.directory, records=()))
    assert profiled(empty) == {"PROF-005"}
    key = DirectoryKey("IMAGE", "Laterality", "1", citation="PS3.11 D.3.3")
    assert profiled(view, keys=(key,)) == {"PROF-006"}
    disc = replace(view, media=(replace(view.media[0], evidence=Evidence("fat", "a boot sector")),))
    assert profiled(disc) == {"PROF-007"}


def test_profile_rules_of_an_instance(tmp_path: Path) -> None:
    view = verify(file_set().write(tmp_path)).view
    (row,) = profile("STD-GEN-CD").objects
    assert profiled(view, objects=(replace(row, sop_class="1.2.840.10008.5.1.4.1.1.4"),)) == {"PROF-001"}
    assert profiled(view, objects=(replace(row, transfer_syntaxes=("1.2.840.10008.1.2.5",)),)) == {"PROF-002"}
    nameless = Candidate(instance(ct(PatientID=None)), profile("STD-GEN-CD"), Role.FSC, load_records(), {})
    (finding,) = judge(nameless)
    assert (finding.rule, finding.message) == ("PROF-003", "Patient ID is missing")
    assert list(judge(replace(nameless, supply={"PatientID": "P9"}))) == []


def test_a_volume_that_is_not_named_after_its_file_set(tmp_path: Path) -> None:
    image = tmp_path / "cd.iso"
    source = tmp_path / "source.dcm"
    source.write_bytes(ct())
    create([source], image, file_set_id="RIGHT")
    assert verify(image).findings == ()
    data = bytearray(image.read_bytes())
    at = 16 * 2048 + 40
    assert data[at : at + 5] == b"RIGHT"
    data[at : at + 5] = b"WRONG"
    image.write_bytes(data)
    assert [finding.rule for finding in verify(image).findings] == ["ISO-002"]


def test_links_are_told_and_not_followed(tmp_path: Path) -> None:
    folder = file_set().write(tmp_path / "set")
    (tmp_path / "outside").write_bytes(ct(9))
    try:
        (folder / "LINK").symlink_to(tmp_path / "outside")
    except OSError:
        pytest.skip("this system lets nobody make links")
    assert [finding.rule for finding in verify(folder).findings] == ["RISK-002"]


def test_what_cannot_be_entered_is_told() -> None:
    closed = MediumView(Evidence("folder", ""), (), (Anomaly("unreadable", "A: Permission denied"),))
    assert [finding.rule for finding in judge(closed)] == ["FSET-015"]


def test_notes_of_the_creator(tmp_path: Path) -> None:
    for name, data in {"a": ct(1, StudyID=""), "b": ct(1, StudyID=""), "c": ct(2)}.items():
        (tmp_path / name).write_bytes(data)
    made = create([tmp_path], tmp_path / "cd.iso")
    assert [(f.rule, f.severity.value) for f in made.findings] == [("FSET-013", "note")]
    (tmp_path / "c").unlink()
    made = create([tmp_path], tmp_path / "cd.iso", force=True)
    assert [f.rule for f in made.findings] == ["FSET-013", "KEY-050"]
    (tmp_path / "d").write_bytes(ct(1, StudyID="", PatientSex="M"))
    with pytest.raises(ConformanceError) as stopped:
        create([tmp_path], tmp_path / "cd2.iso")
    assert [each.rule for each in stopped.value.result.left_out] == ["FSET-014"]
    (tmp_path / "d").write_bytes(ct(4, StudyID=""))
    (tmp_path / "e").write_bytes(ct(7, StudyID=""))
    made = create([tmp_path], tmp_path / "cd.iso", force=True)
    (gap,) = [f for f in made.findings if f.rule == "FSET-016"]
    assert "Instance Number 2-3, 5-6 is missing" in gap.message
    assert gap.where.series == uid("series")
    assert "Patient Sex differs" in stopped.value.result.left_out[0].reason
