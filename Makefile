# make run    the studio in the browser
# make test   everything that must hold: style, types, tests
# Both set up .venv/ first, which takes minutes once and no time afterwards.

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test lint types tests bench soak pictures clean

run: $(VENV)/.installed
	$(BIN)/python app.py

test: lint types tests

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

# Two processes: the page's tests in one of them, the other files in turn beside it (tests/conftest.py).
# One thread of torch in each: two of them on two cores are slower.
tests: $(VENV)/.installed-dev
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadgroup --no-loadscope-reorder

bench: $(VENV)/.installed-dev
	$(BIN)/python -m studio bench

# Fifty visitors on a shared page, for an hour: make soak SOAK_S=60 for a minute.
SOAK_S ?= 3600
soak: $(VENV)/.installed-dev
	$(BIN)/python -m bench.soak --seconds $(SOAK_S)

# The README's pictures, taken by the tests of the page.
pictures: $(VENV)/.installed-dev
	UI_SHOTS=tests/_out $(BIN)/python -m pytest -m browser tests/ui
	mkdir -p docs/images
	cp tests/_out/chat-spoken.png docs/images/chat.png
	cp tests/_out/voices-saved.png docs/images/voices.png
	cp tests/_out/compare-four.png docs/images/compare.png

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Voice Studio needs Python 3.11 or newer: install it, then run make again."; exit 1; }
	@echo "Setting up $(VENV) with $(PYTHON). The first time downloads several GB and takes minutes."
	$(PYTHON) -m venv $(VENV)

# torch comes as the build that the package index serves; 7 GB on disk where that includes CUDA.
$(VENV)/.installed: requirements.txt | $(BIN)/python
	@echo "Installing what the studio needs ..."
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo "Installing what the tests need ..."
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on -r requirements-dev.txt
	@touch $@
