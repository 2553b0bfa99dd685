"""Variations of options: their text, their labels, and what a choice replaces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pixbin.cli.app import load_command
from pixbin.errors import UsageError
from pixbin.options import SPECS, Options, command_words, presets
from pixbin.options.variations import Choice, parse_choices, parse_variation, with_choices

#: Two values of every option, as a person types them.
VALUES = {
    "size": "64x48;50%",
    "grid": "32,x64",
    "block": "2,8",
    "pixel": "1:2,5:6",
    "cell": "0.5mm,1pt",
    "fit": "contain,stretch",
    "gravity": "north,south-east",
    "crop": "0,0,50%,50%;10,10,40,40",
    "zoom": "1,2.5",
    "method": "fs,Bayer_4",
    "threshold": "128,30%",
    "matrix": "[[0,1]];[[0,0.5],[0.5,0]]",
    "intent": "readable,graphic",
    "model": "ink,other.onnx",
    "provider": "cpu,cuda",
    "threads": "1,2",
    "refine": "0,20",
    "serpentine": "on,off",
    "radius": "4,8",
    "structure": "0,50%",
    "dot": "round,line",
    "angle": "-45,45",
    "frequency": "10%,20%",
    "seed": "1,2",
    "strength": "50%,1",
    "tone": "linear,perceptual",
    "frame": "1,-1",
    "frames": "all,1..8",
    "decode": "exact,fast",
    "steady": "yes,no",
    "enhance": "auto,none",
    "brightness": "-20%,20%",
    "contrast": "-0.5,2",
    "gamma": "1,1.5",
    "sharpen": "0,2",
    "edges": "0,50%",
    "invert": "off,on",
    "background": "paper,#abc",
    "alpha": "threshold,red",
    "channels": "grey,rgb",
    "ink": "rgb(1,2,3);navy",
    "paper": "ivory,#fff",
    "depth": "1,8",
    "device": "ssd1306,playdate",
    "layout": "rows,pages",
    "bit_order": "msb,lsb",
    "polarity": "ink1,paper1",
    "stride": "8,16",
    "rotate": "90,180",
    "flip": "none,both",
    "header": "none,size8",
    "compress": "packbits,rle",
    "symbol": "cat,dog",
    "sheet": "4x,8x",
    "sheet_data": "hash,array",
    "sprite_mask": "plus,external",
    "power": "20%,0.5",
    "full_power": "255,1000",
    "feed": "900,1500",
    "pitch": "0.1mm,0.2mm",
    "bed": "100x100,400x300",
    "medium": "thermal,riso",
    "dot_gain": "10%,20%",
    "darkness": "0.8,1",
    "mask": f"{Path(__file__)},{Path(__file__).with_name('__init__.py')}",
    "method_inside": "fs,Bayer_4",
    "method_outside": "otsu,halftone",
    "max_pixels": "1k,2M",
    "max_frames": "10,20",
    "max_bytes": "1M,2G",
    "min_dot": "2,3",
    "min_gap": "2,0.2mm",
}
NUMERIC = "0,1"  #: for options that are not in the table


def convert_parameters(words: list[str]) -> dict[str, Any]:
    """Return what the command line of `convert` reads, by the name of the option."""
    command = load_command("convert")
    parameters: dict[str, Any] = command.make_context("convert", ["a.png", "b.png", *words]).params
    return parameters


@pytest.mark.parametrize("name", SPECS)
def test_every_option_can_be_varied(name: str) -> None:
    """Each option gives two choices, whose labels are what `convert` reads as the same value."""
    choices = parse_variation(f"{name.replace('_', '-')}={VALUES.get(name, NUMERIC)}")

    assert len(choices) == 2
    for choice in choices:
        words = command_words.flag_words(*choice)
        assert convert_parameters(words)[name] == choice.value


def test_the_table_above_has_no_other_options() -> None:
    """An option that is gone cannot stay in the table of this test."""
    assert {*VALUES} <= {*SPECS}


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("gamma=1,1.5, 2,1", ["--gamma 1", "--gamma 1.5", "--gamma 2"]),
        ("--gamma=1", ["--gamma 1"]),
        ("crop=0,0,50%,50%", ["--crop 0,0,50%,50%"]),
        ("ink=rgb(1,2,3)", ["--ink 'rgb(1,2,3)'"]),
        ("contrast=-20%,0", ["--contrast=-20%", "--contrast 0"]),
        ("serpentine=ON,no", ["--serpentine", "--no-serpentine"]),
        ("method=fs", ["-m fs"]),
        ("bit_order=msb", ["--bit-order msb"]),
    ],
)
def test_labels_are_options(text: str, labels: list[str]) -> None:
    """Values are separated, each is taken once, and its label is an option to copy."""
    assert [choice.label for choice in parse_variation(text)] == labels


@pytest.mark.parametrize(("name", "value"), [("gamma", "0"), ("grid", "0x9"), ("tone", "x")])
def test_errors_of_values_are_those_of_convert(name: str, value: str) -> None:
    """A wrong value is refused in the words of `convert`."""
    with pytest.raises(UsageError) as expected:
        Options.of(**{name: value})
    with pytest.raises(UsageError) as actual:
        parse_choices(name, f"{value},{value}")

    assert str(actual.value) == str(expected.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gama=1", "did you mean gamma"),
        ("xyzzy=1", "convert --help-all"),
        ("gamma", "--vary gamma=VALUE,VALUE"),
        ("gamma=", "--vary gamma=VALUE,VALUE"),
        ("gamma=,", "write at least one"),
        ("invert=maybe", "write on or off"),
        ("matrix=-", "cannot compare stdin"),
        ("crop=1,2,3", "crop 1,2,3: write X,Y,W,H"),
    ],
)
def test_wrong_variations(text: str, message: str) -> None:
    """An error says what to write instead."""
    with pytest.raises(UsageError, match=message):
        parse_variation(text)


@pytest.mark.parametrize(
    ("given", "choices", "expected"),
    [
        ({"threshold": "30%"}, [("method", "fs")], {"method"}),
        ({"threshold": "30%"}, [("method", "threshold")], {"method", "threshold"}),
        ({"refine": "9", "model": "ink"}, [("method", "fs")], {"method"}),
        ({"refine": "9", "model": "a"}, [("method", "neural")], {"method", "model", "refine"}),
        ({"refine": "9", "method": "fs"}, [("model", "ink")], {"model", "refine"}),
        ({"matrix": "[[0, 1]]"}, [("method", "fs")], {"method"}),
        ({"block": "4"}, [("grid", "32")], {"block", "grid"}),
        ({"gamma": "2"}, [("gamma", "1"), ("edges", "0")], {"gamma", "edges"}),
    ],
)
def test_choices_replace_what_contradicts_them(
    given: dict[str, str], choices: list[tuple[str, str]], expected: set[str]
) -> None:
    """A method drops a threshold, model or matrix that it does not take, and nothing else."""
    settings = presets.merge(given, presets.NO_PRESET)
    chosen = with_choices(settings, [Choice(*pair) for pair in choices])

    assert chosen.keys() == expected
    assert all(chosen[name].value == value for name, value in choices)


def test_a_grid_drops_the_block_of_a_preset() -> None:
    """Of sizes of cells, a choice replaces only those of files, as on the command line."""
    settings = {"block": presets.Setting(4, "preset")}

    assert with_choices(settings, [Choice("grid", "32")]).keys() == {"grid"}
