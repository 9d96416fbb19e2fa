#!/bin/sh
# Prints the path of a Chromium, AI_SDK_CHROMIUM where that names one, installing Debian's package where it is missing and may be installed.
set -eu
[ -z "${AI_SDK_CHROMIUM:-}" ] || { echo "$AI_SDK_CHROMIUM"; exit 0; }
found() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
found && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium fonts-dejavu-core; } >&2 || true
    found && exit 0
fi
echo "Chromium is missing, and the tests of pages need it: install it (Debian: apt-get install chromium; macOS: brew install --cask chromium)" >&2
exit 1
