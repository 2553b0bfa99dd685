"""Limits on the files that are read: the one table of their defaults.

A small file can stand for very many pixels. These limits end the work before it takes minutes, or
all memory. `geometry.MAX_PIXELS` bounds single pictures as well, and no option raises it.
"""

# Annotations are evaluated here, as `NamedTuple` would compile each of those that are text.

from typing import NamedTuple

from pixbin.errors import InputError

MAX_SVG_DEPTH = 200  #: levels of nested elements; the renderer's stack ends at about 260
MAX_SVG_ELEMENTS = 1_000_000  #: of a drawing, where each use of a part counts
SVG_SECONDS = 10  #: of processor time, to draw a drawing
SVG_BYTES = 1 << 32  #: of memory, to draw a drawing
MAX_WIDE_BYTES = 1 << 29  #: of the pixels of a TIFF with more than 16 bits a sample
LARGE_FILE_BYTES = 1 << 26  #: from here on, a file must begin like a picture before it is read


class InputLimits(NamedTuple):
    """The limits that options set; a file beyond one is refused with the name of the option."""

    max_pixels: int = 500_000_000  #: of all frames of a file, or of all pictures in a drawing
    max_frames: int = 10_000  #: of a file, or as many as are read of it
    max_bytes: int = 2_000_000_000  #: of a file

    def check_pixels(self, label: str, pixels: int, frames: int = 1) -> None:
        """Refuse a file with too many pixels, before they are decoded.

        Parameters
        ----------
        label : str
            Name of the file in messages.
        pixels : int
            Number of pixels, of all frames together.
        frames : int
            Number of frames.

        Raises
        ------
        InputError
            There are too many.
        """
        if pixels > self.max_pixels:
            among = f" in {frames} frames" if frames > 1 else ""
            advice = ", or choose --frames" if frames > 1 else ""
            raise InputError(
                f"{label}: {pixels} pixels{among}, more than --max-pixels {self.max_pixels}; "
                f"raise it{advice}"
            )

    def check_bytes(self, label: str, count: int) -> None:
        """Refuse a file with too many bytes, before they are read.

        Raises
        ------
        InputError
            There are too many; `label` is the name of the file.
        """
        if count > self.max_bytes:
            raise InputError.too_large(label, self.max_bytes)

    def check_frames(self, label: str, frames: int) -> None:
        """Refuse a file with too many frames.

        Raises
        ------
        InputError
            There are too many; `label` is the name of the file.
        """
        if frames > self.max_frames:
            raise InputError(
                f"{label}: {frames} frames, more than --max-frames {self.max_frames}; raise it, or "
                "choose --frames"
            )


class WorkLimits(NamedTuple):
    """The limits on the work for one picture, which a process of its own does."""

    seconds: float | None = None  #: of time
    memory: int | None = None  #: bytes

    def time_error(self, label: str) -> InputError:
        """Return the error of a picture that took too long; the label names it."""
        return InputError(f"{label}: takes more than --timeout {self.seconds:g} s; raise it")

    def memory_error(self, label: str) -> InputError:
        """Return the error of a picture that needs too much memory; the label names it."""
        if self.memory is None:
            return InputError(f"{label}: needs more memory than there is; reduce it first")
        return InputError(f"{label}: needs more than --max-memory {self.memory}; raise it")


DEFAULT = InputLimits()
DEFAULT_WORK = WorkLimits(300.0, 8_000_000_000)  #: of a picture in a batch
DEFAULT_SERVE_WORK = WorkLimits(30.0, 4_000_000_000)  #: of a picture that is served
OPTION_NAMES = InputLimits._fields  #: the options that set the limits
