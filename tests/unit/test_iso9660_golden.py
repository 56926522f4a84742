"""The small volume with Joliet and Rock Ridge, byte by byte, as an annotated dump that a reviewer can read.

`python -m tests.unit.test_iso9660_golden` writes the dump anew, when the bytes are meant to change.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mediakit.formats import iso9660
from mediakit.formats.iso9660.hierarchy import Hierarchy
from tests.iso9660 import LONG, PARAMETERS, image, tree

GOLDEN = Path(__file__).parents[1] / "data" / "golden" / "iso9660.txt"


def sectors() -> dict[int, str]:
    """What begins in which sector."""
    layout = iso9660.plan(tree(LONG), PARAMETERS)
    assert layout.joliet is not None
    found = {16: "Primary Volume Descriptor", 17: "Joliet's descriptor", 18: "Terminator"}
    found |= dict(structures("primary", layout.primary))
    found |= dict(structures("Joliet", layout.joliet))
    return found | {file.offset // 2048: "/".join(file.path) for file in layout.files if file.content.size}


def structures(name: str, hierarchy: Hierarchy) -> Iterator[tuple[int, str]]:
    yield hierarchy.l_path_table, f"Type L path table, {name} tree"
    yield hierarchy.m_path_table, f"Type M path table, {name} tree"
    for directory in hierarchy.directories:
        yield directory.extent, f"Directory {directory.number} of the {name} tree"


def dump(data: bytes) -> str:
    """Every line of 16 bytes that is not zero and not that of before, under what begins in its sector."""
    names = sectors()
    lines = []
    before = bytes(16)
    for at in range(0, len(data), 16):
        if not at % 2048:
            before = bytes(16)
            if at // 2048 in names:
                lines.append(f"\nsector {at // 2048}: {names[at // 2048]}")
        row = data[at : at + 16]
        if row != before and any(row):
            text = "".join(chr(each) if 32 <= each < 127 else "." for each in row)
            lines.append(f"{at % 2048:4x}  {row.hex(' ', 8)}  {text}".rstrip())
        before = row
    return "\n".join(lines) + "\n"


def test_the_golden_dump() -> None:
    assert dump(image(LONG)) == GOLDEN.read_text(encoding="ascii")


if __name__ == "__main__":
    GOLDEN.parent.mkdir(parents=True, exist_ok=True)
    GOLDEN.write_text(dump(image(LONG)), encoding="ascii", newline="\n")
