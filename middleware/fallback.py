"""Ask other models when one fails before its first content.

The law: the models are asked one after the other, in their order, each at most once for a request, also where models
fall back to each other; the first answer is handed on as it is, and nobody after it is asked. An error that another
model cannot mend ends the call and is raised itself, and so does a cancellation. When all fail,
``AllModelsFailedError`` has every error in order. Everything happens inside the ``await``: a stream that failed is
closed before the next model is asked, none of its parts is seen, and a response that has shown content to its reader
is never continued by another model; what breaks it later is raised to the reader with the partial result.

Every model gets the caller's request with its own candidate's settings in it, and nothing of another candidate's.
"""

from __future__ import annotations

from typing import Any, TypeVar

from ai_sdk.errors import InvalidRequestError
from ai_sdk.failover import Candidate, FellOver, Judge, MoveOn, ask_in_turn, targets_around
from ai_sdk.layer_options import own_options
from ai_sdk.model import AnyLayer, Model, layer

__all__ = ["Candidate", "FellOver", "fallback"]

Req = TypeVar("Req")
Res = TypeVar("Res")


def fallback(*others: Model[Any, Any] | Candidate, on: MoveOn | None = None) -> AnyLayer:
    """Ask the wrapped model first, then ``others`` of the same kind in their order.

    A ``Candidate`` has settings of its own: ``fallback(Candidate(groq("..."), max_output_tokens=500))``. One without a
    model describes the wrapped one, and says where it stands if that is not first:
    ``fallback(Candidate(context_window=8192), Candidate(big, context_window=200_000))``.
    ``on``: exceptions that lead to the next model besides those that do by default; or a predicate that decides alone,
    and leaves to the default what it answers with None. By default these do: no connection, time limits other than the
    caller's deadline, rate limits and used-up quotas, refused and missing keys, unknown models, what the model does not
    support, 5xx and overload, a stream that broke before its content, an answer that cannot be understood, an open
    circuit and a local rate limit; of other exceptions only ConnectionError and TimeoutError. Bad requests, content
    filters, guardrails, used-up budgets and bugs do not. ContextLengthError leads only to candidates whose context
    window is known to be larger than that of the model that raised it; where the predicate says True, to any.

    Headers of the request that may be credentials go only to the provider of the wrapped model. After the caller's
    deadline nobody is asked any more. ``layer_options["fallback"]`` may say ``{"mode": "off"}``: the wrapped model
    alone is asked.

    Who served and what was tried is in ``attempts``. Reports ``fell-over`` (detail: ``FellOver``). The error of a model
    that was the only one to be asked is raised itself. Raises InvalidRequestError for bad options when the layer is
    made, and for a candidate's setting that this kind of request does not take before anybody is asked.
    """
    candidates = tuple(map(Candidate.of, others))
    if not any(each.model is not None for each in candidates):
        raise InvalidRequestError("fallback has no other model to ask; give at least one", field="others")
    judge = Judge(on)

    def fallback(model: Model[Req, Res], /) -> Model[Req, Res]:
        targets = targets_around(model, candidates)
        checked: set[type[Any]] = set()

        @layer
        async def fallback(request: Req, call: Model[Req, Res]) -> Res:
            if getattr(request, "layer_options", None) and _is_off(request):
                return await call(request)
            if type(request) not in checked:
                for target in targets:
                    target.check(request)
                checked.add(type(request))
            answer: Res = await ask_in_turn(targets, request, judge)
            return answer

        return fallback(model)

    return fallback


def _is_off(request: object) -> bool:
    mode = own_options(request, "fallback", "mode").get("mode", "on")
    if mode not in ("on", "off"):
        message = f"layer_options['fallback']['mode'] is {mode!r}; allowed are 'on' and 'off'"
        raise InvalidRequestError(message, field="layer_options.fallback.mode")
    return bool(mode == "off")
