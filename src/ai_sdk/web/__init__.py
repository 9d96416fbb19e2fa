"""Chats in a browser: the UI message stream protocol (version 1) of the npm packages ``ai`` and ``@ai-sdk/react``.

::

    from starlette.applications import Starlette
    from ai_sdk.web.starlette import chat_routes

    app = Starlette(routes=chat_routes("/api/chat", agent))      # for useChat({ api: "/api/chat" })

``ChatEndpoint`` is plain ASGI; ``ai_sdk.web.starlette``, ``.django``, ``.flask`` and ``.streamlit`` fit it into the
frameworks. Below are the codec, pure and both ways (``UIMessageEncoder``, ``UIMessageDecoder``, ``from_ui_messages``,
``to_ui_messages``, ``UIMessageBuilder``), streams that a browser comes back to (``MemoryStreams``, ``RedisStreams``),
and ``UIMessageModel``, which takes such an endpoint for a model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ai_sdk.web.client import UIMessageModel as UIMessageModel
    from ai_sdk.web.decoder import UIMessageDecoder as UIMessageDecoder
    from ai_sdk.web.encoder import UIMessageEncoder as UIMessageEncoder
    from ai_sdk.web.endpoint import ChatEndpoint as ChatEndpoint
    from ai_sdk.web.endpoint import ChatRequest as ChatRequest
    from ai_sdk.web.endpoint import answering as answering
    from ai_sdk.web.message import UIMessageBuilder as UIMessageBuilder
    from ai_sdk.web.message import to_ui_messages as to_ui_messages
    from ai_sdk.web.parts import DataPart as DataPart
    from ai_sdk.web.parts import MessageMetadata as MessageMetadata
    from ai_sdk.web.parts import StepReset as StepReset
    from ai_sdk.web.redis_streams import RedisStreams as RedisStreams
    from ai_sdk.web.signing import Signer as Signer
    from ai_sdk.web.streams import MemoryStreams as MemoryStreams
    from ai_sdk.web.streams import StreamStore as StreamStore
    from ai_sdk.web.ui_messages import Conversation as Conversation
    from ai_sdk.web.ui_messages import from_ui_messages as from_ui_messages
    from ai_sdk.web.untrusted import ChatRequestError as ChatRequestError
    from ai_sdk.web.untrusted import Limits as Limits

_HOMES = {
    "ChatEndpoint": "endpoint",
    "ChatRequest": "endpoint",
    "ChatRequestError": "untrusted",
    "Conversation": "ui_messages",
    "DataPart": "parts",
    "Limits": "untrusted",
    "MemoryStreams": "streams",
    "MessageMetadata": "parts",
    "RedisStreams": "redis_streams",
    "Signer": "signing",
    "StepReset": "parts",
    "StreamStore": "streams",
    "UIMessageBuilder": "message",
    "UIMessageDecoder": "decoder",
    "UIMessageEncoder": "encoder",
    "UIMessageModel": "client",
    "answering": "endpoint",
    "from_ui_messages": "ui_messages",
    "to_ui_messages": "message",
}

__all__ = sorted(_HOMES)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'ai_sdk.web' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"ai_sdk.web.{home}"), name)
    globals()[name] = value
    return value
