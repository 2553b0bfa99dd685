"""Tools on a folder with pictures, and a client of the SDK over stdio."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from PIL import Image
from skimage import data

from pixbin.agents import tool_table
from pixbin.agents.allowed_folders import AllowedFolders
from pixbin.agents.limits import CallLimits
from pixbin.agents.output_files import OutputFiles
from pixbin.agents.replies import ToolReply
from pixbin.agents.sheets import SheetTool
from pixbin.agents.tools import PictureTools

if TYPE_CHECKING:
    from mcp import Client

_Result = TypeVar("_Result")

CallTool = Callable[..., ToolReply]


@pytest.fixture(autouse=True)
def _own_presets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the user's own presets out of the tests."""
    monkeypatch.setenv("PIXBIN_CONFIG_DIR", str(tmp_path / "config"))


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Return an allowed folder with a picture, a sub-folder, and a secret next to it."""
    folder = tmp_path / "pictures"
    (folder / "trip").mkdir(parents=True)
    Image.fromarray(data.chelsea()).resize((90, 60)).save(folder / "cat.png")
    Image.fromarray(data.chelsea()).resize((90, 60)).save(folder / "trip" / "cat two.png")
    Image.fromarray(data.camera()).resize((40, 40)).save(tmp_path / "secret.png")
    return folder


def make_tools(
    folder: Path, max_pixels: int = 1 << 20, *, is_read_only: bool = False
) -> dict[str, tool_table.ToolSpec]:
    """Return the tools on one folder."""
    folders, limits = AllowedFolders([str(folder)]), CallLimits(max_pixels)
    outputs = OutputFiles(folders, is_read_only=is_read_only)
    return tool_table.make_tools(
        PictureTools(folders, outputs, limits),
        SheetTool(folders, outputs, limits),
        is_read_only=is_read_only,
    )


@pytest.fixture
def call(pictures: Path) -> CallTool:
    """Return a function that calls a tool by its name and arguments."""
    tools = make_tools(pictures)

    def run(tool: str, /, **arguments: Any) -> ToolReply:
        return tools[tool].run(arguments)

    return run


def with_client(folder: Path, work: Callable[[Client], Awaitable[_Result]], *words: str) -> _Result:
    """Start `pixbin mcp` on a folder, and do some work with the SDK's own client."""
    from mcp import Client
    from mcp.client.stdio import StdioServerParameters, stdio_client

    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "pixbin", "mcp", str(folder), *words],
        cwd=str(folder),
        env={**os.environ},
    )

    async def run() -> _Result:
        async with Client(stdio_client(server)) as client:
            return await work(client)

    return asyncio.run(run())
