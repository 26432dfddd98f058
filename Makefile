# demo  - install into .venv and run the main job on the demo data (the window, or headless without a display)
# test  - install into .venv and run every test
# lint  - formatting, style, types and import contracts
# bench - the tables of benchmarks/
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKSPACE ?= demo-workspace

.PHONY: demo test lint bench faults

$(VENV)/.installed: pyproject.toml constraints.txt tools/install.sh tools/system_libraries.sh
	PYTHON="$(PYTHON)" VENV="$(VENV)" tools/install.sh

demo: $(VENV)/.installed
	$(BIN)/htr-workbench demo --workspace "$(WORKSPACE)"

test: $(VENV)/.installed
	$(BIN)/python -m pytest

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/basedpyright

bench: $(VENV)/.installed
	for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python "$$script" || exit 1; done

faults: $(VENV)/.installed
	$(BIN)/python -m pytest tests/faults
