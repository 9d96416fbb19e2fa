"""The reader and the page, made once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from live.web.kit import HERE, NodeReader, bundle


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeReader]:
    """The reader of the npm package ``ai``, in Node.js."""
    reader = NodeReader(tmp_path_factory.mktemp("reader"))
    yield reader
    reader.close()


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script of the page with ``useChat``."""
    out = tmp_path_factory.mktemp("page") / "page.js"
    return bundle(
        HERE / "page.jsx", out, "--format=iife", "--minify", '--define:process.env.NODE_ENV="production"'
    ).read_text()
