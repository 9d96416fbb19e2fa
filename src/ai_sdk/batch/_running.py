"""What both ways of a batch share: which row is which, what is known of it, and what becomes of a finished one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, cast

from ai_sdk.batch._keys import Row, digest_of
from ai_sdk.batch._values import from_stored, to_stored
from ai_sdk.batch.rows import RowError, RowResult
from ai_sdk.errors import InvalidRequestError, MissingExtraError
from ai_sdk.prices import cost_of, load_prices
from ai_sdk.results import Usage

if TYPE_CHECKING:
    from ai_sdk.batch._desk import Desk
    from ai_sdk.batch._journal import Journal
    from ai_sdk.batch._progress import Watch
    from ai_sdk.prices import Price

__all__ = ["Batch"]

_COUNTS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")


class Batch:
    """One run of a batch. ``desk``, ``journal`` and ``watch`` are there once it has begun."""

    desk: Desk[Any]

    def __init__(
        self,
        function: Callable[[Any], Any],
        key: str | Callable[[Any], str] | None,
        *,
        retry_errors: bool,
        stop_at_errors: bool,
        prices: Mapping[str, Price] | None,
    ) -> None:
        self.function = function
        self.stop_at_errors = stop_at_errors
        self.journal: Journal | None = None
        self.watch: Watch | None = None
        self._key = key
        self._retry_errors = retry_errors
        self._prices = prices
        self._priced: bool | None = None
        self._seen: set[str] = set()

    def row(self, index: int, content: Any) -> Row:
        """A row that was read, with what identifies it. Raises InvalidRequestError for a key that is none."""
        key = None if self._key is None else self._given_key(index, content)
        if self.journal is None:
            return Row(index, key or str(index), "", content)
        digest = digest_of(content)
        if digest is None and key is None:
            raise InvalidRequestError(
                f"row {index} is a {type(content).__name__} that cannot be told from another one: give map_rows a key=",
                field="key",
            )
        return Row(index, key if key is not None else f"{index}-{digest}", digest or "", content)

    def item_of(self, row: Row) -> str:
        """By what a provider's job knows a row: the same in each run, at most 64 letters, digits and hyphens."""
        if self._key is None:
            return f"row-{row.index}"
        return f"key-{blake2b(row.key.encode('utf-8', 'surrogatepass'), digest_size=16).hexdigest()}"

    def known(self, row: Row) -> RowResult[Any] | None:
        """What the journal has of a row. Raises DatasetChangedError."""
        if self.journal is None:
            return None
        said = self.journal.find(row, errors=not self._retry_errors)
        return None if said is None else _from_record(row, said)

    async def finish(self, result: RowResult[Any], row: Row) -> None:
        """Write a finished row to the journal, and lay it down for the reader."""
        journal = self.journal
        if journal is not None:
            said = _to_record(result)
            journal.add(row, said, failed=result.error is not None)
            if result.error is None:
                result = _from_record(row, said, resumed=False)
            await journal.synced()
        self.hand_out(result)

    def hand_out(self, result: RowResult[Any]) -> None:
        """Lay a row down for the reader."""
        self.desk.put(result)
        if self.watch is not None:
            self.watch.row(result)

    async def cost(self, uses: Sequence[tuple[str, Usage]]) -> int | None:
        """What usages at models cost in nano-dollars; None when one of them is not known."""
        if not uses:
            return None
        if self._priced is None:
            self._priced = await _can_price()
        total = 0
        for model, usage in uses:
            try:
                each = cost_of(usage, model, prices=self._prices)
            except MissingExtraError:
                each = None
            if each is None:
                return None
            total += each
        return total

    def end(self, count: int) -> None:
        """Say that the dataset had so many rows. Raises DatasetChangedError."""
        if self.journal is not None:
            self.journal.end(count)

    def close(self) -> None:
        """Close the journal and the progress bar; closing twice does nothing."""
        watch, self.watch = self.watch, None
        if watch is not None:
            watch.close()
        journal, self.journal = self.journal, None
        if journal is not None:
            journal.close()

    def _given_key(self, index: int, content: Any) -> str:
        key: Any = content[self._key] if isinstance(self._key, str) else cast("Any", self._key)(content)
        if isinstance(key, int) and not isinstance(key, bool):
            key = str(key)
        if not isinstance(key, str) or not key:
            raise InvalidRequestError(f"the key of row {index} is {key!r:.80}; allowed is a text", field="key")
        if key in self._seen:
            raise InvalidRequestError(f"the key {key!r:.80} of row {index} is that of an earlier row, too", field="key")
        self._seen.add(key)
        return key


async def _can_price() -> bool:
    """Load the prices, in a thread because it takes half a second; whether they are there."""
    try:
        await asyncio.get_running_loop().run_in_executor(None, load_prices)
    except MissingExtraError:
        return False
    return True


def _to_record(result: RowResult[Any]) -> dict[str, Any]:
    said: dict[str, Any] = {"attempts": result.attempts, "usage": [getattr(result.usage, name) for name in _COUNTS]}
    if result.cost is not None:
        said["cost"] = result.cost
    error = result.error
    if error is None:
        said["value"] = to_stored(result.value)
    else:
        said["error"] = [error.kind, error.message, error.retryable, error.attempts]
    return said


def _from_record(row: Row, said: Mapping[str, Any], *, resumed: bool = True) -> RowResult[Any]:
    return RowResult(
        row.index,
        row.key,
        from_stored(said["value"]) if "value" in said else None,
        RowError(*said["error"]) if "error" in said else None,
        said["attempts"],
        Usage(**dict(zip(_COUNTS, said["usage"], strict=True))),
        said.get("cost"),
        resumed,
    )
