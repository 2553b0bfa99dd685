"""Conversion of a stream, frame by frame, in constant memory."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from pixbin.animation.stabilizer import TemporalStabilizer
from pixbin.errors import InputError, UsageError
from pixbin.geometry import Focus, Size
from pixbin.options import Options
from pixbin.picture import Picture
from pixbin.pipeline import automatic
from pixbin.pipeline.convert import convert_raster, load_model
from pixbin.stream.exposure import SmoothedMeter
from pixbin.stream.readers import FrameStream
from pixbin.stream.writers import StreamOutputFormat

DEFAULT_RATE = Fraction(25)  #: frames a second
#: Formats in which all frames must have one size.
_FIXED_SIZE_FORMATS = (StreamOutputFormat.Y4M, StreamOutputFormat.MONOB, StreamOutputFormat.MONOW)


def convert_stream(
    stream: FrameStream,
    options: Options,
    output_format: StreamOutputFormat,
    rate: Fraction | None,
    write: Callable[[bytes], None],
) -> int:
    """Convert each frame and write it at once; return the number of frames.

    Parameters
    ----------
    stream
        The frames to convert.
    options
        Options of every frame. With `steady`, cells change only where the source changes.
    output_format
        The format of the written frames.
    rate
        Frames a second, for Y4M; None takes the rate of the stream, or 25.
    write
        Takes the bytes of the header, then those of each frame.

    Raises
    ------
    InputError
        There is no frame, or one cannot be read, or its size differs and the output format has no
        size per frame.
    UsageError
        The output format cannot store the colours that the options ask for.
    """
    output_format.check_options(options)
    load_model(options)
    meter, size, count = SmoothedMeter(), None, 0
    focus: Focus | None = None
    stabilizer = TemporalStabilizer(has_fixed_exposure=False) if options.steady else None
    for count, frame in enumerate(stream.frames, 1):
        options = automatic.resolve(frame, options)  # the first frame decides for all
        if options.gravity.is_by_content:  # the first frame decides for all
            from pixbin.pipeline.focus import focus_of

            focus = focus or focus_of(frame, options)
            frame = frame._replace(focus=focus)
        try:
            picture = convert_raster(frame, options, meter, stabilizer)
        except UsageError as error:
            raise UsageError(f"frame {count}: {error}") from error
        if size is None:
            write(output_format.header(picture, rate or stream.rate or DEFAULT_RATE))
        size = _check_size(size, picture, count, output_format)
        write(output_format.encode_frame(picture))
    if not count:
        raise InputError("stdin: a film without frames; check the program that sends it")
    return count


def _check_size(
    expected: Size | None, picture: Picture, count: int, output_format: StreamOutputFormat
) -> Size:
    """Return the size of a frame, which some formats cannot change within a stream."""
    if output_format in _FIXED_SIZE_FORMATS and expected not in (None, picture.size):
        raise InputError(
            f"stdin: frame {count}: {picture.size} pixels, not {expected} as before; "
            "give --size WxH"
        )
    return picture.size
