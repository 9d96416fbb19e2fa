"""Vectors of texts, and which two are nearest. MODEL=openai:text-embedding-3-small picks another model."""

import asyncio
import math
import os

from ai_sdk import embed_many

TEXTS = ["a cat sleeps on the sofa", "a kitten naps on the couch", "the stock market fell today"]


def cosine(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True)) / (math.hypot(*a) * math.hypot(*b))


async def main() -> None:
    result = await embed_many(os.environ.get("MODEL", "local:smollm2"), TEXTS)
    first, second, third = result.embeddings
    print(f"{len(first)} dimensions; cat-kitten {cosine(first, second):.3f}, cat-market {cosine(first, third):.3f}")


asyncio.run(main())
