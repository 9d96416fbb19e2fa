"""The laws of ``tool_examples``, each of which finds out an implementation that breaks it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_tool_examples as wrong
from layer_laws.kit import examples, rejects
from pydantic import Field

from ai_sdk import generate_text
from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import user
from ai_sdk.middleware import tool_examples
from ai_sdk.model import wrap_model
from ai_sdk.requests import LanguageRequest, ProviderTool, ToolDefinition
from ai_sdk.testing import ScriptedModel, run
from ai_sdk.tools import tool

Make = Callable[..., Any]

PROPERTIES: dict[str, Any] = {"city": {"type": "string"}, "days": {"type": "integer"}}
CITIES = st.sampled_from(["Oslo", "Zürich"])
INPUTS = st.lists(st.fixed_dictionaries({"city": CITIES}, optional={"days": st.integers(1, 9)}), max_size=3)


def definition(name: str, inputs: list[Any], about: str | None) -> ToolDefinition:
    """A tool with examples of its input."""
    schema: dict[str, Any] = {"type": "object", "properties": PROPERTIES, "required": ["city"]}
    return ToolDefinition(name, about, {**schema, "examples": inputs} if inputs else schema, strict=True)


TOOLS = st.lists(
    st.one_of(
        st.builds(definition, st.just("weather"), INPUTS, st.sampled_from([None, "", "The weather.", "A\n\nb"])),
        st.just(ProviderTool("groq.browser_search")),
    ),
    max_size=3,
).map(tuple)


def sent(layers: list[Any], tools: tuple[Any, ...]) -> tuple[LanguageRequest, LanguageRequest]:
    """The request that was made and the one that the model got."""

    async def trial() -> tuple[LanguageRequest, LanguageRequest]:
        model = ScriptedModel()
        request = LanguageRequest(messages=(user("hi"),), tools=tools, temperature=0.5)
        await wrap_model(model, layers)(request)
        return request, model.calls[0]

    return run(trial())


def law_told(make: Make) -> None:
    @examples(80)
    @given(TOOLS)
    def law(tools: tuple[Any, ...]) -> None:
        request, got = sent([make()], tools)
        assert request.tools == tools
        assert replace(got, tools=tools) == request
        for old, new in zip(tools, got.tools, strict=True):
            inputs = old.input_schema.get("examples", ()) if isinstance(old, ToolDefinition) else ()
            if not inputs:
                assert new is old
                continue
            lines = [json.dumps(each, ensure_ascii=False) for each in inputs]
            about = f"{old.description}\n\n" if old.description else ""
            schema = {name: each for name, each in old.input_schema.items() if name != "examples"}
            assert new == replace(
                old, description=about + "\n".join(["Input examples:", *lines]), input_schema=cast("Any", schema)
            )
        if not any(isinstance(each, ToolDefinition) and "examples" in each.input_schema for each in tools):
            assert got is request

    law()


def test_X1_M3_examples_are_told_once_in_order_and_everything_else_stays() -> None:
    law_told(tool_examples)
    rejects(law_told, wrong.examples_in_another_order)
    rejects(law_told, wrong.examples_in_place_of_the_description)
    rejects(law_told, wrong.examples_without_the_rest_of_the_schema)
    rejects(law_told, wrong.examples_that_stay)
    rejects(law_told, wrong.examples_in_a_new_request)


def law_twice(make: Make) -> None:
    @examples(40)
    @given(TOOLS)
    def law(tools: tuple[Any, ...]) -> None:
        for options in ({}, {"remove": False}):
            once = sent([make(**options)], tools)[1]
            assert sent([make(**options), make(**options)], tools)[1] == once

    law()


def test_X2_two_layers_do_what_one_does() -> None:
    law_twice(tool_examples)
    rejects(law_twice, wrong.examples_each_time)


async def test_examples_of_parameters_are_told_by_name() -> None:
    @tool
    def weather(city: Annotated[str, Field(examples=["Oslo", "Rome"])], examples: int = 1) -> str:
        """The weather."""
        return city

    model = ScriptedModel()
    await generate_text(wrap_model(model, [tool_examples()]), "hi", tools=[weather])
    (got,) = model.calls[0].tools
    assert isinstance(got, ToolDefinition)
    assert got.description == 'The weather.\n\nInput examples:\ncity: "Oslo", "Rome"'
    assert set(got.input_schema["properties"]) == {"city", "examples"}
    assert "examples" not in got.input_schema["properties"]["city"]


def test_examples_can_be_given_here_in_another_form_and_left_in_the_schema() -> None:
    about = definition("weather", [{"city": "Oslo"}], "Weather.")
    make = tool_examples(
        examples={"weather": [{"city": "Rome"}], "other": [{}]},
        prefix="For example:",
        format=lambda each: f"- {each['city']}",
        remove=False,
    )
    (got,) = sent([make], (about,))[1].tools
    assert got == replace(about, description="Weather.\n\nFor example:\n- Rome\n- Oslo")


@pytest.mark.parametrize("bad", ["weather", [("a", 1)], {"weather": {"city": "x"}}, {"weather": ["x"]}])
def test_bad_options_are_refused(bad: Any) -> None:
    with pytest.raises(InvalidRequestError, match="examples"):
        tool_examples(examples=bad)
    for prefix in ("", " ", None):
        with pytest.raises(InvalidRequestError, match="prefix"):
            tool_examples(prefix=cast("Any", prefix))
