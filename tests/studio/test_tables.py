"""The tables that the page is built from agree with the options, methods and devices of pixbin."""

from __future__ import annotations

import dataclasses
import shlex
from pathlib import Path

import pytest

from pixbin.catalog import devices, limits
from pixbin.catalog.formats import Format
from pixbin.catalog.methods import AUTO, Method
from pixbin.errors import InputError
from pixbin.options import SPECS, Options, parse_value
from pixbin.studio import command_line, controls, pictures
from pixbin.studio.frames import FRAMES
from pixbin.studio.pictures import PictureLibrary


def test_every_option_has_a_control() -> None:
    """The controls are the fields of the one list, in its order; limits have no control."""
    tables = controls.page_tables()

    assert [each["name"] for each in tables["controls"]] == [
        name for name in SPECS if name not in limits.OPTION_NAMES
    ]
    assert {each["panel"] for each in tables["controls"]} <= {*tables["panels"]}
    assert all(each["help"] for each in tables["controls"])


def test_methods_begin_with_auto() -> None:
    """The list of methods has a line for `auto`, and then every method once."""
    first, *rest = [row["name"] for row in controls.page_tables()["methods"]]

    assert first == AUTO
    assert sorted(rest) == sorted(Method)


@pytest.mark.parametrize("name", controls.SLIDERS)
def test_sliders_stay_within_the_options(name: str) -> None:
    """Both ends of a slider are values that the option takes."""
    low, high, step = controls.SLIDERS[name]
    suffix = "x" if name == "grid" else ""
    for value in (low, high, low + step):
        parse_value(name, f"{value:g}{suffix}")


def test_numbers_have_sliders() -> None:
    """A numeric option without a row would get a plain field: that is only right for these."""
    numeric = {"N", "NUMBER", "[NUMBER]", "AMOUNT", "LEVEL", "DEGREES", "PERCENT"}
    bare = {
        name
        for name, spec in SPECS.items()
        if spec.metavar in numeric and name not in controls.SLIDERS
    }

    assert bare - {*limits.OPTION_NAMES} == {"frame", "threads", "rotate"}


@pytest.mark.parametrize("look", controls.LOOKS)
def test_looks_are_valid(look: str) -> None:
    """Each look is a set of options that go together."""
    Options.of(**controls.LOOKS[look])


def test_frames_have_the_aspect_of_their_device() -> None:
    """Glass and pixels have the same shape, within 1 %."""
    for frame in FRAMES:
        size = devices.named(frame.device).size
        assert size.width is not None
        assert size.height is not None

        assert frame.width / frame.height == pytest.approx(size.width / size.height, rel=0.01)


def test_defaults_are_values_of_their_options() -> None:
    """The page takes a value out that equals the default; both must mean the same."""
    defaults = {field.name: field.default for field in dataclasses.fields(Options)}
    for each in controls.page_tables()["controls"]:
        if each["default"] is not None:
            assert parse_value(each["name"], each["default"]) == defaults[each["name"]]


def words(source: str, target: str, **settings: str | bool) -> list[str]:
    """Return the words of a command line as a shell reads them."""
    return shlex.split(command_line.convert_line(source, target, settings, Format.PNG))


def test_words_are_quoted_for_shells() -> None:
    """Names and values arrive as they are, whatever is in them."""
    nasty = "a b/$(rm -rf ~);'\"`.png"

    assert words(nasty, "out.png", ink="#123", brightness="-0.5") == [
        *("pixbin", "convert", nasty, "out.png", "--ink", "#123", "--brightness=-0.5")
    ]


def test_names_are_no_options() -> None:
    """A file name that begins with a hyphen stays a file name."""
    assert words("-rf.png", "-o.png")[2:] == ["./-rf.png", "./-o.png"]


@pytest.mark.parametrize("name", ["cat.png", "cat-1bit.png", "a/b\\cat", "-", ".hidden", "cat."])
def test_the_output_is_never_the_source(name: str) -> None:
    """The suggested name is a plain file name, and another one."""
    target = command_line.target_name(name, Format.PNG)

    assert target.endswith("-1bit.png")
    assert target != name
    assert not {"/", "\\"} & {*target}


def test_folders_are_listed_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sub-folders too, hidden files and other files not; and not without end."""
    for name in ("b.png", "a.jpg", "sub/c.webp", ".hidden.png", ".git/d.png", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    labels = [each["label"] for each in PictureLibrary(str(tmp_path)).reports]

    assert labels == ["a.jpg", "b.png", "sub/c.webp"]
    monkeypatch.setattr(pictures, "MAX_FILES", 2)
    assert len(PictureLibrary(str(tmp_path)).reports) == 2


def test_bad_names_are_refused(tmp_path: Path) -> None:
    """A missing file and an empty folder end the start, as for other commands."""
    with pytest.raises(InputError, match="no such file"):
        PictureLibrary(str(tmp_path / "missing.png"))
    with pytest.raises(InputError, match="no pictures"):
        PictureLibrary(str(tmp_path))
