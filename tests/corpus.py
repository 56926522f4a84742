"""Every instance that the packages pydicom and pydicom-data hold, alone on a disc of STD-GEN-CD.

`python -m tests.corpus` prints how many are unchanged, adapted and refused, by transfer syntax.
"""

from __future__ import annotations

import tempfile
import warnings
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pydicom

from mediakit import create, verify
from mediakit.dictionary import uid_name
from mediakit.errors import ConformanceError
from mediakit.scan import scan

OWN = Path(pydicom.__file__).parent / "data"
FOLDERS = {"": "test_files", "charsets/": "charset_files", "palettes/": "palettes"}

SUPPLY = {
    "PatientID": "X", "StudyInstanceUID": "1.2.3", "SeriesInstanceUID": "1.2.4", "Modality": "OT",
    "StudyDate": "20200101", "StudyTime": "1200",
}  # fmt: skip
"""Many of the files lack what a Directory Record needs."""


@dataclass(frozen=True)
class Outcome:
    """What `create` made of a file: the changes and the bytes on the disc, or why there are none."""

    word: str
    changes: tuple[str, ...] = ()
    reason: str = ""
    data: bytes = field(default=b"", repr=False)


@cache
def files() -> dict[str, Path]:
    """The files by name. DICOMDIRs are no instances, and no data sets are what else lies there."""
    found = {
        prefix + path.relative_to(OWN / folder).as_posix(): path
        for prefix, folder in FOLDERS.items()
        for path in sorted((OWN / folder).rglob("*"))
        if path.is_file() and not path.name.startswith(("DICOMDIR", "README"))
        and path.suffix in ("", ".dcm")
    }  # fmt: skip
    more = find_spec("data_store")
    assert more, "pydicom-data is not installed; it is in the extra `test`"
    assert more.submodule_search_locations
    store = Path(more.submodule_search_locations[0]) / "data"
    return found | {f"more/{path.name}": path for path in sorted(store.glob("*.dcm"))}


def transfer_syntax(source: Path) -> str:
    """The transfer syntax that the file is in, whatever its file meta says; empty for no SOP Instance."""
    return next((each.transfer_syntax for each in scan([source]).instances), "")


def on_disc(source: Path, folder: Path) -> Outcome:
    """The outcome for one file, from the disc that is made of it in the folder."""
    out = folder / "disc.iso"
    out.unlink(missing_ok=True)
    try:
        made = create([source], out, profile="STD-GEN-CD", supply=SUPPLY)
    except ConformanceError as error:
        assert error.result is not None
        assert not out.exists()
        return Outcome("refused", reason="; ".join(each.reason for each in error.result.left_out))
    assert (made.complete, made.conforms) == (True, ("STD-GEN-CD",))
    changes = next((each.changes for each in made.adapted), ())
    (file,) = verify(out).view.instances()
    assert file.content
    with file.content.open() as stream:
        return Outcome("adapted" if changes else "unchanged", changes, data=stream.read())


def main() -> None:
    """Make the discs and print the table."""
    warnings.simplefilter("ignore")
    counts: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory(prefix="mediakit-corpus-") as folder:
        for path in files().values():
            syntax = transfer_syntax(path)
            counts[uid_name(syntax) if syntax else "no SOP Instance", on_disc(path, Path(folder)).word] += 1
    words = ("unchanged", "adapted", "refused")
    print(f"{'':64}" + "".join(f"{word:>10}" for word in words))
    for name in sorted({name for name, _ in counts}):
        print(f"{name[:63]:64}" + "".join(f"{counts[name, word]:10}" for word in words))
    print(f"{'all':64}" + "".join(f"{sum(counts[key] for key in counts if key[1] == w):10}" for w in words))


if __name__ == "__main__":
    main()
