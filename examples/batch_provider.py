"""The same dataset through OpenAI's batch API: half the price, done within a day. Needs OPENAI_API_KEY.

Stop it and start it again: the journal knows the job, and nothing is submitted twice.
"""

import asyncio
import os
import sys

from ai_sdk.batch import map_rows
from ai_sdk.providers.openai import openai

dataset = [{"word": word} for word in ("otter", "heron", "newt")]


def prompt(row: dict[str, str]) -> str:
    return f"One sentence about the {row['word']}."


async def main() -> None:
    found = await map_rows(prompt, dataset, via=openai.batch("gpt-5-mini"), journal="animals.journal", progress=True)
    for row in found:
        print(row.value.text if row.value is not None else row.error)
    print(f"cost: {found.cost} nano-dollars")


if not os.environ.get("OPENAI_API_KEY"):
    sys.exit("set OPENAI_API_KEY to run this example")
asyncio.run(main())
