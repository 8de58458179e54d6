# make run    set up and serve the page on port 7860
# make test   set up and run the tests
# make check  format, lint, types, import rules, tests
# make lock   requirements.lock from requirements.txt; make audit, make sbom: what is known of what is in it

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 7860

.PHONY: run test check lint format types imports setup setup-dev lock audit sbom clean

$(VENV)/.ready: requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps -r requirements-nodeps.txt
	$(BIN)/python -m pip install --quiet --no-deps --force-reinstall $$(grep -o '^opencv-python-headless==[0-9.]*' requirements.txt)
	touch $@

$(VENV)/.ready-dev: $(VENV)/.ready requirements-dev.txt
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	touch $@

setup: $(VENV)/.ready
	-$(BIN)/python -m safety models fetch

setup-dev: $(VENV)/.ready-dev

run: setup
	$(BIN)/python app.py --port $(PORT)

test: setup-dev
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

format: setup-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: setup-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup-dev
	$(BIN)/mypy

imports: setup-dev
	$(BIN)/lint-imports

check: lint types imports test

lock: setup-dev
	$(BIN)/uv pip compile requirements.txt --generate-hashes --universal --python-version 3.11 --no-header --no-annotate \
		--no-emit-index-url --output-file requirements.lock

audit: setup-dev
	$(BIN)/pip-audit --requirement requirements.lock --require-hashes --disable-pip --strict

sbom: setup-dev
	$(BIN)/cyclonedx-py requirements requirements.lock --output-format JSON --output-file build/sbom.json

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
