"""Chunks of PNG files: read, made and joined."""

from __future__ import annotations

import io

import pytest
from PIL import Image

import pixbin
from pixbin.readers import png_chunks
from tests.fixtures import sample_image


def test_join_undoes_read() -> None:
    """The chunks of a file make the same file again, checksums included."""
    data = pixbin.convert(sample_image(20, 10), ink="#123").encode()
    chunks = [*png_chunks.read_chunks(data)]

    assert [kind for kind, _ in chunks] == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    assert png_chunks.join_chunks(chunks) == data


def test_read_stops_at_iend() -> None:
    """Bytes after the last chunk are ignored."""
    buffer = io.BytesIO()
    Image.new("1", (3, 2)).save(buffer, "PNG")
    data = buffer.getvalue()

    assert [*png_chunks.read_chunks(data + b"more")] == [*png_chunks.read_chunks(data)]


@pytest.mark.parametrize("length", [9, 15, 16, 20, -5])
def test_read_reports_files_cut_short(length: int) -> None:
    """A file that ends inside a chunk is an error."""
    data = png_chunks.join_chunks([(b"IHDR", bytes(13)), (b"IDAT", b"ab")])
    with pytest.raises(EOFError, match="cut short"):
        [*png_chunks.read_chunks(data[:length])]
