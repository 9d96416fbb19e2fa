"""A client of MCP servers: their tools as our tools, their resources as parts, their prompts as messages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, cast

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.errors import InvalidRequestError, ToolExecutionError
from ai_sdk.mcp._content import Content, messages_from, output_of, parts_from, text_of
from ai_sdk.mcp._link import Link, Settings
from ai_sdk.mcp._log import Redactor, tell
from ai_sdk.mcp._opening import Target, check_target, need_mcp
from ai_sdk.mcp._tools import MCPTool, ToolAnnotations, tools_from
from ai_sdk.mcp.callbacks import Answers, Change, Elicit, OnChange, OnProgress, Progress, Sampling, maybe, root_uri
from ai_sdk.mcp.errors import MCPConnectionError, MCPLimitError
from ai_sdk.mcp.limits import Limits
from ai_sdk.mcp.transports import HTTP, SSE, Stdio
from ai_sdk.messages import Message
from ai_sdk.model import Model
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse
from ai_sdk.tools import Approve

if TYPE_CHECKING:
    from mcp import Client

__all__ = ["MCPClient", "Prompt", "Resource", "ResourceTemplate", "connect"]

LogLevel = Literal["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"]
_PAGES = 1000


@dataclass(frozen=True, slots=True)
class Resource:
    """Something that a server lets read, by its URI."""

    uri: str
    name: str
    title: str | None = None
    description: str | None = None
    media_type: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class ResourceTemplate:
    """Resources whose URIs are made of a template (RFC 6570)."""

    uri_template: str
    name: str
    title: str | None = None
    description: str | None = None
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt that a server offers. ``arguments`` has the names of its arguments, and whether each is required."""

    name: str
    title: str | None = None
    description: str | None = None
    arguments: Mapping[str, bool] = EMPTY


def connect(
    target: Target,
    /,
    *,
    name: str | None = None,
    prefix: str | None = None,
    timeout: float | None = 60.0,
    connect_timeout: float = 30.0,
    restarts: int = 5,
    approve: bool | Approve = True,
    trust_annotations: bool = False,
    elicitation: Elicit | None = None,
    sampling: Sampling | str | Model[LanguageRequest, LanguageResponse] | None = None,
    roots: Sequence[str | Path] = (),
    on_progress: OnProgress | None = None,
    on_change: OnChange | None = None,
    log_level: LogLevel | None = None,
    limits: Limits | None = None,
) -> MCPClient:
    """A client of an MCP server: ``async with connect(stdio("npx", "-y", "some-server")) as server``.

    ``target`` is ``stdio(...)``, ``http(...)``, ``sse(...)``, or of the ``mcp`` package a server object in this process
    or a function that makes a transport. ``name`` names the server in errors and logs; ``prefix`` goes before the names
    of its tools. ``timeout`` is for each request and ``connect_timeout`` for each connection, in seconds. A connection
    that ends is made again, a program started again, with growing pauses and at most ``restarts`` times in a row
    without success; after that each new request tries once more.

    A call that was cut off fails with ``MCPConnectionError``, whose ``may_have_run`` says whether the server may have
    acted on it. It is sent once more only when the server cannot have seen it, or when ``trust_annotations`` is true
    and the server calls the tool read-only or idempotent.

    ``approve`` is that of every tool (see ``Tool``). A server cannot question the user without ``elicitation``, use a
    model without ``sampling`` (a model, or ``Sampling``), see folders without ``roots``. ``on_progress`` hears how far
    calls are, ``on_change`` which listings have changed; ``log_level`` asks the server for its log, which goes to
    structlog as ``mcp.log``. ``limits`` are described at ``Limits``.
    """
    need_mcp()
    check_target(target)
    for field_, value in (("timeout", timeout), ("connect_timeout", connect_timeout)):
        if value is not None and not value > 0:
            raise InvalidRequestError(f"{field_} is {value!r}; allowed are seconds above 0", field=field_)
    if restarts < 0:
        raise InvalidRequestError(f"restarts is {restarts!r}; allowed is a number of at least 0", field="restarts")
    for root in roots:
        root_uri(root)
    asked = sampling if isinstance(sampling, Sampling | None) else Sampling(sampling)
    given = target.name if isinstance(target, Stdio | HTTP | SSE) else str(getattr(target, "name", "server"))
    return MCPClient(
        target,
        name or given,
        prefix,
        _Options(timeout, approve, trust_annotations, on_progress, on_change, log_level, limits or Limits()),
        _Making(connect_timeout, restarts, elicitation, asked, tuple(roots)),
    )


@dataclass(frozen=True, slots=True)
class _Options:
    timeout: float | None
    approve: bool | Approve
    trust_annotations: bool
    on_progress: OnProgress | None
    on_change: OnChange | None
    log_level: LogLevel | None
    limits: Limits


@dataclass(frozen=True, slots=True)
class _Making:
    connect_timeout: float
    restarts: int
    elicitation: Elicit | None
    sampling: Sampling | None
    roots: tuple[str | Path, ...]


class MCPClient:
    """A connection to an MCP server; made by ``connect`` and used with ``async with``.

    Its methods may be called from any task, event loop and thread while the block runs. They raise ``MCPError`` for
    what the server answers with an error, ``MCPConnectionError`` when there is no answer.
    """

    def __init__(self, target: Target, name: str, prefix: str | None, options: _Options, making: _Making) -> None:
        self.name = name
        self.prefix = prefix
        self.approve = options.approve
        self.trust_annotations = options.trust_annotations
        self.server_name: str | None = None
        self.server_version: str | None = None
        self.protocol_version: str | None = None
        self.instructions: str | None = None
        self.capabilities: frozenset[str] = frozenset()
        self._target = target
        self._options = options
        self._making = making
        self._tools: tuple[MCPTool, ...] | None = None
        self._changes = 0
        self._link: Link | None = None

    def __repr__(self) -> str:
        return f"MCPClient({self.name!r}, {self._target!r})"

    async def __aenter__(self) -> Self:
        if self._link is not None:
            raise InvalidRequestError("this client is connected already: make another one with connect()")
        link = Link(self._settings(), self._opened, self._hear_changes)
        self._link = link
        try:
            await link.start()
        except BaseException:
            self._link = None
            raise
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End the connection; a program has ended when this returns. Calls in flight fail."""
        if self._link is not None:
            await self._link.aclose()

    async def tools(self) -> list[MCPTool]:
        """The server's tools, asked for again when the server has said that they changed.

        A tool with a name or a schema that is not taken is left out, and a warning logged.
        """
        while self._tools is None:
            seen = self._changes
            listed = await self._listing("tools", lambda client, cursor: client.list_tools(cursor=cursor))
            found = tools_from(listed, self, self._options.limits)
            if seen == self._changes:
                self._tools = found
            else:
                return list(found)
        return list(self._tools)

    async def call_tool(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        timeout: float | None = None,
        on_progress: OnProgress | None = None,
        annotations: ToolAnnotations | None = None,
    ) -> Any:
        """Call a tool by the server's name for it; returns text, JSON data, or text and file parts.

        ``timeout`` replaces the one of the connection. Raises ``ToolExecutionError`` with the server's text when the
        tool failed. A cancellation is told to the server.
        """
        tell_progress = on_progress or self._options.on_progress

        async def progressed(progress: float, total: float | None, message: str | None) -> None:
            await maybe(cast("OnProgress", tell_progress)(Progress(self.name, name, progress, total, message)))

        again = self.trust_annotations and annotations is not None and annotations.repeatable
        result = await self._request(
            lambda client: client.call_tool(
                name, dict(arguments or {}), progress_callback=progressed if tell_progress else None
            ),
            f"the tool {name}",
            timeout=timeout,
            again=again,
        )
        output = output_of(result, self.name, self._options.limits.message_bytes)
        if result.is_error:
            raise ToolExecutionError(text_of(output) or "the tool failed and did not say why", tool=name)
        return output

    async def resources(self) -> list[Resource]:
        """The resources that the server lists."""
        listed = await self._listing("resources", lambda client, cursor: client.list_resources(cursor=cursor))
        return [
            Resource(each.uri, each.name, each.title, each.description, each.mime_type, each.size) for each in listed
        ]

    async def resource_templates(self) -> list[ResourceTemplate]:
        """The templates of further resources."""
        listed = await self._listing(
            "resource_templates", lambda client, cursor: client.list_resource_templates(cursor=cursor)
        )
        return [
            ResourceTemplate(each.uri_template, each.name, each.title, each.description, each.mime_type)
            for each in listed
        ]

    async def read_resource(self, uri: str) -> tuple[Content, ...]:
        """The contents of a resource: text parts and file parts, to be put into a message."""
        result = await self._request(lambda client: client.read_resource(uri), f"the resource {uri[:200]}", again=True)
        return parts_from(result.contents, self.name, self._options.limits.message_bytes)

    async def prompts(self) -> list[Prompt]:
        """The prompts that the server offers."""
        listed = await self._listing("prompts", lambda client, cursor: client.list_prompts(cursor=cursor))
        return [
            Prompt(
                each.name,
                each.title,
                each.description,
                freeze({argument.name: bool(argument.required) for argument in each.arguments or ()}),
            )
            for each in listed
        ]

    async def prompt(self, name: str, arguments: Mapping[str, str] = EMPTY) -> tuple[Message, ...]:
        """The messages of a prompt."""
        result = await self._request(
            lambda client: client.get_prompt(name, dict(arguments)), f"the prompt {name[:200]}", again=True
        )
        return messages_from(result.messages, self.name, self._options.limits.message_bytes)

    def _settings(self) -> Settings:
        making, options = self._making, self._options
        secrets = self._target.secrets if isinstance(self._target, Stdio | HTTP | SSE) else ()
        redact = Redactor(secrets)
        answers = Answers(
            self.name, options.limits, making.elicitation, making.sampling, making.roots, self._changed, redact
        )
        return Settings(
            self._target,
            self.name,
            making.connect_timeout,
            making.restarts,
            options.limits,
            {**answers.callbacks(), "log_level": options.log_level},
            redact,
            self._heard,
        )

    def _heard(self, line: str) -> None:
        tell("debug", "mcp.stderr", server=self.name, line=line)

    async def _opened(self, client: Client) -> None:
        info = client.server_info
        self.server_name = info.name if info is not None else None
        self.server_version = info.version if info is not None else None
        self.protocol_version = client.protocol_version
        self.instructions = client.instructions
        found = client.server_capabilities.model_dump(exclude_none=True)
        self.capabilities = frozenset(found)
        if self._options.log_level is not None and "logging" in found and not _is_modern(client):
            from mcp_types import EmptyResult, SetLevelRequest, SetLevelRequestParams

            level = SetLevelRequest(params=SetLevelRequestParams(level=self._options.log_level))
            await client.session.send_request(level, EmptyResult)
        await self._changed("tools")

    async def _hear_changes(self, client: Client) -> None:
        """Ask a server of the newer protocol to tell of changes; one of the older protocol does it unasked."""
        offered = client.server_capabilities
        tools, prompts, resources = (
            bool(each and each.list_changed) for each in (offered.tools, offered.prompts, offered.resources)
        )
        if not _is_modern(client) or not (tools or prompts or resources):
            return
        try:
            async with client.listen(
                tools_list_changed=tools, prompts_list_changed=prompts, resources_list_changed=resources
            ) as events:
                async for _ in events:
                    pass
        except Exception as error:  # noqa: BLE001 - without this the listings are asked for at the next connection
            tell("debug", "mcp.not_told_of_changes", server=self.name, error=type(error).__name__)

    async def _changed(self, what: Change) -> None:
        if what == "tools":
            self._changes += 1
            known, self._tools = self._tools, None
            if known is None:
                return
        if self._options.on_change is not None:
            await maybe(self._options.on_change(what))

    async def _request(
        self,
        run: Callable[[Client], Awaitable[Any]],
        what: str,
        *,
        timeout: float | None = None,
        again: bool = False,
    ) -> Any:
        if self._link is None:
            raise MCPConnectionError(
                "use the client with: async with connect(...)", server=self.name, may_have_run=False
            )
        limit = timeout if timeout is not None else self._options.timeout
        return await self._link.request(run, what=what, timeout=limit, again=again)

    async def _listing(self, what: str, page: Callable[[Client, str | None], Awaitable[Any]]) -> list[Any]:
        """All pages of a listing; nothing where the server does not offer it."""
        offered = "resources" if what.startswith("resource") else what
        if self._link is not None and offered not in self.capabilities:
            return []
        most = self._options.limits.items
        found: list[Any] = []
        cursor: str | None = None
        for _ in range(_PAGES):
            got = await self._request(partial(_page, page, cursor), f"the list of {what}", again=True)
            found.extend(getattr(got, what))
            cursor = got.next_cursor
            if len(found) > most:
                raise MCPLimitError(f"it lists more than {most} {what}", server=self.name)
            if cursor is None:
                return found
        raise MCPLimitError(f"its list of {what} has more than {_PAGES} pages", server=self.name)


async def _page(page: Callable[[Client, str | None], Awaitable[Any]], cursor: str | None, client: Client) -> Any:
    return await page(client, cursor)


def _is_modern(client: Client) -> bool:
    from mcp_types.version import MODERN_PROTOCOL_VERSIONS

    return client.protocol_version in MODERN_PROTOCOL_VERSIONS
