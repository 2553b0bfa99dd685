"""Read and write files; `-` is stdin or stdout, and a file appears whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pixbin import quirks
from pixbin.errors import InputError, OutputError

if TYPE_CHECKING:
    from PIL.Image import Image

    from pixbin.geometry import Size
    from pixbin.raster import Raster

_WHOLE = "pixbin.whole"  #: where the size of a picture that was shrunk is noted
STANDARD = "-"  #: in place of a file's name: stdin or stdout


#: by how much a decoder may shrink a picture of this upright size
Shrinks = Callable[["Size"], int]


def read(name: str, shrinks: Shrinks | None = None) -> Raster:
    """Read a file, or stdin, as an upright raster; of several frames, the first.

    Raises
    ------
    InputError
        There is no such file, or it is not a whole picture that Pillow reads.
    """
    return picture_of(read_bytes(name), shown_name(name), shrinks)


def picture_of(data: bytes, shown: str, shrinks: Shrinks | None = None) -> Raster:
    """Return the picture in these bytes as an upright raster; `shown` is its name in messages."""
    from pixbin import raster

    image = decode(data, shown, shrinks)
    found = raster.of_image(image).with_notes(_frame_notes(image))
    return found._replace(whole=image.info.get(_WHOLE))


def shown_name(name: str) -> str:
    """Return how messages call a file."""
    return "stdin" if name == STANDARD else name or "''"


def read_bytes(name: str) -> bytes:
    """Return the content of a file, or of stdin; not nothing."""
    shown = shown_name(name)
    with reading_file(shown):
        data = _stdin() if name == STANDARD else Path(name).read_bytes()
    return not_empty(data, shown)


def not_empty(data: bytes, shown: str) -> bytes:
    """Return the content of a file; not nothing."""
    if not data:
        raise InputError(f"{shown}: empty; give a picture")
    return data


@contextlib.contextmanager
def reading_file(shown: str) -> Iterator[None]:
    """Turn what the system raises on a file that cannot be read into an InputError."""
    try:
        yield
    except FileNotFoundError as error:
        raise InputError(f"{shown}: no such file; check the name") from error
    except IsADirectoryError as error:
        raise InputError(f"{shown}: a folder; name one picture in it") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{shown}: cannot be read ({_reason(error)}); check the name") from error


def decode(data: bytes, shown: str, shrinks: Shrinks | None = None) -> Image:
    """Return the picture in these bytes, decoded; `shown` is its name in messages."""
    from PIL import Image, UnidentifiedImageError

    with reading(shown), warnings.catch_warnings():
        # Between one and two times its limit Pillow only warns; we stop at twice.
        warnings.simplefilter("ignore")
        try:
            image = Image.open(io.BytesIO(data))
            if shrinks and image.format == "JPEG":
                _shrink(image, shrinks)
            image.load()
            return quirks.mend(image, data)
        except UnidentifiedImageError as error:
            raise InputError(f"{shown}: not a picture; give a PNG, JPEG or WebP") from error
        except Image.DecompressionBombError as error:
            raise InputError(f"{shown}: too large to unpack safely; reduce it first") from error


def _shrink(image: Image, shrinks: Shrinks) -> None:
    """Let the decoder leave out detail, if that is wanted."""
    from pixbin import raster

    whole = raster.upright_size(image)
    times = shrinks(whole)
    if times > 1 and image.draft(None, (image.width // times, image.height // times)):
        image.info[_WHOLE] = whole


def size_of(name: str) -> Size:
    """Return the upright size of the picture in a file, of which only the head is read."""
    from PIL import Image, UnidentifiedImageError

    from pixbin import raster

    with reading_file(name):
        file = Path(name).open("rb")  # noqa: SIM115 - closed below
    with file, reading(name), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        not_empty(file.peek(1), name)
        try:
            return raster.upright_size(Image.open(file))
        except UnidentifiedImageError as error:
            raise InputError(f"{name}: not a picture; give a PNG, JPEG or WebP") from error


@contextlib.contextmanager
def reading(shown: str) -> Iterator[None]:
    """Turn what Pillow raises on a damaged picture into an InputError."""
    try:
        yield
    except quirks.DAMAGE as error:
        raise InputError(f"{shown}: damaged ({_reason(error)}); mend or replace it") from error


def _stdin() -> bytes:
    if sys.stdin is None:
        raise InputError("stdin: closed; pipe a picture in, or name a file")
    return sys.stdin.buffer.read()


def check_target(name: str, *, overwrite: bool = True) -> None:
    """Find out before the work whether a file can be written there, as far as one can.

    Raises
    ------
    OutputError
        It cannot.
    """
    if name == STANDARD:
        if sys.stdout is None or sys.stdout.closed:
            raise OutputError("stdout: closed; redirect it to a file or a program")
        if sys.stdout.isatty():
            raise OutputError("stdout: a terminal; redirect it to a file or a program")
        return
    with writing(name):
        _check_place(name, Path(name), overwrite)


def _check_place(name: str, target: Path, overwrite: bool) -> None:
    if target.is_dir():
        raise OutputError(f"{name}: a folder; name a file in it")
    if not target.parent.is_dir():
        state = "is not a folder" if target.parent.exists() else "does not exist; create it first"
        raise OutputError(f"{name}: {target.parent} {state}")
    if not overwrite and os.path.lexists(target):
        raise FileExistsError
    place = target if target.exists() else target.parent
    if not os.access(place, os.W_OK):
        raise OutputError(f"{name}: no permission to write; choose another place")


@contextlib.contextmanager
def writing(shown: str) -> Iterator[None]:
    """Turn what the system raises on a file that cannot be written into an OutputError."""
    try:
        yield
    except FileExistsError as error:
        raise OutputError(f"{shown}: exists; remove it or leave out --no-overwrite") from error
    except (OSError, ValueError) as error:
        reason = _reason(error)
        raise OutputError(f"{shown}: cannot be written ({reason}); choose another place") from error


def write_to(name: str, data: bytes, *, overwrite: bool = True) -> None:
    """Write a file or, for `-`, to stdout."""
    if name == STANDARD:
        write_stdout(data)
    else:
        write(Path(name), data, overwrite=overwrite)


def write(target: Path, data: bytes, *, overwrite: bool = True, work: Path | None = None) -> None:
    """Write beside the target, then put it in place: it appears whole or not at all.

    With `work`, a folder on the same file system, it is written there instead of beside it.

    Raises
    ------
    OutputError
        The file cannot be written, or exists and shall not be replaced.
    """
    with writing(str(target)):
        _check_place(str(target), target, overwrite)
        if target.exists() and not target.is_file():
            target.write_bytes(data)  # a device or a pipe takes bytes, and is never replaced
        else:
            _write_beside(Path(os.path.realpath(target)), data, overwrite, work)


def write_stdout(data: bytes) -> None:
    """Write all bytes to stdout.

    Raises
    ------
    OutputError
        Whoever reads has gone, or the device is full.
    """
    check_target(STANDARD)
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except (OSError, ValueError) as error:
        abandon_stdout()
        raise OutputError(
            f"stdout: cannot be written ({_reason(error)}); check the reading end"
        ) from error


def abandon_stdout() -> None:
    """Point stdout nowhere, lest the interpreter complain once more when it exits."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write_beside(target: Path, data: bytes, overwrite: bool, work: Path | None = None) -> None:
    beside = (work or target.parent) / f".pixbin-{os.urandom(8).hex()}"
    try:
        with beside.open("xb") as file:
            file.write(data)
        if target.exists():
            beside.chmod(target.stat().st_mode & 0o777)
        if overwrite:
            beside.replace(target)
        else:
            _place_new(beside, target)
    except OSError as error:
        if work is None or error.errno != errno.EXDEV:
            raise
        _write_beside(target, data, overwrite)  # the target is on another file system
    finally:
        beside.unlink(missing_ok=True)


def _place_new(beside: Path, target: Path) -> None:
    """Put a file in place, or fail if another has appeared there meanwhile."""
    try:
        target.hardlink_to(beside)
    except FileExistsError:
        raise
    except OSError as error:  # a file system without links
        if os.path.lexists(target):
            raise FileExistsError from error
        beside.replace(target)


def _frame_notes(image: Image) -> tuple[str, ...]:
    if getattr(image, "is_animated", False) and image.format != "MPO":
        return ("has several frames; only the first is converted",)
    return ()


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split()) or type(error).__name__
