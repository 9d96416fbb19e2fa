"""What OpenAI's models take, told by their ids."""

from __future__ import annotations

import re
from typing import Any, cast

from ai_sdk.provider import unsupported
from ai_sdk.providers.openai_compatible._quirks import Quirks, StructuredOutput
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import CallWarning

__all__ = [
    "QUIRKS",
    "adjust_responses",
    "image_defaults",
    "images_per_call",
    "reads_reasoning",
    "reasons",
    "structured_output",
    "transcript_format",
    "transcript_streams",
]

_O_SERIES = re.compile(r"(?:ft:)?(?:o\d|codex-mini|computer-use)")
_GPT = re.compile(r"(?:ft:)?gpt-(\d+)(?:\.(\d+))?(.*)")
_NO_SCHEMA = re.compile(
    r"(?:ft:)?(?:gpt-3\.?5|gpt-4(?:$|-\d|-turbo|-32k|-vision)|gpt-4o-2024-05-13|o1-mini|o1-preview|davinci|babbage|chatgpt)"
)
_SAMPLING = ("temperature", "top_p", "logprobs")
_NEVER_WITH_REASONING = ("presence_penalty", "frequency_penalty", "logit_bias", "top_logprobs", "stop")


def _gpt_version(model_id: str) -> tuple[int, int]:
    """``(5, 1)`` of gpt-5.1; ``(0, 0)`` of what is not a GPT."""
    match = _GPT.match(model_id.replace("gpt-35", "gpt-3.5", 1))  # Azure's spelling (recorded)
    return (int(match[1]), int(match[2] or 0)) if match else (0, 0)


def _chats(model_id: str) -> bool:
    match = _GPT.match(model_id)
    return match is not None and match[3].startswith("-chat")


def reasons(model_id: str) -> bool:
    """Whether the model reasons: the o series, and gpt-5 and later but for the chat variants (vendor documents)."""
    return bool(_O_SERIES.match(model_id)) or (_gpt_version(model_id) >= (5, 0) and not _chats(model_id))


def reads_reasoning(model_id: str) -> bool:
    """Whether the model takes reasoning of earlier turns: not a GPT that does not reason itself (vendor documents)."""
    return reasons(model_id) or _gpt_version(model_id) == (0, 0)


def structured_output(model_id: str) -> StructuredOutput:
    """Models before gpt-4o-2024-08-06 know no schemas (vendor documents)."""
    return "tool" if _NO_SCHEMA.match(model_id) else "json_schema"


def _adjust(body: dict[str, Any], request: LanguageRequest, model_id: str) -> list[CallWarning]:
    warnings = _adjust_reasoning(body, model_id) if reasons(model_id) else _without_reasoning(body, model_id)
    return warnings + _adjust_any(body, model_id)


def adjust_responses(body: dict[str, Any], _request: LanguageRequest, model_id: str) -> list[CallWarning]:
    """The same for the Responses API: what a model lacks is left out of the body, with warnings."""
    if reasons(model_id):
        reasoning: Any = body.get("reasoning")
        effort = cast("dict[str, Any]", reasoning).get("effort") if isinstance(reasoning, dict) else None
        samples = effort == "none" and _gpt_version(model_id) >= (5, 1)
        dropped = () if samples else ("temperature", "top_p", "top_logprobs")
        warnings = _drop(body, dropped, f"{model_id} reasons and has no such setting")
    else:
        warnings = _drop(body, ("reasoning",), f"{model_id} does not reason") if _gpt_version(model_id) > (0, 0) else []
    return warnings + _adjust_any(body, model_id)


def _adjust_any(body: dict[str, Any], model_id: str) -> list[CallWarning]:
    warnings: list[CallWarning] = []
    if "-search-preview" in model_id:
        warnings += _drop(body, ("temperature",), f"{model_id} has no such setting")
    tier = body.get("service_tier")
    if (tier == "flex" and not _has_flex(model_id)) or (tier == "priority" and not _has_priority(model_id)):
        warnings += _drop(body, ("service_tier",), f"{model_id} has no tier {tier}")
    return warnings


def _adjust_reasoning(body: dict[str, Any], model_id: str) -> list[CallWarning]:
    """Reasoning models take instructions from a developer and refuse sampling settings (recorded, vendor documents)."""
    for message in cast("list[dict[str, Any]]", body["messages"]):
        if message["role"] == "system":
            message["role"] = "developer"
    if "max_tokens" in body:
        body.setdefault("max_completion_tokens", body.pop("max_tokens"))
        body.pop("max_tokens", None)
    samples = body.get("reasoning_effort") == "none" and _gpt_version(model_id) >= (5, 1)
    dropped = _NEVER_WITH_REASONING if samples else (*_SAMPLING, *_NEVER_WITH_REASONING)
    return _drop(body, dropped, f"{model_id} reasons and has no such setting")


def _without_reasoning(body: dict[str, Any], model_id: str) -> list[CallWarning]:
    if _gpt_version(model_id) == (0, 0):
        return []
    return _drop(body, ("reasoning_effort",), f"{model_id} does not reason")


def _drop(body: dict[str, Any], fields: tuple[str, ...], why: str) -> list[CallWarning]:
    return [unsupported(field, why) for field in fields if body.pop(field, None) is not None]


def _has_flex(model_id: str) -> bool:
    o3_or_later = re.match(r"o([3-9])", model_id) is not None
    return o3_or_later or (_gpt_version(model_id) >= (5, 0) and not _chats(model_id))


def _has_priority(model_id: str) -> bool:
    version = _gpt_version(model_id)
    if version >= (5, 0):
        return "nano" not in model_id and not _chats(model_id)
    return version >= (4, 0) or re.match(r"o([3-9])", model_id) is not None


QUIRKS = Quirks(structured_output=structured_output, reasoning_key=None, adjust=_adjust)


def image_defaults(model_id: str) -> dict[str, Any]:
    """The GPT image models always answer with the picture; the others must be asked to (vendor documents)."""
    return {} if model_id.startswith(("gpt-image", "chatgpt-image")) else {"response_format": "b64_json"}


def images_per_call(model_id: str) -> int:
    """How many pictures one request may ask for."""
    return 1 if model_id.startswith("dall-e-3") else 10


def transcript_format(model_id: str) -> str:
    """The GPT transcribers give plain JSON only; whisper gives segments and words, some models segments by speaker."""
    if model_id.endswith("-diarize"):
        return "diarized_json"
    return "json" if model_id.startswith("gpt-") else "verbose_json"


def transcript_streams(model_id: str) -> bool:
    """Whether the model can give its transcript as it is made."""
    return model_id.startswith("gpt-")
