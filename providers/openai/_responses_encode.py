"""From a request to the body of ``/responses``: pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from ai_sdk.errors import InvalidRequestError
from ai_sdk.provider import options_of, unsupported
from ai_sdk.providers.openai._responses_input import InputEncoder
from ai_sdk.providers.openai._responses_tools import encode_tools
from ai_sdk.results import CallWarning
from ai_sdk.wire import object_of

if TYPE_CHECKING:
    from ai_sdk.providers.openai._responses_rules import ResponsesRules
    from ai_sdk.providers.openai_compatible._quirks import StructuredOutput
    from ai_sdk.requests import JSONFormat, LanguageRequest

__all__ = ["ENCRYPTED_REASONING", "encode_responses"]

Body = dict[str, Any]
Warnings = list[CallWarning]

ENCRYPTED_REASONING = "reasoning.encrypted_content"
_SETTING_FIELDS = (
    "max_output_tokens",
    "temperature",
    "top_p",
    "top_k",
    "presence_penalty",
    "frequency_penalty",
    "stop",
    "seed",
    "reasoning",
)
_GOES_ON = ("previous_response_id", "conversation", "prompt", "input")
_CHAT_WORDS = {
    "max_completion_tokens": ("max_output_tokens",),
    "reasoning_effort": ("reasoning", "effort"),
    "reasoning_summary": ("reasoning", "summary"),
    "verbosity": ("text", "verbosity"),
}


def encode_responses(
    request: LanguageRequest,
    model_id: str,
    provider: str,
    rules: ResponsesRules,
    structured_output: StructuredOutput,
) -> tuple[Body, Warnings]:
    """The body and what it could not say.

    Options are written into the body as they are, those that we do not know as well; ``reasoning`` and ``text`` are
    merged with what the request says, ``include`` is added to it. The words of the chat API for the same settings
    (``reasoning_effort``, ``verbosity``, ``max_completion_tokens``) are understood.
    """
    options = _in_words_of_this_api(options_of(request, provider))
    if not request.messages and not any(options.get(name) for name in _GOES_ON):
        raise InvalidRequestError("messages is empty: there is nothing to answer", field="messages")
    body: Body = {"model": model_id}
    warnings = _add_settings(body, request, rules)
    warnings += encode_tools(body, request, model_id, provider, rules)
    warnings += _add_format(body, request.response_format, structured_output, rules)
    if request.stream:
        body["stream"] = True
    if rules.store is not None:
        body["store"] = rules.store
    _add_options(body, options)
    _add_include(body, model_id, rules)
    warnings += _add_input(body, request, model_id, provider, rules)
    warnings += rules.adjust(body, request, model_id)
    return body, warnings


def _in_words_of_this_api(options: dict[str, Any]) -> dict[str, Any]:
    for word, path in _CHAT_WORDS.items():
        if word not in options:
            continue
        value = options.pop(word)
        if len(path) == 1:
            options.setdefault(path[0], value)
        else:
            options[path[0]] = {path[1]: value, **object_of(options.get(path[0]))}
    return options


def _add_settings(body: Body, request: LanguageRequest, rules: ResponsesRules) -> Warnings:
    warnings: Warnings = []
    for field in _SETTING_FIELDS:
        value = getattr(request, field)
        if value is None or value == ():
            continue
        if field not in rules.settings:
            warnings.append(unsupported(field, f"the Responses API of this provider has no setting {field}"))
        else:
            body[rules.settings[field]] = {"effort": value} if field == "reasoning" else value
    return warnings


def _add_format(
    body: Body, wanted: JSONFormat | None, structured_output: StructuredOutput, rules: ResponsesRules
) -> Warnings:
    if wanted is None:
        return []
    if structured_output == "tool":
        return [unsupported("response_format", "this model takes no JSON format")]
    if structured_output == "json_schema" and wanted.schema is not None:
        body["text"] = {"format": _schema(wanted, rules)}
        return []
    body["text"] = {"format": {"type": "json_object"}}
    if wanted.schema is None:
        return []
    return [CallWarning("compatibility", "response_format", "this model takes no schema: it was asked for any JSON")]


def _schema(wanted: JSONFormat, rules: ResponsesRules) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "json_schema", "name": wanted.name or "response", "schema": wanted.schema}
    if wanted.description is not None:
        schema["description"] = wanted.description
    strict = wanted.strict if wanted.strict is not None else rules.strict
    if strict is not None:
        schema["strict"] = strict
    return schema


def _add_options(body: Body, options: Mapping[str, Any]) -> None:
    for name, value in options.items():
        if name in ("reasoning", "text") and isinstance(value, dict):
            body[name] = {**object_of(body.get(name)), **cast("dict[str, Any]", value)}
        elif name == "include" and isinstance(value, list | tuple):
            body[name] = [*body.get(name, ()), *cast("list[Any]", value)]
        else:
            body[name] = value


def _add_include(body: Body, model_id: str, rules: ResponsesRules) -> None:
    """What is to be included, each once; with reasoning that is not kept, its encrypted form."""
    if "include" in body and not isinstance(body["include"], list):
        return
    wanted = [*body.pop("include", ()), *rules.include]
    if body.get("store") is False and rules.reasons(model_id):
        wanted.append(ENCRYPTED_REASONING)
    if wanted:
        body["include"] = list(dict.fromkeys(wanted))


def _add_input(body: Body, request: LanguageRequest, model_id: str, provider: str, rules: ResponsesRules) -> Warnings:
    encoder = InputEncoder(
        provider,
        system_role="developer" if rules.reasons(model_id) else "system",
        stored=body.get("store") is not False,
        reads_reasoning=rules.reads_reasoning(model_id),
        file_ids=rules.file_ids,
    )
    for message in request.messages:
        encoder.add(message)
    if encoder.items:
        body.setdefault("input", encoder.items)
    if encoder.instructions is not None:
        body.setdefault("instructions", encoder.instructions)
    return encoder.warnings
