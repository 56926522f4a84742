"""The frozen values that pass between the stages, in the words of the standard.

This module imports nothing of ours and holds no behaviour beyond what a value knows of
itself. Nothing here validates: a reader must be able to hold the bad File ID that a rule
will report.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol, runtime_checkable


class Role(Enum):
    """What an application does with a File-set (PS3.10 8.3)."""

    FSC = "File-set Creator"
    FSR = "File-set Reader"
    FSU = "File-set Updater"


@dataclass(frozen=True, slots=True, order=True)
class FileId:
    """1 to 8 components of 1 to 8 characters that name a File (PS3.10 8.2)."""

    components: tuple[str, ...]

    def __str__(self) -> str:
        return "\\".join(self.components)


class Element(NamedTuple):
    """One Data Element: its value is kept as Explicit VR Little Endian bytes (PS3.5 7.1).

    Text keeps its bytes in the Specific Character Set of the data set and its padding; the
    value of a sequence is its encoded items.
    """

    tag: int
    vr: str
    value: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Attributes:
    """A read-only set of Data Elements in tag order, without their offsets.

    100,000 instances are held at once, so the tags are one shared index for all data sets
    of the same shape and each data set is a tuple of values.
    """

    index: Mapping[int, int] = field(default_factory=dict)
    cells: tuple[tuple[str, bytes], ...] = ()

    @staticmethod
    def of(elements: Iterable[Element | tuple[int, str, bytes]]) -> Attributes:
        """The elements as Attributes, sorted by tag; the last of equal tags wins."""
        cells = {tag: (vr, value) for tag, vr, value in elements}
        tags = sorted(cells)
        return Attributes({tag: n for n, tag in enumerate(tags)}, tuple(cells[tag] for tag in tags))

    def get(self, tag: int) -> Element | None:
        """The element of that tag, or None when it is absent."""
        at = self.index.get(tag)
        return None if at is None else Element(tag, *self.cells[at])

    def raw(self, tag: int) -> bytes:
        """The value bytes of that tag; empty when absent or of zero length."""
        at = self.index.get(tag)
        return b"" if at is None else self.cells[at][1]

    def __contains__(self, tag: int) -> bool:
        return tag in self.index

    def __iter__(self) -> Iterator[Element]:
        return (Element(tag, *cell) for tag, cell in zip(self.index, self.cells, strict=True))

    def __len__(self) -> int:
        return len(self.cells)

    def merged(self, elements: Iterable[Element | tuple[int, str, bytes]]) -> Attributes:
        """A copy in which the given elements are added or replaced."""
        return Attributes.of([*self, *elements])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Attributes) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash((tuple(self.index), self.cells))


@runtime_checkable
class Content(Protocol):
    """Bytes that can be read more than once, without holding them in memory."""

    @property
    def size(self) -> int:
        """How many bytes there are."""

    def open(self) -> BinaryIO:
        """A readable, seekable file object at position 0; the caller closes it."""


@dataclass(frozen=True, slots=True)
class BytesContent:
    """Content that is held in memory: a DICOMDIR, a README."""

    data: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """The length of the data."""
        return len(self.data)

    def open(self) -> BinaryIO:
        """A stream over the data."""
        return io.BytesIO(self.data)


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file of the file system as it was when it was found.

    `stamp` is its modification time in nanoseconds. Who copies the file compares size and
    stamp, so that a file that grew or was replaced after the scan is noticed.
    """

    path: Path
    size: int
    stamp: int

    @staticmethod
    def of(path: Path) -> FileContent:
        """The file as it is now. Raises OSError when it cannot be examined."""
        found = path.stat()
        return FileContent(path, found.st_size, found.st_mtime_ns)

    def open(self) -> BinaryIO:
        """The file, unbuffered. Raises OSError."""
        return self.path.open("rb", buffering=0)

    def unchanged(self, stream: BinaryIO) -> bool:
        """Whether the opened file still has the size and the time that the scan saw."""
        found = os.fstat(stream.fileno())
        return (found.st_size, found.st_mtime_ns) == (self.size, self.stamp)


@dataclass(frozen=True, slots=True)
class SliceContent:
    """A run of bytes inside another content: a file's extent inside an image."""

    base: Content
    offset: int
    size: int

    def open(self) -> BinaryIO:
        """A stream over the run; it ends early when the base does."""
        base = self.base.open()

        def read(at: int, wanted: int) -> bytes:
            base.seek(self.offset + at)
            return base.read(wanted)

        return io.BufferedReader(Window(base, self.size, read))


class Window(io.RawIOBase):
    """A seekable stream of so many bytes, over what gives them at any position.

    `read` is told a position and how many bytes are wanted there, and gives at least one of them;
    none where what lies below ends early. Closing it closes `base`.
    """

    def __init__(self, base: BinaryIO, size: int, read: Callable[[int, int], bytes | memoryview]) -> None:
        self._base, self._size, self._read_at, self._at = base, size, read, 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move; any position from 0 on is one."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        """The position, in bytes from the beginning."""
        return self._at

    def readinto(self, buffer: object) -> int:
        """Fill the buffer in part or whole; 0 at the end."""
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # RawIOBase gives a buffer
        wanted = min(len(view), self._size - self._at)
        if wanted <= 0:
            return 0
        data = self._read_at(self._at, wanted)
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        """Close what lies below too."""
        if not self.closed:
            self._base.close()
        super().close()


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Something a tolerant reader saw that is not as the standard wants it.

    `kind` is a fixed word that a rule looks for; `offset` counts bytes from the start of
    what was read; `detail` says in words what was found.
    """

    kind: str
    detail: str = ""
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Instance:
    """One SOP Instance in one file: what its header says and where its bytes are.

    `sop_class` and `sop_instance` are those of the data set, else those of the File Meta
    Information, else empty. `transfer_syntax` is the one that decodes the data set.
    `keys` holds the wanted top-level elements only. `preamble` is None when there is none.
    """

    sop_class: str
    sop_instance: str
    transfer_syntax: str
    keys: Attributes
    file_meta: Attributes
    preamble: bytes | None
    anomalies: tuple[Anomaly, ...]
    content: Content
    origin: str

    def anomaly(self, kind: str) -> Anomaly | None:
        """The first anomaly of that kind."""
        for each in self.anomalies:
            if each.kind == kind:
                return each
        return None


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a File-set; without an instance it is the DICOMDIR or not DICOM (PS3.10 8.1)."""

    file_id: FileId
    content: Content
    instance: Instance | None = None


@dataclass(frozen=True, slots=True)
class DirectoryRecord:
    """One Directory Record and those below it (PS3.3 F.3.2.2).

    `keys` holds the record's keys in tag order, Private Record UID (0004,1432) among them but no
    other (0004,xxxx) element: `member` gives those that identify the referenced file. Offsets
    exist only inside `dicomdir.py`.
    """

    type: str
    keys: Attributes
    member: Member | None = None
    children: tuple[DirectoryRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class FileSet:
    """The instances of one medium under their File IDs, and the records of the root Directory Entity."""

    uid: str
    id: str
    members: tuple[Member, ...]
    records: tuple[DirectoryRecord, ...]
