"""Law 8: a secret is in no repr, no text of an error, and in nothing that is printed."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pprint import pformat
from traceback import format_exception
from typing import Any

from hypothesis import strategies as st
from laws.harness import search

SECRETS = st.text("abcdefghijklmnop0123456789", min_size=12, max_size=20).map(lambda text: f"sk-{text}")


def keeps_secrets(make: Callable[[str], Any]) -> None:
    """Whatever is made with a secret inside does not show it."""

    def law(secret: str) -> None:
        made = make(secret)
        shown = [repr(made), str(made), f"{made}", pformat(made), repr([made]), repr(copy.copy(made))]
        if isinstance(made, BaseException):
            shown += format_exception(made)
        for text in shown:
            assert secret not in text, f"the secret is in {text.replace(secret, '<secret>')}"

    search(law, SECRETS, tries=10)
