"""`python -m samples.broken RULE [FOLDER]`: break a rule and show what is found, and why."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from samples.broken.recipes import recipes


def main() -> None:
    """Make the sample below FOLDER, where it stays, or in a place that is removed again."""
    parser = argparse.ArgumentParser(prog="python -m samples.broken", description=__doc__)
    parser.add_argument("rule", metavar="RULE", help="the ID of a rule, such as FSET-007")
    parser.add_argument("folder", metavar="FOLDER", nargs="?", type=Path, help="an empty folder")
    args = parser.parse_args()
    recipe = recipes().get(args.rule.upper())
    if recipe is None:
        parser.error(f"there is no rule {args.rule}")
    with tempfile.TemporaryDirectory() as passing:
        folder = args.folder or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        subject = recipe.make()
        if isinstance(subject, bytes):
            (folder / "sample.bin").write_bytes(subject)
        for finding in recipe.judged(subject, folder):
            why = recipe.also.get(finding.rule)
            print(f"{finding.rule}: {finding.message}" + (f" (implied: {why})" if why else ""))


if __name__ == "__main__":
    main()
