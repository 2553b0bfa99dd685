"""The curve of dot gain, and the sides of dots and gaps, as people write them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixbin.errors import UsageError
from pixbin.options import Options, dot_gain, feature_size, recipes
from pixbin.options.feature_size import FeatureSize
from pixbin.options.parsing import ParseError


@pytest.mark.parametrize("text", ["20%", "0.2", "2e-1"])
def test_number_is_the_gain_of_one_half(text: str) -> None:
    """Half ink becomes 70 % of ink."""
    curve = dot_gain.parse(text)

    assert curve.at_half == pytest.approx(0.2, abs=1e-5)
    assert curve == dot_gain.parse(0.2)


@pytest.mark.parametrize(
    "text", ["25:40 50:70", "50:70,25:40", "0:0; 25%:40% ;50%:70% 100:100", " 25 : 40 50:70 "]
)
def test_pairs_are_percentages(text: str) -> None:
    """Pairs come in any order, with or without percent signs and ends."""
    assert dot_gain.parse(text).points == ((0, 0), (0.25, 0.4), (0.5, 0.7), (1, 1))


@pytest.mark.parametrize(
    "content", ["25,40\n50,70\n", "sent;printed\n25;40\n\n# a\n50;70", "25 40\n50\t70"]
)
def test_file_has_a_pair_in_each_line(tmp_path: Path, content: str) -> None:
    """Headings, comments and empty lines are left out."""
    path = tmp_path / "curve.csv"
    path.write_text(content)

    assert dot_gain.parse(str(path)) == dot_gain.parse(path) == dot_gain.parse("25:40 50:70")


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=12))
def test_curves_rise_and_text_gives_them_again(points: list[tuple[float, float]]) -> None:
    """Any measured points give a curve that can be inverted, and that a preset can hold."""
    try:
        curve = dot_gain.from_points(points)
    except ParseError:
        return
    sent, printed = zip(*curve.points, strict=True)

    assert all(a < b for a, b in pairwise(sent))
    assert all(a < b for a, b in pairwise(printed))
    assert (sent[0], printed[0], sent[-1], printed[-1]) == (0, 0, 1, 1)
    assert dot_gain.parse(str(curve)) == dot_gain.parse(curve.text) == curve


@pytest.mark.parametrize(
    "text", ["60%", "-0.5", "50:120", "0:0 100:100", "50:60 50:70", "nothing.csv", "", "a:b"]
)
def test_nonsense_is_refused(text: str) -> None:
    """An error says what to write."""
    with pytest.raises(UsageError, match=r"dot_gain.*(write|percent|once|number)"):
        Options.of(dot_gain=text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("25:40 50:30", "50:30 is lighter in print than the tone before it"),
        ("0:10 50:60", "paper is 0:0 and full ink 100:100"),
        ("50:60 100:90", "leave out both ends"),
        ("25-40", "no number, no pairs, and no such file"),
        ("20", "did you mean 20%?"),
    ],
)
def test_what_is_no_print_is_refused(text: str, message: str) -> None:
    """Columns that are swapped, ends that are measured, and a forgotten percent sign."""
    with pytest.raises(UsageError) as refused:
        Options.of(dot_gain=text)

    assert message in str(refused.value)


def test_errors_of_measurement_are_taken() -> None:
    """A tone that is a little lighter than the one before it is levelled."""
    curve = dot_gain.parse("80:97 90:95")

    assert [printed for _, printed in curve.points] == [0, 0.97, 0.9701, 1]


def test_damaged_line_of_a_file_is_named(tmp_path: Path) -> None:
    """The line that has no two numbers is in the message."""
    path = tmp_path / "curve.csv"
    path.write_text("25,40\n50,x\n")

    with pytest.raises(ParseError, match="line '50,x'"):
        dot_gain.parse(path)


def test_recipes_hold_all_options_of_a_medium() -> None:
    """The options of a medium come back from JSON."""
    options = Options.of(
        medium="riso", dot_gain="5:12 50:70", darkness=0.9, min_dot="0.2mm", min_gap=2
    )

    assert Options.of(**recipes.from_options(options)) == options


@pytest.mark.parametrize(("size", "cells"), [("2", 2), ("0.2mm", 2), ("0.21mm", 3), ("0.05mm", 1)])
def test_length_is_rounded_up_to_cells(size: str, cells: int) -> None:
    """A dot is at least as wide as the length says, for cells of 0.1 mm."""
    assert feature_size.parse(size).in_cells("min-dot", 0.1) == cells


def test_length_needs_the_size_of_a_cell() -> None:
    """An error says which option is missing, or that cells are too small."""
    with pytest.raises(UsageError, match="min-gap 0.2mm needs the size of a cell; add --cell"):
        FeatureSize(0.2, is_length=True).in_cells("min-gap", None)
    with pytest.raises(UsageError, match="200 cells of 0.1 mm; at most 64"):
        FeatureSize(20, is_length=True).in_cells("min-gap", 0.1)


@pytest.mark.parametrize("text", ["0", "65", "2.5", "1m", "wide"])
def test_other_sizes_are_refused(text: str) -> None:
    """A side is a whole number of cells from 1, or a length with its unit."""
    with pytest.raises(ParseError, match="cells"):
        feature_size.parse(text)
