"""A stack that survives: the first answer fails, retry asks again, and the result says what was tried."""

import asyncio

from ai_sdk import generate_text, wrap_model
from ai_sdk.errors import OverloadedError
from ai_sdk.middleware import default_settings, retry, timeout
from ai_sdk.testing import ScriptedModel


async def main() -> None:
    shaky = ScriptedModel([OverloadedError("busy"), "here you are"])
    model = wrap_model(shaky, [timeout(total=30), retry(attempts=3), default_settings(temperature=0.2)])
    print(model)
    result = await generate_text(model, "hello?")
    print(result.text)
    for attempt in result.attempts:
        print(attempt.model, f"{attempt.duration:.3f} s", attempt.error or "ok")


asyncio.run(main())
