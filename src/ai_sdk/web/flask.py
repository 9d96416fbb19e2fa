"""Chats for Flask.

::

    chat = ChatEndpoint(agent, key=app.secret_key)

    @app.post("/api/chat")
    def answer():
        return chat_response(chat)

The call of the model runs in the event loop of ``ai_sdk.sync``. A WSGI server notices that a client has left when it
cannot send the next event, and then closes the call. Streams cannot be resumed here. Needs Flask.
"""

from __future__ import annotations

from ai_sdk.errors import MissingExtraError
from ai_sdk.web._threads import drained, finished
from ai_sdk.web.chunks import HEADERS
from ai_sdk.web.endpoint import ChatEndpoint
from ai_sdk.web.serving import events_of
from ai_sdk.web.untrusted import ChatRequestError, check_content_type

try:
    from flask import Response, jsonify, request
except ModuleNotFoundError as error:
    raise MissingExtraError("Flask is not installed: pip install flask") from error

__all__ = ["chat_response"]


def chat_response(endpoint: ChatEndpoint, *, owner: str = "") -> Response:
    """Answer the current request; ``owner`` is who asks, as the application knows."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        check_content_type(headers.get("content-type", ""))
        asked = endpoint.read(request.get_data(), owner=owner, headers=headers)
        source, encoder = finished(lambda: endpoint.answer(asked))
    except ChatRequestError as error:
        refusal = jsonify({"error": error.message, "field": error.field})
        refusal.status_code = error.status
        return refusal
    return Response(drained(events_of(source, encoder)), headers=dict(HEADERS), direct_passthrough=True)
