"""What we write is what the vendors' own definitions of their APIs allow."""

from __future__ import annotations

import gzip
import json
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from ai_sdk.provider import Provider, to_json
from ai_sdk.providers.mistral import create_mistral
from ai_sdk.providers.openai import create_openai
from ai_sdk.providers.openrouter import create_openrouter
from ai_sdk.requests import LanguageRequest
from wire.conversations import requests
from wire.kit import folder_of

pytestmark = pytest.mark.corpus

OPENAI = ("openai.openapi.json", "CreateChatCompletionRequest")
DEFINITIONS = {
    "openai": OPENAI,
    "mistral": ("mistral.openapi.yaml", "ChatCompletionRequest"),
    "openrouter": ("openrouter.openapi.yaml", "ChatRequest"),
}
MODELS = [
    ("openai", "gpt-4o"),
    ("openai", "gpt-5"),
    ("openai", "gpt-3.5-turbo"),
    ("mistral", "mistral-large-latest"),
    ("mistral", "magistral-medium-latest"),
    ("openrouter", "openai/gpt-4o"),
    ("openrouter", "anthropic/claude-sonnet-4"),
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
    """What we send, as JSON."""
    made: Any = _provider(name)
    body, _ = getattr(made, "chat", made)(model_id).encode(request)
    return json.loads(to_json(body))


@cache
def _provider(name: str) -> Provider:
    makers: dict[str, Any] = {"openai": create_openai, "mistral": create_mistral, "openrouter": create_openrouter}
    made: Provider = makers[name](api_key="encoded")
    return made


def told(errors: list[Any]) -> str:
    """The errors, each at the place where it is most to the point."""
    jsonschema: Any = pytest.importorskip("jsonschema")
    lines = [jsonschema.exceptions.best_match([each]) for each in errors]
    return "\n".join(f"{each.json_path}: {each.message[:300]}" for each in lines)


@pytest.mark.parametrize(("name", "model_id"), MODELS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(request=requests())
def test_what_we_write_is_what_the_vendor_defines(name: str, model_id: str, request: LanguageRequest) -> None:
    errors = list(validator_of(name).iter_errors(body_of(name, model_id, request)))
    assert not errors, told(errors)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_the_definitions_refuse_what_is_wrong(name: str) -> None:
    model_id = next(model_id for provider, model_id in MODELS if provider == name)
    good: dict[str, Any] = {"model": model_id, "messages": [{"role": "user", "content": "Hi"}]}
    assert validator_of(name).is_valid(good)
    for wrong in (
        {**good, "messages": "Hi"},
        {**good, "temperature": "hot"},
        {**good, "messages": [{"role": "robot"}]},
    ):
        assert not validator_of(name).is_valid(wrong)
