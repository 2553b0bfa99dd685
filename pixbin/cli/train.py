"""`pixbin train`: train a model of your own and write it as an ONNX file."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Annotated, Any

import typer

from pixbin.cli import completion
from pixbin.cli.config_values import apply_overrides, numbers_in, parse_binarizer, parse_integers
from pixbin.cli.dataset import LICENCE_CLASS_HELP, parse_exposure, print_progress
from pixbin.cli.flags import completed_by
from pixbin.cli.held_signals import held_signals
from pixbin.errors import ModelError, UsageError
from pixbin.neural.model_card import DEFAULT_MODEL, InputExposure

DEFAULT_STEPS = 20000
DEFAULT_CHANNELS, DEFAULT_DILATIONS = "16,32,48", "1,2"
INSTALL_HINT = (
    "pip install 'pixbin[train]' (3 GB on Linux; 0.2 GB if you first run "
    "pip install torch --index-url https://download.pytorch.org/whl/cpu)"
)
_LENGTH_PANEL = "Length of the run"
_LEARNING_PANEL = "Learning"
_NETWORK_PANEL = "Network"
_MODEL_PANEL = "Written to the model"
_UNPAIRED_PANEL = "Drawings without pairs"
UNPAIRED_MINUTES = 60.0  #: to train without pairs, by default
#: parameters that training without pairs has
_UNPAIRED_PARAMETERS = {
    *("files", "photos", "style", "cells", "block", "licence_class", "checkpoint", "resume"),
    *("init", "threads", "steps", "minutes", "batch", "patch", "rate", "settings", "seed"),
    *("name", "version", "licence"),
}


def train(
    ctx: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="[DATASET] OUT.onnx",
            help="Folder made by `pixbin dataset prepare`, and the model to write. With --photos "
            "and --style, only the model.",
            show_default=False,
        ),
    ],
    *,
    photos: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FOLDER",
            help="Learn from these photos and from the drawings of --style, which need not show "
            "the same things.",
            rich_help_panel=_UNPAIRED_PANEL,
        ),
    ] = None,
    style: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Drawings of one style, of two colours each.",
            rich_help_panel=_UNPAIRED_PANEL,
        ),
    ] = None,
    cells: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Cells along the longer side of the drawings. Default: found automatically.",
            rich_help_panel=_UNPAIRED_PANEL,
        ),
    ] = None,
    block: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Pixels along each side of the drawings' blocks. Default: found automatically.",
            rich_help_panel=_UNPAIRED_PANEL,
        ),
    ] = None,
    licence_class: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help=LICENCE_CLASS_HELP,
            rich_help_panel=_UNPAIRED_PANEL,
        ),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Folder for the checkpoint, the log, and samples or a report. Default: OUT.run.",
        ),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Continue from the checkpoint in the folder of --checkpoint."
        ),
    ] = False,
    init: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help="Start from this model: ink, an ONNX file, or a checkpoint. The new network gets "
            "the same shape.",
            autocompletion=completed_by(completion.models),
        ),
    ] = None,
    device: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Hardware to train on: cpu, cuda or auto.",
            autocompletion=completed_by(completion.words(("cpu", "cuda", "auto"))),
        ),
    ] = "auto",
    threads: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Processor threads to use. Default: all."),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help=f"Steps to train. Default: {DEFAULT_STEPS}, or as many as --minutes allow.",
            rich_help_panel=_LENGTH_PANEL,
        ),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(
            metavar="N",
            min=0,
            help="Minutes to train, at most. Default with --photos: 60.",
            rich_help_panel=_LENGTH_PANEL,
        ),
    ] = None,
    batch: Annotated[
        int,
        typer.Option(
            metavar="N", min=1, help="Patches in each step.", rich_help_panel=_LEARNING_PANEL
        ),
    ] = 8,
    patch: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=8,
            help="Largest side of a patch, in cells.",
            rich_help_panel=_LEARNING_PANEL,
        ),
    ] = 48,
    rate: Annotated[
        float,
        typer.Option(metavar="N", help="Highest learning rate.", rich_help_panel=_LEARNING_PANEL),
    ] = 2e-3,
    binarizer: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="How outputs become two-valued during training: ste (straight-through) or gumbel "
            "(at random first).",
            rich_help_panel=_LEARNING_PANEL,
            autocompletion=completed_by(completion.words(("ste", "gumbel"))),
        ),
    ] = "ste",
    loss: Annotated[
        str,
        typer.Option(
            metavar="NAME=N,...",
            help="Weights of loss terms, such as tone=2,lines=1.",
            rich_help_panel=_LEARNING_PANEL,
        ),
    ] = "",
    augment: Annotated[
        str,
        typer.Option(
            metavar="NAME=N,...",
            help="Random changes of pictures, such as mirrored=0.5,grain=0.05.",
            rich_help_panel=_LEARNING_PANEL,
        ),
    ] = "",
    settings: Annotated[
        str,
        typer.Option(
            "--set",
            metavar="NAME=N,...",
            help="Other settings, such as patience=40,average=0.999.",
            rich_help_panel=_LEARNING_PANEL,
        ),
    ] = "",
    seed: Annotated[
        int,
        typer.Option(
            metavar="N", min=0, help="Random seed for training.", rich_help_panel=_LEARNING_PANEL
        ),
    ] = 0,
    channels: Annotated[
        str | None,
        typer.Option(
            metavar="N,...",
            help="Channels of each level, finest level first. Default: those of --init, or "
            f"{DEFAULT_CHANNELS}.",
            rich_help_panel=_NETWORK_PANEL,
        ),
    ] = None,
    dilations: Annotated[
        str | None,
        typer.Option(
            metavar="N,...",
            help="Dilation of each block of the coarsest level. Default: those of --init, or "
            f"{DEFAULT_DILATIONS}.",
            rich_help_panel=_NETWORK_PANEL,
        ),
    ] = None,
    network: Annotated[
        str,
        typer.Option(
            metavar="NAME=N,...",
            help="Other parts: phase (period of patterns that depend on the position, in cells), "
            "clamp=0 (allows lone cells), wide (dilation of more blocks), context (features of the "
            "whole picture).",
            rich_help_panel=_NETWORK_PANEL,
        ),
    ] = "",
    name: Annotated[
        str | None,
        typer.Option(
            "--name",  # Typer 0.27.0 would take the metavar for the flag
            metavar="NAME",
            help="Model name written to the ONNX metadata. Default: the file name of OUT.",
            rich_help_panel=_MODEL_PANEL,
        ),
    ] = None,
    version: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help="Model version written to the ONNX metadata.",
            rich_help_panel=_MODEL_PANEL,
        ),
    ] = "1",
    licence: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help="Model licence written to the ONNX metadata.",
            rich_help_panel=_MODEL_PANEL,
        ),
    ] = "",
    exposure: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Exposure of pictures before the finished model gets them: auto, mild or none. "
            "Default: that of DATASET.",
            rich_help_panel=_MODEL_PANEL,
            autocompletion=completed_by(completion.words(InputExposure)),
        ),
    ] = None,
) -> None:
    """Train a model, and write it as an ONNX file.

    It learns from a prepared data set; or from photos and from drawings that show other things.
    """
    try:
        with held_signals():  # torch may crash if its import is interrupted
            from pixbin.training import run
            from pixbin.training.config import (
                AugmentConfig,
                Binarizer,
                LossWeights,
                ModelConfig,
                TrainConfig,
            )
            from pixbin.training.drawings import CellSize
            from pixbin.training.unpaired.config import UnpairedConfig
            from pixbin.training.unpaired.run import UnpairedRequest, train_unpaired
    except ImportError as error:
        raise ModelError(f"training needs {error.name or 'torch'}; {INSTALL_HINT}") from error
    gc.enable()  # start-up disables it, and training runs for hours
    given = _given_parameters(ctx)
    target = files[-1]
    run_folder = checkpoint or target.with_suffix(".run")
    if photos or style:
        drawings_folder = _check_unpaired(files, photos, style, given)
        numbers: dict[str, Any] = {"batch": batch, "patch": patch, "rate": rate}
        unpaired_config = UnpairedConfig(
            steps=steps,
            minutes=minutes or (None if steps else UNPAIRED_MINUTES),
            seed=seed,
            **{key: number for key, number in numbers.items() if key in given},
        )
        train_unpaired(
            UnpairedRequest(
                photos=tuple(photos or ()),
                style=drawings_folder,
                model_file=target,
                run_folder=run_folder,
                name=name or target.stem,
                version=version,
                licence=licence,
                licence_class=licence_class,
                resume=resume,
                initial_model=init or DEFAULT_MODEL,
                cell_size=CellSize(block=block, cells=cells),
                threads=threads,
                config=apply_overrides(unpaired_config, settings),
            ),
            print_progress,
        )
        return
    if len(files) != 2:
        raise UsageError("two names are needed: the data set, and the model to write")
    config = TrainConfig(
        steps=steps if steps or minutes else DEFAULT_STEPS,
        minutes=minutes,
        batch=batch,
        patch=patch,
        rate=rate,
        binarizer=parse_binarizer(binarizer, list(Binarizer)),
        seed=seed,
        losses=apply_overrides(LossWeights(), loss),
        augment=apply_overrides(AugmentConfig(), augment),
    )
    changes = numbers_in(ModelConfig(), network)
    for field, text in (("channels", channels), ("dilations", dilations)):
        if text is not None:
            changes[field] = parse_integers(text)
    fixed = {word.partition("=")[0].strip() for word in f"{loss},{augment}".split(",")}
    request = run.TrainRequest(
        dataset=files[0],
        model_file=target,
        run_folder=run_folder,
        name=name or target.stem,
        version=version,
        licence=licence,
        resume=resume,
        initial_weights=init,
        device=device,
        threads=threads,
        exposure=parse_exposure(exposure) if exposure else None,
        fixed=frozenset(fixed | set(changes)),
    )
    run.run_training(request, changes, apply_overrides(config, settings), print_progress)


def _given_parameters(ctx: typer.Context) -> set[str]:
    """Return the names of the parameters that are on the command line."""
    sources = {name: ctx.get_parameter_source(name) for name in ctx.params}
    return {name for name, source in sources.items() if source and source.name == "COMMANDLINE"}


def _check_unpaired(
    files: list[Path], photos: list[str] | None, style: Path | None, given: set[str]
) -> Path:
    """Return the folder of drawings if the command line fits training without pairs.

    Raises
    ------
    UsageError
        An option is missing, or has no effect.
    """
    if not (photos and style):
        raise UsageError("--photos and --style go together; or name a data set")
    if len(files) != 1:
        raise UsageError("with --photos and --style, name the model to write and no data set")
    if {"cells", "block"} <= given:
        raise UsageError("drawings have one size of cells; give one of --cells and --block")
    for name in sorted(given - _UNPAIRED_PARAMETERS):
        raise UsageError(f"--{name} has no effect with --photos and --style; leave it out")
    return style
