"""Three stacks whose upstreams fail now and then: what the live page is looked at with."""

import asyncio
import random
from collections.abc import AsyncGenerator

from ai_sdk import wrap_model
from ai_sdk.errors import APIError, RateLimitError, ServerError
from ai_sdk.middleware import cache, circuit_breaker, fallback, rate_limit, retry, tracing
from ai_sdk.model import Model
from ai_sdk.parts import Finish, LanguagePart, TextDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse, Usage, fold_language
from ai_sdk.server import Gateway

Language = Model[LanguageRequest, LanguageResponse]
draw = random.Random(7)


def upstream(name: str, seconds: float, failing: float) -> Language:
    """A provider that takes so long, and fails so often."""

    async def parts() -> AsyncGenerator[LanguagePart, None]:
        for word in ("all", " is", " well"):
            await asyncio.sleep(seconds * draw.uniform(0.2, 0.6))
            yield TextDelta(word)
        yield Finish("stop", Usage(draw.randrange(20, 90), 3))

    async def model(request: LanguageRequest, /) -> LanguageResponse:
        del request
        await asyncio.sleep(seconds * draw.uniform(0.5, 1.5))
        if draw.random() < failing:
            error: type[APIError] = draw.choice([ServerError, RateLimitError])
            raise error("busy", status=503 if error is ServerError else 429)
        return await LanguageResponse.start(parts(), fold_language)

    model.__name__ = name
    return model


small, large = upstream("groq:small", 0.02, 0.1), upstream("together:large", 0.06, 0.2)
gateway = Gateway(
    {
        "fast": wrap_model(
            small, [tracing(), fallback(large), retry(attempts=2, base=0.01), rate_limit(concurrency=64)]
        ),
        "careful": wrap_model(large, [circuit_breaker(min_calls=100), retry(attempts=4, base=0.01)]),
        "cached": wrap_model(small, [cache(ttl=1), retry(attempts=3, base=0.01)]),
        "fragile": upstream("cerebras:fragile", 0.03, 0.5),
    }
)
