"""The tools of a server as our tools."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.errors import InvalidRequestError, ToolExecutionError
from ai_sdk.mcp._log import tell
from ai_sdk.mcp.limits import Limits, fault_of_schema, is_remote_name, model_name, with_hash
from ai_sdk.schema_tool import SchemaInput
from ai_sdk.tools import Approve, Tool, ToolContext

__all__ = ["MCPTool", "ToolAnnotations", "all_tools", "tools_from"]


@dataclass(frozen=True, slots=True)
class ToolAnnotations:
    """What a server says of a tool. These are hints: one that is not trusted may say anything. None is not said."""

    title: str | None = None
    read_only: bool | None = None
    destructive: bool | None = None
    idempotent: bool | None = None
    open_world: bool | None = None

    @property
    def repeatable(self) -> bool:
        """Whether running the tool twice is said to do no more than running it once."""
        return self.read_only is True or self.idempotent is True


@dataclass(frozen=True, slots=True, repr=False)
class MCPTool(Tool[..., Any]):
    """A tool of an MCP server. ``name`` is what the model sees, ``remote_name`` the server's name for it."""

    server: str = field(kw_only=True)
    remote_name: str = field(kw_only=True)
    annotations: ToolAnnotations = field(kw_only=True, default=ToolAnnotations())
    title: str | None = field(kw_only=True, default=None)
    output_schema: Mapping[str, Any] | None = field(kw_only=True, default=None, compare=False)
    metadata: Mapping[str, Any] = field(kw_only=True, default=EMPTY, compare=False)

    def __repr__(self) -> str:
        return f"MCPTool({self.name} of {self.server})"

    def fixed(self, **arguments: Any) -> MCPTool:
        """The tool with some of its arguments set; the model is not shown them and cannot change them.

        Raises ``InvalidRequestError`` for an argument that the tool does not have.
        """
        schema = self._input.schema
        properties: dict[str, Any] = dict(schema.get("properties", {}))
        for name in arguments:
            if name not in properties:
                raise InvalidRequestError(
                    f"{self.name} has no argument {name!r}; it has {', '.join(properties) or 'none'}", field=name
                )
            del properties[name]
        required = [each for each in schema.get("required", ()) if each not in arguments]
        function = self.function

        async def call(given: dict[str, Any], context: ToolContext) -> Any:
            return await function({**given, **arguments}, context)

        shown = {**schema, "properties": properties, "required": required}
        return replace(self, function=call, _input=SchemaInput(self.name, shown, context=True))


class Owner(Protocol):
    """The client that the tools are of."""

    name: str
    prefix: str | None
    approve: bool | Approve
    trust_annotations: bool

    def call_tool(
        self, name: str, arguments: Mapping[str, Any] | None = None, *, annotations: ToolAnnotations | None = None
    ) -> Awaitable[Any]:
        """Call a tool."""
        ...


def tools_from(listed: Iterable[Any], owner: Owner, limits: Limits) -> tuple[MCPTool, ...]:
    """The listed tools that can be taken, each under a name of its own."""
    found: dict[str, MCPTool] = {}
    for each in listed:
        fault = _fault(each, limits)
        if fault is not None:
            shown = each.name[:80].encode("unicode_escape").decode()
            tell("warning", "mcp.tool_left_out", server=owner.name, tool=shown, why=fault)
            continue
        name = model_name(each.name, owner.prefix)
        if name in found:
            name = with_hash(name, each.name)
        if name in found:
            tell("warning", "mcp.tool_left_out", server=owner.name, tool=each.name, why="its name is taken")
            continue
        found[name] = _tool(each, name, owner, limits)
    return tuple(found.values())


def _fault(listed: Any, limits: Limits) -> str | None:
    if not is_remote_name(listed.name):
        return "the protocol does not allow its name"
    if listed.execution is not None and listed.execution.task_support == "required":
        return "it runs as a task of the protocol, which this client does not do"
    return fault_of_schema(listed.input_schema, limits)


def _tool(listed: Any, name: str, owner: Owner, limits: Limits) -> MCPTool:
    said = listed.annotations
    annotations = ToolAnnotations(
        *(
            (said.title, said.read_only_hint, said.destructive_hint, said.idempotent_hint, said.open_world_hint)
            if said is not None
            else ()
        )
    )
    remote = listed.name

    async def call(arguments: dict[str, Any], context: ToolContext) -> Any:
        try:
            return await owner.call_tool(remote, arguments, annotations=annotations)
        except ToolExecutionError as error:
            raise ToolExecutionError(error.message, tool=name, call_id=context.call_id) from None

    description = listed.description or listed.title or (said.title if said is not None else None)
    return MCPTool(
        call,
        name,
        description[: limits.description_chars] if description else None,
        None,
        owner.approve,
        idempotent=owner.trust_annotations and annotations.repeatable,
        _input=SchemaInput(name, listed.input_schema, context=True),
        server=owner.name,
        remote_name=remote,
        annotations=annotations,
        title=listed.title,
        output_schema=freeze(listed.output_schema),
        metadata=freeze(listed.meta or {}),
    )


class _HasTools(Protocol):
    @property
    def name(self) -> str: ...
    async def tools(self) -> list[MCPTool]: ...


async def all_tools(*clients: _HasTools) -> list[MCPTool]:
    """The tools of several servers, for one call.

    Tools of different servers that have the same name get the names of their servers before it; all others keep theirs.
    """
    listed = [(client, each) for client in clients for each in await client.tools()]
    counts = Counter(each.name for _, each in listed)
    taken = {each.name for _, each in listed if counts[each.name] == 1}
    found: list[MCPTool] = []
    for at, (client, each) in enumerate(listed):
        name = each.name
        if counts[name] > 1:
            name = model_name(name, client.name)
            if name in taken:
                name = with_hash(name, f"{at}\0{client.name}\0{each.name}")
            taken.add(name)
        found.append(each if name == each.name else replace(each, name=name))
    return found
