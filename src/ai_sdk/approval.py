"""The approval of tool calls by a person: what is asked, what is answered, and the signature that binds the two.

A request and its answer may travel through a browser or a queue, so the request is signed: HMAC-SHA-256 with a key of
the application's own, over the run, the question's number, the call, the tool's name and its arguments. Who answers
sends the signature back. An answer to another question, or about other arguments, does not verify.

Arguments are compared as JSON values, not as text: the order of keys, white space, and ``1.0`` for ``1`` do not matter.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, TypeAlias, cast

from ai_sdk.errors import InvalidRequestError, InvalidToolInputError, ToolError
from ai_sdk.messages import ToolCallPart

__all__ = ["Approval", "ApprovalError", "ApprovalRequest", "request_id", "sign", "split_id", "verify"]

_SAFE_INTEGER = 2**53
_LEAST_KEY = 16

Fault: TypeAlias = Literal["unknown", "forged", "replayed", "no-key"]


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """A question to a person: may this tool call run? Also a part of an agent's stream.

    ``id`` names the question, ``signature`` is empty where the agent has no ``approval_key``. ``interrupted``: the tool
    had begun when its process ended, and may have done its work already; to approve is to run it again. ``agent`` is
    the name of the agent that asks, which may be a sub-agent.
    """

    type: ClassVar[Literal["tool-approval-request"]] = "tool-approval-request"
    content: ClassVar[bool] = False
    last: ClassVar[bool] = False
    id: str
    call: ToolCallPart
    signature: str = ""
    interrupted: bool = False
    agent: str = ""

    def approve(self, reason: str | None = None) -> Approval:
        """The answer yes."""
        return Approval(self.id, True, reason, self.signature)

    def deny(self, reason: str | None = None) -> Approval:
        """The answer no; the model reads the reason."""
        return Approval(self.id, False, reason, self.signature)


@dataclass(frozen=True, slots=True)
class Approval:
    """The answer to a request, with its ``id`` and ``signature``. The model reads the reason of a denial."""

    id: str
    approved: bool
    reason: str | None = None
    signature: str = field(default="", repr=False)


class ApprovalError(ToolError):
    """An approval that is not accepted; nothing of the run has happened.

    ``fault``: ``unknown`` (nobody asked), ``forged`` (the signature is not that of this call with these arguments),
    ``replayed`` (the question is answered already), ``no-key`` (it came with a conversation from outside, which takes
    an agent with an ``approval_key``).
    """

    def __init__(self, message: str, *, fault: Fault, tool: str = "", call_id: str | None = None) -> None:
        super().__init__(message, tool=tool, call_id=call_id)
        self.fault: Fault = fault


def request_id(run_id: str, number: int, call_id: str) -> str:
    """The id of a question: the run, how often this call was asked about before, and the call."""
    return f"{run_id}.{number}.{call_id}"


def split_id(identifier: str) -> tuple[str, int, str] | None:
    """Run, number and call of a question's id; None for a text that is none."""
    run_id, _, rest = identifier.partition(".")
    number, dot, call_id = rest.partition(".")
    return (run_id, int(number), call_id) if run_id and dot and number.isascii() and number.isdecimal() else None


def sign(request: ApprovalRequest, key: bytes) -> ApprovalRequest:
    """The request with its signature, in hexadecimal digits."""
    return replace(request, signature=_mac(request.id, request.call, key))


def verify(approval: Approval, call: ToolCallPart, key: bytes) -> None:
    """Raise ``ApprovalError`` unless the approval's signature is that of this call; compares in constant time."""
    given = approval.signature.encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(given, _mac(approval.id, call, key).encode()):
        raise ApprovalError(
            f"the approval of {call.name} does not carry the signature of this call with these arguments",
            fault="forged",
            tool=call.name,
            call_id=call.id,
        )


def key_of(key: str | bytes | None) -> bytes | None:
    """The key as bytes. Raises ``InvalidRequestError`` for one of less than 16 bytes."""
    if key is None:
        return None
    plain = key.encode() if isinstance(key, str) else key
    if len(plain) < _LEAST_KEY:
        raise InvalidRequestError(
            f"approval_key has {len(plain)} bytes; allowed are {_LEAST_KEY} or more, such as secrets.token_bytes(32)",
            field="approval_key",
        )
    return plain


def _mac(identifier: str, call: ToolCallPart, key: bytes) -> str:
    try:
        arguments: Any = _canonical(call.arguments())
    except InvalidToolInputError:
        arguments = call.input
    text = json.dumps([identifier, call.id, call.name, arguments], sort_keys=True, separators=(",", ":"))
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _canonical(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer() and abs(value) < _SAFE_INTEGER:
        return int(value)
    if isinstance(value, Mapping):
        return {name: _canonical(each) for name, each in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_canonical(each) for each in cast("Sequence[Any]", value)]
    return value
