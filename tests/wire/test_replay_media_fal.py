"""Jobs of fal, Luma and Black Forest Labs, replayed step by step and compared with what their raw JSON says.

Two answers of fal were recorded, by others, with their ids changed: of the queue, and of a transcription. All else was
written by hand from the vendors' documents.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import Any
from urllib.parse import urlsplit

import pytest

from ai_sdk.call import record_call
from ai_sdk.errors import APIError
from ai_sdk.polling import Progress
from ai_sdk.providers.black_forest_labs import create_black_forest_labs
from ai_sdk.providers.fal import create_fal
from ai_sdk.providers.luma import create_luma
from ai_sdk.requests import ImageRequest, SpeechRequest, TranscriptionRequest, VideoRequest
from ai_sdk.results import TranscriptionResult
from ai_sdk.testing import Answer, ScriptedHTTP
from ai_sdk.testing.replay import Exchange, corpus_or_skip, exchanges
from wire.kit import DATA, report

DOORS: dict[str, Any] = {"fal": create_fal, "luma": create_luma, "black_forest_labs": create_black_forest_labs}
PREFIXES = {"fal": "/", "luma": "/dream-machine/v1/generations/", "black_forest_labs": "/v1/"}
FILES = ("image/", "audio/", "video/")


def conversations() -> dict[str, list[Exchange]]:
    """The hand-written exchanges of the three, by conversation."""
    found: defaultdict[str, list[Exchange]] = defaultdict(list)
    for name in DOORS:
        for each in exchanges(name, corpus=DATA):
            found[each.path].append(each)
    return {path: sorted(said, key=lambda each: each.n) for path, said in found.items()}


CONVERSATIONS = conversations()
JOBS = sorted(path for path in CONVERSATIONS if not path.endswith("/error"))


def route(exchange: Exchange) -> str:
    return f"{exchange.method} {exchange.endpoint}"


def scripted(said: list[Exchange]) -> ScriptedHTTP:
    script: defaultdict[str, list[Answer]] = defaultdict(list)
    for each in said:
        script[route(each)].append(Answer(each.body, each.status, each.headers))
    return ScriptedHTTP(script)


def model_and_request(first: Exchange, http: ScriptedHTTP) -> tuple[Any, Any]:
    """The model that the first exchange is of, and a request that means what it says."""
    asked: dict[str, Any] = first.request_json
    door = DOORS[first.provider](api_key="replayed", http=http)
    model_id = asked.get("model") or first.endpoint.removeprefix(PREFIXES[first.provider])
    shared: dict[str, Any] = {name: asked[name] for name in ("aspect_ratio", "resolution") if name in asked}
    size: dict[str, Any] = {"size": f"{asked['width']}x{asked['height']}"} if "width" in asked else {}
    wide: dict[str, Any] = {"aspect_ratio": "16:9"} if asked.get("image_size") == "landscape_16_9" else {}
    prompt = asked.get("prompt", "")
    if first.kind == "image":
        return door.image(model_id), ImageRequest(prompt=prompt, **shared, **size, **wide)
    if first.kind == "speech":
        return door.speech(model_id), SpeechRequest(text=prompt, voice=asked["voice"])
    if first.kind == "video":
        seconds = float(asked["duration"].removesuffix("s"))
        return door.video(model_id), VideoRequest(prompt=prompt, duration=seconds, **shared)
    request = TranscriptionRequest(audio=b"ID3", media_type="audio/mpeg", language=asked["language"])
    return door.transcription(model_id), request


@pytest.mark.parametrize("path", JOBS)
async def test_a_job_goes_as_it_is_documented(path: str) -> None:
    said = CONVERSATIONS[path]
    http = scripted(said)
    model, request = model_and_request(said[0], http)
    answer = await model(request)
    result = await answer.result() if hasattr(answer, "result") else answer
    assert http.routes == [route(each) for each in said]
    assert json.loads(http.requests[0].body) == said[0].request_json
    if said[0].kind == "transcription":
        check_transcript(result, json.loads(said[-1].body))
    else:
        [file] = [result.file] if said[0].kind == "speech" else getattr(result, f"{said[0].kind}s")
        assert (file.data, file.media_type) == (said[-1].body, said[-1].headers["content-type"])
    keyed = [bool({"authorization", "x-key"} & each.headers.keys()) for each in http.requests]
    assert keyed == [not each.headers["content-type"].startswith(FILES) for each in said]
    report(f"{path} (data)", Counter(replayed=len(said)))


@pytest.mark.parametrize("path", sorted(set(CONVERSATIONS) - set(JOBS)))
async def test_an_error_says_what_its_body_says(path: str) -> None:
    [first] = CONVERSATIONS[path]
    model, request = model_and_request(first, scripted([first]))
    with pytest.raises(APIError) as caught:
        await model(request)
    detail = json.loads(first.body)["detail"]
    words = detail if isinstance(detail, str) else detail[0]["msg"]
    assert words in caught.value.message
    assert caught.value.status == first.status


def check_transcript(result: TranscriptionResult, raw: dict[str, Any]) -> None:
    assert result.text == raw["text"]
    chunks = [(each["text"], *each["timestamp"]) for each in raw["chunks"]]
    assert [(each.text, each.start, each.end) for each in result.segments] == chunks
    assert [result.language] == (raw.get("languages") or raw.get("inferred_languages"))


@pytest.mark.corpus
async def test_the_recorded_answers_of_fal_make_a_transcription() -> None:
    recorded = list(exchanges("fal", "transcription", corpus_or_skip()))
    bodies: list[dict[str, Any]] = [json.loads(each.body) for each in recorded]
    queue = next(each for each in bodies if "request_id" in each)
    text = next(each for each in bodies if "text" in each)
    looked, fetched = (f"GET {urlsplit(str(queue[name])).path}" for name in ("status_url", "response_url"))
    script: dict[str, Answer] = {
        "POST /fal-ai/wizper": Answer(queue),
        looked: Answer({"status": "COMPLETED"}),
        fetched: Answer(text),
    }
    http = ScriptedHTTP(script)
    seen: list[Progress] = []
    with record_call(observers=(lambda _, kind, detail: seen.append(detail) if kind == "progress" else None,)):
        model = create_fal(api_key="replayed", http=http).transcription("fal-ai/wizper")
        result = await (await model(TranscriptionRequest(audio=b"RIFF", media_type="audio/wav"))).result()
    assert http.routes == list(script)
    place = f"position {queue['queue_position']} in the queue"
    assert [(each.job, each.status, each.message) for each in seen] == [(queue["request_id"], queue["status"], place)]
    check_transcript(result, text)
    assert result.response.id == queue["request_id"]
    report("fal transcription (corpus)", Counter(replayed=len(recorded)))
    assert len(recorded) >= 2
