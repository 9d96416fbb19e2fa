"""The options of Google's models, in the vendor's own words."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

__all__ = [
    "GoogleEmbeddingOptions",
    "GoogleImageOptions",
    "GoogleOptions",
    "GoogleSpeechOptions",
    "GoogleTranscriptionOptions",
    "GoogleVideoOptions",
    "SafetySetting",
    "ThinkingConfig",
]


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


class GoogleImageOptions(TypedDict, total=False):
    """Options of an image model: of Imagen fields of ``parameters``, of Gemini those of a language model."""

    imageConfig: dict[str, Any]
    """Gemini: ``imageSize``, ``aspectRatio`` and, on Vertex, ``personGeneration``, ``imageOutputOptions``."""
    responseModalities: list[Literal["TEXT", "IMAGE"]]
    """Gemini: ``["IMAGE"]`` unless given; with ``TEXT`` what is said comes as metadata."""
    personGeneration: str
    """Imagen: ``allow_adult``, ``dont_allow``, ``allow_all``."""
    sampleImageSize: str
    """Imagen: ``1K`` or ``2K``; ``size`` says the same."""
    negativePrompt: str
    """Imagen on Vertex: what shall not be seen."""
    editMode: str
    """Imagen on Vertex: ``EDIT_MODE_INPAINT_INSERTION`` (with a mask, unless given), ``EDIT_MODE_OUTPAINT``, ..."""
    editConfig: dict[str, Any]
    """Imagen on Vertex: ``baseSteps``."""
    maskImageConfig: dict[str, Any]
    """Imagen on Vertex: ``maskMode`` (``MASK_MODE_USER_PROVIDED`` with a mask), ``dilation``, ``maskClasses``."""
    referenceImages: list[dict[str, Any]]
    """Imagen on Vertex: in place of those made of ``files`` and ``mask``, for subjects, styles and controls."""
    storageUri: str
    """Vertex: ``gs://bucket/folder`` for what is made; it is fetched from there."""


class GoogleVideoOptions(TypedDict, total=False):
    """Options of a video model: fields of ``parameters``, and the four of the instance."""

    negativePrompt: str
    """What shall not be seen."""
    personGeneration: str
    """``allow_all``, ``allow_adult``, ``dont_allow``."""
    lastFrame: dict[str, Any]
    """The picture to end with, in the vendor's words."""
    referenceImages: list[dict[str, Any]]
    """Pictures of what shall be seen, in the vendor's words."""
    video: dict[str, Any]
    """A video to go on with, in the vendor's words."""
    mask: dict[str, Any]
    """A mask for a video, in the vendor's words (Vertex)."""
    generateAudio: bool
    """Whether there is sound (Vertex)."""
    enhancePrompt: bool
    """Whether the prompt is rewritten (Vertex)."""
    storageUri: str
    """``gs://bucket/folder`` for what is made; it is fetched from there (Vertex)."""


class GoogleSpeechOptions(TypedDict, total=False):
    """Options of a speech model; others are those of a language model."""

    speechConfig: dict[str, Any]
    """Voices in the vendor's words, such as ``multiSpeakerVoiceConfig``; wins over ``voice`` and ``language``."""
    responseFormat: dict[str, Any]
    """``{"audio": {"mimeType", "sampleRate", "bitRate"}}``, for models that take it."""


class GoogleTranscriptionOptions(TypedDict, total=False):
    """Options of ``gemini-...-transcribe``; others, and those of other models, are those of a language model."""

    wordTimestamp: bool
    """Whether words come with their times."""
    diarization: bool
    """Whether speakers are told apart."""
    customVocabulary: list[str]
    """Words that help the spelling; ``prompt`` says the same, between commas."""
    languageCodes: list[str]
    """Languages that are spoken; ``language`` says one."""
    mode: Literal["VERBATIM", "SMART"]
    """``SMART`` leaves slips of the tongue out."""
