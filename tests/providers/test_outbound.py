"""What a server writes for its clients is what our own readers of that wire read back."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sdk._frozen import freeze
from ai_sdk.errors import AISDKError
from ai_sdk.messages import ReasoningPart, SourcePart, TextPart, ToolCallPart
from ai_sdk.parts import Finish, LanguagePart, ReasoningDelta, ResponseMetadata, TextDelta, ToolInputDelta
from ai_sdk.provider import Endpoint, Exchange, to_json
from ai_sdk.providers.anthropic._decode import Context as AnthropicContext
from ai_sdk.providers.anthropic._decode import MessagesDecoder
from ai_sdk.providers.anthropic._decode import decode as decode_message
from ai_sdk.providers.anthropic._outbound import MessagesWriter
from ai_sdk.providers.openai._responses_decode import ResponsesDecoder
from ai_sdk.providers.openai._responses_outbound import ResponsesWriter
from ai_sdk.providers.openai._responses_rules import ResponsesRules
from ai_sdk.providers.openai_compatible._decode import ChatDecoder, Context, decode
from ai_sdk.providers.openai_compatible._outbound import ChatWriter
from ai_sdk.results import FinishReason, LanguageResult, Usage, fold_language

Answer = list[LanguagePart]

texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
objects = st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers() | texts, max_size=2)
reasons: st.SearchStrategy[FinishReason] = st.sampled_from(["stop", "length", "tool-calls", "content-filter"])


def blocks(kinds: Sequence[str]) -> st.SearchStrategy[list[tuple[str, Any]]]:
    """Blocks of which no two neighbours are of one kind of text, since no wire could tell them apart."""
    each = st.one_of(
        *[st.tuples(st.just(kind), st.lists(texts, min_size=1, max_size=3)) for kind in kinds if kind != "call"],
        st.tuples(st.just("call"), objects),
    )
    return st.lists(each, max_size=5)


@st.composite
def answers(draw: st.DrawFn, *, interleaved: bool) -> Answer:
    said = draw(blocks(["text", "reasoning", "call"]))
    if not interleaved:
        said = sorted(said, key=lambda block: ["reasoning", "text", "call"].index(block[0]))
    parts: Answer = [ResponseMetadata("resp_1", "m", 1_700_000_000.0)]
    for place, (kind, body) in enumerate(said):
        block = f"{kind}-{place if interleaved else 0}"
        if kind == "call":
            text = json.dumps(body)
            parts += [ToolInputDelta(f"call_{place}", "look", text[:1]), ToolCallPart(f"call_{place}", "look", text)]
        else:
            delta = TextDelta if kind == "text" else ReasoningDelta
            parts += [delta(piece, block) for piece in body]
    called = any(kind == "call" for kind, _ in said)
    reason: FinishReason = "tool-calls" if called else draw(reasons.filter(lambda word: word != "tool-calls"))
    read = draw(st.none() | st.integers(0, 5))
    usage = Usage(draw(st.integers(10, 10**6)), draw(st.integers(5, 10**6)), read, None, draw(st.none() | st.just(3)))
    return [*parts, Finish(reason, usage)]


def read_by(decoder: Any, writer: Any, parts: Answer) -> Answer:
    """What a reader has of the events of these parts."""
    return [each for part in parts for event in writer.part(part) for each in decoder.event(to_json(event))]


def through_chat(parts: Answer, *, whole: bool = False) -> LanguageResult:
    writer = ChatWriter("alias", "resp_0", 1, usage=True)
    decoder = ChatDecoder(Context())
    if whole:
        return fold_language(decode(decoder, json.loads(to_json(writer.whole(fold_language(parts))))))
    return fold_language([*read_by(decoder, writer, parts), *decoder.event(b"[DONE]")])


def through_messages(parts: Answer, *, whole: bool = False) -> LanguageResult:
    writer = MessagesWriter("alias", "resp_0")
    decoder = MessagesDecoder(AnthropicContext())
    if whole:
        return fold_language(decode_message(decoder, json.loads(to_json(writer.whole(fold_language(parts))))))
    return fold_language(read_by(decoder, writer, parts))


def through_responses(parts: Answer, *, whole: bool = False) -> LanguageResult:
    writer = ResponsesWriter("alias", "resp_0", 1, {})
    decoder = ResponsesDecoder(ResponsesRules(), Exchange(Endpoint(name="openai", base_url="")))
    if whole:
        return fold_language(decoder.answer(json.loads(to_json(writer.whole(fold_language(parts))))))
    return fold_language(read_by(decoder, writer, parts))


def seen(result: LanguageResult) -> list[Any]:
    """What a user of the answer sees: neighbouring texts of one kind joined, because no reader promises more."""
    found: list[Any] = []
    for part in result.content:
        if isinstance(part, TextPart | ReasoningPart):
            if found and found[-1][0] is type(part):
                found[-1] = (type(part), found[-1][1] + part.text)
            elif part.text:
                found.append((type(part), part.text))
        elif isinstance(part, ToolCallPart):
            found.append((part.id, part.name, part.arguments()))
    return found


WIRES: dict[str, tuple[Callable[..., LanguageResult], bool]] = {
    "chat": (through_chat, False),
    "messages": (through_messages, True),
    "responses": (through_responses, True),
}


def law(through: Callable[[Answer], LanguageResult], parts: Answer) -> None:
    """What was sent is read back."""
    sent, read = fold_language(parts), through(parts)
    assert seen(read) == seen(sent)
    assert read.finish_reason == sent.finish_reason
    assert (read.response.id, read.response.model) == ("resp_1", "m")
    assert read.usage.input_tokens == sent.usage.input_tokens
    assert read.usage.output_tokens == sent.usage.output_tokens
    assert (read.usage.cache_read_tokens or 0) == (sent.usage.cache_read_tokens or 0)


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("whole", [False, True])
def test_what_is_written_is_read_back(wire: str, whole: bool) -> None:
    through, interleaved = WIRES[wire]

    @given(answers(interleaved=interleaved))
    def always(parts: Answer) -> None:
        law(lambda parts: through(parts, whole=whole), parts)

    always()


def test_the_law_finds_a_writer_that_trusts_previews() -> None:
    """One that sends the preview and the call sends two calls."""

    class Trusting(ChatWriter):
        def part(self, part: LanguagePart) -> list[dict[str, Any]]:
            if isinstance(part, ToolInputDelta):
                part = ToolCallPart(part.id, part.name, part.delta)
            return super().part(part)

    def through(parts: Answer) -> LanguageResult:
        writer, decoder = Trusting("m", "r", 1, usage=True), ChatDecoder(Context())
        return fold_language([*read_by(decoder, writer, parts), *decoder.event(b"[DONE]")])

    @given(answers(interleaved=False))
    def always(parts: Answer) -> None:
        law(through, parts)

    with pytest.raises((AssertionError, AISDKError)):
        always()


@pytest.mark.parametrize("wire", WIRES)
def test_an_answer_of_nothing_has_its_end(wire: str) -> None:
    through, _ = WIRES[wire]
    result = through([Finish("stop", Usage(3, 0))])
    assert (result.content, result.finish_reason, result.usage.input_tokens) == ((), "stop", 3)


def test_thinking_keeps_its_signature_on_the_way() -> None:
    signed = freeze({"anthropic": {"signature": "sig"}})
    sealed = freeze({"anthropic": {"redacted_data": "xx"}})
    parts: Answer = [
        ReasoningDelta("hm", "0"),
        ReasoningDelta("", "0", signed),
        ReasoningDelta("", "1", sealed),
        TextDelta("Hi", "2"),
        Finish("stop", Usage(1, 1)),
    ]
    for whole in (False, True):
        read = through_messages(parts, whole=whole).content
        assert [dict(part.provider_metadata) for part in read] == [signed, sealed, {}]
        assert [part.text for part in read if isinstance(part, TextPart | ReasoningPart)] == ["hm", "", "Hi"]


def test_sealed_reasoning_keeps_its_id_and_content_on_the_way() -> None:
    own = freeze({"openai": {"id": "rs_9", "encrypted_content": "zz"}})
    parts: Answer = [ReasoningDelta("why", "0", own), TextDelta("Hi", "1"), Finish("stop", Usage(1, 1))]
    for whole in (False, True):
        thought, text = through_responses(parts, whole=whole).content
        assert isinstance(thought, ReasoningPart)
        assert thought.text == "why"
        assert thought.provider_metadata["openai"].items() >= {"id": "rs_9", "encrypted_content": "zz"}.items()
        assert isinstance(text, TextPart)


@pytest.mark.parametrize("through", [through_chat, through_responses])
@pytest.mark.parametrize("whole", [False, True])
def test_sources_and_refusals(through: Callable[..., LanguageResult], whole: bool) -> None:
    refusal = freeze({"openai": {"refusal": True}})
    cited: Answer = [TextDelta("So", "0"), SourcePart("s", "https://a.example/", "A"), Finish("stop", Usage(1, 1))]
    (source,) = through(cited, whole=whole).sources
    assert (source.url, source.title) == ("https://a.example/", "A")
    (part,) = through([TextDelta("No", "0", refusal), Finish("stop", Usage(1, 1))], whole=whole).content
    assert part.provider_metadata[next(iter(part.provider_metadata))]["refusal"] is True


def test_the_whole_answer_is_what_the_last_event_of_the_stream_says() -> None:
    parts: Answer = [
        TextDelta("a", "0"),
        TextDelta("b", "0"),
        ToolCallPart("c", "f", "{}"),
        Finish("length", Usage(1, 2)),
    ]
    streamed, whole = ResponsesWriter("m", "r", 1, {}), ResponsesWriter("m", "r", 1, {})
    last = [event for part in parts for event in streamed.part(part)][-1]
    assert last["type"] == "response.incomplete"
    assert last["response"] == whole.whole(fold_language(parts))


def test_the_events_of_responses_are_numbered_and_of_their_items() -> None:
    writer = ResponsesWriter("m", "r", 1, {})
    events = [
        event for part in (TextDelta("a"), TextDelta("b"), Finish("stop", Usage())) for event in writer.part(part)
    ]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert [event["type"].removeprefix("response.") for event in events] == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]


def test_a_stream_that_fails_ends_with_the_error() -> None:
    writer = ResponsesWriter("m", "r", 1, {})
    writer.part(TextDelta("a"))
    last = writer.failed({"code": "server_error", "message": "gone"})[-1]
    assert (last["type"], last["response"]["status"]) == ("response.failed", "failed")
    assert last["response"]["output"][0]["content"][0]["text"] == "a"


def test_words_of_endings() -> None:
    def ends(writer: Any, reason: FinishReason, raw: str | None = None) -> Any:
        return writer.part(Finish(reason, Usage(), raw))

    assert ends(ChatWriter("m", "r", 1), "error")[0]["choices"][0]["finish_reason"] == "error"
    assert ends(ChatWriter("m", "r", 1), "other", "function_call")[0]["choices"][0]["finish_reason"] == "function_call"
    assert ends(ChatWriter("m", "r", 1), "other", "strange")[0]["choices"][0]["finish_reason"] == "stop"
    stopped = ends(MessagesWriter("m", "r"), "stop", "stop_sequence")
    assert stopped[1]["delta"]["stop_reason"] == "stop_sequence"
    assert ends(MessagesWriter("m", "r"), "stop", "tool_use")[1]["delta"]["stop_reason"] == "end_turn"


def test_unknown_tokens_are_not_said_where_the_wire_allows_it() -> None:
    assert "usage" not in ChatWriter("m", "r", 1).whole(fold_language([Finish("stop", Usage())]))
    assert ResponsesWriter("m", "r", 1, {}).whole(fold_language([Finish("stop", Usage())]))["usage"] is None
    assert len(ChatWriter("m", "r", 1, usage=True).part(Finish("stop", Usage()))) == 1
