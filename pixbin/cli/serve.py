"""`pixbin serve`: pictures over HTTP, for displays and dashboards."""

from __future__ import annotations

import gc
import signal
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from pixbin.catalog.limits import DEFAULT_SERVE_WORK, WorkLimits
from pixbin.cli import console
from pixbin.cli.flags import ADVANCED, OUTPUT_PANEL, Debug, Quiet, with_conversion_options
from pixbin.cli.work_flags import LIMITS_PANEL, with_work_limits
from pixbin.errors import OutputError, UsageError
from pixbin.options import Options, presets

if TYPE_CHECKING:
    from pixbin.serve.access import AccessRules
    from pixbin.serve.server import ServerSettings, ServeServer
    from pixbin.serve.service import PictureService, ServeLimits

DEFAULT_PORT = 8125
GRACE_SECONDS = 20.0  #: that started requests have after SIGTERM
TOKEN_VARIABLE = "PIXBIN_TOKEN"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_ACCESS_PANEL = "Access"


@with_conversion_options
@with_work_limits
def serve(
    folders: Annotated[
        list[str],
        typer.Argument(
            metavar="FOLDER...",
            help="Folders with pictures. Clients can read no other files.",
            show_default=False,
        ),
    ],
    *,
    options: Options,
    settings: presets.Settings,
    format: Annotated[  # noqa: A002 - the name of the option
        str | None,
        typer.Option(
            metavar="NAME",
            help="File format if a request names none. Default: that of the device, or png.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = None,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Address to listen on; 0.0.0.0 is every network of this machine. Default: "
            "127.0.0.1.",
            show_default=False,
            rich_help_panel=_ACCESS_PANEL,
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            max=65535,
            help=f"Port to listen on; 0 is any free one. Default: {DEFAULT_PORT}.",
            show_default=False,
            rich_help_panel=_ACCESS_PANEL,
        ),
    ] = DEFAULT_PORT,
    token: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            envvar=TOKEN_VARIABLE,
            show_envvar=False,
            help=f"Secret that each request must send. The variable {TOKEN_VARIABLE} is safer, as "
            "other users can read command lines.",
            show_default=False,
            rich_help_panel=_ACCESS_PANEL,
        ),
    ] = None,
    no_token: Annotated[
        bool,
        typer.Option(
            "--no-token",
            help="Serve other machines without a token.",
            rich_help_panel=_ACCESS_PANEL,
        ),
    ] = False,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Host name by which clients may call this service, such as pi.local. IP addresses "
            "and localhost always work.",
            rich_help_panel=_ACCESS_PANEL,
        ),
    ] = None,
    allow_url: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST",
            help="Host from which url=... may fetch pictures: example.org, *.example.org or "
            "HOST:PORT. Default: none.",
            rich_help_panel=_ACCESS_PANEL,
        ),
    ] = None,
    public_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Address of this service in links for TRMNL, if a proxy is in front of it.",
            rich_help_panel=_ACCESS_PANEL,
        ),
        ADVANCED,
    ] = None,
    rate: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            help="Requests a minute from one address; 0 is no limit. Default: 600.",
            show_default=False,
            rich_help_panel=LIMITS_PANEL,
        ),
    ] = 600,
    max_upload: Annotated[
        int,
        typer.Option(
            metavar="MB",
            min=1,
            max=1024,
            help="Largest picture that is sent or fetched. Default: 32.",
            show_default=False,
            rich_help_panel=LIMITS_PANEL,
        ),
        ADVANCED,
    ] = 32,
    max_output: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=1,
            help="Most pixels of an output. Default: 4194304, which is 2048x2048.",
            show_default=False,
            rich_help_panel=LIMITS_PANEL,
        ),
        ADVANCED,
    ] = 1 << 22,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            metavar="N",
            min=1,
            max=64,
            help="Conversions at the same time. Default: number of processors, at most 4.",
            show_default=False,
            rich_help_panel=LIMITS_PANEL,
        ),
        ADVANCED,
    ] = None,
    log: Annotated[
        bool, typer.Option("--log", help="Print a line on stderr for each request.")
    ] = False,
    limits: WorkLimits = DEFAULT_SERVE_WORK,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Serve the pictures of a folder over HTTP, converted for displays.

    A request names a picture and any option of convert:
    /convert?file=cat.jpg&device=trmnl. /next goes through the folder. Options
    on this command line hold for requests that give no others. SIGTERM and
    Ctrl-C end the service after the requests that it has begun.
    """
    from pixbin.serve import service
    from pixbin.serve.server import ServerSettings
    from pixbin.web import allocator

    allocator.share_one_heap()
    access = _access_rules(host, token, no_token, allow_host or [])
    bounds = service.ServeLimits(
        jobs or service.default_jobs(), max_output, max_upload << 20, limits
    )
    pictures = _make_service(folders, settings, allow_url or [], bounds)
    server_settings = ServerSettings(
        host=host,
        port=port,
        access=access,
        per_minute=rate,
        public_url=_checked_url(public_url),
        log=console.print_stderr if log else None,
    )
    server = _listen(pictures, server_settings)
    gc.enable()  # start-up disables it, and the service runs for long
    console.print_stdout(server.url)
    console.flush_stdout()
    if not quiet and console.is_stderr_terminal():
        secret = "each request needs the token" if access.token else "no token is needed"
        console.print_stderr(f"Ctrl-C ends the service; {secret}")
    _run(server)


def _access_rules(host: str, token: str | None, no_token: bool, names: list[str]) -> AccessRules:
    from pixbin.serve.access import MIN_TOKEN_LENGTH, AccessRules

    token = token or None
    if token is not None and no_token:
        raise UsageError("--no-token: a token is given; leave one of the two out")
    if token is not None and (len(token) < MIN_TOKEN_LENGTH or not token.isascii()):
        raise UsageError(
            f"--token or {TOKEN_VARIABLE}: too short; give {MIN_TOKEN_LENGTH} ASCII characters or "
            "more"
        )
    if token is None and not no_token and host not in _LOOPBACK:
        raise UsageError(
            f"--host {host}: other machines can call it; set {TOKEN_VARIABLE}, or give --no-token"
        )
    return AccessRules(token, frozenset(map(_checked_host, names)))


def _checked_host(name: str) -> str:
    """Return the name of a host as requests are compared with it: no port, no URL."""
    if not name or {"/", ":", "@", "*", " "} & {*name}:
        raise UsageError(f"--allow-host {name}: write a name without port, such as pi.local")
    return name.lower().rstrip(".")


def _make_service(
    folders: list[str],
    settings: presets.Settings,
    allow_url: list[str],
    bounds: ServeLimits,
) -> PictureService:
    from pixbin.serve import service
    from pixbin.serve.folders import ServedFolders
    from pixbin.serve.remote import RemoteHosts

    remote = RemoteHosts(allow_url, bounds.max_upload) if allow_url else None
    return service.PictureService(ServedFolders(folders), settings, bounds, remote)


def _checked_url(url: str | None) -> str | None:
    if url is not None and not url.startswith(("http://", "https://")):
        raise UsageError(f"--public-url {url}: write http:// or https://")
    return url.rstrip("/") if url else None


def _listen(pictures: PictureService, settings: ServerSettings) -> ServeServer:
    from pixbin.files import error_text
    from pixbin.serve.server import ServeServer

    try:
        return ServeServer(pictures, settings)
    except OSError as error:
        where = f"{settings.host} port {settings.port}"
        reason = error_text(error)
        raise OutputError(f"{where}: cannot be used ({reason}); choose another") from error


def _run(server: ServeServer) -> None:
    """Answer requests until SIGTERM or Ctrl-C; a second signal ends at once."""
    stop = threading.Event()

    def handle(number: int, frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handle)
    threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    stop.wait()
    if not server.stop(GRACE_SECONDS):
        console.print_stderr(f"some requests were not answered within {GRACE_SECONDS:g} seconds")
