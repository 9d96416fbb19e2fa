"""The same function on a cluster: ``pip install 'ai-sdk-layers[ray]'``, a Redis, and ``python examples/batch_ray.py``.

Each of the two workers builds its own pipeline; the limit in Redis is one for both.
"""

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ai_sdk import generate_text, wrap_model
from ai_sdk.batch.ray import map_dataset
from ai_sdk.middleware import rate_limit, retry
from ai_sdk.stores.redis import RedisConnection
from ai_sdk.stores.redis_limits import RedisRateLimiter
from ai_sdk.testing import ScriptedModel

REDIS = "redis://127.0.0.1:6379/0"


def pipeline() -> Any:
    limits = RedisRateLimiter(RedisConnection(REDIS), name="example", requests=20, per=1.0)
    model = wrap_model(ScriptedModel(["a short answer"]), [retry(), rate_limit(limits)])

    async def ask(row: dict[str, Any]) -> str:
        return (await generate_text(model, f"question {row['id']}")).text

    return ask


if find_spec("ray") is None:
    sys.exit("this example needs Ray: pip install 'ai-sdk-layers[ray]'")
dataset: Any = import_module("ray.data").range(100)
map_dataset(pipeline, dataset, workers=2).show(3)
