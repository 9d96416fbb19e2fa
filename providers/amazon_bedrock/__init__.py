"""Amazon Bedrock: the models of many makers behind AWS's Converse.

``AWS_BEARER_TOKEN_BEDROCK`` is the key; without one, requests are signed with AWS credentials (``[bedrock]`` extra).
``AWS_REGION`` or ``AWS_DEFAULT_REGION`` is the region, else the profile's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from ai_sdk._frozen import EMPTY
from ai_sdk.provider import ModelInfo, Provider
from ai_sdk.providers.amazon_bedrock._door import BedrockEndpoint, list_models, make_endpoint
from ai_sdk.providers.amazon_bedrock._models import (
    EmbeddingModelId,
    ImageModelId,
    ModelId,
    RerankingModelId,
    VideoModelId,
)
from ai_sdk.providers.amazon_bedrock._options import (
    AmazonBedrockEmbeddingOptions,
    AmazonBedrockImageOptions,
    AmazonBedrockOptions,
    AmazonBedrockPartOptions,
    AmazonBedrockVideoOptions,
)
from ai_sdk.providers.amazon_bedrock._sign import AWSCredentials, Credentials

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.polling import Polling
    from ai_sdk.providers.amazon_bedrock.embedding import BedrockEmbeddingModel
    from ai_sdk.providers.amazon_bedrock.image import BedrockImageModel
    from ai_sdk.providers.amazon_bedrock.invoke import BedrockMessagesModel
    from ai_sdk.providers.amazon_bedrock.language import ConverseModel
    from ai_sdk.providers.amazon_bedrock.reranking import BedrockRerankModel, InvokedRerankModel
    from ai_sdk.providers.amazon_bedrock.video import BedrockVideoModel
    from ai_sdk.providers.openai.responses import ResponsesModel
    from ai_sdk.providers.openai_compatible.language import ChatModel

__all__ = [
    "AWSCredentials",
    "AmazonBedrock",
    "AmazonBedrockEmbeddingOptions",
    "AmazonBedrockImageOptions",
    "AmazonBedrockOptions",
    "AmazonBedrockPartOptions",
    "AmazonBedrockVideoOptions",
    "Credentials",
    "EmbeddingModelId",
    "ImageModelId",
    "ModelId",
    "RerankingModelId",
    "VideoModelId",
    "amazon_bedrock",
    "create_amazon_bedrock",
]


class AmazonBedrock(Provider):
    """Bedrock's models by id, by inference profile (``us.``, ``eu.``, ``global.`` before the id) or by ARN.

    A model that an ARN names is called in the ARN's region, unless the door was given one. ``polling``: how its video
    models wait, unless a call says otherwise.
    """

    endpoint: BedrockEndpoint

    def __init__(self, endpoint: BedrockEndpoint, *, docs: str = "", polling: Polling | None = None) -> None:
        super().__init__(endpoint, docs=docs)
        self.endpoint = endpoint
        self.polling = polling

    @property
    def base_url(self) -> str:
        """Where the requests go; with ``{region}`` in it as long as no region is known."""
        if "{region}" in self.endpoint.base_url and self.endpoint.place.find() is None:
            return self.endpoint.base_url
        return self.endpoint.url("")

    def __call__(self, model_id: ModelId) -> ConverseModel:
        """Make a language model."""
        return self.language(model_id)

    def language(self, model_id: ModelId, *, like: ModelId | None = None) -> ConverseModel:
        """Make a language model; ``like`` tells what model an ARN stands for that does not say it itself."""
        from ai_sdk.providers.amazon_bedrock.language import ConverseModel

        return ConverseModel(self.endpoint.near(model_id), model_id, like)

    def anthropic(self, model_id: ModelId) -> BedrockMessagesModel:
        """Make a Claude that is spoken to in Anthropic's own words (``/invoke``), with options of ``anthropic``."""
        from ai_sdk.providers.amazon_bedrock.invoke import BedrockMessagesModel

        return BedrockMessagesModel(self.endpoint.near(model_id), model_id)

    def mantle(self, model_id: str) -> ChatModel:
        """Make a chat model of the OpenAI dialect behind ``bedrock-mantle.<region>.api.aws``."""
        from ai_sdk.providers.amazon_bedrock.mantle import mantle_chat

        return mantle_chat(self.endpoint, model_id)

    def mantle_responses(self, model_id: str) -> ResponsesModel:
        """Make a model of OpenAI's Responses API behind the same host."""
        from ai_sdk.providers.amazon_bedrock.mantle import mantle_responses

        return mantle_responses(self.endpoint, model_id)

    def embedding(self, model_id: EmbeddingModelId) -> BedrockEmbeddingModel:
        """Make an embedding model: Titan, Nova or Cohere."""
        from ai_sdk.providers.amazon_bedrock.embedding import BedrockEmbeddingModel

        return BedrockEmbeddingModel(self.endpoint.near(model_id), model_id)

    def image(self, model_id: ImageModelId, *, like: ImageModelId | None = None) -> BedrockImageModel:
        """Make an image model: Nova Canvas, Titan Image or Stability; ``like`` tells what an ARN stands for."""
        from ai_sdk.providers.amazon_bedrock.image import BedrockImageModel

        return BedrockImageModel(self.endpoint.near(model_id), model_id, like)

    def video(self, model_id: VideoModelId, *, like: VideoModelId | None = None) -> BedrockVideoModel:
        """Make a video model: Nova Reel or Luma Ray; ``like`` tells what an ARN stands for."""
        from ai_sdk.providers.amazon_bedrock.video import BedrockVideoModel

        return BedrockVideoModel(self.endpoint.near(model_id), model_id, self.polling, like)

    def reranking(
        self, model_id: RerankingModelId, *, through: Literal["agent", "invoke"] = "agent"
    ) -> BedrockRerankModel | InvokedRerankModel:
        """Make a reranking model.

        ``through="invoke"`` asks it by InvokeModel, which an API key of Bedrock's may do too; the agent runtime, which
        also takes objects as documents, is for signed requests alone (vendor documents).
        """
        from ai_sdk.providers.amazon_bedrock.reranking import BedrockRerankModel, InvokedRerankModel

        if through == "invoke":
            return InvokedRerankModel(self.endpoint.near(model_id), model_id)
        return BedrockRerankModel(self.endpoint.near(model_id).to("bedrock-agent-runtime"), model_id)

    async def models(self) -> list[ModelInfo]:
        """Ask which models and which inference profiles the region has."""
        return await list_models(self.endpoint)


def create_amazon_bedrock(
    *,
    api_key: str | None = None,
    region: str | None = None,
    profile: str | None = None,
    credentials: Credentials | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    polling: Polling | None = None,
) -> AmazonBedrock:
    """Make another instance of the provider, with its own key or credentials, region, address or headers.

    ``api_key`` is an API key of Bedrock's. Without one requests are signed, with ``credentials`` (or a function that
    gives them), else with what AWS's own chain finds for the ``profile``. ``base_url`` replaces all of AWS's addresses.
    ``polling``: how its video models wait.
    """
    endpoint = make_endpoint(
        api_key=api_key,
        region=region,
        profile=profile,
        credentials=credentials,
        base_url=base_url,
        headers=headers or EMPTY,
        http=http,
    )
    return AmazonBedrock(
        endpoint, docs="https://docs.aws.amazon.com/bedrock/latest/APIReference/welcome.html", polling=polling
    )


amazon_bedrock = create_amazon_bedrock()
