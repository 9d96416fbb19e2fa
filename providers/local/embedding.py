"""Embedding models on this machine: a sentence encoder in this process, and the mean of a chat model's last states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ai_sdk.errors import APIConnectionError, ContextLengthError, InvalidRequestError, ServerError
from ai_sdk.provider import ProviderModel, options_of, unsupported
from ai_sdk.providers.local._checks import check_options
from ai_sdk.providers.local._minilm import LONGEST, Encoded, embedded, find_minilm
from ai_sdk.providers.local._work import all_computed
from ai_sdk.providers.openai_compatible.embedding import EmbeddingModel
from ai_sdk.requests import EmbeddingRequest
from ai_sdk.results import CallWarning, EmbeddingResult, ResponseInfo, Usage

if TYPE_CHECKING:
    from ai_sdk.provider import Endpoint, Exchange
    from ai_sdk.providers.local._options import LocalServer

__all__ = ["LocalEmbedding", "SentenceEmbedding", "encode_texts", "warnings_about"]


class LocalEmbedding(EmbeddingModel):
    """An embedding model of a GGUF file, on the server of the chat model of that file."""

    def __init__(self, endpoint: Endpoint, model_id: str, server: LocalServer) -> None:
        super().__init__(endpoint, model_id)
        self._server = server

    async def answer(self, request: EmbeddingRequest, exchange: Exchange, /) -> EmbeddingResult:
        """One exchange with the server.

        Raises ``APIConnectionError`` with the reason when the server died, and ``ContextLengthError`` for a text that
        is too long, which the server calls its own failure (run live).
        """
        try:
            return await super().answer(request, exchange)
        except ServerError as error:
            if "too large to process" not in error.message:
                raise
            raise ContextLengthError(
                f"{error.message}; create_local(batch=...) takes longer texts",
                status=error.status,
                provider=self.provider,
                model=self.model_id,
                body=error.body,
                headers=error.headers,
            ) from error
        except APIConnectionError as error:
            raise await self._server.explained(error) from error


class SentenceEmbedding(ProviderModel[EmbeddingRequest, EmbeddingResult]):
    """The sentence encoder all-MiniLM-L6-v2: vectors of 384 numbers and length one.

    256 tokens of a text count; what comes after them is left out with a warning.
    """

    kind = "embedding"
    max_values_per_call = 256

    def __init__(self, endpoint: Endpoint, model_id: str, threads: int = 1) -> None:
        super().__init__(endpoint, model_id)
        self._threads = threads

    def encode(self, request: EmbeddingRequest) -> list[CallWarning]:
        """What the model cannot do; pure. Raises ``InvalidRequestError`` for no texts and for options: it has none."""
        if not request.values:
            raise InvalidRequestError("values is empty: there is nothing to embed", field="values")
        check_options(options_of(request, self.provider), {})
        return [unsupported("dimensions", "its vectors have 384 numbers")] if request.dimensions is not None else []

    async def answer(self, request: EmbeddingRequest, _exchange: Exchange, /) -> EmbeddingResult:
        """Compute in a thread. Raises ``MissingExtraError`` with the commands that install what is missing."""
        warnings = self.encode(request)
        encoded = await encode_texts(self.model_id, request.values, self._threads)
        return EmbeddingResult(
            embeddings=tuple([each.vector for each in encoded]),
            usage=Usage(input_tokens=sum(each.tokens for each in encoded)),
            response=ResponseInfo(model=self.model_id),
            warnings=(*warnings, *warnings_about(encoded, "values")),
        )


async def encode_texts(model_id: str, texts: Sequence[str], threads: int) -> list[Encoded]:
    """The vectors of the texts, in their order."""
    folder = find_minilm()
    batches = await all_computed(embedded(folder, texts, threads), model_id)
    return sorted(each for batch in batches for each in batch)


def warnings_about(encoded: Sequence[Encoded], field: str) -> list[CallWarning]:
    """The warning about texts that were cut."""
    cut = sum(each.cut for each in encoded)
    if not cut:
        return []
    how = f"{cut} of {len(encoded)} texts had more than {LONGEST} tokens: their ends were left out"
    return [CallWarning("compatibility", field, how)]
