"""A file that lets an interrupted run go on: what was sent, before it is sent, and what was measured.

Lines of JSON. The first one names the plan and the models; a run goes on only with the same. ``{"sent": id, "nano":
n}`` is written before a request goes out, ``{"sample": {...}}`` after its end. A request that was sent and has no
sample was lost: it counts against the limits and is not sent again. Each line is handed to the operating system at
once, so that it survives the end of the process, however it ends, but not that of the machine. A torn last line is cut
off. One process writes at a time, where the system can lock files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

from ai_sdk.bench.plan import Plan
from ai_sdk.bench.samples import Sample
from ai_sdk.errors import InvalidRequestError

__all__ = ["Journal"]

VERSION = 1


class Journal:
    """The journal of one run. ``sent`` maps ids to reserved nano-dollars; ``samples`` are those of earlier processes.

    Without a path nothing is kept. Raises ``InvalidRequestError`` for a file of another plan or other models, for one
    that is no journal, and for one that another process writes.
    """

    def __init__(self, path: Path | None, plan: Plan, models: Sequence[Mapping[str, Any]]) -> None:
        self.sent: dict[int, int] = {}
        self.samples: list[Sample] = []
        self.started = datetime.now(UTC).isoformat(timespec="seconds")
        self._file: IO[bytes] | None = None
        self._path = path
        if path is not None:
            self._file = path.open("a+b")
            try:
                self._lock()
                self._begin(plan, [dict(each) for each in models])
            except BaseException:
                self._file.close()
                raise

    @property
    def lost(self) -> int:
        """How many were sent and have no sample."""
        measured = {each.id for each in self.samples}
        return sum(each not in measured for each in self.sent)

    @property
    def spent(self) -> int:
        """Nano-dollars: what samples cost, and what was reserved where that is not known."""
        costs = {each.id: each.cost for each in self.samples if each.cost is not None}
        return sum(costs.get(at, reserved) for at, reserved in self.sent.items())

    def sending(self, number: int, nano_usd: int) -> None:
        """Note that a request is about to go out."""
        self.sent[number] = nano_usd
        self._write({"sent": number, "nano": nano_usd})

    def measured(self, sample: Sample) -> None:
        """Note what was measured."""
        self.samples.append(sample)
        self._write({"sample": sample.to_dict()})

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _begin(self, plan: Plan, models: list[dict[str, Any]]) -> None:
        assert self._file is not None
        lines = self._good_lines()
        if not lines:
            self._file.truncate(0)
            begun: dict[str, Any] = {"journal": "ai-sdk bench", "v": VERSION, "started": self.started}
            self._write({**begun, "models": models, "plan": plan.to_dict()})
            return
        head = lines[0]
        if head.get("journal") != "ai-sdk bench" or head.get("v") != VERSION:
            raise InvalidRequestError(f"{self._path} is not a journal of ai-sdk bench", field="journal")
        if head["models"] != models or head["plan"] != plan.to_dict():
            raise InvalidRequestError(
                f"{self._path} belongs to another run: {_difference(head, models, plan)}", field="journal"
            )
        self.started = head["started"]
        for line in lines[1:]:
            if "sent" in line:
                self.sent[line["sent"]] = line["nano"]
            else:
                self.samples.append(Sample.from_dict(line["sample"]))

    def _good_lines(self) -> list[dict[str, Any]]:
        """The lines up to the first that is torn, which is cut off with what follows."""
        assert self._file is not None
        self._file.seek(0)
        lines: list[dict[str, Any]] = []
        size = 0
        for raw in self._file.read().splitlines(keepends=True):
            try:
                line: Any = json.loads(raw) if raw.endswith(b"\n") else None
            except ValueError:
                line = None
            if not isinstance(line, dict):
                if size == 0 and raw.endswith(b"\n"):
                    raise InvalidRequestError(f"{self._path} is not a journal of ai-sdk bench", field="journal")
                break
            lines.append(cast("dict[str, Any]", line))
            size += len(raw)
        self._file.truncate(size)
        return lines

    def _write(self, line: Mapping[str, Any]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
            self._file.flush()

    def _lock(self) -> None:
        try:
            import fcntl
        except ImportError:
            return
        assert self._file is not None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InvalidRequestError(f"another process writes {self._path}", field="journal") from None


def _difference(head: Mapping[str, Any], models: Sequence[Mapping[str, Any]], plan: Plan) -> str:
    if head["models"] != list(models):
        return f"its models are {', '.join(each['name'] for each in head['models'])}"
    ours, theirs = plan.to_dict(), head["plan"]
    return ", ".join(f"its {name} is {theirs.get(name)!r}" for name in ours if theirs.get(name) != ours[name])
