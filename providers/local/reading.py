"""A reader of pictures on this machine: a language model whose answer is the text that it sees."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ai_sdk._frozen import freeze
from ai_sdk.errors import InvalidRequestError, UnsupportedError
from ai_sdk.messages import FilePart, UserMessage
from ai_sdk.parts import Finish, LanguagePart, ResponseMetadata, StreamStart, TextDelta
from ai_sdk.provider import ProviderModel, options_of, unsupported
from ai_sdk.providers.local._checks import check_options
from ai_sdk.providers.local._media import EYES, find_media
from ai_sdk.providers.local._work import all_computed, computed, once
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import CallWarning, LanguageResponse, Usage, fold_language

if TYPE_CHECKING:
    from ai_sdk.provider import Endpoint, Exchange

__all__ = ["LocalReader"]

_LEFT_OUT = (
    "max_output_tokens",
    "temperature",
    "top_p",
    "top_k",
    "presence_penalty",
    "frequency_penalty",
    "stop",
    "seed",
    "reasoning",
    "tools",
    "tool_choice",
)


class LocalReader(ProviderModel[LanguageRequest, LanguageResponse]):
    """Reads the pictures of the last user message, line by line; words of the message do not matter to it.

    The lines of a picture are lines of the answer, and an empty line is between two pictures. The metadata has, for
    each line, its score from 0 to 1 and its four corners in pixels.
    """

    def __init__(self, endpoint: Endpoint, model_id: str, threads: int = 1) -> None:
        super().__init__(endpoint, model_id)
        self._threads = threads

    def encode(self, request: LanguageRequest) -> tuple[list[bytes], list[CallWarning]]:
        """The pictures, and what the reader cannot do; pure.

        Raises ``InvalidRequestError`` without a picture, ``UnsupportedError`` for a picture by URL, another file, and
        JSON.
        """
        if request.response_format is not None:
            raise UnsupportedError(f"{self!r} answers with text only, not with JSON", field="response_format")
        check_options(options_of(request, self.provider), {})
        said = next((each for each in reversed(request.messages) if isinstance(each, UserMessage)), None)
        files = [part for part in said.content if isinstance(part, FilePart)] if said is not None else []
        if not files:
            raise InvalidRequestError(f"{self!r} reads pictures: the last user message has none", field="messages")
        given = [name for name in _LEFT_OUT if getattr(request, name) not in (None, ())]
        return [self._bytes(each) for each in files], [unsupported(name, f"{self!r} only reads") for name in given]

    def _bytes(self, file: FilePart) -> bytes:
        if file.data is None:
            raise UnsupportedError(f"{self!r} takes pictures as bytes, not by URL", field="messages")
        if not file.media_type.startswith("image/"):
            raise UnsupportedError(f"{self!r} reads pictures, not {file.media_type}", field="messages")
        return file.data

    async def answer(self, request: LanguageRequest, _exchange: Exchange, /) -> LanguageResponse:
        """Read in a thread.

        Raises ``MissingExtraError`` with the command that installs what is missing, ``InvalidRequestError`` for a
        picture that cannot be read.
        """
        pictures, warnings = self.encode(request)
        find_media(EYES, self.model_id)
        parts = _read(pictures, self._threads)
        head: list[LanguagePart] = [StreamStart(tuple(warnings))] if warnings else []
        head.append(ResponseMetadata(model=self.model_id))
        if request.stream:
            return await LanguageResponse.start(_streamed(computed(parts, self.model_id), head), fold_language)
        return LanguageResponse.of([*head, *await all_computed(parts, self.model_id)], fold_language)


class _Reader:
    """RapidOCR, which keeps what it is doing in itself: one picture at a time."""

    def __init__(self, threads: int) -> None:
        params = {
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "Det.limit_type": "max",  # else a small picture is blown up, and takes ten times as long
            "Det.limit_side_len": 960,
        }
        self._engine: Any = import_module("rapidocr").RapidOCR(params=params)
        self._lock = threading.Lock()

    def read(self, picture: bytes) -> list[tuple[str, float, Any]]:
        """The lines: text, score, corners."""
        image = _open(picture)
        with self._lock:
            found = self._engine(image)
        if found.txts is None:
            return []
        return list(zip(found.txts, map(float, found.scores), found.boxes.tolist(), strict=True))


def _open(picture: bytes) -> Any:
    """The pixels. What is transparent becomes white."""
    image, numpy = import_module("PIL.Image"), import_module("numpy")
    try:
        with image.open(BytesIO(picture)) as file:
            seen = file.convert("RGBA")
    except (OSError, ValueError, SyntaxError, image.DecompressionBombError) as error:
        raise InvalidRequestError(f"the picture cannot be read: {error}", field="messages") from error
    paper = image.new("RGBA", seen.size, "white")
    return numpy.array(image.alpha_composite(paper, seen).convert("RGB"))[:, :, ::-1]


def _read(pictures: list[bytes], threads: int) -> Generator[LanguagePart, None, None]:
    reader = once(("rapidocr", threads), lambda: _Reader(threads))
    read: list[list[dict[str, Any]]] = []
    before = ""
    for picture in pictures:
        lines = reader.read(picture)
        read.append([{"text": text, "score": score, "corners": corners} for text, score, corners in lines])
        for text, _, _ in lines:
            yield TextDelta(before + text)
            before = "\n"
        before = "\n\n" if before else ""
    yield Finish("stop", Usage(), provider_metadata=freeze({"local": {"pictures": read}}))


async def _streamed(
    parts: AsyncGenerator[LanguagePart, None], head: list[LanguagePart]
) -> AsyncGenerator[LanguagePart, None]:
    for part in head:
        yield part
    async with aclosing(parts):
        async for part in parts:
            yield part
