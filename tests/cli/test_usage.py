"""Words that are understood, words that are not, and how fast the help is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from mediakit import __version__
from mediakit.cli.arguments import keyword_value, size
from tests.cli.runner import Command, environment, program

VERBS = (
    "create", "burn", "verify", "fit", "inspect", "extract", "update", "profiles", "rules", "formats",
    "devices", "sample", "config", "completion",
)  # fmt: skip


def test_help_lists_the_verbs(mediakit: Command) -> None:
    done = mediakit("--help")
    assert (done.status, done.err) == (0, "")
    assert [line.split()[0] for line in done.out.splitlines() if line.startswith("    ")] == list(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_a_verb_has_one_sentence_and_two_examples(verb: str, mediakit: Command) -> None:
    done = mediakit(verb, "--help")
    assert (done.status, done.err) == (0, "")
    paragraphs = done.out.split("\n\n")
    assert paragraphs[1].endswith(".")
    assert paragraphs[1].count("\n") == 0
    examples = paragraphs[-1].splitlines()
    assert (examples[0], len(examples)) == ("examples:", 3)
    assert all(line.startswith(f"  mediakit {verb}") and len(line) <= 80 for line in examples[1:])


@pytest.mark.parametrize("words", [("--help",), ("create", "--help"), ("create",)])
def test_help_loads_nothing_heavy(words: tuple[str, ...]) -> None:
    """Help answers in under 0.3 s because of what it does not import; time itself depends on the machine."""
    code = (
        "import sys\nfrom mediakit.cli import main\n"
        f"main({list(words)})\n"
        "heavy = {'pydicom', 'rich', 'jsonschema', 'numpy', 'mediakit.rules', 'mediakit.verify'}\n"
        "print('heavy:', heavy & set(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1] == "heavy: set()"


def test_a_verification_loads_only_what_it_needs(patient_cd: Path) -> None:
    """A clerk verifies 50 discs a day: what writes, decodes, decrypts or reads other media is not loaded."""
    code = (
        "import sys\nfrom mediakit.cli import main\n"
        f"status = main(['verify', '--quick', {str(patient_cd)!r}])\n"
        "print('loaded:', status, *sorted(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=False
    )
    label, status, *loaded = done.stdout.splitlines()[-1].split()
    assert (label, status, "mediakit.formats.iso9660.reader" in loaded) == ("loaded:", "0", True)
    needless = (
        r"(concurrent|email|hashlib|json|secrets|subprocess)\b"
        r"|mediakit\.(pixels|transfer|output|create|forecast|smime|whole_reader)\b"
        r"|mediakit\.formats\.\w+\.(writer|layout)|mediakit\.formats\.(fat|mail|mime|udf|zip)\.reader"
        r"|mediakit\.secure\.(reader|credentials|envelope)"
    )
    assert [name for name in loaded if re.match(needless, name)] == []


def test_version(mediakit: Command) -> None:
    assert mediakit("--version").out == f"mediakit {__version__}\n"


def test_create_without_arguments_explains_the_job_in_five_lines(mediakit: Command) -> None:
    done = mediakit("create")
    assert (done.status, done.out, len(done.err.splitlines())) == (2, "", 5)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Say what to do"),
        (("label",), "'label' is no verb"),
        (("burn", "x"), "required: --device"),
        (("crate", "x"), "Did you mean create?"),
        (("--quiet", "create"), "Say what to do first"),
        (("create", "x", "-o", "x"), "--format folder"),
        (("create", "--no-such-option"), "nrecognized arguments: --no-such-option"),
        (("create", "x"), "There is no OUT."),
        (("create", "-o", "x.iso"), "There is no SOURCE."),
        (("create", "x", "-o", "x.iso", "--capacity", "much"), "'much' is no size"),
        (("create", "x", "-o", "x.iso", "--supply", "PatientID"), "not of the form KEYWORD=VALUE"),
        (("create", "x", "-o", "x.iso", "--supply", "PatientID=1", "--supply", "PatientID=2"), "twice"),
        (
            ("create", "x", "-o", "x.iso", "--profile", "auto", "--profile", "STD-GEN-CD"),
            "cannot be combined",
        ),
        (("create", "x", "-o", "x.iso", "--progress", "xml"), "invalid choice: 'xml'"),
        (("create", "x", "-o", "x.iso", "--cap", "1"), "nrecognized arguments: --cap"),
        (("verify",), "required: MEDIUM"),
        (("inspect",), "required: MEDIUM"),
        (("sample",), "required: OUT_DIR"),
    ],
)
def test_what_is_not_understood_ends_with_2(words: tuple[str, ...], said: str, mediakit: Command) -> None:
    done = mediakit(*words)
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert done.err.startswith("mediakit: ")
    assert len(done.err.splitlines()) == 2

    document = mediakit(*words, "--json")
    assert document.status == 2
    assert document.json["code"] == "usage"


def test_the_time_of_the_job_must_be_a_number(mediakit: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ("yesterday", "9" * 30):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", wrong)
        done = mediakit("create", "x", "-o", "x.iso")
        assert (done.status, done.out) == (2, "")
        assert f"SOURCE_DATE_EPOCH is '{wrong}'" in done.err


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("1", 1),
        ("700MB", 700 * 10**6),
        ("700 MiB", 700 * 2**20),
        ("4.7GB", 4_700_000_000),
        ("4.7gib", 5046586572),
    ],
)
def test_sizes(text: str, count: int) -> None:
    assert size(text) == count


@pytest.mark.parametrize("text", ["", "0", "-1", "MB", "1e999999999", "nan", "1 TB", "1_0", "0.5"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(Exception, match="is no size"):
        size(text)


def test_a_supplied_value_may_hold_equals_signs() -> None:
    assert keyword_value("PatientComments=a=b") == ("PatientComments", "a=b")


def test_a_program_started_without_standard_streams_works() -> None:
    """`mediakit ... >&- 2>&-`: the streams are closed, as in a service."""
    command = f"'{sys.executable}' -m mediakit formats >&- 2>&-"
    done = subprocess.run(["sh", "-c", command], env=environment(), check=False)
    assert done.returncode == 0


def test_the_module_is_the_command() -> None:
    assert program("--version").out == f"mediakit {__version__}\n"
