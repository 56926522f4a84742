"""The manifest: every file on a finished medium, where it came from, and what it should hash to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from . import __version__
from .adapted import AdaptedContent
from .formats import Layout
from .formats.tree import Placed, Written
from .job import Job
from .model import FileContent, FileSet, Instance
from .output import Output, nothing


@dataclass(frozen=True, slots=True)
class Entry:
    """A finished medium, as the manifest lists it."""

    job: Job
    file_set: FileSet
    layout: Layout
    written: Written


@contextmanager
def manifest(entries: Sequence[Entry]) -> Iterator[Callable[[], None]]:
    """The document `mediakit/manifest/1`, ready beside the file that the job names, if it names one.

    Gives the function that publishes it, to be called when the media have their names: there
    is never a manifest without its media. Raises OutputError and OutputExists.
    """
    order = entries[0].job.order
    if order.manifest is None:
        yield nothing
        return
    data = json.dumps(_document(entries), ensure_ascii=False, indent=2) + "\n"
    encoded = data.encode("utf-8", "backslashreplace")
    with Output(order.manifest, len(encoded)) as output:
        output.write(encoded)
        output.close()
        yield partial(output.publish, order.force)


def _source(placed: Placed, instance: Instance | None) -> str | None:
    """Where the file came from; None for what mediakit made."""
    if instance:
        return instance.origin
    return str(placed.content.path) if isinstance(placed.content, FileContent) else None


def _document(entries: Sequence[Entry]) -> dict[str, Any]:
    """One medium is described at the top, several in `volumes`."""
    media = [_medium(entry) for entry in entries]
    return {
        "schema": "mediakit/manifest/1",
        "mediakit": __version__,
        "profiles": [profile.id for profile in entries[0].job.profiles],
        **(media[0] if len(media) == 1 else {"volumes": media}),
    }


def _medium(entry: Entry) -> dict[str, Any]:
    file_set, written = entry.file_set, entry.written
    return {
        "file_set_id": file_set.id,
        "file_set_uid": file_set.uid,
        "image": {
            "path": entry.job.out.name,
            "format": entry.job.format,
            "size": written.size,
            "sha256": written.sha256,
        },
        "files": list(_files(entry)),
    }


def _files(entry: Entry) -> Iterator[dict[str, Any]]:
    instances = {member.file_id.components: member.instance for member in entry.file_set.members}
    for placed, sha256 in zip(entry.layout.files, entry.written.files, strict=True):
        instance = instances.get(placed.path)
        yield {
            "file_id": list(placed.path),
            "source": _source(placed, instance),
            "size": placed.content.size,
            "sha256": sha256,
            "sop_class": instance.sop_class if instance else None,
            "sop_instance": instance.sop_instance if instance else None,
            "transfer_syntax": instance.transfer_syntax if instance else None,
            "changes": list(placed.content.changes) if isinstance(placed.content, AdaptedContent) else [],
        }
