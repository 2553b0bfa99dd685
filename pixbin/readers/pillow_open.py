"""Opening of files with Pillow; its exceptions become errors of pixbin."""

from __future__ import annotations

import contextlib
import functools
import io
import struct
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pixbin import files
from pixbin.errors import InputError, ModelError, NotAPictureError, PixbinError
from pixbin.readers import pillow_fixes, png_chunks, sniffing

if TYPE_CHECKING:
    from PIL.Image import Image

#: brands of HEIF with HEVC inside, and the general ones (ISO/IEC 23008-12, annex B)
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_HEIC_BRANDS |= {b"mif1", b"msf1"}
#: errors of a plugin after which `Image.open` tries other formats
_NOT_THIS_FORMAT = (SyntaxError, IndexError, TypeError, struct.error)


@contextlib.contextmanager
def open_image(source: bytes | io.BufferedReader, label: str) -> Iterator[Image]:
    """Open a picture; only its header is read at first.

    Raises
    ------
    NotAPictureError
        Pillow does not know the format.
    InputError
        The picture is too large.
    ModelError
        The file is HEIC, and the library for it is missing.
    """
    from PIL import Image, UnidentifiedImageError

    with warnings.catch_warnings():
        # Pillow only warns between one and two times its limit; it refuses beyond that.
        warnings.simplefilter("ignore")
        try:
            _silence_pillow()
            _register_heif(first_bytes(source), label)
            if sniffing.is_tiff(first_bytes(source)):
                silence_libtiff()
            yield pillow_fixes.prepare(_open(source))
        except UnidentifiedImageError as error:
            message = f"{label}: not a picture; give a PNG, JPEG or WebP"
            raise NotAPictureError(message) from error
        except Image.DecompressionBombError as error:
            raise InputError(f"{label}: too large to unpack safely; reduce it first") from error


def _open(source: bytes | io.BufferedReader) -> Image:
    """Open a file; a PNG by its own plugin, as `Image.open` imports those of five formats.

    Raises
    ------
    UnidentifiedImageError, DecompressionBombError
        As `Image.open`.
    """
    from PIL import Image

    file = io.BytesIO(source) if isinstance(source, bytes) else source
    if not first_bytes(source).startswith(png_chunks.SIGNATURE):
        return Image.open(file)
    from PIL import PngImagePlugin

    file.seek(0)
    try:
        image = PngImagePlugin.PngImageFile(file)
    except _NOT_THIS_FORMAT:
        return Image.open(file)
    if Image.MAX_IMAGE_PIXELS and image.width * image.height > 2 * Image.MAX_IMAGE_PIXELS:
        raise Image.DecompressionBombError(f"{image.width}x{image.height} pixels")
    return image


def first_bytes(source: bytes | io.BufferedReader) -> bytes:
    """Return the first 32 bytes, or fewer if there are no more, and leave the file as it is."""
    return source[:32] if isinstance(source, bytes) else source.peek(32)[:32]


def _register_heif(head: bytes, label: str) -> None:
    """Register the optional HEIC reader with Pillow if the file's first bytes are those of HEIC."""
    if head[4:8] != b"ftyp" or head[8:12] not in _HEIC_BRANDS or b"avif" in head:
        return
    try:
        import pi_heif
    except ImportError as error:
        raise ModelError(f"{label}: HEIC needs a library; pip install 'pixbin[heic]'") from error
    pi_heif.register_heif_opener()


@functools.cache
def _silence_pillow() -> None:
    """Keep Pillow's log of damaged files from stderr, where Python writes it if nobody reads it."""
    import logging  # Pillow has imported it

    logging.getLogger("PIL").addHandler(logging.NullHandler())


@functools.cache
def silence_libtiff() -> None:
    """Keep the library that Pillow reads TIFF with from writing to stderr by itself.

    Its handler of errors is reset (LibTIFF manual, TIFFSetErrorHandler). Where the function is not
    exported, as on Windows, the lines stay.
    """
    import ctypes

    from PIL import _imaging

    with contextlib.suppress(OSError, AttributeError):
        pillow = ctypes.CDLL(_imaging.__file__)
        for name in ("TIFFSetErrorHandler", "TIFFSetWarningHandler"):
            set_handler = getattr(pillow, name)
            set_handler.argtypes, set_handler.restype = (ctypes.c_void_p,), ctypes.c_void_p
            set_handler(None)


@contextlib.contextmanager
def reraise_damage(label: str) -> Iterator[None]:
    """Turn errors that damaged files cause into InputError, and silence warnings.

    Errors of pixbin, such as a crop outside of the picture, are raised as they are.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except PixbinError:
        raise
    except Exception as error:
        from PIL.Image import DecompressionBombError  # derives from none of DECODE_ERRORS

        if not isinstance(error, (*pillow_fixes.DECODE_ERRORS, DecompressionBombError)):
            raise
        raise InputError.damaged(label, files.error_text(error)) from error
