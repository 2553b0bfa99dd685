"""Sprite sheets: the frames in a grid, the JSON of Aseprite's form, and image tables."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import pixbin
from pixbin.animation.film import Film, Frames
from pixbin.catalog.enums import SheetData
from pixbin.codecs import decoder, sheet_data, sheet_options, sprite_sheet
from pixbin.codecs.hints import DecodeHints
from pixbin.codecs.sheet_data import Clip, SheetDescription, SheetFrame
from pixbin.errors import InputError, UsageError
from pixbin.geometry import Box, Extent, Layout, Size
from pixbin.options import Options
from pixbin.picture import Picture
from tests.fixtures import RunCommand
from tests.sparse import examples


def frames(
    count: int, width: int, height: int, *, block: int = 1, is_clear: bool = False
) -> list[Picture]:
    """Return random frames of so many cells; some of their cells are transparent if asked for."""
    random = np.random.default_rng(width * 301 + height + count)
    layout = Layout(Size(width * block, height * block), Size(width, height), block)
    pictures = []
    for _ in range(count):
        opacity = random.random((height, width)) < 0.6 if is_clear else None
        cells = random.random((height, width)) < 0.5
        cells = cells if opacity is None else cells & opacity
        pictures.append(Picture(cells, layout, opacity=opacity))
    return pictures


def film(count: int, width: int, height: int, **more: Any) -> Film:
    """Return an animation of random frames, each with its own duration."""
    pictures = Frames(frames(count, width, height, **more))
    return Film(pictures, tuple(range(100, 100 + count)), 0)


@pytest.mark.parametrize(
    ("extent", "count", "expected"),
    [
        (Extent(8, None), 20, Size(8, 3)),
        (Extent(8, None), 16, Size(8, 2)),
        (Extent(8, None), 5, Size(5, 1)),
        (Extent(None, 2), 5, Size(3, 2)),
        (Extent(None, 9), 5, Size(1, 5)),
        (Extent(4, 4), 5, Size(4, 4)),
        (Extent(1, 1), 1, Size(1, 1)),
    ],
)
def test_grid_is_no_larger_than_needed(extent: Extent, count: int, expected: Size) -> None:
    """An open side follows from the frames; two sides stay as they are."""
    assert sprite_sheet.grid_size(extent, count) == expected


def test_grid_too_small() -> None:
    """A grid with too few cells is refused, and the message says how to give the columns only."""
    with pytest.raises(UsageError, match="sheet 2x2: too small for 5 frames; give 2x"):
        sprite_sheet.grid_size(Extent(2, 2), 5)


@pytest.mark.parametrize("block", [1, 3])
@pytest.mark.parametrize("is_clear", [False, True])
def test_frames_lie_row_by_row(is_clear: bool, block: int) -> None:
    """Each frame is in its cell; cells without a frame are paper, or transparent."""
    pictures = frames(5, 7, 4, block=block, is_clear=is_clear)
    sheet = sprite_sheet.arrange(pictures, Extent(3, None))

    assert sheet.size == Size(3 * 7 * block, 2 * 4 * block)
    assert sheet.layout.grid == Size(21, 8)
    for number, picture in enumerate(pictures):
        box = Box(number % 3 * 7 * block, number // 3 * 4 * block, *picture.size)
        assert np.array_equal(sheet.pixels[box.slices], picture.pixels)
        if is_clear:
            assert sheet.transparent_pixels is not None
            assert picture.transparent_pixels is not None
            assert np.array_equal(sheet.transparent_pixels[box.slices], picture.transparent_pixels)
    spare = Box(14 * block, 4 * block, 7 * block, 4 * block)
    if is_clear:
        assert sheet.transparent_pixels is not None
        assert sheet.transparent_pixels[spare.slices].all()
        assert not sheet.pixels[spare.slices].any()  # transparent cells are ink
    else:
        assert sheet.opacity is None
        assert sheet.pixels[spare.slices].all()


def test_uneven_blocks_keep_their_pixels() -> None:
    """Frames whose blocks differ in size are arranged pixel by pixel."""
    layout = Layout(Size(7, 5), Size(3, 2), None)
    cells = np.array([[True, False, True], [False, True, False]])
    opacity = np.array([[True, True, True], [False, True, True]])
    pictures = [Picture(cells & opacity, layout, opacity=opacity), Picture(cells, layout)]
    sheet = sprite_sheet.arrange(pictures, Extent(2, None))

    assert np.array_equal(sheet.pixels, np.hstack([each.pixels for each in pictures]))
    clear = pictures[0].transparent_pixels
    assert sheet.transparent_pixels is not None
    assert clear is not None
    assert np.array_equal(sheet.transparent_pixels[:, :7], clear)
    assert not sheet.transparent_pixels[:, 7:].any()


def test_eight_colors() -> None:
    """Frames of red, green and blue keep their eight colours."""
    cells = np.random.default_rng(1).random((2, 4, 5, 3)) < 0.5
    layout = Layout(Size(5, 4), Size(5, 4), 1)
    sheet = sprite_sheet.arrange([Picture(each, layout) for each in cells], Extent(1, None))

    assert np.array_equal(sheet.grid, cells.reshape(8, 5, 3))


def test_refusals() -> None:
    """Frames of several sizes, and sheets that are too large, are refused."""
    with pytest.raises(UsageError, match="frames of 3x3 and 4x3 pixels do not fit one sheet"):
        sprite_sheet.arrange([*frames(1, 3, 3), *frames(1, 4, 3)], Extent(8, None))
    with pytest.raises(UsageError, match="a sheet of 32768x16384 pixels is too large"):
        sprite_sheet.arrange(frames(2, 1, 1, block=16384), Extent(2, None))


@examples(40)
@given(
    st.integers(1, 40),
    st.integers(1, 9),
    st.integers(1, 40),
    st.integers(1, 40),
    st.sampled_from([SheetData.HASH, SheetData.ARRAY]),
    st.integers(0, 5),
)
def test_data_is_read_back(
    count: int, columns: int, width: int, height: int, form: SheetData, plays: int
) -> None:
    """Boxes, durations, plays and the name of the picture come back from both forms."""
    cell = Size(width, height)
    grid = sprite_sheet.grid_size(Extent(columns, None), count)
    boxes = sprite_sheet.cell_boxes(grid, cell, count)
    durations = [*range(count)]
    size = Size(grid.width * width, grid.height * height)
    clip = Clip("a b.c", count, plays)
    data = sheet_data.encode(boxes, durations, [clip], image="a b.c.png", size=size, form=form)
    read = sheet_data.parse(data)

    assert sheet_data.sniff(data)
    assert read.frames == tuple(map(SheetFrame, boxes, durations, [cell] * count))
    assert (read.image, read.plays) == ("a b.c.png", plays)
    assert json.loads(data)["meta"]["size"] == {"w": size.width, "h": size.height}


#: as Aseprite 1.3 writes it, with trimmed frames
ASEPRITE = """{ "frames": [
   {
    "filename": "walk 0.aseprite",
    "frame": { "x": 1, "y": 2, "w": 3, "h": 2 },
    "rotated": false,
    "trimmed": true,
    "spriteSourceSize": { "x": 2, "y": 1, "w": 3, "h": 2 },
    "sourceSize": { "w": 6, "h": 4 },
    "duration": 80
   },
   {
    "filename": "walk 1.aseprite",
    "frame": { "x": 4, "y": 0, "w": 6, "h": 4 },
    "rotated": false,
    "trimmed": false,
    "spriteSourceSize": { "x": 0, "y": 0, "w": 6, "h": 4 },
    "sourceSize": { "w": 6, "h": 4 },
    "duration": 120
   }
 ],
 "meta": {
  "app": "https://www.aseprite.org/",
  "version": "1.3.2",
  "image": "walk.png",
  "format": "I8",
  "size": { "w": 10, "h": 4 },
  "scale": "1",
  "frameTags": [
   { "name": "walk", "from": 0, "to": 1, "direction": "forward", "repeat": "2" }
  ],
  "layers": [],
  "slices": []
 }
}
"""


def test_file_of_aseprite() -> None:
    """A file of Aseprite is read, with trimmed frames and the repetitions of a tag."""
    read = sheet_data.parse(ASEPRITE.encode())

    assert read.frames == (
        SheetFrame(Box(1, 2, 3, 2), 80, Size(6, 4), (2, 1)),
        SheetFrame(Box(4, 0, 6, 4), 120, Size(6, 4)),
    )
    assert (read.image, read.plays) == ("walk.png", 2)


@pytest.mark.parametrize("form", [SheetData.HASH, SheetData.ARRAY])
def test_fields_are_those_of_aseprite(form: SheetData) -> None:
    """Frames and meta have the names and types of values that Aseprite's file has."""
    theirs = json.loads(ASEPRITE)
    boxes = [Box(0, 0, 6, 4), Box(4, 0, 6, 4)]
    clips, size = [Clip("walk", 2, 2)], Size(10, 4)
    data = sheet_data.encode(boxes, [80, 120], clips, image="walk.png", size=size, form=form)
    ours = json.loads(data)
    entry = ours["frames"]["walk 1.png"] if form is SheetData.HASH else ours["frames"][1]
    expected = theirs["frames"][1] | {"filename": "walk 1.png"}

    assert entry | {"filename": "walk 1.png"} == expected
    assert ("filename" in entry) is (form is SheetData.ARRAY)
    for name in ("image", "format", "size", "scale", "frameTags"):
        assert ours["meta"][name] == theirs["meta"][name]


def test_each_clip_has_a_tag() -> None:
    """Clips name their frames, without a number if there is one; each is a tag."""
    boxes = [Box(2 * number, 0, 2, 2) for number in range(4)]
    clips = [Clip("tree", 1, 1), Clip("walk", 2), Clip("sea", 1)]
    data = sheet_data.encode(
        boxes, [0, 5, 6, 7], clips, image="a.png", size=Size(8, 2), form=SheetData.ARRAY
    )
    content = json.loads(data)

    names = ["tree.png", "walk 0.png", "walk 1.png", "sea.png"]
    assert [frame["filename"] for frame in content["frames"]] == names
    assert content["meta"]["frameTags"] == [
        {"name": "tree", "from": 0, "to": 0, "direction": "forward", "repeat": "1"},
        {"name": "walk", "from": 1, "to": 2, "direction": "forward"},
        {"name": "sea", "from": 3, "to": 3, "direction": "forward"},
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"rotated": false', '"rotated": true'),
        ('"x": 1,', '"x": -1,'),
        ('"x": 1,', '"x": "1",'),
        ('"w": 3, "h": 2', '"w": 0, "h": 2'),
        ('"duration": 80', '"duration": -80'),
        ('"frames": [', '"frame": ['),
        ('"sourceSize": { "w": 6', '"sourceSize": { "v": 6'),
        ("}", "]"),
    ],
)
def test_damaged_data(old: str, new: str) -> None:
    """A file that is no description of a sheet is refused."""
    assert old in ASEPRITE
    with pytest.raises(InputError):
        sheet_data.parse(ASEPRITE.replace(old, new, 1).encode())


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"frames": []}', b"\xff{", b"{" * 100_000])
def test_other_files(data: bytes) -> None:
    """Anything else is refused, and most of it is not taken for a sheet's file."""
    with pytest.raises(InputError):
        sheet_data.parse(data)
    assert not sheet_data.sniff(data)


def write_film(folder: Path, count: int = 5, **more: Any) -> Film:
    """Write an animation of 9x7 pixels as a.gif, and return it."""
    made = film(count, 9, 7, **more)
    (folder / "a.gif").write_bytes(made.to_bytes("gif"))
    alpha = "threshold" if more else "paper"
    return pixbin.animate(folder / "a.gif", block=1, alpha=alpha)


def test_convert_writes_a_sheet_and_its_data(tmp_path: Path, run: RunCommand) -> None:
    """The command writes picture and JSON; the picture keeps transparency if asked for."""
    made = write_film(tmp_path, is_clear=True)
    words = ("convert", "a.gif", "walk.png", "--sheet", "3x", "-b", "1", "--alpha", "threshold")
    result = run(*words, "--json")
    assert result.returncode == 0, result.stderr
    sheet = pixbin.decode(tmp_path / "walk.png")
    data = sheet_data.parse((tmp_path / "walk.json").read_bytes())

    assert sheet == sprite_sheet.arrange([*made.frames], Extent(3, None))
    assert data.image == "walk.png"
    assert [frame.duration for frame in data.frames] == [*made.durations]
    report = json.loads(result.stdout)
    assert (report["frames"], report["size"], report["sheet"]) == (5, "9x7", "27x14")
    assert re.search(rb"^sheet +27x14$", run(*words, "--dry-run").stdout, re.MULTILINE)
    assert pixbin.verify(tmp_path / "walk.png", size="27x14", transparent=True).passed


def test_still_pictures_make_a_sheet_of_one_cell(photo: Path, run: RunCommand) -> None:
    """A picture that is no animation is the only frame."""
    assert run("convert", photo, "a.png", "--sheet", "8x", "-s", "20x11").returncode == 0
    assert pixbin.decode(photo.parent / "a.png") == pixbin.convert(photo, size="20x11")
    assert len(sheet_data.parse((photo.parent / "a.json").read_bytes()).frames) == 1


def test_frames_and_mask(tmp_path: Path, run: RunCommand) -> None:
    """--frames takes a part, and --alpha mask makes a sheet of masks."""
    made = write_film(tmp_path, is_clear=True)
    words = ("convert", "a.gif", "b.png", "--sheet", "8x", "-b", "1", "--alpha", "mask")
    result = run(*words, "--frames", "2..3", "--json", "--sheet-data", "array")
    assert result.returncode == 0, result.stderr
    masks = [frame.mask for frame in made.frames[1:3]]

    assert json.loads(result.stdout)["mask"] == "b-mask.png"
    assert pixbin.decode(tmp_path / "b-mask.png") == sprite_sheet.arrange(masks, Extent(2, 1))
    assert len(json.loads((tmp_path / "b.json").read_bytes())["frames"]) == 2


@pytest.mark.parametrize("device", [(), ("--device", "playdate")])
def test_name_of_an_image_table_gives_the_size(
    device: tuple[str, ...], tmp_path: Path, run: RunCommand
) -> None:
    """The name says the size of a cell; no JSON is written for the compiler to pick up."""
    write_film(tmp_path)
    result = run("convert", "a.gif", "walk-table-12-10.png", "--sheet", "4x", *device, "--json")
    assert result.returncode == 0, result.stderr

    assert json.loads(result.stdout)["size"] == "12x10"
    assert pixbin.decode(tmp_path / "walk-table-12-10.png").size == Size(48, 20)
    assert not list(tmp_path.glob("*.json"))
    plan = run("convert", "a.gif", "walk-table-12-10.png", "--sheet", "4x", "--dry-run").stdout
    assert re.search(rb"--size +12x10 \(name of OUTPUT\)", plan)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("walk-table-9-9.png", "--sheet", "4x", "-s", "8x9"), "the name says frames of 9x9"),
        (("-", "--sheet", "4x", "--sheet-data", "hash"), "--sheet-data makes two files"),
        (("a.png", "--sheet-data", "hash"), "add --sheet, or leave out --sheet-data"),
        (("a.png", "--sheet", "2x2"), "too small for 5 frames"),
        (("a.png", "--sheet", "0x"), "sheet 0x: write"),
        (("a.json", "--sheet", "2x", "--format", "png"), "name the sheet .png"),
    ],
)
def test_commands_refuse(
    words: tuple[str, ...], message: str, tmp_path: Path, run: RunCommand
) -> None:
    """Options that contradict each other write nothing."""
    write_film(tmp_path)
    result = run("convert", "a.gif", *words)

    assert result.returncode == 2
    assert message in result.stderr.decode()
    assert [path.name for path in tmp_path.iterdir()] == ["a.gif"]


def test_stdout_gets_the_picture_alone(tmp_path: Path, run: RunCommand) -> None:
    """The JSON file has no name to go to, so only the picture is written."""
    made = write_film(tmp_path)
    result = run("convert", "a.gif", "-", "--sheet", "4x", "-b", "1", "-q")

    assert pixbin.decode(result.stdout) == sprite_sheet.arrange([*made.frames], Extent(4, None))


@pytest.mark.parametrize(
    ("target", "cell"),
    [
        ("walk-table-32-48.png", Size(32, 48)),
        ("a/walk-table-8-8.png", Size(8, 8)),
        ("walk-mask-table-8-8.png", Size(8, 8)),
        ("walk-table-8-8-mask.png", None),
        ("walk-table-8.png", None),
        ("walk-table-0-8.png", None),
        ("walk-table-8-8-x.png", None),
        ("table-8-8.png", None),
    ],
)
def test_names_of_image_tables(target: str, cell: Size | None) -> None:
    """A name ends with -table-<w>-<h>; a sequential table, with one number, is none."""
    assert sheet_options.cell_from_name(target) == cell


def test_mask_of_an_image_table_is_one(tmp_path: Path, run: RunCommand) -> None:
    """The name of the mask ends as the compiler of the Playdate wants it, in a batch as well."""
    made = write_film(tmp_path, is_clear=True)
    size = made.frames[0].size
    ending = f"-table-{size.width}-{size.height}.png"
    words = ("--sheet", "8x", "-b", "1", "--alpha", "mask", "-q")
    assert run("convert", "a.gif", f"walk{ending}", *words).returncode == 0
    assert run("batch", "a.gif", "out", *words, "--name", f"walk{ending}").returncode == 0
    assert run("decode", f"walk-mask{ending}", "masks.gif").returncode == 0

    masks = (tmp_path / f"walk-mask{ending}").read_bytes()
    assert (tmp_path / "out" / f"walk-mask{ending}").read_bytes() == masks
    back = pixbin.animate(tmp_path / "masks.gif", block=1)
    assert [frame.grid.tolist() for frame in back.frames] == [
        frame.mask.grid.tolist() for frame in made.frames
    ]


def test_size_that_was_given_stays() -> None:
    """The name of a table replaces the size of a device only."""
    given_options: list[dict[str, str]] = [{"size": "8x8"}, {"grid": "8x8"}]
    for words in (*given_options, {"device": "playdate", "size": "8x8"}):
        options = Options.of(sheet="4x", **words)
        assert sheet_options.adapt_to_name(options, "a-table-9-9.png") is options
    options = Options.of(sheet="4x", device="playdate")
    assert sheet_options.adapt_to_name(options, "a-table-9-9.png").size == Extent(9, 9)
    assert sheet_options.adapt_to_name(Options(), "a-table-9-9.png") == Options()


@examples(30)
@given(
    st.integers(1, 12),
    st.integers(1, 5),
    st.integers(1, 20),
    st.integers(1, 20),
    st.booleans(),
)
def test_sheets_are_read_back(
    count: int, columns: int, width: int, height: int, is_clear: bool
) -> None:
    """Every frame comes back from a sheet by its grid, by the size of a cell, and by the JSON."""
    pictures = frames(count, width, height, is_clear=is_clear)
    sheet = sprite_sheet.arrange(pictures, Extent(columns, None))
    data, grid = sheet.to_bytes("png"), sprite_sheet.grid_size(Extent(columns, None), count)
    boxes = sprite_sheet.cell_boxes(grid, Size(width, height), count)
    described = SheetDescription(tuple(SheetFrame(box, 50, box.size) for box in boxes), "", 3)
    read = {}
    for name, cells in (("grid", Extent(*grid)), ("cell", boxes[0].size), ("json", described)):
        whole = decoder.decode_frames(data, DecodeHints(sheet=cells), "a.png")
        assert whole is not None
        read[name] = Film.from_decoded(whole)

    # A file with one colour cannot tell ink from paper.
    wanted = [rgba(picture) for picture in pictures]
    for again in read.values():
        assert [rgba(frame) for frame in again.frames][:count] == wanted
    assert (read["json"].durations, read["json"].plays) == ((50,) * count, 3)
    assert len(read["grid"].frames) == grid.width * grid.height
    assert set(read["grid"].durations) == {100}


def rgba(picture: Picture) -> bytes:
    """Return colours and opacity of all pixels."""
    pixels = np.asarray(picture.image.convert("RGBA")).copy()
    pixels[pixels[..., 3] == 0] = 0
    return pixels.tobytes()


def test_decode_command_reads_sheets(tmp_path: Path, run: RunCommand) -> None:
    """An animation that became a sheet becomes the same animation again, by its JSON file."""
    write_film(tmp_path, is_clear=True)
    options = ("-b", "1", "--alpha", "threshold", "-q")
    for target in ("walk.png", "walk-table-9-7.png"):
        assert run("convert", "a.gif", target, "--sheet", "3x", *options).returncode == 0
    run("convert", "a.gif", "expected.gif", *options)
    assert run("decode", "walk.json", "by-json.gif").returncode == 0
    assert run("decode", "walk-table-9-7.png", "by-name.gif").returncode == 0
    assert run("decode", "walk-table-9-7.png", "whole.png").returncode == 0
    assert run("decode", "walk.json", "part.gif", "--frames", "2..3").returncode == 0

    expected = (tmp_path / "expected.gif").read_bytes()
    assert (tmp_path / "by-json.gif").read_bytes() == expected
    films = {name: all_frames(tmp_path / f"{name}.gif") for name in ("by-name", "part")}
    wanted = all_frames(tmp_path / "expected.gif")
    assert films["by-name"][:5] == wanted
    assert films["part"] == wanted[1:3]
    assert rgba(pixbin.decode(tmp_path / "walk.json", frame=3)) == wanted[2]
    assert (tmp_path / "whole.png").read_bytes() == (tmp_path / "walk-table-9-7.png").read_bytes()
    again = pixbin.decode_frames(tmp_path / "walk.json")
    assert [rgba(frame) for frame in again.frames] == wanted


def all_frames(path: Path) -> list[bytes]:
    """Return colours and opacity of the frames of a GIF, as Pillow reads them."""
    with Image.open(path) as image:
        pixels = []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            levels = np.asarray(image.convert("RGBA")).copy()
            levels[levels[..., 3] == 0] = 0
            pixels.append(levels.tobytes())
    return pixels


def test_trimmed_frames_get_their_borders_back(tmp_path: Path) -> None:
    """Aseprite may cut off empty borders; they are transparent again."""
    cells = np.random.default_rng(3).random((4, 10)) < 0.5
    layout = Layout(Size(10, 4), Size(10, 4), 1)
    Picture(cells, layout).save(tmp_path / "walk.png")
    (tmp_path / "walk.json").write_text(ASEPRITE)
    film = pixbin.decode_frames(tmp_path / "walk.json")

    assert film.durations == (80, 120)
    inner = np.pad(np.ones((2, 3), np.bool_), ((1, 1), (2, 1)))
    assert film.frames[0].opacity is not None
    assert np.array_equal(film.frames[0].opacity, inner)
    assert np.array_equal(film.frames[0].grid[1:3, 2:5], cells[2:4, 1:4])
    assert film.frames[1].opacity is None
    assert np.array_equal(film.frames[1].grid, cells[:, 4:])


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("walk.png", "b.gif", "--sheet", "3x"), 3, "give both, such as --sheet 3x1"),
        (("walk.png", "b.gif", "--sheet", "4x2"), 3, "no even cells of 4x2"),
        (("walk.json", "b.png", "--frame", "9"), 3, "there is no frame 9 of 5"),
        (("other.json", "b.png"), 3, "missing.png: no such file"),
        (("small.json", "b.png"), 3, "has no cell"),
        (("-", "b.png"), 3, "give the path of the JSON file"),
    ],
)
def test_decode_refuses(
    words: tuple[str, ...], code: int, message: str, tmp_path: Path, run: RunCommand
) -> None:
    """Sheets without these cells, and pictures that are missing, are errors with a remedy."""
    made, options = film(5, 9, 7), Options.of(sheet="3x")
    made.sheet("3x").save(tmp_path / "walk.png")
    clips = [Clip("walk", 5)]
    data = sheet_options.encode_data(options, "walk.png", made.size, made.durations, clips)
    text = data.decode()
    (tmp_path / "walk.json").write_text(text)
    (tmp_path / "other.json").write_text(text.replace('"walk.png"', '"/x/missing.png"'))
    (tmp_path / "small.json").write_text(text.replace('"x": 0', '"x": 99', 1))
    result = run("decode", *words, stdin=text.encode())

    assert result.returncode == code
    assert message in result.stderr.decode()


def test_library_makes_sheets(tmp_path: Path) -> None:
    """`convert` with a sheet reads all frames of a file; a film has the same sheet."""
    made = write_film(tmp_path)
    sheet = sprite_sheet.arrange([*made.frames], Extent(4, None))

    assert pixbin.convert(tmp_path / "a.gif", sheet="4x", block=1, alpha="paper") == sheet
    assert made.sheet("4x") == made.sheet(4) == made.sheet((4, 2)) == sheet
    with pytest.raises(UsageError, match="sheet 0x: write"):
        made.sheet("0x")
    with pytest.raises(UsageError, match=r"use convert for a sheet, or film\.sheet"):
        pixbin.animate(tmp_path / "a.gif", sheet="4x")
