"""Reports of commands on a plan, a verified file, a method or a device: as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pixbin.catalog.methods import AUTO
from pixbin.catalog.packing import Packing
from pixbin.errors import UsageError
from pixbin.options import presets
from pixbin.options.presets import Setting, Settings

if TYPE_CHECKING:
    from pixbin.catalog.devices import Device
    from pixbin.catalog.formats import Format
    from pixbin.catalog.media import Medium
    from pixbin.catalog.methods import Method
    from pixbin.errors import InputError
    from pixbin.geometry import Plan
    from pixbin.neural.model_card import ModelCard, ModelFile
    from pixbin.options import Options
    from pixbin.verification import VerifyResult

_LOOK_AMOUNTS = ("exposure", "detail", "relief")  #: options that are factors of `--enhance`
DEFAULT_ORIGIN = "default"  #: the origin of values that the user did not give
_MAX_LIST_WIDTH = 66  #: characters, without the heading
_JSON_FAMILIES = {"RankTile": "Tile"}  #: names in JSON of classes that were renamed
_PLAN_HEADINGS = (
    *("source", "output", "mask", "source_size", "crop", "grid", "picture", "blocks", "size"),
    *("method", "format"),
)


def to_json(report: object) -> str:
    """Return a report as one line of JSON."""
    import json

    return json.dumps(report)


def plan_report(plan: Plan, options: Options, output_format: Format) -> dict[str, Any]:
    """Return the report of a conversion: sizes, grid, method and format."""
    return {
        "source_size": str(plan.source),
        "crop": str(plan.crop),
        "grid": str(plan.layout.grid),
        "picture": str(plan.picture),
        "block": plan.layout.block,
        "blocks": plan.layout.block_sizes_text,
        "size": str(plan.layout.output),
        "method": options.method_name,
        **({"outside": outside.value} if (outside := options.outside_method) else {}),
        "channels": options.channels.value,
        "alpha": _json_value(options.alpha_mode or options.matte),
        "format": output_format.value,
    }


def plan_lines(report: dict[str, Any]) -> list[str]:
    """Return a conversion's report as text, one item per line."""
    headings = [*_PLAN_HEADINGS, *["frames"] * (report["frames"] > 1)]
    headings += ["sheet"] * ("sheet" in report)
    if "outside" in report:
        headings.insert(headings.index("method") + 1, "outside")
    if "auto" in report:
        report = report | {"auto": report["auto"]["summary"]}
        headings.insert(headings.index("method") + 1, "auto")
    known = [heading for heading in headings if report[heading] is not None]
    return [f"{heading.replace('_', ' '):12} {report[heading]}" for heading in known]


def save_preset(preset: presets.Preset) -> str:
    """Save a preset, and return a line on it, which says whether it replaces another."""
    is_new = not preset.path.exists()
    return f"kept as {preset.save()}{'' if is_new else ', in place of an older one'}"


def effect_notes(settings: Settings, options: Options) -> list[str]:
    """Return notes on options of the command line that do not change the picture."""
    from pixbin.catalog import method_uses

    given = [name for name, setting in settings.items() if setting.origin == presets.COMMAND_LINE]
    method = options.method
    if method is None or method == AUTO:
        return []
    outside = options.outside_method
    methods = [method] if outside is None else [method, outside]
    names = " and ".join(each.value for each in methods)
    without_look = {*_LOOK_AMOUNTS} if options.enhance == 0 else set()
    return [
        f"--{name.replace('_', '-')} has no effect with "
        + ("--enhance none" if name in without_look else names)
        for name in given
        if name in without_look
        or not method_uses.affected_by([_acting_name(name, options)], methods)
    ]


def _acting_name(name: str, options: Options) -> str:
    """Return the option by which an option acts: a medium without dots and gaps by its gain."""
    has_dot = options.medium is not None and options.medium.min_dot is not None
    return "dot_gain" if name == "medium" and not (has_dot and _has_lengths(options)) else name


def _has_lengths(options: Options) -> bool:
    """Return whether lengths can be counted in cells."""
    return options.cell is not None or options.pitch is not None


def settings_report(settings: Settings, options: Options) -> dict[str, Any]:
    """Return the value of every option with its origin."""
    import dataclasses

    implied = {
        field.name: Setting(_json_value(getattr(options, field.name)), DEFAULT_ORIGIN)
        for field in dataclasses.fields(options)
    }
    if options.enhance is None:
        implied["enhance"] = Setting("auto", DEFAULT_ORIGIN)
    if options.device is not None:
        origin, packing = f"device {options.device}", options.device.packing
        texts = (
            options.device.option_texts
            | options.packing_overrides.apply_to(packing, has_byte_layout=True).option_texts
        )
        implied |= {name: Setting(text, origin) for name, text in texts.items()}
        if options.block is None:  # a grid was given instead
            implied["block"] = Setting(None, DEFAULT_ORIGIN)
    if options.medium is not None:
        implied |= _medium_settings(options.medium, has_lengths=_has_lengths(options))
    return {
        "settings": {
            name: {"value": _json_value(setting.value), "from": setting.origin}
            for name, setting in (implied | settings).items()
        }
    }


def _medium_settings(medium: Medium, *, has_lengths: bool) -> dict[str, Setting]:
    """Return the values that a medium sets, of those options that are not given."""
    values = {"dot_gain": f"{medium.dot_gain:.1%}", "darkness": f"{medium.darkness:.0%}"}
    sides = {"min_dot": medium.min_dot, "min_gap": medium.min_gap} if has_lengths else {}
    values |= {name: f"{side:g}mm" for name, side in sides.items() if side is not None}
    return {name: Setting(text, f"medium {medium}") for name, text in values.items()}


def _json_value(value: object) -> object:
    if isinstance(value, tuple) and len(value) == 3 and all(type(part) is int for part in value):
        return "#{:02x}{:02x}{:02x}".format(*value)  # a colour
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def setting_lines(report: dict[str, Any]) -> list[str]:
    """Return settings as text: a line for each that was given, a few lines for the defaults."""
    settings = {name.replace("_", "-"): row for name, row in report["settings"].items()}
    given = [
        f"{'--' + name:12} {row['value']} ({row['from']})"
        for name, row in settings.items()
        if row["from"] != DEFAULT_ORIGIN
    ]
    defaults = [
        f"{name} {_value_text(row['value'])}"
        for name, row in settings.items()
        if row["from"] == DEFAULT_ORIGIN and row["value"] is not None
    ]
    return given + _wrap_items(DEFAULT_ORIGIN, defaults)


def _value_text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _wrap_items(heading: str, items: list[str]) -> list[str]:
    """Return a list as lines of at most 80 characters, no item broken."""
    lines = [""]
    for item in items:
        if len(lines[-1]) + len(item) > _MAX_LIST_WIDTH:
            lines.append("")
        lines[-1] += f"{item}, "
    lines[-1] = lines[-1].removesuffix(", ")
    return [
        f"{heading if index == 0 else '':12} {line.rstrip()}" for index, line in enumerate(lines)
    ]


def plan_line(report: dict[str, Any]) -> str:
    """Return a conversion's report as one line."""
    frames = f", {report['frames']} frames" if report["frames"] > 1 else ""
    return "{output}: {size} pixels, {grid} cells of {blocks}, {method}".format(**report) + frames


def verify_report(result: VerifyResult) -> dict[str, Any]:
    """Return the report of a verified file."""
    return {
        "file": result.file,
        "ok": not result.faults,
        "size": str(result.size),
        "values": result.value_count,
        "transparent": result.has_transparency,
        "bits": result.bits_per_pixel,
        "block": result.block,
        "faults": result.faults,
    }


def unreadable_report(name: str, error: InputError) -> dict[str, Any]:
    """Return the report of a file that cannot be read."""
    return {"file": name, "ok": False, "faults": [str(error)]}


def verify_line(result: VerifyResult) -> str:
    """Return the report of a verified file as one line."""
    if result.faults:
        return f"FAIL {result.file}: {'; '.join(result.faults)}"
    depth = f", {result.bits_per_pixel} bit" if result.bits_per_pixel else ""
    blocks = f", blocks of {result.block}" if result.block > 1 else ""
    clear = " and transparent" * result.has_transparency
    values = f"{result.value_count} value{'s' if result.value_count > 1 else ''}"
    return f"ok   {result.file}: {result.size}, {values}{clear}{depth}{blocks}"


def preset_report(name: str, is_alone: bool) -> dict[str, Any]:
    """Return the report of a preset: its settings and their origin.

    In a list, a file that is not valid has the error in place of settings; alone it raises
    UsageError.
    """
    if name == presets.NO_PRESET:
        raise UsageError("none is no preset; it leaves out presets and pixbin.toml")
    try:
        origin, settings = presets.setting_layers(name)[-1]
    except UsageError as error:
        if is_alone:
            raise
        return {"name": name, "from": "", "settings": {}, "error": str(error)}
    origin = origin.removeprefix("preset ")
    return {"name": name, "from": origin, "settings": settings, "error": None}


def preset_text(report: dict[str, Any]) -> str:
    """Return the settings of a preset as one line, or the error."""
    return report["error"] or _settings_text(report["settings"])


def preset_lines(report: dict[str, Any]) -> list[str]:
    """Return a preset as text: one setting per line, as an option, and the file."""
    lines = [
        f"{'--' + key.replace('_', '-'):12} {_value_text(value)}"
        for key, value in report["settings"].items()
    ]
    return [*lines, f"{'from':12} {report['from']}"]


def project_line() -> str:
    """Return a line on the settings of the project file that always apply, or an empty text."""
    for origin, settings in presets.setting_layers(None):
        if settings:
            return f"{origin} always applies: {_settings_text(settings)}"
    return ""


def _settings_text(settings: dict[str, Any]) -> str:
    return ", ".join(f"{key.replace('_', '-')} {_value_text(row)}" for key, row in settings.items())


def model_report(model: ModelFile, card: ModelCard, verified: bool) -> dict[str, Any]:
    """Return the card of a model, and whether the file was verified."""
    from pixbin.neural.model_card import read_model, sha256_hex

    return {
        **card.texts,
        "sha256": model.sha256 or sha256_hex(read_model(model)),
        "file": str(model.path),
        "verified": verified,
    }


def method_report(method: Method) -> dict[str, Any]:
    """Return a row of the table of methods."""
    family = type(method.family).__name__
    return {
        "name": method.value,
        "family": _JSON_FAMILIES.get(family, family),
        "aliases": method.aliases,
        "advice": method.advice,
        "source": method.source,
    }


def device_report(device: Device) -> dict[str, Any]:
    """Return a row of the table of devices."""
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
    """Return a row of the table of devices as text, for a listing."""
    report = device_report(device)
    default = Packing().option_texts
    turns = (
        f"{name} {report[name]}"
        for name in ("stride", "rotate", "flip", "header")
        if report.get(name) not in (None, default.get(name))
    )
    packing = " ".join((report["layout"], report["bit_order"], report["polarity"], *turns))
    source = device.source if device.confirmed else f"unconfirmed: {device.source}"
    aliases = ", ".join(device.aliases)
    return [
        *(device.name, aliases, report["kind"], report["size"], report["format"]),
        *(packing, source),
    ]
