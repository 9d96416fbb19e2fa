"""The reader of recordings and the door that replays them."""

from __future__ import annotations

import base64
import gzip
import json
import os
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sdk.ending import Ending
from ai_sdk.errors import ResponseClosedError
from ai_sdk.http import HTTPRequest
from ai_sdk.messages import user
from ai_sdk.providers.openai_compatible import create_openai_compatible
from ai_sdk.requests import LanguageRequest
from ai_sdk.testing.replay import Exchange, Replayer, corpus_or_skip, exchanges

CHUNK = '{"choices":[{"index":0,"delta":{"content":"hé"},"finish_reason":"stop"}]}'
ASK = HTTPRequest("POST", "http://replay.invalid/v1/chat/completions")


def line(resp: list[Any], **more: Any) -> dict[str, Any]:
    return {"id": "a#0", "kind": "chat", "status": 200, "resp": resp, **more}


def written(folder: Path, *lines: dict[str, Any]) -> list[Exchange]:
    text = "".join(json.dumps(each) + "\n" for each in lines)
    (folder / "lab.jsonl").write_text(text, encoding="utf-8")
    return list(exchanges("lab", corpus=folder))


def test_a_line_becomes_an_exchange(tmp_path: Path) -> None:
    (exchange,) = written(
        tmp_path,
        line(
            ["text", "data: é\n\n"],
            method="PUT",
            url="https://lab.example/v1/chat/completions?a=b",
            path="conversation",
            n=3,
            req=["json", {"model": "m"}],
            resp_headers={"X-Request-ID": "7", "Content-Encoding": "gzip"},
            chunk_sizes=[3, 7],
            tags=["stream"],
        ),
    )
    assert exchange == Exchange(
        id="a#0",
        provider="lab",
        kind="chat",
        method="PUT",
        url="https://lab.example/v1/chat/completions?a=b",
        path="conversation",
        n=3,
        request_json={"model": "m"},
        status=200,
        headers={"x-request-id": "7", "content-type": "text/event-stream"},
        body="data: é\n\n".encode(),
        chunk_sizes=(3, 7),
        tags=("stream",),
    )
    assert exchange.endpoint == "/v1/chat/completions"
    assert exchange.streamed


def test_what_is_missing_gets_a_default(tmp_path: Path) -> None:
    (exchange,) = written(tmp_path, line(["none", None], url=None, req=["text", "a=b"]))
    assert (exchange.method, exchange.url, exchange.endpoint, exchange.path, exchange.n) == ("POST", "", "", "a#0", 0)
    assert (exchange.request_json, exchange.body, exchange.streamed) == (None, b"", False)


@pytest.mark.parametrize(
    ("resp", "body", "content_type"),
    [
        (["json", {"a": ["é"]}], '{"a":["é"]}'.encode(), "application/json"),
        (["text", "plain"], b"plain", "text/plain"),
        (["text", ": comment\n\n"], b": comment\n\n", "text/event-stream"),
        (["text", base64.b64encode(b'data: {"a":1}\n\n').decode()], b'data: {"a":1}\n\n', "text/event-stream"),
        (["text", "eyJub3QgYmFzZTY0Ijo="[:-1] + "!"], b"eyJub3QgYmFzZTY0Ijo!", "text/plain"),
        (["b64", base64.b64encode(b"\0\xff").decode()], b"\0\xff", "application/octet-stream"),
        (["chunks", [CHUNK]], f"data: {CHUNK}\n\ndata: [DONE]\n\n".encode(), "text/event-stream"),
        (
            ["chunks", ['{"type":"message_stop"}', "not json"]],
            b'event: message_stop\ndata: {"type":"message_stop"}\n\ndata: not json\n\n',
            "text/event-stream",
        ),
    ],
)
def test_a_body_is_as_on_the_wire(resp: list[Any], body: bytes, content_type: str, tmp_path: Path) -> None:
    (exchange,) = written(tmp_path, line(resp))
    assert exchange.body == body
    assert exchange.headers["content-type"] == content_type


def test_kinds_are_chosen_and_packed_files_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, line(["none", None]))
    (tmp_path / "exchanges").mkdir()
    with gzip.open(tmp_path / "exchanges" / "lab.jsonl.gz", "wt", encoding="utf-8") as file:
        for kind in ("chat", "image", "chat"):
            file.write(json.dumps(line(["none", None], kind=kind)) + "\n")
    monkeypatch.setenv("AI_SDK_CORPUS", str(tmp_path))
    assert [each.kind for each in exchanges("lab")] == ["chat", "image", "chat"]
    assert [each.kind for each in exchanges("lab", "image")] == ["image"]
    assert corpus_or_skip() == tmp_path


def test_a_missing_corpus_skips_or_fails_a_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no lab.jsonl.gz or lab.jsonl in"):
        list(exchanges("lab", corpus=tmp_path))
    monkeypatch.delenv("AI_SDK_REQUIRE_CORPUS", raising=False)
    monkeypatch.setenv("AI_SDK_CORPUS", str(tmp_path / "nothing"))
    with pytest.raises(FileNotFoundError, match="set AI_SDK_CORPUS"):
        list(exchanges("lab"))
    with pytest.raises(pytest.skip.Exception, match="AI_SDK_CORPUS"):
        corpus_or_skip()
    monkeypatch.setenv("AI_SDK_REQUIRE_CORPUS", "1")
    with pytest.raises(pytest.fail.Exception, match="AI_SDK_REQUIRE_CORPUS=1"):
        corpus_or_skip()
    assert os.environ["AI_SDK_CORPUS"]


STREAM = Exchange(
    id="s",
    provider="lab",
    kind="chat",
    headers={"content-type": "text/event-stream"},
    body=f"data: {CHUNK}\n\n".encode(),
)


async def test_send_answers_whole() -> None:
    http = Replayer(Exchange(id="x", provider="lab", kind="chat", status=429, headers={"a": "b"}, body=b"{}"))
    response = await http.send(ASK)
    assert (response.status, response.headers, response.body) == (429, {"a": "b"}, b"{}")
    assert http.requests == [ASK]
    await http.aclose()


async def test_open_answers_in_the_pieces_that_were_asked_for() -> None:
    body = STREAM.body
    assert Replayer(STREAM).pieces == (body,)
    assert Replayer(STREAM, split=[5, 9, 0, 5, 10_000]).pieces == (body[:5], body[5:9], body[9:])
    assert Replayer(STREAM, split=1).pieces == tuple(bytes([byte]) for byte in body)
    http = Replayer(STREAM, split=[4])
    stream = await http.open(ASK)
    pieces = stream.chunks()
    assert await anext(pieces) == body[:4]
    assert await stream.read() == body[4:]
    await pieces.aclose()
    assert http.streams == [stream]


@given(st.lists(st.integers(0, len(STREAM.body))))
def test_the_pieces_make_the_body(split: list[int]) -> None:
    pieces = Replayer(STREAM, split=split).pieces
    assert b"".join(pieces) == STREAM.body
    assert all(pieces)


async def test_recorded_boundaries_are_the_default() -> None:
    exchange = Exchange(id="x", provider="lab", kind="chat", body=b"abcdef", chunk_sizes=(1, 2, 3))
    assert Replayer(exchange).pieces == (b"a", b"bc", b"def")
    assert Replayer(Exchange(id="x", provider="lab", kind="chat")).pieces == ()


async def test_a_released_stream_gives_nothing_more() -> None:
    http = Replayer(STREAM, split=1)
    stream = await http.open(ASK)
    assert repr(stream) == "ReplayedStream(200, open)"
    stream.release(Ending("closed"))
    stream.release(Ending("end"))
    with pytest.raises(ResponseClosedError):
        await stream.read()
    ending = http.streams[0].ending
    assert ending is not None
    assert ending.how == "closed"
    await stream.settle()


async def test_a_model_runs_its_whole_path() -> None:
    http = Replayer(STREAM, split=1)
    model = create_openai_compatible(base_url="http://replay.invalid/v1", http=http)("m")
    result = await (await model(LanguageRequest(messages=(user("hi"),), stream=True))).result()
    assert (result.text, result.finish_reason) == ("hé", "stop")
    (request,) = http.requests
    assert json.loads(request.body)["messages"] == [{"role": "user", "content": "hi"}]
    ending = http.streams[0].ending
    assert ending is not None
    assert ending.how == "end"


def aws_message(payload: bytes) -> bytes:
    lengths = (16 + len(payload)).to_bytes(4, "big") + bytes(4)
    prelude = lengths + crc32(lengths).to_bytes(4, "big") + payload
    return prelude + crc32(prelude).to_bytes(4, "big")


@pytest.mark.parametrize(
    ("resp", "content_type", "streamed"),
    [
        (["text", "data: 1\n\n"], "text/event-stream", True),
        (["text", ": hello\n\n"], "text/event-stream", True),
        (["text", '{"a":1}\n{"a":2}\n'], "application/x-ndjson", True),
        (["text", '{"a":1}\r\n\r\n{"a":2}'], "application/x-ndjson", True),
        (["text", '{"a":1}'], "text/plain", False),
        (["text", '{\n"a":1}'], "text/plain", False),
        (["text", '{"a":1}\nthe end'], "text/plain", False),
        (["json", {"a": 1}], "application/json", False),
        (["b64", base64.b64encode(aws_message(b"{}")).decode()], "application/vnd.amazon.eventstream", True),
        (["b64", base64.b64encode(bytes(range(20))).decode()], "application/octet-stream", False),
        (["none", None], "application/octet-stream", False),
    ],
)
def test_what_is_a_stream(tmp_path: Path, resp: list[Any], content_type: str, streamed: bool) -> None:
    (exchange,) = written(tmp_path, line(resp))
    assert exchange.headers["content-type"] == content_type
    assert exchange.streamed == streamed


@pytest.mark.parametrize(
    ("content_type", "body", "streamed"),
    [
        ("application/x-ndjson; charset=utf-8", b'{"done":true}', True),
        ("application/stream+json", b'{"done":true}', True),
        ("application/x-ndjson", b"", False),
        ("application/vnd.amazon.eventstream", b"\0\0", True),
        ("application/vnd.amazon.eventstream", b'{"message":"no"}', False),
        ("application/json", aws_message(b""), True),
    ],
)
def test_the_content_type_decides_where_the_body_leaves_it_open(content_type: str, body: bytes, streamed: bool) -> None:
    exchange = Exchange(id="a#0", provider="lab", kind="chat", headers={"content-type": content_type}, body=body)
    assert exchange.streamed == streamed
