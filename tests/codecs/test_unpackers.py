"""The C code that unpacks compressed device bytes, compiled with checks of memory."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from pixbin.catalog.enums import BitOrder, Compression
from pixbin.codecs import compression, unpackers
from tests.oracles import programs

MOST_LINES = 60  #: of a C file that unpacks
MOST_STATE = 64  #: bytes of memory that unpacking takes, but for heatshrink8
PROGRAM = """
#include <stdio.h>
#include <stdlib.h>
#include "unpack.h"
static uint8_t packed[1 << 20], line[1 << 16];
int main(int count, char **words) {
    NAME state;
    size_t width = count > 1 ? (size_t)atoi(words[1]) : 0, lines = (size_t)atoi(words[2]);
    NAME_start(&state, packed, fread(packed, 1, sizeof packed, stdin));
    if (!lines) printf("%zu", sizeof state);
    while (lines--) {
        NAME_read(&state, line, width);
        fwrite(line, 1, width, stdout);
    }
    return 0;
}
"""


def texture(count: int, seed: int = 1) -> bytes:
    """Return bytes with short and long runs of bits."""
    rng = np.random.default_rng(seed)
    chances = np.repeat(rng.choice([0.01, 0.1, 0.5], -(-count // 4)), 32)[: 8 * count]
    return np.packbits(np.cumsum(rng.random(8 * count) < chances) % 2).tobytes()


@pytest.fixture(scope="module")
def unpackers_in_c(tmp_path_factory: pytest.TempPathFactory) -> dict[Compression, Path]:
    """Return a program for each compression, checked for undefined behaviour."""
    compiled = {}
    for kind in Compression:
        folder = tmp_path_factory.mktemp(kind)
        (folder / "unpack.h").write_text(unpackers.c_source(kind))
        (folder / "main.c").write_text(PROGRAM.replace("NAME", f"pixbin_{kind}"))
        sanitize = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
        command = [programs.path("gcc"), "-std=c99", "-O1", "-Wall", "-Wextra", "-Werror"]
        command += ["-pedantic", *sanitize, "main.c", "-o", "main"]
        subprocess.run(command, cwd=folder, check=True)
        compiled[kind] = folder / "main"
    return compiled


def run_in_c(program: Path, packed: bytes, width: int, lines: int) -> bytes:
    """Return the lines of so many bytes that a program unpacks."""
    words = [str(program), str(width), str(lines)]
    return subprocess.run(words, input=packed, capture_output=True, check=True).stdout


@pytest.mark.parametrize("kind", Compression)
@pytest.mark.parametrize(("width", "lines"), [(1, 1), (2, 13), (7, 31), (16, 64), (50, 300)])
def test_c_code_unpacks_line_by_line(
    kind: Compression, width: int, lines: int, unpackers_in_c: dict[Compression, Path]
) -> None:
    """The C code gives the same bytes, a line at a time, and is short and small in memory."""
    for order in BitOrder:
        data = texture(width * lines, seed=width)
        packed = compression.compress(data, kind, order)
        assert data == run_in_c(unpackers_in_c[kind], packed, width, lines)
    size = int(run_in_c(unpackers_in_c[kind], b"", 0, 0))
    assert size <= (MOST_STATE if kind is not Compression.HEATSHRINK8 else MOST_STATE + 256)
    assert len(unpackers.c_source(kind).splitlines()) < MOST_LINES


@pytest.mark.parametrize("kind", Compression)
def test_c_code_survives_damaged_data(
    kind: Compression, unpackers_in_c: dict[Compression, Path]
) -> None:
    """The C code ends and stays within its memory on data that is cut off or random."""
    packed = compression.compress(texture(400), kind, BitOrder.MSB)
    noise = np.random.default_rng(3).bytes(300)
    for data in (b"", packed[:5], packed[: len(packed) // 2], noise, bytes(9), b"\xff" * 9):
        assert len(run_in_c(unpackers_in_c[kind], data, 50, 40)) == 2000
