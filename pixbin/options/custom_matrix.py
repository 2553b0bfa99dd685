"""The user's own matrix, read from JSON in the two forms that the program didder also reads.

`{"matrix": [[0, 2], [3, 1]], "max": 4}` is a threshold map, `[[0, 0.5], [0.5, 0]]` an
error-diffusion kernel. A PNG is a threshold map, too; see `matrix_picture`.
"""

from __future__ import annotations

import json
import os
import sys
from os import PathLike
from pathlib import Path
from typing import Any

from pixbin.catalog.families import ErrorDiffusion, ThresholdMap
from pixbin.errors import shortened
from pixbin.files import STDIO
from pixbin.options.parsing import ParseError

Matrix = ErrorDiffusion | ThresholdMap

MAX_BYTES = 1 << 20  #: size of a file
MAX_LEVELS = 1 << 16  #: levels of a threshold map
MAX_MAP_SIDE, MAX_KERNEL_SIDE = 256, 16  #: in entries
_WEIGHT_TOLERANCE = 1e-6  #: rounding allowed in a sum of weights written as decimals
_MAX_RAW_WEIGHT = 1e9  #: larger weights are surely mistakes
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: JPEG, GIF, WebP, BMP, TIFF
_OTHER_PICTURES = (b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*")
_FORMAT_HINT = (
    'write {"matrix": [[0, 2], [3, 1]], "max": 4}, or rows of weights [[0, 0.5], [0.5, 0]]'
)


def parse(given: Any) -> Matrix:
    """Parse a matrix from a JSON or PNG file, stdin (`-`), JSON text, or nested lists of numbers.

    In a threshold map a cell becomes paper if its light is at least (entry + 1) / (max + 1). In a
    kernel the current cell is the last zero before the first weight of the first row, or the
    middle of a first row without weights.

    Raises
    ------
    ParseError
        It cannot be read, or is not a valid matrix; the message says why.

    Examples
    --------
    >>> parse({"matrix": [[0, 2], [3, 1]], "max": 4}).divisor
    5
    """
    if isinstance(given, ErrorDiffusion | ThresholdMap):
        return given
    content = given
    if isinstance(given, str | PathLike):
        data = _load_bytes(given)
        if data.startswith(_PNG_SIGNATURE):
            from pixbin.options import matrix_picture

            return matrix_picture.parse(data)
        content = _parse_json(data)
    if isinstance(content, dict):
        return _parse_threshold_map(content)
    return _parse_kernel(_check_rows(content, MAX_KERNEL_SIDE))


def to_value(matrix: Matrix) -> Any:
    """Return the nested lists from which `parse` makes this matrix.

    Examples
    --------
    >>> to_value(parse([[0, 0.5], [0.25, 0.25]]))
    [[0, 0.5], [0.25, 0.25]]
    """
    if isinstance(matrix, ThresholdMap):
        rows = [[level - 1 for level in row] for row in matrix.levels]
        return {"matrix": rows, "max": matrix.divisor - 1}
    behind, ahead = -min(*matrix.columns, 0, 0), max(*matrix.columns, 0, 0)
    if 0 not in matrix.rows:  # without weights in the first row, its middle is the cell
        behind = ahead = max(behind, ahead)
    weights: list[list[float]] = [[0] * (behind + 1 + ahead) for _ in range(max(matrix.rows) + 1)]
    for column, row, weight in zip(*matrix, strict=True):
        weights[row][behind + column] = weight
    return weights


def _load_bytes(given: str | PathLike[str]) -> bytes:
    """Return the bytes of JSON or of a PNG, given JSON text, a path, or `-` for stdin."""
    if isinstance(given, str) and given.lstrip().startswith(("{", "[")):
        try:
            return os.fsencode(given)  # bytes that are no text come back as they were given
        except UnicodeEncodeError as error:
            raise ParseError(f"not JSON; {_FORMAT_HINT}") from error
    try:
        if given == STDIO:
            data = sys.stdin.buffer.read(MAX_BYTES + 1) if sys.stdin is not None else b""
        else:
            with Path(given).open("rb") as file:
                data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ParseError(f"cannot be read ({reason}); name a JSON or PNG file") from error
    if len(data) > MAX_BYTES:
        raise ParseError(f"too large; a matrix has at most {MAX_BYTES} bytes")
    return data


def _parse_json(data: bytes) -> Any:
    if data.startswith(_OTHER_PICTURES):
        raise ParseError("no JSON, but a picture; give it as PNG")
    try:
        return json.loads(data)
    except json.JSONDecodeError as error:
        position = f"line {error.lineno}, column {error.colno}"
        raise ParseError(f"not JSON ({position}); {_FORMAT_HINT}") from error
    except (ValueError, RecursionError) as error:
        raise ParseError(f"not JSON; {_FORMAT_HINT}") from error


def _check_rows(content: Any, max_side: int) -> list[list[Any]]:
    """Return the rows as lists, all of the same length and of numbers only."""
    content = content.tolist() if hasattr(content, "tolist") else content
    if not isinstance(content, list | tuple) or not content:
        raise ParseError(f"no rows of numbers; {_FORMAT_HINT}")
    for row in content:
        if not isinstance(row, list | tuple) or not row:
            raise ParseError(f"no rows of numbers; {_FORMAT_HINT}")
        if len(row) != len(content[0]):
            raise ParseError(f"rows of {len(content[0])} and of {len(row)}; make them equally long")
    if max(len(content), len(content[0])) > max_side:
        raise ParseError(
            f"{len(content[0])}x{len(content)} is too large; at most {max_side}x{max_side}"
        )
    for entry in (entry for row in content for entry in row):
        if isinstance(entry, bool) or not isinstance(entry, int | float) or entry != entry:
            raise ParseError(f"{shortened(entry)} is not a number; {_FORMAT_HINT}")
    return [list(row) for row in content]


def _parse_threshold_map(content: dict[Any, Any]) -> ThresholdMap:
    if not content.keys() >= {"matrix", "max"}:
        raise ParseError(f'a threshold map has a "matrix" and a "max"; {_FORMAT_HINT}')
    rows, maximum = _check_rows(content["matrix"], MAX_MAP_SIDE), content["max"]
    if isinstance(maximum, bool) or not isinstance(maximum, int) or not 1 <= maximum <= MAX_LEVELS:
        raise ParseError(f"max is a whole number from 1 to {MAX_LEVELS}, one above the entries")
    for entry in (entry for row in rows for entry in row):
        if not (0 <= entry < maximum and entry == int(entry)):
            raise ParseError(
                f"entry {shortened(entry)}: write whole numbers from 0 to {maximum - 1}, below max"
            )
    diagram = "\n".join(" ".join(str(int(entry) + 1) for entry in row) for row in rows)
    return ThresholdMap(diagram, maximum + 1)


def _parse_kernel(rows: list[list[Any]]) -> ErrorDiffusion:
    weighted = [column for column, weight in enumerate(rows[0]) if weight]
    current = weighted[0] - 1 if weighted else len(rows[0]) // 2
    taps = [
        (column - current, row, weight)
        for row, weights in enumerate(rows)
        for column, weight in enumerate(weights)
        if weight
    ]
    if current < 0:
        raise ParseError("the first row begins with a weight; a 0 before it stands for the cell")
    if any(not 0 < weight < _MAX_RAW_WEIGHT for _, _, weight in taps):
        raise ParseError("weights are numbers from 0 to 1")
    total = sum(weight for _, _, weight in taps)
    if not 0 < total <= 1 + _WEIGHT_TOLERANCE:
        advice = f"; divide each by {total:.10g}" if total else ""
        raise ParseError(
            f"weights add up to {total:.10g}; the sum must be above 0 and at most 1{advice}"
        )
    columns, rows_below, values = zip(*taps, strict=True)
    return ErrorDiffusion(columns, rows_below, tuple(map(float, values)))
