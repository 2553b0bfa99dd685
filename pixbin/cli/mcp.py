"""`pixbin mcp`: the tools of pixbin for coding agents and other MCP clients."""

from __future__ import annotations

import gc
import os
import signal
import sys
from typing import Annotated

import typer

from pixbin.cli import console
from pixbin.cli.flags import ADVANCED, Debug

MAX_JOBS = 4


def mcp(
    folders: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FOLDER]...",
            help="Folders that the client may read and write. Default: the working folder.",
            show_default=False,
        ),
    ] = None,
    read_only: Annotated[
        bool,
        typer.Option("--read-only", help="Write no files; answers have pictures to look at."),
    ] = False,
    max_output: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=1,
            help="Most pixels of an output. Default: 16777216, which is 4096x4096.",
            show_default=False,
        ),
        ADVANCED,
    ] = 1 << 24,
    debug: Debug = False,
) -> None:
    """Serve tools to an MCP client, such as a coding agent, on stdin and stdout.

    The client starts this command. Its tools are convert, compare, verify,
    decode, recipe, pictures, devices, methods and docs. It needs the extra
    "mcp" of pixbin.
    """
    from pixbin.agents import tool_table
    from pixbin.agents.allowed_folders import AllowedFolders
    from pixbin.agents.limits import CallLimits
    from pixbin.agents.output_files import OutputFiles
    from pixbin.agents.server import AgentServer
    from pixbin.agents.sheets import SheetTool
    from pixbin.agents.tools import PictureTools

    allowed = AllowedFolders(folders or ["."])
    outputs = OutputFiles(allowed, is_read_only=read_only)
    limits = CallLimits(max_output)
    pictures = PictureTools(allowed, outputs, limits)
    sheets = SheetTool(allowed, outputs, limits)
    tools = tool_table.make_tools(pictures, sheets, is_read_only=read_only)
    gc.enable()  # start-up disables it, and the server runs for long
    if sys.stdin is not None and sys.stdin.isatty():
        console.print_stderr("waiting for an MCP client on stdin; Ctrl-C ends it")
    signal.signal(signal.SIGINT, _interrupt)
    AgentServer(tools, allowed.roots, min(os.cpu_count() or 1, MAX_JOBS)).run()


def _interrupt(number: int, frame: object) -> None:
    """End at once; the handler of asyncio would wait for the next line on stdin."""
    raise KeyboardInterrupt
