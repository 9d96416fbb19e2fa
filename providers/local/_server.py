"""The child process of the local provider: llama.cpp's HTTP server on a free port of the loopback interface.

Run as a script, so that it starts without importing ``ai_sdk``. Its first line of input is its configuration as JSON,
with the API key, which therefore is in no argument list and no environment. Its answer is one line of JSON: the address
or what went wrong. It lives until its input ends, which is when its parent stops it or dies.
"""

from __future__ import annotations

import http.client
import importlib
import json
import os
import signal
import sys
import time
from typing import Any
from urllib.parse import urlsplit


def make_params(settings: dict[str, Any]) -> Any:
    """The parameters of a llama.cpp server for chat and for embeddings with mean pooling."""
    xllamacpp: Any = importlib.import_module("xllamacpp")
    params = xllamacpp.CommonParams()
    params.model.path = settings["path"]
    params.model_alias = {settings["alias"]}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [settings["key"]]
    params.n_parallel = settings["parallel"]
    params.n_ctx = settings["context"] * settings["parallel"]
    params.n_batch = params.n_ubatch = min(settings["context"], settings["batch"])
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = settings["threads"]
    params.embedding = True
    params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    params.kv_unified = True  # texts of different lengths in one batch get wrong means without it (run live)
    params.kv_unified_per_slot = settings["context"]
    params.endpoint_slots = True
    params.ui = False
    params.verbosity = 1
    if settings["chat_template"] is not None:
        params.chat_template = settings["chat_template"]
    return params


def wait_for_health(url: str) -> None:
    """Return when ``GET /health`` answers 200."""
    address = urlsplit(url)
    while True:
        connection = http.client.HTTPConnection(address.hostname or "127.0.0.1", address.port, timeout=5)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.01)


def say(**answer: str) -> None:
    """Write the one line that the parent waits for, on a line of its own."""
    sys.stdout.write("\n" + json.dumps({"ai_sdk_local": answer}) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Serve until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings: dict[str, Any] = json.loads(sys.stdin.readline())
    sys.path.append(settings["site"])
    try:
        server = importlib.import_module("xllamacpp").Server(make_params(settings))
    except Exception as error:  # noqa: BLE001 - said to the parent, which raises it
        say(error=f"{type(error).__name__}: {error}")
        os._exit(1)
    wait_for_health(server.listening_address)
    say(url=server.listening_address)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
