"""Other libraries, each used as its documents say, against the same stub server.

An async function here makes a client; its case stands in ``_clients.CASES``, what it needs in ``_clients.PEERS``. The
libraries are imported by name, because they live in environments of their own.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

from _case import KEY, MODEL, PROMPT, Client, nothing

MESSAGES = [{"role": "user", "content": PROMPT}]
USAGE = {"include_usage": True}


def _pieces(chunk: Any) -> int:
    return 1 if chunk.choices and chunk.choices[0].delta.content else 0


async def openai(url: str) -> Client:
    """The openai package on its default HTTP client."""
    return await _openai(url, None)


async def openai_aiohttp(url: str) -> Client:
    """The openai package on the aiohttp client that it offers."""
    return await _openai(url, import_module("openai").DefaultAioHttpClient())


async def _openai(url: str, http_client: Any) -> Client:
    make = import_module("openai").AsyncOpenAI
    client = make(api_key=KEY, base_url=f"{url}/v1", http_client=http_client)
    paced = make(api_key=KEY, base_url=f"{url}/paced/v1", http_client=http_client)

    async def call() -> str:
        completion = await client.chat.completions.create(model=MODEL, messages=MESSAGES)
        text: str = completion.choices[0].message.content
        return text

    async def stream(base: str) -> int:
        chat = (paced if "/paced/" in base else client).chat.completions
        async with await chat.create(model=MODEL, messages=MESSAGES, stream=True, stream_options=USAGE) as events:
            return sum([_pieces(chunk) async for chunk in events])

    async def close() -> None:
        await client.close()
        await paced.close()

    return Client(call, stream, close)


async def litellm(url: str) -> Client:
    """``litellm.acompletion``, without the price list that it fetches, and bearing a word that comes 500 times."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    library: Any = import_module("litellm")
    library.telemetry = False
    library.REPEATED_STREAMING_CHUNK_LIMIT = 10**6
    settings: dict[str, Any] = {"model": f"openai/{MODEL}", "api_key": KEY, "messages": MESSAGES}

    async def call() -> str:
        completion = await library.acompletion(**settings, api_base=f"{url}/v1")
        text: str = completion.choices[0].message.content
        return text

    async def stream(base: str) -> int:
        events = await library.acompletion(**settings, api_base=base, stream=True, stream_options=USAGE)
        return sum([_pieces(chunk) async for chunk in events])

    return Client(call, stream, nothing)


async def pydantic_ai(url: str) -> Client:
    """Its direct model requests, which leave out agents."""
    direct = import_module("pydantic_ai.direct")
    messages = import_module("pydantic_ai.messages")
    door = import_module("pydantic_ai.providers.openai").OpenAIProvider
    make = import_module("pydantic_ai.models.openai").OpenAIChatModel
    models = {base: make(MODEL, provider=door(f"{url}/{base}", KEY)) for base in ("v1", "paced/v1")}
    asked = [messages.ModelRequest.user_text_prompt(PROMPT)]

    async def call() -> str:
        response = await direct.model_request(models["v1"], asked)
        return "".join([part.content for part in response.parts])

    async def stream(base: str) -> int:
        model = models["paced/v1" if "/paced/" in base else "v1"]
        count = 0
        async with direct.model_request_stream(model, asked) as events:
            async for event in events:
                kind = event.event_kind
                count += kind == "part_delta" or (kind == "part_start" and bool(event.part.content))
        return count

    return Client(call, stream, nothing)


async def langchain(url: str) -> Client:
    """``ChatOpenAI``."""
    make = import_module("langchain_openai").ChatOpenAI
    models = {
        base: make(model=MODEL, api_key=KEY, base_url=f"{url}/{base}", stream_usage=True) for base in ("v1", "paced/v1")
    }

    async def call() -> str:
        text: str = (await models["v1"].ainvoke(PROMPT)).content
        return text

    async def stream(base: str) -> int:
        model = models["paced/v1" if "/paced/" in base else "v1"]
        return sum([1 if chunk.content else 0 async for chunk in model.astream(PROMPT)])

    return Client(call, stream, nothing)


async def any_llm(url: str) -> Client:
    """One ``AnyLLM`` object, kept."""
    make = import_module("any_llm").AnyLLM
    clients = {base: make.create("openai", api_key=KEY, api_base=f"{url}/{base}") for base in ("v1", "paced/v1")}

    async def call() -> str:
        completion = await clients["v1"].acompletion(MODEL, MESSAGES)
        text: str = completion.choices[0].message.content
        return text

    async def stream(base: str) -> int:
        client = clients["paced/v1" if "/paced/" in base else "v1"]
        events = await client.acompletion(MODEL, MESSAGES, stream=True, stream_options=USAGE)
        return sum([_pieces(chunk) async for chunk in events])

    return Client(call, stream, nothing)
