"""Contents -> their deflated sizes (`create --deflate`), each measured once, however often it is planned.

Splitting plans the same instances again and again, and a plan has to know every size to the byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from queue import SimpleQueue

from .formats.tree import Tick, VolumeFile, VolumeTree
from .formats.zip.deflated import DeflatedContent, deflated
from .model import Content, FileContent
from .progress import Watch
from .transfer import Buffers

_INTERVAL = 0.1
"""Seconds between two looks at how far the threads have come."""

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
            for file, found in zip(plain, _two_at_a_time(plain, pool, watch, tick), strict=True):
                known[id(file.content)] = file.content, found
            for file in files:
                if id(file.content) not in known:
                    known[id(file.content)] = file.content, _measured(file, buffers, tick)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    return Deflation(known)


def _two_at_a_time(
    files: Sequence[VolumeFile], pool: ThreadPoolExecutor, watch: Watch, tick: Tick
) -> list[Content]:
    """What the threads of the pool made of the files; only this thread tells how far they are."""
    read: SimpleQueue[int] = SimpleQueue()

    def told(size: int) -> None:
        watch.check()  # a large file is left in its middle
        read.put(size)

    def alone(file: VolumeFile) -> Content:
        with Buffers() as buffers:
            return _measured(file, buffers, told)

    jobs = [pool.submit(alone, file) for file in files]
    pending = set(jobs)
    while pending:
        done, pending = wait(pending, _INTERVAL, FIRST_EXCEPTION)
        for each in done:
            each.result()
        while not read.empty():
            tick(read.get())
    return [each.result() for each in jobs]


def _measured(file: VolumeFile, buffers: Buffers, tick: Tick | None = None) -> Content:
    return deflated(file.content, "/".join(file.path), buffers, tick)
