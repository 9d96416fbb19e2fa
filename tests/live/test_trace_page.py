"""The page of ``ai-sdk trace --html`` in a real browser."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from live.chromium_kit import Browser, size_of_png

from ai_sdk.cli._trace_page import page
from ai_sdk.cli._trace_tree import trees
from ai_sdk.telemetry.trace_file import Happening, Recorded

pytestmark = pytest.mark.live

HOSTILE = "</pre><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


def shown_by(browser: Browser, source: str, folder: Path) -> str:
    """The document as the browser has it after it has run whatever there is to run."""
    (folder / "page.html").write_text(source, encoding="utf-8")
    return browser.dom((folder / "page.html").as_uri())


def call() -> list[Recorded]:
    said = json.dumps([{"role": "user", "parts": [{"type": "text", "content": HOSTILE}]}])
    ids: dict[str, Any] = {"trace": "ab", "start": 1_795_277_000_000_000}
    return [
        Recorded(**ids, span="1", parent="0", name="attempt m", duration=500_000, status="error", message=HOSTILE),
        Recorded(
            **ids,
            span="0",
            parent=None,
            name=HOSTILE,
            duration=2_000_000,
            attributes={"gen_ai.input.messages": said, "error.type": HOSTILE},
            events=(Happening("ai_sdk.wait", 1_795_277_001_000_000, {"ai_sdk.seconds": 0.5}),),
        ),
    ]


def test_it_renders_and_runs_nothing(browser: Browser, tmp_path: Path) -> None:
    document = shown_by(browser, page(trees(call())), tmp_path)
    assert "<title>Calls</title>" in document
    assert document.count("<article") == 1
    assert not re.search("<(?:script|img)", document)
    bars = re.findall(r'<i class="(\w+)" style="left: ?([\d.]+)%; ?width: ?([\d.]+)%;?"', document)
    assert [(name, float(left), float(width)) for name, left, width in bars] == [
        ("failed", 0.0, 25.0),
        ("waiting", 25.0, 25.0),
    ]
    (message,) = re.findall(r"<pre>(.*?)</pre>", document, re.DOTALL)
    assert unescape(message) == HOSTILE


def test_the_browser_would_run_a_script_and_so_the_test_can_fail(browser: Browser, tmp_path: Path) -> None:
    document = shown_by(browser, "<title>Calls</title><script>document.title='owned'</script>", tmp_path)
    assert "<title>owned</title>" in document


def test_its_picture_has_the_asked_size_and_is_no_empty_page(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(page(trees(call())), encoding="utf-8")
    (tmp_path / "empty.html").write_text("<title>nothing</title>", encoding="utf-8")
    shots = [
        browser.screenshot((tmp_path / f"{name}.html").as_uri(), tmp_path / "shots" / f"{name}.png", size=(900, 600))
        for name in ("page", "empty")
    ]
    assert [size_of_png(each) for each in shots] == [(900, 600)] * 2
    assert shots[0].stat().st_size > 2 * shots[1].stat().st_size
