"""Amazon Bedrock: the door, regions and addresses, errors, and the whole way of a call."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from provider_kit import Reply, ask, serve
from wire.framings import Block, joined

from ai_sdk import generate_object, generate_text
from ai_sdk._frozen import freeze
from ai_sdk.errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ContextLengthError,
    InvalidRequestError,
    InvalidResponseError,
    NotFoundError,
    OverloadedError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
    TruncatedStreamError,
    UnsupportedError,
)
from ai_sdk.parts import TextDelta
from ai_sdk.providers.amazon_bedrock import AmazonBedrock, AWSCredentials, amazon_bedrock, create_amazon_bedrock
from ai_sdk.providers.amazon_bedrock._place import Place
from ai_sdk.testing.replay import Exchange, Replayer

ARN = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/ab12"
SAID = {
    "output": {"message": {"role": "assistant", "content": [{"text": "Hello."}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5},
}


def http(body: Any = None, status: int = 200, **headers: str) -> Replayer:
    data = body if isinstance(body, bytes) else json.dumps(SAID if body is None else body).encode()
    said = {"content-type": "application/json", **{name.replace("_", "-"): each for name, each in headers.items()}}
    return Replayer(Exchange("x", "amazon_bedrock", "chat", status=status, headers=freeze(said), body=data))


def door(answer: Replayer | None = None, **more: Any) -> AmazonBedrock:
    settings: dict[str, Any] = {"api_key": "the-key", "region": "us-east-1", "http": answer or http(), **more}
    return create_amazon_bedrock(**settings)


def message(name: str, payload: Any, kind: str = "event") -> bytes:
    """One message of an AWS event stream."""
    headers = b""
    for key, value in ((f":{kind}-type", name), (":message-type", kind)):
        headers += bytes([len(key)]) + key.encode() + b"\x07" + len(value).to_bytes(2, "big") + value.encode()
    return joined(Block(b"", b"", b"", name, headers), json.dumps(payload).encode())


TEXT = message("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hello."}})
END = message("messageStop", {"stopReason": "end_turn"}) + message("metadata", {"usage": SAID["usage"]})


def test_the_door_says_what_it_has() -> None:
    assert amazon_bedrock.name == "amazon_bedrock"
    assert amazon_bedrock.kinds == ("language", "embedding", "image", "reranking", "video")
    assert repr(amazon_bedrock("m")) == 'amazon_bedrock("m")'
    assert amazon_bedrock.key_env == ("AWS_BEARER_TOKEN_BEDROCK",)
    assert amazon_bedrock.base_url == "https://bedrock-runtime.{region}.{domain}"
    with pytest.raises(UnsupportedError):
        amazon_bedrock.speech("m")
    with pytest.raises(InvalidRequestError, match="model id is empty"):
        amazon_bedrock("")


async def test_a_whole_call() -> None:
    answer = http(x_amzn_requestid="req-1")
    result = await generate_text(door(answer)("us.amazon.nova-lite-v1:0"), "Hi")
    (asked,) = answer.requests
    assert asked.url == "https://bedrock-runtime.us-east-1.amazonaws.com/model/us.amazon.nova-lite-v1%3A0/converse"
    assert asked.headers["authorization"] == "Bearer the-key"
    assert json.loads(asked.body) == {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}
    assert (result.text, result.response.id, result.usage.total_tokens) == ("Hello.", "req-1", 5)


async def test_a_stream_over_a_socket() -> None:
    pieces = [TEXT[:7], TEXT[7:] + END[:30], END[30:]]
    reply = Reply(pieces=pieces, headers={"content-type": "application/vnd.amazon.eventstream"})
    async with serve(reply) as server:
        base = server.url.removesuffix("/v1")
        model = create_amazon_bedrock(api_key="k", base_url=base)(ARN)
        response = await model(ask(stream=True))
        assert [part.text async for part in response if isinstance(part, TextDelta)] == ["Hello."]
        assert server.asked[0].path == f"/model/{ARN.replace(':', '%3A').replace('/', '%2F')}/converse-stream"


async def test_a_signed_call_goes_out_as_it_was_signed() -> None:
    async with serve(Reply(SAID)) as server:
        base = server.url.removesuffix("/v1")
        keys = AWSCredentials("AKIDEXAMPLE", "secret", "token")
        pytest.importorskip("botocore")
        await generate_text(create_amazon_bedrock(credentials=keys, region="eu-west-3", base_url=base)("a:0"), "Hi")
        (asked,) = server.asked
        assert asked.path == "/model/a%3A0/converse"
        assert asked.headers["host"] == base.removeprefix("http://")
        assert (
            "/eu-west-3/bedrock/aws4_request, SignedHeaders=content-type;host;x-amz-date"
            in asked.headers["authorization"]
        )
        assert asked.headers["x-amz-security-token"] == "token"


async def test_a_wish_for_events_may_be_answered_with_json() -> None:
    assert (await generate_text(door()("m"), "Hi", stream=True)).text == "Hello."


async def test_a_stream_without_an_end_raises_with_what_had_arrived() -> None:
    answer = http(TEXT, content_type="application/vnd.amazon.eventstream")
    response = await door(answer)("m")(ask(stream=True))
    with pytest.raises(TruncatedStreamError) as caught:
        await response.result()
    assert caught.value.partial.text == "Hello."


async def test_an_exception_in_the_stream_raises_with_what_had_arrived() -> None:
    failure = message("throttlingException", {"message": "Too many tokens, please wait."}, "exception")
    response = await door(http(TEXT + failure, content_type="application/vnd.amazon.eventstream"))("m")(
        ask(stream=True)
    )
    with pytest.raises(RateLimitError, match="Too many tokens") as caught:
        await response.result()
    assert caught.value.partial.text == "Hello."


async def test_an_exception_before_any_content_can_be_tried_again() -> None:
    failure = message("serviceUnavailableException", {"message": "Busy."}, "exception")
    with pytest.raises(OverloadedError) as caught:
        await door(http(failure, content_type="application/vnd.amazon.eventstream"))("m")(ask(stream=True))
    assert caught.value.retryable


@pytest.mark.parametrize(
    ("status", "name", "words", "kind"),
    [
        (400, "ValidationException", "The provided model identifier is invalid.", BadRequestError),
        (400, "ValidationException", "Input is too long for requested model.", ContextLengthError),
        (400, "ServiceQuotaExceededException", "Over quota.", QuotaExceededError),
        (403, "AccessDeniedException", "No access.", PermissionDeniedError),
        (403, "ExpiredTokenException", "The security token is expired", AuthenticationError),
        (403, "UnrecognizedClientException", "The security token is invalid.", AuthenticationError),
        (403, "InvalidSignatureException", "Signature expired", AuthenticationError),
        (404, "ResourceNotFoundException", "No such model.", NotFoundError),
        (408, "ModelTimeoutException", "Took too long.", ServerError),
        (424, "ModelErrorException", "The model failed.", ServerError),
        (429, "ThrottlingException", "Too many tokens, please wait.", RateLimitError),
        (429, "ModelNotReadyException", "Not ready.", OverloadedError),
        (500, "InternalServerException", "Oops.", ServerError),
        (503, "ServiceUnavailableException", "Busy.", OverloadedError),
        (400, "", "Input is too long for requested model.", ContextLengthError),
        (418, "SomethingNewException", "?", BadRequestError),
    ],
)
async def test_errors_by_the_name_in_the_header(status: int, name: str, words: str, kind: type[APIError]) -> None:
    header = {"x_amzn_errortype": f"{name}:http://internal.amazon.com/coral/"} if name else {}
    answer = http({"message": words}, status, x_amzn_requestid="r", **header)
    with pytest.raises(kind) as caught:
        await generate_text(door(answer)("m"), "Hi")
    error = caught.value
    assert type(error) is kind
    assert (error.message, error.status, error.type, error.request_id) == (words, status, name or None, "r")
    assert str(error) == f"amazon_bedrock:m {status}: {words} (request r)"


@pytest.mark.parametrize(
    ("body", "words", "name"),
    [
        ({"Message": "Authentication failed: check the key."}, "Authentication failed: check the key.", None),
        ({"__type": "com.amazon.coral#AccessDeniedException", "message": "No."}, "No.", "AccessDeniedException"),
        (b"<html>", "HTTP 403 Forbidden", None),
    ],
)
async def test_errors_of_the_doors_before_bedrock(body: Any, words: str, name: str | None) -> None:
    with pytest.raises(PermissionDeniedError) as caught:
        await generate_text(door(http(body, 403))("m"), "Hi")
    assert (caught.value.message, caught.value.type) == (words, name)


async def test_a_fault_of_the_request_that_the_model_found_is_not_retryable() -> None:
    answer = http({"message": "Bad.", "originalStatusCode": 400}, 424, x_amzn_errortype="ModelErrorException")
    with pytest.raises(BadRequestError) as caught:
        await generate_text(door(answer)("m"), "Hi")
    assert not caught.value.retryable


async def test_json_that_is_no_answer() -> None:
    with pytest.raises(InvalidResponseError):
        await generate_text(door(http({"Output": {"__type": "UnknownOperationException"}}))("m"), "Hi")


async def test_no_secret_shows_in_an_error() -> None:
    with pytest.raises(PermissionDeniedError) as caught:
        await generate_text(door(http({"message": "the-key is no key"}, 403))("m"), "Hi")
    assert "the-key" not in str(caught.value)
    words = "The Canonical String should have been 'POST\n/m\n\nx-amz-security-token:IQoJ/b+3==\n\nhost'"
    with pytest.raises(AuthenticationError) as caught_too:
        answer = http({"message": words}, 403, x_amzn_errortype="InvalidSignatureException")
        await generate_text(door(answer)("m"), "Hi")
    assert "x-amz-security-token:***" in caught_too.value.message
    assert "IQoJ" not in repr((caught_too.value, caught_too.value.body, vars(caught_too.value)))


async def test_an_object_from_a_model_with_schemas_and_from_one_without() -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    with_schema = {**SAID, "output": {"message": {"content": [{"text": '{"city": "Paris"}'}]}}}
    answer = http(with_schema)
    result = await generate_object(door(answer)("us.anthropic.claude-sonnet-4-5-20250929-v1:0"), "?", schema=schema)
    assert result.object == {"city": "Paris"}
    assert "outputConfig" in json.loads(answer.requests[0].body)
    call = {"toolUse": {"toolUseId": "t", "name": "json", "input": {"city": "Rome"}}}
    called = {**SAID, "output": {"message": {"content": [call]}}, "stopReason": "tool_use"}
    result = await generate_object(door(http(called))("us.amazon.nova-lite-v1:0"), "?", schema=schema)
    assert result.object == {"city": "Rome"}


async def test_counting_tokens() -> None:
    answer = http({"inputTokens": 12})
    assert await door(answer)("a.b:0").count_tokens(ask(max_output_tokens=3)) == 12
    assert answer.requests[0].url.endswith("/model/a.b%3A0/count-tokens")
    assert json.loads(answer.requests[0].body) == {
        "input": {"converse": {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}}
    }
    with pytest.raises(InvalidResponseError):
        await door(http({}))("m").count_tokens(ask())


def test_the_region_is_looked_up_at_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    made = create_amazon_bedrock(api_key="k")
    with pytest.raises(InvalidRequestError, match=r"has no region: set AWS_REGION, use create_amazon_bedrock"):
        made.endpoint.url("/x")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    assert made.endpoint.url("/x") == "https://bedrock-runtime.eu-central-1.amazonaws.com/x"
    monkeypatch.setenv("AWS_REGION", "ap-south-1")
    assert made.base_url == "https://bedrock-runtime.ap-south-1.amazonaws.com"
    given = create_amazon_bedrock(api_key="k", region="us-west-2")
    assert given.base_url == "https://bedrock-runtime.us-west-2.amazonaws.com"


def test_the_region_of_a_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config"
    config.write_text("[default]\nregion = us-east-2\n[profile work]\nregion=eu-north-1\n[profile none]\noutput=json\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    assert Place().find() == "us-east-2"
    assert Place(None, "work").find() == "eu-north-1"
    assert Place(None, "none").find() is None
    monkeypatch.setenv("AWS_PROFILE", "work")
    assert Place().get() == "eu-north-1"
    config.write_text("no section")
    assert Place().find() is None


@pytest.mark.parametrize("region", ["us east", "evil.example/", "x" * 40])
def test_a_region_that_is_none_is_bad_input(region: str) -> None:
    with pytest.raises(InvalidRequestError, match="allowed is a name such as"):
        create_amazon_bedrock(api_key="k", region=region).endpoint.url("")


def test_regions_of_china_have_a_domain_of_their_own() -> None:
    assert door(region="cn-north-1").base_url == "https://bedrock-runtime.cn-north-1.amazonaws.com.cn"


def test_an_arn_is_called_in_its_own_region_unless_the_door_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    made = create_amazon_bedrock(api_key="k")
    assert made(ARN).endpoint.url("") == "https://bedrock-runtime.eu-west-1.amazonaws.com"
    assert made("us.amazon.nova-lite-v1:0").endpoint.url("") == "https://bedrock-runtime.us-east-1.amazonaws.com"
    assert door()(ARN).endpoint.url("") == "https://bedrock-runtime.us-east-1.amazonaws.com"


def test_addresses_from_the_environment_and_from_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "https://proxy.example/b/")
    assert door().base_url == "https://proxy.example/b"
    given = door(base_url="https://gateway.example/x/")
    assert given.base_url == "https://gateway.example/x"
    assert given.reranking("m").endpoint.url("/rerank") == "https://gateway.example/x/rerank"


async def test_the_key_of_the_environment_and_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "from-env")
    answer = http()
    await generate_text(door(answer, api_key=None, headers={"X-Team": "a"})("m"), "Hi")
    assert answer.requests[0].headers["authorization"] == "Bearer from-env"
    assert answer.requests[0].headers["x-team"] == "a"


async def test_given_credentials_win_over_a_key_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("botocore")
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "from-env")
    answer = http()
    await generate_text(door(answer, api_key=None, credentials=AWSCredentials("AKID", "secret"))("m"), "Hi")
    assert answer.requests[0].headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKID/")
    with pytest.raises(InvalidRequestError, match="both given"):
        create_amazon_bedrock(api_key="k", credentials=AWSCredentials("AKID", "secret"))


async def test_models_of_a_region_and_its_inference_profiles(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = {
        "/foundation-models": {"modelSummaries": [{"modelId": "a.b", "providerName": "A"}, {"x": 1}]},
        "/inference-profiles": {"inferenceProfileSummaries": [{"inferenceProfileId": "us.a.b"}], "nextToken": "n/1"},
        "/inference-profiles?nextToken=n%2F1": {"inferenceProfileSummaries": [{"inferenceProfileId": "eu.a.b"}]},
    }
    answer = http()

    async def send(request: Any) -> Any:
        host, _, path = request.url.removeprefix("https://").partition("/")
        assert (request.method, host) == ("GET", "bedrock.us-east-1.amazonaws.com")
        return await http(pages["/" + path]).send(request)

    monkeypatch.setattr(answer, "send", send)
    found = await door(answer).models()
    assert [(each.id, each.owner) for each in found] == [("a.b", "A"), ("us.a.b", None), ("eu.a.b", None)]
    monkeypatch.setattr(answer, "send", http([]).send)
    with pytest.raises(InvalidResponseError):
        await door(answer).models()
