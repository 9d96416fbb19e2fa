"""Waterfalls as one HTML page: no script, nothing from the network, light and dark. Pure; everything is escaped."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Sequence
from typing import Any, Final, cast

from ai_sdk.cli._trace_text import clean, harmless, when
from ai_sdk.cli._trace_tree import Node, Row, failed, headline, rows, text, total_cost, walk

__all__ = ["escaped", "page"]

_STYLE: Final = """
:root{color-scheme:light dark;--ink:#1c2024;--soft:#62686f;--line:#e3e5e8;--paper:#fbfbfa;--card:#fff;--bar:#3d6fb4;
--early:#bfd0e8;--wait:#c9932b;--bad:#c0392b;--good:#2e8b57;--code:#f4f5f6}
@media (prefers-color-scheme:dark){:root{--ink:#e4e6e8;--soft:#969ca3;--line:#30353a;--paper:#15181b;--card:#1c2024;
--bar:#79a7e6;--early:#34496a;--wait:#d9aa4d;--bad:#ec7a6d;--good:#6cc191;--code:#15181b}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:74rem;padding:2.5rem 1.5rem 4rem;background:var(--paper);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
h1{font-size:1.15rem;margin:0}h2{font-size:1rem;margin:0;overflow-wrap:anywhere}
header{margin-bottom:1.75rem}header p,.facts,.when,.label.mark,.label.wait,.side{color:var(--soft)}p{margin:.15rem 0}
article{background:var(--card);border:1px solid var(--line);border-left:3px solid var(--good);border-radius:6px;
padding:1rem 1.25rem;margin:0 0 1rem}
article.inside{border-left-color:var(--wait)}article.bad{border-left-color:var(--bad)}
.top{display:flex;gap:1rem;justify-content:space-between;align-items:baseline;flex-wrap:wrap}
.when,.side,.facts{font-size:.86rem;font-variant-numeric:tabular-nums}.when{white-space:nowrap}
.error{color:var(--bad);overflow-wrap:anywhere;white-space:pre-wrap}
.rows{display:grid;grid-template-columns:minmax(8rem,16rem) minmax(10rem,1fr) 5rem minmax(6rem,19rem);
column-gap:1rem;row-gap:.2rem;align-items:center;margin:.8rem 0 .3rem;font-size:.9rem}
.label{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.took{text-align:right;font-variant-numeric:tabular-nums}
.track{position:relative;height:.8rem;border-right:1px solid var(--line);
background:linear-gradient(90deg,var(--line) 1px,transparent 1px) 0 0/25% 100%}
.bar,.early,.first,.failed,.waiting{position:absolute;top:0;bottom:0;min-width:2px;border-radius:2px}
.bar{background:var(--bar)}.early{background:var(--early)}.failed{background:var(--bad)}
.waiting{background:repeating-linear-gradient(90deg,var(--wait) 0 3px,transparent 3px 7px);top:.25rem;bottom:.25rem}
.first{width:2px;background:var(--ink);top:-.15rem;bottom:-.15rem}
.point{position:absolute;top:.1rem;width:.6rem;height:.6rem;margin-left:-.3rem;border-radius:50%;background:var(--soft)}
.side{overflow-wrap:anywhere}.side.bad{color:var(--bad)}
details{margin-top:.6rem;border-top:1px solid var(--line);padding-top:.5rem}
summary{cursor:pointer;color:var(--soft);font-size:.9rem}
.message{margin:.7rem 0 0}.role{font-size:.78rem;font-weight:600;color:var(--soft)}
pre{margin:.2rem 0 0;padding:.6rem .8rem;background:var(--code);border:1px solid var(--line);border-radius:4px;
white-space:pre-wrap;overflow-wrap:anywhere;font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.legend{display:flex;gap:1.2rem;flex-wrap:wrap;font-size:.82rem;color:var(--soft);margin-top:.5rem}
.legend i{display:inline-block;position:static;width:1.4rem;height:.6rem;margin-right:.35rem;border-radius:2px}
.legend i.first{width:2px;height:.9rem}
@media (max-width:46rem){body{padding:1.25rem .75rem}.rows{grid-template-columns:1fr auto;grid-auto-flow:dense}
.label{grid-column:1}.took{grid-column:2}.track,.side{grid-column:1/-1}}
@media print{body{background:#fff;max-width:none}article{break-inside:avoid}}
"""
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_LEGEND: Final = (
    ("early", "until the first token"),
    ("first", "first token"),
    ("bar", "from there on"),
    ("waiting", "waiting"),
    ("failed", "failed"),
)
_MESSAGES: Final = ("gen_ai.system_instructions", "gen_ai.input.messages", "gen_ai.output.messages")
_HEARD: Final = ("gen_ai.tool.call.arguments", "gen_ai.tool.call.result")


def page(calls: Sequence[Node]) -> str:
    """The page that shows these calls, the latest first."""
    legend = "".join(f'<span><i class="{name}"></i>{said}</span>' for name, said in _LEGEND)
    body = "".join(_call(each) for each in reversed(calls)) or "<p>No calls.</p>"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>Calls</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<header><h1>{_counted(len(calls), "call")}</h1><p>{_summary(calls)}</p><div class="legend">{legend}</div>'
        f"</header>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


def _summary(calls: Sequence[Node]) -> str:
    bad = sum(each.span.status == "error" for each in calls)
    costs = [total_cost(each) for each in calls]
    known = [cost for cost in costs if cost is not None]
    said = [f"{bad} failed" if bad else "none failed"]
    if known:
        missing = len(costs) - len(known)
        said.append(f"${sum(known):,.4f}" + (f" and {missing} of unknown cost" if missing else ""))
    return " · ".join(said)


def _call(root: Node) -> str:
    span = root.span
    look = "bad" if span.status == "error" else "inside" if failed(root) else "good"
    provider = text(span.attributes, "gen_ai.provider.name")
    said = [*headline(root), *(each for each in (provider, span.service) if each)]
    message = f'<p class="error">{escaped(span.message)}</p>' if span.message and span.status == "error" else ""
    return (
        f'<article class="{look}"><div class="top"><h2>{_line(span.name)}</h2>'
        f'<span class="when">{escaped(when(root.start))} · {_line(span.trace)}</span></div>'
        f'<p class="facts">{" · ".join(_line(each) for each in said)}</p>'
        f"{message}{_waterfall(root)}{_content(root)}</article>\n"
    )


def _waterfall(root: Node) -> str:
    found = rows(root)
    if not found:
        return ""
    total = max(1, root.end - root.start)
    return f'<div class="rows">{"".join(_row(each, total, root) for each in found)}</div>'


def _row(row: Row, total: int, root: Node) -> str:
    took = row.facts[0] if row.kind != "mark" and row.facts else ""
    said = row.facts[1:] if took else row.facts
    if row.message and row.message != root.span.message:
        said = (*said, row.message)
    label = _line(row.label)
    return (
        f'<div class="label {row.kind}" style="padding-left:{row.depth * 0.9:.1f}rem" title="{label}">{label}</div>'
        f'<div class="track">{_bar(row, total)}</div><div class="took">{_line(took)}</div>'
        f'<div class="side{" bad" if row.failed else ""}">{" · ".join(_line(each) for each in said)}</div>'
    )


def _bar(row: Row, total: int) -> str:
    left, right = _percent(row.start, total), _percent(row.end, total)
    if row.kind == "mark":
        return f'<i class="point" style="left:{left:.3f}%"></i>'
    if row.kind == "wait":
        return _block("waiting", left, right)
    if row.failed:
        return _block("failed", left, right)
    if row.first is None:
        return _block("bar", left, right)
    first = _percent(row.first, total)
    mark = f'<i class="first" style="left:{first:.3f}%"></i>'
    return _block("early", left, first) + _block("bar", first, right) + mark


def _block(name: str, left: float, right: float) -> str:
    return f'<i class="{name}" style="left:{min(left, 99.7):.3f}%;width:{max(0.0, right - left):.3f}%"></i>'


def _percent(part: int, total: int) -> float:
    return max(0.0, min(100.0, part * 100 / total))


def _content(root: Node) -> str:
    shown: list[str] = []
    for _, node in walk(root):
        said = "".join(_messages(node))
        if said:
            title = f"Messages of {_line(node.span.name)}" if node is not root else "Messages"
            shown.append(f"<details><summary>{title}</summary>{said}</details>")
    return "".join(shown)


def _messages(node: Node) -> Iterator[str]:
    attributes = node.span.attributes
    for name in _MESSAGES:
        if name in attributes:
            yield from _conversation(name, _decoded(attributes[name]))
    for name in _HEARD:
        if name in attributes:
            yield _message(name.rpartition(".")[2], _shown(_decoded(attributes[name])))


def _conversation(name: str, found: Any) -> Iterator[str]:
    entries = cast("list[Any]", found) if isinstance(found, list) else [found]
    if name == "gen_ai.system_instructions":
        yield _message("system", "\n".join(_part(each) for each in entries))
        return
    for entry in entries:
        if not isinstance(entry, dict):
            yield _message("message", _shown(entry))
            continue
        message = cast("dict[Any, Any]", entry)
        parts, finish = message.get("parts"), message.get("finish_reason")
        role = str(message.get("role", "message")) + (f" ({finish})" if isinstance(finish, str) else "")
        found_parts = cast("list[Any]", parts) if isinstance(parts, list) else [message]
        yield _message(role, "\n".join(_part(each) for each in found_parts))


def _part(part: Any) -> str:
    if not isinstance(part, dict):
        return _shown(part)
    known = cast("dict[Any, Any]", part)
    kind = known.get("type")
    if kind == "text" and isinstance(known.get("content"), str):
        return str(known["content"])
    if kind == "reasoning" and isinstance(known.get("content"), str):
        return f"[reasoning] {known['content']}"
    if kind == "tool_call":
        return f"[calls {known.get('name')}] {_shown(known.get('arguments'))}"
    if kind == "tool_call_response":
        return f"[tool answers] {_shown(known.get('response'))}"
    return _shown(known)


def _message(role: str, said: str) -> str:
    return f'<div class="message"><div class="role">{_line(role)}</div><pre>{escaped(said)}</pre></div>'


def _decoded(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, indent=1)
    except (ValueError, RecursionError):
        return "..."


def _line(piece: str) -> str:
    return html.escape(clean(piece), quote=True)


def escaped(piece: str) -> str:
    """Text for HTML, of several lines; a control character or half of a pair becomes a sign that it was there."""
    return html.escape(harmless(piece.replace("\r\n", "\n")), quote=True)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count != 1 else ''}"
