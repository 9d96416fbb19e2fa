"""The Vercel AI Gateway: models of many providers behind one key, by its own protocol.

``AI_GATEWAY_API_KEY`` is the key, then ``VERCEL_OIDC_TOKEN``, which Vercel gives to deployments. Language, embedding,
image, speech, transcription, reranking and video models; ``gateway.chat(...)`` is a chat model by its surface for the
OpenAI dialect. Options: ``GatewayOptions`` under ``gateway``, beside those of the providers that may serve.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast
from urllib.parse import urlencode, urlsplit

from ai_sdk._frozen import freeze
from ai_sdk.errors import InvalidResponseError
from ai_sdk.provider import Endpoint, Exchange, ModelInfo, Provider
from ai_sdk.providers.gateway._auth import KEYS, authorized, read_gateway_error
from ai_sdk.providers.gateway._models import ModelId
from ai_sdk.providers.gateway._options import GatewayOptions, ProviderTimeouts

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.providers.gateway.chat import GatewayChatModel
    from ai_sdk.providers.gateway.embedding import GatewayEmbeddingModel
    from ai_sdk.providers.gateway.image import GatewayImageModel
    from ai_sdk.providers.gateway.language import GatewayLanguageModel
    from ai_sdk.providers.gateway.reranking import GatewayRerankModel
    from ai_sdk.providers.gateway.speech import GatewaySpeechModel
    from ai_sdk.providers.gateway.transcription import GatewayTranscriptionModel
    from ai_sdk.providers.gateway.video import GatewayVideoModel
    from ai_sdk.providers.openai_compatible._quirks import Quirks

__all__ = ["Credits", "Gateway", "GatewayOptions", "ModelId", "ProviderTimeouts", "create_gateway", "gateway"]


class Credits(NamedTuple):
    """What is left of the account's credit and what was spent, in US dollars."""

    balance: Decimal
    total_used: Decimal


class Gateway(Provider):
    """The gateway's models by id, such as ``anthropic/claude-sonnet-4.5``."""

    def __call__(self, model_id: ModelId) -> GatewayLanguageModel:
        """Make a language model."""
        return self.language(model_id)

    def language(self, model_id: ModelId) -> GatewayLanguageModel:
        """Make a language model."""
        from ai_sdk.providers.gateway.language import GatewayLanguageModel

        return GatewayLanguageModel(self.endpoint, model_id)

    def chat(self, model_id: ModelId) -> GatewayChatModel:
        """Make a chat model by the surface for the OpenAI dialect, at ``/v1`` of the same host."""
        from ai_sdk.providers.gateway.chat import GatewayChatModel

        return GatewayChatModel(self._at("/v1"), model_id, self.quirks)

    @property
    def quirks(self) -> Quirks:
        """How the surface for the OpenAI dialect differs from others."""
        from ai_sdk.providers.gateway.chat import QUIRKS

        return QUIRKS

    def embedding(self, model_id: str) -> GatewayEmbeddingModel:
        """Make an embedding model."""
        from ai_sdk.providers.gateway.embedding import GatewayEmbeddingModel

        return GatewayEmbeddingModel(self.endpoint, model_id)

    def reranking(self, model_id: str) -> GatewayRerankModel:
        """Make a reranking model."""
        from ai_sdk.providers.gateway.reranking import GatewayRerankModel

        return GatewayRerankModel(self.endpoint, model_id)

    def image(self, model_id: str) -> GatewayImageModel:
        """Make an image model."""
        from ai_sdk.providers.gateway.image import GatewayImageModel

        return GatewayImageModel(self.endpoint, model_id)

    def speech(self, model_id: str) -> GatewaySpeechModel:
        """Make a speech model."""
        from ai_sdk.providers.gateway.speech import GatewaySpeechModel

        return GatewaySpeechModel(self.endpoint, model_id)

    def transcription(self, model_id: str) -> GatewayTranscriptionModel:
        """Make a transcription model."""
        from ai_sdk.providers.gateway.transcription import GatewayTranscriptionModel

        return GatewayTranscriptionModel(self.endpoint, model_id)

    def video(self, model_id: str) -> GatewayVideoModel:
        """Make a video model."""
        from ai_sdk.providers.gateway.video import GatewayVideoModel

        return GatewayVideoModel(self.endpoint, model_id)

    async def models(self) -> list[ModelInfo]:
        """The models that are offered (``GET /config``); ``raw`` has name, description, pricing and modelType."""
        data = _mapping(await self._get(self.endpoint, "/config"), "/config")
        listed = data.get("models")
        if not isinstance(listed, list):
            raise InvalidResponseError(f"{self.name} answered /config with something that is not a list")
        found = [cast("dict[str, Any]", each) for each in cast("list[Any]", listed) if isinstance(each, dict)]
        return [
            ModelInfo(each["id"], None, _maker(each), freeze(each)) for each in found if isinstance(each.get("id"), str)
        ]

    async def credits(self) -> Credits:
        """What is left and what was spent (``GET /v1/credits``)."""
        data = _mapping(await self._get(self._at("/v1"), "/credits"), "/credits")
        try:
            return Credits(Decimal(str(data["balance"])), Decimal(str(data["total_used"])))
        except (KeyError, InvalidOperation) as error:
            raise InvalidResponseError(f"{self.name} answered /credits without amounts", body=repr(data)) from error

    async def generation(self, generation_id: str) -> Mapping[str, Any]:
        """What is known of one answer (``GET /v1/generation``), by the ``generationId`` in its metadata.

        ``total_cost`` in US dollars, ``provider_name``, ``latency`` and ``generation_time`` in milliseconds, tokens.
        """
        path = f"/generation?{urlencode({'id': generation_id})}"
        data = _mapping(await self._get(self._at("/v1"), path), "/generation")
        return cast("Mapping[str, Any]", freeze(data.get("data") or data))

    async def spend_report(
        self,
        start_date: str,
        end_date: str,
        *,
        group_by: Literal["day", "user", "model", "tag", "provider", "credential_type"] | None = None,
        date_part: Literal["day", "hour"] | None = None,
        user_id: str | None = None,
        model: str | None = None,
        provider: str | None = None,
        credential_type: Literal["byok", "system"] | None = None,
        tags: Sequence[str] = (),
    ) -> list[Mapping[str, Any]]:
        """What was spent from one day to another, both as ``2026-01-31`` and inclusive (``GET /v1/report``).

        A row has ``total_cost`` in US dollars, tokens, ``request_count`` and what it is grouped by: the day, unless
        ``group_by`` says otherwise. The other arguments choose which requests count.
        """
        asked = {
            "start_date": start_date,
            "end_date": end_date,
            "group_by": group_by,
            "date_part": date_part,
            "user_id": user_id,
            "model": model,
            "provider": provider,
            "credential_type": credential_type,
            "tags": ",".join(tags) or None,
        }
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        rows = _mapping(await self._get(self._at("/v1"), f"/report?{query}"), "/report").get("results")
        if not isinstance(rows, list):
            raise InvalidResponseError(f"{self.name} answered /report with something that is not a list")
        return [cast("Mapping[str, Any]", freeze(row)) for row in cast("list[Any]", rows) if isinstance(row, dict)]

    def _at(self, path: str) -> Endpoint:
        base = urlsplit(self.endpoint.url(""))
        return replace(self.endpoint, base_url=f"{base.scheme}://{base.netloc}{path}", base_url_env=None)

    async def _get(self, endpoint: Endpoint, path: str) -> Any:
        data, _ = await Exchange(endpoint).json(path, method="GET")
        return data


def _mapping(data: Any, path: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise InvalidResponseError(f"gateway answered {path} with something that is not an object")
    return cast("dict[str, Any]", data)


def _maker(entry: dict[str, Any]) -> str | None:
    specification = entry.get("specification")
    maker = cast("dict[str, Any]", specification).get("provider") if isinstance(specification, dict) else None
    return maker if isinstance(maker, str) else None


def create_gateway(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    team: str | None = None,
) -> Gateway:
    """Make another instance of the provider, with its own key, address or headers.

    ``team`` is the id or slug of the Vercel team that pays, when the key is of a person with several.
    """
    own = {"ai-gateway-protocol-version": "0.0.1"}
    if team is not None:
        own["x-vercel-ai-gateway-team"] = team
    endpoint = Endpoint(
        name="gateway",
        base_url=base_url or "https://ai-gateway.vercel.sh/v4/ai",
        key=api_key,
        key_env=KEYS,
        auth=authorized,
        headers={**own, **(headers or {})},
        header_env={
            "ai-o11y-deployment-id": "VERCEL_DEPLOYMENT_ID",
            "ai-o11y-environment": "VERCEL_ENV",
            "ai-o11y-region": "VERCEL_REGION",
            "ai-o11y-project-id": "VERCEL_PROJECT_ID",
        },
        http=http,
        read_error=read_gateway_error,
    )
    return Gateway(endpoint, docs="https://vercel.com/docs/ai-gateway")


gateway = create_gateway()
