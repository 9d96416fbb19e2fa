"""The socket that the workers of one server share."""

from __future__ import annotations

import socket
from typing import Any

import pytest
import uvicorn.supervisors

from ai_sdk.server import _run


@pytest.mark.parametrize("takes_target", [False, True], ids=["uvicorn-0.52", "before"])
def test_connections_that_workers_accept_send_without_delay(
    monkeypatch: pytest.MonkeyPatch, takes_target: bool
) -> None:
    seen: list[Any] = []

    def run(sockets: list[socket.socket]) -> Any:
        (shared,) = sockets
        shared.listen()
        with socket.create_connection(shared.getsockname()):
            accepted, _ = shared.accept()
            with accepted, shared:
                seen.append(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    class Supervisor:
        def __init__(self, config: uvicorn.Config, sockets: list[socket.socket]) -> None:
            assert config.workers == 2
            self.sockets = sockets

        def run(self) -> None:
            run(self.sockets)

    class OlderSupervisor(Supervisor):
        def __init__(self, config: uvicorn.Config, target: Any, sockets: list[socket.socket]) -> None:
            super().__init__(config, sockets)
            assert target.__name__ == "run"

    supervisor = OlderSupervisor if takes_target else Supervisor
    monkeypatch.setattr(uvicorn.supervisors, "Multiprocess", supervisor)
    _run._serve_with_workers(2, {"host": "127.0.0.1", "port": 0})
    assert seen[0], "an answer in two pieces waits for the acknowledgement of the first"
