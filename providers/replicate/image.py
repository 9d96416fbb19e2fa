"""Image models of Replicate."""

from __future__ import annotations

from typing import Any

from ai_sdk._frozen import freeze
from ai_sdk.endpoint import Endpoint
from ai_sdk.errors import InvalidRequestError
from ai_sdk.polling import Polling
from ai_sdk.provider import Exchange, PolledModel, options_of
from ai_sdk.providers.replicate._inputs import add_files, image_names, size_input
from ai_sdk.providers.replicate._predictions import Call, call_of, complete, fetch_files
from ai_sdk.requests import ImageRequest
from ai_sdk.results import CallWarning, ImageResult

__all__ = ["ReplicateImageModel"]


class ReplicateImageModel(PolledModel[ImageRequest, ImageResult]):
    """An image model; ``max_images_per_call`` is how many pictures one prediction makes: 1 for most models."""

    kind = "image"

    def __init__(self, endpoint: Endpoint, model_id: str, polling: Polling | None = None) -> None:
        super().__init__(endpoint, model_id, polling)
        self.names = image_names(model_id)
        self.max_images_per_call = self.names.most

    def encode(self, request: ImageRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        call = self.call(request)
        return call.body, call.warnings

    def call(self, request: ImageRequest) -> Call:
        """What is sent for a request, and what it could not say; pure."""
        if request.n > self.max_images_per_call:
            raise InvalidRequestError(
                f"n is {request.n}; {self.model_id} makes at most {self.max_images_per_call} in one call", field="n"
            )
        if request.mask is not None and not request.files:
            raise InvalidRequestError("mask is given without files: there is no picture to edit", field="mask")
        options = options_of(request, self.provider)
        inputs: dict[str, Any] = {"prompt": request.prompt}
        warnings: list[CallWarning] = []
        if request.aspect_ratio is not None:
            inputs["aspect_ratio"] = request.aspect_ratio
        if request.size is not None:
            size, warnings = size_input(request.size, self.names.size, self.model_id)
            inputs.update(size)
        if request.seed is not None:
            inputs["seed"] = request.seed
        if request.n > 1:
            inputs["num_outputs"] = request.n
        add_files(inputs, request.files, str(options.get("file_input", self.names.files)), self.model_id)
        if request.mask is not None:
            add_files(inputs, (request.mask,), "mask", self.model_id)
        return call_of(self.model_id, inputs, options, warnings, wait=True)

    async def answer(self, request: ImageRequest, exchange: Exchange, /) -> ImageResult:
        """One prediction: made, waited for, its pictures fetched."""
        call = self.call(request)
        prediction = await complete(exchange, call, request.headers, self.polling)
        headers = exchange.headers
        images = await fetch_files(exchange, prediction, "picture")
        return ImageResult(
            images=images,
            warnings=tuple(call.warnings),
            usage=prediction.usage,
            response=prediction.info(headers),
            provider_metadata=freeze({self.provider: prediction.metadata}),
        )
