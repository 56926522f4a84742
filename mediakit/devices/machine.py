"""What Linux says of its block devices: which are mounted, which the system lives on, what they are.

Facts come from /proc and /sys; `root` is where these lie, so that any machine can be described.
A device counts together with its partitions and with whatever is built upon them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .model import Storage

_SYSTEM = re.compile(r"/|/(boot|efi|usr|var|home|nix|opt|srv|root)(/.*)?")
"""Where a mounted file system is the computer's own."""

_NO_STORAGE = ("loop", "ram", "zram", "sr", "dm-", "md", "fd")
_DEPTH = 8
"""Layers of volumes upon volumes; nobody has more."""

_SECTOR = 512
"""The unit of `size` in /sys, whatever the device has (Documentation/ABI/stable/sysfs-block)."""


@dataclass(frozen=True, slots=True)
class Mount:
    """A mounted file system: its device number, its source, where it is, and of what type."""

    number: str
    source: str
    place: str
    type: str
    read_only: bool


def mounts(root: Path = Path("/")) -> tuple[Mount, ...]:
    """What is mounted; nothing where the system has no such table (proc(5), mountinfo)."""
    try:
        text = (root / "proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ()
    return tuple(_mounts(text))


def _mounts(text: str) -> Iterator[Mount]:
    for line in text.splitlines():
        words, _, rest = line.partition(" - ")
        own, behind = words.split(), rest.split()
        if len(own) >= 6 and len(behind) >= 3:
            options = {*own[5].split(","), *behind[2].split(",")}
            yield Mount(own[2], _plain(behind[1]), _plain(own[4]), behind[0], "ro" in options)


def _plain(word: str) -> str:
    """Without the octal escapes by which spaces are written."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), word)


def storages(root: Path = Path("/")) -> tuple[Storage, ...]:
    """The sticks, cards and disks of this machine, those that the system lives on with the reason why not."""
    try:
        names = sorted(each.name for each in (root / "sys/block").iterdir())
    except OSError:
        return ()
    found = (storage(name, root) for name in names if not name.startswith(_NO_STORAGE))
    return tuple(each for each in found if each.size)


def storage(name: str, root: Path = Path("/")) -> Storage:
    """What is known of a whole block device by its name in /sys/block."""
    folder = root / "sys/block" / name
    numbers = {_word(node / "dev") for node in _tree(folder, root)}
    places = tuple(
        each.place for each in mounts(root) if each.number in numbers or _is_node(each.source, name, root)
    )
    swapping = any(_is_node(source, name, root) for source in _swaps(root))
    system = swapping or any(_SYSTEM.fullmatch(place) for place in places)
    maker = (_word(folder / "device/vendor"), _word(folder / "device/model"))
    return Storage(
        path=f"/dev/{name}",
        stable=_stable(name, root),
        name=" ".join(filter(None, maker)),
        size=int(_word(folder / "size") or 0) * _SECTOR,
        mounted=places,
        refused=next(_refusals(folder, system, places), ""),
    )


def _refusals(folder: Path, system: bool, places: tuple[str, ...]) -> Iterator[str]:
    if system:
        yield "the system of this computer is on it"
    if places:
        yield f"it is mounted at {', '.join(places)}"
    if _word(folder / "ro") == "1":
        yield "it is write-protected, by its switch or by a policy of this computer"


def is_removable(name: str, root: Path = Path("/")) -> bool:
    """Whether a whole device is one that is plugged in and out."""
    folder = root / "sys/block" / name
    return _word(folder / "removable") == "1" or "/usb" in str(folder.resolve())


def whole(name: str, root: Path = Path("/")) -> str:
    """The whole device that a partition is of; a whole device is its own."""
    folder = (root / "sys/class/block" / name).resolve()
    return folder.parent.name if (folder / "partition").exists() else name


def _tree(folder: Path, root: Path, depth: int = 0) -> Iterator[Path]:
    """A device, its partitions, and what is built upon any of them."""
    yield folder
    parts = (each.parent for each in folder.glob("*/partition"))
    upon = (root / "sys/block" / each.name for each in folder.glob("holders/*"))
    for each in (*parts, *upon) if depth < _DEPTH else ():
        yield from _tree(each, root, depth + 1)


def _is_node(source: str, name: str, root: Path) -> bool:
    """Whether it names the device or a partition of it; Btrfs has device numbers of its own."""
    if not source.startswith("/dev/"):
        return False
    node = (root / source.removeprefix("/")).resolve().name
    return node == name or (root / "sys/block" / name / node / "partition").exists()


def _swaps(root: Path) -> list[str]:
    try:
        lines = (root / "proc/swaps").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return []
    return [line.split()[0] for line in lines[1:] if line.split()]


def _stable(name: str, root: Path) -> str:
    """The first of the paths that name the device itself and not its place in the order of plugging in."""
    folder = root / "dev/disk/by-id"
    try:
        links = sorted(folder.iterdir())
    except OSError:
        return ""
    return next((f"/dev/disk/by-id/{link.name}" for link in links if _leads_to(link, name)), "")


def _leads_to(link: Path, name: str) -> bool:
    return link.resolve().name == name


def _word(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
