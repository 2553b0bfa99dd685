"""A film converted frame by frame, in constant memory."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from pixbin.animation.stabilizer import Steadiness
from pixbin.errors import InputError, UsageError
from pixbin.geometry import Size
from pixbin.jit import dispatch
from pixbin.options import Options
from pixbin.picture import Picture
from pixbin.pipeline import convert as pipeline
from pixbin.stream.exposure import Steady
from pixbin.stream.readers import Film
from pixbin.stream.writers import Target

USUAL_RATE = Fraction(25)
_FRAMES_BEFORE_SETTLING = 20  #: from then on machine code only
_OF_ONE_SIZE = (Target.Y4M, Target.MONOB, Target.MONOW)


def run(
    film: Film,
    options: Options,
    target: Target,
    rate: Fraction | None,
    write: Callable[[bytes], None],
) -> int:
    """Convert every frame and write it at once; return how many there were.

    Raises
    ------
    InputError
        A frame cannot be read, or has another size where that cannot be told.
    UsageError
        The target cannot hold the colours that are asked for.
    """
    target.check(options)
    pipeline.ready(options)
    meter, size, count = Steady(), None, 0
    before = Steadiness(is_fixed=False) if options.steady else None
    for count, frame in enumerate(film.frames, 1):
        if count > _FRAMES_BEFORE_SETTLING and not dispatch.is_settled():
            dispatch.settle()
        try:
            picture = pipeline.convert(frame, options, meter, before)
        except UsageError as error:
            raise UsageError(f"frame {count}: {error}") from error
        if size is None:
            write(target.head(picture, rate or film.rate or USUAL_RATE))
        size = _same(size, picture, count, target)
        write(target.frame(picture))
    return count


def _same(size: Size | None, picture: Picture, count: int, target: Target) -> Size:
    """Return the size of the output, which some targets cannot change."""
    if target in _OF_ONE_SIZE and size not in (None, picture.size):
        raise InputError(
            f"stdin: frame {count}: {picture.size} pixels, not {size} as before; give --size WxH"
        )
    return picture.size
