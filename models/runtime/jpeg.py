"""What the bytes of a picture file tell before it is decoded."""

from __future__ import annotations

from collections.abc import Iterator

_START, _END, _SCAN = b"\xff\xd8", b"\xff\xd9", 0xDA
#: markers of a frame's header; between them lie three others (Huffman tables, JPG, arithmetic)
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def is_cut_short(data: bytes) -> bool:
    """Whether a JPEG or PNG lacks its end. Some versions of OpenCV decode such a file half."""
    if data.startswith(b"\x89PNG"):
        return b"IEND" not in data
    if not data.startswith(_START) or data.endswith(_END):
        return False
    # Bytes behind the end marker are common and harmless; an embedded preview, which has an end
    # marker of its own, lies in a segment before the scan and is stepped over.
    for marker, position in _segments(data):
        if marker == _SCAN:
            return data.find(_END, position) < 0
    return False  # the decoder judges


def jpeg_size(data: bytes) -> tuple[int, int] | None:
    """(w, h) of a JPEG in pixels as stored; None for other formats, and where it is not told."""
    if not data.startswith(_START):
        return None
    for marker, position in _segments(data):
        if marker in _FRAMES and position + 9 <= len(data):
            height = int.from_bytes(data[position + 5 : position + 7], "big")
            width = int.from_bytes(data[position + 7 : position + 9], "big")
            return (width, height) if width and height else None
        if marker == _SCAN:
            return None
    return None


def _segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Marker and position of the segments of a JPEG, up to its first scan."""
    position = 2
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF:  # fill
            position += 1
            continue
        yield marker, position
        if marker == _SCAN:
            return
        position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
