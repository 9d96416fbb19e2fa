"""Embeddings, pictures, speech, transcripts and rankings, in the shapes of the OpenAI and Cohere wires."""

from __future__ import annotations

import base64
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from ai_sdk.call import entered
from ai_sdk.embed import embed_many
from ai_sdk.image import generate_image
from ai_sdk.messages import FilePart
from ai_sdk.parts import AudioDelta
from ai_sdk.requests import SpeechRequest
from ai_sdk.rerank import rerank
from ai_sdk.server._asgi import until_left
from ai_sdk.server._failures import Refused
from ai_sdk.server._forms import form_of
from ai_sdk.server._transcripts import transcript_as
from ai_sdk.transcribe import transcribe

if TYPE_CHECKING:
    from ai_sdk.results import SpeechResponse, Usage
    from ai_sdk.server._asgi import Exchange
    from ai_sdk.server._calls import Call

__all__ = ["KINDS", "Kind", "answer"]

JSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """What is served at a path: the kind of model, how the body is read, and what answers it."""

    name: str
    route: str
    read: Callable[[Exchange], Awaitable[JSON]]
    run: Callable[[Call, Any, JSON], Awaitable[None]]


async def answer(kind: Kind, call: Call, body: JSON) -> None:
    """Answer one request."""
    async with until_left(call.exchange):
        with entered(call.record):
            await kind.run(call, call.served.model_for(call.key), body)


def _options(call: Call, body: JSON, *known: str) -> JSON:
    """The settings that every request has: unknown fields are the provider's own."""
    rest = {name: value for name, value in body.items() if name not in ("model", *known) and value is not None}
    options = call.layer_options()
    return {
        **({"provider_options": {call.served.provider: rest}} if rest else {}),
        **({"layer_options": options} if options else {}),
    }


def _typed(body: Mapping[str, Any], name: str, kind: type[Any] | tuple[type[Any], ...], allowed: str) -> Any:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, kind):
        raise Refused(400, f"{name} is a {type(value).__name__}; allowed is {allowed}", param=name)
    return value


def _optional(body: Mapping[str, Any], name: str, kind: type[Any] | tuple[type[Any], ...], allowed: str) -> Any:
    return None if body.get(name) is None else _typed(body, name, kind, allowed)


def _choice(body: Mapping[str, Any], name: str, allowed: tuple[str, ...]) -> str:
    """One of some words, of which the first is what counts without any."""
    value = body.get(name)
    if value is None:
        return allowed[0]
    if value not in allowed:
        raise Refused(400, f"{name} is {str(value)[:40]!r}; allowed are {', '.join(allowed)}", param=name)
    return str(value)


async def _json(exchange: Exchange) -> JSON:
    return await exchange.json()


async def _embed(call: Call, model: Any, body: JSON) -> None:
    given = body.get("input")
    texts: Any = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not texts or not all(isinstance(each, str) for each in cast("list[Any]", texts)):
        raise Refused(400, "input must be a text or a list of texts; tokens are not taken", param="input")
    encoded = _choice(body, "encoding_format", ("float", "base64")) == "base64"
    dimensions = _optional(body, "dimensions", int, "a whole number")
    settings = _options(call, body, "input", "encoding_format", "dimensions")
    result = await embed_many(model, cast("list[str]", texts), dimensions=dimensions, **settings)
    call.arrived()
    data = [
        {"object": "embedding", "index": at, "embedding": _base64(vector) if encoded else vector}
        for at, vector in enumerate(result.embeddings)
    ]
    used = result.usage.input_tokens or 0
    usage = {"prompt_tokens": used, "total_tokens": used}
    await call.exchange.answer_json({"object": "list", "data": data, "model": call.served.name, "usage": usage})


def _base64(vector: tuple[float, ...]) -> str:
    """Little-endian floats of 32 bits."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode("ascii")


async def _image(call: Call, model: Any, body: JSON) -> None:
    prompt = _typed(body, "prompt", str, "a text")
    n = _optional(body, "n", int, "a whole number")
    if n is not None and not 1 <= n <= 10:
        raise Refused(400, f"n is {n}; allowed is 1 to 10", param="n")
    size = _optional(body, "size", str, "a text such as 1024x1024")
    as_url = _choice(body, "response_format", ("b64_json", "url")) == "url"
    settings = _options(call, body, "prompt", "n", "size", "response_format")
    result = await generate_image(model, prompt, n=n or 1, size=None if size == "auto" else size, **settings)
    call.arrived()
    data: list[JSON] = []
    for image in result.images:
        encoded = base64.b64encode(image.data).decode("ascii")
        data.append({"url": f"data:{image.media_type};base64,{encoded}"} if as_url else {"b64_json": encoded})
    usage = _token_usage(result.usage)
    await call.exchange.answer_json({"created": 0, "data": data, **({"usage": usage} if usage else {})})


def _token_usage(usage: Usage) -> JSON | None:
    if usage.input_tokens is None and usage.output_tokens is None:
        return None
    return {
        "input_tokens": usage.input_tokens or 0,
        "output_tokens": usage.output_tokens or 0,
        "total_tokens": usage.total_tokens or 0,
    }


async def _speak(call: Call, model: Any, body: JSON) -> None:
    voice = body.get("voice")
    if isinstance(voice, dict):
        voice = cast("JSON", voice).get("id")
    _choice(body, "stream_format", ("audio",))
    request = SpeechRequest(
        text=_typed(body, "input", str, "a text"),
        voice=cast("str | None", voice),
        output_format=_optional(body, "response_format", str, "a text such as mp3"),
        instructions=_optional(body, "instructions", str, "a text"),
        speed=_optional(body, "speed", (int, float), "a number"),
        stream=True,
        **_options(call, body, "input", "voice", "response_format", "instructions", "speed", "stream_format"),
    )
    if not request.text.strip():
        raise Refused(400, "input is empty: there is nothing to say", param="input")
    response: SpeechResponse = await model(request)
    async with response:
        call.arrived()
        async for part in response:
            if isinstance(part, AudioDelta):
                if not call.exchange.started:
                    await call.exchange.start(200, part.media_type)
                await call.exchange.write(part.data)
        if not call.exchange.started:
            raise Refused(502, "the model gave no audio", code="provider_error")
        await call.exchange.write(b"", more=False)


async def _transcribe(call: Call, model: Any, body: JSON) -> None:
    file = body.get("file")
    if not isinstance(file, tuple):
        raise Refused(400, "file is missing; send it as multipart/form-data", param="file")
    name, media_type, data = cast("tuple[str, str, bytes]", file)
    shape = _choice(body, "response_format", ("json", "text", "verbose_json", "srt", "vtt"))
    if body.get("stream") in ("true", "True", "1"):
        raise Refused(400, "stream: this gateway gives whole transcripts", param="stream")
    temperature = body.get("temperature")
    try:
        warmth = None if temperature is None else float(temperature)
    except ValueError as error:
        raise Refused(400, "temperature is not a number", param="temperature") from error
    known = ("file", "response_format", "stream", "language", "prompt", "temperature")
    result = await transcribe(
        model,
        FilePart(data=data, media_type=media_type or "application/octet-stream", filename=name or None),
        language=body.get("language"),
        prompt=body.get("prompt"),
        temperature=warmth,
        **_options(call, body, *known),
    )
    call.arrived()
    content_type, answer = transcript_as(shape, result)
    await call.exchange.answer(200, answer, content_type)


async def _rerank(call: Call, model: Any, body: JSON) -> None:
    query = _typed(body, "query", str, "a text")
    documents = _typed(body, "documents", list, "a list of texts or objects")
    for at, each in enumerate(documents):
        if not isinstance(each, str | dict):
            raise Refused(400, f"documents[{at}] is a {type(each).__name__}; allowed are texts and objects")
    top_n = _optional(body, "top_n", int, "a whole number")
    with_documents = body.get("return_documents") is True
    settings = _options(call, body, "query", "documents", "top_n", "return_documents")
    result = await rerank(model, query, documents, top_n=top_n, **settings)
    call.arrived()
    results: list[JSON] = []
    for each in result.ranking:
        document = {"text": each.document} if isinstance(each.document, str) else each.document
        shown = {"document": document} if with_documents else {}
        results.append({"index": each.index, "relevance_score": each.score, **shown})
    usage = {"total_tokens": result.usage.total_tokens} if result.usage.total_tokens is not None else {}
    answer = {"id": call.exchange.request_id, "model": call.served.name, "results": results, "usage": usage}
    await call.exchange.answer_json(answer)


KINDS = {
    "/v1/embeddings": Kind("embedding", "embeddings", _json, _embed),
    "/v1/images/generations": Kind("image", "images", _json, _image),
    "/v1/audio/speech": Kind("speech", "speech", _json, _speak),
    "/v1/audio/transcriptions": Kind("transcription", "transcriptions", form_of, _transcribe),
    "/v1/rerank": Kind("reranking", "rerank", _json, _rerank),
    "/v2/rerank": Kind("reranking", "rerank", _json, _rerank),
}
