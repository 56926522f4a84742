"""`mediakit sample`: synthetic studies to try the tool on."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from .. import __version__, words
from ..errors import OutputExists
from .answer import Answer, Context

SUMMARY = "write synthetic studies to try mediakit on"
DESCRIPTION = "Write small synthetic studies of people who do not exist, always the same, into a new folder."
EXAMPLES = """\
examples:
  mediakit sample try
  mediakit sample try --json
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument("out", metavar="OUT_DIR", help="a folder that is empty or does not exist")


def execute(args: argparse.Namespace, context: Context) -> Answer:
    """Write the samples. Raises OutputExists when the folder holds anything, and OutputError."""
    from ..sample import write_samples

    out = Path(args.out)
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise OutputExists(f"{out} is no empty folder.", "Name a folder that does not exist yet.")
    written = write_samples(out)
    return Answer(0, lambda: _document(out, written), lambda: _text(out, written))


def _document(out: Path, written: tuple[Path, ...]) -> dict[str, object]:
    return {
        "schema": "mediakit/sample/1",
        "mediakit": __version__,
        "folder": str(out),
        "files": [str(path) for path in written],
    }


def _text(out: Path, written: tuple[Path, ...]) -> Iterator[str]:
    yield f"{words.counted(len(written), 'file')} in {out}: synthetic studies of people who do not exist."
    yield ""
    yield "Next:"
    yield f"  mediakit create {out / 'patient-a'} -o disc.iso"
    yield "  mediakit verify disc.iso"
