"""The command line: parse, convert, report; the only place that prints and exits."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from pixbin import __version__, console
from pixbin.errors import ExitCode, InputError, PixbinError
from pixbin.flags import takes_conversion_options
from pixbin.formats import Format
from pixbin.methods import Method
from pixbin.options import Options

if TYPE_CHECKING:
    from pixbin.geometry import Plan
    from pixbin.verify import Finding

_DEBUG = "pixbin.debug"
_OUTPUT = "Output"
_CROP_WORTH_TELLING = 0.01  #: share of the picture


class ErrorBoundary(TyperGroup):
    """Turn every error into one line on stderr and the right exit code."""

    def invoke(self, ctx: Any) -> object:
        """Run the command."""
        try:
            result = super().invoke(ctx)
            console.finish()
            return result
        except PixbinError as error:
            self._tell(ctx, str(error))
            raise typer.Exit(error.exit_code) from error
        except KeyboardInterrupt as interrupt:
            self._tell(ctx, "interrupted; nothing half-written was left")
            raise typer.Exit(ExitCode.INTERRUPTED) from interrupt
        except OSError as error:  # all others have become a PixbinError where they arose
            from pixbin import files

            files.abandon_stdout()
            self._tell(ctx, f"stdout: cannot be written ({error.strerror}); check its reader")
            raise typer.Exit(ExitCode.OUTPUT) from error
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            if type(error).__module__.startswith(("typer.", "click.")):
                raise  # usage errors that typer words itself
            reason = f"{type(error).__name__}: {error}"
            self._tell(ctx, f"a bug in pixbin ({reason}); run with --debug and report it")
            raise typer.Exit(ExitCode.BUG) from error

    @staticmethod
    def _tell(ctx: typer.Context, message: str) -> None:
        if ctx.meta.get(_DEBUG):
            import traceback

            traceback.print_exc()
        console.say(f"error: {message}")


app = typer.Typer(
    cls=ErrorBoundary,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"pixbin {__version__}")
        raise typer.Exit


def _set_debug(ctx: typer.Context, wanted: bool) -> bool:
    ctx.meta[_DEBUG] = wanted
    return wanted


Debug = Annotated[
    bool, typer.Option("--debug", callback=_set_debug, is_eager=True, help="Show tracebacks.")
]
Json = Annotated[bool, typer.Option("--json", help="Report as JSON, for machines.")]


@app.callback()
def pixbin(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Turn any picture into a strictly two-valued, pixelated picture of exactly the asked size."""


@app.command()
@takes_conversion_options
def convert(
    source: Annotated[
        str, typer.Argument(metavar="INPUT", help="A picture; - is stdin.", show_default=False)
    ],
    target: Annotated[
        str,
        typer.Argument(
            metavar="OUTPUT", help="The file to write; - is stdout.", show_default=False
        ),
    ],
    *,
    options: Options,
    format: Annotated[  # noqa: A002
        str | None,
        typer.Option(
            metavar="NAME",
            help=f"{', '.join(Format)}. Default: by the name of OUTPUT; png for -.",
            rich_help_panel=_OUTPUT,
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Print the plan, write nothing.", rich_help_panel=_OUTPUT),
    ] = False,
    no_overwrite: Annotated[
        bool,
        typer.Option("--no-overwrite", help="Keep an existing OUTPUT.", rich_help_panel=_OUTPUT),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Convert one picture to exactly two colours and exactly the asked size."""
    from pixbin import files, pipeline

    start = time.perf_counter()
    chosen = _format(format, target)
    files.check_target(target, overwrite=not no_overwrite)
    raster = files.read(source)
    plan = pipeline.plan(raster, options)
    name = files.shown_name(source)
    if not quiet:
        for note in (*raster.notes, *_crop_notes(plan)):
            console.say(f"{name}: {note}")
    if not dry_run:
        picture = pipeline.convert(raster, options)
        files.write_to(target, picture.encode(chosen), overwrite=not no_overwrite)
    report = {
        "source": source,
        "output": target,
        **_plan_report(plan, options, chosen),
        "seconds": round(time.perf_counter() - start, 3),
    }
    _tell(report, as_json, target, in_full=dry_run, in_short=not quiet)


@app.command()
def verify(
    names: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Pictures; - is stdin.", show_default=False),
    ],
    size: Annotated[
        str | None, typer.Option("--size", "-s", metavar="SIZE", help="The size they must have.")
    ] = None,
    grid: Annotated[
        str | None, typer.Option("--grid", "-g", metavar="SIZE", help="The cells they must have.")
    ] = None,
    block: Annotated[
        str | None, typer.Option("--block", "-b", metavar="SIZE", help="The side of their blocks.")
    ] = None,
    any_depth: Annotated[
        bool, typer.Option("--any-depth", help="Allow more than one bit a pixel.")
    ] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Prove that files hold two values at most, and the size and blocks they should.

    Exit code 6 if one fails, 3 if one cannot be read.
    """
    from pixbin import verify

    wanted = Options.of(size=size, grid=grid, block=block)
    unreadable = failed = False
    for name in names:
        try:
            finding = verify.check(
                name, size=wanted.size, grid=wanted.grid, block=wanted.block, any_depth=any_depth
            )
        except InputError as error:
            unreadable = True
            _print_unreadable(name, error, as_json)
        else:
            failed = failed or bool(finding.faults)
            _print_finding(finding, as_json)
    if failed or unreadable:
        raise typer.Exit(ExitCode.BATCH if failed else ExitCode.INPUT)


@app.command()
def methods(as_json: Json = False, debug: Debug = False) -> None:
    """List the methods: names, what each is good for, and who published it."""
    if as_json:
        print(_json([_method_report(method) for method in Method]))
        return
    rows = ([m.value, ", ".join(m.aliases), m.advice, m.source] for m in Method)
    console.print_table(("method", "also", "use it for", "source"), rows)


def _json(report: object) -> str:
    import json

    return json.dumps(report)


def _format(name: str | None, target: str) -> Format:
    if name is not None:
        return Format.named(name)
    return Format.PNG if target == "-" else Format.of_name(target)


def _crop_notes(plan: Plan) -> list[str]:
    if plan.cropped <= _CROP_WORTH_TELLING:
        return []
    return [
        f"cropped to {plan.crop.size} of {plan.source} ({plan.cropped:.0%} less) "
        f"to fill {plan.layout.output}; --fit contain shows all, --fit stretch distorts"
    ]


def _plan_report(plan: Plan, options: Options, chosen: Format) -> dict[str, Any]:
    return {
        "source_size": str(plan.source),
        "crop": str(plan.crop),
        "grid": str(plan.layout.grid),
        "picture": str(plan.picture),
        "block": plan.layout.blocks,
        "size": str(plan.layout.output),
        "method": options.method.value,
        "format": chosen.value,
    }


def _tell(
    report: dict[str, Any], as_json: bool, target: str, *, in_full: bool, in_short: bool
) -> None:
    """Report on stderr, or as JSON on stdout where that is not taken by the picture."""
    if as_json:
        print(_json(report), file=sys.stderr if target == "-" else sys.stdout)
    elif in_full:
        for heading, value in report.items():
            if heading != "seconds":
                console.say(f"{heading.replace('_', ' '):12} {value}")
    elif in_short and console.on_terminal():
        console.say("{output}: {size}, grid {grid}, blocks {block}, {method}".format(**report))


def _print_finding(finding: Finding, as_json: bool) -> None:
    if as_json:
        print(_json(_finding_report(finding)))
        return
    verdict = "FAIL" if finding.faults else "ok"
    depth = f", {finding.bits} bit" if finding.bits else ""
    found = f"{finding.size}, {finding.values} values{depth}, blocks of {finding.block}"
    print(f"{verdict:4} {finding.file}: {'; '.join(finding.faults) or found}")


def _print_unreadable(name: str, error: InputError, as_json: bool) -> None:
    if as_json:
        print(_json({"file": name, "ok": False, "error": str(error)}))
    else:
        console.say(f"error: {error}")


def _finding_report(finding: Finding) -> dict[str, Any]:
    return {
        "file": finding.file,
        "ok": not finding.faults,
        "size": str(finding.size),
        "values": finding.values,
        "bits": finding.bits,
        "block": finding.block,
        "faults": finding.faults,
    }


def _method_report(method: Method) -> dict[str, Any]:
    return {
        "name": method.value,
        "family": type(method.family).__name__,
        "aliases": method.aliases,
        "advice": method.advice,
        "source": method.source,
    }
