"""Chats for Django.

::

    urlpatterns = [path("api/chat", chat_view(ChatEndpoint(agent, key=settings.SECRET_KEY)))]

Under ASGI the answer is read in the task of the request, and a client that leaves ends the call of the model at once;
under WSGI it runs in the event loop of ``ai_sdk.sync``. The view takes JSON alone, which a form of another site cannot
send; wrap it in ``csrf_exempt``, or send the token with the ``headers`` of the page's transport. Streams cannot be
resumed here. Needs Django 5 or newer.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeAlias

from ai_sdk.errors import MissingExtraError
from ai_sdk.web._threads import drained
from ai_sdk.web.chunks import HEADERS
from ai_sdk.web.endpoint import ChatEndpoint
from ai_sdk.web.serving import events_of
from ai_sdk.web.untrusted import ChatRequestError, check_content_type

try:
    from django.http import HttpRequest, HttpResponseBase, JsonResponse, StreamingHttpResponse
except ModuleNotFoundError as error:
    raise MissingExtraError("Django is not installed: pip install django") from error

__all__ = ["chat_view"]

Owner: TypeAlias = Callable[[HttpRequest], str | Awaitable[str]]
View: TypeAlias = Callable[..., Coroutine[Any, Any, HttpResponseBase]]


def chat_view(endpoint: ChatEndpoint, *, owner: Owner | None = None) -> View:
    """A view of a chat; ``owner`` says who asks, for example ``lambda request: str(request.user.pk)``."""

    async def chat(request: HttpRequest, **_path: Any) -> HttpResponseBase:
        try:
            return await _answer(endpoint, request, owner)
        except ChatRequestError as error:
            return JsonResponse({"error": error.message, "field": error.field}, status=error.status)

    return chat


async def _answer(endpoint: ChatEndpoint, request: HttpRequest, owner: Owner | None) -> HttpResponseBase:
    if request.method != "POST":
        raise ChatRequestError(f"{request.method} is not for here; allowed is POST", status=405)
    check_content_type(request.headers.get("content-type", ""))
    who = owner(request) if owner is not None else ""
    asker = await who if inspect.isawaitable(who) else who
    headers = {name.lower(): str(value) for name, value in request.headers.items()}
    source, encoder = await endpoint.answer(endpoint.read(request.body, owner=asker, headers=headers))
    events = events_of(source, encoder)
    body: Any = events if hasattr(request, "scope") else drained(events)
    return StreamingHttpResponse(body, headers=dict(HEADERS))
