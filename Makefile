# Kontor: make install, make demo, make test, make lint, make clean.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install demo test lint translations browser clean

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
INSTALLED_DEV := $(VENV)/installed-dev
PIP := $(BIN)/python -m pip --disable-pip-version-check
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard webapp/translations/*/LC_MESSAGES/*.po))

help:
	@echo "make demo     start Kontor with stand-ins for Sophos and Autotask"
	@echo "make install  install Kontor into $(VENV); the command is then $(BIN)/kontor"
	@echo "make test     run all tests"
	@echo "make lint     check style, types, templates and imports"
	@echo "make clean    remove $(VENV) and what tools left behind; instance/ stays"

install: $(INSTALLED) translations

demo: install
	@$(BIN)/kontor demo

test: $(INSTALLED_DEV) translations browser
	@$(BIN)/python -m pytest -n 2 $(PYTEST_ARGS)

lint: $(INSTALLED_DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/lint-imports

# The environment of the first fitting Python. It stays until the Python it was made with is gone.
$(BIN)/python:
	@for name in python3.13 python3.12 python3.11 python3; do \
	  if $$name -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1; then \
	    echo "Making $(VENV) with $$name"; rm -f $(INSTALLED) $(INSTALLED_DEV); exec $$name -m venv --clear $(VENV); \
	  fi; \
	done; \
	echo "Kontor needs Python 3.11, 3.12 or 3.13 with venv; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1

# What is installed is what the lock says, by hash. The project itself is installed without fetching anything.
$(INSTALLED): requirements.txt pyproject.toml | $(BIN)/python
	$(PIP) install --quiet --require-hashes --requirement requirements.txt
	$(PIP) install --quiet --no-index --no-deps --no-build-isolation --editable .
	@touch $@

$(INSTALLED_DEV): requirements-dev.txt $(INSTALLED) | $(BIN)/python
	$(PIP) install --quiet --require-hashes --requirement requirements-dev.txt
	@touch $@

translations: $(CATALOGUES)

%.mo: %.po | $(INSTALLED)
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

# Browser tests drive the system's Chromium.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing chromium for the browser tests"; export DEBIAN_FRONTEND=noninteractive; \
	    apt-get -qq update && apt-get -qq install --yes --no-install-recommends chromium >/dev/null; \
	  else \
	    echo "The browser tests need Chromium; as root: apt-get install chromium" >&2; exit 1; \
	  fi; }

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
