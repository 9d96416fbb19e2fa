"""Any pipeline as a server: models under names, behind the OpenAI and Anthropic wires.

``Gateway`` is an ASGI application, ``Key`` a client's key with what it may use. ``ai-sdk serve pipeline.py`` runs the
gateway that a file defines. Needs the extra ``server``.
"""

from ai_sdk.server.gateway import Gateway as Gateway
from ai_sdk.server.keys import Key as Key

__all__ = ["Gateway", "Key"]
