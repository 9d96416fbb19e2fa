"""LMNT: speech. ``LMNT_API_KEY`` is the key.

Options: ``LMNTSpeechOptions``, and all else of the API as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_sdk._frozen import EMPTY
from ai_sdk.errors import UnsupportedError
from ai_sdk.provider import Endpoint, ModelInfo, Provider
from ai_sdk.providers.lmnt._errors import read_lmnt_error
from ai_sdk.providers.lmnt._models import SpeechModelId
from ai_sdk.providers.lmnt._options import LMNTSpeechOptions

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.providers.lmnt.speech import LMNTSpeechModel

__all__ = ["API_VERSION", "LMNT", "LMNTSpeechOptions", "SpeechModelId", "create_lmnt", "lmnt"]

API_VERSION = "1.1"


class LMNT(Provider):
    """LMNT's models by id."""

    def speech(self, model_id: SpeechModelId) -> LMNTSpeechModel:
        """Make a speech model."""
        from ai_sdk.providers.lmnt.speech import LMNTSpeechModel

        return LMNTSpeechModel(self.endpoint, model_id)

    async def models(self) -> list[ModelInfo]:
        """LMNT does not list its models."""
        raise UnsupportedError("lmnt does not list its models; see https://docs.lmnt.com", field="models")


def _auth(key: str) -> Mapping[str, str]:
    return {"x-api-key": key}


def create_lmnt(
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    http: HTTP | None = None,
) -> LMNT:
    """Make another instance of the provider, with its own key, address or headers.

    Requests are of version ``API_VERSION`` of the API; ``headers={"lmnt-version": ...}`` asks for another.
    """
    own = {name.lower(): value for name, value in (headers or EMPTY).items()}
    endpoint = Endpoint(
        name="lmnt",
        base_url=base_url or "https://api.lmnt.com",
        key=api_key,
        key_env=("LMNT_API_KEY",),
        auth=_auth,
        headers={"lmnt-version": API_VERSION, **own},
        http=http,
        read_error=read_lmnt_error,
    )
    return LMNT(endpoint, docs="https://docs.lmnt.com/api")


lmnt = create_lmnt()
