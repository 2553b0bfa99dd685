"""A format is one row of the table and one module."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import pixbin
from pixbin.bitmap import Bitmap
from pixbin.catalog.formats import Format
from pixbin.codecs import registry
from pixbin.codecs.hints import DecodedPicture, DecodeHints, Evidence
from pixbin.geometry import Layout, Size
from pixbin.picture import Picture

PACKAGE = Path(pixbin.__file__).parent


@pytest.mark.parametrize("file_format", Format)
def test_every_row_names_a_codec_module(file_format: Format) -> None:
    """The module has `encode`, and `encode_frames` if the row says that it holds frames."""
    assert callable(registry.encoder_of(file_format))
    if file_format.traits.has_frames or file_format.traits.has_frame_array:
        assert callable(registry.frame_encoder_of(file_format))
    elif file_format is not Format.XBM:  # which shares the module of `c`
        with pytest.raises(AttributeError):
            registry.frame_encoder_of(file_format)


def test_a_row_and_a_module_are_all_that_a_format_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A format is written, recognized and read by its module, with no other place to change."""
    module = ModuleType("pixbin.codecs.letters")

    def encode(bitmap: Bitmap, file_format: Format, name: str) -> bytes:
        rows = ("".join("." if cell else "#" for cell in row) for row in bitmap.grid)
        return b"LETTERS\n" + "\n".join(rows).encode()

    def sniff(data: bytes, hints: DecodeHints) -> Evidence:
        return Evidence.SIGNATURE if data.startswith(b"LETTERS\n") else Evidence.NONE

    def decode(data: bytes, hints: DecodeHints) -> DecodedPicture:
        rows = data.decode().splitlines()[1:]
        return DecodedPicture(np.array([[letter == "." for letter in row] for row in rows]))

    module.encode, module.sniff, module.decode = encode, sniff, decode  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    row = Format.ICO.traits._replace(codec="letters")
    monkeypatch.setattr(Format.ICO, "traits", row)
    cells = np.array([[True, False], [False, True], [True, True]])
    data = Picture(cells, Layout(Size(2, 3), Size(2, 3), 1)).encode("ico")

    assert data == b"LETTERS\n.#\n#.\n.."
    assert np.array_equal(pixbin.decode(data).grid, cells)


@pytest.mark.parametrize("file_format", [Format.ICO, Format.WEBP, Format.SVG, Format.PDF])
def test_no_other_module_names_a_format(file_format: Format) -> None:
    """Only the table and the format's own module name it or import the module."""
    codec = file_format.traits.codec
    pattern = rf"\bFormat\.{file_format.name}\b|\bcodecs\.{codec}\b|codecs import [^\n]*\b{codec}\b"
    users = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if re.search(pattern, path.read_text())
    }

    assert users <= {"catalog/formats.py", f"codecs/{codec}.py"}
    assert f'"{codec}"' in (PACKAGE / "catalog" / "formats.py").read_text()
