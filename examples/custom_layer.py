"""A model and a layer of your own. A model is any async callable, a layer one function around another model."""

import asyncio

from ai_sdk.messages import user
from ai_sdk.middleware import retry
from ai_sdk.model import Model, Req, Res, layer, wrap_model
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse, Usage, fold_language


async def counter(request: LanguageRequest) -> LanguageResponse:
    answer = TextDelta(f"You have sent {len(request.messages)} message(s).")
    return LanguageResponse.of([answer, Finish("stop", Usage(output_tokens=5))], fold_language)


@layer
async def announced(request: Req, call: Model[Req, Res]) -> Res:
    response = await call(request)
    print("the first content is here")
    return response


async def main() -> None:
    model = wrap_model(counter, [announced, retry(attempts=2)])
    response = await model(LanguageRequest(messages=(user("hello"),)))
    result = await response.result()
    print(result.text, result.usage)


asyncio.run(main())
