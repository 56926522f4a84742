"""What a file that is not DICOM is instead, in a few plain words for the list of what was ignored."""

from __future__ import annotations

import re

_MAGIC = (
    (b"\xff\xd8\xff", "JPEG picture"), (b"\x89PNG\r\n", "PNG picture"), (b"GIF8", "GIF picture"),
    (b"BM", "Windows bitmap"), (b"II*\0", "TIFF picture"), (b"MM\0*", "TIFF picture"),
    (b"%PDF", "PDF document"), (b"PK\3\4", "ZIP archive"), (b"PK\5\6", "ZIP archive"),
    (b"\x1f\x8b", "gzip archive, not opened"), (b"7z\xbc\xaf", "7-Zip archive, not opened"),
    (b"Rar!", "RAR archive, not opened"),
    (b"MZ", "Windows program"), (b"\x7fELF", "Linux program"), (b"\xca\xfe\xba\xbe", "Java or macOS program"),
    (b"\xcf\xfa\xed\xfe", "macOS program"), (b"\xd0\xcf\x11\xe0", "Microsoft Office document"),
    (b"SQLite format 3", "SQLite database"), (b"\0\0\1\0", "Windows icon"), (b"ID3", "MP3 sound"),
)  # fmt: skip
_RIFF = {b"AVI ": "AVI video", b"WAVE": "WAV sound", b"WEBP": "WebP picture"}
UNKNOWN = "unknown"
SECURE = "encrypted, most likely a Secure DICOM File"
_SECURE = re.compile(
    rb"\x30(?:\x80|[\x81-\x84].{1,4}?|.)\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03", re.DOTALL
)
"""The beginning of a CMS ContentInfo with EnvelopedData (RFC 5652 3 and 6.1; PS3.10 7.4)."""

_TEXT_CONTROLS = frozenset(b"\t\n\r\f\b\x1b")
_SHOWN = 4096


def kind_of(head: bytes) -> str:
    """The kind of file that begins with these bytes, as in "JPEG picture"; UNKNOWN at worst."""
    text = SECURE if is_secure(head) else "" if head.startswith(b"%PDF") else _text_kind(head[:_SHOWN])
    if text:
        return text
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF":
        return {b"AVI ": "AVI video", b"WAVE": "WAV sound", b"WEBP": "WebP picture"}.get(
            head[8:12], "RIFF file"
        )
    if head[4:8] == b"ftyp":
        return "MP4 video or HEIF picture"
    if not any(head):
        return "begins with zeros"
    return UNKNOWN


def is_secure(head: bytes) -> bool:
    """Whether a file that begins with these bytes is encrypted as Secure DICOM Files are."""
    return _SECURE.match(head) is not None


def _text_kind(head: bytes) -> str:
    """HTML, XML, JSON or plain text; empty when control characters say that it is none."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "text"
    if any(byte < 0x20 and byte not in _TEXT_CONTROLS for byte in head):
        return ""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:64].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "HTML page"
    if start.startswith(b"<?xml"):
        return "XML text"
    return "text"
