"""What commands say of a plan, a finding or a method: in words, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pixbin.catalog.packing import Packing
from pixbin.neural.model_card import read, sha256
from pixbin.options.presets import Setting, Settings

if TYPE_CHECKING:
    from pixbin.catalog.devices import Device
    from pixbin.catalog.formats import Format
    from pixbin.catalog.methods import Method
    from pixbin.errors import InputError
    from pixbin.geometry import Plan
    from pixbin.neural.model_card import Card, Model
    from pixbin.options import Options
    from pixbin.verify import Finding

DEFAULT = "default"  #: where values come from that nobody asked for
_CROP_WORTH_TELLING = 0.01  #: share of the picture
_LONGEST_LIST = 66  #: letters, beside a heading
_PLAN_HEADINGS = (
    *("source", "output", "mask", "source_size", "crop", "grid", "picture", "blocks", "size"),
    *("method", "format"),
)


def as_json(report: object) -> str:
    """Return a report in one line for machines."""
    import json

    return json.dumps(report)


def crop_notes(plan: Plan) -> list[str]:
    """Say that a part of the picture is cropped, if it is worth telling."""
    if plan.cropped <= _CROP_WORTH_TELLING:
        return []
    return [
        f"cropped to {plan.crop.size} of {plan.source} ({plan.cropped:.0%} less) "
        f"to fill {plan.layout.output}; --fit contain shows all, --fit stretch distorts"
    ]


def of_plan(plan: Plan, options: Options, chosen: Format) -> dict[str, Any]:
    """Report how a conversion goes."""
    return {
        "source_size": str(plan.source),
        "crop": str(plan.crop),
        "grid": str(plan.layout.grid),
        "picture": str(plan.picture),
        "block": plan.layout.block,
        "blocks": plan.layout.blocks,
        "size": str(plan.layout.output),
        "method": options.method_name,
        "channels": options.channels.value,
        "alpha": _plain(options.keeps or options.behind),
        "format": chosen.value,
    }


def plan_lines(report: dict[str, Any]) -> list[str]:
    """Word a conversion's report, one line an item."""
    headings = [*_PLAN_HEADINGS, *["frames"] * (report["frames"] > 1)]
    told = [heading for heading in headings if report[heading] is not None]
    return [f"{heading.replace('_', ' '):12} {report[heading]}" for heading in told]


def of_settings(settings: Settings, options: Options) -> dict[str, Any]:
    """Report where the value of every option came from."""
    import dataclasses

    unasked = {
        field.name: Setting(_plain(getattr(options, field.name)), DEFAULT)
        for field in dataclasses.fields(options)
    }
    if options.device is not None:
        origin, packing = f"device {options.device}", options.device.packing
        words = options.device.settings | options.wishes.over(packing, is_memory=True).words
        unasked |= {name: Setting(word, origin) for name, word in words.items()}
        if options.block is None:  # as a grid is asked for
            unasked["block"] = Setting(None, DEFAULT)
    return {
        "settings": {
            name: {"value": _plain(each.value), "from": each.origin}
            for name, each in (unasked | settings).items()
        }
    }


def _plain(value: object) -> object:
    if (
        isinstance(value, tuple)
        and len(value) == 3
        and all(isinstance(each, int) for each in value)
    ):
        return "#{:02x}{:02x}{:02x}".format(*value)
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def setting_lines(report: dict[str, Any]) -> list[str]:
    """Word where values came from: a line for each that was asked for, a few for all others."""
    found = {name.replace("_", "-"): each for name, each in report["settings"].items()}
    asked = [
        f"{'--' + name:12} {each['value']} ({each['from']})"
        for name, each in found.items()
        if each["from"] != DEFAULT
    ]
    others = [
        f"{name} {_shown(each['value'])}"
        for name, each in found.items()
        if each["from"] == DEFAULT and each["value"] is not None
    ]
    return asked + _wrapped(DEFAULT, others)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _wrapped(heading: str, items: list[str]) -> list[str]:
    """Word a list in lines of 80 letters, no item broken."""
    lines = [""]
    for item in items:
        if len(lines[-1]) + len(item) > _LONGEST_LIST:
            lines.append("")
        lines[-1] += f"{item}, "
    lines[-1] = lines[-1].removesuffix(", ")
    return [
        f"{heading if place == 0 else '':12} {line.rstrip()}" for place, line in enumerate(lines)
    ]


def plan_line(report: dict[str, Any]) -> str:
    """Word a conversion's report in one line."""
    frames = f", {report['frames']} frames" if report["frames"] > 1 else ""
    return "{output}: {size} pixels, {grid} cells of {blocks}, {method}".format(**report) + frames


def of_finding(finding: Finding) -> dict[str, Any]:
    """Report what was found in a file."""
    return {
        "file": finding.file,
        "ok": not finding.faults,
        "size": str(finding.size),
        "values": finding.values,
        "transparent": finding.is_clear,
        "bits": finding.bits,
        "block": finding.block,
        "faults": finding.faults,
    }


def of_unreadable(name: str, error: InputError) -> dict[str, Any]:
    """Report that nothing was found in a file."""
    return {"file": name, "ok": False, "faults": [str(error)]}


def finding_line(finding: Finding) -> str:
    """Word what was found in a file."""
    if finding.faults:
        return f"FAIL {finding.file}: {'; '.join(finding.faults)}"
    depth = f", {finding.bits} bit" if finding.bits else ""
    blocks = f", blocks of {finding.block}" if finding.block > 1 else ""
    clear = " and transparent" * finding.is_clear
    return f"ok   {finding.file}: {finding.size}, {finding.values} values{clear}{depth}{blocks}"


def of_model(model: Model, card: Card, verified: bool) -> dict[str, Any]:
    """Report what a model says of itself, and whether that was checked."""
    return {
        **card.texts,
        "sha256": model.sha256 or sha256(read(model)),
        "file": str(model.path),
        "verified": verified,
    }


def of_method(method: Method) -> dict[str, Any]:
    """Report a row of the table of methods."""
    return {
        "name": method.value,
        "family": type(method.family).__name__,
        "aliases": method.aliases,
        "advice": method.advice,
        "source": method.source,
    }


def of_device(device: Device) -> dict[str, Any]:
    """Report a row of the table of devices."""
    return {
        "name": device.name,
        "aliases": device.aliases,
        "kind": device.kind.value,
        "format": device.format,
        **device.settings,
        "source": device.source,
        "confirmed": device.confirmed,
        "note": device.note,
    }


def device_row(device: Device) -> list[str]:
    """Word a row of the table of devices, for a listing."""
    told = of_device(device)
    usual = Packing().words
    turns = (
        f"{name} {told[name]}"
        for name in ("stride", "rotate", "flip", "header")
        if told.get(name) not in (None, usual.get(name))
    )
    bits = " ".join((told["layout"], told["bit_order"], told["polarity"], *turns))
    source = device.source if device.confirmed else f"unconfirmed: {device.source}"
    also = ", ".join(device.aliases)
    return [device.name, also, told["kind"], told["size"], told["format"], bits, source]
