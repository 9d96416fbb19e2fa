#!/bin/sh
# Prints the path of phoenix in the throw-away environment .venv-phoenix (850 MB, two minutes), making that where it is missing.
set -eu
if [ ! -e .venv-phoenix/.ready ]; then
    {
        "${VENV:-.venv}/bin/python" -m venv --clear .venv-phoenix
        .venv-phoenix/bin/python -m pip install --quiet --disable-pip-version-check "arize-phoenix==20.26.1"
    } >&2
    touch .venv-phoenix/.ready
fi
echo "$PWD/.venv-phoenix/bin/phoenix"
