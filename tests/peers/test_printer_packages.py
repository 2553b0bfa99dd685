"""Comparison with packages of PyPI that write, draw or run commands of printers and lasers."""

from __future__ import annotations

import importlib
import re
from typing import Any

import numpy as np
import pytest
from PIL import Image

import pixbin
from tests.oracles.printing import dots

SIZES = [(13, 9), (101, 57), (400, 240)]
ZPL_FORMS = ["zpl", "zpl-hex", "zpl-z64"]


def package(name: str) -> Any:
    """Return a module, or skip the test if it is not installed."""
    pytest.importorskip(name, reason=f"{name} is not installed")
    return importlib.import_module(name)


def random(width: int, height: int) -> np.ndarray:
    """Return random cells with equal, empty and full rows among them."""
    cells = np.random.default_rng(width).random((height, width)) < 0.6
    cells[height // 3 : height // 2] = cells[0]
    cells[-2], cells[-3] = True, False
    return cells


@pytest.mark.parametrize(
    ("model", "label", "width", "height"),
    [
        ("QL-800", "62", 696, 40),
        ("QL-800", "29x90", 306, 991),
        ("QL-800", "d12", 94, 94),
        ("QL-1060N", "102x51", 1164, 526),
    ],
)
def test_brother_ql_writes_the_same_bytes(model: str, label: str, width: int, height: int) -> None:
    """The files are equal, but for a request for the status and an explicit lack of packing."""
    raster = package("brother_ql.raster").BrotherQLRaster(model)
    cells = random(width, height)
    image = Image.fromarray(np.where(cells, 255, 0).astype(np.uint8))
    convert = package("brother_ql.conversion").convert
    theirs = bytes(convert(raster, [image], label, cut=True, hq=True, rotate=0))
    theirs = theirs[theirs.index(b"\x1b@") :].replace(b"\x1biS", b"", 1)
    theirs = re.sub(rb"(\x1bid..)M\0", rb"\1", theirs, count=1, flags=re.DOTALL)

    assert theirs == dots(cells).encode("brother-ql").lstrip(b"\0")


def test_packed_rows_of_brother_ql_are_read() -> None:
    """Rows that brother_ql packs come back."""
    raster = package("brother_ql.raster").BrotherQLRaster("QL-820NWB")
    cells = random(696, 60)
    image = Image.fromarray(np.where(cells, 255, 0).astype(np.uint8))
    convert = package("brother_ql.conversion").convert
    theirs = bytes(convert(raster, [image], "62", compress=True, rotate=0))

    assert b"M\x02g\0" in theirs
    assert np.array_equal(cells, pixbin.decode(theirs).grid)


@pytest.mark.parametrize("form", ZPL_FORMS)
@pytest.mark.parametrize("size", SIZES)
def test_zebrafy_draws_the_picture(form: str, size: tuple[int, int]) -> None:
    """The picture that zebrafy finds is right in every form."""
    cells = random(*size)
    images = package("zebrafy").ZebrafyZPL(dots(cells).encode(form).decode()).to_images()
    drawn = np.asarray(images[0].convert("1"))

    assert np.array_equal(cells, drawn[:, : size[0]])
    assert drawn[:, size[0] :].all()


@pytest.mark.parametrize("form", ZPL_FORMS)
@pytest.mark.parametrize("size", SIZES)
def test_zplkit_draws_the_picture(form: str, size: tuple[int, int]) -> None:
    """A label that zplkit draws has the picture at the upper left of a label, and nothing else."""
    cells = random(*size)
    raster = package("zplkit").render(dots(cells).encode(form).decode()).labels[0].rasterize()
    levels = np.frombuffer(bytes(raster.pixels), np.uint8).reshape(raster.height, raster.width)

    assert np.array_equal(cells, levels[: size[1], : size[0]] > 127)
    assert np.count_nonzero(levels < 128) == np.count_nonzero(~cells)


@pytest.mark.parametrize("form", ["ASCII", "ASCII_COMPRESSED", "B64", "Z64"])
def test_fields_of_zebrafy_are_read(form: str) -> None:
    """All forms that zebrafy writes come back."""
    cells = random(203, 101)
    field = package("zebrafy").GraphicField(Image.fromarray(cells), format=form)
    read = pixbin.decode(f"^XA^FO20,30{field.get_graphic_field()}^XZ".encode())

    assert np.array_equal(cells, read.grid[:, :203])


@pytest.mark.parametrize("size", SIZES[:2])
def test_pygcode_burns_the_picture(size: tuple[int, int]) -> None:
    """A program that pygcode runs is right: moves with power cover the ink, and nothing else."""
    pygcode = package("pygcode")
    cells, pitch = random(*size), 0.1
    burnt, machine = np.ones_like(cells), pygcode.Machine()
    for text in dots(cells).encode("gcode").decode().splitlines():
        before = machine.pos.X
        machine.process_block(pygcode.Line(text).block)
        power = float(str(machine.mode.spindle_speed)[1:])
        if power and before != machine.pos.X and str(machine.mode.motion).startswith("G01"):
            row = size[1] - 1 - round(machine.pos.Y / pitch - 0.5)
            start, end = sorted((round(before / pitch), round(machine.pos.X / pitch)))
            burnt[row, start:end] = False

    assert np.array_equal(cells, burnt)
