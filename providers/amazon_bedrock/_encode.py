"""From a request to the body of ``/converse`` and ``/converse-stream``: pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from ai_sdk.errors import InvalidRequestError
from ai_sdk.provider import unsupported
from ai_sdk.providers.amazon_bedrock._messages import MessageEncoder, own_of
from ai_sdk.providers.amazon_bedrock._models import Profile
from ai_sdk.providers.amazon_bedrock._thinking import settings_of
from ai_sdk.providers.amazon_bedrock._tools import output_config, tools_of, wants_json_tool
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import CallWarning

__all__ = ["Encoded", "encode_converse"]

Body = dict[str, Any]

_MERGED = ("inferenceConfig", "additionalModelRequestFields", "outputConfig")
_MOST_CACHE_POINTS = 4


class Encoded(NamedTuple):
    """A body, what it could not say, and what the answer is read against.

    ``names``: tools whose name differs on the wire, by that name. ``json_tool``: the input of the tool ``json`` is the
    answer.
    """

    body: Body
    warnings: list[CallWarning]
    names: Mapping[str, str]
    json_tool: bool


def encode_converse(request: LanguageRequest, model_id: str, profile: Profile, provider: str) -> Encoded:
    """Encode a request; options that we do not know are written into the body as they are."""
    if not request.messages:
        raise InvalidRequestError("messages is empty: there is nothing to answer", field="messages")
    options = own_of(request.provider_options, provider)
    own = _mapping(options, "additionalModelRequestFields")
    settings = settings_of(request, model_id, profile, own)
    tools = tools_of(request, profile, provider, thinks=settings.thinks)
    encoder = MessageEncoder(provider, profile.family, tools.names, tools=bool(tools.config))
    for message in request.messages:
        encoder.add(message)
    encoder.finish()
    body: Body = {"messages": encoder.messages}
    if encoder.system:
        body["system"] = encoder.system
    if settings.inference:
        body["inferenceConfig"] = settings.inference
    if tools.config:
        body["toolConfig"] = tools.config
    if settings.more:
        body["additionalModelRequestFields"] = settings.more
    json_tool = wants_json_tool(request, profile)
    if request.response_format is not None and not json_tool:
        body["outputConfig"] = output_config(request.response_format)
    _add_options(body, options)
    warnings = [*encoder.warnings, *settings.warnings, *tools.warnings, *_limit_cache_points(body)]
    return Encoded(body, warnings, tools.names.own, json_tool)


def _mapping(options: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    said = options.get(name)
    if said is not None and not isinstance(said, Mapping):
        raise InvalidRequestError(
            f"the option {name} is a {type(said).__name__}; allowed is a mapping", field="provider_options"
        )
    return cast("Mapping[str, Any]", said or {})


def _add_options(body: Body, options: Body) -> None:
    betas = options.pop("anthropic_beta", None)
    for name in _MERGED:
        said = _mapping(options, name)
        if said:
            body[name] = _merged(body.get(name, {}), said)
    if betas:
        fields = body.setdefault("additionalModelRequestFields", {})
        fields["anthropic_beta"] = list(dict.fromkeys([*fields.get("anthropic_beta", ()), *betas]))
    body.update({name: value for name, value in options.items() if name not in _MERGED})


def _merged(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Body:
    """Objects are merged at every depth, and what the caller says wins."""
    merged = dict(ours)
    for name, value in theirs.items():
        before = merged.get(name)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            merged[name] = _merged(cast("Mapping[str, Any]", before), cast("Mapping[str, Any]", value))
        else:
            merged[name] = value
    return merged


def _limit_cache_points(body: Body) -> list[CallWarning]:
    """Four cache points are possible (vendor documents): the first is kept, and the last three."""
    lists = _lists(body)
    places = [(blocks, each) for blocks in lists for each in blocks if "cachePoint" in each]
    extra = places[1 : len(places) - _MOST_CACHE_POINTS + 1]
    for blocks, point in extra:
        place = next(at for at, each in enumerate(blocks) if each is point)
        del blocks[place]
    return [unsupported("cachePoint", f"only {_MOST_CACHE_POINTS} cache points are possible")] if extra else []


def _lists(body: Body) -> list[list[Body]]:
    """Where cache points may stand, in the order in which the cache sees them."""
    tools = cast("list[Body]", body.get("toolConfig", {}).get("tools", []))
    system = cast("list[Body]", body.get("system", []))
    return [
        each for each in (tools, system, *(message["content"] for message in body["messages"])) if type(each) is list
    ]
