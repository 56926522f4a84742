"""One reader under a fuzzer that is guided by what each case makes run; for long runs offline, never in CI.

    pip install atheris
    nice python -m tests.fuzz.guided udf-1.02 FOLDER -max_total_time=600

KIND is one of `seeds`; FOLDER keeps what reached something new, and what libFuzzer's other arguments
say applies. Half of the mutations are those of `structure`. A medium that raises anything or takes too
long is left beside as `crash-...` or `timeout-...`: give it a name in the corpus once it is mended.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import atheris  # type: ignore[import-not-found,unused-ignore]  # installed for such a run only

with atheris.instrument_imports(include=["mediakit"]):
    from mediakit.cli import verify as verify_command
    from mediakit.formats import views_of
    from mediakit.formats.tree import Evidence, MediumView, StoredFile
    from mediakit.model import BytesContent
    from mediakit.profile.load import profile
    from mediakit.rules import judge
    from mediakit.verify import verify_media

from tests.fuzz.seeds import ACCESS, FOLDER, folder, seeds, structure_of
from tests.fuzz.structure import rearrange

_LARGEST = 3 << 20


def main() -> None:
    """Fuzz the reader of the kind that the command line names."""
    kind, kept = sys.argv[1], Path(sys.argv[2])
    kept.mkdir(parents=True, exist_ok=True)
    (kept / "seed").write_bytes(seeds()[kind])
    run = _folder(kind) if kind in FOLDER else _image

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        dice, changed = random.Random(seed), bytearray(data)
        if dice.random() < 0.5:
            return bytes(atheris.Mutate(data, most))
        rearrange(changed, structure_of(kind), dice)
        return bytes(changed[:most])

    words = [sys.argv[0], str(kept), f"-max_len={_LARGEST}", "-timeout=10", *sys.argv[3:]]
    atheris.Setup(words, run, custom_mutator=mutate)
    atheris.Fuzz()


def _image(data: bytes) -> None:
    """The bytes as an image: its file systems, what rules say of them, and all files."""
    for view in views_of(BytesContent(data)):
        for outer in (view, view.inner):
            for finding in judge(outer.facts) if outer else ():
                assert finding.message
        for file in view.files[:50]:
            if file.content:
                with suppress(OSError), file.content.open() as stream:
                    stream.read(1 << 16)


def _folder(kind: str) -> Callable[[bytes], None]:
    """Verify a File-set of which one file is the bytes, in memory and against one profile."""
    opening, wanted = ACCESS.opening(), (profile("STD-GEN-CD"),)

    def run(data: bytes) -> None:
        files = folder(kind, data).files.items()
        stored = tuple(StoredFile(tuple(path.split("/")), BytesContent(one), len(one)) for path, one in files)
        judged = verify_media((MediumView(Evidence("folder", ""), stored),), "", wanted, opening=opening)
        json.dumps(judged.to_json())
        assert all(isinstance(line, str) for line in verify_command._text(judged))

    return run


if __name__ == "__main__":
    main()
