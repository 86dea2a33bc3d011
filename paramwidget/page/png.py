"""Indexed pictures as PNG files, without a library for pictures.

Pure. See the PNG specification (ISO/IEC 15948), sections 5 and 11.
"""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PALETTE_AT = len(_SIGNATURE) + 25
"""Where the chunk of the palette begins: 12 bytes around 768 of colours. Both numbers are multiples of 3, so in base64 too
the palette is a part of its own, which a page can replace by that of its theme."""


def encode(pixels: np.ndarray, palette: np.ndarray) -> bytes:
    """A PNG of uint8 `pixels` (height by width), indices of `palette` (256 by 3 uint8). Index 0 is transparent."""
    height, width = pixels.shape
    lines = np.zeros((height, width + 1), np.uint8)  # each line begins with the number of its filter: none
    lines[:, 1:] = pixels
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    return b"".join(
        [
            _SIGNATURE,
            _chunk(b"IHDR", header),
            palette_chunk(palette),
            _chunk(b"tRNS", b"\0"),
            _chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)),
            _chunk(b"IEND", b""),
        ]
    )


def palette_chunk(palette: np.ndarray) -> bytes:
    """The part of a file that holds its colours."""
    return _chunk(b"PLTE", palette.tobytes())


def data_uri(file: bytes) -> str:
    """A file as the address of a picture."""
    return "data:image/png;base64," + base64.b64encode(file).decode("ascii")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
