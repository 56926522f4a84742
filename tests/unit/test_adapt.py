"""What `create` changes of instances that do not fit, what it leaves, and what it refuses."""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mediakit import Creation, Progress, create, fit, verify
from mediakit.adapted import AdaptedContent
from mediakit.dicomfile import encode_element, encode_file, file_meta
from mediakit.errors import ConformanceError, SourceChanged, UsageError
from mediakit.forecast import forecasts
from mediakit.model import Instance
from mediakit.scan import scan
from mediakit.workshop import Workshop
from tests.adaptation import adapted, data_set
from tests.builders import uid
from tests.profile_sets import images, streams
from tests.profile_sets.dataset import (
    DEFLATED,
    EXPLICIT,
    HTJ2K,
    HTJ2K_LOSSLESS,
    HTJ2K_RPCL,
    IMPLICIT,
    J2K,
    J2K_LOSSLESS,
    JPEG_BASELINE,
    JPEG_EXTENDED,
    JPEG_LOSSLESS,
    JPEG_LS,
    JPEG_LS_NEAR,
    RLE,
    Made,
)
from tests.tools import require_tool, run


def put(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def one(made: Made | bytes, tmp_path: Path) -> tuple[Instance, bytes, tuple[str, ...]]:
    """The instance after adaptation, its bytes, and the changes."""
    source = put(tmp_path / "source.dcm", made if isinstance(made, bytes) else made.data)
    with Workshop() as workshop:
        found = adapted(source, workshop=workshop)
        (each,) = found.adapted
        (instance,) = found.judged.accepted
        with instance.content.open() as stream:
            data = stream.read()
    assert len(data) == instance.content.size
    assert instance is each.instance
    return instance, data, each.changes


def refusal(made: Made | bytes, tmp_path: Path) -> str:
    """Why it is not adapted."""
    source = put(tmp_path / "source.dcm", made if isinstance(made, bytes) else made.data)
    with Workshop() as workshop:
        found = adapted(source, workshop=workshop)
    assert found.adapted == ()
    (refused,) = found.judged.refused
    assert [each.rule for each in refused.findings if "cannot be changed" in each.message] in (
        [],
        ["PROF-021"],
    )
    assert refused.instance.origin == str(source)
    return refused.reason


NATIVE = {8: streams.grey(8), 12: streams.grey(12), 16: streams.grey(16)}


@pytest.mark.parametrize(
    ("syntax", "bits"),
    [(IMPLICIT, 12), (DEFLATED, 12), (RLE, 8),
     *((syntax, bits) for syntax in (JPEG_LOSSLESS, JPEG_LS, J2K_LOSSLESS, HTJ2K_LOSSLESS, HTJ2K_RPCL)
       for bits in (8, 12, 16))],
)  # fmt: skip
def test_what_was_reversible_is_as_if_it_had_never_been_compressed(
    syntax: str, bits: int, tmp_path: Path
) -> None:
    made = images.ct(syntax, bits)
    instance, data, changes = one(made, tmp_path)
    expected = made.but(EXPLICIT, PixelData=NATIVE[bits]).data
    # Explicit VR allows both for 8 bits, and Implicit VR knows only OW (PS3.5 A.1, A.2).
    same = data_set(expected)
    if bits == 8:
        same = same.replace(b"\xe0\x7f\x10\x00OW", b"\xe0\x7f\x10\x00OB")
    assert data_set(data) == same
    assert instance.transfer_syntax == EXPLICIT
    assert instance.anomalies == ()
    assert changes[0].endswith("becomes Explicit VR Little Endian")


@pytest.mark.parametrize(
    ("syntax", "bits"), [(JPEG_BASELINE, 8), (JPEG_EXTENDED, 12), (JPEG_LS_NEAR, 12), (J2K, 12), (HTJ2K, 12)]
)
def test_what_was_lossy_says_so_afterwards(syntax: str, bits: int, tmp_path: Path) -> None:
    made = images.ct(syntax, bits)
    _, data, changes = one(made, tmp_path)
    assert [change for change in changes if "LossyImage" in change] == []
    bare = made.but(
        LossyImageCompression=None, LossyImageCompressionRatio=None, LossyImageCompressionMethod=None
    )
    instance, data, changes = one(bare, tmp_path)
    frame = len(made.values["PixelData"][0])
    ratio = f"{len(NATIVE[bits]) / (frame + frame % 2):.2f}"
    assert changes[2:] == (
        "LossyImageCompression: nothing becomes 01",
        f"LossyImageCompressionRatio: nothing becomes {ratio}",
        f"LossyImageCompressionMethod: nothing becomes {made.values['LossyImageCompressionMethod']}",
    )
    expected = made.but(EXPLICIT, LossyImageCompressionRatio=ratio, PixelData=None).data
    assert data_set(data).startswith(data_set(expected))
    assert instance.sop_instance == made.values["SOPInstanceUID"]


@pytest.mark.parametrize(
    ("syntax", "stated"), [(JPEG_LS_NEAR, JPEG_LS), (J2K, J2K_LOSSLESS), (HTJ2K, HTJ2K_LOSSLESS)]
)
def test_a_lossy_code_stream_under_a_lossless_name_says_so_afterwards(
    syntax: str, stated: str, tmp_path: Path
) -> None:
    made = images.ct(stated).but(PixelData=images.ct(syntax).values["PixelData"])
    _, _, changes = one(made, tmp_path)
    method = images.ct(syntax).values["LossyImageCompressionMethod"]
    assert changes[2] == "LossyImageCompression: 00 becomes 01"
    assert changes[4] == f"LossyImageCompressionMethod: nothing becomes {method}"


def test_frames_of_htj2k(tmp_path: Path) -> None:
    made = images.xa(HTJ2K_LOSSLESS, 8)
    _, data, changes = one(made, tmp_path)
    assert changes[1:] == ("2 frames decoded by pylibjpeg-openjpeg",)
    assert data.endswith(encode_element(0x7FE00010, "OB", NATIVE[8] * 2))
    colour = images.sc("RGB").but(
        HTJ2K_LOSSLESS, PhotometricInterpretation="YBR_RCT", PixelData=[streams.frame("colour8.4.201")]
    )
    _, data, changes = one(colour, tmp_path)
    assert "PhotometricInterpretation: YBR_RCT becomes RGB" in changes
    assert data.endswith(encode_element(0x7FE00010, "OB", streams.colour()))
    signed = images.ct(HTJ2K_LOSSLESS, 16).but(
        PixelRepresentation=1, PixelData=[streams.frame("signed16.4.201")]
    )
    _, data, _ = one(signed, tmp_path)
    assert data.endswith(encode_element(0x7FE00010, "OW", NATIVE[16]))


def test_colour_is_described_as_it_is_decoded(tmp_path: Path) -> None:
    made = images.sc("YBR_FULL_422", JPEG_BASELINE)
    _, data, changes = one(made, tmp_path)
    assert "PhotometricInterpretation: YBR_FULL_422 becomes YBR_FULL" in changes
    assert encode_element(0x00280004, "CS", b"YBR_FULL") in data
    _, data, changes = one(images.sc("RGB", RLE), tmp_path)
    assert "PlanarConfiguration: 1 becomes 0" in changes
    assert data.endswith(streams.colour())


def test_subsampled_colour_of_jpeg_is_by_pixel_whatever_is_stated(tmp_path: Path) -> None:
    made = images.sc("YBR_FULL_422", JPEG_BASELINE)
    _, data, changes = one(made.but(PlanarConfiguration=1), tmp_path)
    assert "PlanarConfiguration: 1 becomes 0" in changes
    assert data_set(data) == data_set(one(made, tmp_path)[1])


def test_subsampled_jpeg_may_have_an_odd_width(tmp_path: Path) -> None:
    import pydicom

    odd = Path(pydicom.__file__).parent / "data" / "test_files" / "SC_rgb_small_odd_jpeg.dcm"
    one_way = encode_element(0x00280004, "CS", b"YBR_FULL")
    assert one_way in odd.read_bytes()
    stated = odd.read_bytes().replace(one_way, encode_element(0x00280004, "CS", b"YBR_FULL_422"))
    put(tmp_path / "stated.dcm", stated)
    supply = {"StudyDate": "20200101", "StudyTime": "1200"}
    with Workshop() as workshop:
        (each,) = adapted(tmp_path / "stated.dcm", workshop=workshop, supply=supply).adapted
        (other,) = adapted(odd, workshop=workshop, supply=supply).adapted
        with each.instance.content.open() as stream, other.instance.content.open() as same:
            assert data_set(stream.read()) == data_set(same.read())


def test_frames_stand_behind_each_other_without_their_tables(tmp_path: Path) -> None:
    made = images.xa(JPEG_LOSSLESS, 8)
    starts = b"".join(n.to_bytes(8, "little") for n in (0, 8 + len(made.values["PixelData"][0])))
    lengths = b"".join(len(each).to_bytes(8, "little") for each in made.values["PixelData"])
    whole = made.data
    at = whole.index(b"\xe0\x7f\x10\x00OB")
    tables = encode_element(0x7FE00001, "OV", starts) + encode_element(0x7FE00002, "OV", lengths)
    _, data, changes = one(whole[:at] + tables + whole[at:], tmp_path)
    assert changes[1:] == (
        "2 frames decoded by python-gdcm", "ExtendedOffsetTable removed", "ExtendedOffsetTableLengths removed"
    )  # fmt: skip
    assert data.endswith(encode_element(0x7FE00010, "OB", NATIVE[8] * 2))
    assert b"\xe0\x7f\x01\x00" not in data


def big_endian(made: Made) -> bytes:
    """The data set in Explicit VR Big Endian, by pydicom."""
    import io

    from pydicom import dcmread, dcmwrite
    from pydicom.uid import ExplicitVRBigEndian

    dataset = dcmread(io.BytesIO(made.data))
    numbers = bytes(byte for n in range(0, len(dataset.PixelData), 2)
                    for byte in dataset.PixelData[n : n + 2][::-1])  # fmt: skip
    dataset.PixelData = numbers
    for element in dataset:
        if element.VR == "OW" and element.tag != 0x7FE00010:
            element.value = b"".join(element.value[n : n + 2][::-1] for n in range(0, len(element.value), 2))
    dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    out = io.BytesIO()
    dcmwrite(out, dataset, little_endian=False, implicit_vr=False)
    return out.getvalue()


@pytest.mark.parametrize("made", [images.ct(bits=12), images.enhanced_ct(), images.sc("PALETTE COLOR")])
def test_big_endian_is_turned_round(made: Made, tmp_path: Path) -> None:
    _, data, changes = one(big_endian(made), tmp_path)
    assert changes == ("Transfer Syntax UID: Explicit VR Big Endian becomes Explicit VR Little Endian",)
    assert data_set(data) == data_set(made.data)


PRIVATE = (
    encode_element(0x00090010, "LO", b"ACME 1.0") + encode_element(0x00091001, "UN", b"\1\2\3\4")
    + encode_element(0x00091002, "SQ", b"")
)  # fmt: skip


def with_private(made: Made) -> bytes:
    """With private elements, and a name in another character set."""
    data = made.but(SpecificCharacterSet="ISO_IR 192", PatientName="Müller^Jörg".encode()).data
    at = data.index(b"\x10\x00\x10\x00PN")
    return data[:at] + PRIVATE + data[at:]


def test_private_elements_and_texts_survive(tmp_path: Path) -> None:
    _, data, _ = one(with_private(images.ct(JPEG_LOSSLESS)), tmp_path)
    assert PRIVATE in data
    assert encode_element(0x00100010, "PN", "Müller^Jörg".encode()) in data
    assert data_set(data) == data_set(with_private(images.ct().but(
        SOPInstanceUID=images.ct(JPEG_LOSSLESS).values["SOPInstanceUID"])))  # fmt: skip


def test_private_elements_of_implicit_vr_are_un(tmp_path: Path) -> None:
    implicit = images.ct(IMPLICIT).data
    at = implicit.index(b"\x10\x00\x10\x00")
    private = b"\x09\0\x10\0\x08\0\0\0ACME 1.0" + b"\x09\0\x01\x10\x04\0\0\0\1\2\3\4"
    _, data, _ = one(implicit[:at] + private + implicit[at:], tmp_path)
    assert PRIVATE.partition(b"\x09\0\x02\x10")[0] in data


def test_the_beginning_of_a_file_is_mended_and_its_data_set_stays(tmp_path: Path) -> None:
    whole = images.ct().data
    bare = data_set(whole)
    for source, said in (
        (bare, ("preamble supplied", "File Meta Information supplied")),
        (whole[132:], ("preamble supplied",)),
        (whole[:140] + b"\0\0\0\0" + whole[144:], ("File Meta Information Group Length corrected",)),
        (encode_file(file_meta(images.CT, str(images.ct().values["SOPInstanceUID"]), JPEG_LOSSLESS), bare),
         ("Transfer Syntax UID corrected",)),
        (b"\0\1" + whole[2:], ("preamble replaced by zeros",)),
    ):  # fmt: skip
        instance, data, changes = one(source, tmp_path)
        assert changes == said
        assert data_set(data) == bare
        assert data[:132] == bytes(128) + b"DICM"
        assert instance.anomalies == ()


def test_a_wrong_transfer_syntax_over_implicit_vr(tmp_path: Path) -> None:
    made = images.ct(IMPLICIT)
    meta = file_meta(images.CT, str(made.values["SOPInstanceUID"]), EXPLICIT)
    _, data, changes = one(encode_file(meta, data_set(made.data)), tmp_path)
    assert changes == (
        "Transfer Syntax UID corrected",
        "Transfer Syntax UID: Implicit VR Little Endian becomes Explicit VR Little Endian",
    )
    assert data_set(data) == data_set(made.but(EXPLICIT).data)


def test_a_preamble_goes_with_the_encoding_and_stays_without(tmp_path: Path) -> None:
    """What a TIFF header or a program in the preamble points to is elsewhere in another encoding."""
    for preamble in (b"II*\0", b"MZ"):
        _, data, changes = one(preamble + images.ct(IMPLICIT).data[len(preamble) :], tmp_path)
        assert "preamble replaced by zeros" in changes
        assert data[:132] == bytes(128) + b"DICM"
        source = put(tmp_path / "plain.dcm", preamble + images.ct().data[len(preamble) :])
        with Workshop() as workshop:
            found = adapted(source, workshop=workshop)
        assert (found.adapted, len(found.judged.accepted)) == ((), 1)


def deflated(native: bytes) -> bytes:
    """PS3.5 A.5, without the byte that makes the length even."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(native) + packer.flush()


def test_the_checksum_of_gzip_is_left_out_with_the_deflation(tmp_path: Path) -> None:
    made = images.ct(DEFLATED)
    native = data_set(made.but(EXPLICIT).data)
    trailer = struct.pack("<II", zlib.crc32(native), len(native))
    bare = made.data.removesuffix(data_set(made.data)) + deflated(native)
    _, data, changes = one(bare + trailer, tmp_path)
    assert changes[0] == "checksum behind the deflated data set left out"
    assert data_set(data) == native
    assert "Bytes follow the end of the data set" in refusal(bare + bytes(8), tmp_path)


def test_other_uids_in_the_file_meta_are_not_mended(tmp_path: Path) -> None:
    made = images.ct(IMPLICIT)
    meta = file_meta(images.CT, uid("another"), IMPLICIT)
    assert "Media Storage SOP Instance UID" in refusal(encode_file(meta, data_set(made.data)), tmp_path)


def signed(made: Made, syntax: str, *tags: int) -> bytes:
    """With a digital signature over these elements, calculated in that transfer syntax."""
    from mediakit.dicomfile import encode_items
    from mediakit.model import Attributes, Element

    covered = b"".join(
        (tag >> 16).to_bytes(2, "little") + (tag & 0xFFFF).to_bytes(2, "little") for tag in tags
    )
    mac = Attributes.of((
        Element(0x04000005, "US", b"\1\0"), Element(0x04000010, "UI", syntax.encode()),
        Element(0x04000020, "AT", covered),
    ))  # fmt: skip
    signature = Attributes.of((Element(0x04000005, "US", b"\1\0"), Element(0x04000120, "OB", b"\0\1")))
    data = made.data
    at = data.index(b"\xe0\x7f\x10\x00OB") if made.syntax != EXPLICIT else data.index(b"\xe0\x7f\x10\x00OW")
    parameters = encode_element(0x4FFE0001, "SQ", encode_items([mac]))
    return data[:at] + parameters + data[at:] + encode_element(0xFFFAFFFA, "SQ", encode_items([signature]))


def test_a_signature_survives_or_the_instance_is_refused(tmp_path: Path) -> None:
    made = images.ct(JPEG_LOSSLESS)
    instance, data, _ = one(signed(made, EXPLICIT, 0x00100020, 0x7FE00010), tmp_path)
    assert b"\xfe\x4f\x01\x00SQ" in data
    assert b"\xfa\xff\xfa\xffSQ" in data
    assert instance.anomalies == ()
    assert "its digital signature covers PixelData (7FE0,0010), which would change" in refusal(
        signed(made, JPEG_LOSSLESS, 0x7FE00010), tmp_path
    )
    colour = images.sc("YBR_FULL_422", JPEG_BASELINE)
    assert "PhotometricInterpretation (0028,0004), which would change" in refusal(
        signed(colour, EXPLICIT, 0x00280004), tmp_path
    )
    data = signed(made, EXPLICIT).replace(b"\xfe\x4f\x01\x00SQ", b"\xfe\x4f\x02\x00SQ")
    assert "does not say what it covers" in refusal(data, tmp_path)


def test_what_cannot_be_decoded_is_refused(tmp_path: Path) -> None:
    made = images.ct(JPEG_LOSSLESS)
    frame = made.values["PixelData"][0]
    broken = made.but(PixelData=[frame[: len(frame) // 4] + bytes(100)])
    said = refusal(broken, tmp_path)
    assert "STD-GEN-CD does not take the transfer syntax JPEG Lossless" in said
    assert "It cannot be changed to fit without losing anything: the frame cannot be decoded" in said
    two = images.xa(JPEG_LOSSLESS, 8).but(NumberOfFrames="3")
    assert "2 fragments cannot hold 3 frames" in refusal(two, tmp_path)


def test_an_icon_that_is_compressed_too_is_not_lost(tmp_path: Path) -> None:
    made = images.ct(JPEG_LOSSLESS)
    data = made.data
    item = encode_element(0x00280010, "US", b"\x10\0") + streams.encapsulate(made.values["PixelData"])
    icon = b"\xfe\xff\x00\xe0" + len(item).to_bytes(4, "little") + item
    at = data.index(b"\xe0\x7f\x10\x00OB")
    both = data[:at] + encode_element(0x00880200, "SQ", icon) + data[at:]
    assert "IconImageSequence (0088,0200) holds an image that is compressed as well" in refusal(
        both, tmp_path
    )


def test_video_is_refused_for_its_transfer_syntax(tmp_path: Path) -> None:
    data = images.ct(JPEG_LOSSLESS).but("1.2.840.10008.1.2.4.102").data
    said = refusal(data, tmp_path)
    assert said.startswith("STD-GEN-CD does not take the transfer syntax MPEG-4")
    assert "cannot be changed" not in said


def test_the_content_can_be_read_twice_and_from_anywhere(tmp_path: Path) -> None:
    source = put(tmp_path / "xa.dcm", images.xa(JPEG_LOSSLESS, 8).data)
    with Workshop() as workshop:
        (instance,) = adapted(source, workshop=workshop).judged.accepted
        content = instance.content
        assert isinstance(content, AdaptedContent)
        with content.open() as stream:
            whole = stream.read()
        assert hashlib.sha256(whole).hexdigest() == content.sha256
        with content.open() as stream:
            for at in (len(whole) - 10, 0, 130, len(whole) - 300, 140):
                stream.seek(at)
                assert stream.read(200) == whole[at : at + 200]


@pytest.mark.parametrize("syntax", [JPEG_LOSSLESS, IMPLICIT])
def test_a_source_that_changes_after_the_trial_stops_the_job(syntax: str, tmp_path: Path) -> None:
    source = put(tmp_path / "a.dcm", images.ct(syntax).data)

    def spoil(progress: Progress) -> None:
        if progress.stage == "adapt":
            source.write_bytes(images.ct(syntax, 12, name="other").data)

    with pytest.raises(SourceChanged, match="changed since it was read first"):
        create([source], tmp_path / "x.iso", profile="STD-GEN-CD", progress=spoil)
    assert not (tmp_path / "x.iso").exists()


def test_never_means_never(tmp_path: Path) -> None:
    source = put(tmp_path / "a.dcm", images.ct(IMPLICIT).data)
    with pytest.raises(ConformanceError) as stopped:
        create([source], tmp_path / "x.iso", adapt="never")
    assert [each.rule for each in stopped.value.result.left_out] == ["PROF-002"]
    with pytest.raises(UsageError, match="no word of --adapt"):
        create([source], tmp_path / "x.iso", adapt="lossy")


def written(out: Path) -> dict[str, tuple[str, bytes]]:
    """Transfer syntax and bytes by SOP Instance UID, of what lies on the medium."""
    found = {}
    for file in verify(out).view.instances():
        assert file.instance
        assert file.content
        with file.content.open() as stream:
            found[file.instance.sop_instance] = file.instance.transfer_syntax, stream.read()
    return found


def test_the_copy_that_needs_least_change_stays(tmp_path: Path) -> None:
    heap = tmp_path / "heap"
    heap.mkdir()
    same = {"SOPInstanceUID": uid("the one")}
    put(heap / "1", images.ct(JPEG_LOSSLESS).but(**same).data)
    put(heap / "2", images.ct(IMPLICIT).but(**same).data)
    made = create([heap], tmp_path / "x.iso")
    assert [(Path(each.source).name, each.changes) for each in made.adapted] == [
        ("2", ("Transfer Syntax UID: Implicit VR Little Endian becomes Explicit VR Little Endian",))
    ]
    assert ([each.rule for each in made.findings], made.complete) == (["FSET-013"], True)
    put(heap / "3", images.ct(EXPLICIT).but(**same).data)
    made = create([heap], tmp_path / "x.iso", force=True)
    assert (made.adapted, [each.count for each in made.findings], made.complete) == ((), [2], True)
    assert written(tmp_path / "x.iso") == {uid("the one"): (EXPLICIT, (heap / "3").read_bytes())}


def job(tmp_path: Path, **options: Any) -> tuple[Creation, Path]:
    heap = tmp_path / "heap"
    heap.mkdir(exist_ok=True)
    put(heap / "packed", images.ct(JPEG_LOSSLESS, 12).data)
    put(heap / "plain", images.ct(EXPLICIT, 16).data)
    put(heap / "implicit", images.sc("MONOCHROME2", IMPLICIT).data)
    from datetime import UTC, datetime

    day = datetime(2026, 11, 23, tzinfo=UTC)
    out = tmp_path / "x.iso"
    return create([heap], out, created=day, force=True, **options), out


def test_the_general_profile_takes_a_mixture_after_adaptation(tmp_path: Path) -> None:
    made, out = job(tmp_path, manifest=tmp_path / "m.json")
    assert made.complete
    assert made.conforms == ("STD-GEN-CD",)
    assert made.why == (
        "STD-GEN-CD: the general-purpose profile of a 120 mm CD-R, after lossless adaptation; "
        "no profile of this medium takes everything unchanged."
    )
    assert {Path(each.source).name for each in made.adapted} == {"packed", "implicit"}
    entries = made.to_json()["adapted"]
    assert [set(each) for each in entries] == [{"source", "changes"}] * 2
    assert {each["syntax"] for each in _records(out)} == {EXPLICIT}
    plain = images.ct(EXPLICIT, 16)
    assert written(out)[str(plain.values["SOPInstanceUID"])] == (EXPLICIT, plain.data)
    files = json.loads((tmp_path / "m.json").read_text())["files"]
    changed = {
        Path(each["source"]).name: each["changes"] for each in files if each["source"] and each["changes"]
    }
    assert changed == {Path(each.source).name: list(each.changes) for each in made.adapted}


def _records(out: Path) -> list[dict[str, str]]:
    directory = verify(out).view.directory
    assert directory
    return [
        {"syntax": record.keys.raw(0x00041512).decode().rstrip("\0")}
        for record in directory.records
        if 0x00041512 in record.keys
    ]


def test_the_same_job_gives_the_same_bytes(tmp_path: Path) -> None:
    first, out = job(tmp_path)
    before = out.read_bytes()
    again, _ = job(tmp_path)
    assert out.read_bytes() == before
    assert first.volumes[0].sha256 == again.volumes[0].sha256


def test_a_variant_that_takes_everything_unchanged_goes_first(tmp_path: Path) -> None:
    source = put(tmp_path / "a.dcm", images.ct(JPEG_LOSSLESS).data)
    made = create([source], tmp_path / "x.iso")
    assert made.adapted == ()
    assert made.profiles != ("STD-GEN-CD",)
    out = tmp_path / "stick"
    made = create([source], out, profile="STD-GEN-USB-JPEG", format="folder")
    assert made.adapted == ()


def test_fit_tells_what_adaptation_and_icons_would_do(tmp_path: Path) -> None:
    put(tmp_path / "a.dcm", images.ct(IMPLICIT).data)
    rows = {each.profile.id: each for each in fit([tmp_path]).profiles}
    assert (rows["STD-GEN-CD"].fits, rows["STD-GEN-CD"].fits_adapted) == (False, True)
    assert (rows["STD-XABC-CD"].fits, rows["STD-XABC-CD"].fits_adapted) == (False, False)
    put(tmp_path / "a.dcm", images.xa().but(IconImageSequence=None).data)
    rows = {each.profile.id: each for each in fit([tmp_path]).profiles}
    assert (rows["STD-XABC-CD"].fits, rows["STD-XABC-CD"].fits_adapted) == (False, True)


def test_forecasts_need_a_decoder(tmp_path: Path) -> None:
    data = images.ct(JPEG_LOSSLESS).but("1.2.840.10008.1.2.4.102").data
    (instance,) = scan([put(tmp_path / "a.dcm", data)]).instances
    assert [each.transfer_syntax for each in forecasts(instance)] == ["1.2.840.10008.1.2.4.102"]


@pytest.mark.parametrize("make", [images.ct, images.mr])
@pytest.mark.parametrize("syntax", [RLE, JPEG_LOSSLESS, J2K_LOSSLESS, IMPLICIT])
def test_dciodvfy_finds_no_new_error(make: Callable[..., Made], syntax: str, tmp_path: Path) -> None:
    require_tool("dciodvfy")
    bits = 8 if syntax == RLE else 12
    source = put(tmp_path / "before.dcm", make(syntax, bits).data)
    before = run("dciodvfy", source, status=(0, 1)).stderr.splitlines()
    _, data, _ = one(make(syntax, bits), tmp_path)
    after = run("dciodvfy", put(tmp_path / "after.dcm", data), status=(0, 1)).stderr.splitlines()
    assert {line for line in after if line.startswith("Error")} <= set(before)


def test_a_missing_codec_is_named_with_the_command_that_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shadow = tmp_path / "shadow"
    shadow.mkdir()
    (shadow / "gdcm.py").write_text("raise ImportError")
    monkeypatch.syspath_prepend(shadow)
    said = refusal(images.ct(JPEG_LOSSLESS), tmp_path)
    assert "python-gdcm, which decodes JPEG Lossless" in said
    assert said.endswith("is not installed: pip install python-gdcm")


def test_what_fails_in_one_copy_is_taken_from_the_next(tmp_path: Path) -> None:
    made = images.ct(JPEG_LOSSLESS)
    frame = made.values["PixelData"][0]
    put(tmp_path / "1", made.but(PixelData=[frame[: len(frame) // 4] + bytes(100)]).data)
    put(tmp_path / "2", made.data)
    with Workshop() as workshop:
        found = adapted(tmp_path / "1", tmp_path / "2", workshop=workshop)
    assert [Path(each.source.origin).name for each in found.adapted] == ["2"]
    assert [Path(each.instance.origin).name for each in found.judged.refused] == ["1"]


def fragmented(items: list[bytes], table: bytes, extended: bytes) -> bytes:
    """Two frames of 8 bits in JPEG Lossless, in exactly those fragments, with those offset tables."""
    made = images.xa(JPEG_LOSSLESS, 8)
    head = made.but(PixelData=None).data
    tables = encode_element(0x7FE00001, "OV", extended) if extended else b""
    parts = b"".join(b"\xfe\xff\x00\xe0" + len(each).to_bytes(4, "little") + each for each in [table, *items])
    start = b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff"
    return head + tables + start + parts + b"\xfe\xff\xdd\xe0\0\0\0\0"


def test_fragments_and_offset_tables_of_every_kind(tmp_path: Path) -> None:
    frame = images.xa(JPEG_LOSSLESS, 8).values["PixelData"][0]
    assert len(frame) % 2 == 0
    halves = [frame[:100], frame[100:]] * 2
    for items, second in (([frame] * 2, 8 + len(frame)), (halves, 16 + len(frame))):
        for table in (b"", struct.pack("<2I", 0, second)):
            for extended in (b"", struct.pack("<2Q", 0, second)):
                _, data, _ = one(fragmented(items, table, extended), tmp_path)
                assert data.endswith(encode_element(0x7FE00010, "OB", NATIVE[8] * 2))


FLOATS = struct.pack("<256f", *range(256))


@pytest.mark.parametrize(
    ("tag", "vr", "value"),
    [(0x7FE00008, "OF", FLOATS), (0x7FE00009, "OD", struct.pack("<256d", *range(256)))],
)
def test_floating_pixels_keep_their_bits(tag: int, vr: str, value: bytes, tmp_path: Path) -> None:
    made = images.ct(IMPLICIT).but(
        BitsAllocated=32 if vr == "OF" else 64, BitsStored=None, HighBit=None, PixelRepresentation=None,
        PixelData=None,
    )  # fmt: skip
    head = struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value))
    _, data, changes = one(made.data + head + value, tmp_path)
    assert changes == ("Transfer Syntax UID: Implicit VR Little Endian becomes Explicit VR Little Endian",)
    assert data.endswith(encode_element(tag, vr, value))


def test_big_endian_that_nobody_stated(tmp_path: Path) -> None:
    made = images.ct(bits=12)
    meta = file_meta(images.CT, str(made.values["SOPInstanceUID"]), EXPLICIT)
    _, data, changes = one(encode_file(meta, data_set(big_endian(made))), tmp_path)
    assert changes[0] == "Transfer Syntax UID corrected"
    assert data_set(data) == data_set(made.data)


def test_compressed_pixels_that_no_transfer_syntax_tells_of_are_refused(tmp_path: Path) -> None:
    made = images.ct(JPEG_LOSSLESS)
    meta = file_meta(images.CT, str(made.values["SOPInstanceUID"]), EXPLICIT)
    said = refusal(encode_file(meta, data_set(made.data)), tmp_path)
    assert "Explicit VR Little Endian is stated, but pixel data is encapsulated" in said


def test_sequences_in_un_stay_as_they_are(tmp_path: Path) -> None:
    """PS3.5 6.2.2: UN of undefined length is Implicit VR Little Endian inside."""
    inside = b"\xfe\xff\x00\xe0\xff\xff\xff\xff" + b"\x08\0\x60\0\x02\0\0\0CT" + b"\xfe\xff\x0d\xe0\0\0\0\0"
    private = (
        encode_element(0x00090010, "LO", b"ACME 1.0")
        + b"\x09\0\x01\x10UN\0\0\xff\xff\xff\xff" + inside + b"\xfe\xff\xdd\xe0\0\0\0\0"
        + encode_element(0x00091002, "UN", b"\1\2\3")
    )  # fmt: skip
    for made in (images.ct(JPEG_LOSSLESS), images.ct(DEFLATED)):
        native = data_set(made.but(EXPLICIT, PixelData=NATIVE[12]).data)
        at = native.index(b"\x10\0\x10\0PN")
        whole = native[:at] + private + native[at:]
        if made.syntax == DEFLATED:
            source = made.data.removesuffix(data_set(made.data)) + deflated(whole)
        else:
            at = made.data.index(b"\x10\0\x10\0PN")
            source = made.data[:at] + private + made.data[at:]
        _, data, _ = one(source, tmp_path)
        assert data_set(data) == whole


def test_frames_of_single_bits_would_have_to_be_joined(tmp_path: Path) -> None:
    """PS3.5 8.1.1: the second frame of 9 bits begins inside of a byte."""
    made = images.sc().but(
        "1.2.840.10008.1.2.8.1", Rows=3, Columns=3, BitsAllocated=1, BitsStored=1, HighBit=0,
        NumberOfFrames="2", PixelData=[deflated(b"\xff\1")] * 2,
    )  # fmt: skip
    assert "frames of single bits would have to be joined inside of a byte" in refusal(made, tmp_path)
    _, data, _ = one(made.but(NumberOfFrames="1", PixelData=[deflated(b"\xff\1")]), tmp_path)
    assert data.endswith(b"OW\0\0\2\0\0\0\xff\1")


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="this system does not tell its children")
def test_two_decoders_are_at_work(tmp_path: Path) -> None:
    source = put(tmp_path / "xa.dcm", images.xa(JPEG_LOSSLESS, 8).data)

    def children() -> int:
        return sum(len(task.read_text().split()) for task in Path("/proc/self/task").glob("*/children"))

    before = children()
    with Workshop() as workshop:
        adapted(source, workshop=workshop)
        assert children() == before + 2
    assert children() == before


def test_a_damaged_frame_leaves_nothing_behind(tmp_path: Path) -> None:
    made = images.xa(JPEG_LOSSLESS, 8)
    frame = made.values["PixelData"][0]
    source = put(tmp_path / "xa.dcm", made.but(PixelData=[frame, frame[:200] + b"\xff\xd9"]).data)
    with pytest.raises(ConformanceError) as stopped:
        create([source], tmp_path / "x.iso", profile="STD-GEN-CD")
    (left,) = stopped.value.result.left_out
    assert "the frame is damaged (Corrupt JPEG data: premature end of data segment)" in left.reason
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["xa.dcm"]


def test_what_is_adapted_can_be_deflated(tmp_path: Path) -> None:
    heap = tmp_path / "heap"
    heap.mkdir()
    put(heap / "plain", images.ct(EXPLICIT, 12).data)
    put(heap / "bare", data_set(images.sc("MONOCHROME2", IMPLICIT).data))
    made = create([heap], tmp_path / "x.zip", deflate=True, manifest=tmp_path / "m.json")
    assert (made.complete, made.volumes[0].deflated) == (True, 2)
    assert {Path(each.source).name for each in made.adapted} == {"bare"}
    stored = create([heap], tmp_path / "y.zip")
    assert stored.volumes[0].size > made.volumes[0].size
    assert written(tmp_path / "x.zip") == written(tmp_path / "y.zip")
    files = json.loads((tmp_path / "m.json").read_text())["files"]
    assert {each["source"]: bool(each["changes"]) for each in files if each["sop_instance"]} == {
        str(heap / "plain"): False, str(heap / "bare"): True,
    }  # fmt: skip
