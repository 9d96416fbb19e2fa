#!/bin/sh
# Prints the path of redis-server (or valkey-server), installing Debian's redis-server where it is missing and may be installed.
set -eu
found() { command -v redis-server || command -v valkey-server; }
found && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends redis-server; } >&2 || true
    found && exit 0
fi
echo "redis-server is missing, and the tests of tests/live/redis need it: install it (Debian and Ubuntu: apt-get install redis-server; macOS: brew install redis)" >&2
exit 1
