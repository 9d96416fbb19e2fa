"""From recorded spans to calls: trees, and the rows of a waterfall. Pure; whatever the spans are, it does not fail."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from ai_sdk.telemetry.trace_file import Happening, Recorded

__all__ = [
    "Node",
    "Row",
    "as_data",
    "duration",
    "facts",
    "failed",
    "headline",
    "number",
    "rows",
    "text",
    "trees",
    "walk",
]

DEEPEST: Final = 8
_SILENT: Final = frozenset({"cache.miss", "cache.stored", "cache.hit", "retry"})
_RUNS: Final = frozenset({"invoke_agent", "create_agent", "invoke_workflow", "execute_tool", "plan", "retrieval"})
_KINDS: Final = ("wait", "mark", "span")
_MOST: Final = 1e15


@dataclass(slots=True)
class Node:
    """A span with what happened inside of it, by time. ``orphan``: its parent is not in the file."""

    span: Recorded
    children: list[Node] = field(default_factory=list["Node"])
    orphan: bool = False

    @property
    def start(self) -> int:
        """Of the whole tree, in microseconds since 1970."""
        return min(each.span.start for _, each in walk(self))

    @property
    def end(self) -> int:
        """Of the whole tree, in microseconds since 1970."""
        return max(each.span.end for _, each in walk(self))


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a waterfall. ``start``, ``end`` and ``first`` (content) in microseconds after the start of the tree."""

    kind: Literal["span", "wait", "mark"]
    label: str
    depth: int
    start: int
    end: int
    first: int | None = None
    failed: bool = False
    facts: tuple[str, ...] = ()
    message: str | None = None


def trees(spans: Iterable[Recorded]) -> list[Node]:
    """Each span in one place of one tree, the trees by their end; lines with the ids of another span are left out.

    A span whose parent is not there is a root, and so is the earliest of those that are each other's parents.
    """
    nodes: dict[tuple[str, str], Node] = {}
    for span in spans:
        nodes.setdefault((span.trace, span.span), Node(span))
    below: dict[tuple[str, str], list[Node]] = {}
    roots: list[Node] = []
    for node in nodes.values():
        parent = node.span.parent
        if parent is None or (node.span.trace, parent) not in nodes:
            node.orphan = parent is not None
            roots.append(node)
        else:
            below.setdefault((node.span.trace, parent), []).append(node)
    placed: set[tuple[str, str]] = set()
    for root in roots:
        _place(root, below, placed)
    for node in nodes.values():
        if _key(node) not in placed:
            first = min(_circle(node, nodes), key=_by_time)
            first.orphan = True
            roots.append(first)
            _place(first, below, placed)
    return sorted(roots, key=lambda root: (root.end, root.span.trace, root.span.span))


def _circle(node: Node, nodes: Mapping[tuple[str, str], Node]) -> list[Node]:
    """Those above a node that are each other's parents."""
    above: dict[tuple[str, str], Node] = {}
    while _key(node) not in above:
        above[_key(node)] = node
        node = nodes[node.span.trace, node.span.parent or ""]
    path = list(above.values())
    return path[list(above).index(_key(node)) :]


def _place(root: Node, below: Mapping[tuple[str, str], list[Node]], placed: set[tuple[str, str]]) -> None:
    placed.add(_key(root))
    waiting = [root]
    while waiting:
        node = waiting.pop()
        node.children = [each for each in sorted(below.get(_key(node), ()), key=_by_time) if _key(each) not in placed]
        placed.update(map(_key, node.children))
        waiting.extend(node.children)


def _key(node: Node) -> tuple[str, str]:
    return node.span.trace, node.span.span


def _by_time(node: Node) -> tuple[int, int, str]:
    return node.span.start, -node.span.duration, node.span.span


def walk(root: Node) -> Iterator[tuple[int, Node]]:
    """The nodes of a tree with their depth, parents before their children."""
    waiting = [(0, root)]
    while waiting:
        depth, node = waiting.pop()
        yield depth, node
        waiting.extend((depth + 1, each) for each in reversed(node.children))


def failed(root: Node) -> bool:
    """Whether the call or anything inside of it failed."""
    return any(_is_failed(node.span) for _, node in walk(root))


def _is_failed(span: Recorded) -> bool:
    return span.status == "error" or "error.type" in span.attributes


def rows(root: Node) -> list[Row]:
    """The lines below the headline: the spans inside, waits and what else happened, by time.

    What is inside of a span stands below it, one deeper.
    """
    start = root.start
    found: list[Row] = []
    waiting: list[tuple[Row | None, Node | None, int]] = [(None, root, 0)]
    while waiting:
        row, node, depth = waiting.pop()
        if row is not None:
            found.append(row)
        if node is not None:
            waiting.extend(reversed(_inside(node, depth, start)))
    return found


def _inside(node: Node, depth: int, start: int) -> list[tuple[Row | None, Node | None, int]]:
    """What happened directly in a span, by time: rows, with the node of those that are spans."""
    shown = min(depth, DEEPEST)
    inside: list[tuple[Row, Node | None, int]] = [(row, None, depth) for row in _event_rows(node.span, shown, start)]
    inside.extend((_span_row(child.span, shown, start), child, depth + 1) for child in node.children)
    inside.sort(key=lambda each: (each[0].start, _KINDS.index(each[0].kind)))
    return list(inside)


def _span_row(span: Recorded, depth: int, start: int) -> Row:
    attributes = span.attributes
    seconds = number(attributes, "ai_sdk.attempt.time_to_first_chunk")
    seconds = number(attributes, "gen_ai.response.time_to_first_chunk") if seconds is None else seconds
    first = span.start - start + int(seconds * 1e6) if seconds is not None and seconds >= 0 else None
    if first is not None and first > span.end - start:
        first = None
    count = number(attributes, "ai_sdk.attempt.number")
    label = span.name
    if count is not None and label.startswith("attempt "):
        label = f"attempt {count:.0f} {label.removeprefix('attempt ')}"
    bad = _is_failed(span)
    message = span.message if bad else None
    return Row("span", label, depth, span.start - start, span.end - start, first, bad, facts(span), message)


def _event_rows(span: Recorded, depth: int, start: int) -> Iterator[Row]:
    for each in span.events:
        name = each.name.removeprefix("ai_sdk.")
        if name == each.name or name in _SILENT:
            continue
        at = max(0, each.at - start)
        if name == "wait":
            seconds = number(each.attributes, "ai_sdk.seconds") or 0.0
            reason = text(each.attributes, "ai_sdk.wait.reason")
            began = max(0, at - int(max(0.0, seconds) * 1e6))
            label = f"wait for {reason}" if reason and reason != "retry" else "wait"
            yield Row("wait", label, depth, began, at, facts=(duration(at - began),))
        else:
            yield Row("mark", name.replace(".", " "), depth, at, at, facts=_said(each))


def _said(event: Happening) -> tuple[str, ...]:
    attributes = event.attributes
    model, error = text(attributes, "ai_sdk.model"), text(attributes, "error.type")
    old, new = text(attributes, "ai_sdk.circuit.from"), text(attributes, "ai_sdk.circuit.to")
    said = (f"to {model}" if model else None, f"after {error}" if error else None, f"{old} to {new}" if new else None)
    return tuple(each for each in said if each)


def headline(root: Node) -> list[str]:
    """What is said of a whole call; of a run of several, what they took together."""
    said = list(facts(root.span))
    calls = _calls(root)
    if calls and calls != [root.span]:
        read, written = _sum(calls, "gen_ai.usage.input_tokens"), _sum(calls, "gen_ai.usage.output_tokens")
        cost = total_cost(root)
        said.append(f"{len(calls)} call{'s' if len(calls) != 1 else ''}")
        said.extend([_tokens(read, written, None)] if read or written else [])
        said.extend([_dollars(cost)] if cost is not None else [])
    first = number(root.span.attributes, "gen_ai.response.time_to_first_chunk")
    if first is not None and first >= 0 and text(root.span.attributes, "ai_sdk.cache") != "hit":
        said.append(f"first token {duration(int(first * 1e6))}")
    if root.orphan:
        said.append("its parent is not in the file")
    return said


def total_cost(root: Node) -> float | None:
    """What the calls of a tree cost in dollars; None as soon as one of them is not known, or there is none."""
    return _sum(_calls(root), "operation.cost")


def _calls(root: Node) -> list[Recorded]:
    """The outermost spans of a tree that are calls of models."""
    found: list[Recorded] = []
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if text(node.span.attributes, "gen_ai.operation.name") in _RUNS | {None}:
            waiting.extend(reversed(node.children))
        else:
            found.append(node.span)
    return found


def _sum(spans: list[Recorded], name: str) -> float | None:
    found = [number(span.attributes, name) for span in spans]
    known = [each for each in found if each is not None]
    return sum(known) if known and len(known) == len(found) else None


def facts(span: Recorded) -> tuple[str, ...]:
    """What is worth saying of a span, the most important first."""
    attributes = span.attributes
    read = number(attributes, "gen_ai.usage.input_tokens", "ai_sdk.attempt.input_tokens")
    written = number(attributes, "gen_ai.usage.output_tokens", "ai_sdk.attempt.output_tokens")
    cached = number(attributes, "gen_ai.usage.cache_read.input_tokens")
    cost = number(attributes, "operation.cost", "ai_sdk.attempt.cost")
    status = number(attributes, "http.response.status_code")
    looked = text(attributes, "ai_sdk.cache")
    said = [
        duration(span.duration),
        _error(span, status) if _is_failed(span) else None,
        f"cache {looked}" if looked and looked != "miss" else None,
        _tokens(read, written, cached) if read or written else None,
        speed(span),
        _dollars(cost) if cost is not None and (cost or not _is_failed(span)) and looked != "hit" else None,
        "abandoned" if attributes.get("ai_sdk.stream.abandoned") is True else None,
    ]
    return tuple(each for each in said if each)


def _error(span: Recorded, status: float | None) -> str:
    kind = text(span.attributes, "error.type") or "error"
    return f"{status:.0f} {kind}" if status is not None else kind


def _tokens(read: float | None, written: float | None, cached: float | None) -> str:
    if written is None:
        return f"{read:,.0f} tokens"
    part = f" ({cached:,.0f} cached)" if cached else ""
    return f"{'?' if read is None else f'{read:,.0f}'}{part} → {written:,.0f} tokens"


def speed(span: Recorded) -> str | None:
    """Tokens per second from the first content on, or of the whole span where that is not known."""
    written = number(span.attributes, "gen_ai.usage.output_tokens", "ai_sdk.attempt.output_tokens")
    seconds = span.duration / 1e6
    names = ("gen_ai.response.time_to_first_chunk", "ai_sdk.attempt.time_to_first_chunk")
    rest = seconds - (number(span.attributes, *names) or 0.0)
    seconds = rest if rest >= 0.001 else seconds  # an answer that came in one piece
    if not written or seconds < 0.001:
        return None
    return f"{written / seconds:,.0f} tok/s"


def duration(microseconds: int) -> str:
    """Such as ``0.4 ms``, ``87 ms``, ``1.24 s`` and ``3 m 05 s``."""
    seconds = microseconds / 1e6
    if seconds < 0.01:
        return f"{seconds * 1e3:.1f} ms"
    if seconds < 0.9995:
        return f"{seconds * 1e3:.0f} ms"
    if seconds < 59.995:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes:,} m {rest:02} s"


def _dollars(cost: float) -> str:
    if cost <= 0:
        return "$0"
    if cost >= 1:
        return f"${cost:,.2f}"
    return f"${cost:.{min(9, 1 - math.floor(math.log10(cost)))}f}"


def number(attributes: Mapping[str, Any], *names: str) -> float | None:
    """The first of these that is a sensible number."""
    for name in names:
        value = attributes.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and -_MOST < value < _MOST:
            return float(value)
    return None


def text(attributes: Mapping[str, Any], name: str) -> str | None:
    """The attribute, if it is text."""
    value = attributes.get(name)
    return value if isinstance(value, str) else None


def as_data(root: Node) -> dict[str, Any]:
    """A tree as plain data: its spans, parents before their children, each with its depth."""
    return {
        "trace": root.span.trace,
        "name": root.span.name,
        "start": root.start,
        "duration": root.end - root.start,
        "failed": failed(root),
        "spans": [_as_data(depth, node.span) for depth, node in walk(root)],
    }


def _as_data(depth: int, span: Recorded) -> dict[str, Any]:
    return {
        "depth": depth,
        "span": span.span,
        "parent": span.parent,
        "name": span.name,
        "start": span.start,
        "duration": span.duration,
        "status": span.status,
        "message": span.message,
        "attributes": dict(span.attributes),
        "events": [{"name": e.name, "at": e.at - span.start, "attributes": dict(e.attributes)} for e in span.events],
    }
