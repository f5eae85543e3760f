"""Just enough of PNG to shrink 8-bit pictures without a library. https://www.w3.org/TR/png-3/"""

import struct
import zlib

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}


def shrink(picture: bytes, width: int) -> bytes:
    """`picture` no wider than `width`, by the nearest pixel. Raises `ValueError` for what it cannot read."""
    columns, kind, pixels = _decode(picture)
    step = max(1, -(-columns // width))
    size = _CHANNELS[kind]
    small = [
        b"".join(row[at * size : (at + 1) * size] for at in range(0, columns, step)) for row in pixels[::step]
    ]
    header = struct.pack(">IIBBBBB", len(range(0, columns, step)), len(small), 8, kind, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in small))
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _decode(picture: bytes) -> tuple[int, int, list[bytes]]:
    if not picture.startswith(_SIGNATURE):
        raise ValueError("not a PNG")
    at, data, header = len(_SIGNATURE), b"", b""
    while at + 8 <= len(picture):
        length, name = struct.unpack(">I4s", picture[at : at + 8])
        content = picture[at + 8 : at + 8 + length]
        header = content if name == b"IHDR" else header
        data += content if name == b"IDAT" else b""
        at += length + 12
    try:
        columns, _, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", header)
        raw = zlib.decompress(data)
    except (struct.error, zlib.error) as error:
        raise ValueError(f"not a whole PNG: {error}") from None
    if depth != 8 or kind not in _CHANNELS or interlaced:
        raise ValueError("only 8-bit PNGs that are neither interlaced nor indexed")
    return columns, kind, _unfilter(raw, columns * _CHANNELS[kind], _CHANNELS[kind])


def _unfilter(raw: bytes, length: int, size: int) -> list[bytes]:
    """Rows of pixels: each byte is told as its difference from its neighbours."""
    rows: list[bytes] = []
    above = bytearray(length)
    for start in range(0, len(raw) - length, length + 1):
        kind, row = raw[start], bytearray(raw[start + 1 : start + 1 + length])
        for at in range(length):
            left = row[at - size] if at >= size else 0
            corner = above[at - size] if at >= size else 0
            guess = (0, left, above[at], (left + above[at]) // 2, _paeth(left, above[at], corner))[kind]
            row[at] = (row[at] + guess) & 255
        rows.append(bytes(row))
        above = row
    return rows


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda value: abs(guess - value))


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
