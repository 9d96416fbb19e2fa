#!/bin/sh
# Prints the path of a working python$1, or fails.
set -eu
for candidate in "python$1" "$HOME/.pyenv/versions/$1".*/bin/python; do
    path=$(command -v "$candidate" 2>/dev/null) || continue
    "$path" -c 'import venv, ensurepip' 2>/dev/null && { echo "$path"; exit 0; }
done
exit 1
