# Everything a newcomer needs: make demo, make test. Everything a contributor needs: make check, make bench.
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help install demo test check bench lock clean

help:  ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: .venv/.installed  ## Make .venv with the locked dependencies and fanfold itself

.venv/.installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "fanfold needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; say which with: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet "$$(sed -nE 's/^(uv==[^ ;]+).*/\1/p' requirements.lock)"
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@# Leave the bytecode of what every start imports, also where PYTHONDONTWRITEBYTECODE is set.
	PYTHONDONTWRITEBYTECODE= $(BIN)/fanfold run workflows/demo.py >/dev/null
	touch $@

demo: install  ## Compile and run the demo
	$(BIN)/fanfold compile workflows/demo.py
	$(BIN)/fanfold run workflows/demo.py

test: install  ## Every test, on every core
	$(BIN)/pytest -n auto --dist load --maxschedchunk 1 -m "slow or not slow"

check: install  ## Every static check: lint, format, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: install  ## Ratios against peers, in one run
	$(BIN)/python -m benchmarks

lock: install  ## Renew requirements.lock from pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url --no-header --all-extras --group dev pyproject.toml -o requirements.lock

clean:  ## Remove what was built
	rm -rf .venv .setuptools build dist *.egg-info
