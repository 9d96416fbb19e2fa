"""Hugging Face's router to inference providers: chat and the Responses API.

``HF_TOKEN``, then ``HUGGINGFACE_API_KEY``, is the key. A model id is that of the hub, such as
``"meta-llama/Llama-3.3-70B-Instruct"``, with the inference provider after a colon when it matters:
``"openai/gpt-oss-120b:groq"``, ``"...:fastest"`` or ``"...:cheapest"``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_sdk._frozen import EMPTY
from ai_sdk.provider import Endpoint
from ai_sdk.providers.huggingface._models import ModelId
from ai_sdk.providers.huggingface._options import HuggingFaceOptions
from ai_sdk.providers.huggingface._quirks import QUIRKS
from ai_sdk.providers.openai_compatible import DialectProvider, StructuredOutput

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.providers.openai.responses import ResponsesModel
    from ai_sdk.providers.openai_compatible.language import ChatModel

__all__ = ["HuggingFace", "HuggingFaceOptions", "ModelId", "create_huggingface", "huggingface"]


class HuggingFace(DialectProvider):
    """The models of Hugging Face's inference providers by id."""

    def __call__(self, model_id: ModelId) -> ChatModel:
        """Make a chat model."""
        return self.language(model_id)

    def chat(self, model_id: ModelId) -> ChatModel:
        """Make a chat model."""
        return self.language(model_id)

    def responses(self, model_id: ModelId) -> ResponsesModel:
        """Make a model of the Responses API, which the router offers as a beta (vendor documents)."""
        from ai_sdk.providers.huggingface._responses import RULES
        from ai_sdk.providers.openai.responses import ResponsesModel

        return ResponsesModel(self.endpoint, model_id, RULES, self.structured_output)


def create_huggingface(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    bill_to: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    structured_output: StructuredOutput | None = None,
) -> HuggingFace:
    """Make another instance of the provider, with its own key, address or headers.

    ``bill_to`` is the organisation of the hub that pays. ``base_url`` may name one inference provider, such as
    ``https://router.huggingface.co/together/v1``, or an inference endpoint of your own.
    """
    endpoint = Endpoint(
        name="huggingface",
        base_url=base_url or "https://router.huggingface.co/v1",
        base_url_env=None if base_url else "HUGGINGFACE_BASE_URL",
        key=api_key,
        key_env=("HF_TOKEN", "HUGGINGFACE_API_KEY"),
        headers={**({"x-hf-bill-to": bill_to} if bill_to else {}), **(headers or EMPTY)},
        http=http,
    )
    docs = "https://huggingface.co/docs/inference-providers"
    return HuggingFace(endpoint, QUIRKS, structured_output=structured_output, docs=docs)


huggingface = create_huggingface()
