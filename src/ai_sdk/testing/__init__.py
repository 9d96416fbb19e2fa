"""Doubles for tests of your own pipelines: scripted models, a virtual clock, servers that fail on demand, replays.

``run`` and ``VirtualClockLoop`` make time free and deterministic; ``ScriptedModel`` answers from a script;
``FaultServer`` and ``ScriptedServer`` speak the OpenAI dialect over real HTTP; ``ScriptedHTTP`` answers
request by request without a socket; ``exchanges`` and ``Replayer`` play recorded traffic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ai_sdk.testing.clock import DeadlockError as DeadlockError
    from ai_sdk.testing.clock import VirtualClockLoop as VirtualClockLoop
    from ai_sdk.testing.clock import run as run
    from ai_sdk.testing.fault_server import OK as OK
    from ai_sdk.testing.fault_server import Aborted as Aborted
    from ai_sdk.testing.fault_server import ByteAtATime as ByteAtATime
    from ai_sdk.testing.fault_server import CleanEnd as CleanEnd
    from ai_sdk.testing.fault_server import Cut as Cut
    from ai_sdk.testing.fault_server import ErrorEvent as ErrorEvent
    from ai_sdk.testing.fault_server import Fault as Fault
    from ai_sdk.testing.fault_server import FaultServer as FaultServer
    from ai_sdk.testing.fault_server import Malformed as Malformed
    from ai_sdk.testing.fault_server import NoDone as NoDone
    from ai_sdk.testing.fault_server import Received as Received
    from ai_sdk.testing.fault_server import Reply as Reply
    from ai_sdk.testing.fault_server import Stall as Stall
    from ai_sdk.testing.fault_server import StallHeaders as StallHeaders
    from ai_sdk.testing.fault_server import Status as Status
    from ai_sdk.testing.replay import Exchange as Exchange
    from ai_sdk.testing.replay import ReplayedStream as ReplayedStream
    from ai_sdk.testing.replay import Replayer as Replayer
    from ai_sdk.testing.replay import corpus_folder as corpus_folder
    from ai_sdk.testing.replay import corpus_or_skip as corpus_or_skip
    from ai_sdk.testing.replay import exchanges as exchanges
    from ai_sdk.testing.scripted import HANG as HANG
    from ai_sdk.testing.scripted import Hang as Hang
    from ai_sdk.testing.scripted import ScriptedCall as ScriptedCall
    from ai_sdk.testing.scripted import ScriptedModel as ScriptedModel
    from ai_sdk.testing.scripted import Step as Step
    from ai_sdk.testing.scripted import Turn as Turn
    from ai_sdk.testing.scripted import Wire as Wire
    from ai_sdk.testing.scripted import parts_of as parts_of
    from ai_sdk.testing.scripted_http import Answer as Answer
    from ai_sdk.testing.scripted_http import ScriptedHTTP as ScriptedHTTP
    from ai_sdk.testing.scripted_server import ScriptedServer as ScriptedServer

_HOMES = {
    "DeadlockError": "clock",
    "VirtualClockLoop": "clock",
    "run": "clock",
    "HANG": "scripted",
    "Hang": "scripted",
    "ScriptedCall": "scripted",
    "ScriptedModel": "scripted",
    "Step": "scripted",
    "Turn": "scripted",
    "Wire": "scripted",
    "parts_of": "scripted",
    "Aborted": "fault_server",
    "ByteAtATime": "fault_server",
    "CleanEnd": "fault_server",
    "Cut": "fault_server",
    "ErrorEvent": "fault_server",
    "Fault": "fault_server",
    "FaultServer": "fault_server",
    "Malformed": "fault_server",
    "NoDone": "fault_server",
    "OK": "fault_server",
    "Received": "fault_server",
    "Reply": "fault_server",
    "Stall": "fault_server",
    "StallHeaders": "fault_server",
    "Status": "fault_server",
    "Exchange": "replay",
    "ReplayedStream": "replay",
    "Replayer": "replay",
    "corpus_folder": "replay",
    "corpus_or_skip": "replay",
    "exchanges": "replay",
    "Answer": "scripted_http",
    "ScriptedHTTP": "scripted_http",
    "ScriptedServer": "scripted_server",
}

__all__ = sorted(_HOMES)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'ai_sdk.testing' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"ai_sdk.testing.{home}"), name)
    globals()[name] = value
    return value
