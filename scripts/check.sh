#!/bin/sh
# Lint, format, types, import contracts and the packaging test.
set -eu
PATH="$PWD/$VENV/bin:$PATH"
ruff check .
ruff format --check .
mypy
pyright
lint-imports
python -m pytest tests/packaging -p no:cacheprovider
