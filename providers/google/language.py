"""Gemini: ``POST /models/<id>:generateContent`` and ``:streamGenerateContent``."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from ai_sdk.framing import ServerSentEvents
from ai_sdk.provider import Exchange, ProviderModel, parse_json
from ai_sdk.providers.google._decode import Context, GenerateDecoder, decode
from ai_sdk.providers.google._encode import encode_generate, json_tool_of
from ai_sdk.providers.google._errors import refining
from ai_sdk.providers.google._models import is_gemma
from ai_sdk.providers.google._rules import GEMINI_API, GeminiRules
from ai_sdk.providers.openai_compatible._encode import first_call
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse, fold_language
from ai_sdk.streaming import begin, decoded

if TYPE_CHECKING:
    from ai_sdk.parts import LanguagePart
    from ai_sdk.provider import Endpoint
    from ai_sdk.results import CallWarning

__all__ = ["GeminiModel"]

_EVENTS = (b"data:", b"event:", b":")


class GeminiModel(ProviderModel[LanguageRequest, LanguageResponse]):
    """A model that speaks ``generateContent``. Another house of the same models overrides ``resource``."""

    def __init__(self, endpoint: Endpoint, model_id: str, rules: GeminiRules = GEMINI_API) -> None:
        super().__init__(endpoint, model_id)
        self.rules = rules

    @property
    def structured_output(self) -> Literal["json_schema", "tool"]:
        """How it gives JSON of a schema."""
        return "tool" if is_gemma(self.model_id) else "json_schema"

    @property
    def resource(self) -> str:
        """The model's path; an id with a slash, such as ``tunedModels/...``, is one."""
        return f"/{self.model_id}" if "/" in self.model_id else f"/models/{self.model_id}"

    def path(self, stream: bool) -> str:
        """Where to send, behind the base URL."""
        return f"{self.resource}:{'streamGenerateContent?alt=sse' if stream else 'generateContent'}"

    def encode(self, request: LanguageRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        return encode_generate(request, self.model_id, self.provider, self.rules)

    def decoder(
        self,
        request: LanguageRequest,
        exchange: Exchange,
        headers: Mapping[str, str],
        warnings: list[CallWarning],
    ) -> GenerateDecoder:
        """What reads the answer to a request; pure."""
        tool = json_tool_of(request, self.model_id)
        context = Context(exchange=exchange, json_tool=tool, first_call=first_call(request))
        return GenerateDecoder(context, headers, warnings)

    async def answer(self, request: LanguageRequest, exchange: Exchange, /) -> LanguageResponse:
        """One exchange; streamed when the request wishes."""
        body, warnings = self.encode(request)
        with refining():
            if request.stream:
                stream = await exchange.open(self.path(stream=True), body, request.headers)
                decoder = self.decoder(request, exchange, exchange.headers, warnings)
                return await begin(stream, partial(_parts_of, decoder=decoder), partial(self._whole, decoder))
            response = await exchange.send(self.path(stream=False), body, request.headers)
        decoder = self.decoder(request, exchange, exchange.headers, warnings)
        return LanguageResponse.of(self._whole(decoder, response.body), fold_language)

    def _whole(self, decoder: GenerateDecoder, body: bytes) -> list[LanguagePart]:
        return decode(decoder, parse_json(body, self.provider))


def _parts_of(body: AsyncGenerator[bytes, None], decoder: GenerateDecoder) -> AsyncGenerator[LanguagePart, None]:
    """The parts of server-sent events, as they arrive. The stream has no end marker but its end."""
    return decoded(
        body,
        ServerSentEvents(),
        lambda event: decoder.event(event.data, event.event),
        end=decoder.end,
    )
