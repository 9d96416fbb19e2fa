"""The sentence encoder all-MiniLM-L6-v2: its forward pass, in numpy.

Six layers of a BERT encoder with twelve heads, then the mean over the tokens, at length one.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from ai_sdk.providers.local._media import MINILM, find_media
from ai_sdk.providers.local._work import once

__all__ = ["DIMENSIONS", "LONGEST", "Encoded", "embedded", "find_minilm"]

DIMENSIONS = 384
LONGEST = 256
"""So many tokens of a text count, as the model was made; what comes after them is not looked at."""

_LAYERS, _HEADS = 6, 12
_BATCH = 1024
_EPSILON = 1e-12


class Encoded(NamedTuple):
    """A text's place in the list, its vector, its tokens that counted, and whether there were more."""

    place: int
    vector: tuple[float, ...]
    tokens: int
    cut: bool


def find_minilm() -> Path:
    """The folder of the model. Raises ``MissingExtraError`` with the commands that install it."""
    return find_media(MINILM, MINILM)


def embedded(folder: Path, texts: Sequence[str], threads: int) -> Generator[list[Encoded], None, None]:
    """The vectors of the texts, batch by batch, the short texts first."""
    model = once(("minilm", folder, threads), lambda: _MiniLM(folder, threads))
    tokens = [model.tokens(text) for text in texts]
    for batch in _batches([min(len(each), LONGEST) for each in tokens]):
        vectors = model.forward([tokens[index][:LONGEST] for index in batch])
        yield [
            Encoded(index, tuple(vector), min(len(tokens[index]), LONGEST), len(tokens[index]) > LONGEST)
            for index, vector in zip(batch, vectors, strict=True)
        ]


def _batches(lengths: Sequence[int]) -> Generator[list[int], None, None]:
    """The places of texts of like lengths, the short ones first: about a thousand tokens a batch, with its padding."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[index] > _BATCH:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


class _Limit:
    """So many threads of BLAS for as long as anybody is inside, then as many as before.

    With one for each core it is twenty times slower as soon as anything else uses a core: they wait for each other.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._controller: Any = import_module("threadpoolctl").ThreadpoolController()
        self._limiter: Any = None
        self._inside = 0
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._limiter = self._controller.limit(limits=self._threads, user_api="blas")
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._limiter.restore_original_limits()


class _MiniLM:
    """The weights and the tokenizer. It keeps nothing of a call: threads may share it."""

    def __init__(self, folder: Path, threads: int) -> None:
        self._np: Any = import_module("numpy")
        self._limit = _Limit(threads)
        tokenizer: Any = import_module("tokenizers").Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self._tokenizer = tokenizer
        self._weights: dict[str, Any] = import_module("safetensors.numpy").load_file(folder / "model.safetensors")

    def tokens(self, text: str) -> list[int]:
        """The token ids, with the one that ends the text in the last place that counts."""
        ids: list[int] = self._tokenizer.encode(text).ids
        return [*ids[: LONGEST - 1], ids[-1], *ids[LONGEST - 1 : -1]] if len(ids) > LONGEST else ids

    def forward(self, batch: Sequence[list[int]]) -> list[list[float]]:
        """One vector of length one for each list of token ids."""
        with self._limit:
            return self._forward(batch)

    def _forward(self, batch: Sequence[list[int]]) -> list[list[float]]:
        np, weights = self._np, self._weights
        longest = max(map(len, batch))
        ids = np.array([each + [0] * (longest - len(each)) for each in batch])
        real = np.array([[1.0] * len(each) + [0.0] * (longest - len(each)) for each in batch], dtype=np.float32)
        states = weights["embeddings.word_embeddings.weight"][ids]
        states = states + weights["embeddings.position_embeddings.weight"][:longest]
        states = self._norm(states + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        hidden = (1.0 - real[:, None, None, :]) * np.float32(-1e9)
        for layer in range(_LAYERS):
            states = self._layer(states, hidden, f"encoder.layer.{layer}")
        mean = (states * real[:, :, None]).sum(axis=1) / real.sum(axis=1, keepdims=True)
        vectors: list[list[float]] = (mean / np.linalg.norm(mean, axis=1, keepdims=True)).tolist()
        return vectors

    def _layer(self, states: Any, hidden: Any, name: str) -> Any:
        attended = self._linear(
            self._attend(states, hidden, f"{name}.attention.self"), f"{name}.attention.output.dense"
        )
        states = self._norm(states + attended, f"{name}.attention.output.LayerNorm")
        inner = self._gelu(self._linear(states, f"{name}.intermediate.dense"))
        return self._norm(states + self._linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def _attend(self, states: Any, hidden: Any, name: str) -> Any:
        np = self._np
        count, length, width = states.shape

        def heads(what: str) -> Any:
            return self._linear(states, f"{name}.{what}").reshape(count, length, _HEADS, -1).transpose(0, 2, 1, 3)

        scores = heads("query") @ heads("key").transpose(0, 1, 3, 2) / np.float32((width // _HEADS) ** 0.5) + hidden
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares = scores / scores.sum(axis=-1, keepdims=True)
        return (shares @ heads("value")).transpose(0, 2, 1, 3).reshape(count, length, width)

    def _linear(self, states: Any, name: str) -> Any:
        return states @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]

    def _norm(self, states: Any, name: str) -> Any:
        centred = states - states.mean(axis=-1, keepdims=True)
        deviation = self._np.sqrt((centred**2).mean(axis=-1, keepdims=True) + self._np.float32(_EPSILON))
        return centred / deviation * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]

    def _gelu(self, x: Any) -> Any:
        """``x * P(X <= x)`` of the normal distribution; the error function is that of Abramowitz and Stegun, 7.1.26."""
        np = self._np
        size = np.abs(x) * np.float32(0.5**0.5)
        t = 1.0 / (1.0 + np.float32(0.3275911) * size)
        series = np.float32(1.061405429)
        for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
            series = series * t + np.float32(factor)
        error = np.sign(x) * (1.0 - series * t * np.exp(-size * size))
        return np.float32(0.5) * x * (1.0 + error)
