"""The gateway's own description, as an OpenAPI 3.1 document: what it reads of each body, and how it refuses.

Who may ask for models, because there are no keys or the request had one, finds their names in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["document"]

JSON = dict[str, Any]

_TEXT: JSON = {"type": "string"}
_NUMBER: JSON = {"type": "number"}
_WHOLE: JSON = {"type": "integer"}
_FLAG: JSON = {"type": "boolean"}
_ANY: JSON = {}


def _object(required: tuple[str, ...], **properties: JSON) -> JSON:
    return {"type": "object", "required": list(required), "properties": properties, "additionalProperties": True}


def _list(items: JSON, least: int = 0) -> JSON:
    return {"type": "array", "items": items, "minItems": least}


_MESSAGE = _object(
    ("role",), role={"enum": ["system", "developer", "user", "assistant", "tool", "function"]}, content=_ANY
)
_BODIES: dict[str, tuple[str, JSON]] = {
    "/v1/chat/completions": (
        "Answer a conversation",
        _object(
            ("model", "messages"),
            model=_TEXT,
            messages=_list(_MESSAGE, 1),
            stream=_FLAG,
            temperature=_NUMBER,
            top_p=_NUMBER,
            max_completion_tokens=_WHOLE,
            max_tokens=_WHOLE,
            stop=_ANY,
            seed=_WHOLE,
            tools=_list(_ANY),
            tool_choice=_ANY,
            response_format=_ANY,
            stream_options=_ANY,
        ),
    ),
    "/v1/responses": (
        "Answer, in the shape of Responses; nothing is stored",
        _object(
            ("model", "input"),
            model=_TEXT,
            input=_ANY,
            instructions=_TEXT,
            stream=_FLAG,
            max_output_tokens=_WHOLE,
            temperature=_NUMBER,
            tools=_list(_ANY),
            tool_choice=_ANY,
            text=_ANY,
            reasoning=_ANY,
        ),
    ),
    "/v1/messages": (
        "Answer a conversation, in the shape of Anthropic's messages",
        _object(
            ("model", "messages", "max_tokens"),
            model=_TEXT,
            messages=_list(_object(("role", "content"), role={"enum": ["user", "assistant"]}, content=_ANY), 1),
            max_tokens=_WHOLE,
            system=_ANY,
            stream=_FLAG,
            temperature=_NUMBER,
            tools=_list(_ANY),
            tool_choice=_ANY,
        ),
    ),
    "/v1/embeddings": (
        "Embed texts",
        _object(
            ("model", "input"),
            model=_TEXT,
            input={"oneOf": [_TEXT, _list(_TEXT, 1)]},
            dimensions=_WHOLE,
            encoding_format={"enum": ["float", "base64"]},
        ),
    ),
    "/v1/images/generations": (
        "Make pictures",
        _object(
            ("model", "prompt"),
            model=_TEXT,
            prompt=_TEXT,
            n=_WHOLE,
            size=_TEXT,
            response_format={"enum": ["b64_json", "url"]},
        ),
    ),
    "/v1/audio/speech": (
        "Speak a text",
        _object(
            ("model", "input"),
            model=_TEXT,
            input=_TEXT,
            voice=_ANY,
            response_format=_TEXT,
            instructions=_TEXT,
            speed=_NUMBER,
        ),
    ),
    "/v1/rerank": (
        "Put documents in the order of their relevance",
        _object(
            ("model", "query", "documents"),
            model=_TEXT,
            query=_TEXT,
            documents=_list(_ANY, 1),
            top_n=_WHOLE,
            return_documents=_FLAG,
        ),
    ),
}
_FORM = _object(
    ("model", "file"),
    model=_TEXT,
    file={"type": "string", "format": "binary"},
    language=_TEXT,
    prompt=_TEXT,
    temperature=_NUMBER,
    response_format={"enum": ["json", "text", "verbose_json", "srt", "vtt"]},
)
_REFUSALS = {
    "400": "The request is wrong; the error names the field",
    "401": "The key is missing or not known",
    "403": "The key may not do this",
    "404": "There is no such model here",
    "413": "The body is too large",
    "429": "A limit or a budget of the key is used up; retry-after says when to come back",
    "502": "The provider failed",
    "503": "The provider, or the gateway, cannot answer now",
    "504": "The provider took too long",
}


def _responses(media_type: str) -> JSON:
    error = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
    refusals = {status: {"description": text, **error} for status, text in _REFUSALS.items()}
    return {"200": {"description": "The answer", "content": {media_type: {}}}, **refusals}


def _post(summary: str, media_type: str, schema: JSON) -> JSON:
    body = {"required": True, "content": {media_type: {"schema": schema}}}
    return {"post": {"summary": summary, "requestBody": body, "responses": _responses("application/json")}}


def _get(summary: str, media_type: str = "application/json") -> JSON:
    return {"get": {"summary": summary, "responses": _responses(media_type)}}


_KIND_OF = {
    "/v1/embeddings": "embedding",
    "/v1/images/generations": "image",
    "/v1/audio/speech": "speech",
    "/v1/audio/transcriptions": "transcription",
    "/v1/rerank": "reranking",
}


def _with_names(path: str, schema: JSON, names: Mapping[str, Sequence[str]]) -> JSON:
    known = names.get(_KIND_OF.get(path, "language"))
    if not known:
        return schema
    return {**schema, "properties": {**schema["properties"], "model": {"type": "string", "enum": list(known)}}}


def document(names: Mapping[str, Sequence[str]], *, with_keys: bool) -> JSON:
    """The document. ``names``: the models of each kind, where they may be told; ``with_keys``: it asks for a key."""
    paths = {
        path: _post(summary, "application/json", _with_names(path, schema, names))
        for path, (summary, schema) in _BODIES.items()
    }
    form = _with_names("/v1/audio/transcriptions", _FORM, names)
    paths["/v1/audio/transcriptions"] = _post("Write down what is said", "multipart/form-data", form)
    one = _get("One model")
    one["parameters"] = [{"name": "model", "in": "path", "required": True, "schema": _TEXT}]
    paths |= {
        "/v1/models": _get("The models that may be asked for"),
        "/v1/models/{model}": one,
        "/healthz": _get("Whether the process runs"),
        "/readyz": _get("Whether it takes requests"),
        "/metrics": _get("What it counted, for Prometheus", "text/plain"),
    }
    error = _object(("error",), error=_object(("message", "type"), message=_TEXT, type=_TEXT))
    described: JSON = {
        "openapi": "3.1.0",
        "info": {"title": "ai-sdk gateway", "version": "1"},
        "paths": paths,
        "components": {"schemas": {"Error": error}},
    }
    if with_keys:
        schemes = {"bearer": {"type": "http", "scheme": "bearer"}}
        described["components"]["securitySchemes"] = schemes
        described["security"] = [{"bearer": []}]
    return described
