"""What Ollama does in its own way; shapes as recorded unless a test says otherwise."""

from __future__ import annotations

import json
from typing import Any

import pytest
from provider_kit import ask

from ai_sdk import InvalidRequestError, InvalidResponseError
from ai_sdk._frozen import freeze
from ai_sdk.errors import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    InterruptedStreamError,
    MalformedEventError,
    NotFoundError,
    ServerError,
    TruncatedStreamError,
    UnsupportedError,
)
from ai_sdk.http import HTTP, HTTPRequest, HTTPResponse
from ai_sdk.messages import (
    AssistantMessage,
    FilePart,
    ReasoningPart,
    SystemMessage,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    assistant,
    tool_results,
    user,
)
from ai_sdk.parts import LanguagePart
from ai_sdk.provider import Exchange
from ai_sdk.providers.ollama import create_ollama, ollama
from ai_sdk.providers.ollama._address import address_of
from ai_sdk.providers.ollama._decode import ChatDecoder
from ai_sdk.providers.ollama._pull import PullProgress
from ai_sdk.requests import EmbeddingRequest, JSONFormat, ProviderTool, SpecificTool, ToolDefinition
from ai_sdk.results import LanguageResult, Usage, fold_language
from ai_sdk.testing.replay import Exchange as Recording
from ai_sdk.testing.replay import Replayer

MODEL = "qwen3:4b"
END = {"done": True, "done_reason": "stop", "prompt_eval_count": 9, "eval_count": 2, "total_duration": 5}


def encode(model_id: str = MODEL, **fields: Any) -> tuple[dict[str, Any], list[str]]:
    body, warnings = ollama(model_id).encode(ask(**fields))
    return json.loads(json.dumps(body)), [warning.feature for warning in warnings]


def line(message: dict[str, Any], **more: Any) -> dict[str, Any]:
    said = {"role": "assistant", "content": "", **message}
    return {"model": MODEL, "created_at": "2026-02-02T02:40:00.123456789Z", "message": said, "done": False, **more}


def decoder(first: int = 0) -> ChatDecoder:
    return ChatDecoder(Exchange(ollama.endpoint, MODEL), {}, (), first)


def fold(*lines: Any, reader: ChatDecoder | None = None) -> LanguageResult:
    reader = reader or decoder()
    parts: list[LanguagePart] = [part for each in lines for part in reader.event(json.dumps(each).encode())]
    return fold_language(parts)


def answered(body: Any, status: int = 200) -> Replayer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = freeze({"content-type": "application/json"})
    return Replayer(Recording("made", "ollama", "chat", status=status, headers=headers, body=data))


def lines(*said: Any) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in said)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("", "http://127.0.0.1:11434"),
        ("example.com", "http://example.com:11434"),
        ("example.com:1234", "http://example.com:1234"),
        (":56789", "http://127.0.0.1:56789"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:80", "http://127.0.0.1:80"),
        ("[::]:1234", "http://[::1]:1234"),
        ("[2001:db8::1]", "http://[2001:db8::1]:11434"),
        ("http://example.com", "http://example.com:80"),
        ("https://example.com", "https://example.com:443"),
        ("https://user:word@example.com/ollama/", "https://user:word@example.com:443/ollama"),
        ("http://localhost:11434/api", "http://localhost:11434"),
        ("example.com/path", "http://example.com:11434/path"),
        (' "example.com" ', "http://example.com:11434"),
    ],
)
def test_forms_of_the_host(host: str, expected: str) -> None:
    assert address_of(host) == expected


@pytest.mark.parametrize("host", ["example.com:port", "http://[::1", "example.com:99999"])
def test_a_host_that_is_none(host: str) -> None:
    with pytest.raises(InvalidRequestError, match="base_url"):
        create_ollama(base_url=host)


def test_the_environment_is_looked_at_when_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = create_ollama()
    assert provider.base_url == "http://127.0.0.1:11434"
    monkeypatch.setenv("OLLAMA_HOST", "box:1")
    assert provider.base_url == "http://box:1"
    assert create_ollama(base_url="other").base_url == "http://other:11434"


def test_settings_go_into_options() -> None:
    body, features = encode(
        max_output_tokens=9,
        temperature=0.5,
        top_p=0.9,
        top_k=5,
        presence_penalty=0.1,
        frequency_penalty=0.2,
        stop=("x",),
        seed=1,
        provider_options={
            "ollama": {"num_ctx": 8192, "min_p": 0.1, "keep_alive": "10m", "options": {"brand_new": 1}, "shift": False}
        },
    )
    assert features == []
    assert body.pop("messages")
    assert body == {
        "model": MODEL,
        "stream": False,
        "options": {
            "num_predict": 9,
            "temperature": 0.5,
            "top_p": 0.9,
            "top_k": 5,
            "presence_penalty": 0.1,
            "frequency_penalty": 0.2,
            "stop": ["x"],
            "seed": 1,
            "num_ctx": 8192,
            "min_p": 0.1,
            "brand_new": 1,
        },
        "keep_alive": "10m",
        "shift": False,
    }
    assert "options" not in encode()[0]


@pytest.mark.parametrize(
    ("model_id", "effort", "think", "features"),
    [
        (MODEL, "none", False, []),
        (MODEL, "medium", True, []),
        (MODEL, "high", True, ["reasoning"]),
        ("gpt-oss:20b", "high", "high", []),
        ("library/gpt-oss:20b", "low", "low", []),
        ("gpt-oss:20b", "none", "low", ["reasoning"]),
        ("gpt-oss:20b", "xhigh", "high", ["reasoning"]),
    ],
)
def test_thinking(model_id: str, effort: Any, think: Any, features: list[str]) -> None:
    body, warned = encode(model_id, reasoning=effort)
    assert (body["think"], warned) == (think, features)
    own = {"ollama": {"think": "max"}}
    assert encode(model_id, reasoning=effort, provider_options=own)[0]["think"] == "max"


@pytest.mark.parametrize(("schema", "expected"), [(None, "json"), ({"type": "object"}, {"type": "object"})])
def test_json(schema: Any, expected: Any) -> None:
    assert encode(response_format=JSONFormat(schema=schema))[0]["format"] == expected


def test_tools() -> None:
    tools = (ToolDefinition("add", "Adds."), ToolDefinition("mul"), ProviderTool("groq.browser_search"))
    body, features = encode(tools=tools)
    schema: dict[str, Any] = {"type": "object", "properties": {}}
    assert body["tools"] == [
        {"type": "function", "function": {"name": "add", "description": "Adds.", "parameters": schema}},
        {"type": "function", "function": {"name": "mul", "parameters": schema}},
    ]
    assert features == ["groq.browser_search"]


def test_choices_of_tools() -> None:
    tools = (ToolDefinition("add"), ToolDefinition("mul"))
    assert "tools" not in encode(tools=tools, tool_choice="none")[0]
    assert encode(tools=tools, tool_choice="auto")[1] == []
    assert encode(tools=tools, tool_choice="required")[1] == ["tool_choice"]
    body, features = encode(tools=tools, tool_choice=SpecificTool("mul"))
    assert [tool["function"]["name"] for tool in body["tools"]] == ["mul"]
    assert features == ["tool_choice"]
    with pytest.raises(InvalidRequestError):
        encode(tools=tools, tool_choice=SpecificTool("div"))


def test_messages() -> None:
    said = AssistantMessage((ReasoningPart("hm"), TextPart("Yes"), ToolCallPart("call_0", "add", '{"a": 1}')))
    body, _ = encode(
        messages=(
            SystemMessage("Be kind."),
            user("Look", FilePart(data=b"a", media_type="image/png"), FilePart(data=b"b", media_type="text/plain")),
            said,
            tool_results(ToolResultPart("call_0", "add", {"sum": 1}), ToolResultPart("call_1", "add", "2")),
        )
    )
    assert body["messages"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Look\nb", "images": ["YQ=="]},
        {
            "role": "assistant",
            "content": "Yes",
            "thinking": "hm",
            "tool_calls": [
                {"id": "call_0", "type": "function", "function": {"name": "add", "arguments": {"a": 1}}},
            ],
        },
        {"role": "tool", "tool_name": "add", "tool_call_id": "call_0", "content": '{"sum":1}'},
        {"role": "tool", "tool_name": "add", "tool_call_id": "call_1", "content": "2"},
    ]


def test_less_usual_messages() -> None:
    shown = ToolResultPart("c", "see", (TextPart("Look"), FilePart(data=b"a", media_type="image/png")))
    picture = FilePart(data=b"a", media_type="image/png")
    odd = assistant(
        ToolCallPart("c", "see", "no json"), ToolCallPart("d", "web", "{}", provider_executed=True), picture
    )
    body, features = encode(messages=(user("Hi"), odd, tool_results(shown)))
    assert [call["function"]["arguments"] for call in body["messages"][1]["tool_calls"]] == [{"input": "no json"}]
    assert body["messages"][2]["images"] == ["YQ=="]
    assert features == ["a generated file"]
    assert encode(messages=(user("Hi", ollama={"truncate": 1}),))[0]["messages"][0]["truncate"] == 1


@pytest.mark.parametrize(
    "part",
    [
        FilePart(url="https://a.example/b.png", media_type="image/png"),
        FilePart(data=b"a", media_type="application/pdf"),
    ],
)
def test_files_that_it_does_not_take(part: FilePart) -> None:
    with pytest.raises(UnsupportedError):
        encode(messages=(user(part),))
    with pytest.raises(InvalidRequestError):
        encode(messages=())


def test_a_stream() -> None:
    result = fold(line({"thinking": "h"}), line({"thinking": "m"}), line({"content": "Yes"}), line({}, **END))
    assert (result.text, result.reasoning, result.finish_reason) == ("Yes", "hm", "stop")
    assert result.usage == Usage(9, 2)
    assert result.provider_metadata["ollama"] == {"total_duration": 5}
    assert result.response.model == MODEL
    assert result.response.timestamp == pytest.approx(1770000000.123456)


def test_calls_are_whole_and_older_servers_give_no_ids() -> None:
    old: dict[str, Any] = {"function": {"name": "add", "arguments": {"a": 1}}}
    new: dict[str, Any] = {"id": "call_x", "function": {"index": 1, "name": "mul", "arguments": {}}}
    result = fold(line({"tool_calls": [old]}), line({"tool_calls": [new, old]}), line({}, **END), reader=decoder(3))
    assert result.tool_calls == (
        ToolCallPart("call_3", "add", '{"a":1}'),
        ToolCallPart("call_x", "mul", "{}"),
        ToolCallPart("call_5", "add", '{"a":1}'),
    )
    assert (result.finish_reason, result.raw_finish_reason) == ("tool-calls", "stop")


@pytest.mark.parametrize(
    ("end", "reason", "warned"),
    [
        ({"done": True, "done_reason": "length"}, "length", False),
        ({"done": True, "done_reason": "load"}, "other", False),
        ({"done": True, "done_reason": "unload"}, "other", False),
        ({"done": True}, "other", True),
    ],
)
def test_reasons(end: dict[str, Any], reason: str, warned: bool) -> None:
    result = fold(line({}, **end))
    assert result.finish_reason == reason
    assert bool(result.warnings) is warned
    assert result.usage == Usage()


def test_pictures_and_log_probabilities() -> None:
    """Vendor documents."""
    result = fold(line({"images": ["iVBORw0KGgo="]}, logprobs=[{"token": "a"}]), line({}, **END))
    assert result.files[0].media_type == "image/png"
    assert result.provider_metadata["ollama"]["logprobs"] == (freeze({"token": "a"}),)


@pytest.mark.parametrize(
    "said",
    [
        [],
        1,
        {"message": 1},
        {"message": {"content": 1}},
        {"message": {"tool_calls": [{"function": {"name": ""}}]}},
        {"message": {"tool_calls": {}}},
        {"message": {"images": ["?"]}},
    ],
)
def test_lines_that_cannot_be_understood(said: Any) -> None:
    with pytest.raises(MalformedEventError):
        decoder().event(json.dumps(said).encode())
    with pytest.raises(InvalidResponseError):
        decoder().whole(said)


def test_other_lines_that_cannot_be_understood() -> None:
    with pytest.raises(MalformedEventError):
        decoder().event(b"{")
    with pytest.raises(InvalidResponseError):
        decoder().whole({"model": MODEL})


async def test_a_stream_that_breaks() -> None:
    failed = {"error": "an error was encountered while running the model"}
    for body, kind in ((lines(line({"content": "Ye"}), failed), ServerError), (lines(line({"content": "Ye"})), None)):
        response = await create_ollama(http=answered(body))(MODEL)(ask(stream=True))
        with pytest.raises(kind or TruncatedStreamError) as raised:
            await response.result()
        broken: Any = raised.value
        assert broken.partial.text == "Ye"


async def test_a_line_without_its_end_counts() -> None:
    body = lines(line({"content": "Yes"}), line({}, **END)).rstrip()
    result = await (await create_ollama(http=answered(body))(MODEL)(ask(stream=True))).result()
    assert result.text == "Yes"


async def test_a_model_that_is_not_there() -> None:
    http = answered({"error": "model 'nothing' not found"}, 404)
    with pytest.raises(NotFoundError, match="ollama pull nothing") as raised:
        await create_ollama(http=http)("nothing")(ask())
    assert raised.value.message.startswith("model 'nothing' not found")


class Nobody(HTTP):
    """No server, or one that does not answer."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        raise self.error

    async def open(self, request: HTTPRequest) -> Any:
        raise self.error


async def test_no_server_says_how_to_start_it() -> None:
    refused = APIConnectionError("connection refused")
    refused.sent = False
    provider = create_ollama(http=Nobody(refused))
    for call in (provider(MODEL)(ask()), provider(MODEL)(ask(stream=True)), provider.version(), provider.models()):
        with pytest.raises(APIConnectionError, match="ollama serve") as raised:
            await call
        assert raised.value.sent is False
        assert "connection refused" in raised.value.message
    with pytest.raises(APIConnectionError, match="ollama serve"):
        await anext(provider.pull("llama3.2"))


@pytest.mark.parametrize("error", [APIConnectionError("broke"), APITimeoutError("slow", limit="connect")])
async def test_other_failures_stay_as_they_are(error: APIConnectionError) -> None:
    with pytest.raises(APIConnectionError) as raised:
        await create_ollama(http=Nobody(error))(MODEL)(ask())
    assert raised.value is error


async def test_the_door() -> None:
    http = answered(line({"content": "Yes"}, **END))
    provider = create_ollama(api_key="cloud", base_url="https://ollama.com", http=http)
    assert (await (await provider(MODEL)(ask())).result()).text == "Yes"
    assert http.requests[0].url == "https://ollama.com:443/api/chat"
    assert http.requests[0].headers["authorization"] == "Bearer cloud"
    assert provider.kinds == ("language", "embedding")


async def test_without_a_key() -> None:
    http = answered(line({"content": "Yes"}, **END))
    await create_ollama(http=http)(MODEL)(ask())
    assert "authorization" not in http.requests[0].headers


async def test_embeddings() -> None:
    said = {"model": "m", "embeddings": [[1, 0.5]], "total_duration": 7, "load_duration": 2, "prompt_eval_count": 3}
    http = answered(said)
    options = {"ollama": {"truncate": False, "num_ctx": 512}}
    request = EmbeddingRequest(values=("a",), dimensions=2, provider_options=options)
    result = await create_ollama(http=http).embedding("m")(request)
    assert result.embeddings == ((1.0, 0.5),)
    assert result.usage == Usage(3)
    assert result.provider_metadata["ollama"] == {"total_duration": 7, "load_duration": 2}
    assert json.loads(http.requests[0].body) == {
        "model": "m",
        "input": ["a"],
        "dimensions": 2,
        "options": {"num_ctx": 512},
        "truncate": False,
    }


@pytest.mark.parametrize("body", [{}, [], {"embeddings": []}, {"embeddings": [["x"]]}, {"embeddings": [1]}])
async def test_embeddings_that_are_none(body: Any) -> None:
    model = create_ollama(http=answered(body)).embedding("m")
    with pytest.raises(InvalidResponseError):
        await model(EmbeddingRequest(values=("a",)))
    with pytest.raises(InvalidRequestError):
        await model(EmbeddingRequest(values=()))


async def test_models_show_and_version() -> None:
    listed = {"models": [{"name": MODEL, "modified_at": "2026-02-02T02:40:00Z", "size": 5}, {"size": 1}, 1]}
    (model,) = await create_ollama(http=answered(listed)).models()
    assert (model.id, model.created, model.raw["size"]) == (MODEL, 1770000000.0, 5)
    http = answered({"capabilities": ["tools"]})
    assert (await create_ollama(http=http).show(MODEL))["capabilities"] == ("tools",)
    assert json.loads(http.requests[0].body) == {"model": MODEL}
    assert await create_ollama(http=answered({"version": "0.12.6"})).version() == "0.12.6"
    others: list[Any] = [[], {"models": 1}]
    for body in others:
        with pytest.raises(InvalidResponseError):
            await create_ollama(http=answered(body)).models()


async def test_pull() -> None:
    http = answered(
        lines(
            {"status": "pulling manifest"},
            {"status": "pulling ab", "digest": "sha256:ab", "total": 10},
            {"status": "pulling ab", "digest": "sha256:ab", "total": 10, "completed": 5},
            {"status": "success"},
        )
    )
    progress = [each async for each in create_ollama(http=http).pull("llama3.2", insecure=True)]
    assert progress == [
        PullProgress("pulling manifest"),
        PullProgress("pulling ab", "sha256:ab", None, 10),
        PullProgress("pulling ab", "sha256:ab", 5, 10),
        PullProgress("success"),
    ]
    assert [each.fraction for each in progress] == [None, None, 0.5, None]
    assert json.loads(http.requests[0].body) == {"model": "llama3.2", "stream": True, "insecure": True}
    assert http.streams[0].ending is not None


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"error": "pull model manifest: file does not exist"}, NotFoundError),
        ({"error": "disk full"}, APIError),
        ([], MalformedEventError),
        ({"status": 1}, InterruptedStreamError),
    ],
)
async def test_pulls_that_fail(said: Any, kind: type[Exception]) -> None:
    http = answered(lines({"status": "pulling manifest"}, said).rstrip())
    with pytest.raises(kind):
        async for _ in create_ollama(http=http).pull("llama3.2"):
            pass
    assert http.streams[0].ending is not None


async def test_a_pull_that_is_left_early_releases_its_wire() -> None:
    http = answered(lines({"status": "pulling manifest"}, {"status": "success"}))
    pulling = create_ollama(http=http).pull("llama3.2")
    await anext(pulling)
    await pulling.aclose()
    assert http.streams[0].ending is not None
