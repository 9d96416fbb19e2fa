"""Mistakes that both type checkers must find: each line marked ``rejected``, and no other."""

from __future__ import annotations

from typing import TypeVar

from ai_sdk import (
    EmbeddingRequest,
    EmbeddingResult,
    LanguageRequest,
    LanguageResponse,
    Model,
    embed,
    generate_object,
    generate_text,
    layer,
    stream_text,
    tool,
    wrap_model,
)
from ai_sdk.agent import Agent
from ai_sdk.middleware import retry
from ai_sdk.tools import ToolContext

Req = TypeVar("Req")
Res = TypeVar("Res")


async def chat(request: LanguageRequest) -> LanguageResponse:
    raise NotImplementedError


async def vectors(request: EmbeddingRequest) -> EmbeddingResult:
    raise NotImplementedError


@layer
async def for_chat(request: LanguageRequest, call: Model[LanguageRequest, LanguageResponse]) -> LanguageResponse:
    return await call(request)


@layer
async def for_all(request: Req, call: Model[Req, Res]) -> Res:
    return await call(request)


@tool
def weather(city: str) -> str:
    """The weather in a city."""
    return city


stack = [retry(), for_chat]
wrap_model(chat, stack)
wrap_model(vectors, [for_chat])  # rejected
wrap_model(vectors, [retry(), for_chat])  # rejected
wrap_model(vectors, stack)  # rejected
wrap_model(vectors, [retry])  # rejected
wrap_model(vectors, retry())  # rejected
wrap_model("groq:llama", [for_all])  # rejected


@layer  # rejected
async def forgets_the_answer(request: LanguageRequest, call: Model[LanguageRequest, LanguageResponse]) -> None:
    await call(request)


@layer
async def answers_with_another_kind(request: Req, call: Model[Req, Res]) -> Res:
    return EmbeddingResult()  # rejected


async def calls() -> None:
    await chat(EmbeddingRequest(values=("a",)))  # rejected
    await wrap_model(chat, [retry()])(EmbeddingRequest(values=("a",)))  # rejected
    await wrap_model(vectors, [for_all])(LanguageRequest(messages=()))  # rejected
    LanguageRequest(messages=(), temprature=0.5)  # rejected
    LanguageRequest(messages=()).stream = True  # rejected
    await generate_text(vectors, "hi")  # rejected
    await generate_text(chat, "hi", temprature=0.5)  # rejected
    await embed(chat, "a")  # rejected
    (await generate_object(chat, "hi", schema=int)).object.upper()  # rejected
    weather(5)  # rejected
    weather(town="Paris")  # rejected
    async for _ in stream_text(chat, "hi"):  # rejected
        pass
    result: EmbeddingResult = await chat(LanguageRequest(messages=()))  # rejected
    print(result)


class Database:
    pass


@tool
async def find(context: ToolContext[Database], key: str) -> int:
    context.deps.find(key)  # rejected
    return 1


async def agents() -> None:
    await Agent(chat, tools=[find]).run("go", deps=5)  # rejected
    await Agent(chat, tools=[find]).run("go", deps="database")  # rejected
    Agent[str](chat, tools=[find])  # rejected
    Agent(chat, temprature=0.5)  # rejected
    Agent(vectors)  # rejected
