"""What commands say of a plan, a finding or a method: in words, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pixbin.catalog.packing import Packing
from pixbin.neural.model_card import read_model, sha256_hex
from pixbin.options.presets import Setting, Settings

if TYPE_CHECKING:
    from pixbin.catalog.devices import Device
    from pixbin.catalog.formats import Format
    from pixbin.catalog.methods import Method
    from pixbin.errors import InputError
    from pixbin.geometry import Plan
    from pixbin.neural.model_card import ModelCard, ModelFile
    from pixbin.options import Options
    from pixbin.verify import VerifyResult

DEFAULT_ORIGIN = "default"  #: where values come from that nobody asked for
_MAX_LIST_WIDTH = 66  #: letters, beside a heading
_JSON_FAMILIES = {"RankTile": "Tile"}  #: names in JSON, which stay when a class is renamed
_PLAN_HEADINGS = (
    *("source", "output", "mask", "source_size", "crop", "grid", "picture", "blocks", "size"),
    *("method", "format"),
)


def to_json(report: object) -> str:
    """Return a report in one line for machines."""
    import json

    return json.dumps(report)


def plan_report(plan: Plan, options: Options, chosen: Format) -> dict[str, Any]:
    """Report how a conversion goes."""
    return {
        "source_size": str(plan.source),
        "crop": str(plan.crop),
        "grid": str(plan.layout.grid),
        "picture": str(plan.picture),
        "block": plan.layout.block,
        "blocks": plan.layout.block_sizes_text,
        "size": str(plan.layout.output),
        "method": options.method_name,
        "channels": options.channels.value,
        "alpha": _json_value(options.alpha_mode or options.matte),
        "format": chosen.value,
    }


def plan_lines(report: dict[str, Any]) -> list[str]:
    """Word a conversion's report, one line an item."""
    headings = [*_PLAN_HEADINGS, *["frames"] * (report["frames"] > 1)]
    told = [heading for heading in headings if report[heading] is not None]
    return [f"{heading.replace('_', ' '):12} {report[heading]}" for heading in told]


def settings_report(settings: Settings, options: Options) -> dict[str, Any]:
    """Report where the value of every option came from."""
    import dataclasses

    unasked = {
        field.name: Setting(_json_value(getattr(options, field.name)), DEFAULT_ORIGIN)
        for field in dataclasses.fields(options)
    }
    if options.device is not None:
        origin, packing = f"device {options.device}", options.device.packing
        words = (
            options.device.option_texts
            | options.packing_overrides.apply_to(packing, has_byte_layout=True).option_texts
        )
        unasked |= {name: Setting(word, origin) for name, word in words.items()}
        if options.block is None:  # as a grid is asked for
            unasked["block"] = Setting(None, DEFAULT_ORIGIN)
    return {
        "settings": {
            name: {"value": _json_value(each.value), "from": each.origin}
            for name, each in (unasked | settings).items()
        }
    }


def _json_value(value: object) -> object:
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
        if each["from"] != DEFAULT_ORIGIN
    ]
    others = [
        f"{name} {_value_text(each['value'])}"
        for name, each in found.items()
        if each["from"] == DEFAULT_ORIGIN and each["value"] is not None
    ]
    return asked + _wrap_items(DEFAULT_ORIGIN, others)


def _value_text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _wrap_items(heading: str, items: list[str]) -> list[str]:
    """Word a list in lines of 80 letters, no item broken."""
    lines = [""]
    for item in items:
        if len(lines[-1]) + len(item) > _MAX_LIST_WIDTH:
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


def finding_report(finding: VerifyResult) -> dict[str, Any]:
    """Report what was found in a file."""
    return {
        "file": finding.file,
        "ok": not finding.faults,
        "size": str(finding.size),
        "values": finding.value_count,
        "transparent": finding.has_transparency,
        "bits": finding.bits_per_pixel,
        "block": finding.block,
        "faults": finding.faults,
    }


def unreadable_report(name: str, error: InputError) -> dict[str, Any]:
    """Report that nothing was found in a file."""
    return {"file": name, "ok": False, "faults": [str(error)]}


def finding_line(finding: VerifyResult) -> str:
    """Word what was found in a file."""
    if finding.faults:
        return f"FAIL {finding.file}: {'; '.join(finding.faults)}"
    depth = f", {finding.bits_per_pixel} bit" if finding.bits_per_pixel else ""
    blocks = f", blocks of {finding.block}" if finding.block > 1 else ""
    clear = " and transparent" * finding.has_transparency
    return (
        f"ok   {finding.file}: {finding.size}, {finding.value_count} values{clear}{depth}{blocks}"
    )


def model_report(model: ModelFile, card: ModelCard, verified: bool) -> dict[str, Any]:
    """Report what a model says of itself, and whether that was checked."""
    return {
        **card.texts,
        "sha256": model.sha256 or sha256_hex(read_model(model)),
        "file": str(model.path),
        "verified": verified,
    }


def method_report(method: Method) -> dict[str, Any]:
    """Report a row of the table of methods."""
    family = type(method.family).__name__
    return {
        "name": method.value,
        "family": _JSON_FAMILIES.get(family, family),
        "aliases": method.aliases,
        "advice": method.advice,
        "source": method.source,
    }


def device_report(device: Device) -> dict[str, Any]:
    """Report a row of the table of devices."""
    return {
        "name": device.name,
        "aliases": device.aliases,
        "kind": device.kind.value,
        "format": device.format,
        **device.option_texts,
        "source": device.source,
        "confirmed": device.confirmed,
        "note": device.note,
    }


def device_row(device: Device) -> list[str]:
    """Word a row of the table of devices, for a listing."""
    told = device_report(device)
    usual = Packing().option_texts
    turns = (
        f"{name} {told[name]}"
        for name in ("stride", "rotate", "flip", "header")
        if told.get(name) not in (None, usual.get(name))
    )
    bits = " ".join((told["layout"], told["bit_order"], told["polarity"], *turns))
    source = device.source if device.confirmed else f"unconfirmed: {device.source}"
    also = ", ".join(device.aliases)
    return [device.name, also, told["kind"], told["size"], told["format"], bits, source]
