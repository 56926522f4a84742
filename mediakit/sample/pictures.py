"""What the sample images show: drawn phantoms, a heartbeat, a page and a thumbnail.

Whole numbers only, so that every machine draws the same bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

Ellipse = tuple[int, int, int, int, int]
"""Centre column and row, radii in columns and rows, and the value inside."""


def drawing(columns: int, rows: int, background: int, ellipses: Iterable[Ellipse]) -> list[int]:
    """The pixels row by row; a later ellipse covers an earlier one."""
    pixels = [background] * (columns * rows)
    for x, y, wide, high, value in ellipses:
        for row in range(max(0, y - high), min(rows, y + high + 1)):
            for column in range(max(0, x - wide), min(columns, x + wide + 1)):
                if ((column - x) * high) ** 2 + ((row - y) * wide) ** 2 <= (wide * high) ** 2:
                    pixels[row * columns + column] = value
    return pixels


def words(pixels: Sequence[int]) -> bytes:
    """Pixels of 16 bits, unsigned, little endian."""
    return struct.pack(f"<{len(pixels)}H", *pixels)


def chest(slice_number: int) -> bytes:
    """64 x 64 CT numbers plus 1024: body, lungs, spine and a nodule that comes and goes."""
    lung = 9 + slice_number // 3
    shapes = [(32, 33, 29, 21, 1064), (19, 32, lung, 14, 224), (45, 32, lung, 14, 224), (32, 46, 5, 5, 1724)]
    if 5 <= slice_number <= 8:
        shapes.append((22, 28, 3, 3, 1084))
    return words(drawing(64, 64, 0, shapes))


def head(slice_number: int) -> bytes:
    """64 x 64 MR signal: scalp, skull, brain and ventricles."""
    ventricle = 2 + slice_number
    return words(
        drawing(
            64, 64, 12,
            [(32, 32, 24, 29, 620), (32, 32, 22, 27, 60), (32, 32, 20, 25, 410),
             (27, 31, 3, ventricle, 150), (37, 31, 3, ventricle, 150)],
        )
    )  # fmt: skip


def hand() -> bytes:
    """96 x 128 radiograph of 12 bits: a palm, four fingers, a thumb."""
    fingers: list[Ellipse] = [(20 + 18 * n, 42 - 4 * (n % 3), 7, 38, 1900) for n in range(4)]
    bones: list[Ellipse] = [(x, y, 3, high - 4, 3100) for x, y, _, high, _ in fingers]
    palm: list[Ellipse] = [(46, 92, 34, 30, 1700), (80, 84, 9, 22, 1800)]
    return words(drawing(96, 128, 200, [*palm, *fingers, *bones]))


def beating_heart(frame: int) -> bytes:
    """One RGB frame of 64 x 48, 8 bits a sample: a ring that narrows, and red flow inside."""
    inner = (9, 11, 13, 11, 9)[frame % 5]
    grey = drawing(64, 48, 0, [(32, 24, 22, 20, 60), (32, 24, 16, 16, 170), (32, 24, inner, inner, 25)])
    flow = drawing(64, 48, 0, [(32, 24, inner // 2, inner // 2, 200)])
    return bytes(
        sample
        for tone, red in zip(grey, flow, strict=True)
        for sample in (max(tone, red), tone * (red == 0), tone * (red == 0))
    )


def grey_steps() -> bytes:
    """64 x 64 grey values of 8 bits: a grid of steps with a disc."""
    steps = [(column // 8 * 16 + row // 8 * 16) % 256 for row in range(64) for column in range(64)]
    disc = drawing(64, 64, 256, [(32, 32, 14, 14, 240), (32, 32, 8, 8, 16)])
    return bytes(tone if tone < 256 else step for tone, step in zip(disc, steps, strict=True))


def heartbeats(channels: int, samples: int) -> bytes:
    """An ECG as signed words, channels interleaved: a P wave, a QRS complex and a T wave each second.

    One unit is 5 microvolts at 500 samples a second.
    """
    waves = ((60, 25, 25), (110, 6, -30), (120, 8, 220), (132, 7, -55), (220, 45, 50))
    beat = [
        sum(height * (width - abs(at - middle)) // width for middle, width, height in waves
            if abs(at - middle) < width)
        for at in range(500)
    ]  # fmt: skip
    # In quarters, I to V6; III = II - I and the augmented leads follow (Einthoven, Goldberger).
    gains = [4, 6, 2, -5, 1, 4, -2, 2, 6, 8, 7, 5]
    values = [beat[at % 500] * gains[channel] // 4 for at in range(samples) for channel in range(channels)]
    return struct.pack(f"<{len(values)}h", *values)


def page(line: str) -> bytes:
    """A PDF of one A5 page that says one line of ASCII (ISO 32000-1 7.5)."""
    stream = f"BT /F1 18 Tf 40 520 Td ({line}) Tj ET".encode("ascii")
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 595]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count = len(objects) + 1
    end = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table) + end


def thumbnail() -> bytes:
    """A JPEG of 8 x 8 grey pixels: one block, whose only coefficient is zero (ITU-T T.81)."""

    def segment(marker: int, content: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content

    one_code = bytes([1] + [0] * 15) + b"\0"  # a Huffman table with the code 0 for the symbol 0
    return b"".join(
        (
            b"\xff\xd8",
            segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0"),
            segment(0xDB, b"\0" + b"\1" * 64),
            segment(0xC0, struct.pack(">BHHBBBB", 8, 8, 8, 1, 1, 0x11, 0)),
            segment(0xC4, b"\x00" + one_code),
            segment(0xC4, b"\x10" + one_code),
            segment(0xDA, b"\1\1\0\0\x3f\0"),
            b"\x3f",  # two codes of one bit, then ones to the end of the byte
            b"\xff\xd9",
        )
    )
