"""Opening of PNG files that others may have made: matrices, and recipes in pictures."""

from __future__ import annotations

import contextlib
import struct
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pixbin.errors import PixbinError
from pixbin.options.parsing import ParseError

if TYPE_CHECKING:
    from PIL.Image import Image

#: errors that Pillow raises on damaged PNG files, besides OSError
_DAMAGE = (
    *(SyntaxError, ValueError, TypeError, EOFError, LookupError, ArithmeticError, MemoryError),
    *(AttributeError, RuntimeError, struct.error, zlib.error),
)


@contextlib.contextmanager
def open_png(source: Path | BinaryIO) -> Iterator[Image]:
    """Open a PNG; errors of pixbin, from what is done with it, are raised as they are.

    Raises
    ------
    OSError
        It cannot be read, is no PNG, or is damaged; `strerror` says which.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            # Pillow only warns between one and two times its limit on pixels.
            warnings.simplefilter("ignore")
            with Image.open(source, formats=["PNG"]) as image:
                yield image
    except (ParseError, PixbinError):
        raise
    except UnidentifiedImageError as error:
        raise OSError(None, "no PNG") from error
    except (*_DAMAGE, Image.DecompressionBombError) as error:
        raise OSError(None, f"damaged: {error}") from error
