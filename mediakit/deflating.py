"""Contents -> their deflated sizes (`create --deflate`), each measured once, however often it is planned.

Splitting plans the same instances again and again, and a plan has to know every size to the byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from .formats.tree import VolumeFile, VolumeTree
from .formats.zip.deflated import DeflatedContent, deflated
from .model import Content, FileContent
from .progress import Watch
from .transfer import Buffers

DEFLATING = ("zip", "mail")
"""The formats that can hold deflated files (PS3.12 V.2)."""


@dataclass(frozen=True, slots=True, eq=False)
class Deflation:
    """What is known of contents, by their identity: as they are, and as an archive shall hold them."""

    known: Mapping[int, tuple[Content, Content]] = field(default_factory=dict)

    def tree(self, tree: VolumeTree) -> VolumeTree:
        """The tree with all files as the archive shall hold them; what is not known is measured now.

        Raises SourceUnreadable and SourceChanged.
        """
        with Buffers() as buffers:
            return VolumeTree(tuple(self._file(file, buffers) for file in tree.files))

    def _file(self, file: VolumeFile, buffers: Buffers) -> VolumeFile:
        found = self.known.get(id(file.content))
        return replace(file, content=found[1] if found else _measured(file, buffers))

    def count(self, contents: Iterable[Content]) -> int:
        """How many of the contents lie deflated in the archive."""
        found = (self.known.get(id(content)) for content in contents)
        return sum(each is not None and isinstance(each[1], DeflatedContent) for each in found)


def measure(files: Iterable[VolumeFile], watch: Watch) -> Deflation:
    """Deflate every file and keep only what it came to.

    Two files of a disk at a time; what has to be made first, by decoding or unpacking, one after
    the other. Raises SourceUnreadable, SourceChanged and Cancelled.
    """
    files = tuple(files)
    tick = watch.ticks("deflate", sum(file.content.size for file in files))
    plain = [file for file in files if isinstance(file.content, FileContent)]
    known = {}
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="deflate") as pool, Buffers() as buffers:
        try:
            for file, found in zip(plain, pool.map(_alone, plain), strict=True):
                known[id(file.content)] = file.content, found
                tick(file.content.size)
            for file in files:
                if id(file.content) not in known:
                    known[id(file.content)] = file.content, _measured(file, buffers)
                    tick(file.content.size)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    return Deflation(known)


def _alone(file: VolumeFile) -> Content:
    with Buffers() as buffers:
        return _measured(file, buffers)


def _measured(file: VolumeFile, buffers: Buffers) -> Content:
    return deflated(file.content, "/".join(file.path), buffers)
