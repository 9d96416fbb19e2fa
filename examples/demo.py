"""A real model on this machine answers through a stack of layers. It needs no API key: `make demo`."""

import asyncio
import sys

from ai_sdk import stream_text, wrap_model
from ai_sdk.middleware import default_settings, logging, retry, timeout
from ai_sdk.providers.local import local

PROMPT = "Explain in two sentences why the sky is blue."


def heading(text: str) -> None:
    print(f"\n\x1b[1m{text}\x1b[0m" if sys.stdout.isatty() else f"\n{text}")


async def main() -> None:
    stack = [
        logging(),
        timeout(total=120),
        retry(attempts=3),
        default_settings(temperature=0.0, max_output_tokens=80),
    ]
    model = wrap_model(local(), stack)

    heading("The stack; the first layer is outermost")
    print(model)

    heading(PROMPT)
    async with stream_text(model, PROMPT) as stream:
        async for delta in stream.text:
            print(delta, end="", flush=True)
        result = await stream.result()
    print()

    heading("What happened")
    for number, each in enumerate(result.attempts, 1):
        first = (each.first_content or each.started) - each.started
        print(f"attempt {number}  {each.model}: {each.error or 'ok'}, {each.duration:.2f} s in all")
        print(f"           first content after {first:.2f} s, with the start of the model")
    print(f"usage      {result.usage.input_tokens} tokens in, {result.usage.output_tokens} tokens out")
    print(f"finished   {result.finish_reason}")


asyncio.run(main())
