"""The live page in a real browser, while the gateway is busy."""

from __future__ import annotations

import http.client
import json
import os
import random
import re
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from live.chromium_kit import Browser
from live.gateway.gateway_kit import HERE, gateway

pytestmark = pytest.mark.live

NAMES = ("fast", "fast", "careful", "cached", "fragile")


class Load(threading.Thread):
    """Calls all models in turn, until told to stop."""

    def __init__(self, address: str, seed: int) -> None:
        super().__init__(daemon=True)
        self.where = urlsplit(address)
        self.draw = random.Random(seed)
        self.over = threading.Event()
        self.calls = 0
        self.start()

    def run(self) -> None:
        connection = http.client.HTTPConnection(self.where.hostname or "", self.where.port, timeout=30)
        while not self.over.is_set():
            said = {"role": "user", "content": f"question {self.draw.randrange(20)}"}
            body = {"model": self.draw.choice(NAMES), "messages": [said], "stream": self.draw.random() < 0.5}
            connection.request("POST", "/v1/chat/completions", json.dumps(body))
            connection.getresponse().read()
            self.calls += 1
        connection.close()


def test_the_page_shows_the_load_the_stacks_and_the_last_calls(browser: Browser, tmp_path: Path) -> None:
    with gateway("", pipeline=HERE / "busy.py") as (_, address):
        loads = [Load(address, seed) for seed in range(8)]
        threading.Event().wait(float(os.environ.get("AI_SDK_PAGE_SECONDS", "2")))
        shown = browser.dom(f"{address}/live", settle=4)
        picture = browser.screenshot(
            f"{address}/live",
            Path(os.environ.get("AI_SDK_PICTURES", tmp_path)) / "live.png",
            settle=30,
            size=(1280, 1500),
        )
        for load in loads:
            load.over.set()
        for load in loads:
            load.join(30)
    assert picture.stat().st_size > 20_000
    calls = re.search(r'<div class="card"><b>([\d,]+)</b><span>calls</span>', shown)
    assert calls is not None
    assert 0 < int(calls.group(1).replace(",", "")) <= sum(load.calls for load in loads)
    assert re.findall(r'<span class="layer">(\w+)</span>', shown)[:4] == ["tracing", "fallback", "retry", "rate_limit"]
    assert '<span class="layer model">groq:small</span>' in shown
    assert '<td class="bad">ServerError</td>' in shown
    assert "client_left" not in shown


def test_the_page_asks_for_a_key_where_there_are_keys(browser: Browser) -> None:
    with gateway("http://127.0.0.1:9") as (_, address):
        shown = browser.dom(f"{address}/live", settle=2)
    assert "an admin key is needed" in shown
    assert '<div class="cards" id="cards"></div>' in shown
