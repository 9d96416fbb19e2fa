#!/bin/sh
# Makes an environment with the frameworks that ai_sdk.adapters speaks to and this package, and prints its folder.
set -eu
venv="${VENV:-.venv}"
folder=$(cd "$venv" && pwd)/adapters
[ -x "$folder/bin/python" ] || "$venv/bin/python" -m venv --clear "$folder"
if [ ! -e "$folder/.ready" ] || [ pyproject.toml -nt "$folder/.ready" ]; then
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check \
        --editable ".[langchain,llamaindex,pydantic-ai]" pytest pytest-timeout hypothesis "coverage[toml]" >&2
    touch "$folder/.ready"
fi
echo "$folder"
