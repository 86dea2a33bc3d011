# `make demo` and `make test` are all that a newcomer needs; each does its own set-up. CI calls these targets and no others.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
NPM := npm --prefix js
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: demo test check build bench docs install browser clean

demo: install ## train the digits model and open the editor on it (CHECK=1: run the same notebook headless)
	$(BIN)/python scripts/demo.py $(if $(CHECK),--check)

test: install browser ## every test there is: Python, TypeScript, notebooks, real browser
	$(BIN)/python scripts/generate_protocol.py --check
	$(NPM) test
	$(BIN)/python -m pytest --ignore tests/browser --numprocesses 2 --dist worksteal
	$(BIN)/python -m pytest tests/browser # a process of its own: the browser's driver keeps an event loop running

check: install ## style, types, architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(NPM) run check
	$(BIN)/python -m pytest tests/test_architecture.py

build: install ## a wheel and an sdist that hold the built front end
	$(BIN)/python -m build

bench: install browser ## speed and memory, as ratios measured side by side
	$(BIN)/python -m benchmarks

docs: install ## the guide and the reference as pages that open from the disk: build/site/index.html
	$(BIN)/python -m mkdocs build --strict

install: $(VENV)/installed js/node_modules/.package-lock.json
	@$(BIN)/python scripts/build_if_changed.py

$(BIN)/python:
	$(PYTHON) -m venv $(VENV) || { echo "python3 -m venv failed. Install it (for example: apt-get install python3-venv), then call make again."; exit 1; }

# torch first and pinned to a CPU build: anything else that asks for plain `torch` would take one with CUDA
$(VENV)/installed: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python scripts/find_node.py
	$(PIP) install --quiet -c constraints.txt torch
	PARAMWIDGET_SKIP_JS=1 $(PIP) install --quiet -c constraints.txt -e '.[dev]' # the front end is built below
	touch $@

js/node_modules/.package-lock.json: js/package.json js/package-lock.json | $(VENV)/installed
	$(NPM) ci --no-audit --no-fund --loglevel=error
	touch $@

browser: install
	@$(BIN)/python scripts/find_browser.py

clean:
	rm -rf $(VENV) js/node_modules paramwidget/static dist
