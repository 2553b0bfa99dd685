"""`pixbin convert`: one picture or animation, from a file to a file."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from pixbin.catalog.formats import Format
from pixbin.cli import console, file_access, flag_table, reports, work_flags
from pixbin.cli.flag_table import OUTPUT_PANEL, Argument, Flag
from pixbin.errors import UsageError
from pixbin.files import STDIO
from pixbin.options import presets

if TYPE_CHECKING:
    from pixbin.file_conversion import Conversion
    from pixbin.options import Options

EXAMPLES = """For text, line art and displays, --block 1 makes every pixel a cell.
--enhance none keeps the light of the input.

Examples:

pixbin convert photo.jpg icon.png --size 64x64

pixbin convert photo.jpg art.svg --grid 96x -m ink

pixbin convert scan.png page.pbm --block 1 -m sauvola
"""


#: the command's own arguments and flags
FLAGS = (
    flag_table.INPUT,
    Argument(
        "target",
        "OUTPUT",
        "The file to write; - is stdout. -o FILE is the same.",
        is_required=False,
    ),
    Flag(
        "format",
        ("--format",),
        f"{', '.join(Format)}. Default: by the name of OUTPUT; png for -.",
        "NAME",
        OUTPUT_PANEL,
        completer="formats",
        is_advanced=False,
    ),
    Flag(
        *("dry_run", ("--dry-run",), "Print the plan, write nothing.", None, OUTPUT_PANEL),
        is_advanced=False,
    ),
    flag_table.SAVE_PRESET,
    Flag(
        *("output", ("--output", "-o"), "The file to write, in place of OUTPUT."),
        *("FILE", OUTPUT_PANEL),
    ),
    flag_table.FORCE,
    flag_table.NO_OVERWRITE,
    Flag(
        "preview",
        ("--preview",),
        "After writing, draw the result in the terminal, as `pixbin show` does.",
        None,
        OUTPUT_PANEL,
        is_advanced=False,
    ),
    flag_table.QUIET,
    flag_table.JSON,
    flag_table.DEBUG,
    *work_flags.rows(),
)
SILENT_SECONDS = 1.0  #: before the steps of a refinement are printed


def convert(*, timeout: str | None, max_memory: str | None, **given: Any) -> None:
    """Convert a picture or animation to two colours, at exactly the size you ask for."""
    work_flags.call_within_limits(_convert, timeout, max_memory, given)


def _convert(
    source: str,
    target: str | None,
    *,
    options: Options,
    settings: presets.Settings,
    format: str | None,  # noqa: A002
    dry_run: bool,
    save_preset: str | None,
    output: str | None,
    force: bool,
    no_overwrite: bool,
    preview: bool,
    quiet: bool,
    as_json: bool,
    debug: bool,
) -> None:
    """Convert one file."""
    from pixbin import file_conversion, files
    from pixbin.codecs import format_options, sheet_options
    from pixbin.pipeline.convert import load_model

    start = time.perf_counter()
    source, target = file_access.local_name(source), _choose_target(target, output)
    if preview and (dry_run or as_json or target == STDIO):
        other = "--dry-run" if dry_run else "--json" if as_json else "OUTPUT -"
        raise UsageError(f"--preview draws on stdout a result that was written; not with {other}")
    effective = presets.with_format_from_name(settings, target, "name of OUTPUT")
    output_format = _choose_format(effective, target)
    options = format_options.adapt_options(options, output_format)
    if (named := sheet_options.adapt_to_name(options, target)) != options:
        options, size = named, str(sheet_options.cell_from_name(target))
        effective = {**effective, "size": presets.Setting(size, "name of OUTPUT")}
    preset = None if save_preset is None else presets.prepare(save_preset, settings)
    format_options.check_options(options, output_format)
    load_model(options)
    names = file_conversion.output_names(target, options)
    if not (dry_run and target == STDIO):
        file_access.check_targets(source, names, overwrite=not no_overwrite, force=force)
    label, data = files.display_name(source), file_access.read_source(source, options.input_limits)
    work = file_conversion.from_bytes(data, label, options, output_format)
    work.check_name(target)
    origins = reports.settings_report(effective, options) if dry_run else {}
    notes = reports.effect_notes(settings, options)
    report = _plan_report(work, source, target, origins, notes)
    if not quiet and not as_json:
        in_plan = {work.choice.note} if dry_run and work.choice else set()
        console.print_notes(label, [note for note in report["notes"] if note not in in_plan])
    if not dry_run:
        with refinement_display(options, quiet):
            converted = work.convert()
            contents = work.encode_output(converted, target)
            file_access.write_targets(contents, overwrite=not no_overwrite)
        late_notes = work.output_notes(converted, target)
        report["notes"] += late_notes
        if not quiet and not as_json:
            console.print_notes(label, late_notes)
        if preset:
            console.print_stderr(reports.save_preset(preset))
    elif preset:
        console.print_stderr(f"{preset.path}: not kept, because of --dry-run")
    report["seconds"] = round(time.perf_counter() - start, 3)
    _print_report(report, as_json=as_json, dry_run=dry_run, quiet=quiet)
    if preview:
        from pixbin.cli import viewer

        viewer.preview(work, converted, settings, target, is_quiet=quiet)


def refinement_display(options: Options, quiet: bool) -> AbstractContextManager[None]:
    """Show the steps of `--refine` on a line of the terminal, if they take longer than a second."""
    if not options.refine or quiet:
        return nullcontext()
    from pixbin.neural import refine

    start = time.perf_counter()

    def update(done: int, total: int) -> None:
        if time.perf_counter() - start > SILENT_SECONDS:
            is_last = done == total
            console.update_status_line("" if is_last else f"refine: {done} of {total} steps")

    return refine.observed(update)


def _choose_target(argument: str | None, option: str | None) -> str:
    """Return the file to write, which is given once: as an argument or by `--output`."""
    if argument is not None and option is not None:
        raise UsageError(f"{argument} and --output {option}: name one file to write")
    name = option if argument is None else argument
    if name is None:
        raise UsageError("no OUTPUT; name the file to write, or - for stdout")
    return file_access.local_name(name)


def _choose_format(settings: presets.Settings, target: str) -> Format:
    if setting := settings.get("format"):
        return Format.named(setting.value)
    return Format.PNG if target == STDIO else Format.from_path(target)


def _plan_report(
    work: Conversion, source: str, target: str, origins: dict[str, Any], notes: list[str]
) -> dict[str, Any]:
    """Return the report of a planned conversion, with the origins of its settings, and notes."""
    from pixbin import file_conversion
    from pixbin.catalog import method_uses

    grid_note = method_uses.grid_note(work.options.method, max(work.plan.picture.size))
    return {
        "source": source,
        "output": target,
        "mask": file_conversion.mask_name(target, work.options),
        **reports.plan_report(work.plan, work.options, work.format),
        **work.frames_report,
        **({"auto": work.choice.report} if work.choice else {}),
        **origins,
        "notes": [*notes, *work.notes, *work.plan.notes, *[grid_note] * bool(grid_note)],
    }


def _print_report(report: dict[str, Any], *, as_json: bool, dry_run: bool, quiet: bool) -> None:
    """Print the report as JSON, as a plan, or as one line for a person."""
    if as_json:
        is_stdout_taken = report["output"] == STDIO and not dry_run
        print_line = console.print_stderr if is_stdout_taken else console.print_stdout
        print_line(reports.to_json(report))
    elif dry_run:
        for line in [*reports.plan_lines(report), *reports.setting_lines(report)]:
            console.print_stdout(line)
    elif not quiet and console.is_stderr_terminal():
        console.print_stderr(reports.plan_line(report))
