"""`pixbin batch`: folders of pictures, in parallel, resumable."""

from __future__ import annotations

import contextlib
import gc
from typing import TYPE_CHECKING, Annotated

import typer

from pixbin.catalog.families import Neural
from pixbin.cli import completion, console
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
from pixbin.errors import ExitCode, PixbinError, UsageError
from pixbin.options import Options, presets

if TYPE_CHECKING:
    from pixbin.batch.jobs import Job, Outcome
    from pixbin.batch.planning.plan import BatchPlan
    from pixbin.batch.session import BatchRequest, Session
    from pixbin.batch.signals import StopEvent
    from pixbin.cli.progress import BatchDisplay

_SOURCES_PANEL, _RUN_PANEL = "Sources", "Run"


@with_conversion_options
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
            help="For files that are named or listed, mirror the folders below this one. Default: "
            "the working folder, for listed files.",
            rich_help_panel=_SOURCES_PANEL,
        ),
        ADVANCED,
    ] = None,
    recursive: Annotated[
        bool,
        typer.Option(
            "--recursive/--no-recursive",
            help="Search sub-folders. Default: on (--no-recursive turns it off).",
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
            help="Take names that begin with a dot too.",
            rich_help_panel=_SOURCES_PANEL,
        ),
        ADVANCED,
    ] = False,
    name: Annotated[
        str | None,
        typer.Option(
            metavar="TEMPLATE",
            help="Names of outputs, from {stem} {suffix} {ext} {size} {grid} {method}. "
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
    quiet: Quiet = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Convert folders and files in parallel, sub-folders mirrored; a second run resumes."""
    from pixbin.batch.planning.naming import DEFAULT_TEMPLATE, Template
    from pixbin.batch.run import Policy
    from pixbin.batch.session import BatchRequest
    from pixbin.batch.state.fingerprint import Recipe
    from pixbin.batch.storage import urls
    from pixbin.batch.storage.globs import FileFilter
    from pixbin.cli.progress import BatchDisplay
    from pixbin.codecs import format_options

    template = Template.parse(name or DEFAULT_TEMPLATE)
    if (setting := settings.get("name")) and setting.origin == presets.COMMAND_LINE:
        settings = presets.with_format_from_name(settings, template.text, "--name")
    setting = settings.get("format")
    output_format = template.output_format(setting and setting.value)
    *inputs, output = map(urls.strip_local_scheme, names)
    request = BatchRequest(
        inputs,
        output,
        Recipe(format_options.adapt_options(options, output_format), output_format),
        template,
        FileFilter(tuple(include or ()), tuple(exclude or ()), hidden, recursive),
        files0,
        base,
        Policy(force, not no_overwrite, fail_fast),
        jobs,
        watch,
        scheduler,
    )
    _check_request(request)
    gc.enable()  # start-up disables it, and a long run needs it
    with BatchDisplay(request.output, as_json=as_json, quiet=quiet, lines_only=watch) as display:
        if dry_run:
            _run_dry(request, settings, as_json)
        elif watch:
            _run_watching(request, display)
        else:
            _run_once(request, display)


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
        raise UsageError("memory:// is of this process alone; leave out --scheduler")
    options, output_format = request.recipe
    format_options.check_options(options, output_format)
    if isinstance(options.family, Neural):
        from pixbin.pipeline.convert import load_model

        load_model(options)


def _run_dry(request: BatchRequest, settings: presets.Settings, as_json: bool) -> None:
    from pixbin.batch import reports, session
    from pixbin.cli.reports import setting_lines, settings_report, to_json

    def print_step(step: Job | Outcome) -> None:
        report = reports.step_report(step, request.output)
        if as_json:
            console.print_stdout(to_json(report))
        else:
            console.print_stderr(reports.step_line(report))

    with contextlib.closing(session.make_plan(request, console.print_stderr)) as plan:
        cost = session.dry_run(request, plan, print_step)
    for line in setting_lines(settings_report(settings, request.recipe.options)):
        console.print_stderr(line)
    console.print_stderr(reports.cost_line(cost))
    if cost.failing:
        raise typer.Exit(ExitCode.BATCH)


def _run_once(request: BatchRequest, display: BatchDisplay) -> None:
    from pixbin.batch import session
    from pixbin.batch.signals import catch_stop_signals

    with (
        catch_stop_signals() as stop,
        contextlib.closing(session.make_plan(request, console.print_stderr)) as plan,
        session.open_session(request, console.print_stderr, len(plan)) as opened,
    ):
        stop.finishes_jobs = True
        _run_plan(opened, plan, stop, display)
        journal_error = opened.journal.write_error
    if request.policy.fail_fast and display.counts["failed"]:
        console.print_stderr("stopped at the first failure; run again for the rest")
    _summarize_and_exit(display, journal_error, stop)


def _run_watching(request: BatchRequest, display: BatchDisplay) -> None:
    from pixbin.batch import session, watch
    from pixbin.batch.signals import catch_stop_signals

    with (
        catch_stop_signals() as stop,
        watch.watch_paths(request.inputs, request.file_filter.recursive) as changed,
        session.open_session(request, console.print_stderr) as opened,
    ):
        is_first = stop.finishes_jobs = True
        while is_first or watch.wait_for_changes(changed, stop.is_set):
            try:
                with contextlib.closing(session.make_plan(request, console.print_stderr)) as plan:
                    _run_plan(opened, plan, stop, display, only_news=not is_first)
            except PixbinError as error:
                if is_first:
                    raise
                console.print_stderr(f"error: {error}")
            is_first = False
        journal_error = opened.journal.write_error
    _summarize_and_exit(display, journal_error, stop)


def _run_plan(
    session: Session,
    plan: BatchPlan,
    stop: StopEvent,
    display: BatchDisplay,
    only_news: bool = False,
) -> None:
    display.add_total(len(plan))
    for outcome in session.outcomes(plan, stop.is_set):
        if not (only_news and outcome.state in ("unchanged", "kept")):
            display.record(outcome)


def _summarize_and_exit(display: BatchDisplay, journal_error: str, stop: StopEvent) -> None:
    closing_lines = []
    if journal_error:
        closing_lines.append(
            f"note: the journal could not be written ({journal_error}); more is done again"
        )
    if stop.is_set():
        closing_lines.append("interrupted; all that was begun is finished, run again for the rest")
    display.summarize(*closing_lines)
    if stop.is_set():
        raise typer.Exit(ExitCode.INTERRUPTED)
    if display.counts["failed"]:
        raise typer.Exit(ExitCode.BATCH)
