"""Agents: runs of a model with tools that can be stopped, saved, branched and gone on with.

``Agent`` makes runs, ``AgentState`` is one at a moment, as a plain value. ``RunLimits`` bounds a run, ``keep_turns``
and ``keep_tokens`` bound what of it the model sees. What a person is asked is in ``ai_sdk.approval``, layers around
tools are in ``ai_sdk.tool_layers``, session stores in ``ai_sdk.sessions``.
"""

from __future__ import annotations

from ai_sdk.agent._agent import Agent as Agent
from ai_sdk.agent._agent import AgentSettings as AgentSettings
from ai_sdk.agent._running import state_of as state_of
from ai_sdk.agent.limits import RunLimitError as RunLimitError
from ai_sdk.agent.limits import RunLimits as RunLimits
from ai_sdk.agent.memory import Memory as Memory
from ai_sdk.agent.memory import keep_tokens as keep_tokens
from ai_sdk.agent.memory import keep_turns as keep_turns
from ai_sdk.agent.result import AgentPart as AgentPart
from ai_sdk.agent.result import AgentResult as AgentResult
from ai_sdk.agent.result import AgentStream as AgentStream
from ai_sdk.agent.state import AgentState as AgentState

__all__ = [
    "Agent",
    "AgentPart",
    "AgentResult",
    "AgentSettings",
    "AgentState",
    "AgentStream",
    "Memory",
    "RunLimitError",
    "RunLimits",
    "keep_tokens",
    "keep_turns",
    "state_of",
]
