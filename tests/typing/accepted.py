"""What users write, and what both type checkers must understand of it. Checked, never run."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Any, Protocol, TypeVar, assert_type

from pydantic import BaseModel

from ai_sdk import (
    AnyLayer,
    CallRecord,
    EmbeddingRequest,
    EmbeddingResult,
    Ending,
    Finish,
    ImageRequest,
    ImageResult,
    LanguagePart,
    LanguageRequest,
    LanguageResponse,
    LanguageResult,
    Layer,
    Model,
    RerankRequest,
    RerankResult,
    Response,
    SpeechRequest,
    SpeechResponse,
    TextDelta,
    TranscriptionRequest,
    TranscriptionResponse,
    Usage,
    VideoRequest,
    VideoResult,
    embed,
    embed_many,
    fold_language,
    generate_object,
    generate_text,
    hold,
    layer,
    record_call,
    step_count,
    stream_object,
    stream_text,
    tool,
    wrap_model,
)
from ai_sdk.agent import Agent, AgentPart, AgentResult
from ai_sdk.embed import EmbedManyResult, EmbedResult
from ai_sdk.middleware import default_settings, logging, retry, timeout
from ai_sdk.objects import ObjectResult, ObjectStream
from ai_sdk.providers.groq import groq
from ai_sdk.steps import StreamPart, TextResult
from ai_sdk.text import TextStream
from ai_sdk.tool_layers import wrap_tool
from ai_sdk.tools import Tool, ToolContext

Req = TypeVar("Req")
Res = TypeVar("Res")


# A model of three lines: any async function of a request.
async def parrot(request: LanguageRequest) -> LanguageResponse:
    finish = Finish("stop", Usage())
    return LanguageResponse.of([TextDelta(f"{len(request.messages)} messages"), finish], fold_language)


async def vectors(request: EmbeddingRequest) -> EmbeddingResult:
    return EmbeddingResult(embeddings=tuple((float(len(value)),) for value in request.values))


# A layer of five lines, for every kind of model.
@layer
async def twice(request: Req, call: Model[Req, Res]) -> Res:
    await call(request)
    return await call(request)


# A layer for one kind.
@layer
async def short(request: LanguageRequest, call: Model[LanguageRequest, LanguageResponse]) -> LanguageResponse:
    return await call(request)


@layer
async def unit(request: EmbeddingRequest, call: Model[EmbeddingRequest, EmbeddingResult]) -> EmbeddingResult:
    return await call(request)


def limited(size: int) -> AnyLayer:
    class Slot:
        def release(self, ending: Ending, /) -> None:
            print(size, ending.how)

    @layer
    async def limited(request: Req, call: Model[Req, Res]) -> Res:
        return await hold(Slot(), call, request)

    return limited


# A layer that is a class with its own model.
class Counting:
    def __call__(self, model: Model[Req, Res], /) -> Model[Req, Res]:
        return model


# A layer that maps parts.
async def loud(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
    async for part in parts:
        yield TextDelta(part.text.upper()) if isinstance(part, TextDelta) else part


@layer
async def shout(request: LanguageRequest, call: Model[LanguageRequest, LanguageResponse]) -> LanguageResponse:
    return await (await call(request)).through(loud, peek=True)


assert_type(twice, AnyLayer)
assert_type(limited(1), AnyLayer)
assert_type(short, Layer[LanguageRequest, LanguageResponse])
assert_type(shout, Layer[LanguageRequest, LanguageResponse])

# Stacks: written in place, held in a variable, annotated, nested, empty.
held = [twice, limited(2), retry(), timeout(total=5), logging(), default_settings(temperature=0)]
mixed = [retry(), short, limited(1)]
annotated: list[AnyLayer] = [retry(), twice]
only_chat: Sequence[Layer[LanguageRequest, LanguageResponse] | AnyLayer] = (short, retry())
chat = wrap_model(parrot, [twice, short, shout, retry(), Counting()])
assert_type(chat, Model[LanguageRequest, LanguageResponse])
assert_type(wrap_model(parrot, held), Model[LanguageRequest, LanguageResponse])
assert_type(wrap_model(parrot, mixed), Model[LanguageRequest, LanguageResponse])
assert_type(wrap_model(parrot, only_chat), Model[LanguageRequest, LanguageResponse])
assert_type(wrap_model(parrot, []), Model[LanguageRequest, LanguageResponse])
assert_type(wrap_model(wrap_model(parrot, held), [short]), Model[LanguageRequest, LanguageResponse])
assert_type(wrap_model(vectors, held), Model[EmbeddingRequest, EmbeddingResult])
assert_type(wrap_model(vectors, annotated), Model[EmbeddingRequest, EmbeddingResult])
assert_type(wrap_model(vectors, [unit, retry()]), Model[EmbeddingRequest, EmbeddingResult])
assert_type(wrap_model(groq("llama-3.3-70b-versatile"), held), Model[LanguageRequest, LanguageResponse])


class Kinds(Protocol):
    """A model of each of the other kinds."""

    image: Model[ImageRequest, ImageResult]
    speech: Model[SpeechRequest, SpeechResponse]
    transcription: Model[TranscriptionRequest, TranscriptionResponse]
    reranking: Model[RerankRequest, RerankResult]
    video: Model[VideoRequest, VideoResult]


def every_kind(kinds: Kinds) -> None:
    assert_type(wrap_model(kinds.image, held), Model[ImageRequest, ImageResult])
    assert_type(wrap_model(kinds.speech, annotated), Model[SpeechRequest, SpeechResponse])
    assert_type(wrap_model(kinds.transcription, [retry()]), Model[TranscriptionRequest, TranscriptionResponse])
    assert_type(wrap_model(kinds.reranking, [twice]), Model[RerankRequest, RerankResult])
    assert_type(wrap_model(kinds.video, [limited(1), retry()]), Model[VideoRequest, VideoResult])


# Calling a model by hand.
async def by_hand() -> None:
    async with await chat(LanguageRequest(messages=(), stream=True)) as response:
        assert_type(response, Response[LanguagePart, LanguageResult])
        async for part in response:
            assert_type(part, LanguagePart)
            if part.type == "text-delta":
                assert_type(part, TextDelta)
    assert_type(await response.result(), LanguageResult)
    assert_type(await vectors(EmbeddingRequest(values=("a",))), EmbeddingResult)
    with record_call() as record:
        assert_type(record, CallRecord)


# The user functions.
class Person(BaseModel):
    name: str
    born: int


@tool
async def weather(city: str, days: int = 1) -> str:
    """The weather in a city."""
    return f"{city}: sun for {days} days"


async def user_functions() -> None:
    assert_type(await generate_text("groq:llama-3.3-70b-versatile", "hi"), TextResult)
    result = await generate_text(chat, "hi", tools=[weather], stop_when=step_count(3), temperature=0.2)
    assert_type(result.text, str)
    assert_type(result.usage, Usage)
    async with stream_text(chat, messages=[{"role": "user", "content": "hi"}], system="be kind") as stream:
        assert_type(stream, TextStream)
        async for delta in stream.text:
            assert_type(delta, str)
        async for part in stream.parts:
            assert_type(part, StreamPart)
        assert_type(await stream.result(), TextResult)
    person = await generate_object(chat, "Ada Lovelace", schema=Person)
    assert_type(person, ObjectResult[Person])
    assert_type(person.object, Person)
    assert_type((await generate_object(chat, "some", schema=list[int])).object, list[int])
    raw: dict[str, Any] = {"type": "object"}
    assert_type((await generate_object(chat, "some", schema=raw)).object, Any)
    async with stream_object(chat, "Ada Lovelace", schema=Person) as growing:
        assert_type(growing, ObjectStream[Person])
        assert_type((await growing.result()).object, Person)
    assert_type(await embed(vectors, "a"), EmbedResult)
    assert_type(await embed_many(wrap_model(vectors, held), ["a", "b"]), EmbedManyResult[tuple[float, ...]])
    assert_type(await weather("Paris", days=2), str)


def tools_keep_their_signature() -> None:
    kept: Tool[[str, int], Any] | Any = weather
    print(kept)


class Database:
    def find(self, key: str) -> int:
        return len(key)


@tool
async def find(context: ToolContext[Database], key: str) -> int:
    assert_type(context.deps, Database)
    return context.deps.find(key)


@tool(timeout=5, idempotent=True)
async def find_soon(context: ToolContext[Database], key: str) -> int:
    return context.deps.find(key)


@tool
def knows_its_call(context: ToolContext, key: str) -> str:
    return context.call_id + key


async def agents() -> None:
    agent = Agent(chat, tools=[find])
    assert_type(agent, Agent[Database])
    result = await agent.run("go", deps=Database())
    assert_type(result, AgentResult)
    assert_type(result.text, str)
    await Agent[Database](chat, tools=[find, find_soon, weather, knows_its_call]).run("go", deps=Database())
    plain = Agent(chat, tools=[weather, knows_its_call], temperature=0.5)
    await plain.run("go")
    async with plain.stream("go") as stream:
        async for part in stream.parts:
            assert_type(part, AgentPart)
    boss = Agent[Database](chat, tools=[agent.as_tool(), wrap_tool(find, [retry(), timeout(total=1)])])
    await boss.run("go", deps=Database(), state=result.state, approvals=[each.approve() for each in result.pending])
