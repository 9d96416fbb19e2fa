"""xAI: the Grok models. ``XAI_API_KEY`` is the key.

``xai("grok-4.3")`` speaks the Responses API, as xAI recommends, with the tools that xAI runs:
``ProviderTool("xai.web_search")``, ``xai.x_search``, ``xai.code_execution``, ``xai.file_search``, ``xai.mcp``,
``xai.image_generation``, ``xai.view_image``, ``xai.view_x_video``. ``xai.chat("grok-4.3")`` speaks the chat API.
Options: ``XAIOptions`` and ``XAIChatOptions``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_sdk._frozen import EMPTY
from ai_sdk.provider import Endpoint, Provider
from ai_sdk.providers.openai_compatible._quirks import Quirks, StructuredOutput
from ai_sdk.providers.xai._models import ModelId
from ai_sdk.providers.xai._options import XAIChatOptions, XAIOptions
from ai_sdk.providers.xai._quirks import QUIRKS, xai_error

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.providers.openai.responses import ResponsesModel
    from ai_sdk.providers.xai.language import XAIChatModel

__all__ = ["XAI", "ModelId", "XAIChatOptions", "XAIOptions", "create_xai", "xai"]


class XAI(Provider):
    """xAI's models by id.

    ``structured_output`` replaces, for all of its models, what is known about JSON of a schema.
    """

    def __init__(
        self, endpoint: Endpoint, quirks: Quirks, *, docs: str = "", structured_output: StructuredOutput | None = None
    ) -> None:
        super().__init__(endpoint, docs=docs)
        self.quirks = quirks
        self.structured_output: StructuredOutput | None = structured_output

    def __call__(self, model_id: ModelId) -> ResponsesModel:
        """Make a model of the Responses API."""
        return self.language(model_id)

    def language(self, model_id: ModelId) -> ResponsesModel:
        """Make a model of the Responses API."""
        from ai_sdk.providers.openai.responses import ResponsesModel
        from ai_sdk.providers.xai._rules import RULES

        return ResponsesModel(self.endpoint, model_id, RULES, self.structured_output)

    def responses(self, model_id: ModelId) -> ResponsesModel:
        """Make a model of the Responses API."""
        return self.language(model_id)

    def chat(self, model_id: ModelId) -> XAIChatModel:
        """Make a model of the chat API."""
        from ai_sdk.providers.xai.language import XAIChatModel

        return XAIChatModel(self.endpoint, model_id, self.quirks, self.structured_output)


def create_xai(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
    structured_output: StructuredOutput | None = None,
) -> XAI:
    """Make another instance of the provider, with its own key, address or headers."""
    endpoint = Endpoint(
        name="xai",
        base_url=base_url or "https://api.x.ai/v1",
        key=api_key,
        key_env=("XAI_API_KEY",),
        headers=headers or EMPTY,
        http=http,
        read_error=xai_error,
    )
    return XAI(endpoint, QUIRKS, structured_output=structured_output, docs="https://docs.x.ai/docs")


xai = create_xai()
