"""How Azure's chat API differs from OpenAI's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ai_sdk.providers.openai import _rules

__all__ = ["QUIRKS", "image_defaults"]

QUIRKS = replace(_rules.QUIRKS, metadata=(*_rules.QUIRKS.metadata, "prompt_filter_results"))
"""What the content filter thinks of the prompt is metadata; it comes before all else in a stream (recorded)."""


def image_defaults(deployment: str) -> dict[str, Any]:
    """A deployment named as a dall-e is asked for the picture itself; any other may refuse the question (recorded)."""
    return {"response_format": "b64_json"} if "dall-e" in deployment else {}
