"""The controls of the page, made from the one list of options."""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from typing import Any

from pixbin.catalog import limits, method_uses
from pixbin.catalog.devices import DEVICES, Device
from pixbin.catalog.formats import Format
from pixbin.catalog.methods import AUTO, Method
from pixbin.neural import model_card
from pixbin.options import Options, parsing
from pixbin.options.specification import OptionSpec, Panel, spec_of
from pixbin.studio import masks
from pixbin.studio.frames import FRAMES

#: Lowest value, highest value and step of a slider. Its typed number may be any that the option
#: takes. An option without a row gets a field for text.
SLIDERS: dict[str, tuple[float, float, float]] = {
    "zoom": (1, 8, 0.1),
    "grid": (8, 400, 1),
    "block": (1, 32, 1),
    "threshold": (0, 255, 1),
    "refine": (0, 60, 5),
    "radius": (1, 40, 1),
    "structure": (0, 1, 0.05),
    "angle": (-90, 90, 5),
    "frequency": (0.05, 0.5, 0.01),
    "seed": (0, 100, 1),
    "strength": (0, 1, 0.05),
    "enhance": (0, 1, 0.05),
    "exposure": (0, 3, 0.05),
    "detail": (0, 3, 0.05),
    "relief": (0, 3, 0.05),
    "brightness": (-1, 1, 0.02),
    "contrast": (-1, 2, 0.05),
    "gamma": (0.2, 4, 0.05),
    "sharpen": (0, 4, 0.1),
    "edges": (0, 1, 0.05),
    "power": (0.05, 1, 0.05),
    "darkness": (0.3, 1, 0.05),
    "feed": (100, 6000, 100),
}
_ANY_PICTURE = "Chosen for each picture"  #: the use of `auto`, which is no method of its own
#: The film strip: methods of different kinds that serve most pictures; the rest is one click away.
STRIP = (
    *(Method.FLOYD_STEINBERG, Method.ATKINSON, Method.CONTRAST_AWARE, Method.BAYER4),
    *(Method.BLUE_NOISE, Method.DIRECT_BINARY_SEARCH, Method.INK, Method.NEURAL),
)
#: Settings to begin with, by a name that says how the result looks.
LOOKS: dict[str, dict[str, str | bool]] = {
    "Icon, 64 pixels": {"size": "64x", "block": "1", "method": "ink"},
    "Ink drawing": {"model": "ink"},
    "Old Macintosh": {"method": "atkinson"},
    "Newspaper": {"method": "halftone", "frequency": "0.2"},
    "Pocket console": {"method": "bayer4", "ink": "#0f380f", "paper": "#9bbc0f"},
    "Amber terminal": {"method": "blue-noise", "ink": "#1a0f00", "paper": "#ffb000"},
}


_WITH_MASK = ("method_inside", "method_outside")  #: options that need a mask
_OPEN_CHOICES = ("alpha", "provider")  #: options that offer words, and take other values as well


class ControlKind(StrEnum):
    """The kind of input that the page makes for an option."""

    SWITCH = "switch"
    CHOICE = "choice"
    SLIDER = "slider"
    COLOR = "color"
    TEXT = "text"
    FILE = "file"


def page_tables() -> dict[str, Any]:
    """Return everything that the page is built from: controls, methods, devices and formats."""
    return {
        "panels": [panel.value for panel in Panel],
        "controls": [
            _control(field)
            for field in dataclasses.fields(Options)
            if field.name not in limits.OPTION_NAMES
        ],
        "methods": [
            {"name": each.value, "advice": each.advice, "use": use}
            for use, methods in [
                (_ANY_PICTURE, [Method.named(AUTO)]),
                *method_uses.by_use().items(),
            ]
            for each in methods
        ],
        "strip": [each.value for each in STRIP],
        "devices": [_device_row(device) for device in DEVICES],
        "formats": [_format_row(each) for each in Format],
        "looks": [{"name": name, "settings": settings} for name, settings in LOOKS.items()],
        "frames": [frame._asdict() for frame in FRAMES],
    }


def _control(field: dataclasses.Field[Any]) -> dict[str, Any]:
    name, spec = field.name, spec_of(field)
    return {
        "name": name,
        "label": name.replace("_", " "),
        "panel": spec.panel.value,
        "kind": _kind(field, spec),
        "help": spec.help,
        "metavar": spec.metavar,
        "default": _page_value(field.default),
        "choices": _choices(name, spec),
        "slider": SLIDERS.get(name),
        "basic": spec.is_basic,
        "rivals": spec.rivals,
        "methods": _methods_using(name),
        "needs": masks.OPTION if name in _WITH_MASK else None,
        "byDevice": spec.set_by_device,
    }


def _kind(field: dataclasses.Field[Any], spec: OptionSpec) -> ControlKind:
    if isinstance(field.default, bool):
        return ControlKind.SWITCH
    if field.name in SLIDERS:
        return ControlKind.SLIDER
    if field.name == masks.OPTION:
        return ControlKind.FILE
    if spec.parse is parsing.color:
        return ControlKind.COLOR
    is_closed = field.name not in _OPEN_CHOICES and _choices(field.name, spec)
    return ControlKind.CHOICE if is_closed else ControlKind.TEXT


def _choices(name: str, spec: OptionSpec) -> list[str]:
    """Return the words that a control offers."""
    match name:
        case "method" | "method_inside" | "method_outside":
            return [each.value for each in Method]
        case "model":
            return [*model_card.shipped_models()]
        case "device":
            return [device.name for device in DEVICES]
    return [*map(str, spec.choices)]


def _methods_using(name: str) -> list[str] | None:
    """Return the methods that an option has an effect on; None for all."""
    methods = method_uses.affected_by([name], Method)
    return None if len(methods) == len(Method) else [each.value for each in methods]


def _page_value(value: Any) -> str | bool | None:
    """Return the default of an option as the page writes it."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, tuple):
        return "#{:02x}{:02x}{:02x}".format(*value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _device_row(device: Device) -> dict[str, Any]:
    return {
        "name": device.name,
        "kind": device.kind.value,
        "size": device.size_text,
        "format": device.format,
    }


def _format_row(output_format: Format) -> dict[str, Any]:
    return {"name": output_format.value, "extension": output_format.extension}
