"""The tools without the protocol: what they do, and what they refuse."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageSequence

import pixbin
from pixbin.agents import documents, limits, wording
from pixbin.agents.settings import CLIENT_OPTIONS
from pixbin.errors import InputError, PixbinError, UsageError
from pixbin.geometry import Size
from pixbin.options import presets
from tests.agents.conftest import CallTool, make_tools


def test_convert_writes_what_the_command_writes(call: CallTool, pictures: Path) -> None:
    """The file is that of `pixbin.convert`, and the report has the command line."""
    reply = call(
        "convert", source="cat.png", output="trip/a.png", size=[32, 24], contrast=0.2, invert=True
    )
    expected = pixbin.convert(pictures / "cat.png", size="32x24", contrast=0.2, invert=True)

    assert (pictures / "trip/a.png").read_bytes() == expected.to_bytes()
    assert reply.report["written"] == [str(pictures / "trip/a.png")]
    assert reply.report["command"] == (
        "pixbin convert cat.png trip/a.png --size 32x24 --contrast 0.2 --invert --preset none"
    )
    assert reply.png is not None
    assert pixbin.verify(reply.png, size="512x384", grid="32x24").passed


def test_convert_without_output_writes_nothing(call: CallTool, pictures: Path) -> None:
    """Without an output the picture is only in the answer."""
    before = sorted(pictures.rglob("*"))
    reply = call("convert", source=str(pictures / "cat.png"), device="ssd1306")

    assert sorted(pictures.rglob("*")) == before
    assert reply.report["format"] == "arduino"
    assert reply.report["grid"] == "128x64"


def test_decode_reads_bytes_back(call: CallTool, pictures: Path) -> None:
    """Bytes for a device are read back, and written as a picture."""
    call("convert", source="cat.png", output="cat.h", device="ssd1306")
    reply = call("decode", source="cat.h", output="back.png")

    assert reply.report["size"] == "128x64"
    assert pixbin.decode(pictures / "back.png") == pixbin.convert(
        pictures / "cat.png", size="128x64", block=1
    )


def test_compare_draws_a_sheet(call: CallTool, pictures: Path) -> None:
    """A sheet has each method and value, and can be a page."""
    reply = call(
        "compare",
        source=["cat.png", "trip/cat two.png"],
        methods=["fs", "bayer4"],
        vary={"contrast": [0, 0.5]},
        grid="16x",
        output="sheet.html",
    )

    assert len(reply.report["pictures"]) == 8
    assert reply.png is not None
    assert (pictures / "sheet.html").read_bytes().startswith(b"<!DOCTYPE html>")


def test_verify_reports_faults(call: CallTool) -> None:
    """A picture with many values does not pass, which is no error."""
    report = call("verify", source="cat.png", size="8x8").report

    assert report["passed"] is False
    assert any("size 90x60, not 8x8" in fault for fault in report["faults"])


def test_recipe_is_read(call: CallTool) -> None:
    """The options of a picture are read from it, and one without any is an error."""
    call("convert", source="cat.png", output="a.png", method="bayer2", embed_recipe=True)

    assert call("recipe", source="a.png").report == {
        "pixbin": pixbin.__version__,
        "method": "bayer2",
    }
    with pytest.raises(InputError, match="has no recipe"):
        call("recipe", source="cat.png")


def test_listings_have_every_row(call: CallTool) -> None:
    """Methods and devices are complete, and one device has its details."""
    groups = call("methods").report["methods"].values()
    (device,) = call("devices", name="SSD1306").report["devices"]

    assert {row["name"] for group in groups for row in group} == {*pixbin.Method}
    assert device["options"]["layout"] == "pages"
    assert {row["kind"] for row in call("devices", kind="oled").report["devices"]} == {"OLED"}
    assert len(call("devices").report["devices"]) > 40


def test_pictures_are_listed(
    call: CallTool, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pictures are listed by names that `convert` takes; links and hidden ones are not."""
    (pictures / "link.png").symlink_to(pictures.parent / "secret.png")
    (pictures / ".hidden.png").touch()
    (pictures / "notes.txt").touch()
    names = call("pictures").report["pictures"]
    monkeypatch.setattr(limits, "MAX_LISTED", 1)

    assert names == ["cat.png", str(Path("trip", "cat two.png"))]
    assert all(call("verify", source=name).report["values"] > 2 for name in names)
    assert call("pictures").report["notes"] == ["only the first 1 are listed"]


def test_pages_name_every_option_and_link_to_pages(call: CallTool) -> None:
    """The pages are Markdown without directives, and their links lead to other pages."""
    pages = call("docs").report["pages"]
    options = call("docs", page="options").text or ""
    texts = [document.text for document in documents.documents().values()]

    assert all(f"| `{name}` |" in options for name in CLIENT_OPTIONS)
    assert all(title for title in pages.values())
    assert not [text for text in texts if ":::" in text or "](../" in text]
    assert "](pixbin://docs/" in (call("docs", page="presets").text or "")


def test_schemas_have_every_argument(pictures: Path) -> None:
    """Models see all options of `convert`; a server that only reads takes no output."""
    tools = make_tools(pictures)
    properties = tools["convert"].schema["properties"]
    read_only = make_tools(pictures, is_read_only=True)

    assert properties.keys() >= {*CLIENT_OPTIONS, "source", "output", "format", "preset"}
    assert all(each["description"] for each in properties.values())
    assert json.dumps([tool.schema for tool in tools.values()])
    assert "output" not in read_only["convert"].schema["properties"]
    with pytest.raises(UsageError, match="writes no files"):
        read_only["convert"].run({"source": "cat.png", "output": "a.png"})


OUTSIDE = (
    "../secret.png",
    "trip/../../secret.png",
    "/etc/passwd",
    "link.png",
    "linked/secret.png",
    "",
    "a\0b.png",
    "~/secret.png",
    "file:///etc/passwd",
    ".hidden.png",
    "trip/.hidden/cat.png",
    "x" * 5000,
    "x" * 500,
)


@pytest.mark.parametrize("name", OUTSIDE, ids=lambda name: name[:20])
@pytest.mark.parametrize("tool", ["convert", "compare", "verify", "decode", "recipe"])
def test_files_elsewhere_are_refused(call: CallTool, pictures: Path, tool: str, name: str) -> None:
    """No tool reads a file outside of the folders, by its path or by a link, or a hidden one."""
    (pictures / "link.png").symlink_to(pictures.parent / "secret.png")
    (pictures / "linked").symlink_to(pictures.parent)
    (pictures / ".hidden.png").write_bytes((pictures / "cat.png").read_bytes())
    with pytest.raises(PixbinError) as caught:
        call(tool, source=name)

    assert "secret" not in str(caught.value).replace(name, "")


@pytest.mark.parametrize(
    "name",
    [
        "../out.png",
        "linked/out.png",
        "link.png",
        ".out.png",
        "no/out.png",
        "trip",
        "cat.png",
        f"{'x' * 500}.png",
    ],
)
def test_outputs_elsewhere_are_refused(call: CallTool, pictures: Path, name: str) -> None:
    """No tool writes outside of the folders, replaces a file by mistake, or makes a folder."""
    secret = pictures.parent / "secret.png"
    (pictures / "link.png").symlink_to(secret)
    (pictures / "linked").symlink_to(pictures.parent)
    before = {path: path.read_bytes() for path in pictures.parent.rglob("*.png")}
    for tool in ("convert", "compare"):
        with pytest.raises(PixbinError):
            call(tool, source="trip/cat two.png", output=name, size="8x8")

    assert {path: path.read_bytes() for path in pictures.parent.rglob("*.png")} == before


def test_mask_is_not_written_through_a_link(call: CallTool, pictures: Path) -> None:
    """The second file of an output is checked as the first one is."""
    (pictures / "out-mask.png").symlink_to(pictures.parent / "secret.png")
    with pytest.raises(UsageError, match="outside of the allowed folders"):
        call("convert", source="cat.png", output="out.png", alpha="mask", overwrite=True)

    assert not (pictures / "out.png").exists()


def test_files_are_replaced_only_if_allowed(call: CallTool, pictures: Path) -> None:
    """`overwrite` replaces an output, and never the source."""
    call("convert", source="cat.png", output="a.png", size="8x8")
    with pytest.raises(UsageError, match="exists; name another output"):
        call("convert", source="cat.png", output="a.png", size="9x9")
    call("convert", source="cat.png", output="a.png", size="9x9", overwrite=True)
    with pytest.raises(UsageError, match="is the source itself"):
        call("convert", source="cat.png", output="cat.png", overwrite=True)

    assert pixbin.verify(pictures / "a.png", size="9x9").passed


def test_sheet_of_sprites_reads_its_picture_in_the_folder(call: CallTool, pictures: Path) -> None:
    """The JSON file of a sheet names a picture, which must be in the folder as well."""
    (pictures / "link.png").symlink_to(pictures.parent / "secret.png")
    size = {"w": 8, "h": 8}
    frame = {"filename": "a", "frame": {"x": 0, "y": 0, **size}, "duration": 100}
    meta = {"app": "pixbin", "image": "link.png", "size": {"w": 40, "h": 40}}
    (pictures / "sheet.json").write_text(json.dumps({"frames": [frame], "meta": meta}))
    with pytest.raises(UsageError, match="outside of the allowed folders"):
        call("decode", source="sheet.json")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "source: missing"),
        ({"source": 3}, "source: write text"),
        ({"source": "cat.png", "sise": "8x8"}, "sise: no such argument; did you mean size?"),
        ({"source": "cat.png", "size": {}}, "size: write text, a number"),
        ({"source": "cat.png", "size": "0x9"}, "size 0x9: write 64x48"),
        ({"source": "cat.png", "overwrite": "yes"}, "overwrite: write true or false"),
        ({"source": "cat.png", "format": "jpg"}, "jpg"),
        ({"source": "cat.png", "output": "a.jpg"}, "jpg"),
        ({"source": "cat.png", "matrix": "../secret.png"}, "outside of the allowed folders"),
        ({"source": "cat.png", "matrix": "trip"}, "matrix trip: no file"),
        ({"source": "cat.png", "max_pixels": 10}, "max_pixels: no such argument"),
        ({"source": "cat.png", "preset": "limit.json"}, "max_pixels"),
        ({"source": "cat.png", "matrix": "-"}, "-: no such file"),
        ({"source": "cat.png", "mask": "/etc/passwd"}, "outside of the allowed folders"),
        ({"source": "cat.png", "dot_gain": "cat.png"}, "dot_gain: write a number"),
        ({"source": "cat.png", "model": "cat.png"}, "model cat.png: choose from ink"),
        ({"source": "cat.png", "preset": "nothing"}, "no such preset"),
        ({"source": "cat.png", "preset": "../p.json"}, "outside of the allowed folders"),
        ({"source": "cat.png", "preset": "bad.json"}, "ask the owner for a preset"),
        ({"file": "cat.png"}, "file: no such argument; did you mean source?"),
        ({"source": "cat.png", "size": "2000x2000"}, "too large; at most 1048576 pixels"),
        ({"source": "cat.png", "size": "2x", "grid": "500x500"}, "grid"),
        ({"source": "cat\0.png"}, "no name of a file"),
    ],
)
def test_wrong_arguments_are_clear_errors(
    call: CallTool, pictures: Path, arguments: dict[str, Any], words: str
) -> None:
    """A wrong argument is an error that says what to write."""
    (pictures / "limit.json").write_text('{"max_pixels": 10}')
    (pictures / "bad.json").write_text('{"model": "/models/other.onnx"}')
    with pytest.raises(PixbinError) as caught:
        call("convert", **arguments)

    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"source": []}, "source: missing"),
        ({"source": [3]}, "source: write a list of texts"),
        ({"source": ["cat.png"] * 1000}, "source: too many; at most"),
        ({"source": "cat.png", "vary": {"matrix": ["cat.png"]}}, "matrix: write its JSON"),
        ({"source": "cat.png", "vary": {"gamma": 2}}, "vary: write lists by option"),
        ({"source": "cat.png", "vary": {"gamme": [2]}}, "gamme: no such option"),
        ({"source": "cat.png", "vary": {"seed": [*range(37)]}}, "at most 36"),
        ({"source": "cat.png", "vary": {"size": ["3000x"], "block": [1]}}, "too large"),
        ({"source": "cat.png", "columns": 0}, "columns: write a whole number"),
        ({"source": "cat.png", "output": "a.gif"}, "PNG or HTML"),
    ],
)
def test_wrong_sheets_are_clear_errors(
    call: CallTool, arguments: dict[str, Any], words: str
) -> None:
    """A sheet that names files, is too large or makes no sense is an error."""
    with pytest.raises(PixbinError) as caught:
        call("compare", **arguments)

    assert words in str(caught.value)


def test_large_pictures_are_refused(
    call: CallTool, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A source of too many pixels is refused by its header; a large picture is left out."""
    monkeypatch.setattr(limits, "MAX_IMAGE_BYTES", 10)
    reply = call("convert", source="cat.png", size="8x8")
    monkeypatch.setattr(limits, "MAX_SOURCE_PIXELS", 1000)

    assert reply.png is None
    assert "left out" in reply.report["image"]
    for tool in ("convert", "compare", "verify", "decode"):
        with pytest.raises(InputError, match="90x60 is too large"):
            call(tool, source="cat.png")


def test_files_of_options_are_in_the_folders(call: CallTool, pictures: Path) -> None:
    """A mask and a matrix may be files of the folders, and a matrix may be numbers."""
    Image.new("L", (90, 60), 255).save(pictures / "white.png")
    numbers = {"matrix": [[0, 2], [3, 1]], "max": 4}
    (pictures / "map.json").write_text(json.dumps(numbers))
    replies = [
        call("convert", source="cat.png", size="16x16", matrix=matrix)
        for matrix in (numbers, "map.json")
    ]
    masked = call("convert", source="cat.png", size="16x16", method="otsu", mask="white.png")

    assert replies[0].png == replies[1].png
    assert replies[0].report["method"] == "matrix"
    assert masked.png == call("convert", source="cat.png", size="16x16", method="otsu").png


def test_presets_and_recipes_give_options(
    call: CallTool, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A saved preset and a recipe in the folder give options, and those of the call win."""
    monkeypatch.chdir(pictures)
    settings = {"size": presets.Setting("16x16", "test"), "method": presets.Setting("otsu", "test")}
    presets.prepare("small", settings).save()
    presets.prepare(str(pictures / "small.json"), settings).save()
    reports = [
        call("convert", source="cat.png", preset=name, size="12x12").report
        for name in ("small", "small.json")
    ]

    assert [report["method"] for report in reports] == ["otsu", "otsu"]
    assert [report["size"] for report in reports] == ["12x12", "12x12"]


def test_schemas_speak_of_arguments_and_tools(pictures: Path) -> None:
    """No schema names a command, a flag or a pipe, which a client of the tools does not have."""
    text = json.dumps([tool.properties for tool in make_tools(pictures).values()])

    assert "the tool `methods` lists all" in text
    assert not re.search(r"`pixbin |--[a-z]|stdin|\bFILE\b|\bOUTPUT\b", text)


def test_methods_may_be_one_text(call: CallTool) -> None:
    """Names with commas are methods as well, as on the command line."""
    reply = call("compare", source="cat.png", size="8x8", methods="bayer4, otsu")

    assert reply.report["pictures"] == ["-m bayer4", "-m otsu"]


def test_reports_have_the_notes_of_the_format(call: CallTool) -> None:
    """Notes of a codec are in the report, with the names that the tools use."""
    notes = call(
        "convert", source="cat.png", size="8x8", format="arduino", compress="packbits"
    ).report["notes"]

    assert any("packbits makes" in note and "leave out `compress`" in note for note in notes)


def test_decode_reads_all_frames(call: CallTool, pictures: Path) -> None:
    """An output that holds frames gets all of an array, or those that are chosen."""
    frames = [Image.new("L", (16, 8), level) for level in (0, 255, 0)]
    frames[0].save(pictures / "film.gif", save_all=True, append_images=frames[1:], duration=100)
    call("convert", source="film.gif", output="film.h", format="arduino", frames="all")
    every = call("decode", source="film.h", output="all.gif")
    part = call("decode", source="film.h", output="part.gif", frames="2..3")
    one = call("decode", source="film.h", output="one.png", frame=2)

    assert [each.report["frames"] for each in (every, part, one)] == [3, 2, 1]
    assert every.report["notes"] == []
    with Image.open(pictures / "all.gif") as written:
        assert len([*ImageSequence.Iterator(written)]) == 3
    with pytest.raises(UsageError, match="png"):
        call("decode", source="film.h", output="one.png", frames="all", overwrite=True)


def test_tool_without_options_names_its_own_arguments(call: CallTool) -> None:
    """The page of options is no help for a tool that takes none of them."""
    with pytest.raises(UsageError, match="x: no such argument; this tool takes none"):
        call("methods", x=1)
    with pytest.raises(UsageError, match="did you mean kind\\? this tool takes name, kind"):
        call("devices", kin="OLED")


def test_recipe_of_a_picture_says_how_to_name_files() -> None:
    """Its remedy is an argument, as a client has no command line."""
    message = "a.png: mask ../m.png: names a file in another folder; name it on the command line"

    assert wording.for_client(message).endswith("; give it as an argument")


def test_sheets_have_notes(call: CallTool) -> None:
    """The report of a sheet names the crop once for all its pictures."""
    (note,) = call("compare", source="cat.png", size="8x8", methods="bayer4,otsu").report["notes"]

    assert note.startswith("cat.png: cropped to ")
    assert "`fit` contain shows all" in note


def test_usual_values_of_json_are_taken(call: CallTool) -> None:
    """A colour may be three numbers, and an option with a usual value may be true."""
    reply = call("convert", source="cat.png", size="8x8", ink=[200, 0, 16], edges=True)

    assert "--ink '#c80010' --edges 50%" in reply.report["command"]
    with pytest.raises(UsageError, match="ink 256x0x0"):
        call("convert", source="cat.png", ink=[256, 0, 0])
    with pytest.raises(InputError, match="the tool `pictures` lists the pictures"):
        call("convert", source="cats.png")


def test_null_is_a_value_that_was_not_given(call: CallTool) -> None:
    """Clients that send every argument send null for those without a value."""
    plain = call("convert", source="cat.png", size="20x")
    with_nulls = call("convert", source="cat.png", size="20x", method=None, preset=None)

    assert plain == with_nulls


def test_kinds_of_devices_are_named(call: CallTool) -> None:
    """A kind of device that is none gets the list of those that are."""
    with pytest.raises(PixbinError, match=r"kind toaster: choose from .*e-paper"):
        call("devices", kind="toaster")


def test_films_of_many_pixels_are_refused() -> None:
    """The frames of a film count together."""
    most = limits.MAX_FRAMES_FACTOR
    call_limits = limits.CallLimits(max_pixels=100)

    call_limits.check_output(Size(10, 10), most)
    with pytest.raises(UsageError, match=rf"{most + 1} frames of 10x10 are too many"):
        call_limits.check_output(Size(10, 10), most + 1)
