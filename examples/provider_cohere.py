"""cohere, with the key in COHERE_API_KEY: an answer from a document, through a stack, and what it rests on."""

import asyncio

from ai_sdk import stream_text, wrap_model
from ai_sdk.middleware import retry, timeout
from ai_sdk.providers.cohere import CohereOptions, cohere

model = wrap_model(cohere("command-a-03-2025"), [timeout(total=60, first_content=20), retry(attempts=3)])
penguins = {"title": "Penguins", "text": "Emperor penguins are the tallest, and live in the Antarctic."}
options: CohereOptions = {"documents": [{"id": "doc:0", "data": penguins}]}


async def main() -> None:
    question = "Where do the tallest penguins live?"
    async with stream_text(model, question, provider_options={"cohere": options}) as stream:
        async for delta in stream.text:
            print(delta, end="", flush=True)
        result = await stream.result()
    print()
    for source in result.sources:
        print("from", source.title)


asyncio.run(main())
