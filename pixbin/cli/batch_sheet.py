"""`pixbin batch --into FILE --sheet 8x`: several pictures and animations on one sprite sheet."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

import typer

from pixbin.animation.film import Film
from pixbin.batch import reports, session
from pixbin.batch.jobs import Job, JobState, Outcome, failed_outcome
from pixbin.batch.session import BatchRequest
from pixbin.batch.state.fingerprint import Recipe
from pixbin.batch.storage import open_storage
from pixbin.batch.storage.base import Store
from pixbin.catalog.enums import Alpha
from pixbin.cli import console, file_access
from pixbin.cli.progress import BatchDisplay
from pixbin.codecs import sheet_options, sprite_sheet
from pixbin.codecs.sheet_data import Clip
from pixbin.errors import ExitCode, PixbinError, UsageError
from pixbin.file_conversion import from_bytes, mask_name
from pixbin.picture import Picture


class SheetClip(NamedTuple):
    """The frames of one source."""

    clip: Clip
    frames: Sequence[Picture]
    durations: tuple[float, ...]  #: in milliseconds


def run(request: BatchRequest, target: str, label: str, *, as_json: bool, quiet: bool) -> None:
    """Convert all pictures, one after another, and write one sheet; raise typer.Exit on failure.

    Parameters
    ----------
    request : BatchRequest
        With a folder as its output that stays empty.
    target : str
        The file to write. Its mask and its JSON file lie next to it.
    label : str
        Its name in messages.

    Raises
    ------
    UsageError
        The frames differ in size, or two sources have one name.
    OutputError
        A file cannot be written.
    """
    store, clips = open_storage(request.output), []
    with (
        BatchDisplay(label, as_json=as_json, quiet=quiet, is_joined=True) as display,
        contextlib.closing(session.make_plan(plan_request(request), console.print_stderr)) as plan,
    ):
        display.add_total(len(plan))
        for source, reason in plan.failures:
            display.record(failed_outcome(Job(source, ""), reason))
        for job in plan:
            clip, outcome = _convert(job, request.recipe, store)
            clips += [] if clip is None else [clip]
            display.record(outcome)
        display.summarize()
    if display.counts["failed"]:
        console.print_stderr(f"{label}: not written, as pictures are missing")
        raise typer.Exit(ExitCode.BATCH)
    contents = encode(clips, request.recipe, target)
    file_access.write_targets(contents, overwrite=request.policy.overwrite)
    if not quiet:
        console.print_stderr(f"{label}: {reports.picture_count(len(clips))}")


def plan_request(request: BatchRequest) -> BatchRequest:
    """Return a request whose plan has one job for each source: no masks and no JSON files."""
    options = dataclasses.replace(request.recipe.options, sheet=None, sheet_data=None)
    if options.alpha_mode is Alpha.MASK:
        options = dataclasses.replace(options, alpha=Alpha.THRESHOLD)
    return dataclasses.replace(request, recipe=request.recipe._replace(options=options))


def encode(clips: Sequence[SheetClip], recipe: Recipe, target: str) -> dict[str, bytes]:
    """Return the names of all files, and their bytes.

    Raises
    ------
    UsageError
        The frames differ in size, the grid has too few cells, or two sources have one name.
    """
    options, file_format = recipe
    names = [each.clip.name for each in clips]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise UsageError(f"{repeated[0]}: the name of two pictures; rename one")
    assert options.sheet is not None
    frames = [frame for each in clips for frame in each.frames]
    sheet = sprite_sheet.arrange(frames, options.sheet)
    sheet_options.check_cell(options, target, frames[0].size)
    contents = {target: sheet.encode(file_format, PurePosixPath(target).stem)}
    if mask := mask_name(target, options):
        contents[mask] = sheet.mask.encode(file_format, PurePosixPath(mask).stem)
    if data := sheet_options.data_name(options, target):
        durations = [duration for each in clips for duration in each.durations]
        contents[data] = sheet_options.encode_data(
            options, target, frames[0].size, durations, [each.clip for each in clips]
        )
    return contents


def _convert(job: Job, recipe: Recipe, store: Store) -> tuple[SheetClip | None, Outcome]:
    """Return the frames of a source, none if it failed, and the outcome."""
    start = time.perf_counter()
    try:
        data, _ = store.read(job.source, job.signature)
        work = from_bytes(data, job.source, recipe.options, recipe.format)
        output = work.convert()
    except PixbinError as error:
        return None, failed_outcome(job, str(error))
    name = PurePosixPath(job.target).stem
    if isinstance(output, Film):
        frames, durations, plays = output.frames, output.durations, output.plays
        clip = SheetClip(Clip(name, len(frames), plays), frames, durations)
    else:
        clip = SheetClip(Clip(name, 1), [output], (sprite_sheet.STILL_DURATION_MS,))
    outcome = Outcome(
        job.source,
        job.target,
        JobState.WRITTEN,
        round(time.perf_counter() - start, 4),
        str(work.plan.layout.output),
        str(work.plan.layout.grid),
        notes=(*work.notes, *work.plan.notes),
    )
    return clip, outcome
