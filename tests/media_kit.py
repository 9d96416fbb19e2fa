"""What the tests of pictures, sound and film share: bodies encoded, forms read, answers scripted."""

from __future__ import annotations

from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from ai_sdk.http import HTTPRequest
from ai_sdk.requests import ImageRequest, SpeechRequest, TranscriptionRequest
from ai_sdk.testing import Answer, ScriptedHTTP

__all__ = ["MP3", "PICTURE", "PNG", "SSE", "ask", "each_of", "encoded", "form", "heard", "painted", "served", "spoken"]

PICTURE = b"\x89PNG\r\n\x1a\n0000"
PNG = "iVBORw0KGgowMDAw"
MP3 = b"ID3\x04sound"
SSE = {"content-type": "text/event-stream"}


def each_of(*each: Any) -> tuple[Any, ...]:
    """Things of any types, to be tried one after the other."""
    return each


def served(route: str, answer: Any, **routes: Any) -> ScriptedHTTP:
    """A door that knows one route, and others."""
    return ScriptedHTTP({route: answer if isinstance(answer, Answer) else Answer(answer), **routes})


def encoded(model: Any, request: Any) -> tuple[Any, list[str]]:
    """The body or the fields of a request, and the features that were lost."""
    body, warnings = model.encode(request)
    return body, [each.feature for each in warnings]


def ask(kind: type[Any], options: dict[str, Any] | None = None, provider: str = "", **fields: Any) -> Any:
    """A request with options of a provider."""
    return kind(**fields, provider_options={provider: options} if options is not None else {})


async def painted(model: Any, **fields: Any) -> Any:
    """The result of an image model."""
    values: dict[str, Any] = {"prompt": "a cat", **fields}
    return await model(ImageRequest(**values))


async def spoken(model: Any, **fields: Any) -> Any:
    """The result of a speech model."""
    values: dict[str, Any] = {"text": "Hello", **fields}
    return await (await model(SpeechRequest(**values))).result()


async def heard(model: Any, **fields: Any) -> Any:
    """The result of a transcription model."""
    values: dict[str, Any] = {"audio": b"RIFF", **fields}
    return await (await model(TranscriptionRequest(**values))).result()


def form(request: HTTPRequest) -> list[tuple[str, str | None, bytes]]:
    """The fields of a multipart form in order: name, filename, content."""
    head = b"Content-Type: " + request.headers["content-type"].encode() + b"\r\n\r\n"
    found: list[tuple[str, str | None, bytes]] = []
    for part in BytesParser(policy=HTTP).parsebytes(head + bytes(request.body)).iter_parts():
        content: Any = part.get_payload(decode=True)
        name = str(part.get_param("name", header="content-disposition"))
        found.append((name, part.get_filename(), bytes(content)))
    return found
