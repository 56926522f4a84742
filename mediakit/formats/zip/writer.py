"""ZipLayout -> bytes, front to back, in one pass over the output.

A file's checksum and sizes stand before its data: that is what every reader takes, also those
that read from a pipe. So each file is read twice, a stored one the second time from the system's
memory; a deflated one was read when it was planned.
Nothing of this machine is recorded: no owner, no permissions, no time but the job's.
"""

from __future__ import annotations

import struct
import zlib

from ...errors import SourceChanged
from ...transfer import Buffers, Sink, Transfer, blocks
from ..tree import Tick, Written
from .deflated import DeflatedContent, deflate
from .layout import PlannedEntry, ZipLayout
from .structs import (
    BIG,
    CENTRAL_FORM,
    CENTRAL_SIGNATURE,
    DEFLATED,
    END64_FORM,
    END64_SIGNATURE,
    END_FORM,
    END_SIGNATURE,
    LOCAL_FORM,
    LOCAL_SIGNATURE,
    LOCATOR64_FORM,
    LOCATOR64_SIGNATURE,
    MANY,
    STORED,
    UTF8,
    ZIP64_EXTRA,
)

_VERSION, _VERSION_ZIP64 = 20, 45  # APPNOTE 4.4.3: folders need 2.0, ZIP64 needs 4.5


def write(layout: ZipLayout, out: Sink, tick: Tick | None = None, each: bool = False) -> Written:
    """Write the archive to `out`, which may be a pipe, and hash it.

    `each` asks for the SHA-256 of every file too. Raises OutputError, SourceUnreadable and
    SourceChanged; then part of the archive was written.
    """
    checksums, deflated = [], []
    with Buffers() as buffers, Transfer(out, tick, each) as transfer:
        for entry in layout.entries:
            if entry.deflated:
                checksums.append(entry.deflated.crc)
                transfer.put(_local(layout, entry, entry.deflated.crc))
                _deflate(transfer, entry, entry.deflated, buffers)
                deflated.append(entry.deflated.sha256)
            else:
                checksums.append(_stored(transfer, layout, entry))
        for entry, crc in zip(layout.entries, checksums, strict=True):
            transfer.put(_central(layout, entry, crc))
        transfer.put(_end(layout))
        digest = transfer.finish()
        from_deflated, from_stored = iter(deflated), iter(transfer.files)
        files = (next(from_deflated if entry.deflated else from_stored) for entry in layout.entries)
        return Written(transfer.position, digest, tuple(files) if each else ())


def _stored(transfer: Transfer, layout: ZipLayout, entry: PlannedEntry) -> int:
    """Append a stored file with its header; gives its checksum."""
    name = "/".join(entry.placed.path)
    crc = 0
    for block in blocks(entry.placed.content, name):
        crc = zlib.crc32(block, crc)
    transfer.put(_local(layout, entry, crc))
    transfer.copy(entry.placed.content, name)
    return crc


def _deflate(transfer: Transfer, entry: PlannedEntry, planned: DeflatedContent, buffers: Buffers) -> None:
    """Append a deflated file's data. Raises SourceChanged when they are not those that were planned."""
    name = "/".join(entry.placed.path)
    if deflate(planned.base, name, transfer.put, buffers) != planned:
        raise SourceChanged(
            f"{name} changed since it was read first: it has other bytes.",
            "Start again when no other program writes to the source.",
        )


def _common(layout: ZipLayout, entry: PlannedEntry, crc: int, zip64: bool) -> tuple[int, ...]:
    """The fields that both headers of a file have (APPNOTE 4.3.7), from the version to the sizes."""
    when = layout.created
    time = when.hour << 11 | when.minute << 5 | when.second // 2  # as MS-DOS records it
    date = (when.year - 1980) << 9 | when.month << 5 | when.day
    sizes = (BIG, BIG) if entry.is_big else (entry.packed_size, entry.placed.content.size)
    version = _VERSION_ZIP64 if zip64 else _VERSION
    method = DEFLATED if entry.deflated else STORED
    return version, 0 if entry.name.isascii() else UTF8, method, time, date, crc, *sizes


def _local(layout: ZipLayout, entry: PlannedEntry, crc: int) -> bytes:
    extra = _zip64(entry.placed.content.size, entry.packed_size) if entry.is_big else b""
    common = _common(layout, entry, crc, entry.is_big)
    return LOCAL_FORM.pack(LOCAL_SIGNATURE, *common, len(entry.name), len(extra)) + entry.name + extra


def _central(layout: ZipLayout, entry: PlannedEntry, crc: int) -> bytes:
    sizes = (entry.placed.content.size, entry.packed_size) if entry.is_big else ()
    numbers = (*sizes, entry.header) if entry.is_far else sizes
    extra = _zip64(*numbers) if numbers else b""
    common = _common(layout, entry, crc, bool(numbers))
    offset = BIG if entry.is_far else entry.header
    # Made by MS-DOS, no attribute: every system then gives a file its own usual permissions.
    made_by, comment, disk, internal, external = common[0], 0, 0, 0, 0
    return CENTRAL_FORM.pack(
        CENTRAL_SIGNATURE, made_by, *common, len(entry.name), len(extra), comment, disk, internal, external,
        offset,
    ) + entry.name + extra  # fmt: skip


def _zip64(*numbers: int) -> bytes:
    """The ZIP64 extra field with those numbers (APPNOTE 4.5.3)."""
    return struct.pack(f"<HH{len(numbers)}Q", ZIP64_EXTRA, 8 * len(numbers), *numbers)


def _end(layout: ZipLayout) -> bytes:
    count, size, start = len(layout.entries), layout.directory_size, layout.directory
    records = b""
    if layout.needs_zip64:
        records = END64_FORM.pack(
            END64_SIGNATURE, END64_FORM.size - 12, _VERSION_ZIP64, _VERSION_ZIP64, 0, 0, count, count, size,
            start,
        ) + LOCATOR64_FORM.pack(LOCATOR64_SIGNATURE, 0, start + size, 1)  # fmt: skip
    shown = min(count, MANY)
    return records + END_FORM.pack(
        END_SIGNATURE, 0, 0, shown, shown, min(size, BIG), min(start, BIG), 0
    )  # fmt: skip
