"""The plan of a sheet: tiles, rows, columns and titles."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixbin.catalog import method_uses
from pixbin.errors import UsageError
from pixbin.options import presets
from pixbin.options.variations import Variation, parse_choices, parse_variation
from pixbin.preview.sheet import MAX_TILES, PlannedSection, plan_sheet, short_names

AXES = ["method=fs,ink", "grid=32,64,128", "gamma=1,1.5,2", "edges=0,50%", "invert=on"]


def plan(
    sources: Sequence[str], *texts: str, **settings: str
) -> tuple[list[PlannedSection], list[Variation]]:
    """Return the plan of a sheet with variations as text."""
    variations = [parse_variation(text) for text in texts]
    merged = presets.merge(settings, presets.NO_PRESET)
    return plan_sheet(sources, merged, variations), variations


@given(st.lists(st.sampled_from(AXES), unique=True, min_size=1), st.integers(1, 3))
def test_every_combination_is_drawn_once(texts: list[str], source_count: int) -> None:
    """Each source has each combination of choices once, in rows of equal length."""
    sources = [f"{number}.png" for number in range(source_count)]
    sections, variations = plan(sources, *texts)
    tiles = [tile for section in sections for tile in section.tiles]

    assert len(tiles) == source_count * math.prod(map(len, variations))
    assert len({(tile.source, frozenset(tile.choices)) for tile in tiles}) == len(tiles)
    assert len({len(section.tiles) for section in sections}) == 1
    for section in sections:
        assert all(tile.source == section.source for tile in section.tiles)


@given(st.lists(st.sampled_from(AXES), unique=True, min_size=1), st.integers(1, 3))
def test_title_and_label_are_the_choices(texts: list[str], source_count: int) -> None:
    """The options in title and label are those by which tiles differ, and are in the command."""
    sections, _ = plan([f"{number}.png" for number in range(source_count)], *texts)
    for section in sections:
        for tile in section.tiles:
            words = tile.command.split()
            shared = [part for part in section.title if part.startswith("-")]
            for part in (*shared, *tile.label):
                options = part.split()
                assert any(words[i : i + len(options)] == options for i in range(len(words))), part


def test_one_variation_of_one_source_is_one_section() -> None:
    """It has no title, as a sheet of methods has always been."""
    (section,), _ = plan(["cat.png"], "method=fs,ink,otsu")

    assert (section.title, section.is_row) == ((), False)
    assert [tile.label for tile in section.tiles] == [("-m fs",), ("-m ink",), ("-m otsu",)]


def test_sources_are_rows() -> None:
    """Each of several sources begins a row with its own name."""
    sections, _ = plan(["a/cat.png", "b/cat.png", "b/dog.png"], "method=fs,ink")

    assert [section.title for section in sections] == [("a/cat.png",), ("b/cat.png",), ("dog.png",)]
    assert short_names(["x/cat.png"]) == {"x/cat.png": "cat.png"}


def test_long_variations_become_columns() -> None:
    """Twelve methods by two sharpness values are two rows, not twelve, to fit a screen."""
    methods = ",".join(method_uses.DOZEN)
    sections, _ = plan(["cat.png"], f"method={methods}", "sharpen=0,2")

    assert [section.title for section in sections] == [("--sharpen 0",), ("--sharpen 2",)]
    assert [len(section.tiles) for section in sections] == [12, 12]


def test_all_methods_stand_under_their_use() -> None:
    """With `uses`, each use is a section that wraps, and other variations make a table again."""
    every = parse_choices("method", ",".join(m for g in method_uses.by_use().values() for m in g))
    settings = presets.merge({}, presets.NO_PRESET)
    by_use = plan_sheet(["cat.png"], settings, [every], method_uses.by_use())
    table = plan_sheet(
        ["cat.png"], settings, [every, parse_variation("gamma=1,2")], method_uses.by_use()
    )

    assert [section.title for section in by_use] == [(use,) for use in method_uses.by_use()]
    assert sum(len(section.tiles) for section in by_use) == len(every)
    assert sum(len(section.tiles) for section in table) == 2 * len(every)


@pytest.mark.parametrize(
    ("source", "settings", "text", "expected"),
    [
        ("cat.jpg", {}, "method=fs", ["cat.jpg", "cat-fs.png", "-m", "fs"]),
        ("a b/c d.jpg", {}, "grid=32", ["a b/c d.jpg", "c d-32.png", "-g", "32"]),
        ("-x.png", {}, "gamma=1.5", ["./-x.png", "./-x-1.5.png", "--gamma", "1.5"]),
        ("-", {}, "invert=on", ["-", "stdin-invert.png", "--invert"]),
        (
            "i.png",
            {"gamma": "2"},
            "edges=50%",
            ["i.png", "i-50.png", "--gamma", "2", "--edges", "50%"],
        ),
        ("i.png", {"gamma": "2"}, "gamma=3", ["i.png", "i-3.png", "--gamma", "3"]),
        ("i.png", {"threshold": "9"}, "method=fs", ["i.png", "i-fs.png", "-m", "fs"]),
    ],
)
def test_command(source: str, settings: dict[str, str], text: str, expected: list[str]) -> None:
    """The command has all settings that count, and quotes where a shell needs them."""
    ((section,), _) = plan([source], text, **settings)

    assert shlex.split(section.tiles[0].command) == ["pixbin", "convert", *expected]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["grid=1,2", "gamma=1", "grid=3,4"], "grid is varied twice"),
        ([f"seed={','.join(map(str, range(MAX_TILES + 1)))}"], "1001 tiles is too large"),
    ],
)
def test_refused_plans(texts: list[str], message: str) -> None:
    """The same option twice, and more tiles than a sheet can have, are usage errors."""
    with pytest.raises(UsageError, match=message):
        plan(["cat.png"], *texts)
