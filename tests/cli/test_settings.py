"""mediakit.toml: where it is found, what it may say, and what wins."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

import mediakit as api
from mediakit.cli.arguments import Verbs, count, size
from mediakit.cli.settings import settable
from tests.builders import ct, uid
from tests.cli.runner import EPOCH, Command, environment, program


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that MEDIAKIT_CONFIG names; nothing is in it yet."""
    file = tmp_path / "mediakit.toml"
    file.write_bytes(b"")
    monkeypatch.setenv("MEDIAKIT_CONFIG", str(file))
    return file


def in_force(mediakit: Command, verb: str, option: str, *words: str | Path) -> tuple[object, str]:
    """A value and where it comes from, as `mediakit config` says."""
    done = mediakit("config", "--json", *words)
    assert done.status == 0, done.err
    (row,) = (r for r in done.json["settings"] if (r["verb"], r["option"]) == (verb, option))
    return row["value"], row["from"]


def test_the_option_names_the_file_before_the_environment(
    mediakit: Command, settings: Path, tmp_path: Path
) -> None:
    settings.write_text('[create]\nmedium = "cd"\n')
    other = tmp_path / "other.toml"
    other.write_text('[create]\nmedium = "dvd"\n')
    assert in_force(mediakit, "create", "medium") == ("cd", "file")
    assert in_force(mediakit, "create", "medium", "--config", other) == ("dvd", "file")
    document = mediakit("config", "--json", "--config", other).json
    assert document["file"] == {"path": str(other), "named_by": "--config", "found": True}
    assert mediakit("config", "--json").json["file"]["named_by"] == "MEDIAKIT_CONFIG"


@pytest.mark.skipif(os.name != "posix" or os.uname().sysname != "Linux", reason="the place differs")
def test_without_a_name_it_is_where_the_system_keeps_settings(tmp_path: Path) -> None:
    env = environment(XDG_CONFIG_HOME=str(tmp_path))
    del env["MEDIAKIT_CONFIG"]
    file = tmp_path / "mediakit" / "mediakit.toml"
    document = program("config", "--json", env=env).json
    assert document["file"] == {"path": str(file), "named_by": "platform", "found": False}
    file.parent.mkdir()
    file.write_text("[verify]\nquiet = true\n")
    done = program("config", env=env)
    assert done.out.splitlines()[0] == f"Settings  {file} (where this system keeps settings)"
    (line,) = (line for line in done.out.splitlines() if line.split()[:2] == ["verify", "quiet"])
    assert line.split()[2:] == ["true", str(file)]


def test_every_option_of_every_verb_can_be_set(mediakit: Command, settings: Path) -> None:
    """One table with a value for each; `config` shows them all as coming from the file."""
    verbs = Verbs()
    lines = []
    for name, verb in verbs.items():
        lines.append(f"[{name}]")
        for option, action in settable(verb).items():
            default = verb.defaults[action.dest]
            value = "true" if isinstance(default, bool) else '"700MB"' if action.type is size else '"X"'
            value = "3" if action.type is count else value
            value = '["X", "Y"]' if isinstance(default, list) else value
            if action.choices:
                value = f'"{[*action.choices][-1]}"'
            value = '{ PatientID = "1" }' if option == "supply" else value
            lines.append(f"{option} = {value}")
    settings.write_text("\n".join(line for line in lines if not line.startswith("json = ")))
    rows = mediakit("config", "--json").json["settings"]
    assert {row["option"] for row in rows if row["from"] == "default"} == {"json"}
    found = {row["option"]: row["value"] for row in rows if row["verb"] == "create"}
    assert found["capacity"] == 700_000_000
    assert found["supply"] == {"PatientID": "1"}
    assert found["exclude"] == ["X", "Y"]
    assert (found["leave-out"], found["since"], found["progress"]) == (True, "X", "json")


@pytest.mark.parametrize(
    ("text", "key", "said"),
    [
        ("[label]\n", "label", "is no table of settings"),
        ("[creat]\n", "creat", "Did you mean create?"),
        ("create = 1\n", "create", "is no table"),
        ("[create]\nleave_out = true\n", "create.leave_out", "Did you mean leave-out?"),
        ("[create]\nno-leave-out = true\n", "create.no-leave-out", "is no setting"),
        ("[create]\nwax = true\n", "create.wax", "`mediakit config` lists every setting."),
        ("[create]\nleave-out = 'yes'\n", "create.leave-out", "true or false"),
        ("[create]\nleave-out = 1\n", "create.leave-out", "true or false"),
        ("[create]\nmedium = true\n", "create.medium", "a text"),
        ("[create]\nmedium = ['cd']\n", "create.medium", "a text"),
        ("[create]\nprofile = 'STD-GEN-CD'\n", "create.profile", "a list of texts"),
        ("[create]\nprofile = [1]\n", "create.profile", "a list of texts"),
        ("[create]\nsupply = ['PatientID=1']\n", "create.supply", "a table"),
        ("[create]\nsupply = { PatientID = 1 }\n", "create.supply", "a text"),
        ("[create]\ncapacity = 'much'\n", "create.capacity", "'much' is no size"),
        ("[create]\ncapacity = true\n", "create.capacity", "a size"),
        ("[create]\nprogress = 'xml'\n", "create.progress", "one of auto, json"),
        ("[create]\nout = 'disc.iso'\n", "create.out", "is said for each job"),
        ("[burn]\ncopies = 0\n", "burn.copies", "no number from 1 to 9999"),
        ("[burn]\ncopies = true\n", "burn.copies", "must be a number"),
        ("[burn]\ndevice = 'sdb'\n", "burn.device", "is said for each job"),
        ("[burn]\nyes-erase = 'sdb'\n", "burn.yes-erase", "is said for each job"),
        ("[create]\nmanifest = 'x.json'\n", "create.manifest", "is said for each job"),
        ("[create]\nconfig = 'x.toml'\n", "create.config", "is said for each job"),
        ("[create]\nsources = ['x']\n", "create.sources", "is no setting"),
        ("[verify]\nmedium = 'x'\n", "verify.medium", "is no setting"),
        ("[institution]\nnames = 'x'\n", "institution.names", "Did you mean name?"),
        ("[institution]\nname = 1\n", "institution.name", "must be a text"),
        ("[create\n", "The settings", "are no TOML"),
        ("a = '\xff'\n", "The settings", "are no TOML"),
    ],
)
def test_what_is_not_understood_names_file_and_key(
    text: str, key: str, said: str, mediakit: Command, settings: Path, tmp_path: Path
) -> None:
    settings.write_bytes(text.encode("latin-1"))
    before = sorted(tmp_path.iterdir())
    for verb in (("create", tmp_path, "-o", tmp_path / "x.iso"), ("config",), ("rules",)):
        done = mediakit(*verb)
        assert (done.status, done.out) == (2, "")
        assert key in done.err
        assert said in done.err
        assert str(settings) in done.err
    assert mediakit("rules", "--json").json["code"] == "usage"
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("how", ["option", "environment"])
def test_a_file_that_was_named_must_be_there(
    how: str, mediakit: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = tmp_path / "missing.toml"
    monkeypatch.setenv("MEDIAKIT_CONFIG", str(missing) if how == "environment" else os.devnull)
    words = ("--config", missing) if how == "option" else ()
    done = mediakit("rules", *words)
    assert (done.status, done.out) == (2, "")
    assert f"{missing} cannot be read" in done.err


def test_windows_editors_are_understood(mediakit: Command, settings: Path) -> None:
    settings.write_bytes(b'\xef\xbb\xbf[create]\r\nmedium = "cd"\r\n')
    assert in_force(mediakit, "create", "medium") == ("cd", "file")


def test_a_switch_is_taken_back_and_a_list_replaced(
    mediakit: Command, settings: Path, tmp_path: Path
) -> None:
    (tmp_path / "1.dcm").write_bytes(ct(1))
    (tmp_path / "2.dcm").write_bytes(
        ct(2, PatientID="P2", StudyInstanceUID=uid("other"), SeriesInstanceUID=uid("other series"))
    )
    out = tmp_path / "disc.iso"
    words = ("create", tmp_path / "1.dcm", tmp_path / "2.dcm", "-o", out, "--dry-run", "--json")
    settings.write_text('[create]\nmulti-patient = true\nexclude = ["patient=P2"]\n')
    assert mediakit(*words).json["written"] == 1
    assert mediakit(*words, "--exclude", "modality=SR").json["code"] == "selection"
    settings.write_text("[create]\nmulti-patient = true\n")
    assert mediakit(*words).json["written"] == 2
    refused = mediakit(*words, "--no-multi-patient")
    assert (refused.status, refused.json["code"]) == (2, "patient")


def test_json_by_settings_holds_for_results_and_errors(mediakit: Command, settings: Path) -> None:
    settings.write_text("[rules]\njson = true\n[create]\njson = true\nprogress = 'json'\n")
    assert mediakit("rules").json["schema"] == "mediakit/rules/1"
    assert mediakit("rules", "--no-json").out.startswith("rule ")
    refused = mediakit("create", "no-such-folder", "-o", "x.iso")
    assert (refused.status, refused.json["code"]) == (2, "source-unreadable")
    assert '"code": "source-unreadable"' in refused.err


def test_the_environment_is_shown(mediakit: Command) -> None:
    rows = {each["name"]: each["value"] for each in mediakit("config", "--json").json["environment"]}
    assert rows["SOURCE_DATE_EPOCH"] == EPOCH
    assert rows["MEDIAKIT_CONFIG"] == os.devnull
    assert rows["MEDIAKIT_DEBUG"] is None


def test_options_settings_and_python_give_the_same_bytes(
    mediakit: Command, samples: Path, settings: Path, tmp_path: Path
) -> None:
    """Show 2 of the issue: one job said in three ways, every byte alike."""
    source = tmp_path / "heap"
    source.mkdir()
    for number, name in enumerate(sorted((samples / "patient-a").rglob("*.dcm"))):
        (source / f"{number}.dcm").write_bytes(name.read_bytes())
    outs = [tmp_path / f"{word}.iso" for word in ("options", "settings", "python")]
    done = mediakit(
        "create", source, "-o", outs[0], "--institution", "Klinikum Süd", "--contact", "030 1234",
        "--profile", "STD-GEN-CD", "--exclude", "modality=SR", "--supply", "StudyID=7", "--leave-out",
        "--medium", "cd", "--json",
    )  # fmt: skip
    assert done.status == 0, done.err
    assert done.json["volumes"][0]["label"][-2].startswith("Klinikum Süd - 2023-11-14 - MK")
    settings.write_text(
        '[institution]\nname = "Klinikum Süd"\ncontact = "030 1234"\n'
        '[create]\nprofile = ["STD-GEN-CD"]\nexclude = ["modality=SR"]\nsupply = { StudyID = "7" }\n'
        'leave-out = true\nmedium = "cd"\n',
        encoding="utf-8",
    )
    assert mediakit("create", source, "-o", outs[1]).status == 0
    api.create(
        [source], outs[2], institution="Klinikum Süd", contact="030 1234", profile=["STD-GEN-CD"],
        selection=api.Selection(exclude=("modality=SR",)), supply={"StudyID": "7"}, leave_out=True,
        medium="cd", created=datetime.fromtimestamp(int(EPOCH), UTC),
    )  # fmt: skip
    digests = {hashlib.sha256(out.read_bytes()).hexdigest() for out in outs}
    assert digests == {done.json["volumes"][0]["sha256"]}
    readme = outs[0].read_bytes()
    assert b"030 1234" in readme


def test_the_table_of_a_verb_is_narrower_than_the_institution(mediakit: Command, settings: Path) -> None:
    settings.write_text('[institution]\nname = "Hospital"\n[create]\ninstitution = "Ward 7"\n')
    assert in_force(mediakit, "create", "institution") == ("Ward 7", "file")
    assert in_force(mediakit, "create", "contact") == ("", "default")
