# demo  - install into .venv and run the main job on the demo data (the window, or headless without a display)
# test  - install into .venv and run every test
# lint  - formatting, style, types and import contracts
# bench - the tables of benchmarks/ (LINES="folder ..." adds the import of these data sets)
# audit - ask the advisory database about every pinned version (the one command here that asks the network)
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKSPACE ?= demo-workspace

.PHONY: demo test lint bench faults audit

$(VENV)/.installed: pyproject.toml constraints.txt $(wildcard requirements/*.txt) tools/install.sh tools/system_libraries.sh
	PYTHON="$(PYTHON)" VENV="$(VENV)" tools/install.sh

demo: $(VENV)/.installed
	$(BIN)/htr-workbench demo --workspace "$(WORKSPACE)"

test: $(VENV)/.installed
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/basedpyright

bench: $(VENV)/.installed
	$(BIN)/python benchmarks/start.py
	$(BIN)/python benchmarks/training.py
	$(if $(LINES),$(BIN)/python benchmarks/import_lines.py $(LINES))
	$(BIN)/python benchmarks/gui_gaps.py

faults: $(VENV)/.installed
	$(BIN)/python -m tests.faults.catalogue -n 2 --dist loadfile

audit:
	tools/audit.sh
