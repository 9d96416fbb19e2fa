"""A server may close an idle connection at any moment, also while the event loop is busy elsewhere."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import closing

from ai_sdk.http import HTTP, HTTPRequest

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\nok"


def answer_once(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with closing(connection):
        connection.recv(65536)
        connection.sendall(ANSWER)


def test_a_connection_that_ended_unseen_is_not_used_again() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(10)
    closed = threading.Event()

    def serve() -> None:
        answer_once(listener)
        closed.set()
        answer_once(listener)

    async def main() -> None:
        http = HTTP()
        request = HTTPRequest("POST", f"http://127.0.0.1:{listener.getsockname()[1]}/", {}, b"{}")
        assert (await http.send(request)).body == b"ok"
        closed.wait(20)  # the loop stands still while the server goes
        assert (await http.send(request)).body == b"ok"
        await http.aclose()

    server = threading.Thread(target=serve, daemon=True)
    server.start()
    with closing(listener):
        asyncio.run(main())
        server.join(20)
    assert not server.is_alive()
