"""What happens on a connection, as events of structlog, or as lines of ``logging`` where structlog is not set up."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from typing import Any, Literal

_SHOWN = 2000
_SHORTEST = 4


class Redactor:
    """Takes secrets out of text that the server or a library wrote, and cuts it to 2,000 characters."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: list[str] = []
        self.add(secrets)

    def __repr__(self) -> str:
        return "Redactor(...)"

    def add(self, secrets: Iterable[str]) -> None:
        """Know more secrets; what is shorter than four characters is none."""
        known = {*self._secrets, *(each for each in secrets if len(each) >= _SHORTEST)}
        self._secrets = sorted(known, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text[:_SHOWN]


Level = Literal["debug", "info", "warning", "error", "critical"]

_NAME = "ai_sdk.mcp"
_LEVELS: dict[str, Level] = {
    "debug": "debug",
    "info": "info",
    "notice": "info",
    "warning": "warning",
    "error": "error",
    "critical": "critical",
    "alert": "critical",
    "emergency": "critical",
}


def level_of(word: str) -> Level:
    """The level for one of the eight words of the protocol."""
    return _LEVELS.get(word, "info")


def tell(level: Level, event: str, **fields: Any) -> None:
    """Log an event."""
    structlog = sys.modules.get("structlog")
    if structlog is not None and structlog.is_configured():
        getattr(structlog.get_logger(_NAME), level)(event, **fields)
        return
    logger = logging.getLogger(_NAME)
    number = logging.getLevelNamesMapping()[level.upper()]
    if logger.isEnabledFor(number):
        from structlog.processors import LogfmtRenderer

        words = {name: value for name, value in fields.items() if value is not None}
        logger.log(number, "%s", LogfmtRenderer(bool_as_flag=False)(None, level, {"event": event, **words}))
