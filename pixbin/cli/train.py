"""The commands that make models: `pixbin dataset prepare` and `pixbin train`."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from pixbin.cli import console
from pixbin.cli.errors import ErrorBoundary
from pixbin.cli.flags import ConversionCommand, PlainCommand, taking
from pixbin.errors import ModelError, UsageError
from pixbin.neural.model_card import Exposing
from pixbin.options import Options

CELLS = "32,48,64,96,128"  #: along the longer side
DRAWN = "drawn"  #: the method of the shipped model's teacher
INSTALL = "pip install 'pixbin[train]'"
_NOT_ASKED = (
    *("size", "grid", "block", "fit", "gravity", "channels"),
    *("ink", "paper", "depth", "method", "decode"),
)

Config = TypeVar("Config")

app = typer.Typer()
dataset = typer.Typer(no_args_is_help=True, help="Make data sets to train models with.")
app.add_typer(dataset, name="dataset")


class WithWorkshop(ErrorBoundary):
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
def _group() -> None:
    """Make data sets to train models with."""


@dataset.command(cls=ConversionCommand)
@taking(dict, without=_NOT_ASKED)
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
            metavar="N,...", help=f"Cells along the longer side, a pair each. Default: {CELLS}."
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
    from pixbin.training.targets import Teaching

    exposing = _exposing(exposure)
    if style and (cells or method):
        raise UsageError("drawings have their own cells and method; leave out --cells and --method")
    implied = any(options[name] is not None for name in ("threshold", "matrix", "model"))
    is_drawn = method == DRAWN or (method is None and not implied)
    chosen = Options.of(method=None if is_drawn else method, **options)
    teaching = Teaching(chosen, is_drawn, exposing, times, style)
    sides = work.sides_of(cells or CELLS)
    found = work.photos(photos, licence_class)[:limit]
    tell = _silent if quiet else _tell
    count = work.prepare(found, Path(target), teaching, sides, scenes, tell)
    tell(f"{target}: {count} pairs", True)


@app.command(cls=PlainCommand)
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
        raise ModelError(f"training needs {error.name or 'torch'}; {INSTALL}") from error
    config = state.TrainConfig(
        steps=steps if steps or minutes else 20000,
        minutes=minutes,
        batch=batch,
        patch=patch,
        rate=rate,
        binarizer=_binarizer(binarizer, list(state.Binarizer)),
        seed=seed,
    )
    config = changed(config, settings)
    config = dataclasses.replace(
        config, losses=changed(config.losses, loss), augment=changed(config.augment, augment)
    )
    shape = ModelConfig(channels=_numbers(channels), dilations=_numbers(dilations))
    asked = run.Request(
        data, target, checkpoint or target.with_suffix(".run"), name or target.stem, version,
        licence, resume, init, device, threads, _exposing(exposure) if exposure else None,
    )  # fmt: skip
    run.run(asked, shape, config, _tell)


def changed(config: Config, text: str) -> Config:
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


def _exposing(word: str) -> Exposing:
    if word not in list(Exposing):
        raise UsageError(f"--exposure {word}: no such exposure; choose auto, mild or none")
    return Exposing(word)


def _numbers(text: str) -> tuple[int, ...]:
    words = text.split(",")
    if not all(word.strip().isdecimal() and int(word) > 0 for word in words):
        raise UsageError(f"{text}: not whole numbers; write them as 16,32,48")
    return tuple(map(int, words))


def _binarizer(word: str, choices: list[Any]) -> Any:
    if word not in choices:
        raise UsageError(f"--binarizer {word}: no such one; choose {' or '.join(choices)}")
    return type(choices[0])(word)


def _silent(line: str, is_kept: bool) -> None:
    pass


def _tell(line: str, is_kept: bool) -> None:
    if is_kept:
        console.update("")
        console.say(line)
    else:
        console.update(line)
