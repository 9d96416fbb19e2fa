#!/bin/sh
# Installs npm packages (each NAME@VERSION) into .venv/npm, where they are not there yet, and prints that folder.
# Without Node.js it installs Debian's where that may be done.
set -eu
folder="${VENV:-.venv}/npm"
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
found() { command -v node >/dev/null && command -v npm >/dev/null; }
if ! found && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends nodejs npm; } >&2 || true
fi
found || { echo "node and npm are missing, and the tests of MCP and of web front ends need them: install Node.js 18 or newer (Debian: apt-get install nodejs npm)" >&2; exit 1; }
exec 9>"$folder/.lock"
if command -v flock >/dev/null; then flock 9; fi
missing=""
for package in "$@"; do
    name=${package%@*}
    [ -n "$name" ] || { echo "$package has no version: give NAME@VERSION" >&2; exit 2; }
    have=$(node -p 'require(process.argv[1]).version' "$folder/node_modules/$name/package.json" 2>/dev/null) || have=""
    [ "$have" = "${package##*@}" ] || missing="$missing $package"
done
[ -f "$folder/package.json" ] || echo '{"private": true}' >"$folder/package.json"
# shellcheck disable=SC2086 # names of packages have no blanks
[ -z "$missing" ] || npm install --prefix "$folder" --save-exact --no-audit --no-fund --loglevel=error $missing >&2
echo "$folder"
