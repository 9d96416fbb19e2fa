"""A real Redis for the folder, empty for each test; and one of its own for a test that kills it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis_kit import Server


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def server(shared_server: Server) -> Server:
    """An empty server, which must not be killed."""
    shared_server.send("FLUSHALL")
    shared_server.send("SCRIPT", "FLUSH")
    shared_server.send("CONFIG", "RESETSTAT")
    return shared_server


@pytest.fixture
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that the test may kill."""
    server = Server(tmp_path_factory.mktemp("mortal"))
    server.start()
    yield server
    server.kill()
