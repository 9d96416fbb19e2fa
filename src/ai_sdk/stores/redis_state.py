"""State of ``circuit_breaker``, ``budget`` and ``key_pool`` in Redis, for all processes that use one server."""

from __future__ import annotations

from ai_sdk.stores.redis_bench import RedisKeyBench
from ai_sdk.stores.redis_breaker import RedisCircuitBreaker
from ai_sdk.stores.redis_ledger import RedisLedger

__all__ = ["RedisCircuitBreaker", "RedisKeyBench", "RedisLedger"]
