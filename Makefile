# `make train` and `make test` set everything up first; nothing else is needed on a fresh machine but Python 3.11+.
PYTHON  ?= python3
VENV    ?= .venv
DATASET ?= digits
ARGS    ?=

.PHONY: setup train test check docs wheel clean
setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml constraints.txt CMakeLists.txt $(wildcard src/lenet5/engine/native/*)
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

train: setup
	$(VENV)/bin/lenet5 train --dataset $(DATASET) $(ARGS)

test: setup
	$(VENV)/bin/python -m pytest -n 2 --dist loadfile $(ARGS)

check: setup
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

# The site, into site/: what it needs is installed here and not by setup, for it is large.
docs: setup
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	$(VENV)/bin/python -m mkdocs build --strict --quiet

# Two wheels that travel: with the native engine, and as it is where there is no compiler.
wheel: setup
	rm -rf dist
	LENET5_PORTABLE=1 $(VENV)/bin/python -m pip wheel --quiet --disable-pip-version-check --no-deps -w dist/with .
	CXX=no-compiler $(VENV)/bin/python -m pip wheel --quiet --disable-pip-version-check --no-deps -w dist/without .

clean:
	rm -rf $(VENV) build dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis
