#!/bin/sh
# Makes environments with the clients of other projects, which the gateway's tests let call it, and prints their folder.
set -eu
venv="${VENV:-.venv}"
mkdir -p "$venv/clients"
folder=$(cd "$venv/clients" && pwd)
make_one() {
    [ ! -e "$folder/$1/.ready" ] || return 0
    "$venv/bin/python" -m venv --clear "$folder/$1"
    name=$1
    shift
    "$folder/$name/bin/python" -m pip install --quiet --disable-pip-version-check "$@" >&2
    touch "$folder/$name/.ready"
}
make_one vendors "openai>=3" "anthropic>=2"
make_one langchain "langchain-openai>=1.7"
make_one litellm "litellm>=1.100" "mcp>=2"
sh scripts/npm.sh ai@6.0.326 @ai-sdk/openai@3.0.141 @ai-sdk/anthropic@3.0.137 @ai-sdk/openai-compatible@2.0.87 >/dev/null
echo "$folder"
