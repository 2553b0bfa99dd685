"""Turn any picture into a strictly two-valued, pixelated picture of exactly the size you ask for.

>>> import numpy, pixbin
>>> ramp = numpy.linspace(0, 1, 64 * 48).reshape(48, 64)  # or a path, or a Pillow image
>>> picture = pixbin.convert(ramp, size=(128, 96), method="bayer8")
>>> picture.size
Size(width=128, height=96)
>>> picture.save("ramp.png")
>>> pixbin.verify("ramp.png").passed
True
"""

from pixbin.version import __version__ as __version__

TYPE_CHECKING = False  # the constant of `typing`, whose import would take longer than `--version`
if TYPE_CHECKING:
    from pixbin.animation.film import Film
    from pixbin.api import animate, compare, convert, decode, decode_frames, verify
    from pixbin.catalog.methods import Method
    from pixbin.errors import (
        ArgumentError,
        InputError,
        ModelError,
        OutputError,
        PixbinError,
        UsageError,
    )
    from pixbin.geometry import Size
    from pixbin.options import Options
    from pixbin.picture import Picture
    from pixbin.pipeline.session import Session
    from pixbin.preview.comparison import Sheet
    from pixbin.verification import VerifyResult

__all__ = [
    "ArgumentError",
    "Film",
    "InputError",
    "Method",
    "ModelError",
    "Options",
    "OutputError",
    "Picture",
    "PixbinError",
    "Session",
    "Sheet",
    "Size",
    "UsageError",
    "VerifyResult",
    "animate",
    "compare",
    "convert",
    "decode",
    "decode_frames",
    "verify",
]

if not TYPE_CHECKING:  # so that type checkers refuse names that do not exist
    #: the module of every public name
    _HOMES = {
        "animation.film": ("Film",),
        "api": ("animate", "compare", "convert", "decode", "decode_frames", "verify"),
        "catalog.methods": ("Method",),
        "errors": (
            *("ArgumentError", "InputError", "ModelError", "OutputError", "PixbinError"),
            "UsageError",
        ),
        "geometry": ("Size",),
        "options": ("Options",),
        "picture": ("Picture",),
        "pipeline.session": ("Session",),
        "preview.comparison": ("Sheet",),
        "verification": ("VerifyResult",),
    }

    def __getattr__(name):  # noqa: ANN001, ANN202
        """Import a public name when it is first used, so that `import pixbin` costs nothing."""
        for module, names in _HOMES.items():
            if name in names:
                from importlib import import_module

                value = getattr(import_module(f"pixbin.{module}"), name)
                globals()[name] = value
                return value
        import sys

        message = f"module 'pixbin' has no attribute {name!r}"
        raise AttributeError(message, name=name, obj=sys.modules[__name__])

    def __dir__():  # noqa: ANN202
        """Return the public names, and those that every module has."""
        return sorted([*__all__, *(name for name in globals() if name.startswith("__"))])
