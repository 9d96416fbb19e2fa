"""A provider on a loopback port: it asks for the weather tool, gives JSON where that is asked for, and else greets."""

from __future__ import annotations

import asyncio
import json

from ai_sdk.messages import ToolCallPart, ToolMessage
from ai_sdk.parts import Finish, LanguagePart, TextDelta, ToolInputDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse, Usage, fold_language
from ai_sdk.testing import ScriptedServer

USAGE = Usage(11, 5)


async def answer(request: LanguageRequest) -> LanguageResponse:
    """Answer by what is asked."""
    last = request.messages[-1]
    parts: list[LanguagePart]
    if isinstance(last, ToolMessage):
        said = json.dumps(last.content[0].output)
        parts = [TextDelta("The tool says "), TextDelta(said), Finish("stop", USAGE)]
    elif request.tools:
        asked = '{"city":"Paris"}'
        parts = [ToolInputDelta("call_7", "weather", asked[:5]), ToolCallPart("call_7", "weather", asked)]
        parts.append(Finish("tool-calls", USAGE))
    elif request.response_format is not None:
        parts = [TextDelta('{"name":"Ada",'), TextDelta('"born":1815}'), Finish("stop", USAGE)]
    else:
        parts = [TextDelta("Hello "), TextDelta("from "), TextDelta("upstream."), Finish("stop", USAGE)]
    return LanguageResponse.of(parts, fold_language)


async def main() -> None:
    """Serve until killed."""
    async with ScriptedServer(answer) as server:
        print(server.base_url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
