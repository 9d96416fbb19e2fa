"""What a server may ask of its client (to question the user, a model, for folders) and what it reports."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.errors import InvalidRequestError
from ai_sdk.mcp._content import messages_from
from ai_sdk.mcp._log import level_of, tell
from ai_sdk.mcp.limits import Limits
from ai_sdk.messages import Message, SystemMessage
from ai_sdk.model import Model, name_of
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse
from ai_sdk.text import generate_text

if TYPE_CHECKING:
    from mcp_types import CreateMessageResult, ElicitResult, ErrorData, ListRootsResult

__all__ = ["Change", "Elicit", "Elicitation", "OnChange", "OnProgress", "Progress", "Sampling"]

_REFUSED = -1
_INTERNAL = -32603
_LOGGED = 2000


@dataclass(frozen=True, slots=True)
class Elicitation:
    """A server asks the user for something.

    ``schema`` is a flat JSON Schema of what it wants to know; with ``url`` it asks to open a page instead.
    """

    server: str
    message: str
    schema: Mapping[str, Any] = EMPTY
    url: str | None = None


Elicit: TypeAlias = Callable[[Elicitation], Mapping[str, Any] | Awaitable[Mapping[str, Any] | None] | None]
"""Answers with the values (an empty mapping consents to open a page), or None to decline."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a call is: ``progress`` grows, of ``total`` where that is known."""

    server: str
    tool: str
    progress: float
    total: float | None = None
    message: str | None = None


OnProgress: TypeAlias = Callable[[Progress], Awaitable[None] | None]

Change = Literal["tools", "prompts", "resources"]
OnChange: TypeAlias = Callable[[Change], Awaitable[None] | None]
"""Told which listing has changed."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """A model that a server may use, and how much of it.

    ``max_output_tokens`` caps what the server asks for. ``approve`` is shown the messages of each request first; the
    request is refused unless it says yes.
    """

    model: str | Model[LanguageRequest, LanguageResponse]
    max_output_tokens: int = 1024
    approve: Callable[[tuple[Message, ...]], bool | Awaitable[bool]] | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """The callbacks of one connection."""

    server: str
    limits: Limits
    elicitation: Elicit | None = None
    sampling: Sampling | None = None
    roots: Sequence[str | Path] = ()
    changed: Callable[[Change], Awaitable[None]] | None = None
    redacted: Callable[[str], str] = lambda text: text

    def callbacks(self) -> dict[str, Any]:
        """Them as the client of the ``mcp`` package takes them; what is not given is not offered to the server."""
        return {
            "elicitation_callback": self._elicit if self.elicitation is not None else None,
            "sampling_callback": self._sample if self.sampling is not None else None,
            "list_roots_callback": self._list_roots if self.roots else None,
            "logging_callback": self._logged,
            "message_handler": self._message,
        }

    async def _elicit(self, _context: Any, params: Any) -> ElicitResult | ErrorData:
        from mcp_types import ElicitResult

        schema: Any = getattr(params, "requested_schema", None) or {}
        question = Elicitation(self.server, params.message, freeze(schema), getattr(params, "url", None))
        try:
            answer: Any = await maybe(cast("Elicit", self.elicitation)(question))
        except Exception as error:  # noqa: BLE001 - the server is told that it failed, and no more
            return self._failed("elicitation", error)
        if answer is None:
            return ElicitResult(action="decline")
        return ElicitResult(action="accept", content=None if question.url else dict(answer))

    async def _sample(self, _context: Any, params: Any) -> CreateMessageResult | ErrorData:
        sampling = cast("Sampling", self.sampling)
        try:
            return await self._sampled(sampling, params)
        except Exception as error:  # noqa: BLE001 - as above
            return self._failed("sampling", error)

    async def _sampled(self, sampling: Sampling, params: Any) -> CreateMessageResult | ErrorData:
        from mcp_types import CreateMessageResult, ErrorData, TextContent

        if params.tools:
            return ErrorData(code=-32602, message="sampling with tools is not offered")
        messages = messages_from(params.messages, self.server, self.limits.message_bytes)
        if params.system_prompt:
            messages = (SystemMessage(params.system_prompt), *messages)
        if sampling.approve is not None and not await maybe(sampling.approve(messages)):
            return ErrorData(code=_REFUSED, message="the user refused the request")
        result = await generate_text(
            sampling.model,
            messages=messages,
            max_output_tokens=max(1, min(params.max_tokens, sampling.max_output_tokens)),
            temperature=params.temperature,
            stop=tuple(params.stop_sequences or ()),
        )
        stop = {"stop": "endTurn", "length": "maxTokens"}.get(result.finish_reason or "", result.finish_reason)
        name = sampling.model if isinstance(sampling.model, str) else name_of(sampling.model)
        content = TextContent(text=result.text)
        return CreateMessageResult(role="assistant", content=content, model=name, stop_reason=stop)

    def _failed(self, what: str, error: Exception) -> ErrorData:
        from mcp_types import ErrorData

        tell("warning", f"mcp.{what}_failed", server=self.server, error=type(error).__name__)
        return ErrorData(code=_INTERNAL, message=f"{what} failed: {type(error).__name__}")

    async def _list_roots(self, _context: Any) -> ListRootsResult:
        from mcp_types import ListRootsResult, Root

        uris = [root_uri(each) for each in self.roots]
        return ListRootsResult(roots=[Root.model_validate({"uri": uri}) for uri in uris])

    async def _logged(self, params: Any) -> None:
        data = params.data if isinstance(params.data, str) else repr(params.data)
        said = self.redacted(data)[:_LOGGED]
        tell(level_of(params.level), "mcp.log", server=self.server, logger=params.logger, message=said)

    async def _message(self, message: Any) -> None:
        if self.changed is None or isinstance(message, Exception):
            return
        method = str(getattr(message, "method", ""))
        if method.endswith("/list_changed") and method.split("/")[1] in ("tools", "prompts", "resources"):
            await self.changed(cast("Change", method.split("/")[1]))


async def maybe(value: Any) -> Any:
    """The value, awaited when it can be."""
    return await value if inspect.isawaitable(value) else value


def root_uri(root: str | Path) -> str:
    """A folder as a ``file:`` URI."""
    if isinstance(root, str) and root.startswith("file://"):
        return root
    if isinstance(root, str) and "://" in root:
        raise InvalidRequestError(f"roots has {root[:80]!r}; allowed are folders and file:// URIs", field="roots")
    return Path(root).absolute().as_uri()
