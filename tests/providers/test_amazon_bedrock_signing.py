"""Amazon Bedrock: signatures, credentials and event streams, beside botocore's own."""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from ai_sdk.errors import InvalidRequestError, MissingAPIKeyError, MissingExtraError
from ai_sdk.framing import AWSEventStream
from ai_sdk.http import HTTPRequest
from ai_sdk.providers.amazon_bedrock import AWSCredentials, create_amazon_bedrock
from ai_sdk.providers.amazon_bedrock._place import Place
from ai_sdk.providers.amazon_bedrock._sign import Signer
from ai_sdk.providers.amazon_bedrock.language import model_path
from ai_sdk.testing.replay import corpus_or_skip, exchanges

botocore_auth: Any = pytest.importorskip("botocore.auth")
botocore_session: Any = pytest.importorskip("botocore.session")
botocore_credentials: Any = pytest.importorskip("botocore.credentials")
botocore_eventstream: Any = pytest.importorskip("botocore.eventstream")

NOW = datetime(2026, 11, 21, 12, 0, 0)
KEYS = AWSCredentials("AKIDEXAMPLE", "not/a+real+secret", "not-a-token==")
WITHOUT_TOKEN = AWSCredentials("AKIDEXAMPLE", "not/a+real+secret")
ARN = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/ab12"
MODELS = ["us.amazon.nova-lite-v1:0", "openai.gpt-oss-120b-1:0", ARN]
URL = "https://bedrock-runtime.us-east-1.amazonaws.com"


@pytest.fixture(autouse=True)
def fixed_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore asks this function of its own for the time."""

    def now(remove_tzinfo: bool = True) -> datetime:
        assert remove_tzinfo
        return NOW

    monkeypatch.setattr(botocore_auth, "get_current_datetime", now)


def signer(credentials: Any = KEYS) -> Signer:
    return Signer("bedrock", Place("us-east-1"), credentials)


def post(url: str, body: bytes = b"{}") -> HTTPRequest:
    return HTTPRequest("POST", url, {"content-type": "application/json", "accept": "*/*", "user-agent": "x"}, body)


def sent_by_botocore(credentials: AWSCredentials, ask: Callable[[Any], Any]) -> Any:
    """The request that botocore's own client makes; it never leaves this process."""

    class Caught(Exception):
        pass

    caught: list[Any] = []

    def catch(request: Any, **_: Any) -> None:
        caught.append(request)
        raise Caught

    client = botocore_session.Session().create_client(
        "bedrock-runtime",
        region_name="us-east-1",
        aws_access_key_id=credentials.access_key_id,
        aws_secret_access_key=credentials.secret_access_key,
        aws_session_token=credentials.session_token,
    )
    client.meta.events.register("before-send.*", catch)
    with pytest.raises(Caught):
        ask(client)
    return caught[0]


def text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


@pytest.mark.parametrize("credentials", [KEYS, WITHOUT_TOKEN], ids=["session", "plain"])
@pytest.mark.parametrize("operation", ["converse", "converse_stream"])
@pytest.mark.parametrize("model_id", MODELS)
async def test_url_and_signature_are_those_of_botocores_client(
    model_id: str, operation: str, credentials: AWSCredentials
) -> None:
    said = [{"role": "user", "content": [{"text": "h\u00e9"}]}]
    theirs = sent_by_botocore(credentials, lambda client: getattr(client, operation)(modelId=model_id, messages=said))
    url = URL + model_path(model_id, operation.replace("_", "-"))
    assert theirs.url == url
    ours = await signer(credentials)(post(url, theirs.body))
    for name in ("Authorization", "X-Amz-Date", "X-Amz-Security-Token"):
        expected = text(theirs.headers[name]) if name in theirs.headers else None
        assert ours.headers.get(name.lower()) == expected
    assert ours.body == theirs.body
    assert ours.headers["user-agent"] == "x"


@pytest.mark.parametrize("body", [b"", b"{}", b"\x00\xff" * 5000])
@pytest.mark.parametrize(
    "path", ["/model/a%3A0/invoke", "/inference-profiles?nextToken=a%2Bb%3D&b=1", "/foundation-models"]
)
async def test_signatures_follow_the_vendors_recipe(path: str, body: bytes) -> None:
    ours = await signer()(HTTPRequest("GET", URL + path, {"x-amzn-thing": " a  b "}, body))
    assert ours.headers["authorization"] == _by_the_recipe("GET", URL + path, ours.headers, body)


def _by_the_recipe(method: str, url: str, headers: Any, body: bytes) -> str:
    """Signature version 4 as AWS documents it, without botocore."""
    parts = urlsplit(url)
    signed = {"host": parts.netloc, "x-amz-date": headers["x-amz-date"], "x-amzn-thing": "a b"}
    signed["x-amz-security-token"] = headers["x-amz-security-token"]
    names = ";".join(sorted(signed))
    query = "&".join(sorted(parts.query.split("&"))) if parts.query else ""
    lines = [method, quote(parts.path, safe="/~"), query]
    lines += [f"{name}:{signed[name]}" for name in sorted(signed)]
    canonical = "\n".join([*lines, "", names, hashlib.sha256(body).hexdigest()])
    scope = "20261121/us-east-1/bedrock/aws4_request"
    to_sign = "\n".join(
        ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, hashlib.sha256(canonical.encode()).hexdigest()]
    )
    key = ("AWS4" + KEYS.secret_access_key).encode()
    for each in scope.split("/"):
        key = hmac.new(key, each.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    credential = f"{KEYS.access_key_id}/{scope}"
    return f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"


async def test_a_request_with_an_authorization_is_not_signed() -> None:
    request = HTTPRequest("POST", URL, {"Authorization": "Bearer key"}, b"")
    assert await signer()(request) is request


async def test_credentials_may_be_a_function_that_is_asked_every_time() -> None:
    asked: list[str] = []

    def plain() -> AWSCredentials:
        asked.append("plain")
        return AWSCredentials(f"AKID{len(asked)}", "secret")

    async def later() -> AWSCredentials:
        return plain()

    for given in (plain, later):
        sign = signer(given)
        first, second = [(await sign(post(URL))).headers["authorization"] for _ in range(2)]
        assert first != second
    assert len(asked) == 4


async def test_a_function_that_gives_something_else_is_bad_input() -> None:
    with pytest.raises(InvalidRequestError, match="credentials.. gave a str; allowed is AWSCredentials"):
        await signer(lambda: "AKID")(post(URL))


async def test_the_chain_finds_what_the_environment_says_in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS.secret_access_key)
    monkeypatch.setenv("AWS_SESSION_TOKEN", KEYS.session_token or "")
    threads: list[bool] = []
    find = botocore_session.Session.get_credentials

    def watched(self: Any) -> Any:
        threads.append(threading.current_thread() is threading.main_thread())
        return find(self)

    monkeypatch.setattr(botocore_session.Session, "get_credentials", watched)
    sign = signer(None)
    expected = (await signer(KEYS)(post(URL))).headers
    assert (await sign(post(URL))).headers == expected
    assert (await sign(post(URL))).headers == expected
    assert threads == [False]


def _profile(folder: Path, expires: str) -> Path:
    """A profile whose credentials a program gives, another one every time."""
    program = folder / "give.py"
    counter = folder / "count"
    program.write_text(
        "import json, pathlib\n"
        f"count = pathlib.Path({str(counter)!r})\n"
        "number = int(count.read_text()) + 1 if count.exists() else 1\n"
        "count.write_text(str(number))\n"
        "said = {'Version': 1, 'AccessKeyId': f'AKID{number}', 'SecretAccessKey': 's', 'SessionToken': 't',\n"
        f"        'Expiration': {expires!r}}}\n"
        "print(json.dumps(said))\n"
    )
    config = folder / "config"
    config.write_text(f"[profile made]\nregion = eu-west-3\ncredential_process = {sys.executable} {program}\n")
    return config


async def test_credentials_of_a_profile_are_kept_as_long_as_they_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(_profile(tmp_path, "2999-01-01T00:00:00Z")))
    sign = Signer("bedrock", Place(None, "made"))
    first = await sign(post(URL))
    second = await sign(post(URL))
    assert "Credential=AKID1/20261121/eu-west-3/bedrock" in first.headers["authorization"]
    assert second.headers == first.headers


async def test_credentials_that_come_expired_are_an_error_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(_profile(tmp_path, "2000-01-01T00:00:00Z")))
    with pytest.raises(MissingAPIKeyError, match="could not be had"):
        await Signer("bedrock", Place(None, "made"))(post(URL))


async def test_credentials_that_expire_soon_are_renewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = _profile(tmp_path, "2999-01-01T00:00:00Z")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    sign = Signer("bedrock", Place(None, "made"))
    first = await sign(post(URL))

    def always(*_: Any, **__: Any) -> bool:
        return True

    def never(*_: Any, **__: Any) -> bool:
        return False

    expiring = botocore_credentials.RefreshableCredentials
    monkeypatch.setattr(expiring, "refresh_needed", always)
    monkeypatch.setattr(expiring, "_is_expired", never)
    second = await sign(post(URL))
    assert "AKID1/" in first.headers["authorization"]
    assert "AKID2/" in second.headers["authorization"]


async def test_no_credentials_at_all_says_what_to_set() -> None:
    with pytest.raises(MissingAPIKeyError, match="AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID"):
        await signer(None)(post(URL))


async def test_a_profile_that_does_not_exist_is_named() -> None:
    with pytest.raises(MissingAPIKeyError, match="nowhere"):
        await Signer("bedrock", Place("us-east-1", "nowhere"))(post(URL))


async def test_without_botocore_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "botocore.auth", None)
    with pytest.raises(MissingExtraError, match=r"ai-sdk-layers\[bedrock\].*AWS_BEARER_TOKEN_BEDROCK"):
        await signer()(post(URL))


def test_nothing_prints_a_secret() -> None:
    door = create_amazon_bedrock(region="us-east-1", credentials=KEYS)
    printed = repr((KEYS, signer(), door, door.endpoint, door("m"), door.endpoint.sign))
    assert KEYS.secret_access_key not in printed
    assert str(KEYS.session_token) not in printed


@pytest.mark.corpus
def test_every_recorded_event_stream_is_cut_as_botocore_cuts_it() -> None:
    count = events = 0
    for exchange in exchanges("bedrock", corpus=corpus_or_skip()):
        if not exchange.streamed or exchange.body.startswith((b"data:", b"event:")):
            continue
        theirs = botocore_eventstream.EventStreamBuffer()
        theirs.add_data(exchange.body)
        expected = [(dict(each.headers), each.payload) for each in theirs]
        ours = AWSEventStream()
        found = ours.feed(exchange.body)
        assert ours.end() == []
        assert [(each.headers, each.payload) for each in found] == expected
        count += 1
        events += len(expected)
    assert count >= 125, count
    assert events >= 3300, json.dumps(events)
