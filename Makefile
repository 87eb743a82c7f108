# `make` alone prints what there is. Python 3.11 or newer and make are all it needs; everything else goes into .venv.

SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
# The first Python on the path that is new enough; `make PYTHON=/path/to/python3 run` takes another one.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$name" -c '$(NEW_ENOUGH)' 2>/dev/null && { echo "$$name"; break; }; done)
# A file of tests stays in one process: many start servers that its tests share. The order is that of tests/conftest.py.
AT_ONCE := --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
# Other shorteners' clients, which are tried as they are.
CLIENTS := build/clients
# Where it is set, each of the many processes that tests start would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install

help:  ## print this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /make \1|/' | \
		while IFS='|' read -r name text; do printf '  %-15s %s\n' "$$name" "$$text"; done

run: $(VENV)/.run  ## set up what is missing, then start the service (data in ./data)
	@exec $(BIN)/python -m shortlinks

demo: $(VENV)/.run  ## the same, filled with eight weeks of believable posts (data in ./demo-data)
	@export SHORTLINKS_DATA_DIR="$${SHORTLINKS_DATA_DIR:-demo-data}" SHORTLINKS_CHECK_TARGETS="$${SHORTLINKS_CHECK_TARGETS:-no}" && \
		$(BIN)/python -m shortlinks demo && exec $(BIN)/python -m shortlinks

test: $(VENV)/.dev chromium nginx $(CLIENTS)/.done lint  ## check style and types, then run every test that takes seconds
	@$(BIN)/python -m pytest $(AT_ONCE) -m "not slow"

test-all: $(VENV)/.dev chromium nginx $(CLIENTS)/.done lint  ## the same with the tests that take minutes
	@$(BIN)/python -m pytest $(AT_ONCE)

chaos: $(VENV)/.dev nginx  ## break the running service for 10 minutes and check every count; `make chaos SECONDS=60 SEED=7`
	@$(BIN)/python -m tests.chaos --seconds $(or $(SECONDS),600) $(if $(SEED),--seed $(SEED))

bench: $(VENV)/.dev  ## measure and print a table
	@$(BIN)/python -m bench

bench-api: $(VENV)/.dev  ## measure the API among 10,000 posts with 1,000,000 clicks (some minutes)
	@$(BIN)/python -m bench.api

fuzz: $(VENV)/.dev  ## send hostile input to every parser and page for 15 minutes; `make fuzz SECONDS=60` for one
	@$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),900)

accuracy: $(VENV)/.dev  ## tell how well user agents are told, on the labelled sample
	@$(BIN)/python -m bench.accuracy

scale: $(VENV)/.dev  ## measure how time and memory grow with links, clicks and posts, and write docs/scale.md (half an hour)
	@$(BIN)/python -m bench.scale

simulate: $(VENV)/.dev  ## hold intervals, ranges and verdicts against made-up creators (10 minutes); `make simulate CREATORS=200`
	@$(BIN)/python -m bench.simulate $(if $(CREATORS),--creators $(CREATORS)) $(if $(SEED),--seed $(SEED))

pages: $(VENV)/.dev chromium nginx  ## measure every page on a slow phone, and take its pictures into build/pages
	@$(BIN)/python -m bench.pages

picture: $(VENV)/.dev chromium  ## take the README's picture of the funnel page again
	@$(BIN)/python -m pytest tests/test_story.py -k "not without and not desktop" && mkdir -p docs && cp build/pictures/funnel.png docs/funnel.png

messages: $(VENV)/.dev  ## bring the translations in line with what the code says
	@$(BIN)/python -m tests.catalogs

examples: $(VENV)/.dev  ## record the examples of the OpenAPI document anew, as the service answers now
	@$(BIN)/python -m tests.api.story

lint: $(VENV)/.dev  ## check style and types only
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy --no-error-summary

format: $(VENV)/.dev  ## put the code into the project's style
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

clean:  ## remove what make has made (never ./data)
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; python3 here is: $$(python3 --version 2>&1)" >&2; exit 1; }
	@"$(PYTHON)" -c '$(NEW_ENOUGH)' || { echo "Python 3.11 or newer is needed; $(PYTHON) is: $$("$(PYTHON)" --version 2>&1)" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments here. On Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 1; }
	@"$(PYTHON)" -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(BIN)/python
	@echo "Installing what is needed to run …"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt | $(BIN)/python
	@echo "Installing what is needed to run and to test …"
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/.run

chromium:
	@.ci/need chromium-headless-shell chromium-headless-shell chromium chromium-browser google-chrome "The browser tests need Chromium"

nginx:
	@.ci/need nginx-light nginx "The tests of the reverse proxy need nginx"

clients: $(CLIENTS)/.done  ## install other shorteners' clients, which the tests try

$(CLIENTS)/.done: tests/clients/package.json tests/clients/requirements.txt | $(VENV)/.dev
	@.ci/need nodejs node "The tests of other shorteners' clients need Node.js"
	@.ci/need npm npm "The tests of other shorteners' clients need npm"
	@echo "Installing other shorteners' clients …"
	@mkdir -p $(CLIENTS) && cp tests/clients/package.json $(CLIENTS)/
	@npm install --prefix $(CLIENTS) --ignore-scripts --no-audit --no-fund --no-package-lock --silent
	@$(PIP) --no-deps --upgrade --target $(CLIENTS)/python -r tests/clients/requirements.txt
	@touch $@

.PHONY: help run demo test test-all chaos bench bench-api accuracy scale simulate fuzz pages picture messages examples lint format clean chromium nginx clients
