"""A model is a plain async callable; a layer takes a model and gives back a model.

``wrap_model(model, [a, b, c])`` puts layers around a model, the first one outermost: ``a`` sees the request first and
the response last. That is the whole idea of this library; everything else is models and layers.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import update_wrapper
from typing import Any, Generic, Protocol, TypeVar, cast, overload

from ai_sdk.call import current_call, record_call
from ai_sdk.response import ending_of, keep

__all__ = ["AnyLayer", "Layer", "Model", "Wrapped", "layer", "name_of", "wrap_model"]

Req = TypeVar("Req")
Res = TypeVar("Res")
Req_contra = TypeVar("Req_contra", contravariant=True)
Res_co = TypeVar("Res_co", covariant=True)


class Model(Protocol[Req_contra, Res_co]):
    """One request in, one response out. Any ``async def f(request)`` is one."""

    async def __call__(self, request: Req_contra, /) -> Res_co:
        """Answer the request."""
        ...


class Layer(Protocol[Req, Res]):
    """A model in, a model of the same kind out."""

    def __call__(self, model: Model[Req, Res], /) -> Model[Req, Res]:
        """Put this layer around the model."""
        ...


class AnyLayer(Protocol):
    """A layer for every kind of model."""

    def __call__(self, model: Model[Req, Res], /) -> Model[Req, Res]:
        """Put this layer around the model."""
        ...


class FlatLayer(Protocol[Req, Res]):
    """A layer written as one function, for one kind of model."""

    async def __call__(self, request: Req, call: Model[Req, Res], /) -> Res:
        """Answer the request, usually with ``await call(request)`` somewhere inside."""
        ...


class AnyFlatLayer(Protocol):
    """A layer written as one generic function, for every kind of model."""

    async def __call__(self, request: Req, call: Model[Req, Res], /) -> Res:
        """Answer the request, usually with ``await call(request)`` somewhere inside."""
        ...


class _Around:
    """Something around a model; it answers to the names of the model inside."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "model":
            raise AttributeError(name)
        return getattr(cast("Any", self).model, name)


def name_of(model: object) -> str:
    """``provider:model_id`` when the model or layer has them, else the name of its function or class."""
    while isinstance(model, _Around):
        model = cast("Any", model).model
    provider, model_id = getattr(model, "provider", None), getattr(model, "model_id", None)
    if provider and model_id:
        return f"{provider}:{model_id}"
    return getattr(model, "__name__", None) or type(model).__name__


class _Flat(_Around):
    """A flat layer around a model; calling it adds no frame of its own."""

    __slots__ = ("_run", "model")

    def __init__(self, run: Any, model: Any) -> None:
        self._run = run
        self.model = model

    def __call__(self, request: Any, /) -> Any:
        return self._run(request, self.model)

    def __repr__(self) -> str:
        return f"{name_of(self._run)}({self.model!r})"


@overload
def layer(flat: AnyFlatLayer, /) -> AnyLayer: ...
@overload
def layer(flat: FlatLayer[Req, Res], /) -> Layer[Req, Res]: ...
def layer(flat: Any, /) -> Any:
    """Make a layer from ``async def flat(request, call)``, where ``call`` is the model inside.

    A generic function becomes a layer for every kind of model, one with concrete types a layer for that kind.
    """

    def build(model: Any, /) -> Any:
        return _Flat(flat, model)

    return update_wrapper(build, flat)


class Recorded(_Around, Generic[Req, Res]):
    """Reports every call of a model as an attempt. Models that report their own have ``records_attempts = True``."""

    __slots__ = ("model",)
    records_attempts = True

    def __init__(self, model: Model[Req, Res]) -> None:
        self.model = model

    async def __call__(self, request: Req, /) -> Res:
        record = current_call()
        if record is None:
            return await self.model(request)
        attempt = record.attempt(name_of(self.model))
        try:
            response = await self.model(request)
        except BaseException as error:
            attempt.release(ending_of(error))
            raise
        attempt.begun()
        keep(attempt, response)
        return response

    def __repr__(self) -> str:
        return repr(self.model)


def recorded(model: Model[Req, Res]) -> Model[Req, Res]:
    """The model, reporting its attempts to the record of the call."""
    return model if getattr(model, "records_attempts", False) else Recorded(model)


class Wrapped(_Around, Generic[Req, Res]):
    """A model with layers around it. It prints as its stack and answers to the names of its innermost model."""

    __slots__ = ("_call", "_name", "layers", "model")
    records_attempts = True

    def __init__(self, model: Model[Req, Res], layers: Sequence[Layer[Req, Res] | AnyLayer], /) -> None:
        self.model = model
        self.layers = tuple(layers)
        call: Model[Req, Res] = recorded(model)
        for each in reversed(self.layers):
            call = each(call)
        self._call = call
        self._name = name_of(model)

    async def __call__(self, request: Req, /) -> Res:
        """Send the request through the stack, opening a record when none is open."""
        if current_call() is not None:
            return await self._call(request)
        with record_call(name=self._name):
            return await self._call(request)

    def __repr__(self) -> str:
        return f"wrap_model({self.model!r}, [{', '.join(name_of(each) for each in self.layers)}])"


def wrap_model(model: Model[Req, Res], layers: Sequence[Layer[Req, Res] | AnyLayer], /) -> Model[Req, Res]:
    """Put layers around a model; the first one is outermost.

    ``wrap_model(model, [])`` is the model itself, and ``wrap_model(wrap_model(m, [b]), [a])`` behaves as
    ``wrap_model(m, [a, b])``. A stack that is surely wrong, such as two retry layers, gets a warning that says why.
    """
    if not layers:
        return model
    wrapped = Wrapped(model, layers)
    _warn_about(wrapped)
    return wrapped


def _names(model: object) -> list[str]:
    names: list[str] = []
    while isinstance(model, Wrapped):
        wrapped = cast("Wrapped[Any, Any]", model)
        names.extend(name_of(each) for each in wrapped.layers)
        model = wrapped.model
    return names


def _warn_about(wrapped: Wrapped[Any, Any]) -> None:
    if "retry" in [name_of(each) for each in wrapped.layers] and _names(wrapped).count("retry") > 1:
        warnings.warn(
            f"two retry layers in {wrapped!r}: their attempts multiply; keep the one nearest to the model",
            UserWarning,
            stacklevel=3,
        )
