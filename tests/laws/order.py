"""Laws 1 and 2: the order of layers, what a stack adds by itself (nothing), and requests that never change."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any, TypeAlias

from hypothesis import strategies as st
from laws.harness import FINISH, STREAMED, WHOLE, A, LanguageLayer, LanguageModel, Stack, read, search
from laws.layers import marking

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.errors import AllModelsFailedError, ServerError
from ai_sdk.messages import user
from ai_sdk.model import layer, wrap_model
from ai_sdk.requests import JSONFormat, LanguageRequest, ToolDefinition
from ai_sdk.results import LanguageResponse
from ai_sdk.testing import ScriptedModel, run

Wrap: TypeAlias = Callable[[LanguageModel, Sequence[LanguageLayer]], LanguageModel]
NAMES = st.lists(st.sampled_from("abc"), max_size=5)


def first_is_outermost(wrap: Wrap) -> None:
    """The first layer sees the request first and the response last; nesting stacks is concatenating them."""

    def law(names: list[str], cut: int) -> None:
        log: list[str] = []
        layers = [marking(name, log) for name in names]
        expected = [f"{name} in" for name in names] + [f"{name} out" for name in reversed(names)]
        for model in (
            wrap(ScriptedModel(), layers),
            wrap(wrap(ScriptedModel(), layers[cut:]), layers[:cut]),
            wrap(wrap(wrap(ScriptedModel(), layers), []), []),
        ):
            log.clear()
            assert run(read(model)).text == "ok"
            assert log == expected

    search(law, NAMES, st.integers(0, 5))


def nothing_is_identity(wrap: Wrap) -> None:
    """Without layers a stack is the model itself."""
    model = ScriptedModel()
    assert wrap(model, []) is model
    assert wrap(model, ()) is model


def stacks_are_independent(wrap: Wrap) -> None:
    """Two stacks around one model do not feel each other, and building one calls nothing."""

    def law(one: list[str], other: list[str]) -> None:
        logs: tuple[list[str], list[str]] = ([], [])
        model = ScriptedModel()
        first = wrap(model, [marking(name, logs[0]) for name in one])
        second = wrap(model, [marking(name, logs[1]) for name in other])
        assert not model.calls
        run(read(first))
        assert logs[0] == [f"{name} in" for name in one] + [f"{name} out" for name in reversed(one)]
        assert logs[1] == []
        run(read(second))
        assert len(logs[1]) == 2 * len(other)
        assert len(logs[0]) == 2 * len(one)

    search(law, NAMES, NAMES, tries=20)


def requests_never_change(stack: Stack) -> None:
    """Through any stack the caller's request stays as it was, and every attempt sees an equal one."""

    def law(request: LanguageRequest, failures: int) -> None:
        before, seen = pickle.dumps(request), list[LanguageRequest]()
        answers = ScriptedModel([[ServerError("busy")]] * failures + [[A, FINISH]])

        @layer
        async def watching(request: LanguageRequest, call: LanguageModel) -> LanguageResponse:
            seen.append(request)
            return await call(request)

        try:
            run(read(wrap_model(wrap_model(answers, [watching]), stack()), request))
        except (ServerError, AllModelsFailedError):
            assert failures
        assert pickle.dumps(request) == before, "the caller's request has changed"
        assert seen, "the model was not asked"
        assert all(each == seen[0] for each in seen), "attempts saw different requests"
        assert answers.calls == seen

    search(law, REQUESTS, st.integers(0, 2), tries=30)


SETTINGS = {"n": 1, "list": [1, {"deep": [2]}], "map": {"a": "b"}}
REQUESTS: st.SearchStrategy[LanguageRequest] = st.builds(
    LanguageRequest,
    messages=st.lists(st.builds(user, st.text(max_size=3)), min_size=1, max_size=3).map(tuple),
    temperature=st.one_of(st.none(), st.floats(0, 2)),
    stop=st.lists(st.text("ab", min_size=1, max_size=2), max_size=2).map(tuple),
    tools=st.sampled_from([(), (ToolDefinition("look", None, freeze({"type": "object"})),)]),
    stream=st.booleans(),
    provider_options=st.sampled_from([EMPTY, freeze({"groq": SETTINGS})]),
)


def requests_are_frozen(make: Callable[..., Any]) -> None:
    """A request keeps no hold on what it was made of, cannot be changed, and is a value: equal, hashable, picklable."""

    def law(words: list[str], number: int) -> None:
        deep: dict[str, dict[str, Any]] = {"groq": {"list": list(words), "map": {"n": number}}}
        schema: Any = {"type": "object", "properties": {"a": {"enum": list(words)}}}
        messages = [user(word) for word in words]
        stop = list(words)

        def build() -> Any:
            return make(
                messages=messages,
                stop=stop,
                tools=[ToolDefinition("look", None, schema)],
                response_format=JSONFormat(schema),
                headers={"x": "y"},
                provider_options=deep,
            )

        request, same = build(), build()
        assert request == same
        try:
            assert hash(request) == hash(same)
        except TypeError as error:
            raise AssertionError(f"not hashable: {error}") from error
        copy = pickle.loads(pickle.dumps(request))
        assert copy == request
        assert hash(copy) == hash(request)
        _cannot_change(request)
        messages.append(user("more"))
        stop.append("more")
        deep["groq"]["list"] = "other"
        schema["properties"] = {}
        assert request == same == copy, "a request changed with what it was made of"
        assert len(request.messages) == len(words)

    search(law, st.lists(st.text("ab", min_size=1, max_size=2), min_size=1, max_size=3), st.integers(), tries=25)


def _cannot_change(request: Any) -> None:
    for each in fields(request):
        try:
            setattr(request, each.name, None)
        except (AttributeError, TypeError):
            continue
        raise AssertionError(f"{each.name} could be set")
    mappings: list[Any] = [request.provider_options, request.provider_options["groq"], request.tools[0].input_schema]
    for mapping in mappings:
        for change in ("clear", "popitem"):
            try:
                getattr(mapping, change)()
            except TypeError:
                continue
            raise AssertionError(f"{change} worked")


def short_circuits(refusing: LanguageLayer) -> None:
    """A layer that answers by itself leaves the model unasked, and the layers around it see its answer."""

    def law(outside: list[str], inside: list[str], stream: bool) -> None:
        log: list[str] = []
        model = ScriptedModel()
        layers = [
            *[marking(f"outer {name}", log) for name in outside],
            refusing,
            *[marking(f"inner {name}", log) for name in inside],
        ]
        assert run(read(wrap_model(model, layers), STREAMED if stream else WHOLE)).text == "cached"
        assert not model.calls
        assert not [entry for entry in log if entry.startswith("inner")]
        assert len(log) == 2 * len(outside)

    search(law, NAMES, NAMES, st.booleans(), tries=20)


def calls_are_independent(repeating: LanguageLayer) -> None:
    """Calling inside more than once is allowed; each call has a response and a wire of its own."""

    async def law() -> None:
        model = ScriptedModel([[A, FINISH]])
        assert (await read(wrap_model(model, [repeating]))).text == "a"
        assert len(model.calls) == len(model.wires) > 1
        assert not [wire for wire in model.wires if wire.open]

    run(law())
