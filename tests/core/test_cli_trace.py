"""What ``ai-sdk trace`` shows: any spans become trees, and no text of theirs gets out of its place."""

from __future__ import annotations

import json
import re
import unicodedata
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sdk.cli._trace_page import page
from ai_sdk.cli._trace_text import Look, clean, cut, waterfall, when, wide
from ai_sdk.cli._trace_tree import Node, duration, facts, failed, headline, rows, total_cost, trees, walk
from ai_sdk.telemetry.trace_file import Happening, Recorded

SECOND = 1_000_000
BEGIN = 1_795_277_000 * SECOND
HOSTILE = "<script>alert(1)</script>\"'&<b onmouseover=x>\x1b[31m\x00\u202e\ud800</pre>"


def span(name: str, at: float = 0, took: float = 1, parent: str | None = None, **more: Any) -> Recorded:
    ids = {"trace": more.pop("trace", "ab12"), "span": more.pop("id", name)}
    start, length = BEGIN + round(at * SECOND), round(took * SECOND)
    return Recorded(**ids, parent=parent, name=name, start=start, duration=length, **more)


def happening(name: str, at: float, **attributes: Any) -> Happening:
    return Happening(
        f"ai_sdk.{name}", BEGIN + round(at * SECOND), {k.replace("__", "."): v for k, v in attributes.items()}
    )


RETRIED = [
    span(
        "attempt m",
        0,
        0.5,
        "chat m",
        id="a1",
        status="error",
        message="slow down",
        attributes={"ai_sdk.attempt.number": 1, "error.type": "RateLimitError", "http.response.status_code": 429},
    ),
    span(
        "attempt m",
        1,
        3,
        "chat m",
        id="a2",
        attributes={
            "ai_sdk.attempt.number": 2,
            "ai_sdk.attempt.time_to_first_chunk": 1.0,
            "ai_sdk.attempt.input_tokens": 1200,
            "ai_sdk.attempt.output_tokens": 300,
            "ai_sdk.attempt.cost": 0.00093,
        },
    ),
    span(
        "chat m",
        0,
        4,
        attributes={
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "groq",
            "gen_ai.usage.input_tokens": 1200,
            "gen_ai.usage.cache_read.input_tokens": 400,
            "gen_ai.usage.output_tokens": 300,
            "gen_ai.response.time_to_first_chunk": 2.0,
            "operation.cost": 0.00093,
            "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"type": "text", "content": HOSTILE}]}]),
        },
        events=(
            happening("retry", 0.5, error__type="RateLimitError"),
            happening("wait", 1, ai_sdk__seconds=0.5),
            happening("fallback", 1, ai_sdk__model="openai:n", error__type="ServerError"),
        ),
    ),
]
AGENT = [
    span("invoke_agent", 0, 4),
    span("chat m", 0, 1, "invoke_agent"),
    span("attempt m", 0, 1, "chat m"),
    span("execute_tool look", 1, 2, "invoke_agent"),
    span("chat n", 3, 1, "invoke_agent", id="second"),
]

IDS = st.sampled_from(["a", "b", "c", "d", "e", "f"])
MOMENTS = st.integers(0, 2**62 - 1) | st.integers(0, 100)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(max_size=3), SCALARS, max_size=2)
NAMES = st.sampled_from(
    [
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.output_tokens",
        "gen_ai.response.time_to_first_chunk",
        "ai_sdk.attempt.number",
        "ai_sdk.seconds",
        "operation.cost",
        "error.type",
        "ai_sdk.cache",
        "http.response.status_code",
        "gen_ai.input.messages",
        "gen_ai.output.messages",
        "gen_ai.system_instructions",
        "gen_ai.tool.call.result",
        "ai_sdk.model",
    ]
)
MESSAGES = VALUES | st.lists(
    st.fixed_dictionaries({}, optional={"role": VALUES, "parts": VALUES, "finish_reason": VALUES}), max_size=2
).map(json.dumps)
ATTRIBUTES = st.dictionaries(NAMES, VALUES | MESSAGES, max_size=4)
EVENTS = st.builds(
    Happening,
    st.sampled_from(["ai_sdk.wait", "ai_sdk.fallback", "ai_sdk.circuit.changed", "ai_sdk.of.later", "exception"]),
    MOMENTS,
    ATTRIBUTES,
)
SPANS = st.builds(
    Recorded,
    trace=st.sampled_from(["1", "2"]),
    span=IDS,
    parent=st.none() | IDS,
    name=st.text(max_size=8) | st.just("attempt m"),
    start=MOMENTS,
    duration=MOMENTS,
    status=st.sampled_from(["unset", "ok", "error"]),
    message=st.none() | st.text(max_size=8),
    attributes=ATTRIBUTES,
    events=st.lists(EVENTS, max_size=2).map(tuple),
)


@given(st.lists(SPANS, max_size=12))
def test_every_span_is_in_one_place_of_one_tree(spans: list[Recorded]) -> None:
    found = trees(spans)
    placed = [(node.span.trace, node.span.span) for root in found for _, node in walk(root)]
    assert sorted(placed) == sorted({(each.trace, each.span) for each in spans})
    for root in found:
        for _, node in walk(root):
            assert all(
                (each.span.trace, each.span.parent) == (node.span.trace, node.span.span) for each in node.children
            )
    known = {(each.trace, each.span) for each in spans}
    for root in found:
        assert root.orphan == (root.span.parent is not None)
        if root.span.parent is not None and (root.span.trace, root.span.parent) in known:
            assert root.span.parent in {node.span.span for _, node in walk(root)}, "a root with a parent is in a circle"
    assert [root.end for root in found] == sorted(root.end for root in found)


@given(st.lists(SPANS, max_size=6), st.integers(0, 200), st.booleans(), st.booleans())
def test_any_tree_is_shown_within_the_width_of_the_terminal(
    spans: list[Recorded], width: int, colour: bool, unicode: bool
) -> None:
    for root in trees(spans):
        for line in waterfall(root, Look(width, colour, unicode)):
            bare = re.sub("\x1b\\[[0-9;]+m", "", line)
            assert not [each for each in bare if unicodedata.category(each) in ("Cc", "Cf", "Cs")]
            assert wide(bare) <= max(width, 40)
            assert unicode or bare.isascii()
            assert colour or bare == line
        spans_shown = [row for row in rows(root) if row.kind == "span"]
        assert len(spans_shown) == sum(1 for _ in walk(root)) - 1


class Page(HTMLParser):
    """What a browser would make of it."""

    EMPTY = frozenset({"meta", "br"})

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.extend(attrs)
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


KNOWN_TAGS = {
    "html", "head", "meta", "title", "style", "body", "header", "h1", "h2", "p", "div", "span", "i", "main", "article",
    "details", "summary", "pre",
}  # fmt: skip
KNOWN_ATTRIBUTES = {"lang", "charset", "http-equiv", "content", "name", "class", "style", "title"}


def looked_at(source: str) -> Page:
    found = Page(source)
    assert found.open == []
    assert set(found.tags) <= KNOWN_TAGS
    assert {name for name, _ in found.attributes} <= KNOWN_ATTRIBUTES
    for name, value in found.attributes:
        if name == "style":
            assert re.fullmatch(r"(?:(?:left|width|padding-left):\d+(?:\.\d+)?(?:%|rem);?)+", value or "")
    assert "url(" not in source
    assert "://" not in re.sub("<pre>.*?</pre>", "", source, flags=re.DOTALL)
    source.encode()
    return found


@given(st.lists(SPANS, max_size=5))
def test_any_page_has_only_the_tags_that_it_means(spans: list[Recorded]) -> None:
    looked_at(page(trees(spans)))


@given(st.text())
def test_any_text_of_a_message_is_text_on_the_page(said: str) -> None:
    content = json.dumps([{"role": said, "parts": [{"type": "text", "content": said}]}])
    found = looked_at(page(trees([span("x", attributes={"gen_ai.input.messages": content, "error.type": said})])))
    expected = "".join("\ufffd" if unicodedata.category(c) in ("Cf", "Cs", "Zl", "Zp") else c for c in said)
    expected = "".join(
        "\ufffd" if unicodedata.category(c) == "Cc" and c not in "\n\t" else c for c in expected.replace("\r\n", "\n")
    )
    assert expected in "".join(found.text)


def test_hostile_words_stay_words_on_the_page() -> None:
    spans = [
        span(
            HOSTILE,
            id="x",
            trace=HOSTILE,
            status="error",
            message=HOSTILE,
            service=HOSTILE,
            attributes=dict.fromkeys(
                [
                    "gen_ai.provider.name",
                    "error.type",
                    "ai_sdk.cache",
                    "gen_ai.output.messages",
                    "gen_ai.tool.call.result",
                ],
                HOSTILE,
            ),
            events=(Happening(f"ai_sdk.{HOSTILE}", BEGIN, {"ai_sdk.model": HOSTILE}),),
        ),
        span("inner", parent="x", trace=HOSTILE, attributes={"gen_ai.input.messages": "{broken " + HOSTILE}),
    ]
    source = page(trees(spans))
    found = looked_at(source)
    assert source.count("<script") == 0
    assert "".join(found.text).count("<script>alert(1)</script>") >= 7
    assert not set(source) & set("\x00\x1b\u202e\ud800")
    assert "default-src 'none'" in source


def test_the_rows_of_a_call_are_by_time() -> None:
    (root,) = trees(RETRIED)
    assert [(row.kind, row.label, row.start, row.end, row.first, row.failed) for row in rows(root)] == [
        ("span", "attempt 1 m", 0, 500_000, None, True),
        ("wait", "wait", 500_000, 1_000_000, None, False),
        ("mark", "fallback", 1_000_000, 1_000_000, None, False),
        ("span", "attempt 2 m", 1_000_000, 4_000_000, 2_000_000, False),
    ]


def test_a_waterfall() -> None:
    (root,) = trees(RETRIED)
    head, *body = waterfall(root, Look(90))
    assert head == f"● chat m · groq{' ' * 50}{when(BEGIN)}  ab12"
    assert body == [
        "  4.00 s · 1,200 (400 cached) → 300 tokens · 150 tok/s · $0.00093 · first token 2.00 s",
        "  attempt 1 m  ░░░✗                           500 ms  429 RateLimitError",
        "  wait            ·····                       500 ms",
        "  fallback            ▲                               to openai:n · after ServerError",
        "  attempt 2 m         ░░░░░░░▌██████████████  3.00 s  1,200 → 300 tokens · 150 tok/s · $0…",
    ]


def test_the_time_of_day() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:20", when(BEGIN))
    assert when(2**62) == "at no known time"


def test_a_waterfall_in_ascii() -> None:
    (root,) = trees(RETRIED)
    assert [line[:53].rstrip() for line in waterfall(root, Look(90, unicode=False))[2:]] == [
        "  attempt 1 m  ---x                           500 ms",
        "  wait            .....                       500 ms",
        "  fallback            ^",
        "  attempt 2 m         -------|==============  3.00 s",
    ]


def test_an_agent_has_its_calls_and_tools_inside() -> None:
    (root,) = trees(AGENT)
    assert [(row.depth, row.label) for row in rows(root)] == [
        (0, "chat m"),
        (1, "attempt m"),
        (0, "execute_tool look"),
        (0, "chat n"),
    ]
    lines = waterfall(root, Look(80))
    assert [line[:18].rstrip() for line in lines[2:]] == ["  chat m", "    attempt m", "  execute_tool loo", "  chat n"]


def test_what_happened_inside_of_a_call_stands_below_it_by_time() -> None:
    waits = (
        happening("wait", 0.75, ai_sdk__seconds=0.25, ai_sdk__wait__reason="rate_limit"),
        happening("circuit.changed", 0.2, ai_sdk__circuit__from="closed", ai_sdk__circuit__to="open"),
    )
    (root,) = trees([AGENT[0], span("chat m", 0, 1, "invoke_agent", events=waits), *AGENT[2:]])
    assert [(row.depth, row.label, row.start, row.facts) for row in rows(root)][1:4] == [
        (1, "attempt m", 0, ("1.00 s",)),
        (1, "circuit changed", 200_000, ("closed to open",)),
        (1, "wait for rate_limit", 500_000, ("250 ms",)),
    ]


def call_of(name: str, cost: float | None, read: int, **more: Any) -> Recorded:
    attributes = {"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": read, "gen_ai.usage.output_tokens": 5}
    return span(
        name, parent="run", attributes={**attributes, **({"operation.cost": cost} if cost is not None else {})}, **more
    )


def test_a_run_says_what_its_calls_took_together() -> None:
    run = span("run", 0, 2, attributes={"gen_ai.operation.name": "invoke_agent"})
    (root,) = trees([run, call_of("a", 0.00002, 100), call_of("b", 0.000009, 20)])
    assert headline(root) == ["2.00 s", "2 calls", "120 → 10 tokens", "$0.000029"]
    inner = span("inner", parent="a", attributes={"gen_ai.operation.name": "chat", "operation.cost": 5})
    (root,) = trees([run, call_of("a", 0.25, 100), inner])
    assert headline(root) == ["2.00 s", "1 call", "100 → 5 tokens", "$0.25"]
    (root,) = trees([run, call_of("a", 0.25, 100), call_of("b", None, 20)])
    assert headline(root) == ["2.00 s", "2 calls", "120 → 10 tokens"]
    assert total_cost(root) is None


def test_the_page_sums_up_what_is_known() -> None:
    run = span("run", 0, 2, attributes={"gen_ai.operation.name": "invoke_agent"}, trace="cd", status="error")
    calls = [*RETRIED, run, call_of("a", 0.25, 100, trace="cd")]
    assert "<h1>2 calls</h1><p>1 failed · $0.2509</p>" in page(trees(calls))
    unknown = call_of("b", None, 100, trace="ef")
    assert "<h1>3 calls</h1><p>1 failed · $0.2509 and 1 of unknown cost</p>" in page(trees([*calls, unknown]))
    assert "<h1>1 call</h1><p>none failed</p>" in page(trees([unknown]))
    assert "<h1>0 calls</h1>" in page([])


def test_colours_are_only_where_they_are_wanted() -> None:
    (root,) = trees(RETRIED)
    assert "\x1b" not in "".join(waterfall(root, Look(80)))
    assert "\x1b[31m" in "".join(waterfall(root, Look(80, colour=True)))


def test_the_trees_of_a_deep_chain_and_of_a_circle() -> None:
    chain = [span("x", number, 1, str(number - 1) if number else None, id=str(number)) for number in range(3000)]
    (root,) = trees(reversed(chain))
    assert [depth for depth, _ in walk(root)] == list(range(3000))
    assert len(waterfall(root, Look(80))) == 3001
    circle = [span("b", 1, parent="a"), span("a", 0, parent="b"), span("c", 2, parent="c")]
    first, second = trees(circle)
    assert [node.span.name for _, node in walk(first)] == ["a", "b"]
    assert [node.span.name for _, node in walk(second)] == ["c"]


def test_what_is_said_of_a_span() -> None:
    assert facts(span("x", 0, 2, attributes={"gen_ai.usage.output_tokens": 50})) == (
        "2.00 s",
        "? → 50 tokens",
        "25 tok/s",
    )
    assert facts(span("x", attributes={"gen_ai.usage.input_tokens": 5})) == ("1.00 s", "5 tokens")
    at_once = {"ai_sdk.attempt.output_tokens": 50, "ai_sdk.attempt.time_to_first_chunk": 2.0}
    assert facts(span("x", 0, 2, attributes=at_once)) == ("2.00 s", "? → 50 tokens", "25 tok/s")
    hit = {"ai_sdk.cache": "hit", "operation.cost": 0.0, "gen_ai.usage.input_tokens": 0}
    assert facts(span("x", attributes=hit)) == ("1.00 s", "cache hit")
    assert facts(span("x", attributes={"operation.cost": 2, "ai_sdk.stream.abandoned": True})) == (
        "1.00 s",
        "$2.00",
        "abandoned",
    )
    assert facts(span("x", attributes={"operation.cost": True, "gen_ai.usage.output_tokens": "9"})) == ("1.00 s",)


@pytest.mark.parametrize(
    ("microseconds", "shown"),
    [
        (0, "0.0 ms"),
        (420, "0.4 ms"),
        (9_999, "10.0 ms"),
        (87_000, "87 ms"),
        (999_400, "999 ms"),
        (999_900, "1.00 s"),
        (1_240_000, "1.24 s"),
        (59_999_000, "1 m 00 s"),
        (185_000_000, "3 m 05 s"),
    ],
)
def test_durations(microseconds: int, shown: str) -> None:
    assert duration(microseconds) == shown


def test_a_text_is_cut_by_its_columns() -> None:
    assert (cut("数据数据", 5), cut("abc", 3), cut("abcd", 3), cut("abc", 0)) == ("数据…", "abc", "ab…", "")
    assert clean("a\x1b[31m\r\nb\u202e") == "a�[31m b�"


def test_a_failure_inside_marks_the_call() -> None:
    (root,) = trees(RETRIED)
    assert failed(root)
    assert not failed(Node(span("x")))
