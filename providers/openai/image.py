"""OpenAI's image models: what they take, and edits of pictures that stand at a URL or are files of the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ai_sdk.providers.openai_compatible.image import ImageModel
from ai_sdk.wire import picture_url

if TYPE_CHECKING:
    from ai_sdk.http import HTTPResponse
    from ai_sdk.messages import FilePart
    from ai_sdk.provider import Exchange
    from ai_sdk.requests import ImageRequest

__all__ = ["OpenAIImageModel"]


class OpenAIImageModel(ImageModel):
    """An image model. Pictures to edit go out as a form, those of a GPT image model that are URLs as references.

    ``FilePart(url="file-...")`` is a file of the account.
    """

    async def edit(self, body: dict[str, Any], request: ImageRequest, exchange: Exchange) -> HTTPResponse:
        """One exchange: a form, or JSON when a picture is a URL that OpenAI fetches itself (vendor documents)."""
        every = [*request.files, *([request.mask] if request.mask is not None else [])]
        if self.model_id.startswith("dall-e") or all(each.url is None for each in every):
            return await super().edit(body, request, exchange)
        references: dict[str, Any] = {"images": [_reference(each) for each in request.files]}
        if request.mask is not None:
            references["mask"] = _reference(request.mask)
        return await exchange.send("/images/edits", {**body, **references}, request.headers)


def _reference(part: FilePart) -> dict[str, str]:
    if part.url is None:
        return {"image_url": picture_url(part)}
    return {"file_id": part.url} if part.url.startswith("file-") else {"image_url": part.url}
