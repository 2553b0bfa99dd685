"""Runs of a batch request: once, as a dry run, or while watching folders."""

from __future__ import annotations

import contextlib

import typer

from pixbin.batch import reports, session
from pixbin.batch.jobs import Job, Outcome
from pixbin.batch.planning.plan import BatchPlan
from pixbin.batch.session import BatchRequest, BatchSession
from pixbin.batch.signals import StopEvent, catch_stop_signals
from pixbin.cli import console
from pixbin.cli.progress import BatchDisplay
from pixbin.cli.reports import setting_lines, settings_report, to_json
from pixbin.errors import ExitCode, PixbinError
from pixbin.options import presets


def run(request: BatchRequest, *, as_json: bool, quiet: bool) -> None:
    """Run a request and print each outcome; raise typer.Exit if something failed."""
    watch = request.is_watch
    with BatchDisplay(request.output, as_json=as_json, quiet=quiet, lines_only=watch) as display:
        if watch:
            _run_watching(request, display)
        else:
            run_once(request, display)


def run_dry(
    request: BatchRequest, settings: presets.Settings, as_json: bool, label: str | None = None
) -> None:
    """Print the plan of a request and its cost; raise typer.Exit if a job would fail.

    All is printed on stdout, except that settings and cost go to stderr if the plan is JSON. With a
    label, all pictures go into one file, of that name.
    """
    print_line = console.print_stderr if as_json else console.print_stdout

    def print_step(step: Job | Outcome) -> None:
        is_joined = label is not None
        report = reports.step_report(step, label or request.output, is_joined=is_joined)
        if as_json:
            console.print_stdout(to_json(report))
        else:
            print_line(reports.step_line(report))

    with contextlib.closing(session.make_plan(request, console.print_stderr)) as plan:
        cost = session.dry_run(request, plan, print_step)
    for line in setting_lines(settings_report(settings, request.recipe.options)):
        print_line(line)
    print_line(reports.cost_line(cost))
    if cost.failing:
        raise typer.Exit(ExitCode.BATCH)


def run_once(request: BatchRequest, display: BatchDisplay) -> None:
    """Run a request to its end; raise typer.Exit if something failed or stopped it."""
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
    from pixbin.batch import watch

    with (
        catch_stop_signals() as stop,
        watch.watch_paths(request.watched_paths, request.file_filter.recursive) as changed,
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
    opened: BatchSession,
    plan: BatchPlan,
    stop: StopEvent,
    display: BatchDisplay,
    only_news: bool = False,
) -> None:
    display.add_total(len(plan))
    for outcome in opened.outcomes(plan, stop.is_set):
        if not (only_news and outcome.state in ("unchanged", "kept")):
            display.record(outcome)


def _summarize_and_exit(display: BatchDisplay, journal_error: str, stop: StopEvent) -> None:
    closing_lines = []
    if journal_error:
        closing_lines.append(
            f"note: the journal could not be written ({journal_error}); the next run repeats work"
        )
    if stop.is_set():
        closing_lines.append("interrupted; started pictures are finished, run again for the rest")
    display.summarize(*closing_lines)
    if stop.is_set():
        raise typer.Exit(ExitCode.INTERRUPTED)
    if display.counts["failed"]:
        raise typer.Exit(ExitCode.BATCH)
