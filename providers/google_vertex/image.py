"""Imagen on Google Cloud: pictures from a text, and edits of pictures with masks and references."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import EMPTY
from ai_sdk.errors import InvalidRequestError
from ai_sdk.provider import parse_json
from ai_sdk.providers.google._encode import options_of
from ai_sdk.providers.google._errors import refining
from ai_sdk.providers.google._media import fetched, file_of
from ai_sdk.providers.google._read import objects, said, text
from ai_sdk.providers.google.image import ImagenModel, predicted
from ai_sdk.providers.google_vertex._storage import check_readable, stored

if TYPE_CHECKING:
    from ai_sdk.provider import Exchange
    from ai_sdk.providers.google_vertex._endpoint import VertexEndpoint
    from ai_sdk.requests import ImageRequest
    from ai_sdk.results import CallWarning, ImageResult

__all__ = ["VertexImagen"]

_INPAINT = "EDIT_MODE_INPAINT_INSERTION"


class VertexImagen(ImagenModel):
    """Imagen in a project.

    ``files`` become raw reference images, counted from 1, and ``mask`` one of the mask; ``imagen-3.0-capability-001``
    takes them. Options are fields of ``parameters``, but for ``referenceImages``, which replaces those that are made,
    and ``maskImageConfig``, which is the mask's.
    """

    endpoint: VertexEndpoint

    def __init__(self, endpoint: VertexEndpoint, model_id: str) -> None:
        super().__init__(endpoint, model_id)

    @property
    def path(self) -> str:
        """Where to send, behind the location."""
        if self.model_id.startswith(("endpoints/", "publishers/")):
            return f"/{self.model_id}:predict"
        return f"/publishers/google/models/{self.model_id.removeprefix('models/')}:predict"

    def encode(self, request: ImageRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        parameters, warnings = self.parameters(request)
        options = options_of(request, self.provider)
        check_readable(self.endpoint, options.get("storageUri"))
        mask = cast("Mapping[str, Any]", options.pop("maskImageConfig", None) or EMPTY)
        references = _references(request, mask)
        given = options.pop("referenceImages", None)
        if request.mask is not None or mask:
            parameters["editMode"] = _INPAINT
        if request.seed is not None:
            parameters |= {"seed": request.seed, "addWatermark": False}
        instance: dict[str, Any] = {"prompt": request.prompt}
        if given or references:
            instance["referenceImages"] = given or references
        return {"instances": [instance], "parameters": {**parameters, **options}}, warnings

    async def answer(self, request: ImageRequest, exchange: Exchange, /) -> ImageResult:
        """One exchange, and one for each picture to edit or that was put into Cloud Storage."""
        self.encode(request)
        files = [await fetched(each, exchange, keep=_in_storage) for each in request.files]
        mask = request.mask and await fetched(request.mask, exchange, keep=_in_storage)
        body, warnings = self.encode(replace(request, files=tuple(files), mask=mask))
        with refining():
            response = await exchange.send(self.path, body, request.headers)
        data = parse_json(response.body, self.provider)
        uris = [text(each.get("gcsUri")) for each in objects(said(data).get("predictions"))]
        found = {uri: (await stored(uri, exchange, self.endpoint))[0] for uri in uris if uri}
        return predicted(data, exchange, warnings, found)


def _in_storage(url: str) -> bool:
    return url.startswith("gs://")


def _references(request: ImageRequest, mask: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The pictures to edit, then the mask: one that was given, or one that the vendor shall make."""
    if (request.mask is not None or mask) and not request.files:
        raise InvalidRequestError("a mask is given without files: there is no picture to edit", field="mask")
    references = [_reference("REFERENCE_TYPE_RAW", place, file_of(each)) for place, each in enumerate(request.files, 1)]
    if request.mask is not None:
        config = {"maskMode": "MASK_MODE_USER_PROVIDED", **mask}
        references.append(_reference("REFERENCE_TYPE_MASK", len(references) + 1, file_of(request.mask), config))
    elif mask:
        references.append(_reference("REFERENCE_TYPE_MASK", len(references) + 1, None, mask))
    return references


def _reference(
    kind: str, number: int, picture: Mapping[str, str] | None, mask: Mapping[str, Any] = EMPTY
) -> dict[str, Any]:
    reference: dict[str, Any] = {"referenceType": kind, "referenceId": number}
    if picture is not None:
        reference["referenceImage"] = picture
    if mask:
        reference["maskImageConfig"] = mask
    return reference
