#!/bin/sh
# Sends examples/observability_run.py to a real Phoenix or Prometheus on a free port, or through the packages of Logfire
# and Datadog to a receiver, asks for it and stops them: sh scripts/observe.sh phoenix|prometheus|packages [folder for what is seen]
set -eu
case $1 in
    phoenix)
        AI_SDK_PHOENIX=$(sh scripts/phoenix.sh)
        AI_SDK_CHROMIUM=$(sh scripts/chromium.sh)
        export AI_SDK_PHOENIX AI_SDK_CHROMIUM
        ;;
    prometheus)
        AI_SDK_PROMETHEUS=$(sh scripts/prometheus.sh)
        export AI_SDK_PROMETHEUS
        ;;
    packages)
        AI_SDK_PACKAGES=$(sh scripts/packages.sh)
        export AI_SDK_PACKAGES
        ;;
    *)
        echo "there is no $1 here: phoenix, prometheus or packages" >&2
        exit 2
        ;;
esac
if [ -n "${2:-}" ]; then
    mkdir -p "$2"
    AI_SDK_SHOTS=$(cd "$2" && pwd)
    export AI_SDK_SHOTS
fi
"$VENV/bin/python" -m pytest -p no:cacheprovider --capture=no "tests/live/observe/test_$1.py"
[ -z "${2:-}" ] || echo "what was seen: $AI_SDK_SHOTS"
