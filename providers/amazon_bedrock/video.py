"""Video models: ``POST /async-invoke``, a job to look at, and a file in the caller's own S3."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias, cast
from urllib.parse import quote

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.errors import (
    AISDKError,
    APIError,
    ContentFilterError,
    InvalidRequestError,
    InvalidResponseError,
    PermissionDeniedError,
)
from ai_sdk.media import media_type_of
from ai_sdk.polling import Pending, Polling, poll
from ai_sdk.provider import ErrorInfo, Exchange, PolledModel, unsupported
from ai_sdk.providers.amazon_bedrock._media import (
    FILTERED,
    S3_URI,
    check_count,
    fetched,
    media_errors,
    pixels,
    storage_of,
    stored,
)
from ai_sdk.providers.amazon_bedrock._messages import own_of
from ai_sdk.providers.amazon_bedrock._sign import Signer
from ai_sdk.requests import VideoRequest
from ai_sdk.results import CallWarning, GeneratedFile, ResponseInfo, VideoResult
from ai_sdk.wire import object_of

if TYPE_CHECKING:
    from ai_sdk.messages import FilePart
    from ai_sdk.providers.amazon_bedrock._door import BedrockEndpoint

__all__ = ["BedrockVideoModel"]

Encoder: TypeAlias = Callable[[VideoRequest, dict[str, Any]], tuple[dict[str, Any], list[CallWarning]]]

_ENVELOPE = ("clientRequestToken", "tags")
_NOVA_SIZE = "1280x720"
_DENIED = ("access denied", "accessdenied", "not authorized", "permission")


class BedrockVideoModel(PolledModel[VideoRequest, VideoResult]):
    """A video model: Nova Reel or Luma Ray. ``like`` is the id of a model that takes the same, for an ARN.

    Bedrock writes the video to S3: the option ``s3Uri`` (``"s3://bucket/folder"``, or ``outputDataConfig`` in the
    vendor's words) says where, and is needed. The file is fetched from there by a signed GET, which needs credentials
    of AWS, also beside an API key; without any the call is refused before the job begins. There is no way to call a
    job off.
    """

    kind = "video"
    polling = Polling(interval=5.0, factor=1.3, longest=20.0, timeout=1800.0)
    max_videos_per_call = 1
    endpoint: BedrockEndpoint

    def __init__(
        self, endpoint: BedrockEndpoint, model_id: str, polling: Polling | None = None, like: str | None = None
    ) -> None:
        super().__init__(endpoint, model_id, polling)
        self.like = like or model_id

    def encode(self, request: VideoRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, whose picture has its bytes, and what it could not say; pure."""
        check_count(request.n, self.max_videos_per_call, self.model_id, "video")
        options = own_of(request.provider_options, self.provider)
        output = _output(options)
        envelope = {name: options.pop(name) for name in _ENVELOPE if name in options}
        given = cast("Mapping[str, Any]", options.pop("modelInput", None) or EMPTY)
        made, warnings = _encoder_of(self.like)(request, options)
        return {
            "modelId": self.model_id,
            "modelInput": {**made, **given},
            "outputDataConfig": output,
            **envelope,
        }, warnings

    async def answer(self, request: VideoRequest, exchange: Exchange, /) -> VideoResult:
        """Submit, look at the job until it is done, and fetch what it made."""
        self.encode(request)
        storage = storage_of(self.endpoint)
        await cast("Signer", storage.sign).check()
        if request.image is not None:
            request = replace(request, image=await fetched(request.image, exchange))
        body, warnings = self.encode(request)
        with media_errors():
            begun, _ = await exchange.json("/async-invoke", body, request.headers)
        job = _text(object_of(begun).get("invocationArn"))
        if not job:
            raise InvalidResponseError(f"{self.provider} began no job", body=repr(cast("object", begun)))

        async def look() -> VideoResult | AISDKError | Pending:
            with media_errors():
                path = f"/async-invoke/{quote(job, safe='')}"
                data, _ = await exchange.json(path, headers=request.headers, method="GET")
            return await self._seen(object_of(data), job, exchange, storage)

        try:
            result: VideoResult | AISDKError = await poll(
                look, job=job, polling=self.polling, first=Pending("InProgress")
            )
        except APIError as error:
            error.job = job
            raise
        if isinstance(result, AISDKError):
            raise result
        return replace(result, warnings=tuple(warnings))

    async def _seen(
        self, said: dict[str, Any], job: str, exchange: Exchange, storage: BedrockEndpoint
    ) -> VideoResult | AISDKError | Pending:
        """What a job has come to. Its failure is given and not raised: looking again would not help.

        The file is fetched here, so that a fetch which fails for a moment is tried again with the next look.
        """
        status = _text(said.get("status"))
        if status == "Failed":
            return _failed(said, job, exchange)
        if status != "Completed":
            return Pending(status or "unknown")
        folder = _text(object_of(object_of(said.get("outputDataConfig")).get("s3OutputDataConfig")).get("s3Uri"))
        if not S3_URI.fullmatch(folder):
            return InvalidResponseError(f"{self.provider} does not say where {job} put its video", body=repr(said))
        uri = _file_of(folder, job)
        data, kind = await stored(uri, exchange, storage)
        kind = kind if kind.startswith("video/") else media_type_of(data) or "video/mp4"
        return VideoResult(
            videos=(GeneratedFile(data, kind),),
            response=ResponseInfo(id=job, model=self.model_id, headers=exchange.headers),
            provider_metadata=freeze({self.provider: {"invocationArn": job, "s3Uri": uri}}),
        )


def _encoder_of(model_id: str) -> Encoder:
    """What makes the input of a model."""
    for word, encoder in (("nova-reel", _nova), ("luma.", _luma)):
        if word in model_id:
            return encoder
    raise InvalidRequestError(
        f"{model_id} is no video model that is known here: Nova Reel and Luma Ray are; like= says what an ARN is",
        field="model_id",
    )


def _output(options: dict[str, Any]) -> dict[str, Any]:
    """Where the video goes; refused when it is not said."""
    given = options.pop("outputDataConfig", None)
    uri = options.pop("s3Uri", None)
    if given is None and uri is not None:
        given = {"s3OutputDataConfig": {"s3Uri": uri}}
    found: Any = object_of(object_of(given).get("s3OutputDataConfig")).get("s3Uri")
    if not (isinstance(found, str) and S3_URI.fullmatch(found)):
        raise InvalidRequestError(
            f"s3Uri is {found!r:.80}; videos go to your own S3: give "
            'provider_options={"amazon_bedrock": {"s3Uri": "s3://bucket/folder"}}',
            field="s3Uri",
        )
    return cast("dict[str, Any]", given)


def _nova(request: VideoRequest, options: dict[str, Any]) -> tuple[dict[str, Any], list[CallWarning]]:
    """Nova Reel: six seconds, or up to two minutes of several shots."""
    seconds = 6 if request.duration is None else request.duration
    if seconds != int(seconds) or not 6 <= seconds <= 120 or seconds % 6:
        raise InvalidRequestError(
            f"duration is {request.duration}; Nova Reel makes 6 seconds, or 12 to 120 in steps of 6", field="duration"
        )
    if request.resolution is not None:
        pixels(request.resolution, "resolution")
    config: dict[str, Any] = {
        "durationSeconds": int(seconds),
        "fps": request.fps or 24,
        "dimension": request.resolution or _NOVA_SIZE,
    }
    if request.seed is not None:
        config["seed"] = request.seed
    config |= cast("Mapping[str, Any]", options.pop("videoGenerationConfig", None) or EMPTY)
    task = options.pop("taskType", None) or ("TEXT_VIDEO" if seconds == 6 else "MULTI_SHOT_AUTOMATED")
    body: dict[str, Any] = {"taskType": task, "videoGenerationConfig": config}
    if task == "MULTI_SHOT_AUTOMATED" and request.image is not None:
        raise InvalidRequestError(
            "image is given for a video of several shots; Nova Reel begins with a picture for 6 seconds, or shot by "
            "shot with taskType MULTI_SHOT_MANUAL",
            field="image",
        )
    if task == "TEXT_VIDEO":
        params: dict[str, Any] = {"text": request.prompt}
        if request.image is not None:
            params["images"] = [_nova_picture(request.image)]
        body["textToVideoParams"] = {**params, **object_of(options.pop("textToVideoParams", None))}
    elif task == "MULTI_SHOT_AUTOMATED":
        body["multiShotAutomatedParams"] = {
            "text": request.prompt,
            **object_of(options.pop("multiShotAutomatedParams", None)),
        }
    warnings = (
        [unsupported("aspect_ratio", "Nova Reel makes 16:9")] if request.aspect_ratio not in (None, "16:9") else []
    )
    return {**body, **options}, warnings


def _nova_picture(part: FilePart) -> dict[str, Any]:
    kind = _kind_of(part)
    if part.url is not None:
        return {"format": kind.rpartition("/")[2], "source": {"s3Location": {"uri": part.url}}}
    return {"format": kind.rpartition("/")[2], "source": {"bytes": part.base64}}


def _kind_of(part: FilePart) -> str:
    if not part.media_type.endswith(("/*", "/octet-stream")):
        return part.media_type
    return media_type_of(part.data or b"") or "image/png"


def _luma(request: VideoRequest, options: dict[str, Any]) -> tuple[dict[str, Any], list[CallWarning]]:
    """Luma Ray: five or nine seconds."""
    body: dict[str, Any] = {"prompt": request.prompt}
    if request.duration is not None and request.duration not in (5, 9):
        raise InvalidRequestError(f"duration is {request.duration}; Luma Ray makes 5 or 9 seconds", field="duration")
    if request.aspect_ratio is not None:
        body["aspect_ratio"] = request.aspect_ratio
    if request.duration is not None:
        body["duration"] = f"{int(request.duration)}s"
    if request.resolution is not None:
        body["resolution"] = _luma_resolution(request.resolution)
    if request.image is not None:
        body["keyframes"] = {"frame0": {"type": "image", "source": _luma_picture(request.image)}}
    warnings = [
        unsupported(field, "Luma Ray has no such setting")
        for field in ("fps", "seed")
        if getattr(request, field) is not None
    ]
    return {**body, **options}, warnings


def _luma_resolution(value: str) -> str:
    if value in ("540p", "720p"):
        return value
    short = min(pixels(value, "resolution"))
    if short not in (540, 720):
        raise InvalidRequestError(f"resolution is {value!r}; Luma Ray makes 540p and 720p", field="resolution")
    return f"{short}p"


def _luma_picture(part: FilePart) -> dict[str, Any]:
    if part.url is not None:
        return {"type": "s3", "media_type": _kind_of(part), "uri": part.url}
    return {"type": "base64", "media_type": _kind_of(part), "data": part.base64}


def _failed(said: dict[str, Any], job: str, exchange: Exchange) -> APIError:
    words = _text(said.get("failureMessage")) or "the job failed without saying why"
    error = exchange.error_of(ErrorInfo(words), said, headers=exchange.headers)
    if FILTERED.search(words):
        error = error.as_kind(ContentFilterError)
    elif any(each in words.lower() for each in _DENIED):
        error = error.as_kind(PermissionDeniedError)
    error.job = job
    return error


def _file_of(folder: str, job: str) -> str:
    """The file in the folder of a job, which is named after it (vendor documents)."""
    folder = folder.rstrip("/")
    name = job.rpartition("/")[2]
    return f"{folder}/output.mp4" if folder.endswith(f"/{name}") else f"{folder}/{name}/output.mp4"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
