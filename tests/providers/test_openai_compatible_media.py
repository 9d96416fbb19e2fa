"""Pictures, speech, transcripts and rankings of any server of the dialect, and of vLLM and llama.cpp."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media_kit import MP3, PICTURE, PNG, ask, encoded, form, heard, painted, served, spoken

from ai_sdk._frozen import freeze
from ai_sdk.errors import InvalidRequestError, InvalidResponseError, NotFoundError, ServerError, UnsupportedError
from ai_sdk.messages import FilePart
from ai_sdk.providers.llamacpp import create_llamacpp
from ai_sdk.providers.lmstudio import create_lmstudio, lmstudio
from ai_sdk.providers.openai_compatible import create_openai_compatible
from ai_sdk.providers.openai_compatible.reranking import decode_ranking
from ai_sdk.providers.vllm import create_vllm
from ai_sdk.requests import EmbeddingRequest, ImageRequest, RerankRequest, SpeechRequest
from ai_sdk.testing import Answer, ScriptedHTTP

RERANK = "POST /v1/rerank"
DOCUMENTS: Any = ("Berlin", "Paris", {"text": "Rome"})
RESULTS = [{"index": 1, "relevance_score": 0.9}, {"index": 0, "relevance_score": 0.95}, {"index": 2, "score": -1}]
REQUEST = RerankRequest(query="capital of France", documents=DOCUMENTS, top_n=2)


def door(http: ScriptedHTTP) -> Any:
    return create_openai_compatible(name="lab", base_url="http://lab.test/v1", http=http)


def test_kinds() -> None:
    every = ("language", "embedding", "image", "speech", "transcription", "reranking")
    assert door(ScriptedHTTP({})).kinds == every
    assert create_vllm().kinds == ("language", "embedding", "transcription", "reranking")
    assert create_llamacpp().kinds == ("language", "embedding", "reranking")
    assert lmstudio.kinds == ("language", "embedding")
    with pytest.raises(UnsupportedError, match="no video models"):
        door(ScriptedHTTP({})).video("m")


# ---- rankings ----


def test_what_a_ranking_is_asked_with() -> None:
    body, lost = encoded(door(ScriptedHTTP({})).reranking("m"), REQUEST)
    documents = ["Berlin", "Paris", '{"text":"Rome"}']
    assert body == {"model": "m", "query": "capital of France", "documents": documents, "top_n": 2}
    assert lost == ["documents"]
    request = ask(RerankRequest, {"top_k": 2, "truncation": True}, "lab", query="q", documents=("a",))
    body, lost = encoded(door(ScriptedHTTP({})).reranking("m"), request)
    assert (body["top_k"], body["truncation"], "top_n" in body, lost) == (2, True, False, [])
    with pytest.raises(InvalidRequestError) as caught:
        door(ScriptedHTTP({})).reranking("m").encode(RerankRequest(query="q", documents=()))
    assert caught.value.field == "documents"


@pytest.mark.parametrize("said", [{"id": "r", "results": RESULTS}, {"id": "r", "data": RESULTS}, RESULTS])
async def test_rankings(said: Any) -> None:
    http = ScriptedHTTP({RERANK: Answer(said)})
    result = await door(http).reranking("m")(REQUEST)
    assert [(each.index, each.score, each.document) for each in result.ranking] == [
        (0, 0.95, "Berlin"),
        (1, 0.9, "Paris"),
    ]
    assert result.response.id == ("r" if isinstance(said, dict) else None)
    assert [each.kind for each in result.warnings] == ["compatibility"]


async def test_rankings_of_servers_at_home() -> None:
    http = ScriptedHTTP({RERANK: Answer({"results": RESULTS})})
    for provider in (create_vllm(http=http), create_llamacpp(http=http)):
        assert (await provider.reranking("m")(REQUEST)).ranking[0].document == "Berlin"
    assert [each.url for each in http.requests] == [
        "http://localhost:8000/v1/rerank",
        "http://localhost:8080/v1/rerank",
    ]
    assert all("authorization" not in each.headers for each in http.requests)


@pytest.mark.parametrize("create", [create_vllm, create_llamacpp, create_lmstudio])
async def test_vectors_of_servers_at_home(create: Callable[..., Any]) -> None:
    data = [{"index": 1, "embedding": [0.5]}, {"index": 0, "embedding": [0.25]}]
    http = ScriptedHTTP({"POST /v1/embeddings": Answer({"data": data, "usage": {"prompt_tokens": 2}})})
    result = await create(http=http).embedding("m")(EmbeddingRequest(values=("a", "b"), dimensions=1))
    assert (result.embeddings, result.usage.input_tokens) == (((0.25,), (0.5,)), 2)
    sent = json.loads(http.requests[0].body)
    assert sent == {"model": "m", "input": ["a", "b"], "encoding_format": "float", "dimensions": 1}


@pytest.mark.parametrize(
    "said",
    [
        {},
        None,
        7,
        {"results": 7},
        {"results": [7]},
        {"results": [{"index": 9, "relevance_score": 1}]},
        {"results": [{"index": -1, "relevance_score": 1}]},
        {"results": [{"index": 0}]},
        {"results": [{"index": 0, "relevance_score": "1"}]},
    ],
)
async def test_what_is_no_ranking(said: Any) -> None:
    with pytest.raises(InvalidResponseError, match="not a ranking"):
        await door(ScriptedHTTP({RERANK: Answer(said)})).reranking("m")(REQUEST)


async def test_errors() -> None:
    gone = Answer({"error": {"message": "no such model", "code": 404}}, status=404)
    with pytest.raises(NotFoundError, match="no such model"):
        await door(ScriptedHTTP({RERANK: gone})).reranking("m")(REQUEST)
    with pytest.raises(ServerError, match="broken"):
        await door(ScriptedHTTP({RERANK: Answer({"error": {"message": "broken"}})})).reranking("m")(REQUEST)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(said=JSON | st.fixed_dictionaries({"results": st.lists(st.fixed_dictionaries({"index": JSON, "score": JSON}))}))
def test_only_our_errors_come_of_a_broken_ranking(said: Any) -> None:
    try:
        result = decode_ranking(said, REQUEST, freeze({}), "lab", [])
    except InvalidResponseError:
        return
    assert all(each.document == REQUEST.documents[each.index] for each in result.ranking)


# ---- the other kinds ----


async def test_pictures_to_edit_are_fetched_and_named() -> None:
    one = FilePart(data=b"\xff\xd8\xffjpeg", media_type="application/octet-stream")
    two = FilePart(url="https://a.test/i", media_type="image/*")
    http = served(
        "POST /v1/images/edits",
        {"data": [{"b64_json": PNG}]},
        **{"GET /i": Answer(PICTURE, headers={"content-type": "image/png"})},
    )
    result = await painted(door(http).image("m"), files=(one, two), mask=two)
    assert result.image.data == PICTURE
    assert http.routes == ["GET /i", "GET /i", "POST /v1/images/edits"]
    assert [(name, file) for name, file, _ in form(http.requests[2]) if file] == [
        ("image[]", "image_0.jpg"),
        ("image[]", "image_1.png"),
        ("mask", "mask.png"),
    ]
    assert encoded(door(http).image("m"), ImageRequest(prompt="x", seed=1))[1] == ["seed"]


async def test_any_word_is_a_format_and_any_speed_may_be() -> None:
    http = served("POST /v1/audio/speech", Answer(MP3))
    result = await spoken(door(http).speech("m"), output_format="midi", speed=9)
    assert result.media_type == "audio/mpeg", "the bytes know it"
    assert json.loads(http.requests[0].body)["response_format"] == "midi"
    assert encoded(door(http).speech("m"), SpeechRequest(text="Hi", language="en"))[1] == ["language"]


async def test_transcripts_of_vllm() -> None:
    http = served("POST /v1/audio/transcriptions", {"text": "Hi", "usage": {"type": "duration", "seconds": 3}})
    result = await heard(create_vllm(http=http).transcription("whisper"), stream=True, filename="talk.ogg")
    assert (result.text, result.duration) == ("Hi", 3.0)
    assert [each.feature for each in result.warnings] == ["stream"]
    assert ("file", "talk.ogg", b"RIFF") in form(http.requests[0])


NO_TRANSCRIPTS: list[Any] = [
    {},
    [],
    None,
    {"text": 7},
    {"text": "x", "segments": 7},
    {"text": "x", "words": [{}]},
]


@pytest.mark.parametrize("said", NO_TRANSCRIPTS)
async def test_what_is_no_transcript(said: Any) -> None:
    with pytest.raises(InvalidResponseError, match="not a transcript"):
        await heard(door(served("POST /v1/audio/transcriptions", said)).transcription("m"))
