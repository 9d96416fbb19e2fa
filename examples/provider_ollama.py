"""ollama, running on this machine: download a model when it is not there, then talk to it."""

import asyncio

from ai_sdk import stream_text
from ai_sdk.providers.ollama import OllamaOptions, ollama

MODEL = "llama3.2"
options: OllamaOptions = {"num_ctx": 8192, "keep_alive": "10m"}


async def main() -> None:
    if f"{MODEL}:latest" not in [model.id for model in await ollama.models()]:
        async for progress in ollama.pull(MODEL):
            share = "" if progress.fraction is None else f" {progress.fraction:.0%}"
            print(f"\r{progress.status}{share}", end="", flush=True)
        print()
    async with stream_text(
        ollama(MODEL), "Say hello in three languages.", provider_options={"ollama": options}
    ) as stream:
        async for delta in stream.text:
            print(delta, end="", flush=True)
    print()


asyncio.run(main())
