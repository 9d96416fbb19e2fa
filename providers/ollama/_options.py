"""Ollama's own options, under ``provider_options={"ollama": {...}}``.

What ``OllamaRuntime`` names goes into ``options`` of the body, all else into the body itself, as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

__all__ = ["RUNTIME", "OllamaOptions", "OllamaRuntime"]


class OllamaRuntime(TypedDict, total=False):
    """How the model runs; these go into ``options``."""

    num_ctx: int
    """Tokens of context; a server's default is small, and a longer prompt is cut without a word."""
    num_predict: int
    """The most tokens to answer; the setting ``max_output_tokens`` says the same."""
    num_keep: int
    """Tokens of the prompt that stay when the context is full."""
    num_batch: int
    """Tokens of the prompt that are read at once."""
    num_gpu: int
    """Layers on the GPU."""
    main_gpu: int
    """Which GPU holds small tensors."""
    num_thread: int
    """Threads."""
    use_mmap: bool
    """Map the model's file into memory."""
    min_p: float
    """The least probability of a token, relative to the likeliest."""
    typical_p: float
    """Locally typical sampling."""
    repeat_last_n: int
    """Tokens to look back for repetition; 0 none, -1 the whole context."""
    repeat_penalty: float
    """Above 1 repeats less."""
    mirostat: Literal[0, 1, 2]
    """Which version of mirostat sampling, 0 for none."""
    mirostat_eta: float
    """How fast mirostat learns."""
    mirostat_tau: float
    """How coherent mirostat is to be."""
    tfs_z: float
    """Tail-free sampling."""
    penalize_newline: bool
    """Whether line ends count as repetition."""
    draft_num_predict: int
    """Tokens that a draft model guesses ahead."""


class OllamaOptions(OllamaRuntime, total=False):
    """Fields of the body of a chat or embedding request, and ``OllamaRuntime``."""

    keep_alive: str | float
    """How long the model stays in memory: ``5m``, seconds, 0 unloads it at once, -1 never."""
    think: bool | Literal["low", "medium", "high", "max"]
    """Think first; the setting ``reasoning`` of a request says the same."""
    options: Mapping[str, Any]
    """More for ``options`` of the body, as it is."""
    truncate: bool
    """Cut what is longer than the context; false makes it an error."""
    shift: bool
    """Whether old tokens leave the context when it is full; false stops the answer."""
    logprobs: bool
    """Give the log probabilities of the tokens."""
    top_logprobs: int
    """How many likely tokens to give at each place."""
    format: str | Mapping[str, Any]
    """``json`` or a JSON schema; the setting ``response_format`` of a request says the same."""
    tools: Sequence[Mapping[str, Any]]
    """Tools in the wire's form, in place of those of the request."""


RUNTIME = frozenset(OllamaRuntime.__annotations__)
