"""The laws of keys: what is equal has one key, what differs has another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from itertools import combinations, product
from types import MappingProxyType
from typing import Any, NamedTuple, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_cache as wrong
from layer_laws.kit import examples, rejects

from ai_sdk import keys, requests
from ai_sdk._frozen import FrozenDict
from ai_sdk.endpoint import Endpoint
from ai_sdk.errors import InvalidRequestError
from ai_sdk.keys import LEFT_OUT, SEEING, Keys, canonical, identity_of
from ai_sdk.messages import FilePart, ToolResultPart, assistant, system, tool_results, user
from ai_sdk.middleware import retry
from ai_sdk.model import wrap_model
from ai_sdk.provider import ProviderModel
from ai_sdk.requests import (
    EmbeddingRequest,
    ImageRequest,
    JSONFormat,
    LanguageRequest,
    ProviderTool,
    RerankRequest,
    SpecificTool,
    SpeechRequest,
    ToolDefinition,
    TranscriptionRequest,
    VideoRequest,
)
from ai_sdk.testing import ScriptedModel

Make = Callable[..., Any]


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """How a class is written is remembered; each test begins without that."""
    monkeypatch.setattr(keys, "_REQUESTS", {})
    plain_data = {kind: writer for kind, writer in keys._WRITERS.items() if not hasattr(kind, "__dataclass_fields__")}
    monkeypatch.setattr(keys, "_WRITERS", plain_data)


SAMPLES: dict[type[Any], Any] = {
    LanguageRequest: LanguageRequest(messages=(user("hi"),)),
    EmbeddingRequest: EmbeddingRequest(values=("hi",)),
    ImageRequest: ImageRequest(prompt="hi"),
    SpeechRequest: SpeechRequest(text="hi"),
    TranscriptionRequest: TranscriptionRequest(audio=b"hi"),
    RerankRequest: RerankRequest(query="hi", documents=("a", "b")),
    VideoRequest: VideoRequest(prompt="hi"),
}

OTHERS: dict[str, list[Any]] = {
    "str": ["x", "hi ", "Hi"],
    "str | None": ["x", ""],
    "bool": [True],
    "int": [7],
    "int | None": [7, 8],
    "float | None": [0.5, 0.25, 1],
    "bytes": [b"x", b""],
    "FilePart | None": [FilePart(data=b"x"), FilePart(data=b"y"), FilePart(url="x")],
    "JSONFormat | None": [JSONFormat(), JSONFormat({"type": "object"}), JSONFormat(strict=True), JSONFormat(name="n")],
    "Headers": [{"a": "b"}, {"a": "c"}, {"b": "a"}],
    "Options": [{"x": {"a": 1}}, {"x": {"a": 2}}, {"y": {"a": 1}}, {"x": {"a": True}}, {"x": {"a": "1"}}],
    "ReasoningEffort | None": ["low", "high"],
    "ToolChoice | None": ["auto", "none", SpecificTool("auto"), SpecificTool("f")],
    "tuple[str, ...]": [("a",), ("a", "b"), ("ab",), ("b", "a")],
    "tuple[Message, ...]": [
        (user("ho"),),
        (system("hi"),),
        (assistant("hi"),),
        (user("h", "i"),),
        (user("hi", name="n"),),
        (user("hi"), user("hi")),
        (user(FilePart(data=b"hi")),),
        (user(FilePart(data=b"ho")),),
        (tool_results(ToolResultPart("1", "f", "hi")),),
        (tool_results(ToolResultPart("1", "f", "hi", is_error=True)),),
    ],
    "tuple[FilePart, ...]": [(FilePart(data=b"x"),), (FilePart(data=b"x", filename="f"),)],
    "tuple[ToolDefinition | ProviderTool, ...]": [
        (ToolDefinition("f"),),
        (ToolDefinition("g"),),
        (ToolDefinition("f", strict=False),),
        (ToolDefinition("f", input_schema={"type": "object"}),),
        (ProviderTool("f"),),
        (ToolDefinition("f"), ToolDefinition("g")),
    ],
    "tuple[str | FrozenDict[str, Any], ...]": [("a",), ("b", "a"), (FrozenDict({"a": "b"}), "b")],
}


def test_the_samples_have_every_kind_of_request() -> None:
    named = {getattr(requests, name) for name in requests.__all__ if name.endswith("Request") and name != "AnyRequest"}
    assert set(SAMPLES) == named


def unchecked(_self: Any) -> None:
    """In place of the checks, which know the kinds of today."""


def law_every_field_counts(make: Make) -> None:
    keys = make()
    seen: dict[str, Any] = {}
    for kind, sample in SAMPLES.items():
        variants = [sample]
        for each in fields(kind):
            if each.name not in LEFT_OUT:
                variants += [replace(sample, **{each.name: other}) for other in OTHERS[str(each.type)]]
        for variant in variants:
            key = keys.of(variant)
            assert key not in seen or seen[key] == variant
            seen[key] = variant
    for kind, sample in SAMPLES.items():
        body = {"__annotations__": {"new": int}, "new": 0, "__post_init__": unchecked}
        added: Any = dataclass(frozen=True, kw_only=True)(type("Later", (kind,), body))
        values = {each.name: getattr(sample, each.name) for each in fields(kind)}
        assert keys.of(added(**values, new=1)) != keys.of(added(**values, new=2))


def test_C8_every_field_of_every_kind_is_in_the_key_also_one_that_is_added_later() -> None:
    law_every_field_counts(Keys)
    rejects(law_every_field_counts, wrong.KeysOfAFewFields)
    rejects(law_every_field_counts, wrong.KeysWithoutTypes)


def law_every_two_fields_count(make: Make) -> None:
    keys = make()
    for kind, sample in SAMPLES.items():
        names = {each.name: OTHERS[str(each.type)] for each in fields(kind) if each.name not in LEFT_OUT}
        for one, other in combinations(names, 2):
            variants = [
                replace(sample, **{one: first, other: second})
                for first, second in product(names[one][:2], names[other][:2])
            ]
            assert len({keys.of(variant) for variant in variants}) == len(set(map(plain, variants)))


def test_C8_no_field_hides_another() -> None:
    law_every_two_fields_count(Keys)
    rejects(law_every_two_fields_count, wrong.KeysOfTheLastField)


TRICKY = st.text("as12:;.TFNdm\x00\ud800\udc00é", max_size=6)
atoms = st.one_of(
    TRICKY,
    st.integers(-2, 2),
    st.sampled_from([0.0, -0.0, 1.0, 0.5, 1e300]),
    st.booleans(),
    st.none(),
    st.binary(max_size=2),
)
values = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(TRICKY, inner, max_size=3),
        st.builds(ToolResultPart, TRICKY, TRICKY, inner),
        st.builds(FilePart, url=TRICKY, filename=st.none() | TRICKY),
    ),
    max_leaves=6,
)


def plain(value: Any) -> Any:
    """The value with its types in the open, so that == says what the law says."""
    if isinstance(value, bool):
        return ("truth", value)
    if isinstance(value, int | float):
        return ("number", value)
    if isinstance(value, dict):
        return ("mapping", frozenset((key, plain(each)) for key, each in cast("dict[Any, Any]", value).items()))
    if isinstance(value, tuple | list):
        return ("sequence", tuple(map(plain, cast("list[Any]", value))))
    if hasattr(value, "__dataclass_fields__"):
        return (type(value), tuple(plain(getattr(value, each.name)) for each in fields(value)))
    return (type(value), value)


@examples(400)
@given(values, values)
def test_C7_the_encoding_is_injective(one: Any, other: Any) -> None:
    assert (canonical(one) == canonical(other)) == (plain(one) == plain(other))


@examples(100)
@given(st.lists(values, max_size=4), st.lists(values, max_size=4))
def test_C7_no_encoding_is_the_beginning_of_another(one: list[Any], other: list[Any]) -> None:
    assert ("".join(map(canonical, one)) == "".join(map(canonical, other))) == (plain(one) == plain(other))


def law_injective(make: Make) -> None:
    texts = st.text("a: 1temperature{}'(),NoneT\x00", max_size=12)
    cases = st.tuples(texts, st.lists(texts, max_size=2).map(tuple), st.dictionaries(texts, atoms, max_size=2))
    twisted: list[Any] = [
        ("a", ("b",), {}),
        ("ab", (), {}),
        ("a", (), {"1": 1}),
        ("a", (), {"1": "1"}),
        ("a", (), {"1": True}),
    ]

    def check(one: Any, other: Any) -> None:
        keys = make("s", ("p", "u", "m"))
        first, second = (
            LanguageRequest(messages=(user(text),), stop=stop, provider_options={"x": options})
            for text, stop, options in (one, other)
        )
        assert (keys.of(first) == keys.of(second)) == (plain(first) == plain(second))

    for one, other in product(twisted, twisted):
        check(one, other)
    examples(100)(given(cases, cases)(check))()
    split = [
        LanguageRequest(messages=(user("hi"),), provider_options={"a": "stop: ()"}, headers={}),
        LanguageRequest(messages=(user("hi"),), provider_options={"a": "stop"}, headers={"": "()"}),
    ]
    assert make().of(split[0]) != make().of(split[1])
    assert make("ab", ("c", "", "d")).of(split[0]) != make("a", ("bc", "", "d")).of(split[0])
    one, other = make("a", None), make("a('b',)", None)
    assert one.of(split[0]) != other.of(split[0])
    assert make("None", None).of(split[0]) != make(None, None).of(split[0])


def test_C7_C9_scopes_models_and_contents_cannot_be_mistaken_for_each_other() -> None:
    law_injective(Keys)
    rejects(law_injective, wrong.KeysWithoutDelimiters)
    rejects(law_injective, wrong.KeysOfTheBody)
    rejects(law_injective, wrong.KeysWithoutTypes)


def law_canonical(make: Make) -> None:
    @examples()
    @given(
        st.dictionaries(TRICKY, st.dictionaries(TRICKY, atoms, max_size=3), max_size=4),
        st.sampled_from([None, 0, 0.0, 1, 1.0, 0.5]),
        st.sampled_from(sorted(SEEING)),
        st.randoms(use_true_random=False),
    )
    def law(options: dict[str, Any], temperature: float | None, layer: str, random: Any) -> None:
        shuffled = list(options.items())
        random.shuffle(shuffled)
        one = LanguageRequest(messages=(user("hi"),), temperature=temperature, provider_options=options, stream=True)
        other = LanguageRequest(
            messages=[user("hi")],  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
            temperature=None if temperature is None else float(temperature),
            provider_options=dict(shuffled),
            layer_options={layer: {"mode": "refresh"}},
            headers=FrozenDict(),
            max_output_tokens=None,
        )
        assert make("s").of(one) == make("s").of(other)

    law()


def test_C6_equal_requests_have_one_key() -> None:
    law_canonical(Keys)
    rejects(law_canonical, wrong.KeysInTheOrderOfMappings)
    rejects(law_canonical, wrong.KeysOfEverything)


def test_C6_what_other_layers_are_asked_counts() -> None:
    asked = replace(SAMPLES[LanguageRequest], layer_options={"route": {"order": ["a"]}})
    assert Keys().of(asked) != Keys().of(SAMPLES[LanguageRequest])


def test_the_key_of_today_is_the_key_of_tomorrow() -> None:
    request = LanguageRequest(messages=(user("hi"),), temperature=0.5, provider_options={"x": {"a": [1, None, True]}})
    again = LanguageRequest(messages=(user("hi"),), temperature=0.5, provider_options={"x": {"a": [1, None, True]}})
    assert Keys("s", ("p", "u", "m")).of(request) == Keys("s", ("p", "u", "m")).of(again)
    assert len(Keys().of(request)) == 64


class Word(StrEnum):
    A = "a"


class Count(int):
    pass


class Pair(NamedTuple):
    one: int
    other: str


def test_subclasses_of_plain_data_count_as_plain_data() -> None:
    assert canonical(Word.A) == canonical("a")
    assert canonical(Count(7)) == canonical(7) != canonical(Count(8))
    assert canonical(Pair(1, "a")) == canonical((1, "a"))
    assert canonical(MappingProxyType({"a": 1})) == canonical({"a": 1}) != canonical(MappingProxyType({"a": 2}))
    assert canonical(FrozenDict({"a": 1})) == canonical({"a": 1})


class Foreign:
    pass


@pytest.mark.parametrize("value", [Foreign(), {1, 2}, {"a": [Foreign()]}])
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(InvalidRequestError, match="has no key"):
        canonical(value)
    with pytest.raises(InvalidRequestError, match="has no key"):
        Keys().of(LanguageRequest(messages=(user("hi"),), provider_options={"x": {"y": value}}))
    with pytest.raises(InvalidRequestError, match="has no key"):
        Keys().of(value)


def provider_model(base: str, key: str = "sk-secret-key", model_id: str = "m") -> Any:
    endpoint = Endpoint(name="p", base_url=base, key=key, headers={"authorization": f"Bearer {key}"})
    return ProviderModel[Any, Any](endpoint, model_id)


def test_the_identity_of_a_model_is_its_provider_address_and_name_and_nothing_secret() -> None:
    assert identity_of(provider_model("https://x.example/v1")) == ("p", "https://x.example/v1", "m")
    wrapped = wrap_model(provider_model("https://user:pw@x.example/v1"), [retry(attempts=2)])
    assert identity_of(wrapped) == ("p", "https://x.example/v1", "m")
    assert identity_of(ScriptedModel()) == ("scripted", "", "model")
    assert "secret" not in repr(identity_of(provider_model("https://x.example")))


def test_a_plain_function_has_no_identity() -> None:
    async def model(request: Any) -> Any:
        return request

    assert identity_of(model) is None
    assert identity_of(wrap_model(model, [retry()])) is None
