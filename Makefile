# Every target sets up what it needs by itself: only Python 3.11+ and the network are required.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
MEDIA := $(VENV)/.media

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench mutate ray phoenix prometheus backends fmt clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

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

bench: $(STAMP) ## our cost: at import, a layer, beside raw clients and other libraries, at scale; QUICK=1: minutes, not an hour
	@sh scripts/redis.sh >/dev/null || true
	@for each in imports layers overhead scale; do $(BIN)/python benchmarks/$$each.py $(if $(QUICK),--quick) || exit 1; done

mutate: $(STAMP) ## how many changes of a layer's code its tests find out: make mutate LAYER=retry
	@$(BIN)/python scripts/mutate.py $(LAYER) --sample $(or $(SAMPLE),150) --minutes $(or $(MINUTES),20)

ray: $(STAMP) ## a batch on Ray Data, in an environment that is thrown away: two workers share one limit in Redis
	@PYTHON="$(abspath $(BIN))/python" sh scripts/ray.sh

phoenix: $(STAMP) ## a run in a real Phoenix, with pictures of its page: make phoenix SHOTS=folder
	@VENV="$(VENV)" sh scripts/observe.sh phoenix $(or $(SHOTS),shots)

prometheus: $(STAMP) ## a run in a real Prometheus, with every query of docs/observability.md
	@VENV="$(VENV)" sh scripts/observe.sh prometheus

backends: $(STAMP) ## a run through the packages of Logfire and Datadog
	@VENV="$(VENV)" sh scripts/observe.sh packages

fmt: $(STAMP) ## format and fix what can be fixed
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean: ## remove everything that the targets made
	rm -rf $(VENV) .venv-phoenix .venv-packages .prometheus shots .tox-py* .mutate build dist *.egg-info src/*.egg-info .coverage* .mypy_cache .pytest_cache .ruff_cache .hypothesis
