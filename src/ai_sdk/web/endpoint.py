"""The endpoint of a chat: what ``useChat`` posts, to an answer that streams. Plain ASGI, without a framework."""

from __future__ import annotations

import inspect
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, Unpack, cast
from urllib.parse import parse_qs, unquote

from ai_sdk.approval import ApprovalError
from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import UserMessage
from ai_sdk.steps import LanguageModel, TextSettings
from ai_sdk.text import stream_text
from ai_sdk.web.encoder import ErrorText, Metadata, ToolErrorText, UIMessageEncoder, failed, tool_failed
from ai_sdk.web.serving import Receive, Scope, Send, Source, events_of, send_events, send_json
from ai_sdk.web.signing import Signer
from ai_sdk.web.streams import StreamStore, StreamWriter
from ai_sdk.web.ui_messages import Conversation, from_ui_messages
from ai_sdk.web.untrusted import ChatRequestError, Field, Limits, check_content_type, parse

if TYPE_CHECKING:
    from ai_sdk.approval import Approval
    from ai_sdk.messages import Message, UserContent

__all__ = ["Answer", "Answerer", "ChatEndpoint", "ChatRequest", "answering"]

_ID = 256


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What a chat asks.

    ``id``: of the chat, as the browser chose it. ``owner``: who asks, as the application says. ``body``: the other
    fields of the request, which are untrusted. ``headers``: those of the request, with names in lower case.
    """

    id: str
    conversation: Conversation
    owner: str = ""
    trigger: str = "submit-message"
    body: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    @property
    def messages(self) -> tuple[Message, ...]:
        """The conversation."""
        return self.conversation.messages

    @property
    def prompt(self) -> tuple[UserContent, ...] | None:
        """What the user said last; None when the answer goes on with a message of the assistant's."""
        last = self.messages[-1]
        return last.content if isinstance(last, UserMessage) and self.conversation.continues is None else None

    @property
    def approvals(self) -> tuple[Approval, ...]:
        """What the user said to tools that wait."""
        return self.conversation.approvals


Answer: TypeAlias = Callable[[ChatRequest], Source | Awaitable[Source]]
"""Says how a request is answered: with a stream of ``stream_text`` or of an agent, or an async generator of parts."""

Owner: TypeAlias = Callable[[Scope], str | Awaitable[str | None] | None]
"""Says who asks, from the scope of the request; None refuses with 401."""


class Agent(Protocol):
    """What is needed of an agent."""

    def stream(self, prompt: Any = None, /, *, messages: Any = None, approvals: Sequence[Approval] = ()) -> Any:
        """A stream of parts."""
        ...


Answerer: TypeAlias = LanguageModel | Agent | Answer
"""A model or its name, an agent, or a function of the request."""


def answering(model: LanguageModel, /, **settings: Unpack[TextSettings]) -> Answer:
    """Answer with ``stream_text``: a model with its settings and tools."""

    def answer(request: ChatRequest) -> Source:
        given = settings.copy()
        given["messages"] = request.messages
        return stream_text(model, **given)

    return answer


def answer_of(answerer: Answerer) -> Answer:
    """A function of the request; a plain function is one already, and any other callable is a model."""
    if inspect.isroutine(answerer):
        return cast("Answer", answerer)
    if callable(getattr(answerer, "stream", None)):
        agent = cast("Agent", answerer)
        return lambda request: agent.stream(messages=request.messages, approvals=request.approvals)
    if isinstance(answerer, str) or callable(answerer):
        return answering(cast("LanguageModel", answerer))
    raise InvalidRequestError(
        f"a chat is answered by a {type(answerer).__name__}; allowed are a model, an agent and a function",
        field="answerer",
    )


class ChatEndpoint:
    """An ASGI application that answers the requests of ``useChat``.

    ``POST`` has a conversation and gets a stream. With ``streams``, what was begun goes on when the browser leaves, and
    ``GET .../{chat}/stream`` gives it again: from its beginning, or after the event that ``Last-Event-ID`` or
    ``?after=`` names; 204 when there is nothing. ``DELETE .../{chat}/stream`` stops it. Without ``streams`` a browser
    that leaves cancels the call of the model at once.

    ``answerer``: a model or its name, an agent, or a function that gets the ``ChatRequest`` and gives a stream; to give
    a model settings and tools use ``answering``. ``key``: marks what tools answered, so that it is believed when the
    browser sends it back; at least 16 bytes, the same in all processes, and None for one that ends with this process.
    ``owner``: says who asks; without it everybody is the same one, so ``streams`` need it. What ``limits``,
    ``client_tools`` and ``system`` mean is said at ``from_ui_messages``; what ``error_text``, ``tool_error_text``,
    ``reasoning``, ``sources`` and ``metadata`` mean, at ``UIMessageEncoder``. ``keep_alive``: seconds. ``message_id``
    makes the id of a new message.
    """

    def __init__(
        self,
        answerer: Answerer,
        *,
        key: str | bytes | None = None,
        owner: Owner | None = None,
        streams: StreamStore | None = None,
        limits: Limits = Limits(),  # noqa: B008 - it is immutable
        client_tools: Collection[str] = (),
        system: bool = False,
        error_text: ErrorText = failed,
        tool_error_text: ToolErrorText = tool_failed,
        reasoning: bool = True,
        sources: bool = True,
        metadata: Metadata | None = None,
        keep_alive: float | None = 15.0,
        message_id: Callable[[], str] = lambda: f"msg-{secrets.token_hex(12)}",
    ) -> None:
        if streams is not None and owner is None:
            raise InvalidRequestError(
                "streams that can be resumed need owner=: a function that says who asks", field="owner"
            )
        self._answer = answer_of(answerer)
        self._signer = Signer(key)
        self._owner = owner
        self._writer = StreamWriter(streams) if streams is not None else None
        self._limits = limits
        self._reading: dict[str, Any] = {"client_tools": client_tools, "system": system, "limits": limits}
        self._showing: dict[str, Any] = {
            "error_text": error_text,
            "tool_error_text": tool_error_text,
            "reasoning": reasoning,
            "sources": sources,
            "metadata": metadata,
        }
        self._keep_alive = keep_alive
        self._message_id = message_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            events = await self._events(scope, receive)
        except ChatRequestError as error:
            await send_json(send, error.status, {"error": error.message, "field": error.field})
            return
        if events is None:
            await send_json(send, 204, None)
        else:
            await send_events(receive, send, events, keep_alive=self._keep_alive)

    async def aclose(self) -> None:
        """End the streams that are still being written in this loop: for the end of the application."""
        if self._writer is not None:
            await self._writer.aclose()

    def read(self, body: bytes, *, owner: str = "", headers: Mapping[str, str] | None = None) -> ChatRequest:
        """The request in a body. Raises ``ChatRequestError``."""
        given = Field(parse(body, self._limits), "", self._limits)
        fields = given.object()
        chat = given.get("id").optional_text(_ID) or ""
        trigger = given.get("trigger").optional_text(_ID) or "submit-message"
        conversation = from_ui_messages(
            fields.get("messages"), signer=self._signer.within(f"{owner}\n{chat}"), **self._reading
        )
        rest = {name: value for name, value in fields.items() if name not in ("id", "messages", "trigger")}
        return ChatRequest(chat, conversation, owner, trigger, rest, headers or {})

    async def answer(self, request: ChatRequest) -> tuple[Source, UIMessageEncoder]:
        """The stream that answers a request, and what encodes it. Raises ``ChatRequestError``."""
        encoder = UIMessageEncoder(
            message_id=request.conversation.continues or self._message_id(),
            known=request.conversation.calls,
            denied=request.conversation.denied,
            signer=self._signer.within(f"{request.owner}\n{request.id}"),
            **self._showing,
        )
        try:
            answer = self._answer(request)
            source = await answer if inspect.isawaitable(answer) else answer
        except ApprovalError as error:
            message = "an approval was not accepted: it is not for this call, or it was used before"
            raise ChatRequestError(message, field="messages", status=403) from error
        return source, encoder

    async def _events(self, scope: Scope, receive: Receive) -> AsyncGenerator[bytes, None] | None:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        owner = await self._who(scope)
        if scope["method"] == "POST":
            check_content_type(headers.get("content-type", ""))
            request = self.read(await _body(receive, self._limits.bytes), owner=owner, headers=headers)
            return await self._post(request)
        chat = _chat_of(scope)
        if self._writer is None or chat is None or scope["method"] not in ("GET", "DELETE"):
            raise ChatRequestError(f"{scope['method']} is not for here; allowed is POST", status=405)
        key = _key(owner, chat)
        if scope["method"] == "DELETE":
            await self._writer.stop(key)
            return None
        run = await self._writer.store.find(key)
        return self._writer.store.read(key, run, _after(scope, headers)) if run is not None else None

    async def _post(self, request: ChatRequest) -> AsyncGenerator[bytes, None]:
        source, encoder = await self.answer(request)
        if self._writer is None:
            return events_of(source, encoder)
        if not request.id:
            raise ChatRequestError("id is missing; allowed is the id of the chat", field="id")
        key = _key(request.owner, request.id)
        return self._writer.store.read(key, await self._writer.start(key, source, encoder), 0)

    async def _who(self, scope: Scope) -> str:
        if self._owner is None:
            return ""
        answer = self._owner(scope)
        owner = await answer if inspect.isawaitable(answer) else answer
        if owner is None:
            raise ChatRequestError("sign in first", status=401)
        return owner


def _key(owner: str, chat: str) -> str:
    """Where the stream of a chat is kept: a chat's id is good for its owner alone."""
    import hashlib

    return hashlib.sha256(f"{len(owner)}:{owner}{chat}".encode("utf-8", "surrogatepass")).hexdigest()


def _chat_of(scope: Scope) -> str | None:
    """The chat of a path that ends in ``/{chat}/stream``."""
    path: str = scope["raw_path"].decode("latin-1") if scope.get("raw_path") else scope["path"]
    names = path.partition("?")[0].split("/")
    if len(names) < 2 or names[-1] != "stream" or not names[-2]:
        return None
    return unquote(names[-2]) if scope.get("raw_path") else names[-2]


def _after(scope: Scope, headers: Mapping[str, str]) -> int:
    """The number of the last event that the browser has."""
    asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("after", [""])[0]
    text = asked or headers.get("last-event-id", "0")
    if not (text.isascii() and text.isdigit()) or len(text) > len("999999999"):
        raise ChatRequestError("the last event is named by its number", field="after")
    return int(text)


async def _body(receive: Receive, most: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ChatRequestError("the body ended early")
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > most:
            raise ChatRequestError(f"the body is larger than {most} bytes", field="body", status=413)
        if not message.get("more_body", False):
            return b"".join(pieces)
