"""`pixbin studio`: a live page on this machine."""

from __future__ import annotations

import gc
import os
import sys
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from pixbin.cli import console
from pixbin.cli.flags import OUTPUT_PANEL, Debug, Quiet, with_conversion_options
from pixbin.errors import ExitCode, OutputError
from pixbin.options import Options, presets

if TYPE_CHECKING:
    from pixbin.studio.server import StudioServer

_PAGE_PANEL = "Page"


@with_conversion_options
def studio(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="[PICTURE|FOLDER]",
            help="What to begin with. You can drop more pictures onto the page.",
            show_default=False,
        ),
    ] = None,
    *,
    options: Options,
    settings: presets.Settings,
    save_to: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER",
            help="Folder for the button Save. The page can write nowhere else. Default: none; the "
            "browser downloads files.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = None,
    port: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            max=65535,
            help="Port on 127.0.0.1. Default: any free one.",
            show_default=False,
            rich_help_panel=_PAGE_PANEL,
        ),
    ] = 0,
    opens: Annotated[
        bool,
        typer.Option(
            "--open/--no-open",
            help="Open the page in a browser. Default: on if there is a display (off: --no-open).",
            show_default=False,
            rich_help_panel=_PAGE_PANEL,
        ),
    ] = True,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Change options in a live page on this machine, and see the result at once.

    You can copy the command line from the page. The address of the page is
    printed on stdout. Ctrl-C ends the studio.
    """
    server = _make_server(source, settings, save_to, port)
    gc.enable()  # start-up disables it, and the studio runs for long
    threading.Thread(target=server.service.warm_up, daemon=True).start()
    console.print_stdout(server.address.url)
    console.flush_stdout()
    if not quiet and console.is_stderr_terminal():
        console.print_stderr("Ctrl-C ends the studio; only this machine can open the page")
    if opens and _has_display():
        threading.Thread(target=_open_browser, args=(server.opening_url,), daemon=True).start()
    _serve(server)


def _make_server(
    source: str | None, settings: presets.Settings, save_to: str | None, port: int
) -> StudioServer:
    from pixbin.files import error_text
    from pixbin.studio.pictures import PictureLibrary
    from pixbin.studio.saving import SaveFolder
    from pixbin.studio.server import StudioServer
    from pixbin.studio.service import StudioService

    folder = None if save_to is None else SaveFolder(save_to)
    service = StudioService(PictureLibrary(source), settings, folder)
    try:
        return StudioServer(service, port)
    except OSError as error:
        reason = error_text(error)
        raise OutputError(f"port {port}: cannot be used ({reason}); leave out --port") from error


def _serve(server: StudioServer) -> None:
    """Answer the page until Ctrl-C, which is the usual end."""
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        if server.service.close():
            console.print_stderr(
                "interrupted; started pictures are finished, run again for the rest"
            )
            raise typer.Exit(ExitCode.INTERRUPTED) from None
    finally:
        server.server_close()


def _has_display() -> bool:
    """Return whether a browser can open a window; a text browser would take the terminal."""
    has_server = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return sys.platform in ("win32", "darwin") or bool(has_server)


def _open_browser(url: str) -> None:
    import webbrowser

    if not webbrowser.open(url):
        console.print_stderr("no browser was opened; open the address yourself")
