"""Chunks of PNG files: read them, make them, join them to a file.

Source: Portable Network Graphics (PNG) Specification, third edition, W3C, 2025, section 5.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"

Chunk = tuple[bytes, bytes]  #: type, such as b"IDAT", and content


def read_chunks(data: bytes) -> Iterator[Chunk]:
    """Yield the chunks of a file in order, up to and with IEND; their checksums are not checked.

    Raises
    ------
    EOFError
        The file ends inside a chunk.

    Examples
    --------
    >>> [kind for kind, content in read_chunks(join_chunks([(b"IHDR", b""), (b"IEND", b"")]))]
    [b'IHDR', b'IEND']
    """
    position, kind = len(SIGNATURE), b""
    while kind != b"IEND" and position < len(data):
        if position + 8 > len(data):
            raise EOFError("cut short")
        length, kind = struct.unpack_from(">I4s", data, position)
        content = data[position + 8 : position + 8 + length]
        if len(content) < length:
            raise EOFError("cut short")
        yield kind, content
        position += 12 + length


def join_chunks(chunks: Iterable[Chunk]) -> bytes:
    """Return a file: the signature, then the chunks."""
    return SIGNATURE + b"".join(_encode_chunk(*chunk) for chunk in chunks)


def insert_text(data: bytes, keyword: str, text: str) -> bytes:
    """Return a file with a text after its header, as a tEXt chunk (section 11.3.3.2).

    Parameters
    ----------
    data : bytes
        A PNG that begins with IHDR.
    keyword, text : str
        In Latin-1; the keyword has at most 79 letters.
    """
    end = len(SIGNATURE) + 12 + int.from_bytes(data[8:12], "big")
    content = keyword.encode("latin-1") + b"\0" + text.encode("latin-1")
    return data[:end] + _encode_chunk(b"tEXt", content) + data[end:]


def _encode_chunk(kind: bytes, content: bytes) -> bytes:
    """Return a chunk: the length of its content, its type, the content, and a checksum."""
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
