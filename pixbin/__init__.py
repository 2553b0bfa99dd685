"""Turn any picture into a strictly two-valued, pixelated picture of exactly the size you ask for.

>>> import numpy, pixbin
>>> ramp = numpy.linspace(0, 1, 64 * 48).reshape(48, 64)  # or a path, or a Pillow image
>>> picture = pixbin.convert(ramp, size=(128, 96), method="bayer8")
>>> picture.size
Size(width=128, height=96)
>>> picture.save("ramp.png")  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from pixbin.animation.film import Film
    from pixbin.api import animate, convert, decode
    from pixbin.catalog.methods import Method
    from pixbin.errors import InputError, ModelError, OutputError, PixbinError, UsageError
    from pixbin.geometry import Size
    from pixbin.options import Options
    from pixbin.picture import Picture

_HOME = {
    "animate": "api",
    "convert": "api",
    "decode": "api",
    "InputError": "errors",
    "ModelError": "errors",
    "OutputError": "errors",
    "PixbinError": "errors",
    "UsageError": "errors",
    "Film": "animation.film",
    "Size": "geometry",
    "Method": "catalog.methods",
    "Options": "options",
    "Picture": "picture",
}

__all__ = [
    "Film",
    "InputError",
    "Method",
    "ModelError",
    "Options",
    "OutputError",
    "Picture",
    "PixbinError",
    "Size",
    "UsageError",
    "animate",
    "convert",
    "decode",
]


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that `import pixbin` costs nothing."""
    if name not in _HOME:
        raise AttributeError(f"module 'pixbin' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"pixbin.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
