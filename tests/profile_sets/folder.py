"""A File-set in a folder: the directory by our own stages, with the additional keys of a profile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from mediakit.dicomdir import encode_dicomdir
from mediakit.directory import build_directory, order
from mediakit.model import Attributes, DirectoryRecord
from mediakit.profile.load import profile as profile_of
from mediakit.profile.records import load_records
from mediakit.staging import stage
from tests.builders import FILE_SET_ID, FILE_SET_UID, FileSetFolder, instance

from .dataset import Made, attributes

Change = Callable[[DirectoryRecord], DirectoryRecord]
"""What is done to every record before it is written."""


def file_set(
    instances: Sequence[Made], profile: str, change: Change = lambda record: record
) -> FileSetFolder:
    """The files of the instances with a DICOMDIR for the profile."""
    table = load_records()
    members = stage(order([instance(made.data, f"source {n}") for n, made in enumerate(instances)], table))
    directory = build_directory(members, table, profile_of(profile).keys)
    records = [_changed(record, change) for record in directory.records]
    files = {"DICOMDIR": encode_dicomdir(records, FILE_SET_ID, FILE_SET_UID)}
    for member in members:
        with member.content.open() as stream:
            files["/".join(member.file_id.components)] = stream.read()
    return FileSetFolder(files)


def _changed(record: DirectoryRecord, change: Change) -> DirectoryRecord:
    below = tuple(_changed(child, change) for child in record.children)
    return change(replace(record, children=below))


def with_key(type: str, keyword: str, value: object) -> Change:
    """Replaces a key in the records of a type, or removes it by None."""

    def change(record: DirectoryRecord) -> DirectoryRecord:
        if record.type != type:
            return record
        tag = next(iter(attributes({keyword: b""}))).tag
        kept = [element for element in record.keys if element.tag != tag]
        added = [] if value is None else attributes({keyword: value})
        return replace(record, keys=Attributes.of([*kept, *added]))

    return change
