"""Synthetic studies of any number and size, for tests of what has to fit on a medium."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tests.builders import ct, uid


def study(name: str, images: int, rows: int = 4, *, series: int = 1, date: str = "20240501") -> list[bytes]:
    """The files of a study of the one patient; an image has `rows` by 64 pixels, of 128 bytes a row."""
    values = {
        "StudyDate": date,
        "StudyInstanceUID": uid(f"study {name}"),
        "StudyID": name,
        "StudyDescription": f"Study {name}",
        "Rows": rows,
        "Columns": 64,
        "PixelData": bytes(128) * rows,
    }
    return [
        ct(
            number,
            **values,
            SOPInstanceUID=uid(f"image {name} {each} {number}"),
            SeriesInstanceUID=uid(f"series {name} {each}"),
            SeriesNumber=str(each),
        )
        for each in range(1, series + 1)
        for number in range(1, images + 1)
    ]


def written(folder: Path, files: Iterable[bytes], prefix: str = "") -> Path:
    """The files in a folder, numbered."""
    folder.mkdir(exist_ok=True)
    for number, data in enumerate(files, 1):
        (folder / f"{prefix}{number:05d}.dcm").write_bytes(data)
    return folder
