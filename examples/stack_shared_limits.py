"""Two models of one account: one rate limit and one retry budget for both, and a circuit for each."""

import asyncio

from ai_sdk import generate_text, wrap_model
from ai_sdk.breaker import CircuitBreaker
from ai_sdk.errors import AISDKError, ServerError
from ai_sdk.limits import RateLimiter
from ai_sdk.middleware import circuit_breaker, rate_limit, retry
from ai_sdk.retry_budget import RetryBudget
from ai_sdk.testing import ScriptedModel

account = RateLimiter(requests=100, per=60, concurrency=8)
repeats = RetryBudget(ratio=0.2, reserve=1.0)
circuits = {"small": CircuitBreaker(min_calls=3, wait=30), "large": CircuitBreaker(min_calls=3, wait=30)}
models = {"small": ScriptedModel(["hello"]), "large": ScriptedModel([ServerError("broken", status=500)])}
stacks = {
    name: wrap_model(model, [circuit_breaker(circuits[name]), retry(base=0.01, budget=repeats), rate_limit(account)])
    for name, model in models.items()
}


async def ask(name: str) -> str:
    try:
        return (await generate_text(stacks[name], "hi")).text
    except AISDKError as error:
        return type(error).__name__


async def main() -> None:
    for _ in range(5):
        print(f"small: {await ask('small')}    large: {await ask('large')} ({circuits['large'].state})")
    print(f"calls to the broken model: {len(models['large'].calls)}")
    print(f"left of the limit: {account.state().requests:g} of 100 requests")


asyncio.run(main())
