"""The options of Google's models, in the vendor's own words."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

__all__ = ["GoogleEmbeddingOptions", "GoogleOptions", "SafetySetting", "ThinkingConfig"]


class ThinkingConfig(TypedDict, total=False):
    """How much a model thinks; it wins over ``reasoning`` of the request, field by field."""

    thinkingLevel: Literal["MINIMAL", "LOW", "MEDIUM", "HIGH"]
    """Gemini 3 and later."""
    thinkingBudget: int
    """Gemini 2.5: tokens; 0 switches thinking off, -1 lets the model choose."""
    includeThoughts: bool
    """Whether summaries of the thoughts are given; by default when ``reasoning`` is set."""


class SafetySetting(TypedDict, total=False):
    """From which probability on content of a category is blocked."""

    category: str
    threshold: str


class GoogleOptions(TypedDict, total=False):
    """Options of a language model. Those of ``generationConfig`` may also stand in a field of that name."""

    thinkingConfig: ThinkingConfig
    """How much the model thinks."""
    responseModalities: list[Literal["TEXT", "IMAGE", "AUDIO"]]
    """What the answer may be made of."""
    speechConfig: dict[str, Any]
    """Voices, for answers with audio."""
    imageConfig: dict[str, Any]
    """Aspect ratio and size of generated pictures."""
    mediaResolution: Literal["MEDIA_RESOLUTION_LOW", "MEDIA_RESOLUTION_MEDIUM", "MEDIA_RESOLUTION_HIGH"]
    """How many tokens a picture or a frame becomes."""
    audioTimestamp: bool
    """Whether audio is read with timestamps (Vertex)."""
    responseLogprobs: bool
    """Whether log probabilities are given, as metadata of the finish."""
    logprobs: int
    """How many of the most likely tokens are given."""
    candidateCount: int
    """How many answers are made; only the first one is read."""
    cachedContent: str
    """The name of a cached content, ``cachedContents/...``."""
    safetySettings: list[SafetySetting]
    """What is blocked."""
    toolConfig: dict[str, Any]
    """Merged into what ``tool_choice`` says: ``retrievalConfig``, ``includeServerSideToolInvocations``, ..."""
    labels: dict[str, str]
    """Labels for the bill (Vertex)."""
    serviceTier: Literal["standard", "flex", "priority"]
    """The tier that serves the request."""
    routingConfig: dict[str, Any]
    """Which model serves, for ids that leave it open (Vertex)."""
    modelArmorConfig: dict[str, Any]
    """Model Armor templates for prompt and answer (Vertex)."""
    generationConfig: dict[str, Any]
    """Further fields of it, as they are."""


class GoogleEmbeddingOptions(TypedDict, total=False):
    """Options of an embedding model."""

    taskType: str
    """``RETRIEVAL_QUERY``, ``RETRIEVAL_DOCUMENT``, ``SEMANTIC_SIMILARITY``, ``CLASSIFICATION``, ``CLUSTERING``, ..."""
    title: str
    """The title of the document, with ``RETRIEVAL_DOCUMENT``."""
    autoTruncate: bool
    """Whether a text that is too long is cut (Vertex)."""
