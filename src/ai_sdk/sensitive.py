"""What to look for in text that is private, also in text that comes in pieces.

The law of ``Scan``: pieces fed one after the other give out, put together, what the whole text gives, wherever it is
cut, for every ``Sensitive`` whose matches are as long as it says and look no further around; no part of a match is
given out before it is hidden.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from string import ascii_letters, ascii_uppercase, digits
from typing import TypeAlias

__all__ = ["Hide", "Scan", "Sensitive", "kinds"]


@dataclass(frozen=True)
class Sensitive:
    """What to look for. Matches have at most ``longest`` characters; longer ones are found when they only grow.

    ``alphabet`` has all characters that a match may consist of, None when anything is possible. ``measure`` says how
    many characters of a match are private, 0 for none.
    """

    name: str
    pattern: re.Pattern[str]
    longest: int
    alphabet: str | None = None
    measure: Callable[[str], int] = len

    def find(self, text: str, at: int) -> tuple[int, int] | None:
        """The first match from ``at`` on that is not empty."""
        while at < len(text) and (found := self.pattern.search(text, at)) is not None:
            length = self.measure(found.group()) if found.group() else 0
            if length:
                return found.start(), found.start() + length
            at = found.start() + 1
        return None

    def decided(self, text: str) -> int:
        """Up to where all matches begin that further text cannot change."""
        far = len(text) - self.longest
        return far if self.alphabet is None else max(far, len(text.rstrip(self.alphabet)))


Hide: TypeAlias = Callable[[Sensitive, str], str]


class Scan:
    """One text that comes in pieces. ``_at`` is up to where it was given out; what is before it is looked back at."""

    __slots__ = ("_at", "_hide", "_kinds", "_text")

    def __init__(self, kinds: Sequence[Sensitive], hide: Hide) -> None:
        self._kinds = kinds
        self._hide = hide
        self._text = ""
        self._at = 0

    async def feed(self, text: str, /) -> str:
        """Take in more text, and give out what further text cannot change. A match that still grows is held."""
        self._text += text
        shown = self._given_out(min(each.decided(self._text) for each in self._kinds), growing=True)
        self._forget()
        return shown

    async def end(self) -> str:
        """Give out the rest."""
        return self._given_out(len(self._text), growing=False)

    def whole(self, text: str) -> str:
        """What becomes of a text that is here as a whole."""
        self._text = text
        return self._given_out(len(text), growing=False)

    def _given_out(self, until: int, *, growing: bool) -> str:
        text, at = self._text, self._at
        shown: list[str] = []
        while at < until:
            start, end, kind = self._first(at)
            if kind is None or start >= until:
                shown.append(text[at:until])
                at = until
                break
            shown.append(text[at:start])
            if growing and end == len(text):
                at = start
                break
            shown.append(self._hide(kind, text[start:end]))
            at = end
        self._at = at
        return "".join(shown)

    def _first(self, at: int) -> tuple[int, int, Sensitive | None]:
        first: tuple[int, int, Sensitive | None] = (len(self._text), 0, None)
        for kind in self._kinds:
            found = kind.find(self._text, at)
            if found is not None and found[0] < first[0]:
                first = (*found, kind)
        return first

    def _forget(self) -> None:
        keep = max(each.longest for each in self._kinds)
        if self._at > 8 * keep:
            cut = self._at - keep
            self._text = self._text[cut:]
            self._at -= cut


def _longest_valid(least: int, valid: Callable[[str], bool]) -> Callable[[str], int]:
    """A measure: how long the longest beginning is that ends a group of characters and is valid."""

    def measure(found: str) -> int:
        for end in range(len(found), least - 1, -1):
            ends_a_group = found[end - 1] not in " -" and (end == len(found) or found[end] in " -")
            if ends_a_group and valid(found[:end].replace(" ", "").replace("-", "")):
                return end
        return 0

    return measure


def _is_card(number: str) -> bool:
    doubled = [int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(number))]
    return len(number) >= 13 and sum(each - 9 * (each > 9) for each in doubled) % 10 == 0


def _is_iban(number: str) -> bool:
    return 15 <= len(number) <= 34 and int("".join(str(int(each, 36)) for each in number[4:] + number[:4])) % 97 == 1


_LABEL = "[A-Za-z0-9-]{1,63}"
_INTERNATIONAL = r"\+[0-9](?:[ .()-]{0,2}[0-9]){7,14}"
_AMERICAN = r"\(?[0-9]{3}\)?[ .-]?[0-9]{3}[ .-][0-9]{4}"
_PREFIXES = "sk|pk|rk|gsk|csk|xai|tgp|pplx|r8|hf|gh[opsur]|github_pat|glpat|xox[abeprs]|npm|pypi"
_KEY = rf"(?:(?:{_PREFIXES})[-_][A-Za-z0-9_-]{{16,}}|A(?:KIA|SIA)[A-Z0-9]{{16}}|AIza[A-Za-z0-9_-]{{30,}})"


@cache
def kinds() -> Mapping[str, Sensitive]:
    """Known kinds of private data, by name."""
    known = (
        Sensitive(
            "email",
            re.compile(rf"[A-Za-z0-9._%+-]{{1,64}}@(?:{_LABEL}\.){{1,4}}[A-Za-z]{{2,24}}"),
            64 + 1 + 4 * 64 + 24,
            ascii_letters + digits + "._%+-@",
        ),
        Sensitive(
            "credit_card",
            re.compile(r"(?<![0-9])[0-9](?:[ -]?[0-9]){12,18}(?![0-9])"),
            19 + 18,
            digits + " -",
            _longest_valid(13, _is_card),
        ),
        Sensitive(
            "phone",
            re.compile(rf"(?<![0-9A-Za-z+])(?:{_INTERNATIONAL}|{_AMERICAN})(?![0-9])"),
            2 + 3 * 14,
            digits + "+ .()-",
        ),
        Sensitive(
            "iban",
            re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])"),
            35 + 8,
            ascii_uppercase + digits + " ",
            _longest_valid(15, _is_iban),
        ),
        Sensitive("api_key", re.compile(rf"(?<![A-Za-z0-9]){_KEY}"), 256, ascii_letters + digits + "_-"),
    )
    return {each.name: each for each in known}
