"""Image models: ``POST /model/{id}/invoke`` with the body of the model's maker: Nova Canvas, Titan, Stability."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import EMPTY, FrozenDict, freeze
from ai_sdk.endpoint import request_id
from ai_sdk.errors import ContentFilterError, InvalidRequestError, InvalidResponseError, UnsupportedError
from ai_sdk.provider import Endpoint, ErrorInfo, Exchange, ProviderModel, unsupported
from ai_sdk.providers.amazon_bedrock._media import FILTERED, check_count, fetched, media_errors, pixels
from ai_sdk.providers.amazon_bedrock._messages import own_of
from ai_sdk.providers.amazon_bedrock._models import image_family_of
from ai_sdk.providers.amazon_bedrock.language import model_path
from ai_sdk.requests import ImageRequest
from ai_sdk.results import CallWarning, GeneratedFile, ImageResult, ResponseInfo

if TYPE_CHECKING:
    from ai_sdk.messages import FilePart

__all__ = ["BedrockImageModel"]

_PARAMS: Mapping[str, str] = FrozenDict(
    {
        "TEXT_IMAGE": "textToImageParams",
        "COLOR_GUIDED_GENERATION": "colorGuidedGenerationParams",
        "IMAGE_VARIATION": "imageVariationParams",
        "INPAINTING": "inPaintingParams",
        "OUTPAINTING": "outPaintingParams",
        "BACKGROUND_REMOVAL": "backgroundRemovalParams",
        "VIRTUAL_TRY_ON": "virtualTryOnParams",
    }
)
_OF_TASK = (
    "negativeText",
    "style",
    "controlMode",
    "controlStrength",
    "colors",
    "similarityStrength",
    "maskPrompt",
    "outPaintingMode",
    "returnMask",
    "maskType",
    "mergeStyle",
    "garmentBasedMask",
    "promptBasedMask",
    "imageBasedMask",
)
_OF_CONFIG = ("quality", "cfgScale")
_WITHOUT_CONFIG = ("BACKGROUND_REMOVAL",)
_WITHOUT_TEXT = ("BACKGROUND_REMOVAL", "VIRTUAL_TRY_ON")
_PICTURE = {
    "TEXT_IMAGE": "conditionImage",
    "COLOR_GUIDED_GENERATION": "referenceImage",
    "VIRTUAL_TRY_ON": "sourceImage",
}


class BedrockImageModel(ProviderModel[ImageRequest, ImageResult]):
    """An image model. ``like`` is the id of a model that takes the same, for an ARN that does not say it.

    Nova Canvas and Titan: what is done follows from the request unless the option ``taskType`` says it: a text makes a
    picture, ``files`` are varied, with a mask (``mask``, or the option ``maskPrompt``) repainted. Stability: the
    options are fields of the body.
    """

    kind = "image"

    def __init__(self, endpoint: Endpoint, model_id: str, like: str | None = None) -> None:
        super().__init__(endpoint, model_id)
        self.like = like or model_id
        self.family = image_family_of(self.like)
        self.max_images_per_call = 5 if self.family == "amazon" else 1

    def encode(self, request: ImageRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, whose pictures have their bytes, and what it could not say; pure."""
        check_count(request.n, self.max_images_per_call, self.model_id, "pictures")
        options = own_of(request.provider_options, self.provider)
        if self.family is None:
            raise InvalidRequestError(
                f"{self.like} is no image model that is known here: Nova Canvas, Titan Image and Stability are; "
                "like= tells what an ARN stands for",
                field="model_id",
            )
        if self.family == "stability":
            return _stability(request, options, modes="sd3" in self.like)
        return _amazon(request, options)

    async def answer(self, request: ImageRequest, exchange: Exchange, /) -> ImageResult:
        """One exchange, and one for each picture that is given by its URL."""
        self.encode(request)
        files = [await fetched(each, exchange) for each in request.files]
        mask = request.mask and await fetched(request.mask, exchange)
        body, warnings = self.encode(replace(request, files=tuple(files), mask=mask))
        with media_errors():
            data, headers = await exchange.json(model_path(self.model_id, "invoke"), body, request.headers)
        return decode_images(data, headers, exchange, warnings)


def _amazon(request: ImageRequest, options: dict[str, Any]) -> tuple[dict[str, Any], list[CallWarning]]:
    task = options.pop("taskType", None) or _task(request, options)
    name = _PARAMS.get(task)
    if name is None:
        raise InvalidRequestError(f"taskType is {task!r:.80}; allowed are {', '.join(_PARAMS)}", field="taskType")
    params = _params(task, request)
    params |= {each: options.pop(each) for each in _OF_TASK if each in options}
    params |= cast("Mapping[str, Any]", options.pop(name, None) or EMPTY)
    config: dict[str, Any] = {"numberOfImages": request.n}
    if request.size is not None:
        config["width"], config["height"] = pixels(request.size, "size")
    if request.seed is not None:
        config["seed"] = request.seed
    config |= {each: options.pop(each) for each in _OF_CONFIG if each in options}
    config |= cast("Mapping[str, Any]", options.pop("imageGenerationConfig", None) or EMPTY)
    warnings = [unsupported("aspect_ratio", "pictures are sized by size")] if request.aspect_ratio is not None else []
    body: dict[str, Any] = {"taskType": task, name: params}
    if task in _WITHOUT_CONFIG:
        lost = {"size": request.size, "seed": request.seed, "n": request.n if request.n > 1 else None}
        warnings += [
            unsupported(field, f"{task} has no such setting") for field, given in lost.items() if given is not None
        ]
    else:
        body["imageGenerationConfig"] = config
    return {**body, **options}, warnings


def _task(request: ImageRequest, options: Mapping[str, Any]) -> str:
    """What is meant, when nothing says it: of the parameters that are given, else of mask and files."""
    for task, name in _PARAMS.items():
        if name in options:
            return task
    if request.mask is not None or "maskPrompt" in options:
        return "INPAINTING"
    if request.files:
        return "IMAGE_VARIATION"
    return "COLOR_GUIDED_GENERATION" if "colors" in options else "TEXT_IMAGE"


def _params(task: str, request: ImageRequest) -> dict[str, Any]:
    """The parameters of a task: text, pictures and mask."""
    pictures = [_bytes_of(each, "files") for each in request.files]
    masked = task in ("INPAINTING", "OUTPAINTING")
    if (masked or task in ("IMAGE_VARIATION", *_WITHOUT_TEXT)) and not pictures:
        raise InvalidRequestError(f"files is empty; {task} needs a picture", field="files")
    if request.mask is not None and not masked:
        raise UnsupportedError(f"{task} takes no mask", field="mask")
    params: dict[str, Any] = {"text": request.prompt} if request.prompt and task not in _WITHOUT_TEXT else {}
    if task == "IMAGE_VARIATION":
        return {"images": pictures, **params}
    most = 2 if task == "VIRTUAL_TRY_ON" else 1
    if len(pictures) > most:
        raise InvalidRequestError(f"files has {len(pictures)} pictures; {task} takes {most}", field="files")
    if pictures:
        params[_PICTURE.get(task, "image")] = pictures[0]
    if len(pictures) == 2:
        params["referenceImage"] = pictures[1]
    if request.mask is not None:
        params["maskImage"] = _bytes_of(request.mask, "mask")
    return params


def _stability(
    request: ImageRequest, options: dict[str, Any], *, modes: bool
) -> tuple[dict[str, Any], list[CallWarning]]:
    """A body of Stability's. Its services without a text, such as the removal of a background, get no empty one."""
    if len(request.files) > 1:
        raise InvalidRequestError(f"files has {len(request.files)} pictures; Stability takes one", field="files")
    if request.mask is not None and not request.files:
        raise InvalidRequestError("mask is given without files: there is no picture to edit", field="mask")
    body: dict[str, Any] = {"prompt": request.prompt} if request.prompt else {}
    warnings: list[CallWarning] = []
    if request.size is not None:
        warnings.append(unsupported("size", "Stability's pictures are sized by aspect_ratio"))
    if request.aspect_ratio is not None and request.files:
        warnings.append(unsupported("aspect_ratio", "it is that of the picture"))
    elif request.aspect_ratio is not None:
        body["aspect_ratio"] = request.aspect_ratio
    if request.seed is not None:
        body["seed"] = request.seed
    if request.files:
        body["image"] = _bytes_of(request.files[0], "files")
    if request.files and modes:
        body |= {"mode": "image-to-image", "strength": 0.7}
    if request.mask is not None:
        body["mask"] = _bytes_of(request.mask, "mask")
    return {**body, **options}, warnings


def _bytes_of(part: FilePart, field: str) -> str:
    if part.url is not None and part.url.startswith("s3://"):
        raise UnsupportedError(f"a picture must be bytes or a URL of the web, not {part.url}", field=field)
    return part.base64


def decode_images(
    data: Any, headers: Mapping[str, str], exchange: Exchange, warnings: list[CallWarning]
) -> ImageResult:
    """The pictures of an answer. What was held back is told in the metadata, or raised when nothing is left."""
    provider = exchange.endpoint.name
    said = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
    words = [each for each in (*_list(said.get("finish_reasons")), said.get("error")) if isinstance(each, str) and each]
    try:
        pictures = [_decoded(each) for each in _list(said.get("images")) if each]
    except (TypeError, ValueError) as error:
        raise InvalidResponseError(
            f"{provider} answered with something that is no picture: {error}", body=repr(said)
        ) from error
    if not pictures and words:
        failure = exchange.error_of(ErrorInfo("; ".join(words)), said, headers=headers)
        raise failure.as_kind(ContentFilterError) if FILTERED.search(failure.message) else failure
    if not pictures:
        raise InvalidResponseError(f"{provider} answered without pictures", body=repr(cast("object", data)))
    own = {name: said[name] for name in ("seeds", "maskImage") if said.get(name)}
    if words:
        own["notes"] = words
    return ImageResult(
        images=tuple(map(GeneratedFile, pictures)),
        warnings=tuple(warnings),
        response=ResponseInfo(id=request_id(headers), headers=headers),
        provider_metadata=freeze({provider: own}) if own else EMPTY,
    )


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _decoded(value: Any) -> bytes:
    return base64.b64decode(cast("str", value), validate=True)
