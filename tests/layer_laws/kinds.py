"""Every kind of call: its requests, its answers, and a model that gives answers of this kind from a script."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeAlias, cast

from hypothesis import strategies as st
from laws.harness import ANSWERS, USAGES

from ai_sdk._frozen import EMPTY, FrozenDict
from ai_sdk.messages import FilePart, user
from ai_sdk.parts import (
    AudioDelta,
    Finish,
    ResponseMetadata,
    StreamStart,
    TextDelta,
    TranscriptDelta,
    TranscriptFinish,
    TranscriptSegment,
)
from ai_sdk.requests import (
    EmbeddingRequest,
    ImageRequest,
    LanguageRequest,
    RerankRequest,
    SpeechRequest,
    TranscriptionRequest,
    VideoRequest,
)
from ai_sdk.response import Response
from ai_sdk.results import (
    CallWarning,
    EmbeddingResult,
    GeneratedFile,
    ImageResult,
    RankedDocument,
    RerankResult,
    ResponseInfo,
    Segment,
    Usage,
    VideoResult,
    fold_language,
    fold_speech,
    fold_transcription,
)
from ai_sdk.testing import Hang
from ai_sdk.testing.scripted import Wire

__all__ = ["KINDS", "NOISE", "SECRET", "Answer", "Kind", "Script", "Turn", "read", "same", "stored"]

Answer: TypeAlias = tuple[Any, ...]
"""The parts of a response, or one plain result."""

Turn: TypeAlias = "Exception | Sequence[Any]"
"""One answer of a script: an error, or what it gives, exceptions, ``HANG`` and seconds to wait."""

Fold: TypeAlias = Callable[[Sequence[Any]], Any]

SECRET = "rosebud"
"""A word that is in every request and every answer that has words."""

NOISE = b"\x00\xff\xfe\r\n\x89rosebud"
"""Bytes that are no text; they are in every request and every answer that has bytes."""


@dataclass(frozen=True)
class Kind:
    """One kind of call.

    ``others``: requests that differ from ``request`` in one thing each. ``answer`` and ``second``: two answers.
    ``requests``, ``answers``: strategies for more of them. ``fold``: how the parts of a response fold, None for a kind
    that gives plain results.
    """

    name: str
    request: Any
    others: tuple[Any, ...]
    answer: Answer
    second: Answer
    requests: st.SearchStrategy[Any]
    answers: st.SearchStrategy[Answer]
    fold: Fold | None = None

    @property
    def live(self) -> bool:
        """Whether an answer arrives part by part."""
        return bool(getattr(self.request, "stream", False))

    @property
    def is_language(self) -> bool:
        """Whether it is a kind that language models serve."""
        return isinstance(self.request, LanguageRequest)

    def result(self, answer: Sequence[Any]) -> Any:
        """The result of an answer."""
        return self.fold(answer) if self.fold is not None else answer[0]

    def script(self, *turns: Turn, name: str = "model") -> Script:
        """A model that gives these turns one after the other; the last one repeats."""
        return Script(self, turns, name)

    def __repr__(self) -> str:
        return self.name


class Script:
    """A model that answers from a script.

    ``calls`` are the requests that it got, ``started`` when; ``wires`` the pretend connections of its streamed answers;
    ``log`` has the name of each wire when it is closed.
    """

    provider = "scripted"

    def __init__(self, kind: Kind, turns: Sequence[Turn], name: str) -> None:
        self.kind = kind
        self.turns = turns
        self.model_id = name
        self.calls: list[Any] = []
        self.started: list[float] = []
        self.wires: list[Wire] = []
        self.log: list[Any] = []

    async def __call__(self, request: Any, /) -> Any:
        """Answer with the next turn."""
        turn = self.turns[min(len(self.calls), len(self.turns) - 1)]
        self.calls.append(request)
        self.started.append(asyncio.get_running_loop().time())
        steps = [turn] if isinstance(turn, Exception) else turn
        fold: Any = self.kind.fold
        if fold is not None and request.stream:
            wire = Wire(self.log.append, "wire")
            self.wires.append(wire)
            return await Response[Any, Any].start(_played(steps), fold, wire)
        given = [each async for each in _played(steps)]
        return given[0] if fold is None else Response[Any, Any].of(given, fold)


async def _played(steps: Sequence[Any]) -> AsyncGenerator[Any, None]:
    for step in steps:
        if isinstance(step, BaseException):
            raise step
        if isinstance(step, Hang):
            await asyncio.get_running_loop().create_future()
        elif isinstance(step, float | int):
            await asyncio.sleep(step)
        else:
            yield step


async def read(model: Any, request: Any) -> Answer:
    """Call, read to the end, and give all that came."""
    response: Any = await model(request)
    if not isinstance(response, Response):
        return (response,)
    async with cast("Response[Any, Any]", response) as live:
        return tuple([part async for part in live])


def same(got: Any, answer: Any) -> bool:
    """Whether two answers are equal in every field, also in those that ``==`` leaves out; attempts apart."""
    if isinstance(answer, tuple | list):
        ones, others = cast("Sequence[Any]", got), cast("Sequence[Any]", answer)
        return isinstance(got, tuple) and len(ones) == len(others) and all(map(same, ones, others))
    if is_dataclass(answer):
        names = [each.name for each in fields(answer) if each.name != "attempts"]
        return type(got) is type(answer) and all(same(getattr(got, name), getattr(answer, name)) for name in names)
    return bool(got == answer)


def stored(answer: Answer) -> Answer:
    """An answer without what a cache changes in it: what it used, and that it was in a cache."""
    *parts, last = answer
    return (*parts, replace(last, usage=Usage(), provider_metadata=EMPTY))


def _file(data: bytes = NOISE, media_type: str = "image/png") -> FilePart:
    return FilePart(data=data, media_type=media_type)


_WORDS = st.text(max_size=4)
_BYTES = st.binary(max_size=6)
_METADATA: st.SearchStrategy[Mapping[str, Any]] = st.sampled_from(
    [EMPTY, FrozenDict({"x": FrozenDict({"y": (1, None)})}), FrozenDict({"$": FrozenDict({"$bytes": 0.5})})]
)
_OPTIONS = {"headers": st.sampled_from([{}, {"x-own": "1"}]), "provider_options": _METADATA}
_FILES = st.one_of(
    st.builds(FilePart, data=_BYTES, media_type=st.sampled_from(["image/png", "image/*"]), filename=st.none() | _WORDS),
    st.builds(FilePart, url=st.just("https://example.com/a.png"), media_type=st.just("image/png")),
)
_SECONDS = st.floats(0, 1e4)
_WARNINGS = st.sampled_from([(), (CallWarning("unsupported", "seed", "no seed"),)])
_ALL: dict[str, st.SearchStrategy[Any]] = {
    "warnings": _WARNINGS,
    "usage": USAGES,
    "provider_metadata": _METADATA,
    "response": st.builds(ResponseInfo, st.none() | _WORDS, st.none() | _WORDS, st.none() | _SECONDS),
}
_USED = Usage(input_tokens=3, output_tokens=4)


def _one(results: st.SearchStrategy[Any]) -> st.SearchStrategy[Answer]:
    return results.map(lambda each: (each,))


def _ended(parts: Sequence[st.SearchStrategy[Any]], finish: st.SearchStrategy[Any]) -> st.SearchStrategy[Answer]:
    return st.tuples(st.lists(st.one_of(*parts), max_size=6), finish).map(lambda each: (*each[0], each[1]))


def _language(stream: bool) -> Kind:
    request = LanguageRequest(messages=(user(f"hi {SECRET}", _file()),), stream=stream)
    contents = st.lists(_WORDS | _FILES, min_size=1, max_size=2).map(lambda each: (user(*each),))
    return Kind(
        name="language streamed" if stream else "language whole",
        request=request,
        others=(
            replace(request, messages=(user(f"ho {SECRET}", _file()),)),
            replace(request, messages=(user(f"hi {SECRET}", _file(NOISE + b"\x00")),)),
            replace(request, seed=1),
        ),
        answer=(ResponseMetadata("r1", "m1"), TextDelta("Hello "), TextDelta(SECRET), Finish("stop", _USED)),
        second=(TextDelta("No"), Finish("stop", _USED)),
        requests=st.builds(
            LanguageRequest,
            messages=contents,
            temperature=st.none() | st.floats(0, 2),
            stream=st.just(stream),
            **_OPTIONS,
        ),
        answers=ANSWERS.map(tuple),
        fold=fold_language,
    )


def _embedding() -> Kind:
    request = EmbeddingRequest(values=("hi", SECRET))
    vectors = st.lists(st.lists(st.floats(allow_nan=False), max_size=3).map(tuple), max_size=3).map(tuple)
    return Kind(
        name="embedding",
        request=request,
        others=(replace(request, values=(SECRET, "hi")), replace(request, dimensions=2)),
        answer=(EmbeddingResult(embeddings=((0.25, -1.5), (1e-9, 2.0)), usage=_USED),),
        second=(EmbeddingResult(embeddings=((1.0,), (2.0,)), usage=_USED),),
        requests=st.builds(
            EmbeddingRequest,
            values=st.lists(_WORDS, min_size=1, max_size=3).map(tuple),
            dimensions=st.none() | st.integers(1, 9),
            **_OPTIONS,
        ),
        answers=_one(st.builds(EmbeddingResult, embeddings=vectors, **_ALL)),
    )


def _files(media_types: Sequence[str]) -> st.SearchStrategy[tuple[GeneratedFile, ...]]:
    files = st.builds(GeneratedFile, data=_BYTES, media_type=st.sampled_from(media_types))
    return st.lists(files, max_size=3).map(tuple)


def _image() -> Kind:
    request = ImageRequest(prompt=f"a {SECRET}", files=(_file(),), mask=_file())
    made = tuple(GeneratedFile(data=each, media_type="image/png") for each in (NOISE, b""))
    return Kind(
        name="image",
        request=request,
        others=(
            replace(request, prompt=f"the {SECRET}"),
            replace(request, files=(_file(NOISE + b"\x00"),)),
            replace(request, mask=_file(b"\x01" + NOISE)),
            replace(request, seed=1),
        ),
        answer=(ImageResult(images=made, usage=_USED, response=ResponseInfo(model="m1")),),
        second=(ImageResult(images=made[:1]),),
        requests=st.builds(
            ImageRequest,
            prompt=_WORDS,
            n=st.integers(1, 3),
            size=st.sampled_from([None, "1024x1024"]),
            files=st.lists(_FILES, max_size=2).map(tuple),
            mask=st.none() | _FILES,
            **_OPTIONS,
        ),
        answers=_one(st.builds(ImageResult, images=_files(["image/png", "image/webp"]), **_ALL)),
    )


def _speech(stream: bool) -> Kind:
    request = SpeechRequest(text=f"say {SECRET}", voice="alloy", stream=stream)
    media = "audio/wav"
    audio = st.builds(AudioDelta, _BYTES, st.sampled_from([media, "audio/mpeg"]))
    return Kind(
        name="speech streamed" if stream else "speech whole",
        request=request,
        others=(replace(request, text="say no"), replace(request, voice="nova"), replace(request, speed=1.5)),
        answer=(ResponseMetadata("r1"), AudioDelta(NOISE, media), AudioDelta(b"\x00", media), Finish("stop", Usage())),
        second=(AudioDelta(b"\xff", media), Finish("stop", _USED)),
        requests=st.builds(
            SpeechRequest,
            text=_WORDS,
            voice=st.none() | _WORDS,
            speed=st.none() | st.floats(0, 4),
            stream=st.just(stream),
            **_OPTIONS,
        ),
        answers=_ended(
            [audio, st.builds(ResponseMetadata, st.none() | _WORDS), st.builds(StreamStart, _WARNINGS)],
            st.builds(Finish, st.just("stop"), USAGES, st.none() | _WORDS, _METADATA, _WARNINGS),
        ),
        fold=fold_speech,
    )


def _transcription(stream: bool) -> Kind:
    request = TranscriptionRequest(audio=NOISE, stream=stream)
    said = Segment(SECRET, 0.25, 1.5, "A")
    segments = st.builds(Segment, _WORDS, st.none() | _SECONDS, st.none() | _SECONDS, st.none() | _WORDS)
    return Kind(
        name="transcription streamed" if stream else "transcription whole",
        request=request,
        others=(replace(request, audio=NOISE + b"\x00"), replace(request, language="en")),
        answer=(
            TranscriptDelta("it said "),
            TranscriptDelta(SECRET),
            TranscriptSegment(said),
            TranscriptFinish(usage=Usage(), language="en", duration=1.5, words=(said,)),
        ),
        second=(TranscriptDelta("nothing"), TranscriptFinish(usage=_USED)),
        requests=st.builds(
            TranscriptionRequest,
            audio=_BYTES,
            media_type=st.sampled_from(["audio/wav", "audio/mpeg"]),
            filename=st.none() | _WORDS,
            temperature=st.none() | st.floats(0, 1),
            stream=st.just(stream),
            **_OPTIONS,
        ),
        answers=_ended(
            [st.builds(TranscriptDelta, _WORDS), st.builds(TranscriptSegment, segments)],
            st.builds(
                TranscriptFinish,
                usage=USAGES,
                language=st.none() | _WORDS,
                duration=st.none() | _SECONDS,
                words=st.lists(segments, max_size=2).map(tuple),
                provider_metadata=_METADATA,
            ),
        ),
        fold=fold_transcription,
    )


def _reranking() -> Kind:
    paper = FrozenDict({"title": SECRET, "pages": 3})
    request = RerankRequest(query=f"where is {SECRET}", documents=("a", paper))
    documents = st.one_of(_WORDS, st.dictionaries(_WORDS, st.integers() | _WORDS, max_size=2).map(FrozenDict))
    ranked = st.builds(RankedDocument, st.integers(0, 5), st.floats(allow_nan=False), documents)
    return Kind(
        name="reranking",
        request=request,
        others=(
            replace(request, query="where"),
            replace(request, documents=(paper, "a")),
            replace(request, documents=("a", FrozenDict({"title": SECRET, "pages": 4}))),
            replace(request, top_n=1),
        ),
        answer=(RerankResult(ranking=(RankedDocument(1, 0.75, paper), RankedDocument(0, -2.0, "a"))),),
        second=(RerankResult(ranking=(RankedDocument(0, 0.5, "a"),), usage=_USED),),
        requests=st.builds(
            RerankRequest,
            query=_WORDS,
            documents=st.lists(documents, max_size=3).map(tuple),
            top_n=st.none() | st.integers(1, 3),
            **_OPTIONS,
        ),
        answers=_one(st.builds(RerankResult, ranking=st.lists(ranked, max_size=3).map(tuple), **_ALL)),
    )


def _video() -> Kind:
    request = VideoRequest(prompt=f"a {SECRET}", image=_file(), duration=5.0)
    made = (GeneratedFile(data=NOISE, media_type="video/mp4"),)
    return Kind(
        name="video",
        request=request,
        others=(replace(request, image=_file(NOISE + b"\x00")), replace(request, duration=6.0)),
        answer=(VideoResult(videos=made, provider_metadata=FrozenDict({"luma": FrozenDict({"id": "1"})})),),
        second=(VideoResult(videos=(*made, *made)),),
        requests=st.builds(
            VideoRequest,
            prompt=_WORDS,
            n=st.integers(1, 2),
            duration=st.none() | st.floats(0, 60),
            image=st.none() | _FILES,
            **_OPTIONS,
        ),
        answers=_one(st.builds(VideoResult, videos=_files(["video/mp4"]), **_ALL)),
    )


KINDS: tuple[Kind, ...] = (
    _language(stream=False),
    _language(stream=True),
    _embedding(),
    _image(),
    _speech(stream=False),
    _speech(stream=True),
    _transcription(stream=False),
    _transcription(stream=True),
    _reranking(),
    _video(),
)
