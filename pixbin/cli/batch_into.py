"""`pixbin batch --into FILE`: several pictures in one file: source code, or a sprite sheet."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Mapping
from pathlib import Path

import typer

from pixbin import file_conversion, files
from pixbin.batch import reports
from pixbin.batch.jobs import Outcome
from pixbin.batch.session import BatchRequest
from pixbin.batch.storage.base import STATE_FOLDER
from pixbin.catalog.formats import Format
from pixbin.cli import batch_run, batch_sheet, console
from pixbin.cli.progress import BatchDisplay
from pixbin.codecs import framebuf_source, source_joining
from pixbin.codecs.source_joining import SourcePart
from pixbin.errors import UsageError
from pixbin.files import STDIO
from pixbin.options import presets


def run(
    request: BatchRequest,
    target: str,
    settings: presets.Settings,
    *,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Convert all pictures, and write them to one file; raise typer.Exit on failure.

    The file appears whole, or not at all if a picture failed.

    Raises
    ------
    UsageError
        The request does not fit one file, or two pictures would have the same name.
    OutputError
        The file cannot be written.
    """
    _check(request, target, as_json)
    overwrite = request.policy.overwrite
    names = file_conversion.output_names(target, request.recipe.options)
    for name in names if not (dry_run and target == STDIO) else ():
        files.check_writable(name, overwrite=overwrite)
    label = "stdout" if target == STDIO else target
    with tempfile.TemporaryDirectory(prefix="pixbin-") as folder:
        request = dataclasses.replace(request, output=folder)
        if dry_run:
            batch_run.run_dry(batch_sheet.plan_request(request), settings, as_json, label)
            return
        if request.recipe.options.sheet is not None:
            batch_sheet.run(request, target, label, as_json=as_json, quiet=quiet)
            return
        try:
            with PartDisplay(label, as_json=as_json, quiet=quiet, is_joined=True) as display:
                batch_run.run_once(request, display)
        except typer.Exit:
            console.print_stderr(f"{label}: not written, as pictures are missing")
            raise
        parts = read_parts(Path(folder), display.sources)
        data = source_joining.join(parts, request.recipe.format)
        files.write_file_or_stdout(target, data, overwrite=overwrite)
    if not quiet:
        console.print_stderr(f"{label}: {reports.picture_count(len(parts))}")
        if request.recipe.format is Format.MICROPYTHON:
            for note in framebuf_source.module_notes(Path(target).stem):
                console.print_stderr(note)


class PartDisplay(BatchDisplay):
    """A display of pictures that become parts of one file."""

    def record(self, outcome: Outcome) -> None:
        """Count an outcome and print it, without the note on a module that is not written."""
        unneeded = framebuf_source.module_notes(Path(outcome.target).stem)
        notes = tuple(note for note in outcome.notes if note not in unneeded)
        super().record(outcome._replace(notes=notes))


def read_parts(folder: Path, sources: Mapping[str, str]) -> list[SourcePart]:
    """Return the files in a folder, in the order of their names, but not the journal.

    Parameters
    ----------
    folder : Path
    sources : the pictures that they were made from, by their names in the folder
    """
    names = sorted(
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.is_file() and STATE_FOLDER not in path.relative_to(folder).parts
    )
    return [
        SourcePart(sources[name.as_posix()], (folder / name).read_text("utf-8")) for name in names
    ]


def _check(request: BatchRequest, target: str, as_json: bool) -> None:
    if request.recipe.options.sheet is None:
        source_joining.check_format(request.recipe.format)
    if request.recipe.options.symbol is not None:
        raise UsageError("--symbol is one name, and --into takes many pictures; leave it out")
    for flag, is_given in (("--watch", request.is_watch), ("--scheduler", request.scheduler)):
        if is_given:
            raise UsageError(f"{flag} writes to a folder; leave it out, or leave out --into")
    if as_json and target == STDIO:
        raise UsageError("--json and --into - both write to stdout; name a file")
