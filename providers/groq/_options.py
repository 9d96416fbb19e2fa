"""What Groq takes beyond the settings that all providers share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypedDict

__all__ = ["GroqOptions", "GroqSpeechOptions", "GroqTranscriptionOptions"]


class GroqOptions(TypedDict, total=False):
    """``provider_options={"groq": {...}}``; other fields go into the body as they are."""

    reasoning_format: Literal["parsed", "raw", "hidden"]
    """Reasoning beside the answer, inside of it in ``<think>`` tags, or not at all."""
    reasoning_effort: Literal["none", "default", "low", "medium", "high"]
    """How hard it thinks: ``none`` and ``default`` for Qwen 3, the others for ``openai/gpt-oss``."""
    include_reasoning: bool
    """Whether the answer has the reasoning; not together with ``reasoning_format``."""
    service_tier: Literal["auto", "on_demand", "flex", "performance"]
    """How requests are served when there is much to do; ``flex`` fails fast instead of waiting."""
    parallel_tool_calls: bool
    """Whether an answer may have several tool calls."""
    disable_tool_validation: bool
    """Give back calls of tools that were not offered, instead of an error."""
    documents: list[dict[str, Any]]
    """Documents to answer from; ``citation_options`` says whether the answer cites them."""
    citation_options: Literal["enabled", "disabled"]
    """Whether the answer cites the documents."""
    search_settings: dict[str, Any]
    """``include_domains``, ``exclude_domains``, ``country`` of the web search of ``groq/compound``."""
    compound_custom: dict[str, Any]
    """Models and tools of ``groq/compound``."""
    user: str
    """A name for the end user."""


class GroqSpeechOptions(TypedDict, total=False):
    """Options of speech; other fields go into the body as they are."""

    sample_rate: Literal[8000, 16000, 22050, 24000, 32000, 44100, 48000]
    """Samples per second."""


class GroqTranscriptionOptions(TypedDict, total=False):
    """Options of transcripts; other fields go into the form as they are."""

    response_format: Literal["json", "text", "verbose_json"]
    """``verbose_json``, with segments, unless said otherwise."""
    timestamp_granularities: Sequence[Literal["word", "segment"]]
    """Give the times of words as well."""
    url: str
    """Where the audio is; then that of the request does not go out."""
