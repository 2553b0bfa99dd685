"""Print how many bytes `--compress` leaves, for the table in the documentation.

    python -m tests.benchmarks.compressed_sizes [FOLDER]

The pictures are those of a folder, if one is given, and eleven of scikit-image.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import skimage.data

import pixbin
from pixbin.catalog.enums import BitOrder, Compression
from pixbin.codecs.compression import compress

SAMPLES = "astronaut camera chelsea clock coffee coins horse moon page rocket text"
SIZES = ("64x64 rows", "128x64 pages", "200x200 rows", "400x300 rows", "800x480 rows")
METHODS = ("floyd-steinberg", "blue-noise", "bayer4", "ink", "threshold")


def sources(folder: Path | None) -> Iterator[Path | np.ndarray]:
    """Yield all pictures."""
    files = sorted(folder.iterdir()) if folder else []
    yield from (file for file in files if file.suffix in (".jpg", ".png"))
    yield from (getattr(skimage.data, name)() for name in SAMPLES.split())


def main(folder: Path | None) -> None:
    """Print a row for each size and method: shares of the bytes, and pictures that grow."""
    pictures = [*sources(folder)]
    print(f"{len(pictures)} pictures; percent of the bytes that are left (pictures that grow)")
    print("| size, layout | method | bytes |", " | ".join(Compression), "|")
    for size_and_layout in SIZES:
        size, layout = size_and_layout.split()
        order = BitOrder.LSB if layout == "pages" else BitOrder.MSB
        for method in METHODS:
            plain = [
                pixbin.convert(source, size=size, block=1, method=method, layout=layout).encode(
                    "raw"
                )
                for source in pictures
            ]
            cells = [_cell(plain, kind, order) for kind in Compression]
            print(f"| {size}, {layout} | {method} | {len(plain[0])} |", " | ".join(cells), "|")


def _cell(plain: list[bytes], kind: Compression, order: BitOrder) -> str:
    packed = [len(compress(data, kind, order)) for data in plain]
    growing = sum(after > len(before) for after, before in zip(packed, plain, strict=True))
    share = 100 * sum(packed) / sum(map(len, plain))
    return f"{share:.0f}" + (f" ({growing})" if growing else "")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
