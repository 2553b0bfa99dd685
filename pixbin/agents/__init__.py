"""An MCP server, by which programs such as coding agents convert pictures: `pixbin mcp`.

`tools` does the work and knows no protocol, `tool_table` describes the tools, `documents` has the
pages that a client can read, and `server` speaks MCP by the official SDK. Only `cli` imports it,
when the command runs.
"""
