"""A value of a pydantic model, whole and while it grows."""

import asyncio
import os

from pydantic import BaseModel

from ai_sdk import generate_object, resolve, stream_object, wrap_model
from ai_sdk.middleware import default_settings


class City(BaseModel):
    name: str
    country: str


async def main() -> None:
    model = wrap_model(
        resolve(os.environ.get("MODEL", "local:smollm2")), [default_settings(max_output_tokens=60, temperature=0)]
    )
    result = await generate_object(model, "Name the capital of France.", schema=City)
    print(repr(result.object))
    async with stream_object(model, "Name the capital of Italy.", schema=City) as stream:
        async for partial in stream.partial:
            print(partial)
        print(repr((await stream.result()).object))


asyncio.run(main())
