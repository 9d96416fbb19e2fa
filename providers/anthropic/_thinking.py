"""Thinking and sampling settings: what goes together, and how the wish for an effort becomes the wire's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import FrozenDict
from ai_sdk.provider import unsupported
from ai_sdk.requests import LanguageRequest, SpecificTool
from ai_sdk.results import CallWarning

if TYPE_CHECKING:
    from ai_sdk.providers.anthropic._models import Knowledge

__all__ = ["add_limits", "add_sampling", "add_thinking", "thinks"]

Body = dict[str, Any]
Warnings = list[CallWarning]

_LEAST_BUDGET = 1024
_BUDGETS: Mapping[str, int] = FrozenDict(
    {"minimal": _LEAST_BUDGET, "low": 4096, "medium": 10_000, "high": 20_000, "xhigh": 32_000}
)
_LEAST_TOP_P = 0.95


def changed(feature: str, how: str) -> CallWarning:
    """The warning about something that was done in another way."""
    return CallWarning("compatibility", feature, how)


def thinks(body: Mapping[str, Any]) -> bool:
    """Whether a body asks for thinking."""
    thinking = body.get("thinking")
    return isinstance(thinking, Mapping) and cast("Mapping[str, Any]", thinking).get("type") in ("enabled", "adaptive")


def add_limits(body: Body, request: LanguageRequest, model_id: str, known: Knowledge) -> Warnings:
    """``max_tokens`` is required: without a wish it is the most that the model writes."""
    wanted = request.max_output_tokens
    if wanted is None:
        body["max_tokens"] = known.max_tokens
        if known.known or "claude" not in model_id:
            return []
        return [changed("max_output_tokens", f"{model_id} is not known: {known.max_tokens} tokens were allowed")]
    body["max_tokens"] = wanted
    if not known.known or wanted <= known.max_tokens:
        return []
    body["max_tokens"] = known.max_tokens
    return [changed("max_output_tokens", f"{model_id} writes {known.max_tokens} tokens at most: that was asked for")]


def add_thinking(body: Body, request: LanguageRequest, options: Mapping[str, Any], known: Knowledge) -> Warnings:
    """Thinking as the options say it, else as the request's ``reasoning`` wishes."""
    own = options.get("thinking")
    if own is not None:
        body["thinking"] = dict(cast("Mapping[str, Any]", own)) if isinstance(own, Mapping) else own
        return _fit_budget(body)
    effort = request.reasoning
    if effort is None:
        return []
    if effort == "none":
        if known.thinking != "none":
            body["thinking"] = {"type": "disabled"}
        return []
    if known.thinking == "none":
        return [unsupported("reasoning", "this model does not reason")]
    if _forced(request):
        return [unsupported("reasoning", "a model that must call a tool cannot think before")]
    if known.efforts:
        body["output_config"] = {"effort": _effort(effort, known)}
    if known.thinking == "adaptive":
        body["thinking"] = {"type": "adaptive"}
        return []
    return _add_budget(body, effort)


def _forced(request: LanguageRequest) -> bool:
    return request.tool_choice == "required" or isinstance(request.tool_choice, SpecificTool)


def _effort(effort: str, known: Knowledge) -> str:
    return {"minimal": "low", "xhigh": known.top_effort}.get(effort, effort)


def _add_budget(body: Body, effort: str) -> Warnings:
    most: int = body["max_tokens"]
    budget = min(_BUDGETS[effort], most * 4 // 5)
    if budget < _LEAST_BUDGET:
        return [unsupported("reasoning", f"max_output_tokens of {most} leaves no room for {_LEAST_BUDGET} of thinking")]
    body["thinking"] = {"type": "enabled", "budget_tokens": budget}
    return []


def _fit_budget(body: Body) -> Warnings:
    """A budget is a part of ``max_tokens``: where it would take all of it, it is added (vendor documents)."""
    thinking = body["thinking"]
    if not isinstance(thinking, dict) or cast("Body", thinking).get("type") != "enabled":
        return []
    thinking = cast("Body", thinking)
    budget = thinking.setdefault("budget_tokens", _LEAST_BUDGET)
    if not isinstance(budget, int) or body["max_tokens"] > budget:
        return []
    body["max_tokens"] += budget
    return [changed("max_output_tokens", f"thinking may use {budget} tokens, which were added to the limit")]


def add_sampling(body: Body, request: LanguageRequest, model_id: str, known: Knowledge) -> Warnings:
    """Temperature, top_p, top_k and stop words, as far as the model takes them."""
    warnings = [
        unsupported(name, "Anthropic has no such setting")
        for name in ("presence_penalty", "frequency_penalty", "seed")
        if getattr(request, name) is not None
    ]
    given = {name: getattr(request, name) for name in ("temperature", "top_p", "top_k")}
    body.update({name: value for name, value in given.items() if value is not None})
    if body.get("temperature", 0) > 1:
        body["temperature"] = 1
        warnings.append(changed("temperature", f"{request.temperature:g} is above 1, the highest: 1 was asked for"))
    stop = [each for each in request.stop if each.strip()]
    if stop:
        body["stop_sequences"] = stop
    if len(stop) < len(request.stop):
        warnings.append(unsupported("stop", "a stop word of nothing but white space is refused"))
    if known.rejects_sampling:
        return warnings + _drop(body, tuple(given), f"{model_id} takes no such setting")
    if thinks(body):
        return warnings + _drop(body, _beside_thinking(body), "it does not go with thinking")
    if known.either_sampling and "temperature" in body:
        warnings += _drop(body, ("top_p",), f"{model_id} takes temperature or top_p, not both")
    return warnings


def _beside_thinking(body: Body) -> tuple[str, ...]:
    """Thinking goes with a temperature of 1 and with a top_p from 0.95 (recorded)."""
    refused = [] if body.get("temperature") == 1 else ["temperature"]
    if body.get("top_p", 1) < _LEAST_TOP_P:
        refused.append("top_p")
    return (*refused, "top_k")


def _drop(body: Body, names: tuple[str, ...], why: str) -> Warnings:
    return [unsupported(name, why) for name in names if body.pop(name, None) is not None]
