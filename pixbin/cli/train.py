"""The commands that make models: `pixbin dataset prepare` and `pixbin train`."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from pixbin.cli import console
from pixbin.cli.errors import ErrorHandlingGroup
from pixbin.cli.flags import CompactHelpCommand, ConversionCommand, with_options
from pixbin.errors import ModelError, UsageError
from pixbin.neural.model_card import InputExposure
from pixbin.options import Options

DEFAULT_CELLS = "32,48,64,96,128"  #: along the longer side
DRAWN_METHOD = "drawn"  #: the method of the shipped model's teacher
INSTALL_HINT = "pip install 'pixbin[train]'"
_EXCLUDED_OPTIONS = (
    *("size", "grid", "block", "fit", "gravity", "channels"),
    *("ink", "paper", "depth", "method", "decode"),
)

_ConfigT = TypeVar("_ConfigT")

app = typer.Typer()
dataset = typer.Typer(no_args_is_help=True, help="Make data sets to train models with.")
app.add_typer(dataset, name="dataset")


class LazyTrainGroup(ErrorHandlingGroup):
    """Commands, and those of the workshop, which are read only when they are called or listed."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all."""
        return [*super().list_commands(ctx), "dataset", "train"]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command by its name."""
        if cmd_name not in ("dataset", "train"):
            return super().get_command(ctx, cmd_name)
        made: Any = typer.main.get_command(app)
        return made.commands[cmd_name]


@dataset.callback()
def _dataset_callback() -> None:
    """Make data sets to train models with."""


@dataset.command(cls=ConversionCommand)
@with_options(dict, exclude=_EXCLUDED_OPTIONS)
def prepare(
    photos: Annotated[
        list[str],
        typer.Argument(metavar="PHOTOS...", help="Pictures, or folders.", show_default=False),
    ],
    target: Annotated[str, typer.Argument(metavar="OUT", help="A new folder.", show_default=False)],
    *,
    options: dict[str, Any],
    method: Annotated[
        str | None,
        typer.Option(
            "--method",
            "-m",
            metavar="NAME",
            help="How targets are made: as `pixbin methods` lists, or drawn, the default.",
        ),
    ] = None,
    style: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Drawings named as the photos, to be the targets."),
    ] = None,
    cells: Annotated[
        str | None,
        typer.Option(
            metavar="N,...",
            help=f"Cells along the longer side, a pair each. Default: {DEFAULT_CELLS}.",
        ),
    ] = None,
    times: Annotated[
        int, typer.Option(metavar="N", min=1, max=16, help="Values seen along a side of a cell.")
    ] = 4,
    exposure: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="auto: what is seen is exposed as by --enhance; mild; or none."
        ),
    ] = "auto",
    scenes: Annotated[int, typer.Option(metavar="N", min=0, help="Procedural scenes to add.")] = 0,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Photos at most, the first ones.")
    ] = None,
    licence_class: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Photos of this class in their manifest.csv alone."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
) -> None:
    """Prepare photos for training: what a model sees of each, and what it shall make of it.

    Targets are made by --method: any of `pixbin methods`, with all its options, or drawn, the
    teacher of the shipped model. --seed also draws the scenes.
    """
    from pixbin.training import prepare as work
    from pixbin.training.targets import TargetConfig

    exposing = _parse_exposure(exposure)
    if style and (cells or method):
        raise UsageError("drawings have their own cells and method; leave out --cells and --method")
    implied = any(options[name] is not None for name in ("threshold", "matrix", "model"))
    is_drawn = method == DRAWN_METHOD or (method is None and not implied)
    chosen = Options.of(method=None if is_drawn else method, **options)
    teaching = TargetConfig(chosen, is_drawn, exposing, times, style)
    sides = work.parse_sides(cells or DEFAULT_CELLS)
    found = work.find_photos(photos, licence_class)[:limit]
    tell = _print_nothing if quiet else _print_progress
    count = work.prepare_dataset(found, Path(target), teaching, sides, scenes, tell)
    tell(f"{target}: {count} pairs", True)


@app.command(cls=CompactHelpCommand)
def train(
    data: Annotated[
        Path, typer.Argument(metavar="DATASET", help="A prepared folder.", show_default=False)
    ],
    target: Annotated[
        Path, typer.Argument(metavar="OUT.onnx", help="The model to write.", show_default=False)
    ],
    *,
    checkpoint: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Takes checkpoint, log, samples. Default: OUT.run."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint.")] = False,
    init: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Start from the weights of a model or checkpoint."),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Steps. Default: 20000, or what --minutes allow."),
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(metavar="N", min=0, help="Minutes at most.")
    ] = None,
    batch: Annotated[int, typer.Option(metavar="N", min=1, help="Patches in a step.")] = 8,
    patch: Annotated[
        int, typer.Option(metavar="N", min=8, help="Cells along a side of a patch, at most.")
    ] = 48,
    rate: Annotated[float, typer.Option(metavar="N", help="Rate of learning.")] = 2e-3,
    binarizer: Annotated[str, typer.Option(metavar="NAME", help="ste or gumbel.")] = "ste",
    loss: Annotated[
        str, typer.Option(metavar="NAME=N,...", help="Weights of losses, such as tone=2,lines=1.")
    ] = "",
    augment: Annotated[
        str, typer.Option(metavar="NAME=N,...", help="Changes of pictures: mirrored=0.5,grain=0.05")
    ] = "",
    settings: Annotated[
        str, typer.Option("--set", metavar="NAME=N,...", help="Others: patience=40,average=0.999")
    ] = "",
    channels: Annotated[
        str, typer.Option(metavar="N,...", help="Of the network's levels, the finest first.")
    ] = "16,32,48",
    dilations: Annotated[
        str, typer.Option(metavar="N,...", help="Of the blocks of its coarsest level.")
    ] = "1,2",
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Of all chance.")] = 0,
    device: Annotated[str, typer.Option(metavar="NAME", help="cpu, cuda or auto.")] = "auto",
    threads: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Of the processor. Default: all.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="The model's. Default: by OUT.")
    ] = None,
    version: Annotated[str, typer.Option(metavar="TEXT", help="The model's.")] = "1",
    licence: Annotated[str, typer.Option(metavar="TEXT", help="The model's.")] = "",
    exposure: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What the finished model gets: auto, mild, none. Default: as DATASET.",
        ),
    ] = None,
) -> None:
    """Train a model on a prepared data set, and write it as an ONNX file."""
    try:
        from pixbin.training import run, state
        from pixbin.training.model import ModelConfig
    except ImportError as error:
        raise ModelError(f"training needs {error.name or 'torch'}; {INSTALL_HINT}") from error
    config = state.TrainConfig(
        steps=steps if steps or minutes else 20000,
        minutes=minutes,
        batch=batch,
        patch=patch,
        rate=rate,
        binarizer=_parse_binarizer(binarizer, list(state.Binarizer)),
        seed=seed,
    )
    config = apply_overrides(config, settings)
    config = dataclasses.replace(
        config,
        losses=apply_overrides(config.losses, loss),
        augment=apply_overrides(config.augment, augment),
    )
    shape = ModelConfig(channels=_parse_integers(channels), dilations=_parse_integers(dilations))
    asked = run.TrainRequest(
        data, target, checkpoint or target.with_suffix(".run"), name or target.stem, version,
        licence, resume, init, device, threads, _parse_exposure(exposure) if exposure else None,
    )  # fmt: skip
    run.run_training(asked, shape, config, _print_progress)


def apply_overrides(config: _ConfigT, text: str) -> _ConfigT:
    """Change numbers of a configuration, written as `name=number,...`."""
    known = {
        each.name: type(getattr(config, each.name))
        for each in dataclasses.fields(config)  # type: ignore[arg-type]
    }
    changes = {}
    for word in filter(None, text.split(",")):
        name, _, number = word.partition("=")
        kind = known.get(name.strip())
        if kind not in (int, float):
            names = ", ".join(each for each, one in known.items() if one in (int, float))
            raise UsageError(f"{word}: no such setting; there are {names}")
        try:
            changes[name.strip()] = kind(number)
        except ValueError as error:
            raise UsageError(f"{word}: not a number; write {name}=0.5") from error
    return dataclasses.replace(config, **changes)  # type: ignore[type-var]


def _parse_exposure(word: str) -> InputExposure:
    if word not in list(InputExposure):
        raise UsageError(f"--exposure {word}: no such exposure; choose auto, mild or none")
    return InputExposure(word)


def _parse_integers(text: str) -> tuple[int, ...]:
    words = text.split(",")
    if not all(word.strip().isdecimal() and int(word) > 0 for word in words):
        raise UsageError(f"{text}: not whole numbers; write them as 16,32,48")
    return tuple(map(int, words))


def _parse_binarizer(word: str, choices: list[Any]) -> Any:
    if word not in choices:
        raise UsageError(f"--binarizer {word}: no such one; choose {' or '.join(choices)}")
    return type(choices[0])(word)


def _print_nothing(line: str, keep_line: bool) -> None:
    pass


def _print_progress(line: str, keep_line: bool) -> None:
    if keep_line:
        console.update_status_line("")
        console.print_stderr(line)
    else:
        console.update_status_line(line)
