"""Chats for Starlette and FastAPI.

::

    from starlette.applications import Starlette
    from ai_sdk.web.starlette import chat_routes

    app = Starlette(routes=chat_routes("/api/chat", "groq:llama-3.3-70b-versatile"))

Both take the routes as they are: ``FastAPI(routes=chat_routes(...))``, or ``app.router.routes.extend(...)``. In an
endpoint of your own return a ``UIMessageResponse``. Needs the extra ``web``.
"""

from __future__ import annotations

from collections.abc import Mapping

from ai_sdk.errors import MissingExtraError
from ai_sdk.web.encoder import UIMessageEncoder
from ai_sdk.web.endpoint import Answerer, ChatEndpoint
from ai_sdk.web.serving import Receive, Scope, Send, Source, events_of, send_events

try:
    from starlette.background import BackgroundTask
    from starlette.responses import Response
    from starlette.routing import Route
except ModuleNotFoundError as error:
    raise MissingExtraError("Starlette is not installed: pip install 'ai-sdk-layers[web]'") from error

__all__ = ["UIMessageResponse", "chat_routes"]

_OF_A_STREAM = ("content-length", "content-type")


class UIMessageResponse(Response):
    """A response that streams a message to a browser, for an endpoint of your own.

    ``source``: a stream of ``stream_text`` or of an agent, not entered yet, or an async generator of parts.
    ``encoder``: how it is shown; a new message by default. When the client leaves, the call of the model is cancelled
    at once. ``keep_alive``: after how many seconds of silence a comment is sent; None for never.
    """

    def __init__(
        self,
        source: Source,
        *,
        encoder: UIMessageEncoder | None = None,
        headers: Mapping[str, str] | None = None,
        keep_alive: float | None = 15.0,
        background: BackgroundTask | None = None,
    ) -> None:
        super().__init__(headers=headers, background=background)
        self.source = source
        self.encoder = encoder or UIMessageEncoder()
        self.keep_alive = keep_alive

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, in the task that calls."""
        del scope
        given = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self.raw_headers]
        headers = [(name, value) for name, value in given if name not in _OF_A_STREAM]
        events = events_of(self.source, self.encoder)
        await send_events(receive, send, events, keep_alive=self.keep_alive, headers=headers)
        if self.background is not None:
            await self.background()


def chat_routes(path: str, answerer: Answerer | ChatEndpoint, /) -> list[Route]:
    """The routes of a chat: ``POST path``, and ``GET`` and ``DELETE path/{chat}/stream`` for one that can be resumed.

    ``answerer``: what ``ChatEndpoint`` takes, or one that was made with options.
    """
    endpoint = answerer if isinstance(answerer, ChatEndpoint) else ChatEndpoint(answerer)
    return [
        Route(path, endpoint, methods=["POST"]),
        Route(f"{path.rstrip('/')}/{{chat:path}}/stream", endpoint, methods=["GET", "DELETE"]),
    ]
