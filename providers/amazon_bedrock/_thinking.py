"""Settings of a request and the wish to reason, in Converse's words and in those of each family of models: pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ai_sdk._frozen import FrozenDict
from ai_sdk.provider import unsupported
from ai_sdk.providers.amazon_bedrock._models import Profile
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import CallWarning

__all__ = ["Settings", "changed", "settings_of"]

Body = dict[str, Any]

_CONVERSE = FrozenDict({"max_output_tokens": "maxTokens", "temperature": "temperature", "top_p": "topP"})
_ANTHROPIC = FrozenDict({"temperature": "temperature", "top_p": "topP", "stop_sequences": "stopSequences"})
_EFFORTS = FrozenDict({"minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "high"})
_EFFORT_BETA = "effort-2025-11-24"


class Settings:
    """``inference`` is ``inferenceConfig``, ``more`` is ``additionalModelRequestFields``."""

    __slots__ = ("inference", "more", "warnings")

    def __init__(self) -> None:
        self.inference: Body = {}
        self.more: Body = {}
        self.warnings: list[CallWarning] = []

    @property
    def thinks(self) -> bool:
        """Whether Claude is asked to think."""
        thinking: Any = self.more.get("thinking")
        return isinstance(thinking, Mapping) and thinking.get("type") in ("enabled", "adaptive")  # pyright: ignore[reportUnknownMemberType]


def changed(feature: str, how: str) -> CallWarning:
    """The warning about something that was done in another way."""
    return CallWarning("compatibility", feature, how)


def settings_of(request: LanguageRequest, model_id: str, profile: Profile, own: Mapping[str, Any]) -> Settings:
    """Encode the settings; ``own`` are the model's fields that the caller gives, which decide about thinking too."""
    settings = Settings()
    if profile.family == "anthropic":
        _add_claude(settings, request, model_id, own)
    else:
        _add_plain(settings, request, profile)
        _add_reasoning(settings, request, model_id, profile)
    return settings


def _add_claude(settings: Settings, request: LanguageRequest, model_id: str, own: Mapping[str, Any]) -> None:
    """Claude's rules are Anthropic's; only the places of the words are others."""
    from ai_sdk.providers.anthropic._models import knowledge_of
    from ai_sdk.providers.anthropic._thinking import add_limits, add_sampling, add_thinking

    known = knowledge_of(model_id)
    body: Body = {}
    settings.warnings += add_limits(body, request, model_id, known)
    allowed = body["max_tokens"]
    settings.warnings += add_thinking(body, request, own, known)
    settings.warnings += add_sampling(body, request, model_id, known)
    if request.max_output_tokens is not None or body["max_tokens"] != allowed:
        settings.inference["maxTokens"] = body["max_tokens"]
    else:
        settings.warnings = [each for each in settings.warnings if each.feature != "max_output_tokens"]
    for name, word in _ANTHROPIC.items():
        if name in body:
            settings.inference[word] = body[name]
    for name in ("top_k", "thinking", "output_config"):
        if name in body:
            settings.more[name] = body[name]
    if "output_config" in body and known.thinking != "adaptive":
        settings.more["anthropic_beta"] = [_EFFORT_BETA]


def _add_plain(settings: Settings, request: LanguageRequest, profile: Profile) -> None:
    for name, word in _CONVERSE.items():
        value = getattr(request, name)
        if value is not None:
            settings.inference[word] = value
    if settings.inference.get("temperature", 0) > 1:
        settings.inference["temperature"] = 1
        how = f"{request.temperature:g} is above 1, the highest: 1 was asked for"
        settings.warnings.append(changed("temperature", how))
    stop = [each for each in request.stop if each]
    if stop:
        settings.inference["stopSequences"] = stop
    for name in ("top_k", "presence_penalty", "frequency_penalty", "seed"):
        value = getattr(request, name)
        if value is None:
            continue
        if name in profile.more:
            _put(settings.more, profile.more[name], value)
        else:
            settings.warnings.append(unsupported(name, "Converse has no such setting for this model"))


def _put(fields: Body, path: tuple[str, ...], value: Any) -> None:
    for name in path[:-1]:
        fields = fields.setdefault(name, {})
    fields[path[-1]] = value


def _add_reasoning(settings: Settings, request: LanguageRequest, model_id: str, profile: Profile) -> None:
    effort = request.reasoning
    if effort is None:
        return
    if not profile.thinks:
        if effort != "none":
            settings.warnings.append(unsupported("reasoning", f"{model_id} cannot be asked to reason"))
        return
    if effort == "none":
        if profile.family == "nova":
            settings.more["reasoningConfig"] = {"type": "disabled"}
        elif profile.family == "openai":
            settings.warnings.append(unsupported("reasoning", f"{model_id} always reasons"))
        return
    wire = _EFFORTS[effort]
    if wire != effort:
        settings.warnings.append(changed("reasoning", f"{model_id} knows no {effort}: {wire} was asked for"))
    if profile.family == "nova":
        _add_nova(settings, wire)
    else:
        settings.more["reasoning_effort" if profile.family == "openai" else "reasoning_config"] = wire


def _add_nova(settings: Settings, effort: str) -> None:
    """Nova 2 takes no sampling settings and no limit beside the highest effort (vendor documents)."""
    settings.more["reasoningConfig"] = {"type": "enabled", "maxReasoningEffort": effort}
    if effort != "high":
        return
    settings.more.pop("inferenceConfig", None)
    for name, word in _CONVERSE.items():
        if settings.inference.pop(word, None) is not None:
            settings.warnings.append(unsupported(name, "it does not go with the highest effort of reasoning"))
