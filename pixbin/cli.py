"""The command line: parse, convert, report; the only place that prints and exits."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from pixbin import __version__, console
from pixbin.errors import ExitCode, InputError, PixbinError, UsageError
from pixbin.flags import takes_conversion_options
from pixbin.formats import Format
from pixbin.methods import Method
from pixbin.options import Options

if TYPE_CHECKING:
    from pixbin.geometry import Plan
    from pixbin.verify import Finding

_WrongWords: Any = typer.BadParameter.__base__  # the root of Typer's own usage errors
_DEBUG = "pixbin.debug"
_OUTPUT = "Output"
_PLAN_HEADINGS = (
    *("source", "output", "source_size", "crop", "grid", "picture", "blocks", "size"),
    *("method", "format"),
)
_CROP_WORTH_TELLING = 0.01  #: share of the picture


class ErrorBoundary(TyperGroup):
    """Turn every error into one line on stderr and the right exit code."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words before the command."""
        with _boundary(ctx):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> object:
        """Run the command."""
        with _boundary(ctx):
            result = super().invoke(ctx)
            console.finish()
            return result


@contextlib.contextmanager
def _boundary(ctx: typer.Context) -> Iterator[None]:
    try:
        yield
    except PixbinError as error:
        raise _exit(ctx, str(error), error.exit_code) from error
    except _WrongWords as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            raise
        raise _exit(ctx, _advised(error), ExitCode.USAGE) from error
    except KeyboardInterrupt as interrupt:
        message = "interrupted; nothing half-written was left"
        raise _exit(ctx, message, ExitCode.INTERRUPTED) from interrupt
    except OSError as error:  # all others have become a PixbinError where they arose
        from pixbin import files

        files.abandon_stdout()
        message = f"stdout: cannot be written ({error.strerror}); check its reader"
        raise _exit(ctx, message, ExitCode.OUTPUT) from error
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        message = f"a bug in pixbin ({reason}); run with --debug and report it"
        raise _exit(ctx, message, ExitCode.BUG) from error


def _exit(ctx: typer.Context, message: str, code: ExitCode) -> typer.Exit:
    """Tell what went wrong, and return what ends the program."""
    if ctx.meta.get(_DEBUG):
        import traceback

        traceback.print_exc()
    console.say(f"error: {message}")
    return typer.Exit(code)


def _advised(error: Any) -> str:
    """Word a usage error that Typer found as pixbin words its own."""
    message = error.format_message().rstrip(".")
    message = message[:1].lower() + message[1:]
    command = error.ctx.command_path if error.ctx else "pixbin"
    if message.startswith("no such command"):
        return f"{message}; to convert a picture: pixbin convert INPUT OUTPUT"
    if command.endswith("convert") and "unexpected extra argument" in message:
        message += " beside INPUT and OUTPUT"
    return f"{message}; `{command} --help` lists what there is"


app = typer.Typer(
    cls=ErrorBoundary,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        console.tell(f"pixbin {__version__}")
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


@app.command(
    epilog="Photographs usually want --gamma 2 --sharpen 2. "
    "For text, line art and displays, --block 1 makes every pixel a cell."
)
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
    chosen.check_colors(options.ink, options.paper)
    if not (dry_run and target == files.STANDARD):
        files.check_target(target, overwrite=not no_overwrite)
    raster = files.read(source)
    plan = pipeline.plan(raster, options)
    notes = [*raster.notes, *_crop_notes(plan)]
    if not quiet and not as_json:
        for note in notes:
            console.say(f"{files.shown_name(source)}: {note}")
    if not dry_run:
        picture = pipeline.convert(raster, options)
        files.write_to(target, picture.encode(chosen), overwrite=not no_overwrite)
    report = {
        "source": source,
        "output": target,
        **_plan_report(plan, options, chosen),
        "notes": notes,
        "seconds": round(time.perf_counter() - start, 3),
    }
    if as_json:
        takes_picture = target == files.STANDARD and not dry_run
        (console.say if takes_picture else console.tell)(_json(report))
    elif dry_run:
        _print_plan(report)
    elif not quiet and console.on_terminal():
        console.say("{output}: {size} pixels, {grid} cells of {blocks}, {method}".format(**report))


@app.command()
@takes_conversion_options
def compare(
    source: Annotated[
        str, typer.Argument(metavar="INPUT", help="A picture; - is stdin.", show_default=False)
    ],
    target: Annotated[
        str,
        typer.Argument(metavar="SHEET", help="The PNG to write; - is stdout.", show_default=False),
    ],
    *,
    options: Options,
    methods: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,...", help="Which methods. Default: all.", rich_help_panel=_OUTPUT
        ),
    ] = None,
    columns: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Tiles in a row.", rich_help_panel=_OUTPUT),
    ] = None,
    no_overwrite: Annotated[
        bool,
        typer.Option("--no-overwrite", help="Keep an existing SHEET.", rich_help_panel=_OUTPUT),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")] = False,
    debug: Debug = False,
) -> None:
    """Draw one labelled sheet: the source, then what every method makes of it."""
    from pixbin import encoders, files, pipeline, sheet

    if target != files.STANDARD and Format.of_name(target) is not Format.PNG:
        raise UsageError(f"{target}: a sheet is written as PNG; end the name in .png")
    chosen = [Method.named(name) for name in methods.split(",")] if methods else list(Method)
    files.check_target(target, overwrite=not no_overwrite)
    raster = files.read(source)
    if not quiet:
        for note in (*raster.notes, *_crop_notes(pipeline.plan(raster, options))):
            console.say(f"{files.shown_name(source)}: {note}")
    drawn = sheet.contact_sheet(raster, options, chosen, columns)
    files.write_to(target, encoders.saved(drawn, "PNG"), overwrite=not no_overwrite)


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
        str | None, typer.Option("--block", "-b", metavar="N", help="The side of their blocks.")
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
        console.tell(_json([_method_report(method) for method in Method]))
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
        "block": plan.layout.block,
        "blocks": plan.layout.blocks,
        "size": str(plan.layout.output),
        "method": options.method.value,
        "format": chosen.value,
    }


def _print_plan(report: dict[str, Any]) -> None:
    for heading in _PLAN_HEADINGS:
        console.say(f"{heading.replace('_', ' '):12} {report[heading]}")


def _print_finding(finding: Finding, as_json: bool) -> None:
    if as_json:
        console.tell(_json(_finding_report(finding)))
        return
    verdict = "FAIL" if finding.faults else "ok"
    depth = f", {finding.bits} bit" if finding.bits else ""
    blocks = f", blocks of {finding.block}" if finding.block > 1 else ""
    found = f"{finding.size}, {finding.values} values{depth}{blocks}"
    console.tell(f"{verdict:4} {finding.file}: {'; '.join(finding.faults) or found}")


def _print_unreadable(name: str, error: InputError, as_json: bool) -> None:
    if as_json:
        console.tell(_json({"file": name, "ok": False, "faults": [str(error)]}))
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
