"""The same function over a Ray dataset: a cluster's workers, each with one pipeline. Needs the extra ``ray``.

::

    def pipeline():                       # runs once in each worker
        redis = RedisConnection("redis://limits:6379/0")
        limits = RedisRateLimiter(redis, name="groq", requests=1000, per=60)
        model = wrap_model(groq("llama-3.3-70b-versatile"), [retry(), rate_limit(limits)])

        async def summarise(row):
            return (await generate_text(model, row["text"])).text

        return summarise

    map_dataset(pipeline, ray.data.read_parquet("in/"), workers=8).write_parquet("out/")

Limits of each worker's own add up; one in Redis is that of all. Ray keeps no journal of single calls: a block whose
worker died is called again as a whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from ai_sdk.batch.mapping import OnError, map_rows
from ai_sdk.batch.rows import COLUMNS, extra, to_arrow
from ai_sdk.errors import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ai_sdk.prices import Price

__all__ = ["map_dataset"]

_ADDED = tuple(name for name in COLUMNS if name not in ("index", "key"))


def map_dataset(
    pipeline: Callable[[], Callable[[dict[str, Any]], Awaitable[Any]]],
    dataset: Any,
    /,
    *,
    workers: int = 2,
    concurrency: int = 16,
    batch_size: int = 256,
    on_error: OnError = "row",
    prices: Mapping[str, Price] | None = None,
    **ray_options: Any,
) -> Any:
    """A Ray dataset with the rows of ``dataset`` and, beside their own columns, those of their results.

    ``pipeline`` is called once in each of ``workers`` actors and gives an async function of a row, which is called for
    ``concurrency`` rows at a time in each. An actor takes ``batch_size`` rows at once and hands them on together.
    The columns added are ``value``, ``error``, ``message``, ``retryable``, ``attempts``, ``input_tokens``,
    ``output_tokens`` and ``cost_usd``; all values should be of one type. ``ray_options`` go to ``map_batches``, such as
    ``memory=...``; ``num_cpus`` of an actor is 0.25, because it waits most of the time, and actors that took all
    processors would leave none to read the dataset. Ray is lazy: nothing runs before the rows are asked for.

    Raises MissingExtraError without Ray, InvalidRequestError for bad arguments and, while it runs, for rows that have a
    column of these names.
    """
    for name, count in (("workers", workers), ("concurrency", concurrency), ("batch_size", batch_size)):
        if count < 1:
            raise InvalidRequestError(f"{name} is {count!r}; allowed is an integer from 1", field=name)
    data = extra("ray.data", "ray")
    options: dict[str, Any] = {"concurrency": concurrency, "on_error": on_error, "prices": prices}
    return dataset.map_batches(
        _Worker,
        fn_constructor_args=(pipeline, options),
        batch_format="pyarrow",
        batch_size=batch_size,
        compute=data.ActorPoolStrategy(size=workers),
        **{"num_cpus": 0.25, **ray_options},
    )


class _Worker:
    """An actor: one event loop and one pipeline, for all of its rows."""

    def __init__(self, pipeline: Callable[[], Callable[[dict[str, Any]], Awaitable[Any]]], options: Any) -> None:
        self._runner = asyncio.Runner()
        self._function = pipeline()
        self._options = options

    def __call__(self, batch: Any) -> Any:
        """The table of some rows with what came of them."""
        taken = [name for name in _ADDED if name in batch.column_names]
        if taken:
            raise InvalidRequestError(
                f"the rows have columns named {', '.join(taken)}, which are those of results: rename them", field="rows"
            )
        added = to_arrow(self._runner.run(self._mapped(batch)))
        for name in _ADDED:
            batch = batch.append_column(name, added.column(name))
        return batch

    async def _mapped(self, batch: Any) -> Any:
        return await map_rows(self._function, batch, **self._options)
