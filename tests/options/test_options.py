"""The table of options: parsing, limits, and what is derived from it."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest
import typer

from pixbin.catalog.methods import Method
from pixbin.cli.app import app
from pixbin.color.light_scale import Tone
from pixbin.errors import UsageError
from pixbin.geometry import Extent, Fit, Gravity
from pixbin.options import (
    DECODE_OPTIONS,
    SPECS,
    Options,
    parse_value,
)
from pixbin.options.settings import ConvertSettings, DecodeSettings
from pixbin.options.specification import OptionSpec


@pytest.mark.parametrize(
    ("word", "extent"),
    [
        ("64x48", Extent(64, 48)),
        (" 64X48 ", Extent(64, 48)),
        ("64\N{MULTIPLICATION SIGN}48", Extent(64, 48)),
        ((64, 48), Extent(64, 48)),
        ("64x", Extent(64)),
        ("10x", Extent(10)),
        ("64", Extent(64)),
        (64, Extent(64)),
        ("2", Extent(2)),
        ("x48", Extent(None, 48)),
        ("x8", Extent(None, 8)),
        ("50%", Extent(scale=0.5)),
        ("2x", Extent(scale=2)),
        ("1.5x", Extent(scale=1.5)),
        (Extent(3, 4), Extent(3, 4)),
    ],
)
def test_sizes(word: object, extent: Extent) -> None:
    """A size is two sides, one side, a percentage or a factor of one digit or a fraction.

    A number alone is a width, as in ImageMagick, sharp and chafa.
    """
    assert extent == Options.of(size=word).size


@pytest.mark.parametrize(
    "word",
    [
        "0x5",
        "5x0",
        "x0",
        "axb",
        "x",
        "",
        "0",
        "6.4",
        "-1x5",
        "5x5x5",
        "1e3x4",
        (1,),
        "\uff11\uff12x\uff13",
    ],
)
def test_bad_sizes(word: object) -> None:
    """An invalid size is refused with the valid ways to write one."""
    with pytest.raises(UsageError, match="write 64x48"):
        Options.of(size=word)


@pytest.mark.parametrize("word", ["0%", "0.0x", "1e9%"])
def test_bad_scales(word: str) -> None:
    """A scale of zero is refused."""
    with pytest.raises(UsageError, match=r"^size"):
        Options.of(size=word)


def test_grid_is_in_cells() -> None:
    """A grid takes sides, never a scale: 8x is eight columns."""
    assert Options.of(grid="8x").grid == Options.of(grid="8").grid == Extent(8)
    with pytest.raises(UsageError, match="in cells"):
        Options.of(grid="50%")


@pytest.mark.parametrize(
    ("name", "word", "value"),
    [
        ("strength", "80%", 0.8),
        ("strength", "0.8", 0.8),
        ("strength", 0, 0),
        ("brightness", "-20%", -0.2),
        ("brightness", "+.5", 0.5),
        ("contrast", 3, 3),
        ("gamma", "2.2", 2.2),
        ("threshold", "128", 128),
        ("threshold", "50%", 127.5),
        ("threshold", "0.5", 127.5),
        ("threshold", 0.25, 63.75),
        ("threshold", 1, 1),
        ("threshold", 0, 0),
        ("ink", "#f00", (255, 0, 0)),
        ("ink", "navy", (0, 0, 128)),
        ("ink", (1, 2, 3), (1, 2, 3)),
        ("background", "ink", (0, 0, 0)),
        ("background", "Paper", (255, 255, 255)),
        ("fit", "Contain", Fit.CONTAIN),
        ("gravity", "north-east", Gravity.NORTHEAST),
        ("gravity", "centre", Gravity.CENTER),
        ("gravity", "top", Gravity.NORTH),
        ("tone", "perceptual", Tone.PERCEPTUAL),
        ("block", "8", 8),
        ("block", 8, 8),
    ],
)
def test_text_and_values(name: str, word: object, value: object) -> None:
    """Options parse numbers, percentages, colours and choices, as text or values."""
    assert value == getattr(Options.of(**{name: word}), name)


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("strength", "1.1"),
        ("strength", "-1%"),
        ("strength", "nan"),
        ("brightness", "20"),
        ("contrast", "inf"),
        ("gamma", "0"),
        ("sharpen", "much"),
        ("threshold", "256"),
        ("threshold", "101%"),
        ("block", "0"),
        ("block", "1.5"),
        ("ink", "blakc"),
        ("ink", "#1234"),
        ("ink", (1, 2, 300)),
        ("paper", ""),
        ("fit", "fill"),
        ("gravity", "up"),
        ("tone", "log"),
        ("serpentine", "yes"),
        ("colour", "red"),
    ],
)
def test_bad_values_name_the_option(name: str, word: object) -> None:
    """A value out of bounds is refused in one line that begins with the option's name."""
    with pytest.raises(UsageError, match=f"^{name}"):
        Options.of(**{name: word})


def test_threshold_implies_its_method() -> None:
    """A threshold alone chooses the threshold method; with another method it is refused."""
    assert Options.of(threshold="40%").method is Method.THRESHOLD
    assert Options.of(threshold="40%", method="fixed").method is Method.THRESHOLD
    with pytest.raises(UsageError, match="bayer8 takes no threshold"):
        Options.of(threshold="40%", method="bayer8")


def test_construction_reads_and_checks() -> None:
    """Made directly, options are read and checked just the same, and survive a round trip."""
    options = Options(size=(64, 48), threshold="50%", gravity="top-left")

    assert options == Options.of(size="64x48", threshold=127.5, gravity="northwest")
    assert options == Options(
        **{f.name: getattr(options, f.name) for f in dataclasses.fields(options)}
    )
    assert dataclasses.replace(options, strength=0.5).strength == 0.5
    with pytest.raises(UsageError, match="strength 7"):
        Options(strength=7)
    for extent in (Extent(0, 5), Extent(-3, 5), Extent(), Extent(5, 5, 2.0)):
        with pytest.raises(UsageError, match="write 64x48"):
            Options(size=extent)


def test_keywords_are_the_options() -> None:
    """The typed keywords of the library are the fields of the options."""
    assert set(ConvertSettings.__annotations__) == {
        field.name for field in dataclasses.fields(Options)
    }
    assert tuple(DecodeSettings.__annotations__) == DECODE_OPTIONS


@pytest.mark.parametrize(("name", "spec"), SPECS.items())
def test_choices_are_valid(name: str, spec: OptionSpec) -> None:
    """Every word that a shell completes is one that the option takes."""
    for word in spec.choices:
        spec.parse(word)

    assert spec.help.endswith("."), name


def test_hidden_on_names_commands() -> None:
    """Options are hidden on commands that exist."""
    root: Any = typer.main.get_command(app)
    known = {*root.list_commands(None), "prepare"}

    assert {command for spec in SPECS.values() for command in spec.hidden_on} <= known


def test_one_colour_is_not_two() -> None:
    """Ink and paper of the same colour are refused."""
    with pytest.raises(UsageError, match="same colour"):
        Options.of(ink="white")


def test_options_are_values() -> None:
    """Equal words make equal, hashable options."""
    one, other = Options.of(size="64x48", strength="50%"), Options.of(size=(64, 48), strength=0.5)

    assert one == other
    assert hash(one) == hash(other)


def test_help_explains_every_option() -> None:
    """The docstring of `Options` has a paragraph for each: its types, default and help text."""
    text = Options.__doc__ or ""
    paragraphs = dict(re.findall(r"^(\w+) : (.+(?:\n    .+)+)", text, re.MULTILINE))

    assert list(paragraphs) == [*SPECS]
    for name, spec in SPECS.items():
        head, *lines = paragraphs[name].splitlines()
        plain = spec.help.replace("Implies -m ", "Implies method ")
        assert re.findall("[a-z0-9]+", " ".join(lines).replace("_", "-").casefold()) == re.findall(
            "[a-z0-9]+", plain.casefold()
        )
        assert head.split("; ")[0]
    assert "; default 'cover'" in paragraphs["fit"]
    assert "`gravity`" in paragraphs["zoom"]
    assert max(map(len, text.splitlines())) <= 100
    assert text.index("Parameters\n") < text.index("Raises\n")


@pytest.mark.parametrize("field", dataclasses.fields(Options), ids=lambda field: field.name)
def test_defaults_need_no_parsing(field: dataclasses.Field[object]) -> None:
    """A default is what parsing it gives, so an option that is not given is not parsed."""
    if field.default is not None:
        parsed = parse_value(field.name, field.default)
        assert (parsed, type(parsed)) == (field.default, type(field.default))
