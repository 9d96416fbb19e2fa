"""Ten thousand texts over a server that fails one call in ten and limits the rate: all vectors, in order."""

from __future__ import annotations

import asyncio
from collections import Counter, deque

from provider_kit import Asked, Reply, serve

from ai_sdk import current_call, embed_many, wrap_model
from ai_sdk.errors import RateLimitError, ServerError
from ai_sdk.middleware import rate_limit, retry
from ai_sdk.providers.openai_compatible import create_openai_compatible

TEXTS = [f"text number {number}" for number in range(10_000)]
A_CALL = 50
A_SECOND = 20


class Moody:
    """Of more than twenty calls within a second the rest are told to wait; every tenth of the others fails."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._recent: deque[float] = deque()

    def __call__(self, asked: Asked) -> Reply:
        now = asyncio.get_running_loop().time()
        while self._recent and now - self._recent[0] >= 1:
            self._recent.popleft()
        self.counts["calls"] += 1
        if len(self._recent) >= A_SECOND:
            self.counts["limited"] += 1
            return Reply({"error": {"message": "slow down"}}, 429, {"retry-after-ms": "250"})
        self._recent.append(now)
        if (self.counts["answered"] + self.counts["failed"]) % 10 == 9:
            self.counts["failed"] += 1
            return Reply({"error": {"message": "broken"}}, 500)
        self.counts["answered"] += 1
        values = asked.json["input"]
        vectors = [{"index": at, "embedding": [float(each.split()[-1]), 1.0]} for at, each in enumerate(values)]
        return Reply({"data": vectors, "usage": {"prompt_tokens": len(values), "total_tokens": len(values)}})


async def test_all_vectors_arrive_in_order() -> None:
    moody = Moody()
    async with serve(moody) as server:
        lab = create_openai_compatible(name="lab", base_url=server.url)
        model = wrap_model(lab.embedding("m"), [retry(attempts=40)])
        result = await embed_many(model, TEXTS, max_per_call=A_CALL, parallel=40)
        assert current_call() is None
    assert [vector[0] for vector in result.embeddings] == [float(number) for number in range(len(TEXTS))]
    assert result.usage.input_tokens == len(TEXTS)
    counts = moody.counts
    assert counts["answered"] == len(TEXTS) // A_CALL == 200
    assert counts["failed"] == 22
    assert counts["limited"] > 0
    assert len(result.attempts) == counts["calls"] == counts["answered"] + counts["failed"] + counts["limited"]
    kinds = Counter(type(each.error) for each in result.attempts)
    assert (kinds[ServerError], kinds[RateLimitError]) == (counts["failed"], counts["limited"])


async def test_with_a_limit_of_our_own_nothing_is_refused() -> None:
    moody = Moody()
    async with serve(moody) as server:
        lab = create_openai_compatible(name="lab", base_url=server.url)
        model = wrap_model(lab.embedding("m"), [retry(attempts=40), rate_limit(requests=A_SECOND, per=1.0)])
        result = await embed_many(model, TEXTS, max_per_call=A_CALL, parallel=40)
    assert len(result.embeddings) == len(TEXTS)
    assert moody.counts["limited"] == 0
    assert moody.counts["calls"] == len(result.attempts) == 222
