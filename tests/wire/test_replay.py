"""Every recording of every wire, replayed whole and compared with what its raw JSON says."""

from __future__ import annotations

from ai_sdk.errors import AISDKError, APIError
from ai_sdk.results import LanguageResult
from ai_sdk.testing.replay import Exchange
from wire.family import Family
from wire.harness import by_provider, chosen_or_skip, least, listed, parsed, replay
from wire.kit import report, sources
from wire.oracle import Said

COUNTED = ("replayed", "streams", "errors", "tool calls", "recovered from errors")


@sources
@by_provider
async def test_every_recording_says_what_its_raw_json_says(family: Family, provider: str, source: str) -> None:
    chosen, counts = chosen_or_skip(family, provider, source, must=True)
    wrong: list[str] = []
    for exchange in chosen:
        counts["replayed"] += 1
        counts["streams"] += exchange.streamed
        try:
            result = await replay(family, exchange)
        except AISDKError as error:
            problem = wrong_error(family, exchange, error)
            counts["errors"] += 1
        else:
            problem = difference(family, exchange, result)
            counts["tool calls"] += len(result.tool_calls)
            counts["no content part at all"] += not result.content
            counts["recovered from errors"] += exchange.status >= 400 or family.gather(exchange).failure is not None
        if problem and exchange.id in family.explained:
            counts[f"explained: {family.explained[exchange.id]}"] += 1
        elif problem:
            wrong.append(f"{exchange.id}: {problem}")
    report(f"{family.name} {provider} replay ({source})", counts)
    assert not wrong, listed(wrong, len(chosen))
    for name in COUNTED:
        assert counts[name] >= least(family, provider, source, name), f"{name}: {counts[name]}"


def wrong_error(family: Family, exchange: Exchange, error: AISDKError) -> str | None:
    """What is wrong with an error."""
    expected = family.expected_error(exchange)
    if expected is None:
        return f"it raised {error!r}"
    kind, words = expected
    if not isinstance(error, kind):
        return f"{error!r} is not a {kind.__name__}"
    if words is not None and words not in error.message:
        return f"{error.message!r} does not say {words!r}"
    if isinstance(error, APIError) and exchange.status >= 400 and error.status != exchange.status:
        return f"its status is {error.status}, not {exchange.status}"
    if exchange.streamed and exchange.status == 200 and getattr(error, "partial", None) is None:
        return "it carries no partial result"
    return None


def difference(family: Family, exchange: Exchange, result: LanguageResult) -> str | None:
    """What a result says otherwise than the raw JSON; ids are ours where the wire has none."""
    if (expected := family.expected_error(exchange)) is not None:
        return f"its error, {expected}, was swallowed"
    said, usage = family.gather(exchange), result.usage
    tokens = (usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.reasoning_tokens)
    ours = [(call.id, call.name, call.input) for call in result.tool_calls]
    if len(ours) == len(said.calls):
        ours = [(each[0] if theirs[0] else "", *each[1:]) for each, theirs in zip(ours, said.calls, strict=True)]
    found = Said(result.text, result.reasoning, ours, tokens, result.raw_finish_reason, said.failure)
    return None if _same(family, found, said) else f"\n    we say {found}\n    it says {said}"


def _same(family: Family, found: Said, said: Said) -> bool:
    if not family.decoded_arguments:
        return found == said
    calls = [[(identity, name, parsed(text)) for identity, name, text in each.calls] for each in (found, said)]
    rest = [(each.text, each.reasoning, each.usage, each.reason) for each in (found, said)]
    return calls[0] == calls[1] and rest[0] == rest[1]
