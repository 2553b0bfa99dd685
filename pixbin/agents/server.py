"""The server: tools and pages by the Model Context Protocol, over stdin and stdout.

Source: the documentation of the official SDK (package `mcp`, version 2), pages "The low-level
Server" and "Handling errors". The low-level server is used because the arguments of a tool come
from the list of options, not from the parameters of a function.
"""

from __future__ import annotations

import base64
import json
import sys
import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pixbin import __version__
from pixbin.agents import documents
from pixbin.agents.replies import ToolReply
from pixbin.agents.tool_table import ToolSpec
from pixbin.agents.wording import for_client
from pixbin.errors import ModelError, PixbinError, UsageError

if TYPE_CHECKING:
    from mcp import types
    from mcp.server import Server, ServerRequestContext

_MARKDOWN = "text/markdown"
_INSTRUCTIONS = (
    "pixbin turns any picture into a strictly two-valued, pixelated picture of exactly the size "
    "that you ask for. Use `compare` to choose a method, `convert` to make the picture, and "
    "`verify` to prove it. `docs` explains every option. Files are in: {folders}."
)


class AgentServer:
    """Answers the requests of one client.

    Parameters
    ----------
    tools : mapping
        The tools by name.
    folders : list of str
        The folders that a client may use, for the instructions.
    jobs : int
        Calls at the same time.
    """

    def __init__(self, tools: Mapping[str, ToolSpec], folders: list[str], jobs: int) -> None:
        self._tools = tools
        self._instructions = _INSTRUCTIONS.format(folders=", ".join(folders))
        self._jobs = jobs

    def run(self) -> None:
        """Answer until the client closes stdin.

        Raises
        ------
        ModelError
            The SDK is missing, or is an old one.
        """
        try:
            import anyio
            from mcp.server import ServerRequestContext  # noqa: F401 - version 1 has none
        except ImportError as error:
            advice = "run `pip install 'pixbin[mcp]'`"
            raise ModelError(f"mcp: needs the MCP SDK, version 2; {advice}") from error
        anyio.run(self._serve)

    async def _serve(self) -> None:
        import anyio
        from mcp.server.stdio import stdio_server

        self._limiter = anyio.CapacityLimiter(self._jobs)
        server = self.make_server()
        async with stdio_server() as (requests, answers):
            await server.run(requests, answers, server.create_initialization_options())

    def make_server(self) -> Server[Any]:
        """Return the server of the SDK."""
        from mcp.server import Server

        return Server(
            "pixbin",
            version=__version__,
            title="pixbin",
            instructions=self._instructions,
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
            on_list_resources=self._list_resources,
            on_read_resource=self._read_resource,
        )

    async def _list_tools(
        self, context: ServerRequestContext[Any], params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        from mcp import types

        return types.ListToolsResult(
            tools=[
                types.Tool(
                    name=tool.name,
                    title=tool.title,
                    description=tool.description,
                    input_schema=tool.schema,
                    annotations=types.ToolAnnotations(
                        read_only_hint=not tool.writes,
                        destructive_hint=tool.writes,
                        idempotent_hint=True,
                        open_world_hint=False,
                    ),
                )
                for tool in self._tools.values()
            ]
        )

    async def _call_tool(
        self, context: ServerRequestContext[Any], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        from anyio import to_thread

        run = self._run_tool
        return await to_thread.run_sync(
            run, params.name, params.arguments or {}, limiter=self._limiter
        )

    def _run_tool(self, name: str, arguments: Mapping[str, Any]) -> types.CallToolResult:
        """Run a tool, and return its result or its error; a model can read both."""
        try:
            if name not in self._tools:
                raise UsageError(f"{name[:40]}: no such tool; tools are {', '.join(self._tools)}")
            return _to_result(self._tools[name].run(arguments))
        except PixbinError as error:
            return _to_error(for_client(str(error)))
        except Exception as error:  # noqa: BLE001 - a bug must not end the server
            traceback.print_exc(file=sys.stderr)
            return _to_error(f"a bug in pixbin ({type(error).__name__}); its log has details")

    async def _list_resources(
        self, context: ServerRequestContext[Any], params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        from mcp import types

        return types.ListResourcesResult(
            resources=[
                types.Resource(name=page.name, title=page.title, uri=page.uri, mime_type=_MARKDOWN)
                for page in documents.documents().values()
            ]
        )

    async def _read_resource(
        self, context: ServerRequestContext[Any], params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        from mcp import types
        from mcp.shared.exceptions import MCPError

        uri = str(params.uri)
        try:
            page = documents.document(uri)
        except UsageError as error:
            raise MCPError(types.INVALID_PARAMS, str(error)) from error
        content = types.TextResourceContents(uri=uri, mime_type=_MARKDOWN, text=page.text)
        return types.ReadResourceResult(contents=[content])


def _to_result(reply: ToolReply) -> types.CallToolResult:
    from mcp import types

    content: list[types.ContentBlock] = []
    if reply.png is not None:
        data = base64.b64encode(reply.png).decode("ascii")
        content.append(types.ImageContent(data=data, mime_type="image/png"))
    text = _readable_json(reply.report) if reply.text is None else reply.text
    content.append(types.TextContent(text=text))
    return types.CallToolResult(content=content, structured_content=reply.report)


def _readable_json(report: Mapping[str, Any]) -> str:
    """Return a report as JSON with letters of all languages; what is no Unicode is escaped."""
    text = json.dumps(report, indent=1, ensure_ascii=False)
    return text.encode(errors="backslashreplace").decode()


def _to_error(message: str) -> types.CallToolResult:
    from mcp import types

    return types.CallToolResult(content=[types.TextContent(text=message)], is_error=True)
