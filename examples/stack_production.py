"""The usual stack around a model that is busy at first: what each layer did, from the record of the call."""

import asyncio

from ai_sdk import generate_text, wrap_model
from ai_sdk.call import CallRecord, record_call
from ai_sdk.errors import OverloadedError
from ai_sdk.middleware import (
    budget,
    cache,
    circuit_breaker,
    default_settings,
    logging,
    rate_limit,
    retry,
    timeout,
)
from ai_sdk.spending import SpendingLedger
from ai_sdk.testing import ScriptedModel


def shown(_record: CallRecord, event: str, detail: object) -> None:
    if event in ("retried", "waited", "cache-hit", "cache-miss", "cache-stored", "circuit-changed"):
        told = detail if event in ("retried", "circuit-changed") else ""
        print(f"  {event} {told}")


async def main() -> None:
    ledger = SpendingLedger(tokens=100_000, per="day")
    model = wrap_model(
        ScriptedModel([OverloadedError("busy", status=503), "Because of Rayleigh scattering."]),
        [
            logging(),
            timeout(total=60),
            default_settings(max_output_tokens=500),
            cache(ttl=300),
            budget(ledger, tenant="me"),
            circuit_breaker(),
            retry(attempts=4, base=0.1),
            rate_limit(requests=500, per=60, concurrency=50),
            timeout(first_content=15),
        ],
    )
    print(model)
    for _ in range(2):
        with record_call(observers=(shown,)):
            result = await generate_text(model, "Why is the sky blue?")
        print(result.text, f"({len(result.attempts)} attempts, {result.usage.total_tokens} tokens)")
    print(f"spent today: {ledger.spent('me').tokens} tokens")


asyncio.run(main())
