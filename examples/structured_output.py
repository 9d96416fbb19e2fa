"""A value of a pydantic model, whole and while it grows."""

import asyncio
import os

from pydantic import BaseModel

from ai_sdk import generate_object, stream_object


class City(BaseModel):
    name: str
    country: str


async def main() -> None:
    model = os.environ.get("MODEL", "local:smollm2")
    result = await generate_object(model, "Name the capital of France.", schema=City, max_output_tokens=60, temperature=0)
    print(repr(result.object))
    async with stream_object(model, "Name the capital of Italy.", schema=City, max_output_tokens=60, temperature=0) as stream:
        async for partial in stream.partial:
            print(partial)
        print(repr((await stream.result()).object))


asyncio.run(main())
