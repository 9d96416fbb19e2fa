"""Predictions of Replicate, replayed through the whole path and compared with what their raw JSON says.

The recordings of one prediction, which may stand in several conversations, are put together: the request that made it,
the looks at it in their order, its events, its cancelling. A server answers with them; where the recording ends before
the prediction does, it repeats the last answer, and the call must end by its time limit.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, cast
from urllib.parse import urlsplit

import pytest

from ai_sdk.call import record_call
from ai_sdk.errors import APITimeoutError, AuthenticationError, BadRequestError, NotFoundError, ServerError
from ai_sdk.http import HTTPRequest, HTTPStream
from ai_sdk.messages import user
from ai_sdk.polling import Polling, Progress
from ai_sdk.providers.replicate import Replicate, create_replicate
from ai_sdk.requests import ImageRequest, LanguageRequest, VideoRequest
from ai_sdk.testing import Answer, ScriptedHTTP
from ai_sdk.testing.replay import Exchange, ReplayedStream, exchanges
from wire.kit import folder_of, report, sources
from wire.test_definitions import told

PNG = b"\x89PNG\r\n\x1a\n"
LEAST = {
    "corpus": {"predictions": 21, "recordings": 115, "finished": 12, "streams": 1, "over time": 9},
    "data": {"predictions": 5, "recordings": 12, "finished": 4, "streams": 1, "over time": 1},
}
_MODEL = re.compile(r"/v1/models(/[^/]+/[^/]+)?")
_LONG = re.compile(r"[A-Za-z0-9]{24,}")
SCHEMAS = {True: "schemas_version_prediction_request", False: "schemas_prediction_request"}


@dataclass
class Story:
    """The recordings of one prediction."""

    made: Exchange
    looks: list[Exchange] = field(default_factory=list[Exchange])
    cancel: Exchange | None = None
    events: Exchange | None = None

    @property
    def all(self) -> list[Exchange]:
        return [self.made, *self.looks, *[each for each in (self.cancel, self.events) if each]]

    @property
    def said(self) -> dict[str, Any]:
        """What the recording says that ends it, or else the last one."""
        seen = [body_of(each) for each in self.looks or [self.made]]
        return next((each for each in seen if each["status"] == "succeeded"), seen[-1])


def body_of(exchange: Exchange) -> dict[str, Any]:
    said = json.loads(exchange.body)
    return cast("dict[str, Any]", said) if isinstance(said, dict) else {}


@cache
def known(source: str) -> tuple[Exchange, ...]:
    return tuple(exchanges("replicate", None, folder_of(source)))


def stream_of(made: dict[str, Any]) -> str:
    return str(made["urls"].get("stream", ""))


def stories(source: str) -> tuple[list[Story], Counter[str]]:
    """The predictions, and which recordings are of something else."""
    found: dict[str, Story] = {}
    others: Counter[str] = Counter()
    rest: list[Exchange] = []
    for each in known(source):
        if each.method == "POST" and each.endpoint.endswith("/predictions") and each.status < 300:
            found[body_of(each)["id"]] = Story(each)
        else:
            rest.append(each)
    streams = {urlsplit(stream_of(body_of(each.made))).path: each for each in found.values()}
    for each in rest:
        parts = each.endpoint.split("/")
        story = found.get(parts[3]) if parts[2:3] == ["predictions"] and len(parts) > 3 else None
        if story is not None and each.method == "GET":
            story.looks.append(each)
        elif story is not None:
            story.cancel = each
        elif each.endpoint in streams and each.method == "GET":
            streams[each.endpoint].events = each
        else:
            others[f"{each.method} {_LONG.sub('id', each.endpoint)} {each.status}"] += 1
    return list(found.values()), others


def answer_of(exchange: Exchange) -> Answer:
    return Answer(exchange.body, exchange.status, exchange.headers)


class Server(ScriptedHTTP):
    """A script in which one URL is not there."""

    def __init__(self, script: dict[str, Any], lacking: str | None) -> None:
        super().__init__(script)
        self._lacking = lacking

    async def open(self, request: HTTPRequest) -> HTTPStream:
        if request.url == self._lacking:
            return ReplayedStream(404, {}, ())
        return await super().open(request)


def server_of(story: Story) -> ScriptedHTTP:
    """A server that tells a story; every file that it names is there."""
    made = body_of(story.made)
    look = f"GET /v1/predictions/{made['id']}"
    script: dict[str, Any] = {
        f"POST {story.made.endpoint}": answer_of(story.made),
        look: [answer_of(each) for each in story.looks] or [answer_of(story.made)],
        f"POST /v1/predictions/{made['id']}/cancel": answer_of(story.cancel) if story.cancel else Answer({}, 404),
    }
    if story.events:
        script[f"GET {story.events.endpoint}"] = answer_of(story.events)
    for url in files_of(story.said.get("output")):
        script[f"GET {urlsplit(url).path}"] = Answer(PNG + url.encode())
    return Server(script, None if story.events else made["urls"].get("stream"))


def files_of(output: Any) -> list[str]:
    listed = cast("list[Any]", output if isinstance(output, list) else [output])
    return [each for each in listed if isinstance(each, str) and each.startswith("https://")]


def is_text(story: Story) -> bool:
    return "llama" in story.made.endpoint or "stream" in body_of(story.made)["urls"]


def model_of(story: Story) -> str:
    sent = story.made.request_json
    if "version" in sent:
        return str(sent["version"])
    return "/".join(story.made.endpoint.split("/")[3:5])


def call_of(story: Story, door: Replicate) -> tuple[Any, Any]:
    """The model and the request that the recorded one asks for."""
    sent = story.made.request_json
    inputs = {name: each for name, each in sent["input"].items() if name != "prompt"}
    options = {"replicate": {**inputs, "wait": bool(body_of(story.made).get("output")) or story.made.status == 202}}
    prompt = sent["input"]["prompt"]
    if is_text(story):
        request = LanguageRequest(messages=(user(prompt),), stream=sent.get("stream", False), provider_options=options)
        return door.language(model_of(story)), request
    if any(each.endswith(".mp4") for each in files_of(story.said.get("output"))):
        return door.video(model_of(story)), VideoRequest(prompt=prompt, provider_options=options)
    return door.image(model_of(story)), ImageRequest(prompt=prompt, provider_options=options)


def text_said(story: Story) -> str:
    """The text of the events, or of the last answer."""
    if story.events is None:
        return "".join(story.said["output"])
    blocks = story.events.body.decode().split("\n\n")
    outputs = [block.split("\n") for block in blocks if block.startswith("event: output")]
    return "".join("\n".join(line[6:] for line in lines if line.startswith("data: ")) for lines in outputs)


def fraction_said(exchange: Exchange) -> float | None:
    bars = re.findall(r"(\d+)%\|", body_of(exchange).get("logs") or "")
    return int(bars[-1]) / 100 if bars else None


async def check(story: Story, counts: Counter[str]) -> None:
    """Replay one story and compare."""
    http = server_of(story)
    door = create_replicate(api_key="replayed", http=http, polling=Polling(interval=1, factor=1, timeout=200))
    model, request = call_of(story, door)
    made, last = body_of(story.made), story.said
    progress: list[Progress] = []

    def observe(_record: Any, kind: str, detail: Any) -> None:
        if kind == "progress":
            progress.append(detail)

    over = last["status"] == "succeeded" or bool(last.get("output"))
    with record_call(observers=(observe,)):
        if not over and story.events is None:
            counts["over time"] += 1
            with pytest.raises(APITimeoutError, match=f"still '{last['status']}'") as caught:
                await model(request)
            assert caught.value.job == made["id"]
            assert http.routes[-1].endswith("/cancel")
        else:
            counts["finished"] += 1
            counts["streams"] += story.events is not None
            await check_result(story, model, request, http)
    assert json.loads(http.requests[0].body) == story.made.request_json
    assert_defined(story.made.request_json)
    seen = [story.made, *story.looks]
    waited = [each for each in seen if body_of(each)["status"] in ("starting", "processing")]
    if story.looks and story.events is None:
        assert [each.fraction for each in progress] == [fraction_said(each) for each in waited]
        assert [each.status for each in progress] == [body_of(each)["status"] for each in waited]


async def check_result(story: Story, model: Any, request: Any, http: ScriptedHTTP) -> None:
    last, response = story.said, await model(request)
    if is_text(story):
        result = await response.result()
        assert result.text == text_said(story)
        assert result.finish_reason == "stop"
    else:
        result = response
        files = files_of(last["output"])
        made = result.videos if isinstance(request, VideoRequest) else result.images
        assert [each.data for each in made] == [PNG + url.encode() for url in files]
        assert [each.url for each in http.requests if each.url in files] == files
    assert (result.response.id, result.response.model) == (last["id"], last.get("model"))
    metadata = result.provider_metadata["replicate"]
    assert metadata["version"] == last["version"]
    assert metadata.get("metrics") == last.get("metrics")
    metrics = cast("dict[str, Any]", last.get("metrics") or {})
    assert result.usage.output_tokens == metrics.get("output_token_count")
    looks = [each for each in http.routes if each.startswith("GET /v1/predictions/")]
    over = [at for at, each in enumerate(story.looks, 1) if body_of(each)["status"] == "succeeded"]
    assert len(looks) == (over[0] if over else int(story.events is not None))
    away = [each for each in http.requests if urlsplit(each.url).netloc != "api.replicate.com"]
    assert all("authorization" not in each.headers for each in away)


@cache
def validator_of(schema: str) -> Any:
    """A validator of the vendor's definition of a request; None where there are no definitions."""
    import gzip

    from ai_sdk.testing.replay import corpus_folder

    folder = corpus_folder()
    packed = folder / "specs" / "replicate.openapi.json.gz" if folder else None
    if packed is None or not packed.exists():
        return None
    jsonschema: Any = pytest.importorskip("jsonschema")
    document = json.loads(gzip.decompress(packed.read_bytes()))
    root = {"$ref": f"#/components/schemas/{schema}", "components": {"schemas": document["components"]["schemas"]}}
    return jsonschema.Draft202012Validator(root)


def assert_defined(body: dict[str, Any]) -> None:
    validator = validator_of(SCHEMAS["version" in body])
    errors = list(validator.iter_errors(body)) if validator else []
    assert not errors, told(errors)


@sources
async def test_predictions(source: str) -> None:
    found, others = stories(source)
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for story in found:
        counts["predictions"] += 1
        counts["recordings"] += len(story.all)
        try:
            await check(story, counts)
        except Exception as error:  # noqa: BLE001 - all are told
            wrong.append(f"{story.made.id}: {error!r}")
    report(f"replicate predictions ({source})", counts)
    report(f"replicate: of something else ({source})", others)
    assert not wrong, f"{len(wrong)} of {len(found)}:\n" + "\n".join(wrong[:20])
    assert all(counts[name] >= least for name, least in LEAST[source].items()), counts


@sources
async def test_cancelled_predictions(source: str) -> None:
    """What the cancelling answered, seen as a look at the prediction, is the failure of a job."""
    cancelled = [each for each in stories(source)[0] if each.cancel]
    assert cancelled
    for story in cancelled:
        assert story.cancel is not None
        http = server_of(Story(story.made, [story.cancel]))
        model, request = call_of(story, create_replicate(api_key="replayed", http=http))
        with pytest.raises(ServerError, match="was canceled") as caught:
            await model(request)
        assert (caught.value.job, caught.value.retryable) == (body_of(story.cancel)["id"], False)
        patient = create_replicate(api_key="replayed", http=(http := server_of(story)))
        model, request = call_of(story, patient)
        task = asyncio.ensure_future(model(request))
        await asyncio.sleep(2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert http.routes[-1] == f"POST {story.cancel.endpoint}"
        assert http.requests[-1].body == b""


ERRORS: dict[int, type[Exception]] = {401: AuthenticationError, 404: NotFoundError, 422: BadRequestError}


@sources
async def test_errors(source: str) -> None:
    """All bad answers of the API, also those to requests that we do not make, read as errors."""
    bad = [each for each in known(source) if each.status >= 400]
    assert len(bad) >= (2 if source == "corpus" else 1)
    for each in bad:
        http = ScriptedHTTP({"POST /v1/models/acme/fox/predictions": answer_of(each)})
        with pytest.raises(ERRORS[each.status]) as caught:
            await create_replicate(api_key="replayed", http=http).image("acme/fox")(ImageRequest(prompt="a fox"))
        assert body_of(each)["detail"].strip() == getattr(caught.value, "message")  # noqa: B009 - of any error
        assert getattr(caught.value, "status") == each.status  # noqa: B009


@pytest.mark.corpus
async def test_recorded_models_are_listed() -> None:
    """Single models, which we do not ask for, put into a page of them."""
    found = [body_of(each) for each in known("corpus") if _MODEL.fullmatch(each.endpoint) and each.status < 300]
    assert len(found) >= 9
    http = ScriptedHTTP({"GET /v1/models": Answer({"next": None, "results": found})})
    listed = await create_replicate(api_key="replayed", http=http).models()
    assert [each.id for each in listed] == [f"{each['owner']}/{each['name']}" for each in found]
    moments = [each["latest_version"] and each["latest_version"]["created_at"] for each in found]
    expected = [datetime.fromisoformat(each).timestamp() if each else None for each in moments]
    assert [each.created for each in listed] == expected


async def test_the_definitions_refuse_what_is_wrong() -> None:
    if validator_of(SCHEMAS[False]) is None:
        pytest.skip("there are no definitions")
    wrongs: list[dict[str, Any]] = [{}, {"input": "a fox"}, {"input": {}, "prefer": "wait"}]
    for wrong in wrongs:
        with pytest.raises(AssertionError):
            assert_defined(wrong)
