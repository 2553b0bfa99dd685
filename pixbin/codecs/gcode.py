r"""G-code for lasers that understand GRBL 1.1: lines of ink, row by row, and back.

Each row of output pixels is a line along its middle. The origin is the lower left corner of the
picture, X goes right and Y up, in millimetres (`G21`, `G90`). Rows run from the lowest up, every
other one from right to left. `M4` makes the power follow the speed of the head; it is 0 (`S0`) on
every way without ink, and `M5` switches the laser off at both ends. The head moves nowhere before
the first row and stays after the last: there is no homing, and no move beyond the picture.
Source: gnea/grbl, doc/markdown/laser_mode.md: M4, S0, G0; settings.md: $30, $32.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np

from pixbin.bitmap import Bitmap
from pixbin.catalog import laser
from pixbin.catalog.enums import Flip
from pixbin.catalog.formats import Format
from pixbin.catalog.packing import Packing
from pixbin.codecs import bit_packing, printer_images
from pixbin.codecs.bit_packing import BilevelPixels
from pixbin.codecs.gcode_moves import Burn, read_burns
from pixbin.codecs.hints import DecodedPicture, DecodeHints, Evidence
from pixbin.errors import InputError, OutputError, UsageError
from pixbin.geometry import Size

_MIN_PITCH = 0.01  #: millimetres; coordinates have three decimals
_MANY_MOVES, _MOVE_BYTES = 200_000, 14  #: of which users get a note; length of one, about
_TOLERANCE = 0.2  #: of a pixel, for coordinates that are read

_COMMENT = re.compile(
    rb"; pixbin gcode size=(\d{1,9})x(\d{1,9}) pitch=(\d{1,4}(?:\.\d{1,12})?) "
    rb"rotate=(0|90|180|270) flip=(none|horizontal|vertical|both)\b"
)


def encode(bitmap: Bitmap, file_format: Format, name: str) -> bytes:
    """Return a program that burns the ink of a picture.

    Raises
    ------
    OutputError
        The picture is larger than the bed.
    UsageError
        Pitch and cell contradict each other, or a pixel is smaller than 0.01 mm.
    """
    packing = file_format.resolve_packing(bitmap.packing_overrides)
    size, rows, _ = printer_images.pack_rows(bitmap, file_format)
    pitch = _pitch_mm(bitmap)
    _check_bed(size, pitch, bitmap.laser.bed or laser.DEFAULT_BED)
    ink = np.unpackbits(rows, axis=1, count=size.width).astype(bool)
    head = _head_lines(bitmap, packing, size, pitch)
    lines = _row_lines(ink, pitch, bitmap.laser)
    return ("\n".join((*head, *lines, "M5 S0", "M2")) + "\n").encode()


def notes(bitmap: Bitmap, file_format: Format, name: str) -> tuple[str, ...]:
    """Return a note if the program is long: some senders and cards are slow with such files."""
    size, rows, _ = printer_images.pack_rows(bitmap, file_format)
    ink = np.unpackbits(rows, axis=1, count=size.width)
    count = int(np.count_nonzero(ink[:, 1:] != ink[:, :-1]))
    if count < _MANY_MOVES:
        return ()
    return (
        f"about {count} moves, {round(count * _MOVE_BYTES / 1e6)} MB; a smaller --size with a "
        "larger --pitch has fewer",
    )


def decode(data: bytes, hints: DecodeHints) -> DecodedPicture:
    """Return the picture that a program of pixbin burns.

    Raises
    ------
    InputError
        pixbin did not write the program, or it burns other things than rows of pixels.
    UsageError
        An option is given that the format does not take.
    """
    Format.GCODE.resolve_packing(hints.packing_overrides)
    match = _COMMENT.match(data)
    if not match:
        raise InputError("no G-code of pixbin: its first line has no size and pitch")
    size, pitch = Size(int(match[1]), int(match[2])), float(match[3])
    if not (pitch and size.width and size.height):
        raise InputError("no G-code of pixbin: its first line states a size of 0")
    printer_images.check_pixel_count(*size)
    from_file = Packing(rotate=int(match[4]), flip=Flip(match[5].decode()))
    packing = hints.resolve_packing(Format.GCODE, from_file)
    stored = bit_packing.stored_size(size, from_file)
    printed = _paint(read_burns(data.decode("latin-1")), stored, pitch)
    upright = bit_packing.undo_orientation(printed, packing)
    return DecodedPicture(upright).check_size(hints.size)


def sniff(data: bytes, hints: DecodeHints) -> Evidence:
    """Return the evidence for a program that pixbin wrote."""
    return Evidence.SIGNATURE if data.startswith(b"; pixbin gcode ") else Evidence.NONE


def _pitch_mm(bitmap: Bitmap) -> float:
    """Return the side of an output pixel in millimetres."""
    layout, pitch = bitmap.layout, bitmap.laser.pitch
    if bitmap.cell is not None:
        of_cell = bitmap.cell * layout.grid.width / layout.output.width
        if pitch is not None and abs(pitch - of_cell) > _MIN_PITCH / 1000:
            raise UsageError(
                f"cells of {bitmap.cell:g} mm have a pitch of {of_cell:g} mm; give one"
            )
        pitch = of_cell
    pitch = laser.DEFAULT_PITCH if pitch is None else pitch
    if pitch < _MIN_PITCH:
        raise UsageError(f"pitch {pitch:g} mm: a laser needs at least {_MIN_PITCH:g} mm")
    return pitch


def _check_bed(size: Size, pitch: float, bed: Size) -> None:
    width, height = (side * pitch for side in size)
    if width > bed.width + _MIN_PITCH or height > bed.height + _MIN_PITCH:
        raise OutputError(
            f"a picture of {width:g} x {height:g} mm is larger than the bed of {bed} mm; give a "
            "smaller --size or --pitch, or the size of your bed as --bed"
        )


def _head_lines(bitmap: Bitmap, packing: Packing, size: Size, pitch: float) -> tuple[str, ...]:
    settings = bitmap.laser
    width, height = (_coordinate(side * pitch) for side in size)
    feed = laser.DEFAULT_FEED if settings.feed is None else settings.feed
    full = settings.full_power or laser.DEFAULT_FULL_POWER
    return (
        f"; pixbin gcode size={bitmap.size} pitch={_decimal(pitch)} rotate={packing.rotate} "
        f"flip={packing.flip}",
        f"; {width} x {height} mm, from the lower left corner; S{settings.s_value} of S{full}",
        "; GRBL 1.1 or later with laser mode on ($32=1). Never leave a working laser alone.",
        *("G21", "G90", "G94", "M5 S0", "M4 S0", f"F{_coordinate(feed)}"),
    )


def _row_lines(
    ink: printer_images.InkDots, pitch: float, settings: laser.LaserSettings
) -> Iterator[str]:
    """Yield the moves of all rows that have ink, from the lowest up, to and fro."""
    is_leftward, power = False, f"S{settings.s_value}"
    for number in range(len(ink) - 1, -1, -1):
        borders = np.flatnonzero(np.diff(ink[number], prepend=False, append=False))
        if not len(borders):
            continue
        stops = [_coordinate(column * pitch) for column in borders.tolist()]
        if is_leftward:
            stops.reverse()
        y = _coordinate((len(ink) - number - 0.5) * pitch)
        yield f"G0 X{stops[0]} Y{y} S0"
        powers = (power, "S0") * (len(stops) // 2)
        for stop, s_word in zip(stops[1:], powers, strict=False):
            yield f"G1 X{stop} {s_word}"  # G1 each time: a line that gets lost changes no mode
        is_leftward = not is_leftward


def _coordinate(value: float) -> str:
    """Return a number with at most three decimals.

    >>> _coordinate(1.5000001), _coordinate(20.0), _coordinate(0.0004)
    ('1.5', '20', '0')
    """
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _decimal(value: float) -> str:
    return f"{value:.12f}".rstrip("0").rstrip(".")


def _paint(burns: Iterator[Burn], size: Size, pitch: float) -> BilevelPixels:
    """Return the pixels that lines of ink cover, shape (size.height, size.width)."""
    cells = np.ones(size[::-1], np.bool_)
    for burn in burns:
        start, end = sorted((_index(burn.start / pitch, burn), _index(burn.end / pitch, burn)))
        row = size.height - 1 - _index(burn.y / pitch - 0.5, burn)
        if not (0 <= row < size.height and start >= 0 and end <= size.width):
            raise InputError(f"line {burn.line}: burns outside of the picture")
        cells[row, start:end] = False
    return cells


def _index(value: float, burn: Burn) -> int:
    index = round(value) if math.isfinite(value) else 0
    if not abs(value - index) <= _TOLERANCE:  # so that it holds for no number, too
        raise InputError(f"line {burn.line}: burns between two pixels")
    return index
