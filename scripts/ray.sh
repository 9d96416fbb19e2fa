#!/bin/sh
# Runs the tests of batches on Ray Data in an environment of their own, which is removed again. Needs redis-server.
set -eu
command -v redis-server > /dev/null || command -v valkey-server > /dev/null || sh "$(dirname "$0")/redis.sh"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
"$PYTHON" -m venv "$folder"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check ".[ray]" pytest pytest-timeout hypothesis
AI_SDK_REQUIRE_LIVE=1 "$folder/bin/python" -m pytest -p no:cacheprovider tests/live/test_batch_ray.py
