"""A File-set in a folder: the directory by our own stages, with the additional keys of a profile."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace

from mediakit.dicomdir import encode_dicomdir
from mediakit.dicomfile import MEDIA_STORAGE_DIRECTORY, encode_dataset, encode_file, file_meta
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


def directory(file_set_id: str, file_set_uid: str) -> bytes:
    """A DICOMDIR with its File-set Identification Module alone (PS3.3 F.3.2.1)."""
    module = encode_dataset(attributes({"FileSetID": file_set_id}))
    return encode_file(file_meta(MEDIA_STORAGE_DIRECTORY, file_set_uid), module)


def envelope(data: bytes) -> bytes:
    """The file as a Secure DICOM File looks to everybody without the key: CMS EnvelopedData (RFC 5652 6.1).

    The structure is sound, with one password recipient; keys and contents are noise from a
    digest of the data, so that nobody can open it.
    """
    noise = hashlib.sha256(data).digest()
    aes = _der(0x30, _oid("60864801650304012a") + _der(0x04, noise[:16]))
    derivation = _oid("2a864886f70d01050c") + _der(0x30, _der(0x04, noise[:16]) + _der(0x02, b"\x09\x27\xc0"))
    kek = _der(0x30, _oid("2a864886f70d01091003" + "09") + aes)
    recipient = _der(0xA3, _der(0x02, b"\0") + _der(0xA0, derivation) + kek + _der(0x04, noise))
    size = len(data) // 16 * 16 + 16
    ciphered = (noise * (size // 32 + 1))[:size]
    content = _der(0x30, _oid("2a864886f70d010702") + aes + _der(0x80, ciphered))
    enveloped = _der(0x30, _der(0x02, b"\3") + _der(0x31, recipient) + content)
    return _der(0x30, _oid("2a864886f70d010703") + _der(0xA0, enveloped))


def _oid(encoded: str) -> bytes:
    return _der(0x06, bytes.fromhex(encoded))


def _der(tag: int, value: bytes) -> bytes:
    """A value of the Distinguished Encoding Rules (ITU-T X.690 10.1)."""
    size = len(value)
    if size < 0x80:
        return bytes([tag, size]) + value
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(length)]) + length + value
