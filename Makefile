# Every target sets up what it needs by itself: only Python 3.11+ and the network are required.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
MEDIA := $(VENV)/.media

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench mutate fmt clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): pyproject.toml setup.py scripts/setup.sh
	@PYTHON="$(PYTHON)" VENV="$(VENV)" sh scripts/setup.sh
	@touch $@

$(MEDIA): $(STAMP) scripts/media.sh
	@VENV="$(VENV)" sh scripts/media.sh
	@touch $@

setup: $(STAMP) ## make the environment in .venv

demo: $(STAMP) ## a real model on this machine answers through a stack of layers, without any API key
	@$(BIN)/python examples/demo.py

test: $(MEDIA) ## all tests, with branch coverage, on every Python 3.11-3.13 that is found
	@VENV="$(VENV)" sh scripts/test.sh

check: $(MEDIA) ## lint, types, import contracts, packaging
	@VENV="$(VENV)" sh scripts/check.sh

bench: $(STAMP) ## our cost beside raw httpx, raw aiohttp and the openai package, in one run
	@$(BIN)/python benchmarks/overhead.py

mutate: $(STAMP) ## how many changes of a layer's code its tests find out: make mutate LAYER=retry
	@$(BIN)/python scripts/mutate.py $(LAYER) --sample $(or $(SAMPLE),150) --minutes $(or $(MINUTES),20)

fmt: $(STAMP) ## format and fix what can be fixed
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean: ## remove everything that the targets made
	rm -rf $(VENV) .tox-py* .mutate build dist *.egg-info src/*.egg-info .coverage* .mypy_cache .pytest_cache .ruff_cache .hypothesis
