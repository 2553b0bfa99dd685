"""The plan of a sheet: which tiles it has, and how they stand in sections, rows and columns."""

from __future__ import annotations

import itertools
import math
import re
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from pixbin import files
from pixbin.catalog.methods import Method
from pixbin.errors import UsageError
from pixbin.options import SPECS, Options, command_words, presets
from pixbin.options.presets import Settings
from pixbin.options.variations import Choice, Variation, with_choices

MAX_TILES = 1000
ASPECT_RATIO = 1.6  #: approximate width of a sheet divided by its height
_TILE_SHAPE = (268, 300)  #: usual width and height of a tile with its label, in pixels

Uses = Mapping[str, Sequence[Method]]  #: methods by their use, which gives a heading


@dataclass(frozen=True, slots=True)
class PlannedTile:
    """One picture of a sheet: a source, and the settings that make the picture."""

    source: str  #: name of the file, or `-`
    settings: Settings
    choices: tuple[Choice, ...]  #: by which the tile differs from the others of its source
    label: tuple[str, ...]  #: options to copy, by which it differs from its neighbours

    @property
    def options(self) -> Options:
        """The options of the conversion; raises UsageError if they contradict each other."""
        return presets.to_options(self.settings)

    @property
    def command(self) -> str:
        """The command line that makes this picture, with quotes for a POSIX shell."""
        chosen = {choice.name for choice in self.choices}
        common = {name: self.settings[name].value for name in SPECS if name in self.settings}
        words = command_words.settings_words(
            {name: value for name, value in common.items() if name not in chosen}
        )
        for choice in self.choices:
            words += command_words.flag_words(*choice)
        source = f"./{self.source}" if re.match("-.", self.source) else self.source
        return shlex.join(["pixbin", "convert", source, self._target_name(), *words])

    def _target_name(self) -> str:
        stem = PurePath(files.display_name(self.source)).stem or "picture"
        values = [
            str(choice.value if isinstance(choice.value, str) else choice.label)
            for choice in self.choices
        ]
        ending = re.sub(r"[^\w.]+", "-", "-".join(values)).strip("-.")[:60]
        name = f"{stem}-{ending or '1bit'}.png"
        return f"./{name}" if name.startswith("-") else name


@dataclass(frozen=True, slots=True)
class PlannedSection:
    """A row of a table, or a group of tiles that wraps; it begins with its source."""

    source: str
    title: tuple[str, ...]  #: by which it differs from other sections; may be empty
    tiles: tuple[PlannedTile, ...]
    is_row: bool = False  #: whether its tiles stand below those of other sections


def plan_sheet(
    sources: Sequence[str],
    settings: Settings,
    variations: Sequence[Variation],
    uses: Uses | None = None,
) -> list[PlannedSection]:
    """Return the sections of a sheet, with a tile for each source and combination of choices.

    With one variation the tiles of a source wrap. With several, the sections are rows of a table.
    Which variations become rows and which columns depends on the shape of the sheet.

    Parameters
    ----------
    sources : names of files
    settings : common to all tiles
    variations : each with at least one choice
    uses : methods by their use
        If nothing but the method varies, each use gets a section.

    Raises
    ------
    UsageError
        There are too many tiles, or two variations set the same option.
    """
    _check(len(sources), variations)
    fixed = tuple(axis[0] for axis in variations if len(axis) == 1)
    axes = [axis for axis in variations if len(axis) > 1]
    rows, columns = _split(axes, len(sources))
    planner = _SheetPlanner(settings, fixed, short_names(sources) if len(sources) > 1 else {})
    sections: list[PlannedSection] = []
    for source in sources:
        for shared in itertools.product(*rows):
            tiles = [*itertools.product(*columns)]
            if uses and len(axes) == 1:
                sections += planner.sections_by_use(source, tiles, uses)
            else:
                sections.append(planner.section(source, shared, tiles))
    return sections


@dataclass(frozen=True, slots=True)
class _SheetPlanner:
    settings: Settings
    fixed: tuple[Choice, ...]
    names: Mapping[str, str]  #: of the sources, for titles; empty if there is one source

    def section(
        self, source: str, shared: tuple[Choice, ...], tiles: Sequence[tuple[Choice, ...]]
    ) -> PlannedSection:
        title = (*self._name(source), *(choice.label for choice in shared))
        members = tuple(self._tile(source, shared, own) for own in tiles)
        return PlannedSection(source, title, members, is_row=bool(title))

    def sections_by_use(
        self, source: str, tiles: Sequence[tuple[Choice, ...]], uses: Uses
    ) -> Iterator[PlannedSection]:
        for use, methods in uses.items():
            group = [own for own in tiles if own[0].name == "method" and own[0].value in methods]
            if group:
                title = (*self._name(source), use)
                members = tuple(self._tile(source, (), own) for own in group)
                yield PlannedSection(source, title, members)
        rest = [own for own in tiles if own[0].name != "method"]
        if rest:
            title = (*self._name(source), "Your own")
            members = tuple(self._tile(source, (), own) for own in rest)
            yield PlannedSection(source, title, members)

    def _name(self, source: str) -> tuple[str, ...]:
        return (self.names[source],) if self.names else ()

    def _tile(
        self, source: str, shared: tuple[Choice, ...], own: tuple[Choice, ...]
    ) -> PlannedTile:
        choices = (*self.fixed, *shared, *own)
        settings = with_choices(self.settings, choices)
        label = tuple(choice.label for choice in own or self.fixed[:1])
        return PlannedTile(source, settings, choices, label or (_method_label(settings),))


def short_names(sources: Sequence[str]) -> dict[str, str]:
    """Return the last parts of the names of files or, where those are equal, the whole names."""
    last = {source: PurePath(files.display_name(source)).name for source in sources}
    counts = Counter(last.values())
    return {
        source: name if counts[name] == 1 else files.display_name(source)
        for source, name in last.items()
    }


def _method_label(settings: Settings) -> str:
    """Return the label of a tile whose options are those of all others."""
    for name in ("matrix", "model", "method", "threshold"):
        if name in settings:
            return Choice(name, settings[name].value).label
    return Choice("method", Method.FLOYD_STEINBERG.value).label


def _check(source_count: int, variations: Sequence[Variation]) -> None:
    count = source_count * math.prod(map(len, variations))
    if count > MAX_TILES:
        raise UsageError(f"a sheet of {count} tiles is too large; at most {MAX_TILES} are possible")
    names: set[str] = set()
    for axis in variations:
        own = {choice.name for choice in axis}
        if twice := own & names:
            raise UsageError(f"{min(twice)} is varied twice; name all its values once")
        names |= own


def _split(axes: Sequence[Variation], source_count: int) -> tuple[list[Variation], list[Variation]]:
    """Return the variations that make rows and those that make columns.

    They keep their order. Sources are rows, too.
    """
    if len(axes) + (source_count > 1) < 2:
        return [], [*axes]
    splits = [
        split
        for cut in range(len(axes))
        for split in (([*axes[:cut]], [*axes[cut:]]), ([*axes[cut:]], [*axes[:cut]]))
        if split[1] and (split[0] or source_count > 1)
    ]

    def misfit(split: tuple[list[Variation], list[Variation]]) -> float:
        tall, wide = (math.prod(map(len, part)) for part in split)
        width, height = _TILE_SHAPE
        ratio = (wide + 1) * width / (tall * source_count * height)
        return abs(math.log(ratio / ASPECT_RATIO))

    return min(splits, key=misfit, default=([], [*axes]))
