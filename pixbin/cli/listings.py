"""`pixbin methods`, `models`, `devices` and `presets`: tables of the choices."""

from __future__ import annotations

from typing import Annotated

import typer

from pixbin.catalog import devices as device_table
from pixbin.catalog.methods import AUTO, Method
from pixbin.cli import completion, console, reports
from pixbin.cli.flags import Debug, Json, completed_by
from pixbin.neural import model_card
from pixbin.options import presets as preset_files

_MODEL_COLUMNS = ("name", "version", "colour", "times", "licence", "file")
_CARD_NOTES = {
    "times": "input values along each side of a cell",
    "tone": "scale of the input: shares of light, or sRGB values",
    "halo": "distance in cells up to which cells change each other's result",
    "multiple": "the sides of the grid are padded to multiples of this",
    "exposure": "automatic exposure of the input: none, mild or auto",
    "verified": "whether --verify checked the file in this run",
}  #: explanations of entries of a card, for people
_DEVICE_COLUMNS = ("device", "also", "kind", "size", "format", "bytes", "source")

Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        help="Print all columns on a terminal, too, with other names and sources.",
    ),
]


def methods(verbose: Verbose = False, as_json: Json = False, debug: Debug = False) -> None:
    """List the methods: names, best use, and who published them."""
    if as_json:
        console.print_stdout(reports.to_json([reports.method_report(method) for method in Method]))
        return
    listed = (Method.named(AUTO), *Method)  # auto is no method of its own, so JSON has no row
    rows = ([m.value, ", ".join(m.aliases), m.advice, m.source] for m in listed)
    headings = ("method", "also", "use it for", "source")
    console.print_table(headings, rows, brief=("method", "use it for"), is_verbose=verbose)


def models(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME|FILE",
            help="One model, with its whole card.",
            show_default=False,
            autocompletion=completed_by(completion.models),
        ),
    ] = None,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Check that files are unchanged and valid models."),
    ] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """List the neural models that come with pixbin, or print the card of one.

    Exit code 5 if one is missing or unfit.
    """
    chosen = [model_card.find_model(name)] if name else list(model_card.shipped_models().values())
    rows = [reports.model_report(model, _load_card(model, verify), verify) for model in chosen]
    if as_json:
        console.print_stdout(reports.to_json(rows[0] if name else rows))
    elif name:
        for heading, text in rows[0].items():
            note = f"  ({_CARD_NOTES[heading]})" if heading in _CARD_NOTES else ""
            console.print_stdout(f"{heading.replace('_', ' '):14} {text}{note}")
    else:
        console.print_table(
            _MODEL_COLUMNS, ([str(row[column]) for column in _MODEL_COLUMNS] for row in rows)
        )
        if not rows:
            console.print_stderr(
                "no model is shipped with this version; give one by --model FILE.onnx"
            )


def devices(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="One device, with all details.",
            show_default=False,
            autocompletion=completed_by(completion.devices),
        ),
    ] = None,
    verbose: Verbose = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """List the devices for --device: sizes, formats, byte layouts, and sources."""
    chosen = device_table.DEVICES if name is None else (device_table.named(name),)
    rows = [reports.device_report(device) for device in chosen]
    if as_json:
        console.print_stdout(reports.to_json(rows[0] if name else rows))
    elif name:
        for heading, value in rows[0].items():
            text = ", ".join(value) if isinstance(value, tuple) else str(value)
            console.print_stdout(f"{heading.replace('_', ' '):12} {text}")
    else:
        console.print_table(
            _DEVICE_COLUMNS,
            map(reports.device_row, chosen),
            brief=("device", "kind", "size", "format", "also"),
            is_verbose=verbose,
        )


def presets(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME|FILE",
            help="One preset, with each setting.",
            show_default=False,
            autocompletion=completed_by(completion.presets),
        ),
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """List the presets for --preset, with their settings; convert --save-preset saves one.

    Settings of pixbin.toml that always apply are printed on stderr.
    """
    names = preset_files.preset_names() if name is None else [name]
    rows = [reports.preset_report(each, is_alone=name is not None) for each in names]
    if as_json:
        console.print_stdout(reports.to_json(rows[0] if name else rows))
    elif name:
        for line in reports.preset_lines(rows[0]):
            console.print_stdout(line)
    else:
        texts = ((row["name"], reports.preset_text(row), row["from"]) for row in rows)
        if rows:
            cells = ([*map(console.escape_unprintable, row)] for row in texts)
            console.print_table(("preset", "settings", "from"), cells)
        else:
            console.print_stderr("no presets; save one with convert --save-preset NAME")
    if name is None and (always := reports.project_line()):
        console.print_stderr(always)


def _load_card(model: model_card.ModelFile, verify: bool) -> model_card.ModelCard:
    if model.card is not None and not verify:
        return model.card
    from pixbin.neural import backend

    return backend.validate(model) if verify else backend.load_file(model).card
