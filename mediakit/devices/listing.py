"""What is plugged in here: recorders, their drives, and removable media, as one document."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .. import __version__
from .machine import is_removable, storages
from .model import Drive, Recorder, Storage
from .table import DEFAULT, RECORDERS, why_not
from .xorriso import drives, has_xorriso


@dataclass(frozen=True, slots=True)
class Devices:
    """Recorders with the reason why one cannot be used here (else empty), drives, sticks and cards."""

    recorders: tuple[tuple[Recorder, str], ...]
    drives: tuple[Drive, ...]
    media: tuple[Storage, ...]

    def to_json(self) -> dict[str, Any]:
        """The document `mediakit/devices/1`."""
        return {
            "schema": "mediakit/devices/1",
            "mediakit": __version__,
            "recorders": [
                {
                    "id": each.id,
                    "name": each.name,
                    "tried": each.tried,
                    "usable": not reason,
                    "why_not": reason,
                    "default": each.id == DEFAULT,
                }
                for each, reason in self.recorders
            ],
            "drives": [asdict(each) for each in self.drives],
            "media": [{**asdict(each), "mounted": list(each.mounted)} for each in self.media],
        }


def devices(root: Path = Path("/")) -> Devices:
    """What an image can be written with and to; `root` is where /proc, /sys and /dev lie.

    Raises DeviceError when the recording program cannot be asked.
    """
    return Devices(
        tuple((each, why_not(each)) for each in RECORDERS),
        drives() if has_xorriso() else (),
        tuple(each for each in storages(root) if is_removable(Path(each.path).name, root)),
    )
