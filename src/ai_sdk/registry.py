"""From ``"groq:llama-3.3-70b-versatile"`` to a model.

What is before the first colon names the provider: one that was registered, a built-in one (a folder of
``ai_sdk.providers``), or one that another distribution offers as an entry point of the group ``ai_sdk.providers``, in
this order. Nothing is imported before it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast, overload

from ai_sdk.errors import NoSuchModelError

if TYPE_CHECKING:
    from ai_sdk.model import Model
    from ai_sdk.requests import (
        EmbeddingRequest,
        ImageRequest,
        LanguageRequest,
        RerankRequest,
        SpeechRequest,
        TranscriptionRequest,
        VideoRequest,
    )
    from ai_sdk.results import (
        EmbeddingResult,
        ImageResult,
        LanguageResponse,
        RerankResult,
        SpeechResponse,
        TranscriptionResponse,
        VideoResult,
    )

__all__ = ["Kind", "Registry", "alias", "provider_names", "register", "registry", "resolve"]

Kind: TypeAlias = Literal["language", "embedding", "image", "speech", "transcription", "reranking", "video"]

GROUP = "ai_sdk.providers"
ALIASES = {"together": "togetherai"}


class Registry:
    """Names for providers and models.

    ``aliases`` maps a name to another one: of a provider (``"together"`` to ``"togetherai"``), or of a whole model
    (``"fast"`` to ``"groq:llama-3.1-8b-instant"``).
    """

    def __init__(self, aliases: Mapping[str, str] = ALIASES) -> None:
        self._aliases = dict(aliases)
        self._providers: dict[str, Any] = {}

    def register(self, name: str, provider: object) -> None:
        """Give a provider a name, before all others of that name.

        A provider has a method for each kind of model that it does, named after the kind: ``language(model_id)``.
        """
        self._providers[_plain(name)] = provider

    def alias(self, name: str, target: str) -> None:
        """Let a name stand for a provider or for a whole model."""
        self._aliases[name] = target

    def names(self) -> list[str]:
        """The names of all providers, sorted: registered, built in and offered by other distributions."""
        return sorted({*self._providers, *_built_in(), *(each.name for each in _entry_points())})

    def provider(self, name: str) -> Any:
        """The provider of this name.

        Raises ``NoSuchModelError`` with the names that come close.
        """
        plain = _plain(self._aliases.get(name, name))
        found = self._providers.get(plain)
        if found is None:
            found = _import_built_in(plain) or _load_entry_point(plain)
            if found is None:
                raise NoSuchModelError(self._no_provider(name), field="model")
            self._providers[plain] = found
        return found

    def _no_provider(self, name: str) -> str:
        import difflib

        names = self.names()
        close = difflib.get_close_matches(_plain(name), [*names, *self._aliases], 3)
        if close:
            return f"there is no provider {name!r}; did you mean {' or '.join(close)}?"
        return f"there is no provider {name!r}; there are: {', '.join(names)}"

    @overload
    def resolve(
        self, model: str | Model[LanguageRequest, LanguageResponse], kind: Literal["language"] = "language"
    ) -> Model[LanguageRequest, LanguageResponse]: ...
    @overload
    def resolve(
        self, model: str | Model[EmbeddingRequest, EmbeddingResult], kind: Literal["embedding"]
    ) -> Model[EmbeddingRequest, EmbeddingResult]: ...
    @overload
    def resolve(
        self, model: str | Model[ImageRequest, ImageResult], kind: Literal["image"]
    ) -> Model[ImageRequest, ImageResult]: ...
    @overload
    def resolve(
        self, model: str | Model[SpeechRequest, SpeechResponse], kind: Literal["speech"]
    ) -> Model[SpeechRequest, SpeechResponse]: ...
    @overload
    def resolve(
        self, model: str | Model[TranscriptionRequest, TranscriptionResponse], kind: Literal["transcription"]
    ) -> Model[TranscriptionRequest, TranscriptionResponse]: ...
    @overload
    def resolve(
        self, model: str | Model[RerankRequest, RerankResult], kind: Literal["reranking"]
    ) -> Model[RerankRequest, RerankResult]: ...
    @overload
    def resolve(
        self, model: str | Model[VideoRequest, VideoResult], kind: Literal["video"]
    ) -> Model[VideoRequest, VideoResult]: ...
    def resolve(self, model: Any, kind: Kind = "language") -> Any:
        """The model of this name and kind; a model is returned as it is.

        Raises ``NoSuchModelError`` for a name without a provider, an unknown provider, or one that does not do this
        kind of model.
        """
        if not isinstance(model, str):
            if callable(model):
                return cast("Any", model)
            raise NoSuchModelError(
                f"model is a {type(model).__name__}; allowed are a model and a name such as 'groq:<model id>'",
                field="model",
            )
        name, colon, model_id = self._aliases.get(model, model).partition(":")
        if not colon or not model_id:
            raise NoSuchModelError(
                f"{model!r} does not name a model; write 'provider:model', such as 'groq:llama-3.3-70b-versatile'",
                field="model",
            )
        make = getattr(self.provider(name), kind, None)
        if make is None:
            raise NoSuchModelError(f"the provider {name!r} has no {kind} models", field="model")
        return make(model_id)


registry = Registry()
"""The registry that the user functions ask."""

register = registry.register
alias = registry.alias
resolve = registry.resolve


def provider_names() -> list[str]:
    """The names of all providers that the default registry can find; none of them is imported."""
    return registry.names()


def _plain(name: str) -> str:
    return name.strip().lower().replace("-", "_")


def _built_in() -> list[str]:
    import pkgutil
    from importlib.util import find_spec

    spec = find_spec(GROUP)
    places = spec.submodule_search_locations if spec is not None else None
    return [each.name for each in pkgutil.iter_modules(places or ()) if each.ispkg and not each.name.startswith("_")]


def _import_built_in(name: str) -> Any:
    if name not in _built_in():
        return None
    from importlib import import_module

    return getattr(import_module(f"{GROUP}.{name}"), name)


def _entry_points() -> Any:
    from importlib.metadata import entry_points

    return entry_points(group=GROUP)


def _load_entry_point(name: str) -> Any:
    for each in _entry_points():
        if _plain(each.name) == name:
            return each.load()
    return None
