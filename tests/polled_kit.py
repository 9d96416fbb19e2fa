"""What holds for every transcription model that uploads, submits a job and looks at it until it is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP as HTTP_POLICY
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_sdk import transcribe
from ai_sdk.errors import AISDKError, APIConnectionError, APITimeoutError, InvalidResponseError, ServerError
from ai_sdk.http import HTTPRequest
from ai_sdk.model import Model
from ai_sdk.polling import Polling, Progress
from ai_sdk.requests import TranscriptionRequest
from ai_sdk.results import TranscriptionResponse, TranscriptionResult
from ai_sdk.testing.scripted_http import Answer, ScriptedHTTP

SPEECH = b"RIFF\x24\x00\x00\x00WAVEfmt "
JUNK = [
    b"",
    b"<html>",
    b"[]",
    b"null",
    b"1",
    b'"queued"',
    b"{}",
    b'{"id": 5, "status": 5}',
    b'{"status": null}',
    b"\xff",
]
Script = dict[str, Any]


@dataclass(frozen=True)
class Polled:
    """A provider with a job in the background.

    ``create`` makes it; ``before`` are the exchanges that lead to the job and their answers, in order; ``status`` is
    the route of a look, ``working`` what it says of a job that is not done, ``done`` of one that is; ``after`` is asked
    in the same look. ``job`` is its id, ``delete`` the route that calls it off, ``key`` the header of the key.
    """

    create: Callable[..., Any]
    model: str
    before: Mapping[str, Any]
    status: str
    working: Any
    done: Any
    job: str
    key: tuple[str, str]
    delete: str
    text: str
    after: Mapping[str, Any]

    def script(self, looks: Sequence[Any], **more: Any) -> Script:
        """The answers of a job whose looks give these."""
        answers = [each if isinstance(each, Answer | Exception) else Answer(each) for each in looks]
        others = {**self.before, **self.after}
        fixed = {route: Answer(each) for route, each in others.items()}
        return {**fixed, self.status: answers, self.delete: Answer(b"", status=202), **more}

    def model_of(self, http: ScriptedHTTP, **settings: Any) -> Any:
        return self.create(api_key="the-key", http=http, **settings).transcription(self.model)

    @property
    def submitted(self) -> list[str]:
        return list(self.before)

    @property
    def fetched(self) -> list[str]:
        return list(self.after)


def form_of(request: HTTPRequest) -> dict[str, tuple[str | None, str | None, bytes]]:
    """The fields of a multipart form: filename, media type and content of each."""
    head = b"Content-Type: " + request.headers["content-type"].encode() + b"\r\n\r\n"
    fields: dict[str, tuple[str | None, str | None, bytes]] = {}
    for part in BytesParser(policy=HTTP_POLICY).parsebytes(head + request.body).iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        kind = part.get_content_type() if part.get_filename() else None
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        fields[name] = (part.get_filename(), kind, content)
    return fields


def request(**fields: Any) -> TranscriptionRequest:
    """A request for the transcript of some speech."""
    values: dict[str, Any] = {"audio": SPEECH, **fields}
    return TranscriptionRequest(**values)


async def ask(model: Model[TranscriptionRequest, TranscriptionResponse], **fields: Any) -> TranscriptionResult:
    return await (await model(request(**fields))).result()


async def nothing_runs() -> None:
    for _ in range(8):
        await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def check_success(polled: Polled) -> None:
    """Three looks, at 1, 2.5 and 4.75 seconds; key and headers of the call on every exchange."""
    http = ScriptedHTTP(polled.script([polled.working, polled.working, polled.done]))
    result = await ask(polled.model_of(http), headers={"x-trace": "7"})
    assert result.text == polled.text
    assert asyncio.get_running_loop().time() == pytest.approx(4.75)
    assert http.routes == [*polled.submitted, polled.status, polled.status, polled.status, *polled.fetched]
    name, value = polled.key
    assert [each.headers[name] for each in http.requests] == [value] * len(http.requests)
    assert {each.headers["x-trace"] for each in http.requests} == {"7"}
    assert result.response.id == polled.job


async def check_polling_of_the_call(polled: Polled) -> None:
    """The call's polling wins over the door's, whose goes before the default; each look is told."""
    seen: list[Progress] = []
    door, call = Polling(interval=7.0), Polling(interval=3.0, factor=1.0)
    http = ScriptedHTTP(polled.script([polled.working, polled.done]))
    await transcribe(polled.model_of(http, polling=door), SPEECH, polling=call, on_progress=seen.append)
    assert asyncio.get_running_loop().time() == 6.0
    assert [(each.job, each.seconds) for each in seen] == [(polled.job, 0.0), (polled.job, 3.0)]
    http = ScriptedHTTP(polled.script([polled.done]))
    await ask(polled.model_of(http, polling=door))
    assert asyncio.get_running_loop().time() == 13.0


async def check_timeout(polled: Polled, *, deletes: bool, **settings: Any) -> None:
    """The limit of the door; the error has the job's id and is not to be retried."""
    http = ScriptedHTTP(polled.script([polled.working]))
    with pytest.raises(APITimeoutError) as caught:
        await ask(polled.model_of(http, polling=Polling(timeout=20), **settings))
    assert (caught.value.limit, caught.value.seconds) == ("polling", 20.0)
    assert caught.value.job == polled.job
    assert not caught.value.retryable
    assert asyncio.get_running_loop().time() == 20.0
    assert http.routes.count(polled.delete) == deletes


async def check_hanging_look(polled: Polled) -> None:
    """A look that does not come back is broken off when the time is over."""
    http = ScriptedHTTP(polled.script([Answer(polled.done, seconds=1000)]))
    with pytest.raises(APITimeoutError) as caught:
        await ask(polled.model_of(http, polling=Polling(timeout=20)))
    assert caught.value.limit == "polling"
    assert asyncio.get_running_loop().time() == 20.0
    await nothing_runs()


async def check_cancellation(polled: Polled, *, deletes: bool, **settings: Any) -> None:
    """While it pauses and while it looks: it passes, the job is called off where that is wanted, nothing is left."""
    loop = asyncio.get_running_loop()
    for looks, at in (([polled.working], 2.0), ([Answer(polled.done, seconds=1000)], 30.0)):
        http = ScriptedHTTP(polled.script(looks))
        task = asyncio.ensure_future(ask(polled.model_of(http, **settings)))
        began = loop.time()
        await asyncio.sleep(at)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert loop.time() == pytest.approx(began + at)
        assert http.routes == [*polled.submitted, polled.status, *[polled.delete] * deletes]
        assert polled.key[1] in http.requests[-1].headers.values()
        assert http.streams == []
        await nothing_runs()


async def check_cancellation_while_calling_off_fails(polled: Polled, **settings: Any) -> None:
    """Calling off may be refused, or hang for two seconds: ``CancelledError`` comes through all the same."""
    loop = asyncio.get_running_loop()
    refused, hanging = Answer({}, status=409), Answer(b"", seconds=1000)
    for answer, takes in ((refused, 0.0), (APIConnectionError("no line"), 0.0), (hanging, 2.0)):
        http = ScriptedHTTP(polled.script([polled.working], **{polled.delete: answer}))
        task = asyncio.ensure_future(ask(polled.model_of(http, **settings)))
        await asyncio.sleep(2.0)
        began = loop.time()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert loop.time() == pytest.approx(began + takes)
        assert http.routes[-1] == polled.delete
        await nothing_runs()


async def check_cancellation_before_the_job(polled: Polled) -> None:
    """A call that is cancelled while it uploads or submits has nothing to call off."""
    for route in polled.submitted:
        slow = Answer(polled.before[route], seconds=1000)
        http = ScriptedHTTP(polled.script([polled.done], **{route: slow}))
        task = asyncio.ensure_future(ask(polled.model_of(http)))
        await asyncio.sleep(5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert http.routes[-1] == route
        await nothing_runs()


async def check_transient(polled: Polled) -> None:
    """Bad statuses, broken lines and garbage in a row are survived; ``retry-after`` is waited for."""
    trouble: list[Any] = [
        Answer({"error": "x"}, status=500),
        Answer({}, status=429, headers={"retry-after": "7"}),
        APIConnectionError("no line"),
        Answer(b"<html>"),
        polled.working,
        Answer(b"", status=503),
    ]
    http = ScriptedHTTP(polled.script([*trouble, polled.done]))
    assert (await ask(polled.model_of(http))).text == polled.text
    assert http.routes.count(polled.status) == 7
    pauses = [1, 1.5, 7, 2.25, 3.375]
    assert asyncio.get_running_loop().time() > sum(pauses)


async def check_too_much_trouble(polled: Polled) -> None:
    """The failure after as many as are allowed is raised, and a 404 at once."""
    http = ScriptedHTTP(polled.script([Answer({}, status=500)]))
    with pytest.raises(ServerError) as caught:
        await ask(polled.model_of(http, polling=Polling(failures=2)))
    assert caught.value.job == polled.job
    assert http.routes.count(polled.status) == 3
    http = ScriptedHTTP(polled.script([Answer({}, status=404)]))
    with pytest.raises(AISDKError):
        await ask(polled.model_of(http))
    assert http.routes.count(polled.status) == 1


async def check_trouble_of_the_last_fetch(polled: Polled) -> None:
    """What is fetched once the job is done is fetched again, without another job."""
    for route in polled.fetched:
        answers = [Answer({}, status=500), Answer({}, status=409), Answer(b"?"), Answer(polled.after[route])]
        http = ScriptedHTTP(polled.script([polled.done], **{route: answers}))
        assert (await ask(polled.model_of(http))).text == polled.text
        assert http.routes.count(route) == 4
        assert http.routes.count(polled.submitted[-1]) == 1


async def check_junk(polled: Polled) -> None:
    """An answer to upload or submission that is none of the API's is ``InvalidResponseError``, and is not looked at."""
    for route in polled.submitted:
        for junk in JUNK:
            http = ScriptedHTTP(polled.script([polled.done], **{route: Answer(junk)}))
            with pytest.raises(InvalidResponseError):
                await ask(polled.model_of(http))
            assert polled.status not in http.routes


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(10**400)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner))


def mutated(value: Any, path: list[int], leaf: Any) -> Any:
    """A copy of JSON in which one value, found along ``path``, is another one."""
    if not path or not isinstance(value, dict | list) or not value:
        return leaf
    if isinstance(value, list):
        items = list(cast("list[Any]", value))
        at = path[0] % len(items)
        items[at] = mutated(items[at], path[1:], leaf)
        return items
    fields = dict(cast("dict[str, Any]", value))
    name = list(fields)[path[0] % len(fields)]
    fields[name] = mutated(fields[name], path[1:], leaf)
    return fields


def check_mutations(decode: Callable[[Any], Any], good: Any) -> None:
    """Whatever one value inside a good answer becomes, decoding gives parts or one of our errors."""

    @settings(max_examples=300, deadline=None, derandomize=True, database=None)
    @given(st.lists(st.integers(0, 30), min_size=1, max_size=8), VALUES)
    def law(path: list[int], leaf: Any) -> None:
        try:
            decode(mutated(good, path, leaf))
        except AISDKError:
            return

    law()
