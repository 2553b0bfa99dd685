"""`pixbin mcp` as a client of the official SDK sees it, over stdin and stdout."""

from __future__ import annotations

import base64
import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

import pixbin
from tests.agents.conftest import make_tools, with_client
from tests.fixtures import RunCommand

if TYPE_CHECKING:
    from mcp import Client

pytest.importorskip("mcp.server.stdio", reason="the SDK of MCP is not installed")


class Answer(NamedTuple):
    """The result of one call."""

    is_error: bool
    text: str
    png: bytes | None
    report: Any


async def call_tool(client: Client, name: str, **arguments: Any) -> Answer:
    """Call a tool, and return what the client got."""
    result = await client.call_tool(name, arguments)
    texts = [block.text for block in result.content if block.type == "text"]
    images = [block for block in result.content if block.type == "image"]
    assert [image.mime_type for image in images] in ([], ["image/png"])
    png = base64.b64decode(images[0].data) if images else None
    return Answer(bool(result.is_error), texts[0], png, result.structured_content)


def test_client_converts_and_verifies(pictures: Path) -> None:
    """A client lists the tools, converts a picture, and gets one that `verify` passes."""

    async def work(client: Client) -> tuple[Any, Answer, Answer, Answer, Answer, Answer]:
        tools = await client.list_tools()
        first = await call_tool(
            client,
            "convert",
            source="cat.png",
            output="small.png",
            size="32x24",
            method="atkinson",
            embed_recipe=True,
        )
        return (
            tools.tools,
            first,
            await call_tool(client, "verify", source="small.png", size="32x24"),
            await call_tool(client, "convert", source="cat.png", preset="small.png"),
            await call_tool(client, "convert", source="../secret.png", size="8x8"),
            await call_tool(client, "no_such_tool"),
        )

    tools, first, verified, again, outside, unknown = with_client(pictures, work)
    expected = pixbin.convert(pictures / "cat.png", size="32x24", method="atkinson")

    assert [tool.name for tool in tools] == [*make_tools(pictures)]
    assert {tool.name for tool in tools if not tool.annotations.read_only_hint} == {
        "convert",
        "compare",
        "decode",
    }
    assert pixbin.decode(pictures / "small.png") == expected
    assert first.report == json.loads(first.text)
    assert first.report["size"] == "32x24"
    assert first.png is not None
    assert pixbin.verify(first.png, grid="32x24").passed
    assert verified.report["passed"] is True
    assert verified.png is None
    assert again.png == first.png
    assert outside.is_error
    assert "outside of the allowed folders" in outside.text
    assert unknown.is_error
    assert "no such tool" in unknown.text


def test_client_reads_the_documentation(pictures: Path) -> None:
    """The pages are resources, and an unknown address is an error of the protocol."""
    from mcp import MCPError

    async def work(client: Client) -> tuple[Any, Any, str]:
        listed = await client.list_resources()
        page = await client.read_resource("pixbin://docs/options")
        with pytest.raises(MCPError) as caught:
            await client.read_resource("pixbin://docs/../secret")
        return listed.resources, page.contents[0], str(caught.value)

    resources, page, error = with_client(pictures, work, "--read-only")

    assert {str(each.uri) for each in resources} >= {
        f"pixbin://docs/{name}" for name in ("options", "methods", "devices", "presets", "recipes")
    }
    assert all(each.mime_type == "text/markdown" and each.title for each in resources)
    assert "| `embed_recipe` | Output |" in page.text
    assert "no such page" in error


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_ends_the_server(pictures: Path) -> None:
    """Ctrl-C ends the server while it waits for a line; so does the end of stdin."""
    command = [sys.executable, "-m", "pixbin", "mcp", str(pictures)]
    ping = b'{"jsonrpc": "2.0", "id": 1, "method": "no/method"}\n'
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(ping)
        server.stdin.flush()
        answer = json.loads(server.stdout.readline())
        server.send_signal(signal.SIGINT)
        code = server.wait(60)

    done = subprocess.run(command, input=ping, capture_output=True, check=False)
    assert answer["error"]["code"] == -32601
    assert code == 130
    assert done.returncode == 0


def test_without_the_sdk_is_an_error(run: RunCommand, pictures: Path) -> None:
    """Without the SDK, or with an old one, the command says what to install."""
    program = (
        "import sys; sys.modules['mcp'] = None; from pixbin.__main__ import main;"
        "sys.argv = ['pixbin', 'mcp']; main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    no_folder = run("mcp", "nowhere")

    assert done.returncode == 5
    assert b"pip install 'pixbin[mcp]'" in done.stderr
    assert no_folder.returncode == 3
    assert re.search(rb"nowhere: no such folder", no_folder.stderr)
