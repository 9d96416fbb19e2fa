"""Take the reasoning out of the text of models that write it between tags, such as ``<think>...</think>``.

The law: what stands between the tags becomes reasoning, the rest stays text; put together again, without the
separators, they are the original without its tags, in its order. Where the provider cut the text changes nothing, also
in the middle of a tag. What looks like the beginning of a tag and is none is shown as text, at the latest before the
next other content, the finish or an error. A delta that holds no tag passes as the very object.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from typing import Any, cast

from ai_sdk.errors import InvalidRequestError
from ai_sdk.holding_back import part_or_error, reshaped
from ai_sdk.layer_options import check_kind
from ai_sdk.model import Layer, Model, layer
from ai_sdk.parts import LanguagePart, ReasoningDelta, TextDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse

__all__ = ["extract_reasoning"]


def extract_reasoning(
    *, tag: str = "think", separator: str = "\n", start_with_reasoning: bool = False
) -> Layer[LanguageRequest, LanguageResponse]:
    """Make ``<think>...</think>`` in the text reasoning: ``ReasoningDelta`` while it streams, ``ReasoningPart`` after.

    ``tag``: the name between the angle brackets. Every stretch becomes a block of its own, so that the order of
    reasoning and text is kept; the first stretch of text keeps the id of its block.
    ``separator``: put between two stretches of text, and between two of reasoning, that stood apart.
    ``start_with_reasoning``: the answer begins inside of the tag, as with models whose template has written it already;
    an opening tag at the very beginning is dropped then. An answer without a closing tag is all reasoning.

    Inside the ``await`` the first content is looked for behind the tags, so that an answer that breaks off before any
    can still be failed over. Raises InvalidRequestError for a tag that is no name, when the layer is made.
    """
    if not isinstance(cast("object", tag), str) or not tag or any(each in "<>/" or each.isspace() for each in tag):
        raise InvalidRequestError(
            f"extract_reasoning: tag is {tag!r}; allowed is a name without angle brackets, such as 'think'", field="tag"
        )

    async def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        answer = _Answer(tag, separator, start_with_reasoning)
        begun = False
        while (part := await part_or_error(parts)) is not None:
            if isinstance(part, Exception):
                for each in answer.rest() if begun else ():
                    yield each
                try:
                    raise part
                finally:
                    del part
            for each in answer.shown(part):
                begun = begun or each.content
                yield each

    @layer
    async def extract_reasoning(
        request: LanguageRequest, call: Model[LanguageRequest, LanguageResponse]
    ) -> LanguageResponse:
        check_kind(request, LanguageRequest, "extract_reasoning")
        return await reshaped(await call(request), change, live=request.stream)

    return extract_reasoning


class _Answer:
    """The blocks of text of one answer."""

    def __init__(self, tag: str, separator: str, start_with_reasoning: bool) -> None:
        self._tags = (f"<{tag}>", f"</{tag}>")
        self._separator = separator
        self._start = start_with_reasoning
        self._name = tag
        self._blocks: dict[str, _Block] = {}
        self._reasonings = 0

    def shown(self, part: LanguagePart) -> Iterator[LanguagePart]:
        """What becomes of a part."""
        if isinstance(part, TextDelta):
            block = self._blocks.get(part.id)
            if block is None:
                yield from self._undecided()
                block = self._blocks[part.id] = _Block(self, part.id, self._start and not self._blocks)
            else:
                yield from self._undecided(block)
            yield from block.feed(part)
        else:
            if part.last:
                yield from self.rest()
            elif part.content:
                yield from self._undecided()
            yield part

    def rest(self) -> Iterator[LanguagePart]:
        """All that is left, as it is."""
        for block in self._blocks.values():
            yield from block.decide()
            yield from block.metadata_alone()

    def _undecided(self, but: _Block | None = None) -> Iterator[LanguagePart]:
        for block in self._blocks.values():
            if block is not but:
                yield from block.decide()

    def tags(self) -> tuple[str, str]:
        """The opening and the closing tag."""
        return self._tags

    def separator(self) -> str:
        """What stands between two stretches of a kind."""
        return self._separator

    def new_reasoning(self) -> str:
        """The id of another block of reasoning."""
        self._reasonings += 1
        return f"{self._name}-{self._reasonings}"


class _Block:
    """One block of text: where it is, and what of it may be a tag and is not decided."""

    def __init__(self, answer: _Answer, block_id: str, start: bool) -> None:
        self._answer = answer
        self._id = block_id
        self._inside = start
        self._optional = start
        self._pending = ""
        self._metadata: list[Mapping[str, Any]] = []
        self._texts = 0
        self._reasonings = 0
        self._stretch: str | None = None

    def feed(self, delta: TextDelta) -> Iterator[LanguagePart]:
        """The stretches that are decided now."""
        if self._is_plain(delta):
            yield delta
            return
        if delta.provider_metadata:
            self._metadata.append(delta.provider_metadata)
            if self._texts:
                yield from self.metadata_alone()
        text, self._pending = self._pending + delta.text, ""
        while text:
            if self._optional:
                text = self._without_first_tag(text)
                if not text:
                    return
            tag = self._answer.tags()[self._inside]
            before, found, after = text.partition(tag)
            kept = 0 if found else _overlap(text, tag)
            self._pending = text[len(text) - kept :]
            yield from self._stretched(before[: len(before) - kept])
            if found:
                self._inside = not self._inside
                self._stretch = None
            text = after

    def decide(self) -> Iterator[LanguagePart]:
        """What may have been the beginning of a tag is none."""
        text, self._pending = self._pending, ""
        self._optional = self._optional and not text
        return self._stretched(text)

    def metadata_alone(self) -> Iterator[LanguagePart]:
        """Metadata of the text that no text has carried."""
        metadata, self._metadata = self._metadata, []
        for each in metadata:
            yield TextDelta("", self._id, each)

    def _is_plain(self, delta: TextDelta) -> bool:
        """Whether the delta goes on as it is: it is of the first stretch of text, and nothing in it is undecided."""
        if self._inside or self._pending or self._metadata or self._texts > 1 or not delta.text:
            return False
        if self._texts and self._stretch is None:
            return False
        tag = self._answer.tags()[0]
        if tag in delta.text or _overlap(delta.text, tag):
            return False
        if not self._texts:
            self._texts = 1
            self._stretch = self._id
        return True

    def _without_first_tag(self, text: str) -> str:
        tag = self._answer.tags()[0]
        if len(text) < len(tag) and tag.startswith(text):
            self._pending = text
            return ""
        self._optional = False
        return text.removeprefix(tag)

    def _stretched(self, text: str) -> Iterator[LanguagePart]:
        if not text:
            return
        if self._stretch is None:
            text = self._begin() + text
        assert self._stretch is not None
        if self._inside:
            yield ReasoningDelta(text, self._stretch)
        else:
            yield from self.metadata_alone()
            yield TextDelta(text, self._stretch)

    def _begin(self) -> str:
        """Begin a stretch, and give the separator that comes first."""
        if self._inside:
            self._reasonings += 1
            self._stretch = self._answer.new_reasoning()
            return self._answer.separator() if self._reasonings > 1 else ""
        self._texts += 1
        self._stretch = self._id if self._texts == 1 else f"{self._id}~{self._texts}"
        return self._answer.separator() if self._texts > 1 else ""


def _overlap(text: str, tag: str) -> int:
    """How many characters at the end of the text may be the beginning of the tag."""
    for count in range(min(len(tag) - 1, len(text)), 0, -1):
        if text.endswith(tag[:count]):
            return count
    return 0
