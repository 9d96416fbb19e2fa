"""Language models of Replicate: a prompt in, pieces of text out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from ai_sdk.errors import InvalidResponseError
from ai_sdk.parts import TextDelta
from ai_sdk.polling import Polling
from ai_sdk.provider import Exchange, PolledModel, options_of, unsupported
from ai_sdk.providers.replicate._inputs import add_files, language_names
from ai_sdk.providers.replicate._predictions import Call, Prediction, call_of, complete, finished, submit
from ai_sdk.providers.replicate._prompt import prompt_of
from ai_sdk.providers.replicate._stream import Job, finish_of, head_of, open_events, streamed
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import CallWarning, LanguageResponse, fold_language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ai_sdk.endpoint import Endpoint

__all__ = ["ReplicateLanguageModel", "text_of"]

_SETTINGS = (
    "max_output_tokens",
    "temperature",
    "top_p",
    "top_k",
    "presence_penalty",
    "frequency_penalty",
    "seed",
    "reasoning",
)


class ReplicateLanguageModel(PolledModel[LanguageRequest, LanguageResponse]):
    """A language model. It has no tools and takes one prompt, as which a conversation is told."""

    polling = Polling(interval=0.5, longest=5.0)

    def __init__(self, endpoint: Endpoint, model_id: str, polling: Polling | None = None) -> None:
        super().__init__(endpoint, model_id, polling)
        self.names = language_names(model_id)

    def encode(self, request: LanguageRequest) -> tuple[dict[str, Any], list[CallWarning]]:
        """The body of a request, and what it could not say; pure."""
        call = self.call(request)
        return call.body, call.warnings

    def call(self, request: LanguageRequest) -> Call:
        """What is sent for a request, and what it could not say; pure."""
        prompt = prompt_of(request.messages)
        options = options_of(request, self.provider)
        inputs: dict[str, Any] = {"prompt": prompt.text}
        if prompt.system:
            inputs[self.names.system] = prompt.system
        warnings = [*prompt.warnings, *self._add_settings(inputs, request)]
        add_files(inputs, prompt.pictures, str(options.get("file_input", self.names.files)), self.model_id)
        call = call_of(self.model_id, inputs, options, warnings, wait=not request.stream)
        if request.stream:
            call.body["stream"] = True
        return call

    def _add_settings(self, inputs: dict[str, Any], request: LanguageRequest) -> list[CallWarning]:
        warnings: list[CallWarning] = []
        for field in _SETTINGS:
            value = getattr(request, field)
            if value is None:
                continue
            if field in self.names.settings:
                inputs[self.names.settings[field]] = value
            else:
                warnings.append(unsupported(field, f"{self.model_id} has no such input"))
        if request.stop:
            separator = self.names.stop
            if separator is None or any(separator in each for each in request.stop):
                warnings.append(unsupported("stop", f"{self.model_id} cannot be told these sequences"))
            else:
                inputs["stop_sequences"] = separator.join(request.stop)
        if request.tools:
            warnings.append(unsupported("tools", "these models have no tools"))
        if request.response_format is not None:
            warnings.append(unsupported("response_format", "these models cannot be held to JSON"))
        return warnings

    async def answer(self, request: LanguageRequest, exchange: Exchange, /) -> LanguageResponse:
        """One prediction, its output as it arrives when the request wishes and the model can."""
        call = self.call(request)
        if not request.stream:
            done = await complete(exchange, call, request.headers, self.polling)
            return self._whole(done, exchange.headers, call.warnings)
        made, answered = await submit(exchange, call, request.headers)
        headers = exchange.headers
        job = Job(exchange, made)
        stream = await open_events(job)
        if stream is not None:
            parts = streamed(stream, job, head_of(made, headers, call.warnings))
            return await LanguageResponse.start(parts, fold_language, stream, job)
        done = made if answered else await finished(exchange, made, self.polling)
        call.warnings.append(unsupported("stream", "there are no events of this prediction to read"))
        return self._whole(done, headers, call.warnings)

    def _whole(self, done: Prediction, headers: Mapping[str, str], warnings: list[CallWarning]) -> LanguageResponse:
        text = text_of(done, self.provider)
        deltas = [TextDelta(text)] if text else []
        return LanguageResponse.of(
            [*head_of(done, headers, warnings), *deltas, finish_of(done, self.provider)], fold_language
        )


def text_of(prediction: Prediction, provider: str) -> str:
    """The text of an output: a string, or pieces to be joined."""
    output = prediction.output
    if isinstance(output, str):
        return output
    pieces: list[Any] = [] if output is None else cast("list[Any]", output) if isinstance(output, list) else [output]
    removed = output is None and prediction.raw.get("data_removed") is True
    if removed or not all(isinstance(each, str) for each in pieces):
        raise InvalidResponseError(
            f"{provider} answered with an output that is no text" + (": it has been removed" if removed else ""),
            body=repr(cast("object", output)),
        )
    return "".join(cast("list[str]", pieces))
