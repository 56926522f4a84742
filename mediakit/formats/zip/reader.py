"""The bytes of a ZIP archive -> MediumView, tolerant of everything.

Reads the central directory and looks at every local header, because archives that say two
things show different files to different readers. Where the directory is lost the local
headers are followed from the beginning. A ZIP in the ZIP is a file like any other. Whatever
an archive claims is bounded: files, directory bytes, oddities, and the size of what is
inflated; files that share bytes are read once.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from ...model import Content, SliceContent
from ..structures import Structures
from ..tree import Evidence, MediumView, Path, StoredFile, anomalies
from .member import ArchiveMember, is_suspicious
from .recognition import ID, Ending, detect, find_end, read_all
from .structs import (
    BIG,
    CENTRAL_FORM,
    CENTRAL_SIGNATURE,
    DEFLATED,
    DESCRIPTOR,
    ENCRYPTED,
    LOCAL_FORM,
    LOCAL_SIGNATURE,
    MANY,
    MASKED,
    STORED,
    STRONG_ENCRYPTION,
    UTF8,
    ZIP64_EXTRA,
    CentralHeader,
    LocalHeader,
)
from .volume import ZipArchive, ZipEntry, ZipOddity, path_of

_ENTRIES = 250_000  # two and a half times the largest File-set that is made
_DIRECTORY_BYTES = 128 << 20
_ODDITIES = 10_000
_CHUNK = 1 << 16
_DEEPEST = 64
_STEEPEST, _SLACK = 1032, 1 << 16  # deflate shrinks to 1/1032 at best, in blocks
_UNREADABLE = ("encrypted", "method", "proportion", "overlap", "outside", "unreadable")


def read(image: Content, structures: Structures | None = None) -> MediumView:
    """The archive's files in the order of their data, and a ZipArchive as facts.

    Raises OSError when the archive cannot be opened.
    """
    structures = structures or Structures.of(image)
    with structures.open() as stream:
        archive = _Reader(image, structures, stream).read()
    evidence = detect(structures) or Evidence(ID, "a ZIP archive")
    return MediumView(evidence, archive.files, anomalies(archive.oddities), archive, image.size)


class _Reader:
    """One reading of one archive: the stream, and what was found so far."""

    def __init__(self, image: Content, structures: Structures, stream: BinaryIO) -> None:
        self.image, self.structures, self.stream = image, structures, stream
        self.oddities: list[ZipOddity] = []
        self.entries: list[ZipEntry] = []
        self.endless: set[int] = set()  # offsets of files whose size was lost

    def read(self) -> ZipArchive:
        """The whole archive."""
        found = find_end(self.image, self.stream)
        if found and (found.is_confirmed or not found.said.entries):
            self._directory(found)
        else:
            self._odd("truncated", (), "there is no central directory", self.image.size)
        hidden = self._is_lost((), found.directory if found else 0, self.image.size)
        if hidden or (not self.entries and not (found and not found.said.entries)):
            self._follow_local_headers()
        self.entries.sort(key=lambda entry: entry.offset)
        files, checksums = self._files()
        return ZipArchive(
            self.image.size, tuple(self.entries), tuple(files), tuple(checksums), tuple(self.oddities)
        )

    def _odd(self, kind: str, path: Path, detail: str, offset: int | None) -> None:
        if len(self.oddities) < _ODDITIES:
            self.oddities.append(ZipOddity(kind, path, detail, offset))
        elif len(self.oddities) == _ODDITIES:
            self.oddities.append(ZipOddity("limit", (), f"more than {_ODDITIES:,} oddities", None))

    def _is_lost(self, path: Path, start: int, end: int) -> bool:
        """Whether some of these bytes could not be read, which is noted."""
        reason = self.structures.lost(start, end - start)
        if reason:
            self._odd("unreadable", path, reason, start)
        return bool(reason)

    def _directory(self, found: Ending) -> None:
        """Take in the central directory."""
        said = found.said
        if said.disk not in (0, MANY) or said.directory_disk not in (0, MANY):
            self._odd("split", (), f"this is disk {said.disk + 1} of several", found.at)
        if found.end < self.image.size:
            self._odd("trailing", (), f"{self.image.size - found.end:,} bytes follow the archive", found.end)
        shift = found.directory - said.directory_offset if found.is_confirmed else 0
        end = found.directory + min(said.directory_size, _DIRECTORY_BYTES, found.at - found.directory)
        for header, name, extra in islice(self._central(found.directory, end), min(said.entries, _ENTRIES)):
            self._take(header, name, extra, shift)
        if len(self.entries) != said.entries:
            detail = f"{said.entries:,} files are announced, {len(self.entries):,} are listed"
            self._odd("limit" if said.entries > _ENTRIES else "directory", (), detail, found.at)
        is_whole = not self.structures.lost(found.directory, end - found.directory)
        if is_whole and self.entries and (first := min(entry.offset for entry in self.entries)) > 0:
            self._odd("prefix", (), f"{first:,} bytes before the first file", 0)

    def _central(self, at: int, end: int) -> Iterator[tuple[CentralHeader, bytes, bytes]]:
        """The headers of the central directory with name and extra field, up to what cannot be one.

        Where a part of one cannot be read, nothing that it says can be believed; its local header is there.
        """
        while at < end:
            self.stream.seek(at)
            raw, size = read_all(self.stream, CENTRAL_FORM.size), CENTRAL_FORM.size
            header = None
            if len(raw) == size and raw.startswith(CENTRAL_SIGNATURE):
                header = CentralHeader._make(CENTRAL_FORM.unpack(raw))
                name, extra = (
                    read_all(self.stream, header.name_length),
                    read_all(self.stream, header.extra_length),
                )
                size += header.name_length + header.extra_length + header.comment_length
            if self.structures.lost(at, min(size, end - at)):
                at = self._following(at, end)
                continue
            if header is None or at + size > end:
                return
            yield header, name, extra
            at += size

    def _following(self, at: int, end: int) -> int:
        """Where after this place a central header seems to begin; the end of the directory if none does."""
        at += 1
        while at < end:
            self.stream.seek(at)
            chunk = read_all(self.stream, min(_CHUNK, end - at))
            place = chunk.find(CENTRAL_SIGNATURE)
            if place >= 0:
                return at + place
            at += max(1, len(chunk) - len(CENTRAL_SIGNATURE) + 1)
        return end

    def _take(self, header: CentralHeader, name: bytes, extra: bytes, shift: int) -> None:
        """Take in an entry of the directory."""
        packed_size, size, offset = _zip64(header, extra)
        text = _text(name, header.flags)
        path, problem = path_of(text)
        offset += shift
        if problem:
            self._odd("unsafe-name", path, problem, offset)
        elif "\\" in text:
            self._odd("backslash", path, "backslashes stand between its folders", offset)
        if len(path) > _DEEPEST:
            self._odd("limit", path[:_DEEPEST], f"more than {_DEEPEST} folders deep", offset)
            path = (*path[: _DEEPEST - 1], "\\".join(path[_DEEPEST - 1 :]))
        if header.disk not in (0, MANY):
            self._odd("split", path, f"it lies on disk {header.disk + 1}", offset)
        self.entries.append(ZipEntry(path, text, header, offset, size, packed_size))

    def _follow_local_headers(self) -> None:
        """Take in what lies before the place where the archive was cut off, or is not in its directory."""
        at, known = 0, {entry.offset: entry for entry in self.entries}
        offsets = sorted(known)
        while len(self.entries) < _ENTRIES:
            self.stream.seek(at)
            raw = read_all(self.stream, LOCAL_FORM.size)
            if len(raw) < LOCAL_FORM.size or not raw.startswith(LOCAL_SIGNATURE):
                if (following := bisect_right(offsets, at)) == len(offsets):
                    return
                at = offsets[following]
                continue
            local = LocalHeader._make(LOCAL_FORM.unpack(raw))
            if entry := known.pop(at, None):
                at += LOCAL_FORM.size + local.name_length + local.extra_length + entry.packed_size
                continue
            name, extra = read_all(self.stream, local.name_length), read_all(self.stream, local.extra_length)
            data = at + LOCAL_FORM.size + local.name_length + local.extra_length
            header = CentralHeader(
                CENTRAL_SIGNATURE, 0, *local[1:9], local.name_length, local.extra_length, 0, 0, 0, 0, at
            )
            self._take(header, name, extra, 0)
            entry = self.entries[-1]
            if local.flags & DESCRIPTOR and not entry.packed_size:
                self.endless.add(at)
            at = data + entry.packed_size

    def _files(self) -> tuple[list[StoredFile], list[int]]:
        """Every file with its content, and the checksum that it should have."""
        starts = {entry.offset: self._data_offset(entry) for entry in self.entries}
        shared = self._shared(starts)
        files, checksums, taken = [], [], set()
        for entry in self.entries:
            if entry.name.endswith(("/", "\\")) and not entry.size:
                continue
            if entry.path in taken:
                self._odd("duplicate", entry.path, "this name was there before", entry.offset)
                continue
            taken.add(entry.path)
            problems = list(self._problems(entry, starts[entry.offset], entry.offset in shared))
            for kind, detail in problems:
                self._odd(kind, entry.path, detail, entry.offset)
            readable = not any(kind in _UNREADABLE for kind, _ in problems)
            content = self._content(entry, starts[entry.offset]) if readable else None
            if not any(kind == "symlink" for kind, _ in problems):
                files.append(StoredFile(entry.path, content, entry.size))
                checksums.append(entry.header.crc)
        return files, checksums

    def _shared(self, starts: dict[int, int]) -> set[int]:
        """The local headers of files that lie in the bytes of those before them."""
        shared, end = set(), 0
        for number, entry in enumerate(self.entries):
            if number and entry.offset < end:
                shared.add(entry.offset)
            end = max(end, starts[entry.offset] + entry.packed_size)
        return shared

    def _content(self, entry: ZipEntry, data: int) -> Content:
        if entry.header.method == STORED:
            return SliceContent(self.image, data, entry.size)
        return ArchiveMember(
            self.image, entry.offset, entry.packed_size, entry.size, entry.header.crc, deflated=True
        )

    def _data_offset(self, entry: ZipEntry) -> int:
        """Where the entry's data begin; compares its local header with the directory (APPNOTE 4.3.7)."""
        fixed = entry.offset + LOCAL_FORM.size
        if not 0 <= entry.offset < self.image.size:
            return fixed
        self.stream.seek(entry.offset)
        raw = read_all(self.stream, LOCAL_FORM.size)
        if len(raw) < LOCAL_FORM.size or not raw.startswith(LOCAL_SIGNATURE):
            self._odd("local", entry.path, "its local header is not where the directory says", entry.offset)
            return fixed
        local = LocalHeader._make(LOCAL_FORM.unpack(raw))
        name = _text(read_all(self.stream, local.name_length), local.flags)
        differs = [] if name == entry.name else [f"the name {name!r}"]
        if local.method != entry.header.method:
            differs.append(f"the method {local.method}")
        if (local.flags ^ entry.header.flags) & ENCRYPTED:
            differs.append("something else about encryption")
        if not local.flags & DESCRIPTOR:
            mine = entry.header.crc, entry.header.packed_size, entry.header.size
            # A size that is only in the ZIP64 field of one of the two is not another size.
            pairs = zip(("checksum", "packed size", "size"), local[6:9], mine, strict=True)
            differs += [f"another {word}" for word, a, b in pairs if a != b and BIG not in (a, b)]
        if differs:
            self._odd("local", entry.path, f"its local header says {', '.join(differs)}", entry.offset)
        return fixed + local.name_length + local.extra_length

    def _problems(self, entry: ZipEntry, data: int, is_shared: bool) -> Iterator[tuple[str, str]]:
        """Why an entry is not read, and what else is odd about it, by the words of `ZipOddity`."""
        header = entry.header
        if header.flags & (ENCRYPTED | STRONG_ENCRYPTION | MASKED):
            yield "encrypted", "it is encrypted"
        elif header.method not in (STORED, DEFLATED):
            yield "method", f"it is compressed by method {header.method}"
        elif header.method == STORED and entry.packed_size != entry.size:
            yield "outside", f"it has two sizes: {entry.packed_size:,} and {entry.size:,} bytes"
        if reason := self.structures.lost(entry.offset, data - entry.offset):
            yield "unreadable", reason
        if entry.offset in self.endless:
            yield "outside", "its size was to follow it, and is lost"
        if is_shared:
            yield "overlap", "its bytes are those of another file"
        if entry.offset < 0 or data + entry.packed_size > self.image.size:
            yield "outside", "its bytes do not lie in the archive"
        impossible = entry.size > _STEEPEST * entry.packed_size + _SLACK
        if header.method == DEFLATED and (impossible or is_suspicious(entry.packed_size, entry.size)):
            yield "proportion", f"{entry.packed_size:,} bytes would grow to {entry.size:,}"
        if (header.external_attributes >> 16) & 0o170000 == 0o120000:
            yield "symlink", "a link is not followed"


def _text(name: bytes, flags: int) -> str:
    """A recorded name as text: UTF-8 where it is, else the code page of MS-DOS (APPNOTE D.1)."""
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("utf-8", "backslashreplace") if flags & UTF8 else name.decode("cp437")


def _zip64(header: CentralHeader, extra: bytes) -> tuple[int, int, int]:
    """Packed size, size and offset, from the ZIP64 extra field where the header says so (4.5.3)."""
    numbers = {"size": header.size, "packed": header.packed_size, "offset": header.offset}
    at = 0
    while at + 4 <= len(extra):
        kind, length = (
            int.from_bytes(extra[at : at + 2], "little"),
            int.from_bytes(extra[at + 2 : at + 4], "little"),
        )
        if kind == ZIP64_EXTRA:
            field = extra[at + 4 : at + 4 + length]
            for word in [word for word, number in numbers.items() if number == BIG]:
                if len(field) >= 8:
                    numbers[word], field = int.from_bytes(field[:8], "little"), field[8:]
        at += 4 + length
    return numbers["packed"], numbers["size"], numbers["offset"]
