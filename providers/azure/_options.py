"""What ``provider_options={"azure": {...}}`` may say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ai_sdk.providers.openai._options import OpenAIOptions

__all__ = ["AzureOptions"]


class AzureOptions(OpenAIOptions, total=False):
    """OpenAI's options, and those that only Azure has; what is not here goes out as a field of the body as well."""

    data_sources: Sequence[Mapping[str, Any]]
    """Indexes that the answer is to rest on (chat, "on your data")."""
    user_security_context: Mapping[str, Any]
    """Who asks, for Microsoft Defender (chat)."""
