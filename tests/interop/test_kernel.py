"""The harness itself: what a kernel tells of images that other programs made."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kernel import mount_and_hash
from tests.tools import run
from tests.trees import hashed, make_folder

FILES = {"Folder/Größe.txt": b"long", "EMPTY": b"", "FOLDER2/X": b"x" * 5000}


def test_a_kernel_reads_joliet_and_udf_of_one_image(tmp_path: Path) -> None:
    image = tmp_path / "image.iso"
    folder = make_folder(tmp_path / "in", FILES)
    run("genisoimage", "-quiet", "-J", "-udf", "-input-charset", "utf-8", "-o", image, folder)
    assert mount_and_hash(image, "iso9660", options="iocharset=utf8") == hashed(FILES)
    assert mount_and_hash(image, "udf", options="iocharset=utf8") == hashed(FILES)


def test_a_kernel_reads_a_partition(tmp_path: Path) -> None:
    volume, image = tmp_path / "volume.img", tmp_path / "image.img"
    run("mkfs.vfat", "-C", "-h", "2048", volume, "4096")
    run("mcopy", "-s", "-i", volume, *make_folder(tmp_path / "in", FILES).iterdir(), "::")
    table = bytearray(2048 * 512)
    table[446:462] = b"\0\0\0\0\x06\0\0\0" + (2048).to_bytes(4, "little") + (8192).to_bytes(4, "little")
    table[510:512] = b"\x55\xaa"
    image.write_bytes(bytes(table) + volume.read_bytes())
    assert mount_and_hash(image, "vfat", partition=1, options="utf8") == hashed(FILES)


def test_what_a_kernel_refuses_fails_with_its_words(tmp_path: Path) -> None:
    image = tmp_path / "image.img"
    image.write_bytes(bytes(1_000_000))
    with pytest.raises(pytest.fail.Exception, match="Unable to identify CD-ROM format"):
        mount_and_hash(image, "iso9660")
