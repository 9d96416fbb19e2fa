"""Claude: ``POST /messages``."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, cast

from ai_sdk.errors import InvalidResponseError
from ai_sdk.framing import ServerSentEvents
from ai_sdk.provider import Exchange, ProviderModel, parse_json
from ai_sdk.providers.anthropic._decode import Context, MessagesDecoder, decode
from ai_sdk.providers.anthropic._encode import encode_request, wants_json_tool
from ai_sdk.providers.anthropic._rules import MessagesRules
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse, fold_language
from ai_sdk.streaming import Framing, begin, decoded

if TYPE_CHECKING:
    from ai_sdk.http import HTTPStream
    from ai_sdk.parts import LanguagePart
    from ai_sdk.provider import Endpoint
    from ai_sdk.results import CallWarning

__all__ = ["Framing", "MessagesModel", "SSEFraming"]

_EVENTS = (b"data:", b"event:", b":")
_BETA = "anthropic-beta"
_UNCOUNTED = ("max_tokens", "stream", "temperature", "top_p", "top_k", "stop_sequences", "metadata", "service_tier")


class SSEFraming:
    """Server-sent events."""

    __slots__ = ("_events",)

    def __init__(self) -> None:
        self._events = ServerSentEvents()

    def feed(self, chunk: bytes, /) -> list[tuple[str, bytes]]:
        """Take what has arrived and return the events that are complete."""
        return [(each.event, each.data) for each in self._events.feed(chunk)]

    def end(self) -> list[tuple[str, bytes]]:
        """Return a last event that came without its empty line."""
        return [(each.event, each.data) for each in self._events.end()]


class MessagesModel(ProviderModel[LanguageRequest, LanguageResponse]):
    """A model that speaks Anthropic's messages.

    Another house of the same models writes a subclass: ``path``, ``body`` and ``framing`` are what differs.
    """

    def __init__(self, endpoint: Endpoint, model_id: str, rules: MessagesRules = MessagesRules()) -> None:  # noqa: B008
        super().__init__(endpoint, model_id)
        self.rules = rules

    @property
    def structured_output(self) -> Literal["json_schema", "tool"]:
        """How it gives JSON of a schema."""
        return "json_schema" if self.rules.takes_schemas(self.model_id) else "tool"

    @property
    def namespace(self) -> str:
        """The key of this wire's options and metadata."""
        return self.rules.namespace or self.provider

    def path(self, stream: bool) -> str:
        """Where to send, behind the base URL."""
        del stream
        return "/messages"

    def encode(self, request: LanguageRequest) -> tuple[dict[str, Any], list[CallWarning], dict[str, str]]:
        """The body with ``model`` and ``stream``, what it could not say, and the headers with ``anthropic-beta``.

        Pure. The betas are those that the endpoint and the request name, and those that the body needs.
        """
        body, warnings, betas = encode_request(request, self.model_id, self.provider, self.rules)
        headers = {name.lower(): value for name, value in request.headers.items()}
        fixed = {name.lower(): value for name, value in self.endpoint.headers.items()}
        named = [*_names(fixed.get(_BETA)), *_names(headers.get(_BETA)), *betas]
        if named:
            headers[_BETA] = ",".join(dict.fromkeys(named))
        return body, warnings, headers

    def body(self, encoded: dict[str, Any], betas: tuple[str, ...]) -> dict[str, Any]:
        """The body as this house takes it."""
        if self.rules.betas_in_body and betas:
            return {**encoded, "anthropic_beta": list(betas)}
        return encoded

    def framing(self) -> Framing[tuple[str, bytes]]:
        """What cuts a stream into events."""
        return SSEFraming()

    def decoder(
        self,
        request: LanguageRequest,
        exchange: Exchange,
        headers: Mapping[str, str],
        warnings: list[CallWarning],
    ) -> MessagesDecoder:
        """What reads the answer to a request; pure."""
        context = Context(
            exchange=exchange,
            namespace=self.namespace,
            json_tool=wants_json_tool(request, self.model_id, self.rules),
        )
        return MessagesDecoder(context, headers, warnings, previews=request.stream)

    async def answer(self, request: LanguageRequest, exchange: Exchange, /) -> LanguageResponse:
        """One exchange; streamed when the request wishes."""
        encoded, warnings, headers = self.encode(request)
        body = self._ready(encoded, headers)
        if request.stream:
            stream = await exchange.open(self.path(stream=True), body, headers)
            return await self._start(stream, self.decoder(request, exchange, exchange.headers, warnings))
        response = await exchange.send(self.path(stream=False), body, headers)
        decoder = self.decoder(request, exchange, exchange.headers, warnings)
        return LanguageResponse.of(self._whole(decoder, response.body), fold_language)

    async def count_tokens(self, request: LanguageRequest) -> int:
        """Ask how many input tokens a request has (``POST /messages/count_tokens``)."""
        encoded, _, headers = self.encode(request)
        body = self._ready({name: each for name, each in encoded.items() if name not in _UNCOUNTED}, headers)
        said, _ = await Exchange(self.endpoint, self.model_id).json("/messages/count_tokens", body, headers)
        count: Any = cast("dict[str, Any]", said).get("input_tokens") if isinstance(said, dict) else None
        if not isinstance(count, int):
            raise InvalidResponseError(f"{self.provider} answered without a number of tokens")
        return count

    def _ready(self, encoded: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
        betas = tuple(_names(headers.get(_BETA)))
        if self.rules.betas_in_body:
            headers.pop(_BETA, None)
        return self.body(encoded, betas)

    async def _start(self, stream: HTTPStream, decoder: MessagesDecoder) -> LanguageResponse:
        parts = partial(parts_of, framing=self.framing(), decoder=decoder)
        return await begin(stream, parts, partial(self._whole, decoder))

    def _whole(self, decoder: MessagesDecoder, body: bytes) -> list[LanguagePart]:
        return decode(decoder, parse_json(body, self.provider))


def _names(header: str | None) -> list[str]:
    return [name for each in (header or "").split(",") if (name := each.strip())]


def parts_of(
    body: AsyncGenerator[bytes, None], framing: Framing[tuple[str, bytes]], decoder: MessagesDecoder
) -> AsyncGenerator[LanguagePart, None]:
    """The parts of a stream, as they arrive."""
    return decoded(
        body,
        framing,
        lambda event: decoder.event(event[1], event[0]),
        over=lambda: decoder.over,
        end=decoder.end,
    )
