"""Options of Amazon Bedrock, by their names on the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

__all__ = [
    "AmazonBedrockEmbeddingOptions",
    "AmazonBedrockImageOptions",
    "AmazonBedrockOptions",
    "AmazonBedrockPartOptions",
    "AmazonBedrockVideoOptions",
]


class AmazonBedrockOptions(TypedDict, total=False):
    """``provider_options={"amazon_bedrock": {...}}`` of a language request.

    ``guardrailConfig``: the guardrail: ``guardrailIdentifier``, ``guardrailVersion``, ``trace``; for streams also
    ``streamProcessingMode``. ``performanceConfig``: ``{"latency": "optimized"}``. ``serviceTier``:
    ``{"type": "priority" | "default" | "flex" | "reserved"}``. ``requestMetadata``: strings for the invocation logs.
    ``promptVariables``: of a prompt that the model id names, ``{"name": {"text": ...}}``.
    ``additionalModelRequestFields``: fields of the model's own, merged over those that are derived from the request.
    ``additionalModelResponseFieldPaths``: JSON pointers of what the answer shall bring of the model's own.
    ``inferenceConfig``, ``outputConfig``: merged over what is derived. ``anthropic_beta``: names of Claude's betas.
    All else goes into the body as it is.
    """

    guardrailConfig: Mapping[str, Any]
    performanceConfig: Mapping[str, Any]
    serviceTier: Mapping[str, Any]
    requestMetadata: Mapping[str, str]
    promptVariables: Mapping[str, Mapping[str, str]]
    additionalModelRequestFields: Mapping[str, Any]
    additionalModelResponseFieldPaths: Sequence[str]
    inferenceConfig: Mapping[str, Any]
    outputConfig: Mapping[str, Any]
    anthropic_beta: Sequence[str]


class AmazonBedrockPartOptions(TypedDict, total=False):
    """The same key on messages (``provider_options``), parts (``provider_metadata``) and tools (``provider_options``).

    ``cachePoint``: ``{"type": "default", "ttl": "5m" | "1h"}`` puts a cache point behind it. ``guardContent``: of a
    text, ``{"qualifiers": ["grounding_source" | "query" | "guard_content"]}``: the guardrail looks at it.
    ``citations``, ``context``: of a document, ``{"enabled": True}`` and words about it. ``bucketOwner``: of a file in
    S3, the account that owns the bucket.
    """

    cachePoint: Mapping[str, Any]
    guardContent: Mapping[str, Any]
    citations: Mapping[str, bool]
    context: str
    bucketOwner: str


class AmazonBedrockEmbeddingOptions(TypedDict, total=False):
    """``provider_options={"amazon_bedrock": {...}}`` of an embedding request; all else goes into the body as it is.

    ``normalize``: Titan's, by default true there. ``input_type``, ``truncate``, ``embedding_types``: Cohere's.
    ``embeddingPurpose``, ``truncationMode``: Nova's, by default ``GENERIC_INDEX`` and ``END``.
    """

    normalize: bool
    input_type: Literal["search_document", "search_query", "classification", "clustering"]
    truncate: Literal["NONE", "START", "END", "LEFT", "RIGHT"]
    embedding_types: Sequence[str]
    embeddingPurpose: str
    truncationMode: Literal["START", "END", "NONE"]


class AmazonBedrockImageOptions(TypedDict, total=False):
    """``provider_options={"amazon_bedrock": {...}}`` of an image request; all else goes into the body as it is.

    Nova Canvas and Titan: ``taskType``; ``negativeText``, ``style``, ``controlMode``, ``controlStrength``, ``colors``,
    ``similarityStrength``, ``maskPrompt`` and ``outPaintingMode`` of the task; ``quality`` and ``cfgScale``; the
    parameters of a task and ``imageGenerationConfig`` in the vendor's words, merged over those that are made.
    Stability: ``negative_prompt``, ``strength``, ``output_format``, and the fields of its services.
    """

    taskType: Literal[
        "TEXT_IMAGE",
        "COLOR_GUIDED_GENERATION",
        "IMAGE_VARIATION",
        "INPAINTING",
        "OUTPAINTING",
        "BACKGROUND_REMOVAL",
        "VIRTUAL_TRY_ON",
    ]
    negativeText: str
    style: str
    controlMode: Literal["CANNY_EDGE", "SEGMENTATION"]
    controlStrength: float
    colors: Sequence[str]
    similarityStrength: float
    maskPrompt: str
    outPaintingMode: Literal["DEFAULT", "PRECISE"]
    quality: Literal["standard", "premium"]
    cfgScale: float
    imageGenerationConfig: Mapping[str, Any]
    negative_prompt: str
    strength: float
    output_format: Literal["jpeg", "png", "webp"]


class AmazonBedrockVideoOptions(TypedDict, total=False):
    """``provider_options={"amazon_bedrock": {...}}`` of a video request; all else goes into ``modelInput`` as it is.

    ``s3Uri``: where in your S3 the video goes; needed. ``outputDataConfig``: the same in the vendor's words, with
    ``kmsKeyId`` and ``bucketOwner``. ``clientRequestToken``, ``tags``: of the job. ``modelInput``: merged over what is
    made. Nova Reel: ``taskType``, ``videoGenerationConfig``, ``multiShotManualParams``. Luma: ``loop``, ``keyframes``.
    """

    s3Uri: str
    outputDataConfig: Mapping[str, Any]
    clientRequestToken: str
    tags: Sequence[Mapping[str, str]]
    modelInput: Mapping[str, Any]
    taskType: Literal["TEXT_VIDEO", "MULTI_SHOT_AUTOMATED", "MULTI_SHOT_MANUAL"]
    videoGenerationConfig: Mapping[str, Any]
    multiShotManualParams: Mapping[str, Any]
    loop: bool
    keyframes: Mapping[str, Any]
