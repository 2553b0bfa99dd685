"""The choice of the method `auto`: what serves the kind of the picture, and why."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from pixbin.catalog.enums import Intent
from pixbin.catalog.methods import Method
from pixbin.catalog.picture_kinds import AUTO_NOTE, LEAST_CONFIDENCE, PictureKind
from pixbin.catalog.picture_kinds import choose as choose_treatments
from pixbin.color import rgb
from pixbin.color.spaces import ChannelLevels
from pixbin.geometry import Box, Extent, Plan, Size
from pixbin.options import Options
from pixbin.pipeline import planning
from pixbin.readers.raster import Raster

if TYPE_CHECKING:
    from pixbin.classification.classify import Classification
    from pixbin.readers.animated import FrameSequence

MAX_FRAMES = 3  #: frames of an animation that are looked at, evenly spaced

#: classifications of rasters, by the function that reads their pixels, as long as it is in use
_known: WeakKeyDictionary[Callable[[Box], ChannelLevels], dict[rgb.Color, Classification]]
_known = WeakKeyDictionary()


class AutomaticChoice(NamedTuple):
    """The options in place of `auto`, and why."""

    options: Options
    kind: PictureKind
    confidence: float  #: 0 to 1
    reason: str
    intent: Intent
    settings: dict[str, Any]  #: what was chosen, by option

    @property
    def sentence(self) -> str:
        """The kind, the reason, and the options that make the same picture."""
        line = " ".join(f"--{name} {_text(value)}" for name, value in self.settings.items())
        perhaps = "" if self.is_sure else "perhaps "
        sure = f"{perhaps}{self.kind} ({self.confidence:.0%} sure): {self.reason}"
        doubt = "" if self.is_sure else f"; below {LEAST_CONFIDENCE:.0%}, so as a photograph"
        return f"{sure}{doubt}; {self.intent}: {line}"

    @property
    def is_sure(self) -> bool:
        """Whether the confidence is high enough to act on it."""
        return self.confidence >= LEAST_CONFIDENCE

    @property
    def note(self) -> str:
        """The choice as a note for the user."""
        return AUTO_NOTE + self.sentence

    @property
    def short(self) -> str:
        """The kind and the method, as in `text: otsu`; in doubt, `logo?: floyd-steinberg`."""
        return f"{self.kind}{'' if self.is_sure else '?'}: {self.options.method_name}"

    @property
    def report(self) -> dict[str, Any]:
        """The choice for JSON."""
        return {
            "summary": self.sentence,
            "kind": self.kind.value,
            "confidence": round(self.confidence, 3),
            "reason": self.reason,
            "intent": self.intent.value,
            "settings": {
                name: str(value) if isinstance(value, Method | Size) else value
                for name, value in self.settings.items()
            },
        }

    def notes(self, plan: Plan) -> tuple[str, ...]:
        """Return notes for the user: the choice, and advice on the size of text."""
        advice: tuple[str, ...] = ()
        is_text = self.kind in (PictureKind.TEXT, PictureKind.LINE_ART)
        if is_text and plan.has_default_grid and plan.layout.block != 1:
            advice = ("text and thin lines read better with --block 1",)
        return (self.note, *advice)


def for_raster(raster: Raster, options: Options) -> AutomaticChoice:
    """Return what `auto` chooses for a picture."""
    known = _known.setdefault(raster.read_box, {})
    matte = options.matte or rgb.WHITE
    if matte not in known:
        known[matte] = _classify([raster], matte)
    return _choice(known[matte], raster, options)


def for_frames(source: FrameSequence, options: Options) -> AutomaticChoice:
    """Return what `auto` chooses for all frames of an animation.

    Raises
    ------
    InputError
        The source is damaged.
    """
    count = min(source.length, MAX_FRAMES)
    numbers = {number * source.length // count for number in range(count)}
    rasters = [frame.raster for index, frame in enumerate(source.frames()) if index in numbers]
    return _choice(_classify(rasters, options.matte or rgb.WHITE), rasters[0], options)


def _classify(rasters: Sequence[Raster], matte: rgb.Color) -> Classification:
    from pixbin.classification import classify

    return classify.classify(rasters, matte)


def _choice(classified: Classification, raster: Raster, options: Options) -> AutomaticChoice:
    kind, confidence = classified.kind, classified.confidence
    chosen = choose_treatments(kind, confidence, options.intent, classified.traits)
    settings: dict[str, Any] = {}
    if _takes_art_grid(raster, options):
        settings = _art_grid(classified)
    without = _with_settings(options, {"method": Method.FLOYD_STEINBERG} | settings)
    plan = planning.plan_with_known_method(raster, without)
    cells, pixels = max(plan.picture.size), max(plan.crop.size)
    treatment = chosen.methods.treatment(cells, pixels / cells)
    defaults = {field.name: field.default for field in dataclasses.fields(options)}
    settings |= {
        name: value
        for name, value in treatment.settings
        if getattr(options, name) == defaults[name]  # what the user sets, stays
    }
    settings = {"method": treatment.method} | settings
    return AutomaticChoice(
        _with_settings(options, settings),
        kind,
        confidence,
        ", ".join(filter(None, (classified.reason, chosen.trait))),
        chosen.intent,
        settings,
    )


def _with_settings(options: Options, settings: dict[str, Any]) -> Options:
    """Return options with settings in place of the intent."""
    grid = {"grid": Extent(*settings["grid"])} if "grid" in settings else {}
    return dataclasses.replace(options, intent=None, **settings | grid)


def _art_grid(classified: Classification) -> dict[str, Any]:
    """Return the option that makes a cell of each pixel of pixel art, if it is enlarged."""
    if classified.art_grid:
        return {"grid": classified.art_grid}
    is_enlarged = (classified.art_pixel or 1) > 1
    return {"block": classified.art_pixel} if is_enlarged else {}


def _takes_art_grid(raster: Raster, options: Options) -> bool:
    """Return whether the pixels of pixel art may become the cells: nothing else gives a size."""
    has_size = options.size or options.grid or options.block or options.crop or options.pixel
    is_whole = raster.original_size in (None, raster.size) and options.zoom == 1
    return not has_size and is_whole


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
