#!/bin/sh
# Prints the path of prometheus, unpacking Debian's package into .prometheus, without its service, where it is missing.
set -eu
found() { command -v prometheus || { [ -x .prometheus/usr/bin/prometheus ] && echo "$PWD/.prometheus/usr/bin/prometheus"; }; }
found && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    mkdir -p .prometheus
    { apt-get update && (cd .prometheus && apt-get download prometheus && dpkg-deb -x prometheus_*.deb . && rm prometheus_*.deb); } >&2 || true
    found && exit 0
fi
echo "prometheus is missing: install it (Debian and Ubuntu: apt-get install prometheus; macOS: brew install prometheus)" >&2
exit 1
