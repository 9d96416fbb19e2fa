"""MCP, the Model Context Protocol: the tools of other programs for our models, and ours for other programs.

::

    from ai_sdk.mcp import connect, stdio

    async with connect(stdio("npx", "-y", "@modelcontextprotocol/server-filesystem", "/tmp")) as server:
        result = await generate_text(model, "What is in /tmp?", tools=await server.tools())

The ``mcp`` extra brings the package that speaks the protocol; nothing of it is imported before the first use.
"""

from __future__ import annotations

from ai_sdk.mcp._tools import MCPTool, ToolAnnotations, all_tools
from ai_sdk.mcp.callbacks import Elicitation, Progress, Sampling
from ai_sdk.mcp.client import MCPClient, Prompt, Resource, ResourceTemplate, connect
from ai_sdk.mcp.errors import MCPConnectionError, MCPError, MCPLimitError, MCPTimeoutError
from ai_sdk.mcp.limits import Limits
from ai_sdk.mcp.server import mcp_app, mcp_server, prompt_tool, serve
from ai_sdk.mcp.transports import HTTP, SSE, Stdio, http, sse, stdio

__all__ = [
    "HTTP",
    "SSE",
    "Elicitation",
    "Limits",
    "MCPClient",
    "MCPConnectionError",
    "MCPError",
    "MCPLimitError",
    "MCPTimeoutError",
    "MCPTool",
    "Progress",
    "Prompt",
    "Resource",
    "ResourceTemplate",
    "Sampling",
    "Stdio",
    "ToolAnnotations",
    "all_tools",
    "connect",
    "http",
    "mcp_app",
    "mcp_server",
    "prompt_tool",
    "serve",
    "sse",
    "stdio",
]
