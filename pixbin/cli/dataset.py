"""`pixbin dataset prepare`: make a data set to train a model with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pixbin.cli import completion, console
from pixbin.cli.flags import ConversionCommand, completed_by, with_options
from pixbin.errors import UsageError
from pixbin.neural.model_card import InputExposure
from pixbin.options import Options

if TYPE_CHECKING:
    from pixbin.training.targets import TargetConfig

DEFAULT_CELLS = "32,48,64,96,128"  #: along the longer side
#: Options of a conversion that targets do not have, or that `prepare` has in another form.
_EXCLUDED_OPTIONS = (
    *("size", "grid", "block", "fit", "gravity", "crop", "zoom", "channels"),
    *("ink", "paper", "depth", "method", "decode"),
    "exposure",  # `prepare` has an option of this name for the input of the model
)
LICENCE_CLASS_HELP = "Use only photos with this licence_class in the manifest.csv of their folder."
_TARGET_PANEL = "Data set"

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Make data sets to train models with."
)


@app.callback()
def _dataset_callback() -> None:
    """Make data sets to train models with."""


@app.command(cls=ConversionCommand)
@with_options(dict, exclude=_EXCLUDED_OPTIONS)
def prepare(
    photos: Annotated[
        list[str],
        typer.Argument(
            metavar="PHOTOS...", help="Photographs, or folders of them.", show_default=False
        ),
    ],
    target: Annotated[
        str,
        typer.Argument(metavar="OUT", help="Folder to make for the data set.", show_default=False),
    ],
    *,
    options: dict[str, Any],
    method: Annotated[
        str | None,
        typer.Option(
            "--method",
            "-m",
            metavar="NAME",
            help="Method that makes the targets: drawn (the teacher of the shipped model), or one "
            "of `pixbin methods`. Default: drawn.",
            rich_help_panel=_TARGET_PANEL,
            autocompletion=completed_by(completion.methods),
        ),
    ] = None,
    style: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Use the drawings in this folder as targets; they have the names of the photos.",
            rich_help_panel=_TARGET_PANEL,
        ),
    ] = None,
    cells: Annotated[
        str | None,
        typer.Option(
            metavar="N,...",
            help="Cells along the longer side; each number makes one pair of each photo. "
            f"Default: {DEFAULT_CELLS}. With --style: one number, if the cells of the drawings "
            "are counted wrongly.",
            rich_help_panel=_TARGET_PANEL,
        ),
    ] = None,
    block: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="With --style: pixels along each side of the drawings' blocks. Default: they are "
            "found.",
            rich_help_panel=_TARGET_PANEL,
        ),
    ] = None,
    times: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=1,
            max=16,
            help="Oversampling: values that the model gets along each side of a cell.",
            rich_help_panel=_TARGET_PANEL,
        ),
    ] = 4,
    exposure: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Exposure of the photos before the model gets them: auto (as --enhance auto), "
            "mild (three quarters of that) or none.",
            rich_help_panel=_TARGET_PANEL,
            autocompletion=completed_by(completion.words(InputExposure)),
        ),
    ] = "auto",
    scenes: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            help="Procedural scenes to add, drawn at random by --seed.",
            rich_help_panel=_TARGET_PANEL,
        ),
    ] = 0,
    limit: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Use only the first N photos.",
            rich_help_panel=_TARGET_PANEL,
        ),
    ] = None,
    licence_class: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help=LICENCE_CLASS_HELP,
            rich_help_panel=_TARGET_PANEL,
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
) -> None:
    """Prepare photos for training: write a model's input and target for each.

    Targets are made by --method with its options, or taken from --style.
    """
    from pixbin.training import photos as photo_files
    from pixbin.training import prepare as preparation

    sides = preparation.parse_sides(cells or DEFAULT_CELLS)
    config = _target_config(options, method, exposure, times)
    if style:
        config = _with_drawings(config, style, method, block, sides if cells else [])
    elif block:
        raise UsageError("--block is the size of the blocks of drawings; name them with --style")
    chosen = photo_files.find_photos(photos, licence_class)[:limit]
    on_progress = _print_nothing if quiet else print_progress
    count = preparation.prepare_dataset(chosen, Path(target), config, sides, scenes, on_progress)
    on_progress(f"{target}: {count} pairs", True)


def _target_config(
    words: dict[str, Any], method: str | None, exposure: str, oversampling: int
) -> TargetConfig:
    """Return the settings of targets from the words of the command line."""
    from pixbin.training.targets import TEACHER_METHOD, TargetConfig

    input_exposure = parse_exposure(exposure)
    implies_method = any(words[name] is not None for name in ("threshold", "matrix", "model"))
    uses_teacher = method == TEACHER_METHOD or (method is None and not implies_method)
    return TargetConfig(
        options=Options.of(method=None if uses_teacher else method, **words),
        uses_teacher=uses_teacher,
        exposure=input_exposure,
        oversampling=oversampling,
    )


def _with_drawings(
    config: TargetConfig, folder: Path, method: str | None, block: int | None, sides: list[int]
) -> TargetConfig:
    """Return the settings with artists' drawings as targets."""
    from pixbin.training.drawings import CellSize

    if method:
        raise UsageError("--style: drawings have their own method; leave out --method")
    if len(sides) > 1 or (sides and block):
        raise UsageError("--style: drawings have one size of cells; give one --cells or --block")
    stated = CellSize(block=block, cells=sides[0] if sides else None)
    return replace(config, drawings_folder=folder, drawing_cells=stated)


def parse_exposure(word: str) -> InputExposure:
    """Return the exposure that a word names; raise UsageError for others."""
    if word not in list(InputExposure):
        raise UsageError(f"--exposure {word}: no such exposure; choose auto, mild or none")
    return InputExposure(word)


def _print_nothing(line: str, keep_line: bool) -> None:
    pass


def print_progress(line: str, keep_line: bool) -> None:
    """Print a line to stderr, or replace the status line unless the line is to be kept."""
    if keep_line:
        console.update_status_line("")
        console.print_stderr(line)
    else:
        console.update_status_line(line)
