"""How Azure's chat API differs from OpenAI's."""

from __future__ import annotations

from dataclasses import replace

from ai_sdk.providers.openai import _rules

__all__ = ["QUIRKS"]

QUIRKS = replace(_rules.QUIRKS, metadata=(*_rules.QUIRKS.metadata, "prompt_filter_results"))
"""What the content filter thinks of the prompt is metadata; it comes before all else in a stream (recorded)."""
