"""How far a batch is: for a bar in the terminal, or for a function of the caller's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ai_sdk.errors import MissingExtraError
from ai_sdk.prices import NANO

if TYPE_CHECKING:
    from ai_sdk.batch.rows import RowResult

__all__ = ["RowProgress", "Watch", "watch_of"]


@dataclass(frozen=True, slots=True)
class RowProgress:
    """Rows that are done, ``failed`` and ``resumed`` ones among them, of ``total``, where that is known.

    ``cost`` is in nano-dollars, as far as it is known, without that of resumed rows.
    """

    done: int
    total: int | None
    failed: int = 0
    resumed: int = 0
    cost: int = 0


class Watch:
    """Counts rows that are done, and tells."""

    def __init__(self, total: int | None, tell: Callable[[RowProgress], object]) -> None:
        self._total = total
        self._tell = tell
        self._done = self._failed = self._resumed = self._cost = 0

    def row(self, row: RowResult[Any]) -> None:
        """Count one more row."""
        self._done += 1
        self._failed += row.error is not None
        self._resumed += row.resumed
        self._cost += 0 if row.resumed else row.cost or 0
        self._tell(RowProgress(self._done, self._total, self._failed, self._resumed, self._cost))

    def close(self) -> None:
        """Tell no more."""


class _Bar(Watch):
    def __init__(self, total: int | None) -> None:
        try:
            from tqdm.auto import tqdm
        except ModuleNotFoundError as error:
            raise MissingExtraError(
                "a progress bar needs tqdm: pip install 'ai-sdk-layers[cli]'", field="progress"
            ) from error
        super().__init__(total, self._show)
        self._bar: Any = tqdm(total=total, unit="row", dynamic_ncols=True)

    def _show(self, seen: RowProgress) -> None:
        notes = {"failed": seen.failed, "resumed": seen.resumed}
        said = {name: str(count) for name, count in notes.items() if count}
        if seen.cost:
            said["cost"] = f"${seen.cost / NANO:.4f}"
        self._bar.set_postfix(said, refresh=False)
        self._bar.update(seen.done - self._bar.n)

    def close(self) -> None:
        self._bar.close()


def watch_of(progress: bool | Callable[[RowProgress], object], total: int | None) -> Watch | None:
    """What watches the rows: a bar for True, a function of the caller's, or nobody."""
    if callable(progress):
        return Watch(total, progress)
    return _Bar(total) if progress else None
