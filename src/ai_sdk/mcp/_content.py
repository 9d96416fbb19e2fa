"""Content of the protocol to our parts and messages, and back."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote, urlsplit

from ai_sdk._schema import plain
from ai_sdk.mcp.errors import MCPError, MCPLimitError
from ai_sdk.messages import AssistantMessage, FilePart, Message, TextPart, UserContent, UserMessage

if TYPE_CHECKING:
    from mcp_types import CallToolResult, ContentBlock

__all__ = ["Content", "messages_from", "output_of", "part_from", "parts_of", "result_blocks"]

Content = TextPart | FilePart


def part_from(block: Any, server: str) -> Content:
    """One block of content as a part.

    Text and embedded text become text; images, audio and embedded bytes become files with their bytes. A resource link
    becomes text that says what it links to: nobody fetches it by itself. Where something came from stands in
    ``provider_metadata["mcp"]``.
    """
    kind = block.type
    if kind == "text":
        return TextPart(block.text)
    if kind in ("image", "audio"):
        return FilePart(data=_bytes(block.data, server), media_type=block.mime_type)
    if kind == "resource":
        return resource_part(block.resource, server)
    if kind == "resource_link":
        about = f": {block.description}" if block.description else ""
        media = f" ({block.mime_type})" if block.mime_type else ""
        known = {"type": kind, "uri": block.uri, "name": block.name, "media_type": block.mime_type, "size": block.size}
        return TextPart(f"[resource {block.name}{media} at {block.uri}{about}]", {"mcp": _without_none(known)})
    raise MCPError(f"it sent content of a type that is not known: {str(kind)[:40]}", server=server)


def resource_part(contents: Any, server: str) -> Content:
    """The contents of a resource as a part."""
    metadata = {"mcp": _without_none({"type": "resource", "uri": contents.uri, "media_type": contents.mime_type})}
    if hasattr(contents, "text"):
        return TextPart(contents.text, metadata)
    return FilePart(
        data=_bytes(contents.blob, server),
        media_type=contents.mime_type or "application/octet-stream",
        filename=PurePosixPath(unquote(urlsplit(str(contents.uri)).path)).name or None,
        provider_metadata=metadata,
    )


def _bytes(text: str, server: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise MCPError("it sent data that is not valid base64", server=server) from None


def _without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def parts_from(blocks: Iterable[Any], server: str, most: int) -> tuple[Content, ...]:
    """Blocks as parts. Raises ``MCPLimitError`` when they have more than ``most`` bytes together."""
    found: list[Content] = []
    size = 0
    for block in blocks:
        part = part_from(block, server) if hasattr(block, "type") else resource_part(block, server)
        size += size_of(part)
        if size > most:
            raise MCPLimitError(f"it sent more than {most} bytes of content", server=server)
        found.append(part)
    return tuple(found)


def size_of(part: Content) -> int:
    """The size of a part in bytes, of a text in characters."""
    return len(part.text) if isinstance(part, TextPart) else len(part.data or b"")


def output_of(result: CallToolResult, server: str, most: int) -> Any:
    """What a tool's result is for the model: structured content, else text, else parts.

    Structured content is taken where the rest is text alone, which then says the same again.
    """
    parts = parts_from(result.content, server, most)
    structured: Any = result.structured_content
    if structured is not None and all(isinstance(part, TextPart) for part in parts):
        if len(json.dumps(structured)) > most:
            raise MCPLimitError(f"it sent more than {most} bytes of structured content", server=server)
        return structured
    if len(parts) == 1 and isinstance(parts[0], TextPart) and not parts[0].provider_metadata:
        return parts[0].text
    return parts or None


def text_of(output: Any) -> str:
    """A result as text, for an error that the model reads."""
    if isinstance(output, str):
        return output
    if isinstance(output, tuple):
        parts = cast("tuple[Content, ...]", output)
        return "\n".join(each.text if isinstance(each, TextPart) else f"[{each.media_type}]" for each in parts)
    return "" if output is None else json.dumps(output)


def messages_from(messages: Iterable[Any], server: str, most: int) -> tuple[Message, ...]:
    """The messages of a prompt or of a request for sampling."""
    found: list[Message] = []
    for each in messages:
        content: Any = each.content
        blocks = cast("list[Any]", content) if isinstance(content, list) else [content]
        parts = parts_from(blocks, server, most)
        found.append(UserMessage(parts) if each.role == "user" else AssistantMessage(parts))
    return tuple(found)


def block_of(part: UserContent) -> ContentBlock:
    """A part as a block of the protocol; a file that is a URL becomes a resource link."""
    from mcp_types import AudioContent, BlobResourceContents, EmbeddedResource, ImageContent, ResourceLink, TextContent

    if isinstance(part, TextPart):
        return TextContent(text=part.text)
    name = part.filename or "file"
    if part.data is None:
        return ResourceLink(name=name, uri=part.url or "", mime_type=part.media_type)
    if part.media_type.startswith("image/"):
        return ImageContent(data=part.base64, mime_type=part.media_type)
    if part.media_type.startswith("audio/"):
        return AudioContent(data=part.base64, mime_type=part.media_type)
    contents = BlobResourceContents(uri=f"attachment:///{name}", mime_type=part.media_type, blob=part.base64)
    return EmbeddedResource(resource=contents)


def parts_of(output: Any) -> tuple[UserContent, ...] | None:
    """The parts of a tool's output that is made of parts, else None."""
    if isinstance(output, tuple | list):
        items = tuple(cast("Sequence[Any]", output))
        if items and all(isinstance(each, TextPart | FilePart) for each in items):
            return items
    return None


def result_blocks(output: Any) -> tuple[list[ContentBlock], dict[str, Any] | None]:
    """What one of our tools returned, as blocks and, for a JSON object, structured content."""
    from mcp_types import TextContent

    parts = parts_of(output)
    if parts is not None:
        return [block_of(part) for part in parts], None
    if output is None:
        return [], None
    if isinstance(output, str):
        return [TextContent(text=output)], None
    data = plain(output)
    structured = cast("dict[str, Any]", data) if isinstance(data, dict) else None
    return [TextContent(text=json.dumps(data, ensure_ascii=False))], structured
