"""The flags of `pixbin compare` that say what varies, and the methods if none of them does."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pixbin.catalog import method_uses
from pixbin.catalog.families import FixedThreshold
from pixbin.catalog.methods import Method
from pixbin.errors import UsageError
from pixbin.options import SPECS, presets
from pixbin.options.presets import Settings
from pixbin.options.specification import ExclusiveGroup
from pixbin.options.variations import Choice, Variation, parse_choices, parse_variation
from pixbin.preview.sheet import Uses


@dataclass(frozen=True, slots=True)
class VariationFlags:
    """Values of flags, as they were typed."""

    methods: str | None
    every: bool  #: all methods
    models: str | None
    grids: str | None
    vary: Sequence[str]  #: each as `NAME=VALUE,...`

    @property
    def uses(self) -> Uses | None:
        """All methods by their use, if they are compared."""
        return method_uses.by_use() if self.every else None

    def variations(self, settings: Settings) -> list[Variation]:
        """Return the variations of a sheet: sources apart, methods and models come first.

        Raises
        ------
        UsageError
            A value cannot be parsed, or flags contradict each other.
        """
        varied = [*map(parse_variation, self.vary)]
        if self.grids is not None:
            varied.insert(0, parse_choices("grid", self.grids))
        chosen = [*self._chosen_methods(settings)]
        names = [choices[0].name for choices in varied]
        is_method_varied = any(SPECS[name].rivals is ExclusiveGroup.METHOD for name in names)
        if not chosen and not is_method_varied:
            chosen = [*_default_methods(settings, names)]
        return [tuple(chosen), *varied] if chosen else varied

    def _chosen_methods(self, settings: Settings) -> Iterator[Choice]:
        """Yield the methods and models that flags name; the user's own matrix is one, too."""
        single = settings.get("method")
        is_single = single is not None and single.origin == presets.COMMAND_LINE
        if (self.methods is not None) + self.every + is_single > 1:
            raise UsageError("give one of --method, --methods and --all")
        if self.methods is not None or self.every:
            yield from _matrix_choice(settings)
        if self.methods is not None:
            yield from parse_choices("method", self.methods)
        elif self.every:
            for methods in method_uses.by_use().values():
                yield from (Choice("method", method.value) for method in methods)
        elif is_single and single is not None:
            yield Choice("method", single.value)
        if self.models is not None:
            yield from parse_choices("model", self.models)


def _default_methods(settings: Settings, varied: Sequence[str]) -> Iterator[Choice]:
    """Yield the user's matrix and those of the dozen that the varied options have effect on."""
    yield from _matrix_choice(settings)
    threshold = settings.get("threshold")
    methods = [*method_uses.DOZEN]
    if threshold is not None and threshold.origin == presets.COMMAND_LINE:
        methods.insert(0, next(m for m in Method if isinstance(m.family, FixedThreshold)))
    every = itertools.chain(*method_uses.by_use().values())
    affected = method_uses.affected_by(varied, methods) or method_uses.affected_by(varied, every)
    yield from (Choice("method", method.value) for method in affected)


def _matrix_choice(settings: Settings) -> Iterator[Choice]:
    if "matrix" in settings:
        yield Choice("matrix", settings["matrix"].value)
