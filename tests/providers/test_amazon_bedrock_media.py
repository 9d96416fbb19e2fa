"""Amazon Bedrock's pictures and videos, embeddings of pictures, and reranking by InvokeModel."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from media_mutations import mutated

from ai_sdk import generate_image
from ai_sdk.errors import (
    AISDKError,
    APITimeoutError,
    BadRequestError,
    ContentFilterError,
    InvalidRequestError,
    InvalidResponseError,
    MissingAPIKeyError,
    PermissionDeniedError,
    ServerError,
    UnsupportedError,
)
from ai_sdk.messages import FilePart
from ai_sdk.polling import Polling
from ai_sdk.providers.amazon_bedrock import AmazonBedrock, AWSCredentials, amazon_bedrock, create_amazon_bedrock
from ai_sdk.requests import EmbeddingRequest, ImageRequest, RerankRequest, VideoRequest
from ai_sdk.testing import run
from ai_sdk.testing.replay import Replayer, corpus_or_skip, exchanges
from ai_sdk.testing.scripted_http import Answer, ScriptedHTTP

PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)
MP4 = b"\0\0\0\x18ftypmp42" + bytes(8)
NOVA, TITAN = "amazon.nova-canvas-v1:0", "amazon.titan-image-generator-v2:0"
SD3, ULTRA = "stability.sd3-5-large-v1:0", "us.stability.stable-image-ultra-v1:1"
REEL, LUMA = "amazon.nova-reel-v1:1", "luma.ray-v2:0"
ARN = "arn:aws:bedrock:us-east-1:123456789012:async-invoke/xyz1"
SUBMIT, LOOK = "POST /async-invoke", f"GET /async-invoke/{quote(ARN, safe='')}"
FETCH = "GET /bucket/folder/xyz1/output.mp4"
OWN = AWSCredentials("AKIDEXAMPLE", "not-a-secret")


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def door(http: Any, **fields: Any) -> AmazonBedrock:
    values: dict[str, Any] = {"credentials": OWN, "region": "us-east-1", **fields}
    return create_amazon_bedrock(http=http, **values)


def invoking(model_id: str, *answers: Answer) -> ScriptedHTTP:
    return ScriptedHTTP({f"POST /model/{quote(model_id, safe='')}/invoke": list(answers)})


def sent(http: ScriptedHTTP, place: int = 0) -> Any:
    return json.loads(http.requests[place].body)


def options(**values: Any) -> dict[str, Any]:
    return {"amazon_bedrock": values}


def picture(data: bytes = PNG) -> FilePart:
    return FilePart(data=data, media_type="image/png")


def image(**fields: Any) -> ImageRequest:
    values: dict[str, Any] = {"prompt": "a boat", **fields}
    return ImageRequest(**values)


def video(**fields: Any) -> VideoRequest:
    own = {"s3Uri": "s3://bucket/folder", **fields.pop("own", {})}
    values: dict[str, Any] = {"prompt": "a boat", "provider_options": options(**own), **fields}
    return VideoRequest(**values)


# ---- pictures ----


async def test_pictures_from_a_text() -> None:
    http = invoking(NOVA, Answer({"images": [b64(PNG), b64(PNG)]}, headers={"x-amzn-requestid": "r-1"}))
    own = options(negativeText="rain", style="PHOTOREALISM", quality="premium", cfgScale=7)
    result = await generate_image(
        door(http).image(NOVA), "a boat", n=2, size="1280x720", seed=5, aspect_ratio="16:9", provider_options=own
    )
    assert sent(http) == {
        "taskType": "TEXT_IMAGE",
        "textToImageParams": {"text": "a boat", "negativeText": "rain", "style": "PHOTOREALISM"},
        "imageGenerationConfig": {
            "numberOfImages": 2,
            "width": 1280,
            "height": 720,
            "seed": 5,
            "quality": "premium",
            "cfgScale": 7,
        },
    }
    assert [(each.data, each.media_type) for each in result.images] == [(PNG, "image/png")] * 2
    assert [each.feature for each in result.warnings] == ["aspect_ratio"]
    assert result.response.id == "r-1"


CONFIG = {"imageGenerationConfig": {"numberOfImages": 1}}
TASKS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {"files": (picture(),), "provider_options": options(similarityStrength=0.7)},
        {
            "taskType": "IMAGE_VARIATION",
            "imageVariationParams": {"images": [b64(PNG)], "text": "a boat", "similarityStrength": 0.7},
            **CONFIG,
        },
    ),
    (
        {"files": (picture(),), "mask": picture(b"mask")},
        {
            "taskType": "INPAINTING",
            "inPaintingParams": {"text": "a boat", "image": b64(PNG), "maskImage": b64(b"mask")},
            **CONFIG,
        },
    ),
    (
        {"files": (picture(),), "provider_options": options(maskPrompt="the sky")},
        {
            "taskType": "INPAINTING",
            "inPaintingParams": {"text": "a boat", "image": b64(PNG), "maskPrompt": "the sky"},
            **CONFIG,
        },
    ),
    (
        {
            "files": (picture(),),
            "provider_options": options(taskType="OUTPAINTING", maskPrompt="dog", outPaintingMode="PRECISE"),
        },
        {
            "taskType": "OUTPAINTING",
            "outPaintingParams": {
                "text": "a boat",
                "image": b64(PNG),
                "maskPrompt": "dog",
                "outPaintingMode": "PRECISE",
            },
            **CONFIG,
        },
    ),
    (
        {"files": (picture(),), "provider_options": options(taskType="BACKGROUND_REMOVAL")},
        {"taskType": "BACKGROUND_REMOVAL", "backgroundRemovalParams": {"image": b64(PNG)}},
    ),
    (
        {"files": (picture(),), "provider_options": options(taskType="TEXT_IMAGE", controlMode="CANNY_EDGE")},
        {
            "taskType": "TEXT_IMAGE",
            "textToImageParams": {"text": "a boat", "conditionImage": b64(PNG), "controlMode": "CANNY_EDGE"},
            **CONFIG,
        },
    ),
    (
        {"provider_options": options(colors=["#ff0000"])},
        {
            "taskType": "COLOR_GUIDED_GENERATION",
            "colorGuidedGenerationParams": {"text": "a boat", "colors": ["#ff0000"]},
            **CONFIG,
        },
    ),
    (
        {
            "files": (picture(), picture(b"shirt")),
            "provider_options": options(virtualTryOnParams={"maskType": "GARMENT"}),
        },
        {
            "taskType": "VIRTUAL_TRY_ON",
            "virtualTryOnParams": {
                "sourceImage": b64(PNG),
                "referenceImage": b64(b"shirt"),
                "maskType": "GARMENT",
            },
            **CONFIG,
        },
    ),
    (
        {"provider_options": options(imageGenerationConfig={"quality": "premium"}, other=1)},
        {
            "taskType": "TEXT_IMAGE",
            "textToImageParams": {"text": "a boat"},
            "imageGenerationConfig": {"numberOfImages": 1, "quality": "premium"},
            "other": 1,
        },
    ),
]


@pytest.mark.parametrize("model_id", [NOVA, TITAN])
@pytest.mark.parametrize(("fields", "body"), TASKS)
async def test_what_can_be_done_with_pictures(model_id: str, fields: dict[str, Any], body: dict[str, Any]) -> None:
    http = invoking(model_id, Answer({"images": [b64(PNG)]}))
    result = await door(http).image(model_id)(image(**fields))
    assert sent(http) == body
    assert result.warnings == ()


def test_a_task_that_has_no_such_settings() -> None:
    own = options(taskType="BACKGROUND_REMOVAL")
    request = image(files=(picture(),), n=2, size="512x512", seed=1, provider_options=own)
    assert [each.feature for each in amazon_bedrock.image(NOVA).encode(request)[1]] == ["size", "seed", "n"]


@pytest.mark.parametrize(
    ("model_id", "fields", "kind", "field"),
    [
        (NOVA, {"n": 6}, InvalidRequestError, "n"),
        (NOVA, {"size": "big"}, InvalidRequestError, "size"),
        (NOVA, {"provider_options": options(taskType="PAINT")}, InvalidRequestError, "taskType"),
        (NOVA, {"provider_options": options(taskType="INPAINTING")}, InvalidRequestError, "files"),
        (NOVA, {"files": (picture(),) * 2, "mask": picture()}, InvalidRequestError, "files"),
        (NOVA, {"files": (FilePart(url="s3://b/o.png"),)}, UnsupportedError, "files"),
        (
            NOVA,
            {"files": (picture(),), "mask": picture(), "provider_options": options(taskType="IMAGE_VARIATION")},
            UnsupportedError,
            "mask",
        ),
        (SD3, {"n": 2}, InvalidRequestError, "n"),
        (SD3, {"files": (picture(),) * 2}, InvalidRequestError, "files"),
        (SD3, {"mask": picture()}, InvalidRequestError, "mask"),
        ("m", {}, InvalidRequestError, "model_id"),
    ],
)
async def test_bad_wishes_for_a_picture(model_id: str, fields: Any, kind: type[Any], field: str) -> None:
    http = ScriptedHTTP({})
    with pytest.raises(kind) as caught:
        await door(http).image(model_id)(image(**fields))
    assert (caught.value.field, http.requests) == (field, [])


async def test_pictures_of_stability() -> None:
    http = invoking(SD3, Answer({"seeds": [7], "finish_reasons": [None], "images": [b64(PNG)]}))
    own = options(negative_prompt="rain", output_format="png")
    request = image(aspect_ratio="16:9", seed=7, size="1024x1024", provider_options=own)
    result = await door(http).image(SD3)(request)
    assert sent(http) == {
        "prompt": "a boat",
        "aspect_ratio": "16:9",
        "seed": 7,
        "negative_prompt": "rain",
        "output_format": "png",
    }
    assert result.image.data == PNG
    assert [each.feature for each in result.warnings] == ["size"]
    assert result.provider_metadata == {"amazon_bedrock": {"seeds": (7,)}}


def test_edits_of_stability() -> None:
    body, warnings = amazon_bedrock.image(SD3).encode(image(files=(picture(),), aspect_ratio="1:1"))
    assert body == {"prompt": "a boat", "image": b64(PNG), "mode": "image-to-image", "strength": 0.7}
    assert [each.feature for each in warnings] == ["aspect_ratio"]
    body, _ = amazon_bedrock.image(ULTRA).encode(image(files=(picture(),), mask=picture(b"m")))
    assert body == {"prompt": "a boat", "image": b64(PNG), "mask": b64(b"m")}
    body, _ = amazon_bedrock.image("us.stability.stable-image-remove-background-v1:0").encode(
        image(prompt="", files=(picture(),))
    )
    assert body == {"image": b64(PNG)}


async def test_a_picture_by_its_url_and_a_model_by_its_arn() -> None:
    arn = "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc"
    path = f"POST /model/{quote(arn, safe='')}/invoke"
    http = ScriptedHTTP({"GET /a.png": Answer(PNG), path: Answer({"images": [b64(PNG)]})})
    await door(http).image(arn, like=NOVA)(image(files=(FilePart.from_url("https://example.com/a.png"),)))
    assert sent(http, 1)["imageVariationParams"]["images"] == [b64(PNG)]
    assert "authorization" not in http.requests[0].headers


@pytest.mark.parametrize(
    ("model_id", "answer", "kind", "words"),
    [
        (SD3, Answer({"finish_reasons": ["Filter reason: prompt"]}), ContentFilterError, "Filter reason: prompt"),
        (SD3, Answer({"finish_reasons": ["Inference error"], "images": []}), ServerError, "Inference error"),
        (NOVA, Answer({"images": [], "error": "All pictures were blocked by RAI."}), ContentFilterError, "RAI"),
        (NOVA, Answer({"images": ["%"]}), InvalidResponseError, "no picture"),
        (NOVA, Answer({"images": [3]}), InvalidResponseError, "no picture"),
        (NOVA, Answer({}), InvalidResponseError, "without pictures"),
        (NOVA, Answer([]), InvalidResponseError, "without pictures"),
        (
            NOVA,
            Answer(
                {"message": "This request has been blocked by our content filters."},
                400,
                {"x-amzn-errortype": "ValidationException:http://x"},
            ),
            ContentFilterError,
            "content filters",
        ),
        (
            NOVA,
            Answer({"message": "width is wrong"}, 400, {"x-amzn-errortype": "ValidationException"}),
            BadRequestError,
            "width",
        ),
        (
            NOVA,
            Answer({"message": "No access."}, 403, {"x-amzn-errortype": "AccessDeniedException"}),
            PermissionDeniedError,
            "No access",
        ),
    ],
)
async def test_answers_without_a_picture(model_id: str, answer: Answer, kind: type[Any], words: str) -> None:
    with pytest.raises(kind, match=words) as caught:
        await door(invoking(model_id, answer)).image(model_id)(image())
    assert type(caught.value) is kind


async def test_some_pictures_were_held_back() -> None:
    http = invoking(NOVA, Answer({"images": [b64(PNG)], "error": "One was blocked."}))
    result = await door(http).image(NOVA)(image(n=2))
    assert result.provider_metadata == {"amazon_bedrock": {"notes": ("One was blocked.",)}}


@given(mutated({"images": [b64(PNG)], "finish_reasons": [None], "seeds": [1], "error": None}))
def test_whatever_an_answer_says(body: Any) -> None:
    async def trial() -> None:
        try:
            result = await door(invoking(NOVA, Answer(body))).image(NOVA)(image())
        except AISDKError:
            return
        assert result.images

    run(trial())


# ---- videos ----


def look(status: str, **more: Any) -> Answer:
    output = {"s3OutputDataConfig": {"s3Uri": "s3://bucket/folder/xyz1"}}
    return Answer({"invocationArn": ARN, "status": status, "outputDataConfig": output, **more})


BEGUN, RUNNING = Answer({"invocationArn": ARN}), look("InProgress")


async def test_a_video_after_some_looks() -> None:
    throttled = Answer({"message": "Slow down."}, 429, {"x-amzn-errortype": "ThrottlingException", "retry-after": "9"})
    http = ScriptedHTTP({SUBMIT: BEGUN, LOOK: [RUNNING, throttled, look("Completed")], FETCH: Answer(MP4)})
    began = asyncio.get_running_loop().time()
    result = await door(http, polling=Polling(interval=2, factor=1)).video(REEL)(video(seed=4, aspect_ratio="1:1"))
    assert asyncio.get_running_loop().time() - began == 2 + 2 + 9
    assert http.routes == [SUBMIT, LOOK, LOOK, LOOK, FETCH]
    assert sent(http) == {
        "modelId": REEL,
        "modelInput": {
            "taskType": "TEXT_VIDEO",
            "textToVideoParams": {"text": "a boat"},
            "videoGenerationConfig": {"durationSeconds": 6, "fps": 24, "dimension": "1280x720", "seed": 4},
        },
        "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://bucket/folder"}},
    }
    assert (result.video.data, result.video.media_type) == (MP4, "video/mp4")
    assert [each.feature for each in result.warnings] == ["aspect_ratio"]
    own = {"invocationArn": ARN, "s3Uri": "s3://bucket/folder/xyz1/output.mp4"}
    assert result.provider_metadata == {"amazon_bedrock": own}


async def test_the_file_is_fetched_from_s3_with_a_signature_and_never_with_the_key() -> None:
    where = {"outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://bucket/a b/"}}}
    fetch = "GET /bucket/a%20b/xyz1/output.mp4"
    http = ScriptedHTTP({SUBMIT: BEGUN, LOOK: look("Completed", **where), fetch: [Answer(b"", 503), Answer(MP4)]})
    made = create_amazon_bedrock(api_key="the-key", region="us-east-1", http=http, headers={"x-team": "a"})
    with pytest.raises(MissingAPIKeyError):
        await made.video(REEL)(video())
    assert http.requests == []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
        made = create_amazon_bedrock(api_key="the-key", region="us-east-1", http=http, headers={"x-team": "a"})
        assert (await made.video(REEL)(video())).video.data == MP4
    assert http.routes == [SUBMIT, LOOK, fetch, LOOK, fetch]
    assert http.requests[0].headers["authorization"] == "Bearer the-key"
    last = http.requests[-1]
    assert last.url == "https://s3.us-east-1.amazonaws.com/bucket/a%20b/xyz1/output.mp4"
    assert "/us-east-1/s3/aws4_request" in last.headers["authorization"]
    assert "the-key" not in str(last.headers)
    assert "x-team" not in last.headers
    assert len(last.headers["x-amz-content-sha256"]) == 64


async def test_a_file_that_may_not_be_read() -> None:
    denied = Answer(b"<Error><Code>AccessDenied</Code></Error>", 403, {"content-type": "application/xml"})
    http = ScriptedHTTP({SUBMIT: BEGUN, LOOK: look("Completed"), FETCH: denied})
    with pytest.raises(PermissionDeniedError, match="the video is at s3://bucket/folder/xyz1/output.mp4") as caught:
        await door(http).video(REEL)(video())
    assert caught.value.job == ARN


@pytest.mark.parametrize(
    ("message", "kind", "retryable"),
    [
        ("The output was blocked by content filters.", ContentFilterError, False),
        ("Access denied to the bucket.", PermissionDeniedError, False),
        ("Something broke.", ServerError, True),
        (None, ServerError, True),
    ],
)
async def test_a_video_that_failed(message: str | None, kind: type[Any], retryable: bool) -> None:
    http = ScriptedHTTP({SUBMIT: BEGUN, LOOK: [RUNNING, look("Failed", failureMessage=message)]})
    with pytest.raises(kind, match=message or "without saying why") as caught:
        await door(http).video(REEL)(video())
    assert (type(caught.value), caught.value.job, caught.value.retryable) == (kind, ARN, retryable)
    assert http.routes == [SUBMIT, LOOK, LOOK]


async def test_a_video_that_takes_too_long_and_one_that_is_cancelled() -> None:
    http = ScriptedHTTP({SUBMIT: BEGUN, LOOK: RUNNING})
    with pytest.raises(APITimeoutError, match="still 'InProgress' after 40 seconds") as caught:
        await door(http, polling=Polling(timeout=40)).video(REEL)(video())
    assert (caught.value.limit, caught.value.job) == ("polling", ARN)
    task = asyncio.create_task(door(http).video(REEL)(video()))
    await asyncio.sleep(12)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    count = len(http.requests)
    await asyncio.sleep(60)
    assert len(http.requests) == count


def test_settings_of_nova_reel() -> None:
    model = amazon_bedrock.video(REEL)
    body, _ = model.encode(video(duration=12, own={"tags": [{"key": "a", "value": "b"}], "clientRequestToken": "t"}))
    assert body["modelInput"]["taskType"] == "MULTI_SHOT_AUTOMATED"
    assert body["modelInput"]["multiShotAutomatedParams"] == {"text": "a boat"}
    assert (body["clientRequestToken"], body["tags"]) == ("t", ({"key": "a", "value": "b"},))
    body, _ = model.encode(video(image=picture(), own={"videoGenerationConfig": {"fps": 12}}))
    source = {"format": "png", "source": {"bytes": b64(PNG)}}
    assert body["modelInput"]["textToVideoParams"] == {"text": "a boat", "images": [source]}
    assert body["modelInput"]["videoGenerationConfig"]["fps"] == 12
    stored = FilePart(url="s3://b/o.jpg", media_type="image/jpeg")
    body, _ = model.encode(video(image=stored))
    source = {"format": "jpeg", "source": {"s3Location": {"uri": "s3://b/o.jpg"}}}
    assert body["modelInput"]["textToVideoParams"]["images"] == [source]
    shots = {"shots": [{"text": "one"}, {"text": "two"}]}
    body, _ = model.encode(video(duration=12, own={"taskType": "MULTI_SHOT_MANUAL", "multiShotManualParams": shots}))
    assert body["modelInput"]["multiShotManualParams"] == {"shots": ({"text": "one"}, {"text": "two"})}
    output = {"s3OutputDataConfig": {"s3Uri": "s3://bucket", "kmsKeyId": "k"}}
    body, _ = model.encode(video(own={"outputDataConfig": output, "modelInput": {"taskType": "OTHER"}}))
    assert (body["outputDataConfig"], body["modelInput"]["taskType"]) == (output, "OTHER")


def test_settings_of_luma_ray() -> None:
    model = amazon_bedrock.video(LUMA)
    request = video(
        aspect_ratio="21:9", duration=9, resolution="1280x720", image=picture(), seed=1, fps=30, own={"loop": True}
    )
    body, warnings = model.encode(request)
    frame = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": b64(PNG)}}
    assert body["modelInput"] == {
        "prompt": "a boat",
        "aspect_ratio": "21:9",
        "duration": "9s",
        "resolution": "720p",
        "keyframes": {"frame0": frame},
        "loop": True,
    }
    assert [each.feature for each in warnings] == ["fps", "seed"]
    assert model.encode(video(resolution="540p"))[0]["modelInput"]["resolution"] == "540p"


@pytest.mark.parametrize(
    ("model_id", "fields", "field"),
    [
        (REEL, {"n": 2}, "n"),
        (REEL, {"duration": 7}, "duration"),
        (REEL, {"duration": 126}, "duration"),
        (REEL, {"resolution": "720p"}, "resolution"),
        (REEL, {"duration": 12, "image": picture()}, "image"),
        (REEL, {"provider_options": {}}, "s3Uri"),
        (REEL, {"own": {"s3Uri": "https://bucket"}}, "s3Uri"),
        (REEL, {"own": {"outputDataConfig": {"s3OutputDataConfig": {}}}}, "s3Uri"),
        (LUMA, {"duration": 6}, "duration"),
        (LUMA, {"resolution": "1920x1080"}, "resolution"),
        ("m", {}, "model_id"),
    ],
)
async def test_bad_wishes_for_a_video(model_id: str, fields: Any, field: str) -> None:
    http = ScriptedHTTP({})
    with pytest.raises(InvalidRequestError) as caught:
        await door(http).video(model_id)(video(**fields))
    assert (caught.value.field, http.requests) == (field, [])


COMPLETED = {"status": "Completed", "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://bucket/folder/xyz1"}}}


@given(mutated({"invocationArn": ARN}), mutated(COMPLETED))
def test_whatever_a_job_says(begun: Any, found: Any) -> None:
    http = ScriptedHTTP({SUBMIT: Answer(begun), LOOK: Answer(found), FETCH: Answer(MP4)})

    async def trial() -> None:
        try:
            result = await door(http, polling=Polling(timeout=30)).video(REEL)(video())
        except (AISDKError, LookupError):  # LookupError: the script knows no such path
            return
        assert result.videos

    run(trial())


# ---- embeddings of pictures ----

DATA_URL = f"data:image/png;base64,{b64(PNG)}"


@pytest.mark.parametrize(
    ("model_id", "values", "body"),
    [
        ("amazon.titan-embed-image-v1", (DATA_URL,), {"inputImage": b64(PNG)}),
        ("amazon.titan-embed-text-v2:0", (DATA_URL,), {"inputText": DATA_URL}),
        ("cohere.embed-v4:0", (DATA_URL, DATA_URL), {"images": (DATA_URL, DATA_URL), "input_type": "image"}),
        (
            "amazon.nova-2-multimodal-embeddings-v1:0",
            (DATA_URL,),
            {
                "taskType": "SINGLE_EMBEDDING",
                "singleEmbeddingParams": {
                    "embeddingPurpose": "GENERIC_INDEX",
                    "embeddingDimension": 3072,
                    "image": {"format": "png", "source": {"bytes": b64(PNG)}},
                },
            },
        ),
    ],
)
def test_embeddings_of_pictures(model_id: str, values: tuple[str, ...], body: Any) -> None:
    assert amazon_bedrock.embedding(model_id).encode(EmbeddingRequest(values=values)) == body


def test_pictures_and_texts_are_not_mixed_for_cohere() -> None:
    with pytest.raises(InvalidRequestError, match="pictures and texts"):
        amazon_bedrock.embedding("cohere.embed-v4:0").encode(EmbeddingRequest(values=(DATA_URL, "a")))


# ---- reranking by InvokeModel ----

RERANK = "cohere.rerank-v3-5:0"


async def test_reranking_by_invoke_model() -> None:
    found = {"results": [{"index": 0, "relevance_score": 0.1}, {"index": 1, "relevance_score": 0.9}]}
    http = invoking(RERANK, Answer(found))
    documents: Any = ("a", {"title": "b"})
    request = RerankRequest(query="q", documents=documents, top_n=9, provider_options=options(max_tokens_per_doc=5))
    result = await door(http).reranking(RERANK, through="invoke")(request)
    assert sent(http) == {
        "query": "q",
        "documents": ["a", '{"title":"b"}'],
        "api_version": 2,
        "top_n": 2,
        "max_tokens_per_doc": 5,
    }
    assert [(each.index, each.score, each.document) for each in result.ranking] == [
        (1, 0.9, {"title": "b"}),
        (0, 0.1, "a"),
    ]


@pytest.mark.parametrize(
    "said", [{}, [], {"results": [{"index": 4, "relevance_score": 1}]}, {"results": [{"index": 0}]}]
)
async def test_answers_that_are_no_ranking(said: Any) -> None:
    with pytest.raises(InvalidResponseError):
        model = door(invoking(RERANK, Answer(said))).reranking(RERANK, through="invoke")
        await model(RerankRequest(query="q", documents=("a",)))
    with pytest.raises(InvalidRequestError, match="from 1 to 1000"):
        amazon_bedrock.reranking("amazon.rerank-v1:0", through="invoke").encode(RerankRequest(query="q", documents=()))


@pytest.mark.corpus
async def test_the_recorded_ranking_by_invoke_model_replays() -> None:
    found = [each for each in exchanges("bedrock", "rerank", corpus_or_skip()) if each.endpoint.endswith("/invoke")]
    assert len(found) == 1
    for exchange in found:
        said: Any = exchange.request_json
        http = Replayer(exchange)
        model = door(http).reranking(RERANK, through="invoke")
        request = RerankRequest(query=said["query"], documents=tuple(said["documents"]), top_n=said["top_n"])
        result = await model(request)
        expected = json.loads(exchange.body)["results"]
        assert [(each.index, each.score) for each in result.ranking] == [
            (each["index"], each["relevance_score"]) for each in expected
        ]
        assert json.loads(http.requests[0].body) == said
        assert http.requests[0].url.endswith(exchange.endpoint)
