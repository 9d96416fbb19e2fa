"""Predictions, in which all models of Replicate work: made, waited for, looked at, called off, fetched."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from ai_sdk._frozen import EMPTY, freeze
from ai_sdk.errors import InvalidRequestError, InvalidResponseError
from ai_sdk.polling import Pending, Polling, poll
from ai_sdk.provider import Exchange, parse_json
from ai_sdk.providers.replicate._errors import failure
from ai_sdk.providers.replicate._options import BODY, RUNNING, Options
from ai_sdk.results import GeneratedFile, ResponseInfo, Usage

if TYPE_CHECKING:
    from ai_sdk.results import CallWarning

__all__ = ["Call", "Prediction", "call_of", "complete", "fetch_files", "moment", "read_prediction", "submit", "urls_in"]

_OVER = frozenset({"succeeded", "failed", "canceled", "aborted"})
_PART = re.compile(r"[\w.-]+", re.ASCII)
_VERSION = re.compile(r"[0-9a-f]{64}")
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?)\s?%")
_LOGS_READ = 2000
_LONGEST_WAIT = 60


@dataclass(frozen=True, slots=True)
class Prediction:
    """What Replicate says of a prediction at one moment; ``stream`` is the URL of its events."""

    id: str
    status: str
    output: Any = None
    error: Any = None
    logs: str = ""
    stream: str | None = None
    metrics: Mapping[str, Any] = EMPTY
    raw: Mapping[str, Any] = field(default=EMPTY, repr=False)

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.status in _OVER

    @property
    def pending(self) -> Pending:
        """The state of one that is not over, with how far its logs say that it is."""
        found = _PERCENT.findall(self.logs[-_LOGS_READ:])
        fraction = float(found[-1]) / 100 if found else None
        return Pending(self.status, fraction if fraction is not None and fraction <= 1 else None)

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What is worth knowing beside the output: ``metrics`` (seconds, tokens) and ``version``."""
        said = {name: self.raw.get(name) for name in ("metrics", "version", "deployment", "data_removed")}
        return cast("Mapping[str, Any]", freeze({name: each for name, each in said.items() if each}))

    @property
    def usage(self) -> Usage:
        """Tokens, where the model counts them."""
        read, written = (_int(self.metrics.get(name)) for name in ("input_token_count", "output_token_count"))
        return Usage(read, written, raw=self.metrics or None)

    def info(self, headers: Mapping[str, str]) -> ResponseInfo:
        """Who answered."""
        model, created = self.raw.get("model"), moment(self.raw.get("created_at"))
        return ResponseInfo(self.id, model if isinstance(model, str) else None, created, headers)


@dataclass(frozen=True, slots=True)
class Call:
    """A prediction to make: where, with which body and headers. ``waits``: the answer is asked to have the output."""

    path: str
    body: dict[str, Any]
    headers: Mapping[str, str]
    warnings: list[CallWarning]

    @property
    def waits(self) -> bool:
        """Whether the request stays open for the output."""
        return "prefer" in self.headers


def call_of(
    model_id: str, inputs: dict[str, Any], options: Options, warnings: list[CallWarning], *, wait: bool
) -> Call:
    """The call of a model with its inputs, over which those in ``options`` go; ``wait`` is for when none is said."""
    path, named = _place(model_id)
    given = {name: each for name, each in options.items() if name not in RUNNING}
    body = {**named, "input": {**inputs, **given}, **{name: options[name] for name in BODY if name in options}}
    headers: dict[str, str] = {}
    seconds = options.get("wait", wait)
    if seconds is True:
        headers["prefer"] = "wait"
    elif seconds is not False and seconds != 0:
        if not isinstance(seconds, int) or not 1 <= seconds <= _LONGEST_WAIT:
            raise InvalidRequestError(
                f"wait is {seconds!r}; allowed are 1 to {_LONGEST_WAIT} seconds, True and False",
                field="provider_options",
            )
        headers["prefer"] = f"wait={seconds}"
    if "cancel_after" in options:
        headers["cancel-after"] = str(options["cancel_after"])
    return Call(path, body, headers, warnings)


def _place(model_id: str) -> tuple[str, dict[str, str]]:
    """Where predictions of a model are made, and what the body says of the model."""
    if _VERSION.fullmatch(model_id):
        return "/predictions", {"version": model_id}
    name, colon, version = model_id.partition(":")
    parts = name.split("/")
    deployed = len(parts) == 3 and parts[0] == "deployments" and not colon
    if not (len(parts) == 2 or deployed) or not all(_PART.fullmatch(each) for each in parts) or (colon and not version):
        raise InvalidRequestError(
            f"the model id is {model_id!r}; allowed are owner/name, owner/name:version, the 64 characters of a version "
            "and deployments/owner/name",
            field="model_id",
        )
    if colon:
        return "/predictions", {"version": version}
    return f"/{name}/predictions" if deployed else f"/models/{name}/predictions", {}


def read_prediction(data: Any, provider: str) -> Prediction:
    """A prediction of decoded JSON; raises ``InvalidResponseError`` when it is none."""
    said = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
    identity, status = said.get("id"), said.get("status")
    if not isinstance(identity, str) or not identity or not isinstance(status, str):
        raise InvalidResponseError(
            f"{provider} answered with something that is not a prediction", body=repr(cast("object", data))
        )
    urls, metrics, logs = said.get("urls"), said.get("metrics"), said.get("logs")
    stream = cast("dict[str, Any]", urls).get("stream") if isinstance(urls, dict) else None
    return Prediction(
        identity,
        status,
        said.get("output"),
        said.get("error"),
        logs if isinstance(logs, str) else "",
        stream if isinstance(stream, str) else None,
        freeze(cast("dict[str, Any]", metrics)) if isinstance(metrics, dict) else EMPTY,
        said,
    )


def _path(prediction: Prediction) -> str:
    return f"/predictions/{quote(prediction.id, safe='')}"


async def submit(exchange: Exchange, call: Call, headers: Mapping[str, str]) -> tuple[Prediction, bool]:
    """Make the prediction; also whether its output is all there already.

    A request that waited is answered with 201 and the output while the status is still ``processing`` (recorded), and
    with 202 when the wait was too short (vendor documents).
    """
    response = await exchange.send(call.path, call.body, {**headers, **call.headers})
    made = read_prediction(parse_json(response.body, exchange.endpoint.name), exchange.endpoint.name)
    answered = call.waits and response.status == 201 and made.status == "processing" and bool(made.output)
    return made, answered


async def look_at(exchange: Exchange, prediction: Prediction) -> Prediction:
    """Its state now."""
    data, _ = await exchange.json(_path(prediction), method="GET")
    return read_prediction(data, exchange.endpoint.name)


async def call_off(exchange: Exchange, prediction: Prediction) -> None:
    """Cancel it."""
    await exchange.send(f"{_path(prediction)}/cancel")


async def finished(exchange: Exchange, made: Prediction, polling: Polling) -> Prediction:
    """Wait until a prediction has succeeded; raises what ``failure`` makes of one that has not."""

    async def look() -> Prediction | Pending:
        seen = await look_at(exchange, made)
        return seen if seen.over else seen.pending

    async def cancel() -> None:
        await call_off(exchange, made)

    last = made
    if not made.over:
        last = await poll(look, job=made.id, polling=polling, first=made.pending, cancel=cancel)
    if last.status != "succeeded":
        raise failure(exchange, last.id, last.status, last.error, last.raw)
    return last


async def complete(exchange: Exchange, call: Call, headers: Mapping[str, str], polling: Polling) -> Prediction:
    """Make a prediction and wait for its output."""
    made, answered = await submit(exchange, call, headers)
    return made if answered else await finished(exchange, made, polling)


async def fetch_files(exchange: Exchange, prediction: Prediction, kind: str) -> tuple[GeneratedFile, ...]:
    """The files that an output names, in order; raises ``InvalidResponseError`` when there are none."""
    urls = list(urls_in(prediction.output))
    if not urls:
        why = "has been removed" if prediction.raw.get("data_removed") is True else f"names no {kind}"
        raise InvalidResponseError(
            f"the output of the prediction {prediction.id} {why}", body=repr(cast("object", prediction.output))
        )
    return tuple([await _fetch(exchange, url, prediction.id) for url in urls])


def urls_in(output: Any) -> Iterator[str]:
    """The URLs in an output: one, a list, or values of an object."""
    if isinstance(output, str):
        if output.startswith(("https://", "http://", "data:")):
            yield output
    elif isinstance(output, list):
        for each in cast("list[Any]", output):
            yield from urls_in(each)
    elif isinstance(output, dict):
        for each in cast("dict[str, Any]", output).values():
            yield from urls_in(each)


async def _fetch(exchange: Exchange, url: str, job: str) -> GeneratedFile:
    """A file: at the API's own origin with the key, anywhere else (``replicate.delivery``) without it."""
    if _is_own(exchange, url):
        response = await exchange.send(url, method="GET")
        return GeneratedFile(response.body, response.headers.get("content-type", "").partition(";")[0].strip())
    try:
        found = await exchange.fetch(url, job=job)
    except InvalidRequestError as error:
        raise InvalidResponseError(f"the output has a URL that is none: {error.message}", body=url) from error
    return GeneratedFile(found.data, found.media_type)


def _is_own(exchange: Exchange, url: str) -> bool:
    if url.startswith("data:"):
        return False
    try:
        exchange.endpoint.url(url)
    except (InvalidResponseError, ValueError):
        return False
    return True


def moment(value: Any) -> float | None:
    """The Unix time of a date as text; None for anything else."""
    try:
        return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None


def _int(value: Any) -> int | None:
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return int(value) if number else None
