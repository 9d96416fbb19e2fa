"""A receiver of OTLP over HTTP that keeps what was sent to which path with which headers."""

from __future__ import annotations

import gzip
import http.server
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, NamedTuple

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

__all__ = ["Post", "Receiver", "receiving"]


class Post(NamedTuple):
    """One request; the names of its headers are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver(http.server.ThreadingHTTPServer):
    """Takes everything; ``posts`` in the order of their arrival."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def spans(self) -> list[Any]:
        """The spans of all requests, in the order of their start."""
        found: list[Any] = []
        for post in self.posts:
            if post.path.endswith("/v1/traces"):
                for resource in ExportTraceServiceRequest.FromString(post.body).resource_spans:
                    found.extend(span for scope in resource.scope_spans for span in scope.spans)
        return sorted(found, key=lambda span: span.start_time_unix_nano)

    @property
    def tree(self) -> list[tuple[str, str]]:
        """For each span its name and that of the span above, in the order of their start."""
        names = {span.span_id: span.name for span in self.spans}
        return [(span.name, names.get(span.parent_span_id, "")) for span in self.spans]


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers everything with 200 and nothing."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
        receiver: Any = self.server
        receiver.posts.append(Post(self.path, headers, body))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        del format, args


@contextmanager
def receiving() -> Generator[Receiver, None, None]:
    """A receiver on a free loopback port, until the block is left."""
    with Receiver() as receiver:
        thread = threading.Thread(target=receiver.serve_forever)
        thread.start()
        try:
            yield receiver
        finally:
            receiver.shutdown()
            thread.join()
