"""No bytes make the reader of headers, of items or of sources fail, hang or grow."""

from __future__ import annotations

import io
import random
import time
import tracemalloc
import warnings
import zipfile
from pathlib import Path

import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediakit.charsets import decode
from mediakit.dicomfile import HeaderReader, NotDicom, parse_items, same_instance
from mediakit.dictionary import ATTRIBUTES
from mediakit.model import BytesContent, Instance
from mediakit.scan import scan
from mediakit.values import number, person_name, texts
from tests.builders import ct

WANTED = frozenset(tag for tag, _ in ATTRIBUTES.values() if tag >> 16 not in (2, 0x7FE0))
SHIPPED = Path(pydicom.__file__).parent / "data" / "test_files"
SEEDS = (
    "meta_missing_tsyntax.dcm", "UN_sequence.dcm", "JPEGLSNearLossless_08.dcm", "rtplan.dcm", "reportsi.dcm",
    "MR_small_RLE.dcm", "ExplVR_BigEndNoMeta.dcm", "rtdose_expb_1frame.dcm", "image_dfl.dcm", "rtstruct.dcm",
    "dicomdirtests/DICOMDIR-bigEnd", "nested_priv_SQ.dcm", "no_meta_group_length.dcm",
)  # fmt: skip
SLOW = 2.0
"""Seconds that no file of a few kilobytes may take, on the slowest machine that runs this."""


def read(data: bytes) -> Instance | None:
    """What the reader makes of the bytes; it may raise nothing but NotDicom."""
    started = time.perf_counter()
    try:
        seen = HeaderReader(lambda _: WANTED).read_any(BytesContent(data), "fuzz")
    except NotDicom as said:
        assert said.reason
        return None
    finally:
        assert time.perf_counter() - started < SLOW
    for element in seen.keys:
        texts(seen.keys, element.tag)
        number(seen.keys, element.tag)
        if element.vr == "SQ":
            assert parse_items(element.value) or not element.value
    return seen


@pytest.mark.parametrize("name", SEEDS)
def test_every_truncation_is_a_value_with_an_anomaly_or_no_dicom(name: str) -> None:
    """A cut between two top-level elements leaves a shorter, sound data set: nobody can tell."""
    whole = (SHIPPED / name).read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        elements = len(pydicom.dcmread(SHIPPED / name, force=True))
    silent = 0
    for length in range(0, len(whole), 1 if len(whole) < 1000 else 13):
        seen = read(whole[:length])
        silent += seen is not None and not seen.anomalies
    assert silent <= elements


@pytest.mark.parametrize("name", SEEDS)
def test_mutations(name: str) -> None:
    dice = random.Random(name)
    whole = (SHIPPED / name).read_bytes()
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(dice.choice((1, 1, 2, 8))):
            at = dice.randrange(len(data))
            data[at : at + dice.choice((0, 1, 1, 4))] = dice.choice(
                (b"", b"\0", b"\xff\xff\xff\xff", b"\xfe\xff\x00\xe0", b"SQ", b"UN", dice.randbytes(4))
            )
        read(bytes(data))


@given(st.binary(max_size=400))
def test_any_bytes_after_the_prefix(data: bytes) -> None:
    assert read(bytes(128) + b"DICM" + data) is not None


@given(st.binary(max_size=400))
def test_any_bytes_at_all(data: bytes) -> None:
    read(data)


ELEMENT = st.builds(
    lambda group, element, vr, length, value: (
        group.to_bytes(2, "little") + element.to_bytes(2, "little") + vr + length + value
    ),
    st.sampled_from((2, 8, 9, 0x10, 0x20, 0x28, 0x40, 0x7FE0, 0xFFFE)),
    st.sampled_from((0, 5, 0x10, 0x16, 0x18, 0x1140, 0xA730, 0xE000, 0xE00D, 0xE0DD)),
    st.sampled_from((b"UI", b"SQ\0\0", b"UN\0\0", b"OW\0\0", b"LO", b"", b"??", b"ZZ")),
    st.sampled_from((b"\0\0", b"\2\0", b"\0\0\0\0", b"\x08\0\0\0", b"\xff\xff\xff\xff", b"\xfe\xff\xff\xff")),
    st.binary(max_size=8),
)


@settings(max_examples=400)
@given(st.lists(ELEMENT, max_size=30))
def test_elements_in_disorder(elements: list[bytes]) -> None:
    read(ct(1)[:400] + b"".join(elements))
    read(b"".join(elements))


@given(st.binary(max_size=300))
def test_any_bytes_as_items(data: bytes) -> None:
    for item in parse_items(data):
        assert len(item) >= 0


@given(
    st.binary(max_size=60),
    st.lists(st.sampled_from(("", "ISO_IR 100", "ISO_IR 192", "GB18030", "GBK", "ISO 2022 IR 87",
                              "ISO 2022 IR 149", "ISO 2022 IR 58", "ISO_IR 13", "nonsense")), max_size=3),
    st.sampled_from((b"", b"\x1b$B", b"\x1b$)C", b"\x1b(J", b"\x1b", b"\x1b$(D", b"\x1b-A")),
)  # fmt: skip
def test_any_bytes_as_text(data: bytes, terms: list[str], escape: bytes) -> None:
    for value in decode(data[:10] + escape + data[10:], terms):
        assert value.encode("utf-8") is not None
        person_name(value)


@pytest.mark.parametrize("seed", range(60))
def test_two_damaged_copies_compare_without_failing(seed: int) -> None:
    dice = random.Random(seed)
    name = SEEDS[seed % len(SEEDS)]
    whole = (SHIPPED / name).read_bytes()
    data = bytearray(whole)
    data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    one, two = read(whole), read(bytes(data))
    if one is not None and two is not None:
        assert same_instance(one, two) is None or same_instance(one, two)


@pytest.mark.parametrize("seed", range(120))
def test_damaged_archives(seed: int) -> None:
    """Every member ends up somewhere, or the archive does."""
    dice = random.Random(seed)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if seed % 2 else zipfile.ZIP_STORED) as packed:
        packed.writestr("IM1", ct(1))
        packed.writestr("IM2", ct(2))
    data = bytearray(out.getvalue())
    for _ in range(dice.choice((1, 3))):
        data[dice.randrange(4, len(data))] = dice.randrange(256)

    class Archive:
        name = "x.zip"
        size = len(data)

        def open(self) -> io.BytesIO:
            return io.BytesIO(data)

    found = scan([Archive()], wanted=lambda _: WANTED)
    assert found.instances or found.damaged or found.ignored


def test_memory_stays_bounded_whatever_lengths_say() -> None:
    huge = b"\xfe\xff\xff\x7f"
    data_set = b"\x08\0\x16\0UI\x1a\x001.2.840.10008.5.1.4.1.1.2\0" + b"\x08\0\x40\x11SQ\0\0" + huge
    tracemalloc.start()
    read(bytes(128) + b"DICM" + data_set)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20
