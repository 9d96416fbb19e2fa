"""Law 8 on the contract: what may hold a secret does not print it."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from typing import Any

import pytest
from laws.leaking import keeps_secrets

import ai_sdk
from ai_sdk import errors
from ai_sdk._frozen import freeze
from ai_sdk.messages import user
from ai_sdk.parts import ResponseMetadata
from ai_sdk.requests import (
    EmbeddingRequest,
    ImageRequest,
    LanguageRequest,
    RerankRequest,
    SpeechRequest,
    TranscriptionRequest,
    VideoRequest,
)
from ai_sdk.results import ResponseInfo


def _headers(secret: str) -> Any:
    return freeze({"authorization": f"Bearer {secret}", "x-api-key": secret})


MAKERS: dict[str, Callable[[str], Any]] = {
    "language": lambda secret: LanguageRequest(messages=(user("a"),), headers=_headers(secret)),
    "embedding": lambda secret: EmbeddingRequest(values=("a",), headers=_headers(secret)),
    "image": lambda secret: ImageRequest(prompt="a", headers=_headers(secret)),
    "speech": lambda secret: SpeechRequest(text="a", headers=_headers(secret)),
    "transcription": lambda secret: TranscriptionRequest(audio=secret.encode(), headers=_headers(secret)),
    "reranking": lambda secret: RerankRequest(query="a", documents=("a",), headers=_headers(secret)),
    "video": lambda secret: VideoRequest(prompt="a", headers=_headers(secret)),
    "metadata": lambda secret: ResponseMetadata("r", headers=freeze({"set-cookie": secret})),
    "info": lambda secret: ResponseInfo("r", headers=freeze({"set-cookie": secret})),
    "error": lambda secret: errors.APIError("refused", status=401, body={"key": secret}, headers=_headers(secret)),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_law_08_secrets(make: Callable[[str], Any]) -> None:
    keeps_secrets(make)


def test_law_08_secrets_are_not_quoted_from_bad_headers() -> None:
    def refused(secret: str) -> Exception:
        with pytest.raises(errors.InvalidRequestError) as caught:
            LanguageRequest(messages=(), headers=freeze({"authorization": secret, "x": 1}))
        return caught.value

    keeps_secrets(refused)


def _doors() -> list[Callable[..., Any]]:
    providers = pytest.importorskip("ai_sdk.providers")
    found: list[Callable[..., Any]] = []
    for each in pkgutil.iter_modules(providers.__path__):
        if not each.name.startswith("_") and each.ispkg:
            create = getattr(importlib.import_module(f"ai_sdk.providers.{each.name}"), f"create_{each.name}", None)
            if create is not None and "api_key" in inspect.signature(create).parameters:
                found.append(create)
    return found


def _model(provider: Any, kind: str) -> Any:
    """A model of a kind, by the first id that the provider takes for one."""
    for model_id in ("owner/some-model", "octave"):
        try:
            return getattr(provider, kind)(model_id)
        except errors.InvalidRequestError:
            continue
    raise AssertionError(f"{provider!r} takes none of the ids for {kind}")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_law_08_secrets_of_providers() -> None:
    for create in _doors():
        extra = {"base_url": "http://127.0.0.1:1/v1"} if "base_url" in inspect.signature(create).parameters else {}
        keeps_secrets(lambda secret, create=create, extra=extra: create(api_key=secret, **extra))  # type: ignore[misc]
        for kind in create(api_key="any", **extra).kinds:
            keeps_secrets(
                lambda secret, create=create, extra=extra, kind=kind: _model(  # type: ignore[misc]
                    create(api_key=secret, **extra), kind
                )
            )


def test_the_package_is_where_the_laws_look() -> None:
    assert ai_sdk.__path__
