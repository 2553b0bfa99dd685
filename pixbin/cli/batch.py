"""`pixbin batch`: folders of pictures, in parallel, resumable."""

from __future__ import annotations

import contextlib
import gc
from typing import TYPE_CHECKING, Annotated

import typer

from pixbin.catalog.families import Neural
from pixbin.cli import console
from pixbin.cli.flags import OUTPUT_PANEL, Debug, Json, NoOverwrite, Quiet
from pixbin.errors import ExitCode, PixbinError, UsageError
from pixbin.options import Options, presets

if TYPE_CHECKING:
    from pixbin.batch.jobs import Job, Outcome
    from pixbin.batch.planning.plan import BatchPlan
    from pixbin.batch.session import BatchRequest, Session
    from pixbin.batch.signals import StopEvent
    from pixbin.cli.progress import BatchDisplay

_SOURCES_PANEL, _RUN_PANEL = "Sources", "Run"


def batch(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT... OUTPUT_DIR",
            help="Files and folders, and last the folder to write to.",
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
            help="Also the files of this list, separated by NUL (find -print0); - is stdin.",
            rich_help_panel=_SOURCES_PANEL,
        ),
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER",
            help="Mirror folders below this one for files that are named or listed. Default: "
            "for listed ones the working folder.",
            rich_help_panel=_SOURCES_PANEL,
        ),
    ] = None,
    recursive: Annotated[
        bool,
        typer.Option(
            "--recursive/--no-recursive",
            help="Search the folders in folders, too.",
            rich_help_panel=_SOURCES_PANEL,
        ),
    ] = True,
    include: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GLOB",
            help="Take these of a folder's files. Default: pictures, by the ends of their names.",
            rich_help_panel=_SOURCES_PANEL,
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GLOB",
            help="Leave out these files and folders; a glob with / is of the whole path.",
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
    ] = False,
    name: Annotated[
        str | None,
        typer.Option(
            metavar="TEMPLATE",
            help="What outputs are called: {stem} {suffix} {ext} {size} {grid} {method}. "
            "Default: {stem}.{ext}.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = None,
    format: Annotated[  # noqa: A002
        str | None,
        typer.Option(
            metavar="NAME",
            help="As for convert. Default: by the end of --name; png.",
            rich_help_panel=OUTPUT_PANEL,
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
            help="Processes at once; the result is the same. Default: one for each core.",
            rich_help_panel=_RUN_PANEL,
        ),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Let a Dask cluster do the work, such as tcp://host:8786.",
            rich_help_panel=_RUN_PANEL,
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Do all again, changed or not.", rich_help_panel=_RUN_PANEL),
    ] = False,
    fail_fast: Annotated[
        bool,
        typer.Option("--fail-fast", help="Stop at the first failure.", rich_help_panel=_RUN_PANEL),
    ] = False,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch", help="Go on as files arrive, until interrupted.", rich_help_panel=_RUN_PANEL
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Print the plan and its cost, write nothing.",
            rich_help_panel=_RUN_PANEL,
        ),
    ] = False,
    quiet: Quiet = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Convert folders and files, sub-folders mirrored, in parallel; run again, it resumes."""
    from pixbin.batch.planning.globs import FileFilter
    from pixbin.batch.planning.naming import DEFAULT_TEMPLATE, Template
    from pixbin.batch.run import Policy
    from pixbin.batch.session import BatchRequest
    from pixbin.batch.state.fingerprint import Recipe
    from pixbin.batch.storage import urls
    from pixbin.cli.progress import BatchDisplay

    template = Template.parse(name or DEFAULT_TEMPLATE)
    if (typed := settings.get("name")) and typed.origin == presets.COMMAND_LINE:
        settings = presets.with_format_from_name(settings, template.text, "--name")
    asked = settings.get("format")
    chosen = template.output_format(asked and asked.value)
    *inputs, output = map(urls.strip_local_scheme, names)
    wish = BatchRequest(
        inputs,
        output,
        Recipe(chosen.adapt_options(options), chosen),
        template,
        FileFilter(tuple(include or ()), tuple(exclude or ()), hidden, recursive),
        files0,
        base,
        Policy(force, not no_overwrite, fail_fast),
        jobs,
        watch,
        scheduler,
    )
    _check_request(wish)
    gc.enable()  # which start-up leaves out, and a long run needs
    with BatchDisplay(wish.output, as_json=as_json, quiet=quiet, lines_only=watch) as display:
        if dry_run:
            _run_dry(wish, settings, as_json)
        elif watch:
            _run_watching(wish, display)
        else:
            _run_once(wish, display)


def _check_request(request: BatchRequest) -> None:
    from pixbin.batch.storage import urls

    if not request.inputs and request.list_file is None:
        raise UsageError(
            f"{request.output}: no INPUT given; name files or folders, then OUTPUT_DIR"
        )
    if request.is_watch and request.list_file is not None:
        raise UsageError("--watch looks at files and folders; leave out --files0")
    if request.is_watch and any(map(urls.is_remote, request.inputs)):
        raise UsageError("--watch looks at files of this machine; leave it out for other stores")
    if request.scheduler and any(
        each.startswith(urls.MEMORY_SCHEME) for each in (*request.inputs, request.output)
    ):
        raise UsageError("memory:// is of this process alone; leave out --scheduler")
    options, chosen = request.recipe
    chosen.check_options(options)
    if isinstance(options.family, Neural):
        from pixbin.pipeline import convert as pipeline

        pipeline.load_model(options)


def _run_dry(request: BatchRequest, settings: presets.Settings, as_json: bool) -> None:
    from pixbin.batch import reports, session
    from pixbin.cli.reports import setting_lines, settings_report
    from pixbin.cli.reports import to_json as as_json_line

    def show(step: Job | Outcome) -> None:
        report = reports.step_report(step, request.output)
        if as_json:
            console.print_stdout(as_json_line(report))
        else:
            console.print_stderr(reports.step_line(report))

    with contextlib.closing(session.make_plan(request, console.print_stderr)) as plan:
        cost = session.dry_run(request, plan, show)
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
        session.open_session(request, len(plan)) as begun,
    ):
        stop.finishes_jobs = True
        _run_plan(begun, plan, stop, display)
        fault = begun.journal.write_error
    if request.policy.fail_fast and display.counts["failed"]:
        console.print_stderr("stopped at the first failure; run again for the rest")
    _summarize_and_exit(display, fault, stop)


def _run_watching(request: BatchRequest, display: BatchDisplay) -> None:
    from pixbin.batch import session, watch
    from pixbin.batch.signals import catch_stop_signals

    with (
        catch_stop_signals() as stop,
        watch.watch_paths(request.inputs, request.file_filter.recursive) as changed,
        session.open_session(request) as begun,
    ):
        is_first = stop.finishes_jobs = True
        while is_first or watch.wait_for_changes(changed, stop.is_set):
            try:
                with contextlib.closing(session.make_plan(request, console.print_stderr)) as plan:
                    _run_plan(begun, plan, stop, display, only_news=not is_first)
            except PixbinError as error:
                if is_first:
                    raise
                console.print_stderr(f"error: {error}")
            is_first = False
        fault = begun.journal.write_error
    _summarize_and_exit(display, fault, stop)


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
    display.summarize(
        *(
            [f"note: the journal could not be written ({journal_error}); more is done again"]
            * bool(journal_error)
        ),
        *(["interrupted; all that was begun is finished, run again for the rest"] * stop.is_set()),
    )
    if stop.is_set():
        raise typer.Exit(ExitCode.INTERRUPTED)
    if display.counts["failed"]:
        raise typer.Exit(ExitCode.BATCH)
