"""`pixbin batch`: folders of pictures, in parallel, resumable."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Annotated

import typer

from pixbin.catalog.families import Neural
from pixbin.catalog.formats import Format
from pixbin.catalog.limits import DEFAULT_WORK, WorkLimits
from pixbin.cli import completion, console, reports
from pixbin.cli.flags import (
    ADVANCED,
    OUTPUT_PANEL,
    Debug,
    Json,
    NoOverwrite,
    Quiet,
    completed_by,
    with_conversion_options,
)
from pixbin.cli.work_flags import with_work_limits
from pixbin.errors import UsageError
from pixbin.files import STDIO
from pixbin.options import Options, presets
from pixbin.options.region_mask import RegionMask

if TYPE_CHECKING:
    from pixbin.batch.planning.naming import Template
    from pixbin.batch.session import BatchRequest

_SOURCES_PANEL, _RUN_PANEL = "Sources", "Run"


@with_conversion_options
@with_work_limits
def batch(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT... OUTPUT_DIR",
            help="Files and folders; the last one is the folder to write to.",
            show_default=False,
        ),
    ],
    *,
    options: Options,
    settings: presets.Settings,
    files0: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Add the files of this list, separated by NUL (find -print0); - is stdin.",
            rich_help_panel=_SOURCES_PANEL,
        ),
        ADVANCED,
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER",
            help="For single and listed files: OUTPUT_DIR gets the sub-folders below this folder. "
            "Default for listed files: the working folder.",
            rich_help_panel=_SOURCES_PANEL,
        ),
        ADVANCED,
    ] = None,
    recursive: Annotated[
        bool,
        typer.Option(
            "--recursive/--no-recursive",
            help="Search sub-folders. Default: on (off: --no-recursive).",
            show_default=False,
            rich_help_panel=_SOURCES_PANEL,
        ),
    ] = True,
    include: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GLOB",
            help="Files to take from folders. Default: pictures, by their extensions.",
            rich_help_panel=_SOURCES_PANEL,
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GLOB",
            help="Files and folders to leave out; a glob with / matches the whole path.",
            rich_help_panel=_SOURCES_PANEL,
        ),
    ] = None,
    hidden: Annotated[
        bool,
        typer.Option(
            "--hidden",
            help="Take names that begin with a dot, too.",
            rich_help_panel=_SOURCES_PANEL,
        ),
        ADVANCED,
    ] = False,
    name: Annotated[
        str | None,
        typer.Option(
            metavar="TEMPLATE",
            help="Names of outputs, from {stem} {suffix} {parent} {ext} {size} {grid} {method}. "
            "Default: {stem}.{ext}.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = None,
    format: Annotated[  # noqa: A002
        str | None,
        typer.Option(
            metavar="NAME",
            help="Output format, as for convert. Default: by the extension of --name; png.",
            rich_help_panel=OUTPUT_PANEL,
            autocompletion=completed_by(completion.formats),
        ),
    ] = None,
    into: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Write all pictures to this one file, such as assets.h, and give no OUTPUT_DIR. "
            "For c, arduino, arduboy, xbm, lvgl and micropython: arrays with the names of the "
            "files. With --sheet: one sprite sheet.",
            rich_help_panel=OUTPUT_PANEL,
        ),
        ADVANCED,
    ] = None,
    no_overwrite: NoOverwrite = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            metavar="N",
            min=1,
            max=1024,
            help="Parallel processes; the result is the same. Default: one per core.",
            rich_help_panel=_RUN_PANEL,
        ),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Run on a Dask cluster, such as tcp://host:8786.",
            rich_help_panel=_RUN_PANEL,
        ),
        ADVANCED,
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Convert unchanged files too.", rich_help_panel=_RUN_PANEL),
    ] = False,
    fail_fast: Annotated[
        bool,
        typer.Option("--fail-fast", help="Stop at the first failure.", rich_help_panel=_RUN_PANEL),
        ADVANCED,
    ] = False,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch",
            help="Convert files as they arrive, until interrupted.",
            rich_help_panel=_RUN_PANEL,
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Print the plan and its cost; write nothing.",
            rich_help_panel=_RUN_PANEL,
        ),
    ] = False,
    limits: WorkLimits = DEFAULT_WORK,
    quiet: Quiet = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Convert folders and files in parallel, with sub-folders; a second run continues."""
    from pixbin.batch.planning.naming import DEFAULT_TEMPLATE, Template
    from pixbin.batch.run import Policy
    from pixbin.batch.session import BatchRequest
    from pixbin.batch.state.fingerprint import Recipe
    from pixbin.batch.storage import urls
    from pixbin.batch.storage.globs import FileFilter
    from pixbin.cli import batch_run
    from pixbin.codecs import format_options, sheet_options

    if options.provider != "cpu" and limits == DEFAULT_WORK:
        limits = limits._replace(memory=None)  # drivers of GPUs reserve much
    template = Template.parse(name or DEFAULT_TEMPLATE)
    if (setting := settings.get("name")) and setting.origin == presets.COMMAND_LINE:
        settings = presets.with_format_from_name(settings, template.text, "--name")
    if into is not None:
        settings = presets.with_format_from_name(settings, into, "--into")
    setting = settings.get("format")
    output_format = _choose_format(template, setting and setting.value, into)
    options = format_options.adapt_options(options, output_format)
    *inputs, output = map(urls.strip_local_scheme, [*names, *([] if into is None else [""])])
    request = BatchRequest(
        inputs,
        output,
        Recipe(sheet_options.adapt_to_name(options, into or template.text), output_format),
        template,
        FileFilter(tuple(include or ()), tuple(exclude or ()), hidden, recursive),
        files0,
        base,
        Policy(force, not no_overwrite, fail_fast),
        jobs,
        watch,
        scheduler,
        limits,
    )
    _check_request(request)
    if not quiet:
        for note in reports.effect_notes(settings, options):
            console.print_stderr(note)
    gc.enable()  # start-up disables it, and a long run needs it
    if into is not None:
        from pixbin.cli import batch_into

        batch_into.run(request, into, settings, dry_run=dry_run, as_json=as_json, quiet=quiet)
        return
    if dry_run:
        batch_run.run_dry(request, settings, as_json)
    else:
        batch_run.run(request, as_json=as_json, quiet=quiet)


def _choose_format(template: Template, name: str | None, into: str | None) -> Format:
    """Return the format of all outputs: by its name, else by that of the one file."""
    if into is None or name is not None:
        return template.output_format(name)
    return Format.C if into == STDIO else Format.from_path(into)


def _check_request(request: BatchRequest) -> None:
    from pixbin.batch.storage import urls
    from pixbin.codecs import format_options

    if not request.inputs and request.list_file is None:
        raise UsageError(
            f"{request.output}: no INPUT given; name files or folders, then OUTPUT_DIR"
        )
    if request.is_watch and request.list_file is not None:
        raise UsageError("--watch looks at files and folders; leave out --files0")
    if request.is_watch and any(map(urls.is_remote, request.inputs)):
        raise UsageError("--watch looks at files of this machine; leave it out for other stores")
    if request.scheduler and any(
        name.startswith(urls.MEMORY_SCHEME) for name in (*request.inputs, request.output)
    ):
        raise UsageError("memory:// exists only in this process; leave out --scheduler")
    options, output_format = request.recipe
    format_options.check_options(options, output_format)
    if isinstance(options.mask, RegionMask):
        from pixbin.pipeline import regions

        regions.check(options.mask, None)
    if options.uses(Neural):
        from pixbin.pipeline.convert import load_model

        load_model(options)
