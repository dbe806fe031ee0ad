# Needs Python 3.11 or newer with its venv module, and make; everything else goes into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
RUN := $(VENV)/.run-installed
DEV := $(VENV)/.dev-installed
SOURCES := src tests docs bench
UV_COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url

# Prints the first interpreter that is new enough and can make environments.
FIND_PYTHON = for candidate in $(PYTHON) python3.13 python3.12 python3.11; do \
		if "$$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
		then echo "$$candidate"; exit 0; fi; \
	done; \
	echo "Python 3.11 or newer with its venv module is needed; name one with 'make PYTHON=/path/to/python3 ...'." >&2; \
	exit 1

export PYTHONUTF8 := 1
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
QUICK := -n 2 --dist worksteal -m 'not acceptance and not chaos'
.PHONY: help demo test coverage bench acceptance chaos docs lock check-python clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; do \
		printf 'make %-12s %s\n' "$$name" "$$text"; done

demo: $(RUN) ## Install, and run every stage against the demo source
	@$(BIN)/spectra demo

test: $(DEV) ## Install the development tools; check format, lint, types, imports, dependencies, spelling; test
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo >$(VENV)/imports.txt || { cat $(VENV)/imports.txt; exit 1; }
	@$(BIN)/deptry src >$(VENV)/dependencies.txt 2>&1 || { cat $(VENV)/dependencies.txt; exit 1; }
	@$(BIN)/codespell
	@$(BIN)/python -m pytest $(QUICK)

coverage: $(DEV) ## Test while counting which lines are run, which takes half as long again; 90 % at least
	@$(BIN)/python -m pytest $(QUICK) --cov --cov-report=term

acceptance: $(DEV) ## Test against programs that others wrote, and with proofs that take minutes
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m acceptance tests

chaos: $(DEV) ## Test with long random series of kills and faults
	@$(BIN)/python -m pytest -m chaos tests

bench: $(DEV) ## Measure against the bars
	@$(BIN)/python bench/probing.py
	@$(BIN)/python bench/large.py

docs: $(DEV) ## Write the generated parts of the documentation anew
	@$(BIN)/python docs/generate.py

lock: $(DEV) ## Lock the newest allowed versions with hashes
	@$(PIP) install 'uv>=0.13,<0.14'
	@$(UV_COMPILE) --upgrade --output-file requirements/run.txt pyproject.toml
	@$(UV_COMPILE) --upgrade --output-file requirements/build.txt requirements/build.in
	@$(UV_COMPILE) --upgrade --output-file requirements/dev.txt pyproject.toml requirements/dev.in
	@$(UV_COMPILE) --upgrade --output-file tests/acceptance/servers/canaille.txt tests/acceptance/servers/canaille.in
	@$(UV_COMPILE) --upgrade --output-file tests/acceptance/servers/datasette.txt tests/acceptance/servers/datasette.in
	@$(UV_COMPILE) --upgrade --output-file tests/acceptance/servers/kinto.txt tests/acceptance/servers/kinto.in
	@$(UV_COMPILE) --upgrade --output-file tests/acceptance/servers/roundup.txt tests/acceptance/servers/roundup.in
	@$(UV_COMPILE) --upgrade --output-file tests/acceptance/servers/datacontract.txt tests/acceptance/servers/datacontract.in

check-python: ## Show which Python would be used
	@$(FIND_PYTHON)

clean: ## Delete what the other targets made
	rm -rf $(VENV) build dist spectra-demo .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src tests docs bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

$(RUN): requirements/run.txt requirements/build.txt pyproject.toml
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { python=$$($(FIND_PYTHON)) && "$$python" -m venv --clear $(VENV); }
	@echo 'installing into $(VENV) ...'
	@$(PIP) install --require-hashes -r requirements/run.txt -r requirements/build.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): requirements/dev.txt $(RUN)
	@echo 'installing the development tools into $(VENV) ...'
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@
