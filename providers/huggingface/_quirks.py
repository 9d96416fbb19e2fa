"""How the chat API behind Hugging Face's router differs from OpenAI's."""

from __future__ import annotations

from ai_sdk._frozen import FrozenDict
from ai_sdk.providers.openai_compatible._quirks import FINISH_REASONS, Quirks

__all__ = ["QUIRKS"]

QUIRKS = Quirks(
    structured_output=lambda _model_id: "json_schema",
    reasoning_key=None,
    finish_reasons=FrozenDict({**FINISH_REASONS, "eos": "stop", "eos_token": "stop", "stop_sequence": "stop"}),
)
"""The words for the end of an answer are those of the inference servers behind the router (vendor documents)."""
