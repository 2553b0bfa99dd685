"""Digests of outputs that must not depend on versions, threads, hash seeds or processes.

`python -m tests.sameness` prints them as JSON. With `--write` they go to the golden file, to which
the tests compare, with the lowest and the newest versions that pyproject.toml allows.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

import pixbin
from pixbin.catalog.formats import Format
from pixbin.catalog.methods import ALGORITHMIC
from pixbin.codecs import format_options
from tests.fixtures import EXAMPLES_FOLDER, ROOT

GOLDEN = ROOT / "tests" / "golden" / "outputs.json"
PHOTO = EXAMPLES_FOLDER / "chelsea.png"
SIZE = "96x64"
NEURAL_SIZE = "128x128"
#: options by which models decide the cells: the shipped one, and that of `--refine`
NEURAL: dict[str, dict[str, int]] = {"ink": {}, "refine": {"refine": 20}}

#: Their bytes come from libraries of compression, whose versions differ: cells are compared.
COMPRESSED_BY_LIBRARIES = {Format.PNG, Format.APNG, Format.WEBP, Format.PDF, Format.ZPL_Z64}

#: Adjustments that compute with floating-point numbers
ADJUSTMENTS: dict[str, dict[str, Any]] = {
    "contrast": {"brightness": "10%", "contrast": "20%"},
    "edges": {"edges": "50%", "method": "bayer8"},
    "exposure": {"enhance": "auto"},
    "focus": {"gravity": "subject", "size": "64x64"},
    "perceptual": {"tone": "perceptual"},
    "sharpening": {"sharpen": "50%"},
}

Digests = dict[str, dict[str, str]]


def digests() -> Digests:
    """Return the digest of each output, by what it depends on, and the cells of models."""
    return {
        "methods": {
            method: _cells_digest(pixbin.convert(PHOTO, size=SIZE, method=method))
            for method in ALGORITHMIC
        },
        "adjustments": {
            name: _cells_digest(pixbin.convert(PHOTO, **{"size": SIZE, **settings}))
            for name, settings in ADJUSTMENTS.items()
        },
        "formats": {
            name: _file_digest(name) for name in Format if name not in COMPRESSED_BY_LIBRARIES
        },
        "neural": {name: neural_cells(**settings) for name, settings in NEURAL.items()},
    }


def neural_cells(**settings: int) -> str:
    """Return the cells that models decide, as base64 of packed bits."""
    options = pixbin.Options.of(size=NEURAL_SIZE, method="neural", **settings)
    picture = pixbin.convert(PHOTO, options)
    return base64.b64encode(np.packbits(picture.grid).tobytes()).decode()


def flipped_cells(first: str, second: str) -> int:
    """Count the cells in which two outputs of `neural_cells` differ."""
    bits = [np.frombuffer(base64.b64decode(text), np.uint8) for text in (first, second)]
    return int(np.unpackbits(bits[0] ^ bits[1]).sum())


def _cells_digest(picture: pixbin.Picture) -> str:
    return hashlib.sha256(np.packbits(picture.grid).tobytes()).hexdigest()[:16]


def _file_digest(name: Format) -> str:
    options = format_options.adapt_options(pixbin.Options.of(size=SIZE), name)
    data = pixbin.convert(PHOTO, options).encode(name)
    return hashlib.sha256(data).hexdigest()[:16]


def main() -> None:
    """Print the digests, or write them."""
    text = json.dumps(digests(), indent=1) + "\n"
    if sys.argv[1:] == ["--write"]:
        Path(GOLDEN).write_text(text)
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
