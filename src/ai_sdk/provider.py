"""What every provider is made of: an endpoint, exchanges with it, models over it, and the door that makes them.

A ``Provider`` makes models by id. A ``ProviderModel`` answers one request with one HTTP exchange, which it reports to
the record of the call as an attempt; a ``PolledModel`` with those of one job in the background. An ``Endpoint`` knows
where to send, with which key and headers, and how its errors read; an ``Exchange`` sends and turns bad statuses into
errors of this library.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from ai_sdk._frozen import EMPTY, FrozenDict, freeze
from ai_sdk.call import current_call
from ai_sdk.endpoint import (
    Endpoint,
    ErrorInfo,
    Exchange,
    bearer,
    clean,
    drain,
    parse_json,
    read_all,
    read_error,
    shown,
    to_json,
)
from ai_sdk.errors import InvalidRequestError, InvalidResponseError, UnsupportedError
from ai_sdk.polling import Polling
from ai_sdk.response import ending_of, keep
from ai_sdk.results import CallWarning

if TYPE_CHECKING:
    from ai_sdk.catalogue import ModelFacts
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

__all__ = [
    "Endpoint",
    "ErrorInfo",
    "Exchange",
    "ModelInfo",
    "PolledModel",
    "Provider",
    "ProviderModel",
    "bearer",
    "clean",
    "drain",
    "options_of",
    "parse_json",
    "read_all",
    "read_error",
    "to_json",
    "unsupported",
]

Req = TypeVar("Req")
Res = TypeVar("Res")


def unsupported(feature: str, why: str) -> CallWarning:
    """The warning about something that was left out."""
    return CallWarning("unsupported", feature, f"{why}; it was left out")


def options_of(request: Any, provider: str) -> dict[str, Any]:
    """The options that a request has for this provider, as a new dict."""
    options: Any = request.provider_options.get(provider) or EMPTY
    if not isinstance(options, dict):
        raise InvalidRequestError(
            f"provider_options[{provider!r}] is a {type(options).__name__}; allowed is a mapping",
            field="provider_options",
        )
    return dict(cast("dict[str, Any]", options))


KINDS = ("language", "embedding", "image", "speech", "transcription", "reranking", "video")


class ProviderModel(Generic[Req, Res]):
    """A model of a provider: an async callable that tries once a call and reports that as an attempt.

    A subclass writes ``answer``. What ``answer`` opens it holds on the response that it returns, so that the wire is
    released before the attempt.
    """

    records_attempts = True
    kind = "language"

    def __init__(self, endpoint: Endpoint, model_id: str) -> None:
        if not model_id:
            raise InvalidRequestError(f"the model id is empty; {endpoint.name} needs one", field="model_id")
        self.endpoint = endpoint
        self.model_id = model_id

    @property
    def provider(self) -> str:
        """The provider's name."""
        return self.endpoint.name

    async def __call__(self, request: Req, /) -> Res:
        """Answer the request."""
        record = current_call()
        if record is None:
            return await self.answer(request, Exchange(self.endpoint, self.model_id))
        attempt = record.attempt(f"{self.endpoint.name}:{self.model_id}")
        try:
            response = await self.answer(request, Exchange(self.endpoint, self.model_id, attempt))
        except BaseException as error:
            attempt.release(ending_of(error))
            raise
        attempt.begun()
        keep(attempt, response)
        return response

    async def answer(self, request: Req, exchange: Exchange, /) -> Res:
        """Encode, exchange, decode."""
        raise NotImplementedError

    def __repr__(self) -> str:
        maker = self.provider if self.kind == "language" else f"{self.provider}.{self.kind}"
        return f'{maker}("{self.model_id}")'


class PolledModel(ProviderModel[Req, Res]):
    """A model whose provider works in the background: ``answer`` submits a job, polls it and fetches what it made.

    ``polling`` says how to wait unless the call says otherwise; a subclass has a default of its own kind.
    """

    polling = Polling()

    def __init__(self, endpoint: Endpoint, model_id: str, polling: Polling | None = None) -> None:
        super().__init__(endpoint, model_id)
        if polling is not None:
            self.polling = polling


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that the provider offers; ``created`` in Unix seconds, ``raw`` is all that the provider says."""

    id: str
    created: float | None = None
    owner: str | None = None
    raw: FrozenDict[str, Any] = field(default=EMPTY, repr=False)


class Provider:
    """Makes models by id: ``provider("id")`` a language model, ``provider.embedding("id")`` and so on the others.

    Making a model needs neither a key nor the network. A kind that the provider lacks raises ``UnsupportedError``.
    """

    def __init__(self, endpoint: Endpoint, *, docs: str = "") -> None:
        self.endpoint = endpoint
        self.docs = docs

    @property
    def name(self) -> str:
        """The name, as in ``"groq:model"``, in options, metadata and errors."""
        return self.endpoint.name

    @property
    def key_env(self) -> tuple[str, ...]:
        """The environment variables that may hold the key, in order."""
        return self.endpoint.key_env

    @property
    def base_url(self) -> str:
        """Where the requests go."""
        return self.endpoint.url("")

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of models that this provider has."""
        return tuple(kind for kind in KINDS if getattr(type(self), kind) is not getattr(Provider, kind))

    def api_key(self) -> str | None:
        """The key as given, else from the environment, else None."""
        return self.endpoint.api_key()

    async def models(self) -> list[ModelInfo]:
        """Ask the provider which models it offers (``GET /models``)."""
        data, _ = await Exchange(self.endpoint).json("/models", method="GET")
        listed: Any = cast("dict[str, Any]", data).get("data") if isinstance(data, dict) else data
        if not isinstance(listed, list):
            raise InvalidResponseError(f"{self.name} answered /models with something that is not a list")
        return [_model_info(each) for each in cast("list[dict[str, Any]]", listed) if _has_id(each)]

    def facts(self, model_id: str) -> ModelFacts | None:
        """What is publicly known of a model of this provider; see ``ai_sdk.catalogue``."""
        from ai_sdk.catalogue import facts_of

        return facts_of(f"{self.name}:{model_id}")

    def __call__(self, model_id: str) -> Model[LanguageRequest, LanguageResponse]:
        """Make a language model."""
        return self.language(model_id)

    def language(self, model_id: str) -> Model[LanguageRequest, LanguageResponse]:
        """Make a language model."""
        raise self._lacks("language", model_id)

    def embedding(self, model_id: str) -> Model[EmbeddingRequest, EmbeddingResult]:
        """Make an embedding model."""
        raise self._lacks("embedding", model_id)

    def image(self, model_id: str) -> Model[ImageRequest, ImageResult]:
        """Make an image model."""
        raise self._lacks("image", model_id)

    def speech(self, model_id: str) -> Model[SpeechRequest, SpeechResponse]:
        """Make a speech model."""
        raise self._lacks("speech", model_id)

    def transcription(self, model_id: str) -> Model[TranscriptionRequest, TranscriptionResponse]:
        """Make a transcription model."""
        raise self._lacks("transcription", model_id)

    def reranking(self, model_id: str) -> Model[RerankRequest, RerankResult]:
        """Make a reranking model."""
        raise self._lacks("reranking", model_id)

    def video(self, model_id: str) -> Model[VideoRequest, VideoResult]:
        """Make a video model."""
        raise self._lacks("video", model_id)

    def _lacks(self, kind: str, model_id: str) -> UnsupportedError:
        return UnsupportedError(
            f"{self.name} has no {kind} models, so no {model_id!r}; it has: {', '.join(self.kinds)}", field="kind"
        )

    def __repr__(self) -> str:
        return f"<provider {self.name} at {shown(self.endpoint.base_url) or '?'}>"


def _has_id(raw: object) -> bool:
    return isinstance(raw, dict) and "id" in raw


def _model_info(raw: dict[str, Any]) -> ModelInfo:
    created = raw.get("created")
    owner = raw.get("owned_by") or raw.get("organization")
    return ModelInfo(
        str(raw["id"]),
        float(created) if isinstance(created, int | float) else None,
        owner if isinstance(owner, str) else None,
        freeze(raw),
    )
