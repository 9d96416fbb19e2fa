"""The laws of ``default_instructions``, each of which finds out an implementation that breaks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_default_instructions as wrong
from layer_laws.kit import check_closed, examples, read, rejects

from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import SystemMessage, assistant, system, user
from ai_sdk.middleware import default_instructions
from ai_sdk.requests import LanguageRequest
from ai_sdk.testing import ScriptedModel, run

Make = Callable[..., Any]

MESSAGES = st.lists(
    st.sampled_from([user("hi"), assistant("ho"), system("own", groq={"x": 1}), system("other")]), max_size=4
)
REQUESTS = st.builds(LanguageRequest, messages=MESSAGES.map(tuple), stream=st.booleans(), temperature=st.just(0.5))
MODES = st.sampled_from(["if-missing", "prepend", "append"])


async def sent(layered: Any, request: LanguageRequest) -> LanguageRequest:
    """What reaches the model."""
    model = ScriptedModel()
    assert await read(layered(model), request) == "ok"
    check_closed(model)
    return model.calls[0]


def law_instructed(make: Make) -> None:
    @examples()
    @given(REQUESTS, MODES)
    def law(request: LanguageRequest, mode: str) -> None:
        async def trial() -> None:
            before = LanguageRequest(messages=request.messages, stream=request.stream, temperature=0.5)
            got = await sent(make("be brief", mode=mode), request)
            own = [each for each in request.messages if isinstance(each, SystemMessage)]
            if not own:
                assert got.messages == (system("be brief"), *request.messages)
            elif mode == "if-missing":
                assert got is request
            else:
                texts = [each.content for each in own]
                if mode == "prepend":
                    texts[0] = f"be brief\n\n{texts[0]}"
                else:
                    texts[-1] = f"{texts[-1]}\n\nbe brief"
                systems = [each for each in got.messages if isinstance(each, SystemMessage)]
                assert [each.content for each in systems] == texts
                assert [each.provider_options for each in systems] == [each.provider_options for each in own]
                assert [each.role for each in got.messages] == [each.role for each in request.messages]
            assert (got.temperature, got.stream) == (0.5, request.stream)
            assert request == before

        run(trial())

    law()


def test_D1_a_request_without_instructions_gets_them_and_one_with_its_own_keeps_them() -> None:
    law_instructed(default_instructions)
    rejects(law_instructed, wrong.instructions_always)
    rejects(law_instructed, wrong.instructions_in_place_of_others)
    rejects(law_instructed, wrong.instructions_that_copy)
    rejects(law_instructed, wrong.instructions_at_the_end)


def law_repeatable(make: Make) -> None:
    @examples()
    @given(REQUESTS, MODES)
    def law(request: LanguageRequest, mode: str) -> None:
        async def trial() -> None:
            layered = make("be brief", mode=mode)
            assert await sent(layered, request) == await sent(layered, request)

        run(trial())

    law()


def test_R12_every_attempt_sees_an_equal_request() -> None:
    law_repeatable(default_instructions)
    rejects(law_repeatable, wrong.instructions_that_change)


async def test_a_function_of_the_request() -> None:
    layered = default_instructions(lambda request: "stream" if request.stream else None)
    asked = LanguageRequest(messages=(user("hi"),), stream=True)
    assert (await sent(layered, asked)).messages[0] == system("stream")
    plain = LanguageRequest(messages=(user("hi"),))
    assert await sent(layered, plain) is plain

    def wrong_one(_request: LanguageRequest) -> Any:
        return 7

    with pytest.raises(InvalidRequestError, match="a int; allowed is a text or None") as raised:
        await sent(default_instructions(wrong_one), plain)
    assert raised.value.field == "instructions"


async def test_of_several_system_messages_the_first_is_prepended_and_the_last_appended_to() -> None:
    two = LanguageRequest(messages=(system("a"), user("hi"), system("b")))
    prepended = await sent(default_instructions("x", mode="prepend"), two)
    assert prepended.messages == (system("x\n\na"), user("hi"), system("b"))
    appended = await sent(default_instructions("x", mode="append"), two)
    assert appended.messages == (system("a"), user("hi"), system("b\n\nx"))


@pytest.mark.parametrize(
    ("instructions", "options", "field", "said"),
    [
        ("", {}, "instructions", "instructions is empty; allowed is a text or a function of the request"),
        (7, {}, "instructions", "instructions is a int; allowed is a text or a function of the request"),
        ("x", {"mode": "replace"}, "mode", "mode is 'replace'; allowed are if-missing, prepend, append"),
    ],
)
def test_bad_options(instructions: Any, options: Any, field: str, said: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        default_instructions(instructions, **options)
    assert raised.value.field == field
    assert str(raised.value) == f"default_instructions: {said}"
