"""Chat models: ``POST /chat/completions``."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from ai_sdk.errors import APIError
from ai_sdk.framing import ServerSentEvents
from ai_sdk.provider import Exchange, ProviderModel, options_of, parse_json
from ai_sdk.providers.openai_compatible._decode import ChatDecoder, Context, decode
from ai_sdk.providers.openai_compatible._encode import encode_chat, first_call
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse, fold_language
from ai_sdk.streaming import begin, decoded

if TYPE_CHECKING:
    from ai_sdk.parts import LanguagePart
    from ai_sdk.provider import Endpoint
    from ai_sdk.providers.openai_compatible._quirks import Quirks, StructuredOutput
    from ai_sdk.results import CallWarning

__all__ = ["ChatModel"]

_NOTHING: frozenset[str] = frozenset()
_of = LanguageResponse.of  # looked up once: it is an alias of a generic class, which is slow to ask


class ChatModel(ProviderModel[LanguageRequest, LanguageResponse]):
    """A chat model.

    ``structured_output`` says how it gives JSON of a schema: ``json_schema``, ``json_object`` or ``tool``.
    """

    path = "/chat/completions"

    def __init__(
        self, endpoint: Endpoint, model_id: str, quirks: Quirks, structured_output: StructuredOutput | None = None
    ) -> None:
        super().__init__(endpoint, model_id)
        self.quirks = quirks
        self.structured_output: StructuredOutput = structured_output or quirks.structured_output(model_id)

    def encode(self, request: LanguageRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        return encode_chat(request, self.model_id, self.provider, self.quirks, self.structured_output)

    def decoder(
        self,
        request: LanguageRequest,
        exchange: Exchange,
        headers: Mapping[str, str],
        warnings: list[CallWarning],
    ) -> ChatDecoder:
        """What reads the answer to a request; pure."""
        return ChatDecoder(self.context(request, exchange), headers, warnings, previews=request.stream)

    def context(self, request: LanguageRequest, exchange: Exchange) -> Context:
        """What of the request matters to the answer."""
        audio = options_of(request, self.provider).get("audio") if request.provider_options else None
        return Context(
            quirks=self.quirks,
            exchange=exchange,
            tools=_offered(request) if request.tools else _NOTHING,
            json=request.response_format is not None,
            first_call=first_call(request),
            audio_format=str(cast("dict[str, Any]", audio).get("format", "wav")) if isinstance(audio, dict) else "wav",
        )

    async def answer(self, request: LanguageRequest, exchange: Exchange, /) -> LanguageResponse:
        """One exchange; streamed when the request wishes."""
        body, warnings = self.encode(request)
        try:
            if request.stream:
                stream = await exchange.open(self.path, body, request.headers)
                decoder = self.decoder(request, exchange, exchange.headers, warnings)
                return await begin(stream, partial(parts_of, decoder=decoder), partial(self._whole, decoder))
            response = await exchange.send(self.path, body, request.headers)
            decoder = self.decoder(request, exchange, exchange.headers, warnings)
            return _of(self._whole(decoder, response.body), fold_language)
        except APIError as error:
            decoder = self.decoder(request, exchange, error.headers, warnings)
            saved = decoder.recover(error.body)
            if not saved:
                raise
            return LanguageResponse.of([*saved, *decoder.finish()], fold_language)

    def _whole(self, decoder: ChatDecoder, body: bytes) -> list[LanguagePart]:
        return decode(decoder, parse_json(body, self.provider))


def _offered(request: LanguageRequest) -> frozenset[str]:
    return _NOTHING if request.tool_choice == "none" else frozenset([tool.name for tool in request.tools])


def parts_of(body: AsyncGenerator[bytes, None], decoder: ChatDecoder) -> AsyncGenerator[LanguagePart, None]:
    """The parts of server-sent events, as they arrive."""
    return decoded(
        body,
        ServerSentEvents(),
        lambda event: decoder.event(event.data, event.event),
        over=lambda: decoder.over,
        end=decoder.end,
    )
