"""A real headless Chromium for tests of pages: what a page has become once it has run, as markup and as a picture.

It starts anew for each page, with a profile of its own, and reaches this machine alone. AI_SDK_CHROMIUM names the
program; ``scripts/chromium.sh`` finds or installs one.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

import pytest

__all__ = ["Browser", "browser", "size_of_png"]

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--force-prefers-reduced-motion",
    "--run-all-compositor-stages-before-draw",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)
SECONDS = 120.0


class Browser:
    """A Chromium, by the path of its program."""

    def __init__(self, program: str) -> None:
        self.program = program

    def dom(self, address: str, *, settle: float = 0.0, size: tuple[int, int] = (1280, 900)) -> str:
        """The document of a page as it is after its scripts have run, as HTML.

        ``address`` is a URL, also ``file:`` (``path.as_uri()``). ``settle``: how many seconds of its own clock the page
        gets after it was loaded, for pages that fetch or animate; they pass at once where nothing is awaited. ``size``
        is that of the window, in pixels.
        """
        return self._run(address, settle, size, "--dump-dom").decode()

    def screenshot(self, address: str, png: Path, *, settle: float = 0.0, size: tuple[int, int] = (1280, 900)) -> Path:
        """Write a picture of the window with the page to ``png``, and give its path. The folder is made."""
        png.parent.mkdir(parents=True, exist_ok=True)
        self._run(address, settle, size, f"--screenshot={png.absolute()}")
        assert size_of_png(png) == size
        return png

    def _run(self, address: str, settle: float, size: tuple[int, int], wanted: str) -> bytes:
        more = [f"--window-size={size[0]},{size[1]}", wanted]
        if settle:
            more.append(f"--virtual-time-budget={settle * 1000:.0f}")
        with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
            done = subprocess.run(
                [self.program, *OPTIONS, f"--user-data-dir={profile}", *more, address],
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
        return done.stdout


@pytest.fixture(scope="session")
def browser() -> Browser:
    """The browser of this machine; AI_SDK_REQUIRE_LIVE=1 makes a missing one a failure."""
    named = os.environ.get("AI_SDK_CHROMIUM")
    found = named or next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        reason = "Chromium is not installed: run sh scripts/chromium.sh"
        if os.environ.get("AI_SDK_REQUIRE_LIVE") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return Browser(found)


def size_of_png(png: Path) -> tuple[int, int]:
    """Width and height in pixels."""
    head = png.read_bytes()[:24]
    assert head.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", head[16:24])
    return int(width), int(height)
