"""What Cerebras sends against its own documents, by its recordings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ai_sdk.providers.cerebras import create_cerebras
from ai_sdk.requests import JSONFormat
from ai_sdk.testing.replay import Replayer, exchanges
from wire.kit import folder_of, request_of
from wire.oracle import gather


@pytest.mark.corpus
async def test_calls_that_cerebras_repeats_beside_json_are_dropped() -> None:
    recorded = exchanges("cerebras", "chat", folder_of("corpus"))
    noisy = [each for each in recorded if "structured-output-tools.2" in each.id]
    assert noisy
    for exchange in noisy:
        said = gather(exchange.body)
        assert said.text
        assert said.calls
        model = create_cerebras(api_key="replayed", http=Replayer(exchange))("model")
        request = replace(request_of(exchange), response_format=JSONFormat())
        result = await (await model(request)).result()
        assert (result.text, result.tool_calls, result.finish_reason) == (said.text, (), "stop")
