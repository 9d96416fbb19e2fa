"""The laws of ``redact``, each of which finds out an implementation that breaks it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_redact as wrong
from laws.splitting import SIZES, broken, deltas, read_all, result_of, seen_until_error, split, text_of
from layer_laws.kit import FINISH, STREAMED, check_closed, examples, rejects

from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import (
    FilePart,
    ReasoningPart,
    SourcePart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    assistant,
    system,
    tool_results,
    user,
)
from ai_sdk.middleware import redact
from ai_sdk.parts import ReasoningDelta, TextDelta, ToolInputDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import fold_language
from ai_sdk.testing import ScriptedModel, run

Make = Callable[..., Any]

MAIL = "ada.l@mail.example.org"
CARD = "4111 1111 1111 1111"
KEY = "sk-proj_" + "ABCdef0123456789abcdef"
IBAN = "DE89 3704 0044 0532 0130 00"
PHONE = "+49 (30) 1234-5678"
SECRETS = [MAIL, CARD, KEY, IBAN, PHONE, "b@c.de", "378282246310005"]
TEXTS = st.lists(
    st.sampled_from([*SECRETS, " ", ", ", "a", "x@", "4", "DE", "sk-", ".", "word ", "@", "+", "-1"]), max_size=8
).map("".join)
SPACED = st.lists(st.sampled_from([*SECRETS, "word", "12", "x@y", "A B"]), max_size=5).map(" and ".join)


def law_cut(make: Make) -> None:
    @examples(80)
    @given(deltas(TEXTS), SIZES)
    def law(answer: list[Any], sizes: list[int]) -> None:
        async def trial() -> None:
            whole = await result_of([make("email", "credit_card", "iban", "api_key", "phone")], answer, stream=False)
            layers = [make("email", "credit_card", "iban", "api_key", "phone")]
            assert await result_of(layers, answer) == whole
            assert await result_of(layers, split(answer, sizes)) == whole
            original = fold_language(answer)
            assert [part.type for part in whole.content] == [part.type for part in original.content]
            assert [part.type for part in (await result_of(layers, split(answer, sizes))).content] == [
                part.type for part in original.content
            ]

        run(trial())

    law()


def test_P1_M4_the_folded_stream_is_the_redacted_whole_however_it_is_cut() -> None:
    law_cut(redact)
    rejects(law_cut, wrong.redact_each_delta)
    rejects(law_cut, wrong.redact_that_loses_its_place)


def law_hidden(make: Make) -> None:
    @examples()
    @given(SPACED, SIZES, st.booleans())
    def law(text: str, sizes: list[int], stream: bool) -> None:
        async def trial() -> None:
            answer = [
                *split([TextDelta(text), ReasoningDelta(text)], sizes),
                ToolInputDelta("c", "send", text[:9]),
                ToolInputDelta("c", "send", text[9:]),
                ToolCallPart("c", "send", json.dumps({"to": text})),
                ToolResultPart("c", "send", {"sent": [text]}, provider_executed=True),
                SourcePart("s", title=text),
                FINISH,
            ]
            shown = repr(await read_all([make()], answer, stream=stream))
            for secret in SECRETS:
                assert secret not in shown
            words = text_of(await read_all([make()], split([TextDelta(text), FINISH], sizes)))
            expected = text
            for secret in SECRETS:
                expected = expected.replace(secret, "[redacted]")
            assert words == expected

        run(trial())

    law()


def test_P2_nothing_private_is_shown_and_the_rest_is() -> None:
    law_hidden(redact)
    rejects(law_hidden, wrong.redact_each_delta)


PATTERN = r"<[a-z ]{0,20}>"


def law_window(make: Make) -> None:
    @examples()
    @given(st.lists(st.sampled_from(["<secret>", "<a b>", "<", "a ", "> "]), max_size=8).map("".join), SIZES)
    def law(text: str, sizes: list[int]) -> None:
        shown = run(read_all([make(PATTERN, window=22)], split([TextDelta(text), FINISH], sizes)))
        assert text_of(shown) == re.sub(PATTERN, "[redacted]", text)

    law()


def test_P3_a_match_within_the_window_is_found_however_it_is_cut() -> None:
    law_window(redact)
    rejects(law_window, wrong.redact_with_a_short_window)
    rejects(law_window, wrong.redact_each_delta)


def law_requests(make: Make) -> None:
    @examples()
    @given(SPACED, st.booleans(), st.booleans())
    def law(text: str, stream: bool, restore: bool) -> None:
        async def trial() -> None:
            plain = TextPart("file"), FilePart(data=b"x")
            messages = (
                system(text),
                user(text, *plain),
                assistant(ReasoningPart(text), ToolCallPart("c", "f", json.dumps({"a": text}))),
                tool_results(ToolResultPart("c", "f", text), ToolResultPart("d", "f", {text: [text, 7, None]})),
                tool_results(ToolResultPart("e", "f", (TextPart(text), FilePart(url="https://x.example")))),
            )
            request = LanguageRequest(messages=messages, stream=stream)
            model = ScriptedModel()
            await (await make(restore=restore)(model)(request)).result()
            sent = repr(model.calls[0].messages)
            for secret in SECRETS:
                assert secret not in sent
            assert request.messages == messages
            if not any(secret in text for secret in SECRETS):
                assert model.calls[0] is request
            check_closed(model)

        run(trial())

    law()


def test_P4_nothing_private_reaches_the_model() -> None:
    law_requests(redact)
    rejects(law_requests, wrong.redact_answers_alone)
    rejects(law_requests, wrong.redact_users_alone)


async def restored(make: Make, text: str, sizes: list[int], *, stream: bool) -> tuple[str, str]:
    """What reaches a model that repeats what it is told, and what comes back from it."""
    sent: list[str] = []

    async def echo(request: LanguageRequest) -> Any:
        asked: Any = request.messages[0]
        sent.append(asked.text)
        return await ScriptedModel([split([TextDelta(sent[0]), FINISH], sizes)])(request)

    request = LanguageRequest(messages=(user(text),), stream=stream)
    return sent[0] if sent else "", (await (await make("email", restore=True)(echo)(request)).result()).text


def law_restored(make: Make) -> None:
    @examples()
    @given(
        st.lists(st.sampled_from([MAIL, "b@c.de", " ", "[email-1]", "[email-", "word", "[", "]"]), max_size=8).map(
            "".join
        ),
        SIZES,
        st.booleans(),
    )
    def law(text: str, sizes: list[int], stream: bool) -> None:
        async def trial() -> None:
            _, back = await restored(make, text, sizes, stream=stream)
            assert back == text

        run(trial())

    law()


def test_P5_what_a_model_repeats_is_restored_however_it_is_cut() -> None:
    law_restored(redact)
    rejects(law_restored, wrong.redact_and_forget)
    rejects(law_restored, wrong.redact_with_one_placeholder)
    rejects(law_restored, wrong.redact_restoring_each_delta)


async def test_P5_the_same_value_has_the_same_placeholder() -> None:
    model = ScriptedModel([[ToolCallPart("c", "send", '{"to": "[email-2]", "cc": "[email-9]"}'), FINISH]])
    request = LanguageRequest(messages=(system("from a@b.co"), user("to b@c.de, a@b.co")))
    result = await (await redact("email", restore=True)(model)(request)).result()
    assert model.calls[0].messages == (system("from [email-1]"), user("to [email-2], [email-1]"))
    assert result.tool_calls[0].arguments() == {"to": "b@c.de", "cc": "[email-9]"}


async def test_P5_restored_values_are_escaped_in_json_and_not_redacted_again() -> None:
    model = ScriptedModel(
        [
            [
                ToolInputDelta("c", "f", '{"a": "[secret-1]"'),
                ToolInputDelta("c", "f", "}"),
                TextDelta("[secret-1] x@y.co"),
                FINISH,
            ]
        ]
    )
    request = LanguageRequest(messages=(user('the "quote\\d" is'),), stream=True)
    parts = [part async for part in await redact("email", r'"quote.d"', restore=True)(model)(request)]
    preview = "".join(part.delta for part in parts if isinstance(part, ToolInputDelta))
    assert json.loads(preview) == {"a": '"quote\\d"'}
    assert fold_language(parts).text == '"quote\\d" [redacted]'


async def test_numbers_and_arguments_keep_their_form() -> None:
    call = ToolCallPart("c", "pay", '{ "card":4111111111111111, "n": 2 }')
    same = ToolCallPart("d", "pay", '{ "n":2 }')
    odd = ToolCallPart("e", "pay", '{"mail": "a@b.co"')
    parts = await read_all([redact()], [call, same, odd, FINISH])
    assert parts[0] == ToolCallPart("c", "pay", '{"card": "[redacted]", "n": 2}')
    assert parts[1] is same
    assert parts[2] == ToolCallPart("e", "pay", '{"mail": "[redacted]"')


@pytest.mark.parametrize(
    ("kind", "found", "left"),
    [
        ("email", [MAIL, "a+b@c-d.co.uk", "A@B.IO"], ["a@b", "@b.co", "a at b.co"]),
        ("credit_card", [CARD, "4111-1111-1111-1111", "378282246310005"], ["4111 1111 1111 1112", "123456789012"]),
        ("phone", [PHONE, "+1 415 555 0199", "(415) 555-0199", "415-555-0199"], ["2024-01-02", "12345", "1.234.567"]),
        ("iban", [IBAN, "GB82WEST12345698765432"], ["DE88 3704 0044 0532 0130 00", "DE89"]),
        (
            "api_key",
            [KEY, "ghp_" + "0123456789abcdefABCDEF", "AKIA" + "IOSFODNN7EXAMPLE", "sk-" + "a" * 300],
            ["sk-short", "risk-free"],
        ),
    ],
)
async def test_known_kinds(kind: str, found: list[str], left: list[str]) -> None:
    for size in (1, 5, 1000):
        for secret in found:
            shown = await read_all([redact(kind)], split([TextDelta(f"so {secret}, yes"), FINISH], [size]))
            assert text_of(shown) == "so [redacted], yes"
        for text in left:
            shown = await read_all([redact(kind)], split([TextDelta(f"so {text}, yes"), FINISH], [size]))
            assert text_of(shown) == f"so {text}, yes"


async def test_a_card_is_found_between_other_numbers() -> None:
    for size in (1, 7, 1000):
        text = f"order 12 {CARD} 22 and {IBAN} OK"
        shown = await read_all([redact("credit_card", "iban")], split([TextDelta(text), FINISH], [size]))
        assert text_of(shown) == "order 12 [redacted] 22 and [redacted] OK"


async def test_prose_is_hardly_delayed_by_known_kinds() -> None:
    model = ScriptedModel([[TextDelta("Hello there"), 5.0, TextDelta("."), FINISH]])
    response = await redact("email", "api_key", "credit_card")(model)(STREAMED)
    first = await anext(aiter(response))
    assert first == TextDelta("Hello ")
    await response.aclose()
    check_closed(model)


async def test_replacing_by_a_function_and_one_direction_alone() -> None:
    short = redact("email", replace=lambda found: found[0] + "***")
    assert (await result_of([short], [TextDelta("ada@b.co"), FINISH])).text == "a***"
    model = ScriptedModel(["a@b.co"])
    request = LanguageRequest(messages=(user("b@c.de"),))
    response = await redact("email", output=False)(model)(request)
    assert (await response.result()).text == "a@b.co"
    assert model.calls[0].messages == (user("[redacted]"),)
    response = await redact("email", input=False)(model)(request)
    assert (await response.result()).text == "[redacted]"
    assert model.calls[1] is request


async def test_a_match_that_grows_is_held_until_it_ends() -> None:
    for size in (1, 3, 500):
        text = f"a {'x' * 300} b"
        shown = await read_all([redact(r"x+", window=8)], split([TextDelta(text), FINISH], [size]))
        assert text_of(shown) == "a [redacted] b"


async def test_a_pattern_that_may_be_empty_does_no_harm() -> None:
    assert (await result_of([redact(r"x*")], [TextDelta("axxb"), FINISH])).text == "a[redacted]b"


async def test_an_error_shows_the_rest_redacted() -> None:
    error = broken()
    seen, raised, _ = await seen_until_error([redact()], [TextDelta(f"fine and {MAIL}"), error])
    assert raised is error
    assert text_of(seen) == "fine and [redacted]"


async def test_nothing_private_in_the_repr() -> None:
    assert MAIL not in repr(redact(re.compile(re.escape(MAIL)))(ScriptedModel()))


@pytest.mark.parametrize(
    ("patterns", "options", "field"),
    [
        (["emial"], {}, "patterns"),
        ([""], {}, "patterns"),
        (["(x"], {}, "patterns"),
        ([7], {}, "patterns"),
        ([re.compile(b"x")], {}, "patterns"),
        (["email"], {"window": 0}, "window"),
        (["email"], {"restore": True, "input": False}, "restore"),
    ],
)
def test_bad_options(patterns: Any, options: Any, field: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        redact(*patterns, **options)
    assert raised.value.field == field
