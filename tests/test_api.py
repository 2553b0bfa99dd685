"""The functions of the library: every kind of source, typed errors, public names."""

from __future__ import annotations

import base64
import inspect
import io
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

import pixbin
from pixbin.errors import ArgumentError, InputError, PixbinError, UsageError
from pixbin.geometry import Size
from tests.fixtures import sample_image

SHAPES = st.tuples(st.integers(1, 12), st.integers(1, 12))


class Tensor:
    """An object that NumPy converts, as tensors are."""

    def __init__(self, array: np.ndarray) -> None:
        self._array = array

    def __array__(self, dtype: object = None, copy: bool | None = None) -> np.ndarray:
        return self._array


class Reader:
    """An object with `read` that returns anything."""

    def __init__(self, content: object) -> None:
        self._content = content

    def read(self) -> object:
        """Return the content."""
        return self._content


def at_end(data: bytes) -> io.BytesIO:
    """Return a file in memory that was read to its end."""
    file = io.BytesIO(data)
    file.read()
    return file


@pytest.fixture
def photo_data(photo: Path) -> bytes:
    """Return the bytes of a PNG."""
    return photo.read_bytes()


def test_every_source_gives_the_same_picture(photo: Path, photo_data: bytes) -> None:
    """Path, text, bytes, open file, Pillow image and arrays of one picture convert alike."""
    expected = pixbin.convert(photo)
    array = np.asarray(Image.open(photo))
    with photo.open("rb") as file:
        sources: list[Any] = [str(photo), photo_data, bytearray(photo_data), file]
        sources += [memoryview(photo_data), io.BytesIO(photo_data), Image.open(photo)]
        sources += [array, Tensor(array), array.astype(np.uint16) * 257, array / 255]

        assert [pixbin.convert(source) == expected for source in sources] == [True] * len(sources)


def test_a_result_is_a_source() -> None:
    """A picture converts to itself, with its colours and its transparency."""
    sprite = Image.new("RGBA", (12, 8))
    sprite.paste((255, 255, 255, 255), (2, 2, 9, 7))
    picture = pixbin.convert(sprite, alpha="threshold")

    assert pixbin.convert(picture, alpha="threshold") == picture
    assert pixbin.convert(picture.mask) == picture.mask


def test_an_open_file_is_read_from_where_it_stands(photo_data: bytes) -> None:
    """Bytes before the position of a file do not count."""
    file = io.BytesIO(b"header" + photo_data)
    file.seek(6)

    assert pixbin.convert(file) == pixbin.convert(photo_data)


@given(arrays.arrays(bool, SHAPES))
def test_two_valued_arrays_pass_through(cells: np.ndarray) -> None:
    """An array of bool is the picture, with one cell for each number; and so in all types."""
    picture = pixbin.convert(cells)

    assert np.array_equal(np.asarray(picture), cells)
    for same in (cells * np.uint8(255), cells * np.uint16(65535), cells.astype(np.float32)):
        assert pixbin.convert(same) == picture
        assert pixbin.convert(np.dstack([same] * 3)) == picture
    assert pixbin.convert(picture) == picture


@given(arrays.arrays(np.uint8, st.tuples(SHAPES.map(lambda sides: sides[0]), st.just(7))))
def test_grey_arrays_have_the_size_that_is_asked_for(levels: np.ndarray) -> None:
    """Any array of bytes becomes exactly the size, in two values, which verify confirms."""
    picture = pixbin.convert(levels, size=(21, 14), grid=(7, 7))
    result = pixbin.verify(picture.to_bytes("png"), size=(21, 14), grid=(7, 7))

    assert np.asarray(picture).shape == (14, 21)
    assert result.passed
    assert result.size == Size(21, 14)


def test_films_from_every_source(tmp_path: Path) -> None:
    """A path, bytes and an open file of an animation give equal films; one frame differs."""
    frames = [sample_image(24, 16), sample_image(24, 16)[::-1]]
    film = pixbin.animate(frames, durations=[300, 200])
    film.save(tmp_path / "film.gif")
    data = film.to_bytes("gif")
    sources: list[Any] = [tmp_path / "film.gif", data, io.BytesIO(data)]

    assert [pixbin.animate(source) for source in sources] == [film] * 3
    assert hash(pixbin.animate(data)) == hash(film)
    assert pixbin.animate(data, frame=2).frames[0] == film.frames[1]
    assert pixbin.animate(frames, durations=[300, 100]) != film
    assert pixbin.animate(np.array(frames), durations=[300, 200]) == film
    assert pixbin.animate(list(film.frames), durations=[300, 200]) == film


def test_films_are_arrays() -> None:
    """NumPy gets the pixels of all frames; frames of several sizes have no common array."""
    film = pixbin.animate([np.zeros((4, 6)), np.ones((4, 6))], size="12x8", block=2)

    assert np.asarray(film).shape == (2, 8, 12)
    assert np.asarray(film, np.uint8).sum(axis=(1, 2)).tolist() == [0, 96]
    with pytest.raises(ValueError, match="copy=False"):
        film.__array__(copy=False)
    with pytest.raises(ValueError, match="several sizes"):
        np.asarray(pixbin.animate(two_pages()))


def two_pages() -> bytes:
    """Return a TIFF of two pages of different sizes."""
    file = io.BytesIO()
    pages = [Image.new("L", size) for size in ((6, 4), (4, 4))]
    pages[0].save(file, "TIFF", save_all=True, append_images=pages[1:])
    return file.getvalue()


def test_frames_of_a_film_have_one_size() -> None:
    """Pictures of several sizes need an output size, as the message says."""
    frames = [sample_image(24, 16), sample_image(16, 16), sample_image(16, 24)]

    assert pixbin.animate(frames, size=(12, 8)).size == Size(12, 8)
    for settings in ({}, {"size": "12x"}, {"size": "12x12", "fit": "contain"}):
        with pytest.raises(InputError, match=r"several sizes \(16x16, 16x24, 24x16\); give size"):
            pixbin.animate(frames, **settings)  # type: ignore[arg-type]


def test_notebooks_play_films() -> None:
    """The display of a film is a GIF of the same frames, enlarged; of pages, a PNG of the first."""
    film = pixbin.animate([np.zeros((4, 6)), np.ones((4, 6))], durations=[300, 200])
    bundle = film._repr_mimebundle_(include=None, exclude=None)
    again = pixbin.animate(base64.b64decode(bundle["image/gif"]))
    pages = pixbin.animate(two_pages())._repr_mimebundle_()

    assert (again.size, again.durations) == (Size(636, 424), (300, 200))
    assert [frame.pixels.mean() for frame in again.frames] == [0, 1]
    assert bundle["text/plain"] == repr(film)
    assert base64.b64decode(pages["image/png"]).startswith(b"\x89PNG")


def test_films_save_to_open_files(tmp_path: Path) -> None:
    """A film goes to a path, a file with a name, or a buffer with a format."""
    film = pixbin.animate([np.zeros((4, 6)), np.ones((4, 6))])
    buffer = io.BytesIO()
    film.save(buffer, "apng")
    with (tmp_path / "film.apng").open("wb") as file:
        film.save(file)

    assert buffer.getvalue() == (tmp_path / "film.apng").read_bytes() == film.encode("apng")
    with pytest.raises(UsageError, match="gives no format"):
        film.save(io.BytesIO())


def test_decode_and_verify_take_every_file(tmp_path: Path) -> None:
    """Path, bytes and open file."""
    picture = pixbin.convert(sample_image(24, 16))
    picture.save(tmp_path / "a.png")
    data = picture.to_bytes()
    for source in (tmp_path / "a.png", str(tmp_path / "a.png"), data, io.BytesIO(data)):
        if isinstance(source, io.BytesIO):
            assert pixbin.verify(source, block=1).passed
            source.seek(0)
        assert pixbin.decode(source) == picture


def test_verify_measures(photo: Path) -> None:
    """The result says whether the file passed, why not, and what was measured."""
    picture = pixbin.convert(photo, size="192x128", block=4, channels="rgb")
    result = pixbin.verify(picture.to_bytes(), size="192x", block="4", channels="rgb")
    grey = pixbin.verify(picture.to_bytes(), any_depth=True)
    other = pixbin.verify(photo)

    assert result.passed
    assert (result.block, result.value_count > 2) == (4, True)
    assert not grey.passed
    assert "different" in grey.faults[0]
    assert not other.passed
    assert other.file == str(photo)


@pytest.mark.parametrize("function", [pixbin.convert, pixbin.animate, pixbin.decode, pixbin.verify])
@pytest.mark.parametrize(
    ("source", "words"),
    [
        (b"", "bytes: empty"),
        (b"\x89PNG\r\n\x1a\nnothing", "bytes: "),
        (at_end(b"P1 1 1 0"), r"BytesIO: empty, or read to its end; call seek\(0\)"),
        (io.StringIO("P1 1 1 0"), "StringIO: opened as text; open it in binary mode"),
        (Reader(None), r"Reader: read\(\) returns no bytes"),
        (5, "^int: not "),
        (None, "^NoneType: not "),
        (Path("missing.png"), "missing.png: no such file"),
    ],
)
def test_other_sources_have_typed_errors(
    function: Callable[[Any], object], source: object, words: str
) -> None:
    """Every function refuses what is no picture with InputError, which names the source."""
    with pytest.raises(InputError, match=words):
        function(source)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: pixbin.convert(np.eye(3), {"size": "9x9"}), ArgumentError, "options: dict; give"),  # type: ignore[arg-type]
        (
            lambda: pixbin.convert(np.eye(3), pixbin.Options(), seed=1),
            ArgumentError,
            "not both",
        ),
        (lambda: pixbin.convert(np.eye(3), colour="red"), UsageError, "colour: no such option"),  # type: ignore[call-arg]
        (lambda: pixbin.animate([]), UsageError, "no frames"),
        (lambda: pixbin.animate(Image.new("L", (3, 3))), InputError, "one picture; give a list"),  # type: ignore[arg-type]
        (lambda: pixbin.animate([np.eye(3)], durations=-1), UsageError, "milliseconds, 0 or more"),
        (lambda: pixbin.animate([np.eye(3)], durations=["a"]), ArgumentError, "milliseconds"),  # type: ignore[list-item]
        (lambda: pixbin.animate([np.eye(3)], durations=[1, 2]), UsageError, "give one each"),
        (lambda: pixbin.verify(b"P1 1 1 0", size="50%"), UsageError, "cannot be a scale"),
    ],
)
def test_wrong_calls_have_typed_errors(
    call: Callable[[], object], error: type[PixbinError], words: str
) -> None:
    """Wrong arguments raise a subclass of PixbinError, which says what to give."""
    with pytest.raises(error, match=words):
        call()


def test_argument_errors_are_type_errors() -> None:
    """Code that catches Python's own classes works as well."""
    assert issubclass(ArgumentError, TypeError)
    assert issubclass(ArgumentError, ValueError)
    assert issubclass(ArgumentError, PixbinError)


def test_public_names() -> None:
    """`__all__` is complete and sorted, each name is there, and `dir` has no other."""
    public = [name for name in dir(pixbin) if not name.startswith("_")]

    assert pixbin.__all__ == sorted(pixbin.__all__)
    assert public == pixbin.__all__
    for name in pixbin.__all__:
        value = getattr(pixbin, name)
        assert not isinstance(value, types.ModuleType)
        assert value.__name__ == name


def test_the_command_line_imports_nothing_of_the_library() -> None:
    """Modules that only the library needs are not imported by `pixbin convert`."""
    program = (
        "import sys\n"
        "import pixbin.cli.app, pixbin.pipeline.convert, pixbin.codecs.png\n"
        "print([*filter(lambda name: name.startswith('pixbin.'), sys.modules)])"
    )
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    library = ("api", "geometry.screen", "codecs.file_targets", "pipeline.source_raster")
    loaded = output.stdout.decode()

    assert "'pixbin.pipeline.convert'" in loaded
    assert [name for name in library if f"'pixbin.{name}'" in loaded] == []


def test_verify_is_the_function_after_all_modules_are_imported() -> None:
    """No module of the package takes the place of a public name."""
    program = (
        "import pixbin, pkgutil, importlib\n"
        "for module in pkgutil.iter_modules(pixbin.__path__, 'pixbin.'):\n"
        "    if module.name != 'pixbin.__main__': importlib.import_module(module.name)\n"
        "print([name for name in pixbin.__all__ if not callable(getattr(pixbin, name))])"
    )
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert output.stdout == b"[]\n"


def test_unknown_names_suggest_the_nearest() -> None:
    """A misspelled name is an AttributeError, and the traceback suggests the right one."""
    with pytest.raises(AttributeError):
        pixbin.convrt  # type: ignore[attr-defined]  # noqa: B018
    program = "import pixbin; pixbin.convrt"
    failed = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)

    assert b"has no attribute 'convrt'. Did you mean: 'convert'?" in failed.stderr


@pytest.mark.parametrize("name", pixbin.__all__)
def test_public_names_are_documented_and_typed(name: str) -> None:
    """Each has a docstring, and every parameter and result of a function has a type."""
    value = getattr(pixbin, name)
    functions = [value] if inspect.isfunction(value) else []
    if inspect.isclass(value):
        functions = [f for key, f in vars(value).items() if inspect.isfunction(f) and key[0] != "_"]
    for function in functions:
        signature = inspect.signature(function)
        parameters = [each for each in signature.parameters.values() if each.name != "self"]

        assert function.__doc__
        assert signature.return_annotation is not inspect.Signature.empty
        assert all(each.annotation is not inspect.Parameter.empty for each in parameters)
    assert value.__doc__


def test_compare_gives_the_pictures_of_convert(photo: Path) -> None:
    """Each picture of a sheet is the one that `convert` makes of the same options."""
    sheet = pixbin.compare(
        photo, ["atkinson", pixbin.Method.BAYER4], vary={"grid": [24, (16, 16)]}, contrast="20%"
    )
    expected = {
        f"-m {method}  -g {grid}": pixbin.convert(photo, method=method, grid=grid, contrast=0.2)
        for method in ("atkinson", "bayer4")
        for grid in ("24", "16x16")
    }

    assert sheet.pictures == expected
    assert sheet.errors == {}
    assert repr(sheet) == "<Sheet of 4 pictures>"


def test_compare_takes_every_source(photo: Path) -> None:
    """Sources that are no files have names, too, and make the same pictures."""
    array = np.asarray(Image.open(photo))
    sheet = pixbin.compare([photo, photo.read_bytes(), array, Image.open(photo)], ["otsu"])
    names = [label.removesuffix("  -m otsu") for label in sheet.pictures]

    assert names == ["photo.png", "bytes", "picture", "picture-2"]
    assert set(sheet.pictures.values()) == {pixbin.convert(photo, method="otsu")}


def test_compare_without_methods_draws_the_dozen() -> None:
    """A method that is given or varied, or a model, takes the place of the dozen."""
    dots = np.eye(8)

    assert len(pixbin.compare(dots).pictures) == 12
    assert [*pixbin.compare(dots, vary={"invert": [False, True]}, method="bayer2").pictures] == [
        "--no-invert",
        "--invert",
    ]
    assert len(pixbin.compare(dots, vary={"method": ["otsu", "bayer2"]}).pictures) == 2
    assert len(pixbin.compare(dots, vary={"threshold": [0.25, 0.5]}).pictures) == 2


def test_sheets_are_files_and_display(photo: Path, tmp_path: Path) -> None:
    """A sheet goes to a PNG, a page or a buffer; notebooks get a PNG that fits their page."""
    sheet = pixbin.compare(photo, ["otsu", "bayer2", "atkinson", "ink"], size="64x64")
    sheet.save(tmp_path / "sheet.png")
    sheet.save(tmp_path / "sheet.html")
    buffer = io.BytesIO()
    sheet.save(buffer, "png")
    display = Image.open(io.BytesIO(sheet._repr_png_()))

    assert buffer.getvalue() == (tmp_path / "sheet.png").read_bytes() == sheet.to_bytes()
    assert sheet.image.size == Image.open(buffer).size
    assert b"<html" in (tmp_path / "sheet.html").read_bytes()
    assert display.width <= 1000
    assert display.size != sheet.image.size or sheet.image.width <= 1000


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: pixbin.compare([]), UsageError, "no pictures"),
        (lambda: pixbin.compare(np.eye(3), []), UsageError, "no values"),
        (lambda: pixbin.compare(np.eye(3), ["nope"]), UsageError, "nope"),
        (lambda: pixbin.compare(np.eye(3), vary={"colour": [1]}), UsageError, "no such option"),
        (lambda: pixbin.compare(np.eye(3), vary={"gamma": 1}), ArgumentError, "give a list"),  # type: ignore[dict-item]
        (lambda: pixbin.compare(np.eye(3), "otsu"), ArgumentError, "give a list"),
        (
            lambda: pixbin.compare(np.eye(3), ["otsu"], vary={"method": ["ink"]}),
            ArgumentError,
            "not both",
        ),
        (lambda: pixbin.compare(np.eye(3), gamma=-1), UsageError, "gamma"),
        (lambda: pixbin.compare(5, ["otsu"]), InputError, "int: not a picture"),  # type: ignore[arg-type]
        (lambda: pixbin.compare(np.eye(3), ["otsu"]).to_bytes("gif"), UsageError, "PNG or HTML"),
        (lambda: pixbin.compare(np.eye(3), ["otsu"]).save(io.BytesIO()), UsageError, "no name"),
        (lambda: pixbin.compare(np.eye(3), ["otsu"], grid="9x9"), UsageError, "larger"),
    ],
)
def test_wrong_comparisons_have_typed_errors(
    call: Callable[[], object], error: type[PixbinError], words: str
) -> None:
    """Wrong arguments of `compare` and its sheet raise a subclass of PixbinError."""
    with pytest.raises(error, match=words):
        call()


def test_a_picture_that_cannot_be_made_is_an_error_of_the_sheet() -> None:
    """The others are there, and the sheet says why one is not."""
    sheet = pixbin.compare(np.eye(6), ["otsu"], vary={"grid": [6, 9]}, size="6x6")

    assert [*sheet.pictures] == ["-g 6"]
    assert "larger than the output" in str(sheet.errors["-g 9"])


def test_a_picture_says_what_auto_chose_and_how_it_was_cropped() -> None:
    """`notes` has the lines that the command line prints; other pictures have none."""
    source = sample_image(80, 40)
    chosen = pixbin.convert(source, size="32x32", method="auto")
    film = pixbin.animate([source, source], size="32x32", method="auto")

    assert [note.split()[0] for note in chosen.notes] == ["auto:", "cropped"]
    assert chosen.notes[0] in film.notes
    assert pixbin.convert(source, block=1).notes == ()


def test_a_failed_verification_is_false() -> None:
    """`if pixbin.verify(file)` and `assert` do what they say."""
    assert not pixbin.verify(b"P2 3 1 255 0 128 255")
    assert pixbin.verify(b"P1 2 1 0 1")


def test_a_film_is_a_sequence_of_its_frames() -> None:
    """A film has a length, indices, slices and an order."""
    film = pixbin.animate([np.zeros((4, 4)), np.ones((4, 4))])

    assert len(film) == 2
    assert list(film) == [film[0], film[-1]] == film[:]
    assert film[1].grid.all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pixbin.convert(np.eye(4), siz="4x4"), "siz: no such option; did you mean size"),  # type: ignore[call-arg]
        (lambda: pixbin.compare(np.eye(4), vary={"gridd": [2]}), "did you mean grid"),
        (lambda: pixbin.compare(np.eye(4), "atkinson", vary={"grid": [2]}), "method: give a list"),
        (lambda: pixbin.convert(np.eye(4), ink=(1, 2, 300)), r"ink \[1, 2, 300\]: .* 0 to 255"),
        (lambda: pixbin.convert(np.eye(4) * np.nan), "NaN"),
        (lambda: pixbin.convert(np.eye(4, dtype=np.int64)), r"astype\('uint8'\)"),
        (lambda: pixbin.convert("http://example.org/a.png"), "URLs are not read here"),
        (lambda: pixbin.convert(np.eye(4)).save(None), "None: not a file"),  # type: ignore[arg-type]
    ],
)
def test_messages_say_what_to_do(call: Callable[[], object], message: str) -> None:
    """A wrong argument gives an error that names it and what is expected."""
    with pytest.raises(pixbin.PixbinError, match=message):
        call()


def test_truth_values_may_be_words() -> None:
    """`true` and `false` are values of switches, as in a preset."""
    assert pixbin.Options.of(invert="true").invert
    assert not pixbin.Options.of(invert="False").invert
    with pytest.raises(pixbin.UsageError, match="write true or false"):
        pixbin.Options.of(invert="maybe")
