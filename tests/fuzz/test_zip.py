"""Any bytes at all: the readers of archives and messages give a value in bounded time, and rules judge it."""

from __future__ import annotations

import time
from types import ModuleType

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediakit.formats import mail, mime
from mediakit.formats import zip as zip_format
from mediakit.model import BytesContent
from mediakit.rules import judge
from tests.zips import archive, letter, message, zipped

FILES = {
    "README.TXT": b"Read me.\r\n",
    "DICOMDIR": b"D" * 3000,
    **{f"DICOM/PA000001/IM{n:06}": bytes([n]) * n * 40 for n in range(20)},
}
STORED, DEFLATED, MESSAGE, LETTER = archive(FILES), zipped(FILES), message(FILES), letter(FILES)

SECONDS = 2.0
"""What reading and judging a small medium may take at most, on a busy machine."""

NUMBERS = [0, 1, 0xFFFF, 0xFFFFFFFE, 0xFFFFFFFF, 0x7FFFFFFF, len(STORED)]
INTERESTING = st.sampled_from(
    [
        b"\0", b"\xff", bytes(8), b"\xff" * 8, b"PK\1\2", b"PK\3\4", b"PK\5\6", b"PK\6\6", b"../",
        b"\r\n\r\n",         b"\n--=_mediakit_0123456789abcdef", b"\n--", b"=", b"base64", b"multipart/mixed",
        *(number.to_bytes(4, "little") for number in NUMBERS),
    ]
)  # fmt: skip
PATCHES = st.lists(
    st.tuples(st.floats(0, 1), INTERESTING | st.binary(min_size=1, max_size=30)), min_size=1, max_size=12
)
SETTINGS = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read_and_judge(format: ModuleType, data: bytes) -> None:
    start = time.perf_counter()
    content = BytesContent(data)
    format.detect(content)
    view = format.open(content)
    for file in view.files:
        assert file.path
        assert all(name not in ("", ".", "..") and not set(name) & set("/\0\n\x1b") for name in file.path)
        if file.content is not None:
            assert file.content.size == file.size
            try:
                with file.content.open() as stream:
                    assert len(stream.read()) <= file.size
            except OSError as error:
                assert error.strerror
    for facts in (view.facts, view.inner.facts if view.inner else None):
        for finding in judge(facts):
            assert finding.message
    assert time.perf_counter() - start < SECONDS


def patched(data: bytes, patches: list[tuple[float, bytes]], first: float = 0) -> bytes:
    """A copy with other bytes at places given as parts of its length, from `first` on."""
    changed = bytearray(data)
    for place, replacement in patches:
        at = int((first + place * (1 - first)) * len(data))
        changed[at : at + len(replacement)] = replacement
    return bytes(changed)


@SETTINGS
@given(st.sampled_from([STORED, DEFLATED]), PATCHES, st.sampled_from([0.0, 0.9]))
def test_patched_archives(data: bytes, patches: list[tuple[float, bytes]], first: float) -> None:
    read_and_judge(zip_format, patched(data, patches, first))


@SETTINGS
@given(st.sampled_from([STORED, DEFLATED]), st.floats(0, 1), st.binary(max_size=100))
def test_archives_cut_off(data: bytes, place: float, junk: bytes) -> None:
    read_and_judge(zip_format, data[: int(place * len(data))] + junk)


@SETTINGS
@given(st.sampled_from([(mime, MESSAGE), (mail, LETTER)]), PATCHES)
def test_patched_messages(medium: tuple[ModuleType, bytes], patches: list[tuple[float, bytes]]) -> None:
    read_and_judge(medium[0], patched(medium[1], patches))


@SETTINGS
@given(st.sampled_from([(mime, MESSAGE), (mail, LETTER)]), st.floats(0, 1), st.binary(max_size=100))
def test_messages_cut_off(medium: tuple[ModuleType, bytes], place: float, junk: bytes) -> None:
    format, data = medium
    read_and_judge(format, data[: int(place * len(data))] + junk)


@SETTINGS
@given(st.binary(max_size=3000))
def test_any_bytes(junk: bytes) -> None:
    read_and_judge(zip_format, b"PK\3\4" + junk)
    read_and_judge(zip_format, junk + STORED[-100:])
    for format in (mime, mail):
        read_and_judge(format, b"Subject: x\r\n" + junk)
        read_and_judge(format, b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" + junk)
