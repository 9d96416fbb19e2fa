"""Models behind Converse: ``POST /model/{id}/converse`` and ``/converse-stream``."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import quote

from ai_sdk.errors import InvalidResponseError
from ai_sdk.framing import AWSEventStream
from ai_sdk.provider import Exchange, ProviderModel, parse_json
from ai_sdk.providers.amazon_bedrock._decode import Context, ConverseDecoder, decode
from ai_sdk.providers.amazon_bedrock._encode import Encoded, encode_converse
from ai_sdk.providers.amazon_bedrock._errors import named_errors
from ai_sdk.providers.amazon_bedrock._models import profile_of
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse, fold_language
from ai_sdk.streaming import begin, decoded

if TYPE_CHECKING:
    from ai_sdk.parts import LanguagePart
    from ai_sdk.provider import Endpoint

__all__ = ["ConverseModel", "model_path"]

_COUNTED = ("messages", "system", "toolConfig", "additionalModelRequestFields")


def model_path(model_id: str, operation: str) -> str:
    """Where a model is, behind the base URL. An id is one segment, whatever it holds: ARNs have slashes."""
    return f"/model/{quote(model_id, safe='')}/{operation}"


class ConverseModel(ProviderModel[LanguageRequest, LanguageResponse]):
    """A chat model.

    ``like`` is the id of a model that takes the same, for an ARN that does not say what it stands for.
    """

    def __init__(self, endpoint: Endpoint, model_id: str, like: str | None = None) -> None:
        super().__init__(endpoint, model_id)
        self.like = like or model_id
        self.profile = profile_of(self.like)

    @property
    def structured_output(self) -> Literal["json_schema", "tool"]:
        """How it gives JSON of a schema."""
        return "json_schema" if self.profile.schemas else "tool"

    def encode(self, request: LanguageRequest) -> Encoded:
        """The body of a request, what it could not say, and what the answer is read against; pure."""
        return encode_converse(request, self.like, self.profile, self.provider)

    def decoder(
        self, request: LanguageRequest, exchange: Exchange, headers: Mapping[str, str], encoded: Encoded
    ) -> ConverseDecoder:
        """What reads the answer to a request; pure."""
        context = Context(exchange=exchange, names=encoded.names, json_tool=encoded.json_tool)
        return ConverseDecoder(context, headers, encoded.warnings, previews=request.stream)

    async def answer(self, request: LanguageRequest, exchange: Exchange, /) -> LanguageResponse:
        """One exchange; streamed when the request wishes."""
        encoded = self.encode(request)
        with named_errors():
            if request.stream:
                path = model_path(self.model_id, "converse-stream")
                stream = await exchange.open(path, encoded.body, request.headers)
            else:
                path = model_path(self.model_id, "converse")
                response = await exchange.send(path, encoded.body, request.headers)
                decoder = self.decoder(request, exchange, exchange.headers, encoded)
                return LanguageResponse.of(self._whole(decoder, response.body), fold_language)
        decoder = self.decoder(request, exchange, exchange.headers, encoded)
        return await begin(stream, partial(parts_of, decoder=decoder), partial(self._whole, decoder))

    def _whole(self, decoder: ConverseDecoder, body: bytes) -> list[LanguagePart]:
        return decode(decoder, parse_json(body, self.provider))

    async def count_tokens(self, request: LanguageRequest) -> int:
        """Ask how many input tokens a request has (``POST /model/{id}/count-tokens``)."""
        body = self.encode(request).body
        counted = {name: body[name] for name in _COUNTED if name in body}
        return await count_tokens(self.endpoint, self.model_id, {"converse": counted}, request.headers)


async def count_tokens(
    endpoint: Endpoint, model_id: str, counted: Mapping[str, Any], headers: Mapping[str, str]
) -> int:
    """Ask how many tokens an input has; few models can tell."""
    with named_errors():
        exchange = Exchange(endpoint, model_id)
        said, _ = await exchange.json(model_path(model_id, "count-tokens"), {"input": counted}, headers)
    count = cast("dict[str, Any]", said).get("inputTokens") if isinstance(said, dict) else None
    if not isinstance(count, int):
        raise InvalidResponseError(
            f"{endpoint.name} answered without a number of tokens", body=repr(cast("object", said))
        )
    return count


def parts_of(body: AsyncGenerator[bytes, None], decoder: ConverseDecoder) -> AsyncGenerator[LanguagePart, None]:
    """The parts of an event stream, as they arrive."""
    return decoded(body, AWSEventStream(), decoder.message, over=lambda: decoder.over, end=decoder.end)
