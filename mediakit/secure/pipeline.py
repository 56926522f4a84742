"""A large content in blocks that pass from thread to thread, so that two processors work at it.

Neither cipher nor digest nor file hold the interpreter lock while they work on a block.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle

BLOCK = 1 << 20
"""Bytes in a block of a large content: handing one over costs far less than working on it."""

_SMALL_BLOCK = 1 << 18
"""Bytes in a block of a small content: it stays in the processor's cache."""

_SMALL = 8 << 20
"""The size up to which starting threads takes longer than they save."""


def block_size(size: int) -> int:
    """How many bytes a block of a content of that many bytes has at most."""
    return min(size, _SMALL_BLOCK if size <= _SMALL else BLOCK)


def rooms(size: int, spare: int = 0) -> Iterator[memoryview]:
    """Where the blocks of a content of that size go in turn; `spare` bytes more than a block each.

    A block is overwritten when the next but one is made, as `ahead` needs it.
    """
    count = 1 if size <= _SMALL else 2
    return cycle([memoryview(bytearray(block_size(size) + spare)) for _ in range(count)])


def ahead(blocks: Iterator[memoryview], size: int) -> Iterator[memoryview]:
    """The same blocks; while one of a large content is used, a thread of its own makes the next.

    A block holds until the next one is asked for. What making it raises is raised here.
    """
    if size <= _SMALL:
        yield from blocks
        return
    with ThreadPoolExecutor(1, "ahead") as thread:
        job = thread.submit(next, blocks, None)
        while (block := job.result()) is not None:
            job = thread.submit(next, blocks, None)
            yield block
