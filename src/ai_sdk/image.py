"""Pictures from a model: made from words, or from words and other pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeAlias, Unpack

from ai_sdk._calls import (
    CommonSettings,
    MediaFile,
    OnProgress,
    check_count,
    check_names,
    check_text,
    fields_of,
    file_of,
    raise_when_none,
    shares,
    side_by_side,
    told,
    usage_of,
    warnings_of,
)
from ai_sdk.call import CallRecord, record_call
from ai_sdk.errors import AISDKError
from ai_sdk.model import Model, recorded
from ai_sdk.polling import Polling, polling_with
from ai_sdk.registry import resolve
from ai_sdk.requests import ImageRequest
from ai_sdk.results import ImageResult

__all__ = ["ImageModel", "ImageSettings", "PartialImageError", "generate_image"]

ImageModel: TypeAlias = str | Model[ImageRequest, ImageResult]
"""A model, or its name for the registry: ``"openai:gpt-image-1"``."""


class ImageSettings(CommonSettings, total=False):
    """Settings of an image request.

    ``size``: ``"1024x1024"`` in pixels; ``aspect_ratio``: ``"16:9"``; models know one of the two. ``seed``: the same
    seed and prompt give the same picture where the model can. The others are those of every request: ``headers``,
    ``provider_options``, ``layer_options``.
    """

    size: str | None
    aspect_ratio: str | None
    seed: int | None


_SETTINGS = frozenset({*ImageSettings.__annotations__, *CommonSettings.__annotations__})
_OWN = frozenset({"n", "images", "mask", "max_per_call", "parallel", "polling", "on_progress"})


class PartialImageError(AISDKError):
    """Some calls of ``generate_image`` failed and others did not.

    ``partial`` has the pictures that there are, ``errors`` what the failed calls raised, in order. Retryable when all
    of them are.
    """

    def __init__(self, message: str, *, partial: ImageResult, errors: Sequence[Exception]) -> None:
        super().__init__(message)
        self.partial = partial
        self.errors = tuple(errors)
        self.retryable = all(isinstance(each, AISDKError) and each.retryable for each in self.errors)


async def generate_image(
    model: ImageModel,
    prompt: str,
    /,
    *,
    n: int = 1,
    images: Sequence[MediaFile] = (),
    mask: MediaFile | None = None,
    max_per_call: int | None = None,
    parallel: int = 4,
    polling: Polling | None = None,
    on_progress: OnProgress | None = None,
    **settings: Unpack[ImageSettings],
) -> ImageResult:
    """Make ``n`` pictures: ``result.image`` is the first, ``result.images`` are all, ``image.save(path)`` writes one.

    ``images`` are pictures to start from or to edit, ``mask`` is one whose transparent parts say where: bytes, a path,
    a URL or a ``FilePart``. When the model makes fewer than ``n`` in a call (its ``max_images_per_call``, or
    ``max_per_call``), several calls run, at most ``parallel`` at a time, each with a ``seed`` one higher than the one
    before so that the pictures differ. ``polling`` says how to wait for a provider that works in the background, and
    ``on_progress`` is called with each look at it. The settings are those of ``ImageSettings``.

    Raises ``InvalidRequestError`` before any call, ``InvalidResponseError`` for an answer without a picture,
    ``PartialImageError`` when some of several calls fail, and what the model raises.
    """
    check_names("generate_image", settings, _SETTINGS | _OWN)
    check_text(prompt, "prompt")
    call = resolve(model, "image")
    most = max_per_call if max_per_call is not None else getattr(call, "max_images_per_call", None)
    for name, number in (("n", n), ("max_per_call", most), ("parallel", parallel)):
        check_count(name, number)
    base = ImageRequest(
        prompt=prompt,
        files=tuple(file_of(each, f"images[{at}]", "image/*") for at, each in enumerate(images)),
        mask=None if mask is None else file_of(mask, "mask", "image/*"),
        **fields_of(settings),
    )
    requests = [_share(base, at, count) for at, count in enumerate(shares(n, most))]
    chosen = recorded(call)

    async def one(request: ImageRequest) -> ImageResult:
        result = await chosen(request)
        raise_when_none(chosen, result.images, "picture")
        return result

    with record_call("call", "generate_image", told(on_progress)) as record, polling_with(polling):
        return _gathered(await side_by_side(one, requests, parallel), record)


def _share(base: ImageRequest, at: int, count: int) -> ImageRequest:
    return replace(base, n=count, seed=None if base.seed is None else base.seed + at)


def _gathered(answers: Sequence[Any], record: CallRecord) -> ImageResult:
    results = [each for each in answers if isinstance(each, ImageResult)]
    errors = [each for each in answers if isinstance(each, Exception)]
    if errors and not results:
        raise errors[0]
    result = replace(
        results[0],
        images=tuple(image for each in results for image in each.images),
        usage=usage_of(results, record),
        warnings=warnings_of(results),
        attempts=tuple(record.attempts),
    )
    if errors:
        raise PartialImageError(
            f"{len(errors)} of {len(answers)} calls failed; the first error: {errors[0]}", partial=result, errors=errors
        ) from errors[0]
    return result
