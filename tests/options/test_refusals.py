"""Values that options refuse, and the advice in the message."""

from __future__ import annotations

from typing import Any

import pytest

import pixbin
from pixbin.errors import ArgumentError, UsageError
from pixbin.options import Options, command_words, frame_range


@pytest.mark.parametrize(
    ("name", "values", "advice"),
    [
        ("frame", (0, "first", "1.5"), "write a whole number, 1 for the first frame"),
        ("frames", ("..", "0..2", "two", (1, 2, 3)), "all"),
        ("frames", ("5..2", (-1, -3)), "the first is after the last"),
        ("enhance", ("1.1", "-0.1", "much"), "write auto, none or a number from 0 to 1"),
        ("model", ("", "  ", 7), "write a model's name, or the path of its ONNX file"),
        ("provider", ("", "a b", "cuda!"), "write cpu, or another"),
        ("rotate", ("45", "-180", "left"), "write 0, 90, 180 or 270"),
        ("symbol", ("2x", "", "a-b", "\N{GREEK SMALL LETTER ALPHA}"), "write letters, digits"),
        ("pixel", ("1", "0:1", "9999:1"), "write width to height"),
        ("bed", ("400", "0x300", "400x000", "4.5x3"), "write width and height in millimetres"),
        ("alpha", ("glass", "#12"), "or a colour name"),
        ("depth", ("2", "", "one"), "write 1 or 8"),
        ("dot_gain", ([1, 2], [("a", 1)], [(1, 2, 3)]), "pairs of numbers"),
    ],
)
def test_advice(name: str, values: tuple[Any, ...], advice: str) -> None:
    """A value that an option does not take is refused, with those that it takes."""
    for value in values:
        with pytest.raises(UsageError) as caught:
            Options.of(**{name: value})
        assert str(caught.value).startswith(name), value
        assert advice in str(caught.value), value


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"frame": 1, "frames": "1..2"}, "leave one of the two out"),
        ({"method": "atkinson", "intent": "readable"}, "takes no intent"),
        ({"method": "atkinson", "model": "ink"}, "takes no model"),
        ({"method": "atkinson", "refine": 5}, "takes no refine"),
        ({"channels": "rgb", "ink": "red"}, "rgb has eight fixed colours"),
        ({"sprite_mask": "plus", "alpha": "mask"}, "leave one of the two out"),
    ],
)
def test_contradictions(settings: dict[str, Any], message: str) -> None:
    """Two options of which one would have no effect are refused together; the first is fine."""
    with pytest.raises(UsageError, match=message):
        Options.of(**settings)
    (name, value), *_ = settings.items()
    Options.of(**{name: value})


def test_frames_of_a_pair_and_of_a_text_are_the_same() -> None:
    """A pair of integers is the same as text with dots; open ends are the first and the last."""
    assert frame_range.parse((2, 5)) == frame_range.parse("2..5")
    assert frame_range.parse("..3") == frame_range.parse((1, 3))
    assert frame_range.parse("3..") == frame_range.parse([3, -1])
    assert frame_range.parse("-3..-2").indices(10, "a.gif") == range(7, 9)


def test_a_curve_is_read_again_from_its_points() -> None:
    """Pairs of fractions, and a curve that is parsed already, are taken."""
    curve = Options.of(dot_gain=[(0.25, 0.4), (0.5, 0.7)]).dot_gain

    assert curve == Options.of(dot_gain="25:40 50:70").dot_gain
    assert curve is Options.of(dot_gain=curve).dot_gain


def test_options_are_given_once() -> None:
    """A call takes ready-made options or keywords; anything else is an error of the call."""
    cells = bytes(pixbin.convert(_noise(), size="8x8").to_bytes("png"))

    assert pixbin.convert(_noise(), Options.of(size="8x8")).to_bytes("png") == cells
    with pytest.raises(ArgumentError, match="give options or keywords, not both"):
        pixbin.convert(_noise(), Options.of(size="8x8"), method="otsu")
    with pytest.raises(ArgumentError, match=r"options: dict; give keywords, or pixbin\.Options"):
        pixbin.convert(_noise(), {"size": "8x8"})  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [0.5, 127.5, 1.2345678901234567, 1e-9, 3.0])
def test_words_keep_numbers(value: float) -> None:
    """A command line that pixbin prints has the very number that made the picture."""
    (word,) = command_words.flag_words("gamma", value)[1:]

    assert float(word) == value
    assert len(word) <= len(repr(value))


def _noise() -> Any:
    import numpy as np

    return np.random.default_rng(3).integers(0, 256, (20, 20), np.uint8)
