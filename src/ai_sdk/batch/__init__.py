"""Map a pipeline over a dataset: bounded concurrency, results and errors as rows, resumed after a crash.

::

    from ai_sdk.batch import map_rows

    async def summarise(row: dict[str, str]) -> str:
        return (await generate_text(model, f"One sentence about: {row['text']}")).text

    rows = await map_rows(summarise, dataset, concurrency=32, journal="summaries.journal", progress=True)
    rows.to_pandas()

``map_rows`` runs on this machine, ``ai_sdk.batch.ray.map_dataset`` the same function on a cluster. With
``via=openai.batch("gpt-...")`` the requests go through the provider's own batch API, which answers within a day at a
lower price.
"""

from __future__ import annotations

from ai_sdk.batch._journal import DatasetChangedError, JournalError
from ai_sdk.batch.mapping import RowProgress, RowStream, map_rows
from ai_sdk.batch.rows import RowError, RowResult, RowResults

__all__ = [
    "DatasetChangedError",
    "JournalError",
    "RowError",
    "RowProgress",
    "RowResult",
    "RowResults",
    "RowStream",
    "map_rows",
]
