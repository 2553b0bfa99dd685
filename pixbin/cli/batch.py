"""`pixbin batch`: folders of pictures, in parallel, resumable."""

from __future__ import annotations

import contextlib
import gc
from typing import TYPE_CHECKING, Annotated

import typer

from pixbin.catalog.families import Neural
from pixbin.cli import console
from pixbin.cli.flags import OUTPUT, Debug, Json, NoOverwrite, Quiet
from pixbin.errors import ExitCode, PixbinError, UsageError
from pixbin.options import Options, presets

if TYPE_CHECKING:
    from pixbin.batch.jobs import Job, Outcome
    from pixbin.batch.planning.plan import Plan
    from pixbin.batch.session import Session, Wish
    from pixbin.batch.signals import Stop
    from pixbin.cli.progress import Display

_SOURCES, _RUN = "Sources", "Run"


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
            rich_help_panel=_SOURCES,
        ),
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER",
            help="Mirror folders below this one for files that are named or listed. Default: "
            "for listed ones the working folder.",
            rich_help_panel=_SOURCES,
        ),
    ] = None,
    recursive: Annotated[
        bool,
        typer.Option(
            "--recursive/--no-recursive",
            help="Search the folders in folders, too.",
            rich_help_panel=_SOURCES,
        ),
    ] = True,
    include: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GLOB",
            help="Take these of a folder's files. Default: pictures, by the ends of their names.",
            rich_help_panel=_SOURCES,
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GLOB",
            help="Leave out these files and folders; a glob with / is of the whole path.",
            rich_help_panel=_SOURCES,
        ),
    ] = None,
    hidden: Annotated[
        bool,
        typer.Option(
            "--hidden", help="Take names that begin with a dot, too.", rich_help_panel=_SOURCES
        ),
    ] = False,
    name: Annotated[
        str | None,
        typer.Option(
            metavar="TEMPLATE",
            help="What outputs are called: {stem} {suffix} {ext} {size} {grid} {method}. "
            "Default: {stem}.{ext}.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    format: Annotated[  # noqa: A002
        str | None,
        typer.Option(
            metavar="NAME",
            help="As for convert. Default: by the end of --name; png.",
            rich_help_panel=OUTPUT,
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
            rich_help_panel=_RUN,
        ),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Let a Dask cluster do the work, such as tcp://host:8786.",
            rich_help_panel=_RUN,
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Do all again, changed or not.", rich_help_panel=_RUN),
    ] = False,
    fail_fast: Annotated[
        bool,
        typer.Option("--fail-fast", help="Stop at the first failure.", rich_help_panel=_RUN),
    ] = False,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch", help="Go on as files arrive, until interrupted.", rich_help_panel=_RUN
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Print the plan and its cost, write nothing.", rich_help_panel=_RUN
        ),
    ] = False,
    quiet: Quiet = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Convert folders and files, sub-folders mirrored, in parallel; run again, it resumes."""
    from pixbin.batch.planning.globs import Wanted
    from pixbin.batch.planning.naming import DEFAULT, Template
    from pixbin.batch.run import Policy
    from pixbin.batch.session import Wish
    from pixbin.batch.state.fingerprint import Recipe
    from pixbin.batch.storage import urls
    from pixbin.cli.progress import Display

    template = Template.of(name or DEFAULT)
    if (typed := settings.get("name")) and typed.origin == presets.COMMAND_LINE:
        settings = presets.with_format_of(settings, template.text, "--name")
    asked = settings.get("format")
    chosen = template.format(asked and asked.value)
    *inputs, output = map(urls.plain, names)
    wish = Wish(
        inputs,
        output,
        Recipe(chosen.suited(options), chosen),
        template,
        Wanted(tuple(include or ()), tuple(exclude or ()), hidden, recursive),
        files0,
        base,
        Policy(force, not no_overwrite, fail_fast),
        jobs,
        watch,
        scheduler,
    )
    _check(wish)
    gc.enable()  # which start-up leaves out, and a long run needs
    with Display(wish.output, as_json=as_json, quiet=quiet, lines_only=watch) as display:
        if dry_run:
            _foresee(wish, settings, as_json)
        elif watch:
            _watch(wish, display)
        else:
            _once(wish, display)


def _check(wish: Wish) -> None:
    from pixbin.batch.storage import urls

    if not wish.inputs and wish.listed is None:
        raise UsageError(f"{wish.output}: no INPUT given; name files or folders, then OUTPUT_DIR")
    if wish.is_watch and wish.listed is not None:
        raise UsageError("--watch looks at files and folders; leave out --files0")
    if wish.is_watch and any(map(urls.is_remote, wish.inputs)):
        raise UsageError("--watch looks at files of this machine; leave it out for other stores")
    if wish.scheduler and any(each.startswith(urls.MEMORY) for each in (*wish.inputs, wish.output)):
        raise UsageError("memory:// is of this process alone; leave out --scheduler")
    options, chosen = wish.recipe
    chosen.check(options)
    if isinstance(options.family, Neural):
        from pixbin.pipeline import convert as pipeline

        pipeline.ready(options)


def _foresee(wish: Wish, settings: presets.Settings, as_json: bool) -> None:
    from pixbin.batch import reports, session
    from pixbin.cli.reports import as_json as as_json_line
    from pixbin.cli.reports import of_settings, setting_lines

    def show(step: Job | Outcome) -> None:
        report = reports.of_step(step, wish.output)
        if as_json:
            console.tell(as_json_line(report))
        else:
            console.say(reports.step_line(report))

    with contextlib.closing(session.planned(wish, console.say)) as plan:
        cost = session.foreseen(wish, plan, show)
    for line in setting_lines(of_settings(settings, wish.recipe.options)):
        console.say(line)
    console.say(reports.cost_line(cost))
    if cost.failing:
        raise typer.Exit(ExitCode.BATCH)


def _once(wish: Wish, display: Display) -> None:
    from pixbin.batch import session
    from pixbin.batch.signals import stoppable

    with (
        stoppable() as stop,
        contextlib.closing(session.planned(wish, console.say)) as plan,
        session.begun(wish, len(plan)) as begun,
    ):
        stop.is_gentle = True
        _carry_out(begun, plan, stop, display)
        fault = begun.journal.fault
    if wish.policy.fail_fast and display.counts["failed"]:
        console.say("stopped at the first failure; run again for the rest")
    _finish(display, fault, stop)


def _watch(wish: Wish, display: Display) -> None:
    from pixbin.batch import session, watch
    from pixbin.batch.signals import stoppable

    with (
        stoppable() as stop,
        watch.watching(wish.inputs, wish.wanted.recursive) as changed,
        session.begun(wish) as begun,
    ):
        is_first = stop.is_gentle = True
        while is_first or watch.settled(changed, stop.is_set):
            try:
                with contextlib.closing(session.planned(wish, console.say)) as plan:
                    _carry_out(begun, plan, stop, display, only_news=not is_first)
            except PixbinError as error:
                if is_first:
                    raise
                console.say(f"error: {error}")
            is_first = False
        fault = begun.journal.fault
    _finish(display, fault, stop)


def _carry_out(
    begun: Session, plan: Plan, stop: Stop, display: Display, only_news: bool = False
) -> None:
    display.expect(len(plan))
    for outcome in begun.outcomes(plan, stop.is_set):
        if not (only_news and outcome.state in ("unchanged", "kept")):
            display.show(outcome)


def _finish(display: Display, fault: str, stop: Stop) -> None:
    display.summarize(
        *([f"note: the journal could not be written ({fault}); more is done again"] * bool(fault)),
        *(["interrupted; all that was begun is finished, run again for the rest"] * stop.is_set()),
    )
    if stop.is_set():
        raise typer.Exit(ExitCode.INTERRUPTED)
    if display.counts["failed"]:
        raise typer.Exit(ExitCode.BATCH)
