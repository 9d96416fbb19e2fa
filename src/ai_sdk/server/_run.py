"""Running a gateway: uvicorn, with one worker or several that share what they count."""

from __future__ import annotations

import functools
import inspect
import ipaddress
import os
import shutil
import socket
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ai_sdk.errors import InvalidRequestError, MissingExtraError

if TYPE_CHECKING:
    from ai_sdk.server.gateway import Gateway

__all__ = ["Serving", "application", "serve"]

_PIPELINE = "AI_SDK_PIPELINE"


@dataclass(frozen=True, slots=True)
class Serving:
    """How to serve. ``drain``: seconds that answers may still take when the server is told to stop."""

    pipeline: str
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    drain: int = 30
    open_to_all: bool = False


def application() -> Gateway:
    """The gateway of the file that the environment names: what each worker runs."""
    from ai_sdk.server._load import load

    return load(os.environ[_PIPELINE])


def check(serving: Serving, gateway: Gateway) -> None:
    """Refuse to let everybody on the network in, unless that is what was asked for."""
    if not gateway.keys.keys and not serving.open_to_all and not _is_loopback(serving.host):
        raise InvalidRequestError(
            f"the gateway has no keys and {serving.host} is not a loopback address: give it keys, or say --open",
            field="host",
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def serve(serving: Serving) -> None:
    """Serve until the process is told to stop (SIGINT, SIGTERM).

    Then no new connection is taken, and what is being answered has ``drain`` seconds; streams that are not over by then
    end with an error event. A worker that dies is replaced.
    """
    try:
        import uvicorn
    except ImportError as error:
        raise MissingExtraError("serving needs: pip install 'ai-sdk-layers[server]'", field="server") from error
    from ai_sdk.server._load import load

    counts = tempfile.mkdtemp(prefix="ai-sdk-counts-") if serving.workers > 1 else None
    if counts is not None:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = counts
    try:
        gateway = load(serving.pipeline)
        check(serving, gateway)
        os.environ[_PIPELINE] = serving.pipeline
        settings: dict[str, Any] = {
            "host": serving.host,
            "port": serving.port,
            "lifespan": "on",
            "access_log": False,
            "server_header": False,
            "timeout_graceful_shutdown": serving.drain,
        }
        if serving.workers == 1:
            uvicorn.run(gateway, **settings)
        else:
            _serve_with_workers(serving.workers, settings)
    finally:
        if counts is not None:
            shutil.rmtree(counts, ignore_errors=True)


def _serve_with_workers(workers: int, settings: dict[str, Any]) -> None:
    """As ``uvicorn.run`` does, with TCP_NODELAY on the socket that the workers share, which passes it on.

    asyncio sets it on connections alone that it knows to be TCP, and those of uvicorn's shared socket do not say so:
    each answer that is written in two pieces, and each stream, then waits 40 ms for the client's acknowledgement.
    """
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    config = uvicorn.Config("ai_sdk.server._run:application", factory=True, workers=workers, **settings)
    shared = config.bind_socket()
    shared.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    supervise: Any = Multiprocess
    if "target" in inspect.signature(supervise).parameters:  # uvicorn up to 0.51
        supervise = functools.partial(supervise, target=uvicorn.Server(config).run)
    supervise(config, sockets=[shared]).run()
