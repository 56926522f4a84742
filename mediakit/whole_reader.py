"""Every file of a medium, once from its first byte to its last: the instance layer of `verify`.

    StoredFile -> passing bytes -> digest, header, walk to the end, a decoded frame -> FileView

It finds out; the rules judge. Files are read in the order in which they lie on the medium, so that
a drive need not seek. A sample of the compressed images is decoded: of every series and transfer
syntax the instances number 1, 2, 4, 8, ..., at most 50 on one medium, the first frame of each.
Streams of many frames (video) have no decoder here and are not among them.

Anomalies that it adds to an Instance:

    medium-error             the medium does not give all bytes of the file
    not-read                 the medium was given up before the end of the file
    undecodable              the first frame cannot be decoded
    codec-missing            the decoder of the transfer syntax is not installed
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from .dicomfile import HeaderReader, NotDicom, Wanted
from .dictionary import TRANSFER_SYNTAXES
from .model import Anomaly, Content, Instance
from .passing import Failure, Hashing, Passing
from .patience import GAVE_UP, Patience, PatientContent
from .pixels import CodecMissing, Decoder, PixelsUnreadable, open_pixels
from .pixels.codecs import CODECS
from .progress import Watch
from .values import text
from .whole import Reading

MOST_DECODED = 50
"""Images of one medium that are decoded; each may take a second."""

_SPOILT = frozenset(("truncated", "unreadable", "pixel-data-missing"))
"""What a header reader says of a file that ends where the medium failed."""

_NO_FRAME = _SPOILT | {"frames-missing", "pixel-data-length"}


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of one file: its instance or the reason why it is none, and its digest to come."""

    instance: Instance | None
    reason: str
    failure: Failure | None
    digest: Future[str] | None

    @property
    def sha256(self) -> str:
        """The digest, once the second thread has it; empty for what was not read to its end."""
        return self.digest.result() if self.digest else ""


class WholeReader:
    """A context that reads file after file of one medium; see the module's docstring."""

    def __init__(self, wanted: Wanted, patience: Patience, watch: Watch, total: int) -> None:
        self._headers = HeaderReader(wanted, thorough=True)
        self._patience = patience
        self._tick = watch.ticks("check", total)
        self._hashing = Hashing()
        self._decoder = Decoder()
        self._opened = ExitStack()
        self._numbers: Counter[tuple[str, str]] = Counter()
        self._files = self._bytes = self._decoded = 0

    def __enter__(self) -> Self:
        self._opened.enter_context(self._decoder)
        self._opened.enter_context(self._hashing)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    @property
    def reading(self) -> Reading:
        """What was read so far."""
        return Reading(self._files, self._bytes, self._numbers.total(), self._decoded)

    def read(self, content: Content, name: str) -> Seen:
        """One file from beginning to end. Raises OSError when it cannot be opened, and Cancelled."""
        with PatientContent(content, self._patience).open() as stream:
            passing = Passing(stream, content.size, self._hashing, self._tick)
            instance, reason = self._instance(passing, name)
            digest = passing.finish()
            self._files += 1
            self._bytes += content.size
            if instance:
                instance = self._judged(instance, passing)
                instance = replace(instance, content=content)
        return Seen(instance, reason, passing.failure, digest)

    def _instance(self, passing: Passing, name: str) -> tuple[Instance | None, str]:
        try:
            return self._headers.read(passing, name), ""
        except NotDicom as said:
            return None, said.reason

    def _judged(self, instance: Instance, passing: Passing) -> Instance:
        """The instance with what only the whole file tells of it."""
        kept = instance.anomalies
        if failure := passing.failure:
            kind = "not-read" if failure.reason == GAVE_UP else "medium-error"
            fault = Anomaly(kind, f"from byte {failure.offset:,} on: {failure.reason}", failure.offset)
            kept = tuple(each for each in kept if each.kind not in _SPOILT)
            return replace(instance, anomalies=(*kept, fault))
        undecodable = self._frame_fault(instance, passing)
        return replace(instance, anomalies=(*kept, undecodable)) if undecodable else instance

    def _frame_fault(self, instance: Instance, passing: Passing) -> Anomaly | None:
        """What happens when a frame of a sampled instance is decoded; None when all is well."""
        syntax = instance.transfer_syntax
        if syntax not in CODECS or not TRANSFER_SYNTAXES[syntax].encapsulated:
            return None
        if any(each.kind in _NO_FRAME for each in instance.anomalies):
            return None
        series = text(instance.keys, "SeriesInstanceUID"), syntax
        self._numbers[series] += 1
        number = self._numbers[series]
        if number & (number - 1) or self._decoded == MOST_DECODED:
            return None
        self._decoded += 1
        try:
            with open_pixels(passing, decoder=self._decoder) as pixels:
                pixels.frame(0)
        except CodecMissing as error:
            return Anomaly("codec-missing", str(error))
        except PixelsUnreadable as error:
            return Anomaly("undecodable", str(error))
        return None
