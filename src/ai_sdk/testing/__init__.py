"""Doubles for tests of your own pipelines: scripted models, a virtual clock, servers that fail on demand, replays.

``run`` and ``VirtualClockLoop`` make time free and deterministic; ``ScriptedModel`` answers from a script;
``FaultServer`` and ``ScriptedServer`` speak the OpenAI dialect over real HTTP; ``exchanges`` and ``Replayer`` play
recorded traffic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ai_sdk.testing.clock import DeadlockError as DeadlockError
    from ai_sdk.testing.clock import VirtualClockLoop as VirtualClockLoop
    from ai_sdk.testing.clock import run as run
    from ai_sdk.testing.scripted import HANG as HANG
    from ai_sdk.testing.scripted import Hang as Hang
    from ai_sdk.testing.scripted import ScriptedCall as ScriptedCall
    from ai_sdk.testing.scripted import ScriptedModel as ScriptedModel
    from ai_sdk.testing.scripted import Wire as Wire
    from ai_sdk.testing.scripted import parts_of as parts_of

_HOMES = {
    "DeadlockError": "clock",
    "VirtualClockLoop": "clock",
    "run": "clock",
    "HANG": "scripted",
    "Hang": "scripted",
    "ScriptedCall": "scripted",
    "ScriptedModel": "scripted",
    "Wire": "scripted",
    "parts_of": "scripted",
    "Exchange": "replay",
    "Replayer": "replay",
    "exchanges": "replay",
    "FaultServer": "fault_server",
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
