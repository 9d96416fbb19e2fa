"""Ask one model after the other until one answers: what ``fallback`` and ``route`` have in common.

A ``Candidate`` is a model with what is particular to it; a ``Target`` is a candidate around a wrapped model. An error
either stops the chain or moves it on to the next target, which ``Judge`` decides. All of it happens inside one
``await``, so a response that has shown content to its reader is never asked for again, and a target that failed has
closed what it opened before the next one is asked.

Chains nest: a model in a chain may have a chain of its own, and even lead back to the first. A context variable knows,
for the length of the ``await``, what has been asked already for the same request.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, TypeGuard, TypeVar, cast, get_args

from ai_sdk._frozen import EMPTY, FrozenDict, freeze
from ai_sdk.call import report
from ai_sdk.credentials import Account, SecretKey, account_of, api_key_override
from ai_sdk.deadline import deadline
from ai_sdk.errors import (
    AISDKError,
    AllModelsFailedError,
    APITimeoutError,
    AuthenticationError,
    ContextLengthError,
    InvalidRequestError,
    LayerError,
    MissingAPIKeyError,
    NotFoundError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    UnsupportedError,
)
from ai_sdk.model import Model, Recorded, name_of, recorded
from ai_sdk.requests import AnyRequest, changed

if TYPE_CHECKING:
    from ai_sdk.prices import Price

__all__ = [
    "OF_THE_KEY",
    "Candidate",
    "FellOver",
    "Judge",
    "MoveOn",
    "Target",
    "ask_in_turn",
    "forget_asked",
    "is_overlong",
    "moves_on",
    "secret_keys",
    "targets_around",
]

Req = TypeVar("Req")
MoveOn: TypeAlias = type[Exception] | tuple[type[Exception], ...] | Callable[[Exception], bool | None]
Move: TypeAlias = Literal["stop", "any", "larger"]

OF_THE_KEY = (AuthenticationError, PermissionDeniedError, QuotaExceededError, RateLimitError, MissingAPIKeyError)
"""Errors after which another key of the same model may do."""

_OF_THE_MODEL = (
    AuthenticationError,
    PermissionDeniedError,
    QuotaExceededError,
    NotFoundError,
    MissingAPIKeyError,
    UnsupportedError,
)
_CREDENTIAL = re.compile("auth|key|token|secret|cookie|credential|password", re.IGNORECASE)
_DEEPEST = 32


class Candidate:
    """A model for ``fallback`` or ``route`` with what is particular to it.

    ``Candidate(together("..."), max_output_tokens=500, provider_options={"togetherai": {...}})``: the ``settings`` are
    fields of the request that this candidate gets instead of the caller's, None included; mappings merge deeply, the
    candidate's words first. No other candidate sees them. A candidate without a model describes the wrapped model.

    ``name``: how reports, statistics and per-call wishes call it; ``provider:model_id`` by default.
    ``serves``: the model's name at every provider, by default its ``model_id``; candidates that serve the same model
    are alternatives to each other where a call names ``models``.
    ``context_window``: in tokens; what the price package knows by default. ``price``: a ``Price``, or US dollars for a
    million tokens. ``weight``: for the strategies of ``route`` that know weights; one of weight 0 is only a fallback.
    ``keys``: API keys to use in turn, before the model's own: the next one when a key is refused or limited.

    Raises InvalidRequestError for a setting that no kind of request has, and for options that make no sense.
    """

    __slots__ = ("context_window", "keys", "model", "name", "price", "serves", "settings", "weight")

    def __init__(
        self,
        model: Model[Any, Any] | None = None,
        /,
        *,
        name: str | None = None,
        serves: str | None = None,
        context_window: int | None = None,
        price: Price | float | None = None,
        weight: float = 1.0,
        keys: Sequence[str] = (),
        **settings: Any,
    ) -> None:
        if model is not None and not callable(model):
            raise InvalidRequestError(f"model is a {type(model).__name__}; allowed is a model", field="model")
        for setting in settings:
            if setting not in _settings_of(None):
                raise InvalidRequestError(
                    f"{setting!r} is no setting of any kind of request; allowed: {', '.join(_settings_of(None))}",
                    field=setting,
                )
        _check(name, serves, context_window, price, weight)
        self.model = model
        self.name = name
        self.serves = serves
        self.context_window = context_window
        self.price = price
        self.weight = weight
        self.keys = secret_keys(keys, "keys")
        self.settings: Mapping[str, Any] = {setting: freeze(value) for setting, value in settings.items()}

    @classmethod
    def of(cls, model: Model[Any, Any] | Candidate) -> Candidate:
        """The candidate itself, or one for a model."""
        return model if isinstance(model, Candidate) else cls(model)

    def __repr__(self) -> str:
        words = [] if self.model is None else [repr(self.model)]
        words += [] if self.name is None else [f"name={self.name!r}"]
        return f"Candidate({', '.join([*words, *(f'{setting}=...' for setting in self.settings)])})"


def secret_keys(keys: Any, field: str) -> tuple[SecretKey, ...]:
    """API keys that show nowhere: strings, or secret keys as they are."""
    if isinstance(keys, str) or not isinstance(keys, Sequence):
        raise InvalidRequestError(f"{field} is a {type(keys).__name__}; allowed is a list of API keys", field=field)
    listed = cast("Sequence[Any]", keys)
    for each in listed:
        if not (isinstance(each, SecretKey) or (isinstance(each, str) and each.strip())):
            raise InvalidRequestError(f"{field} has something that is no API key", field=field)
    count = len(listed)
    return tuple(
        each if isinstance(each, SecretKey) else SecretKey(each, f"key {number} of {count}")
        for number, each in enumerate(listed, start=1)
    )


def _check(name: Any, serves: Any, context_window: Any, price: Any, weight: Any) -> None:
    for field, word in (("name", name), ("serves", serves)):
        if word is not None and not (isinstance(word, str) and word):
            raise InvalidRequestError(f"{field} is {word!r}; allowed is a string that is not empty", field=field)
    if context_window is not None and not (isinstance(context_window, int) and context_window > 0):
        message = f"context_window is {context_window!r}; allowed is a number of tokens above 0, or None"
        raise InvalidRequestError(message, field="context_window")
    if isinstance(price, int | float) and not 0 <= price < math.inf:
        raise InvalidRequestError(f"price is {price!r}; allowed are US dollars from 0, or a Price", field="price")
    if not (isinstance(weight, int | float) and 0 <= weight < math.inf):
        raise InvalidRequestError(f"weight is {weight!r}; allowed is a number from 0", field="weight")


@cache
def _settings_of(kind: type[Any] | None) -> tuple[str, ...]:
    """The fields of a kind of request that have a default, or of all kinds."""
    kinds = get_args(AnyRequest) if kind is None else (kind,)
    names: set[str] = set()
    for each in kinds:
        if is_dataclass(each):
            given = [(it.name, it.default, it.default_factory) for it in fields(each)]
            names |= {name for name, default, factory in given if default is not MISSING or factory is not MISSING}
    return tuple(sorted(names))


class Target:
    """A candidate around a wrapped model. ``ask`` is what is called: the model, with whatever stands around it here."""

    __slots__ = ("account", "ask", "candidate", "identity", "keys", "model", "name", "trusted")

    def __init__(self, candidate: Candidate, wrapped: Model[Any, Any], home: Account | None) -> None:
        model = wrapped if candidate.model is None else candidate.model
        self.candidate = candidate
        self.model = model
        self.ask: Model[Any, Any] = model if candidate.model is None else recorded(model)
        self.identity: object = cast("Any", model).model if isinstance(model, Recorded) else model
        self.name = candidate.name or name_of(model)
        self.account = account = account_of(model)
        self.keys: tuple[SecretKey | None, ...] = (*candidate.keys, None)
        if candidate.keys and account is None:
            message = f"keys: nobody knows whose they are, because {self.name} has no provider"
            raise InvalidRequestError(message, field="keys")
        self.trusted = candidate.model is None or _is_same_provider(account, home)

    def with_keys(self, keys: tuple[SecretKey, ...]) -> Target:
        """This target for one call, with other keys before the model's own."""
        other: Target = object.__new__(Target)
        for slot in Target.__slots__:
            setattr(other, slot, getattr(self, slot))
        other.keys = (*keys, None)
        return other

    def request_of(self, request: Req) -> Req:
        """What is sent to this target: the request with the candidate's settings in it.

        Headers of the request that may be credentials go to the provider of the wrapped model alone.
        """
        settings = self.candidate.settings
        headers: Any = getattr(request, "headers", None)
        if not settings and (self.trusted or not headers):
            return request
        changes: dict[str, Any] = {}
        if headers and not self.trusted:
            public = {name: value for name, value in headers.items() if not _CREDENTIAL.search(name)}
            if len(public) < len(headers):
                changes["headers"] = FrozenDict(public)
        for name, value in settings.items():
            given = changes.get(name, getattr(request, name, None))
            changes[name] = _merge(given, value, headers=name == "headers") if _is_mapping(value) else value
        return changed(request, **changes) if changes else request

    def check(self, request: Any) -> None:
        """Raise InvalidRequestError for a setting that this kind of request does not take."""
        allowed = _settings_of(cast("Any", type(request)))
        for name in self.candidate.settings:
            if name not in allowed:
                raise InvalidRequestError(
                    f"{self.name}: {name!r} is no setting of {type(request).__name__}; "
                    f"allowed: {', '.join(allowed) or 'none'}",
                    field=name,
                )
        self.request_of(request)

    def window(self) -> float | None:
        """The context window in tokens, None when nobody knows it."""
        window = self.candidate.context_window
        if window is None and getattr(self.model, "provider", None) and getattr(self.model, "model_id", None):
            from ai_sdk.prices import context_window_of

            window = context_window_of(self.model)
        return window

    def is_larger_than(self, window: float) -> bool:
        """Whether the context window is known to be larger than so many tokens."""
        own = self.window() if window < math.inf else None
        return own is not None and own > window

    def __repr__(self) -> str:
        return f"<target {self.name}>"


def _is_same_provider(account: Account | None, home: Account | None) -> bool:
    if account is None or home is None:
        return False
    return account.provider == home.provider and account.base_url == home.base_url


def targets_around(model: Model[Any, Any], candidates: Iterable[Candidate]) -> tuple[Target, ...]:
    """The targets in order: the wrapped model first, unless a candidate without a model says where it stands."""
    listed = tuple(candidates)
    described = sum(each.model is None for each in listed)
    if described > 1:
        raise InvalidRequestError("two candidates have no model; one describes the wrapped model", field="model")
    home = account_of(model)
    return tuple(Target(each, model, home) for each in (listed if described else (Candidate(), *listed)))


def _merge(given: Any, own: Mapping[str, Any], *, headers: bool = False) -> FrozenDict[str, Any]:
    """A mapping of the request with a candidate's own words over it."""
    under: Mapping[str, Any] = given if _is_mapping(given) else EMPTY
    if headers:
        mine = {name.lower() for name in own}
        under = {name: value for name, value in under.items() if name.lower() not in mine}
    merged = dict(under)
    for name, value in own.items():
        below = merged.get(name)
        merged[name] = _merge(below, value) if _is_mapping(value) and _is_mapping(below) else value
    return FrozenDict(merged)


def _is_mapping(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


class FellOver(NamedTuple):
    """The detail of ``fell-over``: the error of the model that was asked, and the name of the one that is next."""

    error: Exception
    model: str


def moves_on(error: Exception) -> bool:
    """Whether another model may answer what failed with this error, as far as the error itself says.

    Yes: errors of the provider's side and of the way there (connection, time limits other than the caller's deadline,
    rate limits, overload, 5xx), of the key or account (401, 402, 403), an unknown model, a missing key, a model that
    cannot do what was asked, a stream that broke before its content, an answer that cannot be understood, an open
    circuit, a local rate limit and other refusals by a plain LayerError. No: bad input, a content filter, a guardrail,
    a used-up budget, the caller's deadline, and exceptions that are not of this library, but for ConnectionError and
    TimeoutError.
    """
    if isinstance(error, AllModelsFailedError):
        return all(moves_on(each) or is_overlong(each) for each in error.exceptions)
    if isinstance(error, AISDKError):
        if isinstance(error, APITimeoutError) and error.limit == "deadline":
            return False
        return error.retryable or isinstance(error, _OF_THE_MODEL) or type(error) is LayerError
    return isinstance(error, ConnectionError | TimeoutError)


def is_overlong(error: Exception) -> bool:
    """Whether the request was longer than a context window; in a group, whether one of the members says so."""
    if isinstance(error, AllModelsFailedError):
        return any(is_overlong(each) for each in error.exceptions)
    return isinstance(error, ContextLengthError)


class Judge:
    """Says where an error leads: nowhere (``stop``), to ``any`` other model, or only to one of a ``larger`` window.

    ``on``: exceptions that move on besides those that do by default; or a predicate that decides alone, and leaves to
    the default what it answers with None. Raises InvalidRequestError for anything else.
    """

    __slots__ = ("_decides", "_on")

    def __init__(self, on: MoveOn | None = None) -> None:
        classes = cast("tuple[Any, ...]", on if isinstance(on, tuple) else (on,) if isinstance(on, type) else ())
        if not (on is None or classes or callable(cast("object", on))) or not all(
            _is_exception(each) for each in classes
        ):
            raise InvalidRequestError(
                f"on is {on!r}; allowed are classes of exceptions and a function of an error", field="on"
            )
        self._on = classes
        self._decides = cast("Callable[[Exception], bool | None] | None", None if classes else on)

    def __call__(self, error: Exception) -> Move:
        """Judge an error."""
        verdict = self._decides(error) if self._decides is not None else None
        if verdict is not None:
            return "any" if verdict else "stop"
        if is_overlong(error) and (moves_on(error) or isinstance(error, ContextLengthError)):
            return "larger"
        return "any" if moves_on(error) or isinstance(error, self._on) else "stop"


def _is_exception(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Exception)


class _NobodyAskedError(LayerError):
    """Every model of a chain had been asked already for this request, by the chains around it."""


class _Asked:
    """What one chain has asked, and what the chains inside of its running target have.

    A target is a model, the request that it is sent and the key that it is sent with.
    """

    __slots__ = ("around", "below", "depth", "targets")

    def __init__(self, around: _Asked | None) -> None:
        self.around = around
        self.depth: int = 1 if around is None else around.depth + 1
        self.targets: list[tuple[object, object, SecretKey | None]] = []
        self.below: list[tuple[object, object, SecretKey | None]] = []

    def add(self, model: object, request: object, key: SecretKey | None) -> bool:
        """Note a target that is asked now; False if this chain or one around it has asked it already."""
        chain: _Asked | None = self
        while chain is not None:
            for other, sent, with_key in chain.targets:
                if other is model and with_key is key and _is_same(sent, request):
                    return False
            chain = chain.around
        self.targets.append((model, request, key))
        return self.depth <= _DEEPEST

    def failed(self) -> None:
        """The running target failed: what it asked counts as asked by this chain."""
        if self.below:
            self.targets += self.below
            self.below.clear()

    def end(self) -> None:
        """This chain has failed: what it asked stands below the target of the chain around."""
        if self.around is not None:
            self.around.below += self.targets


def _is_same(sent: object, request: object) -> bool:
    try:
        return sent is request or bool(sent == request)
    except Exception:  # noqa: BLE001 - a request of the user's own may compare in any way
        return False


_asked: ContextVar[_Asked | None] = ContextVar("ai_sdk_asked", default=None)


def forget_asked() -> None:
    """Nothing has been asked in this context: the first act of a task that works for nobody's chain."""
    _asked.set(None)


async def ask_in_turn(targets: Iterable[Target], request: Any, judge: Judge) -> Any:
    """The answer of the first target that has one. One after the other is asked, each at most once for the request.

    An error that stops is raised as it is. When nobody is left to ask, or the caller's deadline has passed,
    AllModelsFailedError has every error in order; the error of a single target is raised itself. After a
    ContextLengthError only targets with a window that is known to be larger are asked. Reports ``fell-over`` (detail:
    ``FellOver``) before each target but the first; the next key of the same target is none.
    """
    asked = _Asked(_asked.get())
    failed: list[tuple[Target, Exception]] = []
    too_small = -math.inf
    try:
        for target in targets:
            if too_small > -math.inf and not target.is_larger_than(too_small):
                continue
            sent = target.request_of(request)
            for key in target.keys:
                if not asked.add(target.identity, sent, key):
                    continue
                if failed and failed[-1][0] is not target:
                    report("fell-over", FellOver(failed[-1][1], target.name))
                token = _asked.set(asked)
                try:
                    if key is None:
                        return await target.ask(sent)
                    with api_key_override(cast("Account", target.account), key):
                        return await target.ask(sent)
                except _NobodyAskedError:
                    break
                except Exception as error:
                    asked.failed()
                    move = judge(error)
                    if move == "stop":
                        raise
                    failed.append((target, error))
                finally:
                    _asked.reset(token)
                if move == "larger":
                    window = target.window()
                    too_small = max(too_small, math.inf if window is None else window)
                if not isinstance(failed[-1][1], OF_THE_KEY):
                    break
            if failed and _is_over():
                break
        raise _outcome(failed)
    except BaseException:
        asked.end()
        raise
    finally:
        failed.clear()  # an error knows this frame through its traceback: no cycle is left


def _is_over() -> bool:
    at = deadline()
    return at is not None and asyncio.get_running_loop().time() >= at


def _outcome(failed: Sequence[tuple[Target, Exception]]) -> Exception:
    if not failed:
        return _NobodyAskedError("every model has been asked already for this request")
    if len(failed) == 1:
        return failed[0][1]
    models = ", ".join(f"{target.name} ({type(error).__name__})" for target, error in failed)
    return AllModelsFailedError(f"all {len(failed)} attempts failed: {models}", tuple(error for _, error in failed))
