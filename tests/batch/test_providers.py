"""The batch APIs of six providers, simulated from the vendors' documents over scripted HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP as HTTP_POLICY
from pathlib import Path
from typing import Any, cast

import pytest

from ai_sdk.batch import RowResult, map_rows
from ai_sdk.batch.jobs import BatchModel
from ai_sdk.errors import APIError
from ai_sdk.http import HTTPRequest
from ai_sdk.polling import Pending, Polling
from ai_sdk.providers.anthropic import create_anthropic
from ai_sdk.providers.google import create_google
from ai_sdk.providers.groq import create_groq
from ai_sdk.providers.mistral import create_mistral
from ai_sdk.providers.openai import create_openai
from ai_sdk.providers.togetherai import create_togetherai
from ai_sdk.requests import EmbeddingRequest
from ai_sdk.results import EmbeddingResult, LanguageResult
from ai_sdk.testing import Answer, ScriptedHTTP

POLLING = Polling(interval=10.0, factor=1.0, timeout=3600.0)
IDS = ("row-0", "row-1", "row-2", "row-3")


def chat(text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    choice: dict[str, Any] = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
    return {"id": "c", "object": "chat.completion", "model": "m", "choices": [choice], "usage": usage}


def responses(text: str) -> dict[str, Any]:
    content: list[dict[str, Any]] = [{"type": "output_text", "text": text, "annotations": []}]
    item: dict[str, Any] = {"type": "message", "id": "msg", "role": "assistant", "status": "completed"}
    usage = {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7}
    said = {"id": "r", "object": "response", "status": "completed", "model": "m", "created_at": 1, "usage": usage}
    return {**said, "output": [{**item, "content": content}]}


def message(text: str) -> dict[str, Any]:
    said: dict[str, Any] = {"id": "m", "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn"}
    return {**said, "content": [{"type": "text", "text": text}], "usage": {"input_tokens": 5, "output_tokens": 2}}


def generated(text: str) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": "STOP"}
    usage = {"promptTokenCount": 5, "candidatesTokenCount": 2, "totalTokenCount": 7}
    return {"candidates": [candidate], "usageMetadata": usage}


def lines(*objects: Any) -> Answer:
    return Answer(b"".join(json.dumps(each).encode() + b"\n" for each in objects))


def file_line(row: str, body: Any, status: int = 200) -> dict[str, Any]:
    response = {"status_code": status, "request_id": f"req-{row}", "body": body}
    return {"id": f"line-{row}", "custom_id": row, "response": response, "error": None}


REFUSED = {"error": {"message": "too long", "type": "invalid_request_error", "code": "context_length_exceeded"}}
EXPIRED = {"custom_id": "row-3", "response": None, "error": {"code": "batch_expired", "message": "not in time"}}


def file_answers(whole: Callable[[str], Any], prefix: str, output: str, errors: str) -> dict[str, Answer]:
    """The files of answers, in no order, and of errors."""
    return {
        f"GET {prefix}/files/{output}/content": lines(file_line("row-1", whole("b")), file_line("row-0", whole("a"))),
        f"GET {prefix}/files/{errors}/content": lines(file_line("row-2", REFUSED, 400), EXPIRED),
    }


@dataclass(frozen=True)
class Door:
    """A provider: its model, its script, and where its job is."""

    make: Callable[[ScriptedHTTP], BatchModel[Any, Any]]
    script: dict[str, Any]
    submit: str
    job: str
    cancel: str
    failed: Any


OPENAI_JOB = {
    "id": "batch_1",
    "object": "batch",
    "status": "in_progress",
    "request_counts": {"total": 4, "completed": 1},
}
OPENAI_DONE = {**OPENAI_JOB, "status": "completed", "output_file_id": "out", "error_file_id": "err"}
OPENAI_FAILED = {
    **OPENAI_JOB,
    "status": "failed",
    "errors": {"data": [{"code": "bad", "message": "line 1 is no JSON"}]},
}


def openai_like(prefix: str, whole: Callable[[str], Any]) -> dict[str, Any]:
    return {
        f"POST {prefix}/files": Answer({"id": "file-1", "object": "file", "purpose": "batch"}),
        f"POST {prefix}/batches": Answer({**OPENAI_JOB, "status": "validating"}),
        f"GET {prefix}/batches/batch_1": [Answer(OPENAI_JOB), Answer(OPENAI_DONE)],
        f"POST {prefix}/batches/batch_1/cancel": Answer({**OPENAI_JOB, "status": "cancelling"}),
        **file_answers(whole, prefix, "out", "err"),
    }


TOGETHER_JOB = {"id": "t-1", "status": "IN_PROGRESS", "progress": 25.0, "endpoint": "/v1/chat/completions"}
MISTRAL_JOB = {"id": "m-1", "object": "batch", "status": "RUNNING", "total_requests": 4, "completed_requests": 1}
ANTHROPIC_JOB = {"id": "msgbatch_1", "type": "message_batch", "processing_status": "in_progress"}
RATE = {"type": "error", "error": {"type": "invalid_request_error", "message": "prompt is too long"}}
ANTHROPIC_LINES = lines(
    {"custom_id": "row-1", "result": {"type": "succeeded", "message": message("b")}},
    {"custom_id": "row-0", "result": {"type": "succeeded", "message": message("a")}},
    {"custom_id": "row-2", "result": {"type": "errored", "error": RATE}},
    {"custom_id": "row-3", "result": {"type": "expired"}},
)
GOOGLE_STATS = {"requestCount": "4", "pendingRequestCount": "3"}
GOOGLE_JOB = {"name": "batches/g1", "metadata": {"state": "BATCH_STATE_RUNNING", "batchStats": GOOGLE_STATS}}
GOOGLE_ANSWERS = [
    {"metadata": {"key": "row-1"}, "response": generated("b")},
    {"metadata": {"key": "row-0"}, "response": generated("a")},
    {"metadata": {"key": "row-2"}, "error": {"code": 3, "message": "too long"}},
]
GOOGLE_DONE = {
    "name": "batches/g1",
    "done": True,
    "metadata": {"state": "BATCH_STATE_SUCCEEDED"},
    "response": {"inlinedResponses": {"inlinedResponses": GOOGLE_ANSWERS}},
}
V1BETA = "/v1beta"

DOORS = {
    "openai": Door(
        lambda http: create_openai(api_key="key", http=http).batch("gpt-5-mini"),
        openai_like("/v1", responses),
        "POST /v1/batches",
        "GET /v1/batches/batch_1",
        "POST /v1/batches/batch_1/cancel",
        OPENAI_FAILED,
    ),
    "openai-chat": Door(
        lambda http: _openai_chat(http),
        openai_like("/v1", chat),
        "POST /v1/batches",
        "GET /v1/batches/batch_1",
        "POST /v1/batches/batch_1/cancel",
        OPENAI_FAILED,
    ),
    "groq": Door(
        lambda http: create_groq(api_key="key", http=http).batch("llama-3.1-8b-instant"),
        openai_like("/openai/v1", chat),
        "POST /openai/v1/batches",
        "GET /openai/v1/batches/batch_1",
        "POST /openai/v1/batches/batch_1/cancel",
        OPENAI_FAILED,
    ),
    "togetherai": Door(
        lambda http: create_togetherai(api_key="key", http=http).batch("meta-llama/Llama-3.3-70B-Instruct-Turbo"),
        {
            "POST /v1/files/upload": Answer({"id": "file-1"}),
            "POST /v1/batches": Answer({"job": {**TOGETHER_JOB, "status": "VALIDATING"}}, status=201),
            "GET /v1/batches/t-1": [
                Answer(TOGETHER_JOB),
                Answer({**TOGETHER_JOB, "status": "COMPLETED", "output_file_id": "out", "error_file_id": "err"}),
            ],
            "POST /v1/batches/t-1/cancel": Answer({**TOGETHER_JOB, "status": "CANCELLED"}),
            **file_answers(chat, "/v1", "out", "err"),
        },
        "POST /v1/batches",
        "GET /v1/batches/t-1",
        "POST /v1/batches/t-1/cancel",
        {**TOGETHER_JOB, "status": "FAILED", "error": "line 1 is no JSON"},
    ),
    "mistral": Door(
        lambda http: create_mistral(api_key="key", http=http).batch("mistral-small-latest"),
        {
            "POST /v1/files": Answer({"id": "file-1"}),
            "POST /v1/batch/jobs": Answer({**MISTRAL_JOB, "status": "QUEUED"}),
            "GET /v1/batch/jobs/m-1": [
                Answer(MISTRAL_JOB),
                Answer({**MISTRAL_JOB, "status": "SUCCESS", "output_file": "out", "error_file": "err"}),
            ],
            "POST /v1/batch/jobs/m-1/cancel": Answer({**MISTRAL_JOB, "status": "CANCELLATION_REQUESTED"}),
            **file_answers(chat, "/v1", "out", "err"),
        },
        "POST /v1/batch/jobs",
        "GET /v1/batch/jobs/m-1",
        "POST /v1/batch/jobs/m-1/cancel",
        {**MISTRAL_JOB, "status": "FAILED", "errors": [{"message": "line 1 is no JSON", "count": 1}]},
    ),
    "anthropic": Door(
        lambda http: create_anthropic(api_key="key", http=http).batch("claude-haiku-4-5"),
        {
            "POST /v1/messages/batches": Answer(ANTHROPIC_JOB),
            "GET /v1/messages/batches/msgbatch_1": [
                Answer({**ANTHROPIC_JOB, "request_counts": {"processing": 3, "succeeded": 1}}),
                Answer({**ANTHROPIC_JOB, "processing_status": "ended"}),
            ],
            "GET /v1/messages/batches/msgbatch_1/results": ANTHROPIC_LINES,
            "POST /v1/messages/batches/msgbatch_1/cancel": Answer({**ANTHROPIC_JOB, "processing_status": "canceling"}),
        },
        "POST /v1/messages/batches",
        "GET /v1/messages/batches/msgbatch_1",
        "POST /v1/messages/batches/msgbatch_1/cancel",
        None,
    ),
    "google": Door(
        lambda http: create_google(api_key="key", http=http).batch("gemini-3-flash"),
        {
            f"POST {V1BETA}/models/gemini-3-flash:batchGenerateContent": Answer(
                {"name": "batches/g1", "metadata": {"state": "BATCH_STATE_PENDING"}}
            ),
            f"GET {V1BETA}/batches/g1": [Answer(GOOGLE_JOB), Answer(GOOGLE_DONE)],
            f"POST {V1BETA}/batches/g1:cancel": Answer({}),
        },
        f"POST {V1BETA}/models/gemini-3-flash:batchGenerateContent",
        f"GET {V1BETA}/batches/g1",
        f"POST {V1BETA}/batches/g1:cancel",
        {
            "name": "batches/g1",
            "done": True,
            "error": {"code": 3, "message": "line 1 is no JSON"},
            "metadata": {"state": "BATCH_STATE_FAILED"},
        },
    ),
}
each_door = pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)


def _openai_chat(http: ScriptedHTTP) -> BatchModel[Any, Any]:
    provider = create_openai(api_key="key", http=http)
    return provider.batch(provider.chat("gpt-5-mini"))


def prompt(row: int) -> str:
    return f"question {row}"


def asked(http: ScriptedHTTP, route: str) -> HTTPRequest:
    return http.requests[http.routes.index(route)]


def uploaded(http: ScriptedHTTP) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """The fields of the form that uploaded a file, and the file's lines."""
    request = next(each for each in http.requests if "multipart" in each.headers.get("content-type", ""))
    head = f"content-type: {request.headers['content-type']}\r\n\r\n".encode()
    form = BytesParser(policy=HTTP_POLICY).parsebytes(head + request.body)
    fields: dict[str, str] = {}
    for part in form.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        fields[name] = cast("bytes", part.get_payload(decode=True)).decode()
    return fields, [json.loads(line) for line in fields.pop("file").splitlines()]


def check(found: Sequence[RowResult[LanguageResult]]) -> None:
    assert [row.value.text for row in found[:2] if row.value] == ["a", "b"]
    assert found[0].usage.input_tokens == 5
    assert found[0].usage.output_tokens == 2
    refused, expired = found[2].error, found[3].error
    assert refused is not None
    assert refused.kind in ("ContextLengthError", "BadRequestError")
    assert "too long" in refused.message
    assert expired is not None
    assert expired.retryable


@each_door
async def test_a_batch_is_submitted_waited_for_and_read(door: Door) -> None:
    http = ScriptedHTTP(door.script)
    check(await map_rows(prompt, range(4), via=door.make(http), polling=POLLING))
    assert http.routes.count(door.submit) == 1
    assert http.routes.count(door.job) == 2
    assert door.cancel not in http.routes
    assert asyncio.get_running_loop().time() == 20.0
    pending = await door.make(ScriptedHTTP(door.script)).look(job_of(door))
    assert isinstance(pending, Pending)
    assert pending.fraction == 0.25


def job_of(door: Door) -> str:
    job = door.job.rpartition("/")[2]
    return f"batches/{job}" if "v1beta" in door.job else job


@each_door
async def test_a_batch_is_resumed_by_its_id(door: Door, tmp_path: Path) -> None:
    never = [door.script[door.job][0]]
    first = ScriptedHTTP({**door.script, door.job: never})
    path = tmp_path / "journal"

    async def dies() -> None:
        await map_rows(prompt, range(4), via=door.make(first), polling=POLLING, journal=path)

    task = asyncio.create_task(dies())
    await asyncio.sleep(15)
    written = path.read_bytes()
    task.cancel()
    await asyncio.wait([task])
    assert first.routes.count(door.cancel) == 1  # a cancellation calls the job off
    path.write_bytes(written)  # as if the process had been killed in place of it
    second = ScriptedHTTP(door.script)
    found = await map_rows(prompt, range(3), via=door.make(second), polling=POLLING, journal=tmp_path / "other")
    assert second.routes.count(door.submit) == 1
    third = ScriptedHTTP(door.script)
    batch = map_rows(prompt, range(4), via=door.make(third), polling=POLLING, journal=path, lookahead=4)
    async with batch as rows:
        first_two = [await anext(rows), await anext(rows)]
    assert [row.value for row in first_two] == [row.value for row in found[:2]]
    assert third.routes[0] == door.job  # looked at before anything is submitted


@each_door
async def test_a_job_that_failed_is_an_error(door: Door) -> None:
    if door.failed is None:
        pytest.skip("message batches do not fail as a whole")
    http = ScriptedHTTP({**door.script, door.job: Answer(door.failed)})
    with pytest.raises(APIError, match="line 1 is no JSON") as raised:
        await map_rows(prompt, range(4), via=door.make(http), polling=POLLING)
    assert raised.value.job == job_of(door)
    assert not raised.value.retryable
    assert door.cancel not in http.routes


@each_door
async def test_the_key_is_in_no_file_and_no_error(door: Door) -> None:
    http = ScriptedHTTP(door.script)
    via = door.make(http)
    found = await map_rows(prompt, range(4), via=via, polling=POLLING)
    sent = b"".join(request.body for request in http.requests)
    assert b'"key"' not in sent.replace(b'"metadata":{"key":', b"")
    assert "key" not in repr(via)
    assert all("key" not in str(row.error) for row in found)


@pytest.mark.parametrize("name", ["openai", "openai-chat", "groq", "togetherai", "mistral"])
async def test_files_have_a_line_for_each_request(name: str) -> None:
    door = DOORS[name]
    http = ScriptedHTTP(door.script)
    await map_rows(prompt, range(4), via=door.make(http), polling=POLLING)
    fields, requests = uploaded(http)
    assert [each["custom_id"] for each in requests] == list(IDS)
    assert all("stream" not in each["body"] for each in requests)
    order = json.loads(asked(http, door.submit).body)
    endpoint = "/v1/responses" if name == "openai" else "/v1/chat/completions"
    assert order["endpoint"] == endpoint
    assert ("file-1" in order.get("input_files", [])) or order["input_file_id"] == "file-1"
    if name in ("togetherai", "mistral"):
        assert all(each.keys() == {"custom_id", "body"} for each in requests)
    else:
        assert {(each["method"], each["url"]) for each in requests} == {("POST", endpoint)}
        assert order["completion_window"] == "24h"
    own = {"togetherai": {"purpose": "batch-api", "file_name": "batch.jsonl", "file_type": "jsonl"}}
    assert fields == own.get(name, {"purpose": "batch"})


async def test_message_batches_carry_the_betas_of_their_requests() -> None:
    http = ScriptedHTTP(DOORS["anthropic"].script)
    via = create_anthropic(api_key="key", headers={"anthropic-beta": "one-2026"}, http=http).batch("claude-haiku-4-5")
    await map_rows(prompt, range(4), via=via, polling=POLLING)
    request = asked(http, "POST /v1/messages/batches")
    assert request.headers["anthropic-beta"] == "one-2026"
    sent = json.loads(request.body)["requests"]
    assert [each["custom_id"] for each in sent] == list(IDS)
    assert sent[0]["params"]["messages"][0]["role"] == "user"
    assert "stream" not in sent[0]["params"]


async def test_gemini_takes_the_requests_in_the_call() -> None:
    door = DOORS["google"]
    http = ScriptedHTTP(door.script)
    await map_rows(prompt, range(4), via=door.make(http), polling=POLLING)
    batch = json.loads(asked(http, door.submit).body)["batch"]
    requests = batch["inputConfig"]["requests"]["requests"]
    assert [each["metadata"]["key"] for each in requests] == list(IDS)
    assert requests[2]["request"]["contents"][0]["parts"][0]["text"] == "question 2"


async def test_gemini_gives_its_answers_in_the_metadata_too() -> None:
    door = DOORS["google"]
    output = {"inlinedResponses": {"inlinedResponses": GOOGLE_ANSWERS}}
    done = {"name": "batches/g1", "metadata": {"state": "BATCH_STATE_SUCCEEDED", "output": output}}
    http = ScriptedHTTP({**door.script, door.job: Answer(done)})
    check(await map_rows(prompt, range(4), via=door.make(http), polling=POLLING))


async def test_embeddings_go_through_the_batch_api() -> None:
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    data = {"object": "list", "model": "e", "data": [{"index": 0, "embedding": [1.0, 2.0]}], "usage": usage}
    script = {**openai_like("/v1", chat), "GET /v1/files/out/content": lines(file_line("row-0", data))}
    http = ScriptedHTTP(script)
    provider = create_openai(api_key="key", http=http)
    via = provider.batch(provider.embedding("text-embedding-3-small"))
    (row,) = await map_rows(lambda text: EmbeddingRequest(values=(text,)), ["a"], via=via, polling=POLLING)
    assert isinstance(row.value, EmbeddingResult)
    assert row.value.embeddings == ((1.0, 2.0),)
    assert json.loads(asked(http, "POST /v1/batches").body)["endpoint"] == "/v1/embeddings"
