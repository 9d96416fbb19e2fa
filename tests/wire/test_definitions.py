"""What we write is what the vendors' own definitions of their APIs allow."""

from __future__ import annotations

import gzip
import json
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, reject, settings

from ai_sdk.errors import UnsupportedError
from ai_sdk.provider import Provider, to_json
from ai_sdk.providers.anthropic import create_anthropic
from ai_sdk.providers.mistral import create_mistral
from ai_sdk.providers.ollama import create_ollama
from ai_sdk.providers.openai import create_openai
from ai_sdk.providers.openrouter import create_openrouter
from ai_sdk.requests import LanguageRequest
from wire.conversations import requests
from wire.kit import folder_of

pytestmark = pytest.mark.corpus

PATIENT = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
OPENAI = ("openai.openapi.json", "CreateChatCompletionRequest")
DEFINITIONS = {
    "openai": OPENAI,
    "mistral": ("mistral.openapi.yaml", "ChatCompletionRequest"),
    "openrouter": ("openrouter.openapi.yaml", "ChatRequest"),
    "anthropic": ("anthropic.openapi.yaml", "BetaCreateMessageParams"),
    "ollama": ("ollama.openapi.yaml", "ChatRequest"),
}
MODELS = [
    ("openai", "gpt-4o"),
    ("openai", "gpt-5"),
    ("openai", "gpt-3.5-turbo"),
    ("mistral", "mistral-large-latest"),
    ("mistral", "magistral-medium-latest"),
    ("openrouter", "openai/gpt-4o"),
    ("openrouter", "anthropic/claude-sonnet-4"),
    ("anthropic", "claude-sonnet-4-5"),
    ("anthropic", "claude-3-haiku-20240307"),
    ("ollama", "qwen3"),
]


@cache
def validator_of(name: str) -> Any:
    """A validator of the vendor's definition of a request."""
    jsonschema: Any = pytest.importorskip("jsonschema")
    file, schema = DEFINITIONS[name]
    packed = folder_of("corpus") / "specs" / f"{file}.gz"
    if not packed.exists():
        pytest.skip(f"there is no {packed.name}")
    text = gzip.decompress(packed.read_bytes()).decode()
    document: Any = json.loads(text) if file.endswith(".json") else pytest.importorskip("yaml").safe_load(text)
    root = {"$ref": f"#/components/schemas/{schema}", "components": {"schemas": document["components"]["schemas"]}}
    return jsonschema.Draft202012Validator(root)


def body_of(name: str, model_id: str, request: LanguageRequest) -> Any:
    """What we send, as JSON; None when the provider refuses files of that kind."""
    made: Any = _provider(name)
    try:
        encoded = getattr(made, "chat", made)(model_id).encode(request)
    except UnsupportedError:
        return None
    return json.loads(to_json(encoded[0]))


@cache
def _provider(name: str) -> Provider:
    makers: dict[str, Any] = {
        "openai": create_openai,
        "mistral": create_mistral,
        "openrouter": create_openrouter,
        "anthropic": create_anthropic,
        "ollama": create_ollama,
    }
    made: Provider = makers[name](api_key="encoded")
    return made


def told(errors: list[Any]) -> str:
    """The errors, each at the place where it is most to the point."""
    jsonschema: Any = pytest.importorskip("jsonschema")
    lines = [jsonschema.exceptions.best_match([each]) for each in errors]
    return "\n".join(f"{each.json_path}: {each.message[:300]}" for each in lines)


@pytest.mark.parametrize(("name", "model_id"), MODELS)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
@given(request=requests())
def test_what_we_write_is_what_the_vendor_defines(name: str, model_id: str, request: LanguageRequest) -> None:
    body = body_of(name, model_id, request)
    if body is None:
        reject()
    errors = list(validator_of(name).iter_errors(body))
    assert not errors, told(errors)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_the_definitions_refuse_what_is_wrong(name: str) -> None:
    model_id = next(model_id for provider, model_id in MODELS if provider == name)
    good: dict[str, Any] = {"model": model_id, "messages": [{"role": "user", "content": "Hi"}]}
    hot: dict[str, Any] = {"options": {"temperature": "hot"}} if name == "ollama" else {"temperature": "hot"}
    if name == "anthropic":
        good["max_tokens"] = 10
    assert validator_of(name).is_valid(good)
    for wrong in (
        {**good, "messages": "Hi"},
        {**good, **hot},
        {**good, "messages": [{"role": "robot"}]},
    ):
        assert not validator_of(name).is_valid(wrong)
