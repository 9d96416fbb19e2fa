"""Models, layers and stacks: how they are named, printed and recorded."""

from __future__ import annotations

import copy
import warnings
from typing import TypeVar

import pytest

from ai_sdk.call import record_call
from ai_sdk.messages import user
from ai_sdk.model import AnyLayer, Model, Wrapped, layer, name_of, recorded, wrap_model
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.requests import EmbeddingRequest, LanguageRequest
from ai_sdk.results import EmbeddingResult, LanguageResponse, Usage, fold_language
from ai_sdk.testing import ScriptedModel

Req = TypeVar("Req")
Res = TypeVar("Res")
WHOLE = LanguageRequest(messages=(user("hi"),))
EMBEDDING = EmbeddingRequest(values=("a",))
ANSWER = EmbeddingResult(embeddings=((1.0,),))


@layer
async def polite(request: Req, call: Model[Req, Res]) -> Res:
    """Say please."""
    return await call(request)


@layer
async def shout(request: LanguageRequest, call: Model[LanguageRequest, LanguageResponse]) -> LanguageResponse:
    return await call(request)


def retry() -> AnyLayer:
    @layer
    async def retry(request: Req, call: Model[Req, Res]) -> Res:
        return await call(request)

    return retry


async def embed(request: EmbeddingRequest) -> EmbeddingResult:
    return ANSWER


async def hello(request: LanguageRequest) -> LanguageResponse:
    return LanguageResponse.of([TextDelta("hello"), Finish("stop", Usage())], fold_language)


def test_a_flat_layer_keeps_its_name_and_words() -> None:
    assert getattr(polite, "__name__") == "polite"
    assert polite.__doc__ == "Say please."
    assert name_of(polite) == "polite"


def test_names() -> None:
    class Nameless:
        async def __call__(self, request: EmbeddingRequest, /) -> EmbeddingResult:
            return ANSWER

    assert name_of(embed) == "embed"
    assert name_of(Nameless()) == "Nameless"
    assert name_of(ScriptedModel()) == "scripted:model"
    assert name_of(ScriptedModel(model_id="")) == "ScriptedModel"
    assert name_of(wrap_model(ScriptedModel(), [polite])) == "scripted:model"
    assert name_of(wrap_model(embed, [polite, retry()])) == "embed"
    assert name_of(polite(embed)) == "embed"
    assert name_of(recorded(embed)) == "embed"


def test_a_stack_prints_as_its_stack() -> None:
    stack = wrap_model(wrap_model(embed, [retry()]), [polite])
    assert repr(stack).startswith("wrap_model(wrap_model(<function embed")
    assert repr(stack).endswith(", [retry]), [polite])")
    assert repr(wrap_model(ScriptedModel(["a"]), [shout])) == "wrap_model(ScriptedModel(['a']), [shout])"
    assert repr(retry()(ScriptedModel(["a"]))) == "retry(ScriptedModel(['a']))"
    assert repr(polite(retry()(ScriptedModel(["a"])))) == "polite(retry(ScriptedModel(['a'])))"
    assert repr(recorded(embed)) == repr(embed)


def test_a_stack_answers_to_the_names_of_its_innermost_model() -> None:
    model = ScriptedModel(provider="groq", model_id="llama")
    for around in (wrap_model(model, [polite]), wrap_model(wrap_model(model, [polite]), [shout]), polite(shout(model))):
        assert getattr(around, "provider") == "groq"
        assert getattr(around, "model_id") == "llama"
        assert getattr(around, "structured_output") == "json_schema"
        assert getattr(around, "records_attempts") is True
        for missing in ("nothing", "_private", "__wrapped__"):
            assert not hasattr(around, missing)


def test_a_stack_keeps_its_layers_and_model_and_can_be_copied() -> None:
    model = ScriptedModel()
    stack = wrap_model(model, [polite, shout])
    assert isinstance(stack, Wrapped)
    assert stack.model is model
    assert stack.layers == (polite, shout)
    assert copy.copy(stack).layers == stack.layers


async def test_two_retry_layers_get_one_warning_that_says_why() -> None:
    with pytest.warns(UserWarning, match="attempts multiply") as seen:
        twice = wrap_model(wrap_model(embed, [retry()]), [polite, retry()])
    assert len(seen) == 1
    assert seen[0].filename == __file__
    with pytest.warns(UserWarning, match="two retry layers"):
        wrap_model(embed, [retry(), retry()])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        wrap_model(twice, [polite])
        wrap_model(wrap_model(embed, [polite]), [retry()])
    assert await twice(EMBEDDING) is ANSWER


async def test_a_plain_function_is_recorded_once_wherever_it_is_wrapped() -> None:
    for model in (
        wrap_model(embed, [polite]),
        wrap_model(wrap_model(embed, [polite]), [retry()]),
        recorded(recorded(embed)),
    ):
        with record_call() as record:
            assert await model(EMBEDDING) is ANSWER
        assert [attempt.model for attempt in record.attempts] == ["embed"]
        assert record.attempts[0].ended is not None
        assert record.attempts[0].usage == Usage()


async def test_a_model_that_records_itself_is_not_recorded_again_below_a_bare_layer() -> None:
    with record_call() as record:
        await (await wrap_model(polite(ScriptedModel()), [retry()])(WHOLE)).result()
    assert [attempt.model for attempt in record.attempts] == ["scripted:model"]


async def test_a_model_outside_of_any_call_records_nothing() -> None:
    assert await recorded(embed)(EMBEDDING) is ANSWER


async def test_a_failed_call_of_a_plain_function_is_an_attempt_with_its_error() -> None:
    async def fail(request: EmbeddingRequest) -> EmbeddingResult:
        raise KeyError("foreign")

    with record_call() as record, pytest.raises(KeyError) as caught:
        await wrap_model(fail, [polite])(EMBEDDING)
    assert record.attempts[0].error is caught.value
    assert record.attempts[0].usage is None


async def test_a_three_line_model_and_a_five_line_layer() -> None:
    assert (await (await wrap_model(hello, [polite, shout])(WHOLE)).result()).text == "hello"
