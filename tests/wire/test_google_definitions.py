"""What we write to Google is what the definitions of the Gemini API and of Vertex AI allow, and no field more."""

from __future__ import annotations

import gzip
import json
from functools import cache
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, reject, settings

from ai_sdk.errors import UnsupportedError
from ai_sdk.provider import to_json
from ai_sdk.providers.google import create_google
from ai_sdk.providers.google_vertex import create_google_vertex
from ai_sdk.requests import LanguageRequest
from wire.conversations import requests
from wire.kit import folder_of

pytestmark = pytest.mark.corpus

MODELS = ["gemini-3-flash-preview", "gemini-2.5-pro", "gemini-1.5-flash", "gemma-3-27b-it"]
PREFIX = "GoogleCloudAiplatformV1"


def closed(schema: Any) -> Any:
    """A schema whose objects have no fields but those that it names."""
    if isinstance(schema, list):
        return [closed(each) for each in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    found = {key: closed(each) for key, each in cast("dict[str, Any]", schema).items() if key != "format"}
    if found.get("type") == "object" and "properties" in found and "additionalProperties" not in found:
        found["additionalProperties"] = False
    if found.get("type") == "any":
        del found["type"]
    if isinstance(found.get("$ref"), str) and not found["$ref"].startswith("#"):
        found["$ref"] = f"#/components/schemas/{found['$ref']}"
    return found


@cache
def validator_of(name: str) -> Any:
    """A validator of the vendor's definition of a request; 64-bit numbers may be numbers."""
    jsonschema: Any = pytest.importorskip("jsonschema")
    file = "google-gemini.openapi.json" if name == "google" else "google-vertex.aiplatform.v1.discovery.json"
    packed = folder_of("corpus") / "specs" / f"{file}.gz"
    if not packed.exists():
        pytest.skip(f"there is no {packed.name}")
    document: Any = json.loads(gzip.decompress(packed.read_bytes()))
    schemas = closed(document["components"]["schemas"] if name == "google" else document["schemas"])
    prefix = "" if name == "google" else PREFIX
    for field in ("minItems", "maxItems", "minLength", "maxLength"):
        schemas[f"{prefix}Schema"]["properties"][field]["type"] = ["string", "integer"]
    root = {"$ref": f"#/components/schemas/{prefix}GenerateContentRequest", "components": {"schemas": schemas}}
    if name == "google":
        schemas["GenerateContentRequest"]["required"] = ["contents"]
    return jsonschema.Draft202012Validator(root)


def body_of(name: str, model_id: str, request: LanguageRequest) -> Any:
    """What we send, as JSON."""
    made: Any = create_google() if name == "google" else create_google_vertex()
    body, _ = made.language(model_id).encode(request)
    return json.loads(to_json(body))


@pytest.mark.parametrize("model_id", MODELS)
@pytest.mark.parametrize("name", ["google", "google_vertex"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(request=requests())
def test_what_we_write_is_what_the_vendor_defines(name: str, model_id: str, request: LanguageRequest) -> None:
    jsonschema: Any = pytest.importorskip("jsonschema")
    try:
        body = body_of(name, model_id, request)
    except UnsupportedError:
        reject()  # a URL, for a model that fetches none
    errors = list(validator_of(name).iter_errors(body))
    lines = [jsonschema.exceptions.best_match([each]) for each in errors]
    assert not errors, "\n".join(f"{each.json_path}: {each.message[:300]}" for each in lines)


@pytest.mark.parametrize("name", ["google", "google_vertex"])
def test_the_definitions_refuse_what_is_wrong(name: str) -> None:
    good: dict[str, Any] = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}
    assert validator_of(name).is_valid(good)
    for wrong in (
        {**good, "contents": "Hi"},
        {**good, "unknown": 1},
        {**good, "generationConfig": {"temperature": "hot"}},
        {"contents": [{"role": "user", "parts": [{"words": "Hi"}]}]},
    ):
        assert not validator_of(name).is_valid(wrong)
