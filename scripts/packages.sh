#!/bin/sh
# Prints the Python of the throw-away environment .venv-packages with the project, logfire and ddtrace, making it where it is missing.
set -eu
if [ ! -e .venv-packages/.ready ]; then
    {
        "${VENV:-.venv}/bin/python" -m venv --clear .venv-packages
        .venv-packages/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[otel]" "logfire>=5.2" "ddtrace>=4.16"
    } >&2
    touch .venv-packages/.ready
fi
echo "$PWD/.venv-packages/bin/python"
