"""A model is a plain async callable and every behaviour is a layer.

::

    from ai_sdk import generate_text, wrap_model
    from ai_sdk.middleware import retry
    from ai_sdk.providers.groq import groq

    model = wrap_model(groq("llama-3.3-70b-versatile"), [retry()])
    result = await generate_text(model, "Why is the sky blue?")

The names below are imported when they are first used: importing the package loads nothing. ``ai_sdk.sync`` has the user
functions for callers without an event loop, ``ai_sdk.testing`` doubles for tests of pipelines.
"""

from __future__ import annotations

import sys
from types import ModuleType

TYPE_CHECKING = False  # as type checkers know it; importing typing would cost more than all of this module
if TYPE_CHECKING:
    from typing import Any

    from ai_sdk.agent import Agent as Agent
    from ai_sdk.agent import AgentResult as AgentResult
    from ai_sdk.agent import AgentState as AgentState
    from ai_sdk.agent import AgentStream as AgentStream
    from ai_sdk.agent import RunLimitError as RunLimitError
    from ai_sdk.agent import RunLimits as RunLimits
    from ai_sdk.approval import Approval as Approval
    from ai_sdk.approval import ApprovalError as ApprovalError
    from ai_sdk.approval import ApprovalRequest as ApprovalRequest
    from ai_sdk.call import Attempt as Attempt
    from ai_sdk.call import CallRecord as CallRecord
    from ai_sdk.call import EventKind as EventKind
    from ai_sdk.call import Observer as Observer
    from ai_sdk.call import attempts_of as attempts_of
    from ai_sdk.call import current_call as current_call
    from ai_sdk.call import record_call as record_call
    from ai_sdk.download import Downloaded as Downloaded
    from ai_sdk.download import DownloadError as DownloadError
    from ai_sdk.download import download as download
    from ai_sdk.embed import EmbeddingModel as EmbeddingModel
    from ai_sdk.embed import EmbedManyResult as EmbedManyResult
    from ai_sdk.embed import EmbedResult as EmbedResult
    from ai_sdk.embed import PartialEmbeddingError as PartialEmbeddingError
    from ai_sdk.embed import embed as embed
    from ai_sdk.embed import embed_many as embed_many
    from ai_sdk.ending import Ending as Ending
    from ai_sdk.ending import Releasable as Releasable
    from ai_sdk.errors import AISDKError as AISDKError
    from ai_sdk.errors import AllModelsFailedError as AllModelsFailedError
    from ai_sdk.errors import APIConnectionError as APIConnectionError
    from ai_sdk.errors import APIError as APIError
    from ai_sdk.errors import APITimeoutError as APITimeoutError
    from ai_sdk.errors import AuthenticationError as AuthenticationError
    from ai_sdk.errors import BadRequestError as BadRequestError
    from ai_sdk.errors import BudgetExceededError as BudgetExceededError
    from ai_sdk.errors import CircuitOpenError as CircuitOpenError
    from ai_sdk.errors import ContentFilterError as ContentFilterError
    from ai_sdk.errors import ContextLengthError as ContextLengthError
    from ai_sdk.errors import GuardrailError as GuardrailError
    from ai_sdk.errors import InterruptedStreamError as InterruptedStreamError
    from ai_sdk.errors import InvalidRequestError as InvalidRequestError
    from ai_sdk.errors import InvalidResponseError as InvalidResponseError
    from ai_sdk.errors import InvalidToolInputError as InvalidToolInputError
    from ai_sdk.errors import LayerError as LayerError
    from ai_sdk.errors import MalformedEventError as MalformedEventError
    from ai_sdk.errors import MissingAPIKeyError as MissingAPIKeyError
    from ai_sdk.errors import MissingExtraError as MissingExtraError
    from ai_sdk.errors import NoObjectGeneratedError as NoObjectGeneratedError
    from ai_sdk.errors import NoSuchModelError as NoSuchModelError
    from ai_sdk.errors import NoSuchToolError as NoSuchToolError
    from ai_sdk.errors import NotFoundError as NotFoundError
    from ai_sdk.errors import OverloadedError as OverloadedError
    from ai_sdk.errors import PermissionDeniedError as PermissionDeniedError
    from ai_sdk.errors import QuotaExceededError as QuotaExceededError
    from ai_sdk.errors import RateLimitedError as RateLimitedError
    from ai_sdk.errors import RateLimitError as RateLimitError
    from ai_sdk.errors import ResponseClosedError as ResponseClosedError
    from ai_sdk.errors import ServerError as ServerError
    from ai_sdk.errors import StreamError as StreamError
    from ai_sdk.errors import ToolCallRepairError as ToolCallRepairError
    from ai_sdk.errors import ToolError as ToolError
    from ai_sdk.errors import ToolExecutionError as ToolExecutionError
    from ai_sdk.errors import TruncatedStreamError as TruncatedStreamError
    from ai_sdk.errors import UnsupportedError as UnsupportedError
    from ai_sdk.image import ImageModel as ImageModel
    from ai_sdk.image import ImageSettings as ImageSettings
    from ai_sdk.image import PartialImageError as PartialImageError
    from ai_sdk.image import generate_image as generate_image
    from ai_sdk.messages import AssistantContent as AssistantContent
    from ai_sdk.messages import AssistantMessage as AssistantMessage
    from ai_sdk.messages import FilePart as FilePart
    from ai_sdk.messages import Message as Message
    from ai_sdk.messages import Prompt as Prompt
    from ai_sdk.messages import ReasoningPart as ReasoningPart
    from ai_sdk.messages import SourcePart as SourcePart
    from ai_sdk.messages import SystemMessage as SystemMessage
    from ai_sdk.messages import TextPart as TextPart
    from ai_sdk.messages import ToolCallPart as ToolCallPart
    from ai_sdk.messages import ToolMessage as ToolMessage
    from ai_sdk.messages import ToolResultPart as ToolResultPart
    from ai_sdk.messages import UserContent as UserContent
    from ai_sdk.messages import UserMessage as UserMessage
    from ai_sdk.messages import assistant as assistant
    from ai_sdk.messages import message_from_dict as message_from_dict
    from ai_sdk.messages import message_to_dict as message_to_dict
    from ai_sdk.messages import system as system
    from ai_sdk.messages import to_messages as to_messages
    from ai_sdk.messages import tool_results as tool_results
    from ai_sdk.messages import user as user
    from ai_sdk.model import AnyLayer as AnyLayer
    from ai_sdk.model import Layer as Layer
    from ai_sdk.model import Model as Model
    from ai_sdk.model import Wrapped as Wrapped
    from ai_sdk.model import layer as layer
    from ai_sdk.model import name_of as name_of
    from ai_sdk.model import wrap_model as wrap_model
    from ai_sdk.objects import ObjectMode as ObjectMode
    from ai_sdk.objects import ObjectResult as ObjectResult
    from ai_sdk.objects import ObjectStream as ObjectStream
    from ai_sdk.objects import generate_object as generate_object
    from ai_sdk.objects import stream_object as stream_object
    from ai_sdk.parts import AudioDelta as AudioDelta
    from ai_sdk.parts import Finish as Finish
    from ai_sdk.parts import LanguagePart as LanguagePart
    from ai_sdk.parts import ReasoningDelta as ReasoningDelta
    from ai_sdk.parts import ResponseMetadata as ResponseMetadata
    from ai_sdk.parts import SpeechPart as SpeechPart
    from ai_sdk.parts import StreamStart as StreamStart
    from ai_sdk.parts import TextDelta as TextDelta
    from ai_sdk.parts import ToolInputDelta as ToolInputDelta
    from ai_sdk.parts import TranscriptDelta as TranscriptDelta
    from ai_sdk.parts import TranscriptFinish as TranscriptFinish
    from ai_sdk.parts import TranscriptionPart as TranscriptionPart
    from ai_sdk.parts import TranscriptSegment as TranscriptSegment
    from ai_sdk.polling import Polling as Polling
    from ai_sdk.polling import Progress as Progress
    from ai_sdk.registry import Registry as Registry
    from ai_sdk.registry import provider_names as provider_names
    from ai_sdk.registry import resolve as resolve
    from ai_sdk.requests import AnyRequest as AnyRequest
    from ai_sdk.requests import EmbeddingRequest as EmbeddingRequest
    from ai_sdk.requests import ImageRequest as ImageRequest
    from ai_sdk.requests import JSONFormat as JSONFormat
    from ai_sdk.requests import LanguageRequest as LanguageRequest
    from ai_sdk.requests import ProviderTool as ProviderTool
    from ai_sdk.requests import ReasoningEffort as ReasoningEffort
    from ai_sdk.requests import RerankRequest as RerankRequest
    from ai_sdk.requests import SpecificTool as SpecificTool
    from ai_sdk.requests import SpeechRequest as SpeechRequest
    from ai_sdk.requests import ToolChoice as ToolChoice
    from ai_sdk.requests import ToolDefinition as ToolDefinition
    from ai_sdk.requests import TranscriptionRequest as TranscriptionRequest
    from ai_sdk.requests import VideoRequest as VideoRequest
    from ai_sdk.rerank import RerankModel as RerankModel
    from ai_sdk.rerank import rerank as rerank
    from ai_sdk.response import Response as Response
    from ai_sdk.response import hold as hold
    from ai_sdk.results import CallWarning as CallWarning
    from ai_sdk.results import EmbeddingResult as EmbeddingResult
    from ai_sdk.results import FinishReason as FinishReason
    from ai_sdk.results import GeneratedFile as GeneratedFile
    from ai_sdk.results import ImageResult as ImageResult
    from ai_sdk.results import LanguageResponse as LanguageResponse
    from ai_sdk.results import LanguageResult as LanguageResult
    from ai_sdk.results import RankedDocument as RankedDocument
    from ai_sdk.results import RerankResult as RerankResult
    from ai_sdk.results import ResponseInfo as ResponseInfo
    from ai_sdk.results import Segment as Segment
    from ai_sdk.results import SpeechResponse as SpeechResponse
    from ai_sdk.results import SpeechResult as SpeechResult
    from ai_sdk.results import TranscriptionResponse as TranscriptionResponse
    from ai_sdk.results import TranscriptionResult as TranscriptionResult
    from ai_sdk.results import Usage as Usage
    from ai_sdk.results import VideoResult as VideoResult
    from ai_sdk.results import fold_language as fold_language
    from ai_sdk.results import fold_speech as fold_speech
    from ai_sdk.results import fold_transcription as fold_transcription
    from ai_sdk.speech import SpeechModel as SpeechModel
    from ai_sdk.speech import SpeechSettings as SpeechSettings
    from ai_sdk.speech import SpeechStream as SpeechStream
    from ai_sdk.speech import generate_speech as generate_speech
    from ai_sdk.speech import stream_speech as stream_speech
    from ai_sdk.steps import LanguageModel as LanguageModel
    from ai_sdk.steps import PrepareStep as PrepareStep
    from ai_sdk.steps import Step as Step
    from ai_sdk.steps import StepFinish as StepFinish
    from ai_sdk.steps import StepOverrides as StepOverrides
    from ai_sdk.steps import StepStart as StepStart
    from ai_sdk.steps import StopCondition as StopCondition
    from ai_sdk.steps import StreamPart as StreamPart
    from ai_sdk.steps import TextFinish as TextFinish
    from ai_sdk.steps import TextResult as TextResult
    from ai_sdk.steps import has_tool_call as has_tool_call
    from ai_sdk.steps import step_count as step_count
    from ai_sdk.text import TextStream as TextStream
    from ai_sdk.text import generate_text as generate_text
    from ai_sdk.text import stream_text as stream_text
    from ai_sdk.tools import AnyTool as AnyTool
    from ai_sdk.tools import Approve as Approve
    from ai_sdk.tools import Tool as Tool
    from ai_sdk.tools import ToolContext as ToolContext
    from ai_sdk.tools import tool as tool
    from ai_sdk.transcribe import TranscriptionModel as TranscriptionModel
    from ai_sdk.transcribe import TranscriptionSettings as TranscriptionSettings
    from ai_sdk.transcribe import TranscriptionStream as TranscriptionStream
    from ai_sdk.transcribe import stream_transcription as stream_transcription
    from ai_sdk.transcribe import transcribe as transcribe
    from ai_sdk.video import VideoModel as VideoModel
    from ai_sdk.video import VideoSettings as VideoSettings
    from ai_sdk.video import generate_video as generate_video

    __version__: str

_HOMES = {
    "Agent": "agent",
    "AgentResult": "agent",
    "AgentState": "agent",
    "AgentStream": "agent",
    "RunLimitError": "agent",
    "RunLimits": "agent",
    "Approval": "approval",
    "ApprovalError": "approval",
    "ApprovalRequest": "approval",
    "ImageModel": "image",
    "ImageSettings": "image",
    "PartialImageError": "image",
    "generate_image": "image",
    "SpeechModel": "speech",
    "SpeechSettings": "speech",
    "SpeechStream": "speech",
    "generate_speech": "speech",
    "stream_speech": "speech",
    "TranscriptionModel": "transcribe",
    "TranscriptionSettings": "transcribe",
    "TranscriptionStream": "transcribe",
    "stream_transcription": "transcribe",
    "transcribe": "transcribe",
    "RerankModel": "rerank",
    "rerank": "rerank",
    "VideoModel": "video",
    "VideoSettings": "video",
    "generate_video": "video",
    "Polling": "polling",
    "Progress": "polling",
    "DownloadError": "download",
    "Downloaded": "download",
    "download": "download",
    "Attempt": "call",
    "CallRecord": "call",
    "EventKind": "call",
    "Observer": "call",
    "attempts_of": "call",
    "current_call": "call",
    "record_call": "call",
    "EmbedManyResult": "embed",
    "EmbedResult": "embed",
    "EmbeddingModel": "embed",
    "PartialEmbeddingError": "embed",
    "embed": "embed",
    "embed_many": "embed",
    "Ending": "ending",
    "Releasable": "ending",
    "AISDKError": "errors",
    "APIConnectionError": "errors",
    "APIError": "errors",
    "APITimeoutError": "errors",
    "AllModelsFailedError": "errors",
    "AuthenticationError": "errors",
    "BadRequestError": "errors",
    "BudgetExceededError": "errors",
    "CircuitOpenError": "errors",
    "ContentFilterError": "errors",
    "ContextLengthError": "errors",
    "GuardrailError": "errors",
    "InterruptedStreamError": "errors",
    "InvalidRequestError": "errors",
    "InvalidResponseError": "errors",
    "InvalidToolInputError": "errors",
    "LayerError": "errors",
    "MalformedEventError": "errors",
    "MissingAPIKeyError": "errors",
    "MissingExtraError": "errors",
    "NoObjectGeneratedError": "errors",
    "NoSuchModelError": "errors",
    "NoSuchToolError": "errors",
    "NotFoundError": "errors",
    "OverloadedError": "errors",
    "PermissionDeniedError": "errors",
    "QuotaExceededError": "errors",
    "RateLimitError": "errors",
    "RateLimitedError": "errors",
    "ResponseClosedError": "errors",
    "ServerError": "errors",
    "StreamError": "errors",
    "ToolCallRepairError": "errors",
    "ToolError": "errors",
    "ToolExecutionError": "errors",
    "TruncatedStreamError": "errors",
    "UnsupportedError": "errors",
    "AssistantContent": "messages",
    "AssistantMessage": "messages",
    "FilePart": "messages",
    "Message": "messages",
    "Prompt": "messages",
    "ReasoningPart": "messages",
    "SourcePart": "messages",
    "SystemMessage": "messages",
    "TextPart": "messages",
    "ToolCallPart": "messages",
    "ToolMessage": "messages",
    "ToolResultPart": "messages",
    "UserContent": "messages",
    "UserMessage": "messages",
    "assistant": "messages",
    "message_from_dict": "messages",
    "message_to_dict": "messages",
    "system": "messages",
    "to_messages": "messages",
    "tool_results": "messages",
    "user": "messages",
    "AnyLayer": "model",
    "Layer": "model",
    "Model": "model",
    "Wrapped": "model",
    "layer": "model",
    "name_of": "model",
    "wrap_model": "model",
    "ObjectMode": "objects",
    "ObjectResult": "objects",
    "ObjectStream": "objects",
    "generate_object": "objects",
    "stream_object": "objects",
    "AudioDelta": "parts",
    "Finish": "parts",
    "LanguagePart": "parts",
    "ReasoningDelta": "parts",
    "ResponseMetadata": "parts",
    "SpeechPart": "parts",
    "StreamStart": "parts",
    "TextDelta": "parts",
    "ToolInputDelta": "parts",
    "TranscriptDelta": "parts",
    "TranscriptFinish": "parts",
    "TranscriptSegment": "parts",
    "TranscriptionPart": "parts",
    "Registry": "registry",
    "provider_names": "registry",
    "resolve": "registry",
    "AnyRequest": "requests",
    "EmbeddingRequest": "requests",
    "ImageRequest": "requests",
    "JSONFormat": "requests",
    "LanguageRequest": "requests",
    "ProviderTool": "requests",
    "ReasoningEffort": "requests",
    "RerankRequest": "requests",
    "SpecificTool": "requests",
    "SpeechRequest": "requests",
    "ToolChoice": "requests",
    "ToolDefinition": "requests",
    "TranscriptionRequest": "requests",
    "VideoRequest": "requests",
    "Response": "response",
    "hold": "response",
    "CallWarning": "results",
    "EmbeddingResult": "results",
    "FinishReason": "results",
    "GeneratedFile": "results",
    "ImageResult": "results",
    "LanguageResponse": "results",
    "LanguageResult": "results",
    "RankedDocument": "results",
    "RerankResult": "results",
    "ResponseInfo": "results",
    "Segment": "results",
    "SpeechResponse": "results",
    "SpeechResult": "results",
    "TranscriptionResponse": "results",
    "TranscriptionResult": "results",
    "Usage": "results",
    "VideoResult": "results",
    "fold_language": "results",
    "fold_speech": "results",
    "fold_transcription": "results",
    "LanguageModel": "steps",
    "PrepareStep": "steps",
    "Step": "steps",
    "StepFinish": "steps",
    "StepOverrides": "steps",
    "StepStart": "steps",
    "StopCondition": "steps",
    "StreamPart": "steps",
    "TextFinish": "steps",
    "TextResult": "steps",
    "has_tool_call": "steps",
    "step_count": "steps",
    "TextStream": "text",
    "generate_text": "text",
    "stream_text": "text",
    "AnyTool": "tools",
    "Approve": "tools",
    "Tool": "tools",
    "ToolContext": "tools",
    "tool": "tools",
}

__all__ = sorted(_HOMES)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        value: Any = _version()
    elif name in _HOMES:
        from importlib import import_module

        value = getattr(import_module(f"ai_sdk.{_HOMES[name]}"), name)
    else:
        raise AttributeError(f"module 'ai_sdk' has no attribute {name!r}")
    globals()[name] = value
    return value


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("ai-sdk-layers")
    except PackageNotFoundError:
        return "0+uninstalled"


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})


class _Package(ModuleType):
    """This package. Importing ``ai_sdk.embed`` does not put the module in the place of the function ``embed``."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (isinstance(value, ModuleType) and name in _HOMES):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
