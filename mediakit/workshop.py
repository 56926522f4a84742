"""Decoded frames in the order in which they will be asked for, made ahead by two decoders.

`adapt` asks for every frame once to know that it can be had, and who writes asks for every frame
again: so a medium needs no room beside it, and nothing of a patient lies there. Two threads wait
for a decoder process each, which keeps two cores at work. What lies ready is bounded by AHEAD
bytes; of larger frames there is one at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from queue import LifoQueue
from types import TracebackType
from typing import Self

from .model import Content
from .pixels import Decoder, Frame, Pixels, open_pixels

AHEAD = 16 << 20
"""Bytes of frames that may lie ready before anybody asks for them."""

_WORKERS = 2
_MOST_AHEAD = 12


@dataclass(frozen=True, slots=True, eq=False)
class Film:
    """The compressed frames of an instance: how many, and about how many bytes each has when decoded."""

    content: Content
    count: int
    length: int


class Workshop:
    """A context in which frames are decoded; processes and threads are started by the first of them.

    For one thread at a time.
    """

    def __init__(self) -> None:
        self._opened = ExitStack()
        self._pool: ThreadPoolExecutor | None = None
        self._idle: LifoQueue[_Worker] = LifoQueue()  # the one whose decoder runs already comes first
        self._order: list[Film] = []
        self._at: dict[int, int] = {}
        self._ready: dict[tuple[int, int], Future[Frame]] = {}
        self._next = 0, 0
        self._last: tuple[tuple[int, int], Frame] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._forget()
        self._opened.close()

    def follow(self, films: Iterable[Film]) -> None:
        """From now on the frames of these will be asked for, one film after the other."""
        self._forget()
        self._order = list(films)
        self._at = {id(film): n for n, film in enumerate(self._order)}
        self._next, self._last = (0, 0), None

    def announce(self, film: Film) -> None:
        """The frames of this one will be asked for after all that was named before."""
        self._at[id(film)] = len(self._order)
        self._order.append(film)
        self._prepare(0)

    def frame(self, film: Film, index: int) -> Frame:
        """A frame, which stays at hand until another one is asked for.

        Raises PixelsUnreadable, CodecMissing and OSError.
        """
        if id(film) not in self._at:
            self.follow([film])
        key = self._at[id(film)], index
        if self._last and self._last[0] == key:
            return self._last[1]
        self._last = None
        future = self._ready.pop(key, None)
        if future is None:
            self._forget()
            future, self._next = self._submit(film, index), (key[0], index + 1)
        self._prepare(film.length)
        self._last = key, future.result()
        return self._last[1]

    def _prepare(self, taken: int) -> None:
        """Have decoded what comes next, as far as there is room beside the bytes taken."""
        room = AHEAD - taken - sum(self._order[at].length for at, _ in self._ready)
        at, index = self._next
        while at < len(self._order) and len(self._ready) < _MOST_AHEAD:
            film = self._order[at]
            if index >= film.count:
                at, index = at + 1, 0
            elif film.length > room:
                break
            else:
                self._ready[at, index] = self._submit(film, index)
                room -= film.length
                index += 1
        self._next = at, index

    def _submit(self, film: Film, index: int) -> Future[Frame]:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="frames")
            for _ in range(_WORKERS):
                self._idle.put(self._opened.enter_context(_Worker()))
            self._opened.callback(self._pool.shutdown, cancel_futures=True)
        return self._pool.submit(self._decode, film, index)

    def _decode(self, film: Film, index: int) -> Frame:
        worker = self._idle.get()
        try:
            return worker.frame(film, index)
        finally:
            self._idle.put(worker)

    def _forget(self) -> None:
        for future in self._ready.values():
            future.cancel()
        self._ready.clear()


class _Worker:
    """A decoder, and the film that it has open."""

    def __init__(self) -> None:
        self._decoder = Decoder()
        self._opened = ExitStack()
        self._film: Film | None = None
        self._pixels: Pixels | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
        self._decoder.__exit__(kind, error, trace)

    def frame(self, film: Film, index: int) -> Frame:
        """The frame; a film of many frames stays open for the next."""
        if self._pixels is None or self._film is not film:
            self._close()
            self._pixels = self._opened.enter_context(open_pixels(film.content, decoder=self._decoder))
            self._film = film
        frame = self._pixels.frame(index)
        if film.count == 1:
            self._close()
        return frame

    def _close(self) -> None:
        self._opened.close()
        self._film = self._pixels = None
