"""Prompts of about a given length, each different, so that no cache of a provider answers for it."""

from __future__ import annotations

import random

from ai_sdk.messages import SystemMessage, TextPart, UserMessage
from ai_sdk.requests import LanguageRequest

__all__ = ["request_of"]

_WORDS = """
time year people way day man thing woman life child world school state family student group country problem
hand part place case week company system program question work government number night point home water room
mother area money story fact month lot right study book eye job word business issue side kind head house
service friend father power hour game line end member law car city community name president team minute idea
kid body information back parent face others level office door health person art war history party result
change morning reason research girl guy moment air teacher force education foot boy age policy music market
sense
"""
_TASK = "Write a story of at least {words} words that uses these words in their order. Do not stop before its end."
_AROUND = 40


def request_of(number: int, *, prompt_tokens: int, output_tokens: int, seed: int = 0) -> LanguageRequest:
    """The streamed request of a shot: the same for the same number and seed, and different from its first word on.

    A frequent English word is about a token, and the task around the words about 40; a prompt is never shorter.
    """
    draw = random.Random(f"{seed}/{number}")
    words = draw.choices(_WORDS.split(), k=max(1, prompt_tokens - _AROUND))
    text = f"{draw.getrandbits(32):08x}. {_TASK.format(words=2 * output_tokens)}\n\n{' '.join(words)}"
    messages = (SystemMessage("You write long stories."), UserMessage((TextPart(text),)))
    return LanguageRequest(messages=messages, max_output_tokens=output_tokens, stream=True)
