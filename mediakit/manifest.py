"""The manifest: every file on a finished medium, where it came from, and what it should hash to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from . import __version__
from .adapted import AdaptedContent
from .formats import Layout
from .formats.tree import Placed, Written
from .job import Job
from .model import FileContent, FileSet, Instance
from .output import Output, nothing


@contextmanager
def manifest(job: Job, file_set: FileSet, layout: Layout, written: Written) -> Iterator[Callable[[], None]]:
    """The document `mediakit/manifest/1`, ready beside the file that the job names, if it names one.

    Gives the function that publishes it, to be called when the medium has its name: there
    is never a manifest without its medium. Raises OutputError and OutputExists.
    """
    if job.order.manifest is None:
        yield nothing
        return
    data = json.dumps(_document(job, file_set, layout, written), ensure_ascii=False, indent=2) + "\n"
    encoded = data.encode("utf-8", "backslashreplace")
    with Output(job.order.manifest, len(encoded)) as output:
        output.write(encoded)
        output.close()
        yield partial(output.publish, job.order.force)


def _source(placed: Placed, instance: Instance | None) -> str | None:
    """Where the file came from; None for what mediakit made."""
    if instance:
        return instance.origin
    return str(placed.content.path) if isinstance(placed.content, FileContent) else None


def _document(job: Job, file_set: FileSet, layout: Layout, written: Written) -> dict[str, Any]:
    instances = {member.file_id.components: member.instance for member in file_set.members}
    files = []
    for placed, sha256 in zip(layout.files, written.files, strict=True):
        instance = instances.get(placed.path)
        files.append(
            {
                "file_id": list(placed.path),
                "source": _source(placed, instance),
                "size": placed.content.size,
                "sha256": sha256,
                "sop_class": instance.sop_class if instance else None,
                "sop_instance": instance.sop_instance if instance else None,
                "transfer_syntax": instance.transfer_syntax if instance else None,
                "changes": list(placed.content.changes) if isinstance(placed.content, AdaptedContent) else [],
            }
        )
    return {
        "schema": "mediakit/manifest/1",
        "mediakit": __version__,
        "profiles": [profile.id for profile in job.profiles],
        "file_set_id": file_set.id,
        "file_set_uid": file_set.uid,
        "image": {
            "path": job.out.name,
            "format": job.format,
            "size": written.size,
            "sha256": written.sha256,
        },
        "files": files,
    }
